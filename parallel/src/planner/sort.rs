//! Sort: ORDER BY, above a Gather or in each participant below a Gather Merge.

use spec::error::Failure;
use spec::expr::Expr;
use spec::plan::Node;
use spec::query::{Rel, SortKey};
use spec::sql::ast::{Direction, NullsOrder};

use super::cost;
use super::path::{self, Path, Relation};
use super::statistics::Origin;
use super::{Demand, Planner, gather, safety};

impl Planner<'_> {
    /// The rows of `input` in order: sorted in one process, or in each participant and merged. Keys that a condition fixes to
    /// one value sort nothing. [cost.gather-merge]
    pub(super) fn sort(
        &mut self,
        input: &Rel,
        keys: &[SortKey],
        demand: &Demand,
    ) -> Result<Relation, Failure> {
        let below = Demand { fraction: 0.0, first: 0.0, order: keys.to_vec() };
        let relation = self.relation(input, &below)?;
        let exprs: Vec<Expr> = keys.iter().map(|key| key.expr.clone()).collect();
        let exprs = self.resolve_over(&exprs, input)?;
        let keys: Vec<SortKey> = exprs
            .into_iter()
            .zip(keys)
            .map(|(expr, key)| SortKey { expr, ..key.clone() })
            .collect();
        let keys: Vec<SortKey> =
            keys.into_iter().filter(|key| !is_fixed(&key.expr, &relation.origins)).collect();
        if keys.is_empty() {
            return Ok(relation);
        }
        let mut full = vec![];
        for path in self.gathered(relation.clone(), demand.fraction) {
            let sorted = self.sort_path(path, &keys, demand.first);
            path::add(&mut full, sorted, demand.fraction > 0.0);
        }
        if let Some(cheapest) = relation.partial.first()
            && safety::all_safe(keys.iter().map(|key| &key.expr))
            && !path::ordered_by(&cheapest.ordering, &keys)
        {
            // Once for the rows that the scan expects, as PostgreSQL has it, and once for what its participants send.
            let sent = cheapest.rows() * cheapest.workers as f64;
            let whole = relation.base.then_some((relation.rows, 0.0));
            for (rows, first) in whole.into_iter().chain([(sent, demand.first)]) {
                let sorted = self.sort_path(cheapest.clone(), &keys, first);
                let merge = gather::gather_merge(sorted, rows, self.settings);
                path::add(&mut full, merge, demand.fraction > 0.0);
            }
        }
        Ok(Relation { full, partial: vec![], base: false, ..relation })
    }

    /// A path in this order; as it is if it comes so. `first` is how many of the first rows are needed (0: all).
    pub(super) fn sort_path(&self, path: Path, keys: &[SortKey], first: f64) -> Path {
        if path::ordered_by(&path.ordering, keys) {
            return path;
        }
        let cost = cost::sort(path.input(), first, self.settings);
        let keys = keys.to_vec();
        let bound = if first > 0.0 { Some(first as u64) } else { None };
        let ordering = keys.clone();
        let safe = path.safe && safety::all_safe(keys.iter().map(|key| &key.expr));
        let determined = path.determined && bound.is_none();
        let sorted = path.over(|input| Node::Sort { input, keys, bound }, cost);
        Path { ordering, safe, determined, ..sorted }
    }
}

/// Whether an expression is a column that has one value in all rows.
fn is_fixed(expr: &Expr, origins: &[Origin]) -> bool {
    let Expr::Column { index, .. } = expr else { return false };
    let origin = origins.get(*index).filter(|origin| origin.plain);
    origin.and_then(|origin| origin.variables.first()).is_some_and(|variable| variable.fixed)
}

/// Ascending keys over columns; those of `wanted` come first, with their directions, as far as they are among them.
pub(super) fn keys_for(columns: &[Expr], wanted: &[SortKey]) -> Vec<SortKey> {
    let mut keys: Vec<SortKey> =
        wanted.iter().map_while(|key| columns.contains(&key.expr).then(|| key.clone())).collect();
    for column in columns {
        if !keys.iter().any(|key| key.expr == *column) {
            keys.push(SortKey {
                expr: column.clone(),
                direction: Direction::Asc,
                nulls: NullsOrder::Last,
            });
        }
    }
    keys
}
