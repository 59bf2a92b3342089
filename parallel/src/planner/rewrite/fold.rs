//! FoldConstants: what does not depend on any row is computed once, while planning.

use spec::error::SqlError;
use spec::expr::eval::{Scope, World, eval};
use spec::expr::{Expr, Function, Subquery, Volatility};
use spec::value::{Row, Value};

/// Constants have no world around them.
struct Nowhere;

impl World for Nowhere {
    fn rows(&self, _: &Subquery, _: &Scope<'_>) -> Result<Vec<Row>, SqlError> {
        unreachable!("only expressions without sub-queries are folded")
    }

    fn random(&self) -> f64 {
        unreachable!("only immutable functions are folded")
    }
}

/// Folds an expression in place; tells whether anything changed.
///
/// A call that raises an error stays as it is: it raises it when (and if) a row is met. PostgreSQL raises it while
/// planning, even where no row is ever met. [error.order]
pub(in crate::planner) fn fold(expr: &mut Expr) -> bool {
    let mut changed = false;
    for operand in expr.operands_mut() {
        changed |= fold(operand);
    }
    match expr {
        Expr::And(operands) => changed | junction(expr_operands(operands), true, expr),
        Expr::Or(operands) => changed | junction(expr_operands(operands), false, expr),
        _ if is_foldable(expr) => {
            let (ty, scope) = (expr.ty(), Scope { row: &[], outer: None });
            match eval(expr, &scope, &Nowhere) {
                Ok(value) => {
                    *expr = Expr::Constant(value, ty);
                    true
                }
                Err(_) => changed,
            }
        }
        _ => changed,
    }
}

fn expr_operands(operands: &mut Vec<Expr>) -> Vec<Expr> {
    std::mem::take(operands)
}

/// Drops operands that do not matter, and the others if one decides.
fn junction(operands: Vec<Expr>, all: bool, expr: &mut Expr) -> bool {
    let is = |operand: &Expr, truth: bool| matches!(operand, Expr::Constant(Value::Bool(value), _) if *value == truth);
    let before = operands.len();
    if operands.iter().any(|operand| is(operand, !all)) {
        *expr = Expr::truth(!all);
        return true;
    }
    let mut rest: Vec<Expr> = operands.into_iter().filter(|operand| !is(operand, all)).collect();
    let changed = rest.len() != before;
    *expr = match rest.len() {
        0 => Expr::truth(all),
        1 => rest.pop().expect("there is one"),
        _ if all => Expr::And(rest),
        _ => Expr::Or(rest),
    };
    changed
}

/// Whether the expression is a call (or the like) of something immutable over constants alone.
fn is_foldable(expr: &Expr) -> bool {
    let immutable =
        |function: &Function| function.volatility == Volatility::Immutable && !function.returns_set;
    let itself = match expr {
        Expr::Call { function, .. } | Expr::AnyOf { function, .. } => immutable(function),
        Expr::IsDistinct { equal, .. } | Expr::NullIf { equal, .. } => immutable(equal),
        Expr::Cast { .. }
        | Expr::Not(_)
        | Expr::IsNull { .. }
        | Expr::IsTruth { .. }
        | Expr::Case { .. }
        | Expr::Coalesce(..)
        | Expr::MinMax { .. } => true,
        _ => false,
    };
    itself && expr.operands().into_iter().all(|operand| matches!(operand, Expr::Constant(..)))
}
