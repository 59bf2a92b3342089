//! UPDATE, DELETE and RETURNING as queries over a *shadow* of their table: the table under a name that no user can
//! write, with one more column, the row's number.
//!
//! ```text
//! UPDATE t SET a = a + 1 WHERE b      SELECT a + 1, b, number FROM shadow AS t WHERE b
//! DELETE FROM t WHERE b               SELECT number FROM shadow AS t WHERE b
//! … RETURNING a                       SELECT a FROM shadow AS t, which holds the new rows (DELETE: the old ones)
//! ```
//!
//! Sub-queries see the table itself, as it was before the statement.

use super::scope::Clause;
use super::table::assign;
use super::{Bind, Binder, coerce, fail};
use crate::catalogue::{Catalogue, Column, ColumnStatistics, Table};
use crate::error::{Failure, sqlstate};
use crate::expr::Expr;
use crate::query::{Field, Query, Rel};
use crate::sql::ast::{self, Alias, Ident, SelectItem, TableRef};
use crate::value::{Modifier, Type, Value};

/// A change of a table, bound.
#[derive(Clone, Debug)]
pub struct Modification {
    /// One row per row to change: for UPDATE the new row, then for both the row's number (int8, from 0).
    pub rows: Query,
    /// RETURNING, over the shadow with the changed rows.
    pub returning: Option<Query>,
}

/// The shadow of a table: under a name with a NUL, with a column without a name for the row's number.
pub fn shadow(table: &Table) -> Table {
    let mut shadow = table.clone();
    shadow.name.push('\0');
    let (ty, modifier) = (Type::Int8, Modifier::None);
    shadow.columns.push(Column { name: String::new(), ty, modifier, not_null: true });
    shadow.indexes.clear();
    if shadow.statistics.analyzed {
        shadow.statistics.columns.push(ColumnStatistics::default());
    }
    shadow
}

/// The rows that an UPDATE of `table` makes; `catalogue` has its shadow too. [rel.update]
///
/// # Errors
/// 42703 and 42601 for wrong targets, 42804 for an expression that cannot be assigned, and those of
/// [`query`](super::query()).
pub fn update(
    update: &ast::Update,
    table: &Table,
    catalogue: &Catalogue,
) -> Result<Modification, Failure> {
    let mut binder = Binder::new(catalogue);
    let mut rel = binder.changed(table, update.alias.as_ref())?;
    rel = binder.where_of(rel, update.filter.as_ref())?;
    let returning = returning(&update.returning, table, update.alias.as_ref(), catalogue)?;
    let mut exprs: Vec<Expr> = rel.columns.iter().enumerate().map(column).collect();
    let mut bound = vec![];
    for (_, value) in &update.assignments {
        let value = value.as_ref();
        let bind = |binder: &mut Binder<'_>| value.map(|value| binder.expr(value)).transpose();
        bound.push(binder.within(Clause::Update, bind)?);
    }
    let mut assigned: Vec<usize> = vec![];
    let mut twice = None;
    for ((name, _), value) in update.assignments.iter().zip(bound) {
        let Some(index) = table.columns.iter().position(|column| column.name == name.name) else {
            let message =
                format!("column \"{}\" of relation \"{}\" does not exist", name.name, table.name);
            return fail(sqlstate::UNDEFINED_COLUMN, message, name.position);
        };
        if assigned.contains(&index) {
            twice.get_or_insert(name);
        }
        assigned.push(index);
        let target = &table.columns[index];
        exprs[index] = match value {
            Some(value) => assign(value, target)?,
            None => Expr::Constant(Value::Null, target.ty),
        };
    }
    if let Some(name) = twice {
        let message = format!("multiple assignments to same column \"{}\"", name.name);
        return fail(sqlstate::SYNTAX_ERROR, message, 0);
    }
    let fields = rel.columns.clone();
    let rel = rel.project(exprs, fields);
    Ok(Modification { rows: Query { rel: binder.finish(rel) }, returning })
}

/// The rows that a DELETE from `table` removes; `catalogue` has its shadow too. [rel.delete]
///
/// # Errors
/// Those of [`query`](super::query()).
pub fn delete(
    delete: &ast::Delete,
    table: &Table,
    catalogue: &Catalogue,
) -> Result<Modification, Failure> {
    let mut binder = Binder::new(catalogue);
    let rel = binder.changed(table, delete.alias.as_ref())?;
    let returning = returning(&delete.returning, table, delete.alias.as_ref(), catalogue)?;
    let rel = binder.where_of(rel, delete.filter.as_ref())?;
    let number = rel.columns.len() - 1;
    let field = rel.columns[number].clone();
    let rel = rel.project(vec![column((number, &field))], vec![field]);
    Ok(Modification { rows: Query { rel: binder.finish(rel) }, returning })
}

/// RETURNING over the shadow of a table; none if there are no items. [rel.returning]
///
/// # Errors
/// Those of a SELECT list, and 42803 for aggregates.
pub fn returning(
    items: &[SelectItem],
    table: &Table,
    alias: Option<&Ident>,
    catalogue: &Catalogue,
) -> Result<Option<Query>, Failure> {
    if items.is_empty() {
        return Ok(None);
    }
    let mut binder = Binder::new(catalogue);
    let rel = binder.changed(table, alias)?;
    let targets = binder.within(Clause::Returning, |binder| binder.targets(items))?;
    let (mut exprs, mut fields) = (vec![], vec![]);
    for target in targets {
        let bound = coerce::resolve_unknown(target.bound)?;
        fields.push(super::scope::field(target.name, &bound));
        exprs.push(bound.expr);
    }
    let rel = rel.project(exprs, fields);
    Ok(Some(Query { rel: binder.finish(rel) }))
}

fn column((index, field): (usize, &Field)) -> Expr {
    Expr::Column { index, ty: field.ty }
}

impl Binder<'_> {
    /// The rows of the table that is changed, under its name or alias; the row's number cannot be named.
    fn changed(&mut self, table: &Table, alias: Option<&Ident>) -> Bind<Rel> {
        let plain = Ident { name: table.name.clone(), position: 0 };
        let alias = Alias { name: alias.cloned().unwrap_or(plain), columns: vec![] };
        let name = Ident { name: format!("{}\0", table.name), position: 0 };
        let rel = self.bind_from(&[TableRef::Table { name, alias: Some(alias) }])?;
        let level = self.level();
        for entry in &mut level.entries {
            entry.table = Some(table.name.clone());
            entry.columns.retain(|column| !column.is_empty());
        }
        let relations = level.namespace.relations.iter_mut().map(|relation| &mut relation.columns);
        for columns in relations.chain([&mut level.namespace.columns]) {
            columns.retain(|column| !column.name.is_empty());
        }
        Ok(rel)
    }

    fn where_of(&mut self, rel: Rel, filter: Option<&ast::Expr>) -> Bind<Rel> {
        let Some(filter) = filter else { return Ok(rel) };
        let bind = |binder: &mut Self| binder.condition(filter, "WHERE");
        Ok(rel.filter(self.within(Clause::Where, bind)?))
    }
}
