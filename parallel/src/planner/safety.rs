//! What the planner asks of expressions: may a worker run them, are they the same each time.

use spec::expr::{Expr, Function, Safety, Volatility};
use spec::query::{Call, Node, Rel};

/// The worst label of anything in a query (`max_parallel_hazard`): the gate of the whole statement. [safety.gate]
pub(super) fn of_rel(rel: &Rel) -> Safety {
    let mut worst = own_hazard(rel);
    rel.visit_exprs(&mut |expr| worst = worst.max(of_expr(expr)));
    for input in rel.inputs() {
        worst = worst.max(of_rel(input));
    }
    worst
}

/// The label of what a relation's node calls by itself.
fn own_hazard(rel: &Rel) -> Safety {
    match &rel.node {
        Node::Function { function, .. } => function.parallel,
        Node::Aggregate { calls, .. } => of_calls(calls),
        _ => Safety::Safe,
    }
}

/// The worst label of an aggregate; those of its support functions do not count.
pub(super) fn of_calls(calls: &[Call]) -> Safety {
    calls.iter().map(|call| call.aggregate.parallel).max().unwrap_or(Safety::Safe)
}

/// The worst label of a function, operator or cast in an expression.
pub(super) fn of_expr(expr: &Expr) -> Safety {
    let own = called(expr).map_or(Safety::Safe, |function| function.parallel);
    expr.operands().into_iter().map(of_expr).max().unwrap_or(Safety::Safe).max(own)
}

/// Whether workers may run all of these.
pub(super) fn all_safe<'a>(exprs: impl IntoIterator<Item = &'a Expr>) -> bool {
    exprs.into_iter().all(|expr| of_expr(expr) == Safety::Safe)
}

/// Whether an expression may give something else each time.
pub(super) fn is_volatile(expr: &Expr) -> bool {
    called(expr).is_some_and(|function| function.volatility == Volatility::Volatile)
        || expr.operands().into_iter().any(is_volatile)
}

/// Whether anything in a relation is volatile.
pub(super) fn rel_is_volatile(rel: &Rel) -> bool {
    let mut volatile = false;
    rel.visit_exprs(&mut |expr| volatile |= is_volatile(expr));
    volatile
        || any_rel(rel, &mut |rel| match &rel.node {
            Node::Function { function, .. } => function.volatility == Volatility::Volatile,
            _ => false,
        })
}

/// Whether any relation in the tree has the property.
pub(super) fn any_rel(rel: &Rel, has: &mut dyn FnMut(&Rel) -> bool) -> bool {
    has(rel) || rel.inputs().into_iter().any(|input| any_rel(input, has))
}

/// The function that an expression calls itself.
fn called(expr: &Expr) -> Option<&'static Function> {
    match expr {
        Expr::Call { function, .. }
        | Expr::AnyOf { function, .. }
        | Expr::AnyElement { function, .. } => Some(function),
        Expr::IsDistinct { equal, .. } | Expr::NullIf { equal, .. } => Some(equal),
        _ => None,
    }
}
