//! Clauses: the ids of `clauses.toml`, known while compiling.
//!
//! `clauses.toml` has every sentence that the code rests on. Docs cite an id in brackets, `[plan.gather]`; code and tests
//! cite it with [`clause!`](crate::clause!), which does not compile for an id that the file lacks:
//!
//! ```
//! # use bothways_spec as spec;
//! assert_eq!(spec::clause!("plan.gather"), "plan.gather");
//! ```
//!
//! ```compile_fail,E0080
//! # use bothways_spec as spec;
//! spec::clause!("plan.gahter");
//! ```
//!
//! The file is read by constant functions that look at lines of the form `id = "…"` only; `tests/traceability` reads
//! the rest of it.

use std::io::Write;

/// The text of `clauses.toml`.
pub const TEXT: &str = include_str!("../clauses.toml");

/// The text of `manual.toml`: what PostgreSQL's manual says, and the clauses that it leads to.
pub const MANUAL: &str = include_str!("../manual.toml");

/// The text of `theorems.lock`: every theorem of `coq/` with its statement.
pub const THEOREMS: &str = include_str!("../theorems.lock");

/// The id of every clause, in the order of the file.
pub const IDS: [&str; COUNT] = ids();

const START: &[u8] = b"\nid = \"";

const COUNT: usize = count();

/// The id of a clause, checked while compiling.
///
/// It stands for the id itself, a `&'static str`.
#[macro_export]
macro_rules! clause {
    ($id:literal) => {
        const { $crate::clause::known($id) }
    };
}

/// Says in the body of a test which clauses it is evidence for; checked while compiling, and recorded while running.
///
/// It stands after whatever may end the test early (no server here, say): what is recorded did run. See [`record`].
#[macro_export]
macro_rules! clauses {
    ($($id:literal),+ $(,)?) => {
        $crate::clause::record(const { &[$($crate::clause::known($id)),+] }, file!(), line!())
    };
}

/// Appends the ids and the source file to the file that the environment variable `BOTHWAYS_CITED` names; does nothing
/// without it.
///
/// `bothways spec --cited FILE` then finds the tests that cite a clause and did not run. Lines are short and appended whole,
/// so that test binaries may run side by side.
///
/// # Panics
/// If that file cannot be written: a test run that was asked to record must not go on without.
pub fn record(ids: &[&str], file: &str, line: u32) {
    let Some(path) = std::env::var_os("BOTHWAYS_CITED") else { return };
    let lines: String = ids.iter().map(|id| record_line(id, file, line) + "\n").collect();
    let opened = std::fs::OpenOptions::new().create(true).append(true).open(&path);
    let written = opened.and_then(|mut opened| opened.write_all(lines.as_bytes()));
    written.unwrap_or_else(|error| panic!("BOTHWAYS_CITED={}: {error}", path.display()));
}

/// What is recorded of a citation.
pub fn record_line(id: &str, file: &str, line: u32) -> String {
    format!("{file}:{line} {id}")
}

/// The id, if there is such a clause.
///
/// # Panics
/// If there is none; in a constant that is an error of compilation.
pub const fn known(id: &'static str) -> &'static str {
    let mut i = 0;
    while i < COUNT {
        if same(IDS[i].as_bytes(), id.as_bytes()) {
            return id;
        }
        i += 1;
    }
    panic!("there is no such clause in spec/clauses.toml")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Whether an id begins here: the line before it has ended with `START`.
const fn starts(text: &[u8], at: usize) -> bool {
    let mut i = 0;
    while i < START.len() {
        if at + i >= text.len() || text[at + i] != START[i] {
            return false;
        }
        i += 1;
    }
    true
}

const fn count() -> usize {
    let text = TEXT.as_bytes();
    let (mut at, mut found) = (0, 0);
    while at < text.len() {
        if starts(text, at) {
            found += 1;
        }
        at += 1;
    }
    found
}

const fn ids() -> [&'static str; COUNT] {
    let text = TEXT.as_bytes();
    let mut ids = [""; COUNT];
    let (mut at, mut found) = (0, 0);
    while at < text.len() {
        if starts(text, at) {
            ids[found] = quoted(at + START.len());
            found += 1;
        }
        at += 1;
    }
    ids
}

/// The text from here up to the next quotation mark.
const fn quoted(from: usize) -> &'static str {
    let rest = TEXT.split_at(from).1;
    let mut end = 0;
    while rest.as_bytes()[end] != b'"' {
        end += 1;
    }
    rest.split_at(end).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_lines_that_begin_so() {
        let lines = TEXT.lines().filter_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"'));
        assert_eq!(lines.collect::<Vec<_>>(), IDS);
    }

    #[test]
    fn an_id_is_known_as_a_whole_only() {
        assert_eq!(clause!("plan.gather"), "plan.gather");
        assert!(std::panic::catch_unwind(|| known(concat!("plan.", "gathe"))).is_err());
        assert!(std::panic::catch_unwind(|| known(concat!("plan.", "gather."))).is_err());
    }
}
