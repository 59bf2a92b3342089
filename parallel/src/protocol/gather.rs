//! The leader's side of a Gather: its turn over the workers' queues, and the first error. [gather.read]
//!
//! The leader stays on one queue until it would block, then goes on to the next; a queue whose writer has detached is
//! removed once it is drained, and the position is kept (`gather_readnext`). The leader may make rows itself
//! [gather.leader], and nobody waits for ever. [gather.ends]

use super::event::Event;
use super::record::{Action, Log};
use super::sync::{Arc, AtomicBool, Mutex, Ordering, lock};
use super::tuple_queue::{Received, TupleQueue};

/// The queues of the workers that are still running, and whose turn it is.
#[derive(Debug)]
pub struct Readers<T> {
    queues: Vec<Arc<TupleQueue<T>>>,
    next: usize,
}

/// What one round over the queues found.
#[derive(Debug, PartialEq, Eq)]
pub enum Polled<T> {
    /// An item.
    Item(T),
    /// Nothing now, but workers are running.
    Empty,
    /// No worker is running, and everything was read.
    Finished,
}

impl<T> Readers<T> {
    /// The queues of the launched workers.
    pub fn new(queues: Vec<Arc<TupleQueue<T>>>) -> Readers<T> {
        Readers { queues, next: 0 }
    }

    /// How many workers are still running, as far as the leader knows.
    pub fn len(&self) -> usize {
        self.queues.len()
    }

    /// Whether no worker is running any more.
    pub fn is_empty(&self) -> bool {
        self.queues.is_empty()
    }

    /// Continues with this queue (modulo their number): a scheduler's choice; any is correct.
    pub fn turn_to(&mut self, queue: usize) {
        if !self.queues.is_empty() {
            self.next = queue % self.queues.len();
        }
    }

    /// An item of the first queue that has one, from the current one on.
    pub fn poll(&mut self) -> Polled<T> {
        let mut visited = 0;
        while visited < self.queues.len() {
            match self.queues[self.next].try_receive() {
                Received::Item(item) => return Polled::Item(item),
                Received::Empty => {
                    self.next = (self.next + 1) % self.queues.len();
                    visited += 1;
                }
                Received::Detached => self.remove_current(),
            }
        }
        if self.queues.is_empty() { Polled::Finished } else { Polled::Empty }
    }

    /// Forgets the queues whose writer has detached, with whatever they still hold. Only a planted fault wants this.
    pub fn forget_detached(&mut self) {
        self.queues.retain(|queue| !queue.writer_is_gone());
        self.next = 0;
    }

    /// Wants nothing more from any worker: each stops at its next send. [gather.stop]
    pub fn detach(&mut self) {
        for queue in self.queues.drain(..) {
            queue.detach_reader();
        }
        self.next = 0;
    }

    fn remove_current(&mut self) {
        self.queues.remove(self.next);
        if self.next == self.queues.len() {
            self.next = 0;
        }
    }
}

/// No worker outlives the Gather's interest: dropping the readers, also while unwinding, detaches.
impl<T> Drop for Readers<T> {
    fn drop(&mut self) {
        self.detach();
    }
}

/// The error that fails the query: the first that was reported; later ones are dropped. [gather.error]
#[derive(Debug)]
pub struct FirstError<E> {
    raised: AtomicBool,
    error: Mutex<Option<E>>,
    log: Log,
}

impl<E> Default for FirstError<E> {
    fn default() -> FirstError<E> {
        let log = Log::begin(|| Action::ErrorsMade);
        FirstError { raised: AtomicBool::new(false), error: Mutex::new(None), log }
    }
}

impl<E: Clone> FirstError<E> {
    /// A participant reports an error; the first one wins.
    pub fn raise(&self, participant: usize, error: E) {
        let mut first = lock(&self.error);
        first.get_or_insert(error);
        self.log.note(|| Action::Raised(participant));
        drop(first);
        self.raised.store(true, Ordering::Release);
    }

    /// The error, if one was reported: cheap enough to ask before every step.
    pub fn raised(&self) -> Option<E> {
        if !self.raised.load(Ordering::Acquire) {
            return None;
        }
        let first = lock(&self.error);
        self.log.note(|| Action::ErrorSeen);
        first.clone()
    }
}

/// The leader's own steps under a Gather or a Gather Merge: nothing but notes in a log.
#[derive(Debug)]
pub struct LeaderSteps {
    log: Log,
}

impl LeaderSteps {
    /// A leader that reads these queues, waits for `arrival`, and may run the plan too.
    pub fn new<T, E>(
        arrival: &Event,
        queues: &[Arc<TupleQueue<T>>],
        errors: &FirstError<E>,
        takes_part: bool,
    ) -> LeaderSteps {
        let log = Log::begin(|| Action::GatherMade {
            arrival: arrival.object(),
            queues: queues.iter().map(|queue| queue.object()).collect(),
            errors: errors.log.object(),
            takes_part,
        });
        LeaderSteps { log }
    }

    /// A leader that merges what these queues bring with what its own copy gives, if it runs the plan too.
    pub fn merging<T, E>(
        queues: &[Arc<TupleQueue<T>>],
        errors: &FirstError<E>,
        takes_part: bool,
    ) -> LeaderSteps {
        let log = Log::begin(|| Action::MergeMade {
            queues: queues.iter().map(|queue| queue.object()).collect(),
            errors: errors.log.object(),
            takes_part,
        });
        LeaderSteps { log }
    }

    /// Rows of a participant have become its head; their keys are asked for only if a log is written.
    pub fn head_came(&self, source: usize, keys: impl FnOnce() -> Vec<Vec<String>>) {
        self.log.note(|| Action::HeadCame { source, keys: keys() });
    }

    /// The next row of this participant's head is returned. [gather.merge.least]
    pub fn head_given(&self, source: usize) {
        self.log.note(|| Action::HeadGiven(source));
    }

    /// It begins its own copy of the plan.
    pub fn joined(&self) {
        self.log.note(|| Action::LeaderJoined);
    }

    /// Its own copy has returned rows.
    pub fn row(&self) {
        self.log.note(|| Action::LeaderRow);
    }

    /// Its own copy has no more rows.
    pub fn done(&self) {
        self.log.note(|| Action::LeaderDone);
    }

    /// It has everything.
    pub fn finished(&self) {
        self.log.note(|| Action::LeaderFinished);
    }
}

impl Drop for LeaderSteps {
    fn drop(&mut self) {
        self.log.note(|| Action::LeaderLeft);
    }
}
