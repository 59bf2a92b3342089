//! Joins.
//!
//! ```text
//! pairs      = { (l, r) : l in left, r in right, every condition is true of (l, r) }
//! Inner      = pairs
//! Left       = pairs + (l, NULLs) for each l in no pair
//! Right      = pairs + (NULLs, r) for each r in no pair
//! Full       = pairs + both
//! Semi       = each l in some pair, once          Anti = each l in no pair
//! ```

use std::collections::BTreeMap;

use spec::error::{Failure, SqlError};
use spec::expr::eval::Scope;
use spec::expr::{Expr, operator};
use spec::query::{JoinKind, Rel};
use spec::value::order::Key;
use spec::value::{Row, Type, Value};

use super::filter::conjuncts;
use crate::Reference;
use crate::answer::{Answer, Tuple};
use crate::expression::{can_fail, columns_read};

/// Which rows of both sides belong together.
struct Pairs {
    /// Numbers of left and right rows.
    pairs: Vec<(usize, usize)>,
    /// An error that every evaluation meets.
    failure: Option<SqlError>,
}

impl Reference<'_> {
    /// The rows of a join. [rel.join]
    pub(super) fn join(
        &self,
        kind: JoinKind,
        left: &Rel,
        right: &Rel,
        condition: &Expr,
        outer: Option<&Scope<'_>>,
    ) -> Result<Answer, Failure> {
        if kind == JoinKind::Inner {
            return self.inner_join(left, right, conjuncts(condition), outer);
        }
        let widths = (left.columns.len(), right.columns.len());
        let (left, right) = (self.answer(left, outer)?, self.answer(right, outer)?);
        let failure = failure_of_sides(kind, &left, &right);
        let (left, right) = (left.into_tuples()?, right.into_tuples()?);
        let found = self.pairs(&left, &right, &conjuncts(condition), widths.0, outer)?;
        let tuples = combine(kind, &left, &right, &found.pairs, widths);
        Ok(Answer::bag(tuples).failing(failure).failing(found.failure))
    }

    /// The rows of an inner join, by conjuncts over both sides: those that read one side and cannot fail are asked of
    /// that side first.
    pub(super) fn inner_join(
        &self,
        left: &Rel,
        right: &Rel,
        conditions: Vec<Expr>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Answer, Failure> {
        let width = left.columns.len();
        let (mut on_left, mut on_right, mut on_both) = (vec![], vec![], vec![]);
        for condition in conditions {
            let reads = columns_read(&condition);
            if can_fail(&condition) || reads.is_empty() {
                on_both.push(condition);
            } else if reads.iter().all(|&column| column < width) {
                on_left.push(condition);
            } else if reads.iter().all(|&column| column >= width) {
                on_right.push(condition.shift_columns(-(width as isize)));
            } else {
                on_both.push(condition);
            }
        }
        let left = self.rows_where(left, on_left, outer)?;
        let right = self.rows_where(right, on_right, outer)?;
        let failure = failure_of_sides(JoinKind::Inner, &left, &right);
        let (left, right) = (left.into_tuples()?, right.into_tuples()?);
        let found = self.pairs(&left, &right, &on_both, width, outer)?;
        let tuples = found.pairs.iter().map(|&(l, r)| left[l].join(&right[r])).collect();
        Ok(Answer::bag(tuples).failing(failure).failing(found.failure))
    }

    /// The pairs of rows for which every condition is true.
    fn pairs(
        &self,
        left: &[Tuple],
        right: &[Tuple],
        conditions: &[Expr],
        width: usize,
        outer: Option<&Scope<'_>>,
    ) -> Result<Pairs, Failure> {
        self.meet_errors_before_joining(conditions, left, 0, outer)?;
        self.meet_errors_before_joining(conditions, right, width, outer)?;
        let (keys, rest): (Vec<_>, Vec<_>) =
            conditions.iter().cloned().partition(|condition| equality(condition, width).is_some());
        let keys: Vec<_> = keys.iter().filter_map(|key| equality(key, width)).collect();
        let index = self.index(right, keys.iter().map(|key| &key.1), outer)?;
        let mut found = Pairs { pairs: vec![], failure: None };
        for (l, tuple) in left.iter().enumerate() {
            let key = self.key(tuple, keys.iter().map(|key| &key.0), outer)?;
            let partners = key.and_then(|key| index.get(&key)).map_or(&[][..], Vec::as_slice);
            for &r in partners {
                match self.holds(&rest, &tuple.join(&right[r]), outer) {
                    Ok(true) => found.pairs.push((l, r)),
                    Ok(false) => {}
                    Err(Failure::Sql(error)) => found.failure = Some(error),
                    Err(unable) => return Err(unable),
                }
            }
        }
        Ok(found)
    }

    /// Row numbers by key; rows with a NULL in the key are left out, since NULL equals nothing.
    fn index<'k>(
        &self,
        rows: &[Tuple],
        keys: impl Iterator<Item = &'k Expr> + Clone,
        outer: Option<&Scope<'_>>,
    ) -> Result<BTreeMap<Key, Vec<usize>>, Failure> {
        let mut index: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (number, tuple) in rows.iter().enumerate() {
            if let Some(key) = self.key(tuple, keys.clone(), outer)? {
                index.entry(key).or_default().push(number);
            }
        }
        Ok(index)
    }

    /// The key of a row; `None` if part of it is NULL. Without key expressions all rows have the same key.
    fn key<'k>(
        &self,
        tuple: &Tuple,
        keys: impl Iterator<Item = &'k Expr>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Option<Key>, Failure> {
        let values: Row =
            keys.map(|key| self.value(key, tuple, outer)).collect::<Result<_, _>>()?;
        let known = values.iter().all(|value| !value.is_null());
        Ok(known.then(|| Key(values.into_iter().map(widest).collect())))
    }
}

/// The two sides of `left = right`, if neither can fail and each reads its side only; the right one over right columns.
fn equality(condition: &Expr, width: usize) -> Option<(Expr, Expr)> {
    let Expr::Call { function, args, .. } = condition else { return None };
    let [a, b] = args.as_slice() else { return None };
    let usable = operator::of_function(function)?.symbol == "="
        && one_representation(a.ty(), b.ty())
        && !can_fail(a)
        && !can_fail(b);
    if !usable {
        return None;
    }
    let side = |expr: &Expr| {
        let reads = columns_read(expr);
        let left = reads.iter().all(|&column| column < width);
        let right = reads.iter().all(|&column| column >= width);
        (!reads.is_empty() && (left || right)).then_some(left)
    };
    let shifted = |expr: &Expr| expr.shift_columns(-(width as isize));
    match (side(a)?, side(b)?) {
        (true, false) => Some((a.clone(), shifted(b))),
        (false, true) => Some((b.clone(), shifted(a))),
        _ => None,
    }
}

/// Whether values of both types can be looked up in one representation (see [`widest`]).
fn one_representation(a: Type, b: Type) -> bool {
    let integer = |ty| matches!(ty, Type::Int2 | Type::Int4 | Type::Int8);
    let float = |ty| matches!(ty, Type::Float4 | Type::Float8);
    let string = |ty| matches!(ty, Type::Text | Type::Varchar | Type::Name);
    a == b || [integer, float, string].iter().any(|kind| kind(a) && kind(b))
}

/// The value in the widest type of its kind, so that `int2 = int8` looks up one representation.
fn widest(value: Value) -> Value {
    match value {
        Value::Int2(v) => Value::Int8(v.into()),
        Value::Int4(v) => Value::Int8(v.into()),
        Value::Float4(v) => Value::Float8(v.into()),
        other => other,
    }
}

/// The error that every evaluation of both sides meets. If one side of an inner or semi join is empty, the other need not
/// be evaluated, nor the inner side of an outer join whose outer side is empty.
fn failure_of_sides(kind: JoinKind, left: &Answer, right: &Answer) -> Option<SqlError> {
    let empty = |side: &Answer| {
        side.failure.is_none() && side.groups.iter().all(|group| group.tuples.is_empty())
    };
    let avoidable = match kind {
        JoinKind::Inner | JoinKind::Semi => empty(left) || empty(right),
        JoinKind::Left | JoinKind::Anti => empty(left),
        JoinKind::Right => empty(right),
        JoinKind::Full => false,
    };
    if avoidable { None } else { left.failure.clone().or_else(|| right.failure.clone()) }
}

/// The rows of a join of this kind, from its pairs.
fn combine(
    kind: JoinKind,
    left: &[Tuple],
    right: &[Tuple],
    pairs: &[(usize, usize)],
    widths: (usize, usize),
) -> Vec<Tuple> {
    let (mut left_met, mut right_met) = (vec![false; left.len()], vec![false; right.len()]);
    for &(l, r) in pairs {
        (left_met[l], right_met[r]) = (true, true);
    }
    let nulls = |width| Tuple::exact(vec![Value::Null; width]);
    let joined = pairs.iter().map(|&(l, r)| left[l].join(&right[r]));
    let rows = |side: &[Tuple], met: &[bool], wanted: bool| -> Vec<Tuple> {
        let chosen = side.iter().zip(met).filter(|(_, met)| **met == wanted);
        chosen.map(|(tuple, _)| tuple.clone()).collect()
    };
    let lonely_left =
        || rows(left, &left_met, false).into_iter().map(|tuple| tuple.join(&nulls(widths.1)));
    let lonely_right =
        || rows(right, &right_met, false).into_iter().map(|tuple| nulls(widths.0).join(&tuple));
    match kind {
        JoinKind::Inner => joined.collect(),
        JoinKind::Left => joined.chain(lonely_left()).collect(),
        JoinKind::Right => joined.chain(lonely_right()).collect(),
        JoinKind::Full => joined.chain(lonely_left()).chain(lonely_right()).collect(),
        JoinKind::Semi => rows(left, &left_met, true),
        JoinKind::Anti => rows(left, &left_met, false),
    }
}
