//! Panics as values: a law that is checked ten thousand times must not print ten thousand backtraces.

use std::cell::Cell;
use std::panic::{self, UnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether this thread is inside [`run`], where the message of a panic is an outcome.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// What the function returns, or the message of its panic, which is not printed.
///
/// The panic hook of the program is wrapped once and still called for every panic outside of this function.
pub(super) fn run<T>(body: impl FnOnce() -> T + UnwindSafe) -> Result<T, String> {
    HOOK.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                hook(panic);
            }
        }));
    });
    let before = QUIET.replace(true);
    let outcome = panic::catch_unwind(body);
    QUIET.set(before);
    outcome.map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        text.unwrap_or("with no message").to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_its_message() {
        assert_eq!(run(|| 1), Ok(1));
        assert_eq!(run(|| -> u8 { panic!("no {}", "rows") }), Err("no rows".into()));
        assert!(!QUIET.get());
    }
}
