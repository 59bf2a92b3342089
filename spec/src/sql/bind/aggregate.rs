//! CREATE AGGREGATE: options read and checked as `DefineAggregate` does it, in its order and with its words; the functions
//! behind them are found in [`make`](self), as `AggregateCreate` does.

mod make;

use super::Bind;
use super::routine::{invalid, refuse};
use crate::agg::Aggregate;
use crate::catalogue::Catalogue;
use crate::error::{Failure, sqlstate};
use crate::expr::Safety;
use crate::sql::ast::{CreateAggregate, OptionValue, RoutineType};
use crate::value::Type;
use make::Maker;

/// The options of CREATE AGGREGATE by name, the old names included.
pub(super) struct Options<'a>(&'a CreateAggregate);

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
pub(super) enum Declared {
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

    pub(super) fn typname(&self) -> &str {
        match self {
            Declared::Ours(ty) => ty.typname(),
            Declared::Other(name) => name,
        }
    }

    /// As `format_type` prints it.
    pub(super) fn shown(&self) -> String {
        match self {
            Declared::Ours(ty) => ty.name().into(),
            Declared::Other(name) => match name.strip_suffix("[]").and_then(Type::from_name) {
                Some(ty) => format!("{ty}[]"),
                None => name.clone(),
            },
        }
    }

    pub(super) fn is_internal(&self) -> bool {
        matches!(self, Declared::Other(name) if name == "internal")
    }

    pub(super) fn is_polymorphic(&self) -> bool {
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

pub(super) fn check_state(state: &Declared) -> Bind<()> {
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
