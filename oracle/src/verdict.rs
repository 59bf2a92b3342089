//! Verdicts, and what was really checked on the way to them.

use std::fmt;
use std::ops::AddAssign;

use spec::outcome::Trace;
use spec::permitted::Finding;

/// What a judge says of one run of one engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The outcome is permitted, and equal to what the serial plan gives.
    Agree,
    /// The outcome differs from another permitted one; this clause permits it.
    Allowed {
        /// The clause.
        clause: &'static str,
    },
    /// The outcome is not permitted: the only verdict that fails.
    Violation(Finding),
    /// Nothing was decided. Counted, and bounded.
    Unable {
        /// Why.
        reason: String,
    },
}

impl Verdict {
    /// Whether this verdict fails a test.
    pub fn is_violation(&self) -> bool {
        matches!(self, Verdict::Violation(_))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Agree => f.write_str("agree"),
            Verdict::Allowed { clause } => write!(f, "allowed by {clause}"),
            Verdict::Violation(finding) => {
                write!(f, "VIOLATION of {}: {}", finding.clause, finding.message)
            }
            Verdict::Unable { reason } => write!(f, "unable: {reason}"),
        }
    }
}

/// How much was really checked: verdicts over serial plans alone prove nothing about parallel query. [verdict.checked]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReallyChecked {
    /// Runs that were compared.
    pub runs: u64,
    /// … whose plan was parallel: a Gather was reached.
    pub parallel: u64,
    /// … in which at least two participants had rows.
    pub two_participants: u64,
    /// … in which combine met two states that had both seen a row.
    pub combine_of_two: u64,
    /// … in which a state crossed as bytes.
    pub state_as_bytes: u64,
    /// … in which an expression had no kernel of its own and was evaluated through spec.
    pub shared: u64,
    /// … whose float answers were held to the intervals of their own tree.
    pub enclosed: u64,
}

impl ReallyChecked {
    /// What one run checked.
    pub fn of(trace: &Trace) -> ReallyChecked {
        let busy = trace.participant_rows.iter().filter(|rows| **rows > 0).count();
        ReallyChecked {
            runs: 1,
            parallel: (!trace.gathers.is_empty()).into(),
            two_participants: (busy >= 2).into(),
            combine_of_two: (trace.combines_of_two > 0).into(),
            state_as_bytes: (trace.states_as_bytes > 0).into(),
            shared: (trace.shared_evaluations > 0).into(),
            enclosed: 0,
        }
    }
}

impl AddAssign for ReallyChecked {
    fn add_assign(&mut self, other: ReallyChecked) {
        self.runs += other.runs;
        self.parallel += other.parallel;
        self.two_participants += other.two_participants;
        self.combine_of_two += other.combine_of_two;
        self.state_as_bytes += other.state_as_bytes;
        self.shared += other.shared;
        self.enclosed += other.enclosed;
    }
}
