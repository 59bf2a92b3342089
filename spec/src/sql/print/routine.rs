//! The text of CREATE and DROP of routines.

use super::super::ast::*;
use super::{ident, list, name, string};
use crate::expr::{Safety, Volatility};
use crate::value::Modifier;

fn ty(ty: &RoutineType) -> String {
    match ty {
        RoutineType::Ours(ty) => Modifier::None.describe(ty.ty),
        RoutineType::Other(other) if other.name == "any" => "\"any\"".into(),
        RoutineType::Other(other) => other.name.clone(),
    }
}

fn arg(arg: &RoutineArg) -> String {
    let name = arg.name.as_ref().map_or(String::new(), |name| ident(name) + " ");
    let variadic = if arg.variadic { "VARIADIC " } else { "" };
    format!("{variadic}{name}{}", ty(&arg.ty))
}

fn or_replace(or_replace: bool) -> &'static str {
    if or_replace { "OR REPLACE " } else { "" }
}

pub(super) fn create_function(function: &CreateFunction) -> String {
    let volatility = match function.volatility {
        Volatility::Immutable => "IMMUTABLE",
        Volatility::Stable => "STABLE",
        Volatility::Volatile => "VOLATILE",
    };
    let parallel = match function.parallel {
        Safety::Safe => "SAFE",
        Safety::Restricted => "RESTRICTED",
        Safety::Unsafe => "UNSAFE",
    };
    let strict = if function.strict { "STRICT" } else { "CALLED ON NULL INPUT" };
    let cost = function.cost.as_ref().map_or(String::new(), |cost| format!(" COST {cost}"));
    let body = match function.returned {
        true => format!("RETURN {}", function.body),
        false => format!("AS {}", string(&function.body)),
    };
    format!(
        "CREATE {}FUNCTION {}({}) RETURNS {} LANGUAGE {} {volatility} {strict} PARALLEL {parallel}{cost} {body}",
        or_replace(function.or_replace),
        ident(&function.name),
        list(&function.args, arg),
        ty(&function.result),
        name(&function.language.name),
    )
}

/// `(*)`, `(x)`, `(x ORDER BY y)`.
fn arguments<T>(args: &[T], direct: Option<usize>, one: fn(&T) -> String) -> String {
    match direct {
        None if args.is_empty() => "(*)".into(),
        None => format!("({})", list(args, one)),
        Some(direct) => {
            let (direct, ordered) = args.split_at(direct);
            let blank = if direct.is_empty() { "" } else { " " };
            format!("({}{blank}ORDER BY {})", list(direct, one), list(ordered, one))
        }
    }
}

pub(super) fn create_aggregate(aggregate: &CreateAggregate) -> String {
    let args = match aggregate.args.as_deref() {
        None => String::new(),
        Some(args) => arguments(args, aggregate.direct, arg) + " ",
    };
    let option = |option: &AggregateOption| {
        let value = match &option.value {
            None => return name(&option.name.name),
            Some(OptionValue::Name(value)) => name(&value.name),
            Some(OptionValue::Type(value)) => ty(value),
            Some(OptionValue::Text(value)) => string(value),
            Some(OptionValue::Operator(value)) => value.clone(),
        };
        format!("{} = {value}", name(&option.name.name))
    };
    format!(
        "CREATE {}AGGREGATE {} {args}({})",
        or_replace(aggregate.or_replace),
        ident(&aggregate.name),
        list(&aggregate.options, option)
    )
}

pub(super) fn drop(kind: RoutineKind, if_exists: bool, routines: &[RoutineName]) -> String {
    let word = match kind {
        RoutineKind::Aggregate => "AGGREGATE",
        RoutineKind::Function => "FUNCTION",
    };
    let exists = if if_exists { "IF EXISTS " } else { "" };
    let routine = |routine: &RoutineName| match routine.args.as_deref() {
        None => ident(&routine.name),
        Some(types) if kind == RoutineKind::Aggregate => {
            ident(&routine.name) + &arguments(types, routine.direct, ty)
        }
        Some(types) => format!("{}({})", ident(&routine.name), list(types, ty)),
    };
    format!("DROP {word} {exists}{}", list(routines, routine))
}

#[cfg(test)]
mod tests {
    use crate::sql::positions::Positions;
    use crate::sql::{parse, print};

    #[test]
    fn definitions_of_routines_read_back() {
        crate::clauses!("rel.print-parse");
        for text in [
            "CREATE FUNCTION f(x int, \"Y\" numeric(10, 2), anyelement) RETURNS anyarray LANGUAGE sql STRICT COST 2 AS $$SELECT 'it''s' || $1$$",
            "CREATE OR REPLACE FUNCTION f(double precision, t timestamp with time zone) RETURNS text[] IMMUTABLE PARALLEL SAFE RETURN ARRAY[x + $1, 2]",
            "CREATE AGGREGATE a(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0')",
            "CREATE AGGREGATE a (BASETYPE = int, SFUNC = int4pl, STYPE = int, INITCOND = -1)",
            "CREATE OR REPLACE AGGREGATE \"A\"(x int[], \"any\") (SFUNC = f, STYPE = double precision[], SORTOP = >, FINALFUNC_EXTRA, PARALLEL = safe)",
            "CREATE AGGREGATE a(anycompatible) (SFUNC = array_append, STYPE = anycompatiblearray, INITCOND = '{}', \"XYZ\" = 1)",
            "CREATE AGGREGATE a(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA)",
            "CREATE AGGREGATE a(ORDER BY int, text) (SFUNC = ordered_set_transition_multi, STYPE = internal)",
            "CREATE AGGREGATE a(VARIADIC \"any\" ORDER BY VARIADIC \"any\") (SFUNC = ordered_set_transition_multi, STYPE = internal, HYPOTHETICAL)",
            "DROP FUNCTION IF EXISTS f, g(int, anyelement) CASCADE",
            "DROP AGGREGATE a(*), b(int), c(float8 ORDER BY anyelement), d(ORDER BY int) RESTRICT",
            "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY a DESC NULLS LAST) FILTER (WHERE b > 1), rank(1, 'x') WITHIN GROUP (ORDER BY a, b), mode() WITHIN GROUP (ORDER BY a) FROM t",
        ] {
            let read = parse::statement(text).expect(text).statement;
            let printed = print::statement(&read);
            let again = parse::statement(&printed).expect(&printed).statement;
            assert_eq!(again.without_positions(), read.without_positions(), "{text}\n{printed}");
        }
    }
}
