//! Operands of typed loops: a slice with NULLs, or one value for all rows.

use std::borrow::Cow;

use arrow_array::Array;
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};
use spec::value::Value;

use crate::column::Column;

/// One side of a typed loop.
pub(super) enum Operand<'a, T: Clone> {
    /// One value per row; NULL where the mask says so, with anything in the slice.
    Many(Cow<'a, [T]>, Option<&'a NullBuffer>),
    /// The same value in every row.
    One(T),
}

/// A number that columns hold in slices; narrower ones widen into it.
pub(super) trait Native: Copy + 'static {
    /// The column as slice or single value of this type; `None` if it has another layout or is the constant NULL.
    fn operand(column: &Column) -> Option<Operand<'_, Self>>;
}

macro_rules! native {
    ($rust:ty: $($own:ident)|+; $($value:pat => $one:expr),+; $($wide:ident),*) => {
        impl Native for $rust {
            fn operand(column: &Column) -> Option<Operand<'_, $rust>> {
                match column {
                    $(Column::$own(array))|+ => {
                        Some(Operand::Many(Cow::Borrowed(&**array.values()), array.nulls()))
                    }
                    $(Column::$wide(array) => {
                        let wide = array.values().iter().map(|&value| <$rust>::from(value));
                        Some(Operand::Many(wide.collect(), array.nulls()))
                    })*
                    $(Column::Constant { value: $value, .. } => Some(Operand::One($one)),)+
                    _ => None,
                }
            }
        }
    };
}

native! { i16: Int2; Value::Int2(v) => *v; }
native! { i32: Int4 | Date; Value::Int4(v) => *v, Value::Date(v) => *v, Value::Int2(v) => (*v).into(); Int2 }
native! { i64: Int8 | Timestamp; Value::Int8(v) => *v, Value::Timestamp(v) => *v, Value::Int4(v) => (*v).into(),
Value::Int2(v) => (*v).into(); Int2, Int4 }
native! { f32: Float4; Value::Float4(v) => *v; }
native! { f64: Float8; Value::Float8(v) => *v, Value::Float4(v) => (*v).into(); Float4 }

impl<T: Clone> Operand<'_, T> {
    /// Which rows are not NULL; `None` if all are.
    pub(super) fn nulls(&self) -> Option<&NullBuffer> {
        match self {
            Operand::Many(_, nulls) => *nulls,
            Operand::One(_) => None,
        }
    }
}

/// Applies `f` to each of `rows` pairs: one plain loop per shape.
#[inline(always)]
pub(super) fn zip<A: Copy, B: Copy, R>(
    left: &Operand<'_, A>,
    right: &Operand<'_, B>,
    rows: usize,
    mut f: impl FnMut(A, B) -> R,
) -> Vec<R> {
    match (left, right) {
        (Operand::Many(a, _), Operand::Many(b, _)) => {
            a.iter().zip(b.iter()).map(|(&a, &b)| f(a, b)).collect()
        }
        (Operand::Many(a, _), Operand::One(b)) => a.iter().map(|&a| f(a, *b)).collect(),
        (Operand::One(a), Operand::Many(b, _)) => b.iter().map(|&b| f(*a, b)).collect(),
        (Operand::One(a), Operand::One(b)) => (0..rows).map(|_| f(*a, *b)).collect(),
    }
}

/// The same for tests: bits instead of a vector.
#[inline(always)]
pub(super) fn zip_bits<A: Copy, B: Copy>(
    left: &Operand<'_, A>,
    right: &Operand<'_, B>,
    rows: usize,
    f: impl Fn(A, B) -> bool,
) -> BooleanBuffer {
    match (left, right) {
        (Operand::Many(a, _), Operand::Many(b, _)) => bits2(a, b, f),
        (Operand::Many(a, _), Operand::One(b)) => bits(a, |a| f(a, *b)),
        (Operand::One(a), Operand::Many(b, _)) => bits(b, |b| f(*a, b)),
        (Operand::One(a), Operand::One(b)) => {
            if f(*a, *b) {
                BooleanBuffer::new_set(rows)
            } else {
                BooleanBuffer::new_unset(rows)
            }
        }
    }
}

/// Gathers the lowest bit of eight bytes (each 0 or 1) into one byte.
#[inline(always)]
fn pack(bytes: &[u8; 64]) -> u64 {
    let mut word = 0;
    for (i, eight) in bytes.chunks_exact(8).enumerate() {
        let eight = u64::from_le_bytes(eight.try_into().expect("eight bytes"));
        word |= (eight.wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * i);
    }
    word
}

/// A bit per member: 64 at a time through bytes, which compilers turn into vector compares.
#[inline(always)]
pub(super) fn bits<T: Copy>(values: &[T], test: impl Fn(T) -> bool) -> BooleanBuffer {
    let mut words: Vec<u64> = Vec::with_capacity(values.len().div_ceil(64));
    let mut bytes = [0u8; 64];
    let chunks = values.chunks_exact(64);
    let rest = chunks.remainder();
    for chunk in chunks {
        bytes.iter_mut().zip(chunk).for_each(|(byte, &value)| *byte = u8::from(test(value)));
        words.push(pack(&bytes));
    }
    if !rest.is_empty() {
        bytes = [0; 64];
        bytes.iter_mut().zip(rest).for_each(|(byte, &value)| *byte = u8::from(test(value)));
        words.push(pack(&bytes));
    }
    BooleanBuffer::new(Buffer::from_vec(words), 0, values.len())
}

/// The same over two slices of one length.
#[inline(always)]
fn bits2<A: Copy, B: Copy>(a: &[A], b: &[B], test: impl Fn(A, B) -> bool) -> BooleanBuffer {
    let mut words: Vec<u64> = Vec::with_capacity(a.len().div_ceil(64));
    let mut bytes = [0u8; 64];
    for (a, b) in a.chunks(64).zip(b.chunks(64)) {
        let pairs = a.iter().zip(b);
        bytes.iter_mut().zip(pairs).for_each(|(byte, (&a, &b))| *byte = u8::from(test(a, b)));
        bytes[a.len()..].fill(0);
        words.push(pack(&bytes));
    }
    BooleanBuffer::new(Buffer::from_vec(words), 0, a.len())
}

/// The rows where neither is NULL.
pub(super) fn both<A: Clone, B: Clone>(
    left: &Operand<'_, A>,
    right: &Operand<'_, B>,
) -> Option<NullBuffer> {
    NullBuffer::union(left.nulls(), right.nulls()).filter(|nulls| nulls.null_count() > 0)
}
