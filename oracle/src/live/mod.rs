//! Laws of an aggregate of a live server, asked with SQL alone: `bothways aggregate`.
//!
//! ```text
//! for each choice of argument types:                                   values
//!     a list-partitioned table holds exactly the rows of each part     scratch, ask
//!     shapes that are always tried, then random ones                   split
//!     whole: one pass        split: Finalize > Append > Partial        ask (the plan is read first)
//!     the same?  by text, by the type's `=`, but for rounding          answer, rounding
//!     a law is broken: the smallest case, when it does hold            search
//!     which law, in which tier, with a script for psql                 check, blame, script, report
//! workers of the server, combine trees, moving frames                  workers, tree, window
//! ```
//!
//! Nothing is installed on the server. Everything is written in a schema of our own, which is dropped at the end, on
//! Ctrl-C and on errors. No statement runs longer than its timeout. A server that dies of a question is a finding.
//!
//! PostgreSQL folds states from the left onto the initial one, so this is all that the first tier of laws asks. Whoever
//! combines in a tree needs the second tier: it can be asked where the state is a value of SQL.
//!
//! What is not seen: faults that need more than eight rows or five parts, states that are internal in the second tier, and
//! ordered-set aggregates, which cannot be split at all.

pub mod answer;
pub mod ask;
mod blame;
pub mod check;
mod orders;
pub mod report;
mod rounding;
pub mod scratch;
mod script;
pub mod search;
pub mod split;
mod tree;
pub mod values;
mod window;
mod workers;

pub use check::{Options, check};
pub use report::{Finding, Law, Report, Standing, Verdict};
pub use scratch::{Address, Interrupt, NoScratch, Scratch, Trouble};
