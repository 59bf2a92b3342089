//! Casts: from what an expression is to what its place wants.
//!
//! An untyped literal becomes a constant of the wanted type at once, through the type's input function. Everything
//! else goes by `pg_cast`, in one of three contexts; the modifier (`varchar(3)`, `numeric(10,2)`) is a second step.

use super::{Bind, Bound, error, fail};
use crate::error::{Failure, SqlError, sqlstate};
use crate::expr::operator::{self, CastContext, Conversion};
use crate::expr::{CallSyntax, CastMethod, Expr};
use crate::value::{self, Modifier, Type, Value};

/// Whether a value of type `from` may stand where `to` is wanted. [expr.cast.context]
pub(super) fn can_coerce(from: Type, to: Type, context: CastContext) -> bool {
    from == to
        || from == Type::Unknown
        || operator::cast(from, to).is_some_and(|rule| rule.context <= context)
}

/// The expression as a value of type `to`, without its modifier; `None` if there is no such cast in this context.
///
/// # Errors
/// 22P02 and its like for an untyped literal that does not have the form of the type.
pub(super) fn coerce(
    bound: Bound,
    to: Type,
    context: CastContext,
    position: usize,
) -> Bind<Option<Bound>> {
    let from = bound.ty();
    if from == to {
        return Ok(Some(bound));
    }
    if from == Type::Unknown {
        return literal(bound, to).map(Some);
    }
    let Some(rule) = operator::cast(from, to).filter(|rule| rule.context <= context) else {
        return Ok(None);
    };
    let explicit = context == CastContext::Explicit;
    let start = bound.position;
    let cast = |method, operand: Expr| Expr::Cast {
        operand: Box::new(operand),
        to,
        modifier: Modifier::None,
        method,
        explicit,
        position,
    };
    let expr = match rule.conversion {
        Conversion::Relabel => cast(CastMethod::Relabel, bound.expr),
        Conversion::Text => cast(CastMethod::Text, bound.expr),
        Conversion::Elements(from) => cast(CastMethod::Elements(from), bound.expr),
        Conversion::Function(function) => {
            let syntax = if explicit { CallSyntax::ExplicitCast } else { CallSyntax::ImplicitCast };
            let call = Expr::Call { function, args: vec![bound.expr], syntax, position };
            if function.result == to { call } else { cast(CastMethod::Relabel, call) }
        }
    };
    Ok(Some(Bound::new(expr, start)))
}

/// An untyped literal as a constant of type `to`. The modifier comes later, by the rules of casts (`varchar(3)` cuts an
/// explicitly cast literal and refuses an assigned one), so the input function does not see it.
fn literal(bound: Bound, to: Type) -> Bind<Bound> {
    let position = bound.position;
    let value = match bound.expr {
        Expr::Constant(Value::Text(text), Type::Unknown) if !super::parameter::is_mark(&text) => {
            value::text::input(to, Modifier::None, &text).map_err(|error| at(error, position))?
        }
        Expr::Constant(Value::Null, Type::Unknown) => Value::Null,
        expr => {
            let operand = Box::new(expr);
            let (modifier, method) = (Modifier::None, CastMethod::Text);
            let expr = Expr::Cast { operand, to, modifier, method, explicit: false, position };
            return Ok(Bound::new(expr, position));
        }
    };
    Ok(Bound::new(Expr::Constant(value, to), position))
}

fn at(error: SqlError, position: usize) -> SqlError {
    if position == 0 { error } else { error.at(position) }
}

/// The expression with its length or precision brought to `modifier`.
pub(super) fn modify(mut bound: Bound, modifier: Modifier, explicit: bool, at: usize) -> Bound {
    if modifier == Modifier::None || modifier == bound.modifier {
        bound.modifier = modifier;
        return bound;
    }
    let to = bound.ty();
    let operand = Box::new(bound.expr);
    let method = CastMethod::Modifier;
    bound.expr = Expr::Cast { operand, to, modifier, method, explicit, position: at };
    bound.modifier = modifier;
    bound
}

/// An expression without the casts around it that the binder added (`strip_implicit_coercions`).
pub(super) fn as_written(expr: &Expr) -> &Expr {
    match expr {
        Expr::Call { args, syntax: CallSyntax::ImplicitCast, .. } => as_written(&args[0]),
        Expr::Cast { operand, explicit: false, .. } => as_written(operand),
        _ => expr,
    }
}

/// The expression as an argument: the overload has been chosen, so the implicit cast exists.
pub(super) fn argument(bound: Bound, to: Type, position: usize) -> Bind<Bound> {
    let from = bound.ty();
    match coerce(bound, to, CastContext::Implicit, position)? {
        Some(bound) => Ok(bound),
        None => fail(sqlstate::CANNOT_COERCE, cannot_cast(from, to), position),
    }
}

pub(super) fn cannot_cast(from: Type, to: Type) -> String {
    format!("cannot cast type {from} to {to}")
}

/// A written cast: `x::type`, `CAST(x AS type)`.
pub(super) fn explicit(bound: Bound, to: Type, modifier: Modifier, at: usize) -> Bind<Bound> {
    let from = bound.ty();
    match coerce(bound, to, CastContext::Explicit, at)? {
        Some(bound) => Ok(modify(bound, modifier, true, at)),
        None => fail(sqlstate::CANNOT_COERCE, cannot_cast(from, to), at),
    }
}

/// A condition: `argument of WHERE must be type boolean, not type integer`.
pub(super) fn boolean(bound: Bound, construct: &str) -> Bind<Expr> {
    specific(bound, Type::Bool, construct)
}

/// An argument of a construct that wants one type.
pub(super) fn specific(bound: Bound, to: Type, construct: &str) -> Bind<Expr> {
    let (from, position) = (bound.ty(), bound.position);
    match coerce(bound, to, CastContext::Assignment, position)? {
        Some(bound) => Ok(bound.expr),
        None => {
            let message = format!("argument of {construct} must be type {to}, not type {from}");
            fail(sqlstate::DATATYPE_MISMATCH, message, position)
        }
    }
}

/// The common type of several expressions, by the rules for UNION, CASE and their like (manual, 10.5). [expr.type.common]
///
/// # Errors
/// 42804 if there is none: `CASE types text and integer cannot be matched`.
pub(super) fn common_type(types: &[(Type, usize)], construct: &str) -> Result<Type, SqlError> {
    let mut common = types[0].0;
    for &(ty, position) in &types[1..] {
        if ty == Type::Unknown || ty == common {
            continue;
        }
        if common == Type::Unknown {
            common = ty;
        } else if operator::category(ty) != operator::category(common) {
            let message = format!("{construct} types {common} and {ty} cannot be matched");
            return Err(error(sqlstate::DATATYPE_MISMATCH, message, position));
        } else if !operator::preferred(common)
            && can_coerce(common, ty, CastContext::Implicit)
            && !can_coerce(ty, common, CastContext::Implicit)
        {
            common = ty;
        }
    }
    Ok(if common == Type::Unknown { Type::Text } else { common })
}

/// The expressions as values of their common type, that type, and the modifier they share.
pub(super) fn to_common(bounds: Vec<Bound>, construct: &str) -> Bind<(Vec<Expr>, Type, Modifier)> {
    let types: Vec<_> = bounds.iter().map(|bound| (bound.ty(), bound.position)).collect();
    let common = common_type(&types, construct)?;
    let bounds: Vec<Bound> = bounds
        .into_iter()
        .map(|bound| to_common_type(bound, common, construct))
        .collect::<Bind<_>>()?;
    let modifier = common_modifier(bounds.iter().map(|bound| bound.modifier));
    Ok((bounds.into_iter().map(|bound| bound.expr).collect(), common, modifier))
}

/// One expression as a value of the common type.
pub(super) fn to_common_type(bound: Bound, common: Type, construct: &str) -> Bind<Bound> {
    let (from, position) = (bound.ty(), bound.position);
    coerce(bound, common, CastContext::Implicit, position)?.ok_or_else(|| {
        let message = format!("{construct} could not convert type {from} to {common}");
        Failure::from(error(sqlstate::CANNOT_COERCE, message, position))
    })
}

/// The modifier that all share, if they do.
pub(super) fn common_modifier(mut modifiers: impl Iterator<Item = Modifier>) -> Modifier {
    match modifiers.next() {
        Some(first) if modifiers.all(|modifier| modifier == first) => first,
        _ => Modifier::None,
    }
}

/// An operand of any type: an untyped literal is text, but the type of a parameter stays open.
pub(super) fn of_any_type(bound: Bound) -> Bind<Bound> {
    match &bound.expr {
        Expr::Constant(Value::Text(text), Type::Unknown) if super::parameter::is_mark(text) => {
            literal(bound, Type::Unknown)
        }
        _ => resolve_unknown(bound),
    }
}

/// An expression whose type nothing has decided: an untyped literal is text.
pub(super) fn resolve_unknown(bound: Bound) -> Bind<Bound> {
    if bound.ty() == Type::Unknown { literal(bound, Type::Text) } else { Ok(bound) }
}
