//! The aggregates of a live server, as its catalogue has them: `pg_aggregate` with the support functions of `pg_proc`.
//!
//! ```text
//! aggregates::resolve(client, "sum(int)")   one aggregate by name and argument types, or who else it could have been
//! aggregates::read(client, &Selection)  all aggregates of a schema, of an extension, or all of the user's own
//! ```
//!
//! Reads only, so it may run in a READ ONLY transaction. Works from PostgreSQL 11 on, where `prokind` begins.

mod find;

pub use find::{NotFound, resolve};

use std::collections::HashMap;
use std::fmt;

use postgres::{Client, Row};

use spec::expr::function::{Safety, Volatility};

/// A type by its number and the name that `format_type` gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeName {
    /// `pg_type.oid`.
    pub oid: u32,
    /// As `format_type` writes it: `integer`, `double precision[]`.
    pub name: String,
}

impl TypeName {
    /// Whether this is `internal`: a state that only C code can look into, and that crosses to another process as bytes.
    pub fn is_internal(&self) -> bool {
        self.oid == 2281
    }
}

/// A function that an aggregate is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// `pg_proc.oid`.
    pub oid: u32,
    /// The schema it is in.
    pub schema: String,
    /// Its name alone.
    pub name: String,
    /// Schema and name as the server quotes them.
    pub quoted: String,
    /// Name and argument types, schema and all, quoted as SQL needs it: `pg_catalog.int4pl(integer,integer)`.
    pub signature: String,
    /// The declared types of its input arguments.
    pub arguments: Vec<TypeName>,
    /// The declared result type.
    pub result: TypeName,
    /// Whether NULL among the arguments gives NULL without a call.
    pub is_strict: bool,
    /// `provolatile`.
    pub volatility: Volatility,
    /// `proparallel`.
    pub safety: Safety,
    /// The language: `internal`, `c`, `sql`, `plpgsql`.
    pub language: String,
}

impl Support {
    /// The name, quoted, with its schema: what CREATE AGGREGATE takes.
    pub fn qualified(&self) -> String {
        self.quoted.clone()
    }
}

/// What an aggregate is called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Plain arguments.
    Normal,
    /// `WITHIN GROUP (ORDER BY …)`.
    OrderedSet,
    /// `WITHIN GROUP`, with direct arguments that are a hypothetical row.
    Hypothetical,
}

/// Whether a final function may change the state it is given (`aggfinalmodify`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modify {
    /// It leaves the state alone.
    ReadOnly,
    /// Not yet, but no further transition may follow: the state can be finished again.
    Shareable,
    /// It may destroy the state.
    ReadWrite,
}

/// The functions and state of one way to run an aggregate: from scratch, or over a moving frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// `SFUNC` or `MSFUNC`.
    pub transition: Support,
    /// `MINVFUNC`, of a moving frame only.
    pub inverse: Option<Support>,
    /// `FINALFUNC` or `MFINALFUNC`.
    pub finish: Option<Support>,
    /// Whether the final function is given NULLs in place of the aggregate's arguments.
    pub finish_extra: bool,
    /// What the final function does to the state.
    pub finish_modify: Modify,
    /// `STYPE` or `MSTYPE`.
    pub state: TypeName,
    /// `SSPACE` or `MSSPACE`: bytes of a state, 0 for the server's own guess.
    pub state_space: i32,
    /// `INITCOND` or `MINITCOND`; none is NULL.
    pub initial: Option<String>,
}

/// `SORTOP`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortOperator {
    /// As `OPERATOR(pg_catalog.<)`, ready for CREATE AGGREGATE.
    pub name: String,
    /// Whether it is the `<` or `>` of some btree operator family, without which no index can serve.
    pub is_btree_order: bool,
}

/// An aggregate of a live server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// `pg_proc.oid`.
    pub oid: u32,
    /// The schema it is in.
    pub schema: String,
    /// Its name alone.
    pub name: String,
    /// Schema and name as the server quotes them.
    pub quoted: String,
    /// Argument types as ALTER AGGREGATE takes them: `integer`, `*`, `double precision ORDER BY anyelement`.
    pub identity: String,
    /// The declared types of all arguments, direct ones first.
    pub arguments: Vec<TypeName>,
    /// How many of them are direct.
    pub direct_arguments: usize,
    /// Whether the last argument is VARIADIC.
    pub is_variadic: bool,
    /// What it is called with.
    pub kind: Kind,
    /// The declared result type.
    pub result: TypeName,
    /// Its own PARALLEL label: the labels of its functions are not asked by the planner.
    pub safety: Safety,
    /// The usual way.
    pub plain: Way,
    /// `COMBINEFUNC`.
    pub combine: Option<Support>,
    /// `SERIALFUNC`.
    pub serialize: Option<Support>,
    /// `DESERIALFUNC`.
    pub deserialize: Option<Support>,
    /// The way over a moving frame.
    pub moving: Option<Way>,
    /// `SORTOP`.
    pub sort_operator: Option<SortOperator>,
    /// The extension that it belongs to.
    pub extension: Option<String>,
}

impl Aggregate {
    /// Name and arguments as SQL takes them after `AGGREGATE`: `public.badsum(integer)`.
    pub fn signature(&self) -> String {
        format!("{}({})", self.quoted, self.identity)
    }

    /// The name, quoted, with its schema.
    pub fn qualified(&self) -> String {
        self.quoted.clone()
    }

    /// Whether the server can split it at all: a combine function, and bytes for an internal state.
    pub fn can_be_split(&self) -> bool {
        let has_bytes = self.serialize.is_some() && self.deserialize.is_some();
        self.combine.is_some() && (!self.plain.state.is_internal() || has_bytes)
    }
}

/// Which aggregates are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// The one with this number.
    One(u32),
    /// Those of a schema.
    Schema(String),
    /// Those of an extension.
    Extension(String),
    /// Those that are neither PostgreSQL's own nor the information schema's.
    Users,
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(number) => write!(f, "pg_proc under number {number}"),
            Self::Schema(name) => write!(f, "schema \"{name}\""),
            Self::Extension(name) => write!(f, "extension \"{name}\""),
            Self::Users => write!(f, "the schemas of users"),
        }
    }
}

/// Everything but the functions, one row an aggregate.
const AGGREGATES: &str = "
    SELECT p.oid, n.nspname::text AS schema, p.proname::text AS name,
           format('%I.%I', n.nspname, p.proname) AS quoted,
           pg_get_function_identity_arguments(p.oid) AS identity,
           p.proargtypes::oid[] AS arguments,
           (SELECT coalesce(array_agg(format_type(t, NULL) ORDER BY o), '{}')
              FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(t, o)) AS argument_names,
           a.aggnumdirectargs AS direct, p.provariadic <> 0 AS variadic, a.aggkind::text AS kind,
           p.prorettype AS result, format_type(p.prorettype, NULL) AS result_name,
           p.proparallel::text AS parallel,
           a.aggtransfn::oid AS transition, a.aggcombinefn::oid AS combine, a.aggserialfn::oid AS serialize,
           a.aggdeserialfn::oid AS deserialize, a.aggfinalfn::oid AS finish, a.aggfinalextra AS finish_extra,
           a.aggfinalmodify::text AS finish_modify, a.aggtranstype AS state,
           format_type(a.aggtranstype, NULL) AS state_name, a.aggtransspace AS space, a.agginitval AS initial,
           a.aggmtransfn::oid AS mtransition, a.aggminvtransfn::oid AS minverse, a.aggmfinalfn::oid AS mfinish,
           a.aggmfinalextra AS mfinish_extra, a.aggmfinalmodify::text AS mfinish_modify, a.aggmtranstype AS mstate,
           format_type(nullif(a.aggmtranstype, 0), NULL) AS mstate_name, a.aggmtransspace AS mspace,
           a.aggminitval AS minitial,
           (SELECT format('OPERATOR(%I.%s)', s.nspname, o.oprname)
              FROM pg_operator o JOIN pg_namespace s ON s.oid = o.oprnamespace WHERE o.oid = a.aggsortop) AS sortop,
           EXISTS (SELECT FROM pg_amop m JOIN pg_am am ON am.oid = m.amopmethod
                    WHERE m.amopopr = a.aggsortop AND am.amname = 'btree' AND m.amopstrategy IN (1, 5)) AS btree,
           (SELECT e.extname::text FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
             WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
               AND d.refclassid = 'pg_extension'::regclass) AS extension
      FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid JOIN pg_namespace n ON n.oid = p.pronamespace";

/// The functions with these numbers.
const FUNCTIONS: &str = "
    SELECT p.oid, n.nspname::text AS schema, p.proname::text AS name,
           format('%I.%I', n.nspname, p.proname) AS quoted,
           format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS signature,
           p.proargtypes::oid[] AS arguments,
           (SELECT coalesce(array_agg(format_type(t, NULL) ORDER BY o), '{}')
              FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(t, o)) AS argument_names,
           p.prorettype AS result, format_type(p.prorettype, NULL) AS result_name,
           p.proisstrict AS strict, p.provolatile::text AS volatility, p.proparallel::text AS parallel,
           l.lanname::text AS language
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
     WHERE p.oid = ANY($1)";

/// Reads aggregates with their functions, ordered by schema, name and arguments.
///
/// # Errors
/// What the server says.
pub fn read(client: &mut Client, which: &Selection) -> Result<Vec<Aggregate>, postgres::Error> {
    let order = "ORDER BY schema, name, identity";
    let rows = match which {
        Selection::One(oid) => {
            client.query(&format!("{AGGREGATES} WHERE p.oid = $1 {order}"), &[oid])
        }
        Selection::Schema(name) => {
            client.query(&format!("{AGGREGATES} WHERE n.nspname = $1 {order}"), &[name])
        }
        Selection::Extension(name) => {
            let own = "EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
                WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' AND e.extname = $1)";
            client.query(&format!("{AGGREGATES} WHERE {own} {order}"), &[name])
        }
        Selection::Users => {
            let users = "n.nspname NOT IN ('pg_catalog', 'information_schema')";
            client.query(&format!("{AGGREGATES} WHERE {users} {order}"), &[])
        }
    }?;
    let functions = functions(client, &rows)?;
    Ok(rows.iter().map(|row| aggregate(row, &functions)).collect())
}

/// Whether there is a schema of this name.
///
/// # Errors
/// What the server says.
pub fn has_schema(client: &mut Client, name: &str) -> Result<bool, postgres::Error> {
    let found = client.query_opt("SELECT FROM pg_namespace WHERE nspname = $1", &[&name])?;
    Ok(found.is_some())
}

/// Whether there is an extension of this name in the database.
///
/// # Errors
/// What the server says.
pub fn has_extension(client: &mut Client, name: &str) -> Result<bool, postgres::Error> {
    let found = client.query_opt("SELECT FROM pg_extension WHERE extname = $1", &[&name])?;
    Ok(found.is_some())
}

/// The columns that hold a function's number, 0 for none.
const FUNCTION_COLUMNS: [&str; 8] = [
    "transition",
    "combine",
    "serialize",
    "deserialize",
    "finish",
    "mtransition",
    "minverse",
    "mfinish",
];

/// All functions that these aggregates are made of, by number.
fn functions(client: &mut Client, rows: &[Row]) -> Result<HashMap<u32, Support>, postgres::Error> {
    let mut numbers: Vec<u32> = rows
        .iter()
        .flat_map(|row| FUNCTION_COLUMNS.map(|column| row.get::<_, u32>(column)))
        .filter(|number| *number != 0)
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    let rows = client.query(FUNCTIONS, &[&numbers])?;
    Ok(rows.iter().map(|row| (row.get("oid"), support(row))).collect())
}

fn support(row: &Row) -> Support {
    Support {
        oid: row.get("oid"),
        schema: row.get("schema"),
        name: row.get("name"),
        quoted: row.get("quoted"),
        signature: row.get("signature"),
        arguments: arguments(row),
        result: TypeName { oid: row.get("result"), name: row.get("result_name") },
        is_strict: row.get("strict"),
        volatility: match row.get("volatility") {
            "i" => Volatility::Immutable,
            "s" => Volatility::Stable,
            _ => Volatility::Volatile,
        },
        safety: safety(row.get("parallel")),
        language: row.get("language"),
    }
}

fn aggregate(row: &Row, functions: &HashMap<u32, Support>) -> Aggregate {
    let function = |column: &str| functions.get(&row.get::<_, u32>(column)).cloned();
    let moving = function("mtransition").map(|transition| Way {
        transition,
        inverse: function("minverse"),
        finish: function("mfinish"),
        finish_extra: row.get("mfinish_extra"),
        finish_modify: modify(row.get("mfinish_modify")),
        state: TypeName { oid: row.get("mstate"), name: row.get("mstate_name") },
        state_space: row.get("mspace"),
        initial: row.get("minitial"),
    });
    let sort_operator = row.get::<_, Option<String>>("sortop");
    Aggregate {
        oid: row.get("oid"),
        schema: row.get("schema"),
        name: row.get("name"),
        quoted: row.get("quoted"),
        identity: match row.get::<_, String>("identity") {
            none if none.is_empty() => "*".into(),
            types => types,
        },
        arguments: arguments(row),
        direct_arguments: usize::try_from(row.get::<_, i16>("direct")).unwrap_or(0),
        is_variadic: row.get("variadic"),
        kind: match row.get("kind") {
            "o" => Kind::OrderedSet,
            "h" => Kind::Hypothetical,
            _ => Kind::Normal,
        },
        result: TypeName { oid: row.get("result"), name: row.get("result_name") },
        safety: safety(row.get("parallel")),
        plain: Way {
            transition: function("transition").expect("every aggregate has a transition function"),
            inverse: None,
            finish: function("finish"),
            finish_extra: row.get("finish_extra"),
            finish_modify: modify(row.get("finish_modify")),
            state: TypeName { oid: row.get("state"), name: row.get("state_name") },
            state_space: row.get("space"),
            initial: row.get("initial"),
        },
        combine: function("combine"),
        serialize: function("serialize"),
        deserialize: function("deserialize"),
        moving,
        sort_operator: sort_operator
            .map(|name| SortOperator { name, is_btree_order: row.get("btree") }),
        extension: row.get("extension"),
    }
}

fn arguments(row: &Row) -> Vec<TypeName> {
    let numbers: Vec<u32> = row.get("arguments");
    let names: Vec<String> = row.get("argument_names");
    numbers.into_iter().zip(names).map(|(oid, name)| TypeName { oid, name }).collect()
}

fn safety(label: &str) -> Safety {
    match label {
        "s" => Safety::Safe,
        "r" => Safety::Restricted,
        _ => Safety::Unsafe,
    }
}

fn modify(letter: &str) -> Modify {
    match letter {
        "r" => Modify::ReadOnly,
        "s" => Modify::Shareable,
        _ => Modify::ReadWrite,
    }
}
