//! A bag of floats, seen exactly: what is common to the meanings of float sums, averages and variances.
//!
//! The finite members are written as integers over one power of two, so that sums and squares are exact. From them follow
//! the exact answer, what its error is relative to, and whether *some* order of the additions can overflow.

use num_bigint::BigInt;
use num_traits::{Signed, Zero};

use super::bound::pairs::Moments;
use super::rational::float_parts;
use super::{Meaning, bound, inputs};
use crate::error::sqlstate;
use crate::permitted::{Cell, FloatCell, FloatRule, Rational};
use crate::value::float::ExactSum;
use crate::value::{Row, Value};

/// The values of a bag that are not NULL.
pub(super) struct Floats {
    /// As doubles; a float4 is a double exactly.
    pub values: Vec<f64>,
    /// The finite ones, times two to the minus `exponent`.
    scaled: Vec<BigInt>,
    exponent: i64,
    /// Whether additions are float4 additions.
    single: bool,
}

impl Floats {
    /// The values of a bag; `single` says that they are added as float4.
    pub(super) fn of(rows: &[Row], single: bool) -> Floats {
        Floats::new(inputs(rows).map(as_double).collect(), single)
    }

    /// These values.
    pub(super) fn new(values: Vec<f64>, single: bool) -> Floats {
        let parts: Vec<_> = values.iter().filter_map(|x| float_parts(*x)).collect();
        let nonzero = parts.iter().filter(|(mantissa, _)| *mantissa != 0);
        let exponent = nonzero.map(|(_, exponent)| *exponent).min().unwrap_or(0);
        let scale = |(mantissa, own): &(i64, i32)| match mantissa {
            0 => BigInt::zero(),
            m => BigInt::from(*m) << u32::try_from(own - exponent).expect("the least exponent"),
        };
        let scaled = parts.iter().map(scale).collect();
        Floats { values, scaled, exponent: exponent.into(), single }
    }

    /// How many values.
    pub(super) fn count(&self) -> usize {
        self.values.len()
    }

    fn rows(&self) -> u64 {
        self.values.len() as u64
    }

    /// What NaN and infinities make of the sum and the average; infinities of both signs make NaN. [agg.float.special]
    pub(super) fn special(&self) -> Option<f64> {
        let finite = self.values.iter().all(|x| x.is_finite());
        // Adding only the special values, in any order, gives the special value of the whole.
        (!finite).then(|| self.values.iter().filter(|x| !x.is_finite()).sum())
    }

    fn total(&self) -> BigInt {
        self.scaled.iter().sum()
    }

    fn mass(&self) -> BigInt {
        self.scaled.iter().map(|x| x.abs()).sum()
    }

    /// Whether every sum of any of the values is a number of the type: they are multiples of one power of two, and all
    /// together they fit into the bits of its fraction. Then no order of addition ever rounds. [agg.float.exact]
    pub(super) fn sums_are_exact(&self) -> bool {
        self.mass().bits() <= if self.single { 24 } else { 53 } && !self.sum_may_overflow()
    }

    /// The average of at least one value: one division after the sum, which begins at 0 (and 0 + -0 is 0).
    pub(super) fn average(&self) -> Cell {
        if let Some(special) = self.special() {
            return Cell::Exactly(Value::Float8(special));
        }
        match self.values[..] {
            [only] => Cell::Exactly(Value::Float8(0.0 + only)),
            _ if self.sums_are_exact() => {
                let sum = self.values.iter().sum::<f64>();
                Cell::EqualTo(Value::Float8(sum / self.count() as f64))
            }
            _ => Cell::Float(self.sum_cell(self.rows(), 1)),
        }
    }

    /// The squared deviations of at least one value over `divisor`, or the root of that; NaN with any special value.
    pub(super) fn squared_deviations(&self, divisor: u64, root: bool) -> Cell {
        if self.special().is_some() {
            Cell::Exactly(Value::Float8(f64::NAN))
        } else if self.surely_deviates_nowhere() {
            Cell::Exactly(Value::Float8(0.0))
        } else {
            Cell::Float(self.deviation_cell(divisor, root))
        }
    }

    /// Whether the computed squared deviations are zero in every order: of one number, and of numbers that are all equal if no
    /// sum of them rounds (each step then forms `x·N - N·x`).
    pub(super) fn surely_deviates_nowhere(&self) -> bool {
        let equal = self.values.iter().all(|x| *x == self.values[0]);
        self.special().is_none() && equal && (self.count() == 1 || self.sums_are_exact())
    }

    /// Whether the computed squared deviations of finite values are positive in every order.
    pub(super) fn surely_deviates(&self) -> bool {
        !bound::admits(&self.deviation_cell(1, false), 0.0, self.rows())
    }

    /// The exact sums of finite values.
    pub(super) fn moments(&self) -> Moments {
        let FloatCell { exact: deviations, magnitude: squares, .. } = self.deviation_cell(1, false);
        let FloatCell { exact: sum, magnitude: absolute, .. } = self.sum_cell(1, 0);
        Moments { sum, absolute, deviations, squares }
    }

    /// The sum of the products of deviations of both from their means; finite values, pair by pair.
    pub(super) fn products_of_deviations(&self, other: &Floats) -> Rational {
        let n = BigInt::from(self.scaled.len());
        let pairs = self.scaled.iter().zip(&other.scaled);
        let products: BigInt = pairs.map(|(x, y)| x * y).sum();
        let numerator = products * &n - self.total() * other.total();
        Rational::dyadic(numerator, self.exponent + other.exponent).over(&Rational::integer(n))
    }

    /// The cell of `sum / divisor`, `extra` roundings after the sum.
    pub(super) fn sum_cell(&self, divisor: u64, extra: u64) -> FloatCell {
        let divisor = Rational::integer(divisor);
        let finite = || self.values.iter().copied().filter(|x| x.is_finite());
        let exact: ExactSum = finite().collect();
        let magnitude: ExactSum = finite().map(f64::abs).collect();
        FloatCell {
            exact: exact.to_rational().over(&divisor),
            magnitude: magnitude.to_rational().over(&divisor),
            extra,
            rows: self.rows(),
            single: self.single,
            rule: FloatRule::Sum,
        }
    }

    /// The cell of the squared deviations from the mean over `divisor`.
    pub(super) fn deviation_cell(&self, divisor: u64, root: bool) -> FloatCell {
        let n = BigInt::from(self.scaled.len());
        let total = self.total();
        let deviations: BigInt = self.scaled.iter().map(|x| (x * &n - &total).pow(2)).sum();
        let squares: BigInt = self.scaled.iter().map(|x| x.pow(2)).sum();
        let divisor = Rational::integer(divisor);
        let n_squared = Rational::integer(&n * &n);
        FloatCell {
            exact: Rational::dyadic(deviations, 2 * self.exponent).over(&n_squared).over(&divisor),
            magnitude: Rational::dyadic(squares, 2 * self.exponent).over(&divisor),
            extra: 0,
            rows: self.rows(),
            single: self.single,
            rule: FloatRule::SquaredDeviations { root },
        }
    }

    /// Whether some order or split of the additions may overflow: the positive finite values alone, or the negative
    /// ones, come to the overflow threshold of the type when each sum is rounded upwards. [agg.float.overflow]
    ///
    /// Every partial sum lies between those two sums, up to `γ(n)` of them. One value alone is not added to anything.
    pub(super) fn sum_may_overflow(&self) -> bool {
        let one_sign = |sign: fn(&BigInt) -> bool| -> BigInt {
            self.scaled.iter().filter(|x| sign(x)).map(|x| x.abs()).sum()
        };
        let most = one_sign(BigInt::is_positive).max(one_sign(BigInt::is_negative));
        // γ(n) <= 2n·u while n·u <= 1/2; beyond that many rows we allow the error for any bag.
        let (unit, last_place, limit) =
            if self.single { (-24, 103, 128) } else { (-53, 970, 1024) };
        let growth = &Rational::dyadic(2 * self.rows(), unit) + &Rational::integer(1);
        let threshold = &Rational::dyadic(1, limit) - &Rational::dyadic(1, last_place);
        let reached = &Rational::dyadic(most, self.exponent) * &growth;
        self.count() > 1 && (growth > Rational::integer(2) || reached >= threshold)
    }

    /// Whether some order or split of Youngs–Cramer steps may overflow: the sum, or a square on the way.
    /// [agg.float.overflow]
    ///
    /// With X the largest absolute value, a step squares `t = x·N - Sx`, at most `2·n·X` up to rounding, and a combine forms
    /// `N1·N2·t²` with `t` at most `2·X`: at most `4·n²·X²`, doubled to be safe from roundings.
    pub(super) fn steps_may_overflow(&self) -> bool {
        let largest = self.scaled.iter().map(|x| x.abs()).max().unwrap_or_default();
        let squares = (largest * self.rows()).pow(2) * 8;
        let limit = Rational::dyadic(1, 1023);
        self.count() > 1
            && (self.sum_may_overflow() || Rational::dyadic(squares, 2 * self.exponent) >= limit)
    }

    /// Whether the deviations themselves are out of range in every order, so that only an error is permitted.
    pub(super) fn steps_must_overflow(&self) -> bool {
        self.count() > 1
            && (must_overflow(&self.sum_cell(1, 0))
                || must_overflow(&self.deviation_cell(1, false)))
    }
}

/// A float4 or a float8 as a double.
pub(super) fn as_double(value: &Value) -> f64 {
    match value {
        Value::Float4(x) => f64::from(*x),
        Value::Float8(x) => *x,
        other => panic!("a float aggregate takes floats, not {other:?}"),
    }
}

/// Whether no number of the type is within the bound of the cell.
pub(super) fn must_overflow(cell: &FloatCell) -> bool {
    let most = if cell.single { f64::from(f32::MAX) } else { f64::MAX };
    let limit = Rational::of_float(most).expect("finite");
    cell.exact.abs() > limit
        && !bound::admits(
            cell,
            if cell.exact.numerator.is_negative() { -most } else { most },
            cell.rows,
        )
}

/// A value of this cell, or the overflow error where an order may raise it.
pub(super) fn meaning(cell: Cell, may_overflow: bool, must_overflow: bool) -> Meaning {
    let error = sqlstate::NUMERIC_VALUE_OUT_OF_RANGE;
    match (may_overflow, must_overflow) {
        (_, true) => Meaning::error(error),
        (true, false) => Meaning::cell(cell).or_error(error),
        (false, false) => Meaning::cell(cell),
    }
}
