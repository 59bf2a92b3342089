//! Moving aggregates: the implementation that a window function uses when its frame leaves rows behind.
//!
//! ```text
//! enter     state := transition(state, arguments)
//! leave     state := inverse(state, arguments of the oldest row),  or say that this cannot be done
//! ```
//!
//! PostgreSQL keeps it apart from the other one (`aggmtransfn`, `aggminvtransfn`, `aggmtranstype`, `aggmfinalfn`): its state
//! often counts what the plain one need not count, so that it knows when a frame is empty again. Where the inverse cannot say
//! what is left, the frame is computed anew. Sums of floats have none: what an addition rounded off cannot be taken out.
//! [agg.moving] [agg.moving.float]

use super::{Aggregate, Machine, State, StateField};
use crate::error::SqlError;
use crate::value::Value;

/// The moving implementation of an aggregate, as `pg_aggregate` declares it. [agg.moving]
#[derive(Clone, Copy)]
pub struct Moving {
    /// PostgreSQL's name of its state type.
    pub state_type: &'static str,
    /// The fields of its state, which need not be those of the plain one.
    pub state_fields: &'static [StateField],
    /// Whether transition and inverse are strict: rows with a NULL argument neither enter nor leave.
    pub strict: bool,
    /// How it is computed.
    pub machine: &'static dyn Retract,
}

/// A machine that can take rows out again.
pub trait Retract: Machine {
    /// Takes the oldest row out; `false` if what is left cannot be known from the state, which is then good for nothing.
    ///
    /// # Errors
    /// What the inverse transition function raises, such as an overflow of an interval.
    fn retract(&self, state: &mut State, args: &[Value]) -> Result<bool, SqlError>;
}

/// A frame that slides over rows, and its state. [agg.moving]
#[derive(Clone)]
pub struct Frame {
    moving: &'static Moving,
    state: State,
    /// How many rows are in the state.
    rows: u64,
}

impl Aggregate {
    /// An empty frame; `None` if the aggregate has no moving implementation.
    pub fn frame(&'static self) -> Option<Frame> {
        self.moving.as_ref().map(Frame::empty)
    }
}

impl Frame {
    fn empty(moving: &'static Moving) -> Frame {
        Frame { moving, state: moving.machine.init(), rows: 0 }
    }

    /// Takes in the row behind the newest.
    ///
    /// # Errors
    /// What the transition function raises.
    pub fn enter(&mut self, args: &[Value]) -> Result<(), SqlError> {
        let Moving { strict, machine, .. } = *self.moving;
        if strict && args.iter().any(Value::is_null) {
            return Ok(());
        }
        self.rows += 1;
        if strict && Aggregate::is_null_state(&self.state) {
            self.state = machine.first(args);
            return Ok(());
        }
        machine.transition(&mut self.state, args)
    }

    /// Takes out the oldest row; `false` if that cannot be done, and then the frame has to be computed anew.
    ///
    /// The last row is not taken out: the frame begins again, as no inverse could make a sum of one row NULL.
    /// (`advance_windowaggregate_base` in `nodeWindowAgg.c`) [agg.moving.last]
    ///
    /// # Errors
    /// What the inverse transition function raises.
    pub fn leave(&mut self, args: &[Value]) -> Result<bool, SqlError> {
        let Moving { strict, machine, .. } = *self.moving;
        if strict && args.iter().any(Value::is_null) {
            return Ok(true);
        }
        match self.rows {
            0 => Ok(false),
            1 => {
                *self = Frame::empty(self.moving);
                Ok(true)
            }
            _ => {
                self.rows -= 1;
                machine.retract(&mut self.state, args)
            }
        }
    }

    /// The answer for the rows in the frame.
    ///
    /// # Errors
    /// What the final function raises.
    pub fn answer(&self) -> Result<Value, SqlError> {
        self.moving.machine.finalize(&self.state)
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} of {} rows", self.state, self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agg::{self, state};
    use crate::error::sqlstate;
    use crate::value::{Interval, Modifier, Numeric, Type, text};

    /// The answers of frames of two rows, and which rows could not be taken out.
    fn slide(name: &str, ty: Type, values: &[Value]) -> (Vec<Value>, Vec<usize>) {
        let takes = |aggregate: &&Aggregate| aggregate.args == [Some(ty)];
        let aggregate = agg::named(name).find(takes).expect("known");
        let begin = || aggregate.frame().expect("it moves");
        let (mut frame, mut answers, mut restarts) = (begin(), Vec::new(), Vec::new());
        for (place, value) in values.iter().enumerate() {
            if let Some(oldest) = place.checked_sub(2)
                && !frame.leave(&values[oldest..=oldest]).expect("no overflow")
            {
                restarts.push(place);
                frame = begin();
                frame.enter(&values[place - 1..place]).expect("no overflow");
            }
            frame.enter(std::slice::from_ref(value)).expect("no overflow");
            answers.push(frame.answer().expect("an answer"));
        }
        (answers, restarts)
    }

    #[test]
    fn the_declared_fields_are_those_of_the_state() {
        let movable = agg::all().filter_map(|aggregate| Some((aggregate, aggregate.moving?)));
        for (aggregate, moving) in movable {
            let ty = aggregate.args.first().map(|ty| ty.unwrap_or(Type::Int4));
            let row: Vec<Value> = ty.map(one_of).into_iter().collect();
            let mut states = [moving.machine.init(), moving.machine.init()];
            match moving.strict && Aggregate::is_null_state(&states[1]) {
                true => states[1] = moving.machine.first(&row),
                false => moving.machine.transition(&mut states[1], &row).expect("one row"),
            }
            for state in states {
                assert_eq!(state.len(), moving.state_fields.len(), "{aggregate:?}");
                let mut fields = state.iter().zip(moving.state_fields);
                let fits = fields.all(|(value, field)| state::has_type(value, field.ty));
                assert!(fits, "{aggregate:?}: {state:?}");
            }
        }
    }

    /// A value of a type over which an aggregate moves.
    fn one_of(ty: Type) -> Value {
        let text = if ty == Type::Bool { "true" } else { "1" };
        text::input(ty, Modifier::None, text).expect("a value")
    }

    // `SELECT agg(x) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)` on a live server.

    #[test]
    fn a_frame_without_values_is_null_again() {
        crate::clauses!("agg.moving", "agg.moving.last");
        let values = [Value::Int4(5), Value::Null, Value::Null, Value::Int4(7)];
        let five = [5, 5].map(Value::Int8);
        let (sums, restarts) = slide("sum", Type::Int4, &values);
        assert_eq!(sums, [&five[..], &[Value::Null, Value::Int8(7)]].concat());
        assert_eq!(restarts, []);
        let truths = [true, false].map(Value::Bool);
        let values = [&truths[..], &[Value::Null, Value::Null]].concat();
        let (all, _) = slide("bool_and", Type::Bool, &values);
        assert_eq!(all, [Value::Bool(true), Value::Bool(false), Value::Bool(false), Value::Null]);
    }

    #[test]
    fn the_largest_scale_cannot_be_forgotten_and_is_when_the_frame_is_empty_of_numbers() {
        crate::clauses!("agg.moving.scale");
        let numeric = |coefficient: i64, scale| {
            Value::Numeric(Numeric::Finite { coefficient: coefficient.into(), scale })
        };
        let values = [numeric(150, 2), numeric(1, 0), numeric(2, 0), numeric(5, 1), numeric(5, 1)];
        let (sums, restarts) = slide("sum", Type::Numeric, &values);
        let expected = [numeric(150, 2), numeric(250, 2), numeric(3, 0), numeric(25, 1)];
        assert_eq!(sums, [&expected[..], &[numeric(10, 1)]].concat());
        assert_eq!(restarts, [2], "1.50 left, and with it the second digit");
        let nan = Value::Numeric(Numeric::NaN);
        let (sums, restarts) =
            slide("sum", Type::Numeric, &[nan.clone(), nan, numeric(1, 0), numeric(2, 0)]);
        assert_eq!(sums[3], numeric(3, 0));
        assert_eq!(restarts, []);
    }

    #[test]
    fn intervals_are_subtracted_and_an_overflow_is_an_error() {
        let months = |months| Value::Interval(Interval { months, ..Interval::default() });
        let (sums, _) = slide("sum", Type::Interval, &[months(1), months(2), months(-4)]);
        assert_eq!(sums, [1, 3, -2].map(months));
        let aggregate =
            agg::named("sum").find(|a| a.args == [Some(Type::Interval)]).expect("known");
        let mut frame = aggregate.frame().expect("it moves");
        for x in [-5, 3, i32::MAX] {
            frame.enter(&[months(x)]).expect("no overflow on the way");
        }
        assert_eq!(
            frame.leave(&[months(-5)]).expect_err("too many months").sqlstate,
            sqlstate::DATETIME_FIELD_OVERFLOW
        );
    }
}
