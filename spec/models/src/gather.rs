//! Gather: workers come or not, send rows, fail; the leader reads whoever has something, works itself, stops early.
//!
//! ```text
//! worker     Begin, then for each of its rows Take, Send;  Refused: the leader wants no more;  Raise: it reports an error
//!            DetachWriter: it has ended, however, or has never begun.  After Send and DetachWriter: Signal, the latch moves
//! leader     Look: it reads the latch;  then of each queue in turn Receive, Empty or Ended
//!            nothing anywhere and nothing of its own to do: it sleeps until the latch has moved, then looks again
//!            Join, LocalRow, LocalDone: its own copy of the plan, if it takes part, or if not one worker has begun
//!            SeeError: the query fails;  Stop: it wants no more (LIMIT, its own error);  Finish: everything was read
//!            then DetachReader of each queue that is left;  Return: when every worker has ended
//!            Rescan: all of it once more, with fresh claims and empty queues
//! ```
//!
//! What the queue itself promises is [`crate::tuple_queue`]'s subject: here it is a number of rows.

use stateright::{Model, Property};

use crate::check::Protocol;

/// A Gather over some workers.
#[derive(Clone, Debug)]
pub struct Gather {
    /// The capacity of each worker's queue: also how many workers there are.
    pub capacities: Vec<u32>,
    /// Where rows come from.
    pub supply: Supply,
    /// Whether the leader runs the plan too.
    pub leader_takes_part: bool,
    /// What may go wrong.
    pub may: May,
    /// How often the leader may look in vain.
    pub polls: u32,
    /// How often it is run again.
    pub rescans: u32,
    /// A planted mistake.
    pub mutant: Option<Mutant>,
}

/// Where rows come from.
#[derive(Clone, Debug)]
pub enum Supply {
    /// So many rows for whoever takes them, as from a shared scan.
    Shared(u32),
    /// So many rows in each participant, the leader first, as from a partial aggregate.
    Own(Vec<u32>),
}

/// What may happen besides work.
#[derive(Clone, Copy, Debug, Default)]
pub struct May {
    /// Workers may fail.
    pub fail: bool,
    /// Workers may end before they begin.
    pub not_begin: bool,
    /// The leader may stop before the end.
    pub stop: bool,
}

/// Mistakes that must be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// The leader returns while workers are still running.
    ReturnsBeforeJoin,
    /// A failing worker detaches first and reports its error afterwards.
    ErrorAfterDetach,
    /// The leader forgets the queue of a worker that has ended, with the rows in it.
    ForgetsDetachedQueues,
    /// The leader reads the latch only after it has found nothing.
    LooksLate,
    /// The leader stops and tells nobody.
    StopsSilently,
    /// A leader that was told not to take part ends although not one worker has begun.
    NobodyDoesIt,
    /// Run again, it begins with the claims of the run before: nothing is left to take.
    KeepsTheClaims,
    /// Run again, it begins with what the queues held when the run before was stopped.
    KeepsTheQueues,
}

/// All workers and the leader.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    workers: Vec<Worker>,
    /// Rows that nobody has taken yet: of all, or of each participant.
    left: Vec<u32>,
    /// Whether the latch has moved since the leader looked.
    moved: bool,
    leader: Leader,
    local: Local,
    local_rows: u32,
    error: bool,
    polls: u32,
    rescans: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Worker {
    place: Place,
    began: bool,
    /// It has a row that it has not sent yet.
    holds: bool,
    /// It still has to move the latch.
    owes_signal: bool,
    sent: u32,
    queued: u32,
    received: u32,
    reader_gone: bool,
    /// The leader still has its queue.
    read: bool,
    /// The leader has found its queue empty since it looked.
    tried: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Absent,
    Running,
    Refused,
    /// It has reported an error.
    Failed,
    /// Mutant: it has ended, and not yet reported its error.
    Unreported,
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Leader {
    Idle,
    /// It has looked, and tries the queues.
    Polling,
    /// Every queue is empty.
    Nothing,
    /// Mutant: every queue is empty, and it has not looked yet.
    Late,
    /// Every worker has ended, and its queue was read.
    Drained,
    Closing(Outcome),
    Returned(Outcome),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Outcome {
    Finished,
    Failed,
    Stopped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Local {
    Ready,
    Running,
    Absent,
    Done,
}

/// What workers (by number, from 0) and the leader do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A worker begins.
    Begin(usize),
    /// A worker makes a row.
    Take(usize),
    /// A worker puts its row into its queue.
    Send(usize),
    /// A worker is told that nobody wants its row.
    Refused(usize),
    /// A worker reports an error.
    Raise(usize),
    /// A worker has ended, or will never begin.
    DetachWriter(usize),
    /// A worker moves the latch.
    Signal(usize),
    /// The leader reads the latch.
    Look,
    /// The leader reads a row of a worker.
    Receive(usize),
    /// The leader finds the queue of a worker empty.
    Empty(usize),
    /// The leader finds that a worker has ended and its queue is read.
    Ended(usize),
    /// The leader begins its own copy.
    Join,
    /// The leader's own copy makes a row.
    LocalRow,
    /// The leader's own copy has no more rows.
    LocalDone,
    /// The leader sees an error.
    SeeError,
    /// The leader wants no more rows.
    Stop,
    /// The leader has everything.
    Finish,
    /// The leader lets the queue of a worker go.
    DetachReader(usize),
    /// The query is over, or this run of the plan.
    Return,
    /// The plan is run again.
    Rescan,
}

impl Gather {
    fn is_mutant(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// Where the rows of a participant are counted; the leader is 0, worker i is i + 1.
    fn share(&self, participant: usize) -> usize {
        if matches!(self.supply, Supply::Shared(_)) { 0 } else { participant }
    }

    fn worker_actions(&self, state: &State, i: usize, actions: &mut Vec<Action>) {
        let worker = &state.workers[i];
        if worker.owes_signal {
            actions.push(Action::Signal(i));
            return;
        }
        match worker.place {
            Place::Absent => {
                actions.push(Action::Begin(i));
                if self.may.not_begin {
                    actions.push(Action::DetachWriter(i));
                }
            }
            Place::Running => {
                match worker.holds {
                    true if worker.reader_gone => actions.push(Action::Refused(i)),
                    true if worker.queued < self.capacities[i] => actions.push(Action::Send(i)),
                    true => {}
                    false if state.left[self.share(i + 1)] > 0 => actions.push(Action::Take(i)),
                    false => actions.push(Action::DetachWriter(i)),
                }
                // Whoever waits for room makes no row, and so no error.
                match self.may.fail && !worker.holds {
                    true if !self.is_mutant(Mutant::ErrorAfterDetach) => {
                        actions.push(Action::Raise(i));
                    }
                    true if state.left[self.share(i + 1)] > 0 => {
                        actions.push(Action::DetachWriter(i));
                    }
                    _ => {}
                }
            }
            Place::Refused | Place::Failed => actions.push(Action::DetachWriter(i)),
            Place::Unreported => actions.push(Action::Raise(i)),
            Place::Gone => {}
        }
    }

    /// What trying a queue gives.
    fn poll(&self, state: &State, i: usize) -> Option<Action> {
        let worker = &state.workers[i];
        let gone = matches!(worker.place, Place::Gone | Place::Unreported);
        match () {
            () if !worker.read || worker.tried => None,
            () if gone && self.is_mutant(Mutant::ForgetsDetachedQueues) => Some(Action::Ended(i)),
            () if worker.queued > 0 => Some(Action::Receive(i)),
            () if gone => Some(Action::Ended(i)),
            () => Some(Action::Empty(i)),
        }
    }

    fn may_look(&self, state: &State) -> bool {
        let late = self.is_mutant(Mutant::LooksLate);
        match state.leader {
            Leader::Idle => !late,
            Leader::Late => true,
            Leader::Polling => state.polls > 0 && state.workers.iter().all(|worker| !worker.tried),
            Leader::Nothing => state.moved && !late || state.polls > 0,
            _ => false,
        }
    }

    fn leader_actions(&self, state: &State, actions: &mut Vec<Action>) {
        if let Leader::Closing(_) = state.leader {
            let read = |i: &usize| state.workers[*i].read;
            match (0..state.workers.len()).find(read) {
                Some(i) => actions.push(Action::DetachReader(i)),
                None if self.is_mutant(Mutant::ReturnsBeforeJoin) || all_gone(state) => {
                    actions.push(Action::Return);
                }
                None => {}
            }
            return;
        }
        if let Leader::Returned(outcome) = state.leader {
            if state.rescans > 0 && outcome != Outcome::Failed {
                actions.push(Action::Rescan);
            }
            return;
        }
        if self.may_look(state) {
            actions.push(Action::Look);
        }
        let late = self.is_mutant(Mutant::LooksLate)
            && (state.leader == Leader::Idle || state.leader == Leader::Nothing && state.moved);
        if state.leader == Leader::Polling || late {
            actions.extend((0..state.workers.len()).filter_map(|i| self.poll(state, i)));
        }
        if state.leader == Leader::Polling && state.workers.iter().any(|worker| worker.tried) {
            return;
        }
        self.local_actions(state, actions);
        if state.error {
            actions.push(Action::SeeError);
        }
        if self.may.stop {
            actions.push(Action::Stop);
        }
        let nobody = self.is_mutant(Mutant::NobodyDoesIt) || self.somebody_began(state);
        let local_is_over = match state.local {
            Local::Done => true,
            Local::Absent => nobody,
            Local::Ready | Local::Running => false,
        };
        if state.leader == Leader::Drained && local_is_over && !state.error {
            actions.push(Action::Finish);
        }
    }

    fn local_actions(&self, state: &State, actions: &mut Vec<Action>) {
        let alone = state.leader == Leader::Drained && !self.somebody_began(state);
        match state.local {
            Local::Ready => actions.push(Action::Join),
            Local::Absent if alone => actions.push(Action::Join),
            Local::Running if state.left[self.share(0)] > 0 => actions.push(Action::LocalRow),
            Local::Running => actions.push(Action::LocalDone),
            Local::Absent | Local::Done => {}
        }
    }

    fn somebody_began(&self, state: &State) -> bool {
        state.workers.iter().any(|worker| worker.began)
    }

    fn work(&self, state: &mut State, i: usize, action: Action) {
        let share = self.share(i + 1);
        let worker = &mut state.workers[i];
        match action {
            Action::Begin(_) => (worker.place, worker.began) = (Place::Running, true),
            Action::Take(_) => {
                worker.holds = true;
                state.left[share] -= 1;
            }
            Action::Send(_) => {
                (worker.holds, worker.owes_signal) = (false, true);
                (worker.sent, worker.queued) = (worker.sent + 1, worker.queued + 1);
            }
            Action::Refused(_) => worker.place = Place::Refused,
            Action::Raise(_) => {
                let reported = worker.place == Place::Unreported;
                worker.place = if reported { Place::Gone } else { Place::Failed };
                state.error = true;
            }
            Action::DetachWriter(_) => {
                let unreported = worker.place == Place::Running && state.left[share] > 0;
                worker.place = if unreported { Place::Unreported } else { Place::Gone };
                worker.owes_signal = true;
            }
            _ => {
                worker.owes_signal = false;
                state.moved = true;
            }
        }
    }

    fn read(&self, state: &mut State, i: usize, action: Action) {
        let worker = &mut state.workers[i];
        match action {
            Action::Receive(_) => {
                (worker.queued, worker.received) = (worker.queued - 1, worker.received + 1);
                state.leader = Leader::Idle;
                state.workers.iter_mut().for_each(|worker| worker.tried = false);
                return;
            }
            Action::Empty(_) => worker.tried = true,
            _ => (worker.read, worker.queued) = (false, 0),
        }
        let late = self.is_mutant(Mutant::LooksLate);
        if state.workers.iter().all(|worker| !worker.read) {
            state.leader = Leader::Drained;
        } else if state.workers.iter().all(|worker| !worker.read || worker.tried) {
            state.leader = if late { Leader::Late } else { Leader::Nothing };
            state.workers.iter_mut().for_each(|worker| worker.tried = false);
        }
    }

    fn look(&self, state: &mut State) {
        let free = matches!(state.leader, Leader::Idle | Leader::Late)
            || state.leader == Leader::Nothing && state.moved;
        state.polls -= u32::from(!free);
        state.leader = match state.leader {
            Leader::Late => Leader::Nothing,
            _ => Leader::Polling,
        };
        state.moved = false;
    }

    /// Before the first action of a run.
    fn begin(&self, rescans: u32) -> State {
        let worker = Worker {
            place: Place::Absent,
            began: false,
            holds: false,
            owes_signal: false,
            sent: 0,
            queued: 0,
            received: 0,
            reader_gone: false,
            read: true,
            tried: false,
        };
        let takes_part = self.leader_takes_part || self.capacities.is_empty();
        State {
            workers: vec![worker; self.capacities.len()],
            left: match &self.supply {
                Supply::Shared(rows) => vec![*rows],
                Supply::Own(rows) => rows.clone(),
            },
            moved: false,
            leader: if self.capacities.is_empty() { Leader::Drained } else { Leader::Idle },
            local: if takes_part { Local::Ready } else { Local::Absent },
            local_rows: 0,
            error: false,
            polls: self.polls,
            rescans,
        }
    }

    fn rescan(&self, state: &State) -> State {
        let mut next = self.begin(state.rescans - 1);
        if self.is_mutant(Mutant::KeepsTheClaims) {
            next.left.clone_from(&state.left);
        }
        if self.is_mutant(Mutant::KeepsTheQueues) {
            for (worker, before) in next.workers.iter_mut().zip(&state.workers) {
                worker.queued = before.queued;
            }
        }
        next
    }

    fn rows(&self) -> u32 {
        match &self.supply {
            Supply::Shared(rows) => *rows,
            Supply::Own(rows) => rows.iter().sum(),
        }
    }
}

fn all_gone(state: &State) -> bool {
    state.workers.iter().all(|worker| worker.place == Place::Gone && !worker.owes_signal)
}

fn outcome(state: &State) -> Option<Outcome> {
    match state.leader {
        Leader::Closing(outcome) | Leader::Returned(outcome) => Some(outcome),
        _ => None,
    }
}

impl Model for Gather {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.begin(self.rescans)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for i in 0..self.capacities.len() {
            self.worker_actions(state, i, actions);
        }
        self.leader_actions(state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Begin(i)
            | Action::Take(i)
            | Action::Send(i)
            | Action::Refused(i)
            | Action::Raise(i)
            | Action::DetachWriter(i)
            | Action::Signal(i) => self.work(&mut next, i, action),
            Action::Receive(i) | Action::Empty(i) | Action::Ended(i) => {
                self.read(&mut next, i, action);
            }
            Action::Look => self.look(&mut next),
            Action::Join => next.local = Local::Running,
            Action::LocalRow => {
                next.left[self.share(0)] -= 1;
                next.local_rows += 1;
                if state.leader != Leader::Drained {
                    next.leader = Leader::Idle;
                }
            }
            Action::LocalDone => next.local = Local::Done,
            Action::SeeError => next.leader = Leader::Closing(Outcome::Failed),
            Action::Stop => {
                next.leader = Leader::Closing(Outcome::Stopped);
                if self.is_mutant(Mutant::StopsSilently) {
                    next.workers.iter_mut().for_each(|worker| worker.read = false);
                }
            }
            Action::Finish => next.leader = Leader::Closing(Outcome::Finished),
            Action::DetachReader(i) => {
                let worker = &mut next.workers[i];
                (worker.reader_gone, worker.read) = (true, false);
                if !self.is_mutant(Mutant::KeepsTheQueues) {
                    worker.queued = 0;
                }
            }
            Action::Return => next.leader = Leader::Returned(outcome(state)?),
            Action::Rescan => next = self.rescan(state),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            // [gather.read] [gather.rescan]
            Property::always(
                "a_finished_gather_has_read_every_row_once",
                |model: &Self, state: &State| {
                    let workers = &state.workers;
                    let all_read = workers.iter().all(|worker| worker.received == worker.sent);
                    let read: u32 = workers.iter().map(|worker| worker.received).sum();
                    let shared = matches!(model.supply, Supply::Shared(_));
                    let all = !shared || read + state.local_rows == model.rows();
                    outcome(state) != Some(Outcome::Finished) || all_read && all
                },
            ),
            // [gather.read] [gather.rescan]
            Property::always("nothing_is_read_that_was_not_sent", |_: &Self, state: &State| {
                let honest = |worker: &Worker| worker.received + worker.queued <= worker.sent;
                state.workers.iter().all(honest)
            }),
            // [gather.error]
            Property::always("a_finished_gather_has_lost_no_error", |_: &Self, state: &State| {
                outcome(state) != Some(Outcome::Finished) || !state.error
            }),
            // [gather.launch]
            Property::always("no_worker_outlives_the_query", |_: &Self, state: &State| {
                !matches!(state.leader, Leader::Returned(_)) || all_gone(state)
            }),
            // [gather.stop] [gather.ends]
            Property::always("nobody_is_stuck", |model: &Self, state: &State| {
                !model.is_stuck(state)
            }),
            // [gather.launch]
            Property::sometimes("the_leader_does_it_all", |model: &Self, state: &State| {
                let began = state.workers.iter().any(|worker| worker.began);
                let finished = state.leader == Leader::Returned(Outcome::Finished);
                finished && !began || !model.may.not_begin
            }),
            Property::sometimes("the_workers_do_it_all", |model: &Self, state: &State| {
                let finished = state.leader == Leader::Returned(Outcome::Finished);
                finished && state.local_rows == 0 || matches!(model.supply, Supply::Own(_))
            }),
            // [gather.stop]
            Property::sometimes(
                "a_worker_begins_after_the_leader_has_stopped",
                |model: &Self, state: &State| {
                    let late = |worker: &Worker| {
                        worker.place == Place::Running && worker.sent == 0 && worker.reader_gone
                    };
                    state.workers.iter().any(late) || !model.may.stop
                },
            ),
            // [gather.rescan]
            Property::sometimes("a_later_run_is_finished", |model: &Self, state: &State| {
                let again = state.rescans < model.rescans || model.rescans == 0;
                again && state.leader == Leader::Returned(Outcome::Finished)
            }),
            Property::sometimes(
                "an_error_is_not_needed_any_more",
                |model: &Self, state: &State| {
                    let stopped = outcome(state) == Some(Outcome::Stopped);
                    stopped && state.error || !(model.may.stop && model.may.fail)
                },
            ),
        ]
    }
}

impl Protocol for Gather {
    fn is_complete(&self, state: &State) -> bool {
        matches!(state.leader, Leader::Returned(_)) && all_gone(state)
    }
}

#[cfg(test)]
mod tests;
