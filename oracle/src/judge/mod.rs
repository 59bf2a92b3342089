//! Judges: each asks in its own way whether an outcome is permitted. One file per judge.

pub mod enclosure;
pub mod live;
pub mod meaning;
pub mod plan_typing;
pub mod promise;
pub mod schedules;

use spec::permitted::{Finding, Permitted};

use crate::engine::Unable;
use crate::verdict::Verdict;

/// The verdict on an outcome, given the permitted ones.
pub(crate) fn verdict(permitted: &Permitted, finding: Option<Finding>) -> Verdict {
    match finding {
        Some(finding) => Verdict::Violation(finding),
        None if is_single(permitted) => Verdict::Agree,
        None => Verdict::Allowed { clause: "verdict.permitted" },
    }
}

/// Whether exactly one bag of exact rows is permitted, so that to be permitted is to agree.
fn is_single(permitted: &Permitted) -> bool {
    use spec::permitted::Cell;
    let Some(groups) = &permitted.rows else { return permitted.errors.len() == 1 };
    let exact = |cell: &Cell| matches!(cell, Cell::Exactly(_));
    permitted.errors.is_empty()
        && groups.iter().all(|group| {
            group.take == group.candidates.len() && group.candidates.iter().flatten().all(exact)
        })
}

/// The verdict where an engine gave no outcome: a refused plan is a violation, everything else decides nothing.
pub(crate) fn no_outcome(unable: Unable) -> Verdict {
    match unable {
        Unable::Refused(refusal) => {
            Verdict::Violation(Finding::new(refusal.clause, refusal.because))
        }
        other => Verdict::Unable { reason: other.to_string() },
    }
}
