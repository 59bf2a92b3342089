//! The rows of a stored table.

use spec::catalogue::Table;
use spec::error::{Failure, SqlError, sqlstate};

use crate::Reference;
use crate::answer::{Answer, Tuple};

impl Reference<'_> {
    /// Every row of the table, once. [rel.scan]
    pub(super) fn scan(&self, table: &Table) -> Result<Answer, Failure> {
        let rows = self.tables.rows(&table.name).ok_or_else(|| {
            let message = format!("relation \"{}\" does not exist", table.name);
            SqlError::new(sqlstate::UNDEFINED_TABLE, message)
        })?;
        Ok(Answer::bag(rows.iter().cloned().map(Tuple::exact).collect()))
    }
}
