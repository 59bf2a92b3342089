//! `Unique`: drops rows that are not distinct from the one before; the input is sorted.

use spec::Failure;
use spec::plan::Plan;

use super::order::RowOrder;
use super::{Executing, Executor, Needed, Pull, Pulled, Site, build, pull_or_return};
use crate::batch::{Batch, Selection};
use crate::runtime::Participant;

/// Compares each row with the one before.
pub(crate) struct Unique<'p> {
    input: Executing<'p>,
    /// The last row of the batch before, as a batch of one row.
    last: Option<Batch>,
}

impl<'p> Unique<'p> {
    pub fn new(input: &'p Plan, site: &Site<'p>) -> Result<Unique<'p>, Failure> {
        Ok(Unique { input: build(input, &site.below(Needed::all()))?, last: None })
    }
}

impl<'p> Executor<'p> for Unique<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        while let Some(batch) = pull_or_return!(self.input, me) {
            if batch.is_empty() {
                continue;
            }
            // The row before the batch stands first, so that there is always a row to compare with.
            let before = usize::from(self.last.is_some());
            let batches = self.last.take().into_iter().chain([batch]).collect();
            let rows = Batch::concat(batches).expect("there is a batch");
            let order = RowOrder::ascending(&rows.columns);
            let differs = |&row: &usize| row == 0 || order.compare(row - 1, row).is_ne();
            let kept: Vec<u32> =
                (before..rows.rows).filter(differs).map(|row| row as u32).collect();
            self.last = Some(rows.slice(rows.rows - 1, 1));
            if !kept.is_empty() {
                return Ok(Pulled::Batch(rows.select(Some(Selection::new(kept)))));
            }
        }
        Ok(Pulled::Done)
    }
}
