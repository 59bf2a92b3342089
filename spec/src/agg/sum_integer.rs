//! `sum(int2)`, `sum(int4)` in 64 bits and `sum(int8)` in 128: sums of integers.

use super::avg::{NARROW_FIELDS, NarrowAverage};
use super::moments::{Answer, INTEGER_SUM, Moments};
use super::moving::Moving;
use super::{Aggregate, BASE, Machine, Meaning, State, count, exact, field, inputs, moments};
use crate::error::{SqlError, sqlstate};
use crate::value::{Row, Type, Value};

const NARROW: Aggregate = Aggregate {
    name: "sum",
    result: Type::Int8,
    transition_strict: false,
    state_type: "int8",
    state_fields: &[field("sum", Type::Int8)],
    meaning: narrow_sum,
    machine: &NarrowSum,
    // `int4_avg_accum`, its inverse, and `int2int4_sum`.
    moving: Some(Moving {
        state_type: "int8[]",
        state_fields: NARROW_FIELDS,
        strict: true,
        machine: &NarrowAverage { answer: Answer::Sum },
    }),
    ..BASE
};

/// `sum(int2)`, `sum(int4)`, `sum(int8)`.
pub(super) static AGGREGATES: &[Aggregate] = &[
    Aggregate { args: &[Some(Type::Int2)], ..NARROW },
    Aggregate { args: &[Some(Type::Int4)], ..NARROW },
    Aggregate {
        name: "sum",
        args: &[Some(Type::Int8)],
        result: Type::Numeric,
        transition_strict: false,
        combine_strict: false,
        state_type: "internal",
        state_fields: INTEGER_SUM,
        meaning: exact::sum,
        machine: &Moments { specials: false, answer: Answer::Sum },
        moving: Some(moments::moving(
            INTEGER_SUM,
            &Moments { specials: false, answer: Answer::Sum },
        )),
        ..BASE
    },
];

/// The sum of small integers: NULL of none. [agg.sum.integer]
///
/// A partial sum can leave `bigint` only in a bag of more than 2^32 rows (2^48 of `smallint`); `int8pl` then raises 22003.
/// [agg.sum.narrow]
fn narrow_sum(rows: &[Row]) -> Meaning {
    let mut sums = (0i128, 0i128);
    let mut any = false;
    for value in inputs(rows) {
        any = true;
        match value {
            Value::Int2(x) => side(&mut sums, (*x).into()),
            Value::Int4(x) => side(&mut sums, (*x).into()),
            other => panic!("an argument of sum(int4) is not {other:?}"),
        }
    }
    if any { in_range(sums) } else { Meaning::exactly(Value::Null) }
}

fn side((negative, positive): &mut (i128, i128), x: i128) {
    if x < 0 { *negative += x } else { *positive += x }
}

/// A value is the exact one; the error may arise only if the positive terms alone, or the negative terms alone, leave the
/// type: every partial sum of every order lies between those two. [agg.sum.overflow]
fn in_range((negative, positive): (i128, i128)) -> Meaning {
    let error = sqlstate::NUMERIC_VALUE_OUT_OF_RANGE;
    let safe = i64::try_from(negative).is_ok() && i64::try_from(positive).is_ok();
    match i64::try_from(negative + positive) {
        Ok(sum) if safe => Meaning::exactly(Value::Int8(sum)),
        Ok(sum) => Meaning::exactly(Value::Int8(sum)).or_error(error),
        Err(_) => Meaning::error(error),
    }
}

/// `int2_sum`, `int4_sum` (additions without a check) and `int8pl` (with one).
struct NarrowSum;

impl Machine for NarrowSum {
    fn init(&self) -> State {
        vec![Value::Null]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        let x = match args[0] {
            Value::Int2(x) => i64::from(x),
            Value::Int4(x) => i64::from(x),
            _ => return Ok(()),
        };
        state[0] = match state[0] {
            Value::Int8(sum) => Value::Int8(sum.wrapping_add(x)),
            _ => Value::Int8(x),
        };
        Ok(())
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        match other[0] {
            Value::Int8(sum) => count::add(state, sum),
            _ => Ok(()),
        }
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        Ok(state[0].clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_needs_one_sign_to_overflow_alone() {
        let max = i128::from(i64::MAX);
        let both = in_range((-max, max));
        assert_eq!(both, Meaning::exactly(Value::Int8(0)));
        let either = in_range((-1, max + 1));
        assert!(either.cell.is_some() && !either.errors.is_empty());
        assert_eq!(in_range((0, max + 1)).cell, None);
    }

    #[test]
    fn sums_of_integers_widen_instead_of_overflowing() {
        let sum = |index: usize, rows: &[Row]| (AGGREGATES[index].meaning)(rows);
        let rows = [vec![Value::Int4(i32::MAX)], vec![Value::Int4(1)], vec![Value::Null]];
        assert_eq!(sum(1, &rows), Meaning::exactly(Value::Int8(2_147_483_648)));
        assert_eq!(sum(1, &[vec![Value::Null]]), Meaning::exactly(Value::Null));
    }
}
