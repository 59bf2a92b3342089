//! New columns out of rows of others: take, concat, and null masks.

use std::sync::Arc;

use arrow_array::{Array, ArrowPrimitiveType, BooleanArray, PrimitiveArray};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};
use spec::value::{Numeric, Type, Value};

use super::strings::move_buffer;
use super::{Column, Objects, Strings, decimal};

impl Column {
    /// The rows of these numbers, in this order; a row may come several times.
    pub fn take(&self, rows: &[u32]) -> Column {
        match self {
            Column::Bool(array) => Column::Bool(BooleanArray::new(
                BooleanBuffer::collect_bool(rows.len(), |i| array.values().value(rows[i] as usize)),
                take_nulls(array.nulls(), rows),
            )),
            Column::Int2(array) => Column::Int2(take_primitive(array, rows)),
            Column::Int4(array) => Column::Int4(take_primitive(array, rows)),
            Column::Int8(array) => Column::Int8(take_primitive(array, rows)),
            Column::Float4(array) => Column::Float4(take_primitive(array, rows)),
            Column::Float8(array) => Column::Float8(take_primitive(array, rows)),
            Column::Decimal { values, scale } => {
                Column::Decimal { values: take_primitive(values, rows), scale: *scale }
            }
            Column::Numeric(objects) => Column::Numeric(objects.take(rows)),
            Column::Text(strings) => Column::Text(strings.take(rows)),
            Column::Bpchar(strings) => Column::Bpchar(strings.take(rows)),
            Column::Date(array) => Column::Date(take_primitive(array, rows)),
            Column::Timestamp(array) => Column::Timestamp(take_primitive(array, rows)),
            Column::Interval(objects) => Column::Interval(objects.take(rows)),
            Column::Object { values, ty } => Column::Object { values: values.take(rows), ty: *ty },
            Column::State { fields, .. } => {
                Column::states(fields.iter().map(|field| field.take(rows)).collect(), rows.len())
            }
            Column::Constant { value, ty, .. } => Column::constant(value.clone(), *ty, rows.len()),
        }
    }

    /// The rows of these numbers; `u32::MAX` stands for a row of NULLs (the unmatched side of an outer join).
    pub fn take_or_null(&self, rows: &[u32]) -> Column {
        if self.is_empty() {
            return Column::constant(Value::Null, self.ty(), rows.len()).materialise();
        }
        let inside: Vec<u32> =
            rows.iter().map(|&row| if row == u32::MAX { 0 } else { row }).collect();
        let taken = self.materialise().take(&inside);
        let matched = BooleanBuffer::collect_bool(rows.len(), |i| rows[i] != u32::MAX);
        taken.masked(&NullBuffer::new(matched))
    }

    /// The rows for which the mask is set.
    pub fn filter(&self, mask: &BooleanBuffer) -> Column {
        self.take(&mask.set_indices_u32().collect::<Vec<_>>())
    }

    /// The column with NULL in every row outside the mask as well.
    pub fn masked(&self, mask: &NullBuffer) -> Column {
        let union = |nulls: Option<&NullBuffer>| NullBuffer::union(nulls, Some(mask));
        match self.clone() {
            Column::Bool(array) => {
                Column::Bool(BooleanArray::new(array.values().clone(), union(array.nulls())))
            }
            Column::Int2(array) => Column::Int2(with_nulls(&array, union(array.nulls()))),
            Column::Int4(array) => Column::Int4(with_nulls(&array, union(array.nulls()))),
            Column::Int8(array) => Column::Int8(with_nulls(&array, union(array.nulls()))),
            Column::Float4(array) => Column::Float4(with_nulls(&array, union(array.nulls()))),
            Column::Float8(array) => Column::Float8(with_nulls(&array, union(array.nulls()))),
            Column::Date(array) => Column::Date(with_nulls(&array, union(array.nulls()))),
            Column::Timestamp(array) => Column::Timestamp(with_nulls(&array, union(array.nulls()))),
            Column::Decimal { values, scale } => {
                Column::Decimal { values: with_nulls(&values, union(values.nulls())), scale }
            }
            Column::Numeric(objects) => Column::Numeric(objects.masked(mask)),
            Column::Interval(objects) => Column::Interval(objects.masked(mask)),
            Column::Object { values, ty } => Column::Object { values: values.masked(mask), ty },
            Column::Text(strings) => {
                let nulls = union(strings.nulls());
                Column::Text(strings.masked(nulls))
            }
            Column::Bpchar(strings) => {
                let nulls = union(strings.nulls());
                Column::Bpchar(strings.masked(nulls))
            }
            Column::State { fields, len } => {
                Column::states(fields.iter().map(|field| field.masked(mask)).collect(), len)
            }
            constant @ Column::Constant { .. } => constant.materialise().masked(mask),
        }
    }

    /// The columns one after the other. They are of one type; layouts of `numeric` may differ.
    ///
    /// # Panics
    /// If there is no column, or types differ.
    pub fn concat(columns: &[&Column]) -> Column {
        if let [only] = columns {
            return (*only).clone();
        }
        if columns.iter().any(|column| matches!(column, Column::Constant { .. })) {
            return concat_with_constants(columns);
        }
        macro_rules! primitive {
            ($variant:ident) => {
                Column::$variant(concat_primitive(&parts(columns, |column| match column {
                    Column::$variant(array) => Some(array),
                    _ => None,
                })))
            };
        }
        match columns[0] {
            Column::Bool(_) => Column::Bool(concat_bool(columns)),
            Column::Int2(_) => primitive!(Int2),
            Column::Int4(_) => primitive!(Int4),
            Column::Int8(_) => primitive!(Int8),
            Column::Float4(_) => primitive!(Float4),
            Column::Float8(_) => primitive!(Float8),
            Column::Date(_) => primitive!(Date),
            Column::Timestamp(_) => primitive!(Timestamp),
            Column::Decimal { .. } | Column::Numeric(_) => concat_numeric(columns),
            Column::Interval(_) => {
                let all = parts(columns, |column| match column {
                    Column::Interval(objects) => Some(objects),
                    _ => None,
                });
                let items = all.iter().flat_map(|objects| objects.iter().map(|item| item.copied()));
                Column::Interval(Objects::new(items.collect()))
            }
            Column::Object { ty, .. } => {
                let all = parts(columns, |column| match column {
                    Column::Object { values, .. } => Some(values),
                    _ => None,
                });
                let items = all.iter().flat_map(|objects| objects.iter().map(|item| item.cloned()));
                Column::Object { values: Objects::new(items.collect()), ty: *ty }
            }
            Column::Text(_) => {
                Column::Text(concat_strings(&parts(columns, |column| match column {
                    Column::Text(strings) => Some(strings),
                    _ => None,
                })))
            }
            Column::Bpchar(_) => {
                Column::Bpchar(concat_strings(&parts(columns, |column| match column {
                    Column::Bpchar(strings) => Some(strings),
                    _ => None,
                })))
            }
            Column::State { fields, .. } => concat_states(fields.len(), columns),
            Column::Constant { .. } => unreachable!("handled above"),
        }
    }
}

/// The inner arrays of columns of one layout.
fn parts<'a, T>(columns: &[&'a Column], open: impl Fn(&'a Column) -> Option<&'a T>) -> Vec<&'a T> {
    let each = |column: &&'a Column| open(column).expect("columns to concat are of one type");
    columns.iter().map(each).collect()
}

/// Rows of a null mask; `None` if no NULL is among them.
fn take_nulls(nulls: Option<&NullBuffer>, rows: &[u32]) -> Option<NullBuffer> {
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0)?;
    let bits = nulls.inner();
    let taken =
        NullBuffer::new(BooleanBuffer::collect_bool(rows.len(), |i| bits.value(rows[i] as usize)));
    (taken.null_count() > 0).then_some(taken)
}

fn take_primitive<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    rows: &[u32],
) -> PrimitiveArray<T> {
    let values: &[T::Native] = array.values();
    let taken: Vec<T::Native> = rows.iter().map(|&row| values[row as usize]).collect();
    PrimitiveArray::new(taken.into(), take_nulls(array.nulls(), rows))
}

fn with_nulls<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    nulls: Option<NullBuffer>,
) -> PrimitiveArray<T> {
    PrimitiveArray::new(array.values().clone(), nulls)
}

fn concat_primitive<T: ArrowPrimitiveType>(arrays: &[&PrimitiveArray<T>]) -> PrimitiveArray<T> {
    let rows = arrays.iter().map(|array| array.len()).sum();
    let mut values = crate::memory::large_vec(rows);
    arrays.iter().for_each(|array| values.extend_from_slice(array.values()));
    PrimitiveArray::new(values.into(), concat_nulls(arrays.iter().map(|a| (a.nulls(), a.len()))))
}

/// Null masks one after the other; `None` if there is no NULL.
fn concat_nulls<'a>(
    masks: impl Iterator<Item = (Option<&'a NullBuffer>, usize)> + Clone,
) -> Option<NullBuffer> {
    let any = masks.clone().any(|(nulls, _)| nulls.is_some_and(|nulls| nulls.null_count() > 0));
    if !any {
        return None;
    }
    let mut bits = arrow_buffer::BooleanBufferBuilder::new(0);
    for (nulls, len) in masks {
        match nulls {
            Some(nulls) => bits.append_buffer(nulls.inner()),
            None => bits.append_n(len, true),
        }
    }
    Some(NullBuffer::new(bits.finish()))
}

fn concat_bool(columns: &[&Column]) -> BooleanArray {
    let mut bits = arrow_buffer::BooleanBufferBuilder::new(0);
    for column in columns {
        let Column::Bool(array) = column else { panic!("columns to concat are of one type") };
        bits.append_buffer(array.values());
    }
    let nulls = concat_nulls(columns.iter().map(|column| (column.nulls(), column.len())));
    BooleanArray::new(bits.finish(), nulls)
}

/// Decimals of one scale stay decimals; anything else becomes numerics.
fn concat_numeric(columns: &[&Column]) -> Column {
    let scale_of = |column: &Column| match column {
        Column::Decimal { values, scale } if values.null_count() < values.len() => Some(*scale),
        _ => None,
    };
    let scale = columns.iter().find_map(|column| scale_of(column)).unwrap_or(0);
    let uniform = columns.iter().all(|column| match column {
        Column::Decimal { .. } => scale_of(column).is_none_or(|own| own == scale),
        _ => false,
    });
    if uniform {
        let all = parts(columns, |column| match column {
            Column::Decimal { values, .. } => Some(values),
            _ => None,
        });
        return Column::Decimal { values: concat_primitive(&all), scale };
    }
    Column::Numeric(Objects::new(columns.iter().flat_map(|column| column.numerics()).collect()))
}

fn concat_strings(all: &[&Strings]) -> Strings {
    let mut views = crate::memory::large_vec(all.iter().map(|strings| strings.len()).sum());
    let mut buffers: Vec<Buffer> = Vec::new();
    let mut last: Option<(&Arc<[Buffer]>, usize)> = None;
    for strings in all {
        // Batches of one table share their buffers: list those once.
        let base = match last {
            Some((shared, base)) if Arc::ptr_eq(shared, strings.buffers()) => base,
            _ => {
                let base = buffers.len();
                buffers.extend(strings.buffers().iter().cloned());
                last = Some((strings.buffers(), base));
                base
            }
        };
        views.extend(strings.views().iter().map(|&view| move_buffer(view, base)));
    }
    let nulls = concat_nulls(all.iter().map(|strings| (strings.nulls(), strings.len())));
    Strings::new(views, buffers.into(), nulls)
}

fn concat_states(fields: usize, columns: &[&Column]) -> Column {
    let field = |column: &&Column, i: usize| match column {
        Column::State { fields, .. } => fields[i].clone(),
        _ => panic!("columns to concat are of one type"),
    };
    let joined = (0..fields).map(|i| {
        let all: Vec<Column> = columns.iter().map(|column| field(column, i)).collect();
        Column::concat(&all.iter().collect::<Vec<_>>())
    });
    let len = columns.iter().map(|column| column.len()).sum();
    Column::states(joined.collect(), len)
}

/// Constants that all agree stay one; otherwise they are written out.
fn concat_with_constants(columns: &[&Column]) -> Column {
    let len = columns.iter().map(|column| column.len()).sum();
    if let Column::Constant { value, ty, .. } = columns[0] {
        let same =
            |column: &&Column| matches!(column, Column::Constant { value: v, .. } if v == value);
        if columns.iter().all(same) {
            return Column::constant(value.clone(), *ty, len);
        }
    }
    let written: Vec<Column> = columns.iter().map(|column| column.materialise()).collect();
    Column::concat(&written.iter().collect::<Vec<_>>())
}

impl Column {
    /// The values of a `numeric` column one by one.
    ///
    /// # Panics
    /// If it is of another type.
    pub fn numerics(&self) -> Box<dyn Iterator<Item = Option<Numeric>> + '_> {
        match self {
            Column::Decimal { values, scale } => {
                Box::new(values.iter().map(|value| value.map(|units| decimal(units, *scale))))
            }
            Column::Numeric(objects) => Box::new(objects.iter().map(|value| value.cloned())),
            other => {
                assert_eq!(other.ty(), Type::Numeric, "a numeric column");
                Box::new((0..other.len()).map(|i| match other.value(i) {
                    Value::Numeric(value) => Some(value),
                    _ => None,
                }))
            }
        }
    }
}

impl<T: Clone> Objects<T> {
    /// The values of these numbers.
    fn take(&self, rows: &[u32]) -> Objects<T> {
        Objects::new(rows.iter().map(|&row| self[row as usize].clone()).collect())
    }

    /// The values inside the mask, NULL outside.
    fn masked(&self, mask: &NullBuffer) -> Objects<T> {
        let keep = |(i, item): (usize, Option<&T>)| item.filter(|_| mask.is_valid(i)).cloned();
        Objects::new(self.iter().enumerate().map(keep).collect())
    }
}

impl Strings {
    /// The strings of these numbers; long ones stay where they are.
    pub(crate) fn take(&self, rows: &[u32]) -> Strings {
        let views = self.views();
        let taken = rows.iter().map(|&row| views[row as usize]).collect();
        Strings::new(taken, self.buffers().clone(), take_nulls(self.nulls(), rows))
    }

    /// The strings under another null mask.
    pub(crate) fn masked(self, nulls: Option<NullBuffer>) -> Strings {
        Strings { nulls, ..self }
    }
}
