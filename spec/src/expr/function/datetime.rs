//! Functions and arithmetic of dates, timestamps and intervals (`date.c`, `timestamp.c`).
//!
//! A date plus an interval is a timestamp; the difference of dates is a number of days, that of timestamps an interval
//! of days and microseconds, never of months. [expr.datetime]

use crate::error::{SqlError, sqlstate};
use crate::value::calendar::{self, Civil};
use crate::value::unit::Part;
use crate::value::{Interval, TimeTz, Value, date, time, timestamp, timestamptz, zone};

use super::Function;

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

/// The moment of a date and a time in a zone.
fn date_and_timetz(days: i32, time: TimeTz) -> Result<i64, SqlError> {
    let midnight = date::to_timestamp(days)?;
    match timestamp::is_finite(midnight) {
        true => timestamp::at(days.into(), time.utc()),
        false => Ok(midnight),
    }
}

/// The timestamp of a date and a time of day.
fn date_and_time(days: i32, time: i64) -> Result<i64, SqlError> {
    date_and_timetz(days, TimeTz { microseconds: time, west: 0 })
}

/// A span of nothing but time.
fn span(microseconds: i64) -> Interval {
    Interval { microseconds, ..Interval::default() }
}

fn time_or_null(timestamp: i64) -> Value {
    time::of_timestamp(timestamp).map_or(Value::Null, Value::Time)
}

functions! {
    "datetime_pl"(a: Date, b: Time) -> Timestamp = date_and_time(a, b);
    "timedate_pl"(a: Time, b: Date) -> Timestamp = date_and_time(b, a);
    "datetimetz_pl"(a: Date, b: TimeTz) -> TimestampTz = date_and_timetz(a, b);
    "timetzdate_pl"(a: TimeTz, b: Date) -> TimestampTz = date_and_timetz(b, a);
    "time_pl_interval"(a: Time, span: Interval) -> Time = time::add(a, span);
    "interval_pl_time"(span: Interval, a: Time) -> Time = time::add(a, span);
    "time_mi_interval"(a: Time, span: Interval) -> Time = time::sub(a, span);
    "time_mi_time"(a: Time, b: Time) -> Interval = span(a - b);
    "timetz_pl_interval"(a: TimeTz, span: Interval) -> TimeTz = a.later(span);
    "interval_pl_timetz"(span: Interval, a: TimeTz) -> TimeTz = a.later(span);
    "timetz_mi_interval"(a: TimeTz, span: Interval) -> TimeTz = a.earlier(span);
    "timestamptz_mi"(a: TimestampTz, b: TimestampTz) -> Interval = timestamp::sub(a, b);
    "time"(a: Timestamp) -> Time "or NULL" = time_or_null(a);
    "time"(a: Interval) -> Time = time::from_interval(a);
    "time"(a: TimeTz) -> Time = a.microseconds;
    "interval"(a: Time) -> Interval = span(a);
    "timestamp"(a: Date, b: Time) -> Timestamp = date_and_time(a, b);
    "timestamptz"(a: Date, b: TimeTz) -> TimestampTz = date_and_timetz(a, b);
    "extract"(unit: Text, a: Time) -> Numeric "or NULL" = exact(time::extract(unit, a));
    "extract"(unit: Text, a: TimeTz) -> Numeric "or NULL" = exact(a.extract(unit));
    "date_part"(unit: Text, a: Time) -> Float8 "or NULL" = approximate(time::extract(unit, a));
    "date_part"(unit: Text, a: TimeTz) -> Float8 "or NULL" = approximate(a.extract(unit));
    "timezone"(zone: Text, a: Timestamp) -> TimestampTz = timestamptz::from_local(a, zone::named(zone)?);
    "timezone"(zone: Text, a: TimestampTz) -> Timestamp = timestamptz::to_local(a, zone::named(zone)?);
    "timezone"(zone: Interval, a: Timestamp) -> TimestampTz =
        timestamptz::from_local(a, zone::of_interval(zone)?);
    "timezone"(zone: Interval, a: TimestampTz) -> Timestamp =
        timestamptz::to_local(a, zone::of_interval(zone)?);
    "timezone"(zone: Interval, a: TimeTz) -> TimeTz = a.at_zone(zone::of_interval(zone)?);
    "make_time"(hour: Int4, minute: Int4, second: Float8) -> Time = time::make(hour, minute, second);
    "isfinite"(a: TimestampTz) -> Bool = timestamp::is_finite(a);
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

/// What depends on the session's zone, which is UTC.
pub(super) static STABLE: &[Function] = &[
    stable_entry!("timestamptz_pl_interval"(a: TimestampTz, span: Interval) -> TimestampTz = timestamp::add_interval(a, span)),
    stable_entry!("interval_pl_timestamptz"(span: Interval, a: TimestampTz) -> TimestampTz = timestamp::add_interval(a, span)),
    stable_entry!("timestamptz_mi_interval"(a: TimestampTz, span: Interval) -> TimestampTz = timestamp::sub_interval(a, span)),
    stable_entry!("date"(a: TimestampTz) -> Date = timestamp::to_date(a)),
    stable_entry!("timestamptz"(a: Date) -> TimestampTz = date::to_timestamp(a)),
    stable_entry!("timestamptz"(a: Timestamp) -> TimestampTz = a),
    stable_entry!("timestamptz"(a: Date, b: Time) -> TimestampTz = date_and_time(a, b)),
    stable_entry!("timestamp"(a: TimestampTz) -> Timestamp = a),
    stable_entry!("time"(a: TimestampTz) -> Time "or NULL" = time_or_null(a)),
    stable_entry!("timetz"(a: TimestampTz) -> TimeTz "or NULL" = {
        timestamptz::to_timetz(a).map_or(Value::Null, Value::TimeTz)
    }),
    stable_entry!("timetz"(a: Time) -> TimeTz = TimeTz { microseconds: a, west: 0 }),
    stable_entry!("extract"(unit: Text, a: TimestampTz) -> Numeric "or NULL" = exact(timestamptz::extract(unit, a))),
    stable_entry!("date_part"(unit: Text, a: TimestampTz) -> Float8 "or NULL" = approximate(timestamptz::extract(unit, a))),
    stable_entry!("date_trunc"(unit: Text, a: TimestampTz) -> TimestampTz = timestamptz::trunc(unit, a)),
    stable_entry!("timezone"(zone: Text, a: TimeTz) -> TimeTz = a.at_zone(zone::named(zone)?)),
];
