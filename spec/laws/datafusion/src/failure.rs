//! What an accumulator does instead of answering.

use std::cell::Cell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use datafusion_common::Result;

/// A call that did not return a value.
///
/// Two failures are equal if they are of one kind: messages name rows and places, which differ between one way and another.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The call returned this error.
    Error(String),
    /// The call panicked with this message.
    Panic(String),
}

impl PartialEq for Failure {
    fn eq(&self, other: &Failure) -> bool {
        matches!(
            (self, other),
            (Failure::Error(_), Failure::Error(_)) | (Failure::Panic(_), Failure::Panic(_))
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Error(message) => write!(f, "error: {message}"),
            Failure::Panic(message) => write!(f, "panic: {message}"),
        }
    }
}

thread_local! {
    /// Whether this thread is inside [`attempt`], where the message of a panic is an outcome.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// Runs the code of an accumulator; an error and a panic are a failure, and nothing is printed of it.
pub(crate) fn attempt<T>(call: impl FnOnce() -> Result<T>) -> Result<T, Failure> {
    HOOK.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                hook(panic);
            }
        }));
    });
    let before = QUIET.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(call));
    QUIET.set(before);
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Failure::Error(error.strip_backtrace())),
        Err(payload) => {
            let text = payload.downcast_ref::<String>().cloned();
            let text = text.or_else(|| payload.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            Err(Failure::Panic(text.unwrap_or_else(|| "without a message".into())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failure_of_another_kind_than_an_error() {
        let panicked = attempt::<()>(|| panic!("no {}", "rows")).expect_err("a panic");
        assert_eq!(panicked.to_string(), "panic: no rows");
        let failed =
            attempt::<()>(|| datafusion_common::exec_err!("no rows")).expect_err("an error");
        assert_ne!(panicked, failed);
    }
}
