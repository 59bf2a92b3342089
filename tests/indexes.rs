//! Plans and costs of scans through indexes beside those of a live PostgreSQL 15, to the cent; and their answers many ways.
//!
//! Both sides have the same rows and, as ANALYZE reads all of so small a table, the same statistics.

mod ways;

use std::collections::BTreeMap;

use oracle::dataset::wisconsin;
use oracle::engine::parallel::{Planned, plan, run};
use oracle::engine::postgres::connect;
use oracle::engine::{Question, permitted};
use oracle::judge::schedules::bound;
use oracle::session::{EngineChoice, Session};
use spec::plan::{Node, Plan};
use spec::settings::Settings;
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
        "cost.min-max",
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

/// A table of this many rows with many equal keys and many NULLs, and indexes of all kinds of order.
fn every_type(rows: usize) -> Session {
    let mut session = Session::new(EngineChoice::Both);
    let columns = "a int, b int2, c text, d numeric, e float8, f date, g bool, h char(3), i timestamp, j int8, \
         k varchar(5), l interval, m float4";
    let filling = format!(
        "INSERT INTO t SELECT CASE WHEN n % 9 > 0 THEN n * 7 % 13 END, CASE WHEN n % 7 > 0 THEN n * 5 % 6 - 2 END, \
         CASE WHEN n % 8 > 0 THEN chr(97 + n % 5) || chr(97 + n % 3) END, CASE WHEN n % 6 > 0 THEN n % 11 / 4.0 END, \
         CASE n % 10 WHEN 0 THEN NULL WHEN 1 THEN 'NaN' WHEN 2 THEN '-0' WHEN 3 THEN 0 ELSE n * 7 % 31 / 4.0 END, \
         CASE WHEN n % 5 > 0 THEN date '2020-01-01' + n % 12 END, CASE WHEN n % 4 > 0 THEN n % 3 = 0 END, \
         CASE WHEN n % 3 > 0 THEN chr(97 + n % 4) END, CASE WHEN n % 5 > 0 THEN timestamp '2020-01-01' + n % 9 * interval '7 h' END, \
         n, CASE WHEN n % 5 > 0 THEN chr(97 + n % 7) END, CASE WHEN n % 5 > 0 THEN n % 4 * interval '15 d' END, \
         CASE WHEN n % 6 > 0 THEN n % 8 / 2.0 END FROM generate_series(1, {rows}) AS x(n)"
    );
    let indexes = [
        "a, b",
        "a DESC NULLS LAST, j",
        "b NULLS FIRST, a DESC",
        "c",
        "c DESC, a",
        "d",
        "e DESC",
        "f, g",
        "g, a",
        "h",
        "i",
        "k, j DESC",
        "l NULLS FIRST",
        "m",
    ];
    let create = [format!("CREATE TABLE t ({columns})"), filling];
    let indexes = indexes.map(|keys| format!("CREATE INDEX ON t ({keys})"));
    let rest = ["CREATE UNIQUE INDEX ON t (j)".to_owned(), "VACUUM ANALYZE t".to_owned()];
    for statement in create.iter().chain(&indexes).chain(&rest) {
        session.execute_text(statement).expect(statement);
    }
    session
}

/// Conditions that indexes answer in full, in part and not at all.
const CONDITIONS: &[&str] = &[
    "a = 3",
    "a < 4",
    "a >= 2 AND a < 5 AND b > 0",
    "a IN (1, NULL, 12, 1)",
    "a IN (5, 2) AND b IN (3, -1)",
    "a IS NULL AND b = 1",
    "a IS NOT NULL",
    "a = NULL",
    "2::int8 = b",
    "b IS NULL AND a > 2",
    "b < 1 AND a IN (3, 4)",
    "c = 'ab' OR c IS NULL",
    "c > 'bb' AND a < 9",
    "d = 1.50",
    "d > 2 AND d > 1",
    "e = '-0'",
    "e = 'NaN' AND a > 3",
    "e < 1.5",
    "f < '2020-01-05' AND g",
    "f >= timestamp '2020-01-06 12:00'",
    "NOT g",
    "g IS NOT TRUE",
    "h = 'b' AND j > 5",
    "h >= 'c  '",
    "i < date '2020-01-02'",
    "k = 'b' AND j < 70",
    "k > 'd'",
    "l = interval '1 mon'",
    "m = 2.5::float8",
    "j = 17",
    "j BETWEEN 30 AND 50 AND c = 'ca'",
    "a = (SELECT max(a) FROM t)",
    "j < (SELECT 40) AND d < 1",
    "a = 1 OR c = 'bc'",
    "(a = 1 AND b = 2) OR d > 2",
    "(j < 60 OR h = 'a') AND (f = '2020-01-03' OR k = 'c')",
    "j < 90 AND f = '2020-01-04'",
    "j = 100 / (SELECT min(j) - 1 FROM t) AND a = 99",
    "b = 1 AND j = 6 / b",
];

/// What is asked of the rows that pass.
const SHAPES: &[(&str, &str)] = &[
    ("SELECT count(*), sum(j), min(c) FROM t WHERE", ""),
    ("SELECT * FROM t WHERE", ""),
    ("SELECT a, b FROM t WHERE", "ORDER BY a, b"),
    ("SELECT j, a FROM t WHERE", "ORDER BY a DESC NULLS LAST, j LIMIT 7"),
    ("SELECT a, b FROM t WHERE", "ORDER BY b DESC NULLS LAST, a"),
    ("SELECT c FROM t WHERE", "ORDER BY c DESC LIMIT 9 OFFSET 2"),
    ("SELECT b, count(*) FROM t WHERE", "GROUP BY b"),
    ("SELECT DISTINCT a FROM t WHERE", "ORDER BY a"),
    ("SELECT min(a), max(a), max(j) FROM t WHERE", ""),
    ("SELECT min(d), max(e), min(c), max(l) FROM t WHERE", ""),
];

/// Settings under which scans of tables, through indexes, through bitmaps are all there is.
const PREFERENCES: &[(&str, &[&str])] = &[
    ("index", &["seqscan", "bitmapscan"]),
    ("bitmap", &["seqscan", "indexscan", "indexonlyscan"]),
    ("ordered", &["sort", "hashagg"]),
];

#[test]
fn scans_through_indexes_give_what_is_permitted_under_all_schedules() {
    spec::clauses!(
        "rel.index.no-meaning",
        "scan.index.condition",
        "scan.index.claim",
        "scan.index.order",
        "scan.bitmap.claim"
    );
    let (mut scans, mut wrong) = (BTreeMap::new(), vec![]);
    let session = every_type(120);
    for (condition, (before, after)) in
        CONDITIONS.iter().flat_map(|c| SHAPES.iter().map(move |shape| (c, shape)))
    {
        let sql = format!("{before} {condition} {after}");
        let query = bound(&sql, &session.database).expect(&sql);
        let serial = Settings::default();
        let (sql, query) = (&*sql, &query);
        let question = Question { sql, query, database: &session.database, settings: &serial };
        let permitted = permitted(&question).expect(sql);
        for (settings, schedules) in settings() {
            let question = Question { settings: &settings, ..question };
            let planned = plan(&question).unwrap_or_else(|unable| panic!("{sql}: {unable}"));
            if let Planned::Plan(plan) = &planned {
                count_scans(plan.plan(), &mut scans);
            }
            for schedule in schedules {
                let ran = run(&planned, &question, &schedule.parse().expect("a schedule"));
                if let Some(finding) = permitted.refute(&ran.outcome, Some(&ran.trace)) {
                    wrong.push(format!("{sql}: {schedule}: {}", finding.message));
                }
            }
        }
    }
    println!("scans through indexes: {scans:?}");
    assert!(wrong.is_empty(), "{} wrong answers:\n{}", wrong.len(), wrong.join("\n"));
    assert!(scans.len() == 10 && scans.values().all(|count| *count > 5), "{scans:?}");
}

/// Serial and parallel settings for each preference, with schedules.
fn settings() -> Vec<(Settings, Vec<&'static str>)> {
    let mut all = vec![];
    for (_, off) in PREFERENCES {
        let mut serial = Settings { max_parallel_workers_per_gather: 0, ..Settings::default() };
        off.iter().for_each(|name| serial.set(&format!("enable_{name}"), "off").expect(name));
        let mut parallel = serial.clone();
        for (name, value) in ways::FORCED {
            parallel.set(name, value).expect("a known setting");
        }
        all.push((serial, vec!["simulated seed=1"]));
        all.push((
            parallel,
            vec![
                "simulated seed=2 block=3",
                "simulated seed=3 launched=1 leader=off block=1",
                "simulated seed=4 launched=2 bytes=on block=7 claims=one-block",
                "threads block=5",
            ],
        ));
    }
    all
}

/// Counts the nodes of a plan that read indexes.
fn count_scans(plan: &Plan, scans: &mut BTreeMap<String, usize>) {
    let name = match &plan.node {
        Node::IndexScan { backward, only, parallel, .. } => {
            let is = |holds: bool, word| if holds { word } else { "" };
            let (parallel, only) = (is(*parallel, "Parallel "), is(*only, "Only "));
            Some(format!("{parallel}Index {only}Scan{}", is(*backward, " Backward")))
        }
        Node::BitmapHeapScan { parallel: true, .. } => Some("Parallel Bitmap Heap Scan".into()),
        Node::BitmapAnd { .. } => Some("BitmapAnd".into()),
        Node::BitmapOr { .. } => Some("BitmapOr".into()),
        _ => None,
    };
    name.into_iter().for_each(|name| *scans.entry(name).or_insert(0) += 1);
    plan.inputs().into_iter().for_each(|input| count_scans(input, scans));
}
