//! `Function Scan`: the rows of a set-returning function.

use spec::expr::function::set;
use spec::expr::{Expr, Function};
use spec::{Failure, SqlError, Value};

use super::{Executor, Pull, Pulled, rows};
use crate::batch::{BATCH_ROWS, Batch};
use crate::column::Column;
use crate::kernel::Expression;
use crate::runtime::Participant;
use spec::error::sqlstate;

/// Counts from one bound to the other, or lists the rows of any other function.
pub(crate) struct FunctionScan {
    function: &'static Function,
    args: Vec<Expression>,
    /// The next value, the last possible one and the step; `None` inside when nothing is left.
    series: Option<Option<Series>>,
    /// Whether it counts.
    counts: bool,
    /// The rows still to come of a function that does not count, once it is open.
    listed: Option<std::vec::IntoIter<Value>>,
}

#[derive(Clone, Copy)]
struct Series {
    next: i64,
    stop: i64,
    step: i64,
}

impl FunctionScan {
    pub fn new(function: &'static Function, args: &[Expr]) -> Result<FunctionScan, Failure> {
        let compile = |expr| Expression::compile(expr, &[]);
        let args = args.iter().map(compile).collect::<Result<_, _>>()?;
        let counts = function.name == "generate_series"
            && matches!(function.result, spec::Type::Int4 | spec::Type::Int8);
        Ok(FunctionScan { function, args, counts, series: None, listed: None })
    }

    /// The series that the arguments ask for; none if an argument is NULL.
    fn open(&self, me: &Participant<'_>) -> Result<Option<Series>, SqlError> {
        let mut numbers = Vec::with_capacity(3);
        for arg in &self.args {
            match arg.evaluate(&rows::unit(), &me.context)?.value(0) {
                Value::Null => return Ok(None),
                Value::Int4(number) => numbers.push(i64::from(number)),
                Value::Int8(number) => numbers.push(number),
                other => unreachable!("generate_series is typed by the binder, not {other:?}"),
            }
        }
        let step = numbers.get(2).copied().unwrap_or(1);
        if step == 0 {
            let state = sqlstate::INVALID_PARAMETER_VALUE;
            return Err(SqlError::new(state, "step size cannot equal zero"));
        }
        Ok(Some(Series { next: numbers[0], stop: numbers[1], step }))
    }
}

impl FunctionScan {
    /// The next rows of a function whose meaning spec gives row by row.
    fn pull_listed(&mut self, me: &Participant<'_>) -> Pull {
        if self.listed.is_none() {
            let args = self.args.iter().map(|arg| arg.evaluate(&rows::unit(), &me.context));
            let args: Vec<Value> =
                args.map(|arg| Ok(arg?.value(0))).collect::<Result<_, SqlError>>()?;
            let members = set::rows(self.function, &args)?;
            me.context.count_shared(members.len());
            self.listed = Some(members.into_iter());
        }
        let listed = self.listed.as_mut().expect("it is open");
        let values: Vec<Value> = listed.take(BATCH_ROWS).collect();
        if values.is_empty() {
            return Ok(Pulled::Done);
        }
        let rows = values.len();
        let column = Column::from_values(self.function.result, values);
        Ok(Pulled::Batch(Batch::new(vec![column], rows)))
    }
}

impl Series {
    /// Whether the next value is still within the bounds.
    fn goes_on(&self) -> bool {
        if self.step > 0 { self.next <= self.stop } else { self.next >= self.stop }
    }
}

impl<'p> Executor<'p> for FunctionScan {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        if !self.counts {
            return self.pull_listed(me);
        }
        if self.series.is_none() {
            self.series = Some(self.open(me)?);
        }
        let state = self.series.as_mut().expect("it is open");
        let mut values = Vec::with_capacity(BATCH_ROWS);
        while let Some(series) = state.filter(|series| series.goes_on()) {
            if values.len() == BATCH_ROWS {
                break;
            }
            values.push(series.next);
            // Beyond the largest bigint there is nothing more.
            let next = series.next.checked_add(series.step);
            *state = next.map(|next| Series { next, ..series });
        }
        if values.is_empty() {
            return Ok(Pulled::Done);
        }
        let rows = values.len();
        let column = match self.function.result {
            spec::Type::Int4 => Column::Int4(values.into_iter().map(|v| v as i32).collect()),
            _ => Column::Int8(values.into()),
        };
        Ok(Pulled::Batch(Batch::new(vec![column], rows)))
    }
}
