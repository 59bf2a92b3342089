//! Counts what a node does, for EXPLAIN ANALYZE.

use std::time::Instant;

use spec::plan::{Node, Plan};

use super::{Executing, Executor, Pull, Pulled, Site};
use crate::runtime::Participant;

/// A node and its counters.
struct Instrumented<'p> {
    executor: Executing<'p>,
    place: usize,
    /// The filter of the node at this place, instead of the node itself.
    filter: bool,
    /// Nothing stands above that is printed at the same place.
    begun: bool,
}

/// The same executor, counted. Filter and Project are printed on the node below, so they are counted there: a filter's
/// rows replace those of the node, and what it drops is counted as removed; a projection changes no count.
pub(super) fn around<'p>(executor: Executing<'p>, plan: &Plan, site: &Site<'p>) -> Executing<'p> {
    let filter = match plan.node {
        Node::Project { .. } => return executor,
        Node::Filter { .. } => true,
        _ => false,
    };
    let place = site.execution.place(plan);
    Box::new(Instrumented { executor, place, filter, begun: false })
}

impl<'p> Executor<'p> for Instrumented<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        let before = me.tally.node(self.place).clone();
        let start = Instant::now();
        let pulled = self.executor.pull(me)?;
        let milliseconds = start.elapsed().as_secs_f64() * 1e3;
        let rows = match &pulled {
            Pulled::Batch(batch) => batch.len() as u64,
            _ => 0,
        };
        let node = me.tally.node(self.place);
        node.milliseconds = before.milliseconds + milliseconds;
        if self.filter {
            // Several batches may have gone in before one came out.
            let given = node.rows - before.rows;
            node.removed += given.saturating_sub(rows);
            node.rows = before.rows + rows;
        } else {
            node.rows += rows;
            node.loops += u64::from(!self.begun);
        }
        self.begun = true;
        Ok(pulled)
    }
}
