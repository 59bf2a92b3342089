//! Laws under proptest: rows from a strategy, failures shrunk, seeds fixed.

use proptest::collection::vec;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::search::explain;
use crate::{Aggregate, Finding, Law, Needless, Sample, Split, class_is_needed, search};

/// What a strategy for rows needs most, of the proptest that the laws are run by.
pub use proptest::prelude::{Strategy, any};

/// Cases per law that [`aggregate_laws!`](crate::aggregate_laws) runs, beside the preset shapes.
pub const CASES: u32 = 256;

/// Most rows of a sample: enough for parts of parts, few enough to read.
const ROWS: usize = 12;

/// Rows of which preset samples are made.
const POOL: usize = 16;

/// Samples whose rows come from this strategy.
pub fn sample<S: Strategy>(input: S) -> impl Strategy<Value = Sample<S::Value>>
where
    S::Value: Clone,
{
    (vec(input, 0..=ROWS), vec(any::<u8>(), 0..3 * ROWS))
        .prop_map(|(rows, choices)| Sample { rows, choices })
}

/// Splits of this many rows; shrinks towards one pass.
///
/// ```
/// use bothways_laws::proptest::split;
/// use proptest::strategy::{Strategy, ValueTree};
/// use proptest::test_runner::TestRunner;
///
/// let tree = split(5, true).new_tree(&mut TestRunner::deterministic());
/// assert!(tree.expect("a split").current().height() >= 1);
/// ```
pub fn split(rows: usize, keeps_order: bool) -> impl Strategy<Value = Split> {
    vec(any::<u8>(), 0..3 * rows.max(4))
        .prop_map(move |choices| Split::from_choices(rows, keeps_order, &choices))
}

/// The smallest rows found that break the law, out of the preset shapes and this many cases.
///
/// # Panics
/// If the strategy cannot draw rows.
pub fn check<A, S>(law: Law, aggregate: &A, input: S, cases: u32) -> Option<Finding>
where
    A: Aggregate,
    S: Strategy<Value = A::Input>,
{
    let mut drawn = runner(cases);
    let pool: Vec<A::Input> = draw(&input, &mut drawn, POOL);
    // What rows of the pool shrink to stands for any row, as preset samples have no value tree of their own.
    let simple: Vec<A::Input> = pool_simplified(&input, &mut drawn);
    let simpler = |_: &A::Input| simple.clone();
    search(law, aggregate, &pool, [], simpler).or_else(|| {
        let outcome =
            runner(cases).run(&sample(&input), |sample| match law.check(aggregate, &sample) {
                None => Ok(()),
                Some(finding) => Err(TestCaseError::fail(finding.message)),
            });
        match outcome {
            Ok(()) => None,
            Err(TestError::Fail(_, broken)) => {
                let tried = draw(&sample(&input), &mut runner(cases), cases as usize);
                explain(law, aggregate, broken, tried, simpler)
            }
            Err(TestError::Abort(reason)) => panic!("no samples could be drawn: {reason}"),
        }
    })
}

/// Whether a stronger class than the aggregate's is seen to be broken, by the preset shapes and this many samples.
///
/// # Errors
/// The stronger class that would do.
///
/// # Panics
/// If the strategy cannot draw rows.
pub fn class<A, S>(aggregate: &A, input: S, cases: u32) -> Result<(), Needless>
where
    A: Aggregate,
    S: Strategy<Value = A::Input>,
{
    let mut drawn = runner(cases);
    let pool: Vec<A::Input> = draw(&input, &mut drawn, POOL);
    class_is_needed(aggregate, &pool, &draw(&sample(&input), &mut drawn, cases as usize))
}

fn runner(cases: u32) -> TestRunner {
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 1_000, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn draw<S: Strategy>(strategy: &S, runner: &mut TestRunner, count: usize) -> Vec<S::Value> {
    let draw = |_| match strategy.new_tree(runner) {
        Ok(tree) => tree.current(),
        Err(reason) => panic!("no samples could be drawn: {reason}"),
    };
    (0..count).map(draw).collect()
}

/// A few rows as small as the strategy makes them, and what lies on the way there.
fn pool_simplified<S: Strategy>(strategy: &S, runner: &mut TestRunner) -> Vec<S::Value> {
    let mut simple = Vec::new();
    for _ in 0..4 {
        let Ok(mut tree) = strategy.new_tree(runner) else { continue };
        let mut on_the_way = vec![];
        while on_the_way.len() < 64 && tree.simplify() {
            on_the_way.push(tree.current());
        }
        on_the_way.reverse();
        on_the_way.truncate(8);
        simple.append(&mut on_the_way);
    }
    simple
}
