//! Law classes: what an author promises of an aggregate, and so what is asked of it.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

use super::{Aggregate, Law, Precondition, Sample, Split, conduct, presets};

/// How the answer of an aggregate may depend on the order of its rows and on how they are split. [law.class]
///
/// The laws ask what the class promises and nothing more; [`class_is_needed`] asks whether it promises as much as it could.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Class {
    /// Not at all: any order and any split of the rows gives the same answer. Every law is asked.
    #[default]
    AnyOrder,
    /// On the order: splits that keep it give the same answer, and combine need not be commutative. [law.order]
    InputOrder,
    /// Within a bound, as sums of floats do: any order and any split gives an answer that [agrees](Aggregate::agree) with the
    /// others, though it need not equal them. Every law is asked.
    Bounded,
    /// Not at all, of rows and parts that meet the precondition; nothing is promised of others, and samples are made to meet it
    /// or passed over. [law.precondition]
    Given(Precondition),
    /// In any way: it is computed in one pass, and combine is never called. What is asked of the combine and of states on
    /// their way is not asked.
    None,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Class::AnyOrder => f.write_str("any order"),
            Class::InputOrder => f.write_str("input order only"),
            Class::Bounded => f.write_str("any order, within a bound"),
            Class::Given(precondition) => write!(f, "any order, given that {precondition}"),
            Class::None => f.write_str("one pass only"),
        }
    }
}

impl Class {
    /// Whether only splits that keep the order of the rows need to be invisible.
    pub const fn keeps_order(self) -> bool {
        matches!(
            self,
            Class::InputOrder
                | Class::Given(
                    Precondition::KeptOrder
                        | Precondition::SortedInput
                        | Precondition::DisjointRanges
                )
        )
    }

    /// Whether the class promises this law.
    pub const fn promises(self, law: Law) -> bool {
        match self {
            Class::AnyOrder | Class::Bounded | Class::Given(_) => true,
            Class::InputOrder => !matches!(law, Law::CombineIsCommutative),
            Class::None => matches!(
                law,
                Law::FinishIsPure
                    | Law::BatchesAreInvisible
                    | Law::RunsAreDeterministic
                    | Law::DamagedBytesAreRefused
                    | Law::MalformedBytesAreHarmless
                    | Law::RetractUndoesUpdate
            ),
        }
    }

    /// The split that choices describe, among those that must be invisible.
    pub(super) fn split(self, rows: usize, choices: &[u8]) -> Split {
        match self {
            Class::None => Split::serial(rows),
            Class::Given(precondition) => precondition.split(rows, false, choices),
            _ => Split::from_choices(rows, self.keeps_order(), choices),
        }
    }

    /// The next class that promises more; nothing promises more than any order does.
    const fn stronger(self) -> Option<Class> {
        match self {
            Class::AnyOrder => None,
            Class::InputOrder | Class::Bounded | Class::Given(_) => Some(Class::AnyOrder),
            Class::None => Some(Class::InputOrder),
        }
    }
}

/// A class that promises less than was seen to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needless {
    /// The class of the aggregate.
    pub declared: Class,
    /// One that promises more.
    pub held: Class,
    /// On how many samples it held.
    pub samples: usize,
}

impl fmt::Display for Needless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Needless { declared, held, samples } = self;
        write!(
            f,
            "class_is_needed: the class is declared as \"{declared}\", but \"{held}\" held on {samples} samples too; \
             declare that, or let the rows be such that the difference shows"
        )
    }
}

/// The laws that one class promises and another does not, or only for answers that are nearly equal.
const TELLING: [Law; 8] = [
    Law::CombineIsAssociative,
    Law::CombineIsCommutative,
    Law::InitIsAUnit,
    Law::EmptyPartIsNeutral,
    Law::CombineAbsorbsARow,
    Law::SplitIsInvisible,
    Law::SerializeRoundTrips,
    Law::BatchesAreInvisible,
];

/// Whether the next stronger class is seen to be broken, in the preset shapes over rows of this pool or by these samples: so that
/// no class is declared weaker than it must be, as a weaker one hides faults. [law.class.needed]
///
/// "Bounded" is needed where some split gives an answer that does not *equal* that of one pass.
///
/// # Errors
/// The class that would do, as far as was seen.
pub fn class_is_needed<A: Aggregate>(
    aggregate: &A,
    pool: &[A::Input],
    samples: &[Sample<A::Input>],
) -> Result<(), Needless> {
    let declared = aggregate.class();
    let Some(held) = declared.stronger() else { return Ok(()) };
    let stronger = Promising { aggregate, class: held, exact: declared == Class::Bounded };
    let (nulls, others): (Vec<_>, Vec<_>) =
        pool.iter().cloned().partition(|row| aggregate.is_null(row));
    let breaks = |law: &Law| {
        let presets = presets(*law, &nulls, &others);
        presets.iter().chain(samples).any(|sample| law.check(&stronger, sample).is_some())
    };
    match TELLING.iter().any(breaks) {
        true => Ok(()),
        false => Err(Needless { declared, held, samples: samples.len() }),
    }
}

/// An aggregate with a class that its author does not declare.
struct Promising<'a, A> {
    aggregate: &'a A,
    class: Class,
    /// Whether answers must be equal.
    exact: bool,
}

impl<A: Aggregate> Aggregate for Promising<'_, A> {
    type Input = A::Input;
    type State = A::State;
    type Output = A::Output;

    fn class(&self) -> Class {
        self.class
    }

    fn agree(&self, rows: &[A::Input], left: &A::Output, right: &A::Output) -> bool {
        match self.exact {
            true => conduct::same(left, right),
            false => self.aggregate.agree(rows, left, right),
        }
    }

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
        self.aggregate.finish(state)
    }

    fn encode(&self, state: &A::State) -> Option<Vec<u8>> {
        self.aggregate.encode(state)
    }

    fn decode(&self, bytes: &[u8]) -> Option<A::State> {
        self.aggregate.decode(bytes)
    }

    fn update_batch(&self, state: &mut A::State, batch: &[A::Input], rows: Range<usize>) {
        self.aggregate.update_batch(state, batch, rows);
    }

    fn combine_batch(&self, state: &mut A::State, batch: &[A::State], states: Range<usize>) {
        self.aggregate.combine_batch(state, batch, states);
    }

    fn single(&self, input: &A::Input) -> A::State {
        self.aggregate.single(input)
    }

    fn is_null(&self, input: &A::Input) -> bool {
        self.aggregate.is_null(input)
    }

    fn compare(&self, left: &A::Input, right: &A::Input) -> Option<Ordering> {
        self.aggregate.compare(left, right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weaker_class_never_promises_a_law_that_a_stronger_one_does_not() {
        for class in [Class::InputOrder, Class::Bounded, Class::None] {
            let stronger = class.stronger().expect("weaker than any order");
            let fewer = Law::ALL.iter().all(|law| stronger.promises(*law) || !class.promises(*law));
            assert!(fewer, "{class}");
        }
        assert!(!Class::None.promises(Law::SplitIsInvisible));
        assert!(Class::InputOrder.promises(Law::SplitIsInvisible));
    }
}
