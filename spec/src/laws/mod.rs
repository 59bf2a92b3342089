//! Laws of aggregates, as plain functions that know no test framework.
//!
//! ```text
//! combine_is_associative       (a · b) · c  ≡  a · (b · c)
//! combine_is_commutative       a · b  ≡  b · a                        (unless the order matters)
//! init_is_a_unit               init · a  ≡  a  ≡  a · init
//! empty_part_is_neutral        parts without rows change nothing, shipped or not, before or behind
//! split_is_invisible           any tree of parts gives the answer of one pass over all rows
//! serialize_round_trips        decode(encode(a))  ≡  a
//! damaged_bytes_are_refused    no proper prefix of encode(a) decodes
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
mod split;

use std::fmt;

pub use catalogued::Catalogued;
pub use split::{Part, Split, Undecodable};

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

    /// Whether the answer depends on the order of the rows. Then combine need not be commutative, and only splits that keep
    /// the order must be invisible. [law.order]
    fn order_matters(&self) -> bool {
        false
    }

    /// Whether two answers for the same rows (in this order, if it matters) agree: equality, unless the author knows of a
    /// weaker relation, such as a rounding error that can be bounded from the rows.
    fn agree(&self, _rows: &[Self::Input], left: &Self::Output, right: &Self::Output) -> bool {
        left == right
    }
}

/// Which law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Law {
    /// See [`combine_is_associative`].
    CombineIsAssociative,
    /// See [`combine_is_commutative`].
    CombineIsCommutative,
    /// See [`init_is_a_unit`].
    InitIsAUnit,
    /// See [`empty_part_is_neutral`].
    EmptyPartIsNeutral,
    /// See [`split_is_invisible`].
    SplitIsInvisible,
    /// See [`serialize_round_trips`].
    SerializeRoundTrips,
    /// See [`damaged_bytes_are_refused`].
    DamagedBytesAreRefused,
}

/// Rows, and choices of how to divide them: everything a law needs, in a form that any generator can fill and shrink.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sample<I> {
    /// The rows.
    pub rows: Vec<I>,
    /// Where to cut them and how to combine the parts; missing choices count as 0. Any bytes are valid.
    pub choices: Vec<u8>,
}

/// A broken law, with rows that break it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The law.
    pub law: Law,
    /// What happened, in a sentence.
    pub message: String,
    /// The rows and how they were divided.
    pub witness: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n  witness: {}", self.law, self.message, self.witness)
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Law {
    /// Every law.
    pub const ALL: [Law; 7] = [
        Law::CombineIsAssociative,
        Law::CombineIsCommutative,
        Law::InitIsAUnit,
        Law::EmptyPartIsNeutral,
        Law::SplitIsInvisible,
        Law::SerializeRoundTrips,
        Law::DamagedBytesAreRefused,
    ];

    /// Its name, which is that of its function.
    pub const fn name(self) -> &'static str {
        match self {
            Law::CombineIsAssociative => "combine_is_associative",
            Law::CombineIsCommutative => "combine_is_commutative",
            Law::InitIsAUnit => "init_is_a_unit",
            Law::EmptyPartIsNeutral => "empty_part_is_neutral",
            Law::SplitIsInvisible => "split_is_invisible",
            Law::SerializeRoundTrips => "serialize_round_trips",
            Law::DamagedBytesAreRefused => "damaged_bytes_are_refused",
        }
    }

    /// Checks the law on a sample; the choices say where the rows are cut.
    pub fn check<A: Aggregate>(self, aggregate: &A, sample: &Sample<A::Input>) -> Option<Finding> {
        let rows = &sample.rows[..];
        match self {
            Law::CombineIsAssociative => {
                let [a, b, c, further] = sample.cut();
                combine_is_associative(aggregate, [a, b, c], further)
            }
            Law::CombineIsCommutative => {
                let [a, b, further] = sample.cut();
                combine_is_commutative(aggregate, [a, b], further)
            }
            Law::InitIsAUnit => {
                let [a, further] = sample.cut();
                init_is_a_unit(aggregate, a, further)
            }
            Law::EmptyPartIsNeutral => {
                let count = |i: usize| sample.choices.get(i).map_or(1, |c| usize::from(c % 3));
                empty_part_is_neutral(aggregate, rows, [count(0), count(1)])
            }
            Law::SplitIsInvisible => {
                let keeps_order = aggregate.order_matters();
                let split = Split::from_choices(rows.len(), keeps_order, &sample.choices);
                split_is_invisible(aggregate, rows, &split)
            }
            Law::SerializeRoundTrips => {
                let [a, further] = sample.cut();
                serialize_round_trips(aggregate, a, further)
            }
            Law::DamagedBytesAreRefused => damaged_bytes_are_refused(aggregate, rows),
        }
    }
}

impl<I> Sample<I> {
    /// The rows in `N` runs, cut where the choices say; without choices all rows are in the last one.
    fn cut<const N: usize>(&self) -> [&[I]; N] {
        let mut cuts = [0; N];
        for (i, cut) in cuts.iter_mut().enumerate().skip(1) {
            let choice = self.choices.get(i - 1).map_or(0, |c| usize::from(*c));
            *cut = choice % (self.rows.len() + 1);
        }
        cuts.sort_unstable();
        std::array::from_fn(|i| {
            let end = cuts.get(i + 1).copied().unwrap_or(self.rows.len());
            &self.rows[cuts[i]..end]
        })
    }
}

/// `(a · b) · c ≡ a · (b · c)`: it does not matter which parts meet first. [law.associative]
pub fn combine_is_associative<A: Aggregate>(
    aggregate: &A,
    [a, b, c]: [&[A::Input]; 3],
    further: &[A::Input],
) -> Option<Finding> {
    let [x, y, z] = [a, b, c].map(|rows| fold(aggregate, rows));
    let left = join(aggregate, &join(aggregate, &x, &y), &z);
    let right = join(aggregate, &x, &join(aggregate, &y, &z));
    let rows = [a, b, c].concat();
    let witness = format!("a = {a:?}, b = {b:?}, c = {c:?}");
    let sides = ["(a · b) · c", "a · (b · c)"];
    compare(aggregate, Law::CombineIsAssociative, rows, [left, right], further, sides, witness)
}

/// `a · b ≡ b · a`: it does not matter which part arrives first. Nothing is asked where the order matters.
/// [law.commutative]
pub fn combine_is_commutative<A: Aggregate>(
    aggregate: &A,
    [a, b]: [&[A::Input]; 2],
    further: &[A::Input],
) -> Option<Finding> {
    if aggregate.order_matters() {
        return None;
    }
    let [x, y] = [a, b].map(|rows| fold(aggregate, rows));
    let states = [join(aggregate, &x, &y), join(aggregate, &y, &x)];
    let witness = format!("a = {a:?}, b = {b:?}");
    let sides = ["a · b", "b · a"];
    let rows = [a, b].concat();
    compare(aggregate, Law::CombineIsCommutative, rows, states, further, sides, witness)
}

/// `init · a ≡ a ≡ a · init`: the initial value counts once, however many participants begin with it. [law.unit]
pub fn init_is_a_unit<A: Aggregate>(
    aggregate: &A,
    a: &[A::Input],
    further: &[A::Input],
) -> Option<Finding> {
    let state = fold(aggregate, a);
    let from_left = join(aggregate, &aggregate.init(), &state);
    let from_right = join(aggregate, &state, &aggregate.init());
    let check = |other, side| {
        let witness = format!("a = {a:?}");
        let states = [other, state.clone()];
        compare(aggregate, Law::InitIsAUnit, a.to_vec(), states, further, [side, "a"], witness)
    };
    check(from_left, "init · a").or_else(|| check(from_right, "a · init"))
}

/// Parts that saw no row, `before` and `after` the one that did, change nothing, whether they come as states or as
/// bytes. [law.empty]
pub fn empty_part_is_neutral<A: Aggregate>(
    aggregate: &A,
    rows: &[A::Input],
    [before, after]: [usize; 2],
) -> Option<Finding> {
    let all = (0..rows.len()).collect();
    let empty = |shipped| Part { split: Split::Rows(Vec::new()), shipped };
    [false, true].into_iter().find_map(|shipped| {
        let mut parts: Vec<Part> = (0..before).map(|_| empty(shipped)).collect();
        parts.push(Part { split: Split::Rows(Vec::clone(&all)), shipped });
        parts.extend((0..after).map(|_| empty(shipped)));
        same_as_serial(aggregate, Law::EmptyPartIsNeutral, rows, &Split::Combine(parts))
    })
}

/// Any tree of parts gives the answer of one pass over all rows. [law.split]
pub fn split_is_invisible<A: Aggregate>(
    aggregate: &A,
    rows: &[A::Input],
    split: &Split,
) -> Option<Finding> {
    same_as_serial(aggregate, Law::SplitIsInvisible, rows, split)
}

/// `decode(encode(a)) ≡ a`: a state that travelled as bytes is the state that was sent. [law.bytes]
pub fn serialize_round_trips<A: Aggregate>(
    aggregate: &A,
    a: &[A::Input],
    further: &[A::Input],
) -> Option<Finding> {
    let law = Law::SerializeRoundTrips;
    let state = fold(aggregate, a);
    let bytes = aggregate.encode(&state)?;
    let witness = format!("a = {a:?}, encode(a) = {bytes:02x?}");
    let Some(decoded) = aggregate.decode(&bytes) else {
        return Some(Finding { law, message: "decode refuses what encode wrote".into(), witness });
    };
    let sides = ["decode(encode(a))", "a"];
    compare(aggregate, law, a.to_vec(), [decoded, state], further, sides, witness)
}

/// No proper prefix of the bytes of a state is a state. [law.bytes.damaged]
pub fn damaged_bytes_are_refused<A: Aggregate>(
    aggregate: &A,
    rows: &[A::Input],
) -> Option<Finding> {
    let bytes = aggregate.encode(&fold(aggregate, rows))?;
    let accepted = (0..bytes.len()).find(|length| aggregate.decode(&bytes[..*length]).is_some())?;
    Some(Finding {
        law: Law::DamagedBytesAreRefused,
        message: format!("decode accepts the first {accepted} of {} bytes", bytes.len()),
        witness: format!("rows = {rows:?}, bytes = {bytes:02x?}"),
    })
}

/// The state after these rows.
fn fold<A: Aggregate>(aggregate: &A, rows: &[A::Input]) -> A::State {
    let mut state = aggregate.init();
    for row in rows {
        aggregate.update(&mut state, row);
    }
    state
}

fn join<A: Aggregate>(aggregate: &A, left: &A::State, right: &A::State) -> A::State {
    let mut state = left.clone();
    aggregate.combine(&mut state, right);
    state
}

fn same_as_serial<A: Aggregate>(
    aggregate: &A,
    law: Law,
    rows: &[A::Input],
    split: &Split,
) -> Option<Finding> {
    let witness = format!("rows = {rows:?}, split = {split}");
    let state = match split.run(aggregate, rows) {
        Ok(state) => state,
        Err(Undecodable) => {
            return Some(Finding { law, message: Undecodable.to_string(), witness });
        }
    };
    let sides = ["the split", "one pass"];
    compare(aggregate, law, rows.to_vec(), [state, fold(aggregate, rows)], &[], sides, witness)
}

/// Whether two states of the same rows finish alike, now and after each further row.
fn compare<A: Aggregate>(
    aggregate: &A,
    law: Law,
    mut rows: Vec<A::Input>,
    [mut left, mut right]: [A::State; 2],
    further: &[A::Input],
    sides: [&str; 2],
    witness: String,
) -> Option<Finding> {
    let mut next = further.iter();
    loop {
        let answers = [aggregate.finish(&left), aggregate.finish(&right)];
        if !aggregate.agree(&rows, &answers[0], &answers[1]) {
            let taken = further.len() - next.len();
            let after = match taken {
                0 => String::new(),
                _ => format!(", each followed by {:?}", &further[..taken]),
            };
            let [ours, theirs] = &answers;
            let message =
                format!("{} gives {ours:?}, {} gives {theirs:?}{after}", sides[0], sides[1]);
            return Some(Finding { law, message, witness });
        }
        let row = next.next()?;
        aggregate.update(&mut left, row);
        aggregate.update(&mut right, row);
        rows.push(row.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_runs_of_the_rows_in_order() {
        let sample = Sample { rows: vec![1, 2, 3, 4, 5], choices: vec![4, 1] };
        assert_eq!(sample.cut(), [&[1][..], &[2, 3, 4], &[5]]);
        let empty = Sample::<i32>::default();
        assert_eq!(empty.cut(), [&[][..], &[]]);
    }

    #[test]
    fn every_law_has_the_name_of_its_function() {
        let mut names = Law::ALL.map(Law::name).to_vec();
        names.dedup();
        assert_eq!(names.len(), Law::ALL.len());
    }
}
