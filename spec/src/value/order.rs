//! The order of values: PostgreSQL's btree comparison under collation C, as one total order per type.
//! [departure.collation]
//!
//! | type | order |
//! |---|---|
//! | boolean | false < true |
//! | floats | NaN is greatest and equals itself, -0 = 0 |
//! | numeric | by value, scale aside; NaN greatest |
//! | text, varchar, name | bytewise |
//! | char(n) | bytewise without trailing blanks |
//! | bytea | bytewise |
//! | timetz | by the moment in UTC, then by the zone |
//! | arrays | element by element with NULL last, then by their number, then by shape |
//! | interval | by length: a month is 30 days, a day 24 hours |
//!
//! Two notions of equality: `=` in a predicate is [`equal`], and NULL is for the caller; grouping, DISTINCT and set
//! operations hold NULLs equal, which is [`Key`].

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use crate::value::{Value, float};

/// The text without trailing blanks: what counts of a `char(n)`.
pub fn trim_padding(text: &str) -> &str {
    text.trim_end_matches(' ')
}

/// The order of two values of one type, neither of them NULL. [value.order]
///
/// # Panics
/// If the types differ or a value is NULL: the binder gives both sides one type, and callers decide about NULL.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int2(a), Value::Int2(b)) => a.cmp(b),
        (Value::Int4(a), Value::Int4(b)) => a.cmp(b),
        (Value::Int8(a), Value::Int8(b)) => a.cmp(b),
        (Value::Float4(a), Value::Float4(b)) => float::compare_f32(*a, *b),
        (Value::Float8(a), Value::Float8(b)) => float::compare_f64(*a, *b),
        (Value::Numeric(a), Value::Numeric(b)) => a.compare(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Bpchar(a), Value::Bpchar(b)) => trim_padding(a).cmp(trim_padding(b)),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
        (Value::Interval(a), Value::Interval(b)) => a.compare(b),
        (Value::Bytea(a), Value::Bytea(b)) => a.cmp(b),
        (Value::Time(a), Value::Time(b)) => a.cmp(b),
        (Value::TimeTz(a), Value::TimeTz(b)) => a.compare(b),
        (Value::TimestampTz(a), Value::TimestampTz(b)) => a.cmp(b),
        (Value::Array(a), Value::Array(b)) => a.compare(b),
        _ => panic!("values of one type are compared, not {a:?} and {b:?}"),
    }
}

/// Whether SQL's `=` holds between two values of one type, neither of them NULL.
pub fn equal(a: &Value, b: &Value) -> bool {
    compare(a, b).is_eq()
}

/// The order in which NULLs are equal to each other and greatest.
pub fn compare_nulls_last(a: &Value, b: &Value) -> Ordering {
    match (a.is_null(), b.is_null()) {
        (false, false) => compare(a, b),
        (a_null, b_null) => a_null.cmp(&b_null),
    }
}

/// Whether two values of one type are in one group: NULLs are equal (SQL's IS NOT DISTINCT FROM). [bag.group]
pub fn not_distinct(a: &Value, b: &Value) -> bool {
    compare_nulls_last(a, b).is_eq()
}

/// A tuple of values as a key of groups, DISTINCT and set operations: NULLs are equal and greatest. [bag.group]
///
/// Ordered, comparable and hashable by SQL's grouping equality; the values keep their own representation (the first that
/// came is the one that is shown).
#[derive(Clone, Debug)]
pub struct Key(pub Vec<Value>);

impl Ord for Key {
    fn cmp(&self, other: &Key) -> Ordering {
        let pairs = self.0.iter().zip(&other.0);
        pairs
            .map(|(a, b)| compare_nulls_last(a, b))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| self.0.len().cmp(&other.0.len()))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|value| hash_value(value, state));
    }
}

/// Feeds a value to a hasher such that equal values feed the same. [value.hash]
pub fn hash_value<H: Hasher>(value: &Value, state: &mut H) {
    std::mem::discriminant(value).hash(state);
    match value {
        Value::Null => {}
        Value::Bool(value) => value.hash(state),
        Value::Int2(value) => value.hash(state),
        Value::Int4(value) => value.hash(state),
        Value::Int8(value) => value.hash(state),
        Value::Float4(value) => canonical_bits(f64::from(*value)).hash(state),
        Value::Float8(value) => canonical_bits(*value).hash(state),
        Value::Numeric(value) => value.hash_key().hash(state),
        Value::Text(text) => text.hash(state),
        Value::Bpchar(text) => trim_padding(text).hash(state),
        Value::Date(days) => days.hash(state),
        Value::Timestamp(microseconds) => microseconds.hash(state),
        Value::Interval(span) => span.span().hash(state),
        Value::Bytea(bytes) => bytes.hash(state),
        Value::Time(microseconds) | Value::TimestampTz(microseconds) => microseconds.hash(state),
        Value::TimeTz(time) => time.hash(state),
        Value::Array(array) => {
            array.dimensions().hash(state);
            array.elements().iter().for_each(|element| hash_value(element, state));
        }
    }
}

/// The bits of a float, with one zero and one NaN.
fn canonical_bits(value: f64) -> u64 {
    match value {
        value if value.is_nan() => f64::NAN.to_bits(),
        0.0 => 0,
        value => value.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;
    use crate::value::{Modifier, Type, text};

    fn value(ty: Type, text: &str) -> Value {
        text::input(ty, Modifier::None, text).unwrap()
    }

    /// Each list is in ascending order, and equal values stand in one inner list; as the live server answers.
    fn check(ty: Type, classes: &[&[&str]]) {
        for (i, left) in classes.iter().enumerate() {
            for (j, right) in classes.iter().enumerate() {
                for (a, b) in left.iter().flat_map(|a| right.iter().map(move |b| (a, b))) {
                    assert_eq!(compare(&value(ty, a), &value(ty, b)), i.cmp(&j), "{a} and {b}");
                }
            }
        }
    }

    #[test]
    fn every_type_has_postgresql_order() {
        check(Type::Bool, &[&["f"], &["t"]]);
        check(Type::Float8, &[&["-inf"], &["0", "-0"], &["1"], &["inf"], &["nan"]]);
        check(
            Type::Numeric,
            &[
                &["-inf"],
                &["-1e30"],
                &["-0.5", "-0.50"],
                &["1", "1.00"],
                &["1e40"],
                &["inf"],
                &["NaN"],
            ],
        );
        check(
            Type::Text,
            &[&[""], &["A"], &["B"], &["Z"], &["a"], &["a "], &["aa"], &["b"], &["é"]],
        );
        check(Type::Bpchar, &[&["", "  "], &["a", "a  "], &["a b"], &["b"]]);
        check(
            Type::Interval,
            &[
                &["-1 day"],
                &["0"],
                &["1 day", "24:00"],
                &["29 days"],
                &["1 mon", "30 days", "720:00"],
            ],
        );
        check(Type::Date, &[&["-infinity"], &["4713-01-01 BC"], &["2000-01-01"], &["infinity"]]);
    }

    #[test]
    fn null_is_greatest_in_a_key_and_equals_itself() {
        let key = |values: &[Value]| Key(values.to_vec());
        assert_eq!(key(&[Value::Null]), key(&[Value::Null]));
        assert!(key(&[Value::Null]) > key(&[Value::Int4(i32::MAX)]));
        let mut set = BTreeSet::new();
        set.insert(key(&[Value::Null, Value::Int4(1)]));
        assert!(!set.insert(key(&[Value::Null, Value::Int4(1)])));
    }

    #[test]
    fn equal_keys_hash_alike() {
        // A set each: keys of different types are never compared.
        let pairs = [
            (Type::Numeric, "1.0", "1.00"),
            (Type::Float8, "-0", "0"),
            (Type::Interval, "1 day", "24:00"),
            (Type::Bpchar, "a", "a "),
        ];
        for (ty, one, other) in pairs {
            let mut set = HashSet::new();
            assert!(set.insert(Key(vec![value(ty, one)])));
            assert!(!set.insert(Key(vec![value(ty, other)])), "{ty}");
        }
    }
}
