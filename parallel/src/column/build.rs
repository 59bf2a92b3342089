//! Columns out of values, row by row.

use arrow_array::{BooleanArray, Float32Array, Float64Array, Int16Array, Int32Array, Int64Array};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use num_bigint::BigInt;
use spec::agg::{State, StateField};
use spec::value::{Interval, Numeric, Type, Value};

use super::{Column, DECIMAL_LIMIT, Objects, StringsBuilder, decimal};

/// Takes values of one type one by one and chooses the narrowest layout for them.
#[derive(Debug)]
pub struct ColumnBuilder {
    ty: Type,
    rows: usize,
    valid: Vec<bool>,
    nulls: usize,
    store: Store,
}

/// The values so far, NULLs as zeros.
#[derive(Debug)]
enum Store {
    Bool(Vec<bool>),
    Int2(Vec<i16>),
    Int4(Vec<i32>),
    Int8(Vec<i64>),
    Float4(Vec<f32>),
    Float8(Vec<f64>),
    /// Numerics of one scale so far; the scale is unknown until the first.
    Decimal(Vec<i64>, Option<u16>),
    Numeric(Vec<Option<Numeric>>),
    Text(StringsBuilder),
    Interval(Vec<Option<Interval>>),
    Object(Vec<Option<Value>>),
}

impl ColumnBuilder {
    /// An empty column of this type with room for `rows`.
    pub fn new(ty: Type, rows: usize) -> ColumnBuilder {
        let store = match ty {
            Type::Bool => Store::Bool(Vec::with_capacity(rows)),
            Type::Int2 => Store::Int2(Vec::with_capacity(rows)),
            Type::Int4 | Type::Date => Store::Int4(Vec::with_capacity(rows)),
            Type::Int8 | Type::Timestamp => Store::Int8(Vec::with_capacity(rows)),
            Type::Float4 => Store::Float4(Vec::with_capacity(rows)),
            Type::Float8 => Store::Float8(Vec::with_capacity(rows)),
            Type::Numeric => Store::Decimal(Vec::with_capacity(rows), None),
            Type::Interval => Store::Interval(Vec::with_capacity(rows)),
            Type::Bytea | Type::Time | Type::TimeTz | Type::TimestampTz | Type::Array(_) => {
                Store::Object(Vec::with_capacity(rows))
            }
            Type::Text | Type::Varchar | Type::Bpchar | Type::Name | Type::Unknown => {
                Store::Text(StringsBuilder::with_capacity(rows))
            }
        };
        ColumnBuilder { ty, rows: 0, valid: Vec::new(), nulls: 0, store }
    }

    /// How many values so far.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is none yet.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Adds a NULL.
    pub fn push_null(&mut self) {
        if self.nulls == 0 {
            self.valid.resize(self.rows, true);
        }
        self.nulls += 1;
        self.rows += 1;
        self.valid.push(false);
        match &mut self.store {
            Store::Bool(values) => values.push(false),
            Store::Int2(values) => values.push(0),
            Store::Int4(values) => values.push(0),
            Store::Int8(values) | Store::Decimal(values, _) => values.push(0),
            Store::Float4(values) => values.push(0.0),
            Store::Float8(values) => values.push(0.0),
            Store::Numeric(values) => values.push(None),
            Store::Interval(values) => values.push(None),
            Store::Object(values) => values.push(None),
            Store::Text(strings) => strings.push_bytes(b""),
        }
    }

    /// Adds a value.
    ///
    /// # Panics
    /// If it is of another type: binder and loader have coerced it.
    pub fn push(&mut self, value: &Value) {
        if value.is_null() {
            return self.push_null();
        }
        match (&mut self.store, value) {
            (Store::Bool(values), Value::Bool(value)) => values.push(*value),
            (Store::Int2(values), Value::Int2(value)) => values.push(*value),
            (Store::Int4(values), Value::Int4(value) | Value::Date(value)) => values.push(*value),
            (Store::Int8(values), Value::Int8(value) | Value::Timestamp(value)) => {
                values.push(*value);
            }
            (Store::Float4(values), Value::Float4(value)) => values.push(*value),
            (Store::Float8(values), Value::Float8(value)) => values.push(*value),
            (Store::Interval(values), Value::Interval(value)) => values.push(Some(*value)),
            (Store::Object(values), value) if spec::agg::state::has_type(value, self.ty) => {
                values.push(Some(value.clone()));
            }
            (Store::Text(strings), Value::Text(text) | Value::Bpchar(text)) => strings.push(text),
            (Store::Decimal(..) | Store::Numeric(_), Value::Numeric(value)) => self.numeric(value),
            (_, value) => panic!("a column of {} cannot hold {value:?}", self.ty),
        }
        self.rows += 1;
        if self.nulls > 0 {
            self.valid.push(true);
        }
    }

    /// Adds a numeric: as an integer while scale and size allow.
    fn numeric(&mut self, value: &Numeric) {
        if let Store::Decimal(values, scale) = &mut self.store {
            if let Some((units, own)) = units(value)
                && *scale.get_or_insert(own) == own
            {
                return values.push(units);
            }
            self.store = Store::Numeric(self.widened());
        }
        let Store::Numeric(values) = &mut self.store else { unreachable!("just widened") };
        values.push(Some(value.clone()));
    }

    /// The decimals so far as numerics of any kind.
    fn widened(&self) -> Vec<Option<Numeric>> {
        let Store::Decimal(values, scale) = &self.store else { unreachable!("called on decimals") };
        let scale = scale.unwrap_or(0);
        let valid = |i: usize| self.nulls == 0 || self.valid[i];
        values.iter().enumerate().map(|(i, &v)| valid(i).then(|| decimal(v, scale))).collect()
    }

    /// The column, with no room to spare.
    pub fn finish(mut self) -> Column {
        self.store.shrink();
        let nulls = (self.nulls > 0).then(|| NullBuffer::new(BooleanBuffer::from(self.valid)));
        match (self.store, self.ty) {
            (Store::Bool(values), _) => {
                Column::Bool(BooleanArray::new(BooleanBuffer::from(values), nulls))
            }
            (Store::Int2(values), _) => Column::Int2(Int16Array::new(values.into(), nulls)),
            (Store::Int4(values), Type::Date) => {
                Column::Date(Int32Array::new(values.into(), nulls))
            }
            (Store::Int4(values), _) => Column::Int4(Int32Array::new(values.into(), nulls)),
            (Store::Int8(values), Type::Timestamp) => {
                Column::Timestamp(Int64Array::new(values.into(), nulls))
            }
            (Store::Int8(values), _) => Column::Int8(Int64Array::new(values.into(), nulls)),
            (Store::Float4(values), _) => Column::Float4(Float32Array::new(values.into(), nulls)),
            (Store::Float8(values), _) => Column::Float8(Float64Array::new(values.into(), nulls)),
            (Store::Decimal(values, scale), _) => Column::Decimal {
                values: Int64Array::new(values.into(), nulls),
                scale: scale.unwrap_or(0),
            },
            (Store::Numeric(values), _) => Column::Numeric(Objects::new(values)),
            (Store::Interval(values), _) => Column::Interval(Objects::new(values)),
            (Store::Object(values), ty) => Column::Object { values: Objects::new(values), ty },
            (Store::Text(strings), Type::Bpchar) => Column::Bpchar(strings.finish().masked(nulls)),
            (Store::Text(strings), _) => Column::Text(strings.finish().masked(nulls)),
        }
    }
}

impl Store {
    /// Gives back the room that growing left: a table keeps its columns for long.
    fn shrink(&mut self) {
        match self {
            Store::Bool(_) | Store::Text(_) => {}
            Store::Int2(values) => values.shrink_to_fit(),
            Store::Int4(values) => values.shrink_to_fit(),
            Store::Int8(values) | Store::Decimal(values, _) => values.shrink_to_fit(),
            Store::Float4(values) => values.shrink_to_fit(),
            Store::Float8(values) => values.shrink_to_fit(),
            Store::Numeric(values) => values.shrink_to_fit(),
            Store::Interval(values) => values.shrink_to_fit(),
            Store::Object(values) => values.shrink_to_fit(),
        }
    }
}

/// A finite numeric of at most 18 digits, as units of its last displayed digit.
pub(crate) fn units(value: &Numeric) -> Option<(i64, u16)> {
    let Numeric::Finite { coefficient, scale } = value else { return None };
    let units = i64_of(coefficient)?;
    (units.abs() <= DECIMAL_LIMIT).then_some((units, *scale))
}

/// The integer, if it fits.
fn i64_of(coefficient: &BigInt) -> Option<i64> {
    i64::try_from(coefficient).ok().filter(|units| *units != i64::MIN)
}

impl Column {
    /// A column of these values, all of the type `ty` or NULL.
    ///
    /// # Panics
    /// If one is of another type.
    pub fn from_values(ty: Type, values: impl IntoIterator<Item = Value>) -> Column {
        let values = values.into_iter();
        let mut builder = ColumnBuilder::new(ty, values.size_hint().0);
        values.for_each(|value| builder.push(&value));
        builder.finish()
    }

    /// A column of these transition states, whose fields are declared so.
    pub fn from_states<'a>(
        fields: &[StateField],
        states: impl ExactSizeIterator<Item = &'a State>,
    ) -> Column {
        let len = states.len();
        let mut builders: Vec<_> =
            fields.iter().map(|field| ColumnBuilder::new(field.ty, len)).collect();
        for state in states {
            for (builder, value) in builders.iter_mut().zip(state) {
                builder.push(value);
            }
        }
        Column::states(builders.into_iter().map(ColumnBuilder::finish).collect(), len)
    }

    /// The column with a constant written out row by row; other columns as they are.
    pub fn materialise(&self) -> Column {
        match self {
            Column::Constant { value, ty, len } => {
                Column::from_values(*ty, std::iter::once(value.clone())).take(&vec![0; *len])
            }
            column => column.clone(),
        }
    }
}
