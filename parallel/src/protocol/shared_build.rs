//! Parallel Hash: the phases through which participants build one table together and probe it. [join.shared.build-first]
//!
//! ```text
//! Elect → Allocate → Build → Probe → Unmatched → Free
//!
//! attach           at any time, at the phase that it finds; None: there is nothing left to do
//! advance          what is to be done now; called again, it has been done
//!                    Allocate   of one participant, who was elected: make the table
//!                    Build      of all: insert rows until none is left
//!                    Probe      of all: probe until no outer row is left, then finish_probing
//!                  or Blocked, until everybody who has attached has come to the end of the phase; or Broken
//! finish_probing   leaves without waiting, but for the last, who may return what nobody has matched, then calls finish
//! dropped          it has stopped early: a build is broken then, and after a probe nobody knows what is unmatched
//! ```
//!
//! Attached participants count, planned ones do not: a worker that never begins is waited for by nobody. Nobody waits for
//! somebody who may be blocked on its queue to the leader, for no wait comes after the first row was returned.
//! [join.shared.attach] [join.shared.wait]

use super::event::{Event, Wait};
use super::record::{Action, Log};
use super::sync::{Arc, Mutex, lock};

/// The shared part: who has attached, and how far they are.
#[derive(Debug)]
pub struct SharedBuild {
    state: Mutex<State>,
    /// Happens when a phase ends, or the build breaks.
    moved: Arc<Event>,
    log: Log,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    attached: usize,
    /// How many have come to the end of the phase.
    arrived: usize,
    /// Whether the table has its maker.
    elected: bool,
    /// Somebody has left before the table was complete.
    broken: bool,
    /// Somebody has left before it had probed all of its rows.
    unmatched_unknown: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Elect,
    Allocate,
    Build,
    Probe,
    Unmatched,
    Free,
}

/// One participant's part.
#[derive(Debug)]
pub struct Builder {
    shared: Arc<SharedBuild>,
    participant: usize,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In this phase, its work not begun.
    Ready(Phase),
    /// It is making the table.
    Elected,
    Building,
    /// It has arrived at the end of this phase.
    Waiting(Phase),
    Probing,
    Last,
    Left,
}

/// What a participant does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Makes the table: nobody else does. [join.shared.elected]
    Allocate,
    /// Inserts rows of the inner side until none is left.
    Build,
    /// Probes with rows of the outer side until none is left.
    Probe,
}

/// How far a participant got.
#[derive(Debug)]
pub enum Advanced {
    /// To its next task.
    Task(Task),
    /// It waits for others.
    Blocked(Wait),
    /// Somebody has left before the table was complete: there is no answer, and nobody wants one.
    Broken,
}

/// How a participant ends its probing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probed {
    /// Others are still probing: it has left.
    Left,
    /// It is the last: what nobody has matched is its to return, if it is known. [join.shared.unmatched]
    Last {
        /// Whether everybody has probed all of its rows.
        unmatched_known: bool,
    },
}

impl Default for SharedBuild {
    fn default() -> SharedBuild {
        SharedBuild::new()
    }
}

impl SharedBuild {
    /// A build that nobody has attached to.
    pub fn new() -> SharedBuild {
        let state = State {
            phase: Phase::Elect,
            attached: 0,
            arrived: 0,
            elected: false,
            broken: false,
            unmatched_unknown: false,
        };
        let log = Log::begin(|| Action::BuildMade);
        SharedBuild { state: Mutex::new(state), moved: Arc::new(Event::new()), log }
    }
}

impl Builder {
    /// A participant joins in at the phase that it finds; `None` if nothing is left to do. [join.shared.attach]
    pub fn attach(shared: &Arc<SharedBuild>, participant: usize) -> Option<Builder> {
        let mut state = lock(&shared.state);
        shared.log.note(|| Action::BuildAttached(participant));
        if state.broken || state.phase >= Phase::Unmatched {
            return None;
        }
        state.attached += 1;
        let place = Place::Ready(state.phase);
        drop(state);
        Some(Builder { shared: shared.clone(), participant, place })
    }

    /// The next task, the one before being done.
    pub fn advance(&mut self) -> Advanced {
        let shared = self.shared.clone();
        let seen = shared.moved.look();
        let mut state = lock(&shared.state);
        let before = state.phase;
        let advanced = loop {
            if let Some(advanced) = self.step(&mut state, seen) {
                break advanced;
            }
        };
        let moved = state.phase != before;
        drop(state);
        if moved {
            shared.moved.signal_by(&shared.log);
        }
        advanced
    }

    /// One step, within the lock; `None` if another follows at once.
    fn step(&mut self, state: &mut State, seen: u64) -> Option<Advanced> {
        match self.place {
            Place::Elected => {
                self.note(Action::TableMade);
                self.place = Place::Ready(Phase::Allocate);
                return None;
            }
            Place::Probing => return Some(Advanced::Task(Task::Probe)),
            Place::Last | Place::Left => return Some(Advanced::Broken),
            Place::Ready(_) | Place::Building | Place::Waiting(_) => {}
        }
        if state.broken {
            self.note(Action::BuildGivenUp);
            self.leave(state);
            return Some(Advanced::Broken);
        }
        match self.place {
            Place::Ready(Phase::Build) => {
                self.place = Place::Building;
                Some(Advanced::Task(Task::Build))
            }
            Place::Ready(Phase::Probe) => {
                self.place = Place::Probing;
                Some(Advanced::Task(Task::Probe))
            }
            Place::Ready(phase) => self.arrive(state, phase),
            Place::Building => self.arrive(state, Phase::Build),
            Place::Waiting(phase) if phase == state.phase => {
                Some(Advanced::Blocked(Wait::Event(self.shared.moved.clone(), seen)))
            }
            Place::Waiting(phase) => self.wake(state, phase),
            Place::Elected | Place::Probing | Place::Last | Place::Left => {
                unreachable!("see above")
            }
        }
    }

    /// It has come to the end of the phase; with the last to come the phase ends.
    fn arrive(&mut self, state: &mut State, phase: Phase) -> Option<Advanced> {
        self.note(Action::BuildArrived);
        self.place = Place::Waiting(phase);
        state.arrived += 1;
        if state.arrived == state.attached {
            state.arrived = 0;
            state.phase = match phase {
                Phase::Elect => Phase::Allocate,
                Phase::Allocate => Phase::Build,
                _ => Phase::Probe,
            };
        }
        None
    }

    /// The phase at whose end it waited has ended.
    fn wake(&mut self, state: &mut State, phase: Phase) -> Option<Advanced> {
        self.note(Action::BuildWoke);
        if phase == Phase::Elect && !state.elected {
            state.elected = true;
            self.place = Place::Elected;
            return Some(Advanced::Task(Task::Allocate));
        }
        self.place = Place::Ready(match phase {
            Phase::Elect => Phase::Allocate,
            Phase::Allocate => Phase::Build,
            _ => Phase::Probe,
        });
        None
    }

    /// It has probed all of its rows.
    pub fn finish_probing(&mut self) -> Probed {
        let shared = self.shared.clone();
        let mut state = lock(&shared.state);
        self.note(Action::ProbingEnded);
        if state.attached > 1 {
            self.leave(&mut state);
            return Probed::Left;
        }
        state.phase = Phase::Unmatched;
        self.place = Place::Last;
        Probed::Last { unmatched_known: !state.unmatched_unknown }
    }

    /// The last participant has returned what nobody has matched: the table may be freed. [join.shared.free]
    pub fn finish(&mut self) {
        let shared = self.shared.clone();
        let mut state = lock(&shared.state);
        self.note(Action::BuildLeft);
        self.leave(&mut state);
    }

    /// It has put so many rows into the table: nothing but a note in a log.
    pub fn inserted(&self, rows: usize) {
        let participant = self.participant;
        self.shared.log.note(|| Action::RowsInserted { participant, rows });
    }

    /// It looks up so many outer rows: nothing but a note in a log.
    pub fn probed(&self, rows: usize) {
        let participant = self.participant;
        self.shared.log.note(|| Action::RowsProbed { participant, rows });
    }

    /// It returns so many rows that nobody has matched: nothing but a note in a log.
    pub fn returned(&self, rows: usize) {
        let participant = self.participant;
        self.shared.log.note(|| Action::RowsReturned { participant, rows });
    }

    fn leave(&mut self, state: &mut State) {
        self.place = Place::Left;
        state.attached -= 1;
        if state.attached == 0 {
            state.phase = Phase::Free;
        }
    }

    fn note(&self, action: fn(usize) -> Action) {
        self.shared.log.note(|| action(self.participant));
    }
}

/// Whoever stops early says so, and nobody waits for it.
impl Drop for Builder {
    fn drop(&mut self) {
        if self.place == Place::Left {
            return;
        }
        let shared = self.shared.clone();
        let mut state = lock(&shared.state);
        self.note(Action::BuildStopped);
        if state.phase >= Phase::Probe {
            state.unmatched_unknown = true;
        } else {
            state.broken = true;
        }
        self.leave(&mut state);
        drop(state);
        shared.moved.signal_by(&shared.log);
    }
}
