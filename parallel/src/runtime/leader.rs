//! The leader: init plans one after the other, then the plan itself.

use std::collections::VecDeque;
use std::sync::Arc;

use spec::error::sqlstate;
use spec::plan::{InitPlan, Plan};
use spec::{SqlError, Value};

use super::{Execution, Participant, Step, Worker};
use crate::batch::Batch;
use crate::kernel::Context;
use crate::node::{self, Executing, Needed, Pulled, Site};

/// The participant that the client talks to.
pub(crate) struct Leader<'p> {
    me: Participant<'p>,
    /// Init plans that are still to be evaluated, those that others need first.
    init_plans: VecDeque<&'p InitPlan>,
    /// What is running now.
    executor: Option<Executing<'p>>,
    /// What it has returned so far.
    batches: Vec<Batch>,
    error: Option<SqlError>,
}

impl<'p> Leader<'p> {
    pub fn new(execution: &'p Execution<'p>) -> Leader<'p> {
        let mut init_plans = VecDeque::new();
        collect_init_plans(execution.plan, &mut init_plans);
        let me = Participant::new(
            0,
            execution,
            Context::new(Arc::default(), execution.seed().unwrap_or(0)),
        );
        Leader { me, init_plans, executor: None, batches: Vec::new(), error: None }
    }

    /// The schedule as text, for a message.
    pub fn schedule(&self) -> String {
        self.me.execution.schedule.to_string()
    }

    /// The workers that the last step asked for.
    pub fn launches(&mut self) -> impl Iterator<Item = Worker<'p>> {
        self.me.launches.drain(..)
    }

    /// The answer, after the last step.
    pub fn into_answer(self) -> Result<Vec<Batch>, SqlError> {
        let Leader { batches, error, .. } = self;
        error.map_or(Ok(batches), Err)
    }

    /// Goes on until it would block, has a batch, or has ended; then every Gather below has let its workers go.
    pub fn step(&mut self) -> Step {
        self.advance().unwrap_or_else(|error| {
            self.executor = None;
            self.error = Some(error);
            Step::Finished
        })
    }

    fn advance(&mut self) -> Result<Step, SqlError> {
        let Some(executor) = &mut self.executor else {
            let execution = self.me.execution;
            let plan = self.init_plans.front().map_or(execution.plan, |init| &init.plan);
            let site = Site { execution, shared: None, number: 0, needed: Needed::all() };
            self.executor =
                Some(node::build(plan, &site).map_err(|failure| failure.to_sql_error())?);
            return Ok(Step::Ready);
        };
        match executor.pull(&mut self.me)? {
            Pulled::Blocked(wait) => return Ok(Step::Blocked(wait)),
            Pulled::Batch(batch) => {
                self.batches.push(batch);
                if !self.value_is_decided() {
                    return Ok(Step::Ready);
                }
            }
            Pulled::Done => {}
        }
        self.executor = None;
        let Some(init) = self.init_plans.pop_front() else { return Ok(Step::Finished) };
        let value = value_of(init, &std::mem::take(&mut self.batches))?;
        Arc::make_mut(&mut self.me.context.params).insert(init.id, value);
        Ok(Step::Ready)
    }

    /// Whether the init plan at hand needs no further row: EXISTS after one, a scalar after two.
    fn value_is_decided(&self) -> bool {
        let rows = || self.batches.iter().map(Batch::len).sum::<usize>();
        self.init_plans.front().is_some_and(|init| rows() > usize::from(!init.exists))
    }
}

/// All init plans, each after those that it may refer to.
fn collect_init_plans<'p>(plan: &'p Plan, init_plans: &mut VecDeque<&'p InitPlan>) {
    for init in &plan.init_plans {
        collect_init_plans(&init.plan, init_plans);
        init_plans.push_back(init);
    }
    for input in plan.inputs() {
        collect_init_plans(input, init_plans);
    }
}

/// The value of an init plan: NULL for no row, 21000 for several.
fn value_of(init: &InitPlan, batches: &[Batch]) -> Result<Value, SqlError> {
    let mut rows = batches.iter().flat_map(Batch::to_rows);
    let first = rows.next();
    if init.exists {
        return Ok(Value::Bool(first.is_some()));
    }
    if rows.next().is_some() {
        return Err(SqlError::new(
            sqlstate::CARDINALITY_VIOLATION,
            "more than one row returned by a subquery used as an expression",
        ));
    }
    Ok(first.map_or(Value::Null, |mut row| row.swap_remove(0)))
}
