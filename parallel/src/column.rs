//! Columns: the values of one expression over many rows, typed, on Arrow's buffers.
//!
//! ```text
//! Column       one variant per layout; a slice shares its buffers with the whole
//! strings      UTF-8 in views of 16 bytes, up to 12 bytes inline (Arrow's Utf8View layout)
//! objects      values without a fixed layout: wide numerics, intervals, bytes, arrays
//! gather       take, concat: new columns out of rows of others
//! build        columns out of values, row by row
//! ```
//!
//! A `numeric` column has two layouts. [`Column::Decimal`] holds integers that share one display scale; everything else
//! (NaN, infinities, more than 18 digits, mixed scales) is [`Column::Numeric`]. Kernels take either; which one a batch
//! has may differ from batch to batch.

mod build;
mod gather;
mod objects;
mod strings;

use arrow_array::{
    Array, BooleanArray, Float32Array, Float64Array, Int16Array, Int32Array, Int64Array,
};
use arrow_buffer::NullBuffer;
use num_bigint::BigInt;
use spec::value::{Interval, Numeric, Type, Value};

pub use build::ColumnBuilder;
pub(crate) use build::units;
pub use objects::Objects;
pub(crate) use strings::inline_view;
pub use strings::{INLINE, Strings, StringsBuilder};

/// The values of one expression over the rows of a batch or table.
#[derive(Clone, Debug)]
pub enum Column {
    /// `boolean`.
    Bool(BooleanArray),
    /// `smallint`.
    Int2(Int16Array),
    /// `integer`.
    Int4(Int32Array),
    /// `bigint`.
    Int8(Int64Array),
    /// `real`.
    Float4(Float32Array),
    /// `double precision`.
    Float8(Float64Array),
    /// `numeric`: finite values of one display scale, as integers of at most 18 digits.
    Decimal {
        /// The values times 10^scale.
        values: Int64Array,
        /// The display scale that they share.
        scale: u16,
    },
    /// `numeric`: any values.
    Numeric(Objects<Numeric>),
    /// `text`, `varchar(n)` and `name`.
    Text(Strings),
    /// `char(n)`: padded with blanks, as stored.
    Bpchar(Strings),
    /// `date`.
    Date(Int32Array),
    /// `timestamp`.
    Timestamp(Int64Array),
    /// `interval`.
    Interval(Objects<Interval>),
    /// Any other type: `bytea`, `time`, `timetz`, `timestamptz`, arrays.
    Object {
        /// The values; none of them is [`Value::Null`].
        values: Objects<Value>,
        /// Their type.
        ty: Type,
    },
    /// Transition states: one column per field, of the same length.
    State {
        /// The fields, as the aggregate declares them.
        fields: Vec<Column>,
        /// How many states.
        len: usize,
    },
    /// The same value in every row.
    Constant {
        /// The value.
        value: Value,
        /// Its type.
        ty: Type,
        /// How many rows.
        len: usize,
    },
}

/// The largest magnitude of a [`Column::Decimal`] value: 18 digits.
pub const DECIMAL_LIMIT: i64 = 999_999_999_999_999_999;

/// Applies the same expression to the Arrow array, strings or objects of whichever layout.
macro_rules! each_layout {
    ($column:expr, $array:ident => $result:expr, $fields:ident, $len:ident => $state:expr,
     $value:ident, $ty:ident, $rows:ident => $constant:expr) => {
        match $column {
            Column::Bool($array) => $result,
            Column::Int2($array) => $result,
            Column::Int4($array) | Column::Date($array) => $result,
            Column::Int8($array) | Column::Timestamp($array) => $result,
            Column::Decimal { values: $array, .. } => $result,
            Column::Float4($array) => $result,
            Column::Float8($array) => $result,
            Column::Numeric($array) => $result,
            Column::Object { values: $array, .. } => $result,
            Column::Interval($array) => $result,
            Column::Text($array) | Column::Bpchar($array) => $result,
            Column::State { fields: $fields, len: $len } => $state,
            Column::Constant { value: $value, ty: $ty, len: $rows } => $constant,
        }
    };
}

impl Column {
    /// How many rows.
    pub fn len(&self) -> usize {
        each_layout!(self, array => array.len(), _f, len => *len, _v, _t, rows => *rows)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type; `text` for every string type except `char(n)`, and for states the type of their first field.
    pub fn ty(&self) -> Type {
        match self {
            Column::Bool(_) => Type::Bool,
            Column::Int2(_) => Type::Int2,
            Column::Int4(_) => Type::Int4,
            Column::Int8(_) => Type::Int8,
            Column::Float4(_) => Type::Float4,
            Column::Float8(_) => Type::Float8,
            Column::Decimal { .. } | Column::Numeric(_) => Type::Numeric,
            Column::Text(_) => Type::Text,
            Column::Bpchar(_) => Type::Bpchar,
            Column::Date(_) => Type::Date,
            Column::Timestamp(_) => Type::Timestamp,
            Column::Interval(_) => Type::Interval,
            Column::State { fields, .. } => fields.first().map_or(Type::Unknown, Column::ty),
            Column::Object { ty, .. } | Column::Constant { ty, .. } => *ty,
        }
    }

    /// Which rows are not NULL; `None` if all are, and for constants and states.
    pub fn nulls(&self) -> Option<&NullBuffer> {
        each_layout!(self, array => array.nulls(), _f, _l => None, _v, _t, _r => None)
    }

    /// Whether row `i` is NULL. A state is NULL if all its fields are.
    pub fn is_null(&self, i: usize) -> bool {
        match self {
            Column::State { fields, .. } => fields.iter().all(|field| field.is_null(i)),
            Column::Constant { value, .. } => value.is_null(),
            _ => self.nulls().is_some_and(|nulls| nulls.is_null(i)),
        }
    }

    /// How many rows are NULL.
    pub fn null_count(&self) -> usize {
        match self {
            Column::State { len, .. } => (0..*len).filter(|&i| self.is_null(i)).count(),
            Column::Constant { value, len, .. } => usize::from(value.is_null()) * len,
            _ => self.nulls().map_or(0, NullBuffer::null_count),
        }
    }

    /// The value of row `i`: the way out to code that works row by row.
    ///
    /// # Panics
    /// If there is no such row, or the column holds states of several fields (see [`Column::state`]).
    pub fn value(&self, i: usize) -> Value {
        if let Column::State { fields, .. } = self {
            assert_eq!(fields.len(), 1, "a state of several fields is not one value");
            return fields[0].value(i);
        }
        if self.is_null(i) {
            return Value::Null;
        }
        match self {
            Column::Bool(array) => Value::Bool(array.value(i)),
            Column::Int2(array) => Value::Int2(array.value(i)),
            Column::Int4(array) => Value::Int4(array.value(i)),
            Column::Int8(array) => Value::Int8(array.value(i)),
            Column::Float4(array) => Value::Float4(array.value(i)),
            Column::Float8(array) => Value::Float8(array.value(i)),
            Column::Decimal { values, scale } => Value::Numeric(decimal(values.value(i), *scale)),
            Column::Numeric(objects) => Value::Numeric(objects[i].clone().unwrap_or_else(never)),
            Column::Interval(objects) => Value::Interval(objects[i].unwrap_or_else(never)),
            Column::Text(strings) => Value::Text(strings.text(i).into()),
            Column::Bpchar(strings) => Value::Bpchar(strings.text(i).into()),
            Column::Date(array) => Value::Date(array.value(i)),
            Column::Timestamp(array) => Value::Timestamp(array.value(i)),
            Column::Object { values, .. } => values[i].clone().unwrap_or_else(never),
            Column::Constant { value, .. } => value.clone(),
            Column::State { .. } => unreachable!("handled above"),
        }
    }

    /// The transition state of row `i`: the values of its fields. A column of values gives one field.
    pub fn state(&self, i: usize) -> Vec<Value> {
        match self {
            Column::State { fields, .. } => fields.iter().map(|field| field.value(i)).collect(),
            column => vec![column.value(i)],
        }
    }

    /// `len` rows from `offset` on; shares the buffers.
    pub fn slice(&self, offset: usize, len: usize) -> Column {
        match self {
            Column::Bool(array) => Column::Bool(array.slice(offset, len)),
            Column::Int2(array) => Column::Int2(array.slice(offset, len)),
            Column::Int4(array) => Column::Int4(array.slice(offset, len)),
            Column::Int8(array) => Column::Int8(array.slice(offset, len)),
            Column::Float4(array) => Column::Float4(array.slice(offset, len)),
            Column::Float8(array) => Column::Float8(array.slice(offset, len)),
            Column::Decimal { values, scale } => {
                Column::Decimal { values: values.slice(offset, len), scale: *scale }
            }
            Column::Numeric(objects) => Column::Numeric(objects.slice(offset, len)),
            Column::Text(strings) => Column::Text(strings.slice(offset, len)),
            Column::Bpchar(strings) => Column::Bpchar(strings.slice(offset, len)),
            Column::Date(array) => Column::Date(array.slice(offset, len)),
            Column::Timestamp(array) => Column::Timestamp(array.slice(offset, len)),
            Column::Interval(objects) => Column::Interval(objects.slice(offset, len)),
            Column::Object { values, ty } => {
                Column::Object { values: values.slice(offset, len), ty: *ty }
            }
            Column::State { fields, .. } => {
                let fields = fields.iter().map(|field| field.slice(offset, len)).collect();
                Column::State { fields, len }
            }
            Column::Constant { value, ty, .. } => Column::constant(value.clone(), *ty, len),
        }
    }

    /// The same value in `len` rows.
    pub fn constant(value: Value, ty: Type, len: usize) -> Column {
        Column::Constant { value, ty, len }
    }

    /// A column of transition states. All fields have `len` rows.
    pub fn states(fields: Vec<Column>, len: usize) -> Column {
        debug_assert!(fields.iter().all(|field| field.len() == len));
        Column::State { fields, len }
    }

    /// Bytes that the rows themselves need (shared buffers are counted by what is visible of them).
    pub fn bytes(&self) -> usize {
        let nulls = if self.nulls().is_some() { self.len().div_ceil(8) } else { 0 };
        let rows = self.len();
        nulls
            + match self {
                Column::Bool(_) => rows.div_ceil(8),
                Column::Int2(_) => 2 * rows,
                Column::Int4(_) | Column::Float4(_) | Column::Date(_) => 4 * rows,
                Column::Int8(_)
                | Column::Float8(_)
                | Column::Timestamp(_)
                | Column::Decimal { .. } => 8 * rows,
                Column::Numeric(_) => rows * size_of::<Option<Numeric>>(),
                Column::Object { .. } => rows * size_of::<Option<Value>>(),
                Column::Interval(_) => rows * size_of::<Option<Interval>>(),
                Column::Text(strings) | Column::Bpchar(strings) => strings.bytes(),
                Column::State { fields, .. } => fields.iter().map(Column::bytes).sum(),
                Column::Constant { .. } => size_of::<Value>(),
            }
    }
}

/// The numeric of this many units of the last displayed digit.
pub(crate) fn decimal(units: i64, scale: u16) -> Numeric {
    Numeric::Finite { coefficient: BigInt::from(units), scale }
}

/// A row that the null mask calls valid has a value.
fn never<T>() -> T {
    unreachable!("the null mask agrees with the objects")
}
