//! DISTINCT: hashed, or sorted and unique; in parts below a Gather too.

use spec::error::Failure;
use spec::expr::Expr;
use spec::plan::{Mode, Node, Strategy, groups_are_determined};
use spec::query::{Rel, SortKey};
use spec::value::Type;

use super::cost::{self, Grouping};
use super::path::{self, Path, Relation};
use super::statistics::{self, Origin};
use super::{Demand, Planner, gather, sort};

impl Planner<'_> {
    /// One row of each set of rows that are not distinct.
    pub(super) fn distinct(
        &mut self,
        rel: &Rel,
        input: &Rel,
        demand: &Demand,
    ) -> Result<Relation, Failure> {
        let all: Vec<Expr> = rel
            .columns
            .iter()
            .enumerate()
            .map(|(index, field)| Expr::Column { index, ty: field.ty })
            .collect();
        let order = sort::keys_for(&all, &demand.order);
        let below = Demand { order, ..Demand::default() };
        let relation = self.relation(input, &below)?;
        let types: Vec<Type> = rel.columns.iter().map(|field| field.ty).collect();
        Ok(self.deduplicated(relation, &types, demand, None))
    }

    /// Every way to drop duplicates. `groups`: how many rows are expected to stay, if that is known otherwise.
    pub(super) fn deduplicated(
        &self,
        relation: Relation,
        types: &[Type],
        demand: &Demand,
        groups: Option<f64>,
    ) -> Relation {
        let keys: Vec<(Type, Origin)> =
            types.iter().copied().zip(relation.origins.iter().cloned()).collect();
        let expected =
            |rows: f64| groups.unwrap_or_else(|| statistics::groups(&keys, rows)).min(rows);
        let rows = expected(relation.rows);
        let mut full = vec![];
        let mut inputs = self.gathered(relation.clone(), demand.fraction);
        // What is gathered by parts is not merged in order (`generate_gather_paths`), what is gathered whole may be.
        if groups.is_none()
            && let Some(cheapest) = relation.partial.first()
        {
            let order = sort::keys_for(&columns(types), &demand.order);
            let base = relation.base.then_some(relation.rows);
            inputs.extend(self.sorted_merge(Some(cheapest), &order, base));
            let share = expected(cheapest.rows());
            let partial = self.hashed_distinct(cheapest.clone(), types, share);
            let rows = partial.rows() * partial.workers as f64;
            inputs.push(gather::gather(partial, rows, self.settings));
        }
        for path in inputs {
            let startup_counts = demand.fraction > 0.0;
            path::add(&mut full, self.hashed_distinct(path.clone(), types, rows), startup_counts);
            path::add(
                &mut full,
                self.sorted_distinct(path, types, rows, &demand.order),
                startup_counts,
            );
        }
        Relation { full, partial: vec![], rows, base: false, ..relation }
    }

    /// HashAggregate over all columns.
    fn hashed_distinct(&self, input: Path, types: &[Type], groups: f64) -> Path {
        let work = Grouping { keys: types.len(), groups, ..Grouping::default() };
        let cost = cost::hashed_aggregate(input.input(), work, self.settings);
        let keys = columns(types);
        let determined = input.determined && groups_are_determined(&keys, &[]);
        let wrap = |input| Node::Aggregate {
            strategy: Strategy::Hashed,
            mode: Mode::Simple,
            input,
            keys,
            calls: vec![],
        };
        let mut path = input.over(wrap, cost);
        path.plan.estimate.rows = groups;
        Path { ordering: vec![], determined, ..path }
    }

    /// Unique over Sort.
    fn sorted_distinct(&self, input: Path, types: &[Type], rows: f64, wanted: &[SortKey]) -> Path {
        let keys = columns(types);
        let determined = input.determined && groups_are_determined(&keys, &[]);
        let sorted = self.sort_path(input, &sort::keys_for(&keys, wanted), 0.0);
        let cost = cost::unique(sorted.input(), types.len(), self.settings);
        let mut path = sorted.over(|input| Node::Unique { input }, cost);
        path.plan.estimate.rows = rows;
        Path { determined, ..path }
    }
}

fn columns(types: &[Type]) -> Vec<Expr> {
    types.iter().enumerate().map(|(index, ty)| Expr::Column { index, ty: *ty }).collect()
}
