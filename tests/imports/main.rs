//! Plans of a live PostgreSQL under our checker: those it makes have a type, and each falsification of one is refused.
//!
//! `postgres-15.jsonl` holds plans that PostgreSQL 15 made (`EXPLAIN (VERBOSE, FORMAT JSON)`), a line each. Written again by
//! `IMPORTS=write cargo test --test imports` where a server can be started.

mod mutations;

use oracle::engine::parallel::Planned;
use oracle::engine::postgres::import::{Typing, import, typing};
use oracle::engine::postgres::{Mode, connect};
use oracle::engine::{self, Question};
use oracle::judge::schedules::bound;
use oracle::session::{EngineChoice, Session};
use serde_json::Value as Json;
use spec::plan::check::{self, Participants};
use spec::plan::{Node, Plan, explain};
use spec::settings::{SERVER_VERSION_NUM, Settings};
use spec::sql::ast::{ExplainFormat, ExplainOptions};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/imports/postgres-15.jsonl");

/// Queries whose plans have every node of the checker, and some that have more.
const QUERIES: &[&str] = &[
    "SELECT a FROM t",
    "SELECT a + 1, b FROM t WHERE a > 5",
    "SELECT count(*) FROM t",
    "SELECT sum(a), avg(f), max(b) FROM t WHERE a > 5",
    "SELECT b, count(*) FROM t GROUP BY b",
    "SELECT b, sum(a) + 1 AS s, avg(f) FROM t GROUP BY b HAVING count(*) > 2 ORDER BY s DESC LIMIT 3",
    "SELECT a % 3, count(*) FROM t GROUP BY a % 3",
    "SELECT count(DISTINCT b) FROM t",
    "SELECT b, count(DISTINCT a) FROM t GROUP BY b",
    "SELECT string_agg(s, ',' ORDER BY a) FROM t",
    "SELECT DISTINCT b FROM t",
    "SELECT b FROM t GROUP BY b",
    "SELECT a, b FROM t ORDER BY a",
    "SELECT a, b FROM t ORDER BY b DESC, a LIMIT 10 OFFSET 5",
    "SELECT t.a, u.c FROM t JOIN u ON t.a = u.a",
    "SELECT t.a + u.a, u.c FROM t LEFT JOIN u ON t.a = u.a AND t.b < u.c",
    "SELECT count(*) FROM t RIGHT JOIN u ON t.a = u.a",
    "SELECT count(*) FROM t FULL JOIN u ON t.a = u.a",
    "SELECT count(*) FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)",
    "SELECT count(*) FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a)",
    "SELECT t.a, v.x FROM t, (VALUES (1), (2)) AS v(x) WHERE t.b < v.x",
    "SELECT a FROM t WHERE a > (SELECT avg(a) FROM u)",
    "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE c = 3)",
    "SELECT a FROM t UNION ALL SELECT c FROM u",
    "SELECT b FROM t UNION SELECT c FROM u",
    "SELECT x, count(*) FROM (SELECT a % 5 AS x FROM t UNION ALL SELECT c FROM u) s GROUP BY x",
    "SELECT g, t.b FROM generate_series(1, 3) AS s(g) JOIN t ON t.a = g",
    "SELECT b, m FROM (SELECT b, max(a) AS m FROM t GROUP BY b) s WHERE m > 10",
    "SELECT 1",
    "SELECT a FROM t WHERE false",
    "SELECT s.b, count(*) FROM t s JOIN t r ON s.b = r.b AND r.a < 4 GROUP BY s.b ORDER BY s.b",
];

/// Two tables of a few thousand rows.
fn session() -> Session {
    let mut session = Session::new(EngineChoice::Both);
    for statement in [
        "CREATE TABLE t (a int, b int, f float8, s text)",
        "INSERT INTO t SELECT g, g % 7, g / 8.0, 'x' || g FROM generate_series(1, 3000) AS s(g)",
        "CREATE TABLE u (a int, c int)",
        "INSERT INTO u SELECT g, g % 5 FROM generate_series(1, 2000) AS s(g)",
        "ANALYZE t",
        "ANALYZE u",
    ] {
        session.execute_text(statement).expect("a statement of the subset");
    }
    session
}

/// The stored plans: the query, and the plan under the key `Plan`.
fn stored() -> Vec<(String, Json)> {
    let text = std::fs::read_to_string(FILE).expect("the plans are there");
    let line = |line: &str| {
        let line: Json = serde_json::from_str(line).expect("a line is JSON");
        (line["sql"].as_str().expect("a query").to_owned(), line["plan"].clone())
    };
    text.lines().map(line).collect()
}

/// What cannot be read of a stored plan, and why: everything else must be read, and have a type.
const UNREAD: [(&str, &str); 0] = [];

#[test]
fn plans_that_postgresql_made_have_a_type_or_are_unknown() {
    spec::clauses!("plan.import");
    let plans = stored();
    assert!(plans.len() >= 2 * QUERIES.len());
    let mut parallel = 0;
    for (sql, plan) in &plans {
        parallel += usize::from(plan.to_string().contains("Gather"));
        match typing(plan, SERVER_VERSION_NUM) {
            Typing::Accepted => {}
            Typing::Refused(refusal) => panic!("{sql}: {refusal}\n{plan:#}"),
            Typing::Unknown(unknown) => {
                let expected =
                    UNREAD.iter().any(|(query, what)| query == sql && *what == unknown.what);
                assert!(expected, "{sql}: {unknown}\n{plan:#}");
            }
        }
    }
    println!("{} plans, {parallel} of them parallel", plans.len());
    assert!(parallel >= 20);
}

#[test]
fn a_node_without_a_rule_is_unknown_and_never_accepted() {
    spec::clauses!("plan.import");
    for name in ["Merge Join", "WindowAgg", "ModifyTable", "", "Custom Scan"] {
        let leaf = serde_json::json!({"Node Type": "Seq Scan", "Output": ["a"]});
        let top = serde_json::json!({"Node Type": name, "Output": ["a"], "Plans": [leaf]});
        let plan = serde_json::json!({"Node Type": "Materialize", "Output": ["a"], "Plans": [top]});
        let Typing::Unknown(unknown) = typing(&plan, SERVER_VERSION_NUM) else {
            panic!("{name} is accepted or refused")
        };
        assert_eq!(unknown.path, [0], "{unknown}");
        assert!(unknown.what.contains(name), "{unknown}");
    }
}

#[test]
fn each_falsification_of_a_plan_is_refused() {
    spec::clauses!("plan.import.mutation");
    let mut seen = std::collections::BTreeMap::new();
    for (sql, plan) in stored() {
        for mutation in mutations::ALL {
            for (place, falsified) in mutation.apply(&plan) {
                // A falsified plan may also have become one that cannot be read.
                let judged = typing(&falsified, SERVER_VERSION_NUM);
                let name = mutation.name();
                assert!(judged != Typing::Accepted, "{sql}: {name} at {place}\n{falsified:#}");
                let refused = matches!(judged, Typing::Refused(_));
                *seen.entry(name).or_insert(0) += usize::from(refused);
            }
        }
    }
    println!("refused: {seen:?}");
    assert_eq!(seen.len(), mutations::ALL.len(), "a falsification has no plan to falsify");
    assert!(seen.values().all(|refused| *refused > 0), "{seen:?}");
}

/// The nodes of a plan from the root down, as EXPLAIN would show them: without Filter and Project.
fn skeleton(plan: &Plan) -> String {
    let inputs: Vec<String> = plan.inputs().into_iter().map(skeleton).collect();
    let inputs = inputs.join(", ");
    let parallel = |parallel: bool| if parallel { "Parallel " } else { "" };
    match &plan.node {
        Node::Filter { .. } | Node::Project { .. } => inputs,
        // A leaf is read as a scan of what it returns.
        Node::Result | Node::ValuesScan { .. } | Node::FunctionScan { .. } => "Scan".into(),
        Node::SeqScan { parallel: aware, .. } => format!("{}Scan", parallel(*aware)),
        Node::IndexScan { parallel: aware, .. } => format!("{}Index Scan", parallel(*aware)),
        Node::BitmapHeapScan { parallel: aware, .. } => {
            format!("{}Bitmap Heap Scan({inputs})", parallel(*aware))
        }
        Node::BitmapIndexScan { .. } => "Bitmap Index Scan".into(),
        Node::BitmapAnd { .. } => format!("BitmapAnd({inputs})"),
        Node::BitmapOr { .. } => format!("BitmapOr({inputs})"),
        Node::SubqueryScan { .. } => format!("Subquery Scan({inputs})"),
        Node::HashJoin { kind, parallel: aware, .. } => {
            format!("{}Hash Join {kind:?}({inputs})", parallel(*aware))
        }
        Node::Hash { parallel: aware, .. } => format!("{}Hash({inputs})", parallel(*aware)),
        Node::NestedLoop { kind, .. } => format!("Nested Loop {kind:?}({inputs})"),
        Node::Material { .. } => format!("Materialize({inputs})"),
        Node::Aggregate { strategy, mode, keys, calls, .. } => {
            // A call that is in neither Output nor Filter cannot be seen.
            let calls = if *mode == spec::plan::Mode::Simple { 0 } else { calls.len() };
            format!(
                "{mode:?} {strategy:?} Aggregate of {} keys, {calls} states({inputs})",
                keys.len()
            )
        }
        Node::Sort { keys, .. } => format!("Sort by {}({inputs})", keys.len()),
        Node::Limit { .. } => format!("Limit({inputs})"),
        Node::Unique { .. } => format!("Unique({inputs})"),
        Node::Append { parallel: aware, .. } => format!("{}Append({inputs})", parallel(*aware)),
        Node::Gather { workers_planned, single_copy, .. } => {
            format!("Gather {workers_planned} {single_copy}({inputs})")
        }
        Node::GatherMerge { workers_planned, .. } => {
            format!("Gather Merge {workers_planned}({inputs})")
        }
    }
}

#[test]
fn a_plan_of_ours_that_is_printed_reads_back_as_the_same_skeleton() {
    spec::clauses!("explain.import");
    let session = session();
    let mut settings = Settings::default();
    for name in ["parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"] {
        settings.set(name, "0").expect("a setting");
    }
    let mut read = 0;
    for sql in QUERIES {
        for workers in [0, 4] {
            settings.max_parallel_workers_per_gather = workers;
            let query = bound(sql, &session.database).expect("a query");
            let question =
                Question { sql, query: &query, database: &session.database, settings: &settings };
            let Ok(Planned::Plan(checked)) = engine::parallel::plan(&question) else { continue };
            let options = ExplainOptions {
                costs: false,
                verbose: true,
                format: ExplainFormat::Json,
                ..ExplainOptions::default()
            };
            let text = explain::explain(checked.plan(), &options, None);
            let json: Json = serde_json::from_str(&text).expect("EXPLAIN writes JSON");
            let back = import(&json[0]["Plan"])
                .unwrap_or_else(|unknown| panic!("{sql}: {unknown}\n{text}"));
            assert_eq!(skeleton(&back), skeleton(checked.plan()), "{sql}\n{text}");
            let relation = check::judgement(&back, Participants::One);
            let relation = relation.unwrap_or_else(|refusal| panic!("{sql}: {refusal}\n{text}"));
            assert_eq!(relation.distribution, checked.relation().distribution, "{sql}");
            read += 1;
        }
    }
    assert!(read >= 40, "{read} plans were read");
}

/// Without what differs from run to run, or says nothing here.
fn forget_run(node: &mut Json) {
    let node = node.as_object_mut().expect("a node");
    for key in ["Schema", "Async Capable"] {
        node.remove(key);
    }
    let below = node.get_mut("Plans").and_then(Json::as_array_mut);
    below.into_iter().flatten().for_each(forget_run);
}

#[test]
fn a_live_server_makes_plans_that_have_a_type() {
    spec::clauses!("plan.import");
    let mut server = match connect::temporary() {
        Ok(server) => server,
        Err(unable) => {
            return println!("plans of a live server: without a live PostgreSQL: {unable}");
        }
    };
    let session = session();
    server.put(&session.database).expect("the server takes the tables");
    let mut lines = String::new();
    for sql in QUERIES {
        for mode in [Mode::Serial, Mode::Forced] {
            let explain = format!("EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) {sql}");
            let told =
                server.tell(&explain, mode).expect("the server answers").expect("it has a plan");
            let text: String = told.rows.iter().filter_map(|row| row[0].clone()).collect();
            let mut json: Json = serde_json::from_str(&text).expect("EXPLAIN writes JSON");
            let plan = &mut json[0]["Plan"];
            forget_run(plan);
            if let Typing::Refused(refusal) = typing(plan, u64::from(server.version_number())) {
                panic!("{sql}: {refusal}\n{text}");
            }
            lines += &serde_json::json!({"sql": sql, "plan": plan}).to_string();
            lines.push('\n');
        }
    }
    if std::env::var("IMPORTS").is_ok_and(|what| what == "write") {
        std::fs::write(FILE, lines).expect("the file can be written");
    }
}
