//! `Hash Join`: builds a table of the inner rows, then probes it with the outer rows.
//!
//! Each participant builds a table of its own from the whole inner side. NULL keys match nothing. [join.key.null]

use spec::expr::Expr;
use spec::plan::{HashKey, Plan, PlanColumn};
use spec::query::JoinKind;
use spec::{Failure, SqlError, Type, Value};

use super::pairs::Matches;
use super::rows::Collector;
use super::{Executing, Executor, Pull, Pulled, Site, build, pull_or_return};
use crate::batch::{BATCH_ROWS, Batch, Selection};
use crate::column::Column;
use crate::fault::Fault;
use crate::join::{HashTable, Pairs, Probe};
use crate::kernel::{Expression, Predicate};
use crate::runtime::Participant;

/// Joins each outer batch with its partners.
pub(crate) struct HashJoin<'p> {
    outer: Executing<'p>,
    collector: Collector<'p>,
    outer_keys: Vec<Key>,
    inner_keys: Vec<Key>,
    table: Option<HashTable>,
    matches: Matches<'p>,
    probe: Probe,
    pairs: Pairs,
    /// The outer batch at hand.
    current: Option<Batch>,
    done: bool,
}

/// One side of an equality: the expression, and the type in which both sides are hashed.
struct Key {
    expression: Expression,
    common: Type,
    /// Fault: NULL is a value like any other.
    null_matches: bool,
}

impl<'p> HashJoin<'p> {
    pub fn new(
        kind: JoinKind,
        outer: &'p Plan,
        inner: &'p Plan,
        keys: &[HashKey],
        on: &[Expr],
        site: &Site<'p>,
    ) -> Result<HashJoin<'p>, Failure> {
        let both: Vec<_> = outer.columns.iter().chain(&inner.columns).cloned().collect();
        let conditions = match on {
            [] => None,
            conditions => Some(Predicate::compile(conditions, &both)?),
        };
        let side = |columns: &[PlanColumn], expr: fn(&HashKey) -> &Expr| {
            let key = |key: &HashKey| {
                Ok(Key {
                    expression: Expression::compile(expr(key), columns)?,
                    common: common_type(key.outer.ty(), key.inner.ty()),
                    null_matches: site.execution.plants(Fault::NullKeysMatch),
                })
            };
            keys.iter().map(key).collect::<Result<Vec<_>, Failure>>()
        };
        let needed = site.needed.clone().and(on);
        let (outer_needed, inner_needed) = needed.split(outer.columns.len());
        let outer_site = site.below(outer_needed.and(keys.iter().map(|key| &key.outer)));
        let inner_site = site.below(inner_needed.and(keys.iter().map(|key| &key.inner)));
        Ok(HashJoin {
            outer_keys: side(&outer.columns, |key| &key.outer)?,
            inner_keys: side(&inner.columns, |key| &key.inner)?,
            outer: build(outer, &outer_site)?,
            collector: Collector::new(build(inner, &inner_site)?, &inner.columns),
            table: None,
            matches: Matches::new(kind, conditions, &outer.columns, &inner.columns, needed),
            probe: Probe::default(),
            pairs: Pairs::default(),
            current: None,
            done: false,
        })
    }

    /// Makes the table, once the inner side is read.
    fn make_table(&mut self, me: &Participant<'p>) -> Result<(), SqlError> {
        let inner = self.collector.take();
        self.matches.begin(inner.rows);
        if me.execution.plants(Fault::UnmatchedInnerRowsPerParticipant)
            && me.number > 0
            && self.matches.kind == JoinKind::Left
        {
            self.matches.keep_inner(inner.rows);
        }
        let keys = evaluate(&self.inner_keys, &inner, me)?;
        self.table = Some(HashTable::build(&keys, inner));
        Ok(())
    }

    /// Looks up the keys of an outer batch.
    fn begin_batch(&mut self, batch: Batch, me: &Participant<'p>) -> Result<(), SqlError> {
        let table = self.table.as_ref().expect("it is made before the first probe");
        let keys = evaluate(&self.outer_keys, &batch, me)?;
        table.probe(&keys, &batch, &mut self.probe);
        self.matches.begin_batch(batch.rows);
        self.current = Some(batch);
        Ok(())
    }

    /// A semi or anti join without further conditions needs no pairs: the look-up alone decides.
    fn decided_by_key(&self) -> Option<bool> {
        match self.matches.kind {
            JoinKind::Semi if self.matches.conditions.is_none() => Some(true),
            JoinKind::Anti if self.matches.conditions.is_none() => Some(false),
            _ => None,
        }
    }

    /// The next rows that the outer batch at hand gives; without any left, it is put away.
    fn next_of_batch(&mut self, me: &Participant<'p>) -> Result<Option<Batch>, SqlError> {
        let outer = self.current.as_ref().expect("it is at hand");
        if let Some(matched) = self.decided_by_key() {
            let chosen = self.probe.select(outer.selected(), matched);
            let outer = self.current.take().expect("it is at hand");
            let all = chosen.len() == outer.rows;
            let selection = (!all).then(|| Selection::new(chosen));
            return Ok(Some(Batch { selection, ..outer }).filter(|batch| !batch.is_empty()));
        }
        let table = self.table.as_ref().expect("it is made before the first probe");
        while table.pairs(outer, &mut self.probe, BATCH_ROWS, &mut self.pairs) {
            let Pairs { outer: outer_rows, inner: inner_rows } = &self.pairs;
            if outer_rows.is_empty() {
                continue;
            }
            let joined = self.matches.join(outer, outer_rows, table.payload(), inner_rows, me)?;
            if joined.is_some() {
                return Ok(joined);
            }
        }
        let outer = self.current.take().expect("it is at hand");
        Ok(self.matches.finish_batch(outer, me))
    }
}

impl<'p> Executor<'p> for HashJoin<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        if self.table.is_none() {
            match self.collector.fill(me)? {
                Pulled::Done => self.make_table(me)?,
                blocked => return Ok(blocked),
            }
        }
        while !self.done {
            if self.current.is_none() {
                match pull_or_return!(self.outer, me) {
                    Some(batch) => self.begin_batch(batch, me)?,
                    None => {
                        self.done = true;
                        let inner = self.table.as_ref().expect("it is made").payload();
                        let unmatched = self.matches.unmatched_inner(inner);
                        return Ok(unmatched.map_or(Pulled::Done, Pulled::Batch));
                    }
                }
            }
            if let Some(batch) = self.next_of_batch(me)? {
                return Ok(Pulled::Batch(batch));
            }
        }
        Ok(Pulled::Done)
    }
}

/// The key columns of a batch, each in the type that both sides share.
fn evaluate(keys: &[Key], batch: &Batch, me: &Participant<'_>) -> Result<Vec<Column>, SqlError> {
    let mut columns = Vec::with_capacity(keys.len());
    for key in keys {
        let column = widen(key.expression.evaluate(batch, &me.context)?, key.common);
        if key.null_matches {
            // Two columns without NULLs: whether it is NULL, and the value or a stand-in.
            let null = |row| Value::Bool(column.is_null(row));
            columns.push(Column::from_values(Type::Bool, (0..batch.rows).map(null)));
            columns.push(without_nulls(&column, key.common));
        } else {
            columns.push(column);
        }
    }
    Ok(columns)
}

/// Fault: the column with some value in the place of NULL.
fn without_nulls(column: &Column, ty: Type) -> Column {
    let values: Vec<Value> = (0..column.len()).map(|row| column.value(row)).collect();
    let stand_in = values.iter().find(|value| !value.is_null()).cloned();
    match stand_in {
        None => Column::constant(Value::Bool(true), Type::Bool, column.len()).materialise(),
        Some(some) => {
            let fill = |value: Value| if value.is_null() { some.clone() } else { value };
            Column::from_values(ty, values.into_iter().map(fill))
        }
    }
}

/// The type in which the sides of an equality across types (`int4 = int8`, `float4 = float8`) are hashed.
fn common_type(outer: Type, inner: Type) -> Type {
    match (outer, inner) {
        (outer, inner) if outer == inner => outer,
        (Type::Float4 | Type::Float8, _) => Type::Float8,
        (Type::Int2 | Type::Int4 | Type::Int8, _) => Type::Int8,
        (outer, _) => outer,
    }
}

/// The same numbers in a wider type.
fn widen(column: Column, ty: Type) -> Column {
    if column.ty() == ty {
        return column;
    }
    match (&column, ty) {
        (Column::Int2(array), Type::Int8) => Column::Int8(array.unary(i64::from)),
        (Column::Int4(array), Type::Int8) => Column::Int8(array.unary(i64::from)),
        (Column::Float4(array), Type::Float8) => Column::Float8(array.unary(f64::from)),
        (Column::Constant { .. }, Type::Int8 | Type::Float8) => widen(column.materialise(), ty),
        _ => column,
    }
}
