//! Answers a query by following its meaning: slow, obvious, readable in an evening.
//!
//! [`permitted`] walks the bound query from the leaves up. Every relation becomes an [`answer::Answer`]: the rows it
//! has, in groups between which an order decides and within which it does not. What is not determined stays visible: a
//! field may be *up to equality* (1.0 or 1.00), *within a bound* (a float sum) or *poisoned* (computing it is an error
//! that nobody has asked for yet). At the top the answer becomes the set of permitted outcomes.
//!
//! Reading order:
//!
//! ```text
//! answer.rs       rows, groups of ties, marks on fields
//! expression.rs   a field of a row: value, mark or error; which errors an engine may meet
//! node/           one file per node of the algebra, each a few lines of meaning
//! ```
//!
//! Nothing here is clever. An equi-join looks its partners up in an ordered map, and an uncorrelated sub-query is
//! answered once: without these two, ten thousand rows would not end. Conditions are *split* at AND and asked of the
//! side of an inner join that they speak of, but only those that cannot raise an error.
//!
//! # Errors
//!
//! SQL does not say in which order conditions are evaluated, so a query may have more than one outcome. An error that
//! no evaluation can avoid makes the query fail; one that some evaluation avoids is *permitted* beside the rows.
//! [error.order]

#![forbid(unsafe_code)]

pub mod answer;
mod expression;
mod node;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use spec::error::{Failure, SqlState, Unsupported};
use spec::outcome::OutputColumn;
use spec::permitted::{Permitted, TieGroup};
use spec::query::{Query, Rel};
use spec::settings::Settings;
use spec::value::Row;

use answer::{Answer, Group};

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

/// Every outcome that the query may have over these tables. [verdict.permitted]
///
/// # Errors
/// 0A000 where the set of outcomes is not known: an inexact value that decides a predicate, a key or a limit, rows that
/// a LIMIT chooses freely and something above looks at, a volatile call.
pub fn permitted(
    query: &Query,
    tables: &Tables,
    _settings: &Settings,
) -> Result<Permitted, Failure> {
    if spec::safety::rel_varies(&query.rel) {
        return Err(Unsupported::new("answers of volatile functions").into());
    }
    let reference = Reference::new(tables);
    reference.meet_constant_errors(&query.rel);
    let answer = reference.answer(&query.rel, None)?;
    reference.outcomes(query, answer)
}

/// One query being answered.
struct Reference<'a> {
    tables: &'a Tables,
    /// Errors that some evaluation meets, whether or not all do.
    errors: RefCell<BTreeSet<SqlState>>,
    /// Why a sub-query inside an expression has no determined answer, if one has none.
    unable: RefCell<Option<Unsupported>>,
    /// WITH queries that have been answered, by id.
    ctes: RefCell<BTreeMap<usize, Rc<Answer>>>,
    /// Uncorrelated sub-queries that have been answered, by their place in memory.
    subqueries: RefCell<BTreeMap<usize, Rc<Vec<Row>>>>,
}

impl<'a> Reference<'a> {
    fn new(tables: &'a Tables) -> Reference<'a> {
        Reference {
            tables,
            errors: RefCell::default(),
            unable: RefCell::default(),
            ctes: RefCell::default(),
            subqueries: RefCell::default(),
        }
    }

    /// An answer as the set of permitted outcomes.
    fn outcomes(&self, query: &Query, answer: Answer) -> Result<Permitted, Failure> {
        if let Some(unable) = self.unable.take() {
            return Err(unable.into());
        }
        let fails = answer.fails()?;
        let rows = (!fails).then(|| answer.groups.into_iter().map(Group::into_tie_group).collect());
        let errors = self.errors.borrow().clone();
        Ok(Permitted { columns: columns(&query.rel), rows, errors })
    }
}

impl Group {
    fn into_tie_group(self) -> TieGroup {
        let candidates = self.tuples.into_iter().map(answer::Tuple::into_cells).collect();
        TieGroup { candidates, take: self.take }
    }
}

/// The columns of a relation as an answer's.
fn columns(rel: &Rel) -> Vec<OutputColumn> {
    rel.columns
        .iter()
        .map(|field| OutputColumn {
            name: field.name.clone(),
            ty: field.ty,
            modifier: field.modifier,
        })
        .collect()
}
