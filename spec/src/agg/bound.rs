//! How far a float answer may be from the exact one: two theorems, computed in exact quotients. [agg.float.bound]
//!
//! `u` is the unit roundoff, 2^-53 (2^-24 for `sum(float4)`, whose additions are float4 additions), and
//! `γ(m) = (1+u)^m - 1`, which we take from above as `m·u / (1 - m·u)` (Higham 2002, Lemma 3.1): for a million rows the
//! power itself would have millions of digits. `h` is the height of the tree of additions.
//!
//! # Sums
//!
//! Adding rounds by a factor `1 + δ`, `|δ| ≤ u`, without underflow [agg.float.rounding]. So in any tree of height `h`
//!
//! ```text
//! |computed - exact|  ≤  γ(h) · Σ|x|                      (Higham 2002, §4.2; FloatBound.v)
//! ```
//!
//! and each later rounding (the division of an average) raises `h` by one. A division may underflow, which adds at most
//! half of the least positive double, 2^-1075.
//!
//! # Squared deviations
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
//! **The sum of the terms.** Squaring, weighting and dividing round at most four times (`t·t / (N·N')`: three, and one
//! more since a rounding sits in the denominator; `N1·N2·t·t / N`: four), and a term then goes through at most `2h` additions. With
//! `Σ(r + e)² ≤ (√S + E)²` (Minkowski again) and one division by n or n-1,
//!
//! ```text
//! |computed - S/d|  ≤  ( (1+u)^(2h+5) · (√S + E)²  -  S ) / d  +  n·2^-1072
//! ```
//!
//! The last term is underflow of the products and quotients: at most 2^-1074 per node, at most doubled on the way.
//! A standard deviation is the rounded root of such a number. The bound is sound, not tight; it is small where it
//! matters: for n rows with S ≈ Q it is about `5·h·u·√h` relative.

use num_bigint::BigInt;

use crate::permitted::{FloatCell, FloatRule, Rational};

/// Whether a float answer is within the proved bound of its cell, after at most `height` additions on any path.
///
/// NaN and the infinities are never within a bound of a number. A height so large that `γ` is not defined (2^24
/// float4 additions, 2^53 float8 additions) admits every finite number: the theorem says nothing there.
pub fn admits(cell: &FloatCell, value: f64, height: u64) -> bool {
    let Some(value) = Rational::of_float(value) else { return false };
    match cell.rule {
        FloatRule::Sum => {
            sum_bound(cell, height).is_none_or(|bound| (&value - &cell.exact).abs() <= bound)
        }
        FloatRule::SquaredDeviations { root } => {
            deviation_bound(cell, height).is_none_or(|bound| {
                let low = &cell.exact - &bound;
                let high = &cell.exact + &bound;
                if root { root_within(&value, &low, &high) } else { low <= value && value <= high }
            })
        }
    }
}

/// The unit roundoff: half the distance from 1 to the next number.
fn unit(single: bool) -> Rational {
    Rational::dyadic(1, if single { -24 } else { -53 })
}

/// `γ(m)` from above; `None` where it is not defined.
fn gamma(m: u64, single: bool) -> Option<Rational> {
    let mu = &Rational::integer(m) * &unit(single);
    let one = Rational::integer(1);
    (mu < one).then(|| mu.over(&(&one - &mu)))
}

fn sum_bound(cell: &FloatCell, height: u64) -> Option<Rational> {
    let gamma = gamma(height.saturating_add(cell.extra), cell.single)?;
    let underflow = &Rational::integer(cell.extra) * &Rational::dyadic(1, -1075);
    Some(&(&gamma * &cell.magnitude) + &underflow)
}

/// The bound of the module's second theorem, with everything divided by d: `exact` is S/d and `magnitude` is Q/d.
fn deviation_bound(cell: &FloatCell, height: u64) -> Option<Rational> {
    let one = Rational::integer(1);
    let factor = &one + &unit(cell.single);
    let rows = Rational::integer(cell.rows);
    let last_sum = gamma(height.saturating_add(1), cell.single)?;
    let all_steps = gamma(height.saturating_mul(2).saturating_add(5), cell.single)?;

    let six_h_q = &Rational::integer(BigInt::from(height) * 6) * &cell.magnitude;
    let from_sums = &(&factor * &last_sum) * &six_h_q.sqrt_above();
    let from_underflow = &rows * &Rational::dyadic(1, -1074);
    let root = &factor * &cell.exact.sqrt_above();
    let root = &(&root + &from_sums) + &from_underflow;
    let squared = &(&one + &all_steps) * &(&root * &root);
    Some(&(&squared - &cell.exact) + &(&rows * &Rational::dyadic(1, -1072)))
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
mod tests {
    use super::*;

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
        let cell = sum_of(&[1.0, f64::EPSILON / 2.0], false);
        assert!(admits(&cell, 1.0, 1));
        assert!(admits(&cell, 1.0 + f64::EPSILON, 1));
        assert!(!admits(&cell, 1.0 + 2.0 * f64::EPSILON, 1));
        assert!(!admits(&cell, 1.0 - f64::EPSILON, 1));
    }

    #[test]
    fn a_height_of_zero_admits_the_exact_value_only() {
        let cell = sum_of(&[0.1], false);
        assert!(admits(&cell, 0.1, 0));
        assert!(!admits(&cell, 0.1 + f64::EPSILON, 0));
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
        assert!(admits(&cell, -1.0, 1 << 24), "2^24 roundings of 2^-24 bound nothing");
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
