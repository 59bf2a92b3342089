//! The synchronisation primitives of the protocols; tests for loom and shuttle bring their own module of this name.

pub use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
pub use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// The lock, even if a participant panicked while it held it: protocol states are valid between any two statements,
/// and a panic must not turn into a second one in the participants that clean up.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
