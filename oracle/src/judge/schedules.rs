//! Schedules: no schedule can be told apart from the meaning of the query. [verdict.schedule]
//!
//! A case is judged in four steps, and the first violation ends it: the serial plan and the parallel plan must type-check
//! (`judge::plan`), the serial plan must answer something permitted, and so must the parallel plan under
//! every schedule.

use std::panic::{AssertUnwindSafe, catch_unwind};

use parallel::Schedule;
use spec::error::{Failure, SqlError, sqlstate};
use spec::permitted::{Finding, Permitted};
use spec::query::Query;
use spec::settings::Settings;
use spec::sql::ast::Statement;
use spec::sql::{bind, parse};

use super::enclosure::{self, Enclosed};
use super::promise;
use crate::case::Case;
use crate::database::Database;
use crate::engine::parallel::Planned;
use crate::engine::{self, Question};
use crate::verdict::{ReallyChecked, Verdict};

/// What was said of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The verdict: the worst over all runs.
    pub verdict: Verdict,
    /// The schedule that the violation was seen under; `None` if it is not a schedule's.
    pub schedule: Option<Schedule>,
    /// What was really checked.
    pub checked: ReallyChecked,
}

impl Judged {
    fn of(verdict: Verdict) -> Judged {
        Judged { verdict, schedule: None, checked: ReallyChecked::default() }
    }
}

/// Judges a case, from its text on. A panic of ours is a violation, with the case that caused it.
pub fn judge(case: &Case) -> Judged {
    judge_over(case, &case.database())
}

/// Judges a case whose database is made already.
pub fn judge_over(case: &Case, database: &Database) -> Judged {
    let judged = catch_unwind(AssertUnwindSafe(|| try_judge(case, database)));
    match judged {
        Ok(Ok(judged)) => judged,
        Ok(Err(failure)) => Judged::of(Verdict::Unable { reason: failure.to_string() }),
        Err(panic) => {
            let message = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_default();
            Judged::of(Verdict::Violation(Finding::new("error.panic", message)))
        }
    }
}

/// Parses and binds the query of a case.
///
/// # Errors
/// What is wrong with it.
pub fn bound(sql: &str, database: &Database) -> Result<Query, Failure> {
    match parse::statement(sql)?.statement {
        Statement::Select(query) => bind::query(&query, &database.catalogue),
        _ => Err(SqlError::new(sqlstate::SYNTAX_ERROR, "only a query can be judged").into()),
    }
}

fn try_judge(case: &Case, database: &Database) -> Result<Judged, Failure> {
    let settings = case.settings()?;
    let query = bound(&case.sql, database)?;
    let question = Question { sql: &case.sql, query: &query, database, settings: &settings };
    let permitted = match engine::permitted(&question) {
        Ok(permitted) => permitted,
        Err(unable) => return Ok(Judged::of(super::no_outcome(unable))),
    };
    let serial_settings = Settings {
        max_parallel_workers_per_gather: 0,
        debug_parallel_query: false,
        ..settings.clone()
    };
    let serial = Question { settings: &serial_settings, ..question };
    let mut judged = judge_plan(&serial, &permitted, &[Schedule::simulated(0)]);
    if judged.verdict.is_violation() {
        return Ok(judged);
    }
    let parallel = judge_plan(&question, &permitted, &case.schedules);
    judged.checked += parallel.checked;
    let undecided = matches!(judged.verdict, Verdict::Unable { .. });
    if !undecided || parallel.verdict.is_violation() {
        judged.verdict = parallel.verdict;
        judged.schedule = parallel.schedule;
    }
    Ok(judged)
}

/// Plans a question and judges the plan under each schedule, up to the first violation.
fn judge_plan(question: &Question<'_>, permitted: &Permitted, schedules: &[Schedule]) -> Judged {
    let planned = match engine::parallel::plan(question) {
        Ok(planned) => planned,
        Err(unable) => return Judged::of(super::no_outcome(unable)),
    };
    let mut judged = Judged::of(Verdict::Agree);
    for schedule in schedules {
        let run = engine::parallel::run(&planned, question, schedule);
        judged.checked += ReallyChecked::of(&run.trace);
        let finding = permitted.refute(&run.outcome, Some(&run.trace));
        let finding = finding.map(|finding| promise::explained(question, finding, &run.trace));
        judged.verdict = super::verdict(permitted, finding);
        if !judged.verdict.is_violation() {
            match enclosure::judge(&planned, question, schedule, permitted, &run) {
                Enclosed::Nothing => {}
                Enclosed::Yes => judged.checked.enclosed += 1,
                Enclosed::No(finding) => judged.verdict = Verdict::Violation(finding),
            }
        }
        if judged.verdict.is_violation() {
            judged.schedule = Some(schedule.clone());
            return judged;
        }
        if matches!(planned, Planned::Error(_)) || run.trace.gathers.is_empty() {
            break; // a serial plan has one schedule
        }
    }
    judged
}
