//! A log of what the protocol objects do, for tests that replay it through the models of `spec/models`.
//!
//! ```text
//! note       an entry, written inside the critical section of the action: the log has actions in the order of their effects
//! noting     the same for an action without a lock (an atomic addition): the log's own lock is its critical section
//! during     what the objects do that the calling thread makes meanwhile
//! ```
//!
//! Only updates and answers are logged, never whole states: that costs little, and needs no picture of all participants at one
//! time. Without the feature `traces` a [`Log`] has no size, no note is ever made, and the engine is as if this were not here.
//! The log has locks of the standard library's, also under loom and shuttle, where nothing is ever recorded.

use super::block_cursor::Claims;

/// What an object did, or that it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A scan of so many blocks is made.
    CursorMade {
        /// The blocks.
        blocks: u64,
        /// How they are handed out.
        claims: Claims,
        /// Who gets nearly everything, if claims are skewed.
        favoured: usize,
    },
    /// A participant attaches to a scan.
    CursorAttached(usize),
    /// A participant claims the blocks from `first` to before `end`.
    BlocksClaimed {
        /// Who.
        participant: usize,
        /// The first block.
        first: u64,
        /// The block after the last one.
        end: u64,
    },
    /// A participant is told that no block is left.
    BlocksEnded(usize),
    /// A participant leaves a scan before its end.
    CursorLeft(usize),
    /// A Parallel Append of inputs is made, of which these are partial.
    AppendMade(Vec<bool>),
    /// A participant claims an input.
    InputClaimed {
        /// Who.
        participant: usize,
        /// What.
        input: usize,
    },
    /// A participant is told that no input is left for it.
    InputsEnded(usize),
    /// A shared build is made.
    BuildMade,
    /// A participant attaches to a shared build, or finds that nothing is left to do.
    BuildAttached(usize),
    /// A participant comes to the end of a phase.
    BuildArrived(usize),
    /// A participant goes on after a phase.
    BuildWoke(usize),
    /// A participant has made the table.
    TableMade(usize),
    /// A participant has put its rows into the shared table.
    RowsInserted {
        /// Who.
        participant: usize,
        /// How many.
        rows: usize,
    },
    /// A participant looks outer rows up in the shared table.
    RowsProbed {
        /// Who.
        participant: usize,
        /// How many.
        rows: usize,
    },
    /// A participant returns inner rows that nobody has matched.
    RowsReturned {
        /// Who.
        participant: usize,
        /// How many.
        rows: usize,
    },
    /// A participant has probed all of its rows.
    ProbingEnded(usize),
    /// The last participant has returned what nobody has matched.
    BuildLeft(usize),
    /// A participant finds the build broken.
    BuildGivenUp(usize),
    /// A participant stops before the end.
    BuildStopped(usize),
    /// An event is made.
    EventMade,
    /// Somebody reads the epoch of an event before he looks for something to do.
    Looked,
    /// An event happens by the hand of this object.
    Signalled(u64),
    /// A queue is made.
    QueueMade {
        /// How many items it holds at most.
        capacity: usize,
        /// The event of the writer.
        space: u64,
        /// The event of the reader.
        arrival: u64,
    },
    /// The writer begins.
    WriterAttached,
    /// The item of this number is put into a queue.
    Sent(u64),
    /// The writer finds a queue full.
    Full,
    /// The writer finds that the reader has gone.
    Refused,
    /// The writer has gone.
    WriterDetached,
    /// The item of this number is taken from a queue.
    Received(u64),
    /// The reader finds a queue empty.
    Empty,
    /// The reader finds that the writer has gone and the queue is empty.
    Ended,
    /// The reader has gone.
    ReaderDetached,
    /// A place for the first error is made.
    ErrorsMade,
    /// A participant reports an error.
    Raised(usize),
    /// Somebody sees that an error was reported.
    ErrorSeen,
    /// A Gather is made.
    GatherMade {
        /// The leader's latch.
        arrival: u64,
        /// The queues of its workers.
        queues: Vec<u64>,
        /// Where errors are reported.
        errors: u64,
        /// Whether the leader runs the plan too.
        takes_part: bool,
    },
    /// A Gather Merge is made.
    MergeMade {
        /// The queues of its workers.
        queues: Vec<u64>,
        /// Where errors are reported.
        errors: u64,
        /// Whether the leader runs the plan too.
        takes_part: bool,
    },
    /// Rows have become the head of a participant: workers in the order of their queues, then the leader's own copy.
    HeadCame {
        /// Whose.
        source: usize,
        /// What the merge compares, as texts: row by row, key by key.
        keys: Vec<Vec<String>>,
    },
    /// The next row of the head of this participant is returned.
    HeadGiven(usize),
    /// The leader begins its own copy of the plan.
    LeaderJoined,
    /// The leader's own copy returns rows.
    LeaderRow,
    /// The leader's own copy has no more rows.
    LeaderDone,
    /// The leader has read everything.
    LeaderFinished,
    /// The leader lets its workers go, having finished or not.
    LeaderLeft,
}

/// What one object did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number of the object.
    pub object: u64,
    /// What it did.
    pub action: Action,
}

#[cfg(feature = "traces")]
pub use on::{Log, Number, during};

#[cfg(not(feature = "traces"))]
pub use off::{Log, Number};

#[cfg(feature = "traces")]
mod on {
    use std::cell::RefCell;
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

    use super::{Action, Entry};

    /// The entries of all objects, in order, and how many objects there are.
    #[derive(Debug, Default)]
    struct Recorder {
        entries: Mutex<Vec<Entry>>,
        objects: Mutex<u64>,
    }

    thread_local! {
        static RECORDER: RefCell<Option<Arc<Recorder>>> = const { RefCell::new(None) };
    }

    fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs something and gives the log of all protocol objects that this thread made meanwhile.
    pub fn during<T>(run: impl FnOnce() -> T) -> (T, Vec<Entry>) {
        let recorder = Arc::new(Recorder::default());
        let before = RECORDER.replace(Some(recorder.clone()));
        let result = run();
        RECORDER.set(before);
        let entries = std::mem::take(&mut *lock(&recorder.entries));
        (result, entries)
    }

    /// Where an object writes what it does; nowhere, unless it was made while its thread recorded.
    #[derive(Clone, Debug, Default)]
    pub struct Log(Option<(Arc<Recorder>, u64)>);

    impl Log {
        /// The log of a new object.
        pub fn begin(made: impl FnOnce() -> Action) -> Log {
            let recorder = RECORDER.with_borrow(Clone::clone);
            let log = Log(recorder.map(|recorder| {
                let mut objects = lock(&recorder.objects);
                *objects += 1;
                let object = *objects;
                drop(objects);
                (recorder, object)
            }));
            log.note(made);
            log
        }

        /// The number of the object; 0 if nothing is recorded.
        pub fn object(&self) -> u64 {
            self.0.as_ref().map_or(0, |(_, object)| *object)
        }

        /// Writes an entry. The caller is inside the critical section of the action.
        pub fn note(&self, action: impl FnOnce() -> Action) {
            self.noting(|| (), |()| action());
        }

        /// Takes an atomic step and writes an entry about what came of it, as one action.
        pub fn noting<T>(&self, step: impl FnOnce() -> T, action: impl FnOnce(&T) -> Action) -> T {
            let Some((recorder, object)) = &self.0 else { return step() };
            let mut entries = lock(&recorder.entries);
            let result = step();
            entries.push(Entry { object: *object, action: action(&result) });
            result
        }
    }

    /// Counts items, so that each can be told from the others.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Number(u64);

    impl Number {
        /// This number; the next one stands in its place.
        pub fn advance(&mut self) -> Number {
            let this = *self;
            self.0 += 1;
            this
        }

        /// The number.
        pub fn value(self) -> u64 {
            self.0
        }
    }
}

#[cfg(not(feature = "traces"))]
mod off {
    use super::Action;

    /// Where an object would write what it does.
    #[derive(Clone, Debug, Default)]
    pub struct Log {}

    impl Log {
        /// The log of a new object.
        #[inline(always)]
        pub fn begin(_: impl FnOnce() -> Action) -> Log {
            Log {}
        }

        /// The number of the object: 0, nothing is recorded.
        #[inline(always)]
        pub fn object(&self) -> u64 {
            0
        }

        /// Writes no entry.
        #[inline(always)]
        pub fn note(&self, _: impl FnOnce() -> Action) {}

        /// Takes the step.
        #[inline(always)]
        pub fn noting<T>(&self, step: impl FnOnce() -> T, _: impl FnOnce(&T) -> Action) -> T {
            step()
        }
    }

    /// Counts nothing.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Number {}

    impl Number {
        /// No number.
        #[inline(always)]
        pub fn advance(&mut self) -> Number {
            Number {}
        }

        /// 0.
        #[inline(always)]
        pub fn value(self) -> u64 {
            0
        }
    }
}
