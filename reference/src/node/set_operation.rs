//! UNION, INTERSECT and EXCEPT, over bags.
//!
//! ```text
//! l = how often a row is on the left, r = on the right          (rows that are not distinct are the same row)
//! UNION ALL      l + r            UNION       1 if l + r > 0
//! INTERSECT ALL  min(l, r)        INTERSECT   1 if l > 0 and r > 0
//! EXCEPT ALL     max(l - r, 0)    EXCEPT      1 if l > 0 and r = 0
//! ```

use std::collections::BTreeMap;

use spec::error::Failure;
use spec::expr::eval::Scope;
use spec::query::Rel;
use spec::sql::ast::SetOp;
use spec::value::order::Key;

use super::distinct::{Class, classes};
use crate::Reference;
use crate::answer::{Answer, Tuple};

impl Reference<'_> {
    /// The rows of a set operation. [rel.set-operation]
    pub(super) fn set_operation(
        &self,
        op: SetOp,
        all: bool,
        left: &Rel,
        right: &Rel,
        outer: Option<&Scope<'_>>,
    ) -> Result<Answer, Failure> {
        let (left, right) = (self.answer(left, outer)?, self.answer(right, outer)?);
        let failure = left.failure.clone().or_else(|| right.failure.clone());
        let (mut left, right) = (left.into_tuples()?, right.into_tuples()?);
        if op == SetOp::Union && all {
            left.extend(right);
            return Ok(Answer::bag(left).failing(failure));
        }
        let mut sides: BTreeMap<Key, (Tuple, usize, usize)> = BTreeMap::new();
        for Class { representative, count } in classes(left)? {
            sides.insert(Key(representative.key()?), (representative, count, 0));
        }
        for Class { representative, count } in classes(right)? {
            match sides.get_mut(&Key(representative.key()?)) {
                Some((known, _, right)) => {
                    known.blur(&representative);
                    *right = count;
                }
                None => {
                    sides.insert(Key(representative.key()?), (representative, 0, count));
                }
            }
        }
        let rows = sides.into_values().flat_map(|(tuple, left, right)| {
            std::iter::repeat_n(tuple, times(op, all, left, right))
        });
        Ok(Answer::bag(rows.collect()).failing(failure))
    }
}

/// How often a row comes that is `left` times on the left and `right` times on the right.
fn times(op: SetOp, all: bool, left: usize, right: usize) -> usize {
    match (op, all) {
        (SetOp::Union, true) => left + right,
        (SetOp::Union, false) => 1,
        (SetOp::Intersect, true) => left.min(right),
        (SetOp::Intersect, false) => usize::from(left > 0 && right > 0),
        (SetOp::Except, true) => left.saturating_sub(right),
        (SetOp::Except, false) => usize::from(left > 0 && right == 0),
    }
}
