//! DDL: tables, indexes, statistics; nothing is dropped here.

use spec::catalogue::{Index, IndexSize, Table};
use spec::error::{Failure, SqlError, Unsupported, sqlstate};
use spec::sql::ast::Direction;
use spec::sql::ast::{self, Ident, NullsOrder, Statement};
use spec::sql::bind;
use spec::value::Row;

use super::fill::equal_key;
use super::{Reply, Session};

/// The shape of CREATE TABLE AS.
pub(super) struct TableAs<'a> {
    pub name: &'a Ident,
    pub if_not_exists: bool,
    pub temporary: bool,
    pub columns: &'a [Ident],
}

impl Session {
    pub(super) fn create_table(
        &mut self,
        statement: &Statement,
        name: &Ident,
        if_not_exists: bool,
    ) -> Result<Reply, Failure> {
        if let Some(reply) = self.name_in_use(name, if_not_exists, "CREATE TABLE")? {
            return Ok(reply);
        }
        let Statement::CreateTable { name, columns, keys, options, temporary, .. } = statement
        else {
            unreachable!("called for CREATE TABLE only")
        };
        let table = bind::create_table(name, columns, keys, options, *temporary)?;
        self.database.put(table, vec![], false);
        Ok(Reply::tag("CREATE TABLE"))
    }

    pub(super) fn create_table_as(
        &mut self,
        shape: &TableAs<'_>,
        sql: &str,
        query: &ast::Query,
    ) -> Result<Reply, Failure> {
        if let Some(reply) = self.name_in_use(shape.name, shape.if_not_exists, "CREATE TABLE AS")? {
            return Ok(reply);
        }
        let query = bind::query(query, &self.database.catalogue)?;
        let table = bind::create_table_as(shape.name, shape.columns, shape.temporary, &query)?;
        let (rows, verdict, elapsed) = self.answer(sql, &query)?;
        let tag = format!("SELECT {}", rows.rows.len());
        self.database.put(table, rows.rows, false);
        Ok(Reply { verdict, elapsed, ..Reply::tag(tag) })
    }

    /// The reply if the name is in use and that is fine.
    pub(super) fn name_in_use(
        &self,
        name: &Ident,
        if_not_exists: bool,
        tag: &str,
    ) -> Result<Option<Reply>, Failure> {
        let catalogue = &self.database.catalogue;
        let related = catalogue.table(&name.name).is_some() || catalogue.view(&name.name).is_some();
        if !related && !self.is_index(&name.name) {
            return Ok(None);
        }
        let message = format!("relation \"{}\" already exists", name.name);
        if if_not_exists {
            let notices = vec![format!("NOTICE:  {message}, skipping")];
            return Ok(Some(Reply { notices, ..Reply::tag(tag) }));
        }
        Err(SqlError::new(sqlstate::DUPLICATE_TABLE, message).into())
    }

    pub(super) fn is_index(&self, name: &str) -> bool {
        self.database.catalogue.tables().any(|table| table.indexes.iter().any(|i| i.name == name))
    }

    pub(super) fn create_index(&mut self, statement: &Statement) -> Result<Reply, Failure> {
        let Statement::CreateIndex { name, table, unique, if_not_exists, columns } = statement
        else {
            unreachable!("called for CREATE INDEX only")
        };
        let mut changed = Table::clone(self.table(table)?);
        let key = |(column, direction, nulls): &(Ident, Direction, Option<NullsOrder>)| {
            let number = key_number(&changed, column)?;
            let default = match direction {
                Direction::Asc => NullsOrder::Last,
                Direction::Desc => NullsOrder::First,
            };
            Ok((number, *direction, nulls.unwrap_or(default)))
        };
        let keys = columns.iter().map(key).collect::<Result<Vec<_>, Failure>>()?;
        let name = match name {
            Some(name) => name.clone(),
            None => Ident { name: self.index_name(&changed, &keys), position: table.position },
        };
        if let Some(reply) = self.name_in_use(&name, *if_not_exists, "CREATE INDEX")? {
            return Ok(reply);
        }
        let (unique, constraint) = (*unique, false);
        let (size, range) = (IndexSize::default(), None);
        let index = Index { name: name.name, keys, unique, constraint, size, range };
        refuse_duplicates(&changed, &index, &self.database.rows(&changed.name))?;
        changed.indexes.push(index);
        self.database.alter(changed);
        Ok(Reply::tag("CREATE INDEX"))
    }

    /// PostgreSQL's choice of a name for an index: table, columns, `idx`, and a number if that is taken.
    fn index_name(&self, table: &Table, keys: &[(usize, Direction, NullsOrder)]) -> String {
        let columns: Vec<_> = keys.iter().map(|key| table.columns[key.0].name.as_str()).collect();
        let stem = format!("{}_{}_idx", table.name, columns.join("_"));
        let numbered = (1..).map(|number| format!("{stem}{number}"));
        let mut names = std::iter::once(stem.clone()).chain(numbered);
        names.find(|name| !self.is_index(name)).expect("there is always another number")
    }

    /// Refuses to drop an index that a constraint stands on.
    pub(super) fn refuse_constraint(&self, name: &str) -> Result<(), Failure> {
        let stands = |index: &Index| index.name == name && index.constraint;
        let mut tables = self.database.catalogue.tables();
        let Some(table) = tables.find(|table| table.indexes.iter().any(stands)) else {
            return Ok(());
        };
        let (on, state) = (&table.name, sqlstate::DEPENDENT_OBJECTS_STILL_EXIST);
        let message =
            format!("cannot drop index {name} because constraint {name} on table {on} requires it");
        let hint = format!("You can drop constraint {name} on table {on} instead.");
        Err(SqlError::new(state, message).hint(hint).into())
    }

    /// VACUUM, ANALYZE, or both.
    pub(super) fn maintain(
        &mut self,
        tables: &[Ident],
        vacuum: bool,
        analyze: bool,
    ) -> Result<Reply, Failure> {
        if vacuum && self.in_transaction() {
            let message = "VACUUM cannot run inside a transaction block";
            return Err(SqlError::new(sqlstate::ACTIVE_SQL_TRANSACTION, message).into());
        }
        let is_view = |name: &&Ident| self.database.catalogue.view(&name.name).is_some();
        let (views, stored): (Vec<&Ident>, Vec<&Ident>) = tables.iter().partition(is_view);
        for table in &stored {
            self.table(table)?;
        }
        let skipped = |view: &&Ident| {
            let what = if vacuum { "vacuum" } else { "analyze" };
            let why = format!("cannot {what} non-tables or special system tables");
            format!("WARNING:  skipping \"{}\" --- {why}", view.name)
        };
        let notices = views.iter().map(skipped).collect();
        let all = || self.database.catalogue.tables().map(|table| table.name.clone()).collect();
        let names: Vec<String> = match tables {
            [] => all(),
            _ => stored.iter().map(|table| table.name.clone()).collect(),
        };
        for name in &names {
            if vacuum {
                self.database.vacuum(name);
            }
            if analyze {
                self.database.analyze(name);
            }
        }
        let tag = if vacuum { "VACUUM" } else { "ANALYZE" };
        Ok(Reply { notices, ..Reply::tag(tag) })
    }

    /// The table of this name.
    ///
    /// # Errors
    /// 42P01; 0A000 for a view.
    pub(super) fn table(&self, name: &Ident) -> Result<&Table, Failure> {
        if self.database.catalogue.view(&name.name).is_some() {
            return Err(Unsupported::new("changing tables through views").at(name.position).into());
        }
        self.database.catalogue.table(&name.name).map(|table| &**table).ok_or_else(|| {
            let message = format!("relation \"{}\" does not exist", name.name);
            SqlError::new(sqlstate::UNDEFINED_TABLE, message).at(name.position).into()
        })
    }
}

/// The number of a column of a table, from 0.
///
/// # Errors
/// 42703.
pub(super) fn column_number(table: &Table, column: &Ident) -> Result<usize, Failure> {
    table.columns.iter().position(|c| c.name == column.name).ok_or_else(|| {
        let message =
            format!("column \"{}\" of relation \"{}\" does not exist", column.name, table.name);
        SqlError::new(sqlstate::UNDEFINED_COLUMN, message).at(column.position).into()
    })
}

/// The number of a column that an index is made over.
///
/// # Errors
/// 42703, as PostgreSQL words it here.
fn key_number(table: &Table, column: &Ident) -> Result<usize, Failure> {
    table.columns.iter().position(|c| c.name == column.name).ok_or_else(|| {
        let message = format!("column \"{}\" does not exist", column.name);
        SqlError::new(sqlstate::UNDEFINED_COLUMN, message).into()
    })
}

/// Refuses a unique index over rows with equal keys.
fn refuse_duplicates(table: &Table, index: &Index, rows: &[Row]) -> Result<(), Failure> {
    let Some(key) = equal_key(table, index, rows) else { return Ok(()) };
    let message = format!("could not create unique index \"{}\"", index.name);
    let error = SqlError::new(sqlstate::UNIQUE_VIOLATION, message);
    Err(error.detail(format!("Key {key} is duplicated.")).into())
}

pub(super) fn remove_index(database: &mut crate::database::Database, name: &str) -> bool {
    let owner = database
        .catalogue
        .tables()
        .find(|table| table.indexes.iter().any(|index| index.name == name))
        .cloned();
    let Some(owner) = owner else { return false };
    let mut changed = Table::clone(&owner);
    changed.indexes.retain(|index| index.name != name);
    database.alter(changed);
    true
}
