//! Plan snapshots: SQL, settings, the serial and the parallel plan, in the words of `EXPLAIN (COSTS OFF)`.
//!
//! Statistics are written here, as ANALYZE would find them, so that plans depend on nothing else. Each snapshot says
//! whether PostgreSQL 15.18 chooses the same plans over the same rows with what we do not have switched off: merge joins,
//! Memoize and Incremental Sort. Every plan here has also passed the checker.

#[path = "plans/outputs.rs"]
mod outputs;

use parallel::planner::plan_with_rewrites;
use spec::catalogue::{
    Catalogue, Column, ColumnStatistics, Statistics, Table, pages_for, tuple_width,
};
use spec::plan::{check, explain};
use spec::settings::Settings;
use spec::sql::ast::Statement;
use spec::sql::{bind, parse};
use spec::value::{Modifier, Type, Value};

/// The settings under which small tables get parallel plans (the regression suite's recipe).
const SMALL: &str = "parallel_setup_cost = 0, parallel_tuple_cost = 0, \
                     min_parallel_table_scan_size = 0, max_parallel_workers_per_gather = 4";

/// What PostgreSQL does with the same query.
const SAME: &str = "the same plans";

/// One snapshot: name, query, settings of the parallel plan, what PostgreSQL does.
type Case = (&'static str, &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    ("scan", "SELECT * FROM tenk1", SMALL, SAME),
    ("scan_of_a_small_table_stays_serial", "SELECT * FROM tenk1", "", SAME),
    ("filter", "SELECT unique1 FROM tenk1 WHERE unique1 < 100 AND ten = 3", SMALL, SAME),
    ("filter_of_a_large_table", "SELECT id FROM big WHERE k = 7", "", SAME),
    ("count", "SELECT count(*) FROM tenk1", SMALL, SAME),
    ("sum_and_avg", "SELECT sum(unique1), avg(two) FROM tenk1 WHERE ten = 3", SMALL, SAME),
    ("group_by", "SELECT k, avg(f), count(*) FROM big GROUP BY k", "", SAME),
    ("group_by_in_order", "SELECT k, avg(f), count(*) FROM big GROUP BY k ORDER BY k", "", SAME),
    ("group_by_expression", "SELECT ten + 1, count(*) FROM tenk1 GROUP BY ten + 1", SMALL, SAME),
    ("having", "SELECT m, sum(id) FROM big GROUP BY m HAVING count(*) > 5", "", SAME),
    ("having_on_a_key", "SELECT k FROM big GROUP BY k HAVING sum(f) > 1000 AND k < 500", "", SAME),
    ("aggregate_that_does_not_split", "SELECT count(DISTINCT ten) FROM tenk1", SMALL, SAME),
    ("aggregate_filter", "SELECT max(unique1) FILTER (WHERE ten = 1) FROM tenk1", SMALL, SAME),
    ("distinct", "SELECT DISTINCT ten FROM tenk1", SMALL, SAME),
    ("sort_and_limit", "SELECT * FROM tenk1 ORDER BY unique1 LIMIT 10", SMALL, SAME),
    ("sort_descending", "SELECT id, f FROM big ORDER BY f DESC, id LIMIT 20", "", SAME),
    ("limit_offset", "SELECT unique1 FROM tenk1 LIMIT 10 OFFSET 20", SMALL, SAME),
    ("join", "SELECT * FROM tenk1 a JOIN tenk2 b ON a.unique1 = b.unique2", SMALL, SAME),
    (
        "join_of_a_large_table",
        "SELECT count(*) FROM big JOIN tenk1 ON big.k = tenk1.thousand",
        "",
        SAME,
    ),
    (
        "join_with_a_filter",
        "SELECT * FROM onek a JOIN tenk1 b ON a.ten = b.ten AND a.unique1 < b.unique2",
        SMALL,
        SAME,
    ),
    (
        "join_of_three",
        "SELECT a.ten, sum(b.unique1) FROM tenk1 a JOIN onek b USING (unique1) \
         JOIN tenk2 c ON c.unique1 = b.unique2 GROUP BY a.ten",
        SMALL,
        SAME,
    ),
    (
        "left_join",
        "SELECT count(*) FROM tenk1 a LEFT JOIN onek b ON a.unique1 = b.unique1 WHERE b.two IS NULL",
        SMALL,
        SAME,
    ),
    (
        "right_join",
        "SELECT * FROM onek a RIGHT JOIN tenk1 b ON a.unique1 = b.unique1 AND b.ten > 3",
        SMALL,
        SAME,
    ),
    (
        "full_join",
        "SELECT count(*) FROM onek a FULL JOIN tenk1 b ON a.unique1 = b.unique1",
        SMALL,
        SAME,
    ),
    (
        "exists",
        "SELECT * FROM tenk1 a WHERE EXISTS (SELECT 1 FROM onek b WHERE b.unique1 = a.unique1)",
        SMALL,
        SAME,
    ),
    (
        "not_exists",
        "SELECT * FROM tenk1 a WHERE NOT EXISTS (SELECT 1 FROM onek b WHERE b.unique1 = a.unique1)",
        SMALL,
        SAME,
    ),
    (
        "in_sub_query",
        "SELECT * FROM tenk1 WHERE unique1 IN (SELECT unique1 FROM onek)",
        SMALL,
        SAME,
    ),
    (
        "not_in",
        "SELECT count(*) FROM onek WHERE unique1 NOT IN (SELECT four FROM onek)",
        SMALL,
        "a hashed SubPlan, which we do not have; an anti-join keeps the meaning of NULLs",
    ),
    (
        "correlated_in",
        "SELECT count(*) FROM tenk1 a WHERE a.unique1 IN (SELECT b.unique1 FROM onek b WHERE b.ten = a.ten)",
        SMALL,
        "a SubPlan per row; we make the semi-join that EXISTS would give",
    ),
    (
        "scalar_sub_query",
        "SELECT * FROM tenk1 WHERE unique1 > (SELECT avg(unique1) FROM tenk1)",
        SMALL,
        SAME,
    ),
    ("uncorrelated_exists", "SELECT * FROM tenk1 WHERE EXISTS (SELECT 1 FROM onek)", SMALL, SAME),
    (
        "sub_query_with_groups",
        "SELECT * FROM (SELECT ten, count(*) AS c FROM tenk1 GROUP BY ten) s WHERE c > 10",
        SMALL,
        "pushes the condition into the sub-query, as HAVING; we filter above it",
    ),
    (
        "sub_query_merged",
        "SELECT y + 1 FROM (SELECT unique1 AS y FROM tenk1 WHERE ten = 1) s WHERE y < 500",
        SMALL,
        "the same plans, but the outer condition stands first in the Filter",
    ),
    (
        "with_query",
        "WITH s AS (SELECT ten, sum(unique1) AS x FROM tenk1 GROUP BY ten) SELECT * FROM s ORDER BY x DESC",
        SMALL,
        SAME,
    ),
    ("union_all", "SELECT unique1 FROM tenk1 UNION ALL SELECT unique2 FROM tenk2", SMALL, SAME),
    ("union", "SELECT ten FROM tenk1 UNION SELECT four FROM onek", SMALL, SAME),
    ("no_from", "SELECT 1", SMALL, SAME),
    ("never_true", "SELECT * FROM tenk1 WHERE false", SMALL, SAME),
    ("restricted_function", "SELECT * FROM big WHERE random() < 0.01", "", SAME),
    ("restricted_select_list", "SELECT random(), unique1 FROM tenk1 WHERE ten = 1", SMALL, SAME),
    ("single_copy", "SELECT * FROM tenk1 WHERE ten = 1", "debug_parallel_query = on", SAME),
];

#[test]
fn plans_are_as_reviewed() {
    spec::clauses!(
        "cost.formula",
        "cost.gather",
        "cost.workers",
        "explain.text",
        "explain.expr",
        "safety.gate",
        "plan.aggregate.splits"
    );
    let catalogue = catalogue();
    insta::with_settings!({
        snapshot_path => "plans", prepend_module_to_snapshot => false, omit_expression => true
    }, {
        for (name, sql, settings, live) in CASES {
            insta::assert_snapshot!(*name, snapshot(&catalogue, sql, settings, live));
        }
    });
}

fn snapshot(catalogue: &Catalogue, sql: &str, changes: &str, live: &str) -> String {
    let mut parallel = Settings::default();
    for change in changes.split(", ").filter(|change| !change.is_empty()) {
        let (name, value) = change.split_once(" = ").expect("a change is name = value");
        parallel.set(name, value).expect("the setting exists");
    }
    let mut serial = parallel.clone();
    serial.max_parallel_workers_per_gather = 0;
    let settings = if changes.is_empty() { "defaults" } else { changes };
    let (serial, _) = planned(catalogue, sql, &serial);
    let (parallel, rewrites) = planned(catalogue, sql, &parallel);
    let rewrites = if rewrites.is_empty() { "none".into() } else { rewrites.join(", ") };
    format!(
        "PostgreSQL 15.18: {live}\nSQL: {sql}\nsettings: {settings}\nrewrites: {rewrites}\n\
         ---- serial\n{serial}---- parallel\n{parallel}"
    )
}

/// The text of the plan, which the checker must accept, and the rewrites that led to it.
fn planned(catalogue: &Catalogue, sql: &str, settings: &Settings) -> (String, Vec<&'static str>) {
    let parsed = parse::statement(sql).expect("the query reads");
    let Statement::Select(query) = parsed.statement else { panic!("{sql} is a query") };
    let query = bind::query(&query, catalogue).expect("the query binds");
    let (plan, rewrites) = plan_with_rewrites(&query, settings).expect("the query is planned");
    let text = explain::shape(&plan);
    if let Err(refusal) = check::check(plan) {
        panic!("{sql}: {refusal}\n{text}");
    }
    (text, rewrites)
}

/// The tables: `tenk1`, `tenk2` and `onek` as in the Wisconsin benchmark, and `big` with 400,000 rows.
fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    for (name, rows) in [("tenk1", 10_000), ("tenk2", 10_000), ("onek", 1_000)] {
        catalogue.put(wisconsin(name, rows));
    }
    let columns = [
        ("id", Type::Int4, numbers(400_000, 4.0, Value::Int4)),
        ("k", Type::Int4, numbers(1_000, 4.0, Value::Int4)),
        ("m", Type::Int4, few(7, 4.0, Value::Int4)),
        ("f", Type::Float8, numbers(100_000, 8.0, |n| Value::Float8(f64::from(n) / 8.0))),
        ("t", Type::Text, numbers(5_000, 9.0, |n| Value::text(format!("name {n:04}")))),
    ];
    catalogue.put(table("big", 400_000, 4_076, columns.to_vec()));
    catalogue
}

fn wisconsin(name: &str, rows: i32) -> Table {
    let spread = |distinct: i32| match distinct.min(rows) {
        distinct @ ..=100 => few(distinct, 4.0, Value::Int4),
        distinct => numbers(distinct, 4.0, Value::Int4),
    };
    let integers = [
        ("unique1", rows),
        ("unique2", rows),
        ("two", 2),
        ("four", 4),
        ("ten", 10),
        ("twenty", 20),
        ("hundred", 100),
        ("thousand", 1_000),
        ("twothousand", 2_000),
        ("fivethous", 5_000),
        ("tenthous", rows),
        ("odd", 100),
        ("even", 100),
    ];
    let mut columns: Vec<(&str, Type, ColumnStatistics)> =
        integers.into_iter().map(|(name, distinct)| (name, Type::Int4, spread(distinct))).collect();
    let name_of = |n: i32| Value::text(format!("{n:04}xx"));
    columns.push(("stringu1", Type::Name, numbers(rows, 64.0, name_of)));
    columns.push(("stringu2", Type::Name, numbers(rows, 64.0, name_of)));
    columns.push(("string4", Type::Name, few(4, 64.0, name_of)));
    let mut made = table(name, rows, 0, columns);
    let widths: Vec<f64> = made.statistics.columns.iter().map(|column| column.width).collect();
    made.statistics.pages = pages_for(rows as u64, tuple_width(&made.columns, &widths));
    made
}

fn table(name: &str, rows: i32, pages: u64, columns: Vec<(&str, Type, ColumnStatistics)>) -> Table {
    let (shapes, statistics): (Vec<Column>, Vec<ColumnStatistics>) = columns
        .into_iter()
        .map(|(name, ty, statistics)| {
            let column =
                Column { name: name.into(), ty, modifier: Modifier::None, not_null: false };
            (column, statistics)
        })
        .unzip();
    Table {
        name: name.into(),
        columns: shapes,
        indexes: vec![],
        temporary: false,
        parallel_workers: None,
        statistics: Statistics {
            all_visible: 0,
            pages,
            rows: f64::from(rows),
            analyzed: true,
            columns: statistics,
        },
    }
}

/// Many values, each about as often: a histogram.
fn numbers(distinct: i32, width: f64, value: impl Fn(i32) -> Value) -> ColumnStatistics {
    let bound = |at: i64| value(((i64::from(distinct) - 1) * at / 100) as i32);
    ColumnStatistics {
        width,
        distinct: f64::from(distinct),
        histogram: (0..=100).map(bound).collect(),
        ..ColumnStatistics::default()
    }
}

/// A few values, each as often: all of them most common.
fn few(distinct: i32, width: f64, value: impl Fn(i32) -> Value) -> ColumnStatistics {
    ColumnStatistics {
        width,
        distinct: f64::from(distinct),
        most_common: (0..distinct).map(|n| (value(n), 1.0 / f64::from(distinct))).collect(),
        ..ColumnStatistics::default()
    }
}
