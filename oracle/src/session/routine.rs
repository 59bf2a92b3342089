//! Functions and aggregates that users make: CREATE, OR REPLACE, DROP.

use spec::agg::Aggregate;
use spec::agg::own::{self, Step};
use spec::error::{Failure, SqlError, SqlState, Unsupported, sqlstate};
use spec::expr::{Expr, Function};
use spec::sql::ast::{CreateAggregate, CreateFunction, RoutineKind, RoutineName, RoutineType};
use spec::sql::bind;
use spec::value::Type;

use super::{Reply, Session};

fn refuse<T>(state: SqlState, message: String) -> Result<T, Failure> {
    Err(SqlError::new(state, message).into())
}

/// `name(integer, text)`, or with `separator` in place of the comma and blank.
fn signature(name: &str, args: &[Option<Type>], separator: &str) -> String {
    let args: Vec<_> = args.iter().map(|ty| ty.map_or("\"any\"", Type::name)).collect();
    let args = if args.is_empty() { "*".to_owned() } else { args.join(separator) };
    format!("{name}({args})")
}

/// The argument types of a function in the form that aggregates have them.
fn types(function: &Function) -> Vec<Option<Type>> {
    function.args.iter().copied().map(Some).collect()
}

impl Session {
    pub(super) fn create_function(
        &mut self,
        definition: &CreateFunction,
    ) -> Result<Reply, Failure> {
        let made = bind::create_function(definition, &self.database.catalogue)?;
        let catalogue = &mut self.database.catalogue;
        let (name, args) = (made.name, types(made));
        if catalogue.aggregates.iter().any(|other| other.name == name && other.args == args) {
            return already(name, definition.or_replace, "an aggregate function");
        }
        let same = |other: &&Function| other.name == name && other.args == made.args;
        let Some(at) = catalogue.functions.iter().position(same) else {
            catalogue.functions.push(made);
            return Ok(Reply::tag("CREATE FUNCTION"));
        };
        let old = catalogue.functions[at];
        if !definition.or_replace {
            return already(name, false, "a function");
        }
        if old.result != made.result {
            let message = "cannot change return type of existing function".to_owned();
            return refuse(sqlstate::INVALID_FUNCTION_DEFINITION, message);
        }
        // Bodies hold the functions they call as they were when they were bound.
        if old != made && catalogue.functions.iter().any(|other| calls(other, old)) {
            let what = format!("replacing function {name}, which other functions call");
            return Err(Unsupported::new(what).at(definition.name.position).into());
        }
        catalogue.functions[at] = made;
        for aggregate in &mut catalogue.aggregates {
            *aggregate = with_replaced(aggregate, old, made);
        }
        Ok(Reply::tag("CREATE FUNCTION"))
    }

    pub(super) fn create_aggregate(
        &mut self,
        definition: &CreateAggregate,
    ) -> Result<Reply, Failure> {
        let made = bind::create_aggregate(definition, &self.database.catalogue)?;
        let catalogue = &mut self.database.catalogue;
        let name = made.name;
        let is_function = |other: &&Function| other.name == name && types(other) == made.args;
        if catalogue.functions.iter().any(is_function) {
            return already(name, definition.or_replace, "a function");
        }
        let same = |other: &&Aggregate| other.name == name && other.args == made.args;
        match catalogue.aggregates.iter().position(same) {
            None => catalogue.aggregates.push(made),
            Some(_) if !definition.or_replace => return already(name, false, "an aggregate"),
            Some(at) if catalogue.aggregates[at].result != made.result => {
                let message = "cannot change return type of existing function".to_owned();
                return refuse(sqlstate::INVALID_FUNCTION_DEFINITION, message);
            }
            Some(at) => catalogue.aggregates[at] = made,
        }
        Ok(Reply::tag("CREATE AGGREGATE"))
    }

    pub(super) fn drop_routines(
        &mut self,
        kind: RoutineKind,
        if_exists: bool,
        routines: &[RoutineName],
    ) -> Result<Reply, Failure> {
        let (tag, word) = match kind {
            RoutineKind::Aggregate => ("DROP AGGREGATE", "aggregate"),
            RoutineKind::Function => ("DROP FUNCTION", "function"),
        };
        let mut reply = Reply::tag(tag);
        let mut changed = self.database.clone();
        for routine in routines {
            let catalogue = &mut changed.catalogue;
            let dropped = match kind {
                RoutineKind::Aggregate => drop_aggregate(catalogue, routine)?,
                RoutineKind::Function => drop_function(catalogue, routine)?,
            };
            if !dropped {
                let shown = shown(routine)?;
                let shown = match kind {
                    RoutineKind::Function => shown.replace("(*)", "()"),
                    RoutineKind::Aggregate => shown,
                };
                let message = match routine.args {
                    Some(_) => format!("{word} {shown} does not exist"),
                    None => format!("could not find a {word} named \"{}\"", routine.name.name),
                };
                if !if_exists {
                    return refuse(sqlstate::UNDEFINED_FUNCTION, message);
                }
                reply.notices.push(format!("NOTICE:  {message}, skipping"));
            }
        }
        self.database = changed;
        Ok(reply)
    }
}

/// That the name is in use: by the same kind, or by another, which OR REPLACE cannot change.
fn already<T>(name: &str, or_replace: bool, kind: &str) -> Result<T, Failure> {
    if or_replace {
        let error = SqlError::new(sqlstate::WRONG_OBJECT_TYPE, "cannot change routine kind");
        return Err(error.detail(format!("\"{name}\" is {kind}.")).into());
    }
    let message = format!("function \"{name}\" already exists with same argument types");
    refuse(sqlstate::DUPLICATE_FUNCTION, message)
}

/// Whether the body of a function calls another.
fn calls(function: &Function, other: &Function) -> bool {
    fn within(expr: &Expr, other: &Function) -> bool {
        matches!(expr, Expr::Call { function, .. } if **function == *other)
            || expr.operands().into_iter().any(|operand| within(operand, other))
    }
    function.own.is_some_and(|body| within(&body.expr, other))
}

/// An aggregate with one of its functions replaced.
fn with_replaced(
    aggregate: &'static Aggregate,
    old: &'static Function,
    new: &'static Function,
) -> &'static Aggregate {
    let Some(definition) = aggregate.own else { return aggregate };
    let replaced = |step: Step| if step == Step::Call(old) { Step::Call(new) } else { step };
    own::intern(own::Definition {
        transition: replaced(definition.transition),
        combine: definition.combine.map(replaced),
        finish: definition.finish.map(replaced),
        ..definition.clone()
    })
}

/// The argument types of a routine's name; `None` where none were written.
fn named_types(routine: &RoutineName) -> Result<Option<Vec<Option<Type>>>, Failure> {
    let ty = |ty: &RoutineType| match ty {
        RoutineType::Other(name) if name.name == "any" => Ok(None),
        ty => bind::routine_type(ty).map(Some),
    };
    routine.args.as_ref().map(|args| args.iter().map(ty).collect()).transpose()
}

fn shown(routine: &RoutineName) -> Result<String, Failure> {
    Ok(signature(&routine.name.name, &named_types(routine)?.unwrap_or_default(), ","))
}

/// Removes an aggregate; false if there is none.
fn drop_aggregate(
    catalogue: &mut spec::catalogue::Catalogue,
    routine: &RoutineName,
) -> Result<bool, Failure> {
    let name = &routine.name.name;
    let args = named_types(routine)?.unwrap_or_default();
    let is_function = |other: &&Function| other.name == name && types(other) == args;
    if catalogue.functions.iter().any(is_function) {
        let message = format!("function {} is not an aggregate", signature(name, &args, ", "));
        return refuse(sqlstate::WRONG_OBJECT_TYPE, message);
    }
    let before = catalogue.aggregates.len();
    catalogue.aggregates.retain(|other| other.name != name || other.args != args);
    Ok(catalogue.aggregates.len() < before)
}

/// Removes a function that no aggregate needs; false if there is none.
fn drop_function(
    catalogue: &mut spec::catalogue::Catalogue,
    routine: &RoutineName,
) -> Result<bool, Failure> {
    let name = &routine.name.name;
    let args = named_types(routine)?;
    let fits = |theirs: &[Option<Type>]| args.as_ref().is_none_or(|args| args == theirs);
    if catalogue.aggregates.iter().any(|other| other.name == name && fits(other.args)) {
        let message = format!("\"{name}\" is an aggregate function");
        let error = SqlError::new(sqlstate::WRONG_OBJECT_TYPE, message);
        return Err(error.hint("Use DROP AGGREGATE to drop aggregate functions.").into());
    }
    let found: Vec<&'static Function> =
        catalogue.functions_named(name).filter(|other| fits(&types(other))).collect();
    let function = match found.as_slice() {
        [] => return Ok(false),
        [one] => *one,
        _ => {
            let message = format!("function name \"{name}\" is not unique");
            let error = SqlError::new(sqlstate::AMBIGUOUS_FUNCTION, message);
            let hint = "Specify the argument list to select the function unambiguously.";
            return Err(error.hint(hint).into());
        }
    };
    let needs = |aggregate: &&'static Aggregate| {
        aggregate.own.is_some_and(|own| {
            let steps = [Some(own.transition), own.combine, own.finish];
            steps.contains(&Some(Step::Call(function)))
        })
    };
    if catalogue.aggregates.iter().any(needs) {
        let shown = signature(name, &types(function), ",");
        let message = format!("cannot drop function {shown} because other objects depend on it");
        let error = SqlError::new(sqlstate::DEPENDENT_OBJECTS_STILL_EXIST, message);
        return Err(error.hint("Use DROP ... CASCADE to drop the dependent objects too.").into());
    }
    catalogue.functions.retain(|other| *other != function);
    Ok(true)
}
