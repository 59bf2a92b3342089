//! The catalogue: names, types, indexes, options and statistics; no rows.
//!
//! Tables are immutable versions behind [`Arc`]: DDL and loading make a new version, a running query keeps its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::agg::Aggregate;
use crate::expr::Function;
use crate::settings::SERVER_VERSION_NUM;
use crate::sql::ast::{CreateAggregate, CreateFunction, Direction, NullsOrder};
use crate::value::{Modifier, Type, Value};

/// Every table by name, and the routines that users made.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue {
    tables: BTreeMap<String, Arc<Table>>,
    views: BTreeMap<String, Arc<View>>,
    /// The functions that users made, in the order of their making.
    pub functions: Vec<&'static Function>,
    /// The aggregates that users made, in the order of their making.
    pub aggregates: Vec<&'static Aggregate>,
    /// The routines over polymorphic types that users made, as they were written.
    pub polymorphic: Vec<Polymorphic>,
    /// The version that says which built-in functions there are, as `server_version_num`.
    pub version: u64,
}

impl Default for Catalogue {
    fn default() -> Catalogue {
        Catalogue {
            tables: BTreeMap::new(),
            views: BTreeMap::new(),
            functions: vec![],
            aggregates: vec![],
            polymorphic: vec![],
            version: SERVER_VERSION_NUM,
        }
    }
}

impl Catalogue {
    /// The table of this name, if any.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.get(name)
    }

    /// The functions of this name that users made.
    pub fn functions_named(&self, name: &str) -> impl Iterator<Item = &'static Function> {
        self.functions.iter().copied().filter(move |function| function.name == name)
    }

    /// The aggregates of this name that users made.
    pub fn aggregates_named(&self, name: &str) -> impl Iterator<Item = &'static Aggregate> {
        self.aggregates.iter().copied().filter(move |aggregate| aggregate.name == name)
    }

    /// The polymorphic routines of this name.
    pub fn polymorphic_named(&self, name: &str) -> impl Iterator<Item = &Polymorphic> {
        self.polymorphic.iter().filter(move |routine| routine.name() == name)
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

    /// The view of this name, if any.
    pub fn view(&self, name: &str) -> Option<&Arc<View>> {
        self.views.get(name)
    }

    /// Every view, by name.
    pub fn views(&self) -> impl Iterator<Item = &Arc<View>> {
        self.views.values()
    }

    /// Adds a view, or another in its place, whose number it keeps.
    pub fn put_view(&mut self, mut view: View) {
        let next = self.views.values().map(|other| other.number + 1).max().unwrap_or(0);
        view.number = self.views.get(&view.name).map_or(next, |old| old.number);
        self.views.insert(view.name.clone(), Arc::new(view));
    }

    /// Removes a view; `None` if there is none.
    pub fn remove_view(&mut self, name: &str) -> Option<Arc<View>> {
        self.views.remove(name)
    }

    /// Removes a table; `None` if there is none.
    pub fn remove(&mut self, name: &str) -> Option<Arc<Table>> {
        self.tables.remove(name)
    }
}

/// A routine over polymorphic types: each call makes of it the routine for its own types. [agg.own.polymorphic]
#[derive(Clone, Debug, PartialEq)]
pub enum Polymorphic {
    /// A function.
    Function(CreateFunction),
    /// An aggregate.
    Aggregate(CreateAggregate),
}

impl Polymorphic {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Polymorphic::Function(function) => &function.name.name,
            Polymorphic::Aggregate(aggregate) => &aggregate.name.name,
        }
    }
}

/// A view: a query under a name, bound again wherever the name stands. [rel.view]
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Its name.
    pub name: String,
    /// Its columns, as they were when it was made.
    pub columns: Vec<Column>,
    /// Its rows. Nothing in it has a position: messages about it point nowhere.
    pub query: crate::sql::ast::Query,
    /// Whether it is temporary.
    pub temporary: bool,
    /// The tables and views that its query names.
    pub uses: Vec<String>,
    /// Of two views the younger has the greater number.
    pub number: usize,
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
    /// Whether a PRIMARY KEY or UNIQUE constraint stands on it, so that it cannot be dropped alone.
    pub constraint: bool,
    /// Its size, as it is now.
    pub size: IndexSize,
    /// The least and the greatest value of the first key, as they are now; none if it has none.
    pub range: Option<(Value, Value)>,
}

/// The size of a btree by the page model. [scan.index.page-model]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IndexSize {
    /// Pages of 8 kB: leaves, inner pages and the one before the root.
    pub pages: u64,
    /// Levels above the leaves (`tree_height`).
    pub height: u32,
}

/// What the planner knows of a table's rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Heap pages of 8 kB by the page model, as they are now.
    pub pages: u64,
    /// Rows: exact after loading.
    pub rows: f64,
    /// Pages on which VACUUM found all rows visible to everybody (`relallvisible`): an Index Only Scan leaves them alone.
    pub all_visible: u64,
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

/// Heap pages of 8 kB that `rows` tuples of this mean width fill, loaded in order into a new table. [scan.page.model]
///
/// A page has a header of 24 bytes; each tuple costs an item pointer of 4 bytes and its own length, rounded up to 8. The
/// width is that of the whole tuple, header included ([`tuple_width`]).
pub fn pages_for(rows: u64, mean_tuple_width: f64) -> u64 {
    const PAGE_BYTES: f64 = 8192.0 - 24.0;
    let per_row = (mean_tuple_width / 8.0).ceil() * 8.0 + 4.0;
    let rows_per_page = (PAGE_BYTES / per_row).floor().max(1.0);
    (rows as f64 / rows_per_page).ceil() as u64
}

/// The mean width of a tuple in bytes: a header of 24 bytes, then the columns, each aligned as its type asks.
///
/// `widths` are the columns' mean widths, of strings and numerics with their length word.
pub fn tuple_width(columns: &[Column], widths: &[f64]) -> f64 {
    let end = columns.iter().zip(widths).fold(24.0, |at: f64, (column, width)| {
        let alignment = match column.ty {
            Type::Int2 => 2.0,
            Type::Int4 | Type::Float4 | Type::Date => 4.0,
            Type::Int8 | Type::Float8 | Type::Timestamp | Type::Interval => 8.0,
            Type::Time | Type::TimeTz | Type::TimestampTz => 8.0,
            _ => 1.0,
        };
        (at / alignment).ceil() * alignment + width
    });
    (end / 8.0).ceil() * 8.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_rows_of_tenk1_fill_345_pages() {
        let column =
            |ty| Column { name: String::new(), ty, modifier: Modifier::None, not_null: false };
        let columns: Vec<Column> = [[Type::Int4; 13].as_slice(), &[Type::Name; 3]]
            .concat()
            .into_iter()
            .map(column)
            .collect();
        let widths = [[4.0; 13].as_slice(), &[64.0; 3]].concat();
        assert_eq!(tuple_width(&columns, &widths), 272.0);
        assert_eq!(pages_for(10_000, 272.0), 345);
        assert_eq!(pages_for(1_000, 272.0), 35);
        assert_eq!(pages_for(0, 272.0), 0);
    }
}
