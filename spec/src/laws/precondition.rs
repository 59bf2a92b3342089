//! Preconditions: under what a broken law was not seen to fail.

use std::cmp::Ordering;
use std::fmt;

use super::{Aggregate, Class, Law, Part, Sample, Split};

/// Something that may be true of rows and parts, and that a law may need. [law.precondition]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precondition {
    /// No part is empty.
    NonEmptyParts,
    /// No row is NULL ([`Aggregate::is_null`]).
    NoNulls,
    /// No two rows are equal: by [`Aggregate::compare`] or, where it says nothing, as `Debug` prints them.
    NoDuplicates,
    /// Read from left to right, the parts hold the rows in their order.
    KeptOrder,
    /// The rows are sorted ([`Aggregate::compare`]), and the parts hold them in this order.
    SortedInput,
    /// The parts hold disjoint ranges of values ([`Aggregate::compare`]), in any order.
    DisjointRanges,
}

impl fmt::Display for Precondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Precondition::NonEmptyParts => "no part is empty",
            Precondition::NoNulls => "no row is NULL",
            Precondition::NoDuplicates => "no two rows are equal",
            Precondition::KeptOrder => "the parts keep the order of the rows",
            Precondition::SortedInput => "the input is sorted, and the parts keep its order",
            Precondition::DisjointRanges => "the parts hold disjoint ranges",
        })
    }
}

/// Fewer samples than this are no evidence.
const ENOUGH: usize = 8;

/// Under which preconditions the law was not seen to fail on these samples, and how many samples met each of them.
///
/// The samples are made to meet a precondition where that can be done (rows are sorted, NULLs are left out) and passed over
/// where it cannot. A witness among them keeps a precondition that it meets itself from being named. This is a search, not a
/// proof: what it names is worth a thought. [law.precondition]
pub fn preconditions<A: Aggregate>(
    law: Law,
    aggregate: &A,
    samples: &[Sample<A::Input>],
) -> Vec<(Precondition, usize)> {
    if matches!(aggregate.class(), Class::Given(_) | Class::None) {
        // What a class asks for already is met by every sample, and no further condition is looked for.
        return Vec::new();
    }
    let holds = |which: Precondition| {
        let mut judged = 0;
        for sample in samples {
            let Some(sample) = which.prepare(aggregate, sample) else { continue };
            match law.check_if(aggregate, &sample, Some(which)) {
                Some(Ok(())) => judged += usize::from(!sample.rows.is_empty()),
                Some(Err(_)) => return None,
                None => (),
            }
        }
        (judged >= ENOUGH).then_some((which, judged))
    };
    Precondition::ALL.into_iter().filter_map(holds).collect()
}

impl Precondition {
    /// Every precondition.
    pub const ALL: [Precondition; 6] = [
        Precondition::NonEmptyParts,
        Precondition::NoNulls,
        Precondition::NoDuplicates,
        Precondition::KeptOrder,
        Precondition::SortedInput,
        Precondition::DisjointRanges,
    ];

    /// The sample with rows that meet the precondition; `None` if the aggregate cannot compare them.
    pub(super) fn prepare<A: Aggregate>(
        self,
        aggregate: &A,
        sample: &Sample<A::Input>,
    ) -> Option<Sample<A::Input>> {
        let mut sample = sample.clone();
        match self {
            Precondition::NoNulls => sample.rows.retain(|row| !aggregate.is_null(row)),
            Precondition::NoDuplicates => {
                let mut kept: Vec<A::Input> = Vec::new();
                for row in sample.rows {
                    if !kept.iter().any(|other| equal(aggregate, other, &row)) {
                        kept.push(row);
                    }
                }
                sample.rows = kept;
            }
            Precondition::SortedInput | Precondition::DisjointRanges => {
                let comparable =
                    sample.rows.iter().all(|row| aggregate.compare(row, row).is_some());
                if !comparable {
                    return None;
                }
                sample.rows.sort_by(|a, b| aggregate.compare(a, b).unwrap_or(Ordering::Equal));
            }
            Precondition::NonEmptyParts | Precondition::KeptOrder => (),
        }
        Some(sample)
    }

    /// The split that choices describe, if the precondition is to hold.
    pub(super) fn split(self, rows: usize, keeps_order: bool, choices: &[u8]) -> Split {
        let ordered = matches!(
            self,
            Precondition::KeptOrder | Precondition::SortedInput | Precondition::DisjointRanges
        );
        let split = Split::from_choices(rows, keeps_order || ordered, choices);
        let mirrored = choices.iter().fold(0, |odd, choice| odd ^ choice & 1) == 1;
        match self {
            Precondition::DisjointRanges if mirrored && !keeps_order => mirror(split),
            _ => split,
        }
    }

    /// Whether a sample that was prepared meets the precondition, as the law will use it.
    pub(super) fn admits<A: Aggregate>(
        self,
        law: Law,
        aggregate: &A,
        sample: &Sample<A::Input>,
        split: Option<&Split>,
    ) -> bool {
        match self {
            Precondition::NonEmptyParts => {
                !matches!(law, Law::InitIsAUnit | Law::EmptyPartIsNeutral)
                    && parts(law, sample, split).iter().all(|part| !part.is_empty())
            }
            // The law of commutativity looks at one of its sides in the wrong order.
            Precondition::KeptOrder | Precondition::SortedInput => law != Law::CombineIsCommutative,
            Precondition::DisjointRanges => {
                let parts = parts(law, sample, split);
                let apart = |i: usize, j: usize| disjoint(aggregate, &parts[i], &parts[j]);
                (0..parts.len()).all(|i| (0..i).all(|j| apart(i, j)))
            }
            Precondition::NoNulls | Precondition::NoDuplicates => true,
        }
    }
}

fn equal<A: Aggregate>(aggregate: &A, a: &A::Input, b: &A::Input) -> bool {
    match aggregate.compare(a, b) {
        Some(ordering) => ordering == Ordering::Equal,
        None => format!("{a:?}") == format!("{b:?}"),
    }
}

/// Whether all of one part come before all of the other.
fn disjoint<A: Aggregate>(aggregate: &A, left: &[&A::Input], right: &[&A::Input]) -> bool {
    let all =
        |wanted| left.iter().all(|a| right.iter().all(|b| aggregate.compare(a, b) == Some(wanted)));
    all(Ordering::Less) || all(Ordering::Greater)
}

/// The same parts, from right to left.
fn mirror(split: Split) -> Split {
    match split {
        Split::Rows(rows) => Split::Rows(rows),
        Split::Combine(parts) => {
            let part = |part: Part| Part { split: mirror(part.split), ..part };
            Split::Combine(parts.into_iter().rev().map(part).collect())
        }
    }
}

/// The rows of each part that the law makes a state of.
fn parts<'a, I>(law: Law, sample: &'a Sample<I>, split: Option<&Split>) -> Vec<Vec<&'a I>> {
    if let Some(split) = split {
        let leaf = |places: &[usize]| places.iter().map(|i| &sample.rows[*i]).collect();
        return split.leaves().into_iter().map(leaf).collect();
    }
    let runs: Vec<&[I]> = match law {
        Law::CombineIsAssociative => sample.cut::<3>().to_vec(),
        Law::BatchesAreInvisible => sample.cut::<4>()[1..3].to_vec(),
        Law::InitIsAUnit | Law::FinishIsPure => sample.cut::<2>()[..1].to_vec(),
        Law::SerializeRoundTrips => sample.cut::<2>().to_vec(),
        Law::DamagedBytesAreRefused | Law::MalformedBytesAreHarmless | Law::EmptyPartIsNeutral => {
            vec![&sample.rows[..]]
        }
        _ => sample.cut::<3>()[..2].to_vec(),
    };
    runs.into_iter().map(|run| run.iter().collect()).collect()
}
