//! `time` and `timetz`: microseconds since midnight, up to and with 24:00:00; the second with a zone of its own.

use std::cmp::Ordering;

use crate::error::{SqlError, sqlstate};
use crate::value::calendar::{
    MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR, MICROSECONDS_PER_MINUTE, MICROSECONDS_PER_SECOND,
};
use crate::value::fields::write_clock;
use crate::value::interval::Interval;
use crate::value::timestamp;
use crate::value::unit::{Part, Unit, unsupported};
use crate::value::zone;

/// The type's name in messages of `extract`.
const TIME: &str = "time without time zone";
/// The name of its brother with a zone.
const TIMETZ: &str = "time with time zone";

/// A time of day in a zone (PostgreSQL's `TimeTzADT`).
///
/// Rust's `==` is identity, and so is SQL's: the same moment in two zones is two values, in the order of the zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeTz {
    /// Microseconds since midnight, as the clock of the zone shows them.
    pub microseconds: i64,
    /// The zone in seconds west of Greenwich, as PostgreSQL stores it.
    pub west: i32,
}

impl TimeTz {
    /// Microseconds since midnight in Greenwich; may lie outside one day.
    pub fn utc(self) -> i64 {
        self.microseconds + i64::from(self.west) * MICROSECONDS_PER_SECOND
    }

    /// SQL's order: by the moment, then by the zone (`timetz_cmp_internal`). [value.timetz.order]
    pub fn compare(&self, other: &TimeTz) -> Ordering {
        (self.utc(), self.west).cmp(&(other.utc(), other.west))
    }

    /// The same moment as the clock of another zone shows it.
    pub fn at_zone(self, west: i32) -> TimeTz {
        let shifted = self.utc() - i64::from(west) * MICROSECONDS_PER_SECOND;
        TimeTz { microseconds: shifted.rem_euclid(MICROSECONDS_PER_DAY), west }
    }

    /// The time plus an interval's time of day, around the clock.
    pub fn later(self, span: Interval) -> TimeTz {
        TimeTz { microseconds: add(self.microseconds, span), ..self }
    }

    /// The time minus an interval's time of day, around the clock.
    pub fn earlier(self, span: Interval) -> TimeTz {
        TimeTz { microseconds: sub(self.microseconds, span), ..self }
    }

    /// A field, for `extract` and `date_part`.
    ///
    /// # Errors
    /// 22023 for a name that is no unit; 0A000 for one that times do not have.
    pub fn extract(self, unit_name: &str) -> Result<Part, SqlError> {
        let unit = Unit::parse(unit_name, TIMETZ)?;
        match unit {
            Unit::Timezone => Ok(zone::part(unit_name, self.west)),
            Unit::Epoch => Ok(Part::Decimal(self.utc().into(), 6)),
            _ => part(unit, self.microseconds).ok_or_else(|| unsupported(unit_name, TIMETZ)),
        }
    }
}

/// The time that this text denotes; a date and a zone in it are read and dropped. [value.time.text]
///
/// # Errors
/// 22007 if the text has not the form of a time, 22008 if it is out of range, 0A000 for `now`.
pub fn parse(text: &str) -> Result<i64, SqlError> {
    let read = timestamp::read_time(text).map_err(|problem| problem.error("time", text))?;
    Ok(read.microseconds)
}

/// The time with its zone that this text denotes; the session's zone, UTC, where it says none. [value.timetz.text]
///
/// # Errors
/// As [`parse`]; 22009 for a zone out of range.
pub fn parse_tz(text: &str) -> Result<TimeTz, SqlError> {
    let read = timestamp::read_time(text).map_err(|problem| problem.error(TIMETZ, text))?;
    Ok(TimeTz { microseconds: read.microseconds, west: read.west.unwrap_or(0) })
}

/// Appends `HH:MM:SS[.ffffff]`.
pub fn write(microseconds: i64, out: &mut String) {
    write_clock(microseconds.unsigned_abs(), out);
}

/// Appends `HH:MM:SS[.ffffff]+ZZ`.
pub fn write_tz(time: TimeTz, out: &mut String) {
    write(time.microseconds, out);
    zone::write(time.west, out);
}

/// The time plus an interval's time of day, around the clock: months and days do not count.
pub fn add(time: i64, span: Interval) -> i64 {
    time.wrapping_add(span.microseconds).rem_euclid(MICROSECONDS_PER_DAY)
}

/// The time minus an interval's time of day, around the clock.
pub fn sub(time: i64, span: Interval) -> i64 {
    time.wrapping_sub(span.microseconds).rem_euclid(MICROSECONDS_PER_DAY)
}

/// The time of day that an interval's time leaves on a clock.
pub fn from_interval(span: Interval) -> i64 {
    span.microseconds.rem_euclid(MICROSECONDS_PER_DAY)
}

/// The time of day of a timestamp; NULL of an infinite one.
pub fn of_timestamp(timestamp: i64) -> Option<i64> {
    timestamp::is_finite(timestamp).then(|| timestamp.rem_euclid(MICROSECONDS_PER_DAY))
}

/// The time rounded to this many digits of a second, halves away from midnight. [value.time.precision]
pub fn round(time: i64, digits: u8) -> i64 {
    let step = 10_i64.pow(6 - u32::from(digits.min(6)));
    (time + step / 2) / step * step
}

/// The time of an hour, a minute and seconds.
///
/// # Errors
/// 22008 if there is no such time.
pub fn make(hour: i32, minute: i32, second: f64) -> Result<i64, SqlError> {
    let time = i64::from(hour) * MICROSECONDS_PER_HOUR
        + i64::from(minute) * MICROSECONDS_PER_MINUTE
        + (second * 1e6).round_ties_even() as i64;
    let exists = (0..=24).contains(&hour)
        && (0..60).contains(&minute)
        && (0.0..=60.0).contains(&second)
        && time <= MICROSECONDS_PER_DAY;
    if exists {
        return Ok(time);
    }
    let shown = {
        let mut out = String::new();
        crate::value::float::write_f64(second, &mut out);
        out
    };
    let pad = if second < 10.0 { "0" } else { "" };
    let message = format!("time field value out of range: {hour}:{minute:02}:{pad}{shown}");
    Err(SqlError::new(sqlstate::DATETIME_FIELD_OVERFLOW, message))
}

/// A field of a time, for `extract` and `date_part`.
///
/// # Errors
/// 22023 for a name that is no unit; 0A000 for one that times do not have.
pub fn extract(unit_name: &str, time: i64) -> Result<Part, SqlError> {
    let unit = Unit::parse(unit_name, TIME)?;
    match unit {
        Unit::Epoch => Ok(Part::Decimal(time.into(), 6)),
        _ => part(unit, time).ok_or_else(|| unsupported(unit_name, TIME)),
    }
}

/// A field of the clock; `None` for units of a day or longer.
pub(crate) fn part(unit: Unit, time: i64) -> Option<Part> {
    let of_minute = time % MICROSECONDS_PER_MINUTE;
    Some(match unit {
        Unit::Microsecond => Part::Whole(of_minute),
        Unit::Millisecond => Part::Decimal(of_minute.into(), 3),
        Unit::Second => Part::Decimal(of_minute.into(), 6),
        Unit::Minute => Part::Whole(time / MICROSECONDS_PER_MINUTE % 60),
        Unit::Hour => Part::Whole(time / MICROSECONDS_PER_HOUR),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Result<String, String> {
        let mut out = String::new();
        write(parse(text).map_err(|error| format!("{}: {error}", error.sqlstate))?, &mut out);
        Ok(out)
    }

    fn timetz(text: &str) -> Result<String, String> {
        let mut out = String::new();
        write_tz(parse_tz(text).map_err(|error| format!("{}: {error}", error.sqlstate))?, &mut out);
        Ok(out)
    }

    #[test]
    fn times_read_and_print_as_postgresql_has_them() {
        // Captured from PostgreSQL 15.18.
        for (text, expected) in [
            ("04:05:06", "04:05:06"),
            ("24:00:00", "24:00:00"),
            ("4:05 pm", "16:05:00"),
            ("040506", "04:05:06"),
            ("04:05:06.789012345", "04:05:06.789012"),
            ("2003-04-12 04:05:06", "04:05:06"),
            ("allballs", "00:00:00"),
            ("23:59:60", "24:00:00"),
            ("23:59:59.9999999", "24:00:00"),
        ] {
            assert_eq!(time(text).as_deref(), Ok(expected), "{text}");
        }
        for (text, expected) in [
            ("24:00:01", "22008: date/time field value out of range: \"24:00:01\""),
            ("25:00", "22008: date/time field value out of range: \"25:00\""),
            ("x", "22007: invalid input syntax for type time: \"x\""),
            ("", "22007: invalid input syntax for type time: \"\""),
        ] {
            assert_eq!(time(text).unwrap_err(), expected);
        }
    }

    #[test]
    fn a_zone_stays_with_its_time() {
        for (text, expected) in [
            ("04:05:06+02", "04:05:06+02"),
            ("04:05:06 UTC", "04:05:06+00"),
            ("04:05:06", "04:05:06+00"),
            ("04:05:06-08:30", "04:05:06-08:30"),
            ("04:05:06+05:30:15", "04:05:06+05:30:15"),
            ("04:05 z", "04:05:00+00"),
            ("04:05:06 EST", "04:05:06-05"),
        ] {
            assert_eq!(timetz(text).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(
            timetz("04:05:06+16").unwrap_err(),
            "22009: time zone displacement out of range: \"04:05:06+16\""
        );
    }

    #[test]
    fn one_moment_in_two_zones_is_two_values() {
        let read = |text| parse_tz(text).unwrap();
        assert!(read("10:00+02").compare(&read("09:00+01")).is_lt());
        assert!(read("08:00+00").compare(&read("10:00+02")).is_gt());
        assert!(read("10:00+02").compare(&read("10:00+02")).is_eq());
    }

    #[test]
    fn rounding_may_reach_midnight() {
        assert_eq!(round(parse("23:59:59.9999").unwrap(), 2), MICROSECONDS_PER_DAY);
        assert_eq!(round(parse("10:20:30.12345").unwrap(), 3), parse("10:20:30.123").unwrap());
    }
}
