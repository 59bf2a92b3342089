//! `date`: days since 2000-01-01, from 4714-11-24 BC to 5874897-12-31, and two infinities.

use crate::error::{SqlError, sqlstate};
use crate::value::calendar::{Civil, MICROSECONDS_PER_DAY, POSTGRES_EPOCH_JULIAN};
use crate::value::interval::Interval;
use crate::value::timestamp::{self, Moment};
use crate::value::unit::{Part, Unit, unsupported};

/// The date after all others.
pub const INFINITY: i32 = i32::MAX;
/// The date before all others.
pub const NEGATIVE_INFINITY: i32 = i32::MIN;
/// The first date: Julian day 0.
pub const MIN: i32 = -2_451_545;
/// The day after the last date, 5874898-01-01.
pub const END: i32 = 2_145_031_949;
/// The first day that no timestamp has, 294277-01-01.
const TIMESTAMP_END: i32 = 106_751_983;

/// Whether this is neither infinity.
pub fn is_finite(days: i32) -> bool {
    days != INFINITY && days != NEGATIVE_INFINITY
}

/// `22008 date out of range`.
fn out_of_range() -> SqlError {
    SqlError::new(sqlstate::DATETIME_FIELD_OVERFLOW, "date out of range")
}

/// The date if it is within the range of the type.
fn checked(days: i64) -> Option<i32> {
    i32::try_from(days).ok().filter(|days| (MIN..END).contains(days))
}

/// The date that this text denotes; a time of day in it is read and dropped. [value.date.text]
///
/// # Errors
/// 22007 if the text has not the form of a date, 22008 if it is out of range, 0A000 for `now`, `today` and the like.
pub fn parse(text: &str) -> Result<i32, SqlError> {
    match timestamp::read(text).map_err(|problem| problem.error("date", text))? {
        Moment::Infinity => Ok(INFINITY),
        Moment::NegativeInfinity => Ok(NEGATIVE_INFINITY),
        Moment::At { days, .. } => checked(days).ok_or_else(|| {
            let message = format!("date out of range: \"{text}\"");
            SqlError::new(sqlstate::DATETIME_FIELD_OVERFLOW, message)
        }),
    }
}

/// Appends `YYYY-MM-DD`, with ` BC` where it belongs (DateStyle ISO).
pub fn write(days: i32, out: &mut String) {
    match days {
        INFINITY => out.push_str("infinity"),
        NEGATIVE_INFINITY => out.push_str("-infinity"),
        _ => {
            let civil = Civil::from_days(i64::from(days));
            write_civil(civil, out);
            if civil.year <= 0 {
                out.push_str(" BC");
            }
        }
    }
}

/// Appends `YYYY-MM-DD`.
pub(crate) fn write_civil(civil: Civil, out: &mut String) {
    use std::fmt::Write;
    let year = civil.historical_year().abs();
    let written = write!(out, "{year:04}-{:02}-{:02}", civil.month, civil.day);
    written.expect("writing to a string succeeds");
}

/// The text of a date.
pub fn format(days: i32) -> String {
    let mut out = String::new();
    write(days, &mut out);
    out
}

/// The date this many days later; an infinity stays.
///
/// # Errors
/// 22008 out of range.
pub fn add_days(date: i32, days: i32) -> Result<i32, SqlError> {
    if !is_finite(date) {
        return Ok(date);
    }
    checked(i64::from(date) + i64::from(days)).ok_or_else(out_of_range)
}

/// The date this many days earlier; an infinity stays.
///
/// # Errors
/// 22008 out of range.
pub fn sub_days(date: i32, days: i32) -> Result<i32, SqlError> {
    if !is_finite(date) {
        return Ok(date);
    }
    checked(i64::from(date) - i64::from(days)).ok_or_else(out_of_range)
}

/// The days from `b` to `a`.
///
/// # Errors
/// 22008 if either is infinite.
pub fn sub(a: i32, b: i32) -> Result<i32, SqlError> {
    if !is_finite(a) || !is_finite(b) {
        let message = "cannot subtract infinite dates";
        return Err(SqlError::new(sqlstate::DATETIME_FIELD_OVERFLOW, message));
    }
    // The whole range is 2^31 days wide, as PostgreSQL has it, without a check.
    Ok(a.wrapping_sub(b))
}

/// The midnight that begins the date; infinities become infinities.
///
/// # Errors
/// 22008 for a date beyond the timestamps.
pub fn to_timestamp(date: i32) -> Result<i64, SqlError> {
    match date {
        INFINITY => Ok(timestamp::INFINITY),
        NEGATIVE_INFINITY => Ok(timestamp::NEGATIVE_INFINITY),
        TIMESTAMP_END.. => {
            let message = "date out of range for timestamp";
            Err(SqlError::new(sqlstate::DATETIME_FIELD_OVERFLOW, message))
        }
        _ => Ok(i64::from(date) * MICROSECONDS_PER_DAY),
    }
}

/// The order of a date and a timestamp: the date counts as its midnight, and one beyond the timestamps as later than all
/// but infinity.
pub fn compare_timestamp(date: i32, other: i64) -> std::cmp::Ordering {
    match to_timestamp(date) {
        Ok(midnight) => midnight.cmp(&other),
        Err(_) if other == timestamp::INFINITY => std::cmp::Ordering::Less,
        Err(_) => std::cmp::Ordering::Greater,
    }
}

/// Date plus interval: a timestamp.
///
/// # Errors
/// 22008 out of range.
pub fn add_interval(date: i32, span: Interval) -> Result<i64, SqlError> {
    timestamp::add_interval(to_timestamp(date)?, span)
}

/// Date minus interval: a timestamp.
///
/// # Errors
/// 22008 out of range.
pub fn sub_interval(date: i32, span: Interval) -> Result<i64, SqlError> {
    timestamp::sub_interval(to_timestamp(date)?, span)
}

/// A field of a date, as `extract(unit from date)` names it; `date_part` on a date goes through the timestamp instead.
///
/// # Errors
/// 22023 for a name that is no unit; 0A000 for a unit of the time of day.
pub fn extract(unit_name: &str, date: i32) -> Result<Part, SqlError> {
    let unit = Unit::parse(unit_name, "date")?;
    if matches!(
        unit,
        Unit::Microsecond
            | Unit::Millisecond
            | Unit::Second
            | Unit::Minute
            | Unit::Hour
            | Unit::Timezone
    ) {
        return Err(unsupported(unit_name, "date"));
    }
    if !is_finite(date) {
        return Ok(timestamp::infinite_part(unit, date == NEGATIVE_INFINITY));
    }
    let days = i64::from(date);
    Ok(match unit {
        Unit::Julian => Part::Whole(days + POSTGRES_EPOCH_JULIAN),
        Unit::Epoch => Part::Whole((days + super::calendar::UNIX_EPOCH_DAYS) * 86_400),
        _ => timestamp::day_part(unit, days).expect("the other units belong to the day"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_and_print_as_postgresql_has_them() {
        // Captured from PostgreSQL 15.18.
        for (text, expected) in [
            ("2024-02-29", "2024-02-29"),
            ("19990108", "1999-01-08"),
            ("990108", "1999-01-08"),
            ("Jan 8, 1999", "1999-01-08"),
            ("8 January 1999", "1999-01-08"),
            ("1/8/1999", "1999-01-08"),
            ("1999/1/8", "1999-01-08"),
            ("1999-Jan-08", "1999-01-08"),
            ("Jan-08-1999", "1999-01-08"),
            ("1999-01-08 04:05:06", "1999-01-08"),
            ("0044-03-15 BC", "0044-03-15 BC"),
            ("4714-11-24 BC", "4714-11-24 BC"),
            ("10000-01-01", "10000-01-01"),
            ("5874897-12-31", "5874897-12-31"),
            ("epoch", "1970-01-01"),
            ("Infinity", "infinity"),
            ("-infinity", "-infinity"),
        ] {
            assert_eq!(parse(text).map(format).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn bad_dates_are_refused_with_postgresql_messages() {
        for (text, expected) in [
            ("foo", "22007: invalid input syntax for type date: \"foo\""),
            ("", "22007: invalid input syntax for type date: \"\""),
            ("+infinity", "22007: invalid input syntax for type date: \"+infinity\""),
            ("2024-13-01", "22008: date/time field value out of range: \"2024-13-01\""),
            ("2024-01-32", "22008: date/time field value out of range: \"2024-01-32\""),
            ("2023-02-29", "22008: date/time field value out of range: \"2023-02-29\""),
            ("0000-01-01", "22008: date/time field value out of range: \"0000-01-01\""),
            ("99-01-08", "22008: date/time field value out of range: \"99-01-08\""),
            ("5874898-01-01", "22008: date out of range: \"5874898-01-01\""),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(format!("{}: {error}", error.sqlstate), expected);
        }
    }

    #[test]
    fn arithmetic_keeps_infinities_and_the_range() {
        assert_eq!(add_days(INFINITY, -5), Ok(INFINITY));
        assert_eq!(add_days(8766, i32::MAX).unwrap_err().to_string(), "date out of range");
        assert_eq!(sub(parse("2024-03-01").unwrap(), parse("2024-02-01").unwrap()), Ok(29));
        assert_eq!(sub(INFINITY, 0).unwrap_err().to_string(), "cannot subtract infinite dates");
        assert_eq!(
            to_timestamp(parse("5874897-12-31").unwrap()).unwrap_err().to_string(),
            "date out of range for timestamp"
        );
        assert!(compare_timestamp(END - 1, timestamp::INFINITY).is_lt());
    }

    #[test]
    fn extract_knows_the_units_of_a_day_only() {
        let text = |unit, date| {
            let part = extract(unit, parse(date).unwrap()).unwrap();
            part.to_numeric().map(|number| number.to_string())
        };
        assert_eq!(text("year", "0044-03-15 BC").as_deref(), Some("-44"));
        assert_eq!(text("week", "2021-01-03").as_deref(), Some("53"));
        assert_eq!(text("epoch", "1970-01-02").as_deref(), Some("86400"));
        assert_eq!(text("year", "infinity").as_deref(), Some("Infinity"));
        assert_eq!(text("month", "infinity"), None);
        let error = |unit| extract(unit, 0).unwrap_err().to_string();
        assert_eq!(error("hour"), "unit \"hour\" not supported for type date");
        assert_eq!(error("foo"), "unit \"foo\" not recognized for type date");
    }
}
