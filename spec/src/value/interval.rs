//! `interval`: months, days and microseconds, kept apart.
//!
//! Comparison counts a month as 30 days and a day as 24 hours, so different intervals can be equal; arithmetic never
//! carries between the fields, except for the fractions that multiplication and division leave.

use std::cmp::Ordering;
use std::fmt;

use crate::error::{SqlError, sqlstate};
use crate::value::Numeric;
use crate::value::calendar::{
    MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR, MICROSECONDS_PER_MINUTE, MICROSECONDS_PER_SECOND,
};
use crate::value::fields::write_clock;
use crate::value::unit::{Part, Unit, unsupported};

mod parse;

pub use parse::{parse, parse_with_unit};

/// Days that a month counts for in comparison and in carrying fractions down.
const DAYS_PER_MONTH: f64 = 30.0;
/// Seconds that a day counts for.
const SECONDS_PER_DAY: f64 = 86_400.0;

/// A span of time in three fields that do not carry into each other (PostgreSQL's `Interval`).
///
/// Rust's `==` is identity of the fields; SQL's equality counts a month as 30 days and a day as 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    /// Months (a year is 12).
    pub months: i32,
    /// Days.
    pub days: i32,
    /// Microseconds.
    pub microseconds: i64,
}

/// `22008 interval out of range`.
pub(crate) fn out_of_range() -> SqlError {
    SqlError::new(sqlstate::DATETIME_FIELD_OVERFLOW, "interval out of range")
}

#[expect(
    clippy::should_implement_trait,
    reason = "the operators of SQL can fail, those of Rust cannot"
)]
impl Interval {
    /// The length in microseconds that comparison goes by: months of 30 days, days of 24 hours. [value.interval.order]
    pub fn span(self) -> i128 {
        let days = i128::from(self.months) * 30 + i128::from(self.days);
        days * i128::from(MICROSECONDS_PER_DAY) + i128::from(self.microseconds)
    }

    /// SQL's order: by length, so that '1 mon' equals '30 days' and '24:00' equals '1 day'. [value.interval.order]
    pub fn compare(&self, other: &Interval) -> Ordering {
        self.span().cmp(&other.span())
    }

    /// The sum, field by field.
    ///
    /// # Errors
    /// 22008 if a field overflows.
    pub fn add(self, other: Interval) -> Result<Interval, SqlError> {
        let sum = || {
            Some(Interval {
                months: self.months.checked_add(other.months)?,
                days: self.days.checked_add(other.days)?,
                microseconds: self.microseconds.checked_add(other.microseconds)?,
            })
        };
        sum().ok_or_else(out_of_range)
    }

    /// The difference, field by field.
    ///
    /// # Errors
    /// 22008 if a field overflows.
    pub fn sub(self, other: Interval) -> Result<Interval, SqlError> {
        let difference = || {
            Some(Interval {
                months: self.months.checked_sub(other.months)?,
                days: self.days.checked_sub(other.days)?,
                microseconds: self.microseconds.checked_sub(other.microseconds)?,
            })
        };
        difference().ok_or_else(out_of_range)
    }

    /// The interval with every field negated.
    ///
    /// # Errors
    /// 22008 if a field is the least of its type.
    pub fn neg(self) -> Result<Interval, SqlError> {
        Interval::default().sub(self)
    }

    /// The product: each field times the factor; fractions of months go into days (of 30 to the month), fractions of
    /// days into time. [value.interval.mul]
    ///
    /// # Errors
    /// 22008 if a field overflows or the factor is NaN.
    pub fn mul(self, factor: f64) -> Result<Interval, SqlError> {
        self.scaled(|field| field * factor)
    }

    /// The quotient, with the same carrying down as the product. [value.interval.mul]
    ///
    /// # Errors
    /// 22012 for a zero divisor; 22008 if a field overflows.
    pub fn div(self, divisor: f64) -> Result<Interval, SqlError> {
        if divisor == 0.0 {
            return Err(SqlError::division_by_zero());
        }
        self.scaled(|field| field / divisor)
    }

    /// Scales every field and carries fractions down, with PostgreSQL's roundings.
    fn scaled(self, scale: impl Fn(f64) -> f64) -> Result<Interval, SqlError> {
        let (months_scaled, days_scaled) =
            (scale(f64::from(self.months)), scale(f64::from(self.days)));
        let (months, mut days) = (field(months_scaled)?, field(days_scaled)?);
        let month_days = to_microsecond((months_scaled - f64::from(months)) * DAYS_PER_MONTH);
        let mut seconds = to_microsecond(
            (days_scaled - f64::from(days) + month_days - month_days.trunc()) * SECONDS_PER_DAY,
        );
        // The fractions of both may make up a day.
        if seconds.abs() >= SECONDS_PER_DAY {
            let carried = (seconds / SECONDS_PER_DAY) as i32;
            days = days.checked_add(carried).ok_or_else(out_of_range)?;
            seconds -= f64::from(carried) * SECONDS_PER_DAY;
        }
        let days = days.checked_add(month_days as i32).ok_or_else(out_of_range)?;
        let microseconds =
            (scale(self.microseconds as f64) + seconds * 1_000_000.0).round_ties_even();
        if !(microseconds >= i64::MIN as f64 && microseconds < -(i64::MIN as f64)) {
            return Err(out_of_range());
        }
        Ok(Interval { months, days, microseconds: microseconds as i64 })
    }

    /// A field of an interval, for `extract` and `date_part`. [value.interval.extract]
    ///
    /// # Errors
    /// 22023 for a name that is no unit; 0A000 for one that intervals do not have (`week`).
    pub fn extract(self, unit_name: &str) -> Result<Part, SqlError> {
        let unit = Unit::parse(unit_name, "interval")?;
        let (years, months) = (i64::from(self.months / 12), i64::from(self.months % 12));
        let of_minute = self.microseconds % MICROSECONDS_PER_MINUTE;
        Ok(match unit {
            Unit::Microsecond => Part::Whole(of_minute),
            Unit::Millisecond => Part::Decimal(i128::from(of_minute), 3),
            Unit::Second => Part::Decimal(i128::from(of_minute), 6),
            Unit::Minute => {
                Part::Whole(self.microseconds % MICROSECONDS_PER_HOUR / MICROSECONDS_PER_MINUTE)
            }
            Unit::Hour => Part::Whole(self.microseconds / MICROSECONDS_PER_HOUR),
            Unit::Day => Part::Whole(i64::from(self.days)),
            Unit::Month => Part::Whole(months),
            Unit::Quarter => Part::Whole(months / 3 + 1),
            Unit::Year => Part::Whole(years),
            Unit::Decade => Part::Whole(years / 10),
            Unit::Century => Part::Whole(years / 100),
            Unit::Millennium => Part::Whole(years / 1000),
            Unit::Epoch => self.epoch(),
            _ => return Err(unsupported(unit_name, "interval")),
        })
    }

    /// Seconds, with years of 365.25 days and other months of 30.
    fn epoch(self) -> Part {
        let (years, months) = (i128::from(self.months / 12), i128::from(self.months % 12));
        // In quarters of days, to stay with integers.
        let quarters = years * 1461 + months * 120 + i128::from(self.days) * 4;
        let exact = quarters * 21_600_000_000 + i128::from(self.microseconds);
        let float = self.microseconds as f64 / 1_000_000.0
            + 365.25 * SECONDS_PER_DAY * years as f64
            + DAYS_PER_MONTH * SECONDS_PER_DAY * months as f64
            + SECONDS_PER_DAY * f64::from(self.days);
        Part::Both(Numeric::from_parts(exact.into(), 6), float)
    }

    /// The interval with every field below the unit set to zero. [value.interval.trunc]
    ///
    /// # Errors
    /// 22023 for a name that is no unit of an interval; 0A000 for one that does not nest (`week`).
    pub fn trunc(self, unit_name: &str) -> Result<Interval, SqlError> {
        let unit = Unit::parse_nested(unit_name, "interval")?;
        let months_of =
            |step: i32| Interval { months: self.months / step * step, ..Interval::default() };
        let time_of =
            |step: i64| Interval { microseconds: self.microseconds / step * step, ..self };
        Ok(match unit {
            Unit::Millennium => months_of(12_000),
            Unit::Century => months_of(1200),
            Unit::Decade => months_of(120),
            Unit::Year => months_of(12),
            Unit::Quarter => months_of(3),
            Unit::Month => months_of(1),
            Unit::Day => Interval { microseconds: 0, ..self },
            Unit::Hour => time_of(MICROSECONDS_PER_HOUR),
            Unit::Minute => time_of(MICROSECONDS_PER_MINUTE),
            Unit::Second => time_of(MICROSECONDS_PER_SECOND),
            Unit::Millisecond => time_of(1000),
            Unit::Microsecond => self,
            Unit::Week => {
                return Err(unsupported(unit_name, "interval")
                    .detail("Months usually have fractional weeks."));
            }
            _ => return Err(unsupported(unit_name, "interval")),
        })
    }
}

/// A scaled month or day field, truncated.
fn field(value: f64) -> Result<i32, SqlError> {
    // Written so that NaN fails.
    if value >= f64::from(i32::MIN) && value <= f64::from(i32::MAX) {
        Ok(value as i32)
    } else {
        Err(out_of_range())
    }
}

/// Rounded to six digits after the point: what makes most products come out whole (`TSROUND`).
fn to_microsecond(value: f64) -> f64 {
    (value * 1_000_000.0).round_ties_even() / 1_000_000.0
}

/// PostgreSQL's output (IntervalStyle postgres): `1 year 2 mons -3 days +04:05:06.5`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut first, mut after_negative) = (true, false);
        for (value, name) in
            [(self.months / 12, "year"), (self.months % 12, "mon"), (self.days, "day")]
        {
            if value == 0 {
                continue;
            }
            let space = if first { "" } else { " " };
            let plus = if after_negative && value > 0 { "+" } else { "" };
            let plural = if value == 1 { "" } else { "s" };
            write!(f, "{space}{plus}{value} {name}{plural}")?;
            (first, after_negative) = (false, value < 0);
        }
        if self.microseconds == 0 && !first {
            return Ok(());
        }
        let space = if first { "" } else { " " };
        let sign = match self.microseconds < 0 {
            true => "-",
            false if after_negative => "+",
            false => "",
        };
        let mut clock = String::new();
        write_clock(self.microseconds.unsigned_abs(), &mut clock);
        write!(f, "{space}{sign}{clock}")
    }
}

#[cfg(test)]
mod tests;
