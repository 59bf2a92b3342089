//! Parallel safety: the hazard of a query, each refusal a reason with a clause and a location.
//!
//! Labels are ordered: safe, restricted (leader only), unsafe (no parallel plan at all). The hazard of a query is the
//! greatest label of anything in it, sub-queries included; only `Unsafe` stops the planner at once, `Restricted` keeps
//! the expression out of workers (`clauses.c`, `max_parallel_hazard`). [safety.hazard]
//!
//! Tables are not expressions: whether a scan may run in a worker the planner asks of
//! [`Table::temporary`](crate::catalogue::Table).

pub use crate::expr::{Safety, Volatility};

use crate::expr::{Expr, Function, Subquery};
use crate::query::{Node, Rel};

/// Why a query, or a part of it, may not run in a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The clause that says so.
    pub clause: &'static str,
    /// How grave it is.
    pub safety: Safety,
    /// What is at fault, as a sentence.
    pub message: String,
    /// Where in the statement: 1-based, in characters.
    pub position: Option<usize>,
}

/// The hazard of a whole query, with a reason for everything that is not safe.
pub fn hazard(rel: &Rel) -> (Safety, Vec<Reason>) {
    let mut reasons = Vec::new();
    walk_rel(rel, &mut reasons);
    (reasons.iter().map(|reason| reason.safety).max().unwrap_or(Safety::Safe), reasons)
}

/// The label of an expression as it stands in a plan: `Safe` may run in a worker.
///
/// A sub-query that is not planned is restricted, and so is a reference to an enclosing row; an InitPlan's value
/// ([`Expr::Param`]) is safe, since the leader computes it and ships it. [safety.expr]
pub fn of_expr(expr: &Expr) -> Safety {
    of_expr_with(expr, &|_| Safety::Restricted)
}

/// The same, with the planner's judgement of planned sub-queries: a correlated one whose plan is safe may run in a
/// worker.
pub fn of_expr_with(expr: &Expr, subplan: &dyn Fn(&Subquery) -> Safety) -> Safety {
    let own = match expr {
        Expr::Outer { .. } => Safety::Restricted,
        Expr::Subquery(subquery) => subplan(subquery),
        _ => functions(expr).map(|function| function.parallel).max().unwrap_or(Safety::Safe),
    };
    expr.operands().into_iter().map(|operand| of_expr_with(operand, subplan)).fold(own, Safety::max)
}

/// Whether two evaluations may differ: the expression, or a sub-query in it, calls a volatile function.
/// [safety.volatile]
pub fn is_volatile(expr: &Expr) -> bool {
    at_least(expr, Volatility::Volatile)
}

/// Whether the value may change between statements: it calls a function that is not immutable.
pub fn is_mutable(expr: &Expr) -> bool {
    at_least(expr, Volatility::Stable)
}

/// Whether anything in a relation calls a volatile function.
pub fn rel_is_volatile(rel: &Rel) -> bool {
    rel_at_least(rel, Volatility::Volatile)
}

/// Whether the answer of a relation may differ from one evaluation to the next. A function that a user made has an
/// expression for its body, in which nothing is volatile: its label binds the planner, not its answer. [agg.own.body]
pub fn rel_varies(rel: &Rel) -> bool {
    let varies =
        |function: &Function| function.volatility == Volatility::Volatile && function.own.is_none();
    let in_from = matches!(&rel.node, Node::Function { function, .. } if varies(function));
    in_from
        || rel.exprs().into_iter().any(|expr| expr_varies(expr, &varies))
        || rel.inputs().into_iter().any(rel_varies)
}

fn expr_varies(expr: &Expr, varies: &dyn Fn(&Function) -> bool) -> bool {
    functions(expr).any(varies)
        || matches!(expr, Expr::Subquery(subquery) if rel_varies(&subquery.rel))
        || expr.operands().into_iter().any(|operand| expr_varies(operand, varies))
}

fn at_least(expr: &Expr, volatility: Volatility) -> bool {
    functions(expr).any(|function| function.volatility >= volatility)
        || matches!(expr, Expr::Subquery(subquery) if rel_at_least(&subquery.rel, volatility))
        || expr.operands().into_iter().any(|operand| at_least(operand, volatility))
}

fn rel_at_least(rel: &Rel, volatility: Volatility) -> bool {
    let in_from =
        matches!(&rel.node, Node::Function { function, .. } if function.volatility >= volatility);
    in_from
        || rel.exprs().into_iter().any(|expr| at_least(expr, volatility))
        || rel.inputs().into_iter().any(|input| rel_at_least(input, volatility))
}

/// The functions that a node of an expression calls itself.
fn functions(expr: &Expr) -> impl Iterator<Item = &'static Function> {
    let functions = match expr {
        Expr::Call { function, .. }
        | Expr::AnyOf { function, .. }
        | Expr::AnyElement { function, .. } => vec![*function],
        Expr::IsDistinct { equal, .. } | Expr::NullIf { equal, .. } => vec![*equal],
        Expr::Subquery(subquery) => match &subquery.test {
            crate::expr::SubqueryTest::Any(tests) | crate::expr::SubqueryTest::All(tests) => {
                tests.iter().map(|test| test.function).collect()
            }
            _ => vec![],
        },
        _ => vec![],
    };
    functions.into_iter()
}

fn walk_rel(rel: &Rel, reasons: &mut Vec<Reason>) {
    match &rel.node {
        Node::Function { function, .. } => label(function, 0, reasons),
        Node::Aggregate { calls, .. } => {
            for call in calls {
                let aggregate = call.aggregate;
                if aggregate.parallel != Safety::Safe {
                    reasons.push(Reason {
                        clause: "safety.aggregate",
                        safety: aggregate.parallel,
                        message: format!("{aggregate:?} is {}", word(aggregate.parallel)),
                        position: located(call.position),
                    });
                }
            }
        }
        _ => {}
    }
    for expr in rel.exprs() {
        walk_expr(expr, reasons);
    }
    for input in rel.inputs() {
        walk_rel(input, reasons);
    }
}

fn walk_expr(expr: &Expr, reasons: &mut Vec<Reason>) {
    let position = match expr {
        Expr::Call { position, .. } => *position,
        Expr::Subquery(subquery) => subquery.position,
        _ => 0,
    };
    for function in functions(expr) {
        label(function, position, reasons);
    }
    if let Expr::Subquery(subquery) = expr {
        reasons.push(Reason {
            clause: "safety.subquery",
            safety: Safety::Restricted,
            message: "a sub-query that is not planned yet is parallel restricted".to_owned(),
            position: located(position),
        });
        walk_rel(&subquery.rel, reasons);
    }
    for operand in expr.operands() {
        walk_expr(operand, reasons);
    }
}

/// Notes a function that is not safe.
fn label(function: &Function, position: usize, reasons: &mut Vec<Reason>) {
    if function.parallel != Safety::Safe {
        reasons.push(Reason {
            clause: "safety.function",
            safety: function.parallel,
            message: format!("{function:?} is {}", word(function.parallel)),
            position: located(position),
        });
    }
}

fn word(safety: Safety) -> &'static str {
    match safety {
        Safety::Safe => "parallel safe",
        Safety::Restricted => "parallel restricted",
        Safety::Unsafe => "parallel unsafe",
    }
}

fn located(position: usize) -> Option<usize> {
    (position > 0).then_some(position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{CallSyntax, SubqueryTest, function};
    use crate::value::{Modifier, Type};

    fn random() -> Expr {
        let function = function::exact("random", &[]).expect("random is listed");
        Expr::Call { function, args: vec![], syntax: CallSyntax::Function, position: 8 }
    }

    fn column() -> Expr {
        Expr::Column { index: 0, ty: Type::Float8 }
    }

    fn projected(expr: Expr) -> Rel {
        let ty = expr.ty();
        let input = Box::new(Rel { node: Node::Unit, columns: vec![] });
        let field =
            crate::query::Field { name: "x".into(), qualifier: None, ty, modifier: Modifier::None };
        Rel { node: Node::Project { input, exprs: vec![expr] }, columns: vec![field] }
    }

    #[test]
    fn the_label_of_an_expression_is_the_greatest_in_it() {
        assert_eq!(of_expr(&column()), Safety::Safe);
        assert_eq!(
            of_expr(&Expr::Coalesce(vec![column(), random()], Type::Float8)),
            Safety::Restricted
        );
        assert_eq!(of_expr(&Expr::Param { id: 0, ty: Type::Int4 }), Safety::Safe);
        let outer = Expr::Outer { depth: 1, index: 0, ty: Type::Int4 };
        assert_eq!(of_expr(&outer), Safety::Restricted);
    }

    #[test]
    fn a_reason_names_the_function_and_its_place() {
        let (safety, reasons) = hazard(&projected(random()));
        assert_eq!(safety, Safety::Restricted);
        assert_eq!(reasons.len(), 1);
        assert_eq!(reasons[0].clause, "safety.function");
        assert_eq!(reasons[0].message, "random() is parallel restricted");
        assert_eq!(reasons[0].position, Some(8));
        assert_eq!(hazard(&projected(column())), (Safety::Safe, vec![]));
    }

    #[test]
    fn sub_queries_are_searched_and_restricted_until_they_are_planned() {
        let subquery = Subquery {
            test: SubqueryTest::Scalar,
            rel: projected(random()),
            correlated: false,
            position: 3,
        };
        let expr = Expr::Subquery(Box::new(subquery));
        assert!(is_volatile(&expr));
        assert_eq!(of_expr(&expr), Safety::Restricted);
        assert_eq!(of_expr_with(&expr, &|_| Safety::Safe), Safety::Safe);
        let (_, reasons) = hazard(&projected(expr));
        let clauses: Vec<_> = reasons.iter().map(|reason| reason.clause).collect();
        assert_eq!(clauses, ["safety.subquery", "safety.function"]);
    }
}
