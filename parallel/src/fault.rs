//! Planted faults: wrong executors on purpose, so that the oracle can be seen to bite.
//!
//! Each is a mistake that a real engine has made or could make. They are compiled under the feature `faults` only, and
//! are off unless a schedule names one (`fault=duplicated-block`).

use std::fmt;
use std::str::FromStr;

macro_rules! faults {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal;)*) => {
        /// A mistake that an executor can be told to make.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $($(#[doc = $doc])* $name,)*
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &'static [Fault] = &[$(Fault::$name),*];

            /// Its name in schedules and reports.
            pub fn name(self) -> &'static str {
                match self {
                    $(Fault::$name => $text,)*
                }
            }

            /// What goes wrong, in one sentence.
            pub fn describe(self) -> &'static str {
                match self {
                    $(Fault::$name => concat!($($doc),*).trim_ascii(),)*
                }
            }
        }
    };
}

faults! {
    /// A participant that claims blocks reads the first block of its first claim twice.
    DuplicatedBlock = "duplicated-block";
    /// The last block of a table that has several is never read by a Parallel Seq Scan.
    DroppedLastBlock = "dropped-last-block";
    /// Combining two states keeps only the first one.
    CombineForgetsOneSide = "combine-forgets-one-side";
    /// The first row of every participant is counted once more, as an initial state that is not the unit would do.
    InitialStatePerParticipant = "initial-state-per-participant";
    /// HAVING is applied to the partial groups of each participant, where it is not known yet.
    HavingAtPartialStage = "having-at-partial-stage";
    /// Every participant of a Parallel Seq Scan reads the whole table, as if the plan below Gather were not partial.
    GatherOverReplicatedPlan = "gather-over-replicated-plan";
    /// A hash join that keeps unmatched rows lets every participant return unmatched inner rows of its own.
    UnmatchedInnerRowsPerParticipant = "unmatched-inner-rows-per-participant";
    /// A left join forgets matches from one batch to the next and returns matched outer rows as unmatched ones too.
    UnmatchedOuterRowsPerParticipant = "unmatched-outer-rows-per-participant";
    /// The error of a worker is taken for the end of its rows.
    WorkerErrorSwallowed = "worker-error-swallowed";
    /// When a worker detaches, the leader forgets what its queue still holds.
    LastBatchLostAtDetach = "last-batch-lost-at-detach";
    /// NULL keys of a hash join match each other.
    NullKeysMatch = "null-keys-match";
    /// A filter keeps the selection of the batch before when the batches have the same length.
    StaleSelection = "stale-selection";
    /// LIMIT passes the first rows of each batch that it is given, as if it ran in every participant alone.
    LimitPerParticipant = "limit-per-participant";
    /// Groups are found by the bytes of a float: 0 and -0 are two groups.
    FloatGroupsByBytes = "float-groups-by-bytes";
    /// The squared deviations of a float state lose the last five bits of their fraction on the way to Finalize.
    DeviationsLoseBits = "deviations-lose-bits";
    /// Every participant that has finished probing a shared table returns the inner rows that it believes unmatched.
    UnmatchedSharedRowsPerParticipant = "unmatched-shared-rows-per-participant";
    /// A participant that has put its rows into a shared table probes it at once, while others still insert.
    SharedTableProbedEarly = "shared-table-probed-early";
}

impl Fault {
    /// Whether the planner chooses the node that makes the mistake; if not, only plans made by hand can show it.
    pub fn is_planned(self) -> bool {
        use Fault::{SharedTableProbedEarly, UnmatchedSharedRowsPerParticipant};
        !matches!(self, UnmatchedSharedRowsPerParticipant | SharedTableProbedEarly)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no fault has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFault(pub String);

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        write!(f, "there is no fault `{}`; there are {}", self.0, names.join(", "))
    }
}

impl std::error::Error for UnknownFault {}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Fault, UnknownFault> {
        let found = Fault::ALL.iter().copied().find(|fault| fault.name() == name);
        found.ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_name_that_reads_back_and_a_sentence() {
        for &fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(fault));
            assert!(fault.describe().ends_with('.'), "{fault}");
        }
        assert!("no-such".parse::<Fault>().unwrap_err().to_string().contains("null-keys-match"));
    }
}
