//! Answers a query PostgreSQL's way: planner, partial plans, participants, Gather; vectorised and fast.

#![deny(unsafe_code)]

pub mod accumulate;
pub mod analyze;
pub mod batch;
pub mod column;
pub mod fault;
pub mod group;
pub mod join;
pub mod kernel;
pub mod memory;
mod node;
pub mod planner;
pub mod protocol;
mod runtime;
pub mod schedule;
pub mod table;

pub use schedule::{Claims, Runtime, Schedule};
pub use table::Tables;

use spec::outcome::{Outcome, OutputColumn, Rows, Run};
use spec::plan::Plan;
use spec::plan::check::Checked;
use spec::settings::Settings;

/// Runs a checked plan over tables under a schedule: the outcome, and how it came about. [scan.snapshot]
///
/// An error of the query's data, and a plan that has no executable form (0A000), are outcomes. Every participant has
/// ended when this returns.
///
/// # Panics
/// If the participants of a simulated run come to a deadlock: that is a fault of this crate, and the message has the
/// schedule that shows it.
pub fn run(plan: &Checked<Plan>, tables: &Tables, settings: &Settings, schedule: &Schedule) -> Run {
    let plan = plan.plan();
    let execution = runtime::Execution::new(plan, tables, settings, schedule);
    let answer = runtime::run(&execution);
    let outcome = match answer {
        Ok(batches) => Outcome::Rows(Rows {
            columns: output_columns(plan),
            rows: batches.iter().flat_map(batch::Batch::to_rows).collect(),
        }),
        Err(error) => Outcome::Error(error),
    };
    Run { outcome, trace: execution.trace() }
}

/// The columns of the answer.
fn output_columns(plan: &Plan) -> Vec<OutputColumn> {
    let output = |column: &spec::plan::PlanColumn| OutputColumn {
        name: column.name.clone(),
        ty: column.ty,
        modifier: column.modifier,
    };
    plan.columns.iter().map(output).collect()
}
