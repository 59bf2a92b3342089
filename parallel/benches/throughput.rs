//! Throughput of whole queries: `cargo bench -p bothways-parallel`.
//!
//! Ten million rows from a seed, and TPC-H at scale factor 1. SQL is planned with one worker beside the leader, so that two
//! threads run. Every line is the best of a few executions (not planning); the last column says how many times longer it
//! took than reading its columns at the memory bandwidth measured in the same run.

use std::hint::black_box;
use std::time::Instant;

use arrow_array::{Float64Array, Int32Array, Int64Array};
use bothways_parallel::column::{Column, ColumnBuilder, StringsBuilder};
use bothways_parallel::table::{ColumnarTable, TableBuilder};
use bothways_parallel::{Schedule, Tables, analyze, memory, planner, run};
use spec::catalogue::{self, Catalogue, Statistics};
use spec::outcome::Outcome;
use spec::plan::check::check;
use spec::settings::Settings;
use spec::sql::ast::Statement;
use spec::sql::{bind, parse};
use spec::value::{Modifier, Numeric, Type, Value};
use tpchgen::generators::LineItemGenerator;

const ROWS: usize = 10_000_000;
const RUNS: usize = 5;

/// Name, SQL, and the bytes that it reads per row.
const QUERIES: [(&str, &str, f64); 14] = [
    ("count(*)", "select count(*) from t", 0.0),
    ("sum(int4)", "select sum(i) from t", 4.0),
    ("sum(float8)", "select sum(f) from t", 8.0),
    ("avg(float8)", "select avg(f) from t", 8.0),
    ("min, max(float8)", "select min(f), max(f) from t", 8.0),
    ("sum(numeric(15,2))", "select sum(n) from t", 8.0),
    ("sum(float8) where 1 %", "select sum(f) from t where k100 < 1", 12.0),
    ("sum(float8) where 50 %", "select sum(f) from t where k100 < 50", 12.0),
    ("sum(float8) where 99 %", "select sum(f) from t where k100 < 99", 12.0),
    ("group by 100 int4", "select k100, sum(i), avg(f) from t group by k100", 16.0),
    ("group by 100,000 int4", "select k100k, sum(i), avg(f) from t group by k100k", 16.0),
    ("group by 100,000 sparse int8", "select sparse, sum(i), avg(f) from t group by sparse", 20.0),
    ("group by 100 text", "select s100, sum(i), avg(f) from t group by s100", 28.0),
    ("join 10M x 10k, sum", "select sum(d.v) from t join d on t.k10k = d.k", 4.0),
];

/// TPC-H queries over `lineitem` alone.
const TPCH: [(&str, &str, f64); 2] = [
    (
        "TPC-H 1",
        "select l_returnflag, l_linestatus, sum(l_quantity), sum(l_extendedprice), \
         sum(l_extendedprice * (1 - l_discount)), \
         sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)), avg(l_quantity), \
         avg(l_extendedprice), avg(l_discount), count(*) from lineitem \
         where l_shipdate <= date '1998-09-02' group by l_returnflag, l_linestatus \
         order by l_returnflag, l_linestatus",
        68.0,
    ),
    (
        "TPC-H 6",
        "select sum(l_extendedprice * l_discount) from lineitem \
         where l_shipdate >= date '1994-01-01' and l_shipdate < date '1995-01-01' \
         and l_discount between 0.05 and 0.07 and l_quantity < 24",
        28.0,
    ),
];

fn main() {
    report_memory();
    let bandwidth = memory_bandwidth();
    println!("memory bandwidth {:.1} GB/s, two threads, best of {RUNS}", bandwidth / 1e9);
    println!("{:<30} {:>9} {:>9} {:>8}  workers", "query", "ms", "Mrows/s", "x limit");
    let mut database = Database::default();
    database.numbers();
    for (name, sql, bytes) in QUERIES {
        database.report(name, sql, bytes, ROWS, bandwidth);
    }
    let mut database = Database::default();
    let rows = database.lineitem();
    for (name, sql, bytes) in TPCH {
        database.report(name, sql, bytes, rows, bandwidth);
    }
}

/// Loads rows one by one, as the command line does, and prints what the process grew by against the raw bytes of the
/// columns (fixed widths; text at its length and 16). The limit is 1.5.
fn report_memory() {
    const LOADED: usize = 2_000_000;
    let columns = [
        ("i", Type::Int4, Modifier::None),
        ("l", Type::Int8, Modifier::None),
        ("f", Type::Float8, Modifier::None),
        ("n", Type::Numeric, Modifier::Precision { precision: 15, scale: 2 }),
        ("d", Type::Date, Modifier::None),
        ("s", Type::Text, Modifier::None),
    ];
    let column = |(name, ty, modifier): (&str, Type, Modifier)| catalogue::Column {
        name: name.to_owned(),
        ty,
        modifier,
        not_null: false,
    };
    let table = catalogue::Table {
        name: "loaded".to_owned(),
        columns: columns.map(column).into(),
        indexes: vec![],
        temporary: false,
        parallel_workers: None,
        statistics: Statistics::default(),
    };
    let before = resident_bytes();
    let mut builder = TableBuilder::new(&table);
    let mut raw = 0;
    let mut noise = Noise(11);
    for row in 0..LOADED {
        let text = format!("row {row} of many, {}", noise.below(1000));
        raw += 4 + 8 + 8 + 8 + 4 + text.len() + 16;
        let cents = Numeric::from_parts((noise.below(1 << 40) as i64).into(), 2);
        builder.push_row(&[
            Value::Int4(row as i32),
            Value::Int8(noise.below(1 << 60) as i64),
            Value::Float8(noise.below(1 << 40) as f64),
            Value::Numeric(cents),
            Value::Date(noise.below(10_000) as i32),
            Value::text(text),
        ]);
    }
    let loaded = black_box(builder.finish());
    let grown = resident_bytes().saturating_sub(before);
    let ratio = grown as f64 / raw as f64;
    println!(
        "memory of {} loaded rows: {:.0} MB, {ratio:.2} times the raw {:.0} MB",
        loaded.rows(),
        grown as f64 / 1e6,
        raw as f64 / 1e6
    );
}

/// What this process holds in memory, by the kernel's count.
fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// Bytes per second that two threads read from a gigabyte.
fn memory_bandwidth() -> f64 {
    let words: Vec<u64> = memory::large_filled(1, 1 << 27);
    let read = || {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for half in words.chunks(words.len() / 2) {
                scope.spawn(move || black_box(half.iter().fold(0u64, |a, b| a.wrapping_add(*b))));
            }
        });
        start.elapsed().as_secs_f64()
    };
    let best = (0..RUNS).map(|_| read()).fold(f64::INFINITY, f64::min);
    (words.len() * 8) as f64 / best
}

/// Tables and what the planner knows of them.
#[derive(Default)]
struct Database {
    catalogue: Catalogue,
    tables: Tables,
}

impl Database {
    /// Adds a table of whole columns, analyzed.
    fn put(&mut self, name: &str, columns: Vec<(&str, Type, Column)>) {
        let rows = columns[0].2.len();
        let declare = |(name, ty, _): &(&str, Type, Column)| catalogue::Column {
            name: (*name).to_owned(),
            ty: *ty,
            modifier: Modifier::None,
            not_null: false,
        };
        let mut table = catalogue::Table {
            name: name.to_owned(),
            columns: columns.iter().map(declare).collect(),
            indexes: vec![],
            temporary: false,
            parallel_workers: Some(1),
            statistics: Statistics::default(),
        };
        let types: Vec<Type> = columns.iter().map(|(_, ty, _)| *ty).collect();
        let data = columns.into_iter().map(|(_, _, column)| column).collect();
        let data = ColumnarTable::from_columns(&table, data, rows);
        table.statistics = analyze::statistics(&data, &types);
        self.catalogue.put(table);
        self.tables.put(name, data);
    }

    /// `t`: ten million rows of numbers and short texts; `d`: ten thousand.
    fn numbers(&mut self) {
        let ints = |seed, limit| {
            let mut noise = Noise(seed);
            let values: Vec<i32> = (0..ROWS).map(|_| noise.below(limit) as i32).collect();
            Column::Int4(Int32Array::new(values.into(), None))
        };
        let longs = |seed, limit, factor: i64| {
            let mut noise = Noise(seed);
            let values: Vec<i64> = (0..ROWS).map(|_| noise.below(limit) as i64 * factor).collect();
            Int64Array::new(values.into(), None)
        };
        let mut noise = Noise(3);
        let floats: Vec<f64> = (0..ROWS).map(|_| noise.below(1 << 40) as f64 / 1024.0).collect();
        let mut texts = StringsBuilder::with_capacity(ROWS);
        (0..ROWS).for_each(|_| texts.push(&format!("key {:06}", noise.below(100))));
        let decimals = Column::Decimal { values: longs(4, 100_000_000, 1), scale: 2 };
        let columns = vec![
            ("i", Type::Int4, ints(1, 1 << 31)),
            ("f", Type::Float8, Column::Float8(Float64Array::new(floats.into(), None))),
            ("n", Type::Numeric, decimals),
            ("k100", Type::Int4, ints(5, 100)),
            ("k10k", Type::Int4, ints(10, 10_000)),
            ("k100k", Type::Int4, ints(6, 100_000)),
            ("sparse", Type::Int8, Column::Int8(longs(7, 100_000, 1_000_000_007))),
            ("s100", Type::Text, Column::Text(texts.finish())),
        ];
        self.put("t", columns);
        let keys = Column::Int4(Int32Array::from_iter_values(0..10_000));
        let values = Column::Int4(Int32Array::from_iter_values((0..10_000).rev()));
        self.put("d", vec![("k", Type::Int4, keys), ("v", Type::Int4, values)]);
    }

    /// The columns of TPC-H's `lineitem` that the queries read; returns how many rows there are.
    fn lineitem(&mut self) -> usize {
        let mut decimals = [const { Vec::<i64>::new() }; 4];
        let mut dates = Vec::<i32>::new();
        let mut flags = [Type::Bpchar; 2].map(|ty| ColumnBuilder::new(ty, 0));
        for line in LineItemGenerator::new(1.0, 1, 1).iter() {
            decimals[0].push(line.l_quantity * 100);
            decimals[1].push(line.l_extendedprice.0);
            decimals[2].push(line.l_discount.0);
            decimals[3].push(line.l_tax.0);
            // Days since 2000-01-01 instead of 1970-01-01.
            dates.push(line.l_shipdate.to_unix_epoch() - 10_957);
            flags[0].push(&Value::Bpchar(line.l_returnflag.into()));
            flags[1].push(&Value::Bpchar(line.l_linestatus.into()));
        }
        let rows = dates.len();
        let [quantity, price, discount, tax] = decimals.map(|values| Column::Decimal {
            values: Int64Array::new(values.into(), None),
            scale: 2,
        });
        let [flag, status] = flags.map(ColumnBuilder::finish);
        let columns = vec![
            ("l_quantity", Type::Numeric, quantity),
            ("l_extendedprice", Type::Numeric, price),
            ("l_discount", Type::Numeric, discount),
            ("l_tax", Type::Numeric, tax),
            ("l_returnflag", Type::Bpchar, flag),
            ("l_linestatus", Type::Bpchar, status),
            ("l_shipdate", Type::Date, Column::Date(Int32Array::new(dates.into(), None))),
        ];
        self.put("lineitem", columns);
        rows
    }

    /// Plans the query, runs it a few times and prints the best.
    fn report(&self, name: &str, sql: &str, bytes: f64, rows: usize, bandwidth: f64) {
        let settings = two_threads();
        let parsed = parse::statement(sql).expect("it parses");
        let Statement::Select(query) = &parsed.statement else { panic!("{name} is a query") };
        let query = bind::query(query, &self.catalogue).expect("it binds");
        let plan = planner::plan(&query, &settings).expect("it can be planned");
        let plan = check(plan).expect("the plan is sound");
        let mut best = f64::INFINITY;
        let mut workers = 0;
        for _ in 0..RUNS {
            let start = Instant::now();
            let answer = run(&plan, &self.tables, &settings, &Schedule::default());
            best = best.min(start.elapsed().as_secs_f64());
            if let Outcome::Error(error) = &answer.outcome {
                panic!("{name}: {error}");
            }
            workers = answer.trace.gathers.iter().map(|gather| gather.workers_launched).sum();
        }
        let limit = rows as f64 * bytes / bandwidth;
        let ratio = if limit > 0.0 { format!("{:.1}", best / limit) } else { "-".to_owned() };
        let rate = rows as f64 / best / 1e6;
        println!("{name:<30} {:>9.2} {rate:>9.0} {ratio:>8}  {workers}", best * 1e3);
    }
}

/// One worker beside the leader, and no cost of having it.
fn two_threads() -> Settings {
    let mut settings = Settings::default();
    let wanted = [
        ("max_parallel_workers_per_gather", "1"),
        ("parallel_setup_cost", "0"),
        ("parallel_tuple_cost", "0"),
        ("min_parallel_table_scan_size", "0"),
        ("work_mem", "1GB"),
    ];
    for (name, value) in wanted {
        settings.set(name, value).expect("a known setting");
    }
    settings
}

/// A seeded sequence (splitmix64).
struct Noise(u64);

impl Noise {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(bits ^ (bits >> 31)) * u128::from(limit)) >> 64) as u64
    }
}
