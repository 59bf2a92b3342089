//! CREATE AGGREGATE: options read and checked as `DefineAggregate` does it, in its order and with its words; the functions
//! behind them are found in [`make`](self), as `AggregateCreate` does.

mod make;
mod ordered_set;

use super::Bind;
use super::polymorphic::{self, Family, Types};
use super::routine::{invalid, refuse};
use crate::agg::Aggregate;
use crate::catalogue::Catalogue;
use crate::error::{Failure, sqlstate};
use crate::expr::Safety;
use crate::sql::ast::{CreateAggregate, OptionValue, RoutineType};
use crate::value::Type;
use make::Maker;

/// The options of CREATE AGGREGATE by name, the old names included.
pub(super) struct Options<'a>(&'a CreateAggregate, Types);

impl<'a> Options<'a> {
    pub(super) fn value(&self, names: &[&str]) -> Option<&'a OptionValue> {
        // Of an option that is given twice PostgreSQL takes the last one.
        let option =
            self.0.options.iter().rev().find(|one| names.contains(&one.name.name.as_str()));
        option.and_then(|option| option.value.as_ref())
    }

    pub(super) fn is_set(&self, name: &str) -> bool {
        let option = self.0.options.iter().rev().find(|option| option.name.name == name);
        option.is_some_and(|option| match &option.value {
            None => true,
            Some(value) => matches!(word(value).as_str(), "true" | "on" | "1"),
        })
    }

    pub(super) fn function(&self, names: &[&str]) -> Option<String> {
        self.value(names).map(word)
    }

    pub(super) fn ty(&self, names: &[&str]) -> Bind<Option<Declared>> {
        self.value(names).map(|value| declared(value, self.1)).transpose()
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

/// A declared type: ours, a polymorphic one with a specimen in its place, or another by its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Declared {
    Ours(Type),
    Polymorphic(Type, String),
    Other(String),
}

impl Declared {
    fn of(ty: &RoutineType, specimen: Types) -> Bind<Declared> {
        Ok(match ty {
            RoutineType::Ours(ty) => Declared::Ours(ty.ty),
            RoutineType::Other(name) => match specimen.put(&name.name)? {
                Some(ty) => Declared::Polymorphic(ty, name.name.clone()),
                None => Declared::Other(name.name.clone()),
            },
        })
    }

    /// The type, if it is one of ours.
    pub(super) fn ty(&self) -> Option<Type> {
        match self {
            Declared::Ours(ty) | Declared::Polymorphic(ty, _) => Some(*ty),
            Declared::Other(_) => None,
        }
    }

    pub(super) fn family(&self) -> Option<Family> {
        match self {
            Declared::Polymorphic(_, name) => polymorphic::family(name),
            Declared::Ours(_) | Declared::Other(_) => None,
        }
    }

    /// As dossiers name the types of states: `int8`, `float8[]`, `internal`.
    pub(super) fn catalogue_name(&self) -> String {
        match self {
            Declared::Ours(ty) | Declared::Polymorphic(ty, _) => match ty.element() {
                Some(element) => format!("{}[]", element.typname()),
                None => ty.typname().into(),
            },
            Declared::Other(name) => name.clone(),
        }
    }

    /// As `format_type` prints it.
    pub(super) fn shown(&self) -> String {
        match self {
            Declared::Ours(ty) => ty.name().into(),
            Declared::Other(name) if name == "any" => "\"any\"".into(),
            Declared::Polymorphic(_, name) | Declared::Other(name) => name.clone(),
        }
    }

    pub(super) fn is_internal(&self) -> bool {
        matches!(self, Declared::Other(name) if name == "internal")
    }

    /// Whether it is a pseudo-type that no state may have.
    fn is_pseudo(&self) -> bool {
        let known = ["cstring", "record", "trigger", "void", "any"];
        matches!(self, Declared::Other(name) if known.contains(&name.as_str()))
    }
}

fn declared(value: &OptionValue, specimen: Types) -> Bind<Declared> {
    match value {
        OptionValue::Type(ty) => Declared::of(ty, specimen),
        other => match Type::from_name(&word(other).to_lowercase()) {
            Some(ty) => Ok(Declared::Ours(ty)),
            None => {
                let message = format!("type \"{}\" does not exist", word(other));
                refuse(sqlstate::UNDEFINED_OBJECT, message)
            }
        },
    }
}

/// What CREATE AGGREGATE makes.
#[derive(Clone, Debug, PartialEq)]
pub enum MadeAggregate {
    /// An aggregate of values.
    Aggregate(&'static Aggregate),
    /// An aggregate over polymorphic types.
    Polymorphic(CreateAggregate),
}

/// The aggregate that a CREATE AGGREGATE describes. [agg.own]
///
/// A polymorphic one is tried with two types for whatever stands in its arguments: what holds of both is a matter of its
/// declaration, since no function of the catalogue is over exactly these. [agg.own.polymorphic]
///
/// # Errors
/// 42P13, 42804, 42883, 42601 and 22P02 as PostgreSQL has them; `Unsupported` for support functions and types that it has
/// and we do not.
pub fn create_aggregate(
    definition: &CreateAggregate,
    catalogue: &Catalogue,
) -> Result<MadeAggregate, Failure> {
    if !is_polymorphic(definition) {
        return concrete_aggregate(definition, catalogue).map(MadeAggregate::Aggregate);
    }
    for specimen in [Type::Int4, Type::Text].map(Types::specimen) {
        described(definition, catalogue, specimen)?;
    }
    Ok(MadeAggregate::Polymorphic(definition.clone()))
}

fn is_polymorphic(definition: &CreateAggregate) -> bool {
    let types = definition.options.iter().filter_map(|option| match &option.value {
        Some(OptionValue::Type(ty)) => Some(ty),
        _ => None,
    });
    let args = definition.args.iter().flatten().map(|arg| &arg.ty);
    types.chain(args).any(polymorphic::is_polymorphic)
}

/// The aggregate of a definition without polymorphic types.
pub(super) fn concrete_aggregate(
    definition: &CreateAggregate,
    catalogue: &Catalogue,
) -> Bind<&'static Aggregate> {
    described(definition, catalogue, Types::default())
}

/// The attributes that CREATE AGGREGATE does not know: PostgreSQL warns of each and goes on. [agg.own.attribute]
pub fn unrecognized(definition: &CreateAggregate) -> Vec<&str> {
    const KNOWN: [&str; 24] = [
        "basetype",
        "combinefunc",
        "deserialfunc",
        "finalfunc",
        "finalfunc_extra",
        "finalfunc_modify",
        "hypothetical",
        "initcond",
        "initcond1",
        "mfinalfunc",
        "mfinalfunc_extra",
        "mfinalfunc_modify",
        "minitcond",
        "minvfunc",
        "msfunc",
        "msspace",
        "mstype",
        "parallel",
        "serialfunc",
        "sfunc",
        "sfunc1",
        "sortop",
        "sspace",
        "stype",
    ];
    let names = definition.options.iter().map(|option| option.name.name.as_str());
    names.filter(|name| !KNOWN.contains(name) && *name != "stype1").collect()
}

/// The aggregate, with a specimen in the place of each polymorphic type.
fn described(
    definition: &CreateAggregate,
    catalogue: &Catalogue,
    specimen: Types,
) -> Bind<&'static Aggregate> {
    let options = Options(definition, specimen);
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
    for (name, what) in
        [("stype", "transition"), ("stype1", "transition"), ("mstype", "transition")]
    {
        if let Some(OptionValue::Type(ty)) = options.value(&[name]) {
            let written = definition.args.iter().flatten().map(|arg| &arg.ty);
            polymorphic::check_determined(what, ty, written)?;
        }
    }
    let position = definition.name.position;
    if let Some(direct) = definition.direct {
        let (direct, ordered) = args.split_at(direct);
        let maker = Maker { catalogue, args: ordered, state, position };
        return maker.ordered_set(definition, direct, &options, transition, labels);
    }
    let maker = Maker { catalogue, args: &args, state, position };
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
        (Some(args), None) => args.iter().map(|arg| Declared::of(&arg.ty, options.1)).collect(),
        (None, None) => invalid("aggregate input type must be specified"),
        (None, Some(base)) if word(base).eq_ignore_ascii_case("any") => Ok(vec![]),
        (None, Some(base)) => Ok(vec![declared(base, options.1)?]),
    }
}

pub(super) fn check_state(state: &Declared) -> Bind<()> {
    if state.is_pseudo() {
        return invalid(format!("aggregate transition data type cannot be {}", state.shown()));
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
    if options.is_set("hypothetical") && options.0.direct.is_none() {
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
