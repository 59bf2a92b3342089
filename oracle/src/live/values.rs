//! Values for each argument type: ordinary ones first, the simplest before all, then the traps.
//!
//! Float arithmetic is exact on the ordinary values: they are multiples of 840, which every row count up to 8 divides, so
//! sums, means and squared deviations come out the same in any order and any split. What differs on them is not rounding.
//! Values that round, and values near the ends of the range, are a lane of their own.

use std::ops::Range;

use postgres::Client;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::engine::postgres::aggregates::{Aggregate, Kind, TypeName};

/// How far values are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Ordinary values on which all arithmetic is exact.
    Exact,
    /// Also special values and ends of ranges, on which arithmetic is exact or fails.
    Special,
    /// Decimals in place of ordinary floats: they round, all are positive and alike in size, so that nothing cancels.
    Decimals,
    /// Also floats near the ends of the range, and integers that are none as floats.
    Extreme,
}

impl Lane {
    /// All of them, tamer ones first.
    pub const ALL: [Lane; 4] = [Lane::Exact, Lane::Special, Lane::Decimals, Lane::Extreme];
}

/// The values of one argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The type, as SQL writes it.
    pub sql_type: String,
    /// The texts of the values; lower places are simpler.
    pub values: Vec<String>,
    /// Values before this place are for every lane.
    exact: usize,
    /// Values before this place are special.
    special: usize,
    /// Values before this place are decimals, those behind it extreme.
    decimals: usize,
    /// For each place, its rank in the type's order, if it has one.
    pub ranks: Option<Vec<i64>>,
}

impl Pool {
    /// A pool of ordinary values alone.
    pub fn of(sql_type: &str, values: &[&str]) -> Pool {
        Pool::with(sql_type, values, &[], [&[], &[]])
    }

    fn with(
        sql_type: &str,
        exact: &[&str],
        special: &[&str],
        [decimals, extreme]: [&[&str]; 2],
    ) -> Pool {
        let all = exact.iter().chain(special).chain(decimals).chain(extreme);
        Pool {
            sql_type: sql_type.to_owned(),
            values: all.map(|value| (*value).to_owned()).collect(),
            exact: exact.len(),
            special: exact.len() + special.len(),
            decimals: exact.len() + special.len() + decimals.len(),
            ranks: None,
        }
    }

    /// The places of the values that a lane adds.
    pub fn own(&self, lane: Lane) -> Range<usize> {
        match lane {
            Lane::Exact => 0..self.exact,
            Lane::Special => self.exact..self.special,
            Lane::Decimals => self.special..self.decimals,
            Lane::Extreme => self.decimals..self.values.len(),
        }
    }

    /// Whether a lane has values of its own.
    pub fn has(&self, lane: Lane) -> bool {
        !self.own(lane).is_empty()
    }

    /// A random place: half of them ordinary, half of the lane's own; decimals are among themselves.
    pub fn draw(&self, lane: Lane, random: &mut ChaCha8Rng) -> u16 {
        let own = if self.has(lane) { self.own(lane) } else { 0..self.exact };
        let is_own = lane == Lane::Decimals || random.random_range(0..2) == 1;
        let range = if is_own { own } else { 0..self.exact };
        u16::try_from(random.random_range(range)).unwrap_or(0)
    }

    /// The literal of a field.
    pub fn literal(&self, cell: super::split::Cell) -> String {
        match cell.and_then(|place| self.values.get(usize::from(place))) {
            None => "NULL".into(),
            Some(text) if is_number(&self.sql_type, text) => text.clone(),
            Some(text) => format!("'{}'", text.replace('\'', "''")),
        }
    }
}

/// Whether a text is an integer of a type that takes it without quotes.
fn is_number(sql_type: &str, text: &str) -> bool {
    let numbers = ["smallint", "integer", "bigint", "numeric", "real", "double precision"];
    numbers.contains(&sql_type) && text.len() < 18 && text.parse::<i64>().is_ok() && text != "-0"
}

/// Why an aggregate cannot be asked about.
#[derive(Debug)]
pub enum NoValues {
    /// A type that no generator makes values for.
    Type(String),
    /// `--values` gave none, or failed.
    Query(String),
    /// What the server says.
    Server(postgres::Error),
}

impl From<postgres::Error> for NoValues {
    fn from(error: postgres::Error) -> NoValues {
        NoValues::Server(error)
    }
}

impl std::fmt::Display for NoValues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoValues::Type(name) => write!(
                f,
                "no generator makes values of type {name}: give some with --values 'SELECT v FROM t'"
            ),
            NoValues::Query(why) => write!(f, "--values: {why}"),
            NoValues::Server(error) => f.write_str(&super::scratch::told(error)),
        }
    }
}

/// The pools of an aggregate's arguments, once for each choice of what its polymorphic arguments stand for.
///
/// # Errors
/// A type without generator, or what the server says.
pub fn pools(
    client: &mut Client,
    aggregate: &Aggregate,
    values: Option<&str>,
) -> Result<Vec<Vec<Pool>>, NoValues> {
    let declared = &aggregate.arguments;
    // Who is not asked anything needs no second choice.
    let is_open = aggregate.kind == Kind::Normal && declared.iter().any(is_polymorphic);
    let elements: &[&str] = if is_open { &["integer", "text"] } else { &["integer"] };
    if let Some(query) = values {
        return Ok(vec![queried(client, declared, query)?]);
    }
    for (standing, of, body) in MADE {
        if declared.iter().any(|ty| ty.name == of) {
            make(client, standing, body)?;
        }
    }
    let choice = |element: &&str| {
        let concrete = |ty: &TypeName| of_type(client, &concrete(&ty.name, element));
        declared.iter().map(concrete).collect::<Result<Vec<_>, _>>()
    };
    let mut choices: Vec<Vec<Pool>> = elements.iter().map(choice).collect::<Result<_, _>>()?;
    choices.dedup();
    Ok(choices)
}

/// Types that stand for others, of which PostgreSQL has none itself: they are made in the schema that things are made in.
const MADE: [(&str, &str, &str); 2] = [
    ("bothways_grade", "anyenum", "ENUM ('low', 'middle', 'high')"),
    ("bothways_pair", "record", "(a integer, b text)"),
];

fn make(client: &mut Client, name: &str, body: &str) -> Result<(), postgres::Error> {
    let exists: bool =
        client.query_one("SELECT to_regtype($1::text) IS NOT NULL", &[&name])?.get(0);
    if exists {
        return Ok(());
    }
    client.batch_execute(&format!("CREATE TYPE {name} AS {body}"))
}

/// Whether a declared type leaves open what it stands for.
pub fn is_polymorphic(ty: &TypeName) -> bool {
    ty.name.starts_with("any") || ty.name == "\"any\"" || ty.name == "record"
}

/// What a polymorphic type stands for when its elements are of this type.
fn concrete(declared: &str, element: &str) -> String {
    match declared {
        "anyelement" | "anynonarray" | "anycompatible" | "anycompatiblenonarray" | "\"any\"" => {
            element.to_owned()
        }
        "anyarray" | "anycompatiblearray" => format!("{element}[]"),
        "anyrange" | "anycompatiblerange" => "int4range".into(),
        "anymultirange" | "anycompatiblemultirange" => "int4multirange".into(),
        other => match MADE.iter().find(|(_, of, _)| *of == other) {
            Some((standing, ..)) => (*standing).to_owned(),
            None => other.to_owned(),
        },
    }
}

/// Values that a query gives, a column for each argument; the types are the query's own where the declared ones are
/// polymorphic.
fn queried(client: &mut Client, declared: &[TypeName], query: &str) -> Result<Vec<Pool>, NoValues> {
    let query = query.trim().trim_end_matches(';');
    let said = |error: &postgres::Error| NoValues::Query(super::scratch::told(error));
    let statement = client.prepare(query).map_err(|error| said(&error))?;
    if statement.columns().len() != declared.len() {
        let (given, wanted) = (statement.columns().len(), declared.len());
        return Err(NoValues::Query(format!(
            "the query gives {given} {}, the aggregate takes {wanted} {}",
            if given == 1 { "column" } else { "columns" },
            if wanted == 1 { "argument" } else { "arguments" }
        )));
    }
    let numbers: Vec<u32> = statement.columns().iter().map(|c| c.type_().oid()).collect();
    let mut pools = Vec::new();
    for (place, (ty, number)) in declared.iter().zip(numbers).enumerate() {
        let own: String = client.query_one("SELECT format_type($1, NULL)", &[&number])?.get(0);
        let sql_type =
            if ty.name.trim_matches('"').starts_with("any") { own } else { ty.name.clone() };
        let columns: Vec<String> = (0..declared.len()).map(|column| format!("v{column}")).collect();
        let sql = format!(
            "SELECT DISTINCT v{place}::{sql_type}::text AS v FROM ({query}) AS given ({}) \
             WHERE v{place} IS NOT NULL ORDER BY v LIMIT 64",
            columns.join(", ")
        );
        let rows = client.query(&sql, &[]).map_err(|error| said(&error))?;
        let mut texts: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        if texts.is_empty() {
            return Err(NoValues::Query("it gives no value that is not NULL".into()));
        }
        texts.sort_by_key(String::len);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        pools.push(ranked(client, Pool::of(&sql_type, &texts)));
    }
    Ok(pools)
}

/// The pool of a type: that of its base, its labels, or the generator's, as far as the server takes the values.
fn of_type(client: &mut Client, sql_type: &str) -> Result<Pool, NoValues> {
    let row = client.query_one(
        "SELECT t.typname::text, t.typtype::text, t.typcategory::text,
                CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
                CASE WHEN t.typcategory = 'A' THEN format_type(t.typelem, NULL) END,
                ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)
           FROM pg_type t WHERE t.oid = $1::text::regtype",
        &[&sql_type],
    )?;
    let (name, kind, category): (String, String, String) = (row.get(0), row.get(1), row.get(2));
    let (base, element): (Option<String>, Option<String>) = (row.get(3), row.get(4));
    let labels: Vec<String> = row.get(5);
    let mut pool = match (kind.as_str(), base, element) {
        ("d", Some(base), _) => of_type(client, &base)?,
        ("e", ..) => Pool::of(&name, &labels.iter().map(String::as_str).collect::<Vec<_>>()),
        (_, _, Some(element)) if category == "A" => {
            let element = of_type(client, &element)?;
            arrays(&element)
        }
        _ => generated(&name).ok_or_else(|| NoValues::Type(sql_type.to_owned()))?,
    };
    pool.sql_type = without_limit(sql_type).to_owned();
    let pool = taken(client, pool);
    if pool.exact == 0 {
        return Err(NoValues::Type(sql_type.to_owned()));
    }
    Ok(ranked(client, pool))
}

/// A type as SQL must write it to mean what `format_type` means: `character` alone would be one character long.
pub fn without_limit(sql_type: &str) -> &str {
    if sql_type == "character" { "bpchar" } else { sql_type }
}

/// What is left of a pool after the server (of an older version, or of a domain) refused some.
fn taken(client: &mut Client, pool: Pool) -> Pool {
    let sql_type = pool.sql_type.clone();
    let mut takes = |text: &&String| {
        let literal = text.replace('\'', "''");
        client.simple_query(&format!("SELECT '{literal}'::{sql_type}")).is_ok()
    };
    let mut keep =
        |values: &[String]| values.iter().filter(&mut takes).cloned().collect::<Vec<_>>();
    let [exact, special, decimals, extreme] =
        Lane::ALL.map(|lane| keep(&pool.values[pool.own(lane)]));
    Pool {
        exact: exact.len(),
        special: exact.len() + special.len(),
        decimals: exact.len() + special.len() + decimals.len(),
        values: [exact, special, decimals, extreme].concat(),
        ..pool
    }
}

/// The pool with the ranks of its values in the order of their type, if it has one.
fn ranked(client: &mut Client, pool: Pool) -> Pool {
    let values: Vec<String> = (0..pool.values.len())
        .map(|place| {
            format!("({place}, '{}'::{})", pool.values[place].replace('\'', "''"), pool.sql_type)
        })
        .collect();
    let sql = format!(
        "SELECT rank() OVER (ORDER BY v) FROM (VALUES {}) AS t (place, v) ORDER BY place",
        values.join(",")
    );
    let ranks = client.query(&sql, &[]).ok();
    let ranks = ranks.map(|rows| rows.iter().map(|row| row.get(0)).collect());
    Pool { ranks, ..pool }
}

/// Arrays of two elements, then others.
fn arrays(element: &Pool) -> Pool {
    let quoted = |text: &String| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let ordinary = &element.values[..element.exact];
    let pair = |at: usize| {
        let second = &ordinary[(at + 1) % ordinary.len()];
        format!("{{{},{}}}", quoted(&ordinary[at]), quoted(second))
    };
    let exact: Vec<String> = (0..ordinary.len().min(8)).map(pair).collect();
    let one = format!("{{{}}}", ordinary.first().map(quoted).unwrap_or_default());
    let special = ["{}".to_owned(), "{NULL,NULL}".into(), one];
    let mut pool = Pool::of("", &[]);
    pool.exact = exact.len();
    (pool.special, pool.decimals) = (pool.exact + special.len(), pool.exact + special.len());
    pool.values = exact.into_iter().chain(special).collect();
    pool
}

const SMALL: [&str; 8] = ["1", "2", "3", "5", "0", "-1", "7", "-4"];
const FLOATS: [&str; 8] = ["840", "1680", "2520", "4200", "0", "-840", "8400", "-2520"];
/// As many as a case has rows at least, so that no two rows need be alike.
const DECIMALS: [&str; 12] =
    ["0.1", "0.7", "1.1", "3.3", "12.34", "99.99", "0.3", "45.6", "7.77", "0.9", "28.1", "64.3"];
const SPECIAL_FLOATS: [&str; 4] = ["NaN", "Infinity", "-Infinity", "-0"];
const TIMESTAMPS: [&str; 6] = [
    "2024-01-01 00:00:00",
    "2024-01-02 00:00:00",
    "2024-01-03 12:30:00",
    "2000-02-29 23:59:59.999999",
    "1999-12-31 00:00:00",
    "2024-01-01 00:00:00.000001",
];
const TIMES: [&str; 5] = ["01:00:00", "02:00:00", "00:00:00", "23:59:59.999999", "24:00:00"];
const TEXTS: [&str; 8] = ["a", "b", "c", "ab", "", "Z", "é", "0"];
const ENDLESS: [&str; 2] = ["infinity", "-infinity"];

/// The generator of a type, by its name in `pg_type`.
fn generated(name: &str) -> Option<Pool> {
    let pool =
        |exact: &[&str], special: &[&str]| Some(Pool::with(name, exact, special, [&[], &[]]));
    let floats = |extreme| Some(Pool::with(name, &FLOATS, &SPECIAL_FLOATS, [&DECIMALS, extreme]));
    match name {
        "bool" => pool(&["t", "f"], &[]),
        "int2" => pool(&SMALL, &["32767", "-32768"]),
        "int4" => pool(&SMALL, &["2147483647", "-2147483648"]),
        "int8" => pool(&SMALL, &["9223372036854775807", "-9223372036854775808", "2147483648"]),
        "float4" => floats(&["1e30", "-1e30", "1e-30", "16777217"]),
        "float8" => floats(&["1e200", "-1e200", "1e-300", "9007199254740993", "1e16", "1e308"]),
        "numeric" => pool(
            &["1", "2", "3", "840", "0", "-1", "1.5", "2.25", "10.00", "-7.125"],
            &[
                "NaN",
                "Infinity",
                "-Infinity",
                "1e40",
                "99999999999999999999.5",
                "0.0000000000000000001",
            ],
        ),
        "bothways_pair" => pool(&["(1,a)", "(1,b)", "(2,a)", "(0,c)"], &["(,)", "(1,)"]),
        "money" => pool(&["1.00", "2.50", "0.01", "-3.00"], &["92233720368547758.07"]),
        "text" | "varchar" | "name" => pool(&TEXTS, &["a b", "'", "\\", "NULL", "ﬀ\u{10ffff}"]),
        "bpchar" => pool(&["a", "b", "c", "ab"], &["", "a "]),
        "char" => pool(&["a", "b", "c", "Z"], &[""]),
        "bytea" => pool(&["\\x01", "\\x02", "\\x0a0b", "\\x61"], &["\\x", "\\x00", "\\xff00ff"]),
        "date" => pool(
            &["2024-01-01", "2024-01-02", "2023-12-31", "2000-02-29"],
            &["infinity", "-infinity", "4713-01-01 BC"],
        ),
        "time" => pool(&TIMES, &[]),
        "timetz" => pool(
            &["01:00:00+00", "02:00:00+00", "01:00:00+02", "23:59:59.999999-12"],
            &["24:00:00+00", "00:00:00-15:59"],
        ),
        "timestamp" | "timestamptz" => pool(&TIMESTAMPS, &ENDLESS),
        "interval" => pool(
            &[
                "1 day",
                "2 days",
                "01:00:00",
                "1 mon",
                "00:00:00",
                "-1 days",
                "1 mon -3 days 04:00:00.5",
            ],
            &["100000000 years", "-100000000 years"],
        ),
        "uuid" => pool(
            &[
                "00000000-0000-0000-0000-000000000001",
                "a0000000-0000-0000-0000-000000000002",
                "00000000-0000-0000-0000-000000000000",
            ],
            &["ffffffff-ffff-ffff-ffff-ffffffffffff"],
        ),
        "json" | "jsonb" => pool(
            &["1", "{\"a\": 1}", "[1, 2]", "\"a\"", "{\"b\": [true]}"],
            &["null", "{}", "[]", "1.0"],
        ),
        "inet" => pool(&["10.0.0.1", "10.0.0.2", "192.168.0.0/16", "::1"], &["0.0.0.0/0", "::/0"]),
        "cidr" => pool(&["10.0.0.0/8", "10.1.0.0/16", "::/0"], &["0.0.0.0/0"]),
        "macaddr" => pool(&["00:00:00:00:00:01", "08:00:2b:01:02:03"], &["ff:ff:ff:ff:ff:ff"]),
        "macaddr8" => pool(&["00:00:00:00:00:00:00:01", "08:00:2b:01:02:03:04:05"], &[]),
        "bit" => pool(&["1", "0"], &[]),
        "varbit" => pool(&["1", "0", "101", "0011"], &[""]),
        "oid" | "xid" | "cid" => pool(&["1", "2", "3", "16384"], &["0", "4294967295"]),
        "xid8" => pool(&["1", "2", "3"], &["18446744073709551615"]),
        "pg_lsn" => pool(&["0/1", "0/2", "1/0"], &["0/0", "FFFFFFFF/FFFFFFFF"]),
        "tid" => pool(&["(0,1)", "(0,2)", "(1,1)"], &["(4294967295,65535)"]),
        "point" => pool(&["(0,0)", "(840,0)", "(0,1680)"], &[]),
        "box" => pool(&["(1,1),(0,0)", "(3,3),(2,2)"], &[]),
        "xml" => pool(&["<a/>", "<b>1</b>", "text"], &[]),
        "tsvector" => pool(&["a", "b:1", "'a b':2 c"], &[""]),
        "int4range" | "int8range" => {
            pool(&["[1,3)", "[2,5)", "[7,9)", "[3,7)"], &["empty", "(,)", "[1,)"])
        }
        "numrange" => pool(&["[1.0,3)", "[2,5.5]", "(7,9)"], &["empty", "(,)"]),
        "daterange" => {
            pool(&["[2024-01-01,2024-01-03)", "[2024-01-02,2024-02-01)"], &["empty", "(,)"])
        }
        "tsrange" | "tstzrange" => {
            pool(&["[2024-01-01,2024-01-03)", "[2024-01-02,2024-02-01]"], &["empty", "(,)"])
        }
        "int4multirange" | "int8multirange" => {
            pool(&["{[1,3)}", "{[2,5)}", "{[7,9)}", "{[1,2),[5,8)}"], &["{}", "{(,)}"])
        }
        "nummultirange" => pool(&["{[1.0,3)}", "{[2,5.5]}"], &["{}", "{(,)}"]),
        "datemultirange" | "tsmultirange" | "tstzmultirange" => {
            pool(&["{[2024-01-01,2024-01-03)}", "{[2024-01-02,2024-02-01)}"], &["{}", "{(,)}"])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn an_exact_value_is_drawn_in_every_lane_and_a_trap_only_in_its_own() {
        let pool = generated("float8").unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..200 {
            assert!(usize::from(pool.draw(Lane::Exact, &mut random)) < pool.exact);
            assert!(usize::from(pool.draw(Lane::Special, &mut random)) < pool.special);
        }
        let decimal = |place: u16| pool.own(Lane::Decimals).contains(&usize::from(place));
        assert!((0..200).all(|_| decimal(pool.draw(Lane::Decimals, &mut random))));
        let extreme = |place: u16| pool.own(Lane::Extreme).contains(&usize::from(place));
        assert!((0..200).any(|_| extreme(pool.draw(Lane::Extreme, &mut random))));
        assert!(!generated("int4").unwrap().has(Lane::Decimals));
    }

    #[test]
    fn sums_means_and_deviations_of_ordinary_floats_are_exact() {
        for value in FLOATS {
            let value: i64 = value.parse().unwrap();
            assert!((1..=8).all(|rows| value % rows == 0), "{value}");
        }
    }

    #[test]
    fn arrays_are_written_with_quotes() {
        let pool = arrays(&Pool::of("text", &["a", "b\"c"]));
        assert_eq!(pool.values[0], "{\"a\",\"b\\\"c\"}");
    }

    #[test]
    fn polymorphic_arguments_stand_for_elements_and_arrays_of_them() {
        assert_eq!(concrete("anyarray", "text"), "text[]");
        assert_eq!(concrete("\"any\"", "integer"), "integer");
        assert_eq!(concrete("numeric", "text"), "numeric");
    }
}
