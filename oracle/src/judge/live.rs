//! Live PostgreSQL: is what a server answers, serially and in parallel, among the permitted outcomes, and does the plan that it
//! chose have a type? [verdict.live]
//!
//! A run that was meant to be parallel and fell back to a serial plan, or for which no worker was launched, counts as not
//! compared.

use spec::permitted::Permitted;

use crate::engine::postgres::import::Typing;
use crate::engine::postgres::{Mode, Observed, Server};
use crate::engine::{self, Question, Unable};
use crate::verdict::Verdict;

/// What was said of one run of a live server.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveVerdict {
    /// The server with version and mode.
    pub engine: String,
    /// The mode alone.
    pub mode: Mode,
    /// The verdict.
    pub verdict: Verdict,
    /// The plan that really ran, from the root down.
    pub plan: Option<String>,
    /// Workers planned and launched, over all Gathers.
    pub workers: (usize, usize),
    /// What the checker says of that plan.
    pub typing: Option<Typing>,
}

/// Asks a server in these modes; its tables must be those of the question's database.
pub fn judge(question: &Question<'_>, server: &mut Server, modes: &[Mode]) -> Vec<LiveVerdict> {
    let permitted = engine::permitted(question);
    let ask = |mode: &Mode| {
        let name = match mode {
            Mode::Serial => "serial",
            Mode::Forced => "forced parallel",
        };
        let engine = format!("PostgreSQL {} {name}", server.version());
        match &permitted {
            Err(unable) => not_compared(engine, *mode, unable.clone()),
            Ok(permitted) => match server.ask(question.sql, *mode) {
                Ok(observed) => compare(engine, *mode, permitted, &observed),
                Err(unable) => not_compared(engine, *mode, unable),
            },
        }
    };
    modes.iter().map(ask).collect()
}

fn not_compared(engine: String, mode: Mode, unable: Unable) -> LiveVerdict {
    let verdict = super::no_outcome(unable);
    LiveVerdict { engine, mode, verdict, plan: None, workers: (0, 0), typing: None }
}

fn compare(engine: String, mode: Mode, permitted: &Permitted, observed: &Observed) -> LiveVerdict {
    let gathers = observed.plan.iter().flat_map(|plan| &plan.gathers);
    let workers = gathers.fold((0, 0), |(planned, launched), gather| {
        (planned + gather.workers_planned, launched + gather.workers_launched)
    });
    let typing = observed.plan.as_ref().map(|plan| plan.typing.clone());
    let refused = || typing.as_ref().and_then(super::plan_typing::finding);
    let finding = permitted.refute(&observed.outcome, None).or_else(refused);
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
    LiveVerdict { engine, mode, verdict, plan, workers, typing }
}
