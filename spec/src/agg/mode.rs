//! `mode`: the most frequent value; of several the first in the order of WITHIN GROUP.

use super::ordered_set::{ORDERED, OrderedSet, Set};
use super::polymorphic::of_any_element;
use super::{Aggregate, Meaning};
use crate::error::SqlError;
use crate::permitted::Cell;
use crate::value::{Type, Value, order};

/// `mode() WITHIN GROUP (ORDER BY anyelement)`.
pub(super) static AGGREGATES: &[Aggregate] = of_any_element! { ELEMENT => Aggregate {
    name: "mode",
    args: &[Some(ELEMENT)],
    result: ELEMENT,
    polymorphic: true,
    ordered_set: Some(OrderedSet { direct: &[], hypothetical: false, meaning: most_frequent, finish: longest_run }),
    ..ORDERED
}};

/// A value that no other comes more often than, and none before it as often; NULL of none. [agg.mode]
///
/// Of equal values that differ (1.0 and 1.00) any may stand for all.
fn most_frequent(set: &Set<'_>) -> Meaning {
    let ties = set.ties();
    let Some(most) = ties.iter().map(Vec::len).max() else { return Meaning::exactly(Value::Null) };
    let equals = ties.iter().find(|equals| equals.len() == most).expect("the greatest is there");
    one_of_equals(equals)
}

/// Any of some values that are equal: exactly it, if they do not differ.
pub(super) fn one_of_equals(equals: &[&Value]) -> Meaning {
    let first = equals[0].clone();
    let alike = equals.iter().all(|value| **value == first);
    Meaning::cell(if alike { Cell::Exactly(first) } else { Cell::EqualTo(first) })
}

/// `mode_final`: the first value of the longest run, the first of several as long. [agg.mode]
fn longest_run(set: &Set<'_>) -> Result<Value, SqlError> {
    let (mut mode, mut frequency) = (&Value::Null, 0);
    let (mut start, mut run) = (0, 0);
    for (at, value) in set.values.iter().enumerate() {
        if run == 0 || !order::equal(&set.values[start], value) {
            (start, run) = (at, 0);
        }
        run += 1;
        if run > frequency {
            (mode, frequency) = (&set.values[start], run);
        }
    }
    Ok(mode.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agg::ordered_set::KeyOrder;
    use crate::sql::ast::{Direction, NullsOrder};

    const ASCENDING: KeyOrder = KeyOrder { direction: Direction::Asc, nulls: NullsOrder::Last };

    fn both(values: &[Value]) -> (Meaning, Value) {
        let set = Set { direct: &[], values, order: &[ASCENDING] };
        (most_frequent(&set), longest_run(&set).expect("no error"))
    }

    #[test]
    fn the_first_of_the_most_frequent_wins() {
        crate::clauses!("agg.mode");
        let values = [1, 2, 2, 3, 3, 4].map(Value::Int4);
        assert_eq!(both(&values), (Meaning::exactly(Value::Int4(2)), Value::Int4(2)));
        assert_eq!(both(&[]), (Meaning::exactly(Value::Null), Value::Null));
    }

    #[test]
    fn equal_values_count_together_and_any_may_stand_for_them() {
        let zeros = [Value::Float8(0.0), Value::Float8(-0.0), Value::Float8(1.0)];
        let (meaning, answer) = both(&zeros);
        assert_eq!(meaning.cell, Some(Cell::EqualTo(Value::Float8(0.0))));
        assert_eq!(answer, Value::Float8(0.0));
    }
}
