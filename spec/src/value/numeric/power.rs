//! `power`: exact repeated multiplication for integer exponents, exp(y ln x) for the others.

use std::f64::consts::LOG10_E;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;

use super::arithmetic::quotient;
use super::decimal::{digit_count, leading_digits, leading_group, power_of_ten, rescale_half_away};
use super::transcendental::{bits_for, from_fixed, ln_weight, scale_for_weight};
use super::{
    MAX_DIGITS_BEFORE_POINT, MAX_DISPLAY_SCALE, MIN_SIGNIFICANT_DIGITS, Numeric, fixed,
    format_overflow,
};
use crate::error::{SqlError, sqlstate};

/// A result whose natural logarithm exceeds this overflows (or is zero).
const LN_LIMIT: f64 = 2000.0 * 3.01;

/// `2201F` with this message.
fn undefined(message: &'static str) -> SqlError {
    SqlError::new(sqlstate::INVALID_ARGUMENT_FOR_POWER_FUNCTION, message)
}

impl Numeric {
    /// This number to a power. [value.numeric.power]
    ///
    /// Anything to the power 0 is 1, and 1 to any power is 1, NaN included.
    ///
    /// # Errors
    /// 2201F for zero to a negative power and for a negative number to a power that is not an integer; 22003 if the
    /// result overflows.
    pub fn power(&self, exponent: &Numeric) -> Result<Numeric, SqlError> {
        let one = Numeric::from(1);
        if self.is_nan() {
            return Ok(if exponent.is_zero() { one } else { Numeric::NaN });
        }
        if exponent.is_nan() {
            return Ok(if self.compare(&one).is_eq() { one } else { Numeric::NaN });
        }
        if self.is_zero() && exponent.is_negative() {
            return Err(undefined("zero raised to a negative power is undefined"));
        }
        if self.is_negative() && !exponent.is_integral() {
            return Err(undefined(
                "a negative number raised to a non-integer power yields a complex result",
            ));
        }
        match (self, exponent) {
            (
                Numeric::Finite { coefficient: x, scale: s },
                Numeric::Finite { coefficient: y, scale: t },
            ) => match integer_exponent(exponent) {
                Some(n) => integer_power(x, *s, n),
                None => general_power(x, *s, y, *t),
            },
            _ => Ok(self.infinite_power(exponent)),
        }
    }

    /// Whether this is an integer; infinities count as integers, NaN does not.
    fn is_integral(&self) -> bool {
        match self.hash_key() {
            Numeric::Finite { scale, .. } => scale == 0,
            Numeric::NaN => false,
            _ => true,
        }
    }

    /// A power of which at least one side is infinite (the rules of POSIX `pow`).
    fn infinite_power(&self, exponent: &Numeric) -> Numeric {
        let one = Numeric::from(1);
        if self.compare(&one).is_eq() || exponent.is_zero() {
            return one;
        }
        if self.is_zero() {
            return Numeric::zero();
        }
        if !exponent.is_finite() {
            return match self.abs().compare(&one) {
                std::cmp::Ordering::Equal => one,
                order if order.is_gt() != exponent.is_negative() => Numeric::Infinity,
                _ => Numeric::zero(),
            };
        }
        if exponent.is_negative() {
            return Numeric::zero();
        }
        let odd = match exponent.hash_key() {
            Numeric::Finite { coefficient, .. } => coefficient.is_odd(),
            _ => false,
        };
        Numeric::infinity(self.is_negative() && odd)
    }
}

/// The exponent as an `i32`, if it is one exactly.
fn integer_exponent(exponent: &Numeric) -> Option<i32> {
    exponent.to_i128().and_then(|n| i32::try_from(n).ok())
}

/// log10 of a positive or negative number's magnitude from its first 13 to 16 digits, as PostgreSQL estimates it.
fn estimate_log10(coefficient: &BigInt, scale: u16) -> f64 {
    let digits = digit_count(coefficient);
    let group = leading_group(coefficient, scale);
    let in_first = (digits - i64::from(scale) - 1).rem_euclid(4) + 1;
    // As many whole groups, up to four, as there are before the trailing zeros.
    let mut groups = 1;
    while groups < 4 {
        let kept = in_first + 4 * (groups - 1);
        let rest_is_zero = digits <= kept
            || (coefficient % power_of_ten((digits - kept) as u64)).sign() == Sign::NoSign;
        if rest_is_zero {
            break;
        }
        groups += 1;
    }
    let f = leading_digits(coefficient, digits, in_first + 4 * (groups - 1)) as f64;
    f.log10() + ((group.weight - (groups - 1)) * 4) as f64
}

/// `x * 10^-s` to an integer power: at least 16 digits after the point, whatever the weight of the result.
fn integer_power(x: &BigInt, s: u16, n: i32) -> Result<Numeric, SqlError> {
    let scale = i64::from(s).clamp(MIN_SIGNIFICANT_DIGITS, MAX_DISPLAY_SCALE);
    if n == 0 {
        return Numeric::stored(power_of_ten(scale as u64), scale);
    }
    if x.sign() == Sign::NoSign {
        return Numeric::stored(BigInt::ZERO, scale);
    }
    let weight = f64::from(n) * estimate_log10(x, s);
    if weight > (MAX_DIGITS_BEFORE_POINT + 1) as f64 {
        return Err(format_overflow());
    }
    if weight + 1.0 < -(scale as f64) {
        return Numeric::stored(BigInt::ZERO, scale);
    }
    let significant = 1 + scale + weight as i64 + f64::from(n).abs().ln() as i64 + 8;
    let power = multiply_repeatedly(x, s, n.unsigned_abs(), significant);
    let coefficient = if n > 0 {
        rescale_half_away(&power.coefficient, power.scale, scale)
    } else {
        reciprocal(&power, scale)
    };
    Numeric::stored(coefficient, scale)
}

/// A number during repeated multiplication, whose scale may exceed what the storage format holds or be negative.
struct Product {
    coefficient: BigInt,
    scale: i64,
}

impl Product {
    /// The product of two, kept to about `significant` digits.
    fn times(&self, other: &Product, significant: i64) -> Product {
        let coefficient = &self.coefficient * &other.coefficient;
        let scale = self.scale + other.scale;
        let spare = digit_count(&coefficient) - significant - GUARD_DIGITS;
        if spare <= 0 {
            return Product { coefficient, scale };
        }
        let kept = scale - spare;
        Product { coefficient: rescale_half_away(&coefficient, scale, kept), scale: kept }
    }
}

/// Digits kept beyond those that PostgreSQL keeps, so that only the final rounding is visible.
const GUARD_DIGITS: i64 = 16;

/// The n-th power by squaring, n > 0.
fn multiply_repeatedly(x: &BigInt, s: u16, n: u32, significant: i64) -> Product {
    let mut square = Product { coefficient: x.clone(), scale: i64::from(s) };
    let mut result = Product { coefficient: BigInt::from(1), scale: 0 };
    let mut left = n;
    loop {
        if left & 1 == 1 {
            result = result.times(&square, significant);
        }
        left >>= 1;
        if left == 0 {
            return result;
        }
        square = square.times(&square, significant);
    }
}

/// The coefficient of `1 / power` at `scale`.
fn reciprocal(power: &Product, scale: i64) -> BigInt {
    // 1 / (c * 10^-p) = 10^p / c
    let shift = scale + power.scale;
    if shift < 0 {
        return quotient(
            &BigInt::from(1),
            0,
            &(&power.coefficient * power_of_ten(shift.unsigned_abs())),
            0,
            0,
        );
    }
    quotient(&power_of_ten(shift as u64), 0, &power.coefficient, 0, 0)
}

/// `x * 10^-s` to the power `y * 10^-t`, by exp(y ln x). The power is not an `i32`.
fn general_power(x: &BigInt, s: u16, y: &BigInt, t: u16) -> Result<Numeric, SqlError> {
    if x.sign() == Sign::NoSign {
        return Numeric::stored(BigInt::ZERO, MIN_SIGNIFICANT_DIGITS);
    }
    let negative = x.sign() == Sign::Minus && (y / power_of_ten(u64::from(t))).is_odd();
    let base = BigInt::from(x.magnitude().clone());
    let approximate = estimate_ln_power(&base, s, y, t);
    if approximate.abs() > LN_LIMIT {
        if approximate > 0.0 {
            return Err(format_overflow());
        }
        return Numeric::stored(BigInt::ZERO, MAX_DISPLAY_SCALE);
    }
    let weight = (approximate * LOG10_E) as i64;
    let scale = scale_for_weight(weight, &[s, t]);
    let digits_of_y = digit_count(y) - i64::from(t);
    let bits = bits_for(scale + weight.max(0) + digits_of_y.max(0) + 8);
    let ln = fixed::ln(&base, &power_of_ten(u64::from(s)), bits);
    let product = ln * y / power_of_ten(u64::from(t));
    let result = from_fixed(&fixed::exp(&product, bits), bits, scale);
    Numeric::stored(if negative { -result } else { result }, scale)
}

/// y ln x to about eight digits, as PostgreSQL estimates it: it decides the scale.
fn estimate_ln_power(x: &BigInt, s: u16, y: &BigInt, t: u16) -> f64 {
    let local_scale = (8 - ln_weight(x, s)).max(0);
    let bits = bits_for(local_scale);
    let ln = from_fixed(&fixed::ln(x, &power_of_ten(u64::from(s)), bits), bits, local_scale);
    let product = rescale_half_away(&(ln * y), local_scale + i64::from(t), local_scale);
    let text = format!("{product}e-{local_scale}");
    text.parse().expect("digits with an exponent are a float")
}
