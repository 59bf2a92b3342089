//! `sum(float4)` and `sum(float8)`: additions that round, in whatever order they come.

use super::floats::{self, Floats};
use super::{Aggregate, BASE, LawClass, Machine, Meaning, State, field};
use crate::error::{SqlError, sqlstate};
use crate::permitted::Cell;
use crate::value::{Row, Type, Value};

/// `sum(float4)`, `sum(float8)`.
pub(super) static AGGREGATES: &[Aggregate] = &[
    Aggregate {
        name: "sum",
        args: &[Some(Type::Float4)],
        result: Type::Float4,
        law: LawClass::FloatBounded,
        state_type: "float4",
        state_fields: &[field("sum", Type::Float4)],
        meaning: |rows| sum(rows, true),
        machine: &FloatSum,
        ..BASE
    },
    Aggregate {
        name: "sum",
        args: &[Some(Type::Float8)],
        result: Type::Float8,
        law: LawClass::FloatBounded,
        state_type: "float8",
        state_fields: &[field("sum", Type::Float8)],
        meaning: |rows| sum(rows, false),
        machine: &FloatSum,
        ..BASE
    },
];

/// The sum of a bag within the bound of its additions; the sum itself where no order can round. [agg.sum.float]
///
/// One value is its own sum (the transition function never runs), so a single -0 stays -0.
fn sum(rows: &[Row], single: bool) -> Meaning {
    let bag = Floats::of(rows, single);
    let typed = |x: f64| if single { Value::Float4(x as f32) } else { Value::Float8(x) };
    match bag.values[..] {
        [] => return Meaning::exactly(Value::Null),
        [only] => return Meaning::exactly(typed(only)),
        _ => (),
    }
    if let Some(special) = bag.special() {
        return floats::meaning(Cell::Exactly(typed(special)), bag.sum_may_overflow(), false);
    }
    if bag.sums_are_exact() {
        return Meaning::cell(Cell::EqualTo(typed(bag.values.iter().sum())));
    }
    let cell = bag.sum_cell(1, 0);
    let must_overflow = floats::must_overflow(&cell);
    floats::meaning(Cell::Float(cell), bag.sum_may_overflow(), must_overflow)
}

/// `float4pl` and `float8pl`, as transition and as combine function.
struct FloatSum;

impl Machine for FloatSum {
    fn init(&self) -> State {
        vec![Value::Null]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        add(&mut state[0], &args[0])
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        add(&mut state[0], &other[0])
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        Ok(state[0].clone())
    }
}

fn add(sum: &mut Value, by: &Value) -> Result<(), SqlError> {
    match (sum, by) {
        (Value::Float4(sum), Value::Float4(x)) => {
            let old = *sum;
            *sum += x;
            finite_or(sum.is_infinite(), old.is_infinite() || x.is_infinite())
        }
        (Value::Float8(sum), Value::Float8(x)) => {
            *sum = float8pl(*sum, *x)?;
            Ok(())
        }
        (sum, by) => panic!("floats of one type are added, not {by:?} to {sum:?}"),
    }
}

/// Addition that raises `22003 value out of range: overflow` when finite numbers give an infinity.
pub(super) fn float8pl(a: f64, b: f64) -> Result<f64, SqlError> {
    let sum = a + b;
    finite_or(sum.is_infinite(), a.is_infinite() || b.is_infinite())?;
    Ok(sum)
}

fn finite_or(infinite: bool, excused: bool) -> Result<(), SqlError> {
    if infinite && !excused { Err(overflow()) } else { Ok(()) }
}

/// `float_overflow_error`.
pub(super) fn overflow() -> SqlError {
    SqlError::new(sqlstate::NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum_of(xs: &[f64]) -> Meaning {
        let rows: Vec<Row> = xs.iter().map(|x| vec![Value::Float8(*x)]).collect();
        sum(&rows, false)
    }

    #[test]
    fn the_order_decides_whether_large_terms_overflow() {
        let either = sum_of(&[1e308, 1e308, -1e308]);
        assert!(either.cell.is_some() && either.errors.len() == 1);
        let never = sum_of(&[1e308, -1e308]);
        assert!(never.cell.is_some() && never.errors.is_empty());
        let always = sum_of(&[1e308, 1e308]);
        assert!(always.cell.is_none() && always.errors.len() == 1);
    }

    #[test]
    fn an_infinity_does_not_excuse_an_overflow_before_it() {
        let meaning = sum_of(&[1e308, 1e308, f64::INFINITY]);
        assert_eq!(meaning.cell, Some(Cell::Exactly(Value::Float8(f64::INFINITY))));
        assert_eq!(meaning.errors.len(), 1);
        let nan = sum_of(&[f64::INFINITY, f64::NEG_INFINITY]);
        assert_eq!(nan, Meaning::exactly(Value::Float8(f64::NAN)));
    }

    #[test]
    fn sums_that_no_order_can_round_are_known_exactly() {
        let expected = Meaning::cell(Cell::EqualTo(Value::Float8(3.75)));
        assert_eq!(sum_of(&[0.5, 4.0, -0.75]), expected);
        assert!(matches!(sum_of(&[0.1, 0.2]).cell, Some(Cell::Float(_))));
        let single = sum(&[vec![Value::Float4(16_777_216.0)], vec![Value::Float4(1.0)]], true);
        assert!(matches!(single.cell, Some(Cell::Float(_))));
    }

    #[test]
    fn a_single_negative_zero_is_kept() {
        assert_eq!(sum_of(&[-0.0]), Meaning::exactly(Value::Float8(-0.0)));
    }
}
