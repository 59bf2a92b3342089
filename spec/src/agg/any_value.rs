//! `any_value`: any one of the values that are not NULL, from PostgreSQL 16 on.
//!
//! Which one it is depends on the order of the rows and on who combines whom: each is permitted. [agg.any-value]

use super::polymorphic::of_any_element;
use super::{Aggregate, BASE, LawClass, Machine, Meaning, State, StateField, field, inputs};
use crate::error::SqlError;
use crate::permitted::Cell;
use crate::value::{Row, Type, Value};

/// `any_value(anyelement)`.
pub(super) static AGGREGATES: &[Aggregate] = of_any_element! { ELEMENT => Aggregate {
    name: "any_value",
    args: &[Some(ELEMENT)],
    result: ELEMENT,
    polymorphic: true,
    since: 160_000,
    law: LawClass::AnyOne,
    state_type: "anyelement",
    state_fields: { const FIELD: &[StateField] = &[field("value", ELEMENT)]; FIELD },
    meaning: one_of_them,
    machine: &First,
    ..BASE
}};

/// Any of the values; NULL of none. [agg.any-value]
fn one_of_them(rows: &[Row]) -> Meaning {
    let mut values: Vec<Value> = vec![];
    for value in inputs(rows) {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    Meaning::cell(match values.len() {
        0 => Cell::Exactly(Value::Null),
        1 => Cell::Exactly(values.swap_remove(0)),
        _ => Cell::OneOf(values),
    })
}

/// `any_value_transfn`, as transition and as combine function: the first one stays.
struct First;

impl Machine for First {
    fn init(&self) -> State {
        vec![Value::Null]
    }

    fn transition(&self, _: &mut State, _: &[Value]) -> Result<(), SqlError> {
        Ok(())
    }

    fn combine(&self, _: &mut State, _: &State) -> Result<(), SqlError> {
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
    fn any_value_but_null_is_permitted() {
        crate::clauses!("agg.any-value");
        let rows = [Value::Int4(2), Value::Null, Value::Int4(1), Value::Int4(2)].map(|x| vec![x]);
        let meaning = one_of_them(&rows);
        for (value, permitted) in
            [(Value::Int4(1), true), (Value::Int4(2), true), (Value::Null, false)]
        {
            assert_eq!(meaning.admits(&Ok(value)), permitted);
        }
        assert_eq!(one_of_them(&[vec![Value::Null]]), Meaning::exactly(Value::Null));
        assert_eq!(one_of_them(&[vec![Value::Int4(7)]]), Meaning::exactly(Value::Int4(7)));
    }
}
