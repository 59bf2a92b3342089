//! One row of each set of rows that are not distinct.

use std::collections::BTreeMap;

use spec::error::Failure;
use spec::expr::eval::Scope;
use spec::query::Rel;
use spec::value::Row;
use spec::value::order::Key;

use crate::Reference;
use crate::answer::{Answer, Tuple};

impl Reference<'_> {
    /// DISTINCT: rows whose columns are all not distinct from each other come once. [rel.distinct]
    pub(super) fn distinct(
        &self,
        input: &Rel,
        outer: Option<&Scope<'_>>,
    ) -> Result<Answer, Failure> {
        let answer = self.answer(input, outer)?;
        let failure = answer.failure.clone();
        let classes = classes(answer.into_tuples()?)?;
        Ok(Answer::bag(classes.into_iter().map(|class| class.representative).collect())
            .failing(failure))
    }
}

/// Rows that are not distinct from each other.
pub(super) struct Class {
    /// One of them; fields in which they differ are known up to equality.
    pub representative: Tuple,
    /// How many there are.
    pub count: usize,
}

/// The rows by what is distinct.
///
/// # Errors
/// The poison of a row; 0A000 for values known only within a bound.
pub(super) fn classes(tuples: Vec<Tuple>) -> Result<Vec<Class>, Failure> {
    let mut classes: BTreeMap<Key, Class> = BTreeMap::new();
    for tuple in tuples {
        let key = Key(tuple.key()?);
        match classes.get_mut(&key) {
            None => {
                classes.insert(key, Class { representative: tuple, count: 1 });
            }
            Some(class) => {
                class.count += 1;
                class.representative.blur(&tuple);
            }
        }
    }
    Ok(classes.into_values().collect())
}

/// The distinct ones among rows of exact values, and whether equal ones differed.
pub(super) fn representatives(rows: Vec<Row>) -> (Vec<Row>, bool) {
    let mut differ = false;
    let mut kept: Vec<Row> = Vec::new();
    let mut places: BTreeMap<Key, usize> = BTreeMap::new();
    for row in rows {
        match places.get(&Key(row.clone())) {
            Some(&place) => differ |= kept[place] != row,
            None => {
                places.insert(Key(row.clone()), kept.len());
                kept.push(row);
            }
        }
    }
    (kept, differ)
}
