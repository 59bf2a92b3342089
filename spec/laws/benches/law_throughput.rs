//! Law cases a second, on one core: `cargo bench -p bothways-laws`.
//!
//! A case is one law checked on one sample: up to eight rows with traps and NULLs among them, cut and divided by random choices.
//! A law that asks nothing of a sample (no inverse to undo, no row left to absorb) is no case: such pairs are left out before
//! the clock starts, which is seen by an aggregate that counts its own calls. Every law is checked as often as any other.
//!
//! The aggregates are PostgreSQL's, run by their machines and judged by their meanings, which compute the answer from the bag; the
//! last line is the sum of somebody's own accumulator, whose answers are compared with one another. Beside the cases stands what
//! no law could beat: one plain pass over the same rows (init, an update a row, finish), and how many of those a case costs.
//!
//! On two busy cores of a virtual machine (seven other compilers at work) it said, where 200,000 for `sum(int4)` was asked:
//!
//! ```text
//!                        law cases/s       left out  plain passes/s     ratio
//! sum(int4)                   230194            6 %         6278731      27.3
//! sum(int8)                   106104            6 %         1336402      12.6
//! avg(int4)                   125719            6 %         3506812      27.9
//! max(int4)                   215162            6 %         3678914      17.1
//! sum(float8)                 131235            6 %         6218871      47.4
//! a sum of closures           931041           23 %        32336286      34.7
//! ```

use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use bothways_laws::{Aggregate, Catalogued, Class, Law, Sample, from_closures};
use spec::agg;
use spec::{Type, Value};

/// Rows of a sample, at most.
const ROWS: u64 = 8;

/// Different samples, drawn before the clock starts.
const SAMPLES: usize = 1_000;

/// How long each figure is measured.
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

/// An aggregate that notes whether anybody looked at one of its states, as an answer or as bytes.
struct Watched<'a, A> {
    aggregate: &'a A,
    looked: Cell<bool>,
}

impl<A: Aggregate> Aggregate for Watched<'_, A> {
    type Input = A::Input;
    type State = A::State;
    type Output = A::Output;

    fn init(&self) -> A::State {
        self.aggregate.init()
    }

    fn update(&self, state: &mut A::State, input: &A::Input) {
        self.aggregate.update(state, input);
    }

    fn combine(&self, state: &mut A::State, other: &A::State) {
        self.aggregate.combine(state, other);
    }

    fn finish(&self, state: &A::State) -> A::Output {
        self.looked.set(true);
        self.aggregate.finish(state)
    }

    fn encode(&self, state: &A::State) -> Option<Vec<u8>> {
        self.aggregate.encode(state)
    }

    fn decode(&self, bytes: &[u8]) -> Option<A::State> {
        self.looked.set(true);
        self.aggregate.decode(bytes)
    }

    fn class(&self) -> Class {
        self.aggregate.class()
    }

    fn agree(&self, rows: &[A::Input], left: &A::Output, right: &A::Output) -> bool {
        self.aggregate.agree(rows, left, right)
    }

    fn retract(&self, state: &mut A::State, input: &A::Input) -> bool {
        self.aggregate.retract(state, input)
    }

    fn is_error(&self, output: &A::Output) -> bool {
        self.aggregate.is_error(output)
    }

    fn may_fail(&self, rows: &[A::Input]) -> bool {
        self.aggregate.may_fail(rows)
    }
}

/// How often a second the body runs over all of these.
fn rate<T>(things: &[T], mut body: impl FnMut(&T)) -> f64 {
    let (start, mut rounds) = (Instant::now(), 0u32);
    while start.elapsed() < TIME {
        things.iter().for_each(&mut body);
        rounds += 1;
    }
    f64::from(rounds) * things.len() as f64 / start.elapsed().as_secs_f64()
}

fn measure<A: Aggregate>(name: &str, aggregate: &A, samples: &[Sample<A::Input>]) {
    let asks = |law: Law, sample: &Sample<A::Input>| {
        let watched = Watched { aggregate, looked: Cell::new(false) };
        let finding = law.check(&watched, sample);
        assert!(finding.is_none(), "{name}: {}", finding.expect("some"));
        watched.looked.get()
    };
    let pairs = samples.iter().flat_map(|sample| Law::ALL.map(|law| (law, sample)));
    let (cases, empty): (Vec<_>, Vec<_>) = pairs.partition(|(law, sample)| asks(*law, sample));
    let laws = rate(&cases, |(law, sample)| {
        black_box(law.check(aggregate, black_box(sample)));
    });
    let plain = rate(samples, |sample| {
        let mut state = aggregate.init();
        black_box(sample).rows.iter().for_each(|row| aggregate.update(&mut state, row));
        black_box(aggregate.finish(&state));
    });
    let share = 100.0 * empty.len() as f64 / (cases.len() + empty.len()) as f64;
    println!("{name:<20}{laws:>14.0}{share:>13.0} %{plain:>16.0}{:>10.1}", plain / laws);
}

fn catalogued(name: &str, ty: Type, value: impl Fn(i32) -> Value) {
    let takes = |aggregate: &&agg::Aggregate| aggregate.args.first() == Some(&Some(ty));
    let aggregate = agg::named(name).find(takes).expect("an aggregate of the catalogue");
    let samples = samples(|bits| vec![integer(bits).map_or(Value::Null, &value)]);
    measure(&format!("{aggregate:?}"), &Catalogued(aggregate), &samples);
}

fn main() {
    println!(
        "{:<20}{:>14}{:>15}{:>16}{:>10}",
        "", "law cases/s", "left out", "plain passes/s", "ratio"
    );
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
