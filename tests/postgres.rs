//! A live PostgreSQL as an engine: the throw-away server itself, forced parallel plans, and what counts as not compared.
//!
//! Where no server can be started, each test prints one line and is done.

#[path = "postgres/copies.rs"]
mod copies;
#[path = "postgres/settings.rs"]
mod settings;

use oracle::engine::Question;
use oracle::engine::postgres::{Mode, Server, connect};
use oracle::judge::live;
use oracle::judge::schedules::bound;
use oracle::session::{EngineChoice, Session};
use oracle::verdict::Verdict;
use spec::outcome::Outcome;
use spec::settings::Settings;

fn server(test: &str) -> Option<Server> {
    let server = connect::temporary();
    server.inspect_err(|unable| println!("{test}: without a live PostgreSQL: {unable}")).ok()
}

/// A table of two thousand rows, here and there.
fn with_rows(server: &mut Server) -> Session {
    let mut session = Session::new(EngineChoice::Both);
    for statement in [
        "CREATE TABLE t (a int, b text)",
        "INSERT INTO t SELECT g, 'x' || g % 10 FROM generate_series(1, 2000) AS s(g)",
    ] {
        session.execute_text(statement).expect("a statement of the subset");
    }
    server.put(&session.database).expect("the server takes the table");
    session
}

#[test]
fn a_throw_away_server_answers_and_is_gone_afterwards() {
    let Some(mut server) = server("a throw-away server") else { return };
    spec::clauses!("verdict.live");
    let observed = server.ask("SELECT 1 + 1", Mode::Serial).expect("an answer");
    let Outcome::Rows(rows) = observed.outcome else { panic!("{:?}", observed.outcome) };
    assert_eq!(rows.rows, [[spec::Value::Int4(2)]]);
    let told = server.tell("SHOW data_directory", Mode::Serial).expect("an answer");
    let data = told.expect("a setting").rows[0][0].clone().expect("a folder");
    assert!(std::path::Path::new(&data).exists());
    drop(server);
    assert!(!std::path::Path::new(&data).exists(), "{data} is removed with the server");
}

#[test]
fn a_forced_plan_launches_workers_and_a_serial_one_none() {
    let Some(mut server) = server("forced plans") else { return };
    spec::clauses!("verdict.live");
    with_rows(&mut server);
    let sql = "SELECT b, count(*), sum(a) FROM t GROUP BY b";
    let serial = server.ask(sql, Mode::Serial).expect("an answer").plan.expect("a plan");
    assert_eq!((serial.gathers.len(), serial.workers_launched()), (0, 0), "{}", serial.spine);
    let forced = server.ask(sql, Mode::Forced).expect("an answer").plan.expect("a plan");
    assert!(forced.spine.contains("Gather"), "{}", forced.spine);
    assert!(forced.workers_launched() > 0, "workers were launched");
}

#[test]
fn a_plan_that_falls_back_counts_as_not_compared() {
    let Some(mut server) = server("fall back") else { return };
    spec::clauses!("verdict.live");
    let session = with_rows(&mut server);
    let judge = |server: &mut Server, sql: &str| {
        let query = bound(sql, &session.database).expect("a query");
        let settings = Settings::default();
        let database = &session.database;
        let question = Question { sql, query: &query, database, settings: &settings };
        live::judge(&question, server, &[Mode::Serial, Mode::Forced])
    };
    let parallel = judge(&mut server, "SELECT count(*) FROM t");
    assert!(parallel.iter().all(|said| said.verdict == Verdict::Agree), "{parallel:?}");
    let serial = judge(&mut server, "SELECT a FROM (VALUES (1), (2)) AS v(a)");
    assert_eq!(serial[0].verdict, Verdict::Agree);
    assert!(matches!(serial[1].verdict, Verdict::Unable { .. }), "{:?}", serial[1]);
    assert_eq!(serial[1].workers, (0, 0));
}

#[test]
fn errors_agree_by_their_states() {
    let Some(mut server) = server("errors") else { return };
    spec::clauses!("error.sqlstate");
    let mut session = with_rows(&mut server);
    for sql in [
        "SELECT 1 / (a - 1000) FROM t",
        "SELECT sum(a / (a - 7)) FROM t",
        "SELECT sum(2147483647 + a) FROM t",
        "SELECT b::int FROM t",
        "SELECT a FROM t WHERE a = (SELECT a FROM t)",
        "SELECT nope FROM t",
        "SELECT * FROM nope",
        "SELECT nope(a) FROM t",
        "SELECT a, count(*) FROM t",
        "SELECT 1 +",
    ] {
        let ours = session.execute_text(sql).expect_err(sql).to_sql_error().sqlstate;
        for mode in [Mode::Serial, Mode::Forced] {
            let Outcome::Error(error) = server.ask(sql, mode).expect("an answer").outcome else {
                panic!("{sql} gives rows")
            };
            assert_eq!(error.sqlstate, ours, "{sql}");
        }
    }
}

#[test]
fn tables_cross_to_the_server_unchanged() {
    let Some(mut server) = server("tables") else { return };
    spec::clauses!("verdict.live");
    let mut session = Session::new(EngineChoice::Both);
    for statement in [
        "CREATE TABLE v (b bool, i int2, n numeric(8,3), f float8, t text, c char(4), d date, s timestamp, w interval)",
        "INSERT INTO v VALUES (true, -1, 1.5, 'NaN', E'a\\tb\\\\c\\nd', 'x', 'infinity', '2024-02-29 12:00', '1 mon -2 days')",
        "INSERT INTO v VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
        "INSERT INTO v VALUES (false, 32767, 'NaN', -0.0, '', '', '4713-01-01 BC', '-infinity', '-00:00:01.5')",
    ] {
        session.execute_text(statement).expect("a statement of the subset");
    }
    server.put(&session.database).expect("the server takes the table");
    let ours =
        session.execute_text("SELECT * FROM v ORDER BY i").expect("rows").rows.expect("rows");
    let theirs = server.ask("SELECT * FROM v ORDER BY i", Mode::Serial).expect("an answer").outcome;
    let Outcome::Rows(theirs) = theirs else { panic!("{theirs:?}") };
    assert_eq!(ours.rows, theirs.rows);
}
