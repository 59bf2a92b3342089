//! The queue from one worker to its leader: bounded, in order, and either side may go.
//!
//! ```text
//! writer   Look          reads the epoch of the event "there is room": whatever happens from now on ends its wait
//!          Send          there is room: the item is in the queue
//!          Full          there is none: it waits until the epoch has moved, then looks again
//!          Refused       the reader has gone: it stops
//!          DetachWriter  it has sent everything, was refused, or has failed
//! reader   Receive       the oldest item;      then Signal: the epoch moves
//!          Empty, End    nothing now; nothing ever again, for the writer has gone
//!          DetachReader  it wants no more;     then Signal
//! ```
//!
//! Each of these is one critical section of the engine, of the queue's lock or of the event's. That the reader signals in a
//! step of its own, after it has let the queue's lock go, is what makes looking *before* trying necessary.

use std::collections::VecDeque;

use stateright::{Model, Property};

use crate::check::Protocol;

/// A queue, its writer and its reader.
#[derive(Clone, Debug)]
pub struct TupleQueue {
    /// How many items it holds at most.
    pub capacity: u32,
    /// How many items the writer has to send.
    pub items: u32,
    /// Whether the writer may fail before it has sent them all.
    pub writer_may_fail: bool,
    /// Whether the reader may go before it has read them all.
    pub reader_may_leave: bool,
    /// How often the reader may look in vain.
    pub polls: u32,
    /// A planted mistake.
    pub mutant: Option<Mutant>,
}

/// Mistakes that must be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// An item for which there is no room is dropped.
    DropsWhenFull,
    /// The writer reads the epoch only after it has found the queue full.
    LooksLate,
    /// The reader believes that all is over when the writer has gone, whatever the queue still holds.
    EndsWithItems,
    /// The reader goes without a signal.
    LeavesSilently,
    /// The youngest item is taken first.
    LastInFirstOut,
    /// Room is made for one item too many.
    OneTooMany,
}

/// What the queue holds, and where both sides are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The items in the queue, by their numbers.
    queue: VecDeque<u32>,
    sent: u32,
    received: u32,
    in_order: bool,
    writer: Writer,
    reader: Reader,
    /// Whether the reader still has to signal.
    owes_signal: bool,
    /// Whether the epoch has moved since the writer looked.
    moved: bool,
    polls: u32,
    was_full: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Writer {
    Idle,
    Looked,
    Waiting,
    /// Mutant: it has found the queue full, and not yet looked.
    Late,
    Refused,
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Reader {
    Reading,
    Ended,
    Left,
}

/// What both sides do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The writer reads the epoch.
    Look,
    /// The item of this number is put into the queue.
    Send(u32),
    /// The writer finds no room.
    Full,
    /// The writer finds that the reader has gone.
    Refused,
    /// The writer sends nothing more.
    DetachWriter,
    /// The item of this number is taken.
    Receive(u32),
    /// The reader finds nothing.
    Empty,
    /// The reader is told that nothing will come any more.
    End,
    /// The reader wants no more; what is in the queue is dropped.
    DetachReader,
    /// The epoch moves.
    Signal,
}

impl TupleQueue {
    fn is_mutant(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    fn try_to_send(&self, state: &State) -> Action {
        let capacity = self.capacity + u32::from(self.is_mutant(Mutant::OneTooMany));
        match () {
            () if state.reader == Reader::Left => Action::Refused,
            () if state.queue.len() as u32 >= capacity => Action::Full,
            () => Action::Send(state.sent),
        }
    }

    fn writer_actions(&self, state: &State, actions: &mut Vec<Action>) {
        let late = self.is_mutant(Mutant::LooksLate);
        match state.writer {
            Writer::Idle if state.sent < self.items => {
                actions.push(if late { self.try_to_send(state) } else { Action::Look });
                if self.writer_may_fail {
                    actions.push(Action::DetachWriter);
                }
            }
            Writer::Idle | Writer::Refused => actions.push(Action::DetachWriter),
            Writer::Looked => actions.push(self.try_to_send(state)),
            Writer::Waiting if state.moved => {
                actions.push(if late { self.try_to_send(state) } else { Action::Look });
            }
            Writer::Late => actions.push(Action::Look),
            Writer::Waiting | Writer::Gone => {}
        }
    }

    fn reader_actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.owes_signal {
            actions.push(Action::Signal);
            return;
        }
        if state.reader != Reader::Reading {
            return;
        }
        let gone = state.writer == Writer::Gone;
        let oldest = match self.is_mutant(Mutant::LastInFirstOut) {
            true => state.queue.back(),
            false => state.queue.front(),
        };
        match oldest {
            _ if gone && self.is_mutant(Mutant::EndsWithItems) => actions.push(Action::End),
            Some(item) => actions.push(Action::Receive(*item)),
            None if gone => actions.push(Action::End),
            None if state.polls > 0 => actions.push(Action::Empty),
            None => {}
        }
        if self.reader_may_leave {
            actions.push(Action::DetachReader);
        }
    }
}

impl Model for TupleQueue {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            queue: VecDeque::new(),
            sent: 0,
            received: 0,
            in_order: true,
            writer: Writer::Idle,
            reader: Reader::Reading,
            owes_signal: false,
            moved: false,
            polls: self.polls,
            was_full: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.writer_actions(state, actions);
        self.reader_actions(state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Look => {
                next.moved = false;
                let late = state.writer == Writer::Late;
                next.writer = if late { Writer::Waiting } else { Writer::Looked };
            }
            Action::Send(item) => {
                next.queue.push_back(item);
                next.sent += 1;
                next.writer = Writer::Idle;
            }
            Action::Full if self.is_mutant(Mutant::DropsWhenFull) => {
                next.sent += 1;
                next.writer = Writer::Idle;
            }
            Action::Full => {
                next.was_full = true;
                let late = self.is_mutant(Mutant::LooksLate);
                next.writer = if late { Writer::Late } else { Writer::Waiting };
            }
            Action::Refused => next.writer = Writer::Refused,
            Action::DetachWriter => next.writer = Writer::Gone,
            Action::Receive(item) => {
                next.queue.retain(|other| *other != item);
                next.in_order &= item == state.received;
                next.received += 1;
                next.owes_signal = true;
            }
            Action::Empty => next.polls -= 1,
            Action::End => next.reader = Reader::Ended,
            Action::DetachReader => {
                next.reader = Reader::Left;
                next.queue.clear();
                next.owes_signal = !self.is_mutant(Mutant::LeavesSilently);
            }
            Action::Signal => (next.owes_signal, next.moved) = (false, true),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            // [queue.order]
            Property::always(
                "items_come_in_the_order_they_were_sent",
                |_: &Self, state: &State| state.in_order,
            ),
            // [queue.order]
            Property::always(
                "it_never_holds_more_than_its_capacity",
                |model: &Self, state: &State| state.queue.len() as u32 <= model.capacity,
            ),
            // [queue.detach]
            Property::always("the_end_comes_after_every_item", |_: &Self, state: &State| {
                state.reader != Reader::Ended || state.received == state.sent
            }),
            // [queue.full] [queue.detach]
            Property::always("nobody_is_stuck", |model: &Self, state: &State| {
                !model.is_stuck(state)
            }),
            Property::sometimes("the_queue_was_full", |model: &Self, state: &State| {
                state.was_full || model.items <= model.capacity
            }),
            Property::sometimes(
                "an_item_was_read_after_the_writer_had_gone",
                |_: &Self, state: &State| {
                    state.writer == Writer::Gone
                        && state.reader == Reader::Reading
                        && state.owes_signal
                },
            ),
            Property::sometimes("the_writer_was_refused", |model: &Self, state: &State| {
                state.writer == Writer::Refused || !model.reader_may_leave
            }),
        ]
    }
}

impl Protocol for TupleQueue {
    fn is_complete(&self, state: &State) -> bool {
        state.writer == Writer::Gone && state.reader != Reader::Reading && !state.owes_signal
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::expect::{caught, holds};
    use crate::replay;

    fn queue(capacity: u32, items: u32) -> TupleQueue {
        TupleQueue {
            capacity,
            items,
            writer_may_fail: true,
            reader_may_leave: true,
            polls: 1,
            mutant: None,
        }
    }

    #[test]
    fn it_holds_for_queues_of_one_two_and_three_items() {
        holds(queue(1, 5), 882);
        holds(queue(2, 6), 1450);
        holds(queue(3, 8), 2532);
    }

    #[test]
    fn every_mutant_is_caught() {
        let mutant = |mutant| TupleQueue { mutant: Some(mutant), ..queue(2, 4) };
        caught(mutant(Mutant::DropsWhenFull), "items_come_in_the_order_they_were_sent");
        let small = TupleQueue { capacity: 1, ..mutant(Mutant::LooksLate) };
        caught(small, "nobody_is_stuck");
        caught(mutant(Mutant::EndsWithItems), "the_end_comes_after_every_item");
        caught(mutant(Mutant::LeavesSilently), "nobody_is_stuck");
        caught(mutant(Mutant::LastInFirstOut), "items_come_in_the_order_they_were_sent");
        caught(mutant(Mutant::OneTooMany), "it_never_holds_more_than_its_capacity");
    }

    #[test]
    fn a_log_in_which_an_item_overtakes_or_is_lost_is_rejected() {
        use Action::*;
        let log = [
            Look,
            Send(0),
            Look,
            Send(1),
            DetachWriter,
            Receive(0),
            Signal,
            Receive(1),
            Signal,
            End,
        ];
        let two = TupleQueue { writer_may_fail: false, reader_may_leave: false, ..queue(2, 2) };
        assert!(replay(&two, log).is_ok());
        let mut overtaken = log;
        overtaken.swap(5, 7);
        assert!(replay(&two, overtaken).is_err());
        for without in 0..log.len() {
            let rest = log.iter().enumerate().filter(|(at, _)| *at != without);
            assert!(replay(&two, rest.map(|(_, action)| *action)).is_err(), "without {without}");
        }
    }
}
