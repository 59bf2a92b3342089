//! What every expression in a plan owes: columns that exist, parameters that are known, functions that may run here.

use super::check::{Refusal, World, refuse};
use super::{Content, PlanColumn};
use crate::expr::{Expr, Function, Safety, Volatility};

/// Checks an expression over the columns of an input; tells whether it is determined (no volatile call). [plan.expr]
///
/// ```text
///  each column i : t stands in the input as a value of type t      each $id is known      no sub-query is left
///  below a Gather: each function, operator and cast is parallel safe
/// ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
///                                        world, columns ⊢ expr : t
/// ```
pub(super) fn check(expr: &Expr, columns: &[PlanColumn], world: &World) -> Result<bool, Refusal> {
    let mut determined = match expr {
        Expr::Column { index, ty } => {
            column(columns, *index, *ty)?;
            true
        }
        Expr::Param { id, ty } if world.params.contains(&(*id, *ty)) => true,
        Expr::Param { id, .. } => {
            return refuse("plan.expr.param", format!("nothing computes the parameter ${id}"));
        }
        Expr::Outer { .. } => {
            return refuse("plan.expr.outer", "a plan has no enclosing row to refer to");
        }
        Expr::Subquery(_) => {
            return refuse("plan.expr.subquery", "a sub-query is planned before it can run");
        }
        other => match function(other) {
            Some(function) => allowed(function, world)?,
            None => true,
        },
    };
    for operand in expr.operands() {
        determined &= check(operand, columns, world)?;
    }
    Ok(determined)
}

/// A column reference: in range, of the input's type, and a value. [plan.expr.column]
fn column(columns: &[PlanColumn], index: usize, ty: crate::Type) -> Result<(), Refusal> {
    let Some(column) = columns.get(index) else {
        return refuse(
            "plan.expr.column",
            format!("column {index} of a row that has {} columns", columns.len()),
        );
    };
    if let Content::State(aggregate) = column.content {
        return refuse(
            "plan.state.closed",
            format!(
                "a transition state of {} is not a value: only Finalize may open it",
                aggregate.name
            ),
        );
    }
    if column.ty != ty {
        return refuse("plan.expr.column", format!("column {index} is {}, not {ty}", column.ty));
    }
    Ok(())
}

/// The function that an expression calls itself, if any.
fn function(expr: &Expr) -> Option<&'static Function> {
    match expr {
        Expr::Call { function, .. }
        | Expr::AnyOf { function, .. }
        | Expr::AnyElement { function, .. } => Some(function),
        Expr::IsDistinct { equal, .. } | Expr::NullIf { equal, .. } => Some(equal),
        _ => None,
    }
}

/// Whether the function may run here; tells whether it is determined. [safety.below-gather]
pub(super) fn allowed(function: &Function, world: &World) -> Result<bool, Refusal> {
    match function.parallel {
        Safety::Restricted if world.below_gather => refuse(
            "safety.below-gather",
            format!("{} is parallel restricted: only the leader may run it", function.name),
        ),
        Safety::Unsafe if world.below_gather => {
            refuse("safety.below-gather", format!("{} is parallel unsafe", function.name))
        }
        _ => Ok(function.volatility != Volatility::Volatile),
    }
}
