//! `Limit`: at most so many rows after the first so many; it stops pulling when it has them.

use spec::error::sqlstate;
use spec::expr::Expr;
use spec::plan::Plan;
use spec::{Failure, SqlError, SqlState, Value};

use super::{Executing, Executor, Pull, Pulled, Site, build, pull_or_return, rows};
use crate::batch::{Batch, Selection};
use crate::fault::Fault;
use crate::kernel::Expression;
use crate::runtime::Participant;

/// Passes a window of its input's rows.
pub(crate) struct Limit<'p> {
    input: Option<Executing<'p>>,
    limit: Option<Expression>,
    offset: Option<Expression>,
    /// Rows still to skip, and still to return (`None`: all); known from the first pull on.
    window: Option<(u64, Option<u64>)>,
}

impl<'p> Limit<'p> {
    pub fn new(
        input: &'p Plan,
        limit: Option<&Expr>,
        offset: Option<&Expr>,
        site: &Site<'p>,
    ) -> Result<Limit<'p>, Failure> {
        let compile = |expr| Expression::compile(expr, &[]);
        Ok(Limit {
            input: Some(build(input, site)?),
            limit: limit.map(compile).transpose()?,
            offset: offset.map(compile).transpose()?,
            window: None,
        })
    }

    /// OFFSET, then LIMIT, as PostgreSQL evaluates them.
    fn open(&self, me: &Participant<'p>) -> Result<(u64, Option<u64>), SqlError> {
        use sqlstate::*;
        let (offset_error, limit_error) =
            (INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE, INVALID_ROW_COUNT_IN_LIMIT_CLAUSE);
        let offset = count(self.offset.as_ref(), "OFFSET must not be negative", offset_error, me)?;
        let limit = count(self.limit.as_ref(), "LIMIT must not be negative", limit_error, me)?;
        Ok((offset.unwrap_or(0), limit))
    }
}

/// The number of a clause; `None` if it is NULL or not written.
fn count(
    clause: Option<&Expression>,
    negative: &'static str,
    state: SqlState,
    me: &Participant<'_>,
) -> Result<Option<u64>, SqlError> {
    let Some(clause) = clause else { return Ok(None) };
    let number = match clause.evaluate(&rows::unit(), &me.context)?.value(0) {
        Value::Null => return Ok(None),
        Value::Int8(number) => number,
        Value::Int4(number) => number.into(),
        other => unreachable!("LIMIT and OFFSET are bigint, not {other:?}"),
    };
    u64::try_from(number).map(Some).map_err(|_| SqlError::new(state, negative))
}

impl<'p> Executor<'p> for Limit<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        if self.window.is_none() {
            self.window = Some(self.open(me)?);
        }
        let (skip, rest) = self.window.as_mut().expect("it is open");
        while let (Some(input), true) = (&mut self.input, *rest != Some(0)) {
            let Some(batch) = pull_or_return!(input, me) else { break };
            let rows = batch.len() as u64;
            let first = rows.min(*skip);
            let taken = (rows - first).min(rest.unwrap_or(u64::MAX));
            if me.execution.plants(Fault::LimitPerParticipant) {
                return Ok(Pulled::Batch(window(batch, first as usize, taken as usize)));
            }
            *skip -= first;
            if let Some(rest) = rest {
                *rest -= taken;
            }
            if taken > 0 {
                return Ok(Pulled::Batch(window(batch, first as usize, taken as usize)));
            }
        }
        // Nobody wants more rows from below: a Gather there lets its workers go. [gather.stop]
        self.input = None;
        Ok(Pulled::Done)
    }
}

/// So many of the rows that count, after the first so many.
fn window(batch: Batch, skip: usize, take: usize) -> Batch {
    if skip == 0 && take == batch.len() {
        return batch;
    }
    match &batch.selection {
        None => batch.slice(skip, take),
        Some(selection) => {
            let rows = Selection::new(selection[skip..skip + take].to_vec());
            batch.select(Some(rows))
        }
    }
}
