//! `Index Scan` and `Index Only Scan`: the rows of a table in the order of an index, forward and backward.
//!
//! Parallel-aware, a participant seizes the scan for the next leaf page, lets it go, and reads its page to the end before it
//! asks again. [scan.index.claim] Both kinds read the same columns: a table in memory has no pages that a visibility map spares.

use std::ops::Range;
use std::sync::Arc;

use spec::catalogue::Index;
use spec::expr::Expr;
use spec::plan::{Node, Plan, PlanColumn};
use spec::{Failure, SqlError};

use super::seq_scan::stored;
use super::{Executor, Needed, Pull, Pulled, Site, index_tests};
use crate::batch::{BATCH_ROWS, Batch};
use crate::column::Column;
use crate::kernel::Predicate;
use crate::protocol::{PageClaim, Seized, Wait};
use crate::runtime::Participant;
use crate::table::{Btree, ColumnarTable};
use spec::value::Value;

/// Rows of the first batch of a serial scan: whoever wants one row only does not wait for thousands.
const FIRST_BATCH: usize = 32;

/// Reads a table through an index.
pub(crate) struct IndexScan<'p> {
    table: Arc<ColumnarTable>,
    tree: Arc<Btree>,
    index: &'p Index,
    conditions: &'p [Expr],
    recheck: Recheck,
    output: Output<'p>,
    backward: bool,
    rows_per_block: Option<usize>,
    claims: Option<Arc<PageClaim>>,
    /// What is to be read, in the order of reading, once the conditions are known: leaf pages if they are claimed.
    pieces: Option<Pieces>,
    /// The piece being read.
    piece: Range<usize>,
    batch_rows: usize,
    gave_way: bool,
    /// It has seized the scan, and the page is this.
    holds: Option<u64>,
}

struct Pieces {
    ranges: Vec<Range<usize>>,
    /// Whether each row must be asked again.
    inexact: bool,
    next: usize,
}

impl<'p> IndexScan<'p> {
    pub fn new(plan: &'p Plan, site: &Site<'p>) -> Result<IndexScan<'p>, Failure> {
        let Node::IndexScan { table, index, columns, conditions, backward, parallel, .. } =
            &plan.node
        else {
            unreachable!("called for index scans only")
        };
        let execution = site.execution;
        let columnar = stored(&table.name, execution)?.clone();
        let claims = site.shared.as_ref().and_then(|shared| shared.pages(plan));
        Ok(IndexScan {
            tree: tree(&columnar, table, index),
            recheck: Recheck::compile(table, conditions)?,
            output: Output { columns, declared: &plan.columns, needed: site.needed.clone() },
            table: columnar,
            index,
            conditions,
            backward: *backward,
            rows_per_block: execution.schedule.rows_per_block.map(|rows| rows as usize),
            claims: claims.filter(|_| *parallel).cloned(),
            pieces: None,
            piece: 0..0,
            batch_rows: FIRST_BATCH,
            gave_way: false,
            holds: None,
        })
    }

    /// Finds the positions whose keys the conditions allow.
    fn descend(&mut self, me: &Participant<'p>) {
        let (mut ranges, exact) = match index_tests::of(self.index, self.conditions, &me.context) {
            Some(tests) => {
                let (ranges, exact) = self.tree.ranges(self.table.columns(), &tests.keys);
                (ranges, exact && tests.all)
            }
            None => (vec![], true),
        };
        if self.claims.is_some() {
            ranges = self.tree.by_leaf(&ranges, self.rows_per_block);
        }
        if self.backward {
            ranges.reverse();
        }
        self.pieces = Some(Pieces { ranges, inexact: !exact, next: 0 });
    }

    /// The next piece; `None` when nothing is left, or what to wait for.
    fn claim(&mut self, me: &mut Participant<'p>) -> Result<Option<Range<usize>>, Wait> {
        let pieces = self.pieces.as_mut().expect("the conditions are known");
        let Some(claims) = &self.claims else {
            pieces.next += 1;
            return Ok(pieces.ranges.get(pieces.next - 1).cloned());
        };
        let page = match self.holds.take() {
            Some(page) => page,
            None => match claims.seize() {
                Seized::Page(page) if me.gives_way() => {
                    // Others find it advancing, and wait.
                    self.holds = Some(page);
                    return Err(Wait::Turn);
                }
                Seized::Page(page) => page,
                Seized::Blocked(wait) => return Err(wait),
                Seized::Done => return Ok(None),
            },
        };
        let Some(piece) = pieces.ranges.get(page as usize) else {
            claims.finish();
            return Ok(None);
        };
        claims.release();
        me.tally.scanned(me.number, piece.len());
        Ok(Some(piece.clone()))
    }

    /// The next rows of the piece at hand.
    fn read(&mut self, me: &Participant<'p>) -> Result<Batch, SqlError> {
        let count = self.piece.len().min(self.batch_rows);
        let part = if self.backward {
            self.piece.end - count..self.piece.end
        } else {
            self.piece.start..self.piece.start + count
        };
        match self.backward {
            true => self.piece.end = part.start,
            false => self.piece.start = part.end,
        }
        self.batch_rows = (2 * self.batch_rows).min(BATCH_ROWS);
        let mut rows = self.tree.rows(part).to_vec();
        if self.backward {
            rows.reverse();
        }
        if self.pieces.as_ref().is_some_and(|pieces| pieces.inexact) {
            rows = self.recheck.passing(&self.table, rows, me)?;
        }
        Ok(self.output.batch(&self.table, &rows))
    }
}

impl<'p> Executor<'p> for IndexScan<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        if self.pieces.is_none() {
            self.descend(me);
        }
        while self.piece.is_empty() {
            if self.claims.is_some() && self.holds.is_none() && !self.gave_way && me.gives_way() {
                self.gave_way = true;
                return Ok(Pulled::Blocked(Wait::Turn));
            }
            self.gave_way = false;
            match self.claim(me) {
                Ok(Some(piece)) => self.piece = piece,
                Ok(None) => return Ok(Pulled::Done),
                Err(wait) => return Ok(Pulled::Blocked(wait)),
            }
        }
        Ok(Pulled::Batch(self.read(me)?))
    }
}

/// A participant that stops while it holds the scan lets the others go on from its page.
impl Drop for IndexScan<'_> {
    fn drop(&mut self) {
        if let (Some(claims), Some(_)) = (&self.claims, self.holds) {
            claims.give_back();
        }
    }
}

/// The index of a table; made now if the table came without it.
pub(super) fn tree(
    columnar: &ColumnarTable,
    table: &spec::catalogue::Table,
    index: &Index,
) -> Arc<Btree> {
    columnar.index(&index.name).cloned().unwrap_or_else(|| {
        Arc::new(Btree::build(table, index, columnar.columns(), columnar.rows()))
    })
}

/// The columns that a scan returns of the rows that it has found.
pub(super) struct Output<'p> {
    pub columns: &'p [usize],
    pub declared: &'p [PlanColumn],
    pub needed: Needed,
}

impl Output<'_> {
    /// These rows; what nobody reads is NULL.
    pub fn batch(&self, table: &ColumnarTable, rows: &[u32]) -> Batch {
        let each = |(place, column): (usize, &usize)| match self.needed.wants(place) {
            true => table.columns()[*column].take(rows),
            false => Column::constant(Value::Null, self.declared[place].ty, rows.len()),
        };
        Batch::new(self.columns.iter().enumerate().map(each).collect(), rows.len())
    }
}

/// Index conditions asked of rows, where the index did not answer them all.
pub(super) struct Recheck {
    /// The table's columns that they read.
    columns: Vec<usize>,
    predicate: Predicate,
}

impl Recheck {
    pub fn compile(
        table: &spec::catalogue::Table,
        conditions: &[Expr],
    ) -> Result<Recheck, Failure> {
        let mut columns = vec![];
        conditions.iter().for_each(|condition| condition.visit_columns(&mut |c| columns.push(c)));
        columns.sort_unstable();
        columns.dedup();
        let place = |column: usize| columns.iter().position(|c| *c == column).unwrap_or(0);
        let local: Vec<Expr> = conditions.iter().map(|expr| expr.map_columns(&place)).collect();
        let declared = columns.iter().map(|column| {
            let column = &table.columns[*column];
            PlanColumn::value(&*column.name, column.ty)
        });
        let declared: Vec<PlanColumn> = declared.collect();
        Ok(Recheck { predicate: Predicate::compile(&local, &declared)?, columns })
    }

    /// Those of the rows for which the conditions are true.
    pub fn passing(
        &self,
        table: &ColumnarTable,
        rows: Vec<u32>,
        me: &Participant<'_>,
    ) -> Result<Vec<u32>, SqlError> {
        let columns = table.take(&rows, self.columns.iter().copied());
        let batch = Batch::new(columns, rows.len());
        let selection = self.predicate.select(&batch, &me.context)?;
        let batch = batch.select(Some(selection));
        Ok(batch.row_numbers().into_iter().map(|at| rows[at as usize]).collect())
    }
}
