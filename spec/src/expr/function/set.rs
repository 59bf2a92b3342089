//! Functions that give sets of rows: `generate_series`, `unnest`. They stand in FROM, and [`rows`] is their meaning.

use crate::error::{SqlError, sqlstate};
use crate::expr::{Function, Safety, Volatility};
use crate::value::{Element, Interval, Numeric, Type, Value, order, timestamp};

use Type::{Int4, Int8};

/// A function in FROM, with these argument types and this row type.
const fn series(args: &'static [Type], result: Type) -> Function {
    of_rows("generate_series", args, result)
}

const fn of_rows(name: &'static str, args: &'static [Type], result: Type) -> Function {
    Function {
        name,
        args,
        result,
        strict: true,
        volatility: Volatility::Immutable,
        parallel: Safety::Safe,
        cost: 1.0,
        returns_set: true,
        own: None,
        body: |_| {
            let message = "set-valued function called in context that cannot accept a set";
            Err(SqlError::new(sqlstate::FEATURE_NOT_SUPPORTED, message))
        },
    }
}

pub(super) static FUNCTIONS: &[Function] = &[
    series(&[Int4, Int4], Int4),
    series(&[Int4, Int4, Int4], Int4),
    series(&[Int8, Int8], Int8),
    series(&[Int8, Int8, Int8], Int8),
    series(&[Type::Numeric, Type::Numeric], Type::Numeric),
    series(&[Type::Numeric, Type::Numeric, Type::Numeric], Type::Numeric),
    series(&[Type::Timestamp, Type::Timestamp, Type::Interval], Type::Timestamp),
    Function {
        volatility: Volatility::Stable,
        ..series(&[Type::TimestampTz, Type::TimestampTz, Type::Interval], Type::TimestampTz)
    },
];

/// `unnest` and `generate_subscripts`, of every element type.
macro_rules! of_arrays {
    ($($ty:ident),*) => {
        pub(super) static POLYMORPHIC: &[&[Function]] = &[
            &[$(of_rows("unnest", &[Type::Array(Element::$ty)], Type::$ty)),*],
            &[$(of_rows("generate_subscripts", &[Type::Array(Element::$ty), Int4], Int4)),*],
            &[$(of_rows(
                "generate_subscripts",
                &[Type::Array(Element::$ty), Int4, Type::Bool],
                Int4
            )),*],
        ];
    };
}

super::array::each_element!(of_arrays);

/// The rows of a set-returning function, in its order; none if an argument is NULL. [expr.series]
///
/// # Errors
/// 22023 for a step of zero and for bounds without an order (NaN, infinity).
pub fn rows(function: &Function, args: &[Value]) -> Result<Vec<Value>, SqlError> {
    if args.iter().any(Value::is_null) {
        return Ok(Vec::new());
    }
    match args {
        [Value::Int4(from), Value::Int4(to), step @ ..] => {
            let step = match step {
                [Value::Int4(step)] => *step,
                _ => 1,
            };
            let numbers = integers((*from).into(), (*to).into(), step.into())?;
            // A series between two int4 stays between them.
            Ok(numbers.map(|number| Value::Int4(number as i32)).collect())
        }
        [Value::Int8(from), Value::Int8(to), step @ ..] => {
            let step = match step {
                [Value::Int8(step)] => *step,
                _ => 1,
            };
            Ok(integers(*from, *to, step)?.map(Value::Int8).collect())
        }
        [Value::Numeric(from), Value::Numeric(to), step @ ..] => {
            let step = match step {
                [Value::Numeric(step)] => step.clone(),
                _ => Numeric::from_i128(1),
            };
            numerics(from, to, &step)
        }
        [Value::Timestamp(from), Value::Timestamp(to), Value::Interval(step)] => {
            timestamps(*from, *to, *step, Value::Timestamp)
        }
        [Value::TimestampTz(from), Value::TimestampTz(to), Value::Interval(step)] => {
            timestamps(*from, *to, *step, Value::TimestampTz)
        }
        [Value::Array(array)] => Ok(array.elements().to_vec()),
        [Value::Array(array), Value::Int4(number), reverse @ ..] => {
            let dimension =
                usize::try_from(*number - 1).ok().and_then(|i| array.dimensions().get(i));
            let Some(dimension) = dimension else { return Ok(Vec::new()) };
            let mut subscripts: Vec<_> =
                (dimension.lower..).take(dimension.length).map(Value::Int4).collect();
            if matches!(reverse, [Value::Bool(true)]) {
                subscripts.reverse();
            }
            Ok(subscripts)
        }
        _ => super::misused(function.name, args),
    }
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> SqlError {
    SqlError::new(sqlstate::INVALID_PARAMETER_VALUE, message)
}

fn zero_step() -> SqlError {
    invalid("step size cannot equal zero")
}

/// The numbers from one to another; a series that would leave the type ends.
fn integers(from: i64, to: i64, step: i64) -> Result<impl Iterator<Item = i64>, SqlError> {
    if step == 0 {
        return Err(zero_step());
    }
    let inside = move |number: &i64| if step > 0 { *number <= to } else { *number >= to };
    Ok(std::iter::successors(Some(from), move |number| number.checked_add(step)).take_while(inside))
}

fn numerics(from: &Numeric, to: &Numeric, step: &Numeric) -> Result<Vec<Value>, SqlError> {
    for (bound, name) in [(from, "start"), (to, "stop")] {
        orderly(bound, name, "value")?;
    }
    orderly(step, "step", "size")?;
    if step.is_zero() {
        return Err(zero_step());
    }
    let mut numbers = Vec::new();
    let mut number = from.clone();
    let beyond =
        if step.is_negative() { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater };
    while number.compare(to) != beyond {
        let next = number.add(step)?;
        numbers.push(Value::Numeric(number));
        number = next;
    }
    Ok(numbers)
}

/// Refuses a bound or step that is not finite.
fn orderly(number: &Numeric, what: &str, noun: &str) -> Result<(), SqlError> {
    match number {
        Numeric::Finite { .. } => Ok(()),
        Numeric::NaN => Err(invalid(format!("{what} {noun} cannot be NaN"))),
        _ => Err(invalid(format!("{what} {noun} cannot be infinity"))),
    }
}

/// Steps of an interval: of months too, so that steps differ in length.
fn timestamps(
    from: i64,
    to: i64,
    step: Interval,
    of: fn(i64) -> Value,
) -> Result<Vec<Value>, SqlError> {
    let zero = Value::Interval(Interval::default());
    let direction = order::compare(&Value::Interval(step), &zero);
    if direction.is_eq() {
        return Err(zero_step());
    }
    let mut moments = Vec::new();
    let mut moment = from;
    if !timestamp::is_finite(from) && from.cmp(&to) != direction {
        // PostgreSQL repeats it until a disk is full.
        let message = "a series that begins at infinity has no end";
        return Err(SqlError::new(sqlstate::PROGRAM_LIMIT_EXCEEDED, message));
    }
    while moment.cmp(&to) != direction {
        moments.push(of(moment));
        moment = timestamp::add_interval(moment, step)?;
    }
    Ok(moments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Modifier, text};

    /// The rows for arguments of these texts, or the SQLSTATE.
    fn series(args: &[(Type, &str)]) -> Result<Vec<String>, String> {
        let types: Vec<_> = args.iter().map(|(ty, _)| *ty).collect();
        let function = super::super::exact("generate_series", &types).expect("a listed function");
        let read = |(ty, word): &(Type, &str)| text::input(*ty, Modifier::None, word).unwrap();
        match rows(function, &args.iter().map(read).collect::<Vec<_>>()) {
            Ok(rows) => Ok(rows.iter().map(text::output).collect()),
            Err(error) => Err(error.sqlstate.to_string()),
        }
    }

    #[test]
    fn a_series_ends_where_its_type_ends() {
        let ends = series(&[(Int4, "2147483646"), (Int4, "2147483647"), (Int4, "2")]);
        assert_eq!(ends.unwrap(), ["2147483646"]);
        let down =
            series(&[(Int8, "-9223372036854775807"), (Int8, "-9223372036854775808"), (Int8, "-1")]);
        assert_eq!(down.unwrap(), ["-9223372036854775807", "-9223372036854775808"]);
        assert_eq!(series(&[(Int4, "2"), (Int4, "1")]).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_step_of_zero_and_bounds_without_an_order_are_refused() {
        assert_eq!(series(&[(Int4, "1"), (Int4, "2"), (Int4, "0")]), Err("22023".to_owned()));
        let numeric = Type::Numeric;
        assert_eq!(series(&[(numeric, "1"), (numeric, "NaN")]), Err("22023".to_owned()));
        assert_eq!(
            series(&[(numeric, "1"), (numeric, "2"), (numeric, "0.0")]),
            Err("22023".to_owned())
        );
    }

    #[test]
    fn steps_of_months_differ_in_length() {
        let (moment, span) = (Type::Timestamp, Type::Interval);
        let months = series(&[(moment, "2024-01-31"), (moment, "2024-04-30"), (span, "1 mon")]);
        let expected = [
            "2024-01-31 00:00:00",
            "2024-02-29 00:00:00",
            "2024-03-29 00:00:00",
            "2024-04-29 00:00:00",
        ];
        assert_eq!(months.unwrap(), expected);
        let numbers =
            series(&[(Type::Numeric, "1"), (Type::Numeric, "2"), (Type::Numeric, "0.50")]);
        assert_eq!(numbers.unwrap(), ["1", "1.50", "2.00"]);
    }
}
