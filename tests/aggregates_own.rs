//! Aggregates that users make, judged: a combine function that keeps its promise is acquitted, a wrong one convicted.
//!
//! The reference folds the transition function over the rows; the parallel engine splits where the definition allows it. So
//! a wrong combine function, initial state or strictness is a violation, and an aggregate that depends on the order of its
//! input is one of which nothing can be said.

#[path = "aggregates_own/again.rs"]
mod again;

use oracle::engine::postgres::{Mode, connect};
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
fn a_wrong_combine_function_is_convicted_of_its_law() {
    spec::clauses!("law.split", "law.unit", "verdict.promise");
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
        let Verdict::Violation(finding) = verdict else { panic!("{definition}: {verdict:?}") };
        assert_eq!(finding.clause, "law.split", "{definition}: {}", finding.message);
    }
}

#[test]
fn an_aggregate_that_depends_on_the_order_of_its_input_is_not_judged() {
    spec::clauses!("agg.own.order");
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

#[test]
fn the_witness_of_a_wrong_combine_function_is_two_rows() {
    let mut session = session();
    let verdict = judged(
        &mut session,
        "a(int8) (SFUNC = plus, STYPE = int8, COMBINEFUNC = int8larger, PARALLEL = SAFE)",
    );
    let Verdict::Violation(finding) = verdict else { panic!("{verdict:?}") };
    let said = "a(int8) breaks split_is_invisible";
    assert!(finding.message.starts_with(said), "{}", finding.message);
    let rows = finding.message.split("rows = [").nth(1).and_then(|rest| rest.split("]], ").next());
    assert_eq!(rows.expect("rows").matches("Int8").count(), 2, "{}", finding.message);
}

#[test]
fn a_wrong_inverse_is_convicted_of_its_law() {
    spec::clauses!("agg.own.moving", "law.inverse", "verdict.promise");
    let mut session = session();
    let moving = |inverse: &str| {
        format!(
            "a(int8) (SFUNC = int8pl, STYPE = int8, MSFUNC = int8pl, MINVFUNC = {inverse}, MSTYPE = int8, PARALLEL = SAFE)"
        )
    };
    assert_eq!(judged(&mut session, &moving("int8mi")), Verdict::Agree);
    // One keeps the row, the other is PostgreSQL's own for a count.
    for wrong in ["left_one", "int8dec_any"] {
        let verdict = judged(&mut session, &moving(wrong));
        let Verdict::Violation(finding) = verdict else { panic!("{wrong}: {verdict:?}") };
        assert_eq!(finding.clause, "law.inverse", "{}", finding.message);
    }
}

#[test]
fn an_internal_state_without_bytes_is_not_split() {
    spec::clauses!("agg.own.internal");
    let mut session = session();
    let definition = |bytes: &str| {
        format!(
            "CREATE OR REPLACE AGGREGATE a(int8) (SFUNC = int8_avg_accum, STYPE = internal, FINALFUNC = numeric_poly_avg, \
             COMBINEFUNC = int8_avg_combine{bytes}, PARALLEL = SAFE)"
        )
    };
    for (bytes, splits) in [
        ("", false),
        (", SERIALFUNC = int8_avg_serialize, DESERIALFUNC = int8_avg_deserialize", true),
    ] {
        session.execute_text(&definition(bytes)).expect("it is made");
        assert_eq!(session.database.catalogue.aggregates[0].splits, splits, "{bytes}");
    }
}

/// What random aggregates are made of.
const STEPS: [&str; 6] = ["plus", "lax", "left_one", "zeroed", "counted", "int8larger"];
const INITIAL: [&str; 3] = ["", ", INITCOND = '0'", ", INITCOND = '7'"];

/// Rows of three parts of a case, each NULL or a number.
type Parts = [Vec<Option<i64>>; 3];

fn random_parts(dice: &mut impl FnMut(u64) -> u64) -> Parts {
    let mut part = || {
        let rows = dice(4);
        (0..rows).map(|_| [None, Some(1), Some(2), Some(5)][dice(4) as usize]).collect()
    };
    [part(), part(), part()]
}

/// The answer of one partial fold for each part, and their states combined in order.
fn combined(aggregate: &spec::agg::Aggregate, parts: &Parts) -> Option<String> {
    let mut whole = aggregate.machine.init();
    for rows in parts {
        let mut state = aggregate.machine.init();
        for row in rows {
            let row = row.map_or(spec::Value::Null, spec::Value::Int8);
            aggregate.advance(&mut state, &[row]).expect("small numbers");
        }
        aggregate.merge(&mut whole, &state).expect("small numbers");
    }
    let answer = aggregate.finish(&whole).expect("small numbers");
    (!answer.is_null()).then(|| spec::value::text::output(&answer))
}

#[test]
fn random_aggregates_combine_as_on_a_live_server() {
    spec::clauses!(
        "agg.combine.init",
        "agg.combine.null",
        "agg.combine.strict",
        "agg.transition.strict"
    );
    let mut seed = 20_261_121_u64;
    let mut dice = |sides: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % sides
    };
    let cases: Vec<Parts> = (0..40).map(|_| random_parts(&mut dice)).collect();
    let mut server = match connect::temporary() {
        Ok(server) => server,
        Err(unable) => return println!("random aggregates: without a live PostgreSQL: {unable}"),
    };
    let mut tell = |sql: &str| {
        let told = server.tell(sql, Mode::Serial).expect("the server answers");
        told.unwrap_or_else(|error| panic!("{sql}: {error}")).rows
    };
    // A row that is not live brings a part into being that sees no row.
    let lives = |part: &[Option<i64>]| {
        let live = part.iter().map(|row| (row.map_or("NULL".into(), |x| x.to_string()), true));
        live.chain([("NULL".to_owned(), false)]).collect::<Vec<_>>()
    };
    let rows = cases.iter().enumerate().flat_map(|(case, parts)| {
        let of_part = move |(number, part): (usize, &Vec<Option<i64>>)| {
            let row = |(x, live)| format!("({case}, {number}, {x}::int8, {live})");
            lives(part).into_iter().map(row).collect::<Vec<_>>()
        };
        parts.iter().enumerate().flat_map(of_part)
    });
    let rows = rows.collect::<Vec<_>>().join(", ");
    let tables = "CREATE TABLE parts (c int, part int, x int8, live bool) PARTITION BY LIST (part); \
        CREATE TABLE p0 PARTITION OF parts FOR VALUES IN (0); CREATE TABLE p1 PARTITION OF parts FOR VALUES IN (1); \
        CREATE TABLE p2 PARTITION OF parts FOR VALUES IN (2); SET enable_partitionwise_aggregate = on; \
        SET cpu_operator_cost = 0; SET enable_sort = off";
    let insert = format!("INSERT INTO parts VALUES {rows}");
    for statement in tables.split(';').chain(FUNCTIONS.split(';')).chain([insert.as_str()]) {
        tell(statement);
    }
    let mut session = session();
    for number in 0..45 {
        let mut step = || STEPS[dice(6) as usize];
        let (advance, combine) = (step(), step());
        let definition = format!(
            "CREATE AGGREGATE r{number}(int8) (SFUNC = {advance}, STYPE = int8, COMBINEFUNC = {combine}{})",
            INITIAL[dice(3) as usize]
        );
        tell(&definition);
        session.execute_text(&definition).expect(&definition);
        let query = format!("SELECT c, r{number}(x) FILTER (WHERE live) FROM parts GROUP BY c");
        let plan = tell(&format!("EXPLAIN (COSTS OFF) {query}"));
        // Without a sort the states of a group arrive in the order of the parts.
        let finalize = plan[0][0].as_deref();
        assert_eq!(finalize, Some("Finalize HashAggregate"), "{definition}: {plan:?}");
        let mut answers = tell(&query);
        answers.sort_by_key(|row| row[0].as_ref().and_then(|c| c.parse::<usize>().ok()));
        let theirs: Vec<_> = answers.into_iter().map(|row| row[1].clone()).collect();
        let aggregate = session.database.catalogue.aggregates.last().expect("it is made");
        let ours: Vec<_> = cases.iter().map(|parts| combined(aggregate, parts)).collect();
        assert_eq!(ours, theirs, "{definition}");
    }
}
