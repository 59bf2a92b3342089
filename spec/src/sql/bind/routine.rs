//! CREATE FUNCTION: the body bound as one expression over the arguments (`check_sql_fn_retval`), and the refusals that
//! definitions of routines share.
//!
//! What PostgreSQL would refuse is refused with its SQLSTATE; what it takes and we cannot run is `Unsupported`, with its
//! place.

use super::scope::{Namespace, Relation, Visible};
use super::{Bind, Binder, coerce, polymorphic, unsupported};
use crate::catalogue::Catalogue;
use crate::error::{Failure, SqlError, SqlState, sqlstate};
use crate::expr::operator::CastContext;
use crate::expr::{Expr, Function, Volatility, function};
use crate::sql::ast::{self, Body, CreateFunction, RoutineType, Statement};
use crate::sql::parse;
use crate::value::{Modifier, Type, Value};

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

/// What CREATE FUNCTION makes.
#[derive(Clone, Debug, PartialEq)]
pub enum MadeFunction {
    /// A function over values.
    Function(&'static Function),
    /// A function over polymorphic types: nothing is bound before its types are known.
    Polymorphic(CreateFunction),
}

/// The function that a CREATE FUNCTION describes: its body is bound here and now, or, if it is polymorphic, at each call.
///
/// # Errors
/// 42P13 for a body of another type, what is wrong inside the body, `Unsupported` for a body that is more than one
/// expression, and for other languages.
pub fn create_function(
    definition: &CreateFunction,
    catalogue: &Catalogue,
) -> Result<MadeFunction, Failure> {
    let language = &definition.language;
    if language.name != "sql" {
        return unsupported(format!("functions in language {}", language.name), language.position);
    }
    check_names(definition)?;
    let args = || definition.args.iter().map(|arg| &arg.ty);
    if !polymorphic::is_polymorphic(&definition.result) && !args().any(polymorphic::is_polymorphic)
    {
        return concrete_function(definition, catalogue).map(MadeFunction::Function);
    }
    polymorphic::check_determined("result", &definition.result, args())?;
    if definition.returned {
        return invalid(
            "SQL function with unquoted function body cannot have polymorphic arguments",
        );
    }
    for ty in args().chain([&definition.result]).filter(|ty| !polymorphic::is_polymorphic(ty)) {
        routine_type(ty)?;
    }
    cost(definition)?;
    // Only the form of the body is looked at: what it means depends on the types.
    parse::statement(&parameters_as_names(&definition.body)).map_err(without_place)?;
    Ok(MadeFunction::Polymorphic(definition.clone()))
}

/// The function of a definition without polymorphic types.
pub(super) fn concrete_function(
    definition: &CreateFunction,
    catalogue: &Catalogue,
) -> Bind<&'static Function> {
    let args = definition.args.iter().map(|arg| routine_type(&arg.ty)).collect::<Bind<Vec<_>>>()?;
    let result = routine_type(&definition.result)?;
    let expr = body(definition, &args, result, catalogue)?;
    Ok(function::own::intern(function::own::Definition {
        name: definition.name.name.clone(),
        args,
        result,
        strict: definition.strict,
        volatility: definition.volatility,
        parallel: definition.parallel,
        cost: cost(definition)?,
        body: function::own::Body {
            text: definition.body.clone(),
            returned: definition.returned,
            names: argument_names(definition),
            expr,
        },
    }))
}

/// The names of the arguments that have one.
fn argument_names(definition: &CreateFunction) -> Vec<Option<String>> {
    let name = |arg: &ast::RoutineArg| arg.name.as_ref().map(|name| name.name.clone());
    definition.args.iter().map(name).collect()
}

fn cost(definition: &CreateFunction) -> Bind<f64> {
    match definition.cost.as_deref().map(str::parse) {
        None => Ok(100.0),
        Some(Ok(cost)) if cost > 0.0 => Ok(cost),
        Some(_) => refuse(sqlstate::INVALID_PARAMETER_VALUE, "COST must be positive"),
    }
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
    let mismatch = |detail: String| {
        let message = format!("return type mismatch in function declared to return {result}");
        let error = SqlError::new(sqlstate::INVALID_FUNCTION_DEFINITION, message);
        Err(error.detail(detail).into())
    };
    let mut text = parameters_as_names(&definition.body);
    if definition.returned {
        text = format!("SELECT {text}");
    } else if text.trim().is_empty() {
        return mismatch(
            "Function's final statement must be SELECT or INSERT/UPDATE/DELETE RETURNING.".into(),
        );
    }
    let Statement::Select(query) = parse::statement(&text).map_err(without_place)?.statement else {
        return refused("of other statements than SELECT");
    };
    let Some((targets, filter)) = plain_select(&query) else {
        return refused("of more than SELECT, one expression and WHERE");
    };
    let [ast::SelectItem::Expr(target, _)] = targets else {
        return match targets.iter().all(|item| matches!(item, ast::SelectItem::Expr(..))) {
            true => mismatch("Final statement must return exactly one column.".into()),
            false => refused("that select *"),
        };
    };
    let mut binder = Binder::new(catalogue);
    binder.level().namespace = arguments(definition, args);
    let bound = binder.expr(target).map_err(without_place)?;
    let filter = filter.map(|filter| binder.condition(filter, "WHERE")).transpose();
    let filter = filter.map_err(without_place)?;
    if !binder.level().calls.is_empty() || filter.iter().chain([&bound.expr]).any(has_subquery) {
        return refused("with aggregates or sub-queries");
    }
    let from = bound.ty();
    let Some(bound) = coerce::coerce(bound, result, CastContext::Assignment, 0)? else {
        return mismatch(format!("Actual return type is {from}."));
    };
    if filter.iter().chain([&bound.expr]).any(is_volatile) {
        return refused("of volatile functions");
    }
    Ok(match filter {
        // No row is NULL.
        Some(filter) => Expr::Case {
            branches: vec![(filter, bound.expr)],
            otherwise: Box::new(Expr::Constant(Value::Null, result)),
            ty: result,
        },
        None => bound.expr,
    })
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

/// The targets and the condition of `SELECT targets [WHERE condition]` and nothing else.
fn plain_select(query: &ast::Query) -> Option<(&[ast::SelectItem], Option<&ast::Expr>)> {
    let is_bare = query.with.is_empty()
        && query.order_by.is_empty()
        && query.limit.is_none()
        && query.offset.is_none();
    let Body::Select(select) = &query.body else { return None };
    let is_plain = !select.distinct
        && select.from.is_empty()
        && select.group_by.is_empty()
        && select.having.is_none();
    (is_bare && is_plain).then_some((&select.items, select.filter.as_ref()))
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
