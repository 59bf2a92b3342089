//! `sum(interval)`: months, days and microseconds are added apart, each with its own overflow.

use super::moving::{Moving, Retract};
use super::{Aggregate, BASE, LawClass, Machine, Meaning, State, StateField, field, inputs};
use crate::error::{SqlError, sqlstate};
use crate::value::{Interval, Row, Type, Value};

const FIELDS: &[StateField] = &[field("sum", Type::Interval)];

/// `sum(interval)`.
pub(super) static AGGREGATES: &[Aggregate] = &[Aggregate {
    name: "sum",
    args: &[Some(Type::Interval)],
    result: Type::Interval,
    law: LawClass::ErrorPartial,
    state_type: "interval",
    state_fields: FIELDS,
    meaning: |rows| total(rows, |sum, _| Ok(Value::Interval(sum))),
    machine: &IntervalSum,
    moving: Some(Moving {
        state_type: "interval",
        state_fields: FIELDS,
        strict: true,
        machine: &IntervalSum,
    }),
    ..BASE
}];

/// What follows from the sum of a bag and its count; NULL of none. [agg.sum.interval]
///
/// A partial sum of a field lies between the sum of its negative and the sum of its positive terms, so `22008 interval out
/// of range` may arise only if one of those leaves the field; the value, if there is one, is of the exact sum.
pub(super) fn total(
    rows: &[Row],
    answer: impl FnOnce(Interval, usize) -> Result<Value, SqlError>,
) -> Meaning {
    let mut fields = [[0i128; 2]; 3];
    let mut count = 0;
    for value in inputs(rows) {
        let Value::Interval(span) = value else { panic!("an interval, not {value:?}") };
        let spans = [span.months.into(), span.days.into(), i128::from(span.microseconds)];
        for (sums, x) in fields.iter_mut().zip(spans) {
            sums[usize::from(x > 0)] += x;
        }
        count += 1;
    }
    if count == 0 {
        return Meaning::exactly(Value::Null);
    }
    let fits = |[months, days, microseconds]: [i128; 3]| {
        Some(Interval {
            months: months.try_into().ok()?,
            days: days.try_into().ok()?,
            microseconds: microseconds.try_into().ok()?,
        })
    };
    let error = sqlstate::DATETIME_FIELD_OVERFLOW;
    let Some(sum) = fits(fields.map(|[negative, positive]| negative + positive)) else {
        return Meaning::error(error);
    };
    let meaning = Meaning::of(answer(sum, count));
    let safe = [0, 1].into_iter().all(|sign| fits(fields.map(|sums| sums[sign])).is_some());
    if safe { meaning } else { meaning.or_error(error) }
}

/// `interval_pl`, as transition and as combine function.
struct IntervalSum;

impl Machine for IntervalSum {
    fn init(&self) -> State {
        vec![Value::Null]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        grow(&mut state[0], &args[0])
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        grow(&mut state[0], &other[0])
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        Ok(state[0].clone())
    }
}

/// `interval_mi`.
impl Retract for IntervalSum {
    fn retract(&self, state: &mut State, args: &[Value]) -> Result<bool, SqlError> {
        shrink(&mut state[0], &args[0]).map(|()| true)
    }
}

/// Takes an interval out of one that a state holds.
pub(super) fn shrink(sum: &mut Value, by: &Value) -> Result<(), SqlError> {
    match (sum, by) {
        (Value::Interval(sum), Value::Interval(by)) => {
            *sum = sum.sub(*by)?;
            Ok(())
        }
        (sum, by) => panic!("intervals are subtracted, not {by:?} from {sum:?}"),
    }
}

/// Adds an interval to one that a state holds.
pub(super) fn grow(sum: &mut Value, by: &Value) -> Result<(), SqlError> {
    match (sum, by) {
        (Value::Interval(sum), Value::Interval(by)) => {
            *sum = sum.add(*by)?;
            Ok(())
        }
        (sum, by) => panic!("intervals are added, not {by:?} to {sum:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(months: i32) -> Row {
        vec![Value::Interval(Interval { months, ..Interval::default() })]
    }

    #[test]
    fn fields_do_not_carry_into_each_other() {
        let day = Interval { days: 1, ..Interval::default() };
        let rows = [months(1), vec![Value::Interval(day)], vec![Value::Null]];
        let sum = Interval { months: 1, days: 1, microseconds: 0 };
        assert_eq!((AGGREGATES[0].meaning)(&rows), Meaning::exactly(Value::Interval(sum)));
    }

    #[test]
    fn an_overflow_on_the_way_depends_on_the_order() {
        let meaning = AGGREGATES[0].meaning;
        let either = meaning(&[months(i32::MAX), months(1), months(-1)]);
        assert!(either.cell.is_some() && either.errors.len() == 1);
        let never = meaning(&[months(i32::MAX), months(-1)]);
        assert!(never.cell.is_some() && never.errors.is_empty());
        assert_eq!(meaning(&[months(i32::MAX), months(1)]).cell, None);
    }
}
