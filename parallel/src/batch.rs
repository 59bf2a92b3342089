//! Batches: a few thousand rows as columns, with a selection of those that still count.
//!
//! Everything that has one entry per row (columns, group ids, masks) is aligned to *all* rows of the batch. A selection
//! says which entries mean anything; the others are unspecified. Filters therefore cost no copying, and FILTER and CASE
//! narrow the selection for a while without renumbering.

use std::ops::Deref;
use std::sync::Arc;

use spec::value::Row;

use crate::column::Column;

/// How many rows a scan puts into a batch: the columns of a query stay within the second-level cache.
pub const BATCH_ROWS: usize = 4096;

/// Row numbers within a batch, strictly ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection(Arc<Vec<u32>>);

impl Selection {
    /// These rows, strictly ascending.
    pub fn new(rows: Vec<u32>) -> Selection {
        debug_assert!(rows.is_sorted_by(|a, b| a < b), "a selection is strictly ascending");
        Selection(Arc::new(rows))
    }

    /// The vector, for use again, if nobody else holds it.
    pub fn recycle(self) -> Option<Vec<u32>> {
        Arc::into_inner(self.0)
    }
}

impl Deref for Selection {
    type Target = [u32];
    fn deref(&self) -> &[u32] {
        &self.0
    }
}

/// Which rows of a batch count: all, or those of a selection.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// The rows 0 to n-1.
    All(usize),
    /// These rows, ascending.
    Some(&'a [u32]),
}

impl Rows<'_> {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Rows::All(rows) => *rows,
            Rows::Some(rows) => rows.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls `each` with every row number, in order: two plain loops, so that each is compiled on its own.
    #[inline(always)]
    pub fn for_each(&self, mut each: impl FnMut(usize)) {
        match self {
            Rows::All(rows) => (0..*rows).for_each(each),
            Rows::Some(rows) => rows.iter().for_each(|&row| each(row as usize)),
        }
    }

    /// The same, until an error.
    #[inline(always)]
    pub fn try_for_each<E>(&self, mut each: impl FnMut(usize) -> Result<(), E>) -> Result<(), E> {
        match self {
            Rows::All(rows) => (0..*rows).try_for_each(each),
            Rows::Some(rows) => rows.iter().try_for_each(|&row| each(row as usize)),
        }
    }
}

/// Some rows as columns.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The columns, each of `rows` rows.
    pub columns: Vec<Column>,
    /// How many rows the columns have (there may be no column).
    pub rows: usize,
    /// Which rows count; `None`: all.
    pub selection: Option<Selection>,
}

impl Batch {
    /// All rows of these columns.
    pub fn new(columns: Vec<Column>, rows: usize) -> Batch {
        debug_assert!(columns.iter().all(|column| column.len() == rows));
        Batch { columns, rows, selection: None }
    }

    /// Which rows count.
    pub fn selected(&self) -> Rows<'_> {
        match &self.selection {
            Some(selection) => Rows::Some(selection),
            None => Rows::All(self.rows),
        }
    }

    /// How many rows count.
    pub fn len(&self) -> usize {
        self.selected().len()
    }

    /// Whether no row counts.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers of the rows that count.
    pub fn row_numbers(&self) -> Vec<u32> {
        match &self.selection {
            Some(selection) => selection.to_vec(),
            None => (0..self.rows as u32).collect(),
        }
    }

    /// The same columns under another selection.
    pub fn select(&self, selection: Option<Selection>) -> Batch {
        Batch { columns: self.columns.clone(), rows: self.rows, selection }
    }

    /// Only the rows that count, without a selection.
    pub fn compact(self) -> Batch {
        let Some(selection) = &self.selection else { return self };
        let columns = self.columns.iter().map(|column| column.take(selection)).collect();
        Batch { columns, rows: selection.len(), selection: None }
    }

    /// `len` rows from `offset` on, by row number; the selection must be none.
    pub fn slice(&self, offset: usize, len: usize) -> Batch {
        assert!(self.selection.is_none(), "compact before slicing");
        let columns = self.columns.iter().map(|column| column.slice(offset, len)).collect();
        Batch::new(columns, len)
    }

    /// The rows that count of all batches, one after the other, as one batch. The batches have the same columns;
    /// `None` if there is no batch.
    pub fn concat(batches: Vec<Batch>) -> Option<Batch> {
        let batches: Vec<Batch> = batches.into_iter().map(Batch::compact).collect();
        let rows = batches.iter().map(|batch| batch.rows).sum();
        let column = |i: usize| {
            let parts: Vec<&Column> = batches.iter().map(|batch| &batch.columns[i]).collect();
            Column::concat(&parts)
        };
        let columns = (0..batches.first()?.columns.len()).map(column).collect();
        Some(Batch { columns, rows, selection: None })
    }

    /// Row `i` as values; a state of several fields cannot be one.
    pub fn row(&self, i: usize) -> Row {
        self.columns.iter().map(|column| column.value(i)).collect()
    }

    /// The rows that count, as values.
    pub fn to_rows(&self) -> Vec<Row> {
        let mut rows = Vec::with_capacity(self.len());
        self.selected().for_each(|i| rows.push(self.row(i)));
        rows
    }
}
