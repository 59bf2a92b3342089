//! Where participants' shares come together.

use spec::plan::Node;
use spec::settings::Settings;

use super::Planner;
use super::cost::{self, Cost};
use super::path::{self, Path, Relation};

impl Planner<'_> {
    /// All ways to get all rows: the full paths, and Gather over the cheapest partial one. [cost.gather]
    pub(super) fn gathered(&self, relation: Relation, fraction: f64) -> Vec<Path> {
        let mut paths = relation.full;
        if let Some(cheapest) = relation.partial.into_iter().next() {
            let rows = if relation.base {
                relation.rows
            } else {
                cheapest.rows() * cheapest.workers as f64
            };
            let gather = gather(cheapest, rows, self.settings);
            path::add(&mut paths, gather, fraction > 0.0);
        }
        paths
    }
}

/// Gather over a partial path.
pub(super) fn gather(input: Path, rows: f64, settings: &Settings) -> Path {
    let cost = cost::gather(input.cost(), rows, settings);
    let workers_planned = input.workers;
    let wrap = |input| Node::Gather { input, workers_planned, single_copy: false };
    let mut path = input.over(wrap, cost);
    path.plan.estimate.rows = rows;
    Path { workers: 0, safe: false, ordering: vec![], ..path }
}

/// The plan in one worker alone, if it may run there (`debug_parallel_query`).
pub(super) fn single_copy(path: Path, settings: &Settings) -> Path {
    if !path.safe {
        return path;
    }
    let Cost { startup, total } = path.cost();
    let cost = Cost {
        startup: startup + settings.parallel_setup_cost,
        total: total + settings.parallel_setup_cost + settings.parallel_tuple_cost * path.rows(),
    };
    let wrap = |input| Node::Gather { input, workers_planned: 1, single_copy: true };
    Path { safe: false, ..path.over(wrap, cost) }
}
