//! `array_agg`: the values of all rows as an array, NULLs included; of arrays, one of the next dimension.
//!
//! PostgreSQL splits it from version 16 on (`array_agg_combine`, `array_agg_array_combine`), and so do we for such a
//! version: any split that keeps the order keeps the answer. [agg.array-agg.order]

use super::{Aggregate, BASE, LawClass, Machine, Meaning, State, StateField, field};
use crate::error::{SqlError, sqlstate};
use crate::permitted::Cell;
use crate::value::array::Dimension;
use crate::value::{Array, Element, Row, Type, Value};

/// `array_agg` of values and of arrays, of every element type.
macro_rules! of_elements {
    ($($ty:ident),*) => {
        pub(super) static AGGREGATES: &[Aggregate] = &[$(
            of(&[Some(Type::$ty)], Element::$ty, {
                const FIELD: &[StateField] = &[field("elements", Type::Array(Element::$ty))];
                FIELD
            }),
            of(&[Some(Type::Array(Element::$ty))], Element::$ty, {
                const FIELD: &[StateField] = &[field("elements", Type::Array(Element::$ty))];
                FIELD
            }),
        )*];
    };
}

crate::expr::function::array::each_element!(of_elements);

const fn of(
    args: &'static [Option<Type>],
    element: Element,
    state_fields: &'static [StateField],
) -> Aggregate {
    let of_arrays = matches!(args[0], Some(Type::Array(_)));
    Aggregate {
        name: "array_agg",
        args,
        result: Type::Array(element),
        splits_since: 160_000,
        law: LawClass::InputOrder,
        transition_strict: false,
        combine_strict: false,
        state_type: "internal",
        state_fields,
        meaning: if of_arrays {
            |rows| in_any_order(rows, arrays_in_this_order)
        } else {
            |rows| in_any_order(rows, values_in_this_order)
        },
        meaning_in_order: Some(if of_arrays { arrays_in_this_order } else { values_in_this_order }),
        machine: if of_arrays { &OfArrays } else { &OfValues },
        ..BASE
    }
}

/// The array of the values in the order of the rows; NULL of no rows. [agg.array-agg]
fn values_in_this_order(rows: &[Row]) -> Meaning {
    if rows.is_empty() {
        return Meaning::exactly(Value::Null);
    }
    let values = rows.iter().map(|row| row[0].clone()).collect();
    Meaning::exactly(Value::array(Array::vector(values)))
}

/// The array of the arrays in the order of the rows; NULL of no rows, an error for NULL, for an empty array, and for
/// arrays of several shapes; either error where rows of both kinds meet, for parts find them in another order. [agg.array-agg]
fn arrays_in_this_order(rows: &[Row]) -> Meaning {
    let arrays = rows.iter().filter_map(|row| match &row[0] {
        Value::Array(array) => Some(&**array),
        _ => None,
    });
    let parts: Vec<&Array> = arrays.collect();
    let has_null = parts.len() < rows.len();
    let stacked = Array::stacked(&parts);
    let is_ragged = stacked.is_err() || parts.iter().any(|array| array.elements().is_empty());
    match (has_null, is_ragged) {
        (true, true) => Meaning::error(sqlstate::NULL_VALUE_NOT_ALLOWED)
            .or_error(sqlstate::ARRAY_SUBSCRIPT_ERROR),
        (true, false) => Meaning::error(sqlstate::NULL_VALUE_NOT_ALLOWED),
        (false, true) => Meaning::error(sqlstate::ARRAY_SUBSCRIPT_ERROR),
        (false, false) if parts.is_empty() => Meaning::exactly(Value::Null),
        (false, false) => Meaning::exactly(Value::array(stacked.expect("they fit"))),
    }
}

/// In any order: the members in this order, or in any other. [agg.array-agg]
fn in_any_order(rows: &[Row], in_this_order: fn(&[Row]) -> Meaning) -> Meaning {
    match in_this_order(rows) {
        Meaning { cell: Some(Cell::Exactly(Value::Array(array))), .. } => {
            Meaning::cell(Cell::AnyOrderOfMembers(array))
        }
        other => other,
    }
}

/// `array_agg_transfn`: values one behind the other.
struct OfValues;

/// `array_agg_array_transfn`: arrays of one shape one behind the other.
struct OfArrays;

/// Puts the elements of one state behind those of another.
fn append(state: &mut State, other: Array) -> Result<(), SqlError> {
    match &mut state[0] {
        Value::Array(array) if array.dimensions()[1..] == other.dimensions()[1..] => {
            array.extend(other.into_elements());
            Ok(())
        }
        Value::Array(_) => {
            let message = "cannot accumulate arrays of different dimensionality";
            Err(SqlError::new(sqlstate::ARRAY_SUBSCRIPT_ERROR, message))
        }
        empty => {
            *empty = Value::array(other);
            Ok(())
        }
    }
}

fn combine(state: &mut State, other: &State) -> Result<(), SqlError> {
    match &other[0] {
        Value::Array(array) => append(state, (**array).clone()),
        _ => Ok(()),
    }
}

impl Machine for OfValues {
    fn init(&self) -> State {
        vec![Value::Null]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        append(state, Array::vector(vec![args[0].clone()]))
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        combine(state, other)
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        Ok(state[0].clone())
    }
}

impl Machine for OfArrays {
    fn init(&self) -> State {
        vec![Value::Null]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        let Value::Array(array) = &args[0] else {
            let message = "cannot accumulate null arrays";
            return Err(SqlError::new(sqlstate::NULL_VALUE_NOT_ALLOWED, message));
        };
        if array.elements().is_empty() {
            let message = "cannot accumulate empty arrays";
            return Err(SqlError::new(sqlstate::ARRAY_SUBSCRIPT_ERROR, message));
        }
        let outer = [Dimension { length: 1, lower: 1 }];
        let dimensions = [&outer[..], array.dimensions()].concat();
        append(state, Array::shaped(dimensions, array.elements().to_vec())?)
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        combine(state, other)
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        Ok(state[0].clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agg;
    use crate::value::{Modifier, text};

    fn answer(ty: Type, inputs: &[&str]) -> Result<Value, String> {
        let aggregate = agg::named("array_agg").find(|a| a.args == [Some(ty)]).expect("known");
        let meaning = aggregate.meaning_in_order.expect("the order matters");
        let mut state = aggregate.machine.init();
        let mut rows = vec![];
        for input in inputs {
            let value = match *input {
                "NULL" => Value::Null,
                input => text::input(ty, Modifier::None, input).expect("it reads"),
            };
            rows.push(vec![value.clone()]);
            let error = aggregate.advance(&mut state, &[value]).err();
            if let Some(error) = error {
                assert_eq!(meaning(&rows), Meaning::error(error.sqlstate));
                return Err(error.to_string());
            }
        }
        let answer = aggregate.finish(&state).expect("a value");
        assert_eq!(meaning(&rows), Meaning::exactly(answer.clone()));
        Ok(answer)
    }

    #[test]
    fn values_are_gathered_with_their_nulls_and_no_rows_give_null() {
        // Captured from PostgreSQL 15.18.
        let shown = |inputs: &[&str]| text::output(&answer(Type::Int4, inputs).unwrap());
        assert_eq!(shown(&["1", "NULL", "3"]), "{1,NULL,3}");
        assert_eq!(answer(Type::Int4, &[]), Ok(Value::Null));
        assert_eq!(shown(&["NULL"]), "{NULL}");
    }

    #[test]
    fn arrays_are_stacked_if_they_have_one_shape() {
        let ints = Type::Array(Element::Int4);
        let shown = |inputs: &[&str]| answer(ints, inputs).map(|value| text::output(&value));
        assert_eq!(shown(&["{1,2}", "{3,4}"]).as_deref(), Ok("{{1,2},{3,4}}"));
        let refused = |inputs: &[&str]| shown(inputs).unwrap_err();
        assert_eq!(refused(&["NULL"]), "cannot accumulate null arrays");
        assert_eq!(refused(&["{}"]), "cannot accumulate empty arrays");
        assert_eq!(
            refused(&["{1}", "{1,2}"]),
            "cannot accumulate arrays of different dimensionality"
        );
    }
}
