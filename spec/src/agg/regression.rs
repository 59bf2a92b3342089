//! The aggregates of pairs: covariance, correlation and linear regression, over arguments in the order (Y, X).
//!
//! A pair with a NULL in it does not count. [agg.regression.pairs] All but `regr_count` share one state, `float8_regr_accum`
//! and `float8_regr_combine` of PostgreSQL's `float.c`, operation by operation, since each operation rounds:
//!
//! ```text
//! a pair        N' = N + 1    Sx' = Sx + x    Sy' = Sy + y    t = x·N' - Sx'    v = y·N' - Sy'    w = 1 / (N'·N)
//!               Sxx' = Sxx + t·t·w    Syy' = Syy + v·v·w    Sxy' = Sxy + t·v·w
//! two states    N = N1 + N2   Sx = Sx1 + Sx2  Sy = Sy1 + Sy2   t = Sx1/N1 - Sx2/N2   v = Sy1/N1 - Sy2/N2
//!               Sxx = Sxx1 + Sxx2 + N1·N2·t·t/N   and so Syy with v·v and Sxy with t·v
//! ```
//!
//! In exact arithmetic all of it is a function of the sums of powers of the pairs, which are the same however the pairs are
//! divided. [agg.regression.moments]

use super::bound::pairs::{Pairs, Statistic};
use super::count::Count;
use super::floats::{self, Floats, as_double};
use super::sum_float::{float8pl, overflow};
use super::{Aggregate, BASE, LawClass, Machine, Meaning, State, StateField, field};
use crate::error::SqlError;
use crate::permitted::{Cell, FloatCell, FloatRule, Rational};
use crate::value::{Row, Type, Value};

/// What is computed from the state at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    AverageX,
    AverageY,
    Sxx,
    Syy,
    Sxy,
    Covariance { sample: bool },
    Correlation,
    Determination,
    Slope,
    Intercept,
}

const ARGS: &[Option<Type>] = &[Some(Type::Float8), Some(Type::Float8)];

pub(super) const FIELDS: &[StateField] = &[
    field("count", Type::Float8),
    field("sum_x", Type::Float8),
    field("squared_deviations_x", Type::Float8),
    field("sum_y", Type::Float8),
    field("squared_deviations_y", Type::Float8),
    field("products_of_deviations", Type::Float8),
];

macro_rules! family {
    ($($name:literal $answer:expr;)*) => {
        /// `regr_count`, and eleven names for one state.
        pub(super) static AGGREGATES: &[Aggregate] = &[
            Aggregate {
                name: "regr_count",
                args: ARGS,
                result: Type::Int8,
                state_type: "int8",
                state_fields: &[field("count", Type::Int8)],
                meaning: count,
                machine: &Count,
                ..BASE
            },
            $(Aggregate {
                name: $name,
                args: ARGS,
                result: Type::Float8,
                law: LawClass::FloatBounded,
                final_strict: true,
                state_type: "float8[]",
                state_fields: FIELDS,
                meaning: |rows| meaning(rows, $answer),
                machine: &Regression { answer: $answer },
                ..BASE
            },)*
        ];
    };
}

family! {
    "corr" Answer::Correlation;
    "covar_pop" Answer::Covariance { sample: false };
    "covar_samp" Answer::Covariance { sample: true };
    "regr_avgx" Answer::AverageX;
    "regr_avgy" Answer::AverageY;
    "regr_intercept" Answer::Intercept;
    "regr_r2" Answer::Determination;
    "regr_slope" Answer::Slope;
    "regr_sxx" Answer::Sxx;
    "regr_sxy" Answer::Sxy;
    "regr_syy" Answer::Syy;
}

/// The pairs of a bag that have no NULL, as two bags of floats of the same length.
struct Bag {
    x: Floats,
    y: Floats,
}

/// The number of pairs without a NULL: 0 of none. [agg.regression.count]
fn count(rows: &[Row]) -> Meaning {
    let pairs = Bag::pairs(rows).count();
    Meaning::exactly(Value::Int8(i64::try_from(pairs).expect("a bag fits into memory")))
}

/// What the pairs of a bag mean, within the proved bound. [agg.regression]
///
/// NULL of too few pairs. An overflow of any sum of the state is an error, whichever sum the answer needs.
fn meaning(rows: &[Row], answer: Answer) -> Meaning {
    let bag = Bag::of(rows);
    let least = if answer == (Answer::Covariance { sample: true }) { 2 } else { 1 };
    if bag.x.count() < least {
        return Meaning::exactly(Value::Null);
    }
    let sides = [&bag.x, &bag.y];
    let must_overflow = |side: &&Floats| side.special().is_none() && side.steps_must_overflow();
    let must_overflow = sides.iter().any(must_overflow);
    let may_overflow = sides.iter().any(|side| side.steps_may_overflow());
    match bag.cell(answer) {
        Err(reason) if !must_overflow => Meaning::unable(reason),
        cell => {
            let cell = cell.unwrap_or(Cell::Exactly(Value::Null));
            floats::meaning(cell, may_overflow, must_overflow)
        }
    }
}

/// What is known of the computed squared deviations of one side, whatever the order.
#[derive(Clone, Copy, PartialEq)]
enum Spread {
    /// Zero.
    Zero,
    /// Positive.
    Positive,
    /// NaN, since a value is special.
    NaN,
    /// Either zero or positive, by the order.
    Unknown,
}

const MAYBE_ZERO: &str = "whether these squared deviations round to zero depends on the order";
const UNBOUNDED: &str = "a divisor may round to zero, or an operation leave the range of float8";

impl Bag {
    fn pairs(rows: &[Row]) -> impl Iterator<Item = (f64, f64)> {
        let pair = |row: &Row| (as_double(&row[1]), as_double(&row[0]));
        rows.iter().filter(|row| !row.iter().any(Value::is_null)).map(pair)
    }

    fn of(rows: &[Row]) -> Bag {
        let (x, y) = Bag::pairs(rows).unzip();
        Bag { x: Floats::new(x, false), y: Floats::new(y, false) }
    }

    fn cell(&self, answer: Answer) -> Result<Cell, &'static str> {
        let n = self.x.count() as u64;
        match answer {
            Answer::AverageX => Ok(self.x.average()),
            Answer::AverageY => Ok(self.y.average()),
            Answer::Sxx => Ok(self.x.squared_deviations(1, false)),
            Answer::Syy => Ok(self.y.squared_deviations(1, false)),
            Answer::Sxy => self.products(1),
            Answer::Covariance { sample } => self.products(n - u64::from(sample)),
            Answer::Correlation => self.correlation(),
            Answer::Determination => self.determination(),
            Answer::Slope | Answer::Intercept => self.line(answer),
        }
    }

    /// NaN with a special value on either side, and zero if one side surely does not deviate.
    fn products(&self, divisor: u64) -> Result<Cell, &'static str> {
        if self.is_special() {
            Ok(float(f64::NAN))
        } else if self.x.surely_deviates_nowhere() || self.y.surely_deviates_nowhere() {
            Ok(float(0.0))
        } else {
            self.bounded(Statistic::Products(divisor))
        }
    }

    /// NULL if either side does not deviate. [agg.regression.degenerate]
    fn correlation(&self) -> Result<Cell, &'static str> {
        match (spread(&self.x), spread(&self.y)) {
            (Spread::Zero, _) | (_, Spread::Zero) => Ok(Cell::Exactly(Value::Null)),
            (Spread::Unknown, _) | (_, Spread::Unknown) => Err(MAYBE_ZERO),
            (Spread::NaN, _) | (_, Spread::NaN) => Ok(float(f64::NAN)),
            _ => self.bounded(Statistic::Correlation),
        }
    }

    /// NULL if x does not deviate, and otherwise 1 if y does not, be x special or not. [agg.regression.degenerate]
    fn determination(&self) -> Result<Cell, &'static str> {
        match (spread(&self.x), spread(&self.y)) {
            (Spread::Zero, _) => Ok(Cell::Exactly(Value::Null)),
            (Spread::Unknown, _) | (_, Spread::Unknown) => Err(MAYBE_ZERO),
            (_, Spread::Zero) => Ok(float(1.0)),
            (Spread::NaN, _) | (_, Spread::NaN) => Ok(float(f64::NAN)),
            _ => self.bounded(Statistic::Determination),
        }
    }

    /// Slope or intercept: NULL if x does not deviate; a level line if y does not. [agg.regression.degenerate]
    fn line(&self, answer: Answer) -> Result<Cell, &'static str> {
        let slope = answer == Answer::Slope;
        match spread(&self.x) {
            Spread::Zero => Ok(Cell::Exactly(Value::Null)),
            Spread::Unknown => Err(MAYBE_ZERO),
            _ if self.is_special() => Ok(float(f64::NAN)),
            _ if self.y.surely_deviates_nowhere() && slope => Ok(float(0.0)),
            _ if self.y.surely_deviates_nowhere() => Ok(self.y.average()),
            _ => self.bounded(if slope { Statistic::Slope } else { Statistic::Intercept }),
        }
    }

    fn is_special(&self) -> bool {
        self.x.special().or(self.y.special()).is_some()
    }

    fn bounded(&self, statistic: Statistic) -> Result<Cell, &'static str> {
        let pairs = Pairs {
            rows: self.x.count() as u64,
            x: self.x.moments(),
            y: self.y.moments(),
            products: self.x.products_of_deviations(&self.y),
            statistic,
        };
        pairs.ends(pairs.rows).ok_or(UNBOUNDED)?;
        Ok(Cell::Float(FloatCell {
            exact: pairs.exact(),
            magnitude: Rational::integer(0),
            extra: 0,
            rows: pairs.rows,
            single: false,
            rule: FloatRule::Pairs(Box::new(pairs)),
        }))
    }
}

fn spread(side: &Floats) -> Spread {
    match side {
        _ if side.special().is_some() => Spread::NaN,
        _ if side.surely_deviates_nowhere() => Spread::Zero,
        _ if side.surely_deviates() => Spread::Positive,
        _ => Spread::Unknown,
    }
}

fn float(x: f64) -> Cell {
    Cell::Exactly(Value::Float8(x))
}

/// The state machine.
struct Regression {
    answer: Answer,
}

/// N, Sx, Sxx, Sy, Syy and Sxy: `float8[]` in PostgreSQL, in this order.
type Sums = [f64; 6];

pub(super) fn read<const N: usize>(state: &State) -> [f64; N] {
    std::array::from_fn(|i| as_double(&state[i]))
}

fn accumulate(sums: Sums, x: f64, y: f64) -> Result<Sums, SqlError> {
    let [n, sx, mut sxx, sy, mut syy, mut sxy] = sums;
    let (count, sum_x, sum_y) = (n + 1.0, sx + x, sy + y);
    if n == 0.0 {
        // Of one infinity the deviations are no number, and must not look like zero if nothing else comes.
        if !x.is_finite() {
            (sxx, sxy) = (f64::NAN, f64::NAN);
        }
        if !y.is_finite() {
            (syy, sxy) = (f64::NAN, f64::NAN);
        }
        return Ok([count, sum_x, sxx, sum_y, syy, sxy]);
    }
    let (t, v) = (x * count - sum_x, y * count - sum_y);
    let weight = 1.0 / (count * n);
    sxx += t * t * weight;
    syy += v * v * weight;
    sxy += t * v * weight;
    let (x_excuses, y_excuses) =
        (sx.is_infinite() || x.is_infinite(), sy.is_infinite() || y.is_infinite());
    if (sum_x.is_infinite() || sxx.is_infinite()) && !x_excuses
        || (sum_y.is_infinite() || syy.is_infinite()) && !y_excuses
        || sxy.is_infinite() && !x_excuses && !y_excuses
    {
        return Err(overflow());
    }
    let [sxx, syy, sxy] = [sxx, syy, sxy].map(|sum| if sum.is_infinite() { f64::NAN } else { sum });
    Ok([count, sum_x, sxx, sum_y, syy, sxy])
}

fn join(one: Sums, two: Sums) -> Result<Sums, SqlError> {
    let ([n1, sx1, sxx1, sy1, syy1, sxy1], [n2, sx2, sxx2, sy2, syy2, sxy2]) = (one, two);
    if n1 == 0.0 {
        return Ok(two);
    }
    if n2 == 0.0 {
        return Ok(one);
    }
    let n = n1 + n2;
    let grow = |a: f64, b: f64, correction: f64| {
        let sum = a + b + correction;
        let overflows = sum.is_infinite() && !a.is_infinite() && !b.is_infinite();
        if overflows { Err(overflow()) } else { Ok(sum) }
    };
    let (t, v) = (sx1 / n1 - sx2 / n2, sy1 / n1 - sy2 / n2);
    let sx = float8pl(sx1, sx2)?;
    let sxx = grow(sxx1, sxx2, n1 * n2 * t * t / n)?;
    let sy = float8pl(sy1, sy2)?;
    let syy = grow(syy1, syy2, n1 * n2 * v * v / n)?;
    let sxy = grow(sxy1, sxy2, n1 * n2 * t * v / n)?;
    Ok([n, sx, sxx, sy, syy, sxy])
}

/// The final functions (`float8_corr`, `float8_regr_slope`, …), which check nothing: a product that leaves the range is infinite
/// or zero, and a correlation may be above 1. [agg.regression.unchecked]
fn answer([n, sx, sxx, sy, syy, sxy]: Sums, answer: Answer) -> Option<f64> {
    let least = if answer == (Answer::Covariance { sample: true }) { 2.0 } else { 1.0 };
    if n < least {
        return None;
    }
    match answer {
        Answer::AverageX => Some(sx / n),
        Answer::AverageY => Some(sy / n),
        Answer::Sxx => Some(sxx),
        Answer::Syy => Some(syy),
        Answer::Sxy => Some(sxy),
        Answer::Covariance { sample: false } => Some(sxy / n),
        Answer::Covariance { sample: true } => Some(sxy / (n - 1.0)),
        Answer::Correlation if sxx == 0.0 || syy == 0.0 => None,
        Answer::Correlation => Some(sxy / (sxx * syy).sqrt()),
        _ if sxx == 0.0 => None,
        Answer::Determination if syy == 0.0 => Some(1.0),
        Answer::Determination => Some(sxy * sxy / (sxx * syy)),
        Answer::Slope => Some(sxy / sxx),
        Answer::Intercept => Some((sy - sx * sxy / sxx) / n),
    }
}

impl Machine for Regression {
    fn init(&self) -> State {
        vec![Value::Float8(0.0); FIELDS.len()]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        let (y, x) = (as_double(&args[0]), as_double(&args[1]));
        *state = accumulate(read(state), x, y)?.map(Value::Float8).to_vec();
        Ok(())
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        *state = join(read(state), read(other))?.map(Value::Float8).to_vec();
        Ok(())
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        Ok(answer(read(state), self.answer).map_or(Value::Null, Value::Float8))
    }
}

#[cfg(test)]
mod tests;
