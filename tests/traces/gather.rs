//! A Gather: its workers' queues, the leader's latch, the leader's own copy, the errors.

use super::{Run, rejects, without};
use models::gather::{Action, Gather, May, Supply};
use parallel::protocol::record::{Action as Logged, Entry};

/// A Gather as the log names it.
struct Objects<'a> {
    own: u64,
    arrival: u64,
    errors: u64,
    queues: &'a [u64],
}

/// What a log becomes: the model's actions, and what is known meanwhile.
#[derive(Default)]
struct Translation {
    trace: Vec<Action>,
    /// Per worker: whether it has a row that it has not sent.
    holds: Vec<bool>,
    /// How many queues the leader has read to their ends.
    drained: usize,
    finished: bool,
}

/// Every Gather of a run: its model, with its own sizes, and what was done.
pub fn traces(run: &Run) -> impl Iterator<Item = (Gather, Vec<Action>)> {
    run.log.iter().filter_map(|made| {
        let Logged::GatherMade { arrival, queues, errors, takes_part } = &made.action else {
            return None;
        };
        let objects = Objects { own: made.object, arrival: *arrival, errors: *errors, queues };
        let holds = vec![false; queues.len()];
        let mut translation = Translation { holds, ..Translation::default() };
        run.log.iter().for_each(|entry| translation.add(entry, &objects));
        let mut trace = translation.trace;
        // The call has come back.
        trace.push(Action::Return);
        let model = Gather {
            capacities: queues.iter().map(|queue| capacity(run, *queue)).collect(),
            supply: supply(&trace, queues.len()),
            leader_takes_part: *takes_part,
            may: May { fail: run.may_stop, not_begin: false, stop: run.may_stop },
            polls: trace.iter().filter(|action| **action == Action::Look).count() as u32,
            rescans: 0,
            mutant: None,
        };
        Some((model, trace))
    })
}

/// How many items the queue of this number holds.
pub fn capacity(run: &Run, queue: u64) -> u32 {
    let made = run.log.iter().find(|entry| entry.object == queue);
    match made.map(|entry| &entry.action) {
        Some(Logged::QueueMade { capacity, .. }) => *capacity as u32,
        other => panic!("object {queue} is no queue: {other:?}"),
    }
}

/// How many rows (the engine's batches) each participant made.
fn supply(trace: &[Action], workers: usize) -> Supply {
    let mut rows = vec![0; workers + 1];
    for action in trace {
        match action {
            Action::LocalRow => rows[0] += 1,
            Action::Take(worker) => rows[worker + 1] += 1,
            _ => {}
        }
    }
    Supply::Own(rows)
}

impl Translation {
    fn add(&mut self, entry: &Entry, objects: &Objects<'_>) {
        let worker = |queue: u64| objects.queues.iter().position(|other| *other == queue);
        if let Some(worker) = worker(entry.object) {
            self.add_of_queue(&entry.action, worker);
            return;
        }
        let drained = self.drained == objects.queues.len();
        let action = match &entry.action {
            // When every queue is read to its end, the latch means nothing any more.
            Logged::Looked if entry.object == objects.arrival && !drained => Action::Look,
            Logged::Signalled(by) if entry.object == objects.arrival => {
                Action::Signal(worker(*by).expect("only queues move the latch"))
            }
            Logged::Raised(participant) if entry.object == objects.errors => {
                Action::Raise(participant - 1)
            }
            Logged::ErrorSeen if entry.object == objects.errors => {
                self.finished = true;
                Action::SeeError
            }
            _ if entry.object != objects.own => return,
            Logged::LeaderJoined => Action::Join,
            Logged::LeaderRow => Action::LocalRow,
            Logged::LeaderDone => Action::LocalDone,
            Logged::LeaderFinished => {
                self.finished = true;
                Action::Finish
            }
            Logged::LeaderLeft if !self.finished => Action::Stop,
            _ => return,
        };
        self.trace.push(action);
    }

    fn add_of_queue(&mut self, logged: &Logged, worker: usize) {
        let action = match logged {
            Logged::WriterAttached => Action::Begin(worker),
            Logged::Sent(_) => {
                self.take(worker);
                self.holds[worker] = false;
                Action::Send(worker)
            }
            Logged::Full => return self.take(worker),
            Logged::Refused => {
                self.take(worker);
                Action::Refused(worker)
            }
            Logged::WriterDetached => Action::DetachWriter(worker),
            Logged::Received(_) => Action::Receive(worker),
            Logged::Empty => Action::Empty(worker),
            Logged::Ended => {
                self.drained += 1;
                Action::Ended(worker)
            }
            Logged::ReaderDetached => Action::DetachReader(worker),
            _ => return,
        };
        self.trace.push(action);
    }

    /// A row that a worker tries to send has been made before; only the first try shows it.
    fn take(&mut self, worker: usize) {
        if !std::mem::replace(&mut self.holds[worker], true) {
            self.trace.push(Action::Take(worker));
        }
    }
}

/// Tampers with a trace: how many of the changes were rejected, which must be all.
pub fn bite(model: &Gather, trace: &[Action]) -> usize {
    let needed = |action: &Action| {
        !matches!(action, Action::Look | Action::Empty(_) | Action::DetachReader(_))
    };
    let places = (0..trace.len()).filter(|at| needed(&trace[*at]));
    let few = places.clone().take(8).chain(places.rev().take(8));
    let mut bites = 0;
    for at in few {
        let tampered = without(trace, at);
        assert!(rejects(model, &tampered), "{model:?} accepts {tampered:?} instead of {trace:?}");
        bites += 1;
    }
    bites
}
