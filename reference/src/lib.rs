//! Answers a query by following its meaning: slow, obvious, readable in an evening.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::sync::Arc;

use spec::error::Failure;
use spec::permitted::Permitted;
use spec::query::Query;
use spec::settings::Settings;
use spec::value::Row;

/// The rows of every table, by name: immutable versions.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    tables: BTreeMap<String, Arc<Vec<Row>>>,
}

impl Tables {
    /// Adds a table or a new version of it.
    pub fn put(&mut self, name: &str, rows: Vec<Row>) {
        self.tables.insert(name.to_owned(), Arc::new(rows));
    }

    /// Removes a table.
    pub fn remove(&mut self, name: &str) {
        self.tables.remove(name);
    }

    /// The rows of a table.
    pub fn rows(&self, name: &str) -> Option<&Arc<Vec<Row>>> {
        self.tables.get(name)
    }
}

/// Every outcome that the query may have over these tables.
///
/// # Errors
/// 0A000 where the set of outcomes is not known (an inexact value that decides a predicate, a volatile call, …).
pub fn permitted(
    _query: &Query,
    _tables: &Tables,
    _settings: &Settings,
) -> Result<Permitted, Failure> {
    Err(spec::Unsupported::new("queries").into())
}
