//! Project: one row of expressions per row. EXPLAIN shows it as the `Output` of the node below (VERBOSE).

use super::check::{Refusal, Relation, World, expressions};
use super::{Content, PlanColumn};
use crate::expr::Expr;
use crate::query::SortKey;

/// One row of expressions per row. [plan.project]
///
/// The order of the input stays as far as its keys are among the expressions.
///
/// ```text
///  w ⊢ input : ⟨columns, d, Complete⟩     columns ⊢ exprᵢ : tᵢ
/// ──────────────────────────────────────────────────────────────
///            w ⊢ Project(input) : ⟨t₁ … tₙ, d⟩
/// ```
pub(super) fn rule(
    world: &World,
    input: Relation,
    exprs: &[Expr],
    declared: &[PlanColumn],
) -> Result<Relation, Refusal> {
    input.needs_complete("a projection")?;
    let determined = expressions(world, &input.columns, exprs)? && input.determined;
    let columns = exprs.iter().enumerate().map(|(index, expr)| PlanColumn {
        ty: expr.ty(),
        content: Content::Value,
        ..declared.get(index).cloned().unwrap_or_else(|| PlanColumn::value("?column?", expr.ty()))
    });
    Ok(Relation {
        columns: columns.collect(),
        ordering: through(&input.ordering, exprs),
        determined,
        ..input
    })
}

/// The leading keys of an order that are still there after projecting to `exprs`.
pub(super) fn through(ordering: &[SortKey], exprs: &[Expr]) -> Vec<SortKey> {
    let seen = |key: &SortKey| {
        let index = exprs.iter().position(|expr| *expr == key.expr)?;
        Some(SortKey { expr: Expr::Column { index, ty: key.expr.ty() }, ..key.clone() })
    };
    ordering.iter().map_while(seen).collect()
}
