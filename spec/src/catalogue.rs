//! The catalogue: names, types, indexes, options and statistics; no rows.
//!
//! Tables are immutable versions behind [`Arc`]: DDL and loading make a new version, a running query keeps its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sql::ast::{Direction, NullsOrder};
use crate::value::{Modifier, Type, Value};

/// Every table by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    tables: BTreeMap<String, Arc<Table>>,
}

impl Catalogue {
    /// The table of this name, if any.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.get(name)
    }

    /// Every table, by name.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.tables.values()
    }

    /// Adds a table or a new version of it.
    pub fn put(&mut self, table: Table) -> Arc<Table> {
        let table = Arc::new(table);
        self.tables.insert(table.name.clone(), table.clone());
        table
    }

    /// Removes a table; `None` if there is none.
    pub fn remove(&mut self, name: &str) -> Option<Arc<Table>> {
        self.tables.remove(name)
    }
}

/// A table: shape, options and what the planner knows of its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its indexes.
    pub indexes: Vec<Index>,
    /// Whether it is temporary: a scan of it cannot run in a worker.
    pub temporary: bool,
    /// The storage option `parallel_workers`.
    pub parallel_workers: Option<u32>,
    /// What the planner knows of its rows.
    pub statistics: Statistics,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Its modifier.
    pub modifier: Modifier,
    /// Whether NULL is refused.
    pub not_null: bool,
}

/// A btree index.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its keys: column numbers from 0, with directions.
    pub keys: Vec<(usize, Direction, NullsOrder)>,
    /// Whether keys must differ.
    pub unique: bool,
}

/// What the planner knows of a table's rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Heap pages of 8 kB by the page model, as they are now.
    pub pages: u64,
    /// Rows: exact after loading.
    pub rows: f64,
    /// Whether ANALYZE has run: if not, the planner uses PostgreSQL's guesses for `columns`.
    pub analyzed: bool,
    /// Per column, after ANALYZE (`pg_stats`).
    pub columns: Vec<ColumnStatistics>,
}

/// What the planner knows of a column (`pg_stats`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnStatistics {
    /// Share of NULLs, 0 to 1.
    pub null_fraction: f64,
    /// Mean width of a value in bytes, without NULLs.
    pub width: f64,
    /// Distinct values; negative means a share of the rows (`n_distinct`).
    pub distinct: f64,
    /// The most common values with their frequencies, most common first.
    pub most_common: Vec<(Value, f64)>,
    /// Bounds of equally filled buckets over the other values, ascending.
    pub histogram: Vec<Value>,
    /// Correlation of physical and logical order, -1 to 1.
    pub correlation: f64,
}
