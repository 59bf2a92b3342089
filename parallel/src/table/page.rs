//! The page model: which rows PostgreSQL's heap would put on which 8 kB page. [scan.page.model]
//!
//! ```text
//! page     8192 bytes: header 24, then a 4-byte item pointer and a tuple per row
//! tuple    header 23 and, if any field is NULL, one bit per column; padded to 8; fields; padded to 8
//! field    nothing if NULL; padded to its alignment; its width
//! string   length + 1 up to 126 bytes, unaligned; longer: length + 4, aligned to 4
//! numeric  as a string of 2 + 2 * base-10000 digits
//! ```
//!
//! Rows fill pages in order, as a load into a new table does. Compression and TOAST of long strings are not modelled.

use spec::value::{Numeric, Type, Value};

use crate::column::{Column, Strings};

const PAGE: usize = 8192 - 24;
const ITEM_POINTER: usize = 4;
const HEADER: usize = 23;

/// The first row of each block, and `rows` at the end.
pub(super) fn block_starts(types: &[Type], columns: &[Column], rows: usize) -> Vec<usize> {
    let fixed = types.iter().all(|&ty| fixed_width(ty).is_some())
        && columns.iter().all(|column| column.null_count() == 0);
    if fixed {
        let width = tuple_width(types, columns, 0) + ITEM_POINTER;
        let per_page = (PAGE / width).max(1);
        return (0..rows).step_by(per_page).chain([rows]).collect();
    }
    let mut starts = vec![];
    let mut free = 0;
    for row in 0..rows {
        let width = tuple_width(types, columns, row) + ITEM_POINTER;
        if starts.is_empty() || width > free {
            starts.push(row);
            free = PAGE;
        }
        free = free.saturating_sub(width);
    }
    starts.push(rows);
    starts
}

/// Bytes of the tuple of row `row`.
fn tuple_width(types: &[Type], columns: &[Column], row: usize) -> usize {
    let any_null = columns.iter().any(|column| row < column.len() && column.is_null(row));
    let bitmap = if any_null { columns.len().div_ceil(8) } else { 0 };
    let mut offset = (HEADER + bitmap).next_multiple_of(8);
    for (&ty, column) in types.iter().zip(columns) {
        if row < column.len() && column.is_null(row) {
            continue;
        }
        offset = match fixed_width(ty) {
            Some((width, align)) => offset.next_multiple_of(align) + width,
            None => with_varlena(offset, payload(column, row)),
        };
    }
    offset.next_multiple_of(8)
}

/// The offset after a value of variable width.
fn with_varlena(offset: usize, payload: usize) -> usize {
    if payload <= 126 { offset + 1 + payload } else { offset.next_multiple_of(4) + 4 + payload }
}

/// Width and alignment of types of fixed width (`pg_type.typlen`, `typalign`).
pub(crate) fn fixed_width(ty: Type) -> Option<(usize, usize)> {
    match ty {
        Type::Bool => Some((1, 1)),
        Type::Int2 => Some((2, 2)),
        Type::Int4 | Type::Float4 | Type::Date => Some((4, 4)),
        Type::Int8 | Type::Float8 | Type::Timestamp => Some((8, 8)),
        Type::Time | Type::TimestampTz => Some((8, 8)),
        Type::TimeTz => Some((12, 8)),
        Type::Interval => Some((16, 8)),
        Type::Name => Some((64, 1)),
        Type::Numeric | Type::Text | Type::Varchar | Type::Bpchar | Type::Unknown => None,
        Type::Bytea | Type::Array(_) => None,
    }
}

/// Bytes of a value of variable width without its length word.
pub(crate) fn payload(column: &Column, row: usize) -> usize {
    let length = |strings: &Strings| strings.views()[row] as u32 as usize;
    match column {
        Column::Text(strings) | Column::Bpchar(strings) => length(strings),
        Column::Decimal { values, scale } => {
            2 + 2 * base_10000_digits(values.value(row).unsigned_abs(), *scale)
        }
        Column::Numeric(objects) => objects[row].as_ref().map_or(2, numeric_payload),
        Column::Object { values, ty } => {
            values[row].as_ref().map_or(0, |value| object_payload(value, *ty))
        }
        _ => 0,
    }
}

/// Bytes of a byte string, or of an array: a header, two words a dimension, a bitmap if an element is NULL, then the
/// elements.
fn object_payload(value: &Value, ty: Type) -> usize {
    match value {
        Value::Bytea(bytes) => bytes.len(),
        Value::Array(array) => {
            let element = ty.element().unwrap_or(Type::Unknown);
            let elements = Column::from_values(element, array.elements().iter().cloned());
            let nulls = elements.null_count();
            let bitmap = if nulls > 0 { elements.len().div_ceil(8) } else { 0 };
            let header = (16 + 8 * array.dimensions().len() + bitmap).next_multiple_of(8) - 4;
            let of_element = |i| match fixed_width(element) {
                _ if elements.is_null(i) => 0,
                Some((width, align)) => width.next_multiple_of(align),
                None => (4 + payload(&elements, i)).next_multiple_of(4),
            };
            header + (0..elements.len()).map(of_element).sum::<usize>()
        }
        _ => 0,
    }
}

/// Base-10000 digits that PostgreSQL stores: groups of four counted from the point, zero groups at both ends dropped.
fn base_10000_digits(units: u64, scale: u16) -> usize {
    if units == 0 {
        return 0;
    }
    let padding = (4 - scale % 4) % 4;
    let mut units = u128::from(units) * 10u128.pow(u32::from(padding));
    while units.is_multiple_of(10_000) {
        units /= 10_000;
    }
    (units.ilog10() / 4 + 1) as usize
}

fn numeric_payload(value: &Numeric) -> usize {
    match value {
        Numeric::Finite { coefficient, scale } => match u64::try_from(coefficient.magnitude()) {
            Ok(units) => 2 + 2 * base_10000_digits(units, *scale),
            Err(_) => 2 + 2 * (coefficient.magnitude().to_string().len().div_ceil(4)),
        },
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::value::Value;

    /// Blocks of a table of these columns.
    fn blocks(columns: Vec<(Type, Column)>) -> usize {
        let rows = columns[0].1.len();
        let (types, columns): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        block_starts(&types, &columns, rows).len() - 1
    }

    #[test]
    fn ten_thousand_rows_take_as_many_pages_as_in_postgresql() {
        let numbers = || 1..=10_000i32;
        let column =
            |ty, value: &dyn Fn(i32) -> Value| Column::from_values(ty, numbers().map(value));
        let fixed = vec![
            (Type::Int4, column(Type::Int4, &Value::Int4)),
            (Type::Int8, column(Type::Int8, &|i| Value::Int8(i.into()))),
        ];
        // create table a as select i::int4 k, i::int8 v from generate_series(1,10000) i
        assert_eq!(blocks(fixed), 55);
        let third = |i: i32| if i % 3 == 0 { Value::Int2(i as i16) } else { Value::Null };
        let quarter = |i: i32| Value::Numeric(crate::column::decimal(i64::from(i) * 125, 2));
        let varying = vec![
            (Type::Int4, column(Type::Int4, &Value::Int4)),
            (Type::Text, column(Type::Text, &|i| Value::text("x".repeat(i as usize % 200)))),
            (Type::Numeric, column(Type::Numeric, &quarter)),
            (Type::Int2, column(Type::Int2, &third)),
        ];
        // … i::int4, repeat('x', i % 200), (i*1.25)::numeric, case when i%3=0 then i::int2 end …
        assert_eq!(blocks(varying), 180);
    }

    #[test]
    fn an_empty_table_has_no_block() {
        assert_eq!(blocks(vec![(Type::Int4, Column::from_values(Type::Int4, []))]), 0);
    }
}
