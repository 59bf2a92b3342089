//! What a campaign counts.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::case::Case;
use crate::engine::postgres::import::Typing;
use crate::judge::live::LiveVerdict;
use crate::judge::schedules::Judged;
use crate::verdict::{ReallyChecked, Verdict};

/// How many cases of one class of failure are shrunk and kept.
const KEPT_PER_CLASS: usize = 2;

/// A case that failed.
#[derive(Clone, Debug)]
pub struct Found {
    /// As it was generated.
    pub original: Case,
    /// Made small.
    pub case: Case,
    /// What is wrong with it.
    pub verdict: Verdict,
}

/// Verdicts by kind, what was really checked, what was found.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Cases judged.
    pub cases: u64,
    /// Cases whose outcomes were all equal to the one permitted answer.
    pub agree: u64,
    /// Cases whose outcomes were permitted among several.
    pub allowed: u64,
    /// Cases with a violation.
    pub violations: u64,
    /// Cases of which nothing was decided, by reason.
    pub unable: BTreeMap<String, u64>,
    /// What was really checked, over all runs.
    pub checked: ReallyChecked,
    /// Verdicts on a live server, by engine: agreed or allowed, violations, not compared, by reason.
    pub live: BTreeMap<String, LiveTally>,
    /// Why the server was lost, if it was.
    pub server_lost: Option<String>,
    /// Violations, shrunk; at most a few per class.
    pub found: Vec<Found>,
    /// How often each clause was broken.
    pub broken: BTreeMap<String, u64>,
    /// How long the campaign took.
    pub elapsed: Duration,
}

/// Verdicts on one engine of a live server.
#[derive(Clone, Debug, Default)]
pub struct LiveTally {
    /// Outcomes that are permitted.
    pub permitted: u64,
    /// Outcomes that are not.
    pub violations: u64,
    /// Runs that count as not compared, by reason.
    pub not_compared: BTreeMap<String, u64>,
    /// Workers launched over all compared runs.
    pub workers_launched: u64,
    /// Plans of the server that the checker accepts.
    pub plans_accepted: u64,
    /// Plans that it cannot judge, by what it has no rule for.
    pub plans_unknown: BTreeMap<String, u64>,
}

impl Tally {
    pub(super) fn count(&mut self, judged: &Judged) {
        self.cases += 1;
        self.checked += judged.checked.clone();
        match &judged.verdict {
            Verdict::Agree => self.agree += 1,
            Verdict::Allowed { .. } => self.allowed += 1,
            Verdict::Violation(finding) => {
                self.violations += 1;
                *self.broken.entry(finding.clause.into()).or_default() += 1;
            }
            Verdict::Unable { reason } => *self.unable.entry(reason.clone()).or_default() += 1,
        }
    }

    pub(super) fn count_live(&mut self, live: &LiveVerdict) {
        let tally = self.live.entry(live.engine.clone()).or_default();
        match &live.typing {
            Some(Typing::Accepted) => tally.plans_accepted += 1,
            Some(Typing::Unknown(unknown)) => {
                *tally.plans_unknown.entry(unknown.what.clone()).or_default() += 1;
            }
            // A refused plan is a violation, counted below.
            Some(Typing::Refused(_)) | None => {}
        }
        match &live.verdict {
            Verdict::Agree | Verdict::Allowed { .. } => {
                tally.permitted += 1;
                tally.workers_launched += live.workers.1 as u64;
            }
            Verdict::Violation(finding) => {
                tally.violations += 1;
                *self.broken.entry(finding.clause.into()).or_default() += 1;
            }
            Verdict::Unable { reason } => {
                *tally.not_compared.entry(reason.clone()).or_default() += 1;
            }
        }
    }

    /// Whether a failure of this class is still worth shrinking.
    pub(super) fn wants(&self, verdict: &Verdict) -> bool {
        let clause = |verdict: &Verdict| match verdict {
            Verdict::Violation(finding) => Some(finding.clause),
            _ => None,
        };
        let known = self.found.iter().filter(|found| clause(&found.verdict) == clause(verdict));
        known.count() < KEPT_PER_CLASS
    }

    pub(super) fn found(&mut self, found: Found) {
        self.found.push(found);
    }

    pub(super) fn merge(&mut self, other: Tally) {
        self.cases += other.cases;
        self.agree += other.agree;
        self.allowed += other.allowed;
        self.violations += other.violations;
        self.checked += other.checked;
        for (reason, count) in other.unable {
            *self.unable.entry(reason).or_default() += count;
        }
        for (clause, count) in other.broken {
            *self.broken.entry(clause).or_default() += count;
        }
        self.found.extend(other.found);
    }

    pub(super) fn finish(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
        // Threads come to an end in any order; the report does not show it.
        self.found.sort_by_key(|found| found.original.seed);
    }

    /// Cases of which nothing was decided.
    pub fn undecided(&self) -> u64 {
        self.unable.values().sum()
    }

    /// Whether anything at all was violated, by our engine or by a server.
    pub fn is_violated(&self) -> bool {
        self.violations > 0 || self.live.values().any(|live| live.violations > 0)
    }
}
