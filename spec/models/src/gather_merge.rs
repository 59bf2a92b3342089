//! Gather Merge: the leader merges sorted rows of workers and of its own copy.
//!
//! ```text
//! worker     Begin;  Send: its next batch of rows;  Refused, Raise, DetachWriter: as under Gather
//! leader     Fetch: the next batch of a participant becomes its head;  EndOf: a participant has no more
//!            Emit: the next row of the head whose next row is least, once every participant has a head or has ended
//!            Join: its own copy of the plan although it was to take no part, if not one worker has begun
//!            SeeError, Stop, Finish;  then DetachReader of each queue that is left;  Return: when every worker has ended
//!            Rescan: all of it once more, from the first row
//! ```
//!
//! How the leader sleeps is [`crate::gather`]'s subject: here it goes on whenever there is something to fetch. A key is a
//! number: where rows are compared by several columns, it is the rank of theirs.

use stateright::{Model, Property};

use crate::check::Protocol;
pub use crate::gather::May;

/// What a participant sends: batches of the keys of its rows.
pub type Batches = Vec<Vec<u32>>;

/// A Gather Merge over sorted rows.
#[derive(Clone, Debug)]
pub struct GatherMerge {
    /// Each worker's rows, in their order.
    pub workers: Vec<Batches>,
    /// The leader's own rows, should it take part.
    pub leader: Batches,
    /// Whether the leader runs the plan too, also where workers have begun.
    pub leader_takes_part: bool,
    /// The capacity of each worker's queue, in batches.
    pub capacities: Vec<usize>,
    /// What may go wrong.
    pub may: May,
    /// How often it is run again.
    pub rescans: u32,
    /// A planted mistake.
    pub mutant: Option<Mutant>,
}

/// Mistakes that must be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// A row is returned although a participant owes its head.
    EmitsWithoutAllHeads,
    /// Any head is returned, not the least.
    EmitsAnyHead,
    /// A queue that is empty now counts as ended.
    EmptyTakenForEnd,
    /// A head stays where it is when it has been returned.
    KeepsTheHead,
    /// The leader ends without a look at the errors.
    ErrorUnseen,
    /// A leader that was told not to take part ends although not one worker has begun.
    NobodyDoesIt,
    /// Run again, it begins with the heads of the run before.
    KeepsTheHeads,
}

/// All participants, workers first, then the leader's own copy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    sources: Vec<Source>,
    last: Option<u32>,
    in_order: bool,
    error: bool,
    leader: Leader,
    rescans: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Source {
    place: Place,
    began: bool,
    /// Batches that a worker has put into its queue.
    sent: usize,
    /// Batches that have become heads.
    fetched: usize,
    /// Rows of the head that were returned.
    given: usize,
    /// Rows that were returned.
    emitted: usize,
    head: Head,
    /// The leader has let the queue go.
    reader_gone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Absent,
    Running,
    /// It was refused, or has reported an error.
    Stopped,
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Head {
    Owed,
    Rows,
    Ended,
    /// Of a leader that takes no part.
    Away,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Leader {
    Merging,
    Closing(Outcome),
    Returned(Outcome),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Outcome {
    Finished,
    Failed,
    Stopped,
}

/// What workers (by number, from 0) and the leader do; the leader's own copy has the number after the last worker's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A worker begins.
    Begin(usize),
    /// A worker sends its next batch.
    Send(usize),
    /// A worker is told that nobody wants its rows.
    Refused(usize),
    /// A worker reports an error.
    Raise(usize),
    /// A worker has ended, or will never begin.
    DetachWriter(usize),
    /// The leader gets a head of a participant.
    Fetch(usize),
    /// The leader finds that a participant has no more rows.
    EndOf(usize),
    /// The leader returns the next row of the head of a participant.
    Emit(usize),
    /// The leader begins its own copy.
    Join,
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

impl GatherMerge {
    fn is_mutant(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    fn own(&self) -> usize {
        self.workers.len()
    }

    fn batches(&self, i: usize) -> &[Vec<u32>] {
        self.workers.get(i).unwrap_or(&self.leader)
    }

    /// The key of the next row of the head, if there is one.
    fn head(&self, state: &State, i: usize) -> Option<u32> {
        let source = &state.sources[i];
        let batch = source.fetched.checked_sub(1).filter(|_| source.head == Head::Rows)?;
        self.batches(i)[batch].get(source.given).copied()
    }

    fn worker_actions(&self, state: &State, i: usize, actions: &mut Vec<Action>) {
        let source = &state.sources[i];
        match source.place {
            Place::Absent => {
                actions.push(Action::Begin(i));
                if self.may.not_begin {
                    actions.push(Action::DetachWriter(i));
                }
            }
            Place::Running => {
                match source.sent < self.batches(i).len() {
                    true if source.reader_gone => actions.push(Action::Refused(i)),
                    // Whoever waits for room makes no row, and so no error.
                    true if source.sent == source.fetched + self.capacities[i] => return,
                    true => actions.push(Action::Send(i)),
                    false => actions.push(Action::DetachWriter(i)),
                }
                if self.may.fail {
                    actions.push(Action::Raise(i));
                }
            }
            Place::Stopped => actions.push(Action::DetachWriter(i)),
            Place::Gone => {}
        }
    }

    fn fetch_actions(&self, state: &State, actions: &mut Vec<Action>) {
        let owing = |(_, source): &(usize, &Source)| source.head == Head::Owed;
        for (i, source) in state.sources.iter().enumerate().filter(owing) {
            let own = i == self.own();
            let more = if own { self.batches(i).len() } else { source.sent };
            let over = own || source.place == Place::Gone;
            match source.fetched < more {
                true => actions.push(Action::Fetch(i)),
                false if over || self.is_mutant(Mutant::EmptyTakenForEnd) => {
                    actions.push(Action::EndOf(i));
                }
                false => {}
            }
        }
    }

    fn merge_actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.fetch_actions(state, actions);
        let heads = || (0..state.sources.len()).filter_map(|i| Some((i, self.head(state, i)?)));
        let owed = state.sources.iter().any(|source| source.head == Head::Owed);
        if !owed || self.is_mutant(Mutant::EmitsWithoutAllHeads) {
            let least = heads().map(|(_, key)| key).min();
            let any = self.is_mutant(Mutant::EmitsAnyHead);
            let next = heads().filter(|(_, key)| any || Some(*key) == least);
            actions.extend(next.map(|(i, _)| Action::Emit(i)));
        }
        let over = |source: &Source| matches!(source.head, Head::Ended | Head::Away);
        if state.sources.iter().all(over) {
            let began = state.sources.iter().any(|source| source.began);
            if !began {
                actions.push(Action::Join);
            }
            let seen = !state.error || self.is_mutant(Mutant::ErrorUnseen);
            if seen && (began || self.is_mutant(Mutant::NobodyDoesIt)) {
                actions.push(Action::Finish);
            }
        }
        if state.error {
            actions.push(Action::SeeError);
        }
        if self.may.stop {
            actions.push(Action::Stop);
        }
    }

    fn closing_actions(&self, state: &State, actions: &mut Vec<Action>) {
        let kept = |i: &usize| {
            let source = &state.sources[*i];
            source.head != Head::Ended && !source.reader_gone
        };
        match (0..self.own()).find(kept) {
            Some(i) => actions.push(Action::DetachReader(i)),
            None if self.workers_are_gone(state) => actions.push(Action::Return),
            None => {}
        }
    }

    fn workers_are_gone(&self, state: &State) -> bool {
        state.sources[..self.own()].iter().all(|source| source.place == Place::Gone)
    }

    fn emit(&self, next: &mut State, i: usize, key: u32) {
        next.in_order &= next.last.is_none_or(|last| last <= key);
        next.last = Some(key);
        let source = &mut next.sources[i];
        source.emitted += 1;
        let again = source.emitted > rows(&self.batches(i)[..source.fetched]);
        if !self.is_mutant(Mutant::KeepsTheHead) || again {
            source.given += 1;
        }
        if source.given == self.batches(i)[source.fetched - 1].len() {
            source.head = Head::Owed;
        }
    }

    /// Before the first action of a run.
    fn begin(&self, rescans: u32) -> State {
        let source = |own: bool| {
            let away = own && !self.leader_takes_part && !self.workers.is_empty();
            Source {
                place: if own { Place::Gone } else { Place::Absent },
                began: own && !away,
                sent: 0,
                fetched: 0,
                given: 0,
                emitted: 0,
                head: if away { Head::Away } else { Head::Owed },
                reader_gone: false,
            }
        };
        let sources = (0..=self.own()).map(|i| source(i == self.own())).collect();
        let leader = Leader::Merging;
        State { sources, last: None, in_order: true, error: false, leader, rescans }
    }

    fn rescan(&self, state: &State) -> State {
        let mut next = self.begin(state.rescans - 1);
        if self.is_mutant(Mutant::KeepsTheHeads) {
            for (source, before) in next.sources.iter_mut().zip(&state.sources) {
                let Source { fetched, given, head, .. } = *before;
                (source.fetched, source.given, source.head) = (fetched, given, head);
            }
        }
        next
    }
}

fn rows(batches: &[Vec<u32>]) -> usize {
    batches.iter().map(Vec::len).sum()
}

fn outcome(state: &State) -> Option<Outcome> {
    match state.leader {
        Leader::Merging => None,
        Leader::Closing(outcome) | Leader::Returned(outcome) => Some(outcome),
    }
}

impl Model for GatherMerge {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.begin(self.rescans)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for i in 0..self.own() {
            self.worker_actions(state, i, actions);
        }
        match state.leader {
            Leader::Merging => self.merge_actions(state, actions),
            Leader::Closing(_) => self.closing_actions(state, actions),
            Leader::Returned(Outcome::Finished | Outcome::Stopped) if state.rescans > 0 => {
                actions.push(Action::Rescan);
            }
            Leader::Returned(_) => {}
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Begin(i) => {
                (next.sources[i].place, next.sources[i].began) = (Place::Running, true);
            }
            Action::Send(i) => next.sources[i].sent += 1,
            Action::Refused(i) => next.sources[i].place = Place::Stopped,
            Action::Raise(i) => {
                next.sources[i].place = Place::Stopped;
                next.error = true;
            }
            Action::DetachWriter(i) => next.sources[i].place = Place::Gone,
            Action::Fetch(i) => {
                let source = &mut next.sources[i];
                (source.fetched, source.given) = (source.fetched + 1, 0);
                let empty = self.batches(i)[source.fetched - 1].is_empty();
                source.head = if empty { Head::Owed } else { Head::Rows };
            }
            Action::EndOf(i) => next.sources[i].head = Head::Ended,
            Action::Emit(i) => self.emit(&mut next, i, self.head(state, i)?),
            Action::Join => {
                let own = &mut next.sources[self.own()];
                (own.began, own.head) = (true, Head::Owed);
            }
            Action::SeeError => next.leader = Leader::Closing(Outcome::Failed),
            Action::Stop => next.leader = Leader::Closing(Outcome::Stopped),
            Action::Finish => next.leader = Leader::Closing(Outcome::Finished),
            Action::DetachReader(i) => next.sources[i].reader_gone = true,
            Action::Return => next.leader = Leader::Returned(outcome(state)?),
            Action::Rescan => next = self.rescan(state),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            // [gather.merge.least]
            Property::always("rows_come_in_order", |_: &Self, state: &State| state.in_order),
            // [gather.merge.least]
            Property::always(
                "a_finished_merge_has_returned_every_row_once",
                |model: &Self, state: &State| {
                    let whole = |(i, source): (usize, &Source)| {
                        !source.began || source.emitted == rows(model.batches(i))
                    };
                    let began = state.sources.iter().any(|source| source.began);
                    let finished = outcome(state) == Some(Outcome::Finished);
                    !finished || began && state.sources.iter().enumerate().all(whole)
                },
            ),
            // [gather.merge.least]
            Property::always("no_row_is_returned_twice", |model: &Self, state: &State| {
                let once = |(i, source): (usize, &Source)| {
                    source.emitted <= rows(&model.batches(i)[..source.fetched])
                };
                state.sources.iter().enumerate().all(once)
            }),
            // [gather.rescan]
            Property::always("no_head_was_not_sent", |model: &Self, state: &State| {
                let sent = |source: &Source| source.fetched <= source.sent;
                state.sources[..model.own()].iter().all(sent)
            }),
            // [gather.error]
            Property::always("a_finished_merge_has_lost_no_error", |_: &Self, state: &State| {
                outcome(state) != Some(Outcome::Finished) || !state.error
            }),
            // [gather.launch]
            Property::always("no_worker_outlives_the_query", |model: &Self, state: &State| {
                !matches!(state.leader, Leader::Returned(_)) || model.workers_are_gone(state)
            }),
            // [gather.merge.least]
            Property::always("nobody_is_stuck", |model: &Self, state: &State| {
                !model.is_stuck(state)
            }),
            Property::sometimes(
                "a_head_waits_for_a_participant_without_one",
                |_: &Self, state: &State| {
                    let has = |head| state.sources.iter().any(|source| source.head == head);
                    has(Head::Rows) && has(Head::Owed)
                },
            ),
            Property::sometimes("everything_was_merged", |_: &Self, state: &State| {
                state.leader == Leader::Returned(Outcome::Finished)
            }),
            // [gather.rescan]
            Property::sometimes("a_later_run_is_finished", |model: &Self, state: &State| {
                let again = state.rescans < model.rescans || model.rescans == 0;
                again && state.leader == Leader::Returned(Outcome::Finished)
            }),
        ]
    }
}

impl Protocol for GatherMerge {
    fn is_complete(&self, state: &State) -> bool {
        matches!(state.leader, Leader::Returned(_)) && self.workers_are_gone(state)
    }
}

#[cfg(test)]
mod tests;
