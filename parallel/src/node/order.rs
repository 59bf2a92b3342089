//! The order of rows: key columns are made comparable once, then rows are compared by number.

use std::cmp::Ordering;

use arrow_buffer::NullBuffer;
use spec::Value;
use spec::query::SortKey;
use spec::sql::ast::{Direction, NullsOrder};
use spec::value::order;

use crate::column::{Column, Strings};

/// One key column, ready for comparisons.
struct Key {
    values: Values,
    nulls: Option<NullBuffer>,
    descending: bool,
    nulls_first: bool,
}

/// The values of a key column.
enum Values {
    /// As integers of the same order.
    Codes(Vec<u64>),
    /// Text, compared bytewise.
    Text(Strings),
    /// Anything else, compared as spec compares. [value.order]
    Other(Vec<Value>),
}

/// The order of rows by some keys, most significant first.
pub(crate) struct RowOrder(Vec<Key>);

impl RowOrder {
    /// The order by these columns as the keys say.
    pub fn new(columns: &[Column], keys: &[SortKey]) -> RowOrder {
        let key = |(column, key): (&Column, &SortKey)| {
            let descending = key.direction == Direction::Desc;
            Key::new(column, descending, key.nulls == NullsOrder::First)
        };
        RowOrder(columns.iter().zip(keys).map(key).collect())
    }

    /// The order by these columns, ascending with NULLs last.
    pub fn ascending(columns: &[Column]) -> RowOrder {
        RowOrder(columns.iter().map(|column| Key::new(column, false, false)).collect())
    }

    /// The order by this one's keys, then by the other's.
    pub fn then(mut self, other: RowOrder) -> RowOrder {
        self.0.extend(other.0);
        self
    }

    /// The order of two rows.
    pub fn compare(&self, a: usize, b: usize) -> Ordering {
        let orders = self.0.iter().map(|key| key.compare(a, b));
        orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// The order of two rows by the first so many keys.
    pub fn compare_prefix(&self, a: usize, b: usize, keys: usize) -> Ordering {
        let orders = self.0.iter().take(keys).map(|key| key.compare(a, b));
        orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// The numbers of the rows 0 to n-1 in order, equal ones as they stand; with a bound only the first so many.
    pub fn sorted(&self, rows: usize, bound: Option<usize>) -> Vec<u32> {
        // One key of fixed width without NULLs: sort it together with the row numbers, in one array.
        if let [Key { values: Values::Codes(codes), nulls: None, descending, .. }] = &self.0[..] {
            let flip = if *descending { u64::MAX } else { 0 };
            let mut pairs: Vec<(u64, u32)> =
                codes[..rows].iter().map(|code| code ^ flip).zip(0..).collect();
            keep_first(&mut pairs, bound, Ord::cmp);
            return pairs.into_iter().map(|(_, row)| row).collect();
        }
        let mut numbers: Vec<u32> = (0..rows as u32).collect();
        let compare =
            |a: &u32, b: &u32| self.compare(*a as usize, *b as usize).then_with(|| a.cmp(b));
        keep_first(&mut numbers, bound, compare);
        numbers
    }
}

/// Sorts, or finds and sorts the first so many. The order is total, so that the outcome does not depend on how.
fn keep_first<T: Copy>(
    items: &mut Vec<T>,
    bound: Option<usize>,
    compare: impl Fn(&T, &T) -> Ordering,
) {
    if let Some(bound) = bound.filter(|&bound| bound < items.len()) {
        if bound > 0 {
            items.select_nth_unstable_by(bound - 1, &compare);
        }
        items.truncate(bound);
    }
    items.sort_unstable_by(compare);
}

impl Key {
    fn new(column: &Column, descending: bool, nulls_first: bool) -> Key {
        let column = column.materialise();
        let nulls = column.nulls().filter(|nulls| nulls.null_count() > 0).cloned();
        Key { values: Values::new(&column), nulls, descending, nulls_first }
    }

    fn compare(&self, a: usize, b: usize) -> Ordering {
        if let Some(nulls) = &self.nulls {
            let side = |null| if null == self.nulls_first { 0 } else { 1 };
            match (nulls.is_null(a), nulls.is_null(b)) {
                (false, false) => {}
                (true, true) => return Ordering::Equal,
                (a, b) => return side(a).cmp(&side(b)),
            }
        }
        let order = match &self.values {
            Values::Codes(codes) => codes[a].cmp(&codes[b]),
            Values::Text(strings) => strings.get(a).cmp(strings.get(b)),
            Values::Other(values) => order::compare(&values[a], &values[b]),
        };
        if self.descending { order.reverse() } else { order }
    }
}

impl Values {
    fn new(column: &Column) -> Values {
        let signed = |value: i64| value as u64 ^ (1 << 63);
        match column {
            Column::Bool(array) => {
                Values::Codes((0..array.len()).map(|i| u64::from(array.value(i))).collect())
            }
            Column::Int2(array) => {
                Values::Codes(array.values().iter().map(|&v| signed(v.into())).collect())
            }
            Column::Int4(array) | Column::Date(array) => {
                Values::Codes(array.values().iter().map(|&v| signed(v.into())).collect())
            }
            Column::Int8(array)
            | Column::Timestamp(array)
            | Column::Decimal { values: array, .. } => {
                Values::Codes(array.values().iter().map(|&v| signed(v)).collect())
            }
            Column::Float4(array) => {
                Values::Codes(array.values().iter().map(|&v| float_code(v.into())).collect())
            }
            Column::Float8(array) => {
                Values::Codes(array.values().iter().map(|&v| float_code(v)).collect())
            }
            Column::Text(strings) => Values::Text(strings.clone()),
            other => Values::Other((0..other.len()).map(|i| other.value(i)).collect()),
        }
    }
}

/// An integer in the order of floats: -0 is 0, and NaN is the greatest and equal to itself.
fn float_code(value: f64) -> u64 {
    if value.is_nan() {
        return u64::MAX;
    }
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::Type;

    fn sorted(ty: Type, values: Vec<Value>, descending: bool, nulls_first: bool) -> Vec<u32> {
        let column = Column::from_values(ty, values);
        RowOrder(vec![Key::new(&column, descending, nulls_first)]).sorted(column.len(), None)
    }

    #[test]
    fn floats_sort_with_nan_last_and_both_zeros_alike() {
        let values = [f64::NAN, 0.0, -0.0, f64::NEG_INFINITY, f64::INFINITY, -1.5];
        let values: Vec<Value> = values.into_iter().map(Value::Float8).collect();
        assert_eq!(sorted(Type::Float8, values.clone(), false, false), [3, 5, 1, 2, 4, 0]);
        assert_eq!(sorted(Type::Float8, values, true, true), [0, 4, 1, 2, 5, 3]);
    }

    #[test]
    fn nulls_go_where_the_key_says_whatever_the_direction() {
        let values = || vec![Value::Int4(2), Value::Null, Value::Int4(-1)];
        assert_eq!(sorted(Type::Int4, values(), false, false), [2, 0, 1]);
        assert_eq!(sorted(Type::Int4, values(), false, true), [1, 2, 0]);
        assert_eq!(sorted(Type::Int4, values(), true, false), [0, 2, 1]);
    }

    #[test]
    fn a_bound_keeps_the_first_rows_in_order() {
        let column = Column::from_values(Type::Int4, [3, 1, 2, 1, 5].map(Value::Int4));
        let order = RowOrder::ascending(&[column]);
        assert_eq!(order.sorted(5, Some(3)), [1, 3, 2]);
        assert_eq!(order.sorted(5, Some(0)), [0u32; 0]);
        assert_eq!(order.sorted(5, Some(9)), [1, 3, 2, 0, 4]);
    }
}
