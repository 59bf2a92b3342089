//! An exact sum of doubles: what the rounding error of every other sum is measured against.

use num_bigint::{BigInt, Sign};

use crate::permitted::Rational;

/// The weight of the lowest bit: every finite double is a multiple of 2^-1074.
const LOWEST_BIT: u64 = 1074;
/// Bits in a limb; limbs are kept in 64-bit words, so that 2^30 additions need no carry.
const LIMB_BITS: u32 = 32;
/// Limbs that hold any double (2098 bits) and the carries out of them.
const LIMBS: usize = 68;
/// Additions between two carries.
const ADDITIONS_BETWEEN_CARRIES: u32 = 1 << 29;

/// The exact sum of finite doubles, and of their absolute values if asked: no rounding, any order, any number.
///
/// A fixed-point number of 2176 bits from 2^-1074 up, in limbs with spare bits (Kulisch's long accumulator). Adding one
/// double touches three limbs. [agg.float.exact]
#[derive(Clone, Debug)]
pub struct ExactSum {
    limbs: [i64; LIMBS],
    since_carry: u32,
}

impl Default for ExactSum {
    fn default() -> ExactSum {
        ExactSum { limbs: [0; LIMBS], since_carry: 0 }
    }
}

impl ExactSum {
    /// The empty sum, zero.
    pub fn new() -> ExactSum {
        ExactSum::default()
    }

    /// Adds a double.
    ///
    /// # Panics
    /// If it is NaN or infinite: those have no exact sum, and callers treat them before.
    pub fn add(&mut self, value: f64) {
        assert!(value.is_finite(), "an exact sum takes finite doubles, not {value}");
        let bits = value.to_bits();
        let exponent = (bits >> 52 & 0x7ff) as u32;
        let fraction = bits & ((1 << 52) - 1);
        // Subnormal numbers have no implicit bit and the exponent of the smallest normal ones.
        let (mantissa, shift) =
            if exponent == 0 { (fraction, 0) } else { (fraction | 1 << 52, exponent - 1) };
        let (limb, offset) = ((shift / LIMB_BITS) as usize, shift % LIMB_BITS);
        let wide = u128::from(mantissa) << offset;
        for part in 0..3 {
            let piece = (wide >> (LIMB_BITS as usize * part)) as u32;
            let piece = i64::from(piece);
            self.limbs[limb + part] += if value.is_sign_negative() { -piece } else { piece };
        }
        self.since_carry += 1;
        if self.since_carry == ADDITIONS_BETWEEN_CARRIES {
            self.carry();
        }
    }

    /// Moves what does not fit a limb into the next one.
    fn carry(&mut self) {
        let mut carry = 0;
        for limb in &mut self.limbs[..LIMBS - 1] {
            let total = *limb + carry;
            carry = total >> LIMB_BITS;
            *limb = total - (carry << LIMB_BITS);
        }
        self.limbs[LIMBS - 1] += carry;
        self.since_carry = 0;
    }

    /// Adds everything that another sum holds.
    pub fn merge(&mut self, other: &ExactSum) {
        let mut other = other.clone();
        other.carry();
        self.carry();
        for (mine, theirs) in self.limbs.iter_mut().zip(other.limbs) {
            *mine += theirs;
        }
        self.since_carry = 1;
    }

    /// The sum times 2^1074, an integer.
    pub fn scaled(&self) -> BigInt {
        let mut sum = self.clone();
        sum.carry();
        // Only the highest limb has a sign after a carry, and it is that of the sum.
        let sign = if sum.limbs[LIMBS - 1] < 0 { Sign::Minus } else { Sign::Plus };
        if sign == Sign::Minus {
            sum.limbs.iter_mut().for_each(|limb| *limb = -*limb);
            sum.carry();
        }
        let digit = |limb: &i64| u32::try_from(*limb).expect("carries have been moved on");
        BigInt::new(sign, sum.limbs.iter().map(digit).collect())
    }

    /// The sum as a reduced quotient, whose denominator is a power of two.
    pub fn to_rational(&self) -> Rational {
        let scaled = self.scaled();
        let shared = scaled.trailing_zeros().unwrap_or(LOWEST_BIT).min(LOWEST_BIT);
        Rational {
            numerator: scaled >> shared,
            denominator: BigInt::from(1) << (LOWEST_BIT - shared),
        }
    }
}

impl Extend<f64> for ExactSum {
    fn extend<T: IntoIterator<Item = f64>>(&mut self, values: T) {
        values.into_iter().for_each(|value| self.add(value));
    }
}

impl FromIterator<f64> for ExactSum {
    fn from_iter<T: IntoIterator<Item = f64>>(values: T) -> ExactSum {
        let mut sum = ExactSum::new();
        sum.extend(values);
        sum
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Finite doubles of all exponents alike, subnormal ones and zeros of both signs among them; and small numbers, whose
    /// sums have few bits.
    fn doubles() -> impl Strategy<Value = f64> {
        let of_exponent = |(exponent, fraction, sign): (u64, u64, bool)| {
            f64::from_bits(u64::from(sign) << 63 | exponent << 52 | fraction)
        };
        let fraction = 0..1u64 << 52;
        prop_oneof![
            4 => (0..2047u64, fraction.clone(), any::<bool>()).prop_map(of_exponent),
            1 => (Just(0u64), fraction, any::<bool>()).prop_map(of_exponent),
            1 => (Just(2046u64), Just((1 << 52) - 1), any::<bool>()).prop_map(of_exponent),
            1 => (-100..100i32).prop_map(|x| f64::from(x) / 8.0),
            1 => prop_oneof![Just(0.0), Just(-0.0), Just(f64::from_bits(1))],
        ]
    }

    /// The same sum in quotients of big integers: another reading of the bits and another addition.
    fn quotients(values: &[f64]) -> Rational {
        let add = |sum: Rational, x: &f64| &sum + &Rational::of_float(*x).expect("finite");
        values.iter().fold(Rational::integer(0), add)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None,
            rng_seed: proptest::test_runner::RngSeed::Fixed(15), ..ProptestConfig::default() })]

        #[test]
        fn the_sum_is_that_of_big_quotients(values in prop::collection::vec(doubles(), 0..40)) {
            let sum: ExactSum = values.iter().copied().collect();
            prop_assert_eq!(sum.to_rational(), quotients(&values));
        }

        #[test]
        fn order_and_splits_do_not_matter(
            values in prop::collection::vec(doubles(), 0..40),
            cut in 0..40usize,
        ) {
            let all: ExactSum = values.iter().rev().copied().collect();
            let (left, right) = values.split_at(cut.min(values.len()));
            let mut merged: ExactSum = left.iter().copied().collect();
            merged.merge(&right.iter().copied().collect());
            prop_assert_eq!(merged.scaled(), all.scaled());
        }
    }

    #[test]
    fn carries_are_moved_on_before_a_limb_is_full() {
        let mut sum: ExactSum = [f64::MAX; 3].into_iter().collect();
        sum.since_carry = ADDITIONS_BETWEEN_CARRIES - 1;
        sum.limbs[60] += i64::from(u32::MAX) * i64::from(ADDITIONS_BETWEEN_CARRIES - 1);
        let before = sum.scaled();
        sum.add(-f64::MAX);
        assert_eq!(sum.since_carry, 0);
        let largest = Rational::of_float(f64::MAX).expect("finite");
        assert_eq!(sum.scaled(), before - (largest.numerator << 1074));
    }

    fn rational(numerator: i64, denominator: i64) -> Rational {
        Rational { numerator: numerator.into(), denominator: denominator.into() }
    }

    #[test]
    fn a_sum_that_rounds_away_in_floats_is_exact_here() {
        let sum: ExactSum = [1e16, 1.0, -1e16, 0.5, -0.25].into_iter().collect();
        assert_eq!(sum.to_rational(), rational(5, 4));
    }

    #[test]
    fn the_extremes_of_the_type_cancel_to_the_last_bit() {
        let tiny = f64::from_bits(1);
        let sum: ExactSum = [f64::MAX, tiny, f64::MAX, -f64::MAX, -f64::MAX].into_iter().collect();
        assert_eq!(sum.scaled(), BigInt::from(1));
        let sum: ExactSum = [-tiny; 3].into_iter().collect();
        assert_eq!(sum.scaled(), BigInt::from(-3));
    }

    #[test]
    fn merging_is_adding_all() {
        let values = [1e300, -3.25, 7e-200, -1e300, 2.0, 1e-310];
        let all: ExactSum = values.into_iter().collect();
        let mut left: ExactSum = values[..2].iter().copied().collect();
        left.merge(&values[2..].iter().copied().collect());
        assert_eq!(left.scaled(), all.scaled());
        assert_eq!(ExactSum::new().to_rational(), rational(0, 1));
    }
}
