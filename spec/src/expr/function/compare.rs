//! Comparison: `= <> < <= > >=` for every pair of types that PostgreSQL has them for.
//!
//! One order per pair of types; the six operators ask it. NaN equals itself and is greater than every other number, for
//! floating point as for numeric; `char(n)` does not compare trailing blanks. [expr.compare.total]

use std::cmp::Ordering;

use super::Function;
use crate::value::{Interval, Value, order};

/// Six comparisons over one order: a name is prefix, operator and suffix (`int4` `eq` ``, `date_` `eq` `_timestamp`).
macro_rules! comparisons {
    ($($prefix:literal $suffix:literal $left:ident $right:ident $order:expr;)*) => {
        pub(super) static FUNCTIONS: &[Function] = &[$(
            entry!(($prefix "eq" $suffix) (a: $left, b: $right) -> Bool = $order(a, b).is_eq()),
            entry!(($prefix "ne" $suffix) (a: $left, b: $right) -> Bool = $order(a, b).is_ne()),
            entry!(($prefix "lt" $suffix) (a: $left, b: $right) -> Bool = $order(a, b).is_lt()),
            entry!(($prefix "le" $suffix) (a: $left, b: $right) -> Bool = $order(a, b).is_le()),
            entry!(($prefix "gt" $suffix) (a: $left, b: $right) -> Bool = $order(a, b).is_gt()),
            entry!(($prefix "ge" $suffix) (a: $left, b: $right) -> Bool = $order(a, b).is_ge()),
        )*
            // Equality of texts has names of its own style.
            entry!("texteq"(a: Text, b: Text) -> Bool = a == b),
            entry!("textne"(a: Text, b: Text) -> Bool = a != b),
            entry!("text_lt"(a: Text, b: Text) -> Bool = a < b),
            entry!("text_le"(a: Text, b: Text) -> Bool = a <= b),
            entry!("text_gt"(a: Text, b: Text) -> Bool = a > b),
            entry!("text_ge"(a: Text, b: Text) -> Bool = a >= b),
        ];
    };
}

comparisons! {
    "bool" "" Bool Bool natural;
    "int2" "" Int2 Int2 natural;
    "int4" "" Int4 Int4 natural;
    "int8" "" Int8 Int8 natural;
    "int24" "" Int2 Int4 integers;
    "int42" "" Int4 Int2 integers;
    "int28" "" Int2 Int8 integers;
    "int82" "" Int8 Int2 integers;
    "int48" "" Int4 Int8 integers;
    "int84" "" Int8 Int4 integers;
    "float4" "" Float4 Float4 floats;
    "float8" "" Float8 Float8 floats;
    "float48" "" Float4 Float8 floats;
    "float84" "" Float8 Float4 floats;
    "numeric_" "" Numeric Numeric crate::value::Numeric::compare;
    "bpchar" "" Bpchar Bpchar blank_padded;
    "name" "" Name Name natural;
    "name" "text" Name Text natural;
    "text" "name" Text Name natural;
    "date_" "" Date Date natural;
    "timestamp_" "" Timestamp Timestamp natural;
    "date_" "_timestamp" Date Timestamp date_and_timestamp;
    "timestamp_" "_date" Timestamp Date timestamp_and_date;
    "interval_" "" Interval Interval intervals;
}

fn natural<T: Ord>(a: T, b: T) -> Ordering {
    a.cmp(&b)
}

fn integers(a: impl Into<i64>, b: impl Into<i64>) -> Ordering {
    a.into().cmp(&b.into())
}

/// PostgreSQL's order of floating-point numbers: NaN last and equal to itself, 0 equal to -0.
fn floats(a: impl Into<f64>, b: impl Into<f64>) -> Ordering {
    let (a, b) = (a.into(), b.into());
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// `bpcharcmp`: trailing blanks do not count.
fn blank_padded(a: &str, b: &str) -> Ordering {
    a.trim_end_matches(' ').cmp(b.trim_end_matches(' '))
}

fn intervals(a: Interval, b: Interval) -> Ordering {
    order::compare(&Value::Interval(a), &Value::Interval(b))
}

/// A date is its midnight. Dates beyond the last timestamp are greater than every finite one; infinities correspond.
fn date_and_timestamp(date: i32, timestamp: i64) -> Ordering {
    const MICROSECONDS_PER_DAY: i128 = 86_400_000_000;
    let midnight = match date {
        i32::MIN => i128::from(i64::MIN),
        i32::MAX => i128::from(i64::MAX),
        // A finite midnight beyond the timestamps still comes before infinity.
        days => (i128::from(days) * MICROSECONDS_PER_DAY).min(i128::from(i64::MAX) - 1),
    };
    midnight.cmp(&i128::from(timestamp))
}

fn timestamp_and_date(timestamp: i64, date: i32) -> Ordering {
    date_and_timestamp(date, timestamp).reverse()
}
