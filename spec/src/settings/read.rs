//! The texts of settings: how PostgreSQL reads and writes them (`guc.c`). [rel.setting.range]

use std::ops::RangeInclusive;

use super::Unit;
use crate::error::{SqlError, sqlstate};

/// How a setting's value is read and written as text.
pub(super) trait Setting: Sized {
    /// What limits the value.
    type Bounds: 'static;
    /// The value of a text.
    fn read(name: &str, unit: Unit, bounds: &Self::Bounds, text: &str) -> Result<Self, SqlError>;
    /// The text of a value, as SHOW shows it.
    fn write(&self, unit: Unit) -> String;
    /// The least and the greatest value as `pg_settings` has them; none of a truth value.
    fn limits(bounds: &Self::Bounds) -> Option<(String, String)>;
}

pub(super) fn invalid(name: &str, text: &str) -> SqlError {
    SqlError::new(
        sqlstate::INVALID_PARAMETER_VALUE,
        format!("invalid value for parameter \"{name}\": \"{text}\""),
    )
}

fn outside(name: &str, unit: Unit, value: &str, (least, most): (String, String)) -> SqlError {
    let space = if unit == Unit::None { "" } else { " " };
    let unit = unit.name();
    SqlError::new(
        sqlstate::INVALID_PARAMETER_VALUE,
        format!(
            "{value}{space}{unit} is outside the valid range for parameter \"{name}\" ({least} .. {most})"
        ),
    )
}

/// What a text says of truth (`parse_bool`): a word may be cut short as long as it is clear.
pub(super) fn truth(name: &str, text: &str) -> Result<bool, SqlError> {
    let lower = text.to_ascii_lowercase();
    let begins = |word: &str, least: usize| lower.len() >= least && word.starts_with(&lower);
    match lower.as_str() {
        "1" => Ok(true),
        "0" => Ok(false),
        _ if begins("true", 1) || begins("yes", 1) || lower == "on" => Ok(true),
        _ if begins("false", 1) || begins("no", 1) || begins("off", 2) => Ok(false),
        _ => Err(SqlError::new(
            sqlstate::INVALID_PARAMETER_VALUE,
            format!("parameter \"{name}\" requires a Boolean value"),
        )),
    }
}

impl Setting for bool {
    type Bounds = ();

    fn read(name: &str, _: Unit, (): &(), text: &str) -> Result<bool, SqlError> {
        truth(name, text)
    }

    fn write(&self, _: Unit) -> String {
        if *self { "on" } else { "off" }.into()
    }

    fn limits((): &()) -> Option<(String, String)> {
        None
    }
}

impl Setting for f64 {
    type Bounds = RangeInclusive<f64>;

    fn read(
        name: &str,
        unit: Unit,
        bounds: &RangeInclusive<f64>,
        text: &str,
    ) -> Result<f64, SqlError> {
        let trimmed = text.trim_start();
        let end = real(trimmed);
        let value = match whole(trimmed) {
            // A hexadecimal number; an octal one is decimal here.
            Some((value, end)) if trimmed[..end].contains(['x', 'X']) => Some((value, end)),
            _ => trimmed[..end].parse().ok().map(|value| (value, end)),
        };
        let Some((value, end)) = value.filter(|(value, _): &(f64, _)| !value.is_nan()) else {
            return Err(invalid(name, text));
        };
        let written = trimmed[..end].contains(['n', 'N']);
        if (value.is_infinite() && !written) || !trimmed[end..].trim().is_empty() {
            return Err(invalid(name, text));
        }
        if !bounds.contains(&value) {
            let limits = (general(*bounds.start()), general(*bounds.end()));
            return Err(outside(name, unit, &general(value), limits));
        }
        Ok(value)
    }

    fn write(&self, _: Unit) -> String {
        general(*self)
    }

    fn limits(bounds: &RangeInclusive<f64>) -> Option<(String, String)> {
        Some((general(*bounds.start()), general(*bounds.end())))
    }
}

impl Setting for i64 {
    type Bounds = RangeInclusive<i64>;

    fn read(
        name: &str,
        unit: Unit,
        bounds: &RangeInclusive<i64>,
        text: &str,
    ) -> Result<i64, SqlError> {
        let value = integer(name, unit, text)?;
        if !bounds.contains(&value) {
            let limits = (bounds.start().to_string(), bounds.end().to_string());
            return Err(outside(name, unit, &value.to_string(), limits));
        }
        Ok(value)
    }

    fn write(&self, unit: Unit) -> String {
        let larger = unit.larger().into_iter().find(|(_, size)| self % size == 0);
        match larger {
            Some((name, size)) if *self > 0 => format!("{}{name}", self / size),
            _ if *self == 0 => "0".into(),
            // A block is eight kilobytes.
            _ if unit == Unit::Blocks => format!("{}kB", self * 8),
            _ => format!("{self}{}", unit.name()),
        }
    }

    fn limits(bounds: &RangeInclusive<i64>) -> Option<(String, String)> {
        Some((bounds.start().to_string(), bounds.end().to_string()))
    }
}

macro_rules! counts {
    ($($ty:ty),*) => {$(
        impl Setting for $ty {
            type Bounds = RangeInclusive<i64>;

            fn read(
                name: &str,
                unit: Unit,
                bounds: &RangeInclusive<i64>,
                text: &str,
            ) -> Result<$ty, SqlError> {
                i64::read(name, unit, bounds, text).map(|value| value as $ty)
            }

            fn write(&self, unit: Unit) -> String {
                (*self as i64).write(unit)
            }

            fn limits(bounds: &RangeInclusive<i64>) -> Option<(String, String)> {
                i64::limits(bounds)
            }
        }
    )*};
}

counts!(u64, usize);

/// The value of an integer setting (`parse_int`): any number with a unit, rounded to the setting's own.
fn integer(name: &str, unit: Unit, text: &str) -> Result<i64, SqlError> {
    let trimmed = text.trim_start();
    let read = match whole(trimmed) {
        Some((_, end)) if trimmed[end..].starts_with(['.', 'e', 'E']) => None,
        read => read.filter(|(value, _)| value.abs() < 2f64.powi(63)),
    };
    let read = read.or_else(|| {
        let end = real(trimmed);
        trimmed[..end].parse().ok().map(|value| (value, end))
    });
    let Some((value, end)) = read.filter(|(value, _): &(f64, _)| !value.is_nan()) else {
        return Err(invalid(name, text));
    };
    let value = match trimmed[end..].trim() {
        "" => value,
        written => match unit.size(written) {
            Some(size) => in_units(value, size, unit.finer(written)),
            None => return Err(hinted(invalid(name, text), unit.hint())),
        },
    };
    let value = value.round_ties_even();
    if !(f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&value) {
        return Err(invalid(name, text).hint("Value exceeds integer range."));
    }
    Ok(value as i64)
}

/// A value in the setting's unit; a fraction is one of the next finer unit (`convert_to_base_unit`).
fn in_units(value: f64, size: f64, finer: Option<f64>) -> f64 {
    let value = value * size;
    finer.map_or(value, |finer| (value / finer).round_ties_even() * finer)
}

fn hinted(error: SqlError, hint: Option<&'static str>) -> SqlError {
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// The integer that a text begins with and where it ends (`strtol` with base 0).
fn whole(text: &str) -> Option<(f64, usize)> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (base, digits) = match unsigned.strip_prefix("0x").or(unsigned.strip_prefix("0X")) {
        Some(digits) if digits.starts_with(|c: char| c.is_ascii_hexdigit()) => (16, digits),
        _ if unsigned.starts_with('0') => (8, unsigned),
        _ => (10, unsigned),
    };
    let end = digits.find(|c: char| !c.is_digit(base)).unwrap_or(digits.len());
    let value = digits[..end].chars().filter_map(|digit| digit.to_digit(base));
    let value = value.fold(0.0, |value, digit| value * f64::from(base) + f64::from(digit));
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    (end > 0).then_some((sign * value, text.len() - digits.len() + end))
}

/// Where the number that a text begins with ends (`strtod`).
fn real(text: &str) -> usize {
    let digits = |from: usize| {
        let rest = &text[from..];
        from + rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())
    };
    let start = usize::from(text.starts_with(['-', '+']));
    let lower = text[start..].to_ascii_lowercase();
    if let Some(word) = ["infinity", "inf", "nan"].iter().find(|word| lower.starts_with(**word)) {
        return start + word.len();
    }
    let mut end = digits(start);
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['-', '+']));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}

/// A number with six digits, as `%g` writes it.
fn general(value: f64) -> String {
    const DIGITS: i32 = 6;
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.into();
    }
    let scientific = format!("{value:.5e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("e stands in it");
    let exponent: i32 = exponent.parse().expect("an exponent");
    let plain = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if !(-4..DIGITS).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", plain(mantissa), exponent.abs());
    }
    plain(&format!("{value:.*}", (DIGITS - 1 - exponent) as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kilobytes(text: &str) -> String {
        match u64::read("work_mem", Unit::Kilobytes, &(64..=i64::from(i32::MAX)), text) {
            Ok(value) => value.write(Unit::Kilobytes),
            Err(error) => error.message.to_string(),
        }
    }

    #[test]
    fn integers_are_read_as_postgresql_reads_them() {
        assert_eq!(kilobytes("0.5MB"), "512kB");
        assert_eq!(kilobytes("100.6"), "101kB");
        assert_eq!(kilobytes("0x100"), "256kB");
        assert_eq!(kilobytes("1e3"), "1000kB");
        assert_eq!(kilobytes(" 64 kB "), "64kB");
        assert_eq!(kilobytes("64kb"), "invalid value for parameter \"work_mem\": \"64kb\"");
        assert_eq!(
            kilobytes("-1"),
            "-1 kB is outside the valid range for parameter \"work_mem\" (64 .. 2147483647)"
        );
        let too_large = "invalid value for parameter \"work_mem\": \"99999999999999999999\"";
        assert_eq!(kilobytes("99999999999999999999"), too_large);
    }

    #[test]
    fn reals_are_shown_with_six_digits() {
        let shown = [0.01, 1000.0, 1e6, 1e20, 0.123456789, 0.00001, f64::MAX].map(general);
        assert_eq!(shown, ["0.01", "1000", "1e+06", "1e+20", "0.123457", "1e-05", "1.79769e+308"]);
    }

    #[test]
    fn words_of_truth_may_be_cut_short() {
        assert!(truth("jit", "TR").unwrap() && !truth("jit", "of").unwrap());
        assert_eq!(
            truth("jit", "o").unwrap_err().message,
            "parameter \"jit\" requires a Boolean value"
        );
        assert!(truth("jit", " on").is_err() && truth("jit", "").is_err());
    }
}
