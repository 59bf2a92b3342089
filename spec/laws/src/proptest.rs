//! Laws under proptest: rows from a strategy, failures shrunk, seeds fixed.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::{Aggregate, Finding, Law, Sample, Split};

/// Cases per law that [`aggregate_laws!`](crate::aggregate_laws) runs.
pub const CASES: u32 = 256;

/// Most rows of a sample: enough for parts of parts, few enough to read.
const ROWS: usize = 12;

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

/// The smallest rows found that break the law, out of this many cases.
pub fn check<A, S>(law: Law, aggregate: &A, input: S, cases: u32) -> Option<Finding>
where
    A: Aggregate,
    S: Strategy<Value = A::Input>,
{
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 1_000, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&sample(input), |sample| match law.check(aggregate, &sample) {
        None => Ok(()),
        Some(finding) => Err(TestCaseError::fail(finding.to_string())),
    });
    match outcome {
        Ok(()) => None,
        Err(TestError::Fail(_, sample)) => law.check(aggregate, &sample),
        Err(TestError::Abort(reason)) => panic!("no samples could be drawn: {reason}"),
    }
}
