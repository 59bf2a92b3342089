//! CASE, COALESCE, NULLIF: each row takes its value from one of several columns.

use std::ops::Not;

use arrow_buffer::{BooleanBuffer, NullBuffer};
use spec::error::SqlError;
use spec::value::{Type, Value};

use super::logic::{Truth, valid};
use super::{Context, Kernel, narrowed};
use crate::batch::Batch;
use crate::column::Column;

/// CASE.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) branches: Vec<(Box<dyn Kernel>, Box<dyn Kernel>)>,
    pub(super) otherwise: Box<dyn Kernel>,
    pub(super) ty: Type,
}

impl Kernel for Case {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        let mut choices = Choices::new(batch, self.ty);
        for (condition, result) in &self.branches {
            if choices.open.has_true() {
                let truth = condition.evaluate(&choices.rest(batch), context)?;
                let taken = &Truth::of(&truth).holds & &choices.open;
                choices.take(taken, &**result, batch, context)?;
            }
        }
        let rest = choices.open.clone();
        choices.take(rest, &*self.otherwise, batch, context)?;
        Ok(choices.finish())
    }

    fn needs_selection(&self) -> bool {
        true
    }
}

/// COALESCE.
#[derive(Debug)]
pub(super) struct Coalesce {
    pub(super) args: Vec<Box<dyn Kernel>>,
    pub(super) ty: Type,
}

impl Kernel for Coalesce {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        let mut choices = Choices::new(batch, self.ty);
        for arg in &self.args {
            if choices.open.has_true() {
                let column = arg.evaluate(&choices.rest(batch), context)?;
                let taken = &valid(&column) & &choices.open;
                choices.put(taken, column);
            }
        }
        Ok(choices.finish())
    }

    fn needs_selection(&self) -> bool {
        true
    }
}

/// Columns and which of them each row takes.
struct Choices {
    ty: Type,
    columns: Vec<Column>,
    /// The number of the column, by row; rows that take none are NULL.
    which: Vec<u32>,
    /// Selected rows that have taken none yet.
    open: BooleanBuffer,
}

impl Choices {
    fn new(batch: &Batch, ty: Type) -> Choices {
        let open = match &batch.selection {
            None => BooleanBuffer::new_set(batch.rows),
            Some(selection) => {
                let mut bits = vec![false; batch.rows];
                selection.iter().for_each(|&row| bits[row as usize] = true);
                BooleanBuffer::from(bits)
            }
        };
        Choices { ty, columns: vec![], which: vec![u32::MAX; batch.rows], open }
    }

    /// The batch with the open rows selected.
    fn rest(&self, batch: &Batch) -> Batch {
        narrowed(batch, &self.open)
    }

    /// These open rows take the value of an expression, which is evaluated for no others.
    fn take(
        &mut self,
        taken: BooleanBuffer,
        result: &dyn Kernel,
        batch: &Batch,
        context: &Context,
    ) -> Result<(), SqlError> {
        if taken.has_true() {
            let column = result.evaluate(&narrowed(batch, &taken), context)?;
            self.put(taken, column);
        }
        Ok(())
    }

    fn put(&mut self, taken: BooleanBuffer, column: Column) {
        let number = self.columns.len() as u32;
        taken.set_indices().for_each(|row| self.which[row] = number);
        self.open = &self.open & &taken.not();
        self.columns.push(column);
    }

    /// Each row's value.
    fn finish(mut self) -> Column {
        let rows = self.which.len();
        // One entry per constant is enough: rows of it all take entry 0.
        let mut bases = Vec::with_capacity(self.columns.len());
        let mut total = 0;
        for column in &mut self.columns {
            let constant = matches!(column, Column::Constant { .. });
            if constant {
                *column = Column::constant(column.value_or_null(), self.ty, 1).materialise();
            }
            bases.push((total as u32, !constant));
            total += column.len();
        }
        let index = |(row, &which): (usize, &u32)| match bases.get(which as usize) {
            Some((base, true)) => base + row as u32,
            Some((base, false)) => *base,
            None => u32::MAX,
        };
        let rows_taken: Vec<u32> = self.which.iter().enumerate().map(index).collect();
        if self.columns.is_empty() {
            return Column::constant(Value::Null, self.ty, rows);
        }
        let all = Column::concat(&self.columns.iter().collect::<Vec<_>>());
        all.take_or_null(&rows_taken)
    }
}

impl Column {
    /// The value of a constant, whatever its length.
    fn value_or_null(&self) -> Value {
        match self {
            Column::Constant { value, .. } => value.clone(),
            _ => Value::Null,
        }
    }
}

/// NULLIF.
#[derive(Debug)]
pub(super) struct NullIf {
    pub(super) equal: Box<dyn Kernel>,
    pub(super) left: Box<dyn Kernel>,
}

impl Kernel for NullIf {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        let equal = Truth::of(&self.equal.evaluate(batch, context)?).holds;
        let left = self.left.evaluate(batch, context)?;
        Ok(match equal.has_true() {
            true => left.masked(&NullBuffer::new(equal.not())),
            false => left,
        })
    }

    fn needs_selection(&self) -> bool {
        self.equal.needs_selection()
    }
}
