//! `sqrt`, `exp`, `ln`, `log`: PostgreSQL's result scales, correctly rounded digits.

use std::f64::consts::LOG10_E;

use num_bigint::{BigInt, Sign};

use super::decimal::{compare, divide_half_away, leading_group, power_of_ten};
use super::{MAX_DISPLAY_SCALE, MIN_SIGNIFICANT_DIGITS, Numeric, fixed, format_overflow};
use crate::error::{SqlError, sqlstate};

/// Bits in a decimal digit, rounded up a little.
pub(super) const BITS_PER_DIGIT: f64 = 3.33;
/// Bits beyond the result's: what rounding errors may eat, and what makes a wrong rounding improbable.
pub(super) const GUARD_BITS: u64 = 128;
/// `exp` of anything at or above this overflows, of anything at or below its negative is zero.
const EXP_LIMIT: f64 = 6000.0;

/// A scale that gives about 16 significant digits to a number whose first digit has this decimal weight.
pub(super) fn scale_for_weight(weight: i64, inputs: &[u16]) -> i64 {
    let wanted = MIN_SIGNIFICANT_DIGITS - weight;
    let most = inputs.iter().map(|scale| i64::from(*scale)).max().unwrap_or(0);
    wanted.max(most).clamp(0, MAX_DISPLAY_SCALE)
}

/// Fraction bits that hold `digits` decimal digits, with guard bits.
pub(super) fn bits_for(digits: i64) -> u64 {
    (digits.max(0) as f64 * BITS_PER_DIGIT) as u64 + GUARD_BITS
}

/// The decimal coefficient at `scale` of a fixed-point number with `bits` fraction bits.
pub(super) fn from_fixed(value: &BigInt, bits: u64, scale: i64) -> BigInt {
    divide_half_away(&(value * power_of_ten(scale as u64)), &(BigInt::from(1) << bits))
}

/// The fixed-point number of `coefficient * 10^-scale`.
pub(super) fn to_fixed(coefficient: &BigInt, scale: u16, bits: u64) -> BigInt {
    (coefficient << bits) / power_of_ten(u64::from(scale))
}

/// An estimate of the decimal weight of ln(x), exactly as PostgreSQL estimates it: it decides scales.
pub(super) fn ln_weight(coefficient: &BigInt, scale: u16) -> i64 {
    let (low, high) = (BigInt::from(9), BigInt::from(11));
    let near_one = compare(coefficient, scale, &low, 1).is_ge()
        && compare(coefficient, scale, &high, 1).is_le();
    if near_one {
        // ln(1 + x) is about x.
        let x = coefficient - power_of_ten(u64::from(scale));
        let group = leading_group(&x, scale);
        return if group.first == 0 {
            0
        } else {
            group.weight * 4 + i64::from(group.first.ilog10())
        };
    }
    let (digits, exponent) = leading_pair(coefficient, scale);
    let ln = (digits as f64).ln() + exponent as f64 * std::f64::consts::LN_10;
    ln.abs().log10() as i64
}

/// The first one or two groups of four digits as an integer, and the decimal weight of its last digit.
///
/// The second group is there only if a nonzero digit follows the first, as in PostgreSQL's stripped digit arrays.
fn leading_pair(coefficient: &BigInt, scale: u16) -> (i64, i64) {
    let group = leading_group(coefficient, scale);
    let first = (group.first, group.weight * 4);
    let digits = super::decimal::digit_count(coefficient);
    let in_first = (digits - i64::from(scale) - 1).rem_euclid(4) + 1;
    if digits <= in_first {
        return first;
    }
    let rest = coefficient % power_of_ten((digits - in_first) as u64);
    if rest.sign() == Sign::NoSign {
        return first;
    }
    let both = super::decimal::leading_digits(coefficient, digits, in_first + 4);
    (both, group.weight * 4 - 4)
}

/// `2201E cannot take logarithm of …`.
fn logarithm_of(what: &'static str) -> SqlError {
    SqlError::new(
        sqlstate::INVALID_ARGUMENT_FOR_LOGARITHM,
        format!("cannot take logarithm of {what}"),
    )
}

impl Numeric {
    /// The square root. [value.numeric.sqrt]
    ///
    /// # Errors
    /// 2201F for a negative number.
    pub fn sqrt(&self) -> Result<Numeric, SqlError> {
        if self.is_negative() {
            return Err(SqlError::new(
                sqlstate::INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                "cannot take square root of a negative number",
            ));
        }
        let Numeric::Finite { coefficient, scale } = self else { return Ok(self.clone()) };
        let weight = (leading_group(coefficient, *scale).weight + 1) * 2 - 1;
        let result_scale = scale_for_weight(weight, &[*scale]);
        let shift = 2 * result_scale - i64::from(*scale);
        let square = super::decimal::rescale_truncate(coefficient, 0, shift);
        let root = square.sqrt();
        // The root is nearer to the next integer if the square exceeds (root + 1/2)^2.
        let up = square - &root * &root > root;
        Numeric::stored(if up { root + 1 } else { root }, result_scale)
    }

    /// e to this power. [value.numeric.exp]
    ///
    /// # Errors
    /// 22003 if the result overflows, which is said of every argument from 6000.
    pub fn exp(&self) -> Result<Numeric, SqlError> {
        match self {
            Numeric::Finite { coefficient, scale } => {
                let approximate = self.approximate();
                let weight = (approximate * LOG10_E).clamp(-2000.0, 2000.0) as i64;
                let result_scale = scale_for_weight(weight, &[*scale]);
                exp_to_scale(coefficient, *scale, approximate, result_scale)
            }
            Numeric::NegativeInfinity => Ok(Numeric::zero()),
            special => Ok(special.clone()),
        }
    }

    /// The value as a double, infinite on overflow and zero on underflow.
    pub(super) fn approximate(&self) -> f64 {
        match self {
            Numeric::Finite { coefficient, scale } => match i64::try_from(coefficient) {
                Ok(small) if *scale <= 15 => small as f64 / 10f64.powi(i32::from(*scale)),
                _ => self.to_string().parse().expect("digits are a float"),
            },
            _ => f64::NAN,
        }
    }

    /// The natural logarithm. [value.numeric.ln]
    ///
    /// # Errors
    /// 2201E unless the number is positive.
    pub fn ln(&self) -> Result<Numeric, SqlError> {
        self.check_logarithm()?;
        let Numeric::Finite { coefficient, scale } = self else { return Ok(self.clone()) };
        let result_scale = scale_for_weight(ln_weight(coefficient, *scale), &[*scale]);
        let bits = bits_for(result_scale);
        let ln = fixed::ln(coefficient, &power_of_ten(u64::from(*scale)), bits);
        Numeric::stored(from_fixed(&ln, bits, result_scale), result_scale)
    }

    /// The logarithm to base 10.
    ///
    /// # Errors
    /// 2201E unless the number is positive.
    pub fn log10(&self) -> Result<Numeric, SqlError> {
        self.log(&Numeric::from(10))
    }

    /// The logarithm of this number to a base. [value.numeric.log]
    ///
    /// # Errors
    /// 2201E unless both are positive; 22012 for base 1.
    pub fn log(&self, base: &Numeric) -> Result<Numeric, SqlError> {
        if self.is_nan() || base.is_nan() {
            return Ok(Numeric::NaN);
        }
        if self.is_negative() || base.is_negative() {
            return Err(logarithm_of("a negative number"));
        }
        if self.is_zero() || base.is_zero() {
            return Err(logarithm_of("zero"));
        }
        match (base, self) {
            (
                Numeric::Finite { coefficient: b, scale: t },
                Numeric::Finite { coefficient: x, scale: s },
            ) => log_finite(x, *s, b, *t),
            (Numeric::Infinity, Numeric::Infinity) => Ok(Numeric::NaN),
            (Numeric::Infinity, _) => Ok(Numeric::zero()),
            _ => Ok(Numeric::Infinity),
        }
    }

    /// Refuses what has no logarithm.
    fn check_logarithm(&self) -> Result<(), SqlError> {
        match self {
            value if value.is_negative() => Err(logarithm_of("a negative number")),
            value if value.is_zero() => Err(logarithm_of("zero")),
            _ => Ok(()),
        }
    }
}

/// log of `x * 10^-s` to the base `b * 10^-t`, both positive.
fn log_finite(x: &BigInt, s: u16, b: &BigInt, t: u16) -> Result<Numeric, SqlError> {
    let (base_weight, weight) = (ln_weight(b, t), ln_weight(x, s));
    let scale = scale_for_weight(weight - base_weight, &[s, t]);
    // Enough absolute bits that both logarithms have the result's significant digits.
    let bits = bits_for(scale + (weight - base_weight).max(0) + base_weight.abs() + weight.abs());
    let ln_base = fixed::ln(b, &power_of_ten(u64::from(t)), bits);
    let ln = fixed::ln(x, &power_of_ten(u64::from(s)), bits);
    if compare(b, t, &BigInt::from(1), 0).is_eq() {
        return Err(SqlError::division_by_zero());
    }
    let numerator = ln * power_of_ten(scale as u64);
    let quotient = match ln_base.sign() {
        Sign::Minus => divide_half_away(&-numerator, &-ln_base),
        _ => divide_half_away(&numerator, &ln_base),
    };
    Numeric::stored(quotient, scale)
}

/// exp of `coefficient * 10^-scale`, rounded to `result_scale`.
fn exp_to_scale(
    coefficient: &BigInt,
    scale: u16,
    approximate: f64,
    result_scale: i64,
) -> Result<Numeric, SqlError> {
    if approximate.abs() >= EXP_LIMIT {
        if approximate > 0.0 {
            return Err(format_overflow());
        }
        return Numeric::stored(BigInt::ZERO, result_scale);
    }
    let weight = (approximate * LOG10_E).ceil() as i64;
    let bits = bits_for(result_scale + weight.max(0));
    let exp = fixed::exp(&to_fixed(coefficient, scale, bits), bits);
    Numeric::stored(from_fixed(&exp, bits, result_scale), result_scale)
}
