//! `bit_and`, `bit_or` and `bit_xor` of integers, bit by bit.

use super::{Aggregate, BASE, Machine, Meaning, State, StateField, field, inputs};
use crate::error::SqlError;
use crate::value::{Row, Type, Value};

macro_rules! of_types {
    ($($name:literal $operator:ident => $($ty:ident $state_type:literal),*;)*) => {
        /// The three operators on the three integer types.
        pub(super) static AGGREGATES: &[Aggregate] = &[$($(
            Aggregate {
                name: $name,
                args: &[Some(Type::$ty)],
                result: Type::$ty,
                state_type: $state_type,
                state_fields: { const FIELD: &[StateField] = &[field("value", Type::$ty)]; FIELD },
                meaning: |rows| bits(rows, Operator::$operator),
                machine: &Bits { operator: Operator::$operator },
                ..BASE
            },
        )*)*];
    };
}

of_types! {
    "bit_and" And => Int2 "int2", Int4 "int4", Int8 "int8";
    "bit_or" Or => Int2 "int2", Int4 "int4", Int8 "int8";
    "bit_xor" Xor => Int2 "int2", Int4 "int4", Int8 "int8";
}

#[derive(Clone, Copy)]
enum Operator {
    And,
    Or,
    Xor,
}

/// Each bit by how many values have it: all, some, an odd number; NULL of none. [agg.bit]
fn bits(rows: &[Row], operator: Operator) -> Meaning {
    let Some(first) = inputs(rows).next() else { return Meaning::exactly(Value::Null) };
    let total = inputs(rows).count();
    let has = |value: &Value, bit: u32| integer(value) >> bit & 1 == 1;
    let answer = (0..64).fold(0i64, |answer, bit| {
        let ones = inputs(rows).filter(|value| has(value, bit)).count();
        let set = match operator {
            Operator::And => ones == total,
            Operator::Or => ones > 0,
            Operator::Xor => ones % 2 == 1,
        };
        answer | i64::from(set) << bit
    });
    // The upper bits of a narrow value repeat its sign, so cutting them off loses nothing.
    Meaning::exactly(match first {
        Value::Int2(_) => Value::Int2(answer as i16),
        Value::Int4(_) => Value::Int4(answer as i32),
        _ => Value::Int8(answer),
    })
}

fn integer(value: &Value) -> i64 {
    match value {
        Value::Int2(x) => (*x).into(),
        Value::Int4(x) => (*x).into(),
        Value::Int8(x) => *x,
        other => panic!("bits of an integer, not of {other:?}"),
    }
}

/// `int4and` and its like, as transition and as combine function.
struct Bits {
    operator: Operator,
}

impl Bits {
    fn apply(&self, held: &mut Value, new: &Value) {
        match (held, new) {
            (Value::Int2(a), Value::Int2(b)) => *a = self.operator.of(*a, *b),
            (Value::Int4(a), Value::Int4(b)) => *a = self.operator.of(*a, *b),
            (Value::Int8(a), Value::Int8(b)) => *a = self.operator.of(*a, *b),
            (held, new) => panic!("integers of one type, not {held:?} and {new:?}"),
        }
    }
}

impl Operator {
    fn of<T>(self, a: T, b: T) -> T
    where
        T: std::ops::BitAnd<Output = T>
            + std::ops::BitOr<Output = T>
            + std::ops::BitXor<Output = T>,
    {
        match self {
            Operator::And => a & b,
            Operator::Or => a | b,
            Operator::Xor => a ^ b,
        }
    }
}

impl Machine for Bits {
    fn init(&self) -> State {
        vec![Value::Null]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        self.apply(&mut state[0], &args[0]);
        Ok(())
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        self.apply(&mut state[0], &other[0]);
        Ok(())
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        Ok(state[0].clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bit_goes_by_how_many_values_have_it() {
        let rows: Vec<Row> = [-1, 6, 3].iter().map(|x| vec![Value::Int2(*x)]).collect();
        assert_eq!(bits(&rows, Operator::And), Meaning::exactly(Value::Int2(2)));
        assert_eq!(bits(&rows, Operator::Or), Meaning::exactly(Value::Int2(-1)));
        assert_eq!(bits(&rows, Operator::Xor), Meaning::exactly(Value::Int2(-6)));
    }
}
