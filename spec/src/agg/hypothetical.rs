//! `rank`, `dense_rank`, `percent_rank` and `cume_dist` of a row that is put into the set as if it were one of its rows.
//!
//! ```text
//! before = rows that come before it      not after = rows that come before it or tie with it      n = all rows
//! rank = before + 1        percent_rank = before / n (0 of none)        cume_dist = (not after + 1) / (n + 1)
//! dense_rank = distinct rows before it + 1
//! ```
//!
//! Rows with NULLs count, where the keys put them; so a set of no rows has ranks too. [agg.hypothetical]

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::ordered_set::{ORDERED, OrderedSet, Rows, Set};
use super::{Aggregate, Meaning};
use crate::value::order::Key;
use crate::value::{Type, Value};

macro_rules! ranks {
    ($($name:literal $result:ident $meaning:expr, $finish:expr;)*) => {
        /// `f(VARIADIC "any") WITHIN GROUP (ORDER BY VARIADIC "any")`.
        pub(super) static AGGREGATES: &[Aggregate] = &[$(Aggregate {
            name: $name,
            result: Type::$result,
            machine: &Rows { nulls: true },
            ordered_set: Some(OrderedSet {
                direct: &[],
                hypothetical: true,
                meaning: |set| Meaning::exactly($meaning(&Bag(set))),
                finish: |set| Ok($finish(&Sorted::of(set))),
            }),
            ..ORDERED
        }),*];
    };
}

ranks! {
    "rank" Int8 |bag: &Bag<'_>| count(bag.at(&[Ordering::Less]) + 1), |set: &Sorted<'_>| count(set.before + 1);
    "dense_rank" Int8 |bag: &Bag<'_>| count(bag.distinct_before() + 1), |set: &Sorted<'_>| count(set.runs_before() + 1);
    "percent_rank" Float8 |bag: &Bag<'_>| match bag.0.rows().len() {
        0 => Value::Float8(0.0),
        rows => quotient(bag.at(&[Ordering::Less]), rows),
    }, |set: &Sorted<'_>| match set.rows {
        0 => Value::Float8(0.0),
        rows => quotient(set.before, rows),
    };
    "cume_dist" Float8 |bag: &Bag<'_>| {
        quotient(bag.at(&[Ordering::Less, Ordering::Equal]) + 1, bag.0.rows().len() + 1)
    }, |set: &Sorted<'_>| quotient(set.not_after + 1, set.rows + 1);
}

fn count(rows: usize) -> Value {
    Value::Int8(i64::try_from(rows).expect("rows are counted in bigint"))
}

fn quotient(part: usize, whole: usize) -> Value {
    Value::Float8(part as f64 / whole as f64)
}

/// The rows in any order, counted by how they compare with the hypothetical one.
struct Bag<'a>(&'a Set<'a>);

impl Bag<'_> {
    fn at(&self, sides: &[Ordering]) -> usize {
        let set = self.0;
        set.rows().filter(|row| sides.contains(&set.compare(row, set.direct))).count()
    }

    fn distinct_before(&self) -> usize {
        let set = self.0;
        let before = set.rows().filter(|row| set.compare(row, set.direct).is_lt());
        before.map(|row| Key(row.to_vec())).collect::<BTreeSet<_>>().len()
    }
}

/// The rows in order, and where the hypothetical one would be put among them.
struct Sorted<'a> {
    set: &'a Set<'a>,
    rows: usize,
    before: usize,
    not_after: usize,
}

impl Sorted<'_> {
    fn of<'a>(set: &'a Set<'a>) -> Sorted<'a> {
        let rows: Vec<&[Value]> = set.rows().collect();
        let before = rows.partition_point(|row| set.compare(row, set.direct).is_lt());
        let not_after = rows.partition_point(|row| set.compare(row, set.direct).is_le());
        Sorted { set, rows: rows.len(), before, not_after }
    }

    /// How many runs of equal rows end before the hypothetical one.
    fn runs_before(&self) -> usize {
        let before: Vec<&[Value]> = self.set.rows().take(self.before).collect();
        before.chunk_by(|a, b| self.set.compare(a, b).is_eq()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agg::ordered_set::KeyOrder;
    use crate::sql::ast::{Direction, NullsOrder};

    /// The four answers, as meaning and as finish have them.
    fn answers(direct: &[Value], values: &[Value], order: &[KeyOrder]) -> Vec<Value> {
        let set = Set { direct, values, order };
        let answer = |aggregate: &Aggregate| {
            let kind = aggregate.ordered_set.as_ref().expect("an ordered set");
            let value = (kind.finish)(&set).expect("no error");
            assert_eq!((kind.meaning)(&set), Meaning::exactly(value.clone()), "{aggregate:?}");
            value
        };
        AGGREGATES.iter().map(answer).collect()
    }

    fn ranks(rank: i64, dense: i64, percent: f64, cumulative: f64) -> Vec<Value> {
        let [percent, cumulative] = [percent, cumulative].map(Value::Float8);
        vec![Value::Int8(rank), Value::Int8(dense), percent, cumulative]
    }

    #[test]
    fn ties_and_nulls_count_where_the_order_puts_them() {
        crate::clauses!("agg.hypothetical");
        let key = KeyOrder { direction: Direction::Asc, nulls: NullsOrder::Last };
        let values = [Some(1), Some(1), Some(2), Some(3), None];
        let values = values.map(|x| x.map_or(Value::Null, Value::Int4));
        assert_eq!(answers(&[Value::Int4(2)], &values, &[key]), ranks(3, 2, 0.4, 4.0 / 6.0));
        assert_eq!(answers(&[Value::Null], &values, &[key]), ranks(5, 4, 0.8, 1.0));
        let last = KeyOrder { direction: Direction::Desc, nulls: NullsOrder::Last };
        let descending = [3, 2, 1, 1].map(Value::Int4);
        assert_eq!(answers(&[Value::Int4(2)], &descending, &[last]), ranks(2, 2, 0.25, 0.6));
    }

    #[test]
    fn a_set_of_no_rows_has_ranks() {
        let key = KeyOrder { direction: Direction::Asc, nulls: NullsOrder::Last };
        assert_eq!(answers(&[Value::Int4(7)], &[], &[key]), ranks(1, 1, 0.0, 1.0));
    }

    #[test]
    fn later_keys_decide_where_earlier_ones_tie() {
        let up = KeyOrder { direction: Direction::Asc, nulls: NullsOrder::Last };
        let rows = [(1, "a"), (1, "b"), (2, "a")];
        let values: Vec<Value> =
            rows.iter().flat_map(|(n, t)| [Value::Int4(*n), Value::text(*t)]).collect();
        let direct = [Value::Int4(1), Value::text("b")];
        assert_eq!(answers(&direct, &values, &[up, up]), ranks(2, 2, 1.0 / 3.0, 0.75));
    }
}
