//! `min` and `max`: the least and the greatest of the values, by the type's order.
//!
//! Which of several equal values comes out depends on the order they come in, and two equal values may print differently
//! (1.0 and 1.00, 0 and -0, '1 day' and '24:00'): then any of them is permitted. [agg.min.ties]

use std::cmp::Ordering;

use super::{Aggregate, BASE, Machine, Meaning, State, StateField, field, inputs};
use crate::error::SqlError;
use crate::permitted::Cell;
use crate::value::{Element, Row, Type, Value, order};

macro_rules! of_types {
    ($($name:literal $side:expr, $meaning:expr => $($ty:ident $oid_name:literal),*;)*) => {
        /// `min` and `max` of every type that has them: not of `bool`; `varchar` and `name` go as `text`.
        pub(super) static AGGREGATES: &[Aggregate] = &[$($(
            Aggregate {
                name: $name,
                args: &[Some(Type::$ty)],
                result: Type::$ty,
                state_type: $oid_name,
                state_fields: { const FIELD: &[StateField] = &[field("value", Type::$ty)]; FIELD },
                meaning: $meaning,
                machine: &Extreme { better: $side },
                ..BASE
            },
        )*)*];
    };
}

of_types! {
    "min" Ordering::Less, |rows| extreme(rows, Ordering::Less) =>
        Int2 "int2", Int4 "int4", Int8 "int8", Float4 "float4", Float8 "float8", Numeric "numeric", Text "text",
        Bpchar "bpchar", Date "date", Timestamp "timestamp", Interval "interval",
        Time "time", TimeTz "timetz", TimestampTz "timestamptz";
    "max" Ordering::Greater, |rows| extreme(rows, Ordering::Greater) =>
        Int2 "int2", Int4 "int4", Int8 "int8", Float4 "float4", Float8 "float8", Numeric "numeric", Text "text",
        Bpchar "bpchar", Date "date", Timestamp "timestamp", Interval "interval",
        Time "time", TimeTz "timetz", TimestampTz "timestamptz";
}

/// `min` and `max` of byte strings, which PostgreSQL has from version 18 on.
pub(super) static OF_BYTES: &[Aggregate] = &[of_bytes("min"), of_bytes("max")];

const OF_BYTES_FIELDS: &[StateField] = &[field("value", Type::Bytea)];

const fn of_bytes(name: &'static str) -> Aggregate {
    let least = matches!(name.as_bytes(), b"min");
    Aggregate {
        name,
        args: &[Some(Type::Bytea)],
        result: Type::Bytea,
        since: 180_000,
        state_type: "bytea",
        state_fields: OF_BYTES_FIELDS,
        ..of_any(least)
    }
}

/// `min` and `max` of arrays: one of every element type, where PostgreSQL has one of `anyarray`.
macro_rules! of_arrays {
    ($($ty:ident),*) => {
        pub(super) static OF_ARRAYS: &[Aggregate] = &[$(
            of_array("min", Ordering::Less, Element::$ty, &[Some(Type::Array(Element::$ty))], {
                const FIELD: &[StateField] = &[field("value", Type::Array(Element::$ty))];
                FIELD
            }),
            of_array("max", Ordering::Greater, Element::$ty, &[Some(Type::Array(Element::$ty))], {
                const FIELD: &[StateField] = &[field("value", Type::Array(Element::$ty))];
                FIELD
            }),
        )*];
    };
}

crate::expr::function::array::each_element!(of_arrays);

const fn of_array(
    name: &'static str,
    better: Ordering,
    element: Element,
    args: &'static [Option<Type>],
    state_fields: &'static [StateField],
) -> Aggregate {
    let least = matches!(better, Ordering::Less);
    Aggregate {
        name,
        args,
        result: Type::Array(element),
        state_type: "anyarray",
        state_fields,
        ..of_any(least)
    }
}

/// What the least and the greatest of any type are.
const fn of_any(least: bool) -> Aggregate {
    Aggregate {
        meaning: if least {
            |rows| extreme(rows, Ordering::Less)
        } else {
            |rows| extreme(rows, Ordering::Greater)
        },
        machine: if least {
            &Extreme { better: Ordering::Less }
        } else {
            &Extreme { better: Ordering::Greater }
        },
        ..BASE
    }
}

/// A value that no other is better than; NULL of none. [agg.min]
///
/// `EqualTo` only if the bag holds values that are equal to it and differ from it.
fn extreme(rows: &[Row], better: Ordering) -> Meaning {
    let mut candidates = inputs(rows);
    let Some(first) = candidates.next() else { return Meaning::exactly(Value::Null) };
    let winner = candidates.fold(first, |a, b| if order::compare(b, a) == better { b } else { a });
    let mut equals = inputs(rows).filter(|x| order::compare(x, winner) == Ordering::Equal);
    let alike = equals.all(|x| x == winner);
    Meaning::cell(if alike { Cell::Exactly(winner.clone()) } else { Cell::EqualTo(winner.clone()) })
}

/// `int4smaller` and its like, as transition and as combine function.
struct Extreme {
    /// How the wanted value compares with the others.
    better: Ordering,
}

impl Extreme {
    /// On a tie the second argument stays, `a < b ? a : b`; for `bpchar` the first, `a <= b ? a : b` (`varchar.c`).
    fn keep(&self, held: &mut Value, new: &Value) {
        let keeps = match order::compare(held, new) {
            Ordering::Equal => matches!(new, Value::Bpchar(_)),
            other => other == self.better,
        };
        if !keeps {
            held.clone_from(new);
        }
    }
}

impl Machine for Extreme {
    fn init(&self) -> State {
        vec![Value::Null]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        self.keep(&mut state[0], &args[0]);
        Ok(())
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        self.keep(&mut state[0], &other[0]);
        Ok(())
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        Ok(state[0].clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agg;

    fn serial(name: &str, ty: Type, values: &[Value]) -> Value {
        let aggregate = agg::named(name).find(|a| a.args == [Some(ty)]).expect("known");
        let mut state = aggregate.machine.init();
        for value in values {
            aggregate.advance(&mut state, std::slice::from_ref(value)).expect("no error");
        }
        aggregate.finish(&state).expect("no error")
    }

    #[test]
    fn the_later_of_two_equal_values_stays() {
        let zeros = [Value::Float8(0.0), Value::Float8(-0.0)];
        assert_eq!(serial("min", Type::Float8, &zeros), zeros[1]);
        assert_eq!(serial("max", Type::Float8, &zeros), zeros[1]);
    }

    #[test]
    fn of_equal_padded_strings_the_earlier_stays() {
        let padded = [Value::Bpchar("a  ".into()), Value::Bpchar("a".into())];
        assert_eq!(serial("min", Type::Bpchar, &padded), padded[0]);
        assert_eq!(serial("max", Type::Bpchar, &padded), padded[0]);
    }

    #[test]
    fn only_values_that_differ_from_their_equals_are_loose() {
        let rows = |xs: &[f64]| xs.iter().map(|x| vec![Value::Float8(*x)]).collect::<Vec<_>>();
        let loose = extreme(&rows(&[0.0, -0.0, 1.0]), Ordering::Less);
        assert_eq!(loose.cell, Some(Cell::EqualTo(Value::Float8(0.0))));
        let exact = extreme(&rows(&[0.0, -0.0, 1.0]), Ordering::Greater);
        assert_eq!(exact, Meaning::exactly(Value::Float8(1.0)));
        let nan = extreme(&rows(&[f64::NAN, f64::INFINITY]), Ordering::Greater);
        assert_eq!(nan, Meaning::exactly(Value::Float8(f64::NAN)));
    }
}
