//! The protocols under thousands of seeded random interleavings (shuttle), from the very sources that the engine runs.

#[path = "../src/protocol"]
mod protocol {
    #![allow(dead_code, unused_imports)]
    pub mod append_claim;
    pub mod block_cursor;
    pub mod event;
    pub mod gather;
    pub mod record;
    pub mod shared_build;
    pub mod tuple_queue;

    pub mod sync {
        //! shuttle's primitives in the place of the standard library's.
        pub use shuttle::sync::atomic::{AtomicBool, AtomicU64, Ordering};
        pub use shuttle::sync::{Arc, Condvar, Mutex, MutexGuard};

        pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
            mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
        }
    }
}

mod primitives {
    pub use shuttle::thread;
}

#[path = "interleavings/bodies.rs"]
mod bodies;

use protocol::block_cursor::Claims;
use shuttle::scheduler::PctScheduler;
use shuttle::{Config, Runner};

/// Schedules with up to three ordering constraints (probabilistic concurrency testing), from a fixed seed.
fn many_interleavings(body: impl Fn() + Send + Sync + 'static) {
    let scheduler = PctScheduler::new_from_seed(15, 3, 2000);
    Runner::new(scheduler, Config::new()).run(body);
}

#[test]
fn every_block_is_claimed_once() {
    for claims in [Claims::Ranges, Claims::OneBlock, Claims::Skewed, Claims::Fixed(2)] {
        many_interleavings(move || bodies::every_block_is_claimed_once(claims));
    }
}

#[test]
fn every_input_is_claimed() {
    many_interleavings(bodies::every_input_is_claimed);
}

#[test]
fn a_queue_keeps_order_and_loses_no_wake_up() {
    many_interleavings(bodies::a_queue_keeps_order_and_loses_no_wake_up);
}

#[test]
fn a_worker_ends_when_nobody_reads() {
    many_interleavings(bodies::a_worker_ends_when_nobody_reads);
}

#[test]
fn an_error_is_seen_before_the_end() {
    many_interleavings(bodies::an_error_is_seen_before_the_end);
}

#[test]
fn a_shared_table_is_complete_before_it_is_probed() {
    many_interleavings(bodies::a_shared_table_is_complete_before_it_is_probed);
}

#[test]
fn who_leaves_a_build_keeps_nobody_waiting() {
    many_interleavings(bodies::who_leaves_a_build_keeps_nobody_waiting);
}
