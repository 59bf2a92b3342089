//! Decimal digits of big integers: powers of ten, counting, rescaling, rounding.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;

/// 10^exponent.
pub(super) fn power_of_ten(exponent: u64) -> BigInt {
    match 10u64.checked_pow(exponent as u32) {
        Some(power) if exponent < 20 => BigInt::from(power),
        _ => BigInt::from(BigUint::from(10u8).pow(exponent as u32)),
    }
}

/// How many decimal digits the magnitude has; 0 for zero.
pub(super) fn digit_count(value: &BigInt) -> i64 {
    let magnitude = value.magnitude();
    if let Ok(small) = u64::try_from(magnitude) {
        return small.checked_ilog10().map_or(0, |log| i64::from(log) + 1);
    }
    // Between floor((bits-1) * log10 2) and one more; a comparison decides.
    let low = ((magnitude.bits() - 1) as f64 * std::f64::consts::LOG10_2).floor() as u64;
    let low = low.saturating_sub(1);
    let mut power = BigUint::from(10u8).pow(low as u32);
    let mut count = low;
    while power <= *magnitude {
        power *= 10u8;
        count += 1;
    }
    count as i64
}

/// `numerator / denominator` rounded half away from zero to an integer. The denominator is positive.
pub(super) fn divide_half_away(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    if let (Ok(n), Ok(d)) = (i64::try_from(numerator), i64::try_from(denominator)) {
        let (quotient, remainder) = (i128::from(n / d), i128::from(n % d));
        let up = remainder.abs() * 2 >= i128::from(d);
        return BigInt::from(quotient + if up { i128::from(n.signum()) } else { 0 });
    }
    let (quotient, remainder) = numerator.div_rem(denominator);
    let twice = remainder.magnitude() << 1u8;
    if twice < *denominator.magnitude() {
        return quotient;
    }
    match numerator.sign() {
        Sign::Minus => quotient - 1,
        _ => quotient + 1,
    }
}

/// The coefficient of the same value at scale `to`, rounded half away from zero where digits go.
pub(super) fn rescale_half_away(coefficient: &BigInt, from: i64, to: i64) -> BigInt {
    match to.cmp(&from) {
        Ordering::Equal => coefficient.clone(),
        Ordering::Greater => coefficient * power_of_ten((to - from) as u64),
        Ordering::Less => {
            let dropped = from - to;
            if dropped > digit_count(coefficient) {
                return BigInt::ZERO;
            }
            divide_half_away(coefficient, &power_of_ten(dropped as u64))
        }
    }
}

/// The coefficient of the same value at scale `to`, truncated toward zero where digits go.
pub(super) fn rescale_truncate(coefficient: &BigInt, from: i64, to: i64) -> BigInt {
    match to.cmp(&from) {
        Ordering::Equal => coefficient.clone(),
        Ordering::Greater => coefficient * power_of_ten((to - from) as u64),
        Ordering::Less => {
            let dropped = from - to;
            if dropped > digit_count(coefficient) {
                return BigInt::ZERO;
            }
            coefficient / power_of_ten(dropped as u64)
        }
    }
}

/// Both coefficients at the larger of the two scales, and that scale.
pub(super) fn align(a: &BigInt, s: u16, b: &BigInt, t: u16) -> (BigInt, BigInt, u16) {
    match s.cmp(&t) {
        Ordering::Equal => (a.clone(), b.clone(), s),
        Ordering::Less => (a * power_of_ten(u64::from(t - s)), b.clone(), t),
        Ordering::Greater => (a.clone(), b * power_of_ten(u64::from(s - t)), s),
    }
}

/// Both coefficients as machine integers at the larger scale, where they are small: the common case, without big
/// integers.
pub(super) fn align_small(a: &BigInt, s: u16, b: &BigInt, t: u16) -> Option<(i128, i128, u16)> {
    let (x, y) = (i64::try_from(a).ok()?, i64::try_from(b).ok()?);
    let (x, y) = (i128::from(x), i128::from(y));
    let power = |by: u16| (by <= 18).then(|| 10i128.pow(u32::from(by)));
    match s.cmp(&t) {
        Ordering::Equal => Some((x, y, s)),
        Ordering::Less => Some((x * power(t - s)?, y, t)),
        Ordering::Greater => Some((x, y * power(s - t)?, s)),
    }
}

/// The order of `a * 10^-s` and `b * 10^-t`.
pub(super) fn compare(a: &BigInt, s: u16, b: &BigInt, t: u16) -> Ordering {
    if s == t {
        return a.cmp(b);
    }
    if a.sign() != b.sign() {
        return a.sign().cmp(&b.sign());
    }
    if a.sign() == Sign::NoSign {
        // A zero has no first digit, hence no weight to compare by.
        return Ordering::Equal;
    }
    if let Some((x, y, _)) = align_small(a, s, b, t) {
        return x.cmp(&y);
    }
    let weight = |c: &BigInt, scale: u16| digit_count(c) - i64::from(scale);
    let by_weight = weight(a, s).cmp(&weight(b, t));
    match (by_weight, a.sign()) {
        (Ordering::Equal, _) => {
            let (x, y, _) = align(a, s, b, t);
            x.cmp(&y)
        }
        (unequal, Sign::Minus) => unequal.reverse(),
        (unequal, _) => unequal,
    }
}

/// Coefficient and scale without trailing zeros after the point.
pub(super) fn strip_zeros(coefficient: &BigInt, scale: u16) -> (BigInt, u16) {
    if coefficient.sign() == Sign::NoSign {
        return (BigInt::ZERO, 0);
    }
    if let Ok(mut small) = i64::try_from(coefficient) {
        let mut scale = scale;
        while scale > 0 && small % 10 == 0 {
            small /= 10;
            scale -= 1;
        }
        return (BigInt::from(small), scale);
    }
    let (mut coefficient, mut scale) = (coefficient.clone(), scale);
    let mut step = 1024u16;
    while step > 0 {
        let power = power_of_ten(u64::from(step));
        while scale >= step {
            let (quotient, remainder) = coefficient.div_rem(&power);
            if remainder.sign() != Sign::NoSign {
                break;
            }
            coefficient = quotient;
            scale -= step;
        }
        step /= 2;
    }
    (coefficient, scale)
}

/// A positive or negative number as PostgreSQL's storage sees it: in groups of four decimal digits around the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Groups {
    /// The index of the first nonzero group: 0 is the group left of the point.
    pub weight: i64,
    /// The value of that group, 1 to 9999; 0 for the number zero.
    pub first: i64,
}

/// The first nonzero group of four digits; weight 0 and value 0 for zero.
pub(super) fn leading_group(coefficient: &BigInt, scale: u16) -> Groups {
    let digits = digit_count(coefficient);
    if digits == 0 {
        return Groups { weight: 0, first: 0 };
    }
    let exponent = digits - i64::from(scale) - 1;
    let wanted = exponent.rem_euclid(4) + 1;
    let first = leading_digits(coefficient, digits, wanted);
    Groups { weight: exponent.div_euclid(4), first }
}

/// The first `wanted` (at most 18) digits of a number with `digits` digits, padded with zeros.
pub(super) fn leading_digits(coefficient: &BigInt, digits: i64, wanted: i64) -> i64 {
    let magnitude = coefficient.magnitude();
    let small = |value: &BigUint| i64::try_from(value).expect("at most 18 digits");
    if digits <= wanted {
        return small(magnitude) * 10i64.pow((wanted - digits) as u32);
    }
    match u64::try_from(magnitude) {
        Ok(value) => (value / 10u64.pow((digits - wanted) as u32)) as i64,
        Err(_) => small(&(magnitude / power_of_ten((digits - wanted) as u64).magnitude())),
    }
}
