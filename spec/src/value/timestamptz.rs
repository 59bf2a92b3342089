//! `timestamptz`: a moment as microseconds since 2000-01-01 00:00 UTC, shown in the session's zone, which is UTC.
//! [departure.timezone]
//!
//! Range, infinities and arithmetic are those of [`timestamp`], as in a zone without daylight saving.

use crate::error::{SqlError, sqlstate};
use crate::value::calendar::MICROSECONDS_PER_SECOND;
use crate::value::time::TimeTz;
use crate::value::timestamp::{self, Moment};
use crate::value::unit::{Part, Unit};
use crate::value::{time, zone};

/// The type's name in messages.
const TYPE_NAME: &str = "timestamp with time zone";

/// The moment that this text denotes; UTC where it names no zone. [value.timestamptz.text]
///
/// # Errors
/// 22007 if the text has not the form of one, 22008 if it is out of range, 22009 for a zone out of range, 0A000 for `now`,
/// `today` and the like and for zones with rules.
pub fn parse(text: &str) -> Result<i64, SqlError> {
    match timestamp::read(text).map_err(|problem| problem.error(TYPE_NAME, text))? {
        Moment::Infinity => Ok(timestamp::INFINITY),
        Moment::NegativeInfinity => Ok(timestamp::NEGATIVE_INFINITY),
        Moment::At { days, microseconds, west } => {
            let shift = i64::from(west.unwrap_or(0)) * MICROSECONDS_PER_SECOND;
            timestamp::at(days, microseconds + shift).map_err(|_| {
                let message = format!("timestamp out of range: \"{text}\"");
                SqlError::new(sqlstate::DATETIME_FIELD_OVERFLOW, message)
            })
        }
    }
}

/// Appends `YYYY-MM-DD HH:MM:SS[.ffffff]+00`, with ` BC` where it belongs (DateStyle ISO, TimeZone UTC).
pub fn write(moment: i64, out: &mut String) {
    let start = out.len();
    timestamp::write(moment, out);
    if timestamp::is_finite(moment) {
        let before_christ = out[start..].ends_with(" BC");
        if before_christ {
            out.truncate(out.len() - " BC".len());
        }
        out.push_str("+00");
        if before_christ {
            out.push_str(" BC");
        }
    }
}

/// A field of a moment in UTC, for `extract` and `date_part`.
///
/// # Errors
/// 22023 for a name that is no unit.
pub fn extract(unit_name: &str, moment: i64) -> Result<Part, SqlError> {
    if timestamp::is_finite(moment) && Unit::parse(unit_name, TYPE_NAME)? == Unit::Timezone {
        return Ok(zone::part(unit_name, 0));
    }
    timestamp::extract_as(TYPE_NAME, unit_name, moment)
}

/// The moment with everything below the unit set to its start in UTC; an infinity stays.
///
/// # Errors
/// 22023 for a name that is no unit that nests; 0A000 for a time zone; 22008 out of range.
pub fn trunc(unit_name: &str, moment: i64) -> Result<i64, SqlError> {
    timestamp::trunc_as(TYPE_NAME, unit_name, moment)
}

/// The moment at which the clocks of a zone show this timestamp (`timestamp AT TIME ZONE zone`).
///
/// # Errors
/// 22008 out of range.
pub fn from_local(local: i64, west: i32) -> Result<i64, SqlError> {
    shift(local, i64::from(west))
}

/// What the clocks of a zone show at this moment (`timestamptz AT TIME ZONE zone`).
///
/// # Errors
/// 22008 out of range.
pub fn to_local(moment: i64, west: i32) -> Result<i64, SqlError> {
    shift(moment, -i64::from(west))
}

fn shift(timestamp: i64, seconds: i64) -> Result<i64, SqlError> {
    if !timestamp::is_finite(timestamp) {
        return Ok(timestamp);
    }
    timestamp::checked(i128::from(timestamp) + i128::from(seconds * MICROSECONDS_PER_SECOND))
}

/// The time of day in UTC at this moment; NULL of an infinite one.
pub fn to_timetz(moment: i64) -> Option<TimeTz> {
    time::of_timestamp(moment).map(|microseconds| TimeTz { microseconds, west: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_in_any_zone_and_print_in_utc() {
        // Captured from PostgreSQL 15.18 with TimeZone UTC.
        for (text, expected) in [
            ("2024-01-31 10:20:30+02", "2024-01-31 08:20:30+00"),
            ("2024-01-31", "2024-01-31 00:00:00+00"),
            ("infinity", "infinity"),
            ("4714-11-24 00:00:00 BC", "4714-11-24 00:00:00+00 BC"),
            ("2024-01-31T10:20:30Z", "2024-01-31 10:20:30+00"),
            ("2024-01-31 10:20:30.5 -08:30", "2024-01-31 18:50:30.5+00"),
            ("2020-01-01 04:05:06 PST", "2020-01-01 12:05:06+00"),
        ] {
            let mut out = String::new();
            write(parse(text).unwrap(), &mut out);
            assert_eq!(out, expected, "{text}");
        }
        for (text, expected) in [
            ("294277-01-01", "22008: timestamp out of range: \"294277-01-01\""),
            ("foo", "22007: invalid input syntax for type timestamp with time zone: \"foo\""),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(format!("{}: {error}", error.sqlstate), expected);
        }
        assert_eq!(parse("2024-01-31 10:00 Europe/Prague").unwrap_err().sqlstate.as_str(), "0A000");
    }
}
