//! `timestamp`: microseconds since 2000-01-01 00:00, from 4714-11-24 BC to 294276 AD, and two infinities.

use crate::error::{SqlError, sqlstate};
use crate::value::calendar::{
    Civil, MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR, MICROSECONDS_PER_MINUTE,
    MICROSECONDS_PER_SECOND, POSTGRES_EPOCH_JULIAN, UNIX_EPOCH_DAYS, iso_week, iso_weekday,
    weekday,
};
use crate::value::date;
use crate::value::fields::write_clock;
use crate::value::interval::Interval;
use crate::value::unit::{Part, Unit, unsupported};

mod parse;

pub(crate) use parse::{Moment, read, read_time};

/// The timestamp after all others.
pub const INFINITY: i64 = i64::MAX;
/// The timestamp before all others.
pub const NEGATIVE_INFINITY: i64 = i64::MIN;
/// The first timestamp: the midnight of Julian day 0.
pub const MIN: i64 = -211_813_488_000_000_000;
/// The moment after the last timestamp, 294277-01-01.
pub const END: i64 = 9_223_371_331_200_000_000;

/// The type's name in messages.
const TYPE_NAME: &str = "timestamp without time zone";

/// Whether this is neither infinity.
pub fn is_finite(timestamp: i64) -> bool {
    timestamp != INFINITY && timestamp != NEGATIVE_INFINITY
}

/// `22008 timestamp out of range`.
fn out_of_range() -> SqlError {
    SqlError::new(sqlstate::DATETIME_FIELD_OVERFLOW, "timestamp out of range")
}

/// The timestamp if it is within the range of the type.
pub(crate) fn checked(microseconds: i128) -> Result<i64, SqlError> {
    let narrow = i64::try_from(microseconds).ok().filter(|value| (MIN..END).contains(value));
    narrow.ok_or_else(out_of_range)
}

/// The timestamp that this text denotes; a zone in it is read and dropped. [value.timestamp.text]
///
/// # Errors
/// 22007 if the text has not the form of one, 22008 if it is out of range, 0A000 for `now`, `today` and the like.
pub fn parse(text: &str) -> Result<i64, SqlError> {
    match read(text).map_err(|problem| problem.error("timestamp", text))? {
        Moment::Infinity => Ok(INFINITY),
        Moment::NegativeInfinity => Ok(NEGATIVE_INFINITY),
        Moment::At { days, microseconds, .. } => at(days, microseconds).map_err(|_| {
            let message = format!("timestamp out of range: \"{text}\"");
            SqlError::new(sqlstate::DATETIME_FIELD_OVERFLOW, message)
        }),
    }
}

/// The timestamp so many days after 2000-01-01 and microseconds after midnight.
pub(crate) fn at(days: i64, microseconds: i64) -> Result<i64, SqlError> {
    let total = i128::from(days) * i128::from(MICROSECONDS_PER_DAY);
    checked(total + i128::from(microseconds))
}

/// The timestamp rounded to this many digits of a second; an infinity stays. [value.time.precision]
///
/// # Errors
/// 22008 if the rounded one is out of range.
pub fn round(timestamp: i64, digits: u8) -> Result<i64, SqlError> {
    if !is_finite(timestamp) || digits >= 6 {
        return Ok(timestamp);
    }
    let step = 10_i64.pow(6 - u32::from(digits));
    // Halves go away from zero, on either side of the year 2000, as `AdjustTimestampForTypmod` has it.
    let half = if timestamp < 0 { -step / 2 } else { step / 2 };
    checked(i128::from((timestamp + half) / step * step))
}

/// Days since 2000-01-01 and microseconds since midnight.
fn split(timestamp: i64) -> (i64, i64) {
    (timestamp.div_euclid(MICROSECONDS_PER_DAY), timestamp.rem_euclid(MICROSECONDS_PER_DAY))
}

/// Appends `YYYY-MM-DD HH:MM:SS[.ffffff]`, with ` BC` where it belongs (DateStyle ISO).
pub fn write(timestamp: i64, out: &mut String) {
    match timestamp {
        INFINITY => out.push_str("infinity"),
        NEGATIVE_INFINITY => out.push_str("-infinity"),
        _ => {
            let (days, microseconds) = split(timestamp);
            let civil = Civil::from_days(days);
            date::write_civil(civil, out);
            out.push(' ');
            write_clock(microseconds.unsigned_abs(), out);
            if civil.year <= 0 {
                out.push_str(" BC");
            }
        }
    }
}

/// The text of a timestamp.
pub fn format(timestamp: i64) -> String {
    let mut out = String::new();
    write(timestamp, &mut out);
    out
}

/// The date that the timestamp falls on; infinities become infinities.
pub fn to_date(timestamp: i64) -> i32 {
    match timestamp {
        INFINITY => date::INFINITY,
        NEGATIVE_INFINITY => date::NEGATIVE_INFINITY,
        _ => split(timestamp).0 as i32,
    }
}

/// Timestamp plus interval: first the months (the day is clamped to the month's end), then the days, then the time.
/// An infinity stays. [value.timestamp.add]
///
/// # Errors
/// 22008 out of range.
pub fn add_interval(timestamp: i64, span: Interval) -> Result<i64, SqlError> {
    if !is_finite(timestamp) {
        return Ok(timestamp);
    }
    let (mut days, microseconds) = split(timestamp);
    if span.months != 0 {
        days = Civil::from_days(days).add_months(i64::from(span.months)).to_days();
    }
    days += i64::from(span.days);
    // PostgreSQL checks after the months and after the days, too.
    let at_day = i128::from(days) * i128::from(MICROSECONDS_PER_DAY) + i128::from(microseconds);
    if i64::try_from(at_day).is_err() || days < i64::from(date::MIN) {
        return Err(out_of_range());
    }
    checked(at_day + i128::from(span.microseconds))
}

/// Timestamp minus interval: plus the interval negated.
///
/// # Errors
/// 22008 out of range.
pub fn sub_interval(timestamp: i64, span: Interval) -> Result<i64, SqlError> {
    // Field by field without a check, as `timestamp_mi_interval` negates.
    let negated = Interval {
        months: span.months.wrapping_neg(),
        days: span.days.wrapping_neg(),
        microseconds: span.microseconds.wrapping_neg(),
    };
    add_interval(timestamp, negated)
}

/// The interval from `b` to `a`: whole days and the rest, of one sign.
///
/// # Errors
/// 22008 if either is infinite.
pub fn sub(a: i64, b: i64) -> Result<Interval, SqlError> {
    if !is_finite(a) || !is_finite(b) {
        let message = "cannot subtract infinite timestamps";
        return Err(SqlError::new(sqlstate::DATETIME_FIELD_OVERFLOW, message));
    }
    // PostgreSQL 15 does not check: the whole range is wider than 64 bits and wraps.
    let microseconds = a.wrapping_sub(b);
    Ok(Interval {
        months: 0,
        days: (microseconds / MICROSECONDS_PER_DAY) as i32,
        microseconds: microseconds % MICROSECONDS_PER_DAY,
    })
}

/// A field of a timestamp, for `extract` and `date_part`. [value.timestamp.extract]
///
/// # Errors
/// 22023 for a name that is no unit; 0A000 for a time zone.
pub fn extract(unit_name: &str, timestamp: i64) -> Result<Part, SqlError> {
    extract_as(TYPE_NAME, unit_name, timestamp)
}

/// The same, for messages that name the type so.
pub(crate) fn extract_as(
    type_name: &str,
    unit_name: &str,
    timestamp: i64,
) -> Result<Part, SqlError> {
    let unit = Unit::parse(unit_name, type_name)?;
    if !is_finite(timestamp) {
        return Ok(infinite_part(unit, timestamp == NEGATIVE_INFINITY));
    }
    if unit == Unit::Timezone {
        return Err(unsupported(unit_name, type_name));
    }
    let (days, microseconds) = split(timestamp);
    let of_minute = i128::from(microseconds % MICROSECONDS_PER_MINUTE);
    Ok(match unit {
        Unit::Microsecond => Part::Whole(microseconds % MICROSECONDS_PER_MINUTE),
        Unit::Millisecond => Part::Decimal(of_minute, 3),
        Unit::Second => Part::Decimal(of_minute, 6),
        Unit::Minute => Part::Whole(microseconds / MICROSECONDS_PER_MINUTE % 60),
        Unit::Hour => Part::Whole(microseconds / MICROSECONDS_PER_HOUR),
        Unit::Julian => Part::Julian { day: days + POSTGRES_EPOCH_JULIAN, microseconds },
        Unit::Epoch => {
            let unix = i128::from(UNIX_EPOCH_DAYS) * i128::from(MICROSECONDS_PER_DAY);
            Part::Decimal(i128::from(timestamp) + unix, 6)
        }
        _ => day_part(unit, days).expect("the other units belong to the day"),
    })
}

/// A field of an infinite timestamp: infinite if it grows with time, NULL if it recurs.
pub(crate) fn infinite_part(unit: Unit, negative: bool) -> Part {
    match unit {
        Unit::Year
        | Unit::Decade
        | Unit::Century
        | Unit::Millennium
        | Unit::Julian
        | Unit::IsoYear
        | Unit::Epoch => Part::Infinite(negative),
        _ => Part::Null,
    }
}

/// A field that depends on the day only; `None` for units of the time of day.
pub(crate) fn day_part(unit: Unit, days: i64) -> Option<Part> {
    let civil = Civil::from_days(days);
    let year = civil.year;
    let whole = match unit {
        Unit::Day => civil.day,
        Unit::Week => iso_week(days).1,
        Unit::Month => civil.month,
        Unit::Quarter => (civil.month - 1) / 3 + 1,
        Unit::Year => civil.historical_year(),
        // Decades are year / 10 rounded down; centuries and millennia have no zeroth.
        Unit::Decade if year >= 0 => year / 10,
        Unit::Decade => -((8 - (year - 1)) / 10),
        Unit::Century if year > 0 => (year + 99) / 100,
        Unit::Century => -((99 - (year - 1)) / 100),
        Unit::Millennium if year > 0 => (year + 999) / 1000,
        Unit::Millennium => -((999 - (year - 1)) / 1000),
        Unit::IsoYear => match iso_week(days).0 {
            year if year > 0 => year,
            year => year - 1,
        },
        Unit::DayOfWeek => weekday(days),
        Unit::IsoDayOfWeek => iso_weekday(days),
        Unit::DayOfYear => civil.day_of_year(),
        _ => return None,
    };
    Some(Part::Whole(whole))
}

/// The timestamp with everything below the unit set to its start; an infinity stays. [value.timestamp.trunc]
///
/// # Errors
/// 22023 for a name that is no unit that nests; 0A000 for a time zone; 22008 out of range.
pub fn trunc(unit_name: &str, timestamp: i64) -> Result<i64, SqlError> {
    trunc_as(TYPE_NAME, unit_name, timestamp)
}

/// The same, for messages that name the type so.
pub(crate) fn trunc_as(type_name: &str, unit_name: &str, timestamp: i64) -> Result<i64, SqlError> {
    if !is_finite(timestamp) {
        return Ok(timestamp);
    }
    let unit = Unit::parse_nested(unit_name, type_name)?;
    let (days, microseconds) = split(timestamp);
    let step = match unit {
        Unit::Microsecond => 1,
        Unit::Millisecond => 1000,
        Unit::Second => MICROSECONDS_PER_SECOND,
        Unit::Minute => MICROSECONDS_PER_MINUTE,
        Unit::Hour => MICROSECONDS_PER_HOUR,
        _ => MICROSECONDS_PER_DAY,
    };
    if step < MICROSECONDS_PER_DAY {
        return Ok(timestamp - microseconds % step);
    }
    let day = trunc_day(unit, days).ok_or_else(|| unsupported(unit_name, type_name))?;
    checked(i128::from(day) * i128::from(MICROSECONDS_PER_DAY))
}

/// The first day of the unit that the day is in; `None` for units that do not nest.
fn trunc_day(unit: Unit, days: i64) -> Option<i64> {
    let civil = Civil::from_days(days);
    let year = civil.year;
    let first_year = match unit {
        Unit::Day => return Some(days),
        Unit::Week => return Some(days + 1 - iso_weekday(days)),
        Unit::Month => return Some(Civil { day: 1, ..civil }.to_days()),
        Unit::Quarter => {
            let month = (civil.month - 1) / 3 * 3 + 1;
            return Some(Civil { month, day: 1, ..civil }.to_days());
        }
        Unit::Year => year,
        Unit::Decade if year > 0 => year / 10 * 10,
        Unit::Decade => -((8 - (year - 1)) / 10) * 10,
        Unit::Century if year > 0 => (year + 99) / 100 * 100 - 99,
        Unit::Century => -((99 - (year - 1)) / 100) * 100 + 1,
        Unit::Millennium if year > 0 => (year + 999) / 1000 * 1000 - 999,
        Unit::Millennium => -((999 - (year - 1)) / 1000) * 1000 + 1,
        _ => return None,
    };
    Some(Civil { year: first_year, month: 1, day: 1 }.to_days())
}

#[cfg(test)]
mod tests;
