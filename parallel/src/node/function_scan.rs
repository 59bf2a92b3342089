//! `Function Scan`: the rows of a set-returning function.

use spec::expr::{Expr, Function};
use spec::{Failure, SqlError, Unsupported, Value};

use super::{Executor, Pull, Pulled, rows};
use crate::batch::{BATCH_ROWS, Batch};
use crate::column::Column;
use crate::kernel::Expression;
use crate::runtime::Participant;
use spec::error::sqlstate;

/// Counts from one bound to the other.
pub(crate) struct FunctionScan {
    function: &'static Function,
    args: Vec<Expression>,
    /// The next value, the last possible one and the step; `None` inside when nothing is left.
    series: Option<Option<Series>>,
}

#[derive(Clone, Copy)]
struct Series {
    next: i64,
    stop: i64,
    step: i64,
}

impl FunctionScan {
    pub fn new(function: &'static Function, args: &[Expr]) -> Result<FunctionScan, Failure> {
        let counts = matches!(function.result, spec::Type::Int4 | spec::Type::Int8);
        if function.name != "generate_series" || !counts {
            let feature = format!("rows of the function {function:?}");
            return Err(Unsupported::new(feature).into());
        }
        let compile = |expr| Expression::compile(expr, &[]);
        let args = args.iter().map(compile).collect::<Result<_, _>>()?;
        Ok(FunctionScan { function, args, series: None })
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

impl Series {
    /// Whether the next value is still within the bounds.
    fn goes_on(&self) -> bool {
        if self.step > 0 { self.next <= self.stop } else { self.next >= self.stop }
    }
}

impl<'p> Executor<'p> for FunctionScan {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
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
