//! Aggregate calls as SQL text: those of numbers and strings, and those that need an order or newer types.

use spec::agg;
use spec::value::Type;

use super::Choices;
use super::expression::{Scope, literal};

/// An aggregate call over a column or expression.
pub(super) fn call(choices: &mut dyn Choices, scope: &Scope, version: u64) -> String {
    // Tables of types that every database may have are drawn as they always were.
    if scope.has_all_types() && choices.once_in(2) {
        let call = of_all_types(choices, scope, version);
        return filtered(choices, scope, call);
    }
    let (column, ty) = scope.any(choices);
    let argument = match choices.once_in(4) {
        true => scope.expression(choices, ty, 1),
        false => column,
    };
    let number = ["sum", "avg", "min", "max", "count", "sum", "variance", "stddev_pop", "var_pop"];
    let name: &str = match ty {
        _ if choices.below(8) == 0 => return filtered(choices, scope, "count(*)".into()),
        Type::Int2 | Type::Int4 | Type::Int8 if choices.once_in(6) => {
            choices.pick(&["bit_and", "bit_or", "bit_xor"])
        }
        _ if ty.is_number() && choices.once_in(5) => {
            let pair = of_pairs(choices, scope, argument);
            return filtered(choices, scope, pair);
        }
        _ if ty.is_number() => choices.pick(&number),
        Type::Bool => choices.pick(&["bool_and", "bool_or", "every", "count"]),
        Type::Interval => choices.pick(&["sum", "avg", "min", "max", "count"]),
        _ if !has_extremes(ty) => "count",
        _ if ty.is_string() && choices.once_in(8) => {
            return filtered(choices, scope, format!("string_agg({argument}::text, ',')"));
        }
        _ => choices.pick(&["min", "max", "count"]),
    };
    let distinct = if choices.once_in(12) { "DISTINCT " } else { "" };
    filtered(choices, scope, format!("{name}({distinct}{argument})"))
}

/// Whether `min` and `max` take the type in every version.
pub(super) fn has_extremes(ty: Type) -> bool {
    !matches!(ty, Type::Bool | Type::Name | Type::Bytea)
}

/// An aggregate of pairs: the number, and another one or itself.
fn of_pairs(choices: &mut dyn Choices, scope: &Scope, argument: String) -> String {
    let names: Vec<_> = agg::all().filter(|aggregate| aggregate.args == [FLOAT, FLOAT]).collect();
    let name = names[choices.below(names.len())].name;
    let other = scope.column(choices, Type::is_number).unwrap_or_else(|| argument.clone());
    format!("{name}({argument}, {other})")
}

const FLOAT: Option<Type> = Some(Type::Float8);

fn filtered(choices: &mut dyn Choices, scope: &Scope, call: String) -> String {
    if !choices.once_in(8) {
        return call;
    }
    format!("{call} FILTER (WHERE {})", scope.condition(choices, 0))
}

/// Lists, ordered sets and ranks, over a column of any type.
fn of_all_types(choices: &mut dyn Choices, scope: &Scope, version: u64) -> String {
    let (column, ty) = scope.any(choices);
    match choices.below(8) {
        0 | 1 => list(choices, scope, "array_agg", &column, ""),
        2 => match scope.column(choices, |ty| ty == Type::Bytea) {
            Some(bytes) => list(choices, scope, "string_agg", &bytes, ", '\\x2c'"),
            None => list(choices, scope, "string_agg", &format!("{column}::text"), ", ','"),
        },
        3 => {
            let order = direction(choices);
            format!("percentile_disc({}) WITHIN GROUP (ORDER BY {column}{order})", part(choices))
        }
        4 => {
            let measured = |ty: Type| ty.is_number() || ty == Type::Interval;
            let column = scope.column(choices, measured).unwrap_or_else(|| "1.5".into());
            let order = direction(choices);
            format!("percentile_cont({}) WITHIN GROUP (ORDER BY {column}{order})", part(choices))
        }
        5 => format!("mode() WITHIN GROUP (ORDER BY {column}{})", direction(choices)),
        6 => rank(choices, scope, &column, ty),
        _ if version >= 160_000 => format!("any_value({column})"),
        _ => format!("count(DISTINCT {column})"),
    }
}

/// A list, mostly in an order: of values in no order every list of them is permitted.
fn list(
    choices: &mut dyn Choices,
    scope: &Scope,
    name: &str,
    column: &str,
    delimiter: &str,
) -> String {
    match choices.below(5) {
        0 => format!("{name}({column}{delimiter})"),
        // DISTINCT is ordered by its arguments only.
        1 if delimiter.is_empty() => format!("{name}(DISTINCT {column})"),
        2 => {
            let (key, _) = scope.any(choices);
            let order = direction(choices);
            format!("{name}({column}{delimiter} ORDER BY {key}{order}, {column})")
        }
        _ => format!("{name}({column}{delimiter} ORDER BY {column}{})", direction(choices)),
    }
}

fn direction(choices: &mut dyn Choices) -> &'static str {
    choices.pick(&["", "", " DESC", " NULLS FIRST", " DESC NULLS LAST"])
}

/// A fraction for a percentile: most are one of the quarters, where discrete percentiles change; some are out of range.
fn part(choices: &mut dyn Choices) -> &'static str {
    choices.pick(&["0.5", "0.25", "0", "1", "0.75", "0.1", "0.5", "0.9", "NULL", "1.5"])
}

/// The rank of a hypothetical row of one or two columns.
fn rank(choices: &mut dyn Choices, scope: &Scope, column: &str, ty: Type) -> String {
    let name = choices.pick(&["rank", "dense_rank", "percent_rank", "cume_dist"]);
    let (first, order) = (literal(choices, ty), direction(choices));
    if !choices.once_in(3) {
        return format!("{name}({first}) WITHIN GROUP (ORDER BY {column}{order})");
    }
    let (other, other_type) = scope.any(choices);
    let second = literal(choices, other_type);
    format!("{name}({first}, {second}) WITHIN GROUP (ORDER BY {column}{order}, {other})")
}
