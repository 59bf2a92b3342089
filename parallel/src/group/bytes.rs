//! Keys as bytes: the general index, for keys of any types and number.
//!
//! Equal keys have equal bytes. The bytes of all groups lie in one arena; a linear-probing table holds hash and group.

use foldhash::fast::FixedState;
use num_bigint::BigInt;
use spec::value::{Interval, Numeric, Type, Value};
use std::hash::BuildHasher;

use super::NO_GROUP;
use crate::batch::Rows;
use crate::column::Column;

/// Group numbers by key bytes.
#[derive(Debug, Default)]
pub(super) struct BytesIndex {
    /// A power of two of slots, at most half of them taken.
    slots: Vec<Slot>,
    arena: Vec<u8>,
    /// Where the bytes of each group end.
    ends: Vec<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    hash: u32,
    group: u32,
}

const EMPTY: Slot = Slot { hash: 0, group: NO_GROUP };

/// The same bytes hash alike in every run.
fn hash(key: &[u8]) -> u64 {
    FixedState::with_seed(0x0b07_4a75).hash_one(key)
}

impl BytesIndex {
    /// Writes the groups of these rows to `out`; rows with a new key are listed in `new`.
    pub(super) fn insert(
        &mut self,
        keys: &[Column],
        rows: Rows<'_>,
        out: &mut [u32],
        new: &mut Vec<u32>,
    ) {
        let mut key = vec![];
        rows.for_each(|row| {
            key.clear();
            keys.iter().for_each(|column| encode(column, row, &mut key));
            if self.slots.len() < 2 * (self.ends.len() + 1) {
                self.grow();
            }
            let hash = hash(&key);
            let slot = self.slot(hash, &key);
            if self.slots[slot].group == NO_GROUP {
                self.slots[slot] =
                    Slot { hash: (hash >> 32) as u32, group: self.ends.len() as u32 };
                self.arena.extend_from_slice(&key);
                self.ends.push(self.arena.len());
                new.push(row as u32);
            }
            out[row] = self.slots[slot].group;
        });
    }

    /// Writes the groups of these rows to `out`, [`NO_GROUP`] for keys not met.
    pub(super) fn find(&self, keys: &[Column], rows: Rows<'_>, out: &mut [u32]) {
        if self.slots.is_empty() {
            return;
        }
        let mut key = vec![];
        rows.for_each(|row| {
            key.clear();
            keys.iter().for_each(|column| encode(column, row, &mut key));
            out[row] = self.slots[self.slot(hash(&key), &key)].group;
        });
    }

    /// The slot that holds the key, or the empty one where it belongs.
    fn slot(&self, hash: u64, key: &[u8]) -> usize {
        let mask = self.slots.len() - 1;
        let tag = (hash >> 32) as u32;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot.group == NO_GROUP || slot.hash == tag && self.key(slot.group) == key {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    fn key(&self, group: u32) -> &[u8] {
        let group = group as usize;
        let start = if group == 0 { 0 } else { self.ends[group - 1] };
        &self.arena[start..self.ends[group]]
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(1024);
        self.slots = crate::memory::large_filled(EMPTY, size);
        for group in 0..self.ends.len() as u32 {
            let hash = hash(self.key(group));
            let mut at = hash as usize & (size - 1);
            while self.slots[at].group != NO_GROUP {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = Slot { hash: (hash >> 32) as u32, group };
        }
    }
}

/// Appends the bytes of a key field: equal fields, equal bytes; no field's bytes begin another's.
fn encode(column: &Column, row: usize, out: &mut Vec<u8>) {
    if column.is_null(row) {
        return out.push(0);
    }
    out.push(1);
    match column {
        Column::Bool(array) => out.push(u8::from(array.value(row))),
        Column::Int2(array) => put(out, i64::from(array.value(row))),
        Column::Int4(array) | Column::Date(array) => put(out, i64::from(array.value(row))),
        Column::Int8(array) | Column::Timestamp(array) => put(out, array.value(row)),
        Column::Float4(array) => put(out, float_code(f64::from(array.value(row)))),
        Column::Float8(array) => put(out, float_code(array.value(row))),
        Column::Decimal { values, scale } => put_decimal(out, values.value(row), i32::from(*scale)),
        Column::Numeric(objects) => {
            put_numeric(out, objects[row].as_ref().expect("NULL was handled"));
        }
        Column::Text(strings) => put_text(out, strings.get(row)),
        Column::Bpchar(strings) => put_text(out, without_blanks(strings.get(row))),
        Column::Interval(objects) => {
            let span = span(objects[row].as_ref().expect("NULL was handled"));
            out.extend_from_slice(&span.to_le_bytes());
        }
        Column::Object { values, ty } => {
            put_object(out, values[row].as_ref().expect("NULL was handled"), *ty);
        }
        Column::Constant { .. } => encode_constant(column, out),
        Column::State { .. } => unreachable!("a state is never a key"),
    }
}

fn encode_constant(column: &Column, out: &mut Vec<u8>) {
    out.pop();
    encode(&column.slice(0, 1).materialise(), 0, out);
}

/// A value of a type without a column layout of its own.
fn put_object(out: &mut Vec<u8>, value: &Value, ty: Type) {
    match value {
        Value::Bytea(bytes) => put_text(out, bytes),
        Value::Time(microseconds) | Value::TimestampTz(microseconds) => put(out, *microseconds),
        Value::TimeTz(time) => {
            put(out, time.microseconds);
            put(out, time.west.into());
        }
        Value::Array(array) => {
            put(out, array.dimensions().len() as i64);
            for dimension in array.dimensions() {
                put(out, dimension.length as i64);
                put(out, dimension.lower.into());
            }
            let element = ty.element().expect("an array is of an array type");
            let elements = Column::from_values(element, array.elements().iter().cloned());
            (0..elements.len()).for_each(|i| encode(&elements, i, out));
        }
        other => unreachable!("{other:?} has a column layout of its own"),
    }
}

fn put(out: &mut Vec<u8>, code: i64) {
    out.extend_from_slice(&code.to_le_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text);
}

/// The number as mantissa and exponent without trailing zeros.
fn put_decimal(out: &mut Vec<u8>, mut units: i64, scale: i32) {
    let mut exponent = -scale;
    while units != 0 && units % 10 == 0 {
        units /= 10;
        exponent += 1;
    }
    out.push(b'd');
    put(out, units);
    out.extend_from_slice(&(if units == 0 { 0 } else { exponent }).to_le_bytes());
}

fn put_numeric(out: &mut Vec<u8>, value: &Numeric) {
    match value {
        Numeric::NaN => out.push(b'n'),
        Numeric::Infinity => out.push(b'+'),
        Numeric::NegativeInfinity => out.push(b'-'),
        Numeric::Finite { coefficient, scale } => match i64::try_from(coefficient) {
            Ok(units) => put_decimal(out, units, i32::from(*scale)),
            Err(_) => put_wide(out, coefficient.clone(), i32::from(*scale)),
        },
    }
}

/// As [`put_decimal`], for a mantissa that may or may not fit 64 bits once its zeros are gone.
fn put_wide(out: &mut Vec<u8>, mut mantissa: BigInt, mut scale: i32) {
    let ten = BigInt::from(10);
    while (&mantissa % &ten) == BigInt::ZERO {
        mantissa /= &ten;
        scale -= 1;
    }
    if let Ok(units) = i64::try_from(&mantissa) {
        return put_decimal(out, units, scale);
    }
    out.push(b'w');
    put_text(out, &mantissa.to_signed_bytes_le());
    out.extend_from_slice(&(-scale).to_le_bytes());
}

/// The bits of a float, alike for equal ones: one zero, one NaN.
pub(super) fn float_code(value: f64) -> i64 {
    if value == 0.0 {
        0
    } else if value.is_nan() {
        f64::NAN.to_bits() as i64
    } else {
        value.to_bits() as i64
    }
}

/// The bytes without trailing blanks: what takes part in comparison of `char(n)`.
pub(crate) fn without_blanks(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&byte| byte != b' ').map_or(0, |last| last + 1);
    &text[..end]
}

/// The span in microseconds that intervals are compared by: a month is 30 days, a day 24 hours.
pub(crate) fn span(interval: &Interval) -> i128 {
    let days = i128::from(interval.months) * 30 + i128::from(interval.days);
    days * 86_400_000_000 + i128::from(interval.microseconds)
}
