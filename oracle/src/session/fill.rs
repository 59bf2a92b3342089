//! New rows: INSERT and COPY, with NOT NULL and unique keys. The query of an INSERT may run in parallel, which it does
//! not in PostgreSQL. [departure.insert-select]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};

use spec::catalogue::{Index, Table};
use spec::error::{Failure, SqlError, Unsupported, sqlstate};
use spec::sql::ast::{self, CopyOptions, Ident, SelectItem};
use spec::sql::bind;
use spec::value::order::Key;
use spec::value::{Row, Value, text};

use super::define::column_number;
use super::{Reply, Session, load};

impl Session {
    pub(super) fn insert(
        &mut self,
        sql: &str,
        table: &Ident,
        columns: &[Ident],
        query: &ast::Query,
        returning: &[SelectItem],
    ) -> Result<Reply, Failure> {
        let target = self.table(table)?.clone();
        let query = bind::insert_rows(query, &target, columns, &self.database.catalogue)?;
        let returning = match returning {
            [] => None,
            items => bind::returning(items, &target, None, &self.with_shadow(&target))?,
        };
        let (rows, verdict, elapsed) = self.answer(sql, &query)?;
        let count = rows.rows.len();
        let before = self.database.clone();
        self.append(&target, rows.rows.clone())?;
        // RETURNING sees the new rows, and its sub-queries the tables as they were before.
        let after = std::mem::replace(&mut self.database, before);
        let rows = self.returned(sql, returning.as_ref(), &target, &rows.rows)?;
        self.database = after;
        Ok(Reply { verdict, elapsed, rows, ..Reply::tag(format!("INSERT 0 {count}")) })
    }

    /// Adds rows to a table, all or none.
    ///
    /// # Errors
    /// 23502 for NULL in a NOT NULL column, 23505 for equal keys in a unique index.
    pub fn append(&mut self, table: &Table, rows: Vec<Row>) -> Result<(), Failure> {
        refuse_nulls(table, &rows)?;
        let mut all = self.database.rows(&table.name);
        all.extend(rows);
        self.refuse_equal_keys(table, &all)?;
        self.database.put(table.clone(), all, false);
        Ok(())
    }

    /// Refuses rows that agree in all columns of a unique index (NULLs never agree).
    fn refuse_equal_keys(&self, table: &Table, rows: &[Row]) -> Result<(), Failure> {
        for index in &table.indexes {
            if let Some(key) = equal_key(table, index, rows) {
                return Err(duplicate_key(index, &key));
            }
        }
        Ok(())
    }

    /// COPY FROM STDIN: the lines up to `\.`, without it.
    ///
    /// # Errors
    /// 22P04, 22P02 and the like, with the line in the message; nothing is added then.
    pub fn copy(
        &mut self,
        table: &Ident,
        columns: &[Ident],
        options: &CopyOptions,
        input: impl BufRead,
    ) -> Result<Reply, Failure> {
        let copied = self.copied(table, columns, options, input);
        self.settled(copied)
    }

    fn copied(
        &mut self,
        table: &Ident,
        columns: &[Ident],
        options: &CopyOptions,
        input: impl BufRead,
    ) -> Result<Reply, Failure> {
        if self.is_aborted() {
            return Err(super::transaction::aborted());
        }
        self.refuse_read_only("COPY FROM", Some(table))?;
        if let Err(failure) =
            self.refuse_view(table, |name| format!("cannot copy to view \"{name}\""))
        {
            let hint = "To enable copying to a view, provide an INSTEAD OF INSERT trigger.";
            return Err(failure.to_sql_error().hint(hint).into());
        }
        let target = self.table(table)?.clone();
        let numbers = match columns {
            [] => (0..target.columns.len()).collect(),
            some => {
                some.iter().map(|c| column_number(&target, c)).collect::<Result<Vec<_>, _>>()?
            }
        };
        if options.csv && options.null.as_deref().is_some_and(|null| !null.is_empty()) {
            return Err(Unsupported::new("NULL strings of COPY in CSV format").into());
        }
        let rows = load::rows(&target, &numbers, options, input)?;
        let count = rows.len();
        self.append(&target, rows)?;
        Ok(Reply::tag(format!("COPY {count}")))
    }

    pub(super) fn copy_file(
        &mut self,
        table: &Ident,
        columns: &[Ident],
        file: &str,
        options: &CopyOptions,
    ) -> Result<Reply, Failure> {
        self.table(table)?;
        let input = load::open(file)?;
        self.copy(table, columns, options, BufReader::new(input))
    }
}

/// The key of a row in a unique index; none if a part of it is NULL.
pub(super) fn key_of(index: &Index, row: &Row) -> Option<Key> {
    let key: Row = index.keys.iter().map(|key| row[key.0].clone()).collect();
    (!key.iter().any(Value::is_null)).then_some(Key(key))
}

/// The key of a row as an error's detail shows it: `(a, b)=(1, x)`.
pub(super) fn shown_key(table: &Table, index: &Index, row: &Row) -> String {
    let shown: Vec<String> = index.keys.iter().map(|key| text::output(&row[key.0])).collect();
    let names: Vec<_> = index.keys.iter().map(|key| table.columns[key.0].name.as_str()).collect();
    format!("({})=({})", names.join(", "), shown.join(", "))
}

/// 23505 for a key that is there already.
pub(super) fn duplicate_key(index: &Index, key: &str) -> Failure {
    let message = format!("duplicate key value violates unique constraint \"{}\"", index.name);
    let error = SqlError::new(sqlstate::UNIQUE_VIOLATION, message);
    error.detail(format!("Key {key} already exists.")).into()
}

/// Refuses NULL where a column is NOT NULL: in the first such row, the first such column.
pub(super) fn refuse_nulls(table: &Table, rows: &[Row]) -> Result<(), Failure> {
    for row in rows {
        let mut cells = table.columns.iter().zip(row);
        if let Some((column, _)) = cells.find(|(column, value)| column.not_null && value.is_null())
        {
            let message = format!(
                "null value in column \"{}\" of relation \"{}\" violates not-null constraint",
                column.name, table.name
            );
            let shown: Vec<String> = row.iter().map(shown).collect();
            let detail = format!("Failing row contains ({}).", shown.join(", "));
            let error = SqlError::new(sqlstate::NOT_NULL_VIOLATION, message);
            return Err(error.detail(detail).into());
        }
    }
    Ok(())
}

/// The first key that two rows share in a unique index, as an error's detail shows it.
pub(super) fn equal_key(table: &Table, index: &Index, rows: &[Row]) -> Option<String> {
    if !index.unique {
        return None;
    }
    let mut seen = BTreeSet::new();
    let repeated =
        rows.iter().find(|row| key_of(index, row).is_some_and(|key| !seen.insert(key)))?;
    Some(shown_key(table, index, repeated))
}

/// A value as a detail shows it: at most so many bytes, as PostgreSQL does.
fn shown(value: &Value) -> String {
    const SHOWN_BYTES: usize = 64;
    if value.is_null() {
        return "null".to_owned();
    }
    let text = text::output(value);
    if text.len() <= SHOWN_BYTES {
        return text;
    }
    let end = (0..=SHOWN_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}...", &text[..end])
}
