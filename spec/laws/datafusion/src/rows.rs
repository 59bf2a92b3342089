//! Rows of arguments: as values, as columns, and as something that proptest can draw and shrink.

use std::sync::Arc;

use datafusion_common::arrow::array::{ArrayRef, new_empty_array};
use datafusion_common::arrow::datatypes::{
    DataType, Field, FieldRef, IntervalDayTime, IntervalMonthDayNano, IntervalUnit, TimeUnit, i256,
};
use datafusion_common::{Result, ScalarValue};
use proptest::prelude::{BoxedStrategy, Strategy};
use proptest::sample::select;

/// The arguments of one row, in the order in which `update_batch` takes them.
///
/// ORDER BY expressions of an order-sensitive aggregate come behind its arguments, as DataFusion passes them.
pub type Row = Vec<ScalarValue>;

/// Rows as columns of these types.
pub(crate) fn columns(fields: &[FieldRef], rows: &[Row]) -> Result<Vec<ArrayRef>> {
    let column = |(place, field): (usize, &FieldRef)| {
        if rows.is_empty() {
            return Ok(new_empty_array(field.data_type()));
        }
        ScalarValue::iter_to_array(rows.iter().map(|row| row[place].clone()))
    };
    fields.iter().enumerate().map(column).collect()
}

/// Rows whose values come from [`values`]; a column that is not nullable has no NULL.
///
/// # Panics
/// For a type of which [`values`] knows no values. Then say them: [`rows_from`].
pub fn rows(fields: &[FieldRef]) -> BoxedStrategy<Row> {
    let pool = |field: &FieldRef| {
        let mut pool = values(field.data_type());
        assert!(!pool.is_empty(), "no values are known of {}: use rows_from", field.data_type());
        pool.retain(|value| field.is_nullable() || !value.is_null());
        pool
    };
    rows_from(fields.iter().map(pool).collect())
}

/// Rows whose values come from these lists, one list a column; shrinking goes towards the front of a list.
pub fn rows_from(pools: Vec<Vec<ScalarValue>>) -> BoxedStrategy<Row> {
    pools.into_iter().map(select).collect::<Vec<_>>().boxed()
}

/// Nullable columns of these types.
///
/// ```
/// use bothways_laws_datafusion::inputs;
/// use datafusion_common::arrow::datatypes::DataType;
///
/// assert!(inputs([DataType::Int64])[0].is_nullable());
/// ```
pub fn inputs(types: impl IntoIterator<Item = DataType>) -> Vec<FieldRef> {
    let field =
        |(place, data_type)| Arc::new(Field::new(format!("x{}", place + 1), data_type, true));
    types.into_iter().enumerate().map(field).collect()
}

/// Some values of a type, plain ones first: small ones, NULL, the least and the greatest; empty for a type that is not known.
///
/// Floats are small multiples of a half, so that every order of adding them gives the same sum; what a law needs of
/// NaN, infinities and rounding is said with [`rows_from`].
pub fn values(data_type: &DataType) -> Vec<ScalarValue> {
    let mut some = of_numbers(data_type);
    if some.is_empty() {
        some = of_text(data_type);
    }
    if some.is_empty() {
        some = of_time(data_type);
    }
    if some.is_empty() {
        some = of_others(data_type);
    }
    if let (false, Ok(null)) = (some.is_empty(), ScalarValue::try_from(data_type)) {
        some.insert(some.len().min(3), null);
    }
    some
}

fn of_numbers(data_type: &DataType) -> Vec<ScalarValue> {
    macro_rules! whole {
        ($variant:ident, $native:ty) => {
            [1, 2, 3, 0, <$native>::MAX, <$native>::MIN]
                .map(|n| ScalarValue::$variant(Some(n)))
                .to_vec()
        };
    }
    let halves = [2, 4, 6, 0, -2, -5, 1, 8];
    match data_type {
        DataType::Int8 => whole!(Int8, i8),
        DataType::Int16 => whole!(Int16, i16),
        DataType::Int32 => whole!(Int32, i32),
        DataType::Int64 => whole!(Int64, i64),
        DataType::UInt8 => whole!(UInt8, u8),
        DataType::UInt16 => whole!(UInt16, u16),
        DataType::UInt32 => whole!(UInt32, u32),
        DataType::UInt64 => whole!(UInt64, u64),
        DataType::Float32 => {
            halves.map(|n: i8| ScalarValue::Float32(Some(f32::from(n) / 2.0))).to_vec()
        }
        DataType::Float64 => {
            halves.map(|n: i8| ScalarValue::Float64(Some(f64::from(n) / 2.0))).to_vec()
        }
        DataType::Decimal32(p, s) => {
            let most = 10i32.pow(u32::from(*p)) - 1;
            [1, 2, 30, 0, -1, most, -most].map(|n| ScalarValue::Decimal32(Some(n), *p, *s)).to_vec()
        }
        DataType::Decimal64(p, s) => {
            let most = 10i64.pow(u32::from(*p)) - 1;
            [1, 2, 30, 0, -1, most, -most].map(|n| ScalarValue::Decimal64(Some(n), *p, *s)).to_vec()
        }
        DataType::Decimal128(p, s) => {
            let most = 10i128.pow(u32::from(*p)) - 1;
            [1, 2, 30, 0, -1, most, -most]
                .map(|n| ScalarValue::Decimal128(Some(n), *p, *s))
                .to_vec()
        }
        DataType::Decimal256(p, s) => {
            let most = i256::from_i128(10).wrapping_pow(u32::from(*p)) - i256::ONE;
            let small = [1, 2, 30, 0, -1].map(i256::from_i128);
            let all = small.into_iter().chain([most, -most]);
            all.map(|n| ScalarValue::Decimal256(Some(n), *p, *s)).collect()
        }
        _ => vec![],
    }
}

fn of_text(data_type: &DataType) -> Vec<ScalarValue> {
    // The last one is longer than what a view holds inline.
    let words = ["a", "b", "ab", "", "é", "longer than twelve bytes"];
    let texts = |make: fn(Option<String>) -> ScalarValue| {
        words.iter().map(|word| make(Some((*word).into()))).collect()
    };
    let bytes = |make: fn(Option<Vec<u8>>) -> ScalarValue| {
        words.iter().map(|word| make(Some((*word).into()))).collect()
    };
    match data_type {
        DataType::Utf8 => texts(ScalarValue::Utf8),
        DataType::LargeUtf8 => texts(ScalarValue::LargeUtf8),
        DataType::Utf8View => texts(ScalarValue::Utf8View),
        DataType::Binary => bytes(ScalarValue::Binary),
        DataType::LargeBinary => bytes(ScalarValue::LargeBinary),
        DataType::BinaryView => bytes(ScalarValue::BinaryView),
        DataType::FixedSizeBinary(size) => [0u8, 1, 255]
            .map(|byte| {
                let wide = usize::try_from(*size).unwrap_or(0);
                ScalarValue::FixedSizeBinary(*size, Some(vec![byte; wide]))
            })
            .to_vec(),
        _ => vec![],
    }
}

fn of_time(data_type: &DataType) -> Vec<ScalarValue> {
    let instants = [0, 1, 86_400, -1];
    match data_type {
        DataType::Date32 => [0, 1, 20_000, -1].map(|n| ScalarValue::Date32(Some(n))).to_vec(),
        DataType::Date64 => [0, 86_400_000].map(|n| ScalarValue::Date64(Some(n))).to_vec(),
        DataType::Time32(TimeUnit::Second) => {
            [0, 1, 86_399].map(|n| ScalarValue::Time32Second(Some(n))).to_vec()
        }
        DataType::Time64(TimeUnit::Nanosecond) => {
            [0, 1, 86_399].map(|n| ScalarValue::Time64Nanosecond(Some(n))).to_vec()
        }
        DataType::Timestamp(unit, zone) => {
            let make = match unit {
                TimeUnit::Second => ScalarValue::TimestampSecond,
                TimeUnit::Millisecond => ScalarValue::TimestampMillisecond,
                TimeUnit::Microsecond => ScalarValue::TimestampMicrosecond,
                TimeUnit::Nanosecond => ScalarValue::TimestampNanosecond,
            };
            instants.map(|n| make(Some(n), zone.clone())).to_vec()
        }
        DataType::Duration(unit) => {
            let make = match unit {
                TimeUnit::Second => ScalarValue::DurationSecond,
                TimeUnit::Millisecond => ScalarValue::DurationMillisecond,
                TimeUnit::Microsecond => ScalarValue::DurationMicrosecond,
                TimeUnit::Nanosecond => ScalarValue::DurationNanosecond,
            };
            instants.map(|n| make(Some(n))).to_vec()
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            [0, 1, -1].map(|n| ScalarValue::IntervalYearMonth(Some(n))).to_vec()
        }
        DataType::Interval(IntervalUnit::DayTime) => [(0, 1), (1, 0), (-1, 5)]
            .map(|(d, t)| ScalarValue::IntervalDayTime(Some(IntervalDayTime::new(d, t))))
            .to_vec(),
        DataType::Interval(IntervalUnit::MonthDayNano) => [(0, 0, 1), (0, 1, 0), (1, 0, -1)]
            .map(|(m, d, n)| {
                ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(m, d, n)))
            })
            .to_vec(),
        _ => vec![],
    }
}

fn of_others(data_type: &DataType) -> Vec<ScalarValue> {
    match data_type {
        DataType::Boolean => [true, false].map(|b| ScalarValue::Boolean(Some(b))).to_vec(),
        DataType::Dictionary(keys, inner) => values(inner)
            .into_iter()
            .filter(|value| !value.is_null())
            .map(|value| ScalarValue::Dictionary(keys.clone(), Box::new(value)))
            .collect(),
        DataType::List(item) => {
            let some = values(item.data_type());
            let list = |items: &[ScalarValue]| {
                ScalarValue::List(ScalarValue::new_list_nullable(items, item.data_type()))
            };
            match some.len() {
                0 => vec![],
                most => vec![list(&some[..1]), list(&some[..most.min(4)]), list(&[])],
            }
        }
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use datafusion_common::arrow::array::Array;

    use super::*;

    #[test]
    fn every_value_of_a_type_fits_a_column_of_it() {
        let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let list = DataType::List(Arc::new(Field::new_list_field(DataType::Int32, true)));
        for data_type in [
            DataType::Boolean,
            DataType::Int8,
            DataType::UInt64,
            DataType::Float32,
            DataType::Decimal128(10, 2),
            DataType::Decimal256(76, 0),
            DataType::Utf8View,
            DataType::FixedSizeBinary(3),
            DataType::Timestamp(TimeUnit::Nanosecond, None),
            DataType::Interval(IntervalUnit::MonthDayNano),
            dictionary,
            list,
        ] {
            let rows: Vec<Row> = values(&data_type).into_iter().map(|v| vec![v]).collect();
            let fields = inputs([data_type.clone()]);
            let column = &columns(&fields, &rows).expect("a column")[0];
            assert_eq!(column.data_type(), &data_type);
            assert!(rows.len() > 2 && column.logical_null_count() >= 1, "{data_type}: {rows:?}");
        }
    }

    #[test]
    fn no_rows_are_columns_without_rows() {
        let fields = inputs([DataType::Int64, DataType::Utf8]);
        let empty = columns(&fields, &[]).expect("columns");
        assert_eq!(empty.iter().map(|column| column.len()).collect::<Vec<_>>(), [0, 0]);
    }
}
