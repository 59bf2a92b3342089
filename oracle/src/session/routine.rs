//! Functions and aggregates that users make: CREATE and OR REPLACE. What DROP does stands in [`super::drop_routine`].

use spec::agg::Aggregate;
use spec::agg::own;
use spec::catalogue::{Catalogue, Polymorphic};
use spec::error::{Failure, SqlError, SqlState, Unsupported, sqlstate};
use spec::expr::{Expr, Function};
use spec::sql::ast::{CreateAggregate, CreateFunction, RoutineKind, RoutineType};
use spec::sql::bind::{self, MadeAggregate, MadeFunction};
use spec::value::Type;

use super::{Reply, Session};

pub(super) fn refuse<T>(state: SqlState, message: String) -> Result<T, Failure> {
    Err(SqlError::new(state, message).into())
}

/// A routine of the catalogue, whatever it is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Routine {
    pub name: String,
    /// Its argument types as PostgreSQL prints them; they are what tells it from others of its name.
    pub args: Vec<String>,
    pub what: What,
}

/// What a routine is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    Function(&'static Function),
    Aggregate(&'static Aggregate),
    Polymorphic(Polymorphic),
}

impl Routine {
    /// Every routine that users made.
    pub fn all(catalogue: &Catalogue) -> Vec<Routine> {
        let functions = catalogue.functions.iter().map(|one| What::Function(one));
        let aggregates = catalogue.aggregates.iter().map(|one| What::Aggregate(one));
        let polymorphic = catalogue.polymorphic.iter().cloned().map(What::Polymorphic);
        functions.chain(aggregates).chain(polymorphic).map(Routine::of).collect()
    }

    pub fn of(what: What) -> Routine {
        let (name, args) = match &what {
            What::Function(one) => (one.name, one.args.iter().map(|ty| ty.name().into()).collect()),
            What::Aggregate(one) => (one.name, aggregate_args(one)),
            What::Polymorphic(one) => (one.name(), polymorphic_args(one)),
        };
        Routine { name: name.into(), args, what }
    }

    pub fn kind(&self) -> RoutineKind {
        match &self.what {
            What::Function(_) | What::Polymorphic(Polymorphic::Function(_)) => {
                RoutineKind::Function
            }
            What::Aggregate(_) | What::Polymorphic(Polymorphic::Aggregate(_)) => {
                RoutineKind::Aggregate
            }
        }
    }

    /// `name(integer,text)`.
    pub fn shown(&self) -> String {
        format!("{}({})", self.name, self.args.join(","))
    }

    /// What `aggkind` says, in words.
    fn kind_in_words(&self) -> &'static str {
        match &self.what {
            What::Function(_) | What::Polymorphic(Polymorphic::Function(_)) => "a function",
            What::Aggregate(Aggregate { ordered_set: Some(set), .. }) if set.hypothetical => {
                "a hypothetical-set aggregate"
            }
            What::Aggregate(Aggregate { ordered_set: Some(_), .. }) => "an ordered-set aggregate",
            What::Polymorphic(Polymorphic::Aggregate(one)) if one.direct.is_some() => {
                "an ordered-set aggregate"
            }
            What::Aggregate(_) | What::Polymorphic(_) => "an ordinary aggregate function",
        }
    }

    /// Whether it calls a function, so that PostgreSQL knows that it depends on it; the body of a function counts where
    /// it stands after RETURN, and not where it is a text.
    pub fn depends_on(&self, other: &Routine, catalogue: &Catalogue) -> bool {
        match (&self.what, &other.what) {
            (What::Aggregate(aggregate), _) => aggregate
                .own
                .is_some_and(|own| own.calls(|function| is_made_of(function, &other.what))),
            (What::Polymorphic(Polymorphic::Aggregate(definition)), _) => {
                // It is resolved call by call; it needs the function if it cannot be made without it.
                let mut without = catalogue.clone();
                other.remove_from(&mut without);
                bind::create_aggregate(definition, &without).is_err()
            }
            (What::Function(function), _) => {
                function.own.is_some_and(|body| body.returned) && calls(function, &other.what)
            }
            (What::Polymorphic(Polymorphic::Function(_)), _) => false,
        }
    }

    pub fn remove_from(&self, catalogue: &mut Catalogue) {
        match &self.what {
            What::Function(one) => catalogue.functions.retain(|other| other != one),
            What::Aggregate(one) => catalogue.aggregates.retain(|other| other != one),
            What::Polymorphic(one) => catalogue.polymorphic.retain(|other| other != one),
        }
    }
}

fn aggregate_args(aggregate: &Aggregate) -> Vec<String> {
    let any = || "\"any\"".to_owned();
    match &aggregate.ordered_set {
        Some(set) if set.hypothetical => vec![any()],
        set => {
            let direct = set.iter().flat_map(|set| set.direct).copied().map(Some);
            let args = direct.chain(aggregate.args.iter().copied());
            args.map(|ty| ty.map_or_else(any, |ty| ty.name().into())).collect()
        }
    }
}

fn polymorphic_args(routine: &Polymorphic) -> Vec<String> {
    match routine {
        Polymorphic::Function(one) => one.args.iter().map(|arg| type_name(&arg.ty)).collect(),
        Polymorphic::Aggregate(one) => {
            one.args.iter().flatten().map(|arg| type_name(&arg.ty)).collect()
        }
    }
}

/// A type as PostgreSQL prints it.
pub(super) fn type_name(ty: &RoutineType) -> String {
    match ty {
        RoutineType::Ours(ty) => Type::name(ty.ty).into(),
        RoutineType::Other(name) if name.name == "any" => "\"any\"".into(),
        RoutineType::Other(name) => name.name.clone(),
    }
}

/// Whether a function is this one, or what a polymorphic one became for some types.
fn is_made_of(function: &'static Function, what: &What) -> bool {
    match what {
        What::Function(other) => function == *other,
        What::Polymorphic(Polymorphic::Function(definition)) => function.own.is_some_and(|body| {
            function.name == definition.name.name && body.text == definition.body
        }),
        What::Aggregate(_) | What::Polymorphic(_) => false,
    }
}

/// Whether the body of a function calls another.
pub(super) fn calls(function: &Function, other: &What) -> bool {
    fn within(expr: &Expr, other: &What) -> bool {
        matches!(expr, Expr::Call { function, .. } if is_made_of(function, other))
            || expr.operands().into_iter().any(|operand| within(operand, other))
    }
    function.own.is_some_and(|body| within(&body.expr, other))
}

impl Session {
    pub(super) fn create_function(
        &mut self,
        definition: &CreateFunction,
    ) -> Result<Reply, Failure> {
        let catalogue = &mut self.database.catalogue;
        let made = match bind::create_function(definition, catalogue)? {
            MadeFunction::Function(one) => What::Function(one),
            MadeFunction::Polymorphic(one) => What::Polymorphic(Polymorphic::Function(one)),
        };
        let made = Routine::of(made);
        let Some(old) = same(catalogue, &made, definition.or_replace)? else {
            add(catalogue, made.what);
            return Ok(Reply::tag("CREATE FUNCTION"));
        };
        check_replaced(&old, definition)?;
        // Bodies, and aggregates of them, hold the functions they call as they were when they were bound.
        let holds = |other: &Routine| match &other.what {
            What::Function(function) => calls(function, &old.what),
            What::Aggregate(aggregate) => {
                let is_polymorphic = matches!(old.what, What::Polymorphic(_));
                let calls = |function| is_made_of(function, &old.what);
                is_polymorphic && aggregate.own.is_some_and(|own| own.calls(calls))
            }
            What::Polymorphic(_) => false,
        };
        if old != made && Routine::all(catalogue).iter().any(holds) {
            let what = format!("replacing function {}, which other routines call", old.name);
            return Err(Unsupported::new(what).at(definition.name.position).into());
        }
        if let (What::Function(old), What::Function(new)) = (&old.what, &made.what) {
            for aggregate in &mut catalogue.aggregates {
                if let Some(own) = aggregate.own {
                    *aggregate = own::intern(own.with_replaced(old, new));
                }
            }
        }
        put(catalogue, &old, made.what);
        Ok(Reply::tag("CREATE FUNCTION"))
    }

    pub(super) fn create_aggregate(
        &mut self,
        definition: &CreateAggregate,
    ) -> Result<Reply, Failure> {
        let warning =
            |name: &str| format!("WARNING:  aggregate attribute \"{name}\" not recognized");
        let notices = bind::unrecognized(definition).into_iter().map(warning).collect();
        let reply = Reply { notices, ..Reply::tag("CREATE AGGREGATE") };
        let catalogue = &mut self.database.catalogue;
        let made = match bind::create_aggregate(definition, catalogue)? {
            MadeAggregate::Aggregate(one) => What::Aggregate(one),
            MadeAggregate::Polymorphic(one) => What::Polymorphic(Polymorphic::Aggregate(one)),
        };
        let made = Routine::of(made);
        let Some(old) = same(catalogue, &made, definition.or_replace)? else {
            add(catalogue, made.what);
            return Ok(reply);
        };
        let changes = match (&old.what, &made.what) {
            (What::Aggregate(old), What::Aggregate(new)) => old.result != new.result,
            _ if old != made => {
                let what = "replacing a polymorphic aggregate by another";
                return Err(Unsupported::new(what).at(definition.name.position).into());
            }
            _ => false,
        };
        if changes {
            return cannot_change_type(&old);
        }
        put(catalogue, &old, made.what);
        Ok(reply)
    }
}

/// The routine that stands in the place of a new one, which may replace it.
fn same(
    catalogue: &Catalogue,
    made: &Routine,
    or_replace: bool,
) -> Result<Option<Routine>, Failure> {
    let alike = |other: &Routine| other.name == made.name && other.args == made.args;
    let Some(old) = Routine::all(catalogue).into_iter().find(alike) else { return Ok(None) };
    if !or_replace {
        let message = format!("function \"{}\" already exists with same argument types", made.name);
        return refuse(sqlstate::DUPLICATE_FUNCTION, message);
    }
    let words = match (old.kind(), made.kind()) {
        (RoutineKind::Aggregate, RoutineKind::Function) => "an aggregate function",
        _ => old.kind_in_words(),
    };
    if old.kind_in_words() != made.kind_in_words() {
        let error = SqlError::new(sqlstate::WRONG_OBJECT_TYPE, "cannot change routine kind");
        return Err(error.detail(format!("\"{}\" is {words}.", made.name)).into());
    }
    Ok(Some(old))
}

fn add(catalogue: &mut Catalogue, what: What) {
    match what {
        What::Function(one) => catalogue.functions.push(one),
        What::Aggregate(one) => catalogue.aggregates.push(one),
        What::Polymorphic(one) => catalogue.polymorphic.push(one),
    }
}

/// Puts a routine in the place of another of its kind and arguments.
fn put(catalogue: &mut Catalogue, old: &Routine, new: What) {
    fn replace<T: PartialEq>(list: &mut [T], old: &T, new: T) {
        if let Some(at) = list.iter().position(|other| other == old) {
            list[at] = new;
        }
    }
    match (&old.what, new) {
        (What::Function(old), What::Function(new)) => replace(&mut catalogue.functions, old, new),
        (What::Aggregate(old), What::Aggregate(new)) => {
            replace(&mut catalogue.aggregates, old, new);
        }
        (What::Polymorphic(old), What::Polymorphic(new)) => {
            replace(&mut catalogue.polymorphic, old, new);
        }
        (_, new) => {
            old.remove_from(catalogue);
            add(catalogue, new);
        }
    }
}

/// OR REPLACE may change neither the result type nor a name that an argument has. [agg.own.replace]
fn check_replaced(old: &Routine, definition: &CreateFunction) -> Result<(), Failure> {
    let new_result = type_name(&definition.result);
    let (old_result, old_names) = match &old.what {
        What::Function(one) => (
            one.result.name().to_owned(),
            one.own.map(|body| body.names.clone()).unwrap_or_default(),
        ),
        What::Polymorphic(Polymorphic::Function(one)) => {
            let names = one.args.iter().map(|arg| arg.name.as_ref().map(|name| name.name.clone()));
            (type_name(&one.result), names.collect())
        }
        What::Aggregate(_) | What::Polymorphic(_) => return Ok(()),
    };
    if old_result != new_result {
        return cannot_change_type(old);
    }
    let new_names = definition.args.iter().map(|arg| arg.name.as_ref().map(|name| &name.name));
    let changed =
        old_names.iter().zip(new_names).find(|(old, new)| old.is_some() && old.as_ref() != *new);
    if let Some((Some(name), _)) = changed {
        let message = format!("cannot change name of input parameter \"{name}\"");
        let error = SqlError::new(sqlstate::INVALID_FUNCTION_DEFINITION, message);
        return Err(error.hint(format!("Use DROP FUNCTION {} first.", old.shown())).into());
    }
    Ok(())
}

fn cannot_change_type<T>(old: &Routine) -> Result<T, Failure> {
    let word = if old.kind() == RoutineKind::Aggregate { "AGGREGATE" } else { "FUNCTION" };
    let message = "cannot change return type of existing function";
    let error = SqlError::new(sqlstate::INVALID_FUNCTION_DEFINITION, message);
    Err(error.hint(format!("Use DROP {word} {} first.", old.shown())).into())
}
