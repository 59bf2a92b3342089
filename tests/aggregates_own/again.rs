//! PostgreSQL's own aggregates, made again: `CREATE AGGREGATE own_x(…)` of what `pg_aggregate` says of each that we have.
//!
//! The statements come from a server of version 15, whose catalogue ours is. Each must be accepted and answer as the
//! built-in one of ours does; where it moves, the rows must leave as the law asks. Without such a server the test prints one
//! line and is done.

use laws::{Aggregate, CataloguedMoving, Law};
use oracle::engine::postgres::{Mode, connect};
use oracle::session::Session;
use oracle::verdict::Verdict;
use parallel::Schedule;
use spec::{Row, Type};

/// How each of them is made: the statement, its name, its kind, the number of its direct arguments, and the types of all.
const BUILT_IN: &str = "
    SELECT format('CREATE AGGREGATE own_%s(%s) (%s)', proname,
            CASE WHEN pronargs = 0 THEN '*' ELSE pg_get_function_arguments(p.oid) END,
            concat_ws(', ', 'SFUNC = ' || aggtransfn, 'STYPE = ' || aggtranstype::regtype,
                'FINALFUNC = ' || nullif(aggfinalfn::text, '-'), CASE WHEN aggfinalextra THEN 'FINALFUNC_EXTRA' END,
                'COMBINEFUNC = ' || nullif(aggcombinefn::text, '-'), 'SERIALFUNC = ' || nullif(aggserialfn::text, '-'),
                'DESERIALFUNC = ' || nullif(aggdeserialfn::text, '-'), 'INITCOND = ' || quote_literal(agginitval),
                'MSFUNC = ' || nullif(aggmtransfn::text, '-'), 'MINVFUNC = ' || nullif(aggminvtransfn::text, '-'),
                'MSTYPE = ' || nullif(aggmtranstype, 0)::regtype, 'MFINALFUNC = ' || nullif(aggmfinalfn::text, '-'),
                CASE WHEN aggmfinalextra THEN 'MFINALFUNC_EXTRA' END, 'MINITCOND = ' || quote_literal(aggminitval),
                'SORTOP = ' || (SELECT oprname FROM pg_operator o WHERE o.oid = aggsortop),
                'PARALLEL = ' || CASE proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' ELSE 'UNSAFE' END,
                CASE WHEN aggkind = 'h' THEN 'HYPOTHETICAL' END)),
        proname, aggkind, aggnumdirectargs,
        coalesce((SELECT string_agg(typname, ' ' ORDER BY place) FROM unnest(proargtypes) WITH ORDINALITY AS a (ty, place)
            JOIN pg_type t ON t.oid = ty), '')
    FROM pg_aggregate a JOIN pg_proc p ON p.oid = aggfnoid WHERE pronamespace = 'pg_catalog'::regnamespace ORDER BY 1";

/// Those that we have and do not take, each with what is said.
const REFUSED: [(&str, &str); 0] = [];

/// The columns of the table by their types, and four rows; a fifth is all NULL.
const COLUMNS: [(&str, [&str; 4]); 17] = [
    ("bool", ["true", "false", "true", "true"]),
    ("int2", ["1", "2", "2", "-7"]),
    ("int4", ["1", "2", "2", "-7"]),
    ("int8", ["1", "2", "2", "-7"]),
    ("float4", ["1", "2", "2", "-7"]),
    ("float8", ["1", "2", "2", "-7"]),
    ("numeric", ["1.5", "2", "2.25", "-7"]),
    ("text", ["a", "b", "b", "c"]),
    ("bpchar", ["a", "b", "b", "c"]),
    ("bytea", ["a", "b", "b", "c"]),
    ("date", ["2024-01-01", "2024-02-01", "2023-01-01", "2024-01-02"]),
    ("time", ["01:00", "02:00", "02:00", "00:01"]),
    ("timetz", ["01:00+00", "02:00+00", "02:00+00", "00:01+00"]),
    ("timestamp", ["2024-01-01", "2024-02-01", "2023-01-01", "2024-01-02"]),
    ("timestamptz", ["2024-01-01+00", "2024-02-01+00", "2023-01-01+00", "2024-01-02+00"]),
    ("interval", ["1 day", "2 days", "1 month", "-3 hours"]),
    ("_int4", ["{1,2}", "{2,3}", "{0,1}", "{5,6}"]),
];

/// One aggregate of PostgreSQL's.
struct BuiltIn {
    statement: String,
    name: String,
    kind: String,
    direct: usize,
    types: Vec<String>,
}

impl BuiltIn {
    fn of(row: &[Option<String>]) -> BuiltIn {
        let cell = |at: usize| row[at].clone().expect("a text");
        BuiltIn {
            statement: cell(0),
            name: cell(1),
            kind: cell(2),
            direct: cell(3).parse().expect("a number"),
            types: cell(4).split_whitespace().map(|ty| specimen(ty).to_owned()).collect(),
        }
    }

    fn signature(&self) -> String {
        format!("{}({})", self.name, self.types.join(", "))
    }

    /// Whether we have it.
    fn is_ours(&self) -> bool {
        let known = spec::agg::of_name(&self.name).filter(|one| one.since <= 150_000);
        known.into_iter().any(|one| {
            let set = one.ordered_set.as_ref();
            let direct = set.map_or(&[][..], |set| set.direct).iter().copied().map(Some);
            let takes = direct.chain(one.args.iter().copied());
            let takes: Vec<_> = takes.map(|ty| ty.map_or("text", Type::typname)).collect();
            self.types == takes || set.is_some_and(|set| set.hypothetical)
        })
    }

    /// A call of it, or of what is made again under this name.
    fn call(&self, name: &str) -> String {
        let columns: Vec<_> = self.types.iter().map(|ty| format!("c_{ty}")).collect();
        let list = columns.join(", ");
        let ordered = columns[self.direct.min(columns.len())..].join(", ");
        match (self.kind.as_str(), self.direct) {
            ("h", _) => format!("{name}('b'::text) WITHIN GROUP (ORDER BY c_text)"),
            ("o", 0) => format!("{name}() WITHIN GROUP (ORDER BY {ordered})"),
            ("o", _) if self.types[0].starts_with('_') => {
                format!("{name}('{{0.25,1}}'::float8[]) WITHIN GROUP (ORDER BY {ordered})")
            }
            ("o", _) => format!("{name}(0.5) WITHIN GROUP (ORDER BY {ordered})"),
            _ if self.types.is_empty() => format!("{name}(*)"),
            _ => format!("{name}({list})"),
        }
    }
}

/// The type that stands for an argument type.
fn specimen(ty: &str) -> &str {
    match ty {
        "any" => "text",
        "anyelement" | "anynonarray" => "int4",
        "anyarray" => "_int4",
        ty => ty,
    }
}

/// A session with the table of five rows, whose plans are parallel and hand out row by row.
fn session() -> Session {
    let mut session = super::session();
    session.schedule = Schedule { rows_per_block: Some(1), ..Schedule::simulated(7) };
    let written = |ty: &str| match ty.strip_prefix('_') {
        Some(element) => format!("{element}[]"),
        None => ty.to_owned(),
    };
    let columns = COLUMNS.map(|(ty, _)| format!("c_{ty} {}", written(ty))).join(", ");
    let row = |at: usize| COLUMNS.map(|(ty, values)| format!("'{}'::{}", values[at], written(ty)));
    let rows: Vec<_> = (0..4).map(|at| format!("({})", row(at).join(", "))).collect();
    let nulls = COLUMNS.map(|_| "NULL").join(", ");
    for statement in [
        format!("CREATE TABLE small ({columns}) WITH (parallel_workers = 2)"),
        format!("INSERT INTO small VALUES {}, ({nulls})", rows.join(", ")),
    ] {
        session.execute_text(&statement).unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }
    session
}

/// The answers of a call, over all rows, over those that are not NULL, and over none; or the errors.
fn answers(session: &mut Session, call: &str) -> Vec<Result<Vec<Row>, String>> {
    let conditions = ["true", "c_int4 IS NOT NULL", "c_int4 > 9"];
    let ask = |condition: &str| {
        let query = format!("SELECT {call} FROM small WHERE {condition}");
        let reply = session.execute_text(&query).map_err(|failure| failure.to_string())?;
        // Of one that depends on the order of its input nothing is said.
        let verdict = reply.verdict.expect("both engines answer");
        assert!(!matches!(verdict, Verdict::Violation(_)), "{query}: {verdict:?}");
        Ok(reply.rows.expect("rows").rows)
    };
    conditions.map(ask).into()
}

/// Asks the law of moving aggregates over rows of the table, and whether rows leave at all.
fn takes_rows_out(session: &mut Session, built_in: &BuiltIn) {
    let own = *session.database.catalogue.aggregates.last().expect("it was made just now");
    let moving = CataloguedMoving::of(own).unwrap_or_else(|| panic!("{own:?} does not move"));
    let columns: Vec<_> = built_in.types.iter().map(|ty| format!("c_{ty}")).collect();
    let query = format!("SELECT {} FROM small", columns.join(", "));
    let rows = match columns.is_empty() {
        true => vec![vec![]],
        false => session.execute_text(&query).expect("rows").rows.expect("rows").rows,
    };
    let row = |code: &u8| rows[usize::from(*code) % rows.len()].clone();
    let found = laws::quickcheck::check_made_from(Law::RetractUndoesUpdate, &moving, 200, row);
    assert!(found.is_none(), "{own:?} {}", found.expect("some"));
    let mut state = moving.init();
    [3, 0, 1].iter().for_each(|code| moving.update(&mut state, &row(code)));
    assert!(moving.retract(&mut state, &row(&3)), "{own:?}");
}

#[test]
fn postgresqls_own_aggregates_can_be_made_again() {
    spec::clauses!("agg.own.moving", "law.inverse");
    let mut server = match connect::temporary() {
        Ok(server) => server,
        Err(unable) => return println!("made again: without a live PostgreSQL: {unable}"),
    };
    let mut tell = |sql: &str| {
        let told = server.tell(sql, Mode::Serial).expect("the server answers");
        told.unwrap_or_else(|error| panic!("{sql}: {error}")).rows
    };
    let version = tell("SHOW server_version_num")[0][0].clone().unwrap_or_default();
    if !version.starts_with("15") {
        return println!("made again: the server is of version {version}, and 15 is asked for");
    }
    let mut session = session();
    let (mut made, mut moves, mut refused, mut failed) = (0, 0, vec![], vec![]);
    for row in tell(BUILT_IN) {
        let built_in = BuiltIn::of(&row);
        if !built_in.is_ours() {
            continue;
        }
        // The server takes its own word.
        tell(&built_in.statement);
        if let Err(failure) = session.execute_text(&built_in.statement) {
            refused.push((built_in.signature(), failure.to_string()));
            continue;
        }
        made += 1;
        if built_in.statement.contains("MSFUNC") {
            moves += 1;
            takes_rows_out(&mut session, &built_in);
        }
        let own = answers(&mut session, &built_in.call(&format!("own_{}", built_in.name)));
        let expected = answers(&mut session, &built_in.call(&built_in.name));
        assert_eq!(own, expected, "{}", built_in.signature());
        if own.iter().any(Result::is_err) {
            failed.push(built_in.signature());
        }
    }
    println!("made again: {made} of {}, of which {moves} move", made + refused.len());
    let pinned = REFUSED.map(|(signature, reason)| (signature.to_owned(), reason.to_owned()));
    assert_eq!(refused, pinned);
    assert_eq!((made, moves), (121, 39));
    // NULL is no array to accumulate.
    assert_eq!(failed, ["array_agg(_int4)"]);
}

#[test]
fn a_frame_of_an_own_aggregate_is_asked_the_law_as_a_built_in_one_is() {
    spec::clauses!("agg.own.moving", "law.inverse");
    let mut session = super::session();
    for (inverse, is_right) in [("int8mi", true), ("int8dec_any", false)] {
        let statement = format!(
            "CREATE OR REPLACE AGGREGATE a(int8) (SFUNC = int8pl, STYPE = int8, MSFUNC = int8pl, MINVFUNC = {inverse}, MSTYPE = int8)"
        );
        session.execute_text(&statement).expect("it is made");
        let own = *session.database.catalogue.aggregates.last().expect("it was made just now");
        let moving = CataloguedMoving::of(own).expect("it moves");
        let row = |code: &u8| vec![spec::Value::Int8(i64::from(*code))];
        let found = laws::quickcheck::check_made_from(Law::RetractUndoesUpdate, &moving, 200, row);
        assert_eq!(found.is_none(), is_right, "{inverse}");
    }
}
