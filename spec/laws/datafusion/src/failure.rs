//! What an accumulator does instead of answering.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

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

/// Runs the code of an accumulator; an error and a panic are a failure.
pub(crate) fn attempt<T>(call: impl FnOnce() -> Result<T>) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Failure::Error(error.strip_backtrace())),
        Err(payload) => {
            let text = payload.downcast_ref::<String>().cloned();
            let text = text.or_else(|| payload.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            Err(Failure::Panic(text.unwrap_or_else(|| "without a message".into())))
        }
    }
}
