//! How far a float answer may be from the exact one: theorems, computed in exact quotients. [agg.float.bound]
//!
//! `u` is the unit roundoff, 2^-53 (2^-24 for `sum(float4)`, whose additions are float4 additions), and
//! `γ(m) = (1+u)^m - 1`, computed by squaring with every product rounded up at 2^-256: for a million rows the power itself
//! would have millions of digits. So the bound is never below its theorem's, and above it by less than one part in 2^150.
//! `h` is the height of the tree of additions.
//!
//! # Sums
//!
//! Adding rounds by a factor `1 + δ`, `|δ| ≤ u`, without underflow [agg.float.rounding]. So in any tree of height `h`
//!
//! ```text
//! |computed - exact|  ≤  γ(h) · Σ|x|          (Higham 2002, §4.2; `float_sum_bound` in coq/FloatBound.v)
//! ```
//!
//! and each later rounding (the division of an average) raises `h` by one. A division may underflow, which adds at most
//! half of the least positive double, 2^-1075.
//!
//! # Squared deviations
//!
//! Proved as `variance_bound` in coq/FloatVariance.v, without the terms for underflow, which are argued here alone.
//!
//! Let `S = Σ(x - mean)²`, `Q = Σx²`, n rows. A tree of Youngs–Cramer steps (a row joins a state) and of combines (two
//! states join) adds, at each inner node i with parts of N1 and N2 rows, N = N1 + N2, an exact term
//! `c = r² = N1·N2/N · (mean1 - mean2)²`, and Σc = S (Chan, Golub and LeVeque, *Algorithms for Computing the Sample
//! Variance*, 1983, eq. 1.5). Write `Q_i` for the sum of squares below node i; since a row lies below at most `h` nodes,
//! `Σ Q_i ≤ h·Q`. The sum of absolute values below a node is at most `√(N·Q_i)` (Cauchy–Schwarz).
//!
//! **The computed root term.** For a combine, each quotient `Sx/N` is off by at most `γ(h+1)·Σ|x|/N`, their difference rounds
//! once more; scaled by √(N1·N2/N) ≤ √N1, √N2 this is
//! `e_i ≤ u·r + (1+u)·γ(h+1)·(√Q_1 + √Q_2)`, and `(√Q_1 + √Q_2)² ≤ 2·Q_i`. For a row x that joins a state, `t = x·N - Sx`
//! gives `e_i ≤ u·r + (1+u)·γ(h+1)·(√2·|x| + √Q_i)`, and `(√2·|x| + √Q_i)² ≤ 6·Q_i`. By Minkowski's inequality the root of
//! the sum of all `e_i²` is
//!
//! ```text
//! E  ≤  u·√S + (1+u)·γ(h+1)·√(6·h·Q) + n·2^-1074
//! ```
//!
//! where the last term is what underflow of the quotients can do (2·2^-1075·√n at each of fewer than n nodes).
//!
//! **The sum of the terms.** Squaring, weighting and dividing round at most five times (`t·t / (N·N')`: three, and one
//! more since a rounding sits in the denominator; `t·t·(1/(N·N'))`: one more again; `N1·N2·t·t / N`: four), and a term then
//! goes through at most `2h` additions. With `Σ(r + e)² ≤ (√S + E)²` (Minkowski again) and one division by n or n-1,
//!
//! ```text
//! |computed - S/d|  ≤  ( (1+u)^(2h+6) · (√S + E)²  -  S ) / d  +  n·2^-1072
//! ```
//!
//! The last term is underflow of the products and quotients: at most 2^-1074 per node, at most doubled on the way.
//! A standard deviation is the rounded root of such a number. The bound is sound, not tight; it is small where it
//! matters: for n rows with S ≈ Q it is about `5·h·u·√h` relative.
//!
//! What is computed from pairs is in [`pairs`].

pub mod pairs;

use num_bigint::BigInt;

use crate::permitted::{FloatCell, FloatRule, Rational};

/// Whether a float answer is within the proved bound of its cell, after at most `height` additions on any path.
///
/// NaN and the infinities are never within a bound of a number. Beyond a height of 64/u (2^30 float4 additions, 2^59 float8
/// additions) every finite number is admitted: the bound is then more than 10^27 times the magnitude.
pub fn admits(cell: &FloatCell, value: f64, height: u64) -> bool {
    let Some(value) = Rational::of_float(value) else { return false };
    match &cell.rule {
        FloatRule::Sum => {
            sum_bound(cell, height).is_none_or(|bound| (&value - &cell.exact).abs() <= bound)
        }
        FloatRule::SquaredDeviations { root } => {
            deviation_bound(cell, height).is_none_or(|bound| {
                let low = &cell.exact - &bound;
                let high = &cell.exact + &bound;
                if *root { root_within(&value, &low, &high) } else { low <= value && value <= high }
            })
        }
        FloatRule::Pairs(pairs) => pairs.admits(&value, height),
    }
}

/// The unit roundoff: half the distance from 1 to the next number.
fn unit(single: bool) -> Rational {
    Rational::dyadic(1, if single { -24 } else { -53 })
}

/// Bits after the point of the powers of `1 + u`.
const POINT: u32 = 256;

/// `γ(m) = (1+u)^m - 1` from above; `None` where it is astronomical.
fn gamma(m: u64, single: bool) -> Option<Rational> {
    let unit_bits = if single { 24 } else { 53 };
    if m >> unit_bits > 64 {
        return None;
    }
    let one = BigInt::from(1) << POINT;
    let last_place = &one - 1u32;
    let product = |a: &BigInt, b: &BigInt| (a * b + &last_place) >> POINT;
    let mut square = &one + (&one >> unit_bits);
    let mut power = one.clone();
    for bit in 0..u64::BITS - m.leading_zeros() {
        if m >> bit & 1 == 1 {
            power = product(&power, &square);
        }
        square = product(&square, &square);
    }
    Some(Rational::dyadic(power - one, -i64::from(POINT)))
}

fn sum_bound(cell: &FloatCell, height: u64) -> Option<Rational> {
    let gamma = gamma(height.saturating_add(cell.extra), cell.single)?;
    let underflow = &Rational::integer(cell.extra) * &Rational::dyadic(1, -1075);
    Some(&(&gamma * &cell.magnitude) + &underflow)
}

/// The bound of the module's second theorem, with everything divided by d: `exact` is S/d and `magnitude` is Q/d.
fn deviation_bound(cell: &FloatCell, height: u64) -> Option<Rational> {
    deviation_error(&cell.exact, &cell.magnitude, cell.rows, height, cell.single)
}

fn deviation_error(
    deviations: &Rational,
    squares: &Rational,
    rows: u64,
    height: u64,
    single: bool,
) -> Option<Rational> {
    let all_steps = gamma(height.saturating_mul(2).saturating_add(6), single)?;
    let root = deviations.sqrt_above();
    let root = &root + &root_error(&root, squares, rows, height, single)?;
    let squared = &(&Rational::integer(1) + &all_steps) * &(&root * &root);
    Some(&(&squared - deviations) + &(&Rational::integer(rows) * &Rational::dyadic(1, -1072)))
}

/// `E` of the module's second theorem; `root` is √S or more.
fn root_error(
    root: &Rational,
    squares: &Rational,
    rows: u64,
    height: u64,
    single: bool,
) -> Option<Rational> {
    let last_sum = gamma(height.saturating_add(1), single)?;
    let six_h_q = &Rational::integer(BigInt::from(height) * 6) * squares;
    let factor = &Rational::integer(1) + &unit(single);
    let from_sums = &(&factor * &last_sum) * &six_h_q.sqrt_above();
    let from_underflow = &Rational::integer(rows) * &Rational::dyadic(1, -1074);
    Some(&(&(&unit(single) * root) + &from_sums) + &from_underflow)
}

/// Whether `value` is the rounded root of a number between `low` and `high`: `value = √a·(1+δ)`, `|δ| ≤ u`.
fn root_within(value: &Rational, low: &Rational, high: &Rational) -> bool {
    let one = Rational::integer(1);
    let u = unit(false);
    let squared = |x: Rational| &x * &x;
    *value >= Rational::integer(0)
        && squared(value.over(&(&one + &u))) <= *high
        && squared(value.over(&(&one - &u))) >= *low
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_power_is_that_of_the_theorem_from_above_and_hardly_more() {
        for single in [true, false] {
            let factor = &Rational::integer(1) + &unit(single);
            let mut power = Rational::integer(1);
            for m in 0..600 {
                let exact = &power - &Rational::integer(1);
                let ours = gamma(m, single).expect("small");
                assert!(ours >= exact && &ours - &exact <= &exact * &Rational::dyadic(1, -150));
                power = &power * &factor;
            }
        }
        let e = gamma(1 << 53, false).expect("about e - 1").nearest_f64();
        assert!(1.718_281_828 < e && e < 1.718_281_829);
        assert!(gamma(u64::MAX, false).is_none() && gamma(1 << 59, false).is_some());
    }

    fn sum_of(xs: &[f64], single: bool) -> FloatCell {
        let add = |sum: Rational, x: &Rational| &sum + x;
        let xs: Vec<_> = xs.iter().map(|x| Rational::of_float(*x).expect("finite")).collect();
        FloatCell {
            exact: xs.iter().fold(Rational::integer(0), add),
            magnitude: xs.iter().map(Rational::abs).fold(Rational::integer(0), |a, b| &a + &b),
            extra: 0,
            rows: xs.len() as u64,
            single,
            rule: FloatRule::Sum,
        }
    }

    #[test]
    fn one_addition_may_be_off_by_half_a_place_and_no_more() {
        let cell = sum_of(&[1.0, 2f64.powi(-53)], false);
        let next = 1f64.next_up();
        assert!(admits(&cell, 1.0, 1));
        assert!(admits(&cell, next, 1));
        assert!(!admits(&cell, next.next_up(), 1));
        assert!(!admits(&cell, 1f64.next_down(), 1));
    }

    #[test]
    fn a_height_of_zero_admits_the_exact_value_only() {
        let cell = sum_of(&[0.1], false);
        assert!(admits(&cell, 0.1, 0));
        assert!(!admits(&cell, 0.1f64.next_up(), 0));
        assert!(!admits(&cell, f64::NAN, 0) && !admits(&cell, f64::INFINITY, u64::MAX));
    }

    #[test]
    fn cancellation_is_measured_by_the_absolute_values() {
        // PostgreSQL answers 0 or 1 for these three, by their order.
        let cell = sum_of(&[1e16, 1.0, -1e16], false);
        assert!(admits(&cell, 0.0, 2) && admits(&cell, 1.0, 2));
        assert!(!admits(&cell, 20.0, 2));
    }

    #[test]
    fn single_precision_has_a_unit_of_its_own() {
        let cell = sum_of(&[16_777_216.0, 1.0], true);
        assert!(admits(&cell, 16_777_216.0, 1));
        assert!(!admits(&cell, 16_777_210.0, 1));
        assert!(admits(&cell, -1.0, 1 << 24), "2^24 roundings of 2^-24 bound little");
    }

    #[test]
    fn a_root_is_judged_under_the_root() {
        let cell = FloatCell {
            exact: Rational::integer(2),
            magnitude: Rational::integer(2),
            extra: 0,
            rows: 3,
            single: false,
            rule: FloatRule::SquaredDeviations { root: true },
        };
        assert!(admits(&cell, 2f64.sqrt(), 3));
        assert!(!admits(&cell, 2f64.sqrt() + 1e-13, 3));
        assert!(!admits(&cell, -2f64.sqrt(), 3));
    }
}
