//! `Seq Scan` and `Parallel Seq Scan`: the rows of a table, as slices of its columns.
//!
//! Parallel-aware, a participant claims ranges of blocks from the shared cursor and reads each to its end before it
//! claims again. [scan.seq.claim]

use std::ops::Range;
use std::sync::Arc;

use spec::error::sqlstate;
use spec::plan::Plan;
use spec::{Failure, SqlError};

use super::{Executor, Pull, Pulled, Site};
use crate::batch::BATCH_ROWS;
use crate::fault::Fault;
use crate::protocol::{BlockClaim, BlockCursor, Wait};
use crate::runtime::{Execution, Participant};
use crate::table::ColumnarTable;

/// Reads a table.
pub(crate) struct SeqScan<'p> {
    table: Arc<ColumnarTable>,
    columns: &'p [usize],
    /// Rows that are claimed and not yet returned.
    rows: Range<usize>,
    /// Where further rows come from, if the scan is parallel-aware.
    claims: Option<(Arc<BlockCursor>, BlockClaim)>,
    rows_per_block: Option<usize>,
    rows_per_batch: usize,
    /// It has given way to the others before its next claim.
    gave_way: bool,
    repeat_block: bool,
}

impl<'p> SeqScan<'p> {
    pub fn new(
        plan: &Plan,
        table: &str,
        columns: &'p [usize],
        parallel: bool,
        site: &Site<'p>,
    ) -> Result<SeqScan<'p>, Failure> {
        let execution = site.execution;
        let table = stored(table, execution)?.clone();
        // A scan that is not parallel-aware reads everything itself, and so does one that nobody shares.
        let parallel = parallel && !execution.plants(Fault::GatherOverReplicatedPlan);
        let cursor = site.shared.as_ref().and_then(|shared| shared.scan(plan));
        let claims = cursor.filter(|_| parallel).map(|cursor| {
            let claim = cursor.attach(site.number);
            (cursor.clone(), claim)
        });
        let rows_per_block = execution.schedule.rows_per_block.map(|rows| rows as usize);
        Ok(SeqScan {
            columns,
            rows: if claims.is_some() { 0..0 } else { 0..table.rows() },
            table,
            claims,
            rows_per_block,
            rows_per_batch: rows_per_block.map_or(BATCH_ROWS, |rows| (2 * rows).min(BATCH_ROWS)),
            gave_way: false,
            repeat_block: execution.plants(Fault::DuplicatedBlock),
        })
    }

    /// Claims the next rows; `false` when there are none.
    fn claim(&mut self, me: &mut Participant<'p>) -> bool {
        let Some((cursor, claim)) = &mut self.claims else { return false };
        let Some(mut blocks) = cursor.claim(claim) else { return false };
        if me.execution.plants(Fault::DroppedLastBlock) && cursor.blocks() > 1 {
            blocks.end = blocks.end.min(cursor.blocks() - 1);
        }
        let rows = self.rows_of(blocks);
        me.tally.scanned(me.number, rows.len());
        self.rows = rows;
        true
    }

    fn rows_of(&self, blocks: Range<u64>) -> Range<usize> {
        match self.rows_per_block {
            Some(rows) => {
                let row = |block: u64| (block as usize * rows).min(self.table.rows());
                row(blocks.start)..row(blocks.end)
            }
            None if blocks.is_empty() => 0..0,
            None => self.table.rows_of_blocks(blocks.start as u32..blocks.end as u32),
        }
    }
}

impl<'p> Executor<'p> for SeqScan<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        while self.rows.is_empty() {
            if self.claims.is_some() && !self.gave_way && me.gives_way() {
                self.gave_way = true;
                return Ok(Pulled::Blocked(Wait::Turn));
            }
            self.gave_way = false;
            if !self.claim(me) {
                return Ok(Pulled::Done);
            }
        }
        let end = self.rows.end.min(self.rows.start + self.rows_per_batch);
        let batch = self.table.scan(self.rows.start..end, self.columns);
        if !(self.claims.is_some() && std::mem::take(&mut self.repeat_block)) {
            self.rows.start = end;
        }
        Ok(Pulled::Batch(batch))
    }
}

/// How many blocks a scan of this table has: its pages, unless the schedule cuts it otherwise.
pub(crate) fn blocks(table: &str, execution: &Execution<'_>) -> u64 {
    // A missing table is reported when the scan is built.
    let Ok(table) = stored(table, execution) else { return 0 };
    match execution.schedule.rows_per_block {
        Some(rows) => table.rows().div_ceil(rows as usize) as u64,
        None => u64::from(table.blocks()),
    }
}

pub(super) fn stored<'p>(
    name: &str,
    execution: &Execution<'p>,
) -> Result<&'p Arc<ColumnarTable>, SqlError> {
    execution.tables.table(name).ok_or_else(|| {
        let message = format!("relation \"{name}\" does not exist");
        SqlError::new(sqlstate::UNDEFINED_TABLE, message)
    })
}
