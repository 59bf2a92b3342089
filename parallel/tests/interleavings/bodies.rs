//! What holds under every interleaving: run by loom (all of them, within a bound) and by shuttle (random ones).

use crate::primitives::thread;
use crate::protocol::append_claim::AppendClaim;
use crate::protocol::block_cursor::{BlockCursor, Claims};
use crate::protocol::event::Event;
use crate::protocol::gather::{FirstError, Polled, Readers};
use crate::protocol::shared_build::{Advanced, Builder, Probed, SharedBuild, Task};
use crate::protocol::sync::{Arc, AtomicU64, Ordering};
use crate::protocol::tuple_queue::{Sent, TupleQueue};

/// Runs two threads besides this one, each with a number, and gives what all three return.
fn three<T: Send + 'static>(work: impl Fn(usize) -> T + Send + Sync + 'static) -> Vec<T> {
    let work = Arc::new(work);
    let others: Vec<_> = (1..3)
        .map(|number| {
            let work = work.clone();
            thread::spawn(move || work(number))
        })
        .collect();
    let mut results = vec![work(0)];
    results.extend(others.into_iter().map(|other| other.join().expect("no thread panics")));
    results
}

/// Each block goes to exactly one participant. [scan.seq.claim]
pub fn every_block_is_claimed_once(claims: Claims) {
    let cursor = Arc::new(BlockCursor::new(3, claims, 1));
    let shares = three(move |number| {
        let mut claim = cursor.attach(number);
        let mut blocks = vec![];
        while let Some(range) = cursor.claim(&mut claim) {
            blocks.extend(range);
        }
        blocks
    });
    let mut blocks = shares.concat();
    blocks.sort_unstable();
    assert_eq!(blocks, [0, 1, 2]);
}

/// An input that is not partial is run by exactly one participant; nothing is left unclaimed. [scan.append.claim]
pub fn every_input_is_claimed() {
    let claim = Arc::new(AppendClaim::new(vec![false, true]));
    let shares = three(move |number| {
        let (mut inputs, mut exhausted) = (vec![], None);
        while let Some(input) = claim.claim(number, exhausted) {
            inputs.push(input);
            exhausted = Some(input);
        }
        inputs
    });
    let inputs = shares.concat();
    assert_eq!(inputs.iter().filter(|&&input| input == 0).count(), 1);
    assert!(inputs.contains(&1));
}

/// A worker that sends so many items through a queue of one, then detaches; tells how many were taken.
fn worker(queue: Arc<TupleQueue<u32>>, items: u32) -> thread::JoinHandle<u32> {
    thread::spawn(move || {
        let mut sent = 0;
        while sent < items {
            match queue.try_send(sent) {
                Sent::Queued => sent += 1,
                Sent::Full(_, wait) => wait.park(),
                Sent::Detached => break,
            }
        }
        queue.detach_writer();
        sent
    })
}

/// A leader that parks on its latch gets every item of a worker in order, and then the end. [queue.order]
pub fn a_queue_keeps_order_and_loses_no_wake_up() {
    let latch = Arc::new(Event::new());
    let queue = Arc::new(TupleQueue::new(1, latch.clone()));
    let worker = worker(queue.clone(), 2);
    let (mut readers, mut received) = (Readers::new(vec![queue]), vec![]);
    loop {
        let seen = latch.epoch();
        match readers.poll() {
            Polled::Item(item) => received.push(item),
            Polled::Empty => latch.park(seen),
            Polled::Finished => break,
        }
    }
    assert_eq!(received, [0, 1]);
    assert_eq!(worker.join().expect("no thread panics"), 2);
}

/// A leader that has enough lets a blocked worker go. [queue.detach] [gather.stop]
pub fn a_worker_ends_when_nobody_reads() {
    let latch = Arc::new(Event::new());
    let queue = Arc::new(TupleQueue::new(1, latch.clone()));
    let worker = worker(queue.clone(), 3);
    let mut readers = Readers::new(vec![queue]);
    let seen = latch.epoch();
    if readers.poll() == Polled::Empty {
        latch.park(seen);
    }
    drop(readers);
    assert!(worker.join().expect("no thread panics") <= 3);
}

/// Who sees that a worker has ended sees its error too. [gather.error]
pub fn an_error_is_seen_before_the_end() {
    let latch = Arc::new(Event::new());
    let queue: Arc<TupleQueue<u32>> = Arc::new(TupleQueue::new(1, latch.clone()));
    let errors = Arc::new(FirstError::default());
    let failing = {
        let (queue, errors) = (queue.clone(), errors.clone());
        thread::spawn(move || {
            errors.raise(1, "division by zero");
            queue.detach_writer();
        })
    };
    let mut readers = Readers::new(vec![queue]);
    loop {
        let seen = latch.epoch();
        match readers.poll() {
            Polled::Item(item) => panic!("nothing was sent, but {item} came"),
            Polled::Empty => latch.park(seen),
            Polled::Finished => break,
        }
    }
    assert_eq!(errors.raised(), Some("division by zero"));
    failing.join().expect("no thread panics");
}

/// What participants of a shared build do to a table of so many rows.
struct Table {
    shared: Arc<SharedBuild>,
    tables: AtomicU64,
    claimed: AtomicU64,
    inserted: AtomicU64,
    last: AtomicU64,
    rows: u64,
}

impl Table {
    fn new(rows: u64) -> Arc<Table> {
        let zero = || AtomicU64::new(0);
        Arc::new(Table {
            shared: Arc::new(SharedBuild::new()),
            tables: zero(),
            claimed: zero(),
            inserted: zero(),
            last: zero(),
            rows,
        })
    }

    fn read(count: &AtomicU64) -> u64 {
        count.load(Ordering::SeqCst)
    }

    fn add(count: &AtomicU64) -> u64 {
        count.fetch_add(1, Ordering::SeqCst)
    }

    /// One participant, from its beginning to its end; whether it has probed.
    fn take_part(&self, number: usize) -> bool {
        let Some(mut builder) = Builder::attach(&self.shared, number) else { return false };
        loop {
            match builder.advance() {
                Advanced::Blocked(wait) => wait.park(),
                Advanced::Broken => return false,
                Advanced::Task(Task::Allocate) => assert_eq!(Table::add(&self.tables), 0),
                Advanced::Task(Task::Build) => {
                    assert_eq!(Table::read(&self.tables), 1, "there is a table");
                    while Table::add(&self.claimed) < self.rows {
                        Table::add(&self.inserted);
                    }
                }
                Advanced::Task(Task::Probe) => break,
            }
        }
        assert_eq!(Table::read(&self.inserted), self.rows, "probed before all was inserted");
        if let Probed::Last { .. } = builder.finish_probing() {
            assert_eq!(Table::add(&self.last), 0, "one returns the unmatched rows");
            builder.finish();
        }
        true
    }
}

/// Whenever participants come, one makes the table, all insert before any probes, and one is the last.
/// [join.shared.build-first] [join.shared.elected] [join.shared.unmatched]
pub fn a_shared_table_is_complete_before_it_is_probed() {
    let table = Table::new(1);
    let shared = table.clone();
    let other = thread::spawn(move || shared.take_part(1));
    let probed = table.take_part(0) | other.join().expect("no thread panics");
    assert!(probed && Table::read(&table.last) == 1);
}

/// A participant that leaves in the middle of a build keeps nobody waiting. [join.shared.wait]
pub fn who_leaves_a_build_keeps_nobody_waiting() {
    let table = Table::new(1);
    let shared = table.clone();
    let other = thread::spawn(move || shared.take_part(1));
    if let Some(mut builder) = Builder::attach(&table.shared, 0)
        && let Advanced::Task(Task::Build) = builder.advance()
        && Table::add(&table.claimed) < table.rows
    {
        // It takes the only row with it: nobody may probe.
        drop(builder);
        assert!(!other.join().expect("no thread panics"), "an incomplete table was probed");
        return;
    }
    other.join().expect("no thread panics");
}
