//! Tables as columns, cut into blocks by a page model.
//!
//! A table is one [`Column`] per attribute over all rows. Its *blocks* are row ranges: those that PostgreSQL's heap would
//! put on one 8 kB page (`page`). Page counts, worker counts and costs thereby mean what they mean in PostgreSQL, and a
//! claim of blocks is a zero-copy slice.

mod btree;
mod page;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use spec::catalogue;
use spec::value::{Type, Value};

use crate::batch::Batch;
use crate::column::{Column, ColumnBuilder};

pub use btree::{Btree, KeyTest};

/// Every table by name: immutable versions.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    tables: BTreeMap<String, Arc<ColumnarTable>>,
}

impl Tables {
    /// Adds a table or a new version of it.
    pub fn put(&mut self, name: &str, table: ColumnarTable) {
        self.tables.insert(name.to_owned(), Arc::new(table));
    }

    /// The table of this name, if any.
    pub fn table(&self, name: &str) -> Option<&Arc<ColumnarTable>> {
        self.tables.get(name)
    }

    /// Removes a table; `None` if there is none.
    pub fn remove(&mut self, name: &str) -> Option<Arc<ColumnarTable>> {
        self.tables.remove(name)
    }
}

/// A table as columns, cut into blocks by the page model.
#[derive(Debug)]
pub struct ColumnarTable {
    columns: Vec<Column>,
    rows: usize,
    /// The first row of each block, and the row count at the end.
    starts: Vec<usize>,
    /// Its indexes by name.
    indexes: Vec<(String, Arc<Btree>)>,
}

impl ColumnarTable {
    /// The table of these whole columns: the fast way in. [scan.page.model]
    ///
    /// # Panics
    /// If the columns are not of `rows` rows each, or not as many as the table has.
    pub fn from_columns(
        table: &catalogue::Table,
        columns: Vec<Column>,
        rows: usize,
    ) -> ColumnarTable {
        assert_eq!(columns.len(), table.columns.len(), "one column per attribute");
        assert!(columns.iter().all(|column| column.len() == rows), "columns are equally long");
        let types: Vec<_> = table.columns.iter().map(|column| column.ty).collect();
        let starts = page::block_starts(&types, &columns, rows);
        let build = |index: &catalogue::Index| {
            (index.name.clone(), Arc::new(Btree::build(table, index, &columns, rows)))
        };
        let indexes = table.indexes.iter().map(build).collect();
        ColumnarTable { columns, rows, starts, indexes }
    }

    /// The same rows with the indexes that the table has now; those that are there already stay.
    pub fn with_indexes_of(&self, table: &catalogue::Table) -> ColumnarTable {
        let each = |index: &catalogue::Index| {
            let known = self.index(&index.name).cloned();
            let build = || Arc::new(Btree::build(table, index, &self.columns, self.rows));
            (index.name.clone(), known.unwrap_or_else(build))
        };
        let indexes = table.indexes.iter().map(each).collect();
        let (columns, starts) = (self.columns.clone(), self.starts.clone());
        ColumnarTable { columns, rows: self.rows, starts, indexes }
    }

    /// The index of this name, if the table was made with it.
    pub fn index(&self, name: &str) -> Option<&Arc<Btree>> {
        self.indexes.iter().find(|(known, _)| known == name).map(|(_, index)| index)
    }

    /// The rows with these numbers, of these columns.
    pub fn take(&self, rows: &[u32], columns: impl IntoIterator<Item = usize>) -> Vec<Column> {
        columns.into_iter().map(|column| self.columns[column].take(rows)).collect()
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many blocks.
    pub fn blocks(&self) -> u32 {
        (self.starts.len() - 1) as u32
    }

    /// The rows of block `block`.
    pub fn rows_of_block(&self, block: u32) -> Range<usize> {
        self.starts[block as usize]..self.starts[block as usize + 1]
    }

    /// The block of a row.
    pub fn block_of(&self, row: usize) -> u32 {
        (self.starts.partition_point(|start| *start <= row) - 1) as u32
    }

    /// The rows of consecutive blocks.
    pub fn rows_of_blocks(&self, blocks: Range<u32>) -> Range<usize> {
        self.starts[blocks.start as usize]..self.starts[blocks.end as usize]
    }

    /// The columns, whole.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// These rows of these columns, sharing the table's buffers. A scan hands out at most
    /// [`BATCH_ROWS`](crate::batch::BATCH_ROWS) at a time.
    pub fn scan(&self, rows: Range<usize>, columns: &[usize]) -> Batch {
        let slice = |&i: &usize| self.columns[i].slice(rows.start, rows.len());
        Batch::new(columns.iter().map(slice).collect(), rows.len())
    }

    /// Bytes that the rows take, block boundaries included.
    pub fn bytes(&self) -> usize {
        self.columns.iter().map(Column::bytes).sum::<usize>() + 8 * self.starts.len()
    }
}

/// Builds a table row by row.
#[derive(Debug)]
pub struct TableBuilder<'a> {
    table: &'a catalogue::Table,
    builders: Vec<ColumnBuilder>,
    rows: usize,
}

impl<'a> TableBuilder<'a> {
    /// An empty table of this shape.
    pub fn new(table: &'a catalogue::Table) -> TableBuilder<'a> {
        let builders = table.columns.iter().map(|column| ColumnBuilder::new(column.ty, 0));
        TableBuilder { table, builders: builders.collect(), rows: 0 }
    }

    /// Adds a row, already of the table's types.
    ///
    /// # Panics
    /// If it has another number of fields, or a field of another type.
    pub fn push_row(&mut self, row: &[Value]) {
        assert_eq!(row.len(), self.builders.len(), "a row has a field per column");
        self.builders.iter_mut().zip(row).for_each(|(builder, value)| builder.push(value));
        self.rows += 1;
    }

    /// The table.
    pub fn finish(self) -> ColumnarTable {
        let columns = self.builders.into_iter().map(ColumnBuilder::finish).collect();
        ColumnarTable::from_columns(self.table, columns, self.rows)
    }
}

/// The mean width of a column's values in bytes, without NULLs (`pg_stats.avg_width`).
pub(crate) fn width_of(column: &Column, ty: Type) -> f64 {
    if let Some((width, _)) = page::fixed_width(ty) {
        return width as f64;
    }
    let length_word = |payload: usize| if payload <= 126 { 1 } else { 4 };
    let rows = (0..column.len()).filter(|&row| !column.is_null(row));
    let (count, bytes) = rows.fold((0usize, 0usize), |(count, bytes), row| {
        let payload = page::payload(column, row);
        (count + 1, bytes + payload + length_word(payload))
    });
    bytes as f64 / count.max(1) as f64
}
