//! The queue from one worker to its leader: bounded, one writer, one reader, in order. [queue.order]
//!
//! Either side may detach. After the reader has, sending says so and the worker stops as if nobody wanted more rows;
//! after the writer has, the reader gets what remains and is then told. [queue.detach] [queue.end] A full queue makes
//! its own writer wait and nobody else. [queue.full]

use std::collections::VecDeque;

use super::event::{Event, Wait};
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
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
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
        let state = State { items: VecDeque::new(), writer_gone: false, reader_gone: false };
        TupleQueue {
            capacity: capacity.max(1),
            state: Mutex::new(state),
            space: Arc::new(Event::new()),
            arrival,
        }
    }

    /// Appends an item, if there is room and a reader.
    pub fn try_send(&self, item: T) -> Sent<T> {
        let seen = self.space.epoch();
        let mut state = lock(&self.state);
        if state.reader_gone {
            return Sent::Detached;
        }
        if state.items.len() >= self.capacity {
            return Sent::Full(item, Wait::Event(self.space.clone(), seen));
        }
        state.items.push_back(item);
        drop(state);
        self.arrival.signal();
        Sent::Queued
    }

    /// Takes the oldest item.
    pub fn try_receive(&self) -> Received<T> {
        let mut state = lock(&self.state);
        match state.items.pop_front() {
            Some(item) => {
                drop(state);
                self.space.signal();
                Received::Item(item)
            }
            None if state.writer_gone => Received::Detached,
            None => Received::Empty,
        }
    }

    /// The writer sends nothing more. Detaching twice is detaching once.
    pub fn detach_writer(&self) {
        lock(&self.state).writer_gone = true;
        self.arrival.signal();
    }

    /// The reader wants nothing more: what is in the queue is dropped.
    pub fn detach_reader(&self) {
        let mut state = lock(&self.state);
        state.reader_gone = true;
        let discarded = std::mem::take(&mut state.items);
        drop(state);
        drop(discarded);
        self.space.signal();
    }

    /// Whether the writer has detached.
    pub fn writer_is_gone(&self) -> bool {
        lock(&self.state).writer_gone
    }
}
