//! Values: the SQL types of the subset and what their members mean.
//!
//! A [`Value`] is one field of one row. Its text is PostgreSQL's ([`text`]); its order is PostgreSQL's under
//! collation C ([`order`]). Rust's `==` on values is *identity of representation*: it separates what the text
//! separates (1.0 from 1.00, 0 from -0); SQL's equality is [`order::compare`].
//!
//! One file per type or family; functions over values live in [`crate::expr::function`].

pub mod array;
pub mod bytea;
pub mod calendar;
pub mod date;
mod fields;
pub mod float;
pub mod interval;
pub mod numeric;
pub mod order;
pub mod text;
pub mod time;
pub mod timestamp;
pub mod timestamptz;
mod types;
pub mod unit;
pub mod zone;

pub use array::Array;
pub use interval::Interval;
pub use numeric::Numeric;
pub use time::TimeTz;
pub use types::{Element, Modifier, Type};

/// One field of one row.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// The absence of a value, of any type.
    #[default]
    Null,
    /// `boolean`.
    Bool(bool),
    /// `smallint`.
    Int2(i16),
    /// `integer`.
    Int4(i32),
    /// `bigint`.
    Int8(i64),
    /// `real`.
    Float4(f32),
    /// `double precision`.
    Float8(f64),
    /// `numeric`: exact, with a display scale.
    Numeric(Numeric),
    /// `text`, `varchar(n)` and `name`: UTF-8 without NUL, compared bytewise (collation C).
    Text(Box<str>),
    /// `char(n)`: as stored, padded with blanks; trailing blanks do not take part in comparison.
    Bpchar(Box<str>),
    /// `date`: days since 2000-01-01; `i32::MIN` and `i32::MAX` are the infinities.
    Date(i32),
    /// `timestamp`: microseconds since 2000-01-01 00:00; `i64::MIN` and `i64::MAX` are the infinities.
    Timestamp(i64),
    /// `interval`: months, days and microseconds, kept apart.
    Interval(Interval),
    /// `bytea`: any bytes.
    Bytea(Box<[u8]>),
    /// `time`: microseconds since midnight, a whole day at most.
    Time(i64),
    /// `timetz`: a time and its zone.
    TimeTz(TimeTz),
    /// `timestamptz`: microseconds since 2000-01-01 00:00 UTC; infinities as for `timestamp`.
    TimestampTz(i64),
    /// An array of values of one scalar type; an element may be NULL.
    Array(Box<Array>),
}

/// One row: as many values as its relation has columns.
pub type Row = Vec<Value>;

impl Value {
    /// A text value.
    pub fn text(text: impl Into<Box<str>>) -> Value {
        Value::Text(text.into())
    }

    /// An array value.
    pub fn array(array: Array) -> Value {
        Value::Array(Box::new(array))
    }

    /// Whether this is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The truth value: `Some` for a boolean, `None` for NULL.
    ///
    /// # Panics
    /// If the value is neither: the binder gives conditions the type boolean.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Value::Null => None,
            Value::Bool(truth) => Some(*truth),
            other => panic!("a condition must be boolean, not {other:?}"),
        }
    }
}

impl From<Option<bool>> for Value {
    fn from(truth: Option<bool>) -> Value {
        truth.map_or(Value::Null, Value::Bool)
    }
}

/// Identity of representation: equal exactly if no query can tell the two apart (all NaNs are one value).
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int2(a), Value::Int2(b)) => a == b,
            (Value::Int4(a), Value::Int4(b)) => a == b,
            (Value::Int8(a), Value::Int8(b)) => a == b,
            (Value::Float4(a), Value::Float4(b)) => {
                a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
            }
            (Value::Float8(a), Value::Float8(b)) => {
                a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
            }
            (Value::Numeric(a), Value::Numeric(b)) => a == b,
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Bpchar(a), Value::Bpchar(b)) => a == b,
            (Value::Date(a), Value::Date(b)) => a == b,
            (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
            (Value::Interval(a), Value::Interval(b)) => a == b,
            (Value::Bytea(a), Value::Bytea(b)) => a == b,
            (Value::Time(a), Value::Time(b)) => a == b,
            (Value::TimeTz(a), Value::TimeTz(b)) => a == b,
            (Value::TimestampTz(a), Value::TimestampTz(b)) => a == b,
            (Value::Array(a), Value::Array(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_takes_no_more_than_a_number_does() {
        crate::clauses!("value.size");
        // Rows are vectors of values, and a bag of them is what the reference sorts, groups and clones: a larger variant would
        // make every integer as large. Of old the largest is numeric, in whose unused bits the tag finds room; timetz,
        // interval and boxed bytes are smaller, and an array is boxed for that.
        assert_eq!(size_of::<Value>(), 40);
        assert_eq!(size_of::<Value>(), size_of::<Numeric>());
        assert_eq!(size_of::<Option<Value>>(), size_of::<Value>());
    }
}
