//! `Project`: one row of expressions per row; the selection stays.

use spec::Failure;
use spec::expr::Expr;
use spec::plan::Plan;

use super::{Executing, Executor, Needed, Pull, Pulled, Site, build, pull_or_return};
use crate::batch::Batch;
use crate::kernel::Expression;
use crate::runtime::Participant;

/// Evaluates expressions over the batches of its input.
pub(crate) struct Project<'p> {
    input: Executing<'p>,
    expressions: Vec<Expression>,
}

impl<'p> Project<'p> {
    pub fn new(input: &'p Plan, exprs: &[Expr], site: &Site<'p>) -> Result<Project<'p>, Failure> {
        let compile = |expr| Expression::compile(expr, &input.columns);
        let expressions = exprs.iter().map(compile).collect::<Result<_, _>>()?;
        Ok(Project { input: build(input, &site.below(Needed::by(exprs)))?, expressions })
    }
}

impl<'p> Executor<'p> for Project<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        let Some(batch) = pull_or_return!(self.input, me) else { return Ok(Pulled::Done) };
        let evaluate = |expression: &Expression| expression.evaluate(&batch, &me.context);
        let columns = self.expressions.iter().map(evaluate).collect::<Result<_, _>>()?;
        Ok(Pulled::Batch(Batch { columns, rows: batch.rows, selection: batch.selection }))
    }
}
