//! How key columns are packed into one word.
//!
//! ```text
//! one number        its 64 bits (floats: one zero, one NaN); NULL has a group of its own, outside the words
//! one short string  length and up to 12 bytes
//! several keys      side by side, each with a bit that says "not NULL"; strings of a few bytes with their length
//! ```
//!
//! The layout is chosen for the first batch. A later batch that does not fit it (a longer string, another scale) makes
//! the grouper go over to byte keys.

use std::ops::{BitOr, Shl};

use super::bytes::{float_code, without_blanks};
use crate::column::{Column, INLINE, Strings, inline_view};

/// What one key column is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    /// An integer, in this many bits of two's complement.
    Integer(u32),
    /// A decimal of this scale.
    Decimal(u16),
    /// A float, as the bits of a double.
    Float,
    /// A string of at most this many bytes.
    Text { most: usize, blanks: bool },
}

/// How key columns are packed.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    fields: Vec<Field>,
    bits: u32,
}

impl Layout {
    /// The layout for columns like these; `None` if no word holds them.
    pub(super) fn of(keys: &[Column]) -> Option<Layout> {
        if let [Column::Text(_) | Column::Bpchar(_)] = keys {
            let blanks = matches!(keys[0], Column::Bpchar(_));
            return Some(Layout { fields: vec![Field::Text { most: INLINE, blanks }], bits: 128 });
        }
        let mut fields = keys.iter().map(field).collect::<Option<Vec<_>>>()?;
        if let [only] = fields[..] {
            return Some(Layout { fields: vec![only], bits: 64 });
        }
        let fixed: u32 = fields.iter().map(|field| field.bits()).sum();
        let texts = fields.iter().filter(|field| matches!(field, Field::Text { .. })).count();
        if texts > 0 {
            let each = 128u32.checked_sub(fixed)? / texts as u32 / 8;
            let room = each.checked_sub(1).filter(|room| *room > 0)?.min(7) as usize;
            for field in &mut fields {
                if let Field::Text { most, .. } = field {
                    *most = room;
                }
            }
        }
        let bits = fields.iter().map(|field| field.bits()).sum();
        (1..=128).contains(&bits).then_some(Layout { fields, bits })
    }

    /// Whether 64 bits are enough.
    pub(super) fn is_narrow(&self) -> bool {
        self.bits <= 64
    }

    /// Whether there is one key, whose NULLs are not part of the word.
    pub(super) fn is_single(&self) -> bool {
        self.fields.len() == 1
    }

    /// The words of all rows; `None` if the columns are of another layout. Rows that do not fit are listed in `misfits`.
    pub(super) fn words<W: Packable>(
        &self,
        keys: &[Column],
        misfits: &mut Vec<u32>,
    ) -> Option<Vec<W>> {
        if self.is_single() {
            return self.single(&keys[0], misfits);
        }
        let mut words = vec![W::default(); keys.first()?.len()];
        let mut shift = 0;
        for (field, key) in self.fields.iter().zip(keys) {
            pack(*field, key, shift, &mut words, misfits)?;
            shift += field.bits();
        }
        Some(words)
    }

    /// The words of a single key, without a bit for NULL.
    fn single<W: Packable>(&self, key: &Column, misfits: &mut Vec<u32>) -> Option<Vec<W>> {
        if let (Field::Text { blanks, .. }, Some(strings)) = (self.fields[0], strings(key)) {
            return Some(short_strings(strings, blanks, misfits));
        }
        let mut words = Vec::with_capacity(key.len());
        codes(self.fields[0], key, |code| words.push(W::of(code as u64)))?;
        Some(words)
    }
}

/// A word that fields can be packed into.
pub(super) trait Packable:
    Copy + Default + BitOr<Output = Self> + Shl<u32, Output = Self>
{
    /// The word of these low bits.
    fn of(bits: u64) -> Self;
    /// The word of these bits, if it has as many.
    fn of_wide(bits: u128) -> Self;
}

impl Packable for u64 {
    fn of(bits: u64) -> u64 {
        bits
    }
    fn of_wide(bits: u128) -> u64 {
        bits as u64
    }
}

impl Packable for u128 {
    fn of(bits: u64) -> u128 {
        bits.into()
    }
    fn of_wide(bits: u128) -> u128 {
        bits
    }
}

impl Field {
    /// Bits beside other fields: one more than the value for "not NULL"; strings have their length instead.
    fn bits(self) -> u32 {
        match self {
            Field::Integer(bits) => bits + 1,
            Field::Decimal(_) | Field::Float => 65,
            Field::Text { most, .. } => 8 * (most as u32 + u32::from(most > 0)),
        }
    }
}

/// What a column is made of; strings get their room later.
fn field(column: &Column) -> Option<Field> {
    match column {
        Column::Bool(_) => Some(Field::Integer(1)),
        Column::Int2(_) => Some(Field::Integer(16)),
        Column::Int4(_) | Column::Date(_) => Some(Field::Integer(32)),
        Column::Int8(_) | Column::Timestamp(_) => Some(Field::Integer(64)),
        Column::Float4(_) | Column::Float8(_) => Some(Field::Float),
        Column::Decimal { scale, .. } => Some(Field::Decimal(*scale)),
        Column::Text(_) => Some(Field::Text { most: 0, blanks: false }),
        Column::Bpchar(_) => Some(Field::Text { most: 0, blanks: true }),
        _ => None,
    }
}

fn strings(column: &Column) -> Option<&Strings> {
    match column {
        Column::Text(strings) | Column::Bpchar(strings) => Some(strings),
        _ => None,
    }
}

/// Hands the 64-bit code of every row to `each`; `None` if the column is not made of this.
fn codes(field: Field, column: &Column, mut each: impl FnMut(i64)) -> Option<()> {
    match (field, column) {
        (Field::Integer(_), Column::Bool(array)) => {
            array.values().iter().for_each(|value| each(value.into()));
        }
        (Field::Integer(_), Column::Int2(array)) => {
            array.values().iter().for_each(|&value| each(value.into()));
        }
        (Field::Integer(_), Column::Int4(array) | Column::Date(array)) => {
            array.values().iter().for_each(|&value| each(value.into()));
        }
        (Field::Integer(_), Column::Int8(array) | Column::Timestamp(array)) => {
            array.values().iter().for_each(|&value| each(value));
        }
        (Field::Decimal(own), Column::Decimal { values, scale }) if own == *scale => {
            values.values().iter().for_each(|&value| each(value));
        }
        (Field::Float, Column::Float4(array)) => {
            array.values().iter().for_each(|&value| each(float_code(value.into())));
        }
        (Field::Float, Column::Float8(array)) => {
            array.values().iter().for_each(|&value| each(float_code(value)));
        }
        _ => return None,
    }
    Some(())
}

/// Adds a field to the words of all rows.
fn pack<W: Packable>(
    field: Field,
    column: &Column,
    shift: u32,
    words: &mut [W],
    misfits: &mut Vec<u32>,
) -> Option<()> {
    let valid = |row: usize| column.nulls().is_none_or(|nulls| nulls.is_valid(row));
    let mut row = 0;
    let mut put = |code: u128| {
        if valid(row) {
            words[row] = words[row] | (W::of_wide(code) << shift);
        }
        row += 1;
    };
    match field {
        Field::Text { most, blanks } => {
            let strings = strings(column)?;
            for i in 0..strings.len() {
                let text = visible(strings, i, blanks);
                if text.len() > most {
                    misfits.extend(valid(i).then_some(i as u32));
                    put(0);
                } else {
                    // The length, raised by one, keeps apart NULL, '' and strings that differ in trailing zeros.
                    let bytes = inline_view(text) >> 32;
                    put(bytes << 8 | (text.len() as u128 + 1));
                }
            }
            Some(())
        }
        Field::Integer(bits) => {
            // A column that is wider than the field (probing with bigint against integer) may not fit it.
            let mut at = 0;
            codes(field, column, |code| {
                let spare = 64 - bits;
                if bits > 1 && (code << spare) >> spare != code {
                    misfits.push(at);
                }
                at += 1;
                put(u128::from((code as u64) << spare >> spare) << 1 | 1);
            })
        }
        _ => codes(field, column, |code| put(u128::from(code as u64) << 1 | 1)),
    }
}

/// The bytes of a string that take part in comparison.
fn visible(strings: &Strings, row: usize, blanks: bool) -> &[u8] {
    let text = strings.get(row);
    if blanks { without_blanks(text) } else { text }
}

/// Short strings as they lie in their views.
fn short_strings<W: Packable>(strings: &Strings, blanks: bool, misfits: &mut Vec<u32>) -> Vec<W> {
    let mut words = Vec::with_capacity(strings.len());
    for (row, &view) in strings.views().iter().enumerate() {
        let mut word = view;
        if view as u32 as usize > INLINE || blanks {
            let text = visible(strings, row, blanks);
            if text.len() > INLINE {
                let null = strings.nulls().is_some_and(|nulls| nulls.is_null(row));
                misfits.extend((!null).then_some(row as u32));
                word = 0;
            } else {
                word = inline_view(text);
            }
        }
        words.push(W::of_wide(word));
    }
    words
}
