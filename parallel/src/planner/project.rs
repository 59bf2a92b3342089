//! Project: the expressions of a SELECT list over the rows below it.

use spec::error::Failure;
use spec::expr::Expr;
use spec::plan::{Node, PlanColumn};
use spec::query::{Field, Rel, SortKey};

use super::cost::{self, Cost};
use super::path::{Path, Relation};
use super::statistics::{self, Origin};
use super::{Demand, Planner, safety};

impl Planner<'_> {
    /// The rows of `input`, projected. Over a join block the expressions become part of the block.
    pub(super) fn project(
        &mut self,
        rel: &Rel,
        input: &Rel,
        exprs: &[Expr],
        demand: &Demand,
    ) -> Result<Relation, Failure> {
        let below = Demand { order: below(&demand.order, exprs), ..demand.clone() };
        if super::block::is_block(input) {
            let mut relation = self.block(input, exprs, &below)?;
            for path in relation.full.iter_mut().chain(&mut relation.partial) {
                name(&mut path.plan.columns, &rel.columns);
            }
            return Ok(relation);
        }
        let relation = self.relation(input, &below)?;
        let exprs = self.resolve_over(exprs, input)?;
        self.projected(relation, &exprs, &rel.columns, demand.fraction)
    }

    /// Resolves the sub-queries in expressions over the columns of a relation that is planned already.
    pub(super) fn resolve_over(
        &mut self,
        exprs: &[Expr],
        input: &Rel,
    ) -> Result<Vec<Expr>, Failure> {
        let columns = input.columns.iter().enumerate();
        let own: Vec<Expr> =
            columns.map(|(index, field)| Expr::Column { index, ty: field.ty }).collect();
        exprs.iter().map(|expr| self.resolve(expr, &own)).collect()
    }

    /// A relation with every path projected; what workers may not compute is computed above the Gather.
    pub(super) fn projected(
        &mut self,
        relation: Relation,
        exprs: &[Expr],
        fields: &[Field],
        fraction: f64,
    ) -> Result<Relation, Failure> {
        let safe = safety::all_safe(exprs);
        let relation = if safe {
            relation
        } else {
            let full = self.gathered(relation.clone(), fraction);
            Relation { full, partial: vec![], ..relation }
        };
        let origins: Vec<Origin> =
            exprs.iter().map(|expr| statistics::origin(expr, &relation.origins)).collect();
        let each = |path: Path| self.project_path(path, exprs, fields, &origins);
        let full = relation.full.into_iter().map(each).collect();
        let partial = relation.partial.into_iter().map(each).collect();
        Ok(Relation { full, partial, origins, ..relation })
    }

    /// One path, projected; as it is if the expressions are its columns.
    pub(super) fn project_path(
        &self,
        path: Path,
        exprs: &[Expr],
        fields: &[Field],
        origins: &[Origin],
    ) -> Path {
        if is_identity(exprs, path.plan.columns.len()) {
            let mut path = path;
            name(&mut path.plan.columns, fields);
            return path;
        }
        let columns = exprs.iter().zip(fields).map(|(expr, field)| match expr {
            Expr::Column { index, .. } => {
                PlanColumn { name: field.name.clone(), ..path.plan.columns[*index].clone() }
            }
            _ => column(field),
        });
        let columns: Vec<PlanColumn> = columns.collect();
        let per_row = cost::exprs(exprs, self.settings);
        let spent = per_row * path.rows();
        let cost = Cost { startup: path.cost().startup, total: path.cost().total + spent };
        let width = origins.iter().map(|origin| origin.width).sum();
        let size = (path.rows(), width);
        let ordering = through(&path.ordering, exprs);
        let safe = path.safe && safety::all_safe(exprs);
        let determined = path.determined && !exprs.iter().any(safety::is_volatile);
        let like = path.with(Node::Result, columns, cost, size);
        let node = Node::Project { input: Box::new(path.plan), exprs: exprs.to_vec() };
        let plan = spec::plan::Plan { node, ..like.plan };
        Path { plan, ordering, safe, determined, variables: vec![], ..like }
    }
}

/// A column of this name and type, computed.
pub(super) fn column(field: &Field) -> PlanColumn {
    PlanColumn { modifier: field.modifier, ..PlanColumn::value(&*field.name, field.ty) }
}

/// Gives columns the names of the query's fields; what is only sorted by has none and keeps its own.
pub(super) fn name(columns: &mut [PlanColumn], fields: &[Field]) {
    for (column, field) in columns.iter_mut().zip(fields) {
        if !field.name.is_empty() {
            column.name.clone_from(&field.name);
        }
        column.modifier = field.modifier;
    }
}

/// Whether the expressions are just the columns of the input.
pub(super) fn is_identity(exprs: &[Expr], columns: usize) -> bool {
    exprs.len() == columns
        && exprs
            .iter()
            .enumerate()
            .all(|(at, expr)| matches!(expr, Expr::Column { index, .. } if *index == at))
}

/// The leading keys of an order that are still columns after projecting to `exprs`.
fn through(ordering: &[SortKey], exprs: &[Expr]) -> Vec<SortKey> {
    let seen = |key: &SortKey| {
        let index = exprs.iter().position(|expr| *expr == key.expr)?;
        Some(SortKey { expr: Expr::Column { index, ty: key.expr.ty() }, ..key.clone() })
    };
    ordering.iter().map_while(seen).collect()
}

/// The leading keys of an order over the projected columns, as keys over the input.
fn below(ordering: &[SortKey], exprs: &[Expr]) -> Vec<SortKey> {
    let seen = |key: &SortKey| match key.expr {
        Expr::Column { index, .. } => {
            Some(SortKey { expr: exprs.get(index)?.clone(), ..key.clone() })
        }
        _ => None,
    };
    ordering.iter().map_while(seen).collect()
}
