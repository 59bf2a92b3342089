//! Constant folding: what PostgreSQL's planner computes before execution (`eval_const_expressions`). [expr.fold]
//!
//! Immutable calls over constants become constants, strict calls with a NULL constant become NULL, and the branches that
//! constants decide disappear. An error in a folded call is raised while planning, even if no row would ever reach it;
//! operands behind a decisive constant are not looked at.

use super::eval::{self, Scope, World};
use super::function;
use super::operator::{self, Conversion};
use super::{CallSyntax, CastMethod, Expr, Function, Subquery, Volatility};
use crate::error::{SqlError, sqlstate};
use crate::query::Rel;
use crate::value::{Modifier, Row, Type, Value};

/// The same expression, with everything computed that does not depend on a row.
///
/// # Errors
/// Those of the calls that are computed.
pub fn fold(expr: Expr) -> Result<Expr, SqlError> {
    Ok(match expr {
        Expr::And(operands) => connective(operands, false)?,
        Expr::Or(operands) => connective(operands, true)?,
        Expr::Not(operand) => negate(fold(*operand)?),
        Expr::Case { branches, otherwise, ty } => case(branches, *otherwise, ty)?,
        Expr::Coalesce(args, ty) => coalesce(args, ty)?,
        other => simplify(fold_operands(other)?)?,
    })
}

/// Folds every expression of a relation, of those below it and of its sub-queries (not of shared WITH queries).
///
/// # Errors
/// Those of the calls that are computed.
pub fn fold_rel(rel: &mut Rel) -> Result<(), SqlError> {
    for expr in rel.exprs_mut() {
        *expr = fold(std::mem::replace(expr, Expr::truth(true)))?;
    }
    rel.inputs_mut().into_iter().try_for_each(fold_rel)
}

/// The value of an expression that refers to no row and calls nothing volatile, as estimates need it; stable functions
/// count as constant here (`estimate_expression_value`).
pub fn estimated_value(expr: &Expr) -> Option<Value> {
    let refers = |expr: &Expr| {
        matches!(
            expr,
            Expr::Column { .. } | Expr::Outer { .. } | Expr::Param { .. } | Expr::Subquery(_)
        )
    };
    let known = !any(expr, &refers) && !crate::safety::is_volatile(expr);
    known.then(|| eval::eval(expr, &Scope::top(&[]), &Nowhere).ok()).flatten()
}

fn any(expr: &Expr, test: &dyn Fn(&Expr) -> bool) -> bool {
    test(expr) || expr.operands().into_iter().any(|operand| any(operand, test))
}

/// A world for expressions that ask nothing of it.
struct Nowhere;

impl World for Nowhere {
    fn rows(&self, _: &Subquery, _: &Scope<'_>) -> Result<Vec<Row>, SqlError> {
        Err(SqlError::new(sqlstate::FEATURE_NOT_SUPPORTED, "a constant holds no sub-query"))
    }

    fn random(&self) -> f64 {
        unreachable!("volatile calls are not constant")
    }
}

/// The value of an expression whose operands are constants.
fn compute(expr: &Expr) -> Result<Expr, SqlError> {
    let value = eval::eval(expr, &Scope::top(&[]), &Nowhere)?;
    Ok(Expr::Constant(value, expr.ty()))
}

/// One new label for several (`applyRelabelType`): the last counts, and none is needed where the type is the old one.
fn relabelled(inner: Expr, cast: &Expr) -> Expr {
    let mut cast = cast.clone();
    match &mut cast {
        Expr::Cast { operand, to, modifier: Modifier::None, .. } if inner.ty() != *to => {
            **operand = inner;
            cast
        }
        Expr::Cast { modifier: Modifier::None, .. } => inner,
        _ => cast,
    }
}

fn fold_operands(mut expr: Expr) -> Result<Expr, SqlError> {
    for operand in expr.operands_mut() {
        *operand = fold(std::mem::replace(operand, Expr::truth(true)))?;
    }
    if let Expr::Subquery(subquery) = &mut expr {
        fold_rel(&mut subquery.rel)?;
    }
    Ok(expr)
}

/// Simplifies a node whose operands are folded.
fn simplify(expr: Expr) -> Result<Expr, SqlError> {
    let constant = expr.operands().into_iter().all(is_constant);
    match &expr {
        Expr::Call { function, args, .. } => call(function, args, constant, &expr),
        Expr::Cast { operand, to, method, .. } => match &**operand {
            Expr::Constant(Value::Null, _) => Ok(null(*to)),
            Expr::Constant(_, from) if is_immutable_cast(*method, *from, *to) => compute(&expr),
            Expr::Cast { operand: inner, method: CastMethod::Relabel, .. }
                if *method == CastMethod::Relabel =>
            {
                Ok(relabelled((**inner).clone(), &expr))
            }
            _ => Ok(expr),
        },
        Expr::IsNull { .. } | Expr::IsTruth { .. } | Expr::MinMax { .. } | Expr::Array(..)
            if constant =>
        {
            compute(&expr)
        }
        Expr::IsDistinct { equal, .. } if constant && is_immutable(equal) => compute(&expr),
        Expr::NullIf { left, right, .. } if is_null(left) || is_null(right) => Ok((**left).clone()),
        Expr::NullIf { equal, .. } if constant && is_immutable(equal) => compute(&expr),
        Expr::AnyOf { function, .. } | Expr::AnyElement { function, .. }
            if constant && is_immutable(function) =>
        {
            compute(&expr)
        }
        _ => Ok(expr),
    }
}

/// A call over folded arguments.
fn call(
    function: &'static Function,
    args: &[Expr],
    constant: bool,
    whole: &Expr,
) -> Result<Expr, SqlError> {
    if function.returns_set {
        return Ok(whole.clone());
    }
    if function.strict && args.iter().any(is_null) {
        return Ok(null(function.result));
    }
    if constant && is_immutable(function) {
        return compute(whole);
    }
    if let [left, right] = args
        && let Some(truth) = equality_of_truths(function)
    {
        match (left, right) {
            (Expr::Constant(Value::Bool(known), _), other)
            | (other, Expr::Constant(Value::Bool(known), _)) => {
                return Ok(if *known == truth { other.clone() } else { negate(other.clone()) });
            }
            _ => {}
        }
    }
    match inlined(function, args) {
        Some(expr) => fold(expr),
        None => Ok(whole.clone()),
    }
}

/// `x = true` is x and `x <> true` is NOT x: the constant for which a comparison of booleans is its other side.
fn equality_of_truths(function: &Function) -> Option<bool> {
    match function.name {
        "booleq" => Some(true),
        "boolne" => Some(false),
        _ => None,
    }
}

/// Functions that PostgreSQL defines in SQL are replaced by their body.
fn inlined(function: &Function, args: &[Expr]) -> Option<Expr> {
    let invoke = |name: &str, args: Vec<Expr>, syntax| {
        let types: Vec<Type> = args.iter().map(Expr::ty).collect();
        let function = function::exact(name, &types)?;
        Some(Expr::Call { function, args, syntax, position: 0 })
    };
    let call = |name, args| invoke(name, args, CallSyntax::Function);
    let int4 = |number| Expr::Constant(Value::Int4(number), Type::Int4);
    match (function.name, args) {
        ("round" | "trunc", [x]) if x.ty() == Type::Numeric => {
            call(function.name, vec![x.clone(), int4(0)])
        }
        ("log" | "log10", [x]) if x.ty() == Type::Numeric => {
            let ten = Expr::Constant(Value::Numeric(10.into()), Type::Numeric);
            call("log", vec![ten, x.clone()])
        }
        ("lpad" | "rpad", [text, length]) => {
            let blank = Expr::Constant(Value::text(" "), Type::Text);
            call(function.name, vec![text.clone(), length.clone(), blank])
        }
        ("bit_length", [text]) => {
            let octets = call("octet_length", vec![text.clone()])?;
            invoke("int4mul", vec![octets, int4(8)], CallSyntax::Operator("*"))
        }
        ("date_part", [field, date]) if date.ty() == Type::Date => {
            let midnight = invoke("timestamp", vec![date.clone()], CallSyntax::ExplicitCast)?;
            call("date_part", vec![field.clone(), midnight])
        }
        ("interval_pl_date" | "interval_pl_timestamp" | "integer_pl_date", [left, right]) => {
            let plus = operator::exact("+", Some(right.ty()), left.ty())?.function.name;
            invoke(plus, vec![right.clone(), left.clone()], CallSyntax::Operator("+"))
        }
        _ => None,
    }
}

/// AND and OR: a decisive constant decides at once, the other one is dropped, one NULL is kept at the end.
fn connective(operands: Vec<Expr>, decisive: bool) -> Result<Expr, SqlError> {
    let mut kept = Vec::new();
    let mut unknown = false;
    for operand in operands {
        match fold(operand)? {
            Expr::Constant(Value::Bool(truth), _) if truth == decisive => {
                return Ok(Expr::truth(decisive));
            }
            Expr::Constant(Value::Bool(_), _) => {}
            Expr::Constant(Value::Null, _) => unknown = true,
            Expr::And(inner) if !decisive => kept.extend(inner),
            Expr::Or(inner) if decisive => kept.extend(inner),
            other => kept.push(other),
        }
    }
    if unknown {
        kept.push(null(Type::Bool));
    }
    Ok(match (kept.len(), decisive) {
        (0, _) => Expr::truth(!decisive),
        (1, _) => kept.swap_remove(0),
        (_, false) => Expr::And(kept),
        (_, true) => Expr::Or(kept),
    })
}

/// NOT of a folded expression, pushed down where there is an opposite (`negate_clause`): the negator of an operator,
/// De Morgan's laws, IS NOT.
pub fn negate(expr: Expr) -> Expr {
    match expr {
        Expr::Constant(Value::Bool(truth), _) => Expr::truth(!truth),
        Expr::Constant(Value::Null, _) => null(Type::Bool),
        Expr::Not(operand) => *operand,
        Expr::And(operands) => Expr::Or(operands.into_iter().map(negate).collect()),
        Expr::Or(operands) => Expr::And(operands.into_iter().map(negate).collect()),
        Expr::IsNull { operand, negated } => Expr::IsNull { operand, negated: !negated },
        Expr::IsTruth { operand, truth, negated } => {
            Expr::IsTruth { operand, truth, negated: !negated }
        }
        Expr::IsDistinct { equal, left, right, negated } => {
            Expr::IsDistinct { equal, left, right, negated: !negated }
        }
        Expr::Call { function, args, syntax: CallSyntax::Operator(symbol), position } => {
            match opposite(function) {
                Some((function, symbol)) => {
                    Expr::Call { function, args, syntax: CallSyntax::Operator(symbol), position }
                }
                None => {
                    let syntax = CallSyntax::Operator(symbol);
                    Expr::Not(Box::new(Expr::Call { function, args, syntax, position }))
                }
            }
        }
        Expr::AnyOf { function, symbol, operand, list, all } => match opposite(function) {
            Some((function, symbol)) => Expr::AnyOf { function, symbol, operand, list, all: !all },
            None => Expr::Not(Box::new(Expr::AnyOf { function, symbol, operand, list, all })),
        },
        Expr::AnyElement { function, symbol, operands, all } => match opposite(function) {
            Some((function, symbol)) => Expr::AnyElement { function, symbol, operands, all: !all },
            None => Expr::Not(Box::new(Expr::AnyElement { function, symbol, operands, all })),
        },
        other => Expr::Not(Box::new(other)),
    }
}

/// The function of the negator of an operator, with its symbol.
fn opposite(function: &Function) -> Option<(&'static Function, &'static str)> {
    let operator = operator::of_function(function)?;
    let symbol = operator.negator?;
    Some((operator::exact(symbol, operator.left, operator.right)?.function, symbol))
}

fn case(branches: Vec<(Expr, Expr)>, otherwise: Expr, ty: Type) -> Result<Expr, SqlError> {
    let mut kept = Vec::new();
    let mut last = otherwise;
    for (condition, result) in branches {
        match fold(condition)? {
            Expr::Constant(Value::Bool(true), _) => {
                last = result;
                break;
            }
            Expr::Constant(..) => {}
            condition => kept.push((condition, fold(result)?)),
        }
    }
    let otherwise = fold(last)?;
    if kept.is_empty() {
        return Ok(otherwise);
    }
    Ok(Expr::Case { branches: kept, otherwise: Box::new(otherwise), ty })
}

fn coalesce(args: Vec<Expr>, ty: Type) -> Result<Expr, SqlError> {
    let mut kept = Vec::new();
    for arg in args {
        let arg = fold(arg)?;
        if is_null(&arg) {
            continue;
        }
        let decides = is_constant(&arg);
        if decides && kept.is_empty() {
            return Ok(arg);
        }
        kept.push(arg);
        if decides {
            break;
        }
    }
    Ok(if kept.is_empty() { null(ty) } else { Expr::Coalesce(kept, ty) })
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr, Expr::Constant(..))
}

fn is_null(expr: &Expr) -> bool {
    matches!(expr, Expr::Constant(Value::Null, _))
}

fn is_immutable(function: &Function) -> bool {
    function.volatility == Volatility::Immutable && !function.returns_set
}

fn null(ty: Type) -> Expr {
    Expr::Constant(Value::Null, ty)
}

/// Whether the text of a type depends on settings in both directions.
fn of_settings(ty: Type) -> bool {
    matches!(ty, Type::Date | Type::Timestamp | Type::TimestampTz | Type::Interval | Type::Array(_))
}

/// Whether a cast of a constant may be computed before execution.
fn is_immutable_cast(method: CastMethod, from: Type, to: Type) -> bool {
    let elements = || Some(operator::cast(from.element()?, to.element()?)?.conversion);
    match method {
        CastMethod::Text => immutable_text(from, to),
        CastMethod::Relabel | CastMethod::Modifier => true,
        CastMethod::Elements(_) => match elements() {
            Some(Conversion::Function(function)) => is_immutable(function),
            Some(Conversion::Relabel) => true,
            _ => false,
        },
    }
}

/// Whether text input and output of the types are immutable: those of dates and times depend on settings. An untyped
/// literal is read while binding.
fn immutable_text(from: Type, to: Type) -> bool {
    let stable_input = of_settings(to) || matches!(to, Type::Time | Type::TimeTz);
    from == Type::Unknown || !of_settings(from) && !stable_input
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int4(number: i32) -> Expr {
        Expr::Constant(Value::Int4(number), Type::Int4)
    }

    fn column() -> Expr {
        Expr::Column { index: 0, ty: Type::Int4 }
    }

    fn op(symbol: &'static str, left: Expr, right: Expr) -> Expr {
        let function = operator::exact(symbol, Some(left.ty()), right.ty()).unwrap().function;
        let syntax = CallSyntax::Operator(symbol);
        Expr::Call { function, args: vec![left, right], syntax, position: 0 }
    }

    #[test]
    fn calls_over_constants_are_computed_and_their_errors_raised() {
        assert_eq!(fold(op("+", int4(1), op("*", int4(2), int4(3)))), Ok(int4(7)));
        let error = fold(op("+", column(), op("/", int4(1), int4(0)))).unwrap_err();
        assert_eq!(error.sqlstate, sqlstate::DIVISION_BY_ZERO);
    }

    #[test]
    fn a_strict_call_with_a_null_constant_is_null_whatever_the_other_arguments() {
        assert_eq!(fold(op("+", column(), null(Type::Int4))), Ok(null(Type::Int4)));
    }

    #[test]
    fn operands_behind_a_decisive_constant_are_not_looked_at() {
        let error = || op("=", op("/", int4(1), int4(0)), int4(1));
        assert_eq!(fold(Expr::And(vec![Expr::truth(false), error()])), Ok(Expr::truth(false)));
        assert!(fold(Expr::And(vec![error(), Expr::truth(false)])).is_err());
        let case = Expr::Case {
            branches: vec![(Expr::truth(false), error())],
            otherwise: Box::new(Expr::truth(true)),
            ty: Type::Bool,
        };
        assert_eq!(fold(case), Ok(Expr::truth(true)));
    }

    #[test]
    fn negation_moves_to_the_operators() {
        let less = op("<", column(), int4(5));
        let equal = op("=", column(), int4(3));
        let negated = fold(Expr::Not(Box::new(Expr::Or(vec![less, equal]))));
        let expected = Expr::And(vec![op(">=", column(), int4(5)), op("<>", column(), int4(3))]);
        assert_eq!(negated, Ok(expected));
    }

    #[test]
    fn volatile_calls_stay_and_have_no_estimate() {
        let function = function::exact("random", &[]).unwrap();
        let random =
            Expr::Call { function, args: vec![], syntax: CallSyntax::Function, position: 0 };
        assert_eq!(fold(random.clone()), Ok(random.clone()));
        assert_eq!(estimated_value(&random), None);
        assert_eq!(estimated_value(&op("+", int4(1), int4(2))), Some(Value::Int4(3)));
        assert_eq!(estimated_value(&column()), None);
    }
}
