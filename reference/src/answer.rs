//! Answers: rows in groups of ties, with marks on the fields that are not determined.

use std::collections::BTreeMap;

use spec::error::{Failure, SqlError, Unsupported};
use spec::permitted::Cell;
use spec::value::Row;

/// The rows of a relation, or the error that every evaluation of it meets.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The groups come one after the other; without an order there is one.
    pub groups: Vec<Group>,
    /// The error that no evaluation avoids. The rows are then those that did not raise it.
    pub failure: Option<SqlError>,
}

/// Rows between which no order decides: any `take` of them, in any order. [bag.ties]
#[derive(Clone, Debug)]
pub struct Group {
    /// The rows that may come.
    pub tuples: Vec<Tuple>,
    /// How many come.
    pub take: usize,
}

/// One row; fields without a mark are exactly their value.
#[derive(Clone, Debug, Default)]
pub struct Tuple {
    /// The values: of a marked field one that is permitted.
    pub values: Row,
    /// Marks by column. Usually empty.
    pub marks: BTreeMap<usize, Mark>,
}

/// What is to be known of a field besides its value.
#[derive(Clone, Debug)]
pub enum Mark {
    /// Other values are permitted too.
    Cell(Cell),
    /// Computing it is this error, for those who ask.
    Poison(SqlError),
}

/// A field: its value, and a mark if it is not exactly that.
pub type Field = (spec::Value, Option<Mark>);

impl Tuple {
    /// A row of exact values.
    pub fn exact(values: Row) -> Tuple {
        Tuple { values, marks: BTreeMap::new() }
    }

    /// A row of these fields.
    pub fn of(fields: impl IntoIterator<Item = Field>) -> Tuple {
        let mut tuple = Tuple::default();
        for (column, (value, mark)) in fields.into_iter().enumerate() {
            tuple.values.push(value);
            tuple.marks.extend(mark.map(|mark| (column, mark)));
        }
        tuple
    }

    /// The fields of this row, then those of the other.
    pub fn join(&self, other: &Tuple) -> Tuple {
        let width = self.values.len();
        let mut joined = self.clone();
        joined.values.extend(other.values.iter().cloned());
        joined.marks.extend(other.marks.iter().map(|(c, mark)| (c + width, mark.clone())));
        joined
    }

    /// The field of a column.
    pub fn field(&self, column: usize) -> Field {
        (self.values[column].clone(), self.marks.get(&column).cloned())
    }

    /// The poison in this row, if there is any.
    pub fn poison(&self) -> Option<&SqlError> {
        self.marks.values().find_map(|mark| match mark {
            Mark::Poison(error) => Some(error),
            Mark::Cell(_) => None,
        })
    }

    /// The values as a key of what is distinct.
    ///
    /// # Errors
    /// The poison in it; 0A000 for values that are known only within a bound.
    pub fn key(&self) -> Result<Row, Failure> {
        for mark in self.marks.values() {
            match mark {
                Mark::Poison(error) => return Err(error.clone().into()),
                Mark::Cell(Cell::EqualTo(_)) => {}
                Mark::Cell(_) => {
                    return Err(
                        Unsupported::new("inexact values that decide what is distinct").into()
                    );
                }
            }
        }
        Ok(self.values.clone())
    }

    /// Takes in a row that is not distinct from this one: either may stand for both, so that fields in which they differ
    /// are known up to equality only.
    pub fn blur(&mut self, other: &Tuple) {
        for (column, value) in self.values.iter().enumerate() {
            if other.marks.contains_key(&column) || other.values[column] != *value {
                self.marks.insert(column, Mark::Cell(Cell::EqualTo(value.clone())));
            }
        }
    }

    /// The row as permitted cells.
    ///
    /// # Panics
    /// If it is poisoned: such an answer has no permitted rows.
    pub fn into_cells(mut self) -> Vec<Cell> {
        let cell = |(column, value)| match self.marks.remove(&column) {
            None => Cell::Exactly(value),
            Some(Mark::Cell(cell)) => cell,
            Some(Mark::Poison(error)) => panic!("a poisoned field in a permitted row: {error}"),
        };
        self.values.into_iter().enumerate().map(cell).collect()
    }
}

impl Group {
    /// All of these rows, in any order.
    pub fn all(tuples: Vec<Tuple>) -> Group {
        Group { take: tuples.len(), tuples }
    }

    /// Whether every candidate comes.
    pub fn is_whole(&self) -> bool {
        self.take == self.tuples.len()
    }

    /// Whether the candidates cannot be told apart, so that it does not matter which of them come.
    fn is_uniform(&self) -> bool {
        self.tuples.windows(2).all(|pair| {
            pair.iter().all(|tuple| tuple.marks.is_empty()) && pair[0].values == pair[1].values
        })
    }
}

impl Answer {
    /// A bag: all of these rows, in any order.
    pub fn bag(tuples: Vec<Tuple>) -> Answer {
        Answer { groups: vec![Group::all(tuples)], failure: None }
    }

    /// The same answer, failing for this error too (the first one is kept).
    pub fn failing(mut self, error: Option<SqlError>) -> Answer {
        self.failure = self.failure.or(error);
        self
    }

    /// The rows as a bag, forgetting their order.
    ///
    /// # Errors
    /// 0A000 if a LIMIT chooses freely between different rows: what is computed from them is not determined.
    pub fn into_tuples(self) -> Result<Vec<Tuple>, Failure> {
        let mut tuples = Vec::new();
        for mut group in self.groups {
            if !group.is_whole() && !group.is_uniform() {
                return Err(
                    Unsupported::new("answers that depend on which rows a LIMIT keeps").into()
                );
            }
            group.tuples.truncate(group.take);
            tuples.append(&mut group.tuples);
        }
        Ok(tuples)
    }

    /// Whether every evaluation of the whole query meets an error.
    ///
    /// # Errors
    /// 0A000 if a LIMIT may or may not keep a poisoned row.
    pub fn fails(&self) -> Result<bool, Failure> {
        if self.failure.is_some() {
            return Ok(true);
        }
        let poisoned = |group: &&Group| group.tuples.iter().any(|tuple| tuple.poison().is_some());
        match self.groups.iter().find(poisoned) {
            Some(group) if !group.is_whole() => {
                Err(Unsupported::new("answers in which a LIMIT may avoid an error").into())
            }
            found => Ok(found.is_some()),
        }
    }
}
