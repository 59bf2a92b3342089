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

pub use spec::laws::{Aggregate, Catalogued, Finding, Law, Part, Sample, Split, Undecodable};

#[cfg(feature = "arbitrary")]
pub mod arbitrary;
#[cfg(feature = "proptest")]
pub mod proptest;
#[cfg(feature = "quickcheck")]
pub mod quickcheck;

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
/// `input` is a proptest strategy for one row (feature `proptest`), or the word `quickcheck` (feature `quickcheck`) for
/// rows from `quickcheck::Arbitrary`. `fails` lists laws that do not hold, with the reason; each must really fail.
///
/// ```
/// # #[cfg(feature = "proptest")] {
/// use bothways_laws::{Aggregate, aggregate_laws};
///
/// /// The first value that comes.
/// struct First;
/// impl Aggregate for First {
///     type Input = u8;
///     type State = Option<u8>;
///     type Output = Option<u8>;
///     fn init(&self) -> Option<u8> {
///         None
///     }
///     fn update(&self, state: &mut Option<u8>, input: &u8) {
///         state.get_or_insert(*input);
///     }
///     fn combine(&self, state: &mut Option<u8>, other: &Option<u8>) {
///         *state = state.or(*other);
///     }
///     fn finish(&self, state: &Option<u8>) -> Option<u8> {
///         *state
///     }
/// }
///
/// aggregate_laws! {
///     name: first,
///     aggregate: First,
///     input: 0..=u8::MAX,
///     fails: [
///         CombineIsCommutative: "the first part wins",
///         SplitIsInvisible: "splits that do not keep the order",
///     ],
/// }
/// # }
/// ```
#[macro_export]
macro_rules! aggregate_laws {
    (name: $name:ident, aggregate: $aggregate:expr, input: quickcheck
     $(, fails: [$($law:ident : $reason:literal),* $(,)?])? $(,)?) => {
        $crate::aggregate_laws!(@tests $name, [$($($law: $reason),*)?], |law| {
            $crate::quickcheck::check(law, &$aggregate, $crate::quickcheck::TESTS)
        });
    };
    (name: $name:ident, aggregate: $aggregate:expr, input: $strategy:expr
     $(, fails: [$($law:ident : $reason:literal),* $(,)?])? $(,)?) => {
        $crate::aggregate_laws!(@tests $name, [$($($law: $reason),*)?], |law| {
            $crate::proptest::check(law, &$aggregate, $strategy, $crate::proptest::CASES)
        });
    };
    (@tests $name:ident, $fails:tt, $check:expr) => {
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            $crate::aggregate_laws!(@test combine_is_associative CombineIsAssociative $fails $check);
            $crate::aggregate_laws!(@test combine_is_commutative CombineIsCommutative $fails $check);
            $crate::aggregate_laws!(@test init_is_a_unit InitIsAUnit $fails $check);
            $crate::aggregate_laws!(@test empty_part_is_neutral EmptyPartIsNeutral $fails $check);
            $crate::aggregate_laws!(@test split_is_invisible SplitIsInvisible $fails $check);
            $crate::aggregate_laws!(@test serialize_round_trips SerializeRoundTrips $fails $check);
            $crate::aggregate_laws!(@test damaged_bytes_are_refused DamagedBytesAreRefused $fails $check);
        }
    };
    (@test $function:ident $law:ident [$($exempt:ident : $reason:literal),*] $check:expr) => {
        #[test]
        fn $function() {
            let check: fn($crate::Law) -> Option<$crate::Finding> = $check;
            let law = $crate::Law::$law;
            $crate::expect(law, check(law), &[$(($crate::Law::$exempt, $reason)),*]);
        }
    };
}
