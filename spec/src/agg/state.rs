//! The bytes of a state: self-describing, never seen by SQL.
//!
//! ```text
//! state := 'b' 'w' version  count:u16  field*
//! field := tag:u8 payload          integers little-endian; text and big integers with a u32 length before them
//! ```
//!
//! Every state has one encoding and every accepted byte string is the encoding of one state, so that bytes which were cut,
//! lengthened or written by somebody else are refused. Nothing is allocated before its bytes are known to be there.

use num_bigint::BigInt;

use super::State;
use crate::error::{SqlError, SqlState};
use crate::value::array::{Array, Dimension};
use crate::value::{Interval, Numeric, TimeTz, Type, Value};

/// PostgreSQL's `ERRCODE_INVALID_BINARY_REPRESENTATION`.
const INVALID_BINARY_REPRESENTATION: SqlState = SqlState::new(b"22P03");

const HEADER: [u8; 3] = [b'b', b'w', 1];

/// The fields, one after the other. [agg.serialize]
pub fn encode(state: &State) -> Vec<u8> {
    let mut out = HEADER.to_vec();
    let fields = u16::try_from(state.len()).expect("a state has few fields");
    out.extend(fields.to_le_bytes());
    for value in state {
        encode_field(value, &mut out);
    }
    out
}

/// The exact inverse of [`encode`]; `22P03` on any other bytes. [agg.serialize]
pub fn decode(bytes: &[u8]) -> Result<State, SqlError> {
    let mut bytes = Bytes(bytes);
    if bytes.take::<3>()? != HEADER {
        return Err(foreign("no header"));
    }
    let fields = u16::from_le_bytes(bytes.take()?);
    let mut state = State::new();
    for _ in 0..fields {
        state.push(decode_field(&mut bytes)?);
    }
    if bytes.0.is_empty() { Ok(state) } else { Err(foreign("bytes after the last field")) }
}

/// The error for bytes that are not a state.
pub(super) fn foreign(what: &str) -> SqlError {
    let message = format!("invalid transition state: {what}");
    SqlError::new(INVALID_BINARY_REPRESENTATION, message)
}

/// Whether a field of this type may hold the value.
pub fn has_type(value: &Value, ty: Type) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) => ty == Type::Bool,
        Value::Int2(_) => ty == Type::Int2,
        Value::Int4(_) => ty == Type::Int4,
        Value::Int8(_) => ty == Type::Int8,
        Value::Float4(_) => ty == Type::Float4,
        Value::Float8(_) => ty == Type::Float8,
        Value::Numeric(_) => ty == Type::Numeric,
        Value::Text(_) => matches!(ty, Type::Text | Type::Varchar | Type::Name),
        Value::Bpchar(_) => ty == Type::Bpchar,
        Value::Date(_) => ty == Type::Date,
        Value::Timestamp(_) => ty == Type::Timestamp,
        Value::Interval(_) => ty == Type::Interval,
        Value::Bytea(_) => ty == Type::Bytea,
        Value::Time(_) => ty == Type::Time,
        Value::TimeTz(_) => ty == Type::TimeTz,
        Value::TimestampTz(_) => ty == Type::TimestampTz,
        Value::Array(array) => ty
            .element()
            .is_some_and(|element| array.elements().iter().all(|value| has_type(value, element))),
    }
}

fn encode_field(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(0),
        Value::Bool(truth) => out.extend([1, u8::from(*truth)]),
        Value::Int2(x) => tagged(out, 2, &x.to_le_bytes()),
        Value::Int4(x) => tagged(out, 3, &x.to_le_bytes()),
        Value::Int8(x) => tagged(out, 4, &x.to_le_bytes()),
        Value::Float4(x) => tagged(out, 5, &x.to_le_bytes()),
        Value::Float8(x) => tagged(out, 6, &x.to_le_bytes()),
        Value::Numeric(Numeric::Finite { coefficient, scale }) => {
            tagged(out, 7, &scale.to_le_bytes());
            sized(out, &coefficient.to_signed_bytes_le());
        }
        Value::Numeric(Numeric::NaN) => out.push(8),
        Value::Numeric(Numeric::Infinity) => out.push(9),
        Value::Numeric(Numeric::NegativeInfinity) => out.push(10),
        Value::Text(text) => {
            out.push(11);
            sized(out, text.as_bytes());
        }
        Value::Bpchar(text) => {
            out.push(12);
            sized(out, text.as_bytes());
        }
        Value::Date(days) => tagged(out, 13, &days.to_le_bytes()),
        Value::Timestamp(microseconds) => tagged(out, 14, &microseconds.to_le_bytes()),
        Value::Interval(span) => {
            tagged(out, 15, &span.months.to_le_bytes());
            out.extend(span.days.to_le_bytes());
            out.extend(span.microseconds.to_le_bytes());
        }
        Value::Bytea(bytes) => {
            out.push(16);
            sized(out, bytes);
        }
        Value::Time(microseconds) => tagged(out, 17, &microseconds.to_le_bytes()),
        Value::TimeTz(time) => {
            tagged(out, 18, &time.microseconds.to_le_bytes());
            out.extend(time.west.to_le_bytes());
        }
        Value::TimestampTz(microseconds) => tagged(out, 19, &microseconds.to_le_bytes()),
        Value::Array(array) => encode_array(array, out),
    }
}

/// The dimensions, outermost first, then the elements.
fn encode_array(array: &Array, out: &mut Vec<u8>) {
    let dimensions = u8::try_from(array.dimensions().len()).expect("at most six dimensions");
    out.extend([20, dimensions]);
    for Dimension { length, lower } in array.dimensions() {
        let length = u32::try_from(*length).expect("an array is below 4 GB");
        out.extend(length.to_le_bytes());
        out.extend(lower.to_le_bytes());
    }
    array.elements().iter().for_each(|element| encode_field(element, out));
}

fn decode_array(bytes: &mut Bytes) -> Result<Array, SqlError> {
    let mut dimensions = Vec::new();
    for _ in 0..bytes.take::<1>()?[0] {
        let length = u32::from_le_bytes(bytes.take()?) as usize;
        dimensions.push(Dimension { length, lower: i32::from_le_bytes(bytes.take()?) });
    }
    let count = dimensions.iter().try_fold(1_usize, |count, d| count.checked_mul(d.length));
    let count = match (count, dimensions.is_empty()) {
        (_, true) => 0,
        (Some(count @ 1..), false) => count,
        _ => return Err(foreign("an array of impossible dimensions")),
    };
    let mut elements = Vec::new();
    // Each element takes a byte at least, so that a false count ends where the bytes end.
    for _ in 0..count {
        let element = match bytes.0.first() {
            Some(20) => return Err(foreign("an array in an array")),
            _ => decode_field(bytes)?,
        };
        elements.push(element);
    }
    Array::shaped(dimensions, elements).map_err(|_| foreign("an array of too many dimensions"))
}

fn tagged(out: &mut Vec<u8>, tag: u8, payload: &[u8]) {
    out.push(tag);
    out.extend(payload);
}

fn sized(out: &mut Vec<u8>, payload: &[u8]) {
    let length = u32::try_from(payload.len()).expect("a field is below 4 GB");
    out.extend(length.to_le_bytes());
    out.extend(payload);
}

fn decode_field(bytes: &mut Bytes) -> Result<Value, SqlError> {
    Ok(match bytes.take::<1>()?[0] {
        0 => Value::Null,
        1 => match bytes.take::<1>()?[0] {
            0 => Value::Bool(false),
            1 => Value::Bool(true),
            _ => return Err(foreign("a truth value that is neither")),
        },
        2 => Value::Int2(i16::from_le_bytes(bytes.take()?)),
        3 => Value::Int4(i32::from_le_bytes(bytes.take()?)),
        4 => Value::Int8(i64::from_le_bytes(bytes.take()?)),
        5 => Value::Float4(f32::from_le_bytes(bytes.take()?)),
        6 => Value::Float8(f64::from_le_bytes(bytes.take()?)),
        7 => {
            let scale = u16::from_le_bytes(bytes.take()?);
            let digits = bytes.sized()?;
            let coefficient = BigInt::from_signed_bytes_le(digits);
            if coefficient.to_signed_bytes_le() != digits {
                return Err(foreign("an integer with needless bytes"));
            }
            Value::Numeric(Numeric::Finite { coefficient, scale })
        }
        8 => Value::Numeric(Numeric::NaN),
        9 => Value::Numeric(Numeric::Infinity),
        10 => Value::Numeric(Numeric::NegativeInfinity),
        11 => Value::Text(bytes.text()?.into()),
        12 => Value::Bpchar(bytes.text()?.into()),
        13 => Value::Date(i32::from_le_bytes(bytes.take()?)),
        14 => Value::Timestamp(i64::from_le_bytes(bytes.take()?)),
        15 => Value::Interval(Interval {
            months: i32::from_le_bytes(bytes.take()?),
            days: i32::from_le_bytes(bytes.take()?),
            microseconds: i64::from_le_bytes(bytes.take()?),
        }),
        16 => Value::Bytea(bytes.sized()?.into()),
        17 => Value::Time(i64::from_le_bytes(bytes.take()?)),
        18 => Value::TimeTz(TimeTz {
            microseconds: i64::from_le_bytes(bytes.take()?),
            west: i32::from_le_bytes(bytes.take()?),
        }),
        19 => Value::TimestampTz(i64::from_le_bytes(bytes.take()?)),
        20 => Value::array(decode_array(bytes)?),
        _ => return Err(foreign("an unknown field type")),
    })
}

/// Bytes still to be read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], SqlError> {
        let (head, rest) = self.0.split_first_chunk().ok_or_else(|| foreign("cut off"))?;
        self.0 = rest;
        Ok(*head)
    }

    fn sized(&mut self) -> Result<&'a [u8], SqlError> {
        let length = u32::from_le_bytes(self.take()?) as usize;
        let (head, rest) = self.0.split_at_checked(length).ok_or_else(|| foreign("cut off"))?;
        self.0 = rest;
        Ok(head)
    }

    fn text(&mut self) -> Result<&'a str, SqlError> {
        std::str::from_utf8(self.sized()?).map_err(|_| foreign("text that is not UTF-8"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state_of_every_type() -> State {
        vec![
            Value::Null,
            Value::Bool(true),
            Value::Int2(i16::MIN),
            Value::Int4(i32::MAX),
            Value::Int8(i64::MIN),
            Value::Float4(-0.0),
            Value::Float8(f64::NEG_INFINITY),
            Value::Numeric(Numeric::Finite { coefficient: BigInt::from(-100), scale: 2 }),
            Value::Numeric(Numeric::NaN),
            Value::Numeric(Numeric::Infinity),
            Value::Numeric(Numeric::NegativeInfinity),
            Value::text("ž\u{1}"),
            Value::Bpchar("a  ".into()),
            Value::Date(i32::MAX),
            Value::Timestamp(-1),
            Value::Interval(Interval { months: -1, days: 30, microseconds: 86_400_000_000 }),
            Value::Bytea([0, 255].into()),
            Value::Time(86_400_000_000),
            Value::TimeTz(TimeTz { microseconds: 1, west: -7200 }),
            Value::TimestampTz(i64::MAX),
            Value::array(Array::default()),
            Value::array(Array::vector(vec![Value::Null, Value::text("x")])),
        ]
    }

    #[test]
    fn a_state_comes_back_field_for_field() {
        assert_eq!(decode(&encode(&state_of_every_type())), Ok(state_of_every_type()));
        assert_eq!(decode(&encode(&State::new())), Ok(State::new()));
        let nan = decode(&encode(&vec![Value::Float8(f64::NAN)])).expect("NaN is a value");
        assert_eq!(nan, [Value::Float8(f64::NAN)]);
    }

    #[test]
    fn every_prefix_and_every_extension_is_refused() {
        let bytes = encode(&state_of_every_type());
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "a prefix of {length} bytes was accepted");
        }
        for extra in 0..=u8::MAX {
            let longer = [&bytes[..], &[extra]].concat();
            assert!(decode(&longer).is_err(), "the extension by {extra} was accepted");
        }
    }

    #[test]
    fn foreign_bytes_are_refused_without_allocating_what_they_claim() {
        let claims_4_gb = [&HEADER[..], &[1, 0, 11, 255, 255, 255, 255, b'x']].concat();
        let not_utf8 = [&HEADER[..], &[1, 0, 11, 1, 0, 0, 0, 0xff]].concat();
        let maybe = [&HEADER[..], &[1, 0, 1, 2]].concat();
        let unknown = [&HEADER[..], &[1, 0, 99]].concat();
        let needless = [&HEADER[..], &[1, 0, 7, 0, 0, 2, 0, 0, 0, 5, 0]].concat();
        for bytes in [&claims_4_gb, &not_utf8, &maybe, &unknown, &needless, &b"\0\0\0\0\0".to_vec()]
        {
            let error = decode(bytes).expect_err("foreign bytes");
            assert_eq!(error.sqlstate.as_str(), "22P03");
        }
    }
}
