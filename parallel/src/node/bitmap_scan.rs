//! `Bitmap Heap Scan` with the bitmaps below it: the rows at the places that indexes name, in the order of the table.
//!
//! A bitmap has one bit per row, so that it is never lossy and nothing is asked again; memory is not counted.
//! [departure.bitmap-lossy] Parallel-aware, one participant builds it and all claim its pages. [scan.bitmap.claim]

use std::ops::Range;
use std::sync::Arc;

use spec::plan::{Node, Plan};
use spec::{Failure, SqlError};

use super::index_scan::{Output, Recheck, tree};
use super::seq_scan::stored;
use super::{Executor, Pull, Pulled, Site, index_tests};
use crate::batch::BATCH_ROWS;
use crate::protocol::{Attached, BitmapClaim, Wait};
use crate::runtime::{Execution, Participant};
use crate::table::{Btree, ColumnarTable};

/// The rows that are wanted, page by page.
#[derive(Debug)]
pub(crate) struct Bitmap {
    /// The pages with a row, as ranges of `rows`.
    pages: Vec<Range<usize>>,
    /// Row numbers, ascending.
    rows: Vec<u32>,
}

/// Reads a table at the places of a bitmap.
pub(crate) struct BitmapHeapScan<'p> {
    table: Arc<ColumnarTable>,
    source: Source<'p>,
    output: Output<'p>,
    shared: Option<Arc<BitmapClaim<Bitmap>>>,
    bitmap: Option<Arc<Bitmap>>,
    /// The next page, if nobody shares them.
    next: usize,
    rows_per_block: Option<usize>,
    gave_way: bool,
}

/// A bitmap to be built.
enum Source<'p> {
    Index(Box<IndexSource<'p>>),
    And(Vec<Source<'p>>),
    Or(Vec<Source<'p>>),
}

struct IndexSource<'p> {
    plan: &'p Plan,
    tree: Arc<Btree>,
    recheck: Recheck,
}

impl<'p> BitmapHeapScan<'p> {
    pub fn new(plan: &'p Plan, site: &Site<'p>) -> Result<BitmapHeapScan<'p>, Failure> {
        let Node::BitmapHeapScan { table, columns, bitmap, parallel, .. } = &plan.node else {
            unreachable!("called for bitmap heap scans only")
        };
        let execution = site.execution;
        let shared = site.shared.as_ref().and_then(|shared| shared.bitmap(plan));
        Ok(BitmapHeapScan {
            table: stored(&table.name, execution)?.clone(),
            source: Source::of(bitmap, execution)?,
            output: Output { columns, declared: &plan.columns, needed: site.needed.clone() },
            shared: shared.filter(|_| *parallel).cloned(),
            bitmap: None,
            next: 0,
            rows_per_block: execution.schedule.rows_per_block.map(|rows| rows as usize),
            gave_way: false,
        })
    }

    /// The bitmap, built here or by somebody else; what to wait for until it is there, or nothing if it never will be.
    fn prepare(&mut self, me: &mut Participant<'p>) -> Result<Option<Pulled>, SqlError> {
        let Some(shared) = self.shared.clone() else {
            self.bitmap = Some(Arc::new(self.build(me)?));
            return Ok(None);
        };
        match shared.attach() {
            Attached::Builder => match self.build(me) {
                Ok(bitmap) => self.bitmap = Some(shared.finish(bitmap)),
                Err(error) => {
                    shared.give_up();
                    return Err(error);
                }
            },
            Attached::Blocked(wait) => return Ok(Some(Pulled::Blocked(wait))),
            Attached::Ready(bitmap) => self.bitmap = Some(bitmap),
            Attached::Broken => return Ok(Some(Pulled::Done)),
        }
        Ok(None)
    }

    fn build(&self, me: &Participant<'p>) -> Result<Bitmap, SqlError> {
        let bits = self.source.bits(&self.table, me)?;
        let mut rows = vec![];
        for (word, bits) in bits.iter().enumerate() {
            let mut bits = *bits;
            while bits != 0 {
                rows.push(word as u32 * 64 + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
        let mut pages = vec![];
        let mut start = 0;
        while start < rows.len() {
            let end_row = self.end_of_page(rows[start] as usize);
            let count = rows[start..].partition_point(|row| (*row as usize) < end_row);
            pages.push(start..start + count);
            start += count;
        }
        Ok(Bitmap { pages, rows })
    }

    /// The first row after the page of this row.
    fn end_of_page(&self, row: usize) -> usize {
        match self.rows_per_block {
            Some(rows) => (row / rows + 1) * rows,
            None => self.table.rows_of_block(self.table.block_of(row)).end,
        }
    }

    /// Rows of the next pages: one page if others want some too, else as many as fill a batch.
    fn claim(&mut self, me: &mut Participant<'p>, bitmap: &Bitmap) -> Range<usize> {
        let most = bitmap.pages.len();
        let Some(shared) = &self.shared else {
            let first = self.next;
            let start = bitmap.pages.get(first).map_or(0, |page| page.start);
            while self.next < most && bitmap.pages[self.next].end - start <= BATCH_ROWS {
                self.next += 1;
            }
            // A page with more rows than a batch comes alone.
            self.next = self.next.max(first + 1).min(most);
            return if first < most { start..bitmap.pages[self.next - 1].end } else { 0..0 };
        };
        let page = shared.claim().map_or(most, |page| page as usize);
        let rows = bitmap.pages.get(page).cloned().unwrap_or(0..0);
        me.tally.scanned(me.number, rows.len());
        rows
    }
}

impl<'p> Executor<'p> for BitmapHeapScan<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        if self.shared.is_some() && !self.gave_way && me.gives_way() {
            self.gave_way = true;
            return Ok(Pulled::Blocked(Wait::Turn));
        }
        self.gave_way = false;
        if self.bitmap.is_none()
            && let Some(pulled) = self.prepare(me)?
        {
            return Ok(pulled);
        }
        let bitmap = self.bitmap.clone().expect("it was prepared");
        let rows = self.claim(me, &bitmap);
        if rows.is_empty() {
            return Ok(Pulled::Done);
        }
        Ok(Pulled::Batch(self.output.batch(&self.table, &bitmap.rows[rows])))
    }
}

impl<'p> Source<'p> {
    fn of(plan: &'p Plan, execution: &Execution<'p>) -> Result<Source<'p>, Failure> {
        let several = |inputs: &'p [Plan]| {
            inputs.iter().map(|input| Source::of(input, execution)).collect::<Result<_, _>>()
        };
        Ok(match &plan.node {
            Node::BitmapIndexScan { table, index, conditions } => {
                let columnar = stored(&table.name, execution)?;
                let tree = tree(columnar, table, index);
                let recheck = Recheck::compile(table, conditions)?;
                Source::Index(Box::new(IndexSource { plan, tree, recheck }))
            }
            Node::BitmapAnd { inputs } => Source::And(several(inputs)?),
            Node::BitmapOr { inputs } => Source::Or(several(inputs)?),
            _ => unreachable!("the checker lets only bitmaps stand here"),
        })
    }

    /// One bit per row.
    fn bits(&self, table: &ColumnarTable, me: &Participant<'_>) -> Result<Vec<u64>, SqlError> {
        let joined = |inputs: &[Source<'p>], join: fn(u64, u64) -> u64| {
            let mut bits: Option<Vec<u64>> = None;
            for input in inputs {
                let other = input.bits(table, me)?;
                bits = Some(match bits {
                    None => other,
                    Some(bits) => bits.into_iter().zip(other).map(|(a, b)| join(a, b)).collect(),
                });
            }
            Ok(bits.unwrap_or_default())
        };
        match self {
            Source::And(inputs) => joined(inputs, |a, b| a & b),
            Source::Or(inputs) => joined(inputs, |a, b| a | b),
            Source::Index(source) => source.bits(table, me),
        }
    }
}

impl IndexSource<'_> {
    fn bits(&self, table: &ColumnarTable, me: &Participant<'_>) -> Result<Vec<u64>, SqlError> {
        let Node::BitmapIndexScan { index, conditions, .. } = &self.plan.node else {
            unreachable!("made of a Bitmap Index Scan")
        };
        let mut bits = vec![0u64; table.rows().div_ceil(64)];
        let Some(tests) = index_tests::of(index, conditions, &me.context) else {
            return Ok(bits);
        };
        let (ranges, exact) = self.tree.ranges(table.columns(), &tests.keys);
        let exact = exact && tests.all;
        for range in ranges {
            let rows = self.tree.rows(range);
            let kept: Vec<u32>;
            let rows = if exact {
                rows
            } else {
                kept = self.recheck.passing(table, rows.to_vec(), me)?;
                &kept
            };
            rows.iter().for_each(|row| bits[*row as usize / 64] |= 1 << (row % 64));
        }
        Ok(bits)
    }
}
