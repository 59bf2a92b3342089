//! Conversions between `numeric` and the other number types.

use num_bigint::BigInt;

use super::Numeric;
use super::decimal::rescale_half_away;
use super::parse::cannot_convert;
use crate::error::SqlError;

/// Integers up to this one are exact in a double.
const EXACT_DOUBLE: i64 = 1 << 53;
/// Powers of ten up to 10^22 are exact in a double.
const EXACT_POWER: u16 = 22;

impl Numeric {
    /// The decimal number of 15 significant digits nearest to a `float8`, as PostgreSQL casts. [value.numeric.float]
    pub fn from_f64(value: f64) -> Numeric {
        match special(value) {
            Some(special) => special,
            None => from_scientific(&format!("{value:.14e}")),
        }
    }

    /// The decimal number of 6 significant digits nearest to a `float4`, as PostgreSQL casts. [value.numeric.float]
    pub fn from_f32(value: f32) -> Numeric {
        match special(f64::from(value)) {
            Some(special) => special,
            None => from_scientific(&format!("{value:.5e}")),
        }
    }

    /// The nearest `float8`.
    ///
    /// # Errors
    /// 22003 if a finite number is too large, or a nonzero one too small, for the type.
    pub fn to_f64(&self) -> Result<f64, SqlError> {
        match self {
            Numeric::Finite { coefficient, scale } => {
                // Both operands are exact and the quotient is rounded once, so the result is the nearest.
                if let Ok(small) = i64::try_from(coefficient)
                    && small.abs() <= EXACT_DOUBLE
                    && *scale <= EXACT_POWER
                {
                    return Ok(small as f64 / 10f64.powi(i32::from(*scale)));
                }
                crate::value::float::parse_f64(&self.to_string())
            }
            special => Ok(special.special_f64()),
        }
    }

    /// The nearest `float4`.
    ///
    /// # Errors
    /// 22003 if a finite number is too large, or a nonzero one too small, for the type.
    pub fn to_f32(&self) -> Result<f32, SqlError> {
        match self {
            Numeric::Finite { .. } => crate::value::float::parse_f32(&self.to_string()),
            special => Ok(special.special_f64() as f32),
        }
    }

    /// The double for a value that is not finite.
    fn special_f64(&self) -> f64 {
        match self {
            Numeric::Infinity => f64::INFINITY,
            Numeric::NegativeInfinity => f64::NEG_INFINITY,
            _ => f64::NAN,
        }
    }

    /// The nearest `int2`, halves away from zero.
    ///
    /// # Errors
    /// 22003 out of range; 0A000 for NaN and the infinities.
    pub fn to_i16(&self) -> Result<i16, SqlError> {
        let whole = self.integer("smallint")?;
        i16::try_from(&whole).map_err(|_| SqlError::out_of_range("smallint"))
    }

    /// The nearest `int4`, halves away from zero.
    ///
    /// # Errors
    /// 22003 out of range; 0A000 for NaN and the infinities.
    pub fn to_i32(&self) -> Result<i32, SqlError> {
        let whole = self.integer("integer")?;
        i32::try_from(&whole).map_err(|_| SqlError::out_of_range("integer"))
    }

    /// The nearest `int8`, halves away from zero.
    ///
    /// # Errors
    /// 22003 out of range; 0A000 for NaN and the infinities.
    pub fn to_i64(&self) -> Result<i64, SqlError> {
        let whole = self.integer("bigint")?;
        i64::try_from(&whole).map_err(|_| SqlError::out_of_range("bigint"))
    }

    /// The value as a machine integer, if it is one exactly and fits.
    pub fn to_i128(&self) -> Option<i128> {
        match self.hash_key() {
            Numeric::Finite { coefficient, scale: 0 } => i128::try_from(&coefficient).ok(),
            _ => None,
        }
    }

    /// The nearest integer, halves away from zero.
    fn integer(&self, target: &str) -> Result<BigInt, SqlError> {
        match self {
            Numeric::Finite { coefficient, scale } => {
                Ok(rescale_half_away(coefficient, i64::from(*scale), 0))
            }
            Numeric::NaN => Err(cannot_convert("NaN", target)),
            _ => Err(cannot_convert("infinity", target)),
        }
    }
}

/// The special number of a float that is not finite.
fn special(value: f64) -> Option<Numeric> {
    match value {
        value if value.is_nan() => Some(Numeric::NaN),
        f64::INFINITY => Some(Numeric::Infinity),
        f64::NEG_INFINITY => Some(Numeric::NegativeInfinity),
        _ => None,
    }
}

/// The number of a text such as `-1.50000e-7`, with no more scale than its value needs.
fn from_scientific(text: &str) -> Numeric {
    let (mantissa, exponent) = text.split_once('e').expect("scientific notation has an exponent");
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    let places = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len()) as i64;
    let exponent: i64 = exponent.parse().expect("scientific notation has an exponent");
    let digits = mantissa.replace('.', "");
    let coefficient = BigInt::from(digits.parse::<i64>().unwrap_or_default());
    Numeric::at_places(coefficient, places - exponent)
}
