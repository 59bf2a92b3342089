//! What sums, averages and variances of exact numbers mean: a whole bag at once, as integers at one scale.
//!
//! Here is no state and no step. The bag's finite numbers are written as integers over the largest scale among them; the
//! sum is their sum, the variance is formed from the deviations from the mean (two passes, exact quotients). Only the last
//! division rounds, at the scale that PostgreSQL's numeric division chooses. [agg.numeric.exact]

use num_bigint::BigInt;
use num_traits::{Signed, Zero};

use super::{Meaning, inputs};
use crate::error::{SqlError, sqlstate};
use crate::value::{Numeric, Row, Value};

/// The numbers of a bag.
pub(super) struct Bag {
    /// The finite ones, times ten to the scale.
    unscaled: Vec<BigInt>,
    /// The largest scale among them.
    scale: u16,
    /// How many numbers, special ones included.
    count: usize,
    nan: bool,
    infinity: bool,
    negative_infinity: bool,
}

impl Bag {
    /// The bag's numbers that are not NULL.
    pub(super) fn of(rows: &[Row]) -> Bag {
        let numbers: Vec<Numeric> = inputs(rows).map(number).collect();
        let scales =
            numbers.iter().map(|x| if let Numeric::Finite { scale, .. } = x { *scale } else { 0 });
        let scale = scales.max().unwrap_or(0);
        let unscaled = numbers.iter().filter_map(|x| match x {
            Numeric::Finite { coefficient, scale: own } => {
                Some(coefficient * BigInt::from(10).pow(u32::from(scale - own)))
            }
            _ => None,
        });
        Bag {
            unscaled: unscaled.collect(),
            scale,
            count: numbers.len(),
            nan: numbers.contains(&Numeric::NaN),
            infinity: numbers.contains(&Numeric::Infinity),
            negative_infinity: numbers.contains(&Numeric::NegativeInfinity),
        }
    }

    /// The sum and average of a bag with special values: infinities of both signs make NaN. [agg.numeric.special]
    fn special(&self) -> Option<Numeric> {
        match (self.nan, self.infinity, self.negative_infinity) {
            (false, false, false) => None,
            (false, true, false) => Some(Numeric::Infinity),
            (false, false, true) => Some(Numeric::NegativeInfinity),
            _ => Some(Numeric::NaN),
        }
    }

    fn total(&self) -> BigInt {
        self.unscaled.iter().sum()
    }

    /// `n · Σ(x - mean)²` at twice the scale, an integer: from the deviations `n·x - Σx`.
    fn deviations(&self) -> BigInt {
        let n = BigInt::from(self.unscaled.len());
        let total = self.total();
        let squares: BigInt = self.unscaled.iter().map(|x| (x * &n - &total).pow(2)).sum();
        squares / n
    }
}

/// The sum of a bag: NULL of none, at the largest scale of all. [agg.sum.numeric]
pub(super) fn sum(rows: &[Row]) -> Meaning {
    let bag = Bag::of(rows);
    if bag.count == 0 {
        return Meaning::exactly(Value::Null);
    }
    Meaning::of(match bag.special() {
        Some(special) => Ok(Value::Numeric(special)),
        None => numeric(bag.total(), bag.scale),
    })
}

/// The average of a bag: its sum over its count. [agg.avg.numeric]
pub(super) fn average(rows: &[Row]) -> Meaning {
    let bag = Bag::of(rows);
    if bag.count == 0 {
        return Meaning::exactly(Value::Null);
    }
    Meaning::of(match bag.special() {
        Some(special) => Ok(Value::Numeric(special)),
        None => quotient(bag.total(), bag.scale, BigInt::from(bag.count)).map(Value::Numeric),
    })
}

/// The variance of a bag, or its root: over `n - 1` for a sample, over `n` for a population. [agg.variance]
///
/// NULL where the divisor would be zero; NaN with any special value; zero, at scale 0, if all numbers are equal.
pub(super) fn variance(rows: &[Row], sample: bool, root: bool) -> Meaning {
    let bag = Bag::of(rows);
    if bag.count <= usize::from(sample) {
        return Meaning::exactly(Value::Null);
    }
    if bag.special().is_some() {
        return Meaning::exactly(Value::Numeric(Numeric::NaN));
    }
    let deviations = bag.deviations();
    if deviations.is_zero() {
        return Meaning::exactly(Value::Numeric(Numeric::from_i128(0)));
    }
    let n = BigInt::from(bag.count);
    let divisor = &n * if sample { &n - 1 } else { n.clone() };
    let variance = quotient(deviations, bag.scale * 2, divisor);
    Meaning::of(variance.map(|x| Value::Numeric(if root { nearest_root(&x) } else { x })))
}

/// The decimal nearest to the root, at the same scale: `⌊(⌊√(4·c·10^s)⌋ + 1) / 2⌋ / 10^s`.
fn nearest_root(x: &Numeric) -> Numeric {
    let Numeric::Finite { coefficient, scale } = x else { return x.clone() };
    let four: BigInt = coefficient * BigInt::from(10).pow(u32::from(*scale)) * 4;
    Numeric::Finite { coefficient: (four.sqrt() + 1) / 2, scale: *scale }
}

/// A number argument: an integer or a numeric.
pub(super) fn number(value: &Value) -> Numeric {
    match value {
        Value::Int2(x) => Numeric::from_i128((*x).into()),
        Value::Int4(x) => Numeric::from_i128((*x).into()),
        Value::Int8(x) => Numeric::from_i128((*x).into()),
        Value::Numeric(x) => x.clone(),
        other => panic!("an exact aggregate takes integers and numerics, not {other:?}"),
    }
}

/// `coefficient·10^-scale / divisor`, rounded at the scale of numeric division.
pub(super) fn quotient(
    coefficient: BigInt,
    scale: u16,
    divisor: BigInt,
) -> Result<Numeric, SqlError> {
    let dividend = Numeric::Finite { coefficient, scale };
    dividend.div(&Numeric::Finite { coefficient: divisor, scale: 0 })
}

/// The numeric value, or `22003 value overflows numeric format` beyond 131072 digits before the point.
pub(super) fn numeric(coefficient: BigInt, scale: u16) -> Result<Value, SqlError> {
    const DIGITS: u32 = 131_072;
    // 10^131072 has 435412 bits: below that there is nothing to compute.
    let overflows = coefficient.bits() > 435_411
        && coefficient.abs() >= BigInt::from(10).pow(DIGITS + u32::from(scale));
    if overflows {
        let message = "value overflows numeric format";
        return Err(SqlError::new(sqlstate::NUMERIC_VALUE_OUT_OF_RANGE, message));
    }
    Ok(Value::Numeric(Numeric::Finite { coefficient, scale }))
}
