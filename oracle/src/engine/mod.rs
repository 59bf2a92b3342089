//! Engines as adapters: whoever can answer a bound query over a database. One file per engine.
//!
//! The reference is asked for the *set* of permitted outcomes ([`permitted`]); every other engine runs and gives one.

pub mod extracted;
pub mod parallel;
pub mod postgres;
pub mod reference;

pub use self::reference::permitted;

use spec::outcome::Run;
use spec::query::Query;
use spec::settings::Settings;

use crate::database::Database;

/// A query with everything that an engine may need to answer it.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The text of the query.
    pub sql: &'a str,
    /// Its meaning.
    pub query: &'a Query,
    /// The tables.
    pub database: &'a Database,
    /// The planner settings.
    pub settings: &'a Settings,
}

/// Why an engine gave no outcome; nothing is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unable {
    /// The query is outside what this engine supports.
    Unsupported(spec::Unsupported),
    /// The planner made a plan that the checker refuses: ours, and a violation.
    Refused(spec::plan::check::Refusal),
    /// The engine cannot be reached, died, or timed out.
    World(String),
}

impl std::fmt::Display for Unable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unable::Unsupported(what) => what.fmt(f),
            Unable::Refused(refusal) => {
                write!(f, "the plan was refused by {}: {}", refusal.clause, refusal.because)
            }
            Unable::World(message) => f.write_str(message),
        }
    }
}

/// An engine that runs queries.
pub trait Engine {
    /// Its name with its version and mode: `parallel`, `PostgreSQL 15.18, forced parallel`.
    fn name(&self) -> String;

    /// Runs a query.
    ///
    /// # Errors
    /// Why there is no outcome to compare.
    fn run(&mut self, question: &Question<'_>) -> Result<Run, Unable>;
}
