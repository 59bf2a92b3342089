//! Routines over polymorphic types: which types a call gives them (manual, "Polymorphic Types"; `parse_coerce.c`).
//!
//! ```text
//! anyelement, anynonarray, anyarray                        all the same type, of the arrays the element's; no casts
//! anycompatible, anycompatiblenonarray, anycompatiblearray their common type, to which each is cast
//! ```
//!
//! The catalogue keeps the statement that made such a routine. A call finds the types, puts them in their places, and
//! binds what it then reads: an ordinary routine, the same one for the same types. [agg.own.polymorphic]

use super::{Bind, coerce, fail};
use crate::agg::Aggregate;
use crate::catalogue::{Catalogue, Polymorphic};
use crate::error::sqlstate;
use crate::expr::Function;
use crate::expr::operator::CastContext;
use crate::sql::ast::{
    AggregateOption, CreateAggregate, CreateFunction, Ident, OptionValue, RoutineArg, RoutineType,
    TypeName,
};
use crate::value::{Modifier, Type};

/// The two families of polymorphic types: within one all types agree, between them nothing is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// `anyelement` and its like.
    Element,
    /// `anycompatible` and its like.
    Compatible,
}

/// What a polymorphic type says of the type in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Any,
    Array,
    NonArray,
}

fn of_name(name: &str) -> Option<(Family, Shape)> {
    Some(match name {
        "anyelement" => (Family::Element, Shape::Any),
        "anyarray" => (Family::Element, Shape::Array),
        "anynonarray" => (Family::Element, Shape::NonArray),
        "anycompatible" => (Family::Compatible, Shape::Any),
        "anycompatiblearray" => (Family::Compatible, Shape::Array),
        "anycompatiblenonarray" => (Family::Compatible, Shape::NonArray),
        _ => return None,
    })
}

/// The family of a type's name, if it is polymorphic and over types that we have.
pub(super) fn family(name: &str) -> Option<Family> {
    of_name(name).map(|(family, _)| family)
}

/// Whether a type is one of the polymorphic ones.
pub(super) fn is_polymorphic(ty: &RoutineType) -> bool {
    matches!(ty, RoutineType::Other(name) if family(&name.name).is_some())
}

/// The types of one call: what each family stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Types {
    element: Option<Type>,
    compatible: Option<Type>,
}

impl Types {
    /// Types that a definition is tried with before anybody calls it.
    pub(super) const fn specimen(ty: Type) -> Types {
        Types { element: Some(ty), compatible: Some(ty) }
    }

    /// What takes the place of a polymorphic type.
    ///
    /// # Errors
    /// 42804 where only untyped literals came; 42704 for an array of arrays.
    pub(super) fn put(&self, name: &str) -> Bind<Option<Type>> {
        let Some((family, shape)) = of_name(name) else { return Ok(None) };
        let ty = match family {
            Family::Element => self.element,
            Family::Compatible => self.compatible,
        };
        let Some(ty) = ty else {
            let message = "could not determine polymorphic type because input has type unknown";
            return fail(sqlstate::DATATYPE_MISMATCH, message, 0);
        };
        if shape != Shape::Array {
            return Ok(Some(ty));
        }
        match ty.array() {
            Some(array) => Ok(Some(array)),
            None => {
                let message = format!("could not find array type for data type {ty}");
                fail(sqlstate::UNDEFINED_OBJECT, message, 0)
            }
        }
    }
}

/// What a routine takes, as it was declared.
pub(super) fn declared(routine: &Polymorphic) -> Vec<&RoutineType> {
    match routine {
        Polymorphic::Function(function) => function.args.iter().map(|arg| &arg.ty).collect(),
        Polymorphic::Aggregate(aggregate) => {
            aggregate.args.iter().flatten().map(|arg| &arg.ty).collect()
        }
    }
}

/// The types that these inputs give a routine; `None` where it does not take them.
pub(super) fn types(routine: &Polymorphic, inputs: &[Type]) -> Option<Types> {
    let declared = declared(routine);
    if declared.len() != inputs.len() {
        return None;
    }
    let mut types = Types::default();
    let mut compatible = vec![];
    for (declared, input) in declared.into_iter().zip(inputs.iter().copied()) {
        let name = match declared {
            RoutineType::Ours(ty) => {
                if !coerce::can_coerce(input, ty.ty, CastContext::Implicit) {
                    return None;
                }
                continue;
            }
            RoutineType::Other(name) => &name.name,
        };
        let Some((family, shape)) = of_name(name) else {
            if name == "any" {
                continue;
            }
            return None;
        };
        let ty = match (shape, input) {
            (_, Type::Unknown) => Type::Unknown,
            (Shape::Array, input) => input.element()?,
            (Shape::NonArray, input) if input.element().is_some() => return None,
            (_, input) => input,
        };
        match family {
            Family::Compatible => compatible.push((ty, 0)),
            Family::Element if ty == Type::Unknown => {}
            Family::Element if types.element.is_some_and(|other| other != ty) => return None,
            Family::Element => types.element = Some(ty),
        }
    }
    if !compatible.is_empty() {
        let common = coerce::common_type(&compatible, "ARRAY").ok()?;
        let fits = |(ty, _): &(Type, usize)| coerce::can_coerce(*ty, common, CastContext::Implicit);
        if !compatible.iter().all(fits) {
            return None;
        }
        types.compatible = Some(common);
    }
    Some(types)
}

fn concrete(ty: &RoutineType, types: Types) -> Bind<RoutineType> {
    let RoutineType::Other(name) = ty else { return Ok(ty.clone()) };
    Ok(match types.put(&name.name)? {
        Some(ty) => {
            let position = name.position;
            RoutineType::Ours(TypeName { ty, modifier: Modifier::None, position })
        }
        None => ty.clone(),
    })
}

fn concrete_args(args: &[RoutineArg], types: Types) -> Bind<Vec<RoutineArg>> {
    let arg = |arg: &RoutineArg| Ok(RoutineArg { ty: concrete(&arg.ty, types)?, ..arg.clone() });
    args.iter().map(arg).collect()
}

/// The function that a polymorphic one is for these types.
///
/// # Errors
/// What its body may not do with them.
pub(super) fn function(
    definition: &CreateFunction,
    types: Types,
    catalogue: &Catalogue,
) -> Bind<&'static Function> {
    let definition = CreateFunction {
        args: concrete_args(&definition.args, types)?,
        result: concrete(&definition.result, types)?,
        ..definition.clone()
    };
    super::routine::concrete_function(&definition, catalogue)
}

/// The aggregate that a polymorphic one is for these types.
///
/// # Errors
/// What its support functions may not do with them.
pub(super) fn aggregate(
    definition: &CreateAggregate,
    types: Types,
    catalogue: &Catalogue,
) -> Bind<&'static Aggregate> {
    let option = |option: &AggregateOption| {
        let value = match &option.value {
            Some(OptionValue::Type(ty)) => Some(OptionValue::Type(concrete(ty, types)?)),
            other => other.clone(),
        };
        Ok(AggregateOption { value, ..option.clone() })
    };
    let args = definition.args.as_deref();
    let definition = CreateAggregate {
        args: args.map(|args| concrete_args(args, types)).transpose()?,
        options: definition.options.iter().map(option).collect::<Bind<_>>()?,
        ..definition.clone()
    };
    super::aggregate::concrete_aggregate(&definition, catalogue)
}

/// That a result or state of this type follows from none of the arguments. [agg.own.polymorphic]
pub(super) fn check_determined<'a>(
    what: &str,
    result: &RoutineType,
    args: impl IntoIterator<Item = &'a RoutineType>,
) -> Bind<()> {
    let RoutineType::Other(Ident { name, .. }) = result else { return Ok(()) };
    let Some(wanted) = family(name) else { return Ok(()) };
    let mut args = args.into_iter();
    let determines = |arg: &RoutineType| matches!(arg, RoutineType::Other(arg) if family(&arg.name) == Some(wanted));
    if args.any(determines) {
        return Ok(());
    }
    let needed = match wanted {
        Family::Element => "anyelement, anyarray, anynonarray, anyenum, anyrange, or anymultirange",
        Family::Compatible => {
            "anycompatible, anycompatiblearray, anycompatiblenonarray, anycompatiblerange, or anycompatiblemultirange"
        }
    };
    let message = format!("cannot determine {what} data type");
    let error = super::error(sqlstate::INVALID_FUNCTION_DEFINITION, message, 0);
    let detail = format!("A result of type {name} requires at least one input of type {needed}.");
    Err(error.detail(detail).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::ast::Statement;
    use crate::sql::parse;
    use crate::value::Element;

    fn routine(args: &str) -> Polymorphic {
        let text = format!("CREATE AGGREGATE a({args}) (SFUNC = f, STYPE = int)");
        match parse::statement(&text).expect("it parses").statement {
            Statement::CreateAggregate(aggregate) => Polymorphic::Aggregate(*aggregate),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn elements_agree_exactly_and_compatible_types_have_a_common_one() {
        crate::clauses!("agg.own.polymorphic");
        let (int, text, numeric) = (Type::Int4, Type::Text, Type::Numeric);
        let ints = Type::Array(Element::Int4);
        let element = |args, inputs: &[Type]| {
            types(&routine(args), inputs).map(|types| types.put("anyelement").expect("a type"))
        };
        assert_eq!(element("anyelement, anyelement", &[int, int]), Some(Some(int)));
        assert_eq!(element("anyelement, anyelement", &[int, Type::Unknown]), Some(Some(int)));
        assert_eq!(element("anyelement, anyelement", &[int, numeric]), None);
        assert_eq!(element("anyarray, anyelement", &[ints, int]), Some(Some(int)));
        assert_eq!(element("anyarray", &[int]), None);
        assert_eq!(element("anynonarray", &[ints]), None);
        assert_eq!(element("anyelement", &[ints]), Some(Some(ints)));
        let array = |args, inputs: &[Type]| {
            types(&routine(args), inputs)
                .map(|types| types.put("anycompatiblearray").expect("a type"))
        };
        let numerics = numeric.array();
        assert_eq!(array("anycompatible, anycompatible", &[int, numeric]), Some(numerics));
        assert_eq!(array("anycompatible", &[Type::Unknown]), Some(text.array()));
        assert_eq!(array("anycompatiblearray, anycompatible", &[ints, numeric]), Some(numerics));
    }

    #[test]
    fn what_no_argument_determines_is_an_error() {
        let unknown = types(&routine("anyelement"), &[Type::Unknown]).expect("it takes anything");
        assert!(unknown.put("anyelement").is_err());
        let nested = types(&routine("anyelement"), &[Type::Array(Element::Int4)]).expect("taken");
        assert!(nested.put("anyarray").is_err());
    }
}
