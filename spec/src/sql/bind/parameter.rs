//! Parameters: `$n` in prepared statements, and the values that EXECUTE gives them.
//!
//! An undecided parameter is bound like an untyped literal, so that its place decides its type; it leaves a mark in the
//! tree where that happens. [`parameter_type`] reads the first of them; binding again with this type known gives the
//! next, until every parameter has one.

use super::scope::Clause;
use super::table::value_of;
use super::{Bind, Binder, Bound, coerce, error, fail};
use crate::catalogue::Catalogue;
use crate::error::{Failure, sqlstate};
use crate::expr::Expr;
use crate::expr::operator::CastContext;
use crate::query;
use crate::sql::ast::{self, ParameterMeaning};
use crate::value::{Type, Value};

/// What no literal can contain: the mark of an undecided parameter.
const MARK: char = '\0';

/// The meaning of `$n`. [rel.parameter]
///
/// # Errors
/// 42P02 outside prepared statements.
pub(super) fn parameter(number: usize, meaning: &ParameterMeaning, at: usize) -> Bind<Bound> {
    let expr = match meaning {
        ParameterMeaning::Nothing => {
            let message = format!("there is no parameter ${number}");
            return fail(sqlstate::UNDEFINED_PARAMETER, message, at);
        }
        ParameterMeaning::Undecided => {
            Expr::Constant(Value::text(format!("{MARK}{number}")), Type::Unknown)
        }
        ParameterMeaning::Typed(ty) => Expr::Constant(Value::Null, *ty),
        ParameterMeaning::Value(ty, value) => Expr::Constant(value.clone(), *ty),
    };
    Ok(Bound::new(expr, at))
}

/// Whether this untyped text is the mark of a parameter.
pub(super) fn is_mark(text: &str) -> bool {
    text.starts_with(MARK)
}

/// The first undecided parameter of a bound query, by where it stands, with the type that its place gives it; unknown if
/// its place takes any type.
pub fn parameter_type(query: &query::Query) -> Option<(usize, Type)> {
    let mut found: Option<(usize, usize, Type)> = None;
    query.rel.visit_exprs(&mut |expr| {
        marks(expr, &mut |number, position, ty| {
            if found.is_none_or(|(_, first, _)| position < first) {
                found = Some((number, position, ty));
            }
        });
    });
    found.map(|(number, _, ty)| (number, ty))
}

fn marks(expr: &Expr, see: &mut impl FnMut(usize, usize, Type)) {
    if let Expr::Cast { operand, to, position, .. } = expr
        && let Expr::Constant(Value::Text(text), Type::Unknown) = &**operand
        && let Some(number) = text.strip_prefix(MARK).and_then(|number| number.parse().ok())
    {
        see(number, *position, *to);
    }
    for operand in expr.operands() {
        marks(operand, see);
    }
}

/// The value of an argument of EXECUTE for parameter `number` of type `ty`, by assignment. [rel.parameter]
///
/// # Errors
/// 42804 where there is no such cast, 0A000 for a sub-query, those of binding and evaluation.
pub fn argument(
    expr: &ast::Expr,
    number: usize,
    ty: Type,
    catalogue: &Catalogue,
) -> Result<Value, Failure> {
    let mut binder = Binder::new(catalogue);
    let bound = binder.within(Clause::Execute, |binder| binder.expr(expr))?;
    let (from, position) = (bound.ty(), bound.position);
    let start = match &expr.kind {
        ast::ExprKind::Typed(ty, _) => ty.position,
        _ => position,
    };
    if has_subquery(&bound.expr) {
        let message = "cannot use subquery in EXECUTE parameter";
        return fail(sqlstate::FEATURE_NOT_SUPPORTED, message, position);
    }
    let Some(bound) = coerce::coerce(bound, ty, CastContext::Assignment, position)? else {
        let message = format!(
            "parameter ${number} of type {from} cannot be coerced to the expected type {ty}"
        );
        let error = error(sqlstate::DATATYPE_MISMATCH, message, start);
        return Err(error.hint("You will need to rewrite or cast the expression.").into());
    };
    value_of(&bound.expr, position)
}

fn has_subquery(expr: &Expr) -> bool {
    matches!(expr, Expr::Subquery(_)) || expr.operands().into_iter().any(has_subquery)
}
