//! Bodies of the fuzz targets: plain functions of bytes, which panic on what is wrong and return otherwise.
//!
//! ```text
//! sql_roundtrip      text -> parse -> print -> parse gives the same tree; splitting, binding and carets never panic
//! query_both_ways    bytes -> Case -> judge: the outcome is permitted under every schedule
//! agg_split          bytes -> aggregate, rows, split: all laws hold; foreign bytes are never a state
//! ```
//!
//! They live here and not under `fuzz/`, so that stable Rust runs them too: a second each as smoke tests, and every file of
//! `fuzz/seeds` and `fuzz/regressions` for ever. Bytes mean choices: none at all is the simplest input, and whatever the
//! bytes are, they mean something.

mod aggregate;
mod query;
mod sql;

use std::fmt;
use std::str::FromStr;

pub use aggregate::{AggregateSplit, agg_split};
pub use query::query_both_ways;
pub use sql::{sql_roundtrip, statement_text};

/// A fuzz target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// See [`sql_roundtrip`].
    SqlRoundtrip,
    /// See [`query_both_ways`].
    QueryBothWays,
    /// See [`agg_split`].
    AggSplit,
}

impl Target {
    /// Every target.
    pub const ALL: [Target; 3] = [Target::SqlRoundtrip, Target::QueryBothWays, Target::AggSplit];

    /// Its name: that of its function, of its binary, and of its folders of seeds and regressions.
    pub const fn name(self) -> &'static str {
        match self {
            Target::SqlRoundtrip => "sql_roundtrip",
            Target::QueryBothWays => "query_both_ways",
            Target::AggSplit => "agg_split",
        }
    }

    /// Runs its body.
    ///
    /// # Panics
    /// If the bytes break what the target promises.
    pub fn run(self, bytes: &[u8]) {
        match self {
            Target::SqlRoundtrip => sql_roundtrip(bytes),
            Target::QueryBothWays => query_both_ways(bytes),
            Target::AggSplit => agg_split(bytes),
        }
    }

    /// What the bytes mean to the target, for people: a statement, a case file, an aggregate with rows and a split.
    pub fn describe(self, bytes: &[u8]) -> String {
        match self {
            Target::SqlRoundtrip => statement_text(bytes),
            Target::QueryBothWays => query::case(bytes).to_string(),
            Target::AggSplit => AggregateSplit::of(bytes).to_string(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(name: &str) -> Result<Target, String> {
        let found = Target::ALL.into_iter().find(|target| target.name() == name);
        found.ok_or_else(|| {
            let names = Target::ALL.map(Target::name).join(", ");
            format!("there is no fuzz target \"{name}\": {names}")
        })
    }
}
