//! Throughput of the columnar library: `cargo bench -p bothways-parallel`.
//!
//! Ten million rows from a seed, two threads that claim ranges of rows, batches as a scan cuts them. Every line is the best
//! of a few runs; the last column says how many times longer it took than reading its columns at the memory bandwidth
//! measured in the same run.

use bothways_parallel as parallel;

use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use arrow_array::{Float64Array, Int32Array, Int64Array};
use parallel::accumulate::{self, Accumulator};
use parallel::batch::{BATCH_ROWS, Batch};
use parallel::column::{Column, Strings, StringsBuilder};
use parallel::group::Grouper;
use parallel::join::{HashTable, Pairs, Probe};
use parallel::kernel::{Context, Predicate};
use spec::agg::{self, Aggregate};
use spec::expr::function;
use spec::expr::{CallSyntax, Expr};
use spec::value::{Type, Value};

const ROWS: usize = 10_000_000;
const THREADS: usize = 2;
const RUNS: usize = 5;
/// Rows that a thread claims at once.
const CLAIM: usize = 64 * BATCH_ROWS;

fn main() {
    let data = Data::new();
    let bandwidth = memory_bandwidth();
    println!(
        "memory bandwidth {:.1} GB/s, {ROWS} rows, {THREADS} threads, best of {RUNS}",
        bandwidth / 1e9
    );
    println!("{:<34} {:>9} {:>12} {:>10}", "query", "ms", "Mrows/s", "x limit");
    let report = |name: &str, bytes_per_row: f64, seconds: f64| {
        let limit = ROWS as f64 * bytes_per_row / bandwidth;
        println!(
            "{name:<34} {:>9.2} {:>12.0} {:>10}",
            seconds * 1e3,
            ROWS as f64 / seconds / 1e6,
            if limit > 0.0 { format!("{:.1}", seconds / limit) } else { "-".into() },
        );
    };
    report("count(*)", 0.0, time(|| totals(&data, &[("count", None)])));
    report("sum(int4)", 4.0, time(|| totals(&data, &[("sum", Some(data.int4))])));
    report("sum(float8)", 8.0, time(|| totals(&data, &[("sum", Some(data.float8))])));
    report("avg(float8)", 8.0, time(|| totals(&data, &[("avg", Some(data.float8))])));
    report(
        "min(float8), max(float8)",
        8.0,
        time(|| {
            totals(&data, &[("min", Some(data.float8)), ("max", Some(data.float8))]);
        }),
    );
    report("sum(numeric(15,2))", 8.0, time(|| totals(&data, &[("sum", Some(data.numeric))])));
    for percent in [1, 50, 99] {
        let name = format!("sum(float8) where {percent} %");
        report(&name, 12.0, time(|| filtered(&data, percent)));
    }
    let calls = [("sum", Some(data.int4)), ("avg", Some(data.float8))];
    report("group by 100 int4", 16.0, time(|| grouped(&data, data.key100, &calls)));
    report("group by 100,000 int4", 16.0, time(|| grouped(&data, data.key100k, &calls)));
    report("group by 100,000 sparse int8", 20.0, time(|| grouped(&data, data.sparse, &calls)));
    report("group by 100 text", 28.0, time(|| grouped(&data, data.text100, &calls)));
    report("join 10M x 10k, sum", 8.0, time(|| joined(&data)));
}

/// The best of a few runs.
fn time(mut run: impl FnMut()) -> f64 {
    let once = |_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    };
    (0..RUNS).map(once).fold(f64::INFINITY, f64::min)
}

/// Bytes per second that two threads read from a gigabyte.
fn memory_bandwidth() -> f64 {
    let mut words: Vec<u64> = parallel::memory::large_filled(1, 1 << 27);
    words[0] = 2;
    let seconds = time(|| {
        std::thread::scope(|scope| {
            for half in words.chunks(words.len() / THREADS) {
                scope.spawn(move || black_box(half.iter().fold(0u64, |a, b| a.wrapping_add(*b))));
            }
        });
    });
    (words.len() * 8) as f64 / seconds
}

/// The columns, by number.
struct Data {
    columns: Vec<Column>,
    int4: usize,
    float8: usize,
    numeric: usize,
    key100: usize,
    key100k: usize,
    sparse: usize,
    text100: usize,
    percent: usize,
    outer: usize,
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

impl Data {
    fn new() -> Data {
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
        let columns = vec![
            ints(1, 1 << 31),
            Column::Float8(Float64Array::new(floats.into(), None)),
            Column::Decimal { values: longs(4, 100_000_000, 1), scale: 2 },
            ints(5, 100),
            ints(6, 100_000),
            Column::Int8(longs(7, 100_000, 1_000_000_007)),
            Column::Text(texts()),
            ints(9, 100),
            ints(10, 10_000),
        ];
        Data {
            columns,
            int4: 0,
            float8: 1,
            numeric: 2,
            key100: 3,
            key100k: 4,
            sparse: 5,
            text100: 6,
            percent: 7,
            outer: 8,
        }
    }

    /// A batch of these rows of these columns.
    fn batch(&self, rows: Range<usize>, columns: &[usize]) -> Batch {
        let slice = |&column: &usize| self.columns[column].slice(rows.start, rows.len());
        Batch::new(columns.iter().map(slice).collect(), rows.len())
    }
}

fn texts() -> Strings {
    let mut noise = Noise(8);
    let mut strings = StringsBuilder::with_capacity(ROWS);
    (0..ROWS).for_each(|_| strings.push(&format!("key {:06}", noise.below(100))));
    strings.finish()
}

/// Runs `work` on two threads over batches of all rows; each thread makes its own state.
fn scan<S: Send>(
    data: &Data,
    columns: &[usize],
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, Batch) + Sync,
) -> Vec<S> {
    let next = AtomicUsize::new(0);
    let participant = || {
        let mut own = state();
        loop {
            let start = next.fetch_add(CLAIM, Ordering::Relaxed);
            if start >= ROWS {
                return own;
            }
            let end = (start + CLAIM).min(ROWS);
            for from in (start..end).step_by(BATCH_ROWS) {
                work(&mut own, data.batch(from..(from + BATCH_ROWS).min(end), columns));
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(participant)).collect();
        workers.into_iter().map(|worker| worker.join().expect("no panic")).collect()
    })
}

fn aggregate(name: &str, ty: Option<Type>) -> &'static Aggregate {
    let fits = |aggregate: &&Aggregate| {
        aggregate.name == name && aggregate.args == ty.map(Some).as_slice()
    };
    agg::all().find(fits).unwrap_or_else(|| panic!("no {name}({ty:?})"))
}

type Calls<'a> = &'a [(&'a str, Option<usize>)];

fn accumulators(data: &Data, calls: Calls) -> Vec<Box<dyn Accumulator>> {
    let one = |&(name, column): &(&str, Option<usize>)| {
        let ty = column.map(|column| data.columns[column].ty());
        accumulate::for_call(aggregate(name, ty), ty.as_slice())
    };
    calls.iter().map(one).collect()
}

fn read(calls: Calls) -> Vec<usize> {
    calls.iter().filter_map(|(_, column)| *column).collect()
}

fn update(
    accumulators: &mut [Box<dyn Accumulator>],
    ids: Option<&[u32]>,
    args: &[Column],
    batch: &Batch,
) {
    for (i, accumulator) in accumulators.iter_mut().enumerate() {
        let arg = if args.is_empty() { &[] } else { &args[i..=i] };
        accumulator.update(ids, arg, batch.selected()).expect("no overflow");
    }
}

/// Partial aggregation without groups, then the final stage.
fn totals(data: &Data, calls: Calls) {
    let partial = scan(
        data,
        &read(calls),
        || {
            let mut accumulators = accumulators(data, calls);
            accumulators.iter_mut().for_each(|accumulator| accumulator.resize(1));
            accumulators
        },
        |accumulators, batch| update(accumulators, None, &batch.columns, &batch),
    );
    let mut last = accumulators(data, calls);
    for (i, accumulator) in last.iter_mut().enumerate() {
        accumulator.resize(1);
        for states in partial.iter().map(|partial| partial[i].states()) {
            accumulator
                .merge(None, &states, Batch::new(vec![], 1).selected())
                .expect("no overflow");
        }
        black_box(accumulator.finish().expect("no error"));
    }
}

/// sum(float8) of the rows whose `percent` column is below a bound.
fn filtered(data: &Data, percent: i32) {
    let less = function::all().find(|function| function.name == "int4lt").expect("int4lt");
    let condition = Expr::Call {
        function: less,
        args: vec![
            Expr::Column { index: 1, ty: Type::Int4 },
            Expr::Constant(Value::Int4(percent), Type::Int4),
        ],
        syntax: CallSyntax::Operator("<"),
        position: 0,
    };
    let call = [("sum", Some(data.float8))];
    let partial = scan(
        data,
        &[data.float8, data.percent],
        || {
            let mut accumulators = accumulators(data, &call);
            accumulators[0].resize(1);
            let predicate = Predicate::compile(std::slice::from_ref(&condition), &[]);
            (accumulators, predicate.expect("supported"), Context::default())
        },
        |(accumulators, predicate, context), batch| {
            let batch = predicate.filter(batch, context).expect("no error");
            update(accumulators, None, &batch.columns[..1], &batch);
        },
    );
    black_box(partial.len());
}

/// Partial aggregation by one key, then the final stage on one thread.
fn grouped(data: &Data, key: usize, calls: Calls) {
    let columns: Vec<usize> = [key].into_iter().chain(read(calls)).collect();
    let types = || vec![data.columns[key].ty()];
    let partial = scan(
        data,
        &columns,
        || (Grouper::new(types()), accumulators(data, calls), vec![]),
        |(grouper, accumulators, ids), batch| {
            grouper.group_ids(&batch.columns[..1], &batch, ids);
            accumulators.iter_mut().for_each(|accumulator| accumulator.resize(grouper.len()));
            update(accumulators, Some(ids), &batch.columns[1..], &batch);
        },
    );
    let mut grouper = Grouper::new(types());
    let mut last = accumulators(data, calls);
    for (own, accumulators, mut ids) in partial {
        let batch = Batch::new(own.keys(), own.len());
        grouper.group_ids(&batch.columns, &batch, &mut ids);
        for (accumulator, partial) in last.iter_mut().zip(&accumulators) {
            accumulator.resize(grouper.len());
            accumulator
                .merge(Some(&ids), &partial.states(), batch.selected())
                .expect("no overflow");
        }
    }
    for accumulator in &last {
        black_box(accumulator.finish().expect("no error"));
    }
    black_box(grouper.keys());
}

/// Ten million outer rows meet ten thousand inner ones; the sum of an inner column.
fn joined(data: &Data) {
    let keys = Column::Int4(Int32Array::from_iter_values(0..10_000));
    let payload = Column::Int4(Int32Array::from_iter_values((0..10_000).rev()));
    let inner = Batch::new(vec![payload], 10_000);
    let table = Arc::new(HashTable::build(&[keys], inner));
    let partial = scan(
        data,
        &[data.outer],
        || {
            let mut sum = accumulate::for_call(aggregate("sum", Some(Type::Int4)), &[Type::Int4]);
            sum.resize(1);
            (sum, Probe::default(), Pairs::default())
        },
        |(sum, probe, pairs), batch| {
            table.probe(&batch.columns, &batch, probe);
            while table.pairs(&batch, probe, BATCH_ROWS, pairs) {
                let column = table.payload().columns[0].take(&pairs.inner);
                let rows = Batch::new(vec![], pairs.inner.len());
                sum.update(None, &[column], rows.selected()).expect("no overflow");
            }
        },
    );
    black_box(partial.len());
}
