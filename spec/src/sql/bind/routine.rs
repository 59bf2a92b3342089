//! CREATE FUNCTION and CREATE AGGREGATE: definitions checked as PostgreSQL checks them (`DefineAggregate`,
//! `AggregateCreate`, `check_sql_fn_retval`), in its order and with its words.
//!
//! What PostgreSQL would refuse is refused with its SQLSTATE; what it takes and we cannot run is `Unsupported`, with its
//! place.

use super::overload::{self, Support};
use super::scope::{Namespace, Relation, Visible};
use super::{Bind, Binder, coerce, unsupported};
use crate::agg::own::{self, Step, support};
use crate::agg::{Aggregate, StateField};
use crate::catalogue::Catalogue;
use crate::error::{Failure, SqlError, SqlState, sqlstate};
use crate::expr::operator::{self, CastContext, Conversion};
use crate::expr::{Expr, Function, Safety, Volatility, function};
use crate::sql::ast::{
    self, Body, CreateAggregate, CreateFunction, OptionValue, RoutineType, Statement,
};
use crate::sql::parse;
use crate::value::{Modifier, Type, Value, text};

/// A refusal without a place, as `AggregateCreate` gives them.
fn refuse<T>(state: SqlState, message: impl Into<String>) -> Bind<T> {
    Err(SqlError::new(state, message.into()).into())
}

/// A refusal of the definition itself.
fn invalid<T>(message: impl Into<String>) -> Bind<T> {
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

/// The options of CREATE AGGREGATE by name, the old names included.
struct Options<'a>(&'a CreateAggregate);

impl<'a> Options<'a> {
    fn value(&self, names: &[&str]) -> Option<&'a OptionValue> {
        // Of an option that is given twice PostgreSQL takes the last one.
        let option =
            self.0.options.iter().rev().find(|one| names.contains(&one.name.name.as_str()));
        option.and_then(|option| option.value.as_ref())
    }

    fn is_set(&self, name: &str) -> bool {
        let option = self.0.options.iter().rev().find(|option| option.name.name == name);
        option.is_some_and(|option| match &option.value {
            None => true,
            Some(value) => matches!(word(value).as_str(), "true" | "on" | "1"),
        })
    }

    fn function(&self, names: &[&str]) -> Option<String> {
        self.value(names).map(word)
    }

    fn ty(&self, names: &[&str]) -> Bind<Option<Declared>> {
        self.value(names).map(declared).transpose()
    }
}

/// The text of a value.
fn word(value: &OptionValue) -> String {
    match value {
        OptionValue::Name(name) => name.name.clone(),
        OptionValue::Text(text) | OptionValue::Operator(text) => text.clone(),
        OptionValue::Type(RoutineType::Ours(ty)) => ty.ty.typname().into(),
        OptionValue::Type(RoutineType::Other(name)) => name.name.clone(),
    }
}

/// A declared type: ours, or another by its name.
#[derive(Clone, Debug, PartialEq)]
enum Declared {
    Ours(Type),
    Other(String),
}

impl Declared {
    fn of(ty: &RoutineType) -> Declared {
        match ty {
            RoutineType::Ours(ty) => Declared::Ours(ty.ty),
            RoutineType::Other(name) => Declared::Other(name.name.clone()),
        }
    }

    fn typname(&self) -> &str {
        match self {
            Declared::Ours(ty) => ty.typname(),
            Declared::Other(name) => name,
        }
    }

    /// As `format_type` prints it.
    fn shown(&self) -> String {
        match self {
            Declared::Ours(ty) => ty.name().into(),
            Declared::Other(name) => match name.strip_suffix("[]").and_then(Type::from_name) {
                Some(ty) => format!("{ty}[]"),
                None => name.clone(),
            },
        }
    }

    fn is_internal(&self) -> bool {
        matches!(self, Declared::Other(name) if name == "internal")
    }

    fn is_polymorphic(&self) -> bool {
        matches!(self, Declared::Other(name) if name.starts_with("any") && name != "any")
    }

    /// Whether it is a pseudo-type that no state may have.
    fn is_pseudo(&self) -> bool {
        let known = ["cstring", "record", "trigger", "void", "any"];
        matches!(self, Declared::Other(name) if known.contains(&name.as_str()))
    }
}

fn declared(value: &OptionValue) -> Bind<Declared> {
    match value {
        OptionValue::Type(ty) => Ok(Declared::of(ty)),
        other => match Type::from_name(&word(other).to_lowercase()) {
            Some(ty) => Ok(Declared::Ours(ty)),
            None => {
                let message = format!("type \"{}\" does not exist", word(other));
                refuse(sqlstate::UNDEFINED_OBJECT, message)
            }
        },
    }
}

/// The aggregate that a CREATE AGGREGATE describes.
///
/// # Errors
/// 42P13, 42804, 42883, 42601 and 22P02 as PostgreSQL has them; `Unsupported` for support functions and types that it has
/// and we do not.
pub fn create_aggregate(
    definition: &CreateAggregate,
    catalogue: &Catalogue,
) -> Result<&'static Aggregate, Failure> {
    let options = Options(definition);
    let state = options.ty(&["stype", "stype1"])?;
    let transition = options.function(&["sfunc", "sfunc1"]);
    let (Some(state), Some(transition)) = (&state, &transition) else {
        let missing = if state.is_none() { "stype" } else { "sfunc" };
        return invalid(format!("aggregate {missing} must be specified"));
    };
    check_moving_options(&options)?;
    let args = argument_types(definition, &options)?;
    check_state(state)?;
    let serial = serial_functions(&options, state)?;
    let labels = labels(&options)?;
    let maker = Maker { catalogue, args: &args, state, position: definition.name.position };
    maker.make(definition, &options, transition, serial, labels)
}

/// MSFUNC and its like come together or not at all.
fn check_moving_options(options: &Options<'_>) -> Bind<()> {
    if options.value(&["mstype"]).is_some() {
        for needed in ["msfunc", "minvfunc"] {
            if options.value(&[needed]).is_none() {
                let message =
                    format!("aggregate {needed} must be specified when mstype is specified");
                return invalid(message);
            }
        }
        return Ok(());
    }
    for alone in ["msfunc", "minvfunc", "mfinalfunc", "msspace", "minitcond"] {
        if options.value(&[alone]).is_some() {
            return invalid(format!("aggregate {alone} must not be specified without mstype"));
        }
    }
    Ok(())
}

/// The types of the arguments, of either form.
fn argument_types(definition: &CreateAggregate, options: &Options<'_>) -> Bind<Vec<Declared>> {
    let base = options.value(&["basetype"]);
    match (&definition.args, base) {
        (Some(_), Some(_)) => {
            invalid("basetype is redundant with aggregate input type specification")
        }
        (Some(args), None) => Ok(args.iter().map(|arg| Declared::of(&arg.ty)).collect()),
        (None, None) => invalid("aggregate input type must be specified"),
        (None, Some(base)) if word(base).eq_ignore_ascii_case("any") => Ok(vec![]),
        (None, Some(base)) => Ok(vec![declared(base)?]),
    }
}

fn check_state(state: &Declared) -> Bind<()> {
    if state.is_pseudo() {
        let shown = match state.shown().as_str() {
            "any" => "\"any\"".to_owned(),
            other => other.to_owned(),
        };
        return invalid(format!("aggregate transition data type cannot be {shown}"));
    }
    Ok(())
}

/// The names of SERIALFUNC and DESERIALFUNC: both or neither, and for an internal state only.
fn serial_functions(options: &Options<'_>, state: &Declared) -> Bind<Option<[String; 2]>> {
    match (options.function(&["serialfunc"]), options.function(&["deserialfunc"])) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) if !state.is_internal() => invalid(
            "serialization functions may be specified only when the aggregate transition data type is internal",
        ),
        (Some(serial), Some(deserial)) => Ok(Some([serial, deserial])),
        _ => invalid("must specify both or neither of serialization and deserialization functions"),
    }
}

/// PARALLEL, after FINALFUNC_MODIFY and MFINALFUNC_MODIFY are read.
fn labels(options: &Options<'_>) -> Bind<Safety> {
    for name in ["finalfunc_modify", "mfinalfunc_modify"] {
        let Some(value) = options.function(&[name]) else { continue };
        if !["read_only", "shareable", "read_write"].contains(&value.as_str()) {
            let message =
                format!("parameter \"{name}\" must be READ_ONLY, SHAREABLE, or READ_WRITE");
            return refuse(sqlstate::SYNTAX_ERROR, message);
        }
    }
    if options.is_set("hypothetical") {
        return invalid("only ordered-set aggregates can be hypothetical");
    }
    match options.function(&["parallel"]).as_deref() {
        None | Some("unsafe") => Ok(Safety::Unsafe),
        Some("safe") => Ok(Safety::Safe),
        Some("restricted") => Ok(Safety::Restricted),
        Some(_) => refuse(
            sqlstate::SYNTAX_ERROR,
            "parameter \"parallel\" must be SAFE, RESTRICTED, or UNSAFE",
        ),
    }
}

/// An aggregate that is being made.
struct Maker<'a> {
    catalogue: &'a Catalogue,
    args: &'a [Declared],
    state: &'a Declared,
    position: usize,
}

/// The candidates for a support function, each with its result and whether it is strict.
struct Found {
    /// What may do the step; several built-in aggregates may share one function.
    steps: Vec<Step>,
    strict: bool,
}

impl Maker<'_> {
    fn make(
        &self,
        definition: &CreateAggregate,
        options: &Options<'_>,
        transition: &str,
        serial: Option<[String; 2]>,
        parallel: Safety,
    ) -> Bind<&'static Aggregate> {
        let is_polymorphic = |ty: &Declared| ty.is_polymorphic();
        if self.state.is_polymorphic() && !self.args.iter().any(is_polymorphic) {
            return invalid("cannot determine transition data type");
        }
        if self.state.is_polymorphic() || self.args.iter().any(is_polymorphic) {
            return unsupported("polymorphic aggregates", self.position);
        }
        let initial = options.function(&["initcond", "initcond1"]);
        self.check_initial(self.state, initial.as_deref())?;
        let advance = self.transition(transition, self.state)?;
        self.check_first(&advance, initial.as_deref(), self.state)?;
        self.check_moving(options)?;
        let finish = options.function(&["finalfunc"]);
        let extra = options.is_set("finalfunc_extra");
        let finish = finish.map(|name| self.finish(&name, extra)).transpose()?;
        let combine = options.function(&["combinefunc"]);
        let combine = combine.map(|name| self.combine(&name)).transpose()?;
        if let Some([serialize, deserialize]) = &serial {
            self.check_serial(serialize, deserialize)?;
        }
        self.check_sort_operator(options)?;
        let (fields, advance, combine, finish) = self.alike(&advance, combine, finish)?;
        let result = match (finish, self.state) {
            (Some(Step::Call(function)), _) => function.result,
            (Some(Step::Machine(aggregate)), _) => aggregate.result,
            (None, Declared::Ours(ty)) => *ty,
            (None, state) if state.is_internal() => {
                return invalid("unsafe use of pseudo-type \"internal\"");
            }
            (None, state) => {
                return unsupported(format!("results of type {}", state.shown()), self.position);
            }
        };
        let splits = combine.is_some() && (!self.state.is_internal() || serial.is_some());
        let any_or_ours = |ty: &Declared| match ty {
            Declared::Ours(ty) => Ok(Some(*ty)),
            Declared::Other(name) if name == "any" => Ok(None),
            other => unsupported(format!("arguments of type {}", other.shown()), self.position),
        };
        Ok(own::intern(own::Definition {
            name: definition.name.name.clone(),
            args: self.args.iter().map(any_or_ours).collect::<Bind<Vec<_>>>()?,
            result,
            transition: advance,
            combine,
            finish,
            finish_extra: extra,
            state_type: self.state.typname().into(),
            initial: self.initial(&fields, advance, initial.as_deref())?,
            fields,
            parallel,
            splits,
        }))
    }

    /// The initial state must be a text of its type, if that is one of ours.
    fn check_initial(&self, state: &Declared, initial: Option<&str>) -> Bind<()> {
        if let (Declared::Ours(ty), Some(initial)) = (state, initial) {
            text::input(*ty, Modifier::None, initial)?;
        }
        Ok(())
    }

    /// A support function by name for these argument types.
    fn support(&self, name: &str, inputs: &[&Declared], found: Vec<(Step, bool)>) -> Bind<Found> {
        let Some(&(_, strict)) = found.first() else {
            let shown: Vec<String> = inputs.iter().map(|ty| ty.shown()).collect();
            let signature = format!("{name}({})", shown.join(", "));
            if overload::is_known_to_postgres(name) {
                return unsupported(format!("support functions {signature}"), self.position);
            }
            let message = format!("function {signature} does not exist");
            return refuse(sqlstate::UNDEFINED_FUNCTION, message);
        };
        Ok(Found { steps: found.into_iter().map(|(step, _)| step).collect(), strict })
    }

    /// A function over values, if all types are ours: as a call would find it, without run-time casts.
    fn call(&self, name: &str, inputs: &[&Declared]) -> Bind<Option<&'static Function>> {
        let ours = |ty: &&Declared| match ty {
            Declared::Ours(ty) => Some(*ty),
            Declared::Other(_) => None,
        };
        let Some(types) = inputs.iter().map(ours).collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let Support::One(function) = overload::support(name, &types, self.catalogue) else {
            return Ok(None);
        };
        let is_same_bits = |(from, to): (&Type, &Type)| {
            from == to
                || operator::cast(*from, *to).is_some_and(|rule| {
                    matches!(rule.conversion, Conversion::Relabel)
                        && rule.context == CastContext::Implicit
                })
        };
        if !types.iter().zip(function.args).all(is_same_bits) {
            let shown: Vec<_> = function.args.iter().map(|ty| ty.name()).collect();
            let message =
                format!("function {name}({}) requires run-time type coercion", shown.join(", "));
            return refuse(sqlstate::DATATYPE_MISMATCH, message);
        }
        Ok(Some(function))
    }

    fn transition(&self, name: &str, state: &Declared) -> Bind<Found> {
        let inputs: Vec<&Declared> = std::iter::once(state).chain(self.args).collect();
        let mut found: Vec<(Step, bool)> = support::all()
            .iter()
            .filter(|one| one.transition == name && one.aggregate.state_type == state.typname())
            .filter(|one| self.takes(one.aggregate))
            .map(|one| (Step::Machine(one.aggregate), one.aggregate.transition_strict))
            .collect();
        if found.is_empty()
            && let Some(function) = self.call(name, &inputs)?
        {
            self.check_result(function.result, state, "transition", name)?;
            found.push((Step::Call(function), function.strict));
        }
        self.support(name, &inputs, found)
    }

    /// Whether a built-in aggregate takes the arguments of this one.
    fn takes(&self, aggregate: &Aggregate) -> bool {
        aggregate.args.len() == self.args.len()
            && aggregate.args.iter().zip(self.args).all(|(theirs, mine)| match (theirs, mine) {
                (None, _) => true,
                (Some(theirs), Declared::Ours(mine)) => theirs == mine,
                (Some(_), Declared::Other(_)) => false,
            })
    }

    fn check_result(&self, result: Type, wanted: &Declared, what: &str, name: &str) -> Bind<()> {
        if *wanted == Declared::Ours(result) {
            return Ok(());
        }
        let message = format!("return type of {what} function {name} is not {}", wanted.shown());
        refuse(sqlstate::DATATYPE_MISMATCH, message)
    }

    /// Without an initial state a strict transition function takes the first argument for it.
    fn check_first(&self, advance: &Found, initial: Option<&str>, state: &Declared) -> Bind<()> {
        if !advance.strict || initial.is_some() {
            return Ok(());
        }
        let fits = match (self.args.first(), state) {
            (Some(Declared::Ours(arg)), Declared::Ours(state)) => {
                arg == state
                    || operator::cast(*arg, *state)
                        .is_some_and(|rule| matches!(rule.conversion, Conversion::Relabel))
            }
            _ => false,
        };
        if fits {
            return Ok(());
        }
        invalid(
            "must not omit initial value when transition function is strict and transition type is not compatible with input type",
        )
    }

    /// The moving implementation is checked and kept for windows, which we do not have.
    fn check_moving(&self, options: &Options<'_>) -> Bind<()> {
        let Some(state) = options.ty(&["mstype"])? else { return Ok(()) };
        check_state(&state)?;
        let initial = options.function(&["minitcond"]);
        self.check_initial(&state, initial.as_deref())?;
        let forward = options.function(&["msfunc"]).unwrap_or_default();
        let inverse = options.function(&["minvfunc"]).unwrap_or_default();
        let Declared::Ours(ty) = state else {
            return unsupported("moving aggregates over this state", self.position);
        };
        let forward = self.transition(&forward, &state)?;
        self.check_first(&forward, initial.as_deref(), &state)?;
        let inputs: Vec<&Declared> = std::iter::once(&state).chain(self.args).collect();
        let Some(function) = self.call(&inverse, &inputs)? else {
            return self.support(&inverse, &inputs, vec![]).map(|_| ());
        };
        self.check_result(function.result, &Declared::Ours(ty), "inverse transition", &inverse)?;
        if function.strict != forward.strict {
            return invalid(
                "strictness of aggregate's forward and inverse transition functions must match",
            );
        }
        Ok(())
    }

    fn finish(&self, name: &str, extra: bool) -> Bind<Found> {
        let mut inputs = vec![self.state];
        if extra {
            inputs.extend(self.args);
        }
        let mut found: Vec<(Step, bool)> = support::all()
            .iter()
            .filter(|one| one.finish == name && one.aggregate.state_type == self.state.typname())
            .map(|one| (Step::Machine(one.aggregate), one.aggregate.final_strict))
            .collect();
        if found.is_empty()
            && let Some(function) = self.call(name, &inputs)?
        {
            if extra && function.strict && inputs.len() > 1 {
                return invalid("final function with extra arguments must not be declared STRICT");
            }
            found.push((Step::Call(function), function.strict));
        }
        self.support(name, &inputs, found)
    }

    fn combine(&self, name: &str) -> Bind<Found> {
        let inputs = [self.state, self.state];
        let mut found: Vec<(Step, bool)> = vec![];
        if let Some(function) = self.call(name, &inputs)? {
            self.check_result(function.result, self.state, "combine", name)?;
            found.push((Step::Call(function), function.strict));
        } else {
            let machines = support::all()
                .iter()
                .filter(|one| one.combine == name)
                .filter(|one| one.aggregate.state_type == self.state.typname());
            found.extend(
                machines.map(|one| (Step::Machine(one.aggregate), one.aggregate.combine_strict)),
            );
        }
        self.support(name, &inputs, found)
    }

    fn check_serial(&self, serialize: &str, deserialize: &str) -> Bind<()> {
        let internal = Declared::Other("internal".into());
        let bytes = Declared::Other("bytea".into());
        let known = |name: &str, of: fn(&support::Support) -> &'static str| {
            support::all().iter().any(|one| of(one) == name)
        };
        if !known(serialize, |one| one.serialize) {
            self.support(serialize, &[&internal], vec![])?;
        }
        if !known(deserialize, |one| one.deserialize) {
            self.support(deserialize, &[&bytes, &internal], vec![])?;
        }
        Ok(())
    }

    fn check_sort_operator(&self, options: &Options<'_>) -> Bind<()> {
        let Some(symbol) = options.function(&["sortop"]) else { return Ok(()) };
        let [Declared::Ours(ty)] = self.args else {
            return invalid("sort operator can only be specified for single-argument aggregates");
        };
        if operator::exact(&symbol, Some(*ty), *ty).is_none() {
            let message = format!("operator does not exist: {ty} {symbol} {ty}");
            return refuse(sqlstate::UNDEFINED_FUNCTION, message);
        }
        Ok(())
    }

    /// Steps that all keep the same state, field for field.
    #[allow(clippy::type_complexity, reason = "three steps and what they share")]
    fn alike(
        &self,
        advance: &Found,
        combine: Option<Found>,
        finish: Option<Found>,
    ) -> Bind<(Vec<StateField>, Step, Option<Step>, Option<Step>)> {
        let pick = |found: &Option<Found>, fields: &[StateField]| match found {
            None => Some(None),
            Some(found) => {
                let fits = |step: &&Step| self.fields(**step) == fields;
                found.steps.iter().find(fits).map(|step| Some(*step))
            }
        };
        let together = advance.steps.iter().find_map(|step| {
            let fields = self.fields(*step);
            Some((fields.clone(), *step, pick(&combine, &fields)?, pick(&finish, &fields)?))
        });
        match together {
            Some(steps) => Ok(steps),
            None => unsupported("support functions of different states", self.position),
        }
    }

    /// The fields of the state that a step works on.
    fn fields(&self, step: Step) -> Vec<StateField> {
        match (step, self.state) {
            // A state of one value is that value, whatever the machine calls it.
            (_, Declared::Ours(ty)) => vec![StateField { name: "state", ty: *ty }],
            (Step::Machine(aggregate), Declared::Other(_)) => aggregate.state_fields.to_vec(),
            (Step::Call(_), Declared::Other(_)) => vec![],
        }
    }

    /// INITCOND as a state.
    fn initial(
        &self,
        fields: &[StateField],
        advance: Step,
        initial: Option<&str>,
    ) -> Bind<Vec<Value>> {
        let Some(initial) = initial else { return Ok(vec![Value::Null; fields.len()]) };
        if let Declared::Ours(ty) = self.state {
            return Ok(vec![text::input(*ty, Modifier::None, initial)?]);
        }
        let built_in = support::all()
            .iter()
            .find(|one| advance == Step::Machine(one.aggregate) && one.initial == Some(initial));
        match built_in {
            Some(one) => Ok(one.aggregate.machine.init()),
            None => {
                let what = format!("INITCOND '{initial}' for a state of {}", self.state.shown());
                unsupported(what, self.position)
            }
        }
    }
}
