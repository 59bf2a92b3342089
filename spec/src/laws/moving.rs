//! PostgreSQL's moving aggregates under the laws.

use super::{Aggregate, Catalogued, Class};
use crate::agg::{self, moving::Frame};
use crate::error::SqlError;
use crate::value::{Row, Value};

/// The moving implementation of an aggregate of the catalogue, which must have one.
///
/// PostgreSQL never combines the states of two frames; here a combine takes in the rows of the other, which a state keeps
/// beside the frame, so that all laws can be asked and `inverse` is the one that says something. [agg.moving] [law.inverse]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CataloguedMoving(Catalogued);

impl CataloguedMoving {
    /// The moving implementation of this aggregate, if it has one.
    pub fn of(aggregate: &'static agg::Aggregate) -> Option<CataloguedMoving> {
        aggregate.frame().map(|_| CataloguedMoving(Catalogued(aggregate)))
    }
}

impl Aggregate for CataloguedMoving {
    type Input = Row;
    type State = (Result<Frame, SqlError>, Vec<Row>);
    type Output = Result<Value, SqlError>;

    fn init(&self) -> Self::State {
        (Ok(self.0.0.frame().expect("it was asked for")), Vec::new())
    }

    fn update(&self, (frame, rows): &mut Self::State, input: &Row) {
        rows.push(input.clone());
        let error = frame.as_mut().ok().and_then(|frame| frame.enter(input).err());
        if let Some(error) = error {
            *frame = Err(error);
        }
    }

    fn combine(&self, state: &mut Self::State, (_, rows): &Self::State) {
        rows.iter().for_each(|row| self.update(state, row));
    }

    fn finish(&self, (frame, _): &Self::State) -> Self::Output {
        frame.as_ref().map_err(SqlError::clone).and_then(Frame::answer)
    }

    fn class(&self) -> Class {
        self.0.class()
    }

    fn agree(&self, rows: &[Row], left: &Self::Output, right: &Self::Output) -> bool {
        self.0.agree(rows, left, right)
    }

    /// An error on the way, before or while the row leaves, ends the query: then there is nothing to compare.
    fn retract(&self, (frame, rows): &mut Self::State, input: &Row) -> bool {
        if rows.first() != Some(input) {
            return false;
        }
        rows.remove(0);
        frame.as_mut().is_ok_and(|frame| frame.leave(input).unwrap_or(false))
    }

    fn is_null(&self, input: &Row) -> bool {
        self.0.is_null(input)
    }

    fn is_error(&self, output: &Self::Output) -> bool {
        output.is_err()
    }

    fn may_fail(&self, rows: &[Row]) -> bool {
        self.0.may_fail(rows)
    }
}
