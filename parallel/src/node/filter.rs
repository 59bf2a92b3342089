//! `Filter`: the rows for which every condition is true, by narrowing the selection.

use spec::Failure;
use spec::expr::Expr;
use spec::plan::{Mode, Node, Plan};

use super::{Executing, Executor, Pull, Pulled, Site, build, pull_or_return};
use crate::batch::Selection;
use crate::fault::Fault;
use crate::kernel::Predicate;
use crate::runtime::Participant;

/// Narrows the batches of its input.
pub(crate) struct Filter<'p> {
    input: Executing<'p>,
    predicate: Predicate,
    /// Fault: the selection of the batch before, with its number of rows.
    stale: Option<(usize, Selection)>,
    /// Fault: HAVING was applied below, to partial groups.
    idle: bool,
}

impl<'p> Filter<'p> {
    pub fn new(
        input: &'p Plan,
        conditions: &'p [Expr],
        site: &Site<'p>,
    ) -> Result<Filter<'p>, Failure> {
        let finalizes = matches!(input.node, Node::Aggregate { mode: Mode::Finalize, .. });
        Ok(Filter {
            predicate: Predicate::compile(conditions, &input.columns)?,
            input: build(input, &site.below(site.needed.clone().and(conditions)))?,
            stale: None,
            idle: finalizes && site.execution.plants(Fault::HavingAtPartialStage),
        })
    }
}

impl<'p> Executor<'p> for Filter<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        while let Some(mut batch) = pull_or_return!(self.input, me) {
            if self.idle {
                return Ok(Pulled::Batch(batch));
            }
            let mut selection = self.predicate.select(&batch, &me.context)?;
            if me.execution.plants(Fault::StaleSelection) {
                match &self.stale {
                    Some((rows, stale)) if *rows == batch.rows => selection = stale.clone(),
                    _ => self.stale = Some((batch.rows, selection.clone())),
                }
            }
            if !selection.is_empty() {
                batch.selection = (selection.len() < batch.rows).then_some(selection);
                return Ok(Pulled::Batch(batch));
            }
        }
        Ok(Pulled::Done)
    }
}
