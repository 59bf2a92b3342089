//! Exact quotients: the arithmetic in which float answers are judged.

use std::cmp::Ordering;
use std::ops::{Add, Mul, Sub};

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::permitted::Rational;

impl Rational {
    /// `numerator / denominator`, in lowest terms.
    ///
    /// # Panics
    /// If the denominator is zero.
    pub fn new(numerator: BigInt, denominator: BigInt) -> Rational {
        assert!(!denominator.is_zero(), "a quotient by zero");
        if numerator.is_zero() {
            return Rational { numerator, denominator: BigInt::one() };
        }
        let (mut numerator, mut denominator) = if denominator.is_negative() {
            (-numerator, -denominator)
        } else {
            (numerator, denominator)
        };
        let divisor = common_divisor(&numerator, &denominator);
        if !divisor.is_one() {
            (numerator, denominator) = (numerator / &divisor, denominator / divisor);
        }
        let halves = [&numerator, &denominator].map(|n| n.trailing_zeros().unwrap_or(0));
        let halves = halves[0].min(halves[1]);
        Rational { numerator: numerator >> halves, denominator: denominator >> halves }
    }

    /// The integer `n`.
    pub fn integer(n: impl Into<BigInt>) -> Rational {
        Rational { numerator: n.into(), denominator: BigInt::one() }
    }

    /// `numerator * 2^exponent`.
    pub fn dyadic(numerator: impl Into<BigInt>, exponent: i64) -> Rational {
        let numerator = numerator.into();
        let shift = exponent.unsigned_abs();
        if exponent >= 0 {
            Rational::integer(numerator << shift)
        } else {
            Rational::new(numerator, BigInt::one() << shift)
        }
    }

    /// The exact value of a finite double; `None` for NaN and the infinities.
    pub fn of_float(x: f64) -> Option<Rational> {
        let (mantissa, exponent) = float_parts(x)?;
        Some(Rational::dyadic(mantissa, i64::from(exponent)))
    }

    /// The quotient of two quotients.
    ///
    /// # Panics
    /// If `other` is zero.
    pub fn over(&self, other: &Rational) -> Rational {
        Rational::new(&self.numerator * &other.denominator, &self.denominator * &other.numerator)
    }

    /// The distance from zero.
    pub fn abs(&self) -> Rational {
        Rational { numerator: self.numerator.abs(), denominator: self.denominator.clone() }
    }

    /// A number not below the square root of a number that is not negative, and above it by less than one part in 2^90.
    pub fn sqrt_above(&self) -> Rational {
        assert!(self.numerator.sign() != Sign::Minus, "a root of a negative number");
        if self.numerator.is_zero() {
            return Rational::integer(0);
        }
        // sqrt(p/q) = sqrt(p*q*4^k) / (q*2^k); p*q >= 1, so k = 100 gives the root at least 100 bits.
        let radicand = (&self.numerator * &self.denominator) << 200u32;
        Rational::new(radicand.sqrt() + 1, &self.denominator << 100u32)
    }
}

/// The odd part of the greatest common divisor of two numbers that are not zero, the second of them positive.
///
/// Doubles are quotients by powers of two of up to two thousand bits, and their means are such quotients by small numbers
/// besides; so what is left of a denominator without its twos is nearly always a machine word, or 1. A gcd of the whole
/// numbers, bit by bit, took three quarters of the time of judging a float.
fn common_divisor(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    let odd = denominator >> denominator.trailing_zeros().unwrap_or(0);
    match odd.to_u64() {
        Some(1) => BigInt::one(),
        Some(word) => {
            let rest = (numerator.magnitude() % word).to_u64().expect("less than a word");
            BigInt::from(rest.gcd(&word))
        }
        None => (numerator >> numerator.trailing_zeros().unwrap_or(0)).gcd(&odd),
    }
}

/// A finite double as `mantissa * 2^exponent` with an odd mantissa (or zero): `None` for NaN and the infinities.
pub(super) fn float_parts(x: f64) -> Option<(i64, i32)> {
    if !x.is_finite() {
        return None;
    }
    let bits = x.to_bits();
    let biased = i32::try_from(bits >> 52 & 0x7ff).expect("eleven bits");
    let fraction = i64::try_from(bits & ((1 << 52) - 1)).expect("52 bits");
    // The exponent of the last place is the same for subnormal numbers and for the smallest normal ones.
    let mantissa = if biased == 0 { fraction } else { fraction | 1 << 52 };
    let exponent = biased.max(1) - 1075;
    if mantissa == 0 {
        return Some((0, 0));
    }
    let zeros = mantissa.trailing_zeros();
    let odd = mantissa >> zeros;
    Some((if x < 0.0 { -odd } else { odd }, exponent + zeros as i32))
}

impl Add for &Rational {
    type Output = Rational;
    fn add(self, other: &Rational) -> Rational {
        if self.denominator == other.denominator {
            return Rational::new(&self.numerator + &other.numerator, self.denominator.clone());
        }
        Rational::new(
            &self.numerator * &other.denominator + &other.numerator * &self.denominator,
            &self.denominator * &other.denominator,
        )
    }
}

impl Sub for &Rational {
    type Output = Rational;
    fn sub(self, other: &Rational) -> Rational {
        if self.denominator == other.denominator {
            return Rational::new(&self.numerator - &other.numerator, self.denominator.clone());
        }
        Rational::new(
            &self.numerator * &other.denominator - &other.numerator * &self.denominator,
            &self.denominator * &other.denominator,
        )
    }
}

impl Mul for &Rational {
    type Output = Rational;
    fn mul(self, other: &Rational) -> Rational {
        Rational::new(&self.numerator * &other.numerator, &self.denominator * &other.denominator)
    }
}

impl Ord for Rational {
    fn cmp(&self, other: &Rational) -> Ordering {
        (&self.numerator * &other.denominator).cmp(&(&other.numerator * &self.denominator))
    }
}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Rational) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_double_is_an_odd_number_times_a_power_of_two() {
        assert_eq!(float_parts(6.0), Some((3, 1)));
        assert_eq!(float_parts(-0.0), Some((0, 0)));
        assert_eq!(float_parts(f64::from_bits(1)), Some((1, -1074)));
        assert_eq!(float_parts(f64::MAX), Some(((1 << 53) - 1, 971)));
        assert_eq!(float_parts(f64::NAN), None);
        assert_eq!(Rational::of_float(-0.75), Some(Rational::new((-3).into(), 4.into())));
    }

    #[test]
    fn quotients_are_in_lowest_terms() {
        let lowest = |a: i128, b: i128| {
            let quotient = Rational::new(a.into(), b.into());
            (quotient.numerator.to_i128().unwrap(), quotient.denominator.to_i128().unwrap())
        };
        assert_eq!(lowest(0, -8), (0, 1));
        assert_eq!(lowest(-12, -18), (2, 3));
        assert_eq!(lowest(48, -8), (-6, 1));
        assert_eq!(lowest(7 << 40, 21 << 44), (1, 48));
        // A prime above a machine word in both: 2^89 - 1.
        let prime = (1i128 << 89) - 1;
        assert_eq!(lowest(prime * 12, prime * 40), (3, 10));
        assert_eq!(lowest(-prime * 3, prime * 5), (-3, 5));
    }

    #[test]
    fn the_root_is_never_too_small() {
        for n in [0, 1, 2, 4, 1_000_003] {
            let n = Rational::new(n.into(), 7.into());
            let root = n.sqrt_above();
            assert!(&root * &root >= n);
        }
        let slack = &Rational::integer(2).sqrt_above() - &Rational::dyadic(1, -80);
        assert!(&slack * &slack < Rational::integer(2));
    }
}
