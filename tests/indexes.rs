//! Plans and costs of scans through indexes beside those of a live PostgreSQL 15, to the cent; and their answers many ways.
//!
//! Both sides have the same rows and, as ANALYZE reads all of so small a table, the same statistics.

mod ways;

use oracle::dataset::wisconsin;
use oracle::engine::postgres::connect;
use oracle::session::{EngineChoice, Session};
use spec::value::{Value, text};

/// What both sides execute before the questions.
const INDEXES: &[&str] = &[
    "CREATE INDEX tenk1_unique1 ON tenk1 (unique1)",
    "CREATE INDEX tenk1_unique2 ON tenk1 (unique2)",
    "CREATE INDEX tenk1_hundred ON tenk1 (hundred)",
    "CREATE INDEX tenk1_thous_tenthous ON tenk1 (thousand, tenthous)",
    "CREATE UNIQUE INDEX onek_unique1 ON onek (unique1)",
    "CREATE INDEX onek_unique2 ON onek (unique2 DESC)",
    "CREATE INDEX onek_hundred ON onek (hundred)",
    "CREATE INDEX onek_stringu1 ON onek (stringu1)",
    "VACUUM ANALYZE onek, tenk1",
];

/// Lines that begin with `SET` or `RESET` are for all that follow; the others are queries.
const PROBES: &str = include_str!("indexes.sql");

fn probes() -> impl Iterator<Item = &'static str> {
    let lines = PROBES.lines().filter(|line| !line.is_empty() && !line.starts_with("--"));
    lines.map(|line| line.trim_end_matches(';'))
}

fn session() -> Session {
    let mut session = Session::new(EngineChoice::Both);
    for (name, rows, seed) in [("onek", 1000, 1), ("tenk1", 10_000, 2)] {
        session.database.put(wisconsin::table(name), wisconsin::rows(rows, seed), true);
    }
    for statement in INDEXES {
        session.execute_text(statement).expect("a statement of the subset");
    }
    session
}

fn fill(session: &Session, name: &str) -> String {
    let field = |value: &Value| format!("'{}'", text::output(value));
    let row =
        |row: &Vec<Value>| format!("({})", row.iter().map(field).collect::<Vec<_>>().join(","));
    let rows: Vec<String> = session.database.rows(name).iter().map(row).collect();
    format!("{}; INSERT INTO {name} VALUES {}", wisconsin::create_table(name), rows.join(","))
}

/// Our plan with its costs.
fn ours(session: &mut Session, sql: &str) -> String {
    match session.execute_text(&format!("EXPLAIN {sql}")) {
        Ok(reply) => {
            let rows = reply.rows.expect("EXPLAIN gives rows").rows;
            let lines: Vec<String> = rows.iter().map(|row| text::output(&row[0])).collect();
            lines.join("\n")
        }
        Err(error) => error.to_sql_error().to_string(),
    }
}

#[test]
fn plans_and_costs_are_those_of_the_live_server() {
    let mut server = match connect::plain_temporary() {
        Ok(server) => server,
        Err(unable) => {
            return println!("plans over indexes: without a live PostgreSQL: {unable}");
        }
    };
    spec::clauses!(
        "cost.index",
        "cost.bitmap",
        "cost.gather-merge",
        "plan.index-scan",
        "plan.bitmap-heap-scan",
        "plan.index-scan.order"
    );
    let mut session = session();
    let client = &mut server.client;
    // Rows whose commit is not on disk yet are not all visible.
    client.batch_execute("SET synchronous_commit = on").expect("a setting");
    for name in ["onek", "tenk1"] {
        client.batch_execute(&fill(&session, name)).expect("a table");
    }
    for statement in INDEXES.iter().chain(&["SET jit = off"]) {
        client.batch_execute(statement).expect(statement);
    }
    let (mut asked, mut different) = (0, vec![]);
    for line in probes() {
        if line.starts_with("SET") || line.starts_with("RESET") {
            session.execute_text(line).expect(line);
            client.batch_execute(line).expect(line);
            continue;
        }
        let rows = client.query(&format!("EXPLAIN {line}"), &[]).expect(line);
        let theirs: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let (ours, theirs) = (ours(&mut session, line), theirs.join("\n"));
        asked += 1;
        if ours != theirs {
            different.push(format!("{line}\n--- ours\n{ours}\n--- the server's\n{theirs}\n"));
        }
    }
    println!("plans over indexes: {} of {asked} are the server's", asked - different.len());
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn all_ways_agree_over_indexes() {
    spec::clauses!("rel.index.no-meaning", "scan.index.condition", "scan.index.claim");
    let mut ways = ways::Ways::new(session(), ways::server("indexes"));
    for line in probes().filter(|line| line.starts_with("SELECT")) {
        ways.ask(line);
    }
    ways.report("indexes");
}
