//! The laws of aggregates for DataFusion's `Accumulator` and `GroupsAccumulator`.
//!
//! DataFusion splits an aggregate into partial states and merges them, so its answer must not depend on the split. Say how the
//! accumulators are made, and [`datafusion_laws!`] gives one test for each [law](laws::Law) and one for each
//! [contract](Contract) that DataFusion's documentation states. The major version is that of DataFusion.
//!
//! ```toml
//! [dev-dependencies]
//! bothways-laws-datafusion = "55"
//! datafusion-common = { version = "55", default-features = false }
//! datafusion-expr-common = "55"
//! ```
//!
//! # Examples
//!
//! ```
//! use bothways_laws_datafusion::{Adapted, datafusion_laws, inputs, rows};
//! use datafusion_common::arrow::array::{Array, ArrayRef, AsArray};
//! use datafusion_common::arrow::datatypes::{DataType, Int64Type};
//! use datafusion_common::{Result, ScalarValue};
//! use datafusion_expr_common::accumulator::Accumulator;
//!
//! /// How many values are not NULL.
//! #[derive(Debug, Default)]
//! struct Present(i64);
//! impl Accumulator for Present {
//!     fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
//!         self.0 += (values[0].len() - values[0].null_count()) as i64;
//!         Ok(())
//!     }
//!     fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
//!         self.0 += states[0].as_primitive::<Int64Type>().values().iter().sum::<i64>();
//!         Ok(())
//!     }
//!     fn state(&mut self) -> Result<Vec<ScalarValue>> {
//!         Ok(vec![self.0.into()])
//!     }
//!     fn evaluate(&mut self) -> Result<ScalarValue> {
//!         Ok(self.0.into())
//!     }
//!     fn size(&self) -> usize {
//!         size_of_val(self)
//!     }
//! }
//!
//! fn present() -> Adapted {
//!     Adapted::new(inputs([DataType::Utf8])).accumulator(|| Ok(Box::new(Present::default())))
//! }
//!
//! datafusion_laws! {
//!     name: present_obeys,
//!     aggregate: present(),
//!     input: rows(present().inputs()),
//! }
//! # use bothways_laws_datafusion::{Contract, laws::Law};
//! # let (input, cases) = (|| rows(present().inputs()), 32);
//! # assert_eq!(bothways_laws_datafusion::laws::proptest::check(Law::SplitIsInvisible, &present(), input(), cases), None);
//! # assert_eq!(Contract::AnySliceIsABatch.search(&present(), input(), cases), None);
//! ```
//!
//! A whole `AggregateUDF` is put in with `.accumulator(move || udf.accumulator(args()))`, and its grouped form with
//! `.groups_accumulator(move || udf.create_groups_accumulator(args()))`; `FINDINGS.md` says what came out for those that
//! DataFusion brings along.

#![forbid(unsafe_code)]

mod adapted;
mod contract;
mod failure;
mod life;
mod rows;
mod shipped;

pub use adapted::{Adapted, Agree, Answer, History};
pub use contract::{Breach, Contract};
pub use failure::Failure;
pub use laws;
pub use rows::{Row, inputs, rows, rows_from, values};

/// Cases for each contract that [`datafusion_laws!`] runs.
pub const CASES: u32 = 256;

/// What a contract is expected to do for an aggregate: hold, or be broken for a stated reason.
///
/// # Panics
/// If it holds where it should be broken, or is broken where it should hold; with the witness.
pub fn expect(contract: Contract, breach: Option<Breach>, broken: &[(Contract, &str)]) {
    let reason = broken.iter().find(|(broken, _)| *broken == contract).map(|(_, reason)| *reason);
    match (breach, reason) {
        (None, None) | (Some(_), Some(_)) => (),
        (Some(breach), None) => panic!("{breach}"),
        (None, Some(reason)) => {
            panic!("{contract} is said to be broken ({reason}), but no rows were found that do so")
        }
    }
}

/// One `#[test]` for each law and for each contract, in a module of the given name.
///
/// `input` is a proptest strategy for a row. `fails` lists laws that do not hold and `breaks` contracts that are broken, each with the
/// reason; each must really fail.
///
/// ```text
/// datafusion_laws! {
///     name: first_value,
///     aggregate: first_value(),
///     input: rows(first_value().inputs()),
///     fails: [CombineIsCommutative: "the first part wins"],
///     breaks: [SizeCountsItself: "it says 0"],
/// }
/// ```
///
/// The page of this crate has an example that compiles, `tests/door.rs` one with exemptions.
#[macro_export]
macro_rules! datafusion_laws {
    (name: $name:ident, aggregate: $aggregate:expr, input: $input:expr
     $(, fails: [$($law:ident : $why:literal),* $(,)?])?
     $(, breaks: [$($contract:ident : $reason:literal),* $(,)?])? $(,)?) => {
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $crate::laws::aggregate_laws! {
                name: law,
                aggregate: $aggregate,
                input: $input,
                fails: [$($($law: $why),*)?],
            }

            mod contract {
                #[allow(unused_imports)]
                use super::*;

                $crate::datafusion_laws! {
                    @contracts ($aggregate) ($input) [$($($contract: $reason),*)?]
                    any_slice_is_a_batch AnySliceIsABatch,
                    states_merge_together StatesMergeTogether,
                    evaluate_may_run_twice EvaluateMayRunTwice,
                    types_are_declared TypesAreDeclared,
                    windows_slide WindowsSlide,
                    size_counts_itself SizeCountsItself,
                    groups_are_apart GroupsAreApart,
                    filter_drops_rows FilterDropsRows,
                    first_groups_leave FirstGroupsLeave,
                    rows_convert_to_states RowsConvertToStates,
                    both_answer_alike BothAnswerAlike,
                }
            }
        }
    };
    (@contracts $aggregate:tt $input:tt $breaks:tt $($function:ident $contract:ident,)*) => {
        $($crate::datafusion_laws!(@contract $aggregate $input $breaks $function $contract);)*
    };
    (@contract ($aggregate:expr) ($input:expr) [$($broken:ident : $reason:literal),*]
     $function:ident $contract:ident) => {
        #[test]
        fn $function() {
            let contract = $crate::Contract::$contract;
            let breach = contract.search(&$aggregate, $input, $crate::CASES);
            $crate::expect(contract, breach, &[$(($crate::Contract::$broken, $reason)),*]);
        }
    };
}
