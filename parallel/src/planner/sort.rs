//! Sort: ORDER BY.

use spec::error::Failure;
use spec::expr::Expr;
use spec::plan::Node;
use spec::query::{Rel, SortKey};
use spec::sql::ast::{Direction, NullsOrder};

use super::cost;
use super::path::{self, Path, Relation};
use super::{Demand, Planner, safety};

impl Planner<'_> {
    /// The rows of `input` in order. The planner makes no Gather Merge: shares are gathered first. [departure.gather-merge]
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
        let mut full = vec![];
        for path in self.gathered(relation.clone(), demand.fraction) {
            let sorted = self.sort_path(path, &keys, demand.first);
            path::add(&mut full, sorted, demand.fraction > 0.0);
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
