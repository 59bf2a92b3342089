//! MinMax: min and max of a column with an index are the first values of scans through it (`planagg.c`).
//!
//! ```text
//! min(a), max(b)  →  Result over InitPlans, each: Limit 1 over an index in order, without NULLs
//! ```
//!
//! Only where no condition can raise an error: a scan that stops after one row asks fewer rows. [cost.min-max]

use spec::error::Failure;
use spec::expr::{CastMethod, Expr};
use spec::plan::{InitPlan, Node};
use spec::query::{self, Call, Rel, SortKey};
use spec::sql::ast::{Direction, NullsOrder};
use spec::value::Value;

use super::block::conjuncts;
use super::index::indexable;
use super::path::{self, Path, Relation};
use super::{Demand, Planner, cost};

impl Planner<'_> {
    /// An aggregation without keys by one row of each index, if that is cheaper than what is `known`.
    pub(super) fn min_max(&mut self, rel: &Rel, known: Relation) -> Result<Relation, Failure> {
        let query::Node::Aggregate { input, keys, calls } = &rel.node else { return Ok(known) };
        let ends: Option<Vec<_>> = calls.iter().map(end).collect();
        let ends = ends.filter(|ends| keys.is_empty() && !ends.is_empty() && is_plain(input));
        let mut firsts = vec![];
        for (column, direction) in ends.unwrap_or_default() {
            match self.first_row(input, column, direction)? {
                Some(path) => firsts.push(path),
                None => return Ok(known),
            }
        }
        let spent: f64 = firsts.iter().map(|path| path.cost().total).sum();
        let cheapest =
            known.full.iter().map(|path| path.cost().total).fold(f64::INFINITY, f64::min);
        if firsts.is_empty() || spent + self.settings.cpu_tuple_cost > cheapest {
            return Ok(known);
        }
        let mut values = vec![];
        for (path, field) in firsts.into_iter().zip(&rel.columns) {
            let id = self.params;
            self.params += 1;
            self.init_plans.push(InitPlan { id, plan: path.plan, exists: false });
            values.push(Expr::Param { id, ty: field.ty });
        }
        let unit = Rel { node: query::Node::Unit, columns: vec![] };
        let result = self.block(&unit, &values, &Demand::default())?;
        Ok(Relation { full: result.full, ..known })
    }

    /// The cheapest way to the first row in the order of a column, NULLs aside; none if no index gives the order.
    fn first_row(
        &mut self,
        input: &Rel,
        index: usize,
        direction: Direction,
    ) -> Result<Option<Path>, Failure> {
        let ty = input.columns[index].ty;
        let column = Expr::Column { index, ty };
        let condition = Expr::IsNull { operand: Box::new(column.clone()), negated: true };
        let node = query::Node::Filter { input: Box::new(input.clone()), condition };
        let rows = Rel { node, columns: input.columns.clone() };
        let mut found: Vec<Path> = vec![];
        for nulls in [NullsOrder::Last, NullsOrder::First] {
            let by = |expr: Expr| vec![SortKey { expr, direction, nulls }];
            let demand = Demand { fraction: 1.0, first: 1.0, order: by(column.clone()) };
            let relation = self.block(&rows, std::slice::from_ref(&column), &demand)?;
            let order = by(Expr::Column { index: 0, ty });
            let full = relation.full.into_iter();
            found.extend(full.filter(|path| path::ordered_by(&path.ordering, &order)));
        }
        let cost = |path: &Path| path.cost().fraction(1.0, path.rows());
        let cheapest = found.into_iter().min_by(|a, b| cost(a).total_cmp(&cost(b)));
        Ok(cheapest.map(first_of))
    }
}

/// The first row of a path.
fn first_of(path: Path) -> Path {
    let (cost, rows) = cost::limit(path.input(), None, Some(1.0));
    let limit = Some(Expr::Constant(Value::Int8(1), spec::value::Type::Int8));
    let mut path = path.over(|input| Node::Limit { input, limit, offset: None }, cost);
    path.plan.estimate.rows = rows;
    path
}

/// The column of a min or max, and the direction in which its value comes first.
fn end(call: &Call) -> Option<(usize, Direction)> {
    let direction = match call.aggregate.name {
        _ if call.aggregate.own.is_some() => return None,
        "min" => Direction::Asc,
        "max" => Direction::Desc,
        _ => return None,
    };
    match &call.args[..] {
        [Expr::Column { index, ty }]
            if *ty == call.aggregate.result
                && call.filter.is_none()
                && call.order_by.is_empty() =>
        {
            Some((*index, direction))
        }
        _ => None,
    }
}

/// Whether rows are those of one table, under conditions that compare columns with constants.
fn is_plain(rel: &Rel) -> bool {
    let mut conditions = vec![];
    let mut below = rel;
    while let query::Node::Filter { input, condition } = &below.node {
        conditions.extend(conjuncts(condition));
        below = input;
    }
    let query::Node::Scan { table, .. } = &below.node else { return false };
    let fails_never = |condition: &&Expr| {
        indexable(condition, table).is_some() && condition.operands().into_iter().all(is_given)
    };
    conditions.iter().all(fails_never)
}

/// A column or a constant.
fn is_given(expr: &Expr) -> bool {
    match expr {
        Expr::Column { .. } | Expr::Constant(..) => true,
        Expr::Cast { operand, method: CastMethod::Relabel, .. } => is_given(operand),
        _ => false,
    }
}
