//! The protocols under every interleaving of a few steps (loom), from the very sources that the engine runs.

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
        //! loom's primitives in the place of the standard library's.
        pub use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};
        pub use loom::sync::{Arc, Condvar, Mutex, MutexGuard};

        pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
            mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
        }
    }
}

mod primitives {
    pub use loom::thread;
}

#[path = "interleavings/bodies.rs"]
mod bodies;

use protocol::block_cursor::Claims;

/// Every interleaving with at most three preemptions: enough for every lost update and lost wake-up of these sizes.
fn every_interleaving(body: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(body);
}

#[test]
fn every_block_is_claimed_once() {
    for claims in [Claims::Ranges, Claims::OneBlock, Claims::Skewed, Claims::Fixed(2)] {
        every_interleaving(move || bodies::every_block_is_claimed_once(claims));
    }
}

#[test]
fn every_input_is_claimed() {
    every_interleaving(bodies::every_input_is_claimed);
}

#[test]
fn a_queue_keeps_order_and_loses_no_wake_up() {
    every_interleaving(bodies::a_queue_keeps_order_and_loses_no_wake_up);
}

#[test]
fn a_worker_ends_when_nobody_reads() {
    every_interleaving(bodies::a_worker_ends_when_nobody_reads);
}

#[test]
fn an_error_is_seen_before_the_end() {
    every_interleaving(bodies::an_error_is_seen_before_the_end);
}

#[test]
fn a_shared_table_is_complete_before_it_is_probed() {
    every_interleaving(bodies::a_shared_table_is_complete_before_it_is_probed);
}

#[test]
fn who_leaves_a_build_keeps_nobody_waiting() {
    every_interleaving(bodies::who_leaves_a_build_keeps_nobody_waiting);
}

/// The checker bites: a claim in two steps, which real threads hardly ever get wrong, is caught.
#[test]
#[should_panic(expected = "claimed twice")]
fn a_claim_in_two_steps_is_caught() {
    use loom::sync::Arc;
    use loom::sync::atomic::{AtomicU64, Ordering};
    every_interleaving(|| {
        let next = Arc::new(AtomicU64::new(0));
        let claim = |next: &AtomicU64| {
            let block = next.load(Ordering::Relaxed);
            next.store(block + 1, Ordering::Relaxed);
            block
        };
        let shared = next.clone();
        let other = loom::thread::spawn(move || claim(&shared));
        assert_ne!(claim(&next), other.join().unwrap(), "claimed twice");
    });
}
