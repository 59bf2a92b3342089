//! The state algebra of floats: count, sum and squared deviations, by Youngs and Cramer's updating formulas.
//!
//! `float8_accum` and `float8_combine` of PostgreSQL's `float.c`, operation by operation, since each operation rounds.
//!
//! ```text
//! a row x       N' = N + 1    Sx' = Sx + x    t = x·N' - Sx'    Sxx' = Sxx + t·t / (N'·N)
//! two states    N = N1 + N2   Sx = Sx1 + Sx2  t = Sx1/N1 - Sx2/N2   Sxx = Sxx1 + Sxx2 + N1·N2·t·t / N
//! ```
//!
//! In exact arithmetic this is what the sums of powers say. [agg.variance.moments]
//! (Youngs and Cramer, *Some Results Relevant to Choice of Sum and Sum-of-Product Algorithms*, 1971.) An infinite sum from
//! finite inputs is an error; with an infinite input the squared deviations are NaN from there on. A state of no rows is
//! the unit and is never put into a formula: 0/0 would be NaN. [agg.float.empty]

use super::sum_float::{float8pl, overflow};
use super::{Machine, State, StateField, field};
use crate::error::SqlError;
use crate::value::{Type, Value};

/// What is computed from the state at the end.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    Average,
    Variance { sample: bool, root: bool },
}

/// The state machine.
pub(super) struct YoungsCramer {
    pub answer: Answer,
}

pub(super) const FIELDS: &[StateField] = &[
    field("count", Type::Float8),
    field("sum", Type::Float8),
    field("squared_deviations", Type::Float8),
];

/// N, Sx and Sxx.
type Sums = [f64; 3];

fn read(state: &State) -> Sums {
    let number = |i: usize| match state[i] {
        Value::Float8(x) => x,
        ref other => panic!("a float8[] state holds floats, not {other:?}"),
    };
    [0, 1, 2].map(number)
}

fn write(state: &mut State, sums: Sums) {
    *state = sums.map(Value::Float8).to_vec();
}

fn accumulate([count, sum, deviations]: Sums, x: f64) -> Result<Sums, SqlError> {
    let new_count = count + 1.0;
    let new_sum = sum + x;
    if count == 0.0 {
        let deviations = if x.is_finite() { deviations } else { f64::NAN };
        return Ok([new_count, new_sum, deviations]);
    }
    let t = x * new_count - new_sum;
    let new_deviations = deviations + t * t / (new_count * count);
    if new_sum.is_infinite() || new_deviations.is_infinite() {
        if !sum.is_infinite() && !x.is_infinite() {
            return Err(overflow());
        }
        return Ok([new_count, new_sum, f64::NAN]);
    }
    Ok([new_count, new_sum, new_deviations])
}

fn join(one: Sums, two: Sums) -> Result<Sums, SqlError> {
    let ([n1, sum1, deviations1], [n2, sum2, deviations2]) = (one, two);
    if n1 == 0.0 {
        return Ok(two);
    }
    if n2 == 0.0 {
        return Ok(one);
    }
    let count = n1 + n2;
    let sum = float8pl(sum1, sum2)?;
    let t = sum1 / n1 - sum2 / n2;
    let deviations = deviations1 + deviations2 + n1 * n2 * t * t / count;
    if deviations.is_infinite() && !deviations1.is_infinite() && !deviations2.is_infinite() {
        return Err(overflow());
    }
    Ok([count, sum, deviations])
}

impl Machine for YoungsCramer {
    fn init(&self) -> State {
        vec![Value::Float8(0.0); 3]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        let x = match args[0] {
            Value::Float4(x) => f64::from(x),
            Value::Float8(x) => x,
            ref other => panic!("a float aggregate takes floats, not {other:?}"),
        };
        write(state, accumulate(read(state), x)?);
        Ok(())
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        write(state, join(read(state), read(other))?);
        Ok(())
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        let [count, sum, deviations] = read(state);
        let answer = match self.answer {
            Answer::Average if count == 0.0 => None,
            Answer::Average => Some(sum / count),
            Answer::Variance { sample: true, .. } if count <= 1.0 => None,
            Answer::Variance { sample: false, .. } if count == 0.0 => None,
            Answer::Variance { sample, root } => {
                let variance = deviations / if sample { count - 1.0 } else { count };
                Some(if root { variance.sqrt() } else { variance })
            }
        };
        Ok(answer.map_or(Value::Null, Value::Float8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_of_no_rows_is_the_unit_even_beside_the_largest_numbers() {
        let huge = [1.0, f64::MAX, 0.0];
        assert_eq!(join([0.0; 3], huge), Ok(huge));
        assert_eq!(join(huge, [0.0; 3]), Ok(huge));
        assert_eq!(join([0.0; 3], [0.0; 3]), Ok([0.0; 3]));
    }

    #[test]
    fn an_infinity_excuses_an_infinite_sum_and_spoils_the_deviations() {
        let first = accumulate([0.0; 3], f64::INFINITY).expect("no error");
        assert!(first[1].is_infinite() && first[2].is_nan());
        let second = accumulate(first, 1.0).expect("no error");
        assert!(second[1].is_infinite() && second[2].is_nan());
        assert!(accumulate([1.0, f64::MAX, 0.0], f64::MAX).is_err());
    }
}
