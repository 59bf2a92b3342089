//! Overloads: which function or operator a call means (manual 10.2 and 10.3; `parse_func.c`, `parse_oper.c`).
//!
//! ```text
//! exact        a signature that is the argument types themselves
//! match        else: the signatures that implicit casts reach; untyped literals match anything
//! select       of these, most exact types; then most exact or preferred types; then, for untyped literals, one
//!              type category (strings if any accepts one) and its preferred type; then the known types' own type
//! ```
//!
//! We know fewer functions than PostgreSQL. When none of ours fits, the call is matched against the signatures of
//! PostgreSQL's whole catalogue over our types: a call that PostgreSQL accepts is outside the subset, not an error.

use std::sync::LazyLock;

use super::coerce::{self, can_coerce};
use super::polymorphic::{self, Family};
use super::{Bind, Bound, error, fail, unsupported};
use crate::agg::{self, Aggregate};
use crate::catalogue::{Catalogue, Polymorphic};
use crate::error::{SqlError, sqlstate};
use crate::expr::operator::{self, CastContext, Operator};
use crate::expr::{CallSyntax, Expr, Function, function};
use crate::sql::ast::RoutineType;
use crate::value::Type;

/// Something that may be called: argument types (`None` takes any) and what it is.
#[derive(Clone, Debug)]
pub(super) struct Candidate<T> {
    args: Vec<Option<Type>>,
    item: T,
}

/// What resolution found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice<T> {
    One(T),
    None,
    Ambiguous,
}

/// Chooses among candidates by the types of the arguments. [expr.overload]
pub(super) fn choose<T: Copy>(candidates: &[Candidate<T>], inputs: &[Type]) -> Choice<T> {
    let exact = |candidate: &&Candidate<T>| {
        candidate.args.len() == inputs.len()
            && candidate.args.iter().zip(inputs).all(|(arg, ty)| *arg == Some(*ty))
    };
    if let Some(candidate) = candidates.iter().find(exact) {
        return Choice::One(candidate.item);
    }
    let accepts = |arg: &Option<Type>, ty: &Type| {
        arg.is_none_or(|arg| can_coerce(*ty, arg, CastContext::Implicit))
    };
    let fitting: Vec<&Candidate<T>> = candidates
        .iter()
        .filter(|candidate| candidate.args.len() == inputs.len())
        .filter(|candidate| candidate.args.iter().zip(inputs).all(|(arg, ty)| accepts(arg, ty)))
        .collect();
    match fitting[..] {
        [] => Choice::None,
        [one] => Choice::One(one.item),
        _ => select(fitting, inputs).map_or(Choice::Ambiguous, Choice::One),
    }
}

/// `func_select_candidate`.
fn select<T: Copy>(mut fitting: Vec<&Candidate<T>>, inputs: &[Type]) -> Option<T> {
    keep_best(&mut fitting, inputs, |arg, input| arg == input);
    if let [one] = fitting[..] {
        return Some(one.item);
    }
    keep_best(&mut fitting, inputs, |arg, input| {
        arg == input
            || (operator::preferred(arg) && operator::category(arg) == operator::category(input))
    });
    if let [one] = fitting[..] {
        return Some(one.item);
    }
    if !inputs.contains(&Type::Unknown) {
        return None;
    }
    keep_category_of_unknowns(&mut fitting, inputs);
    if let [one] = fitting[..] {
        return Some(one.item);
    }
    let mut known = inputs.iter().filter(|ty| **ty != Type::Unknown);
    let first = *known.next()?;
    if known.any(|ty| *ty != first) {
        return None;
    }
    let takes_known = |candidate: &&&Candidate<T>| {
        let mut args = candidate.args.iter();
        args.all(|arg| arg.is_none_or(|arg| can_coerce(first, arg, CastContext::Implicit)))
    };
    let mut taking = fitting.iter().filter(takes_known);
    match (taking.next(), taking.next()) {
        (Some(one), None) => Some(one.item),
        _ => None,
    }
}

/// Keeps the candidates that are good in most of the arguments with known types.
fn keep_best<T>(
    fitting: &mut Vec<&Candidate<T>>,
    inputs: &[Type],
    good: impl Fn(Type, Type) -> bool,
) {
    let score = |candidate: &Candidate<T>| {
        let pairs = candidate.args.iter().zip(inputs);
        pairs
            .filter(|(arg, input)| {
                **input != Type::Unknown && arg.is_some_and(|arg| good(arg, **input))
            })
            .count()
    };
    let best = fitting.iter().map(|candidate| score(candidate)).max().unwrap_or(0);
    fitting.retain(|candidate| score(candidate) == best);
}

/// Gives each untyped literal a type category, and keeps the candidates that agree with all of them; does nothing if
/// the candidates disagree on a category.
fn keep_category_of_unknowns<T>(fitting: &mut Vec<&Candidate<T>>, inputs: &[Type]) {
    // The pseudo-type "any" is in a category of its own, without a preferred type.
    let category = |arg: Option<Type>| arg.map_or('P', operator::category);
    let preferred = |arg: Option<Type>| arg.is_some_and(operator::preferred);
    let mut slots = vec![];
    for (slot, _) in inputs.iter().enumerate().filter(|(_, ty)| **ty == Type::Unknown) {
        let mut args = fitting.iter().map(|candidate| candidate.args[slot]);
        let wanted = if args.clone().any(|arg| category(arg) == 'S') {
            'S'
        } else {
            let first = args.clone().next().map_or('P', category);
            if args.any(|arg| category(arg) != first) {
                return;
            }
            first
        };
        let mut members = fitting.iter().map(|candidate| candidate.args[slot]);
        let has_preferred = members.any(|arg| category(arg) == wanted && preferred(arg));
        slots.push((slot, wanted, has_preferred));
    }
    let agrees = |candidate: &Candidate<T>| {
        slots.iter().all(|&(slot, wanted, has_preferred)| {
            let arg = candidate.args[slot];
            category(arg) == wanted && (!has_preferred || preferred(arg))
        })
    };
    if fitting.iter().any(|candidate| agrees(candidate)) {
        fitting.retain(|candidate| agrees(candidate));
    }
}

/// A signature of PostgreSQL's catalogue over our types: `name type type …`.
type Signatures = Vec<(&'static str, Vec<Option<Type>>)>;

fn signatures(text: &'static str) -> Signatures {
    let parse = |line: &'static str| {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default();
        (name, words.map(Type::from_name).collect())
    };
    let mut list: Signatures = text.lines().map(parse).collect();
    list.sort_by_key(|(name, _)| *name);
    list
}

static OPERATORS: LazyLock<Signatures> =
    LazyLock::new(|| signatures(include_str!("postgres_operators.txt")));
static FUNCTIONS: LazyLock<Signatures> =
    LazyLock::new(|| signatures(include_str!("postgres_functions.txt")));

fn postgres(list: &'static Signatures, name: &str) -> Vec<Candidate<()>> {
    let start = list.partition_point(|(other, _)| *other < name);
    let same = list[start..].iter().take_while(|(other, _)| *other == name);
    same.map(|(_, args)| Candidate { args: args.clone(), item: () }).collect()
}

/// Whether PostgreSQL has a function of this name that takes arguments of types that we do not have.
pub(super) fn is_foreign(name: &str) -> bool {
    static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let mut names: Vec<_> = include_str!("postgres_names.txt").lines().collect();
        names.sort_unstable();
        names
    });
    NAMES.binary_search(&name).is_ok()
}

const HINT_MISSING: &str =
    "given name and argument types. You might need to add explicit type casts.";

fn missing_hint(kind: &str, unary: bool) -> String {
    if unary {
        return format!(
            "No {kind} matches the given name and argument type. You might need to add an explicit type cast."
        );
    }
    format!("No {kind} matches the {HINT_MISSING}")
}

fn not_unique(kind: &str, what: String, position: usize) -> SqlError {
    error(sqlstate::AMBIGUOUS_FUNCTION, what, position).hint(format!(
        "Could not choose a best candidate {kind}. You might need to add explicit type casts."
    ))
}

/// The operator that a symbol means between operands of these types (`left` is none for a prefix operator).
///
/// # Errors
/// 42883 for none, 42725 for more than one, `Unsupported` for one that we do not have.
pub(super) fn operator(
    symbol: &str,
    left: Option<Type>,
    right: Type,
    position: usize,
) -> Bind<&'static Operator> {
    if let Some(exact) = operator::exact(symbol, left, right) {
        return Ok(exact);
    }
    let inputs: Vec<Type> = left.into_iter().chain([right]).collect();
    let candidates: Vec<_> = operator::named(symbol)
        .filter(|operator| operator.left.is_some() == left.is_some())
        .filter(|operator| suits_arrays(operator, left, right))
        .map(|operator| Candidate {
            args: operator.left.into_iter().chain([operator.right]).map(Some).collect(),
            item: operator,
        })
        .collect();
    // An untyped operand is first taken to be of the other one's type.
    if let [a, b] = inputs[..] {
        let same = if a == Type::Unknown { b } else { a };
        if (a == Type::Unknown || b == Type::Unknown) && same != Type::Unknown {
            let exact = |candidate: &&Candidate<_>| candidate.args == [Some(same), Some(same)];
            if let Some(candidate) = candidates.iter().find(exact) {
                return Ok(candidate.item);
            }
        }
    }
    let written = match left {
        Some(left) => format!("{left} {symbol} {right}"),
        None => format!("{symbol} {right}"),
    };
    let theirs: Vec<_> = postgres(&OPERATORS, symbol)
        .into_iter()
        .filter(|candidate| candidate.args.len() == inputs.len())
        .collect();
    match (choose(&candidates, &inputs), choose(&theirs, &inputs)) {
        (_, Choice::Ambiguous) | (Choice::Ambiguous, Choice::None) => {
            let what = format!("operator is not unique: {written}");
            Err(not_unique("operator", what, position).into())
        }
        (Choice::One(operator), _) => Ok(operator),
        (_, Choice::One(())) => unsupported(format!("operators {written}"), position),
        (Choice::None, Choice::None) => {
            let what = format!("operator does not exist: {written}");
            let error = error(sqlstate::UNDEFINED_FUNCTION, what, position);
            let error = among(error, "operators", symbol, &candidates);
            Err(error.hint(missing_hint("operator", left.is_none())).into())
        }
    }
}

/// Whether an operator of arrays is a candidate for these operands: `anyarray = anyarray` does not make bigint[] of
/// integer[]; concatenation, of `anycompatiblearray`, does, but only where one side is an array already.
fn suits_arrays(operator: &Operator, left: Option<Type>, right: Type) -> bool {
    let is_array = |ty: Option<Type>| matches!(ty, Some(Type::Array(_)));
    if !is_array(operator.left) && !is_array(Some(operator.right)) {
        return true;
    }
    let fits = |input: Option<Type>, own| input == own || input == Some(Type::Unknown);
    match operator.symbol {
        "||" => is_array(left) || is_array(Some(right)),
        _ => fits(left, operator.left) && fits(Some(right), Some(operator.right)),
    }
}

/// Whether a function of arrays takes these arguments, as [`suits_arrays`] for operators.
fn takes_arrays(name: &str, args: &[Type], inputs: &[Type]) -> bool {
    function::array::takes_casts(name)
        || args
            .iter()
            .zip(inputs)
            .all(|(arg, input)| arg.element().is_none() || arg == input || *input == Type::Unknown)
}

/// A call of an operator, with its operands cast to what it takes.
pub(super) fn call_operator(
    symbol: &str,
    left: Option<Bound>,
    right: Bound,
    position: usize,
) -> Bind<Bound> {
    let start = left.as_ref().map_or(position, |left| left.position.min(position));
    let (left, right) = concatenation(symbol, left, right, position)?;
    let operator = operator(symbol, left.as_ref().map(Bound::ty), right.ty(), position)?;
    let mut args = vec![];
    if let (Some(left), Some(ty)) = (left, operator.left) {
        args.push(coerce::argument(left, ty, position)?.expr);
    }
    args.push(coerce::argument(right, operator.right, position)?.expr);
    let syntax = CallSyntax::Operator(operator.symbol);
    Ok(Bound::new(Expr::Call { function: operator.function, args, syntax, position }, start))
}

/// `x || text` and `text || x` take any x (`anytextcat`, `textanycat`): x as text.
fn concatenation(
    symbol: &str,
    left: Option<Bound>,
    right: Bound,
    position: usize,
) -> Bind<(Option<Bound>, Bound)> {
    let Some(left) = left else { return Ok((None, right)) };
    let other = |ty: Type| !ty.is_string() && ty != Type::Unknown;
    let (l, r) = (left.ty(), right.ty());
    let arrays = l.element().is_some() || r.element().is_some();
    // Byte strings have an operator of their own, which an untyped literal joins.
    let bytes = [l, r].contains(&Type::Bytea) && [l, r].contains(&Type::Unknown);
    if symbol != "||" || arrays || bytes || other(l) == other(r) {
        return Ok((Some(left), right));
    }
    let as_text =
        |bound| coerce::explicit(bound, Type::Text, crate::value::Modifier::None, position);
    if other(l) { Ok((Some(as_text(left)?), right)) } else { Ok((Some(left), as_text(right)?)) }
}

/// What a call by name means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Callee {
    Function(&'static Function),
    Aggregate(&'static Aggregate),
    /// A polymorphic routine of the catalogue, by its place there.
    Polymorphic(usize),
    /// A cast in the form of a call: `float8(x)`.
    Cast(Type),
}

/// The types of a call as PostgreSQL writes them: `upper(integer)`. What special syntax calls (TRIM is
/// `btrim`) is shown with its schema.
pub(super) fn signature(name: &str, inputs: &[Type]) -> String {
    let types: Vec<_> = inputs.iter().map(|ty| ty.name()).collect();
    let special = matches!(name, "extract" | "position" | "like_escape" | "btrim");
    format!("{}{name}({})", if special { "pg_catalog." } else { "" }, types.join(", "))
}

/// The function or aggregate that a name means for arguments of these types.
///
/// # Errors
/// 42883 for none, 42725 for more than one, `Unsupported` for one that we do not have.
pub(super) fn function(
    name: &str,
    inputs: &[Type],
    star: bool,
    position: usize,
    catalogue: &Catalogue,
) -> Bind<Callee> {
    // PostgreSQL looks in pg_catalog first: of two with the same arguments the built-in one is meant.
    let suiting = |function: &&Function| {
        !matches!(function.name, function::array::SUBSCRIPT | function::array::SLICE)
            && takes_arrays(name, function.args, inputs)
    };
    let functions = function::named(name).filter(suiting);
    let functions = functions.chain(catalogue.functions_named(name));
    let functions = functions.map(|function| Candidate {
        args: function.args.iter().copied().map(Some).collect(),
        item: Callee::Function(function),
    });
    let known = agg::of_name(name).filter(|aggregate| aggregate.since <= catalogue.version);
    let aggregates = known.chain(catalogue.aggregates_named(name));
    let aggregates = aggregates.map(|aggregate| Candidate {
        args: all_arguments(aggregate, inputs),
        item: Callee::Aggregate(aggregate),
    });
    let own = own_polymorphic(name, inputs, catalogue, Callee::Polymorphic);
    let candidates: Vec<_> = functions.chain(aggregates).chain(own).collect();
    let exact = |candidate: &&Candidate<Callee>| {
        candidate.args.iter().copied().eq(inputs.iter().copied().map(Some))
    };
    if let Some(candidate) = candidates.iter().find(exact) {
        return Ok(candidate.item);
    }
    if let Some(callee) = cast_call(name, inputs) {
        return Ok(callee);
    }
    let polymorphic =
        |one: &Candidate<Callee>| matches!(one.item, Callee::Aggregate(one) if one.polymorphic);
    let right_number = candidates.first().is_some_and(|one| one.args.len() == inputs.len());
    if inputs.last() == Some(&Type::Unknown) && right_number && candidates.iter().all(polymorphic) {
        let message = "could not determine polymorphic type because input has type unknown";
        return fail(sqlstate::DATATYPE_MISMATCH, message, 0);
    }
    let theirs = postgres(&FUNCTIONS, name);
    match (choose(&candidates, inputs), choose(&theirs, inputs)) {
        (Choice::Ambiguous, Choice::None) if all_of_arrays(&candidates) => {
            let message = "could not determine polymorphic type because input has type unknown";
            fail(sqlstate::DATATYPE_MISMATCH, message, position)
        }
        (_, Choice::Ambiguous) | (Choice::Ambiguous, Choice::None) => {
            let what = format!("function {} is not unique", signature(name, inputs));
            Err(not_unique("function", what, position).into())
        }
        (Choice::One(Callee::Polymorphic(at)), _) => made(catalogue, at, inputs),
        (Choice::One(callee), _) => Ok(callee),
        (_, Choice::One(())) => {
            unsupported(format!("functions {}", signature(name, inputs)), position)
        }
        (Choice::None, Choice::None) if candidates.is_empty() && is_foreign(name) && !star => {
            unsupported(format!("functions {}", signature(name, inputs)), position)
        }
        (Choice::None, Choice::None) => {
            let what = format!("function {} does not exist", signature(name, inputs));
            let error = error(sqlstate::UNDEFINED_FUNCTION, what, position);
            let error = among(error, "functions", name, &candidates);
            Err(error.hint(missing_hint("function", false)).into())
        }
    }
}

/// The polymorphic routines that take these inputs. As in PostgreSQL, `anyelement` and its like are in a category of
/// their own, so that a routine over the very types is preferred.
fn own_polymorphic<T>(
    name: &str,
    inputs: &[Type],
    catalogue: &Catalogue,
    item: impl Fn(usize) -> T,
) -> Vec<Candidate<T>> {
    let ty = |ty: &&RoutineType| match ty {
        RoutineType::Ours(ty) => Some(ty.ty),
        RoutineType::Other(_) => None,
    };
    let routines = catalogue.polymorphic.iter().enumerate();
    let named = routines.filter(|(_, routine)| routine.name() == name);
    let taking = named.filter(|(_, routine)| polymorphic::types(routine, inputs).is_some());
    let candidate = |(at, routine): (usize, &Polymorphic)| Candidate {
        args: polymorphic::declared(routine).iter().map(ty).collect(),
        item: item(at),
    };
    taking.map(candidate).collect()
}

/// The routine that a polymorphic one is for these inputs.
fn made(catalogue: &Catalogue, at: usize, inputs: &[Type]) -> Bind<Callee> {
    let routine = &catalogue.polymorphic[at];
    let types = polymorphic::types(routine, inputs).unwrap_or_default();
    Ok(match routine {
        Polymorphic::Function(function) => {
            Callee::Function(polymorphic::function(function, types, catalogue)?)
        }
        Polymorphic::Aggregate(aggregate) => {
            Callee::Aggregate(polymorphic::aggregate(aggregate, types, catalogue)?)
        }
    })
}

/// The family of a function's polymorphic arguments, if it has any: of built-in ones as PostgreSQL declares them.
pub(super) fn family(name: &str, catalogue: &Catalogue) -> Family {
    const COMPATIBLE: [&str; 7] = [
        "array_append",
        "array_cat",
        "array_position",
        "array_positions",
        "array_prepend",
        "array_remove",
        "array_replace",
    ];
    let own = catalogue.polymorphic_named(name).flat_map(polymorphic::declared);
    let mut families = own.filter_map(|ty| match ty {
        RoutineType::Ours(_) => None,
        RoutineType::Other(name) => polymorphic::family(&name.name),
    });
    match families.next() {
        Some(family) => family,
        None if COMPATIBLE.contains(&name) => Family::Compatible,
        None => Family::Element,
    }
}

/// Whether only polymorphic functions of arrays are left, whose type an untyped literal cannot tell.
fn all_of_arrays<T>(candidates: &[Candidate<T>]) -> bool {
    let of_array = |candidate: &Candidate<T>| {
        candidate.args.iter().flatten().any(|arg| arg.element().is_some())
    };
    !candidates.is_empty() && candidates.iter().all(of_array)
}

/// What a support function's name means for these argument types.
pub(super) enum Support {
    /// This function.
    One(&'static Function),
    /// None, or more than one: PostgreSQL says that it does not exist.
    None,
}

/// The plain function that a support function's name means.
pub(super) fn support(name: &str, inputs: &[Type], catalogue: &Catalogue) -> Bind<Support> {
    let functions = function::named(name).filter(|function| !function.returns_set);
    let functions = functions.chain(catalogue.functions_named(name));
    let functions = functions.map(|function| Candidate {
        args: function.args.iter().copied().map(Some).collect(),
        item: Callee::Function(function),
    });
    let own = own_polymorphic(name, inputs, catalogue, Callee::Polymorphic);
    let candidates: Vec<_> = functions.chain(own).collect();
    Ok(match choose(&candidates, inputs) {
        Choice::One(Callee::Function(function)) => Support::One(function),
        Choice::One(Callee::Polymorphic(at)) => match made(catalogue, at, inputs)? {
            Callee::Function(function) => Support::One(function),
            _ => Support::None,
        },
        _ => Support::None,
    })
}

/// Whether we have a built-in function of this name.
pub(super) fn is_ours(name: &str) -> bool {
    function::named(name).next().is_some()
}

/// Whether a function of PostgreSQL's takes these types, or may: one over types that we do not have.
pub(super) fn postgres_takes(name: &str, inputs: &[Type]) -> bool {
    is_foreign(name) || choose(&postgres(&FUNCTIONS, name), inputs) != Choice::None
}

/// Whether PostgreSQL has a function of this name, whatever its arguments.
pub(super) fn is_known_to_postgres(name: &str) -> bool {
    is_foreign(name) || !postgres(&FUNCTIONS, name).is_empty()
}

/// What an aggregate takes as PostgreSQL looks it up: direct arguments, then those that WITHIN GROUP orders by; a
/// hypothetical-set aggregate takes anything.
fn all_arguments(aggregate: &Aggregate, inputs: &[Type]) -> Vec<Option<Type>> {
    match &aggregate.ordered_set {
        Some(set) if set.hypothetical => vec![None; inputs.len()],
        Some(set) => set.direct.iter().copied().map(Some).chain(aggregate.args.to_vec()).collect(),
        None => aggregate.args.to_vec(),
    }
}

/// The error with the candidates that were considered, which PostgreSQL keeps to itself.
fn among<T>(error: SqlError, what: &str, name: &str, candidates: &[Candidate<T>]) -> SqlError {
    if candidates.is_empty() {
        return error;
    }
    let ty = |ty: &Option<Type>| ty.map_or("any".to_owned(), |ty| ty.to_string());
    let args = |candidate: &Candidate<T>| candidate.args.iter().map(ty).collect::<Vec<_>>();
    let shown = |candidate| format!("{name}({})", args(candidate).join(", "));
    let mut shown: Vec<String> = candidates.iter().map(shown).collect();
    shown.dedup();
    let more = shown.len().saturating_sub(CANDIDATES_SHOWN);
    shown.truncate(CANDIDATES_SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    error.detail(format!("The {what} of this name are {}{more}.", shown.join(", ")))
}

/// How many candidates an error names.
const CANDIDATES_SHOWN: usize = 8;

/// A call of a type's name with one argument is a cast, if the argument is an untyped literal or the cast has no
/// function of its own.
fn cast_call(name: &str, inputs: &[Type]) -> Option<Callee> {
    let to = Type::SCALARS.into_iter().find(|ty| ty.typname() == name)?;
    let [from] = inputs else { return None };
    let by_conversion = || {
        let rule = operator::cast(*from, to)?;
        let function = matches!(rule.conversion, operator::Conversion::Function(_));
        Some(!function)
    };
    (*from == Type::Unknown || by_conversion()?).then_some(Callee::Cast(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(list: &[&[Type]]) -> Vec<Candidate<usize>> {
        let args = |args: &&[Type]| args.iter().copied().map(Some).collect();
        list.iter().enumerate().map(|(item, list)| Candidate { args: args(list), item }).collect()
    }

    #[test]
    fn an_untyped_literal_prefers_strings() {
        let list = candidates(&[&[Type::Int4], &[Type::Text]]);
        assert_eq!(choose(&list, &[Type::Unknown]), Choice::One(1));
    }

    #[test]
    fn an_integer_becomes_the_preferred_number() {
        let list = candidates(&[&[Type::Numeric], &[Type::Float8]]);
        assert_eq!(choose(&list, &[Type::Int4]), Choice::One(1));
    }

    #[test]
    fn categories_that_disagree_are_ambiguous() {
        let list = candidates(&[&[Type::Date, Type::Int4], &[Type::Date, Type::Interval]]);
        assert_eq!(choose(&list, &[Type::Date, Type::Unknown]), Choice::Ambiguous);
    }

    #[test]
    fn nothing_that_fits_is_none() {
        let list = candidates(&[&[Type::Int4]]);
        assert_eq!(choose(&list, &[Type::Text]), Choice::None);
    }
}
