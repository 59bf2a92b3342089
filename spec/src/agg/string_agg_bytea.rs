//! `string_agg(bytea, bytea)`: the byte strings one after the other, each but the first behind its row's delimiter.
//!
//! As for texts, PostgreSQL splits it from version 16 on (`string_agg_combine`). [agg.string-agg.order]

use super::{Aggregate, BASE, LawClass, Machine, Meaning, State, field};
use crate::error::SqlError;
use crate::value::{Row, Type, Value};

/// `string_agg(bytea, bytea)`.
pub(super) static AGGREGATES: &[Aggregate] = &[Aggregate {
    name: "string_agg",
    args: &[Some(Type::Bytea), Some(Type::Bytea)],
    result: Type::Bytea,
    splits_since: 160_000,
    law: LawClass::InputOrder,
    transition_strict: false,
    combine_strict: false,
    state_type: "internal",
    state_fields: &[field("buffer", Type::Bytea), field("cursor", Type::Int8)],
    meaning: in_any_order,
    meaning_in_order: Some(in_this_order),
    machine: &StringAgg,
    ..BASE
}];

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Null => None,
        Value::Bytea(bytes) => Some(bytes),
        other => panic!("string_agg takes bytes, not {other:?}"),
    }
}

/// The list of the values in the order of the rows; NULL of none. [agg.string-agg.order]
fn in_this_order(rows: &[Row]) -> Meaning {
    let mut list: Option<Vec<u8>> = None;
    for row in rows {
        let Some(value) = bytes(&row[0]) else { continue };
        match &mut list {
            None => list = Some(value.to_vec()),
            Some(list) => {
                list.extend(bytes(&row[1]).unwrap_or_default());
                list.extend(value);
            }
        }
    }
    Meaning::exactly(list.map_or(Value::Null, |list| Value::Bytea(list.into())))
}

/// In any order: the same where all rows that count are the same; otherwise we do not list what is permitted.
fn in_any_order(rows: &[Row]) -> Meaning {
    let mut counting = rows.iter().filter(|row| !row[0].is_null());
    match counting.next() {
        Some(first) if counting.any(|row| row != first) => {
            Meaning::unable("string_agg of byte strings in no order over rows that differ")
        }
        _ => in_this_order(rows),
    }
}

/// A buffer that begins with its first row's delimiter, and how many bytes of it that is.
struct StringAgg;

impl Machine for StringAgg {
    fn init(&self) -> State {
        vec![Value::Null; 2]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        let Some(value) = bytes(&args[0]) else { return Ok(()) };
        let delimiter = bytes(&args[1]).unwrap_or_default();
        if state[0].is_null() {
            let cursor = i64::try_from(delimiter.len()).expect("bytes are below 1 GB");
            *state = vec![Value::Bytea([].into()), Value::Int8(cursor)];
        }
        append(&mut state[0], &[delimiter, value]);
        Ok(())
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        match bytes(&other[0]) {
            None => (),
            Some(_) if state[0].is_null() => state.clone_from(other),
            Some(more) => append(&mut state[0], &[more]),
        }
        Ok(())
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        match (&state[0], &state[1]) {
            (Value::Bytea(buffer), Value::Int8(cursor)) => {
                let start = usize::try_from(*cursor).expect("a length");
                Ok(Value::Bytea(buffer[start..].into()))
            }
            _ => Ok(Value::Null),
        }
    }
}

fn append(buffer: &mut Value, pieces: &[&[u8]]) {
    if let Value::Bytea(held) = buffer {
        let mut longer = std::mem::take(held).into_vec();
        pieces.iter().for_each(|piece| longer.extend(*piece));
        *held = longer.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_delimiter_is_dropped_and_a_missing_one_is_empty() {
        let row = |value: &[u8], delimiter: Option<&[u8]>| {
            let delimiter = delimiter.map_or(Value::Null, |bytes| Value::Bytea(bytes.into()));
            vec![Value::Bytea(value.into()), delimiter]
        };
        let rows = [row(b"a", Some(b",")), row(b"b", None), row(b"c", Some(b"-"))];
        assert_eq!(in_this_order(&rows), Meaning::exactly(Value::Bytea((*b"ab-c").into())));
        let mut state = StringAgg.init();
        for row in &rows {
            StringAgg.transition(&mut state, row).expect("no error");
        }
        assert_eq!(StringAgg.finalize(&state), Ok(Value::Bytea((*b"ab-c").into())));
        assert!(in_any_order(&rows).unable.is_some());
    }
}
