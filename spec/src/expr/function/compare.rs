//! Comparison: `= <> < <= > >=` for every pair of types that PostgreSQL has them for.
//!
//! One order per pair of types; the six operators ask it. NaN equals itself and is greater than every other number, for
//! floating point as for numeric; `char(n)` does not compare trailing blanks. [expr.compare.total]

use std::cmp::Ordering;

use super::Function;
use crate::value::{Interval, TimeTz, date, float, order};

/// An entry, stable if the word says so.
macro_rules! of {
    (stable $($entry:tt)*) => { stable_entry!($($entry)*) };
    ($($entry:tt)*) => { entry!($($entry)*) };
}

/// Six comparisons over one order: a name is prefix, operator and suffix (`int4` `eq` ``, `date_` `eq` `_timestamp`).
macro_rules! comparisons {
    ($($prefix:literal $suffix:literal $left:ident $right:ident $order:expr $(, $stable:ident)?;)*) => {
        pub(super) static FUNCTIONS: &[Function] = &[$(
            of!($($stable)? ($prefix "eq" $suffix) (a: $left, b: $right) -> Bool = $order(a, b).is_eq()),
            of!($($stable)? ($prefix "ne" $suffix) (a: $left, b: $right) -> Bool = $order(a, b).is_ne()),
            of!($($stable)? ($prefix "lt" $suffix) (a: $left, b: $right) -> Bool = $order(a, b).is_lt()),
            of!($($stable)? ($prefix "le" $suffix) (a: $left, b: $right) -> Bool = $order(a, b).is_le()),
            of!($($stable)? ($prefix "gt" $suffix) (a: $left, b: $right) -> Bool = $order(a, b).is_gt()),
            of!($($stable)? ($prefix "ge" $suffix) (a: $left, b: $right) -> Bool = $order(a, b).is_ge()),
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
    "date_" "_timestamp" Date Timestamp date::compare_timestamp;
    "timestamp_" "_date" Timestamp Date timestamp_and_date;
    "interval_" "" Interval Interval intervals;
    "bytea" "" Bytea Bytea natural;
    "time_" "" Time Time natural;
    "timetz_" "" TimeTz TimeTz times;
    "timestamptz_" "" TimestampTz TimestampTz natural;
    "date_" "_timestamptz" Date TimestampTz date::compare_timestamp, stable;
    "timestamptz_" "_date" TimestampTz Date timestamp_and_date, stable;
    "timestamp_" "_timestamptz" Timestamp TimestampTz natural, stable;
    "timestamptz_" "_timestamp" TimestampTz Timestamp natural, stable;
}

fn natural<T: Ord>(a: T, b: T) -> Ordering {
    a.cmp(&b)
}

fn integers(a: impl Into<i64>, b: impl Into<i64>) -> Ordering {
    a.into().cmp(&b.into())
}

fn floats(a: impl Into<f64>, b: impl Into<f64>) -> Ordering {
    float::compare_f64(a.into(), b.into())
}

/// `bpcharcmp`: trailing blanks do not count.
fn blank_padded(a: &str, b: &str) -> Ordering {
    order::trim_padding(a).cmp(order::trim_padding(b))
}

fn intervals(a: Interval, b: Interval) -> Ordering {
    a.compare(&b)
}

fn times(a: TimeTz, b: TimeTz) -> Ordering {
    a.compare(&b)
}

/// A date is its midnight.
fn timestamp_and_date(timestamp: i64, date: i32) -> Ordering {
    date::compare_timestamp(date, timestamp).reverse()
}
