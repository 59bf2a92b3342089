//! `avg`: the sum over the count, as numeric for exact inputs, float8 for floats, interval for intervals.

use num_bigint::BigInt;

use super::floats::{self, Floats};
use super::moments::{self, Answer, INTEGER_SUM, MOVING_SUM, Moments, MovingDecimals, NUMERIC_SUM};
use super::moving::{Moving, Retract};
use super::youngs_cramer::{self, YoungsCramer};
use super::{
    Aggregate, BASE, LawClass, Machine, Meaning, State, StateField, exact, field, sum_interval,
};
use crate::error::SqlError;
use crate::value::{Interval, Row, Type, Value};

pub(super) const NARROW_FIELDS: &[StateField] =
    &[field("count", Type::Int8), field("sum", Type::Int8)];
const INTERVAL_FIELDS: &[StateField] = &[field("sum", Type::Interval), field("count", Type::Int8)];

const NARROW: Aggregate = Aggregate {
    name: "avg",
    result: Type::Numeric,
    final_strict: false,
    state_type: "int8[]",
    state_fields: NARROW_FIELDS,
    meaning: exact::average,
    machine: &NarrowAverage { answer: Answer::Average },
    moving: Some(Moving {
        state_type: "int8[]",
        state_fields: NARROW_FIELDS,
        strict: true,
        machine: &NarrowAverage { answer: Answer::Average },
    }),
    ..BASE
};

const FLOAT: Aggregate = Aggregate {
    name: "avg",
    result: Type::Float8,
    law: LawClass::FloatBounded,
    final_strict: true,
    state_type: "float8[]",
    state_fields: youngs_cramer::FIELDS,
    meaning: float_average,
    machine: &YoungsCramer { answer: youngs_cramer::Answer::Average },
    ..BASE
};

/// `avg` of every number type and of `interval`.
pub(super) static AGGREGATES: &[Aggregate] = &[
    Aggregate { args: &[Some(Type::Int2)], final_strict: true, ..NARROW },
    Aggregate { args: &[Some(Type::Int4)], final_strict: true, ..NARROW },
    Aggregate {
        name: "avg",
        args: &[Some(Type::Int8)],
        result: Type::Numeric,
        transition_strict: false,
        combine_strict: false,
        state_type: "internal",
        state_fields: INTEGER_SUM,
        meaning: exact::average,
        machine: &Moments { specials: false, answer: Answer::Average },
        moving: Some(moments::moving(
            INTEGER_SUM,
            &Moments { specials: false, answer: Answer::Average },
        )),
        ..BASE
    },
    Aggregate {
        name: "avg",
        args: &[Some(Type::Numeric)],
        result: Type::Numeric,
        transition_strict: false,
        combine_strict: false,
        state_type: "internal",
        state_fields: NUMERIC_SUM,
        meaning: exact::average,
        machine: &Moments { specials: true, answer: Answer::Average },
        moving: Some(moments::moving(MOVING_SUM, &MovingDecimals(Answer::Average))),
        ..BASE
    },
    Aggregate { args: &[Some(Type::Float4)], ..FLOAT },
    Aggregate { args: &[Some(Type::Float8)], ..FLOAT },
    Aggregate {
        name: "avg",
        args: &[Some(Type::Interval)],
        result: Type::Interval,
        law: LawClass::ErrorPartial,
        final_strict: true,
        state_type: "interval[]",
        state_fields: INTERVAL_FIELDS,
        meaning: |rows| sum_interval::total(rows, |sum, count| divide(sum, count as f64)),
        machine: &IntervalAverage,
        moving: Some(Moving {
            state_type: "interval[]",
            state_fields: INTERVAL_FIELDS,
            strict: true,
            machine: &IntervalAverage,
        }),
        ..BASE
    },
];

/// The average of floats, which are all added as float8: one division after the sum. [agg.avg.float]
///
/// The state also carries squared deviations, so an average may fail where only *they* overflow: avg of 1e200 and 0 is
/// `22003` in PostgreSQL. If no order of the sum can round, the average is the rounded quotient.
fn float_average(rows: &[Row]) -> Meaning {
    let bag = Floats::of(rows, false);
    if bag.values.is_empty() {
        return Meaning::exactly(Value::Null);
    }
    let finite = bag.special().is_none();
    let must_overflow = finite && bag.steps_must_overflow();
    floats::meaning(bag.average(), bag.steps_may_overflow(), must_overflow)
}

/// `int4_avg_accum`, `int4_avg_combine`: a count and a sum in 64 bits, added without a check. The moving sum counts too, to
/// know when there is nothing left (`int2int4_sum`).
pub(super) struct NarrowAverage {
    /// Sum or average.
    pub answer: Answer,
}

impl Machine for NarrowAverage {
    fn init(&self) -> State {
        vec![Value::Int8(0), Value::Int8(0)]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        let x = match args[0] {
            Value::Int2(x) => x.into(),
            Value::Int4(x) => x.into(),
            ref other => panic!("an argument of avg(int4) is not {other:?}"),
        };
        add(&mut state[0], 1);
        add(&mut state[1], x);
        Ok(())
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        for (mine, theirs) in state.iter_mut().zip(other) {
            add(mine, count(theirs));
        }
        Ok(())
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        match (count(&state[0]), count(&state[1])) {
            (0, _) => Ok(Value::Null),
            (_, sum) if self.answer == Answer::Sum => Ok(Value::Int8(sum)),
            (n, sum) => exact::quotient(BigInt::from(sum), 0, n.into()).map(Value::Numeric),
        }
    }
}

/// `int4_avg_accum_inv`.
impl Retract for NarrowAverage {
    fn retract(&self, state: &mut State, args: &[Value]) -> Result<bool, SqlError> {
        let x: i64 = match args[0] {
            Value::Int2(x) => x.into(),
            Value::Int4(x) => x.into(),
            ref other => panic!("an argument of avg(int4) is not {other:?}"),
        };
        add(&mut state[0], -1);
        add(&mut state[1], -x);
        Ok(true)
    }
}

fn add(slot: &mut Value, by: i64) {
    if let Value::Int8(sum) = slot {
        *sum = sum.wrapping_add(by);
    }
}

fn count(value: &Value) -> i64 {
    if let Value::Int8(count) = value { *count } else { 0 }
}

/// `interval_accum`, `interval_combine`, `interval_avg`.
struct IntervalAverage;

impl Machine for IntervalAverage {
    fn init(&self) -> State {
        vec![Value::Interval(Interval::default()), Value::Int8(0)]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        sum_interval::grow(&mut state[0], &args[0])?;
        add(&mut state[1], 1);
        Ok(())
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        sum_interval::grow(&mut state[0], &other[0])?;
        add(&mut state[1], count(&other[1]));
        Ok(())
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        match (&state[0], count(&state[1])) {
            (_, 0) => Ok(Value::Null),
            (Value::Interval(sum), n) => divide(*sum, n as f64),
            (other, _) => panic!("a sum of intervals is not {other:?}"),
        }
    }
}

/// `interval_accum_inv`.
impl Retract for IntervalAverage {
    fn retract(&self, state: &mut State, args: &[Value]) -> Result<bool, SqlError> {
        sum_interval::shrink(&mut state[0], &args[0])?;
        add(&mut state[1], -1);
        Ok(true)
    }
}

/// `interval_div`: what a field leaves over goes down to the next one, a month as 30 days.
fn divide(sum: Interval, by: f64) -> Result<Value, SqlError> {
    sum.div(by).map(Value::Interval)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::sqlstate;
    use crate::value::Numeric;

    fn average_of(index: usize, values: &[Value]) -> Meaning {
        let rows: Vec<Row> = values.iter().map(|x| vec![x.clone()]).collect();
        (AGGREGATES[index].meaning)(&rows)
    }

    fn numeric(coefficient: i128, scale: u16) -> Value {
        Value::Numeric(Numeric::Finite { coefficient: coefficient.into(), scale })
    }

    #[test]
    fn the_average_of_integers_is_a_numeric_at_the_scale_of_division() {
        let answer = average_of(1, &[Value::Int4(1), Value::Int4(1), Value::Int4(2)]);
        assert_eq!(answer, Meaning::exactly(numeric(13_333_333_333_333_333, 16)));
        let answer = average_of(2, &[Value::Int8(i64::MAX), Value::Int8(i64::MAX)]);
        assert_eq!(answer, Meaning::exactly(numeric(i64::MAX.into(), 0)));
        assert_eq!(average_of(0, &[Value::Null]), Meaning::exactly(Value::Null));
    }

    #[test]
    fn an_average_of_floats_fails_where_the_squares_overflow() {
        let overflow = Meaning::error(sqlstate::NUMERIC_VALUE_OUT_OF_RANGE);
        assert_eq!(average_of(5, &[Value::Float8(1e200), Value::Float8(0.0)]), overflow);
        assert_eq!(average_of(5, &[Value::Float8(1e200), Value::Float8(-1e200)]), overflow);
        let fine = average_of(5, &[Value::Float8(1e100), Value::Float8(0.0)]);
        assert!(fine.errors.is_empty() && fine.cell.is_some());
    }

    #[test]
    fn an_average_of_one_negative_zero_is_zero() {
        let answer = average_of(5, &[Value::Float8(-0.0)]);
        assert_eq!(answer, Meaning::exactly(Value::Float8(0.0)));
    }

    #[test]
    fn an_average_of_intervals_carries_downwards() {
        let span = |months, days, hours: i64| {
            Value::Interval(Interval { months, days, microseconds: hours * 3_600_000_000 })
        };
        let answer = average_of(6, &[span(1, 0, 0), span(0, 1, 0), span(0, 0, 2)]);
        // '1 mon', '1 day', '2 hours': 10 days 08:40:00.
        let expected = Interval { months: 0, days: 10, microseconds: 31_200_000_000 };
        assert_eq!(answer, Meaning::exactly(Value::Interval(expected)));
    }
}
