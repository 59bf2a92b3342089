//! The laws by name, and their checking on a sample.

use std::fmt;
use std::panic::AssertUnwindSafe;

use super::conduct::{
    batches_are_invisible, combine_is_pure, combined_state_survives, errors_are_lawful,
    finish_is_pure, retract_undoes_update, runs_are_deterministic, states_continue,
};
use super::precondition::Precondition;
use super::shipping::{
    damaged_bytes_are_refused, malformed_bytes_are_harmless, serialize_round_trips,
};
use super::splitting::{
    combine_absorbs_a_row, combine_is_associative, combine_is_commutative, empty_part_is_neutral,
    init_is_a_unit, split_is_invisible,
};
use super::{Aggregate, Class, Finding, Sample, Split, quiet};

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
    /// See [`combine_absorbs_a_row`].
    CombineAbsorbsARow,
    /// See [`split_is_invisible`].
    SplitIsInvisible,
    /// See [`serialize_round_trips`].
    SerializeRoundTrips,
    /// See [`damaged_bytes_are_refused`].
    DamagedBytesAreRefused,
    /// See [`malformed_bytes_are_harmless`].
    MalformedBytesAreHarmless,
    /// See [`states_continue`].
    StatesContinue,
    /// See [`combine_is_pure`].
    CombineIsPure,
    /// See [`finish_is_pure`].
    FinishIsPure,
    /// See [`combined_state_survives`].
    CombinedStateSurvives,
    /// See [`batches_are_invisible`].
    BatchesAreInvisible,
    /// See [`runs_are_deterministic`].
    RunsAreDeterministic,
    /// See [`errors_are_lawful`].
    ErrorsAreLawful,
    /// See [`retract_undoes_update`].
    RetractUndoesUpdate,
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Law {
    /// Every law.
    pub const ALL: [Law; 17] = [
        Law::CombineIsAssociative,
        Law::CombineIsCommutative,
        Law::InitIsAUnit,
        Law::EmptyPartIsNeutral,
        Law::CombineAbsorbsARow,
        Law::SplitIsInvisible,
        Law::SerializeRoundTrips,
        Law::DamagedBytesAreRefused,
        Law::MalformedBytesAreHarmless,
        Law::StatesContinue,
        Law::CombineIsPure,
        Law::FinishIsPure,
        Law::CombinedStateSurvives,
        Law::BatchesAreInvisible,
        Law::RunsAreDeterministic,
        Law::ErrorsAreLawful,
        Law::RetractUndoesUpdate,
    ];

    /// Its name, which is that of its function.
    pub const fn name(self) -> &'static str {
        match self {
            Law::CombineIsAssociative => "combine_is_associative",
            Law::CombineIsCommutative => "combine_is_commutative",
            Law::InitIsAUnit => "init_is_a_unit",
            Law::EmptyPartIsNeutral => "empty_part_is_neutral",
            Law::CombineAbsorbsARow => "combine_absorbs_a_row",
            Law::SplitIsInvisible => "split_is_invisible",
            Law::SerializeRoundTrips => "serialize_round_trips",
            Law::DamagedBytesAreRefused => "damaged_bytes_are_refused",
            Law::MalformedBytesAreHarmless => "malformed_bytes_are_harmless",
            Law::StatesContinue => "states_continue",
            Law::CombineIsPure => "combine_is_pure",
            Law::FinishIsPure => "finish_is_pure",
            Law::CombinedStateSurvives => "combined_state_survives",
            Law::BatchesAreInvisible => "batches_are_invisible",
            Law::RunsAreDeterministic => "runs_are_deterministic",
            Law::ErrorsAreLawful => "errors_are_lawful",
            Law::RetractUndoesUpdate => "retract_undoes_update",
        }
    }

    /// The clause that states it.
    pub const fn clause(self) -> &'static str {
        match self {
            Law::CombineIsAssociative => "law.associative",
            Law::CombineIsCommutative => "law.commutative",
            Law::InitIsAUnit => "law.unit",
            Law::EmptyPartIsNeutral => "law.empty",
            Law::CombineAbsorbsARow => "law.absorption",
            Law::SplitIsInvisible => "law.split",
            Law::SerializeRoundTrips => "law.bytes",
            Law::DamagedBytesAreRefused => "law.bytes.damaged",
            Law::MalformedBytesAreHarmless => "law.bytes.malformed",
            Law::StatesContinue => "law.continuation",
            Law::CombineIsPure => "law.purity.combine",
            Law::FinishIsPure => "law.purity.finish",
            Law::CombinedStateSurvives => "law.survival",
            Law::BatchesAreInvisible => "law.batch",
            Law::RunsAreDeterministic => "law.determinism",
            Law::ErrorsAreLawful => "law.errors",
            Law::RetractUndoesUpdate => "law.inverse",
        }
    }

    /// Whether its choices describe a tree of parts ([`Split::from_choices`]); of the other laws they are cuts.
    pub const fn asks_for_a_split(self) -> bool {
        matches!(self, Law::SplitIsInvisible | Law::RunsAreDeterministic | Law::ErrorsAreLawful)
    }

    /// Checks the law on a sample, if the aggregate's [class](Aggregate::class) promises it; the choices say where the rows
    /// are cut. A panic of the aggregate is a finding too
    /// (an abort, as of a stack that overflows, cannot be).
    pub fn check<A: Aggregate>(self, aggregate: &A, sample: &Sample<A::Input>) -> Option<Finding> {
        let outcome = match aggregate.class() {
            Class::Given(which) => {
                let sample = which.prepare(aggregate, sample)?;
                self.check_if(aggregate, &sample, Some(which))
            }
            _ => self.check_if(aggregate, sample, None),
        };
        outcome.and_then(Result::err)
    }

    /// Checks the law where the precondition can be met: `None` if this sample has nothing to say of it.
    pub(super) fn check_if<A: Aggregate>(
        self,
        aggregate: &A,
        sample: &Sample<A::Input>,
        precondition: Option<Precondition>,
    ) -> Option<Result<(), Finding>> {
        if !aggregate.class().promises(self) {
            return None;
        }
        let outcome = quiet::run(AssertUnwindSafe(|| {
            let split =
                self.asks_for_a_split().then(|| self.split(aggregate, sample, precondition));
            let admitted = precondition
                .is_none_or(|which| which.admits(self, aggregate, sample, split.as_ref()));
            admitted.then(|| self.judge(aggregate, sample, split.as_ref()))
        }));
        let broken = match outcome {
            Ok(None) => return None,
            Ok(Some(None)) => return Some(Ok(())),
            Ok(Some(Some(finding))) => finding,
            Err(message) => self.panicked(aggregate, sample, message),
        };
        Some(Err(broken.of_sample(aggregate, sample)))
    }

    fn split<A: Aggregate>(
        self,
        aggregate: &A,
        sample: &Sample<A::Input>,
        precondition: Option<Precondition>,
    ) -> Split {
        let rows = sample.rows.len();
        match precondition {
            None => aggregate.class().split(rows, &sample.choices),
            Some(which) => {
                which.split(rows, aggregate.class() == Class::InputOrder, &sample.choices)
            }
        }
    }

    fn judge<A: Aggregate>(
        self,
        aggregate: &A,
        sample: &Sample<A::Input>,
        split: Option<&Split>,
    ) -> Option<Finding> {
        let rows = &sample.rows[..];
        let serial = Split::Rows(Vec::new());
        let split = split.unwrap_or(&serial);
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
            Law::EmptyPartIsNeutral => empty_part_is_neutral(aggregate, rows, sample.empty_parts()),
            Law::CombineAbsorbsARow => {
                let [a, b, further] = sample.cut();
                let (row, further) = further.split_first()?;
                combine_absorbs_a_row(aggregate, [a, b], row, further)
            }
            Law::SplitIsInvisible => split_is_invisible(aggregate, rows, split),
            Law::SerializeRoundTrips => {
                let [a, b] = sample.cut();
                serialize_round_trips(aggregate, a, b)
            }
            Law::DamagedBytesAreRefused => damaged_bytes_are_refused(aggregate, rows),
            Law::MalformedBytesAreHarmless => {
                malformed_bytes_are_harmless(aggregate, rows, &sample.choices)
            }
            Law::StatesContinue => {
                let [a, b, further] = sample.cut();
                states_continue(aggregate, [a, b], further)
            }
            Law::CombineIsPure => {
                let [a, b, further] = sample.cut();
                combine_is_pure(aggregate, [a, b], further)
            }
            Law::FinishIsPure => {
                let [a, further] = sample.cut();
                finish_is_pure(aggregate, a, further)
            }
            Law::CombinedStateSurvives => {
                let [a, b, further] = sample.cut();
                combined_state_survives(aggregate, [a, b], further)
            }
            Law::BatchesAreInvisible => {
                let [before, a, b, after] = sample.cut();
                batches_are_invisible(aggregate, [before, a, b, after])
            }
            Law::RunsAreDeterministic => runs_are_deterministic(aggregate, rows, split),
            Law::ErrorsAreLawful => errors_are_lawful(aggregate, rows, split),
            Law::RetractUndoesUpdate => {
                let [a, b, further] = sample.cut();
                retract_undoes_update(aggregate, a, b, further)
            }
        }
    }

    fn panicked<A: Aggregate>(
        self,
        aggregate: &A,
        sample: &Sample<A::Input>,
        message: String,
    ) -> Finding {
        let how = if self.asks_for_a_split() {
            format!("split = {}", self.split(aggregate, sample, None))
        } else {
            format!("choices = {:?}", sample.choices)
        };
        let witness = format!("rows = {:?}, {how}", sample.rows);
        Finding::new(self, format!("it panics: {message}"), witness)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_law_has_the_name_of_its_function_and_a_clause_of_its_own() {
        let distinct = |names: [&'static str; 17]| {
            let mut names = names.to_vec();
            names.sort_unstable();
            names.dedup();
            names.len()
        };
        assert_eq!(distinct(Law::ALL.map(Law::name)), Law::ALL.len());
        assert_eq!(distinct(Law::ALL.map(Law::clause)), Law::ALL.len());
    }
}
