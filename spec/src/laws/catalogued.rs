//! PostgreSQL's aggregates under the laws.

use std::cmp::Ordering;

use super::{Aggregate, Class};
use crate::agg::{self, LawClass, Meaning};
use crate::error::SqlError;
use crate::value::{Row, Value, order};

/// An aggregate of the catalogue, seen as the laws see aggregates.
///
/// Answers agree if the *meaning* of the rows permits each of them: the exact value, one of several equal values, a float
/// within its bound, or an error that some order raises. An error stays in the state, as it ends a query. Where the meaning
/// is unable to say, nothing is asked. [law.class]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Catalogued(pub &'static agg::Aggregate);

impl Catalogued {
    fn meaning(&self, rows: &[Row]) -> Meaning {
        self.0.answers(rows, true)
    }
}

impl Aggregate for Catalogued {
    type Input = Row;
    type State = Result<agg::State, SqlError>;
    type Output = Result<Value, SqlError>;

    fn init(&self) -> Self::State {
        Ok(self.0.machine.init())
    }

    fn update(&self, state: &mut Self::State, input: &Row) {
        let error = state.as_mut().ok().and_then(|held| self.0.advance(held, input).err());
        if let Some(error) = error {
            *state = Err(error);
        }
    }

    fn combine(&self, state: &mut Self::State, other: &Self::State) {
        let error = match (state.as_mut(), other) {
            (Ok(held), Ok(other)) => self.0.merge(held, other).err(),
            (Ok(_), Err(error)) => Some(error.clone()),
            (Err(_), _) => None,
        };
        if let Some(error) = error {
            *state = Err(error);
        }
    }

    fn finish(&self, state: &Self::State) -> Self::Output {
        state.as_ref().map_err(SqlError::clone).and_then(|state| self.0.finish(state))
    }

    fn encode(&self, state: &Self::State) -> Option<Vec<u8>> {
        state.as_ref().ok().map(|state| self.0.machine.serialize(state))
    }

    fn decode(&self, bytes: &[u8]) -> Option<Self::State> {
        self.0.deserialize(bytes).ok().map(Ok)
    }

    fn class(&self) -> Class {
        match self.0.law {
            LawClass::InputOrder => Class::InputOrder,
            LawClass::FloatBounded => Class::Bounded,
            LawClass::None => Class::None,
            LawClass::AnyOrder
            | LawClass::ErrorPartial
            | LawClass::Precondition
            | LawClass::AnyOne => Class::AnyOrder,
        }
    }

    fn agree(&self, rows: &[Row], left: &Self::Output, right: &Self::Output) -> bool {
        let meaning = self.meaning(rows);
        meaning.admits(left) && meaning.admits(right)
    }

    fn poison(&self, state: &mut Self::State) {
        *state = Ok(vec![Value::text("poison"); self.0.state_fields.len()]);
    }

    fn is_null(&self, input: &Row) -> bool {
        input.iter().any(Value::is_null)
    }

    fn compare(&self, left: &Row, right: &Row) -> Option<Ordering> {
        let pairs = left.iter().zip(right);
        let mut orders = pairs.map(|(a, b)| order::compare_nulls_last(a, b));
        Some(orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal))
    }

    fn is_error(&self, output: &Self::Output) -> bool {
        output.is_err()
    }

    fn may_fail(&self, rows: &[Row]) -> bool {
        let meaning = self.meaning(rows);
        meaning.unable.is_some() || !meaning.errors.is_empty()
    }
}
