//! Rows that a node keeps: batches collected into one.

use spec::plan::PlanColumn;

use super::{Executing, Pull, Pulled, pull_or_return};
use crate::batch::{BATCH_ROWS, Batch};
use crate::column::Column;
use crate::runtime::Participant;

/// Reads an input to its end and keeps its rows.
pub(crate) struct Collector<'p> {
    input: Executing<'p>,
    columns: &'p [PlanColumn],
    batches: Vec<Batch>,
}

impl<'p> Collector<'p> {
    pub fn new(input: Executing<'p>, columns: &'p [PlanColumn]) -> Collector<'p> {
        Collector { input, columns, batches: Vec::new() }
    }

    /// Reads on; `Done` when everything is there, and then [`Collector::take`] has it.
    pub fn fill(&mut self, me: &mut Participant<'p>) -> Pull {
        while let Some(batch) = pull_or_return!(self.input, me) {
            if !batch.is_empty() {
                self.batches.push(batch.compact());
            }
        }
        Ok(Pulled::Done)
    }

    /// The rows, as one batch without a selection.
    pub fn take(&mut self) -> Batch {
        Batch::concat(std::mem::take(&mut self.batches)).unwrap_or_else(|| no_rows(self.columns))
    }
}

/// No row of these columns.
pub(crate) fn no_rows(columns: &[PlanColumn]) -> Batch {
    nulls(columns, 0)
}

/// Rows of NULLs.
pub(crate) fn nulls(columns: &[PlanColumn], rows: usize) -> Batch {
    let null = |column: &PlanColumn| Column::constant(spec::Value::Null, column.ty, rows);
    Batch::new(columns.iter().map(null).collect(), rows)
}

/// One row without columns: what parameter-free expressions are evaluated over.
pub(crate) fn unit() -> Batch {
    Batch::new(Vec::new(), 1)
}

/// Hands out a large batch in batches of the usual size, without copying.
#[derive(Default)]
pub(crate) struct Slices {
    batch: Batch,
    next: usize,
}

impl Slices {
    /// The rows of this batch, which has no selection.
    pub fn new(batch: Batch) -> Slices {
        Slices { batch, next: 0 }
    }

    /// The next rows.
    pub fn next(&mut self) -> Option<Batch> {
        let rows = (self.batch.rows - self.next).min(BATCH_ROWS);
        if rows == 0 {
            return None;
        }
        let slice = self.batch.slice(self.next, rows);
        self.next += rows;
        Some(slice)
    }
}
