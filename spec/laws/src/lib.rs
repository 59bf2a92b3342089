//! Laws of aggregates as tests, for any aggregate of yours.
//!
//! An aggregate that an engine may split (partial states here, a combine there, bytes between) has to obey a few laws, or its
//! answer depends on how many threads ran. Implement [`Aggregate`] for it, name it in [`aggregate_laws!`], and each law
//! is a test of its own. The laws are those of `bothways_spec::laws`, which also hold for PostgreSQL's own aggregates.
//!
//! # Examples
//!
//! ```
//! use bothways_laws::{Aggregate, aggregate_laws};
//!
//! /// Counts the even numbers.
//! struct Evens;
//! impl Aggregate for Evens {
//!     type Input = i32;
//!     type State = u64;
//!     type Output = u64;
//!     fn init(&self) -> u64 {
//!         0
//!     }
//!     fn update(&self, state: &mut u64, input: &i32) {
//!         *state += u64::from(input % 2 == 0);
//!     }
//!     fn combine(&self, state: &mut u64, other: &u64) {
//!         *state += other;
//!     }
//!     fn finish(&self, state: &u64) -> u64 {
//!         *state
//!     }
//!     fn encode(&self, state: &u64) -> Option<Vec<u8>> {
//!         Some(state.to_le_bytes().to_vec())
//!     }
//!     fn decode(&self, bytes: &[u8]) -> Option<u64> {
//!         bytes.try_into().ok().map(u64::from_le_bytes)
//!     }
//! }
//!
//! # #[cfg(feature = "quickcheck")]
//! aggregate_laws! {
//!     name: evens,
//!     aggregate: Evens,
//!     input: quickcheck,
//! }
//! # use bothways_laws::{Law, Sample};
//! # let sample = Sample { rows: vec![1, 2, 4], choices: vec![2, 1, 1, 0] };
//! # assert!(Law::ALL.iter().all(|law| law.check(&Evens, &sample).is_none()));
//! ```
//!
//! Functions will do where there is no type to implement a trait for: [`from_closures`].
//!
//! What a broken law looks like, with a sum that forgets what it has when another sum arrives:
//!
//! ```
//! use bothways_laws::{Law, from_closures, search};
//!
//! let sum = from_closures(|| 0, |sum, row: &i32| *sum += row, |sum, other| *sum = *other, |sum| *sum);
//! let finding = search(Law::SplitIsInvisible, &sum, &[5, 3], [], |_| vec![1]).expect("broken");
//! let printed = finding.to_string();
//! let lines: Vec<&str> = printed.lines().collect();
//! assert_eq!(lines[0], "split_is_invisible: the split gives 0, one pass gives 1");
//! assert_eq!(lines[1], "  witness: rows = [1], split = [(0) ()]");
//! assert_eq!(lines[2], "  first wrong node: ((init · [1]) · init): 0, but 1 in one pass");
//! ```
//!
//! Not every aggregate promises everything. Say so by [`Aggregate::class`], or [`Closures::class`]: the laws then ask what the
//! [`Class`] promises, and one more test asks whether it promises as much as it could.
//!
//! | class | for example | what is asked |
//! |---|---|---|
//! | `AnyOrder` | count, sum of integers | every law, with answers that are equal (or [agree](Aggregate::agree)) |
//! | `InputOrder` | a list, first and last value | all but commutativity, over splits that keep the order |
//! | `Bounded` | sum of floats | every law, with answers that agree by the author's own measure |
//! | `Given(…)` | a sum of gaps in sorted input | every law, of rows and parts that meet the precondition |
//! | `None` | an exact median without a combine | good conduct in one pass; combine is never called |
//!
//! ```
//! use bothways_laws::{Class, Law, Sample, from_closures, search};
//!
//! let list = || {
//!     from_closures(
//!         Vec::new,
//!         |list: &mut Vec<u8>, row: &u8| list.push(*row),
//!         |list, other| list.extend(other),
//!         Vec::clone,
//!     )
//! };
//! let law = Law::CombineIsCommutative;
//! assert!(search(law, &list(), &[1, 2], [], |_| vec![]).is_some());
//! assert!(search(law, &list().class(Class::InputOrder), &[1, 2], [], |_| vec![]).is_none());
//! ```
//!
//! # Features
//!
//! | feature | rows come from | shrinks |
//! |---|---|---|
//! | `proptest` | a proptest `Strategy` | yes |
//! | `quickcheck` | `quickcheck::Arbitrary` of the input type | yes |
//! | `arbitrary` | bytes of a fuzzer | by the fuzzer |
//!
//! Seeds are fixed: a law that fails, fails again.

#![forbid(unsafe_code)]

pub use spec::laws::{
    Aggregate, Catalogued, CataloguedMoving, Class, Finding, Law, Needless, Part, Precondition,
    Sample, Split, Undecodable, class_is_needed, preconditions, presets, shapes, smallest,
};

pub use closures::{Closures, from_closures};
pub use search::search;

#[cfg(feature = "arbitrary")]
pub mod arbitrary;
mod closures;
#[cfg(feature = "proptest")]
pub mod proptest;
#[cfg(feature = "quickcheck")]
pub mod quickcheck;
mod search;

/// What a law is expected to do for an aggregate: hold, or fail for a stated reason.
///
/// An exemption is checked too: a law that is said to fail and does not is an error, so that reasons do not outlive
/// their cause. [law.exempt]
///
/// # Panics
/// If the law holds where it should fail, or fails where it should hold; with the finding.
pub fn expect(law: Law, finding: Option<Finding>, exempt: &[(Law, &str)]) {
    let reason = exempt.iter().find(|(exempt, _)| *exempt == law).map(|(_, reason)| *reason);
    match (finding, reason) {
        (None, None) | (Some(_), Some(_)) => (),
        (Some(finding), None) => panic!("{finding}"),
        (None, Some(reason)) => {
            panic!("{law} is said to fail ({reason}), but no rows were found that break it")
        }
    }
}

/// One `#[test]` per law for an aggregate, in a module of the given name.
///
/// `input` says where rows come from: a proptest strategy for one row (feature `proptest`), the word `quickcheck` for
/// `quickcheck::Arbitrary` of the input type (feature `quickcheck`), or the word `arbitrary` for `arbitrary::Arbitrary`
/// (feature `arbitrary`). The last also makes a function `fuzz(&[u8])` in the module, the body of a target for cargo-fuzz;
/// declare such a module where the target can see it. Every door tries the preset [`shapes`] first.
///
/// `fails` lists laws that do not hold, with the reason; each must really fail. Where they do not hold because of what the
/// aggregate *is*, declare its [`Class`] instead: then no law fails, and a test more, `class_is_needed`, shows that a stronger
/// class would be too much to promise. [law.class.needed]
///
/// ```
/// # #[cfg(feature = "proptest")] {
/// use bothways_laws::{aggregate_laws, from_closures};
///
/// aggregate_laws! {
///     name: first_value,
///     aggregate: from_closures(
///         || None,
///         |first, row: &u8| *first = first.or(Some(*row)),
///         |first: &mut Option<u8>, other| *first = first.or(*other),
///         |first| *first,
///     ),
///     input: 0..=u8::MAX,
///     fails: [
///         CombineIsCommutative: "the first part wins",
///         SplitIsInvisible: "splits that do not keep the order",
///     ],
/// }
/// # }
/// # #[cfg(feature = "arbitrary")] {
/// # use bothways_laws::aggregate_laws;
/// aggregate_laws! {
///     name: bytes_or,
///     aggregate: bothways_laws::from_closures(
///         || 0u8, |bits, row: &u8| *bits |= row, |bits, other| *bits |= other, |bits| *bits,
///     ),
///     input: arbitrary,
/// }
/// bytes_or::fuzz(b"what a fuzzer makes up");
/// # }
/// ```
#[macro_export]
macro_rules! aggregate_laws {
    (name: $name:ident, aggregate: $aggregate:expr, input: quickcheck
     $(, fails: [$($law:ident : $reason:literal),* $(,)?])? $(,)?) => {
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            $crate::aggregate_laws!(@tests $aggregate, [$($($law: $reason),*)?], |law| {
                $crate::quickcheck::check(law, &$aggregate, $crate::quickcheck::TESTS)
            }, || $crate::quickcheck::class(&$aggregate, $crate::quickcheck::TESTS));
        }
    };
    (name: $name:ident, aggregate: $aggregate:expr, input: arbitrary
     $(, fails: [$($law:ident : $reason:literal),* $(,)?])? $(,)?) => {
        #[doc = "The laws of an aggregate under a fuzzer."]
        pub mod $name {
            #[allow(unused_imports)]
            use super::*;
            #[doc = "Checks the laws on what the bytes describe, and panics if one is broken."]
            pub fn fuzz(bytes: &[u8]) {
                let exempt = [$($(($crate::Law::$law, $reason)),*)?];
                $crate::arbitrary::fuzz(&$aggregate, bytes, &exempt);
            }
            $crate::aggregate_laws!(@tests $aggregate, [$($($law: $reason),*)?], |law| {
                $crate::arbitrary::check_law(law, &$aggregate, $crate::arbitrary::INPUTS)
            }, || $crate::arbitrary::class(&$aggregate, $crate::arbitrary::INPUTS));
        }
    };
    (name: $name:ident, aggregate: $aggregate:expr, input: $strategy:expr
     $(, fails: [$($law:ident : $reason:literal),* $(,)?])? $(,)?) => {
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            $crate::aggregate_laws!(@tests $aggregate, [$($($law: $reason),*)?], |law| {
                $crate::proptest::check(law, &$aggregate, $strategy, $crate::proptest::CASES)
            }, || $crate::proptest::class(&$aggregate, $strategy, $crate::proptest::CASES));
        }
    };
    (@tests $aggregate:expr, $fails:tt, $check:expr, $class:expr) => {
        #[cfg(test)]
        #[test]
        fn class_is_needed() {
            let class: fn() -> ::core::result::Result<(), $crate::Needless> = $class;
            if let Err(needless) = class() {
                panic!("{needless}");
            }
        }
        $crate::aggregate_laws!(@each $aggregate, $fails, $check;
            combine_is_associative CombineIsAssociative,
            combine_is_commutative CombineIsCommutative,
            init_is_a_unit InitIsAUnit,
            empty_part_is_neutral EmptyPartIsNeutral,
            combine_absorbs_a_row CombineAbsorbsARow,
            split_is_invisible SplitIsInvisible,
            serialize_round_trips SerializeRoundTrips,
            damaged_bytes_are_refused DamagedBytesAreRefused,
            malformed_bytes_are_harmless MalformedBytesAreHarmless,
            states_continue StatesContinue,
            combine_is_pure CombineIsPure,
            finish_is_pure FinishIsPure,
            combined_state_survives CombinedStateSurvives,
            batches_are_invisible BatchesAreInvisible,
            runs_are_deterministic RunsAreDeterministic,
            errors_are_lawful ErrorsAreLawful,
            retract_undoes_update RetractUndoesUpdate
        );
    };
    (@each $aggregate:expr, $fails:tt, $check:expr; $($function:ident $law:ident),*) => {
        $($crate::aggregate_laws!(@test $function $law $aggregate, $fails $check);)*
    };
    (@test $function:ident $law:ident $aggregate:expr,
     [$($exempt:ident : $reason:literal),*] $check:expr) => {
        #[cfg(test)]
        #[test]
        fn $function() {
            let check: fn($crate::Law) -> Option<$crate::Finding> = $check;
            let law = $crate::Law::$law;
            let finding = check(law)
                .map(|found| $crate::Finding { aggregate: stringify!($aggregate).into(), ..found });
            $crate::expect(law, finding, &[$(($crate::Law::$exempt, $reason)),*]);
        }
    };
}
