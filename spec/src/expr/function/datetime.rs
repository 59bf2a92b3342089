//! Functions and arithmetic of dates, timestamps and intervals (`date.c`, `timestamp.c`).
//!
//! A date plus an interval is a timestamp; the difference of dates is a number of days, that of timestamps an interval
//! of days and microseconds, never of months. [expr.datetime]

use crate::error::{SqlError, sqlstate};
use crate::value::calendar::{self, Civil};
use crate::value::unit::Part;
use crate::value::{Value, date, timestamp};

/// A field as `numeric`, NULL where an infinity has none.
fn exact(part: Result<Part, SqlError>) -> Result<Value, SqlError> {
    Ok(part?.to_numeric().map_or(Value::Null, Value::Numeric))
}

/// A field as `float8`, NULL where an infinity has none.
fn approximate(part: Result<Part, SqlError>) -> Result<Value, SqlError> {
    Ok(part?.to_f64().map_or(Value::Null, Value::Float8))
}

/// `date_part` of a date is that of its midnight, so that fields of the time of day are 0.
fn date_part_of_date(unit: &str, days: i32) -> Result<Value, SqlError> {
    approximate(timestamp::extract(unit, date::to_timestamp(days)?))
}

/// The date of year, month and day; negative years count from 1 BC.
///
/// # Errors
/// 22008 if there is no such day.
fn make_date(year: i32, month: i32, day: i32) -> Result<i32, SqlError> {
    let astronomical = if year < 0 { i64::from(year) + 1 } else { i64::from(year) };
    let refuse = |what| {
        let message = format!("date {what}: {astronomical}-{month:02}-{day:02}");
        SqlError::new(sqlstate::DATETIME_FIELD_OVERFLOW, message)
    };
    let (month, day) = (i64::from(month), i64::from(day));
    let exists = year != 0
        && (1..=12).contains(&month)
        && (1..=calendar::days_in_month(astronomical, month)).contains(&day);
    if !exists {
        return Err(refuse("field value out of range"));
    }
    match i32::try_from(Civil { year: astronomical, month, day }.to_days()) {
        Ok(days) if (date::MIN..date::END).contains(&days) => Ok(days),
        _ => Err(refuse("out of range")),
    }
}

functions! {
    "date_pli"(a: Date, days: Int4) -> Date = date::add_days(a, days);
    "integer_pl_date"(days: Int4, a: Date) -> Date = date::add_days(a, days);
    "date_mii"(a: Date, days: Int4) -> Date = date::sub_days(a, days);
    "date_mi"(a: Date, b: Date) -> Int4 = date::sub(a, b);
    "date_pl_interval"(a: Date, span: Interval) -> Timestamp = date::add_interval(a, span);
    "interval_pl_date"(span: Interval, a: Date) -> Timestamp = date::add_interval(a, span);
    "date_mi_interval"(a: Date, span: Interval) -> Timestamp = date::sub_interval(a, span);
    "timestamp_pl_interval"(a: Timestamp, span: Interval) -> Timestamp = timestamp::add_interval(a, span);
    "interval_pl_timestamp"(span: Interval, a: Timestamp) -> Timestamp = timestamp::add_interval(a, span);
    "timestamp_mi_interval"(a: Timestamp, span: Interval) -> Timestamp = timestamp::sub_interval(a, span);
    "timestamp_mi"(a: Timestamp, b: Timestamp) -> Interval = timestamp::sub(a, b);
    "interval_pl"(a: Interval, b: Interval) -> Interval = a.add(b);
    "interval_mi"(a: Interval, b: Interval) -> Interval = a.sub(b);
    "interval_um"(a: Interval) -> Interval = a.neg();
    "interval_mul"(a: Interval, factor: Float8) -> Interval = a.mul(factor);
    "mul_d_interval"(factor: Float8, a: Interval) -> Interval = a.mul(factor);
    "interval_div"(a: Interval, divisor: Float8) -> Interval = a.div(divisor);

    "date"(a: Timestamp) -> Date = timestamp::to_date(a);
    "timestamp"(a: Date) -> Timestamp = date::to_timestamp(a);

    "extract"(unit: Text, a: Date) -> Numeric "or NULL" = exact(date::extract(unit, a));
    "extract"(unit: Text, a: Timestamp) -> Numeric "or NULL" = exact(timestamp::extract(unit, a));
    "extract"(unit: Text, a: Interval) -> Numeric "or NULL" = exact(a.extract(unit));
    "date_part"(unit: Text, a: Date) -> Float8 "or NULL" = date_part_of_date(unit, a);
    "date_part"(unit: Text, a: Timestamp) -> Float8 "or NULL" = approximate(timestamp::extract(unit, a));
    "date_part"(unit: Text, a: Interval) -> Float8 "or NULL" = approximate(a.extract(unit));
    "date_trunc"(unit: Text, a: Timestamp) -> Timestamp = timestamp::trunc(unit, a);
    "date_trunc"(unit: Text, a: Interval) -> Interval = a.trunc(unit);

    "make_date"(year: Int4, month: Int4, day: Int4) -> Date = make_date(year, month, day);
    "isfinite"(a: Date) -> Bool = date::is_finite(a);
    "isfinite"(a: Timestamp) -> Bool = timestamp::is_finite(a);
    "isfinite"(_a: Interval) -> Bool = true;
}
