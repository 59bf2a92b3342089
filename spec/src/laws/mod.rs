//! Laws of aggregates, as plain functions that know no test framework.
//!
//! ```text
//! combine_is_associative         (a · b) · c  ≡  a · (b · c)
//! combine_is_commutative         a · b  ≡  b · a                        (unless the order matters)
//! init_is_a_unit                 init · a  ≡  a  ≡  a · init
//! empty_part_is_neutral          parts without rows change nothing, shipped or not, before or behind
//! combine_absorbs_a_row          a · (b + x)  ≡  (a · b) + x
//! split_is_invisible             any tree of parts gives the answer of one pass over all rows
//! serialize_round_trips          decode(encode(a))  ≡  a, alone and combined
//! damaged_bytes_are_refused      no proper prefix of encode(a) decodes
//! malformed_bytes_are_harmless   bytes gone wrong are an error or a state, no panic, no state out of proportion
//! states_continue                decoded and combined states take in further rows
//! combine_is_pure                a · b leaves b as it was, and shares nothing with it
//! finish_is_pure                 finish may run twice, and rows may follow it
//! combined_state_survives        a · b still works when b is dropped and overwritten
//! batches_are_invisible          rows in batches, cut anywhere, are rows one by one; so are states
//! runs_are_deterministic         the same rows and split: the same answer and bytes
//! errors_are_lawful              a value where both return; an error only where some order may raise it
//! retract_undoes_update          fold(a b) - a  ≡  fold(b)                (where rows can be taken out)
//! ```
//!
//! Here `a`, `b`, `c` are states after some rows and `·` is combine. States are compared by what can be seen of them: `≡` says
//! that the two finish alike now, and finish alike after each further row. A law answers with a [`Finding`] or with
//! nothing; it asserts nothing. [law.state.observable]
//!
//! Why these: on the states that rows lead to, a unit, commutativity and absorption (combining with a state that took in
//! one more row is the combination taking in that row) are enough for every split to be invisible, and nothing less is;
//! `spec/coq/AggLaws.v` has the proof. [law.enough] [law.absorption] Aggregates beside one another, skipped NULLs, FILTER
//! and expressions over the arguments keep the laws [law.product] [law.argument], a commutative and associative operation
//! gives an aggregate that has them [law.strict], and [law.exists] says which aggregates could have a combine at all.
//! The laws are complete; a test of them is a sample.
//!
//! Not every aggregate promises all of that: a list keeps the order of its rows, a sum of floats rounds. Its [`Class`] says so, and
//! the laws ask what the class promises; [`class_is_needed`] shows that a stronger one would be too much. [law.class]
//!
//! An aggregate is anything that implements [`Aggregate`]. Those of PostgreSQL do so through [`Catalogued`], where "finish
//! alike" means that both answers are permitted by the aggregate's *meaning*; so the weaker laws of floats (within a
//! bound), of order (splits that keep it) and of errors (a value or a permitted error) are the same functions.
//!
//! # Examples
//!
//! A mean that keeps only the mean cannot be combined, and three rows are enough to see it:
//!
//! ```
//! use bothways_spec::laws::{Aggregate, Law, Sample};
//!
//! struct MeanOfMeans;
//! impl Aggregate for MeanOfMeans {
//!     type Input = i32;
//!     type State = Option<f64>;
//!     type Output = Option<f64>;
//!     fn init(&self) -> Option<f64> {
//!         None
//!     }
//!     fn update(&self, state: &mut Option<f64>, input: &i32) {
//!         self.combine(state, &Some(f64::from(*input)));
//!     }
//!     fn combine(&self, state: &mut Option<f64>, other: &Option<f64>) {
//!         *state = match (*state, *other) {
//!             (Some(a), Some(b)) => Some((a + b) / 2.0),
//!             (a, b) => a.or(b),
//!         };
//!     }
//!     fn finish(&self, state: &Option<f64>) -> Option<f64> {
//!         *state
//!     }
//! }
//!
//! let sample = Sample { rows: vec![0, 0, 8], choices: vec![1, 2, 3] };
//! let finding = Law::CombineIsAssociative.check(&MeanOfMeans, &sample).expect("not associative");
//! assert_eq!(finding.law, Law::CombineIsAssociative);
//! assert!(Law::InitIsAUnit.check(&MeanOfMeans, &sample).is_none());
//! ```

mod catalogued;
mod class;
mod conduct;
mod finding;
mod law;
mod moving;
mod observe;
mod precondition;
mod quiet;
mod sample;
mod shapes;
mod shipping;
mod shrink;
mod split;
mod splitting;
mod term;

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

pub use catalogued::Catalogued;
pub use class::{Class, Needless, class_is_needed};
pub use conduct::{
    batches_are_invisible, combine_is_pure, combined_state_survives, errors_are_lawful,
    finish_is_pure, retract_undoes_update, runs_are_deterministic, states_continue,
};
pub use finding::Finding;
pub use law::Law;
pub use moving::CataloguedMoving;
pub use precondition::{Precondition, preconditions};
pub use sample::Sample;
pub use shapes::{presets, shapes};
pub use shipping::{
    damaged_bytes_are_refused, malformed_bytes_are_harmless, serialize_round_trips,
};
pub use shrink::smallest;
pub use split::{Part, Split, Undecodable};
pub use splitting::{
    combine_absorbs_a_row, combine_is_associative, combine_is_commutative, empty_part_is_neutral,
    init_is_a_unit, split_is_invisible,
};

/// An aggregate as the laws see it: rows go in, states are combined, an answer comes out.
///
/// Inputs include whatever the aggregate has to skip (an `Option`, a NULL). Errors are part of the state and the output.
pub trait Aggregate {
    /// One row.
    type Input: Clone + fmt::Debug;
    /// A transition state.
    type State: Clone + fmt::Debug;
    /// An answer.
    type Output: PartialEq + fmt::Debug;

    /// The state before the first row; every part begins with it, and so does the stage that combines the parts.
    fn init(&self) -> Self::State;

    /// Takes in one row.
    fn update(&self, state: &mut Self::State, input: &Self::Input);

    /// Takes in the state of another part; its rows come after those of `state`.
    fn combine(&self, state: &mut Self::State, other: &Self::State);

    /// The answer, which leaves the state as it is.
    fn finish(&self, state: &Self::State) -> Self::Output;

    /// The state as bytes; `None` if states do not travel as bytes.
    fn encode(&self, _state: &Self::State) -> Option<Vec<u8>> {
        None
    }

    /// The inverse of `encode`; `None` for bytes that `encode` does not write.
    fn decode(&self, _bytes: &[u8]) -> Option<Self::State> {
        None
    }

    /// How the answer may depend on order and split: not at all, unless the author says otherwise. The laws ask what the
    /// class promises. [law.class]
    fn class(&self) -> Class {
        Class::AnyOrder
    }

    /// Whether two answers for the same rows (in this order, if it matters) agree: equality, unless the author knows of a
    /// weaker relation, such as a rounding error that can be bounded from the rows. Answers that do not equal themselves, as
    /// NaN does not, agree with one another.
    fn agree(&self, _rows: &[Self::Input], left: &Self::Output, right: &Self::Output) -> bool {
        conduct::same(left, right)
    }

    /// Takes in the rows in a range of a batch, as an engine would that keeps rows in columns and cuts slices out of them: the
    /// rows one by one, unless the author has a faster way. [law.batch]
    fn update_batch(&self, state: &mut Self::State, batch: &[Self::Input], rows: Range<usize>) {
        for row in &batch[rows] {
            self.update(state, row);
        }
    }

    /// Takes in the states in a range of a batch of states: one by one, unless the author has a faster way. [law.batch]
    fn combine_batch(&self, state: &mut Self::State, batch: &[Self::State], states: Range<usize>) {
        for other in &batch[states] {
            self.combine(state, other);
        }
    }

    /// The state of one row, as an engine makes it that has given up on grouping before the exchange: `init` and `update`,
    /// unless there is a shorter way. [law.single]
    fn single(&self, input: &Self::Input) -> Self::State {
        let mut state = self.init();
        self.update(&mut state, input);
        state
    }

    /// Takes the oldest row out again, as a moving aggregate does; `false` if that is not possible, and then the state is
    /// good for nothing more. [law.inverse]
    fn retract(&self, _state: &mut Self::State, _input: &Self::Input) -> bool {
        false
    }

    /// Overwrites what a state owns, before it is dropped; for states that lie in an arena, or behind a pointer.
    /// [law.survival]
    fn poison(&self, _state: &mut Self::State) {}

    /// The bytes of memory that a state takes, if the author can say so. [law.bytes.malformed]
    fn footprint(&self, _state: &Self::State) -> Option<usize> {
        None
    }

    /// Whether a row is NULL, which samples are to hold and a precondition may leave out. [law.precondition]
    fn is_null(&self, _input: &Self::Input) -> bool {
        false
    }

    /// The order of two rows, if rows have one; for preconditions such as sorted input. [law.precondition]
    fn compare(&self, _left: &Self::Input, _right: &Self::Input) -> Option<Ordering> {
        None
    }

    /// Whether an answer is an error. [law.errors]
    fn is_error(&self, _output: &Self::Output) -> bool {
        false
    }

    /// Whether some order or split of these rows may raise an error that another does not. [law.errors]
    fn may_fail(&self, _rows: &[Self::Input]) -> bool {
        false
    }
}
