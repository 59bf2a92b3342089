//! Columns, constants and parameters.

use spec::error::SqlError;
use spec::value::{Type, Value};

use super::{Context, Kernel};
use crate::batch::Batch;
use crate::column::Column;

/// A column of the input.
#[derive(Debug)]
pub(super) struct Input(pub(super) usize);

impl Kernel for Input {
    fn evaluate(&self, batch: &Batch, _context: &Context) -> Result<Column, SqlError> {
        Ok(batch.columns[self.0].clone())
    }

    fn needs_selection(&self) -> bool {
        false
    }
}

/// A constant.
#[derive(Debug)]
pub(super) struct Constant(pub(super) Value, pub(super) Type);

impl Kernel for Constant {
    fn evaluate(&self, batch: &Batch, _context: &Context) -> Result<Column, SqlError> {
        Ok(Column::constant(self.0.clone(), self.1, batch.rows))
    }

    fn needs_selection(&self) -> bool {
        false
    }
}

/// The value of an InitPlan: a constant once the query runs.
#[derive(Debug)]
pub(super) struct Param(pub(super) usize, pub(super) Type);

impl Kernel for Param {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        Ok(Column::constant(super::rows::param(context, self.0), self.1, batch.rows))
    }

    fn needs_selection(&self) -> bool {
        false
    }
}
