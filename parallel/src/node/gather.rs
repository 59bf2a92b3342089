//! `Gather`: runs the plan below in several participants and returns all their rows. [plan.gather]
//!
//! ```text
//! first pull    shared state is made, workers are asked for; the leader takes part if it may, or if none is to be had
//! each pull     an error of a worker fails the query; then rows of workers, then a batch of the leader's own copy
//! nothing       the leader waits for its workers' latch
//! dropped       the queues are detached: each worker stops at its next send
//! ```

use std::sync::Arc;

use spec::SqlError;
use spec::plan::Plan;

use super::{Executing, Executor, Needed, Parcel, Pull, Pulled, SharedState, Site, build};
use crate::fault::Fault;
use crate::protocol::{Event, FirstError, LeaderSteps, Polled, Readers, TupleQueue, Wait};
use crate::runtime::{Assignment, Execution, Participant, Worker};

/// How many batches a worker may be ahead of its leader.
const QUEUE_BATCHES: usize = 16;

/// Collects the rows of workers, and takes part.
pub(crate) struct Gather<'p> {
    input: &'p Plan,
    workers_planned: usize,
    single_copy: bool,
    execution: &'p Execution<'p>,
    running: Option<Running<'p>>,
    done: bool,
}

/// A Gather after its first pull.
struct Running<'p> {
    launched: Launched,
    steps: LeaderSteps,
    readers: Readers<Parcel>,
    local: Local<'p>,
    /// Simulated runs: pulls before the leader joins in, unless there is nothing else to do.
    joins_after: usize,
}

/// What a Gather (Merge) knows of the workers that it has asked for.
pub(super) struct Launched {
    /// Its number among the Gathers of the run.
    pub number: usize,
    /// Happens when rows arrive, or a worker ends.
    pub arrival: Arc<Event>,
    pub errors: Arc<FirstError<SqlError>>,
    pub shared: Arc<SharedState>,
}

/// The leader's own copy of the plan.
enum Local<'p> {
    /// It takes part, but has not begun.
    Ready,
    Running(Executing<'p>),
    /// It does not take part.
    Absent,
    Done,
}

impl<'p> Gather<'p> {
    pub fn new(
        input: &'p Plan,
        workers_planned: usize,
        single_copy: bool,
        site: &Site<'p>,
    ) -> Gather<'p> {
        let (execution, running, done) = (site.execution, None, false);
        Gather { input, workers_planned, single_copy, execution, running, done }
    }

    fn start(&self, me: &mut Participant<'p>) -> Running<'p> {
        let execution = self.execution;
        let (launched, queues) = launch(self.input, self.workers_planned, execution, me);
        let takes_part =
            queues.is_empty() || (execution.leader_participates() && !self.single_copy);
        let Launched { arrival, errors, .. } = &launched;
        let steps = LeaderSteps::new(arrival, &queues, errors, takes_part);
        Running {
            launched,
            steps,
            readers: Readers::new(queues),
            local: if takes_part { Local::Ready } else { Local::Absent },
            joins_after: me.dice().map_or(0, |dice| dice.below(16)),
        }
    }
}

/// Makes the shared state and asks for workers; the queues on which they will send.
///
/// A worker launches no workers: a Gather in it runs its plan itself, as where none is to be had. The leader launches some
/// for its own copy, as PostgreSQL's does, so that such a plan gathers once per participant; the checker refuses it, and
/// only an unchecked plan comes here. [plan.gather.nested]
pub(super) fn launch<'p>(
    input: &'p Plan,
    workers_planned: usize,
    execution: &'p Execution<'p>,
    me: &mut Participant<'p>,
) -> (Launched, Vec<Arc<TupleQueue<Parcel>>>) {
    let workers = if me.is_worker() { 0 } else { execution.reserve_workers(workers_planned) };
    let number = execution.gather_reached(workers_planned);
    let shared = Arc::new(SharedState::new(input, workers + 1, execution));
    let (arrival, errors) = (Arc::new(Event::new()), Arc::new(FirstError::default()));
    let mut queues = Vec::with_capacity(workers);
    for worker in 1..=workers {
        let capacity = me.dice().map_or(QUEUE_BATCHES, |dice| 1 + dice.below(3));
        let queue = Arc::new(TupleQueue::new(capacity, arrival.clone()));
        queues.push(queue.clone());
        let context = me.context_of(worker);
        let assignment = Assignment {
            number: worker,
            plan: input,
            execution,
            gather: number,
            shared: shared.clone(),
            queue,
            errors: errors.clone(),
        };
        me.launches.push(Worker::new(assignment, context));
    }
    (Launched { number, arrival, errors, shared }, queues)
}

impl<'p> Executor<'p> for Gather<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        if self.done {
            return Ok(Pulled::Done);
        }
        let Some(mut running) = self.running.take() else {
            self.running = Some(self.start(me));
            return Ok(Pulled::Blocked(Wait::Turn));
        };
        let pulled = running.pull(self.input, me)?;
        self.done = matches!(pulled, Pulled::Done);
        self.running = (!self.done).then_some(running);
        Ok(pulled)
    }
}

impl<'p> Running<'p> {
    fn pull(&mut self, input: &'p Plan, me: &mut Participant<'p>) -> Pull {
        let before = self.launched.arrival.look();
        let own_first = self.take_chances(me);
        if own_first {
            match self.pull_local(input, me)? {
                Pulled::Done => {}
                pulled => return Ok(pulled),
            }
        }
        if me.execution.plants(Fault::LastBatchLostAtDetach) {
            self.readers.forget_detached();
        }
        let polled = self.readers.poll();
        // After the last row: a worker reports its error before it detaches.
        if let Some(error) = self.launched.errors.raised() {
            return Err(error);
        }
        if let Polled::Item(parcel) = polled {
            let (batch, crossed) = parcel.unpack(&input.columns)?;
            me.tally.states_as_bytes += crossed;
            return Ok(Pulled::Batch(batch));
        }
        if let (Polled::Empty, true) = (&polled, self.joins_after > 0) {
            self.joins_after -= 1;
            return Ok(Pulled::Blocked(Wait::Turn));
        }
        if matches!((&polled, &self.local), (Polled::Finished, Local::Absent))
            && me.execution.launched(self.launched.number) == 0
        {
            // Not one of the workers could begin: the leader does it all.
            self.local = Local::Ready;
        }
        match (self.pull_local(input, me)?, polled) {
            (Pulled::Done, Polled::Finished) => {
                self.steps.finished();
                Ok(Pulled::Done)
            }
            (Pulled::Done, _) => {
                Ok(Pulled::Blocked(Wait::Event(self.launched.arrival.clone(), before)))
            }
            (pulled, _) => Ok(pulled),
        }
    }

    /// Simulated runs: which queue is read next, and whether the leader's own copy goes first.
    fn take_chances(&mut self, me: &mut Participant<'p>) -> bool {
        let Some(dice) = me.dice() else { return false };
        if !self.readers.is_empty() && dice.coin() {
            self.readers.turn_to(dice.below(self.readers.len()));
        }
        self.joins_after == 0 && dice.coin()
    }

    /// The next batch of the leader's own copy; `Done` if it takes no part (any more).
    fn pull_local(&mut self, input: &'p Plan, me: &mut Participant<'p>) -> Pull {
        if let Local::Ready = self.local {
            let site = Site {
                execution: me.execution,
                shared: Some(self.launched.shared.clone()),
                number: me.number,
                needed: Needed::all(),
            };
            let executor = build(input, &site).map_err(|failure| failure.to_sql_error())?;
            self.local = Local::Running(executor);
            self.steps.joined();
            me.execution
                .note_gather(self.launched.number, |trace| trace.leader_participated = true);
        }
        let Local::Running(executor) = &mut self.local else { return Ok(Pulled::Done) };
        let pulled = executor.pull(me)?;
        match pulled {
            Pulled::Batch(_) => self.steps.row(),
            Pulled::Done => {
                self.steps.done();
                self.local = Local::Done;
            }
            Pulled::Blocked(_) => {}
        }
        Ok(pulled)
    }
}
