//! The units of time: their names, and what `extract` and `date_trunc` know of them.

use crate::error::{SqlError, sqlstate};
use crate::value::Numeric;

/// A field of a date, timestamp or interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Unit {
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    Decade,
    Century,
    Millennium,
    Julian,
    IsoYear,
    DayOfWeek,
    IsoDayOfWeek,
    DayOfYear,
    Epoch,
    Timezone,
}

/// PostgreSQL looks at this many characters of a unit's name.
const TOKEN_LENGTH: usize = 10;

impl Unit {
    /// The unit of this name in an interval's text: `mons`, `hrs`, `decade`. Names are in lower case.
    pub fn of_interval(name: &str) -> Option<Unit> {
        let unit = match name.get(..TOKEN_LENGTH).unwrap_or(name) {
            "us" | "usec" | "usecs" | "useconds" | "usecond" | "microsecon" => Unit::Microsecond,
            "ms" | "msec" | "msecs" | "mseconds" | "msecond" | "millisecon" => Unit::Millisecond,
            "s" | "sec" | "secs" | "second" | "seconds" => Unit::Second,
            "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minute,
            "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Hour,
            "d" | "day" | "days" => Unit::Day,
            "w" | "week" | "weeks" => Unit::Week,
            "mon" | "mons" | "month" | "months" => Unit::Month,
            "qtr" | "quarter" => Unit::Quarter,
            "y" | "yr" | "yrs" | "year" | "years" => Unit::Year,
            "dec" | "decs" | "decade" | "decades" => Unit::Decade,
            "c" | "cent" | "century" | "centuries" => Unit::Century,
            "mil" | "mils" | "millennia" | "millennium" => Unit::Millennium,
            "timezone" | "timezone_h" | "timezone_m" => Unit::Timezone,
            _ => return None,
        };
        Some(unit)
    }

    /// The unit of this name in `date_trunc`, in any case.
    ///
    /// # Errors
    /// 22023 for a name that is no unit, or none that nests (`dow`, `epoch`).
    pub fn parse_nested(name: &str, type_name: &str) -> Result<Unit, SqlError> {
        let unit = Unit::of_interval(&name.to_ascii_lowercase());
        unit.ok_or_else(|| unrecognized(name, type_name))
    }

    /// The unit of this name in `extract` and `date_part`, in any case.
    ///
    /// # Errors
    /// 22023 for a name that is no unit.
    pub fn parse(name: &str, type_name: &str) -> Result<Unit, SqlError> {
        let lower = name.to_ascii_lowercase();
        let unit = Unit::of_interval(&lower).or(match lower.as_str() {
            "dow" => Some(Unit::DayOfWeek),
            "isodow" => Some(Unit::IsoDayOfWeek),
            "doy" => Some(Unit::DayOfYear),
            "isoyear" => Some(Unit::IsoYear),
            "j" | "jd" | "julian" => Some(Unit::Julian),
            "epoch" => Some(Unit::Epoch),
            _ => None,
        });
        unit.ok_or_else(|| unrecognized(name, type_name))
    }
}

/// `22023 unit "…" not recognized for type …`.
fn unrecognized(name: &str, type_name: &str) -> SqlError {
    SqlError::new(
        sqlstate::INVALID_PARAMETER_VALUE,
        format!("unit \"{}\" not recognized for type {type_name}", name.to_ascii_lowercase()),
    )
}

/// `0A000 unit "…" not supported for type …`.
pub(crate) fn unsupported(name: &str, type_name: &str) -> SqlError {
    SqlError::new(
        sqlstate::FEATURE_NOT_SUPPORTED,
        format!("unit \"{}\" not supported for type {type_name}", name.to_ascii_lowercase()),
    )
}

/// What a field of a date, timestamp or interval is, before it becomes a `numeric` (`extract`) or a `float8` (`date_part`).
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// An integer.
    Whole(i64),
    /// An integer over a power of ten: the number, and the power.
    Decimal(i128, u16),
    /// A Julian day number and the microseconds of its day.
    Julian {
        /// The day number.
        day: i64,
        /// Microseconds since midnight.
        microseconds: i64,
    },
    /// Any other number, where the float is not the numeric's nearest.
    Both(Numeric, f64),
    /// A field that grows without bound, of an infinite timestamp; negative if the flag is set.
    Infinite(bool),
    /// A field that recurs, of an infinite timestamp: NULL.
    Null,
}

impl Part {
    /// The field as `extract` gives it; `None` is NULL.
    pub fn to_numeric(&self) -> Option<Numeric> {
        match self {
            Part::Whole(value) => Some(Numeric::from(*value)),
            Part::Decimal(value, scale) => Some(Numeric::from_parts((*value).into(), *scale)),
            Part::Julian { day, microseconds } => {
                let per_day = Numeric::from(super::calendar::MICROSECONDS_PER_DAY);
                let fraction =
                    Numeric::from(*microseconds).div(&per_day).expect("a day is not zero");
                Some(Numeric::from(*day).add(&fraction).expect("a few digits"))
            }
            Part::Both(numeric, _) => Some(numeric.clone()),
            Part::Infinite(true) => Some(Numeric::NegativeInfinity),
            Part::Infinite(false) => Some(Numeric::Infinity),
            Part::Null => None,
        }
    }

    /// The field as `date_part` gives it; `None` is NULL.
    pub fn to_f64(&self) -> Option<f64> {
        match self {
            Part::Whole(value) => Some(*value as f64),
            Part::Decimal(value, scale) => Some(*value as f64 / 10f64.powi(i32::from(*scale))),
            Part::Julian { day, microseconds } => {
                let seconds = (microseconds / 1_000_000) as f64
                    + (microseconds % 1_000_000) as f64 / 1_000_000.0;
                Some(*day as f64 + seconds / 86_400.0)
            }
            Part::Both(_, float) => Some(*float),
            Part::Infinite(true) => Some(f64::NEG_INFINITY),
            Part::Infinite(false) => Some(f64::INFINITY),
            Part::Null => None,
        }
    }
}
