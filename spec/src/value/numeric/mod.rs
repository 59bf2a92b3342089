//! `numeric`: exact decimal numbers with a display scale, over `num-bigint`.
//!
//! ```text
//! value      = coefficient * 10^-scale, or NaN, Infinity, -Infinity
//! +  -  %    scale = the larger of the two                                 (arithmetic)
//! *          scale = the sum of the two, at most 16383
//! /          scale = enough for 16 significant digits, see `Numeric::div`
//! sqrt exp ln log power   rounded to a scale with about 16 significant digits   (transcendental, power)
//! ```
//!
//! Results are exact, or the exact value rounded half away from zero. PostgreSQL computes the transcendental functions
//! with a few guard digits; where those do not decide a rounding (about once in 10^8), the last digit may differ.

mod arithmetic;
mod convert;
mod decimal;
mod fixed;
mod parse;
mod power;
mod transcendental;

use std::cmp::Ordering;
use std::fmt;

use num_bigint::{BigInt, Sign};

use crate::error::{SqlError, sqlstate};
use decimal::{digit_count, power_of_ten};

/// The largest display scale that the storage format holds.
pub const MAX_SCALE: u16 = 16_383;
/// The largest number of digits before the point that the storage format holds.
pub const MAX_DIGITS_BEFORE_POINT: i64 = 131_072;
/// Results of division and of transcendental functions have at most this scale.
const MAX_DISPLAY_SCALE: i64 = 1000;
/// Results of division and of transcendental functions have about this many significant digits at least.
const MIN_SIGNIFICANT_DIGITS: i64 = 16;

/// An exact decimal number, or one of its three special values.
///
/// Rust's `==` is identity (1.0 is not 1.00); SQL's order is [`Numeric::compare`]. [value.numeric.scale]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Numeric {
    /// `coefficient * 10^-scale`; the scale (0 to 16383) is what is displayed. Zero has no sign.
    Finite {
        /// All digits, as an integer.
        coefficient: BigInt,
        /// How many of them stand after the point.
        scale: u16,
    },
    /// Not a number: equal to itself and greater than everything else.
    NaN,
    /// Greater than every finite number.
    Infinity,
    /// Less than every finite number.
    NegativeInfinity,
}

/// `22003 value overflows numeric format`.
fn format_overflow() -> SqlError {
    SqlError::new(sqlstate::NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format")
}

impl Numeric {
    /// Zero with scale 0.
    pub fn zero() -> Numeric {
        Numeric::from(0)
    }

    /// The number `coefficient * 10^-scale`.
    pub fn from_parts(coefficient: BigInt, scale: u16) -> Numeric {
        Numeric::Finite { coefficient, scale }
    }

    /// The integer `value`, with scale 0.
    pub fn from_i128(value: i128) -> Numeric {
        Numeric::Finite { coefficient: BigInt::from(value), scale: 0 }
    }

    /// Digits after the point that are displayed; 0 for the special values.
    pub fn scale(&self) -> u16 {
        match self {
            Numeric::Finite { scale, .. } => *scale,
            _ => 0,
        }
    }

    /// All digits as an integer; `None` for the special values.
    pub fn coefficient(&self) -> Option<&BigInt> {
        match self {
            Numeric::Finite { coefficient, .. } => Some(coefficient),
            _ => None,
        }
    }

    /// Whether this is NaN.
    pub fn is_nan(&self) -> bool {
        matches!(self, Numeric::NaN)
    }

    /// Whether this is neither NaN nor an infinity.
    pub fn is_finite(&self) -> bool {
        matches!(self, Numeric::Finite { .. })
    }

    /// Whether this is zero, of any scale.
    pub fn is_zero(&self) -> bool {
        matches!(self, Numeric::Finite { coefficient, .. } if coefficient.sign() == Sign::NoSign)
    }

    /// Whether this is less than zero.
    pub fn is_negative(&self) -> bool {
        match self {
            Numeric::Finite { coefficient, .. } => coefficient.sign() == Sign::Minus,
            Numeric::NegativeInfinity => true,
            _ => false,
        }
    }

    /// SQL's total order: -Infinity, the finite numbers by value, Infinity, NaN (equal to itself). [value.numeric.order]
    pub fn compare(&self, other: &Numeric) -> Ordering {
        use Numeric::Finite;
        match (self, other) {
            (Finite { coefficient: a, scale: s }, Finite { coefficient: b, scale: t }) => {
                decimal::compare(a, *s, b, *t)
            }
            _ => self.class().cmp(&other.class()),
        }
    }

    /// The place of the value's kind in the order.
    fn class(&self) -> u8 {
        match self {
            Numeric::NegativeInfinity => 0,
            Numeric::Finite { .. } => 1,
            Numeric::Infinity => 2,
            Numeric::NaN => 3,
        }
    }

    /// The same value without trailing zeros after the point: equal values have identical keys, fit for hashing.
    pub fn hash_key(&self) -> Numeric {
        match self {
            Numeric::Finite { coefficient, scale } => {
                let (coefficient, scale) = decimal::strip_zeros(coefficient, *scale);
                Numeric::Finite { coefficient, scale }
            }
            special => special.clone(),
        }
    }

    /// The finite number, if the storage format holds it.
    ///
    /// # Errors
    /// 22003 with more than 131,072 digits before the point or 16,383 after it.
    fn stored(coefficient: BigInt, scale: i64) -> Result<Numeric, SqlError> {
        /// Fewer bits than this can never be too many digits.
        const SURELY_FITS_BITS: u64 = 435_000;
        let too_long = coefficient.bits() > SURELY_FITS_BITS
            && digit_count(&coefficient) - scale > MAX_DIGITS_BEFORE_POINT;
        match u16::try_from(scale) {
            Ok(scale) if scale <= MAX_SCALE && !too_long => {
                Ok(Numeric::Finite { coefficient, scale })
            }
            _ => Err(format_overflow()),
        }
    }

    /// The value rounded to `numeric(precision, scale)`. [value.numeric.modifier]
    ///
    /// A negative scale rounds before the point. NaN fits everywhere.
    ///
    /// # Errors
    /// 22003 `numeric field overflow` if the rounded value has more than `precision - scale` digits before the point.
    pub fn with_precision(&self, precision: u16, scale: i16) -> Result<Numeric, SqlError> {
        let overflow = |detail: String| {
            let state = sqlstate::NUMERIC_VALUE_OUT_OF_RANGE;
            Err(SqlError::new(state, "numeric field overflow")
                .detail(format!("A field with precision {precision}, scale {scale} {detail}.")))
        };
        let rounded = match self {
            Numeric::NaN => return Ok(Numeric::NaN),
            Numeric::Infinity | Numeric::NegativeInfinity => {
                return overflow("cannot hold an infinite value".to_owned());
            }
            Numeric::Finite { .. } => self.rounded(i64::from(scale)),
        };
        let max_digits = i64::from(precision) - i64::from(scale);
        match &rounded {
            Numeric::Finite { coefficient, scale }
                if coefficient.sign() != Sign::NoSign
                    && digit_count(coefficient) - i64::from(*scale) > max_digits =>
            {
                let bound =
                    if max_digits == 0 { "1".to_owned() } else { format!("10^{max_digits}") };
                overflow(format!("must round to an absolute value less than {bound}"))
            }
            _ => Ok(rounded),
        }
    }

    /// The value rounded half away from zero to this many digits after the point (before it, if negative).
    fn rounded(&self, places: i64) -> Numeric {
        match self {
            Numeric::Finite { coefficient, scale } => {
                let rounded = decimal::rescale_half_away(coefficient, i64::from(*scale), places);
                Numeric::at_places(rounded, places)
            }
            special => special.clone(),
        }
    }

    /// `coefficient * 10^-places`, where places may be negative: the display scale never is.
    fn at_places(coefficient: BigInt, places: i64) -> Numeric {
        match u16::try_from(places) {
            Ok(scale) => Numeric::Finite { coefficient, scale },
            Err(_) => {
                let coefficient = coefficient * power_of_ten(places.unsigned_abs());
                Numeric::Finite { coefficient, scale: 0 }
            }
        }
    }
}

impl From<i64> for Numeric {
    fn from(value: i64) -> Numeric {
        Numeric::Finite { coefficient: BigInt::from(value), scale: 0 }
    }
}

/// PostgreSQL's output: plain digits with the point where the scale says, never an exponent.
impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (coefficient, scale) = match self {
            Numeric::Finite { coefficient, scale } => (coefficient, usize::from(*scale)),
            Numeric::NaN => return f.write_str("NaN"),
            Numeric::Infinity => return f.write_str("Infinity"),
            Numeric::NegativeInfinity => return f.write_str("-Infinity"),
        };
        let magnitude = coefficient.magnitude();
        let digits = match u64::try_from(magnitude) {
            Ok(small) => small.to_string(),
            Err(_) => magnitude.to_string(),
        };
        if coefficient.sign() == Sign::Minus {
            f.write_str("-")?;
        }
        if scale == 0 {
            return f.write_str(&digits);
        }
        match digits.len().checked_sub(scale) {
            None | Some(0) => write!(f, "0.{digits:0>scale$}"),
            Some(point) => write!(f, "{}.{}", &digits[..point], &digits[point..]),
        }
    }
}

#[cfg(test)]
mod tests;
