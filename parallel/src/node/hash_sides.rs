//! What hash joins have in common, whoever owns the table: two sides, their keys, and which rows have found a partner.

use spec::expr::Expr;
use spec::plan::{HashKey, Plan, PlanColumn};
use spec::query::JoinKind;
use spec::{Failure, SqlError, Type, Value};

use super::pairs::Matches;
use super::rows::Collector;
use super::{Executing, Site, build};
use crate::batch::Batch;
use crate::column::Column;
use crate::fault::Fault;
use crate::kernel::{Expression, Predicate};
use crate::runtime::Participant;

/// Both sides of a hash join, ready to run.
pub(crate) struct Sides<'p> {
    pub outer: Executing<'p>,
    pub inner: Collector<'p>,
    pub outer_keys: Keys,
    pub inner_keys: Keys,
    pub matches: Matches<'p>,
}

/// One side of every equality.
pub(crate) struct Keys(Vec<Key>);

/// One side of an equality: the expression, and the type in which both sides are hashed.
struct Key {
    expression: Expression,
    common: Type,
    /// Fault: NULL is a value like any other.
    null_matches: bool,
}

impl<'p> Sides<'p> {
    /// The sides of a join of this kind; `on` are its conditions beside the keys.
    pub fn build(
        kind: JoinKind,
        outer: &'p Plan,
        inner: &'p Plan,
        keys: &[HashKey],
        on: &[Expr],
        site: &Site<'p>,
    ) -> Result<Sides<'p>, Failure> {
        let both: Vec<_> = outer.columns.iter().chain(&inner.columns).cloned().collect();
        let conditions = match on {
            [] => None,
            conditions => Some(Predicate::compile(conditions, &both)?),
        };
        let null_matches = site.execution.plants(Fault::NullKeysMatch);
        let needed = site.needed.clone().and(on);
        let (outer_needed, inner_needed) = needed.split(outer.columns.len());
        let outer_site = site.below(outer_needed.and(keys.iter().map(|key| &key.outer)));
        let inner_site = site.below(inner_needed.and(keys.iter().map(|key| &key.inner)));
        Ok(Sides {
            outer_keys: Keys::compile(keys, &outer.columns, |key| &key.outer, null_matches)?,
            inner_keys: Keys::compile(keys, &inner.columns, |key| &key.inner, null_matches)?,
            outer: build(outer, &outer_site)?,
            inner: Collector::new(build(inner, &inner_site)?, &inner.columns),
            matches: Matches::new(kind, conditions, &outer.columns, &inner.columns, needed),
        })
    }
}

impl Keys {
    fn compile(
        keys: &[HashKey],
        columns: &[PlanColumn],
        side: fn(&HashKey) -> &Expr,
        null_matches: bool,
    ) -> Result<Keys, Failure> {
        let key = |key: &HashKey| {
            let expression = Expression::compile(side(key), columns)?;
            Ok(Key {
                expression,
                common: common_type(key.outer.ty(), key.inner.ty()),
                null_matches,
            })
        };
        keys.iter().map(key).collect::<Result<_, _>>().map(Keys)
    }

    /// The key columns of a batch, each in the type that both sides share.
    pub fn evaluate(&self, batch: &Batch, me: &Participant<'_>) -> Result<Vec<Column>, SqlError> {
        let mut columns = Vec::with_capacity(self.0.len());
        for key in &self.0 {
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
