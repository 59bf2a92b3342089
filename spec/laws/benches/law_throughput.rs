//! Law cases a second, on one core: `cargo bench -p bothways-laws`.
//!
//! A case is one law checked on one sample: up to eight rows with traps and NULLs among them, cut and divided by random choices.
//! The aggregates are PostgreSQL's, run by their machines and judged by their meanings; the last line is the sum of somebody's
//! own accumulator. Every law is checked as often as any other.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bothways_laws::{Aggregate, Catalogued, Law, Sample, from_closures};
use spec::agg;
use spec::{Type, Value};

/// Rows of a sample, at most.
const ROWS: u64 = 8;

/// Different samples, drawn before the clock starts.
const SAMPLES: usize = 1_000;

/// How long each line is measured.
const TIME: Duration = Duration::from_secs(2);

/// splitmix64.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

fn samples<I>(mut row: impl FnMut(u64) -> I) -> Vec<Sample<I>> {
    let mut noise = Noise(7);
    let sample = |_| {
        let rows = noise.next() % (ROWS + 1);
        Sample {
            rows: (0..rows).map(|_| row(noise.next())).collect(),
            choices: (0..24).map(|_| noise.next() as u8).collect(),
        }
    };
    (0..SAMPLES).map(sample).collect()
}

fn integer(bits: u64) -> Option<i32> {
    let traps = [0, 1, -1, i32::MIN, i32::MAX];
    match bits % 8 {
        0 => None,
        1 | 2 => Some(traps[(bits >> 8) as usize % traps.len()]),
        _ => Some((bits >> 8) as i32),
    }
}

fn measure<A: Aggregate>(name: &str, aggregate: &A, samples: &[Sample<A::Input>]) {
    let (start, mut cases) = (Instant::now(), 0u64);
    while start.elapsed() < TIME {
        for sample in samples {
            for law in Law::ALL {
                let finding = law.check(aggregate, black_box(sample));
                assert!(finding.is_none(), "{name}: {}", finding.expect("some"));
                cases += 1;
            }
        }
    }
    let rate = cases as f64 / start.elapsed().as_secs_f64();
    println!("{name:<24} {rate:>12.0} law cases/s");
}

fn catalogued(name: &str, ty: Type, value: impl Fn(i32) -> Value) {
    let takes = |aggregate: &&agg::Aggregate| aggregate.args.first() == Some(&Some(ty));
    let aggregate = agg::named(name).find(takes).expect("an aggregate of the catalogue");
    let samples = samples(|bits| vec![integer(bits).map_or(Value::Null, &value)]);
    measure(&format!("{aggregate:?}"), &Catalogued(aggregate), &samples);
}

fn main() {
    catalogued("sum", Type::Int4, Value::Int4);
    catalogued("sum", Type::Int8, |x| Value::Int8(x.into()));
    catalogued("avg", Type::Int4, Value::Int4);
    catalogued("max", Type::Int4, Value::Int4);
    catalogued("sum", Type::Float8, |x| Value::Float8(x.into()));
    let sum = from_closures(
        || None,
        |sum: &mut Option<i64>, row: &Option<i32>| {
            if let Some(row) = row {
                *sum = Some(sum.unwrap_or(0) + i64::from(*row));
            }
        },
        |sum, other| *sum = sum.zip(*other).map(|(a, b)| a + b).or(*sum).or(*other),
        |sum| *sum,
    );
    measure("a sum of closures", &sum, &samples(integer));
}
