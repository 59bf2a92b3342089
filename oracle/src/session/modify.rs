//! UPDATE, DELETE, TRUNCATE and RETURNING. [rel.update] [rel.delete]
//!
//! The rows to change are those of a query over a shadow of the table (see [`spec::sql::bind`]), answered by the
//! session's engine with a serial plan: statements that write are never planned in parallel [safety.statement].

use std::collections::BTreeSet;

use spec::catalogue::{Catalogue, Table};
use spec::error::Failure;
use spec::outcome::Rows;
use spec::query::Query;
use spec::sql::ast::{AlterTable, Delete, Ident, Update};
use spec::sql::bind;
use spec::value::order::Key;
use spec::value::{Row, Value};

use super::cursor::serial;
use super::fill::{duplicate_key, key_of, refuse_nulls, shown_key};
use super::{Reply, Session};
use crate::database::Database;
use crate::engine::Question;

impl Session {
    pub(super) fn update(&mut self, sql: &str, update: &Update) -> Result<Reply, Failure> {
        let table = self.table(&update.table)?.clone();
        let bound = bind::update(update, &table, &self.with_shadow(&table))?;
        let old = self.database.rows(&table.name);
        let (changed, verdict, elapsed) = self.over_shadow(sql, &bound.rows, &table, &old)?;
        let changes: Vec<(usize, Row)> = changed.rows.into_iter().map(numbered).collect();
        let new: Vec<Row> = changes.iter().map(|(_, row)| row.clone()).collect();
        refuse_nulls(&table, &new)?;
        refuse_duplicates(&table, &old, &changes)?;
        let rows = self.returned(sql, bound.returning.as_ref(), &table, &new)?;
        let gone: BTreeSet<usize> = changes.iter().map(|(number, _)| *number).collect();
        let mut all = without(old, &gone);
        all.extend(new);
        self.database.put(table, all, false);
        Ok(Reply { verdict, elapsed, rows, ..Reply::tag(format!("UPDATE {}", changes.len())) })
    }

    pub(super) fn delete(&mut self, sql: &str, delete: &Delete) -> Result<Reply, Failure> {
        let table = self.table(&delete.table)?.clone();
        let bound = bind::delete(delete, &table, &self.with_shadow(&table))?;
        let old = self.database.rows(&table.name);
        let (found, verdict, elapsed) = self.over_shadow(sql, &bound.rows, &table, &old)?;
        let numbers: Vec<usize> = found.rows.into_iter().map(|row| numbered(row).0).collect();
        let removed: Vec<Row> = numbers.iter().map(|number| old[*number].clone()).collect();
        let rows = self.returned(sql, bound.returning.as_ref(), &table, &removed)?;
        let kept = without(old, &numbers.iter().copied().collect());
        self.database.put(table, kept, false);
        Ok(Reply { verdict, elapsed, rows, ..Reply::tag(format!("DELETE {}", numbers.len())) })
    }

    pub(super) fn truncate(&mut self, tables: &[Ident]) -> Result<Reply, Failure> {
        let mut changed = self.database.clone();
        for name in tables {
            self.refuse_view(name, |name| format!("\"{name}\" is not a table"))?;
            let table = self.table(name).map_err(super::nowhere)?.clone();
            changed.put(table, vec![], false);
        }
        self.database = changed;
        Ok(Reply::tag("TRUNCATE TABLE"))
    }

    pub(super) fn alter_table(&mut self, alter: &AlterTable) -> Result<Reply, Failure> {
        let name = &alter.name;
        let exists = self.database.catalogue.table(&name.name).is_some()
            || self.database.catalogue.view(&name.name).is_some();
        if alter.if_exists && !exists {
            let notice = format!("NOTICE:  relation \"{}\" does not exist, skipping", name.name);
            return Ok(Reply { notices: vec![notice], ..Reply::tag("ALTER TABLE") });
        }
        let table = self.table(name).map_err(super::nowhere)?;
        let changed = bind::alter_table(table, &alter.actions)?;
        self.database.catalogue.put(changed);
        Ok(Reply::tag("ALTER TABLE"))
    }

    /// The catalogue with the shadow of a table.
    pub(super) fn with_shadow(&self, table: &Table) -> Catalogue {
        let mut catalogue = self.database.catalogue.clone();
        catalogue.put(bind::shadow(table));
        catalogue
    }

    /// The answer to a query over the shadow of a table with these rows.
    fn over_shadow(
        &self,
        sql: &str,
        query: &Query,
        table: &Table,
        rows: &[Row],
    ) -> Result<super::Answered, Failure> {
        let database = shadowed(&self.database, table, rows);
        let settings = serial(&self.settings);
        self.answer_over(&Question { sql, query, database: &database, settings: &settings })
    }

    /// What RETURNING shows of the changed rows.
    pub(super) fn returned(
        &self,
        sql: &str,
        returning: Option<&Query>,
        table: &Table,
        rows: &[Row],
    ) -> Result<Option<Rows>, Failure> {
        let answer = |query| Ok(self.over_shadow(sql, query, table, rows)?.0);
        returning.map(answer).transpose()
    }
}

/// A database with the shadow of a table, which has these rows and their numbers.
fn shadowed(database: &Database, table: &Table, rows: &[Row]) -> Database {
    let shadow = bind::shadow(table);
    let number = |(number, row): (usize, &Row)| {
        let mut row = row.clone();
        row.push(Value::Int8(number as i64));
        row
    };
    let mut database = database.clone();
    database.put(shadow.clone(), rows.iter().enumerate().map(number).collect(), false);
    // The planner sees the table as it is, not as wide as its shadow.
    database.catalogue.put(shadow);
    database
}

/// A changed row with its number, which is its last column.
fn numbered(mut row: Row) -> (usize, Row) {
    match row.pop() {
        Some(Value::Int8(number)) => (number as usize, row),
        _ => unreachable!("the last column is the row's number"),
    }
}

fn without(rows: Vec<Row>, gone: &BTreeSet<usize>) -> Vec<Row> {
    let kept = rows.into_iter().enumerate().filter(|(number, _)| !gone.contains(number));
    kept.map(|(_, row)| row).collect()
}

/// Refuses a new row whose key another row has at its turn: earlier rows have their new keys then, later ones their old
/// ones, as PostgreSQL checks unique indexes row by row. [rel.update.unique]
fn refuse_duplicates(table: &Table, old: &[Row], changes: &[(usize, Row)]) -> Result<(), Failure> {
    for index in table.indexes.iter().filter(|index| index.unique) {
        let mut keys: BTreeSet<Key> = old.iter().filter_map(|row| key_of(index, row)).collect();
        for (number, row) in changes {
            if let Some(before) = key_of(index, &old[*number]) {
                keys.remove(&before);
            }
            if let Some(key) = key_of(index, row)
                && !keys.insert(key)
            {
                return Err(duplicate_key(index, &shown_key(table, index, row)));
            }
        }
    }
    Ok(())
}
