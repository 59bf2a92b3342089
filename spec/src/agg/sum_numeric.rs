//! `sum(numeric)`: exact, at the largest scale of its inputs; NaN and the infinities are counted apart.

use super::moments::{self, Answer, MOVING_SUM, Moments, MovingDecimals, NUMERIC_SUM};
use super::{Aggregate, BASE, exact};
use crate::value::Type;

/// `sum(numeric)`.
pub(super) static AGGREGATES: &[Aggregate] = &[Aggregate {
    name: "sum",
    args: &[Some(Type::Numeric)],
    result: Type::Numeric,
    transition_strict: false,
    combine_strict: false,
    state_type: "internal",
    state_fields: NUMERIC_SUM,
    meaning: exact::sum,
    machine: &Moments { specials: true, answer: Answer::Sum },
    moving: Some(moments::moving(MOVING_SUM, &MovingDecimals(Answer::Sum))),
    ..BASE
}];
