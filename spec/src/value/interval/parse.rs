//! The text of intervals: PostgreSQL's verbose form, the SQL standard's, and ISO 8601's with designators.
//!
//! As `DecodeInterval` does, words are read from right to left, so that a unit is known before its number.

use super::{Interval, out_of_range};
use crate::error::SqlError;
use crate::value::calendar::{
    MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR, MICROSECONDS_PER_MINUTE, MICROSECONDS_PER_SECOND,
};
use crate::value::fields::{self, Field, Kind, Problem, fraction_microseconds};
use crate::value::unit::Unit;

/// The interval that this text denotes. [value.interval.text]
///
/// # Errors
/// 22007 if the text has not the form of one; 22015 or 22008 if a field is out of range.
pub fn parse(text: &str) -> Result<Interval, SqlError> {
    read(text, Unit::Second, false)
}

/// The interval of `interval 'text' unit`: a number without a unit is of that unit (`year`, `day to second`: the last), and
/// what is smaller than the unit is dropped.
///
/// # Errors
/// As [`parse`]; 22007 also for a unit that a qualifier cannot have.
pub fn parse_with_unit(text: &str, unit: &str) -> Result<Interval, SqlError> {
    let qualifier = unit.to_ascii_lowercase();
    let words: Vec<&str> = qualifier.split_whitespace().collect();
    let named = |name: &str| match name {
        "year" => Some(Unit::Year),
        "month" => Some(Unit::Month),
        "day" => Some(Unit::Day),
        "hour" => Some(Unit::Hour),
        "minute" => Some(Unit::Minute),
        "second" => Some(Unit::Second),
        _ => None,
    };
    let (first, last) = match words.as_slice() {
        [only] => (named(only), named(only)),
        [first, "to", last] => (named(first), named(last)),
        _ => (None, None),
    };
    let (Some(first), Some(last)) = (first, last) else {
        return Err(Problem::Format.error("interval", text));
    };
    let minutes_to_seconds = first == Unit::Minute && last == Unit::Second;
    let interval = read(text, last, minutes_to_seconds)?;
    let cut = |step: i64| interval.microseconds / step * step;
    Ok(match last {
        Unit::Year => Interval { months: interval.months / 12 * 12, ..Interval::default() },
        Unit::Month => Interval { months: interval.months, ..Interval::default() },
        Unit::Day => Interval { microseconds: 0, ..interval },
        Unit::Hour => Interval { microseconds: cut(MICROSECONDS_PER_HOUR), ..interval },
        Unit::Minute => Interval { microseconds: cut(MICROSECONDS_PER_MINUTE), ..interval },
        _ => interval,
    })
}

/// Reads the verbose form, then tries ISO 8601.
fn read(text: &str, plain_unit: Unit, minutes_to_seconds: bool) -> Result<Interval, SqlError> {
    let mut reading = Reading { plain_unit, minutes_to_seconds, ..Reading::default() };
    let verbose = reading.fields(text).and_then(|()| reading.finish());
    let result = match verbose {
        Err(Problem::Format) if text.starts_with('P') => {
            let mut reading = Reading::default();
            reading.iso_8601(&text[1..]).map(|()| reading)
        }
        other => other.map(|()| reading),
    };
    match result {
        Ok(reading) => reading.interval().ok_or_else(out_of_range),
        Err(Problem::Field) => Err(Problem::Interval.error("interval", text)),
        Err(problem) => Err(problem.error("interval", text)),
    }
}

/// The fields as they accumulate.
struct Reading {
    years: i64,
    months: i64,
    days: i64,
    microseconds: i64,
    plain_unit: Unit,
    minutes_to_seconds: bool,
    seen: Vec<Unit>,
    negated: bool,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading {
            years: 0,
            months: 0,
            days: 0,
            microseconds: 0,
            plain_unit: Unit::Second,
            minutes_to_seconds: false,
            seen: Vec::new(),
            negated: false,
        }
    }
}

/// A decimal number, its fraction apart, both with the number's sign.
struct Amount {
    whole: i64,
    fraction: f64,
}

impl Reading {
    /// Reads all words, from the last to the first.
    fn fields(&mut self, text: &str) -> Result<(), Problem> {
        let mut unit = None;
        for Field { kind, text } in fields::split(text).ok_or(Problem::Format)?.iter().rev() {
            match kind {
                Kind::Time => {
                    self.clock(text, false)?;
                    unit = Some(Unit::Day);
                }
                Kind::Signed if text.contains(':') => {
                    // What is no time is then taken for a number, which has no colon.
                    let clock = self.clock(&text[1..], text.starts_with('-'));
                    clock.map_err(|_| Problem::Format)?;
                    unit = Some(Unit::Day);
                }
                Kind::Signed | Kind::Date | Kind::Number => {
                    let current = unit.unwrap_or(self.plain_unit);
                    unit = Some(self.number(text, current)?);
                }
                Kind::Word if text == "ago" => {
                    self.negated = true;
                    unit = None;
                }
                Kind::Word | Kind::SignedWord => {
                    unit = Some(Unit::of_interval(text).ok_or(Problem::Format)?);
                }
            }
        }
        Ok(())
    }

    /// `3`, `-1.5`, or years and months as `1-2`; answers the unit that a number before it would have.
    fn number(&mut self, text: &str, unit: Unit) -> Result<Unit, Problem> {
        let negative = text.starts_with('-');
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        if let Some((years, months)) = unsigned.split_once('-') {
            let years = integer(years)?;
            let months = integer(months)?;
            if months >= 12 {
                return Err(Problem::Field);
            }
            self.once(&[Unit::Month])?;
            let total = years.checked_mul(12).and_then(|years| years.checked_add(months));
            let total = total.ok_or(Problem::Field)?;
            self.months = add(self.months, if negative { -total } else { total })?;
            return Ok(Unit::Month);
        }
        let amount = decimal(unsigned, negative)?;
        self.take(&amount, unit)?;
        Ok(if unit == Unit::Hour { Unit::Day } else { unit })
    }

    /// Notes that a unit has a value now; a second value is an error.
    fn once(&mut self, units: &[Unit]) -> Result<(), Problem> {
        if units.iter().any(|unit| self.seen.contains(unit)) {
            return Err(Problem::Format);
        }
        self.seen.extend(units);
        Ok(())
    }

    /// Adds an amount of a unit; its fraction goes into smaller units.
    fn take(&mut self, amount: &Amount, unit: Unit) -> Result<(), Problem> {
        let Amount { whole, fraction } = *amount;
        match unit {
            Unit::Second if fraction != 0.0 => {
                self.once(&[Unit::Second, Unit::Millisecond, Unit::Microsecond])?;
            }
            _ => self.once(&[unit])?,
        }
        let years = |per: i64| whole.checked_mul(per).ok_or(Problem::Field);
        match unit {
            Unit::Microsecond => self.time(amount, 1),
            Unit::Millisecond => self.time(amount, 1000),
            Unit::Second => self.time(amount, MICROSECONDS_PER_SECOND),
            Unit::Minute => self.time(amount, MICROSECONDS_PER_MINUTE),
            Unit::Hour => self.time(amount, MICROSECONDS_PER_HOUR),
            Unit::Day => {
                self.days = add(self.days, whole)?;
                self.fraction_of_time(fraction, MICROSECONDS_PER_DAY)
            }
            Unit::Week => {
                self.days = add(self.days, whole.checked_mul(7).ok_or(Problem::Field)?)?;
                self.fraction_of_days(fraction, 7.0)
            }
            Unit::Month => {
                self.months = add(self.months, whole)?;
                self.fraction_of_days(fraction, 30.0)
            }
            Unit::Year => self.years(years(1)?, fraction * 12.0),
            Unit::Decade => self.years(years(10)?, fraction * 120.0),
            Unit::Century => self.years(years(100)?, fraction * 1200.0),
            Unit::Millennium => self.years(years(1000)?, fraction * 12_000.0),
            _ => Err(Problem::Format),
        }
    }

    fn years(&mut self, years: i64, fraction_months: f64) -> Result<(), Problem> {
        self.years = add(self.years, years)?;
        self.months = add(self.months, fraction_months.round_ties_even() as i64)?;
        Ok(())
    }

    fn time(&mut self, amount: &Amount, scale: i64) -> Result<(), Problem> {
        let whole = amount.whole.checked_mul(scale).ok_or(Problem::Field)?;
        let total = self.microseconds.checked_add(whole).ok_or(Problem::Field)?;
        self.microseconds = total;
        self.fraction_of_time(amount.fraction, scale)
    }

    /// Adds a fraction of `scale` microseconds, rounded; an exact half is dropped.
    fn fraction_of_time(&mut self, fraction: f64, scale: i64) -> Result<(), Problem> {
        let scaled = fraction * scale as f64;
        let whole = scaled.trunc();
        let rest = scaled - whole;
        let step = if rest > 0.5 { 1 } else { -i64::from(rest < -0.5) };
        let total = self.microseconds.checked_add(whole as i64 + step);
        self.microseconds = total.ok_or(Problem::Field)?;
        Ok(())
    }

    fn fraction_of_days(&mut self, fraction: f64, scale: f64) -> Result<(), Problem> {
        let days = fraction * scale;
        self.days = add(self.days, days.trunc() as i64)?;
        self.fraction_of_time(days - days.trunc(), MICROSECONDS_PER_DAY)
    }

    /// `HH:MM`, `HH:MM:SS`, `MM:SS.fff`.
    fn clock(&mut self, text: &str, negative: bool) -> Result<(), Problem> {
        self.once(&[Unit::Hour, Unit::Minute, Unit::Second, Unit::Millisecond, Unit::Microsecond])?;
        let (clock, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
        let mut parts = Vec::new();
        for part in clock.split(':') {
            parts.push(integer(part)?);
        }
        let (hour, minute, second) = match parts.as_slice() {
            [minute, second] if !fraction.is_empty() || self.minutes_to_seconds => {
                (0, *minute, *second)
            }
            [hour, minute] => (*hour, *minute, 0),
            [hour, minute, second] => (*hour, *minute, *second),
            _ => return Err(Problem::Format),
        };
        let fraction = match fraction {
            "" => 0,
            _ => fraction_microseconds(fraction).ok_or(Problem::Format)?,
        };
        if minute > 59 || second > 60 {
            return Err(Problem::Field);
        }
        let time = hour
            .checked_mul(MICROSECONDS_PER_HOUR)
            .and_then(|hours| hours.checked_add(minute * MICROSECONDS_PER_MINUTE))
            .and_then(|time| time.checked_add(second * MICROSECONDS_PER_SECOND + fraction));
        let time = time.ok_or(Problem::Field)?;
        let total = self.microseconds.checked_add(if negative { -time } else { time });
        self.microseconds = total.ok_or(Problem::Field)?;
        Ok(())
    }

    /// Checks that something was read, and negates for `ago`.
    fn finish(&mut self) -> Result<(), Problem> {
        if self.seen.is_empty() {
            return Err(Problem::Format);
        }
        if self.negated {
            let negated = |value: i64| value.checked_neg().ok_or(Problem::Field);
            self.years = negated(self.years)?;
            self.months = negated(self.months)?;
            self.days = negated(self.days)?;
            self.microseconds = negated(self.microseconds)?;
        }
        Ok(())
    }

    /// ISO 8601 with designators, after the `P`: `1Y2M3W4DT5H6M7.5S`.
    fn iso_8601(&mut self, text: &str) -> Result<(), Problem> {
        if text.is_empty() {
            return Err(Problem::Format);
        }
        let (mut rest, mut in_time) = (text, false);
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('T') {
                (rest, in_time) = (after, true);
                continue;
            }
            let end = rest.find(|c: char| c.is_ascii_alphabetic());
            let Some(end) = end else {
                // `P0001-02-03` and `P00010203` are the alternative format.
                return Err(Problem::Unsupported);
            };
            let (number, after) = rest.split_at(end);
            let unit = match (&after[..1], in_time) {
                ("Y", false) => Unit::Year,
                ("M", false) => Unit::Month,
                ("W", false) => Unit::Week,
                ("D", false) => Unit::Day,
                ("H", true) => Unit::Hour,
                ("M", true) => Unit::Minute,
                ("S", true) => Unit::Second,
                _ if number.contains(['-', ':']) && !number.starts_with('-') => {
                    return Err(Problem::Unsupported);
                }
                _ => return Err(Problem::Format),
            };
            let negative = number.starts_with('-');
            let unsigned = number.strip_prefix(['-', '+']).unwrap_or(number);
            let mut amount = decimal(unsigned, negative)?;
            // Here PostgreSQL reads the number as a double and subtracts the whole part.
            let value: f64 = unsigned.parse().map_err(|_| Problem::Format)?;
            let sign = if negative { -1.0 } else { 1.0 };
            amount.fraction = (value - value.trunc()) * sign;
            self.take(&amount, unit)?;
            rest = &after[1..];
        }
        Ok(())
    }

    /// The interval, if the fields fit.
    fn interval(&self) -> Option<Interval> {
        let months = self.years.checked_mul(12)?.checked_add(self.months)?;
        Some(Interval {
            months: i32::try_from(months).ok()?,
            days: i32::try_from(self.days).ok()?,
            microseconds: self.microseconds,
        })
    }
}

/// The sum, within the 32 bits that PostgreSQL gives years, months and days while reading.
fn add(a: i64, b: i64) -> Result<i64, Problem> {
    let sum = a.checked_add(b).ok_or(Problem::Field)?;
    i32::try_from(sum).map(i64::from).map_err(|_| Problem::Field)
}

/// Digits as an integer.
fn integer(text: &str) -> Result<i64, Problem> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::Format);
    }
    text.parse().map_err(|_| Problem::Field)
}

/// An unsigned decimal number with a sign given apart.
fn decimal(unsigned: &str, negative: bool) -> Result<Amount, Problem> {
    let (whole, fraction) = unsigned.split_at(unsigned.find('.').unwrap_or(unsigned.len()));
    let whole = if whole.is_empty() && fraction.len() > 1 { 0 } else { integer(whole)? };
    let fraction: f64 = match fraction {
        "" | "." => 0.0,
        _ => fraction.parse().map_err(|_| Problem::Format)?,
    };
    let sign = if negative { -1 } else { 1 };
    Ok(Amount { whole: whole * sign, fraction: fraction * sign as f64 })
}
