//! `bool_and`, `every` and `bool_or`: whether all, or some, of the values are true.

use super::moving::{Moving, Retract};
use super::{Aggregate, BASE, Machine, Meaning, State, StateField, field, inputs};
use crate::error::SqlError;
use crate::value::{Row, Type, Value};

const OF_BOOL: Aggregate = Aggregate {
    args: &[Some(Type::Bool)],
    result: Type::Bool,
    state_type: "bool",
    state_fields: &[field("value", Type::Bool)],
    ..BASE
};

const COUNTS: &[StateField] = &[field("values", Type::Int8), field("truths", Type::Int8)];
const ALL_TRUE: Option<Moving> = Some(counted(&Truths { all: true }));
const ANY_TRUE: Option<Moving> = Some(counted(&Truths { all: false }));

const fn counted(machine: &'static Truths) -> Moving {
    Moving { state_type: "internal", state_fields: COUNTS, strict: false, machine }
}

/// `bool_and`, `bool_or` and `every`, which is `bool_and` by its name in the standard.
pub(super) static AGGREGATES: &[Aggregate] = &[
    Aggregate {
        name: "bool_and",
        meaning: all,
        machine: &Connective { and: true },
        moving: ALL_TRUE,
        ..OF_BOOL
    },
    Aggregate {
        name: "every",
        meaning: all,
        machine: &Connective { and: true },
        moving: ALL_TRUE,
        ..OF_BOOL
    },
    Aggregate {
        name: "bool_or",
        meaning: some,
        machine: &Connective { and: false },
        moving: ANY_TRUE,
        ..OF_BOOL
    },
];

/// Whether no value is false; NULL of none. [agg.bool]
fn all(rows: &[Row]) -> Meaning {
    contains(rows, false).map_or(Meaning::exactly(Value::Null), |found| truth(!found))
}

/// Whether some value is true; NULL of none. [agg.bool]
fn some(rows: &[Row]) -> Meaning {
    contains(rows, true).map_or(Meaning::exactly(Value::Null), truth)
}

fn contains(rows: &[Row], wanted: bool) -> Option<bool> {
    inputs(rows).next()?;
    Some(inputs(rows).any(|value| *value == Value::Bool(wanted)))
}

fn truth(truth: bool) -> Meaning {
    Meaning::exactly(Value::Bool(truth))
}

/// `booland_statefunc` and `boolor_statefunc`, as transition and as combine function.
struct Connective {
    and: bool,
}

impl Connective {
    fn connect(&self, held: &mut Value, new: &Value) {
        if let (Value::Bool(held), Value::Bool(new)) = (held, new) {
            *held = if self.and { *held && *new } else { *held || *new };
        }
    }
}

impl Machine for Connective {
    fn init(&self) -> State {
        vec![Value::Null]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        self.connect(&mut state[0], &args[0]);
        Ok(())
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        self.connect(&mut state[0], &other[0]);
        Ok(())
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        Ok(state[0].clone())
    }
}

/// `bool_accum`, `bool_accum_inv`, `bool_alltrue` and `bool_anytrue`: how many values, and how many true ones.
struct Truths {
    all: bool,
}

impl Truths {
    fn count(state: &mut State, argument: &Value, by: i64) {
        if let (Value::Bool(truth), [Value::Int8(values), Value::Int8(truths)]) =
            (argument, &mut state[..])
        {
            *values += by;
            *truths += if *truth { by } else { 0 };
        }
    }
}

impl Machine for Truths {
    fn init(&self) -> State {
        vec![Value::Null, Value::Null]
    }

    /// Makes the state at the first row, even of a NULL.
    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        if state[0].is_null() {
            *state = vec![Value::Int8(0), Value::Int8(0)];
        }
        Truths::count(state, &args[0], 1);
        Ok(())
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        if state[0].is_null() {
            state.clone_from(other);
            return Ok(());
        }
        state.iter_mut().zip(other).try_for_each(|(mine, theirs)| match (mine, theirs) {
            (Value::Int8(mine), Value::Int8(theirs)) => {
                *mine += theirs;
                Ok(())
            }
            _ => Ok(()),
        })
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        Ok(match state[..] {
            [Value::Int8(1..), Value::Int8(0)] => Value::Bool(false),
            [Value::Int8(values @ 1..), Value::Int8(truths)] => {
                Value::Bool(!self.all || truths == values)
            }
            _ => Value::Null,
        })
    }
}

impl Retract for Truths {
    fn retract(&self, state: &mut State, args: &[Value]) -> Result<bool, SqlError> {
        Truths::count(state, &args[0], -1);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_take_no_part_and_nothing_gives_null() {
        let rows = [vec![Value::Bool(true)], vec![Value::Null]];
        assert_eq!(all(&rows), truth(true));
        assert_eq!(some(&rows), truth(true));
        assert_eq!(all(&rows[1..]), Meaning::exactly(Value::Null));
    }
}
