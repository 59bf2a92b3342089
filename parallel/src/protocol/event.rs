//! What a participant that cannot go on waits for.

use super::record::{Action, Log};
use super::sync::{Arc, Condvar, Mutex, lock};

/// A counter of happenings, with a place to park until it moves (an eventcount).
///
/// Who waits reads [`Event::epoch`] *before* it looks whether there is something to do; a happening between the look
/// and the wait has then moved the epoch, and the wait is over at once: no wake-up is lost.
#[derive(Debug)]
pub struct Event {
    epoch: Mutex<u64>,
    moved: Condvar,
    log: Log,
}

impl Default for Event {
    fn default() -> Event {
        Event::new()
    }
}

impl Event {
    /// An event that has not happened yet.
    pub fn new() -> Event {
        let log = Log::begin(|| Action::EventMade);
        Event { epoch: Mutex::new(0), moved: Condvar::new(), log }
    }

    /// How often it has happened.
    pub fn epoch(&self) -> u64 {
        *lock(&self.epoch)
    }

    /// How often it has happened, for one who looks now whether there is something to do and may then wait.
    pub fn look(&self) -> u64 {
        let epoch = lock(&self.epoch);
        self.log.note(|| Action::Looked);
        *epoch
    }

    /// Happens: whoever waits goes on.
    pub fn signal(&self) {
        self.signal_by(&Log::default());
    }

    /// Happens by the hand of the object with this log.
    pub fn signal_by(&self, by: &Log) {
        let mut epoch = lock(&self.epoch);
        *epoch += 1;
        self.log.note(|| Action::Signalled(by.object()));
        drop(epoch);
        self.moved.notify_all();
    }

    /// Its number in a log.
    pub fn object(&self) -> u64 {
        self.log.object()
    }

    /// Parks the thread until the event has happened again since `seen`.
    pub fn park(&self, seen: u64) {
        let mut epoch = lock(&self.epoch);
        while *epoch == seen {
            epoch = match self.moved.wait(epoch) {
                Ok(guard) => guard,
                Err(poisoned) => poisoned.into_inner(),
            };
        }
    }
}

/// What a blocked participant waits for.
#[derive(Clone, Debug)]
pub enum Wait {
    /// Nothing: it gives the others a turn (only in the simulated runtime).
    Turn,
    /// That this event happens again since this epoch.
    Event(Arc<Event>, u64),
}

impl Wait {
    /// Whether the participant can go on.
    pub fn is_over(&self) -> bool {
        match self {
            Wait::Turn => true,
            Wait::Event(event, seen) => event.epoch() != *seen,
        }
    }

    /// Parks the thread until the participant can go on.
    pub fn park(&self) {
        if let Wait::Event(event, seen) = self {
            event.park(*seen);
        }
    }
}
