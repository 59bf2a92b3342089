//! Exact arithmetic: `+ - * / % div`, rounding to places, and the special values in each.

use num_bigint::{BigInt, Sign};
use num_integer::Integer;

use super::decimal::{
    align, align_small, divide_half_away, leading_group, power_of_ten, rescale_truncate,
};
use super::{MAX_DISPLAY_SCALE, MAX_SCALE, MIN_SIGNIFICANT_DIGITS, Numeric};
use crate::error::SqlError;

/// `round` and `trunc` look at no more places than this, to either side.
const MAX_RESULT_SCALE: i32 = 2000;

impl Numeric {
    /// The sum, at the larger scale. Infinity and -Infinity give NaN. [value.numeric.add]
    ///
    /// # Errors
    /// 22003 if the storage format cannot hold it.
    pub fn add(&self, other: &Numeric) -> Result<Numeric, SqlError> {
        use Numeric::{Finite, Infinity, NaN, NegativeInfinity};
        match (self, other) {
            (Finite { coefficient: a, scale: s }, Finite { coefficient: b, scale: t }) => {
                if let Some((x, y, scale)) = align_small(a, *s, b, *t)
                    && let Some(sum) = x.checked_add(y)
                {
                    return Ok(Finite { coefficient: BigInt::from(sum), scale });
                }
                let (x, y, scale) = align(a, *s, b, *t);
                Numeric::stored(x + y, i64::from(scale))
            }
            (NaN, _) | (_, NaN) | (Infinity, NegativeInfinity) | (NegativeInfinity, Infinity) => {
                Ok(NaN)
            }
            (Finite { .. }, special) | (special, _) => Ok(special.clone()),
        }
    }

    /// The difference, at the larger scale. Infinity minus Infinity is NaN. [value.numeric.add]
    ///
    /// # Errors
    /// 22003 if the storage format cannot hold it.
    pub fn sub(&self, other: &Numeric) -> Result<Numeric, SqlError> {
        self.add(&other.neg())
    }

    /// The product, at the sum of the scales (rounded to 16,383). Infinity times zero is NaN. [value.numeric.mul]
    ///
    /// # Errors
    /// 22003 if the storage format cannot hold it.
    pub fn mul(&self, other: &Numeric) -> Result<Numeric, SqlError> {
        use Numeric::{Finite, NaN};
        match (self, other) {
            (Finite { coefficient: a, scale: s }, Finite { coefficient: b, scale: t }) => {
                let scale = i64::from(*s) + i64::from(*t);
                let product = match (i64::try_from(a), i64::try_from(b)) {
                    (Ok(x), Ok(y)) => BigInt::from(i128::from(x) * i128::from(y)),
                    _ => a * b,
                };
                if scale <= i64::from(MAX_SCALE) {
                    return Numeric::stored(product, scale);
                }
                let most = i64::from(MAX_SCALE);
                let rounded = super::decimal::rescale_half_away(&product, scale, most);
                Numeric::stored(rounded, most)
            }
            (NaN, _) | (_, NaN) => Ok(NaN),
            _ if self.is_zero() || other.is_zero() => Ok(NaN),
            _ => Ok(Numeric::infinity(self.is_negative() != other.is_negative())),
        }
    }

    /// The quotient, rounded half away from zero at a scale that gives at least 16 significant digits. [value.numeric.div]
    ///
    /// With w the base-10000 weight of each operand's first nonzero group and f that group's value, the quotient's weight
    /// is q = w1 - w2, less one if f1 <= f2; the scale is 16 - 4q, at least either operand's and at most 1000
    /// (`select_div_scale`). A finite number over an infinity is 0; an infinity over an infinity is NaN.
    ///
    /// # Errors
    /// 22012 for a zero divisor (unless the dividend is NaN); 22003 if the storage format cannot hold the result.
    pub fn div(&self, other: &Numeric) -> Result<Numeric, SqlError> {
        use Numeric::Finite;
        match (self, other) {
            (Finite { coefficient: a, scale: s }, Finite { coefficient: b, scale: t }) => {
                if b.sign() == Sign::NoSign {
                    return Err(SqlError::division_by_zero());
                }
                let scale = quotient_scale(a, *s, b, *t);
                Numeric::stored(quotient(a, *s, b, *t, scale), scale)
            }
            _ => self.divide_special(other),
        }
    }

    /// The quotient truncated to an integer, SQL's `div`.
    ///
    /// # Errors
    /// 22012 for a zero divisor (unless the dividend is NaN); 22003 if the storage format cannot hold the result.
    pub fn div_trunc(&self, other: &Numeric) -> Result<Numeric, SqlError> {
        use Numeric::Finite;
        match (self, other) {
            (Finite { coefficient: a, scale: s }, Finite { coefficient: b, scale: t }) => {
                if b.sign() == Sign::NoSign {
                    return Err(SqlError::division_by_zero());
                }
                let (x, y, _) = align(a, *s, b, *t);
                Numeric::stored(x / y, 0)
            }
            _ => self.divide_special(other),
        }
    }

    /// A quotient of which at least one side is not finite.
    fn divide_special(&self, other: &Numeric) -> Result<Numeric, SqlError> {
        match (self, other) {
            (Numeric::NaN, _) | (_, Numeric::NaN) => Ok(Numeric::NaN),
            (Numeric::Finite { .. }, _) => Ok(Numeric::zero()),
            (_, divisor) if divisor.is_zero() => Err(SqlError::division_by_zero()),
            (_, Numeric::Finite { .. }) => {
                Ok(Numeric::infinity(self.is_negative() != other.is_negative()))
            }
            _ => Ok(Numeric::NaN),
        }
    }

    /// The remainder of the truncated quotient: it has the dividend's sign, at the larger scale. [value.numeric.mod]
    ///
    /// A finite number modulo an infinity is itself; an infinity modulo anything is NaN.
    ///
    /// # Errors
    /// 22012 for a zero divisor (unless the dividend is NaN).
    pub fn rem(&self, other: &Numeric) -> Result<Numeric, SqlError> {
        use Numeric::{Finite, NaN};
        match (self, other) {
            (NaN, _) | (_, NaN) => Ok(NaN),
            (_, divisor) if divisor.is_zero() => Err(SqlError::division_by_zero()),
            (Finite { coefficient: a, scale: s }, Finite { coefficient: b, scale: t }) => {
                if let Some((x, y, scale)) = align_small(a, *s, b, *t) {
                    return Ok(Finite { coefficient: BigInt::from(x % y), scale });
                }
                let (x, y, scale) = align(a, *s, b, *t);
                Numeric::stored(x % y, i64::from(scale))
            }
            (Finite { .. }, _) => Ok(self.clone()),
            _ => Ok(NaN),
        }
    }

    /// The infinity of this sign.
    pub(super) fn infinity(negative: bool) -> Numeric {
        if negative { Numeric::NegativeInfinity } else { Numeric::Infinity }
    }

    /// The number with the other sign; zero and NaN are their own.
    pub fn neg(&self) -> Numeric {
        match self {
            Numeric::Finite { coefficient, scale } => {
                Numeric::Finite { coefficient: -coefficient, scale: *scale }
            }
            Numeric::NaN => Numeric::NaN,
            infinite => Numeric::infinity(!infinite.is_negative()),
        }
    }

    /// The absolute value, at the same scale.
    pub fn abs(&self) -> Numeric {
        if self.is_negative() { self.neg() } else { self.clone() }
    }

    /// -1, 0 or 1; NaN for NaN.
    pub fn sign(&self) -> Numeric {
        match self {
            Numeric::NaN => Numeric::NaN,
            value if value.is_zero() => Numeric::zero(),
            value => Numeric::from(if value.is_negative() { -1 } else { 1 }),
        }
    }

    /// The least integer that is not less, with scale 0.
    pub fn ceil(&self) -> Numeric {
        self.whole(Integer::div_ceil)
    }

    /// The greatest integer that is not greater, with scale 0.
    pub fn floor(&self) -> Numeric {
        self.whole(Integer::div_floor)
    }

    /// The integer that `divide` makes of coefficient and power of ten.
    fn whole(&self, divide: impl Fn(&BigInt, &BigInt) -> BigInt) -> Numeric {
        match self {
            Numeric::Finite { coefficient, scale } => {
                let coefficient = divide(coefficient, &power_of_ten(u64::from(*scale)));
                Numeric::Finite { coefficient, scale: 0 }
            }
            special => special.clone(),
        }
    }

    /// The value rounded half away from zero to `places` after the point (before it, if negative).
    pub fn round(&self, places: i32) -> Numeric {
        self.rounded(i64::from(places.clamp(-MAX_RESULT_SCALE, MAX_RESULT_SCALE)))
    }

    /// The value truncated toward zero to `places` after the point (before it, if negative).
    pub fn trunc(&self, places: i32) -> Numeric {
        let places = i64::from(places.clamp(-MAX_RESULT_SCALE, MAX_RESULT_SCALE));
        match self {
            Numeric::Finite { coefficient, scale } => {
                let kept = rescale_truncate(coefficient, i64::from(*scale), places);
                Numeric::at_places(kept, places)
            }
            special => special.clone(),
        }
    }

    /// The value without trailing zeros after the point (SQL's `trim_scale`).
    pub fn trim_scale(&self) -> Numeric {
        self.hash_key()
    }
}

/// The scale of a quotient of finite numbers (`select_div_scale`).
fn quotient_scale(a: &BigInt, s: u16, b: &BigInt, t: u16) -> i64 {
    let (dividend, divisor) = (leading_group(a, s), leading_group(b, t));
    let borrow = i64::from(dividend.first <= divisor.first);
    let weight = dividend.weight - divisor.weight - borrow;
    let scale = MIN_SIGNIFICANT_DIGITS - weight * 4;
    scale.max(i64::from(s)).max(i64::from(t)).clamp(0, MAX_DISPLAY_SCALE)
}

/// The coefficient at `scale` of `(a * 10^-s) / (b * 10^-t)`, rounded half away from zero.
pub(super) fn quotient(a: &BigInt, s: u16, b: &BigInt, t: u16, scale: i64) -> BigInt {
    let shift = scale + i64::from(t) - i64::from(s);
    if let Some(small) = small_quotient(a, b, shift) {
        return small;
    }
    let (numerator, denominator) = if shift >= 0 {
        (a * power_of_ten(shift as u64), b.clone())
    } else {
        (a.clone(), b * power_of_ten(shift.unsigned_abs()))
    };
    match denominator.sign() {
        Sign::Minus => divide_half_away(&-numerator, &-denominator),
        _ => divide_half_away(&numerator, &denominator),
    }
}

/// The same in machine integers, where they suffice.
fn small_quotient(a: &BigInt, b: &BigInt, shift: i64) -> Option<BigInt> {
    let (x, y) = (i64::try_from(a).ok()?, i64::try_from(b).ok()?);
    let power = 10i128.checked_pow(u32::try_from(shift).ok()?)?;
    let numerator = i128::from(x).checked_mul(power)?;
    let (quotient, remainder) = (numerator / i128::from(y), numerator % i128::from(y));
    let up = remainder.unsigned_abs() * 2 >= u128::from(y.unsigned_abs());
    let step = if (x < 0) == (y < 0) { 1 } else { -1 };
    Some(BigInt::from(quotient + if up { step } else { 0 }))
}
