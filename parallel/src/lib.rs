//! Answers a query PostgreSQL's way: planner, partial plans, participants, Gather; vectorised and fast.

#![deny(unsafe_code)]

pub mod accumulate;
pub mod analyze;
pub mod batch;
pub mod column;
pub mod group;
pub mod join;
pub mod kernel;
pub mod memory;
pub mod planner;
pub mod schedule;
pub mod table;

pub use schedule::{Claims, Runtime, Schedule};
pub use table::Tables;

use spec::outcome::Run;
use spec::plan::Plan;
use spec::plan::check::Checked;
use spec::settings::Settings;

/// Runs a checked plan over tables under a schedule.
pub fn run(
    _plan: &Checked<Plan>,
    _tables: &Tables,
    _settings: &Settings,
    _schedule: &Schedule,
) -> Run {
    unreachable!("written by the executor's first commit")
}
