//! Live PostgreSQL: is what a server answers, serially and in parallel, among the permitted outcomes? [verdict.live]
//!
//! A run that was meant to be parallel and fell back to a serial plan, or for which no worker was launched, counts as not
//! compared.

use spec::permitted::Permitted;

use crate::engine::postgres::{Mode, Observed, Server};
use crate::engine::{self, Question, Unable};
use crate::verdict::Verdict;

/// What was said of one run of a live server.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveVerdict {
    /// The server with version and mode.
    pub engine: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The plan that really ran, from the root down.
    pub plan: Option<String>,
    /// Workers planned and launched, over all Gathers.
    pub workers: (usize, usize),
}

/// Asks a server in both modes; its tables must be those of the question's database.
pub fn judge(question: &Question<'_>, server: &mut Server) -> Vec<LiveVerdict> {
    let permitted = engine::permitted(question);
    [Mode::Serial, Mode::Forced]
        .map(|mode| {
            let name = match mode {
                Mode::Serial => "serial",
                Mode::Forced => "forced parallel",
            };
            let engine = format!("PostgreSQL {} {name}", server.version());
            match (&permitted, server.ask(question.sql, mode)) {
                (Ok(permitted), Ok(observed)) => compare(engine, permitted, &observed, mode),
                (Err(unable), _) => not_compared(engine, unable.clone()),
                (_, Err(unable)) => not_compared(engine, unable),
            }
        })
        .into()
}

fn not_compared(engine: String, unable: Unable) -> LiveVerdict {
    LiveVerdict { engine, verdict: super::no_outcome(unable), plan: None, workers: (0, 0) }
}

fn compare(engine: String, permitted: &Permitted, observed: &Observed, mode: Mode) -> LiveVerdict {
    let gathers = observed.plan.iter().flat_map(|plan| &plan.gathers);
    let workers = gathers.fold((0, 0), |(planned, launched), gather| {
        (planned + gather.workers_planned, launched + gather.workers_launched)
    });
    let finding = permitted.refute(&observed.outcome, None);
    let fell_back = mode == Mode::Forced && workers.1 == 0 && observed.plan.is_some();
    let verdict = match (finding, fell_back) {
        (None, true) => {
            let reason = match workers.0 {
                0 => "the server chose a serial plan".into(),
                planned => format!("none of {planned} planned workers was launched"),
            };
            Verdict::Unable { reason }
        }
        (finding, _) => super::verdict(permitted, finding),
    };
    let plan = observed.plan.as_ref().map(|plan| plan.spine.clone());
    LiveVerdict { engine, verdict, plan, workers }
}
