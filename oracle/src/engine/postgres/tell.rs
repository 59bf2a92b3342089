//! Any statement, answered in the server's own text: what scripts compare, without our readers and printers in between.

use std::io::Write;

use postgres::SimpleQueryMessage;

use spec::error::SqlError;
use spec::value::Type;

use super::{Mode, Server, sql_error, world};
use crate::engine::Unable;

/// An answer in the server's own text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The types of the columns; `None` for a type that we do not know.
    pub types: Vec<Option<Type>>,
    /// The rows as the server prints them; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
}

impl Server {
    /// Drops all tables of our schema.
    ///
    /// # Errors
    /// What the server says.
    pub fn clear(&mut self) -> Result<(), Unable> {
        let own = crate::case::quote(&self.schema);
        self.held.clear();
        self.batch(&format!("ROLLBACK; DROP SCHEMA {own} CASCADE; CREATE SCHEMA {own}"))
    }

    /// Executes one statement of any kind in a mode. An error of the statement's own is an answer.
    ///
    /// # Errors
    /// Only if the server cannot be asked.
    pub fn tell(&mut self, sql: &str, mode: Mode) -> Result<Result<Told, SqlError>, Unable> {
        // In an aborted transaction the server hears of no setting; whatever the mode, ROLLBACK means the same.
        if let Err(error) = self.client.batch_execute(super::mode_settings(mode))
            && error.code() != Some(&postgres::error::SqlState::IN_FAILED_SQL_TRANSACTION)
        {
            return Err(super::world(&error));
        }
        self.take_reported();
        // The statement may change settings itself.
        self.mode = None;
        let types = match self.client.prepare(sql) {
            Ok(statement) => {
                let ty = |column: &postgres::Column| Type::from_oid(column.type_().oid());
                statement.columns().iter().map(ty).collect()
            }
            Err(error) => return sql_error(&error).map(Err),
        };
        let messages = match self.client.simple_query(sql) {
            Ok(messages) => messages,
            Err(error) => return sql_error(&error).map(Err),
        };
        self.take_reported();
        let row = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|field| row.get(field).map(str::to_owned)).collect())
            }
            _ => None,
        };
        Ok(Ok(Told { types, rows: messages.iter().filter_map(row).collect() }))
    }

    /// Executes a COPY … FROM STDIN with these lines.
    ///
    /// # Errors
    /// Only if the server cannot be asked.
    pub fn copy_lines(
        &mut self,
        statement: &str,
        lines: &str,
    ) -> Result<Result<(), SqlError>, Unable> {
        let mut writer = match self.client.copy_in(statement) {
            Ok(writer) => writer,
            Err(error) => return sql_error(&error).map(Err),
        };
        writer.write_all(lines.as_bytes()).map_err(|error| Unable::World(error.to_string()))?;
        match writer.finish() {
            Ok(_) => Ok(Ok(())),
            Err(error) if error.as_db_error().is_some() => sql_error(&error).map(Err),
            Err(error) => Err(world(&error)),
        }
    }
}
