//! The parallel engine: plans, has the plan checked, and runs it under a schedule.

use spec::Failure;
use spec::outcome::{Outcome, Run, Trace};
use spec::plan::Plan;
use spec::plan::check::{Checked, check_for};

use super::{Engine, Question, Unable};

/// The parallel engine under one schedule.
#[derive(Clone, Debug, Default)]
pub struct Parallel {
    /// How each query is run.
    pub schedule: parallel::Schedule,
}

/// What planning gave: a plan that the checker accepts, or an error that PostgreSQL raises while planning too.
pub enum Planned {
    /// A plan.
    Plan(Box<Checked<Plan>>),
    /// An error of the query's own (a constant expression that fails).
    Error(spec::SqlError),
}

/// Plans a query and has the plan checked.
///
/// # Errors
/// [`Unable::Unsupported`] for what cannot be planned yet, [`Unable::Refused`] for a plan that the checker refuses.
pub fn plan(question: &Question<'_>) -> Result<Planned, Unable> {
    match parallel::planner::plan(question.query, question.settings) {
        Ok(plan) => {
            let checked = check_for(plan, question.settings.server_version_num);
            checked.map(|plan| Planned::Plan(Box::new(plan))).map_err(Unable::Refused)
        }
        Err(Failure::Sql(error)) => Ok(Planned::Error(error)),
        Err(Failure::Unsupported(what)) => Err(Unable::Unsupported(what)),
    }
}

/// Runs what was planned.
pub fn run(planned: &Planned, question: &Question<'_>, schedule: &parallel::Schedule) -> Run {
    match planned {
        Planned::Plan(plan) => {
            parallel::run(plan, &question.database.parallel, question.settings, schedule)
        }
        Planned::Error(error) => {
            Run { outcome: Outcome::Error(error.clone()), trace: Trace::default() }
        }
    }
}

impl Engine for Parallel {
    fn name(&self) -> String {
        "parallel".into()
    }

    fn run(&mut self, question: &Question<'_>) -> Result<Run, Unable> {
        Ok(run(&plan(question)?, question, &self.schedule))
    }
}
