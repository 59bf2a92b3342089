//! The meaning of expressions: an expression, a row and a world give a value or an error.

use std::cmp::Ordering;

use crate::error::{SqlError, sqlstate};
use crate::expr::function::misc::RANDOM;
use crate::expr::operator::{self, Conversion};
use crate::expr::{
    CastMethod, Expr, Function, Subquery, SubqueryComparison, SubqueryTest, Volatility,
};
use crate::value::{Array, Modifier, Row, Type, Value, order, text};

/// The row at hand, and the rows of enclosing queries.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The row at hand.
    pub row: &'a [Value],
    /// The enclosing query's scope, if this is a sub-query.
    pub outer: Option<&'a Scope<'a>>,
}

/// What evaluation asks of the engine around it.
pub trait World {
    /// The rows of a sub-query; `scope` is the scope of the expression that holds it (depth 1 inside).
    fn rows(&self, subquery: &Subquery, scope: &Scope<'_>) -> Result<Vec<Row>, SqlError>;

    /// The next value of `random()`, in 0 ≤ x < 1.
    fn random(&self) -> f64;

    /// Told of an error in one operand of AND, OR, an IN list, or a strict call that another operand makes NULL. `true`
    /// means: go on, another operand may decide (the order of evaluation is not defined, so the error may be evaded);
    /// `false`: raise it, as a left-to-right evaluation does. [error.order]
    fn evade(&self, _error: &SqlError) -> bool {
        false
    }

    /// The value of an InitPlan, in plans.
    ///
    /// # Panics
    /// If the engine has no InitPlans: bound queries hold no [`Expr::Param`], only plans do.
    fn param(&self, id: usize) -> Value {
        panic!("${id} has no value: this world evaluates no InitPlans")
    }
}

/// The value of `expr` for a row.  [expr.eval]
///
/// # Errors
/// What the functions in it raise, in left-to-right order with short-circuit AND / OR / CASE / COALESCE.
pub fn eval(expr: &Expr, scope: &Scope<'_>, world: &dyn World) -> Result<Value, SqlError> {
    let truth = |operand| Ok::<_, SqlError>(eval(operand, scope, world)?.truth());
    match expr {
        Expr::Constant(value, _) => Ok(value.clone()),
        Expr::Column { index, .. } => Ok(scope.row[*index].clone()),
        Expr::Outer { depth, index, .. } => Ok(scope.enclosing(*depth).row[*index].clone()),
        Expr::Param { id, .. } => Ok(world.param(*id)),
        Expr::Call { function, args, .. } => call(function, args, scope, world),
        Expr::Cast { operand, to, modifier, method, explicit, .. } => {
            cast(eval(operand, scope, world)?, *to, *modifier, *method, *explicit)
        }
        Expr::And(operands) => connective(operands, false, scope, world),
        Expr::Or(operands) => connective(operands, true, scope, world),
        Expr::Not(operand) => Ok(truth(operand)?.map(|truth| !truth).into()),
        Expr::IsNull { operand, negated } => {
            Ok(Value::Bool(eval(operand, scope, world)?.is_null() != *negated))
        }
        Expr::IsTruth { operand, truth: asked, negated } => {
            Ok(Value::Bool((truth(operand)? == *asked) != *negated))
        }
        Expr::IsDistinct { equal, left, right, negated } => {
            let (left, right) = (eval(left, scope, world)?, eval(right, scope, world)?);
            Ok(Value::Bool(is_distinct(equal, left, right)? != *negated))
        }
        Expr::Case { branches, otherwise, .. } => {
            for (condition, result) in branches {
                if truth(condition)? == Some(true) {
                    return eval(result, scope, world);
                }
            }
            eval(otherwise, scope, world)
        }
        Expr::Coalesce(args, _) => {
            for arg in args {
                let value = eval(arg, scope, world)?;
                if !value.is_null() {
                    return Ok(value);
                }
            }
            Ok(Value::Null)
        }
        Expr::NullIf { equal, left, right } => {
            let left = eval(left, scope, world)?;
            let right = match eval(right, scope, world) {
                // NULL is equal to nothing, so that a planner that sees it does not compute the other side.
                Err(error) if left.is_null() && world.evade(&error) => Value::Null,
                right => right?,
            };
            let args = [left, right];
            let is_equal = equal.call(&args)?.truth() == Some(true);
            let [left, _] = args;
            Ok(if is_equal { Value::Null } else { left })
        }
        Expr::MinMax { greatest, args, .. } => extreme(*greatest, args, scope, world),
        Expr::AnyOf { function, operand, list, all, .. } => {
            member(function, operand, list, *all, scope, world)
        }
        Expr::Array(members, _) => {
            let members: Result<Vec<_>, _> =
                members.iter().map(|member| eval(member, scope, world)).collect();
            array(members?)
        }
        Expr::AnyElement { function, operands, all, .. } => {
            let [operand, array] = &**operands;
            let (operand, array) = (eval(operand, scope, world)?, eval(array, scope, world)?);
            any_element(function, &operand, &array, *all)
        }
        Expr::Subquery(subquery) => subquery_value(subquery, scope, world),
    }
}

/// Whether a condition holds for a row: NULL does not. [expr.condition]
pub fn holds(condition: &Expr, scope: &Scope<'_>, world: &dyn World) -> Result<bool, SqlError> {
    Ok(eval(condition, scope, world)?.truth() == Some(true))
}

impl<'a> Scope<'a> {
    /// The scope of a row without enclosing queries.
    pub fn top(row: &'a [Value]) -> Scope<'a> {
        Scope { row, outer: None }
    }

    /// The scope this many query levels up.
    ///
    /// # Panics
    /// If there are fewer levels: the binder counts them.
    fn enclosing(&self, depth: usize) -> &Scope<'a> {
        let mut scope = self;
        for _ in 0..depth {
            scope = scope.outer.expect("a reference goes no deeper than its sub-query is nested");
        }
        scope
    }
}

/// All arguments are evaluated, left to right, before strictness is asked: `f(NULL, 1/0)` is an error; but one that a
/// world may evade, since a planner that sees the NULL does not compute the other argument. [error.order]
fn call(
    function: &Function,
    args: &[Expr],
    scope: &Scope<'_>,
    world: &dyn World,
) -> Result<Value, SqlError> {
    if function.volatility == Volatility::Volatile && function.name == RANDOM {
        return Ok(Value::Float8(world.random()));
    }
    match args {
        [a] => function.call(&[eval(a, scope, world)?]),
        [a, b] => match (eval(a, scope, world), eval(b, scope, world)) {
            (Ok(a), Ok(b)) => function.call(&[a, b]),
            (Err(error), Ok(other)) | (Ok(other), Err(error))
                if function.strict && other.is_null() && world.evade(&error) =>
            {
                Ok(Value::Null)
            }
            (Err(error), _) | (_, Err(error)) => Err(error),
        },
        _ => {
            let args: Vec<_> = args.iter().map(|arg| eval(arg, scope, world)).collect();
            let error = args.iter().find_map(|arg| arg.as_ref().err());
            let is_null = |arg: &Result<Value, _>| arg.as_ref().is_ok_and(Value::is_null);
            match error {
                Some(error)
                    if function.strict && args.iter().any(is_null) && world.evade(error) =>
                {
                    Ok(Value::Null)
                }
                Some(error) => Err(error.clone()),
                None => function.call(&args.into_iter().flatten().collect::<Vec<_>>()),
            }
        }
    }
}

/// A cast that is no call of a function. [expr.cast]
///
/// # Errors
/// 22P02 and its kin if text does not have the form of the type, 22001 and 22003 if a value does not fit the modifier.
pub fn cast(
    value: Value,
    to: Type,
    modifier: Modifier,
    method: CastMethod,
    explicit: bool,
) -> Result<Value, SqlError> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let value = match (method, value) {
        (CastMethod::Relabel, Value::Text(text)) if to == Type::Bpchar => Value::Bpchar(text),
        (CastMethod::Relabel, Value::Bpchar(text)) if to != Type::Bpchar => Value::Text(text),
        (CastMethod::Relabel | CastMethod::Modifier, value) => value,
        (CastMethod::Text, value) => text::input(to, Modifier::None, &text::output(&value))?,
        (CastMethod::Elements(from), Value::Array(array)) => {
            let to = to.element().unwrap_or(Type::Unknown);
            Value::array(array.map(|element| cast_element(element, from.ty(), to, explicit))?)
        }
        (CastMethod::Elements(_), other) => panic!("an array is cast, not {other:?}"),
    };
    match modifier {
        Modifier::None => Ok(value),
        _ => text::apply_modifier(value, to, modifier, explicit),
    }
}

/// An element of an array by the cast between the element types. [expr.cast.array]
fn cast_element(element: &Value, from: Type, to: Type, explicit: bool) -> Result<Value, SqlError> {
    let Some(rule) = operator::cast(from, to) else {
        panic!("the binder casts only by a rule, and {from} to {to} has none")
    };
    let plain = |value, method| cast(value, to, Modifier::None, method, explicit);
    match rule.conversion {
        Conversion::Function(function) => {
            plain(function.call(std::slice::from_ref(element))?, CastMethod::Relabel)
        }
        Conversion::Relabel => plain(element.clone(), CastMethod::Relabel),
        Conversion::Text | Conversion::Elements(_) => plain(element.clone(), CastMethod::Text),
    }
}

/// The array of these members; of arrays, one of the next dimension, where NULL is an empty one. [expr.array]
fn array(members: Vec<Value>) -> Result<Value, SqlError> {
    if !members.iter().any(|member| matches!(member, Value::Array(_))) {
        return Ok(Value::array(Array::vector(members)));
    }
    let empty = Array::default();
    let parts: Vec<&Array> = members
        .iter()
        .map(|member| match member {
            Value::Array(array) => &**array,
            _ => &empty,
        })
        .collect();
    Ok(Value::array(Array::stacked(&parts)?))
}

/// `operand op ANY (array)` and `operand op ALL (array)`: NULL for a NULL array; without elements the operand does not
/// matter. [expr.any.array]
pub fn any_element(
    function: &Function,
    operand: &Value,
    array: &Value,
    all: bool,
) -> Result<Value, SqlError> {
    let Value::Array(array) = array else { return Ok(Value::Null) };
    let mut verdict = Some(all);
    for element in array.elements() {
        match function.call(&[operand.clone(), element.clone()])?.truth() {
            Some(truth) if truth != all => return Ok(Value::Bool(truth)),
            Some(_) => {}
            None => verdict = None,
        }
    }
    Ok(verdict.into())
}

/// AND (`decisive` false) or OR (`decisive` true): the decisive value wins over NULL, and NULL over the other. [expr.logic]
fn connective(
    operands: &[Expr],
    decisive: bool,
    scope: &Scope<'_>,
    world: &dyn World,
) -> Result<Value, SqlError> {
    let truths = operands.iter().map(|operand| Ok(eval(operand, scope, world)?.truth()));
    Ok(decide(truths, decisive, world)?.into())
}

/// The verdict over truths that arrive one by one; after the decisive one no other is asked for. An error that the
/// world evades counts only if no later truth is decisive.
fn decide(
    truths: impl Iterator<Item = Result<Option<bool>, SqlError>>,
    decisive: bool,
    world: &dyn World,
) -> Result<Option<bool>, SqlError> {
    let mut verdict = Some(!decisive);
    let mut evaded = None;
    for truth in truths {
        match truth {
            Ok(Some(truth)) if truth == decisive => return Ok(Some(decisive)),
            Ok(Some(_)) => {}
            Ok(None) => verdict = None,
            Err(error) if world.evade(&error) => evaded = evaded.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    match evaded {
        Some(error) => Err(error),
        None => Ok(verdict),
    }
}

/// NULL is distinct from everything but NULL.
fn is_distinct(equal: &Function, left: Value, right: Value) -> Result<bool, SqlError> {
    match (left.is_null(), right.is_null()) {
        (false, false) => Ok(equal.call(&[left, right])?.truth() != Some(true)),
        (left, right) => Ok(left != right),
    }
}

/// GREATEST and LEAST: of equal arguments the first. [expr.greatest]
fn extreme(
    greatest: bool,
    args: &[Expr],
    scope: &Scope<'_>,
    world: &dyn World,
) -> Result<Value, SqlError> {
    let better = if greatest { Ordering::Greater } else { Ordering::Less };
    let mut best = Value::Null;
    for arg in args {
        let value = eval(arg, scope, world)?;
        if best.is_null() || !value.is_null() && order::compare(&value, &best) == better {
            best = value;
        }
    }
    Ok(best)
}

/// `operand op ANY (list)` and `operand op ALL (list)`.
fn member(
    function: &Function,
    operand: &Expr,
    list: &[Expr],
    all: bool,
    scope: &Scope<'_>,
    world: &dyn World,
) -> Result<Value, SqlError> {
    let operand = eval(operand, scope, world)?;
    let truths = list.iter().map(|member| {
        let member = eval(member, scope, world)?;
        Ok(function.call(&[operand.clone(), member])?.truth())
    });
    Ok(decide(truths, !all, world)?.into())
}

/// The value of a sub-query. [expr.subquery]
fn subquery_value(
    subquery: &Subquery,
    scope: &Scope<'_>,
    world: &dyn World,
) -> Result<Value, SqlError> {
    let rows = world.rows(subquery, scope)?;
    match &subquery.test {
        SubqueryTest::Exists => Ok(Value::Bool(!rows.is_empty())),
        SubqueryTest::Scalar => scalar(rows),
        SubqueryTest::Any(tests) => quantified(tests, &rows, true, scope, world),
        SubqueryTest::All(tests) => quantified(tests, &rows, false, scope, world),
    }
}

/// The one value of a sub-query, NULL if it has no row.
///
/// # Errors
/// 21000 if it has more than one row.
pub fn scalar(rows: Vec<Row>) -> Result<Value, SqlError> {
    let mut rows = rows.into_iter();
    match (rows.next(), rows.next()) {
        (None, _) => Ok(Value::Null),
        (Some(row), None) => Ok(row.into_iter().next().unwrap_or_default()),
        _ => Err(SqlError::new(
            sqlstate::CARDINALITY_VIOLATION,
            "more than one row returned by a subquery used as an expression",
        )),
    }
}

/// `operands op ANY (rows)` (`decisive` true) and `operands op ALL (rows)` (`decisive` false). Without rows the operands
/// are not evaluated.
fn quantified(
    tests: &[SubqueryComparison],
    rows: &[Row],
    decisive: bool,
    scope: &Scope<'_>,
    world: &dyn World,
) -> Result<Value, SqlError> {
    if rows.is_empty() {
        return Ok(Value::Bool(!decisive));
    }
    let operands: Result<Vec<_>, _> =
        tests.iter().map(|test| eval(&test.operand, scope, world)).collect();
    let operands = operands?;
    let truths = rows.iter().map(|row| compare_row(tests, &operands, row));
    Ok(decide(truths, decisive, world)?.into())
}

/// One row's comparison: equal in every column; for `<>` different in some column.
fn compare_row(
    tests: &[SubqueryComparison],
    operands: &[Value],
    row: &[Value],
) -> Result<Option<bool>, SqlError> {
    let decisive = tests.iter().all(|test| test.symbol == "<>");
    let mut verdict = Some(!decisive);
    for ((test, operand), column) in tests.iter().zip(operands).zip(row) {
        match test.function.call(&[operand.clone(), column.clone()])?.truth() {
            Some(truth) if truth == decisive => return Ok(Some(decisive)),
            Some(_) => {}
            None => verdict = None,
        }
    }
    Ok(verdict)
}

#[cfg(test)]
mod tests;
