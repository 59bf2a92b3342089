//! Ordered-set aggregates: what they have beside a normal aggregate's dossier. [agg.ordered-set]
//!
//! ```text
//! f(direct arguments) WITHIN GROUP (ORDER BY keys)
//! direct arguments      once for a group; of a hypothetical-set aggregate: one more row for the set
//! set                   the rows of the group that pass FILTER, each as its keys, in their order
//! ```
//!
//! All rows of a group are sorted in one place, so that nothing is split: there is no combine function.
//! [plan.aggregate.ordered-set] As everywhere, the *meaning* speaks of the rows as a bag and *finish* goes through the
//! rows in order; neither knows the other.

use std::cmp::Ordering;

use super::{Aggregate, BASE, LawClass, Machine, Meaning, State};
use crate::error::{SqlError, sqlstate};
use crate::query::SortKey;
use crate::sql::ast::{Direction, NullsOrder};
use crate::value::{Type, Value, order};

/// What `aggkind` o and h add to an aggregate.
#[derive(Clone, Copy)]
pub struct OrderedSet {
    /// The types of the direct arguments. A hypothetical-set aggregate has as many as there are keys, of their types.
    pub direct: &'static [Type],
    /// Whether the direct arguments are a row that is asked about as if it were in the set.
    pub hypothetical: bool,
    /// The aggregate of a bag of rows, in any order.
    pub meaning: fn(&Set<'_>) -> Meaning,
    /// The aggregate of rows that come in order.
    pub finish: fn(&Set<'_>) -> Result<Value, SqlError>,
}

/// The rows of one group with what is said about them.
pub struct Set<'a> {
    /// The direct arguments.
    pub direct: &'a [Value],
    /// The rows one after the other, each as many values as there are keys: the state of the aggregate's machine.
    pub values: &'a [Value],
    /// The order of each key.
    pub order: &'a [KeyOrder],
}

/// The order of one key of WITHIN GROUP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyOrder {
    /// ASC or DESC.
    pub direction: Direction,
    /// Where NULLs go.
    pub nulls: NullsOrder,
}

impl KeyOrder {
    /// How two values compare under this key.
    pub fn compare(self, a: &Value, b: &Value) -> Ordering {
        let null_first = match self.nulls {
            NullsOrder::First => Ordering::Less,
            NullsOrder::Last => Ordering::Greater,
        };
        match (a.is_null(), b.is_null(), self.direction) {
            (true, true, _) => Ordering::Equal,
            (true, false, _) => null_first,
            (false, true, _) => null_first.reverse(),
            (false, false, Direction::Asc) => order::compare(a, b),
            (false, false, Direction::Desc) => order::compare(b, a),
        }
    }
}

impl From<&SortKey> for KeyOrder {
    fn from(key: &SortKey) -> KeyOrder {
        KeyOrder { direction: key.direction, nulls: key.nulls }
    }
}

impl Set<'_> {
    /// The rows.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, Value> {
        self.values.chunks_exact(self.order.len())
    }

    /// How two rows compare.
    pub fn compare(&self, a: &[Value], b: &[Value]) -> Ordering {
        let keys = self.order.iter().zip(a.iter().zip(b));
        let mut orders = keys.map(|(key, (a, b))| key.compare(a, b));
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// The values of a set by one key in groups of equal ones, in order: for meanings.
    pub(super) fn ties(&self) -> Vec<Vec<&Value>> {
        let mut values: Vec<&Value> = self.values.iter().filter(|value| !value.is_null()).collect();
        values.sort_by(|a, b| self.order[0].compare(a, b));
        values.chunk_by(|a, b| order::equal(a, b)).map(<[_]>::to_vec).collect()
    }
}

/// What ordered-set aggregates of one key share.
pub(super) const ORDERED: Aggregate = Aggregate {
    splits: false,
    law: LawClass::None,
    transition_strict: false,
    combine_strict: false,
    state_type: "internal",
    machine: &Rows { nulls: false },
    ..BASE
};

/// `ordered_set_transition`: the state is the rows themselves. [agg.ordered-set.null]
pub(super) struct Rows {
    /// Whether NULLs count (`ordered_set_transition_multi`).
    pub nulls: bool,
}

impl Machine for Rows {
    fn init(&self) -> State {
        vec![]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        if self.nulls || !args[0].is_null() {
            state.extend_from_slice(args);
        }
        Ok(())
    }

    /// The rows of both, no longer in order: PostgreSQL has no such function, and no plan asks for it.
    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        state.extend_from_slice(other);
        Ok(())
    }

    /// The answer is [`OrderedSet::finish`]: the rows alone do not give it.
    fn finalize(&self, _: &State) -> Result<Value, SqlError> {
        let message = "an ordered set is finished together with its direct arguments";
        Err(SqlError::new(sqlstate::INTERNAL_ERROR, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agg;

    #[test]
    fn nulls_go_where_the_key_puts_them_whatever_the_direction() {
        let key = |direction, nulls| KeyOrder { direction, nulls };
        let (one, null) = (Value::Int4(1), Value::Null);
        let first = key(Direction::Desc, NullsOrder::First);
        assert_eq!(first.compare(&null, &one), Ordering::Less);
        assert_eq!(first.compare(&Value::Int4(2), &one), Ordering::Less);
        let last = key(Direction::Asc, NullsOrder::Last);
        assert_eq!(last.compare(&null, &one), Ordering::Greater);
        assert_eq!(last.compare(&null, &null), Ordering::Equal);
    }

    #[test]
    fn no_ordered_set_aggregate_is_split_or_declares_a_state_that_travels() {
        crate::clauses!("agg.ordered-set", "plan.aggregate.ordered-set");
        let mut seen = 0;
        for aggregate in agg::ordered_sets() {
            assert!(!aggregate.splits && aggregate.law == LawClass::None, "{aggregate:?}");
            assert!(aggregate.state_fields.is_empty(), "{aggregate:?}");
            assert!(aggregate.finish(&vec![]).is_err(), "{aggregate:?}");
            seen += 1;
        }
        assert!(seen > 20, "{seen} ordered-set aggregates");
    }
}
