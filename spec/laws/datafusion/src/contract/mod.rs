//! What DataFusion asks of accumulators beyond the laws, as plain functions that know no test framework.
//!
//! The sentences are those of the documentation of [`Accumulator`] and [`GroupsAccumulator`]; each contract is about calls
//! that a plan of DataFusion makes. A contract about an interface that the aggregate does not have asks nothing.
//!
//! [`Accumulator`]: datafusion_expr_common::accumulator::Accumulator
//! [`GroupsAccumulator`]: datafusion_expr_common::groups_accumulator::GroupsAccumulator

mod grouped;
mod single;

use std::fmt;

use laws::proptest::sample;
use laws::{Aggregate, Sample};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::adapted::{Adapted, Answer};
use crate::failure::Failure;
use crate::rows::Row;

/// Which contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contract {
    /// Batches of any length, also without rows, and slices that begin anywhere in a longer array, are their rows one by one.
    AnySliceIsABatch,
    /// Several states merged by one call are the states merged one by one; merging no states changes nothing.
    StatesMergeTogether,
    /// `evaluate` of an `Accumulator` consumes nothing: it may run twice, and rows may follow it.
    EvaluateMayRunTwice,
    /// States are of the types that `state_fields` declares, answers of the declared type: with and without rows.
    TypesAreDeclared,
    /// An accumulator that takes in and retracts rows answers for the rows of its window.
    WindowsSlide,
    /// `size` of an `Accumulator` includes the accumulator itself.
    SizeCountsItself,
    /// Rows and states of one group leave the others as they are; a group without rows answers as no rows do.
    GroupsAreApart,
    /// Rows where the filter is false or NULL do not count.
    FilterDropsRows,
    /// `EmitTo::First` gives the first groups and keeps the others; `EmitTo::All` leaves an accumulator like a new one.
    FirstGroupsLeave,
    /// `convert_to_state` gives each row as the state of a group of its own, filtered rows as states of no rows.
    RowsConvertToStates,
    /// `Accumulator` and `GroupsAccumulator` of one aggregate give the same answers.
    BothAnswerAlike,
}

/// A broken contract, with rows that break it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The contract.
    pub contract: Contract,
    /// What happened, in a sentence.
    pub message: String,
    /// The rows, and the calls by which they went in.
    pub witness: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n  witness: {}", self.contract, self.message, self.witness)
    }
}

impl fmt::Display for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Contract {
    /// Every contract.
    pub const ALL: [Contract; 11] = [
        Contract::AnySliceIsABatch,
        Contract::StatesMergeTogether,
        Contract::EvaluateMayRunTwice,
        Contract::TypesAreDeclared,
        Contract::WindowsSlide,
        Contract::SizeCountsItself,
        Contract::GroupsAreApart,
        Contract::FilterDropsRows,
        Contract::FirstGroupsLeave,
        Contract::RowsConvertToStates,
        Contract::BothAnswerAlike,
    ];

    /// Its name, as tests and messages write it.
    pub const fn name(self) -> &'static str {
        match self {
            Contract::AnySliceIsABatch => "any_slice_is_a_batch",
            Contract::StatesMergeTogether => "states_merge_together",
            Contract::EvaluateMayRunTwice => "evaluate_may_run_twice",
            Contract::TypesAreDeclared => "types_are_declared",
            Contract::WindowsSlide => "windows_slide",
            Contract::SizeCountsItself => "size_counts_itself",
            Contract::GroupsAreApart => "groups_are_apart",
            Contract::FilterDropsRows => "filter_drops_rows",
            Contract::FirstGroupsLeave => "first_groups_leave",
            Contract::RowsConvertToStates => "rows_convert_to_states",
            Contract::BothAnswerAlike => "both_answer_alike",
        }
    }

    /// Checks the contract on a sample; the choices say where batches are cut and what goes into which group.
    pub fn check(self, aggregate: &Adapted, sample: &Sample<Row>) -> Option<Breach> {
        let rows = &sample.rows[..];
        let mut choices = Choices(sample.choices.iter());
        let outcome = match self {
            Contract::AnySliceIsABatch => single::any_slice_is_a_batch(aggregate, rows, choices),
            Contract::StatesMergeTogether => {
                single::states_merge_together(aggregate, rows, choices)
            }
            Contract::EvaluateMayRunTwice => single::evaluate_may_run_twice(aggregate, rows),
            Contract::TypesAreDeclared => single::types_are_declared(aggregate, rows),
            Contract::WindowsSlide => single::windows_slide(aggregate, rows, choices),
            Contract::SizeCountsItself => single::size_counts_itself(aggregate, rows),
            Contract::GroupsAreApart => grouped::groups_are_apart(aggregate, rows, choices),
            Contract::FilterDropsRows => grouped::filter_drops_rows(aggregate, rows, choices),
            Contract::FirstGroupsLeave => grouped::first_groups_leave(aggregate, rows, choices),
            Contract::RowsConvertToStates => {
                grouped::rows_convert_to_states(aggregate, rows, choices)
            }
            Contract::BothAnswerAlike => {
                let count = 1 + choices.below(2);
                single::both_answer_alike(aggregate, rows, count)
            }
        };
        let (message, witness) = match outcome {
            Ok(()) => return None,
            Err(Broken::Found { message, witness }) => (message, witness),
            Err(Broken::Failed(failure)) => (failure.to_string(), format!("rows = {rows:?}")),
        };
        Some(Breach { contract: self, message, witness })
    }

    /// The smallest rows found that break the contract, out of this many cases; seeds are fixed.
    pub fn search<S>(self, aggregate: &Adapted, input: S, cases: u32) -> Option<Breach>
    where
        S: Strategy<Value = Row>,
    {
        let config = Config {
            cases,
            failure_persistence: None,
            max_shrink_iters: 1_000,
            ..Config::default()
        };
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let outcome = runner.run(&sample(input), |sample| match self.check(aggregate, &sample) {
            None => Ok(()),
            Some(breach) => Err(TestCaseError::fail(breach.to_string())),
        });
        match outcome {
            Ok(()) => None,
            Err(TestError::Fail(_, sample)) => self.check(aggregate, &sample),
            Err(TestError::Abort(reason)) => panic!("no samples could be drawn: {reason}"),
        }
    }
}

/// Why a check did not go through.
enum Broken {
    Found {
        message: String,
        witness: String,
    },
    /// A call failed where rows were given that can be answered for.
    Failed(Failure),
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Broken {
        Broken::Failed(failure)
    }
}

type Outcome = Result<(), Broken>;

/// A source of small numbers that never ends: behind its end are zeros.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn below(&mut self, end: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % end
    }
}

/// Demands that an answer is the one that these rows have serially.
fn demand(
    aggregate: &Adapted,
    rows: &[Row],
    answer: Answer,
    witness: impl FnOnce() -> String,
) -> Outcome {
    let expected = aggregate.serially(rows);
    demand_alike(aggregate, rows, (answer, ""), (expected, "row by row"), witness)
}

/// Demands that two answers for the same rows agree.
fn demand_alike(
    aggregate: &Adapted,
    rows: &[Row],
    (left, so): (Answer, &str),
    (right, otherwise): (Answer, &str),
    witness: impl FnOnce() -> String,
) -> Outcome {
    if aggregate.agree(rows, &left, &right) {
        return Ok(());
    }
    let [left, right] = [left, right].map(|answer| match answer {
        Ok(value) => format!("{value:?}"),
        Err(failure) => failure.to_string(),
    });
    let so = if so.is_empty() { "it" } else { so };
    let message = format!("{so} gives {left}, {otherwise} gives {right}");
    Err(Broken::Found { message, witness: witness() })
}
