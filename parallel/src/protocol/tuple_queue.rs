//! The queue from one worker to its leader: bounded, one writer, one reader, in order. [queue.order]
//!
//! Either side may detach. After the reader has, sending says so and the worker stops as if nobody wanted more rows;
//! after the writer has, the reader gets what remains and is then told. [queue.detach] [queue.end] A full queue makes
//! its own writer wait and nobody else. [queue.full]

use std::collections::VecDeque;

use super::event::{Event, Wait};
use super::record::{Action, Log, Number};
use super::sync::{Arc, Mutex, lock};

/// A bounded queue of items.
#[derive(Debug)]
pub struct TupleQueue<T> {
    capacity: usize,
    state: Mutex<State<T>>,
    /// Happens when room is made, or the reader detaches.
    space: Arc<Event>,
    /// Happens when an item arrives, or the writer detaches; shared by all queues of a Gather (the leader's latch).
    arrival: Arc<Event>,
    log: Log,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<(Number, T)>,
    /// Of the next item, for the log.
    number: Number,
    writer_gone: bool,
    reader_gone: bool,
}

/// What became of an item that was sent.
#[derive(Debug)]
pub enum Sent<T> {
    /// It is in the queue.
    Queued,
    /// The queue is full: here it is again, and what to wait for.
    Full(T, Wait),
    /// The reader has detached: nobody wants it, nor any later one.
    Detached,
}

/// What the reader got.
#[derive(Debug, PartialEq, Eq)]
pub enum Received<T> {
    /// The oldest item.
    Item(T),
    /// Nothing is there now; the arrival event will happen.
    Empty,
    /// The writer has detached, and everything that it sent was received.
    Detached,
}

impl<T> TupleQueue<T> {
    /// An empty queue for at most `capacity` items (at least one); `arrival` is the reader's latch.
    pub fn new(capacity: usize, arrival: Arc<Event>) -> TupleQueue<T> {
        let (capacity, space) = (capacity.max(1), Arc::new(Event::new()));
        let log = Log::begin(|| Action::QueueMade {
            capacity,
            space: space.object(),
            arrival: arrival.object(),
        });
        let state = State {
            items: VecDeque::new(),
            number: Number::default(),
            writer_gone: false,
            reader_gone: false,
        };
        TupleQueue { capacity, state: Mutex::new(state), space, arrival, log }
    }

    /// The writer begins; only a log tells.
    pub fn attach_writer(&self) {
        self.log.note(|| Action::WriterAttached);
    }

    /// Appends an item, if there is room and a reader.
    pub fn try_send(&self, item: T) -> Sent<T> {
        let seen = self.space.look();
        let mut state = lock(&self.state);
        if state.reader_gone {
            self.log.note(|| Action::Refused);
            return Sent::Detached;
        }
        if state.items.len() >= self.capacity {
            self.log.note(|| Action::Full);
            return Sent::Full(item, Wait::Event(self.space.clone(), seen));
        }
        let number = state.number.advance();
        state.items.push_back((number, item));
        self.log.note(|| Action::Sent(number.value()));
        drop(state);
        self.arrival.signal_by(&self.log);
        Sent::Queued
    }

    /// Takes the oldest item.
    pub fn try_receive(&self) -> Received<T> {
        let mut state = lock(&self.state);
        match state.items.pop_front() {
            Some((number, item)) => {
                self.log.note(|| Action::Received(number.value()));
                drop(state);
                self.space.signal_by(&self.log);
                Received::Item(item)
            }
            None if state.writer_gone => {
                self.log.note(|| Action::Ended);
                Received::Detached
            }
            None => {
                self.log.note(|| Action::Empty);
                Received::Empty
            }
        }
    }

    /// The writer sends nothing more. Detaching twice is detaching once.
    pub fn detach_writer(&self) {
        let mut state = lock(&self.state);
        state.writer_gone = true;
        self.log.note(|| Action::WriterDetached);
        drop(state);
        self.arrival.signal_by(&self.log);
    }

    /// The reader wants nothing more: what is in the queue is dropped.
    pub fn detach_reader(&self) {
        let mut state = lock(&self.state);
        state.reader_gone = true;
        self.log.note(|| Action::ReaderDetached);
        let discarded = std::mem::take(&mut state.items);
        drop(state);
        drop(discarded);
        self.space.signal_by(&self.log);
    }

    /// Its number in a log.
    pub fn object(&self) -> u64 {
        self.log.object()
    }

    /// Whether the writer has detached.
    pub fn writer_is_gone(&self) -> bool {
        lock(&self.state).writer_gone
    }
}
