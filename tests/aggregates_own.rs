//! Aggregates that users make, judged: a combine function that keeps its promise is acquitted, a wrong one convicted.
//!
//! The reference folds the transition function over the rows; the parallel engine splits where the definition allows it. So
//! a wrong combine function, initial state or strictness is a violation, and an aggregate that depends on the order of its
//! input is one of which nothing can be said.

use oracle::session::{EngineChoice, Session};
use oracle::verdict::Verdict;
use parallel::Schedule;

/// Functions that the aggregates are made of.
const FUNCTIONS: &str = "
    CREATE FUNCTION plus(int8, int8) RETURNS int8 LANGUAGE sql STRICT IMMUTABLE PARALLEL SAFE AS 'SELECT $1 + $2';
    CREATE FUNCTION lax(int8, int8) RETURNS int8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT $1 + $2';
    CREATE FUNCTION left_one(int8, int8) RETURNS int8 LANGUAGE sql STRICT IMMUTABLE PARALLEL SAFE AS 'SELECT $1';
    CREATE FUNCTION zeroed(int8, int8) RETURNS int8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
        AS 'SELECT coalesce($1, 0) + coalesce($2, 0)';
    CREATE FUNCTION minus(int8, int8) RETURNS int8 LANGUAGE sql STRICT IMMUTABLE PARALLEL SAFE AS 'SELECT $2 - $1';
    CREATE FUNCTION counted(s int8, x int8) RETURNS int8 LANGUAGE sql STRICT IMMUTABLE PARALLEL SAFE AS 'SELECT s + 1';
    CREATE FUNCTION doubled(int8) RETURNS int8 LANGUAGE sql STRICT IMMUTABLE PARALLEL SAFE AS 'SELECT 2 * $1'";

/// A session whose plans are parallel where they can be, over two thousand rows in many blocks.
fn session() -> Session {
    let mut session = Session::new(EngineChoice::Both);
    // Participants take turns, so that several of them see rows.
    session.schedule = Schedule { rows_per_block: Some(16), ..Schedule::simulated(7) };
    let settings = "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0";
    let tables = "
        CREATE TABLE t (x int8, y int8, g int4) WITH (parallel_workers = 3);
        INSERT INTO t SELECT n, CASE WHEN n % 7 = 0 THEN NULL ELSE n END, n % 3 FROM generate_series(1, 2000) AS s(n);
        CREATE TABLE nulls (x int8) WITH (parallel_workers = 3);
        INSERT INTO nulls SELECT CASE WHEN n = 2000 THEN 5 END FROM generate_series(1, 2000) AS s(n)";
    for statement in [settings, tables, FUNCTIONS].iter().flat_map(|script| script.split(';')) {
        session.execute_text(statement).unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }
    session
}

/// The verdict over one aggregate `a`, for each of several queries; the worst is given.
fn judged(session: &mut Session, definition: &str) -> Verdict {
    session.execute_text(&format!("CREATE AGGREGATE {definition}")).expect(definition);
    let mut worst = Verdict::Agree;
    for query in [
        "SELECT a(x) FROM t",
        "SELECT a(y) FROM t",
        "SELECT g, a(x) FROM t GROUP BY g",
        "SELECT a(x) FROM nulls",
        "SELECT a(x) FROM t WHERE x < 0",
    ] {
        let reply = session.execute_text(query);
        let verdict = match reply {
            Ok(reply) => reply.verdict.expect("both engines answer"),
            Err(failure) => Verdict::Unable { reason: format!("{failure:?}") },
        };
        worst = match (worst, verdict) {
            (violation @ Verdict::Violation(_), _) => violation,
            (_, violation @ Verdict::Violation(_)) => violation,
            (unable @ Verdict::Unable { .. }, _) => unable,
            (_, other) => other,
        };
    }
    session.execute_text("DROP AGGREGATE a(int8)").expect("it is there");
    worst
}

#[test]
fn a_right_combine_function_is_acquitted() {
    spec::clauses!("law.split", "agg.combine.strict", "agg.transition.strict");
    let mut session = session();
    for definition in [
        "a(int8) (SFUNC = plus, STYPE = int8, COMBINEFUNC = plus, PARALLEL = SAFE)",
        "a(int8) (SFUNC = plus, STYPE = int8, COMBINEFUNC = plus, INITCOND = '0', PARALLEL = SAFE)",
        "a(int8) (SFUNC = zeroed, STYPE = int8, COMBINEFUNC = zeroed, INITCOND = '0', PARALLEL = SAFE)",
        "a(int8) (SFUNC = counted, STYPE = int8, COMBINEFUNC = plus, INITCOND = '0', PARALLEL = SAFE)",
        "a(int8) (SFUNC = int8larger, STYPE = int8, COMBINEFUNC = int8larger, SORTOP = >, PARALLEL = SAFE)",
        "a(int8) (SFUNC = int8pl, STYPE = int8, COMBINEFUNC = int8pl, FINALFUNC = doubled, PARALLEL = SAFE)",
        "a(int8) (SFUNC = int8_avg_accum, STYPE = internal, FINALFUNC = numeric_poly_avg, COMBINEFUNC = int8_avg_combine, SERIALFUNC = int8_avg_serialize, DESERIALFUNC = int8_avg_deserialize, PARALLEL = SAFE)",
        "a(int8) (SFUNC = int8_accum, STYPE = internal, FINALFUNC = numeric_var_pop, COMBINEFUNC = numeric_combine, SERIALFUNC = numeric_serialize, DESERIALFUNC = numeric_deserialize, PARALLEL = SAFE)",
        "a(int8) (SFUNC = plus, STYPE = int8, COMBINEFUNC = left_one)",
        "a(int8) (SFUNC = plus, STYPE = int8, INITCOND = '7', PARALLEL = SAFE)",
        "a (BASETYPE = int8, SFUNC = int8pl, STYPE = int8, INITCOND = '0')",
    ] {
        let verdict = judged(&mut session, definition);
        assert_eq!(verdict, Verdict::Agree, "{definition}");
    }
}

#[test]
fn a_wrong_combine_function_is_convicted() {
    spec::clauses!("law.split", "law.unit");
    let mut session = session();
    for definition in [
        // The combine function keeps one side, or the greater.
        "a(int8) (SFUNC = plus, STYPE = int8, COMBINEFUNC = left_one, PARALLEL = SAFE)",
        "a(int8) (SFUNC = plus, STYPE = int8, COMBINEFUNC = int8larger, PARALLEL = SAFE)",
        // The initial state counts once for each participant.
        "a(int8) (SFUNC = plus, STYPE = int8, COMBINEFUNC = plus, INITCOND = '1', PARALLEL = SAFE)",
        // NULL of a participant without rows wipes the others out.
        "a(int8) (SFUNC = plus, STYPE = int8, COMBINEFUNC = lax, PARALLEL = SAFE)",
        // Of no rows the answer is NULL, but two states that saw no row make a zero.
        "a(int8) (SFUNC = zeroed, STYPE = int8, COMBINEFUNC = zeroed, PARALLEL = SAFE)",
        // Rows are counted, and then counts are counted.
        "a(int8) (SFUNC = counted, STYPE = int8, COMBINEFUNC = counted, INITCOND = '0', PARALLEL = SAFE)",
    ] {
        let verdict = judged(&mut session, definition);
        assert!(matches!(verdict, Verdict::Violation(_)), "{definition}: {verdict:?}");
    }
}

#[test]
fn an_aggregate_that_depends_on_the_order_of_its_input_is_not_judged() {
    let mut session = session();
    let verdict = judged(&mut session, "a(int8) (SFUNC = minus, STYPE = int8, INITCOND = '0')");
    let Verdict::Unable { reason } = verdict else { panic!("{verdict:?}") };
    assert!(reason.contains("depends on the order of its input"), "{reason}");
}

#[test]
fn the_same_definition_again_is_the_same_entry() {
    let mut session = session();
    let definition = "CREATE OR REPLACE AGGREGATE a(int8) (SFUNC = plus, STYPE = int8)";
    session.execute_text(definition).expect("it is right");
    let first = session.database.catalogue.aggregates[0];
    session.execute_text(definition).expect("it is right");
    assert!(std::ptr::eq(first, session.database.catalogue.aggregates[0]));
    // A function that is replaced takes its place in the aggregates over it.
    let replaced = "CREATE OR REPLACE FUNCTION plus(int8, int8) RETURNS int8 LANGUAGE sql STRICT AS 'SELECT $1 * $2'";
    session.execute_text(replaced).expect("it is right");
    let reply = session.execute_text("SELECT a(x) FROM t WHERE x < 5").expect("an answer");
    assert_eq!(reply.rows.expect("rows").rows, [[spec::Value::Int8(24)]]);
}

#[test]
fn an_unknown_attribute_is_warned_of() {
    spec::clauses!("agg.own.attribute");
    let mut session = session();
    let reply = session
        .execute_text("CREATE AGGREGATE a(int8) (SFUNC = plus, STYPE = int8, SSPACE = 8, XYZ = 1, FOO, SFUNC = minus)")
        .expect("it is made");
    let warning = |name| format!("WARNING:  aggregate attribute \"{name}\" not recognized");
    assert_eq!(reply.notices, ["xyz", "foo"].map(warning));
    let reply =
        session.execute_text("SELECT a(x ORDER BY x) FROM t WHERE x < 4").expect("an answer");
    assert_eq!(reply.rows.expect("rows").rows, [[spec::Value::Int8(2)]]);
}

#[test]
fn cascade_takes_what_depends_on_a_function() {
    spec::clauses!("agg.own.drop");
    let mut session = session();
    for statement in [
        "CREATE AGGREGATE a(int8) (SFUNC = plus, STYPE = int8)",
        "CREATE AGGREGATE b(int8) (SFUNC = int8pl, STYPE = int8, FINALFUNC = doubled)",
        "CREATE AGGREGATE c(int8) (SFUNC = plus, STYPE = int8, FINALFUNC = doubled)",
        "CREATE FUNCTION h(x int8) RETURNS int8 RETURN plus(x, 1)",
    ] {
        session.execute_text(statement).expect(statement);
    }
    let failure = session.execute_text("DROP FUNCTION plus(int8, int8)").expect_err("it is needed");
    let failure = failure.to_string();
    assert!(failure.contains("cannot drop function plus(bigint,bigint)"), "{failure}");
    let reply = session.execute_text("DROP FUNCTION plus(int8, int8) CASCADE").expect("it goes");
    let mut lines: Vec<&str> = reply.notices[0].lines().collect();
    assert_eq!(lines[0], "NOTICE:  drop cascades to 3 other objects");
    lines[1] = lines[1].trim_start_matches("DETAIL:  ");
    lines.sort_unstable();
    let gone = ["a(bigint)", "c(bigint)", "h(bigint)"];
    assert_eq!(lines[1..], gone.map(|name| format!("drop cascades to function {name}")));
    let left = &session.database.catalogue.aggregates;
    assert_eq!(left.iter().map(|one| one.name).collect::<Vec<_>>(), ["b"]);
}
