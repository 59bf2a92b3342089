//! Where participants' shares come together.

use spec::plan::Node;
use spec::query::SortKey;
use spec::settings::Settings;

use super::cost::{self, Cost};
use super::path::{self, Path, Relation};
use super::{Planner, index_cost, safety};

impl Planner<'_> {
    /// All ways to get all rows: the full paths, and Gather over the cheapest partial one. [cost.gather]
    pub(super) fn gathered(&self, relation: Relation, fraction: f64) -> Vec<Path> {
        let mut paths = relation.full;
        let base = relation.base.then_some(relation.rows);
        for partial in relation.partial.iter().filter(|path| !path.ordering.is_empty()) {
            let rows = base.unwrap_or(partial.rows() * partial.workers as f64);
            let merge = gather_merge(partial.clone(), rows, self.settings);
            path::add(&mut paths, merge, fraction > 0.0);
        }
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

    /// Each participant's share sorted and merged: over the cheapest partial path, unless it comes in order.
    /// (`generate_useful_gather_paths`) [cost.gather-merge]
    pub(super) fn sorted_merge(
        &self,
        cheapest: Option<&Path>,
        keys: &[SortKey],
        rows: Option<f64>,
    ) -> Option<Path> {
        let cheapest = cheapest?;
        let is_useful = !keys.is_empty()
            && !path::ordered_by(&cheapest.ordering, keys)
            && safety::all_safe(keys.iter().map(|key| &key.expr));
        let sent = cheapest.rows() * cheapest.workers as f64;
        let sorted = || self.sort_path(cheapest.clone(), keys, 0.0);
        is_useful.then(|| gather_merge(sorted(), rows.unwrap_or(sent), self.settings))
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

/// Gather Merge over a partial path that is in order.
pub(super) fn gather_merge(input: Path, rows: f64, settings: &Settings) -> Path {
    let cost = index_cost::gather_merge(input.cost(), rows, input.workers, settings);
    let (workers_planned, keys) = (input.workers, input.ordering.clone());
    let wrap = |input| Node::GatherMerge { input, keys, workers_planned };
    let mut path = input.over(wrap, cost);
    path.plan.estimate.rows = rows;
    Path { workers: 0, safe: false, ..path }
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
