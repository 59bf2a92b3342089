//! How far an answer over pairs of floats may be from the exact one: a third theorem, and intervals on top of it.
//!
//! # Sums of products
//!
//! With the words of [the theorem about squared deviations](super): let `R = √S` and `E` be as there, once for x and once for
//! y. At each inner node i of the tree the exact term of `Sxy` is `a·b`, where `a²` and `b²` are the terms of `Sxx` and `Syy`;
//! the machine multiplies computed factors, off by `e` and `f`. By Cauchy and Schwarz
//!
//! ```text
//! Σ|(a + e)(b + f)|       ≤  (Rx + Ex)(Ry + Ey)
//! Σ|(a + e)(b + f) - ab|  ≤  Rx·Ey + Ry·Ex + Ex·Ey
//! ```
//!
//! and a term rounds as often as a square does. So, up to the same underflow,
//!
//! ```text
//! |computed - Sxy|  ≤  γ(2h+6)·(Rx + Ex)(Ry + Ey) + Rx·Ey + Ry·Ex + Ex·Ey + n·2^-1072
//! ```
//!
//! which is the bound of `Sxx` if y is x.
//!
//! # Functions of several sums
//!
//! Correlation, slope, intercept and coefficient of determination are a few operations on the computed sums. Each sum
//! lies in the interval that its theorem gives; each operation maps intervals to an interval, whose ends move outwards by one
//! relative unit roundoff and 2^-1075. [agg.regression.bound] There is no bound if a divisor may be zero, or if an operation may
//! leave the range of float8: PostgreSQL 15 then answers an infinity, NaN or a wrong zero, without an error.

use num_bigint::BigInt;
use num_traits::{Signed, Zero};

use super::{deviation_error, gamma, root_error, unit};
use crate::permitted::Rational;

/// What a bag of pairs says exactly, and which answer is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairs {
    /// How many pairs: at least two.
    pub rows: u64,
    /// The first components of `(x, y)`, which are the second arguments.
    pub x: Moments,
    /// The second components.
    pub y: Moments,
    /// `Sxy`, the sum of the products of both deviations from the mean.
    pub products: Rational,
    /// The answer.
    pub statistic: Statistic,
}

/// One component of the pairs: exact sums over its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Of the values.
    pub sum: Rational,
    /// Of their absolute values.
    pub absolute: Rational,
    /// Of the squared deviations from their mean.
    pub deviations: Rational,
    /// Of their squares.
    pub squares: Rational,
}

/// A function of the sums over a bag of pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// `Sxy` over this count.
    Products(u64),
    /// `Sxy / √(Sxx·Syy)`
    Correlation,
    /// `Sxy² / (Sxx·Syy)`
    Determination,
    /// `Sxy / Sxx`
    Slope,
    /// `(Sy - Sx·Sxy/Sxx) / N`
    Intercept,
}

impl Pairs {
    /// The exact answer; of a correlation, whose root is irrational, its first 90 bits.
    ///
    /// # Panics
    /// If a divisor is zero.
    pub fn exact(&self) -> Rational {
        let Pairs { x, y, products, .. } = self;
        match self.statistic {
            Statistic::Products(divisor) => products.over(&Rational::integer(divisor)),
            Statistic::Correlation => products.over(&(&x.deviations * &y.deviations).sqrt_above()),
            Statistic::Determination => {
                (products * products).over(&(&x.deviations * &y.deviations))
            }
            Statistic::Slope => products.over(&x.deviations),
            Statistic::Intercept => {
                let rise = (&x.sum * products).over(&x.deviations);
                (&y.sum - &rise).over(&Rational::integer(self.rows))
            }
        }
    }

    /// The least and the largest answer after at most `height` additions on any path (a tree is never higher than its rows
    /// are many); `None` where there is no bound.
    pub fn ends(&self, height: u64) -> Option<[Rational; 2]> {
        let height = height.min(self.rows);
        let products = self.computed_products(height)?;
        let deviations = |moments| self.computed_deviations(moments, height);
        let answer = match self.statistic {
            Statistic::Products(divisor) => products.over(&Range::integer(divisor))?,
            Statistic::Slope => products.over(&deviations(&self.x)?)?,
            Statistic::Correlation => {
                let both = deviations(&self.x)?.times(&deviations(&self.y)?)?;
                products.over(&both.root()?)?
            }
            Statistic::Determination => {
                let both = deviations(&self.x)?.times(&deviations(&self.y)?)?;
                products.times(&products)?.over(&both)?
            }
            Statistic::Intercept => {
                let sum = |moments: &Moments| {
                    let error = &gamma(height, false)? * &moments.absolute;
                    Some(Range::around(&moments.sum, &error))
                };
                let rise = sum(&self.x)?.times(&products)?.over(&deviations(&self.x)?)?;
                sum(&self.y)?.minus(&rise)?.over(&Range::integer(self.rows))?
            }
        };
        Some([answer.low, answer.high])
    }

    /// Whether an answer lies between the ends.
    pub(super) fn admits(&self, value: &Rational, height: u64) -> bool {
        self.ends(height).is_none_or(|[low, high]| low <= *value && *value <= high)
    }

    fn computed_deviations(&self, moments: &Moments, height: u64) -> Option<Range> {
        let Moments { deviations, squares, .. } = moments;
        let error = deviation_error(deviations, squares, self.rows, height, false)?;
        let Range { low, high } = Range::around(deviations, &error);
        Some(Range { low: low.max(Rational::integer(0)), high })
    }

    fn computed_products(&self, height: u64) -> Option<Range> {
        let error = |moments: &Moments| {
            let root = moments.deviations.sqrt_above();
            let error = root_error(&root, &moments.squares, self.rows, height, false)?;
            Some((root, error))
        };
        let ((root_x, error_x), (root_y, error_y)) = (error(&self.x)?, error(&self.y)?);
        let all = &(&root_x + &error_x) * &(&root_y + &error_y);
        let roundings = gamma(height.saturating_mul(2).saturating_add(6), false)?;
        let crossed = &(&root_x * &error_y) + &(&root_y * &error_x);
        let factors = &crossed + &(&error_x * &error_y);
        let underflow = &Rational::integer(self.rows) * &Rational::dyadic(1, -1072);
        let error = &(&(&roundings * &all) + &factors) + &underflow;
        Some(Range::around(&self.products, &error))
    }
}

/// All numbers from `low` to `high`: what a float8 of the machine may be.
struct Range {
    low: Rational,
    high: Rational,
}

impl Range {
    fn around(exact: &Rational, error: &Rational) -> Range {
        Range { low: exact - error, high: exact + error }.coarse()
    }

    fn integer(n: u64) -> Range {
        let n = Rational::integer(n);
        Range { low: n.clone(), high: n }
    }

    /// The same or slightly wider, with ends of few digits: exact quotients of sums would grow with every operation.
    fn coarse(self) -> Range {
        Range { low: short(&self.low, false), high: short(&self.high, true) }
    }

    /// What an operation answers whose exact answer is in this range; `None` if it may be beyond the range of float8.
    fn rounded(self) -> Option<Range> {
        let limit = Rational::dyadic(1, 1023);
        if self.low.abs() > limit || self.high.abs() > limit {
            return None;
        }
        let off = |x: &Rational| &(&unit(false) * &x.abs()) + &Rational::dyadic(1, -1075);
        let range = Range { low: &self.low - &off(&self.low), high: &self.high + &off(&self.high) };
        Some(range.coarse())
    }

    fn spanning(ends: [Rational; 4]) -> Option<Range> {
        let (low, high) = (ends.iter().min()?.clone(), ends.iter().max()?.clone());
        Range { low, high }.rounded()
    }

    fn minus(&self, other: &Range) -> Option<Range> {
        Range { low: &self.low - &other.high, high: &self.high - &other.low }.rounded()
    }

    fn times(&self, other: &Range) -> Option<Range> {
        Range::spanning([
            &self.low * &other.low,
            &self.low * &other.high,
            &self.high * &other.low,
            &self.high * &other.high,
        ])
    }

    /// The quotient by what is surely positive.
    fn over(&self, other: &Range) -> Option<Range> {
        other.low.numerator.is_positive().then_some(())?;
        Range::spanning([
            self.low.over(&other.low),
            self.low.over(&other.high),
            self.high.over(&other.low),
            self.high.over(&other.high),
        ])
    }

    /// The square root of what is surely positive.
    fn root(&self) -> Option<Range> {
        self.low.numerator.is_positive().then_some(())?;
        let low = self.low.over(&self.low.sqrt_above());
        Range { low, high: self.high.sqrt_above() }.rounded()
    }
}

/// A dyadic number of about 200 bits next to this one: not above it, or not below it.
fn short(x: &Rational, above: bool) -> Rational {
    if x.numerator.is_zero() {
        return x.clone();
    }
    let places = 200 - (x.numerator.bits() as i64 - x.denominator.bits() as i64);
    let shift = places.unsigned_abs();
    let (numerator, denominator) = match places >= 0 {
        true => (&x.numerator << shift, x.denominator.clone()),
        false => (x.numerator.clone(), &x.denominator << shift),
    };
    let floor = num_integer::Integer::div_floor(&numerator, &denominator);
    let exact = &floor * &denominator == numerator;
    Rational::dyadic(if above && !exact { floor + BigInt::from(1) } else { floor }, -places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_number_is_on_the_side_that_was_asked_for_and_near() {
        for (numerator, denominator) in [(1i64, 3i64), (-1, 3), (1 << 60, 7), (-5, 1 << 40), (4, 1)]
        {
            let x = Rational::new(numerator.into(), denominator.into());
            let (below, above) = (short(&x, false), short(&x, true));
            assert!(below <= x && x <= above);
            assert!(&above - &below <= &x.abs() * &Rational::dyadic(1, -190));
        }
        let huge = Rational::dyadic(3, 2000);
        assert_eq!((short(&huge, false), short(&huge, true)), (huge.clone(), huge));
    }

    #[test]
    fn what_may_be_zero_is_no_divisor_and_what_may_overflow_has_no_range() {
        let range = |low: i64, high: i64| Range {
            low: Rational::integer(low),
            high: Rational::integer(high),
        };
        assert!(range(1, 2).over(&range(0, 1)).is_none() && range(0, 1).root().is_none());
        let half = range(1, 1).over(&range(2, 2)).expect("a quotient");
        assert!(half.low < Rational::dyadic(1, -1) && Rational::dyadic(1, -1) < half.high);
        let large = Range { low: Rational::integer(1), high: Rational::dyadic(1, 600) };
        assert!(large.times(&large).is_none() && large.times(&range(-2, 3)).is_some());
        let root = range(4, 9).root().expect("positive");
        assert!(root.low <= Rational::integer(2) && Rational::integer(3) <= root.high);
    }
}
