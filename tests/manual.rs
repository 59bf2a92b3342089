//! What PostgreSQL's planner does where our engine has no such node yet, asked of a live server; and what both do alike.
//!
//! A clause that our engine does not reach is still a clause of the manual: here a server shows that we read it rightly.
//! Each probe is a statement whose plan is asked for, the settings that bring that plan about, lines that the plan must
//! have in this order, and words that it must not have. Where no server can be started, a test prints one line and is
//! done.

use oracle::engine::postgres::{Mode, Server, connect};
use oracle::session::{EngineChoice, Session, both_plans};
use spec::clause;
use spec::sql::ast::ExplainOptions;

/// A question to the planner of a live server.
struct Probe {
    clauses: &'static [&'static str],
    /// What is executed before; settings go back to their defaults after each probe.
    before: &'static [&'static str],
    sql: &'static str,
    /// In this order, each within a line of its own.
    has: &'static [&'static str],
    lacks: &'static [&'static str],
}

/// The tables of all probes: a large one with a B-tree and a hash index, and a small one.
const TABLES: [&str; 6] = [
    "CREATE TABLE big AS SELECT i AS id, i % 3 AS shop, i * 0.25 AS price FROM generate_series(1, 30000) AS i",
    "CREATE TABLE small AS SELECT i AS id FROM generate_series(1, 500) AS i",
    "CREATE INDEX big_id ON big (id)",
    "CREATE INDEX small_id ON small (id)",
    "CREATE INDEX big_shop ON big USING hash (shop)",
    "ANALYZE",
];

const ONLY_INDEX: [&str; 2] = ["SET enable_seqscan = off", "SET enable_bitmapscan = off"];

const SCANS: [Probe; 4] = [
    Probe {
        clauses: &[clause!("scan.bitmap.build"), clause!("scan.bitmap.claim")],
        before: &["SET enable_seqscan = off", "SET enable_indexscan = off"],
        sql: "SELECT sum(price) FROM big WHERE id < 20000",
        has: &["Gather", "Parallel Bitmap Heap Scan on big", "->  Bitmap Index Scan on big_id"],
        lacks: &["Parallel Bitmap Index"],
    },
    Probe {
        clauses: &[clause!("scan.index.claim")],
        before: &ONLY_INDEX,
        sql: "SELECT sum(price) FROM big WHERE id < 20000",
        has: &["Gather", "Partial Aggregate", "Parallel Index Scan using big_id on big"],
        lacks: &["Seq Scan"],
    },
    Probe {
        clauses: &[clause!("scan.index.btree")],
        before: &ONLY_INDEX,
        sql: "SELECT sum(price) FROM big WHERE shop = 1",
        has: &["Index Scan using big_shop on big"],
        lacks: &["Parallel", "Partial"],
    },
    Probe {
        clauses: &[clause!("scan.index.order"), clause!("plan.gather-merge")],
        before: &ONLY_INDEX,
        sql: "SELECT id, price FROM big WHERE price < 0 ORDER BY id",
        has: &["Gather Merge", "Parallel Index Scan using big_id on big"],
        lacks: &["Sort"],
    },
];

// Not to be seen from outside, and read in the sources: [join.shared.attach] [join.shared.free] [join.shared.wait]
// [gather.merge.least] [gather.rescan]
const JOINS: [Probe; 3] = [
    Probe {
        clauses: &[clause!("plan.nested-loop.param")],
        before: &["SET enable_hashjoin = off", "SET enable_mergejoin = off"],
        sql: "SELECT count(*) FROM big JOIN small ON small.id = big.shop",
        has: &["Gather", "Nested Loop", "Parallel Seq Scan on big", "Index Cond: (id = big.shop)"],
        lacks: &["Hash Join", "Merge Join"],
    },
    Probe {
        clauses: &[clause!("plan.merge-join")],
        before: &[
            "SET enable_hashjoin = off",
            "SET enable_nestloop = off",
            "SET enable_indexscan = off",
            "SET enable_indexonlyscan = off",
        ],
        sql: "SELECT count(*) FROM big JOIN small ON small.id = big.shop",
        has: &[
            "Gather",
            "Merge Join",
            "Sort",
            "Parallel Seq Scan on big",
            "Sort",
            "->  Seq Scan on small",
        ],
        lacks: &["Hash Join", "Nested Loop"],
    },
    Probe {
        clauses: &[clause!("join.shared.build-first"), clause!("join.shared.elected")],
        before: &["SET enable_nestloop = off", "SET enable_mergejoin = off"],
        sql: "SELECT count(*) FROM big JOIN big AS other USING (id)",
        has: &[
            "Gather",
            "Parallel Hash Join",
            "Parallel Seq Scan",
            "Parallel Hash",
            "Parallel Seq Scan",
        ],
        lacks: &["Nested Loop"],
    },
];

const AGGREGATES: [Probe; 6] = [
    Probe {
        clauses: &[clause!("safety.aggregate")],
        before: &[
            "CREATE AGGREGATE mine(int) (sfunc = int4_sum, stype = int8, combinefunc = int8pl)",
        ],
        sql: "SELECT mine(id) FROM big",
        has: &["Aggregate", "Seq Scan on big"],
        lacks: &["Gather", "Partial"],
    },
    Probe {
        clauses: &[clause!("safety.aggregate")],
        before: &[
            "CREATE AGGREGATE ours(int) (sfunc = int4_sum, stype = int8, combinefunc = int8pl, parallel = restricted)",
        ],
        sql: "SELECT ours(id) FROM big",
        has: &["Aggregate", "Gather", "Parallel Seq Scan on big"],
        lacks: &["Partial", "Finalize"],
    },
    Probe {
        clauses: &[clause!("plan.aggregate.grouping-sets")],
        before: &[],
        sql: "SELECT shop, count(*) FROM big GROUP BY GROUPING SETS ((shop), ())",
        has: &["MixedAggregate", "Gather", "Parallel Seq Scan on big"],
        lacks: &["Partial", "Finalize"],
    },
    Probe {
        clauses: &[clause!("plan.aggregate.ordered-set")],
        before: &[],
        sql: "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY id) FROM big",
        has: &["Aggregate", "Gather", "Parallel Seq Scan on big"],
        lacks: &["Partial", "Finalize"],
    },
    Probe {
        clauses: &[clause!("plan.aggregate.splits")],
        before: &[],
        sql: "SELECT count(DISTINCT shop) FROM big",
        has: &["Aggregate", "Gather", "Parallel Seq Scan on big"],
        lacks: &["Partial", "Finalize"],
    },
    Probe {
        clauses: &[clause!("plan.aggregate.partial"), clause!("plan.aggregate.finalize")],
        before: &[],
        sql: "SELECT shop, sum(price) FROM big GROUP BY shop",
        has: &["Finalize", "Gather", "Partial", "Parallel Seq Scan on big"],
        lacks: &[],
    },
];

const STATEMENTS: [Probe; 6] = [
    Probe {
        clauses: &[clause!("safety.statement")],
        before: &[],
        sql: "INSERT INTO small SELECT count(*) FROM big",
        has: &["Insert on small", "Seq Scan on big"],
        lacks: &["Gather", "Parallel"],
    },
    Probe {
        clauses: &[clause!("safety.statement")],
        before: &[],
        sql: "UPDATE small SET id = id WHERE id IN (SELECT shop FROM big)",
        has: &["Update on small"],
        lacks: &["Gather", "Parallel"],
    },
    Probe {
        clauses: &[clause!("safety.statement")],
        before: &[],
        sql: "SELECT * FROM big WHERE price < 0 FOR UPDATE",
        has: &["LockRows", "Seq Scan on big"],
        lacks: &["Gather", "Parallel"],
    },
    Probe {
        clauses: &[clause!("safety.statement")],
        before: &[],
        sql: "DECLARE c CURSOR FOR SELECT count(*) FROM big",
        has: &["Aggregate", "Seq Scan on big"],
        lacks: &["Gather", "Parallel"],
    },
    Probe {
        clauses: &[clause!("safety.statement")],
        before: &[],
        sql: "CREATE TABLE made AS SELECT count(*) FROM big",
        has: &["Finalize Aggregate", "Gather", "Parallel Seq Scan on big"],
        lacks: &[],
    },
    Probe {
        clauses: &[clause!("cost.workers.table")],
        before: &["ALTER TABLE big SET (parallel_workers = 2)"],
        sql: "SELECT count(*) FROM big",
        has: &["Gather", "Workers Planned: 2", "Parallel Seq Scan on big"],
        lacks: &[],
    },
];

/// A server with the tables; one line if none can be started.
fn server(test: &str) -> Option<Server> {
    let unable = |unable: &oracle::engine::Unable| {
        println!("{test}: without a live PostgreSQL: {unable}");
    };
    let mut server = connect::temporary().inspect_err(unable).ok()?;
    TABLES.iter().for_each(|sql| drop(lines(&mut server, sql, Mode::Serial)));
    Some(server)
}

/// The first column of an answer.
fn lines(server: &mut Server, sql: &str, mode: Mode) -> Vec<String> {
    let told = server.tell(sql, mode).expect("the server answers");
    let told = told.unwrap_or_else(|error| panic!("{sql}: {error}"));
    told.rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect()
}

/// What a plan has that it must not, or lacks.
fn complaint(probe: &Probe, plan: &[String]) -> Option<String> {
    let mut rest = plan.iter();
    let missing = probe.has.iter().find(|has| !rest.any(|line| line.contains(**has)));
    let surplus = probe.lacks.iter().find(|lacks| plan.iter().any(|line| line.contains(**lacks)));
    let what = match (missing, surplus) {
        (Some(missing), _) => format!("has no {missing} there"),
        (None, Some(surplus)) => format!("has {surplus}"),
        (None, None) => return None,
    };
    Some(format!("{:?}: {}\n  {what}:\n{}", probe.clauses, probe.sql, plan.join("\n")))
}

/// Asks all probes, each under the settings that make parallel plans likely and its own.
fn ask(server: &mut Server, probes: &[Probe]) {
    let mut wrong = vec![];
    for probe in probes {
        for sql in ["SET min_parallel_index_scan_size = 0", "SET min_parallel_table_scan_size = 0"]
        {
            lines(server, sql, Mode::Forced);
        }
        probe.before.iter().for_each(|sql| drop(lines(server, sql, Mode::Forced)));
        let plan = lines(server, &format!("EXPLAIN (COSTS OFF) {}", probe.sql), Mode::Forced);
        wrong.extend(complaint(probe, &plan));
        for setting in [
            "seqscan",
            "indexscan",
            "indexonlyscan",
            "bitmapscan",
            "hashjoin",
            "mergejoin",
            "nestloop",
        ] {
            lines(server, &format!("RESET enable_{setting}"), Mode::Forced);
        }
        lines(server, "ALTER TABLE big RESET (parallel_workers)", Mode::Forced);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_server_scans_indexes_and_bitmaps_in_parallel() {
    let Some(mut server) = server("parallel index scans") else { return };
    ask(&mut server, &SCANS);
}

#[test]
fn a_server_joins_in_parallel_with_whole_inner_sides_and_shared_tables() {
    let Some(mut server) = server("parallel joins") else { return };
    ask(&mut server, &JOINS);
}

#[test]
fn a_server_splits_no_ordered_sets_grouping_sets_and_distinct_arguments() {
    let Some(mut server) = server("aggregates that do not split") else { return };
    ask(&mut server, &AGGREGATES);
}

#[test]
fn a_server_writes_locks_and_suspends_serially_and_makes_tables_in_parallel() {
    let Some(mut server) = server("statements that write") else { return };
    ask(&mut server, &STATEMENTS);
}

#[test]
fn a_server_shows_what_each_worker_did() {
    let Some(mut server) = server("EXPLAIN of workers") else { return };
    spec::clauses!("explain.worker");
    let sql =
        "EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT count(*) FROM big";
    let plan = lines(&mut server, sql, Mode::Forced);
    let worker = plan.iter().position(|line| line.contains("Worker 0:")).expect("a worker's line");
    assert!(plan[worker].contains("actual rows="), "{}", plan.join("\n"));
    assert!(plan[worker - 1..].iter().any(|line| line.contains("Parallel Seq Scan")));
}

/// `array_agg` under another name: its result type follows from its argument's, which the final function is to see.
#[test]
fn a_server_passes_extra_arguments_to_polymorphic_final_functions() {
    let Some(mut server) = server("finalfunc_extra") else { return };
    spec::clauses!("agg.final.extra");
    let definition = |extra: &str| {
        format!(
            "CREATE AGGREGATE collect(anynonarray) (sfunc = array_agg_transfn, stype = internal, \
             finalfunc = array_agg_finalfn{extra})"
        )
    };
    let refused = server.tell(&definition(""), Mode::Serial).expect("the server answers");
    assert!(refused.is_err(), "the result type is not determined");
    lines(&mut server, &definition(", finalfunc_extra"), Mode::Serial);
    let sum = "SELECT collect(id ORDER BY id)::text FROM small WHERE id < 4";
    assert_eq!(lines(&mut server, sum, Mode::Serial), ["{1,2,3}"]);
}

#[test]
fn a_server_refuses_ordered_sets_as_window_functions() {
    let Some(mut server) = server("ordered sets as windows") else { return };
    spec::clauses!("plan.aggregate.ordered-set");
    let sql = "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY id) OVER () FROM small";
    let error = server.tell(sql, Mode::Serial).expect("the server answers").expect_err("refused");
    assert_eq!(error.sqlstate.to_string(), "0A000");
}

#[test]
fn nobody_plans_a_gather_without_workers() {
    spec::clauses!("cost.workers.none", "cost.workers.table");
    let mut session = Session::new(EngineChoice::Parallel);
    for sql in [
        "CREATE TABLE big (id int) WITH (parallel_workers = 1)",
        "INSERT INTO big SELECT i FROM generate_series(1, 20000) AS s(i)",
        "ANALYZE big",
        "SET parallel_setup_cost = 0",
        "SET parallel_tuple_cost = 0",
    ] {
        session.execute_text(sql).expect("a statement of the subset");
    }
    let query = "SELECT count(*) FROM big";
    let options = ExplainOptions { costs: false, ..ExplainOptions::default() };
    let (serial, parallel) = both_plans(&session, query, options).expect("plans");
    assert!(parallel.contains("Workers Planned: 1"), "{parallel}");
    assert!(!serial.contains("Gather"), "{serial}");
    let Some(mut server) = server("plans without workers") else { return };
    let sql = format!("EXPLAIN (COSTS OFF) {query}");
    let plan = lines(&mut server, &sql, Mode::Serial);
    assert_eq!(plan.join("\n").trim(), serial.trim());
}
