//! Functions over the states of aggregates that are arrays: `float8_accum`, `int4_avg_combine`, `interval_avg` and their
//! like. (`float.c`, `numeric.c`, `timestamp.c`)
//!
//! In PostgreSQL they are ordinary functions, which anybody may call and build an aggregate of. What they do to a state
//! is what the machine of the built-in aggregate does; here its fields become an array and an array its fields.
//! [agg.own.array]

use std::sync::LazyLock;

use super::{Function, Safety, Volatility};
use crate::agg::{self, Aggregate, State};
use crate::error::{SqlError, sqlstate};
use crate::value::{Array, Element, Interval, Type, Value};

const FLOATS: Type = Type::Array(Element::Float8);
const INTEGERS: Type = Type::Array(Element::Int8);
const INTERVALS: Type = Type::Array(Element::Interval);

/// The name, argument types and result of a function, what it does, and the aggregate whose machine does it.
macro_rules! accumulators {
    ($($name:literal ($($arg:expr),*) -> $result:expr, $does:ident $aggregate:literal $args:expr;)*) => {
        pub(super) static FUNCTIONS: &[Function] = &[$(Function {
            name: $name,
            args: &[$($arg),*],
            result: $result,
            strict: true,
            volatility: Volatility::Immutable,
            parallel: Safety::Safe,
            cost: 1.0,
            returns_set: false,
            own: None,
            body: |args| {
                static OF: LazyLock<&'static Aggregate> = LazyLock::new(|| built_in($aggregate, &$args));
                $does($name, &OF, args)
            },
        }),*];
    };
}

accumulators! {
    "float8_accum" (FLOATS, Type::Float8) -> FLOATS, advanced "var_pop" [Type::Float8];
    "float4_accum" (FLOATS, Type::Float4) -> FLOATS, advanced "var_pop" [Type::Float4];
    "float8_combine" (FLOATS, FLOATS) -> FLOATS, combined "var_pop" [Type::Float8];
    "float8_avg" (FLOATS) -> Type::Float8, finished "avg" [Type::Float8];
    "float8_var_pop" (FLOATS) -> Type::Float8, finished "var_pop" [Type::Float8];
    "float8_var_samp" (FLOATS) -> Type::Float8, finished "var_samp" [Type::Float8];
    "float8_stddev_pop" (FLOATS) -> Type::Float8, finished "stddev_pop" [Type::Float8];
    "float8_stddev_samp" (FLOATS) -> Type::Float8, finished "stddev_samp" [Type::Float8];
    "float8_regr_accum" (FLOATS, Type::Float8, Type::Float8) -> FLOATS,
        advanced "corr" [Type::Float8, Type::Float8];
    "float8_regr_combine" (FLOATS, FLOATS) -> FLOATS, combined "corr" [Type::Float8, Type::Float8];
    "float8_corr" (FLOATS) -> Type::Float8, finished "corr" [Type::Float8, Type::Float8];
    "float8_covar_pop" (FLOATS) -> Type::Float8, finished "covar_pop" [Type::Float8, Type::Float8];
    "float8_covar_samp" (FLOATS) -> Type::Float8, finished "covar_samp" [Type::Float8, Type::Float8];
    "float8_regr_avgx" (FLOATS) -> Type::Float8, finished "regr_avgx" [Type::Float8, Type::Float8];
    "float8_regr_avgy" (FLOATS) -> Type::Float8, finished "regr_avgy" [Type::Float8, Type::Float8];
    "float8_regr_intercept" (FLOATS) -> Type::Float8,
        finished "regr_intercept" [Type::Float8, Type::Float8];
    "float8_regr_r2" (FLOATS) -> Type::Float8, finished "regr_r2" [Type::Float8, Type::Float8];
    "float8_regr_slope" (FLOATS) -> Type::Float8, finished "regr_slope" [Type::Float8, Type::Float8];
    "float8_regr_sxx" (FLOATS) -> Type::Float8, finished "regr_sxx" [Type::Float8, Type::Float8];
    "float8_regr_sxy" (FLOATS) -> Type::Float8, finished "regr_sxy" [Type::Float8, Type::Float8];
    "float8_regr_syy" (FLOATS) -> Type::Float8, finished "regr_syy" [Type::Float8, Type::Float8];
    "int2_avg_accum" (INTEGERS, Type::Int2) -> INTEGERS, advanced "avg" [Type::Int2];
    "int4_avg_accum" (INTEGERS, Type::Int4) -> INTEGERS, advanced "avg" [Type::Int4];
    "int2_avg_accum_inv" (INTEGERS, Type::Int2) -> INTEGERS, taken_out "avg" [Type::Int2];
    "int4_avg_accum_inv" (INTEGERS, Type::Int4) -> INTEGERS, taken_out "avg" [Type::Int4];
    "int4_avg_combine" (INTEGERS, INTEGERS) -> INTEGERS, combined "avg" [Type::Int4];
    "int8_avg" (INTEGERS) -> Type::Numeric, finished "avg" [Type::Int4];
    "int2int4_sum" (INTEGERS) -> Type::Int8, sum_of_integers "avg" [Type::Int4];
    "interval_accum" (INTERVALS, Type::Interval) -> INTERVALS, advanced "avg" [Type::Interval];
    "interval_accum_inv" (INTERVALS, Type::Interval) -> INTERVALS, taken_out "avg" [Type::Interval];
    "interval_combine" (INTERVALS, INTERVALS) -> INTERVALS, combined "avg" [Type::Interval];
    "interval_avg" (INTERVALS) -> Type::Interval, finished "avg" [Type::Interval];
}

fn built_in(name: &str, args: &[Type]) -> &'static Aggregate {
    let takes = |one: &&Aggregate| one.args.iter().copied().eq(args.iter().copied().map(Some));
    agg::named(name).find(takes).expect("a built-in aggregate")
}

/// The transition function: one more row.
fn advanced(name: &str, of: &Aggregate, args: &[Value]) -> Result<Value, SqlError> {
    let mut state = fields(name, of, &args[0])?;
    of.machine.transition(&mut state, &args[1..])?;
    Ok(array(&state))
}

/// The inverse of the transition function: one row less.
fn taken_out(name: &str, of: &'static Aggregate, args: &[Value]) -> Result<Value, SqlError> {
    let mut state = fields(name, of, &args[0])?;
    let moving =
        of.moving.as_ref().expect("only an aggregate that moves is listed with an inverse");
    let is_known = moving.machine.retract(&mut state, &args[1..])?;
    Ok(if is_known { array(&state) } else { Value::Null })
}

/// The combine function.
fn combined(name: &str, of: &Aggregate, args: &[Value]) -> Result<Value, SqlError> {
    let mut state = fields(name, of, &args[0])?;
    of.machine.combine(&mut state, &fields(name, of, &args[1])?)?;
    Ok(array(&state))
}

/// The final function.
fn finished(name: &str, of: &Aggregate, args: &[Value]) -> Result<Value, SqlError> {
    of.machine.finalize(&fields(name, of, &args[0])?)
}

/// The final function of the moving sum of integers: NULL of no rows.
fn sum_of_integers(name: &str, of: &Aggregate, args: &[Value]) -> Result<Value, SqlError> {
    let state = fields(name, of, &args[0])?;
    Ok(if state[0] == Value::Int8(0) { Value::Null } else { state[1].clone() })
}

/// An array as the fields of a state; intervals are counted in microseconds.
fn fields(name: &str, of: &Aggregate, value: &Value) -> Result<State, SqlError> {
    let Value::Array(array) = value else { super::misused(name, std::slice::from_ref(value)) };
    let elements = array.elements();
    let is_state = array.dimensions().len() == 1
        && elements.len() == of.state_fields.len()
        && !elements.iter().any(Value::is_null);
    if !is_state {
        let expected = format!("expected {}-element", of.state_fields.len());
        let message = match of.state_type {
            "int8[]" => format!("{expected} int8 array"),
            "interval[]" => format!("{expected} interval array"),
            _ => format!("{name}: {expected} float8 array"),
        };
        return Err(SqlError::new(sqlstate::INTERNAL_ERROR, message));
    }
    let field = |(element, ty): (&Value, Type)| match (element, ty) {
        (Value::Interval(count), Type::Int8) => Value::Int8(count.microseconds),
        (element, _) => element.clone(),
    };
    let types = of.state_fields.iter().map(|field| field.ty);
    Ok(elements.iter().zip(types).map(field).collect())
}

/// The fields of a state as an array.
fn array(state: &[Value]) -> Value {
    let of_intervals = state.iter().any(|field| matches!(field, Value::Interval(_)));
    let element = |field: &Value| match field {
        Value::Int8(count) if of_intervals => {
            Value::Interval(Interval { microseconds: *count, ..Interval::default() })
        }
        field => field.clone(),
    };
    Value::array(Array::vector(state.iter().map(element).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::function;
    use crate::value::{Modifier, text};

    fn call(name: &str, types: &[Type], args: &[&str]) -> Result<String, SqlError> {
        let inputs = types.iter().zip(args);
        let inputs =
            inputs.map(|(ty, arg)| text::input(*ty, Modifier::None, arg).expect("a value"));
        let function = function::exact(name, types).expect("it is listed");
        let answer = function.call(&inputs.collect::<Vec<_>>())?;
        Ok(if answer.is_null() { "NULL".into() } else { text::output(&answer) })
    }

    #[test]
    fn states_are_the_arrays_of_postgres() {
        crate::clauses!("agg.own.array");
        let is = |answer: Result<String, SqlError>, expected: &str| {
            assert_eq!(answer.as_deref(), Ok(expected));
        };
        is(call("float8_accum", &[FLOATS, Type::Float8], &["{0,0,0}", "5"]), "{1,5,0}");
        is(
            call(
                "float8_regr_accum",
                &[FLOATS, Type::Float8, Type::Float8],
                &["{0,0,0,0,0,0}", "2", "3"],
            ),
            "{1,3,0,2,0,0}",
        );
        is(call("int4_avg_accum", &[INTEGERS, Type::Int4], &["{0,0}", "5"]), "{1,5}");
        is(call("int4_avg_accum_inv", &[INTEGERS, Type::Int4], &["{2,7}", "5"]), "{1,2}");
        is(call("int8_avg", &[INTEGERS], &["{0,0}"]), "NULL");
        is(
            call(
                "interval_accum",
                &[INTERVALS, Type::Interval],
                &["{1 day,0:0:0.000001}", "2 days"],
            ),
            "{\"3 days\",00:00:00.000002}",
        );
        is(
            call(
                "interval_accum_inv",
                &[INTERVALS, Type::Interval],
                &["{3 days,0:0:0.000002}", "2 days"],
            ),
            "{\"1 day\",00:00:00.000001}",
        );
        is(call("interval_avg", &[INTERVALS], &["{6 day,0:0:0.000003}"]), "2 days");
        is(call("float8_var_pop", &[FLOATS], &["{3,6,2}"]), "0.6666666666666666");
    }

    #[test]
    fn an_array_that_is_no_state_is_an_error() {
        let message =
            |answer: Result<String, SqlError>| answer.expect_err("no state").message.to_string();
        assert_eq!(
            message(call("float8_accum", &[FLOATS, Type::Float8], &["{1,2}", "1"])),
            "float8_accum: expected 3-element float8 array"
        );
        assert_eq!(
            message(call("int4_avg_accum", &[INTEGERS, Type::Int4], &["{0,NULL}", "1"])),
            "expected 2-element int8 array"
        );
        assert_eq!(
            message(call("interval_avg", &[INTERVALS], &["{1}"])),
            "expected 2-element interval array"
        );
    }
}
