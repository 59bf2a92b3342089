//! New rows: INSERT and COPY, with NOT NULL and unique keys. The query of an INSERT may run in parallel, which it does
//! not in PostgreSQL. [departure.insert-select]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};

use spec::catalogue::{Index, Table};
use spec::error::{Failure, SqlError, Unsupported, sqlstate};
use spec::sql::ast::{self, CopyOptions, Ident};
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
    ) -> Result<Reply, Failure> {
        let target = self.table(table)?.clone();
        let query = bind::insert_rows(query, &target, columns, &self.database.catalogue)?;
        let (rows, verdict, elapsed) = self.answer(sql, &query)?;
        let count = rows.rows.len();
        self.append(&target, rows.rows)?;
        Ok(Reply { verdict, elapsed, ..Reply::tag(format!("INSERT 0 {count}")) })
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
                let message =
                    format!("duplicate key value violates unique constraint \"{}\"", index.name);
                let error = SqlError::new(sqlstate::UNIQUE_VIOLATION, message);
                return Err(error.detail(format!("Key {key} already exists.")).into());
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

/// Refuses NULL where a column is NOT NULL.
pub(super) fn refuse_nulls(table: &Table, rows: &[Row]) -> Result<(), Failure> {
    for (number, column) in table.columns.iter().enumerate().filter(|(_, c)| c.not_null) {
        if rows.iter().any(|row| row[number].is_null()) {
            let message = format!(
                "null value in column \"{}\" of relation \"{}\" violates not-null constraint",
                column.name, table.name
            );
            return Err(SqlError::new(sqlstate::NOT_NULL_VIOLATION, message).into());
        }
    }
    Ok(())
}

/// The first key that two rows share in a unique index, as an error's detail shows it: `(a, b)=(1, x)`.
pub(super) fn equal_key(table: &Table, index: &Index, rows: &[Row]) -> Option<String> {
    if !index.unique {
        return None;
    }
    let mut seen = BTreeSet::new();
    let keys = rows.iter().map(|row| {
        let values = index.keys.iter().map(|key| row[key.0].clone());
        values.collect::<Row>()
    });
    let repeated = keys
        .filter(|key| !key.iter().any(Value::is_null))
        .find(|key| !seen.insert(Key(key.clone())))?;
    let names = index.keys.iter().map(|key| table.columns[key.0].name.as_str());
    let shown: Vec<String> = repeated.iter().map(text::output).collect();
    Some(format!("({})=({})", names.collect::<Vec<_>>().join(", "), shown.join(", ")))
}
