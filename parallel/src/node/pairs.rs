//! What hash joins and nested loops have in common: pairs of rows that satisfy the conditions, and rows without any.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use spec::plan::PlanColumn;
use spec::query::JoinKind;
use spec::{SqlError, Value};

use crate::batch::{Batch, Selection};
use crate::column::Column;
use crate::fault::Fault;
use crate::kernel::Predicate;
use crate::node::{Needed, rows};
use crate::runtime::Participant;

/// Which rows of each side have found a partner, and what becomes of those that have not.
pub(super) struct Matches<'p> {
    pub kind: JoinKind,
    /// Conditions over outer and inner columns; none if every pair matches.
    pub conditions: Option<Predicate>,
    /// The columns of pairs that anyone reads.
    needed: Needed,
    pub outer_columns: &'p [PlanColumn],
    pub inner_columns: &'p [PlanColumn],
    /// Of the outer batch at hand.
    outer: Vec<bool>,
    /// Of all inner rows (of the piece at hand, if participants share the table); kept for Right and Full only.
    inner: Arc<Marks>,
}

/// Which rows of an inner side have found a partner, whoever found it.
///
/// Marks are only ever set, and read by one who knows that nobody sets any more: no order among them is needed.
#[derive(Debug, Default)]
pub(super) struct Marks(Vec<AtomicBool>);

impl Marks {
    /// None of this many rows has a partner yet.
    pub fn new(rows: usize) -> Marks {
        Marks((0..rows).map(|_| AtomicBool::new(false)).collect())
    }

    fn unmarked(&self) -> Vec<u32> {
        let unmarked = |row: &u32| !self.0[*row as usize].load(Ordering::Relaxed);
        (0..self.0.len() as u32).filter(unmarked).collect()
    }
}

impl<'p> Matches<'p> {
    pub fn new(
        kind: JoinKind,
        conditions: Option<Predicate>,
        outer_columns: &'p [PlanColumn],
        inner_columns: &'p [PlanColumn],
        needed: Needed,
    ) -> Matches<'p> {
        let (outer, inner) = (Vec::new(), Arc::default());
        Matches { kind, conditions, needed, outer_columns, inner_columns, outer, inner }
    }

    /// The inner side has this many rows; none has a partner yet.
    pub fn begin(&mut self, inner_rows: usize) {
        self.inner = self.marks(inner_rows);
    }

    /// Marks for so many inner rows; for none, if the kind returns no unmatched inner rows.
    pub fn marks(&self, inner_rows: usize) -> Arc<Marks> {
        match self.kind {
            JoinKind::Right | JoinKind::Full => Arc::new(Marks::new(inner_rows)),
            _ => Arc::default(),
        }
    }

    /// From now on inner rows are those of these marks.
    pub fn turn_to(&mut self, marks: &Arc<Marks>) {
        self.inner = marks.clone();
    }

    /// A new outer batch; none of its rows has a partner yet.
    pub fn begin_batch(&mut self, outer_rows: usize) {
        if self.kind != JoinKind::Inner && self.kind != JoinKind::Right {
            self.outer.clear();
            self.outer.resize(outer_rows, false);
        }
    }

    /// A semi or anti join without further conditions needs no pairs: the look-up alone decides.
    pub fn decided_by_key(&self) -> bool {
        matches!(self.kind, JoinKind::Semi | JoinKind::Anti) && self.conditions.is_none()
    }

    /// Takes candidate pairs by row number: those that satisfy the conditions, joined; `None` if the kind returns no
    /// pairs, or none is left.
    pub fn join(
        &mut self,
        outer: &Batch,
        outer_rows: &[u32],
        inner: &Batch,
        inner_rows: &[u32],
        me: &Participant<'p>,
    ) -> Result<Option<Batch>, SqlError> {
        let returned = !matches!(self.kind, JoinKind::Semi | JoinKind::Anti);
        let mut joined = None;
        if returned || self.conditions.is_some() {
            joined = Some(self.pairs(outer, outer_rows, inner, inner_rows));
        }
        if let (Some(conditions), Some(pairs)) = (&self.conditions, &mut joined) {
            let kept = conditions.select(pairs, &me.context)?;
            pairs.selection = (kept.len() < pairs.rows).then_some(kept);
        }
        if !self.outer.is_empty() || !self.inner.0.is_empty() {
            self.mark(joined.as_ref(), outer_rows, inner_rows);
        }
        Ok(joined.filter(|pairs| returned && !pairs.is_empty()))
    }

    /// Remembers the rows of pairs that satisfy the conditions: all, if there are none.
    fn mark(&mut self, joined: Option<&Batch>, outer_rows: &[u32], inner_rows: &[u32]) {
        let mut mark = |pair: usize| {
            if let Some(matched) = self.outer.get_mut(outer_rows[pair] as usize) {
                *matched = true;
            }
            if let Some(matched) = self.inner.0.get(inner_rows[pair] as usize) {
                matched.store(true, Ordering::Relaxed);
            }
        };
        match joined {
            Some(pairs) => pairs.selected().for_each(&mut mark),
            None => (0..outer_rows.len()).for_each(&mut mark),
        }
    }

    /// Remembers outer rows of the batch that have a partner, whichever.
    pub fn mark_outer(&mut self, rows: &[u32]) {
        rows.iter().for_each(|&row| self.outer[row as usize] = true);
    }

    /// The pairs as rows. Columns that nobody reads are not copied: NULL stands in their place.
    fn pairs(&self, outer: &Batch, outer_rows: &[u32], inner: &Batch, inner_rows: &[u32]) -> Batch {
        let rows = outer_rows.len();
        // Where each outer row has exactly one partner (a foreign key), its columns need no copy at all.
        let every_row = rows == outer.rows && counts_up(outer_rows);
        let mut columns = Vec::with_capacity(outer.columns.len() + inner.columns.len());
        for column in &outer.columns {
            columns.push(match self.needed.wants(columns.len()) {
                true if every_row => column.clone(),
                true => column.take(outer_rows),
                false => Column::constant(Value::Null, column.ty(), rows),
            });
        }
        for column in &inner.columns {
            columns.push(match self.needed.wants(columns.len()) {
                true => column.take(inner_rows),
                false => Column::constant(Value::Null, column.ty(), rows),
            });
        }
        Batch::new(columns, rows)
    }

    /// The outer rows of the batch that are returned for having, or not having, a partner.
    pub fn finish_batch(&mut self, outer: Batch, me: &Participant<'p>) -> Option<Batch> {
        let wanted = match self.kind {
            JoinKind::Inner | JoinKind::Right => return None,
            JoinKind::Semi => true,
            JoinKind::Left | JoinKind::Full | JoinKind::Anti => false,
        };
        if me.execution.plants(Fault::UnmatchedOuterRowsPerParticipant)
            && matches!(self.kind, JoinKind::Left | JoinKind::Full)
        {
            self.outer.fill(false);
        }
        let mut chosen = Vec::new();
        outer.selected().for_each(|row| {
            if self.outer[row] == wanted {
                chosen.push(row as u32);
            }
        });
        if chosen.is_empty() {
            return None;
        }
        let mut batch = outer;
        if matches!(self.kind, JoinKind::Left | JoinKind::Full) {
            batch.columns.extend(rows::nulls(self.inner_columns, batch.rows).columns);
        }
        batch.selection = (chosen.len() < batch.rows).then(|| Selection::new(chosen));
        Some(batch)
    }

    /// The inner rows without a partner, after the last outer row (Right and Full).
    pub fn unmatched_inner(&mut self, inner: &Batch) -> Option<Batch> {
        let unmatched = std::mem::take(&mut self.inner).unmarked();
        if unmatched.is_empty() {
            return None;
        }
        let mut columns = rows::nulls(self.outer_columns, unmatched.len()).columns;
        columns.extend(inner.columns.iter().map(|column| column.take(&unmatched)));
        Some(Batch::new(columns, unmatched.len()))
    }

    /// Returns unmatched inner rows although the kind does not: only a planted fault wants this.
    pub fn keep_inner(&mut self, inner_rows: usize) {
        self.inner = Arc::new(Marks::new(inner_rows));
    }
}

/// Whether the numbers are 0, 1, 2, …: without a branch per number, so that it costs next to nothing.
fn counts_up(rows: &[u32]) -> bool {
    rows.iter().zip(0u32..).fold(0, |differences, (row, i)| differences | (row ^ i)) == 0
}
