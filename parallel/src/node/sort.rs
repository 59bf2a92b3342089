//! `Sort`: the rows in order of the keys; with a bound only the first so many (top-N).

use spec::plan::Plan;
use spec::query::SortKey;
use spec::{Failure, SqlError};

use super::order::RowOrder;
use super::rows::Slices;
use super::{Executing, Executor, Pull, Pulled, Site, build, pull_or_return, rows};
use crate::batch::{BATCH_ROWS, Batch};
use crate::kernel::Expression;
use crate::runtime::Participant;

/// Keeps the rows of its input, then returns them in order.
pub(crate) struct Sort<'p> {
    input: Executing<'p>,
    plan: &'p Plan,
    keys: &'p [SortKey],
    expressions: Vec<Expression>,
    bound: Option<usize>,
    kept: Vec<Batch>,
    kept_rows: usize,
    sorted: Option<Slices>,
}

impl<'p> Sort<'p> {
    pub fn new(
        input: &'p Plan,
        keys: &'p [SortKey],
        bound: Option<u64>,
        site: &Site<'p>,
    ) -> Result<Sort<'p>, Failure> {
        let compile = |key: &SortKey| Expression::compile(&key.expr, &input.columns);
        let needed = site.needed.clone().and(keys.iter().map(|key| &key.expr));
        Ok(Sort {
            input: build(input, &site.below(needed))?,
            plan: input,
            keys,
            expressions: keys.iter().map(compile).collect::<Result<_, _>>()?,
            bound: bound.map(|rows| usize::try_from(rows).unwrap_or(usize::MAX)),
            kept: Vec::new(),
            kept_rows: 0,
            sorted: None,
        })
    }

    /// The kept rows in order, as one batch.
    fn sort(&mut self, me: &Participant<'p>) -> Result<Batch, SqlError> {
        let kept = Batch::concat(std::mem::take(&mut self.kept));
        let kept = kept.unwrap_or_else(|| rows::no_rows(&self.plan.columns));
        let key = |expression: &Expression| expression.evaluate(&kept, &me.context);
        let keys = self.expressions.iter().map(key).collect::<Result<Vec<_>, _>>()?;
        let order = RowOrder::new(&keys, self.keys).sorted(kept.rows, self.bound);
        let columns = kept.columns.iter().map(|column| column.take(&order)).collect();
        Ok(Batch::new(columns, order.len()))
    }

    /// With a bound, rows that cannot be among the first are dropped now and then.
    fn prune(&mut self, me: &Participant<'p>) -> Result<(), SqlError> {
        let Some(bound) = self.bound else { return Ok(()) };
        if self.kept_rows > bound.saturating_mul(2).max(4 * BATCH_ROWS) {
            let first = self.sort(me)?;
            self.kept_rows = first.rows;
            self.kept.push(first);
        }
        Ok(())
    }
}

impl<'p> Executor<'p> for Sort<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        if self.sorted.is_none() {
            while let Some(batch) = pull_or_return!(self.input, me) {
                self.kept_rows += batch.len();
                self.kept.push(batch.compact());
                self.prune(me)?;
            }
            self.sorted = Some(Slices::new(self.sort(me)?));
        }
        let slices = self.sorted.as_mut().expect("it is sorted");
        Ok(slices.next().map_or(Pulled::Done, Pulled::Batch))
    }
}
