//! Tables as columns.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Every table by name: immutable versions.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    tables: BTreeMap<String, Arc<ColumnarTable>>,
}

/// A table as columns, cut into blocks by the page model.
#[derive(Debug)]
pub struct ColumnarTable {}

impl Tables {
    /// Adds a table or a new version of it.
    pub fn put(&mut self, name: &str, table: ColumnarTable) {
        self.tables.insert(name.to_owned(), Arc::new(table));
    }
}
