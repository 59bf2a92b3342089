//! `string_agg(text, text)`: the values one after the other, each but the first behind its row's delimiter.
//!
//! PostgreSQL splits it from version 16 on (`string_agg_combine`), and so do we for such a version: any split that keeps
//! the order keeps the answer. [agg.string-agg.order] [departure.string-agg]

use super::{Aggregate, BASE, LawClass, Machine, Meaning, State, field};
use crate::error::SqlError;
use crate::permitted::Cell;
use crate::value::{Row, Type, Value};

/// `string_agg(text, text)`.
pub(super) static AGGREGATES: &[Aggregate] = &[Aggregate {
    name: "string_agg",
    args: &[Some(Type::Text), Some(Type::Text)],
    result: Type::Text,
    splits_since: 160_000,
    law: LawClass::InputOrder,
    transition_strict: false,
    combine_strict: false,
    state_type: "internal",
    state_fields: &[field("buffer", Type::Text), field("cursor", Type::Int8)],
    meaning: in_any_order,
    meaning_in_order: Some(in_this_order),
    machine: &StringAgg,
    ..BASE
}];

/// The values with their delimiters; rows without a value take no part, a NULL delimiter is the empty one.
fn pieces(rows: &[Row]) -> Vec<(&str, &str)> {
    rows.iter().filter_map(|row| Some((text(&row[0])?, text(&row[1]).unwrap_or("")))).collect()
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(text),
        other => panic!("string_agg takes text, not {other:?}"),
    }
}

/// The list of the values in any order; NULL of none. [agg.string-agg]
///
/// With delimiters that differ from row to row the answer also depends on whose delimiter is dropped, and we do not say
/// which texts are permitted.
fn in_any_order(rows: &[Row]) -> Meaning {
    let pieces = pieces(rows);
    match pieces[..] {
        [] => return Meaning::exactly(Value::Null),
        [(only, _)] => return Meaning::exactly(Value::text(only)),
        _ => (),
    }
    let delimiter = pieces[0].1;
    if pieces.iter().any(|(_, other)| *other != delimiter) {
        return Meaning::unable("string_agg in no order with delimiters that differ by row");
    }
    let parts = pieces.iter().map(|(part, _)| (*part).to_owned()).collect();
    Meaning::cell(Cell::AnyOrderOf { parts, delimiter: delimiter.to_owned() })
}

/// The list of the values in the order of the rows; NULL of none. [agg.string-agg.order]
fn in_this_order(rows: &[Row]) -> Meaning {
    let mut pieces = pieces(rows).into_iter();
    let Some((first, _)) = pieces.next() else { return Meaning::exactly(Value::Null) };
    let rest = pieces.map(|(part, delimiter)| format!("{delimiter}{part}"));
    Meaning::exactly(Value::text(first.to_owned() + &rest.collect::<String>()))
}

/// A buffer that begins with its first row's delimiter, and how many bytes of it that is.
///
/// So that two buffers only have to be put together: the second brings the delimiter that belongs between them.
struct StringAgg;

impl Machine for StringAgg {
    fn init(&self) -> State {
        vec![Value::Null; 2]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        let Some(value) = text(&args[0]) else { return Ok(()) };
        let delimiter = text(&args[1]).unwrap_or("");
        if state[0].is_null() {
            let cursor = i64::try_from(delimiter.len()).expect("text is below 1 GB");
            *state = vec![Value::text(""), Value::Int8(cursor)];
        }
        append(&mut state[0], &[delimiter, value]);
        Ok(())
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        match text(&other[0]) {
            None => (),
            Some(_) if state[0].is_null() => state.clone_from(other),
            Some(more) => append(&mut state[0], &[more]),
        }
        Ok(())
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        match (&state[0], &state[1]) {
            (Value::Text(buffer), Value::Int8(cursor)) => {
                let start = usize::try_from(*cursor).expect("a length");
                Ok(Value::text(&buffer[start..]))
            }
            _ => Ok(Value::Null),
        }
    }
}

fn append(buffer: &mut Value, pieces: &[&str]) {
    if let Value::Text(held) = buffer {
        let mut longer = std::mem::take(held).into_string();
        longer.extend(pieces.iter().copied());
        *held = longer.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: Option<&str>, delimiter: Option<&str>) -> Row {
        [value, delimiter].map(|text| text.map_or(Value::Null, Value::text)).to_vec()
    }

    #[test]
    fn the_first_delimiter_is_dropped_and_a_missing_one_is_empty() {
        let rows = [
            row(Some("a"), Some(",")),
            row(Some("b"), None),
            row(None, Some(";")),
            row(Some("c"), Some("-")),
        ];
        assert_eq!(in_this_order(&rows), Meaning::exactly(Value::text("ab-c")));
        assert!(in_any_order(&rows).unable.is_some());
    }

    #[test]
    fn nothing_gives_null_but_an_empty_text_is_something() {
        assert_eq!(in_this_order(&[row(None, Some(","))]), Meaning::exactly(Value::Null));
        let empty = [row(Some(""), Some(",")), row(Some(""), Some("-"))];
        assert_eq!(in_this_order(&empty), Meaning::exactly(Value::text("-")));
    }
}
