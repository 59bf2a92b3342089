//! The calls of an Aggregate over rows: arguments, FILTER, DISTINCT and ORDER BY.

use spec::expr::Expr;
use spec::plan::PlanColumn;
use spec::query::Call;
use spec::{Failure, SqlError};

use super::ordered::Ordered;
use crate::accumulate::Accumulator;
use crate::batch::Batch;
use crate::column::Column;
use crate::kernel::{Context, Expression, Predicate};

/// How each call gets its arguments from a batch.
#[derive(Default)]
pub(super) struct Calls {
    /// Arguments of calls without a FILTER: the same expression once, however many calls have it.
    shared: Vec<Expression>,
    calls: Vec<Prepared>,
}

/// One call.
enum Prepared {
    /// Every row counts: arguments by their numbers among the shared ones.
    Plain(Vec<usize>),
    /// Only rows that pass count, and only for them are the arguments evaluated.
    Filtered { filter: Predicate, args: Vec<Expression> },
    /// The rows of a group are needed together, in order.
    Ordered(Ordered),
}

impl Calls {
    /// Compiles the calls over rows of these columns.
    pub fn compile(calls: &[Call], input: &[PlanColumn]) -> Result<Calls, Failure> {
        let mut distinct: Vec<&Expr> = Vec::new();
        let mut prepared = Vec::with_capacity(calls.len());
        for call in calls {
            let compile = |expr| Expression::compile(expr, input);
            prepared.push(if call.distinct || !call.order_by.is_empty() {
                Prepared::Ordered(Ordered::compile(call, input)?)
            } else if let Some(filter) = &call.filter {
                let filter = Predicate::compile(std::slice::from_ref(filter), input)?;
                let args = call.args.iter().map(compile).collect::<Result<_, _>>()?;
                Prepared::Filtered { filter, args }
            } else {
                Prepared::Plain(call.args.iter().map(|arg| place(&mut distinct, arg)).collect())
            });
        }
        let shared = distinct.into_iter().map(|expr| Expression::compile(expr, input));
        Ok(Calls { shared: shared.collect::<Result<_, _>>()?, calls: prepared })
    }

    /// Takes a batch into the accumulators, which have room for its groups.
    pub fn update(
        &mut self,
        batch: &Batch,
        groups: Option<&[u32]>,
        accumulators: &mut [Box<dyn Accumulator>],
        context: &Context,
    ) -> Result<(), SqlError> {
        let evaluate = |expression: &Expression| expression.evaluate(batch, context);
        let shared = self.shared.iter().map(evaluate).collect::<Result<Vec<_>, _>>()?;
        for (call, accumulator) in self.calls.iter_mut().zip(accumulators) {
            match call {
                Prepared::Plain(args) => {
                    let args: Vec<Column> = args.iter().map(|&i| shared[i].clone()).collect();
                    accumulator.update(groups, &args, batch.selected())?;
                }
                Prepared::Filtered { filter, args } => {
                    let passing = batch.select(Some(filter.select(batch, context)?));
                    let evaluate = |arg: &Expression| arg.evaluate(&passing, context);
                    let args = args.iter().map(evaluate).collect::<Result<Vec<_>, _>>()?;
                    accumulator.update(groups, &args, passing.selected())?;
                }
                Prepared::Ordered(ordered) => ordered.keep(batch, groups, context)?,
            }
        }
        Ok(())
    }

    /// After the last row: calls that had to wait for all rows of a group take them in.
    pub fn finish(
        &mut self,
        accumulators: &mut [Box<dyn Accumulator>],
        context: &Context,
    ) -> Result<(), SqlError> {
        for (call, accumulator) in self.calls.iter_mut().zip(accumulators) {
            if let Prepared::Ordered(ordered) = call {
                ordered.release(accumulator.as_mut(), context)?;
            }
        }
        Ok(())
    }
}

/// The number of an expression among the distinct ones; volatile ones cannot be here twice without being one call each,
/// because equal text is evaluated once only if it cannot matter.
fn place<'e>(distinct: &mut Vec<&'e Expr>, expr: &'e Expr) -> usize {
    let known = distinct.iter().position(|other| *other == expr).filter(|_| !is_volatile(expr));
    known.unwrap_or_else(|| {
        distinct.push(expr);
        distinct.len() - 1
    })
}

fn is_volatile(expr: &Expr) -> bool {
    let volatile = matches!(expr, Expr::Call { function, .. }
        if function.volatility == spec::expr::Volatility::Volatile);
    volatile || expr.operands().into_iter().any(is_volatile)
}
