//! A worker: its own copy of the partial plan, and the queue to the leader.

use std::sync::Arc;

use spec::SqlError;
use spec::plan::Plan;

use super::{Execution, Participant, Step};
use crate::fault::Fault;
use crate::kernel::Context;
use crate::node::{self, Executing, Needed, Parcel, Pulled, SharedState, Site};
use crate::protocol::{FirstError, Sent, TupleQueue};

/// What a Gather hands to a worker that it asks for.
pub(crate) struct Assignment<'p> {
    /// From 1.
    pub number: usize,
    pub plan: &'p Plan,
    pub execution: &'p Execution<'p>,
    /// The number of the Gather in the trace.
    pub gather: usize,
    pub shared: Arc<SharedState>,
    pub queue: Arc<TupleQueue<Parcel>>,
    pub errors: Arc<FirstError<SqlError>>,
}

/// A worker, from being asked for to its end.
pub(crate) struct Worker<'p> {
    assignment: Assignment<'p>,
    /// What its expressions see, until it begins.
    context: Option<Context>,
    /// From the first step on.
    running: Option<(Participant<'p>, Executing<'p>)>,
    /// A batch that the full queue gave back.
    unsent: Option<Parcel>,
}

impl<'p> Worker<'p> {
    pub fn new(assignment: Assignment<'p>, context: Context) -> Worker<'p> {
        Worker { assignment, context: Some(context), running: None, unsent: None }
    }

    /// From 1.
    pub fn number(&self) -> usize {
        self.assignment.number
    }

    /// Goes on until it would block, has sent a batch, or has ended; an error goes to the leader. [gather.error]
    pub fn step(&mut self) -> Step {
        self.advance().unwrap_or_else(|error| {
            if !self.assignment.execution.plants(Fault::WorkerErrorSwallowed) {
                self.assignment.errors.raise(self.number(), error);
            }
            Step::Finished
        })
    }

    fn advance(&mut self) -> Result<Step, SqlError> {
        if self.running.is_none() {
            self.begin()?;
            return Ok(Step::Ready);
        }
        let (me, executor) = self.running.as_mut().expect("it has begun");
        let parcel = match self.unsent.take() {
            Some(parcel) => parcel,
            None => match executor.pull(me)? {
                Pulled::Batch(batch) => {
                    let as_bytes = self.assignment.execution.schedule.states_as_bytes;
                    Parcel::pack(batch, &self.assignment.plan.columns, as_bytes)
                }
                Pulled::Blocked(wait) => return Ok(Step::Blocked(wait)),
                Pulled::Done => return Ok(Step::Finished),
            },
        };
        Ok(match self.assignment.queue.try_send(parcel) {
            Sent::Queued => Step::Ready,
            Sent::Full(parcel, wait) => {
                self.unsent = Some(parcel);
                Step::Blocked(wait)
            }
            Sent::Detached => Step::Finished,
        })
    }

    /// The worker begins: from now on it counts as launched.
    fn begin(&mut self) -> Result<(), SqlError> {
        let Assignment { number, plan, execution, gather, ref shared, .. } = self.assignment;
        execution.note_gather(gather, |trace| trace.workers_launched += 1);
        self.assignment.queue.attach_writer();
        let context = self.context.take().expect("a worker begins once");
        let me = Participant::new(number, execution, context);
        let site = Site { execution, shared: Some(shared.clone()), number, needed: Needed::all() };
        let executor = node::build(plan, &site).map_err(|failure| failure.to_sql_error())?;
        self.running = Some((me, executor));
        Ok(())
    }
}

/// However a worker ends (also by a panic, or because it could not be started), the leader is told.
impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.running = None;
        self.assignment.execution.release_worker();
        self.assignment.queue.detach_writer();
    }
}
