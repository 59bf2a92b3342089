//! Rows in an order.

use std::cmp::Ordering;

use spec::error::Failure;
use spec::expr::eval::Scope;
use spec::query::{Rel, SortKey};
use spec::sql::ast::{Direction, NullsOrder};
use spec::value::order;
use spec::value::{Row, Value};

use crate::Reference;
use crate::answer::{Answer, Group, Tuple};
use crate::expression::every;

impl Reference<'_> {
    /// ORDER BY: groups of ties in the order of the keys. [rel.order]
    pub(super) fn sort(
        &self,
        input: &Rel,
        keys: &[SortKey],
        outer: Option<&Scope<'_>>,
    ) -> Result<Answer, Failure> {
        let answer = self.answer(input, outer)?;
        let failure = answer.failure.clone();
        let groups = self.ordered(answer.into_tuples()?, keys, outer)?;
        Ok(Answer { groups: groups.into_iter().map(Group::all).collect(), failure })
    }

    /// The rows in groups of equal keys, in the order of the keys. Without keys all rows are one group.
    pub(super) fn ordered(
        &self,
        tuples: Vec<Tuple>,
        keys: &[SortKey],
        outer: Option<&Scope<'_>>,
    ) -> Result<Vec<Vec<Tuple>>, Failure> {
        if keys.is_empty() {
            return Ok(vec![tuples]);
        }
        let key = |tuple: &Tuple| every(keys.iter().map(|key| self.value(&key.expr, tuple, outer)));
        let values: Vec<Row> = every(tuples.iter().map(key))?;
        let mut keyed: Vec<(Row, Tuple)> = values.into_iter().zip(tuples).collect();
        keyed.sort_by(|a, b| compare_keys(keys, &a.0, &b.0));
        let ties = keyed.chunk_by(|a, b| compare_keys(keys, &a.0, &b.0).is_eq());
        Ok(ties.map(|ties| ties.iter().map(|(_, tuple)| tuple.clone()).collect()).collect())
    }
}

/// The order of two rows of key values.
fn compare_keys(keys: &[SortKey], a: &[Value], b: &[Value]) -> Ordering {
    let each = keys.iter().zip(a.iter().zip(b));
    each.map(|(key, (a, b))| compare(key, a, b))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// The order of two values under one key: NULLs where the key puts them, DESC reversed.
fn compare(key: &SortKey, a: &Value, b: &Value) -> Ordering {
    let null_order = match key.nulls {
        NullsOrder::First => Ordering::Less,
        NullsOrder::Last => Ordering::Greater,
    };
    match (a.is_null(), b.is_null()) {
        (true, true) => Ordering::Equal,
        (true, false) => null_order,
        (false, true) => null_order.reverse(),
        (false, false) if key.direction == Direction::Desc => order::compare(b, a),
        (false, false) => order::compare(a, b),
    }
}
