//! Gather Merge: the leader merges sorted rows of workers and of its own copy.
//!
//! ```text
//! worker     Begin;  Send: its next row;  Refused, Raise, DetachWriter: as under Gather
//! leader     Fetch: the next row of a participant becomes its head;  EndOf: a participant has no more
//!            Emit: the least of the heads, once every participant has a head or has ended
//!            SeeError, Stop, Finish;  then Close: all queues are let go;  Return: when every worker has ended
//! ```
//!
//! How the leader sleeps is [`crate::gather`]'s subject: here it goes on whenever there is something to fetch.

use stateright::{Model, Property};

use crate::check::Protocol;

/// A Gather Merge over sorted rows.
#[derive(Clone, Debug)]
pub struct GatherMerge {
    /// The keys of each worker's rows, in their order.
    pub workers: Vec<Vec<u8>>,
    /// The keys of the leader's own rows, if it takes part.
    pub leader: Option<Vec<u8>>,
    /// The capacity of each queue.
    pub capacity: usize,
    /// Whether workers may fail.
    pub may_fail: bool,
    /// Whether the leader may stop before the end.
    pub may_stop: bool,
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
}

/// All participants, workers first, then the leader's own copy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    sources: Vec<Source>,
    last: Option<u8>,
    in_order: bool,
    error: bool,
    leader: Leader,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Source {
    place: Place,
    sent: usize,
    fetched: usize,
    emitted: usize,
    head: Head,
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
    Row,
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Leader {
    Merging,
    Closing(Outcome),
    Closed(Outcome),
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
    /// A worker sends its next row.
    Send(usize),
    /// A worker is told that nobody wants its row.
    Refused(usize),
    /// A worker reports an error.
    Raise(usize),
    /// A worker has ended.
    DetachWriter(usize),
    /// The leader gets the head of a participant.
    Fetch(usize),
    /// The leader finds that a participant has no more rows.
    EndOf(usize),
    /// The leader returns the head of a participant.
    Emit(usize),
    /// The leader sees an error.
    SeeError,
    /// The leader wants no more rows.
    Stop,
    /// The leader has everything.
    Finish,
    /// The leader lets all queues go.
    Close,
    /// The query is over.
    Return,
}

impl GatherMerge {
    fn is_mutant(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    fn keys(&self, i: usize) -> &[u8] {
        self.workers.get(i).or(self.leader.as_ref()).map_or(&[], Vec::as_slice)
    }

    /// The key of the head, if there is one.
    fn head(&self, state: &State, i: usize) -> Option<u8> {
        let source = &state.sources[i];
        (source.head == Head::Row).then(|| self.keys(i)[source.fetched - 1])
    }

    fn worker_actions(&self, state: &State, i: usize, actions: &mut Vec<Action>) {
        let source = &state.sources[i];
        let reader_gone = matches!(state.leader, Leader::Closed(_) | Leader::Returned(_));
        match source.place {
            Place::Absent => actions.push(Action::Begin(i)),
            Place::Running => {
                match source.sent < self.keys(i).len() {
                    true if reader_gone => actions.push(Action::Refused(i)),
                    // Whoever waits for room makes no row, and so no error.
                    true if source.sent - source.fetched == self.capacity => return,
                    true => actions.push(Action::Send(i)),
                    false => actions.push(Action::DetachWriter(i)),
                }
                if self.may_fail {
                    actions.push(Action::Raise(i));
                }
            }
            Place::Stopped => actions.push(Action::DetachWriter(i)),
            Place::Gone => {}
        }
    }

    fn merge_actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (i, source) in state.sources.iter().enumerate() {
            if source.head == Head::Owed {
                let own = i == self.workers.len();
                let more = if own { self.keys(i).len() } else { source.sent };
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
        let heads = || (0..state.sources.len()).filter_map(|i| Some((i, self.head(state, i)?)));
        let owed = state.sources.iter().any(|source| source.head == Head::Owed);
        if !owed || self.is_mutant(Mutant::EmitsWithoutAllHeads) {
            let least = heads().map(|(_, key)| key).min();
            let any = self.is_mutant(Mutant::EmitsAnyHead);
            let next = heads().filter(|(_, key)| any || Some(*key) == least);
            actions.extend(next.map(|(i, _)| Action::Emit(i)));
        }
        let ended = state.sources.iter().all(|source| source.head == Head::Ended);
        if ended && (!state.error || self.is_mutant(Mutant::ErrorUnseen)) {
            actions.push(Action::Finish);
        }
        if state.error {
            actions.push(Action::SeeError);
        }
        if self.may_stop {
            actions.push(Action::Stop);
        }
    }

    fn workers_are_gone(&self, state: &State) -> bool {
        state.sources[..self.workers.len()].iter().all(|source| source.place == Place::Gone)
    }
}

fn outcome(state: &State) -> Option<Outcome> {
    match state.leader {
        Leader::Merging => None,
        Leader::Closing(outcome) | Leader::Closed(outcome) | Leader::Returned(outcome) => {
            Some(outcome)
        }
    }
}

impl Model for GatherMerge {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let source =
            Source { place: Place::Absent, sent: 0, fetched: 0, emitted: 0, head: Head::Owed };
        let sources = self.workers.len() + usize::from(self.leader.is_some());
        vec![State {
            sources: vec![source; sources],
            last: None,
            in_order: true,
            error: false,
            leader: Leader::Merging,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for i in 0..self.workers.len() {
            self.worker_actions(state, i, actions);
        }
        match state.leader {
            Leader::Merging => self.merge_actions(state, actions),
            Leader::Closing(_) => actions.push(Action::Close),
            Leader::Closed(_) if self.workers_are_gone(state) => actions.push(Action::Return),
            Leader::Closed(_) | Leader::Returned(_) => {}
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Begin(i) => next.sources[i].place = Place::Running,
            Action::Send(i) => next.sources[i].sent += 1,
            Action::Refused(i) => next.sources[i].place = Place::Stopped,
            Action::Raise(i) => {
                next.sources[i].place = Place::Stopped;
                next.error = true;
            }
            Action::DetachWriter(i) => next.sources[i].place = Place::Gone,
            Action::Fetch(i) => {
                next.sources[i].fetched += 1;
                next.sources[i].head = Head::Row;
            }
            Action::EndOf(i) => next.sources[i].head = Head::Ended,
            Action::Emit(i) => {
                let key = self.head(state, i)?;
                next.in_order &= state.last.is_none_or(|last| last <= key);
                next.last = Some(key);
                let source = &mut next.sources[i];
                source.emitted += 1;
                let again = source.emitted > source.fetched;
                if !self.is_mutant(Mutant::KeepsTheHead) || again {
                    source.head = Head::Owed;
                }
            }
            Action::SeeError => next.leader = Leader::Closing(Outcome::Failed),
            Action::Stop => next.leader = Leader::Closing(Outcome::Stopped),
            Action::Finish => next.leader = Leader::Closing(Outcome::Finished),
            Action::Close => next.leader = Leader::Closed(outcome(state)?),
            Action::Return => next.leader = Leader::Returned(outcome(state)?),
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
                    let whole =
                        |(i, source): (usize, &Source)| source.emitted == model.keys(i).len();
                    let finished = outcome(state) == Some(Outcome::Finished);
                    !finished || state.sources.iter().enumerate().all(whole)
                },
            ),
            // [gather.merge.least]
            Property::always("no_row_is_returned_twice", |_: &Self, state: &State| {
                state.sources.iter().all(|source| source.emitted <= source.fetched)
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
                    has(Head::Row) && has(Head::Owed)
                },
            ),
            Property::sometimes("everything_was_merged", |_: &Self, state: &State| {
                state.leader == Leader::Returned(Outcome::Finished)
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
mod tests {
    use super::*;
    use crate::check::expect::{caught, holds};

    fn merge(workers: &[&[u8]], leader: Option<&[u8]>) -> GatherMerge {
        GatherMerge {
            workers: workers.iter().map(|keys| keys.to_vec()).collect(),
            leader: leader.map(<[u8]>::to_vec),
            capacity: 1,
            may_fail: true,
            may_stop: true,
            mutant: None,
        }
    }

    #[test]
    fn it_holds_for_two_workers_and_the_leader() {
        holds(merge(&[&[1, 3, 3], &[2, 3]], Some(&[0, 4])), 4203);
        holds(GatherMerge { capacity: 2, ..merge(&[&[1, 2, 3], &[]], Some(&[2])) }, 1615);
    }

    #[test]
    fn it_holds_for_three_workers_without_the_leader() {
        holds(merge(&[&[1, 2], &[1, 3], &[2]], None), 16238);
    }

    #[test]
    fn every_mutant_is_caught() {
        let mutant =
            |mutant| GatherMerge { mutant: Some(mutant), ..merge(&[&[1, 3], &[2]], Some(&[0])) };
        caught(mutant(Mutant::EmitsWithoutAllHeads), "rows_come_in_order");
        caught(mutant(Mutant::EmitsAnyHead), "rows_come_in_order");
        let whole = "a_finished_merge_has_returned_every_row_once";
        caught(mutant(Mutant::EmptyTakenForEnd), whole);
        caught(mutant(Mutant::KeepsTheHead), "no_row_is_returned_twice");
        caught(mutant(Mutant::ErrorUnseen), "a_finished_merge_has_lost_no_error");
    }
}
