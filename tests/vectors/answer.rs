//! Answers of the model, and whether an engine's value is one.

use num_bigint::BigInt;
use serde_json::Value as Json;
use spec::value::{Interval, Modifier, Numeric, text};
use spec::{SqlError, Type, Value};

/// A value of the model as a value of a type; `None` if the type has no such value. Whole numbers are months of an interval.
pub fn typed(json: &Json, ty: Type) -> Option<Value> {
    let whole = || json.as_i64();
    Some(match (json, ty) {
        (Json::Null, _) => Value::Null,
        (Json::Bool(truth), Type::Bool) => Value::Bool(*truth),
        (Json::String(text), Type::Numeric) => text::input(ty, Modifier::None, text).ok()?,
        (Json::String(text), Type::Text) => Value::text(text.as_str()),
        (Json::Array(parts), Type::Interval) => {
            let [months, days, microseconds] = &parts[..] else { return None };
            Value::Interval(Interval {
                months: months.as_i64()?.try_into().ok()?,
                days: days.as_i64()?.try_into().ok()?,
                microseconds: microseconds.as_i64()?,
            })
        }
        (_, Type::Int2) => Value::Int2(whole()?.try_into().ok()?),
        (_, Type::Int4) => Value::Int4(whole()?.try_into().ok()?),
        (_, Type::Int8) => Value::Int8(whole()?),
        (_, Type::Numeric) => Value::Numeric(Numeric::from_i128(whole()?.into())),
        // Larger ones are not all doubles.
        (_, Type::Float8) => Value::Float8(i32::try_from(whole()?).ok()?.into()),
        (_, Type::Text) => Value::text(whole()?.to_string()),
        (_, Type::Interval) => {
            let months = whole()?.try_into().ok()?;
            Value::Interval(Interval { months, ..Interval::default() })
        }
        _ => return None,
    })
}

/// Whether a value or an error is the answer that the model gives. A decimal has the model's digits, zeros included.
pub fn is(expected: &Json, found: &Result<Value, SqlError>) -> bool {
    let value = match found {
        Err(_) => return expected == "error",
        Ok(value) => value,
    };
    match (expected, value) {
        (Json::Null, value) => value.is_null(),
        (Json::Bool(truth), value) => *value == Value::Bool(*truth),
        (Json::String(text), Value::Numeric(Numeric::Finite { coefficient, scale }))
            if text.contains('/') =>
        {
            rounds_to(quotient(text), (coefficient.clone(), *scale))
        }
        (Json::String(text), Value::Interval(interval)) => {
            let months = text.parse().unwrap_or_default();
            text != "error" && *interval == Interval { months, ..Interval::default() }
        }
        (Json::String(text), value) => !value.is_null() && text::output(value) == *text,
        (Json::Array(_), Value::Interval(_)) => {
            typed(expected, Type::Interval).as_ref() == Some(value)
        }
        (Json::Array(items), value) => joined(items) == *value,
        _ => false,
    }
}

/// A list as `string_agg` with a comma shows it: of none, NULL.
fn joined(items: &[Json]) -> Value {
    let texts: Vec<String> = items.iter().map(Json::to_string).collect();
    if texts.is_empty() { Value::Null } else { Value::text(texts.join(",")) }
}

/// The integer or exact quotient `7/3` of the model, the denominator being positive.
pub fn quotient(text: &str) -> (BigInt, BigInt) {
    let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
    (numerator.parse().unwrap_or_default(), denominator.parse().unwrap_or_default())
}

/// Whether a decimal is the exact quotient, rounded once: to nearest, halves away from zero, with 16 digits or more. How many
/// more is not the model's business.
fn rounds_to((numerator, denominator): (BigInt, BigInt), (found, scale): (BigInt, u16)) -> bool {
    let exact = numerator * BigInt::from(10).pow(scale.into());
    let off = &found * &denominator - &exact;
    if off == BigInt::ZERO {
        return true;
    }
    let size = |number: &BigInt| number.magnitude().clone();
    let half = (size(&off) * 2u32).cmp(denominator.magnitude());
    let nearest =
        half.is_lt() || half.is_eq() && size(&found) * denominator.magnitude() > size(&exact);
    nearest && size(&found).to_string().len() >= 16
}

/// The double nearest to an answer of the model, whose numbers are small.
pub fn nearest_float(expected: &Json) -> Value {
    let small = |number: BigInt| number.to_string().parse::<f64>().expect("a number");
    expected.as_str().map_or(Value::Null, |text| {
        let (numerator, denominator) = quotient(text);
        Value::Float8(small(numerator) / small(denominator))
    })
}
