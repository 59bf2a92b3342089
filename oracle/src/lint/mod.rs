//! Lint: what the catalogue alone says against an aggregate that is to be split.
//!
//! ```text
//! read      the aggregates, with their functions        engine/postgres/aggregates
//! for each aggregate, each rule of RULES                rules.rs: from the definition
//! the initial state combined with itself                probe.rs: the one rule that calls a function
//! a finding: what, why it matters, SQL that mends it    mend.rs
//! known and harmless in PostgreSQL itself: explained    explained.rs
//! report                                                report.rs: for people, JSON, JUnit
//! ```
//!
//! Everything happens in one READ ONLY transaction that is rolled back. Lint knows no rows: what it passes may still be
//! wrong, and `bothways aggregate` asks that.

pub mod explained;
pub mod mend;
pub mod probe;
pub mod report;
pub mod rules;

use postgres::Client;

use crate::engine::postgres::aggregates::Aggregate;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know; nothing is wrong. Does not count for the exit code.
    Note,
    /// Not what the author can have meant, or not to be relied on.
    Warning,
    /// A parallel plan answers wrong, or fails.
    Error,
}

impl Severity {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// What a rule has against an aggregate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// The clause that is at stake.
    pub clause: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, of this aggregate.
    pub what: String,
    /// Why it matters, of any.
    pub why: &'static str,
    /// SQL that mends it, whole statements.
    pub mend: String,
    /// Why it does no harm here, if that is known.
    pub explained: Option<&'static str>,
}

impl Finding {
    /// Whether the finding speaks against the aggregate: neither a note nor explained.
    pub fn counts(&self) -> bool {
        self.severity > Severity::Note && self.explained.is_none()
    }
}

/// What was found of one aggregate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Name and argument types.
    pub aggregate: String,
    /// What was found, in the order of the rules.
    pub findings: Vec<Finding>,
    /// Rules that were not asked, and why.
    pub unasked: Vec<(&'static str, String)>,
}

/// Lints aggregates; the client is in a READ ONLY transaction.
///
/// # Errors
/// If the server is lost; what a probed function raises is an answer.
pub fn lint(client: &mut Client, aggregates: &[Aggregate]) -> Result<Vec<Report>, postgres::Error> {
    aggregates.iter().map(|aggregate| lint_one(client, aggregate)).collect()
}

fn lint_one(client: &mut Client, aggregate: &Aggregate) -> Result<Report, postgres::Error> {
    let mut findings: Vec<Finding> =
        rules::RULES.iter().flat_map(|rule| rule.findings(aggregate)).collect();
    let mut unasked = vec![];
    match probe::initial_state(client, aggregate)? {
        probe::Answer::Neutral | probe::Answer::DoesNotApply => {}
        probe::Answer::NotAsked(why) => unasked.push((probe::RULE, why)),
        probe::Answer::Changes(what) => findings.push(probe::finding(aggregate, what)),
    }
    for finding in &mut findings {
        finding.explained = explained::why(aggregate, finding.rule);
    }
    Ok(Report { aggregate: aggregate.signature(), findings, unasked })
}
