//! A database as all engines see it: one catalogue, the same rows as rows and as columns.
//!
//! Versions are immutable: a change makes a new table version, and whoever holds an older [`Database`] keeps it.

use parallel::analyze::statistics;
use parallel::table::{ColumnarTable, TableBuilder};
use spec::catalogue::{Catalogue, Statistics, Table};
use spec::value::{Row, Type};

/// The tables of a database, for every engine. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Database {
    /// Names, types, statistics.
    pub catalogue: Catalogue,
    /// The rows as rows; kept only if the reference engine is in use.
    pub reference: reference::Tables,
    /// The rows as columns.
    pub parallel: parallel::Tables,
    /// Whether rows are kept as rows.
    keeps_rows: bool,
}

impl Default for Database {
    fn default() -> Database {
        Database::new(true)
    }
}

impl Database {
    /// An empty database; `keeps_rows` if the reference engine will be asked.
    pub fn new(keeps_rows: bool) -> Database {
        Database {
            catalogue: Catalogue::default(),
            reference: reference::Tables::default(),
            parallel: parallel::Tables::default(),
            keeps_rows,
        }
    }

    /// Adds a table or a new version of it with these rows; the planner knows their number and size, and with `analyze`
    /// their distribution too.
    pub fn put(&mut self, table: Table, rows: Vec<Row>, analyze: bool) {
        let mut builder = TableBuilder::new(&table);
        rows.iter().for_each(|row| builder.push_row(row));
        let columns = builder.finish();
        if self.keeps_rows {
            self.reference.put(&table.name, rows);
        }
        self.put_columns(table, columns, analyze);
    }

    /// The same from columns.
    pub fn put_columns(&mut self, mut table: Table, columns: ColumnarTable, analyze: bool) {
        size_indexes(&mut table, &columns);
        if analyze {
            table.statistics = analyze_columns(&table, &columns);
        } else {
            table.statistics.rows = columns.rows() as f64;
            table.statistics.pages = columns.blocks().into();
            // New rows are on pages that nobody has vacuumed.
            table.statistics.all_visible = table.statistics.all_visible.min(table.statistics.pages);
        }
        if self.keeps_rows
            && self.reference.rows(&table.name).is_none_or(|rows| rows.len() != columns.rows())
        {
            self.reference.put(&table.name, all_rows(&columns));
        }
        self.parallel.put(&table.name, columns);
        self.catalogue.put(table);
    }

    /// The rows of a table.
    pub fn rows(&self, name: &str) -> Vec<Row> {
        match (self.reference.rows(name), self.parallel.table(name)) {
            (Some(rows), _) => rows.to_vec(),
            (None, Some(columns)) => all_rows(columns),
            (None, None) => vec![],
        }
    }

    /// A new version of a table with the same rows: its indexes are built or dropped as it says.
    pub fn alter(&mut self, mut table: Table) {
        if let Some(columns) = self.parallel.table(&table.name) {
            let columns = columns.with_indexes_of(&table);
            size_indexes(&mut table, &columns);
            self.parallel.put(&table.name, columns);
        }
        self.catalogue.put(table);
    }

    /// Notes that all rows of a table are visible to everybody (VACUUM).
    pub fn vacuum(&mut self, name: &str) {
        if let Some(table) = self.catalogue.table(name) {
            let mut table = Table::clone(table);
            table.statistics.all_visible = table.statistics.pages;
            self.catalogue.put(table);
        }
    }

    /// Computes the statistics of a table (ANALYZE).
    pub fn analyze(&mut self, name: &str) {
        let (Some(table), Some(columns)) = (self.catalogue.table(name), self.parallel.table(name))
        else {
            return;
        };
        let mut table = Table::clone(table);
        let all_visible = table.statistics.all_visible;
        table.statistics = Statistics { all_visible, ..analyze_columns(&table, columns) };
        self.catalogue.put(table);
    }

    /// Tells the planner that every table has `scale` times its rows and pages.
    pub fn scale_statistics(&mut self, scale: u32) {
        if scale == 1 {
            return;
        }
        let tables: Vec<Table> = self.catalogue.tables().map(|table| Table::clone(table)).collect();
        for mut table in tables {
            table.statistics.rows *= f64::from(scale);
            table.statistics.pages *= u64::from(scale);
            table.statistics.all_visible *= u64::from(scale);
            table.indexes.iter_mut().for_each(|index| index.size.pages *= u64::from(scale));
            // The same few values in many more rows: groups stay few, and partial aggregation pays.
            for column in &mut table.statistics.columns {
                if column.distinct < 0.0 {
                    column.distinct *= -table.statistics.rows / f64::from(scale);
                }
            }
            self.catalogue.put(table);
        }
    }

    /// Removes a table.
    pub fn remove(&mut self, name: &str) {
        self.catalogue.remove(name);
        self.reference.remove(name);
        self.parallel.remove(name);
    }
}

fn all_rows(columns: &ColumnarTable) -> Vec<Row> {
    let numbers: Vec<usize> = (0..columns.columns().len()).collect();
    columns.scan(0..columns.rows(), &numbers).to_rows()
}

/// Notes how large the indexes of a table are.
fn size_indexes(table: &mut Table, columns: &ColumnarTable) {
    for index in &mut table.indexes {
        if let Some(tree) = columns.index(&index.name) {
            index.size = tree.size();
            index.range = tree.range(columns.columns());
        }
    }
}

fn analyze_columns(table: &Table, columns: &ColumnarTable) -> Statistics {
    let types: Vec<Type> = table.columns.iter().map(|column| column.ty).collect();
    statistics(columns, &types)
}
