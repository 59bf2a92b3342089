//! CREATE FUNCTION: the body bound as one expression over the arguments (`check_sql_fn_retval`), and the refusals that
//! definitions of routines share.
//!
//! What PostgreSQL would refuse is refused with its SQLSTATE; what it takes and we cannot run is `Unsupported`, with its
//! place.

use super::scope::{Namespace, Relation, Visible};
use super::{Bind, Binder, coerce, unsupported};
use crate::catalogue::Catalogue;
use crate::error::{Failure, SqlError, SqlState, sqlstate};
use crate::expr::operator::CastContext;
use crate::expr::{Expr, Function, Volatility, function};
use crate::sql::ast::{self, Body, CreateFunction, RoutineType, Statement};
use crate::sql::parse;
use crate::value::{Modifier, Type};

/// A refusal without a place, as `AggregateCreate` gives them.
pub(super) fn refuse<T>(state: SqlState, message: impl Into<String>) -> Bind<T> {
    Err(SqlError::new(state, message.into()).into())
}

/// A refusal of the definition itself.
pub(super) fn invalid<T>(message: impl Into<String>) -> Bind<T> {
    refuse(sqlstate::INVALID_FUNCTION_DEFINITION, message)
}

/// A type of ours, or the name of one that is not.
pub fn routine_type(ty: &RoutineType) -> Result<Type, Failure> {
    match ty {
        RoutineType::Ours(ty) => Ok(ty.ty),
        RoutineType::Other(name) => {
            unsupported(format!("routines over type {}", name.name), name.position)
        }
    }
}

/// The function that a CREATE FUNCTION describes: its body is bound here and now.
///
/// # Errors
/// 42P13 for a body of another type, what is wrong inside the body, `Unsupported` for a body that is more than one
/// expression, and for other languages.
pub fn create_function(
    definition: &CreateFunction,
    catalogue: &Catalogue,
) -> Result<&'static Function, Failure> {
    let language = &definition.language;
    if language.name != "sql" {
        return unsupported(format!("functions in language {}", language.name), language.position);
    }
    check_names(definition)?;
    let args = definition.args.iter().map(|arg| routine_type(&arg.ty)).collect::<Bind<Vec<_>>>()?;
    let result = routine_type(&definition.result)?;
    let expr = body(definition, &args, result, catalogue)?;
    let cost = match definition.cost.as_deref().map(str::parse) {
        None => 100.0,
        Some(Ok(cost)) if cost > 0.0 => cost,
        Some(_) => return refuse(sqlstate::INVALID_PARAMETER_VALUE, "COST must be positive"),
    };
    Ok(function::own::intern(function::own::Definition {
        name: definition.name.name.clone(),
        args,
        result,
        strict: definition.strict,
        volatility: definition.volatility,
        parallel: definition.parallel,
        cost,
        body: function::own::Body { text: definition.body.clone(), expr },
    }))
}

/// No two arguments have the same name.
fn check_names(definition: &CreateFunction) -> Bind<()> {
    let names: Vec<&str> =
        definition.args.iter().flat_map(|arg| &arg.name).map(|name| name.name.as_str()).collect();
    let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
    match twice {
        Some((_, name)) => invalid(format!("parameter name \"{name}\" used more than once")),
        None => Ok(()),
    }
}

/// The body as an expression over the arguments.
fn body(
    definition: &CreateFunction,
    args: &[Type],
    result: Type,
    catalogue: &Catalogue,
) -> Bind<Expr> {
    let position = definition.name.position;
    let refused = |what: &str| unsupported(format!("SQL functions {what}"), position);
    let parsed = parse::statement(&parameters_as_names(&definition.body));
    let Statement::Select(query) = parsed.map_err(without_place)?.statement else {
        return refused("of other statements than SELECT");
    };
    let Some(target) = sole_target(&query) else {
        return refused("of more than SELECT and one expression");
    };
    let mut binder = Binder::new(catalogue);
    binder.level().namespace = arguments(definition, args);
    let bound = binder.expr(target).map_err(without_place)?;
    if !binder.level().calls.is_empty() || has_subquery(&bound.expr) {
        return refused("with aggregates or sub-queries");
    }
    let from = bound.ty();
    let Some(bound) = coerce::coerce(bound, result, CastContext::Assignment, 0)? else {
        let message = format!("return type mismatch in function declared to return {result}");
        let detail = format!("Actual return type is {from}.");
        let error = SqlError::new(sqlstate::INVALID_FUNCTION_DEFINITION, message);
        return Err(error.detail(detail).into());
    };
    if is_volatile(&bound.expr) {
        return refused("of volatile functions");
    }
    Ok(bound.expr)
}

/// `$1` as the column `"$1"`; quotes and comments of the body are left alone.
fn parameters_as_names(body: &str) -> String {
    let mut text = String::new();
    let mut quote = None;
    let mut characters = body.chars().peekable();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '$') if characters.peek().is_some_and(char::is_ascii_digit) => {
                text += "\"$";
                while let Some(digit) = characters.next_if(char::is_ascii_digit) {
                    text.push(digit);
                }
                text.push('"');
                continue;
            }
            _ => {}
        }
        text.push(c);
    }
    text
}

/// The expression of `SELECT expression` and nothing else.
fn sole_target(query: &ast::Query) -> Option<&ast::Expr> {
    let is_bare = query.with.is_empty()
        && query.order_by.is_empty()
        && query.limit.is_none()
        && query.offset.is_none();
    let Body::Select(select) = &query.body else { return None };
    let is_plain = !select.distinct
        && select.from.is_empty()
        && select.filter.is_none()
        && select.group_by.is_empty()
        && select.having.is_none();
    match select.items.as_slice() {
        [ast::SelectItem::Expr(expr, _)] if is_bare && is_plain => Some(expr),
        _ => None,
    }
}

/// The arguments as columns: `$1`, and by name where they have one, also after the function's name.
fn arguments(definition: &CreateFunction, args: &[Type]) -> Namespace {
    let visible = |name: String, index: usize| Visible {
        name,
        qualifier: None,
        expr: Expr::Column { index, ty: args[index] },
        modifier: Modifier::None,
    };
    let numbered = (0..args.len()).map(|index| visible(format!("${}", index + 1), index));
    let named =
        definition.args.iter().enumerate().filter_map(|(index, arg)| {
            arg.name.as_ref().map(|name| visible(name.name.clone(), index))
        });
    let columns: Vec<Visible> = numbered.chain(named).collect();
    let relation = Relation { name: definition.name.name.clone(), columns: columns.clone() };
    Namespace { relations: vec![relation], columns }
}

/// The failure without its position, which is one in the body and not in the statement.
fn without_place(failure: Failure) -> Failure {
    match failure {
        Failure::Sql(error) if error.message.starts_with("column \"$") => {
            let number = error.message.trim_start_matches("column \"").split('"').next();
            let message = format!("there is no parameter {}", number.unwrap_or_default());
            SqlError::new(sqlstate::UNDEFINED_PARAMETER, message).into()
        }
        Failure::Sql(error) => SqlError::new(error.sqlstate, error.message.clone()).into(),
        other => other,
    }
}

fn has_subquery(expr: &Expr) -> bool {
    matches!(expr, Expr::Subquery(_)) || expr.operands().into_iter().any(has_subquery)
}

fn is_volatile(expr: &Expr) -> bool {
    let own = matches!(expr, Expr::Call { function, .. }
        if function.volatility == Volatility::Volatile && function.own.is_none());
    own || expr.operands().into_iter().any(is_volatile)
}
