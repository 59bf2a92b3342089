//! Limit: LIMIT and OFFSET.

use spec::error::Failure;
use spec::expr::Expr;
use spec::plan::Node;
use spec::query::Rel;
use spec::value::Value;

use super::cost;
use super::path::{Path, Relation};
use super::{Demand, Planner, safety};

impl Planner<'_> {
    /// The first rows of `input`; whoever counts them must see all of them, so shares are gathered first.
    pub(super) fn limit(
        &mut self,
        input: &Rel,
        limit: Option<&Expr>,
        offset: Option<&Expr>,
    ) -> Result<Relation, Failure> {
        let mut resolved = |expr: Option<&Expr>| expr.map(|e| self.resolve(e, &[])).transpose();
        let limit = resolved(limit)?.filter(|expr| !is_null(expr));
        let offset = resolved(offset)?.filter(|expr| !is_null(expr) && count(expr) != Some(0.0));
        let fetched = match (&limit, &offset) {
            (Some(limit), None) => count(limit),
            (Some(limit), Some(offset)) => count(limit).zip(count(offset)).map(|(a, b)| a + b),
            (None, _) => Some(0.0),
        };
        let demand = match fetched {
            Some(rows) => Demand { fraction: rows, first: rows, order: vec![] },
            None => Demand { fraction: 0.1, ..Demand::default() },
        };
        let relation = self.relation(input, &demand)?;
        if limit.is_none() && offset.is_none() {
            return Ok(relation);
        }
        let estimate = |expr: &Option<Expr>| expr.as_ref().map(|e| count(e).unwrap_or(-1.0));
        let (skip, take) = (estimate(&offset), estimate(&limit));
        let limited = |path: Path| {
            let (cost, rows) = cost::limit(path.input(), skip, take);
            let (limit, offset) = (limit.clone(), offset.clone());
            let safe = path.safe && safety::all_safe(limit.iter().chain(&offset));
            let mut path = path.over(|input| Node::Limit { input, limit, offset }, cost);
            path.plan.estimate.rows = rows;
            // Replicas may keep different rows: a total order is for the checker to see, not worth asking for here.
            Path { safe, determined: false, ..path }
        };
        let full: Vec<Path> =
            self.gathered(relation.clone(), demand.fraction).into_iter().map(limited).collect();
        let rows = full.first().map_or(relation.rows, Path::rows);
        Ok(Relation { full, partial: vec![], rows, base: false, ..relation })
    }
}

fn is_null(expr: &Expr) -> bool {
    matches!(expr, Expr::Constant(Value::Null, _))
}

/// The number that a constant gives; none for an expression.
fn count(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Constant(Value::Int8(n), _) => Some(*n as f64),
        Expr::Constant(Value::Int4(n), _) => Some(f64::from(*n)),
        Expr::Constant(Value::Int2(n), _) => Some(f64::from(*n)),
        _ => None,
    }
}
