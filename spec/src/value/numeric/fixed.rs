//! Binary fixed-point logarithm and exponential over big integers: `x * 2^bits` stands for x.
//!
//! ```text
//! ln x  = k ln 2 + 2 artanh((m-1)/(m+1))     where x = m 2^k, m near 1
//! exp x = 2^k exp(r)                         where r = x - k ln 2, by halving r, Taylor and squaring
//! ```
//!
//! Every function loses fewer than a few dozen units in the last place; callers add guard bits and round once.

use num_bigint::{BigInt, Sign};

/// artanh(1/n) for a small integer n.
fn artanh_of_reciprocal(n: u32, bits: u64) -> BigInt {
    let mut power = (BigInt::from(1) << bits) / n;
    let square = u64::from(n) * u64::from(n);
    let mut sum = BigInt::ZERO;
    let mut odd = 1u32;
    while power.sign() != Sign::NoSign {
        sum += &power / odd;
        power /= square;
        odd += 2;
    }
    sum
}

/// ln 2 = 18 artanh(1/26) - 2 artanh(1/4801) + 8 artanh(1/8749).
fn ln_2(bits: u64) -> BigInt {
    artanh_of_reciprocal(26, bits) * 18 - artanh_of_reciprocal(4801, bits) * 2
        + artanh_of_reciprocal(8749, bits) * 8
}

/// ln(numerator / denominator), both positive.
pub(super) fn ln(numerator: &BigInt, denominator: &BigInt, bits: u64) -> BigInt {
    // k such that m = x / 2^k lies in (1/2, 2); one step more brings it to [2/3, 4/3].
    let mut k = numerator.bits() as i64 - denominator.bits() as i64;
    let shift = bits as i64 - k;
    let mut m = if shift >= 0 {
        (numerator << shift as u64) / denominator
    } else {
        numerator / (denominator << shift.unsigned_abs())
    };
    let one = BigInt::from(1) << bits;
    if &m * 3 > &one * 4 {
        // Divided anew: halving m would lose its last bit.
        k += 1;
        m >>= 1u8;
    } else if &m * 3 < &one * 2 {
        k -= 1;
        m <<= 1u8;
    }
    let z = ((&m - &one) << bits) / (&m + &one);
    let square = (&z * &z) >> bits;
    let (mut power, mut sum, mut odd) = (z, BigInt::ZERO, 1u32);
    while power.sign() != Sign::NoSign && power != BigInt::from(-1) {
        sum += &power / odd;
        power = (&power * &square) >> bits;
        odd += 2;
    }
    let fraction = sum * 2;
    if k == 0 { fraction } else { fraction + ln_2(bits) * k }
}

/// exp(x), where x has `bits` fraction bits and |x| < 2^20, with `bits` fraction bits.
///
/// The result has an error of a few units relative to `2^k`; callers give `bits` room for k.
pub(super) fn exp(x: &BigInt, bits: u64) -> BigInt {
    let ln_2 = ln_2(bits);
    let k = x / &ln_2;
    let k = i64::try_from(&k).expect("the argument is below 2^20");
    let halvings = 8 + bits.isqrt() / 2;
    let work = bits + 2 * halvings;
    let r = ((x - &ln_2 * k) << (2 * halvings)) >> halvings;
    let one = BigInt::from(1) << work;
    let (mut term, mut sum, mut n) = (one.clone(), one, 1u32);
    loop {
        term = ((&term * &r) >> work) / n;
        if term.sign() == Sign::NoSign || term == BigInt::from(-1) {
            break;
        }
        sum += &term;
        n += 1;
    }
    for _ in 0..halvings {
        sum = (&sum * &sum) >> work;
    }
    let result = sum >> (2 * halvings);
    if k >= 0 { result << k as u64 } else { result >> k.unsigned_abs() }
}
