//! `count(*)` and `count(any)`: how many rows, and how many of them with a value.

use super::moving::{Moving, Retract};
use super::{Aggregate, BASE, Machine, Meaning, State, StateField, field, inputs};
use crate::error::SqlError;
use crate::value::{Row, Type, Value};

const FIELDS: &[StateField] = &[field("count", Type::Int8)];

/// `int8inc` and `int8dec`.
const MOVING: Option<Moving> =
    Some(Moving { state_type: "int8", state_fields: FIELDS, strict: true, machine: &Count });

/// `count(*)`, `count(any)`.
pub(super) static AGGREGATES: &[Aggregate] = &[
    Aggregate {
        name: "count",
        args: &[],
        result: Type::Int8,
        state_type: "int8",
        state_fields: FIELDS,
        meaning: |rows| cardinality(rows.len()),
        machine: &Count,
        moving: MOVING,
        ..BASE
    },
    Aggregate {
        name: "count",
        args: &[None],
        result: Type::Int8,
        state_type: "int8",
        state_fields: FIELDS,
        meaning: count_of_values,
        machine: &Count,
        moving: MOVING,
        ..BASE
    },
];

/// The number of rows whose argument is not NULL. [agg.count]
fn count_of_values(rows: &[Row]) -> Meaning {
    cardinality(inputs(rows).count())
}

fn cardinality(count: usize) -> Meaning {
    Meaning::exactly(Value::Int8(i64::try_from(count).expect("a bag fits into memory")))
}

/// `int8inc` and `int8pl` over one counter that begins at 0, the unit of addition. [law.unit]
pub(super) struct Count;

impl Machine for Count {
    fn init(&self) -> State {
        vec![Value::Int8(0)]
    }

    fn transition(&self, state: &mut State, _args: &[Value]) -> Result<(), SqlError> {
        add(state, 1)
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        match other[0] {
            Value::Int8(count) => add(state, count),
            _ => Ok(()),
        }
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        Ok(state[0].clone())
    }
}

impl Retract for Count {
    fn retract(&self, state: &mut State, _args: &[Value]) -> Result<bool, SqlError> {
        add(state, -1).map(|()| true)
    }
}

/// `int8pl`: adds to the counter, or `22003 bigint out of range`.
pub(super) fn add(state: &mut State, by: i64) -> Result<(), SqlError> {
    if let Value::Int8(count) = &mut state[0] {
        *count = count.checked_add(by).ok_or_else(|| SqlError::out_of_range("bigint"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_null_counts_for_the_star_only() {
        let rows = [vec![Value::Null], vec![Value::Int4(7)]];
        assert_eq!((AGGREGATES[0].meaning)(&rows), Meaning::exactly(Value::Int8(2)));
        assert_eq!((AGGREGATES[1].meaning)(&rows), Meaning::exactly(Value::Int8(1)));
        assert_eq!((AGGREGATES[1].meaning)(&[]), Meaning::exactly(Value::Int8(0)));
    }
}
