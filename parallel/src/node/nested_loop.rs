//! `Nested Loop`: every pair of an outer and an inner row that satisfies the conditions.
//!
//! The inner side refers to nothing of the outer row, so it is read once and kept; PostgreSQL reads it again for each
//! outer row, from a Material or a scan, and finds the same rows. [departure.rescan] Only a Gather that no Material keeps is
//! run again, for each batch of outer rows: with shared state, queues and workers that know nothing of the run before.
//! [gather.rescan]

use spec::expr::Expr;
use spec::plan::{Node, Plan};
use spec::query::JoinKind;
use spec::{Failure, SqlError};

use super::pairs::Matches;
use super::rows::Collector;
use super::{Executing, Executor, Pull, Pulled, Site, build, pull_or_return};
use crate::batch::{BATCH_ROWS, Batch};
use crate::kernel::Predicate;
use crate::runtime::Participant;

/// Joins each outer batch with all inner rows.
pub(crate) struct NestedLoop<'p> {
    outer: Executing<'p>,
    collector: Collector<'p>,
    inner: Option<Batch>,
    /// An inner side that is run again for each outer batch, and where.
    again: Option<(&'p Plan, Site<'p>)>,
    /// An outer batch has been joined with the rows of this run of it.
    used: bool,
    matches: Matches<'p>,
    /// The outer batch at hand, and the number of its next pair.
    current: Option<(Batch, usize)>,
    done: bool,
}

impl<'p> NestedLoop<'p> {
    pub fn new(
        kind: JoinKind,
        outer: &'p Plan,
        inner: &'p Plan,
        on: &[Expr],
        site: &Site<'p>,
    ) -> Result<NestedLoop<'p>, Failure> {
        let both: Vec<_> = outer.columns.iter().chain(&inner.columns).cloned().collect();
        let conditions = match on {
            [] => None,
            conditions => Some(Predicate::compile(conditions, &both)?),
        };
        let needed = site.needed.clone().and(on);
        let (outer_site, inner_site) = needed.split(outer.columns.len());
        let inner_site = site.below(inner_site);
        Ok(NestedLoop {
            outer: build(outer, &site.below(outer_site))?,
            collector: Collector::new(build(inner, &inner_site)?, &inner.columns),
            inner: None,
            again: runs_again(kind, inner).then_some((inner, inner_site)),
            used: false,
            matches: Matches::new(kind, conditions, &outer.columns, &inner.columns, needed),
            current: None,
            done: false,
        })
    }
}

/// Whether the inner side is run again; the marks of inner rows that Right and Full keep are of one run.
fn runs_again(kind: JoinKind, inner: &Plan) -> bool {
    matches!(inner.node, Node::Gather { .. } | Node::GatherMerge { .. })
        && !matches!(kind, JoinKind::Right | JoinKind::Full)
}

impl<'p> NestedLoop<'p> {
    /// Reads the inner side, if it is not there; `Done` when it is.
    fn read_inner(&mut self, me: &mut Participant<'p>) -> Pull {
        if self.inner.is_none() {
            match self.collector.fill(me)? {
                Pulled::Done => {}
                blocked => return Ok(blocked),
            }
            let inner = self.collector.take();
            self.matches.begin(inner.rows);
            self.inner = Some(inner);
        }
        Ok(Pulled::Done)
    }

    /// The next outer batch; one after the first has its own run of an inner side that is run again.
    fn begin_batch(&mut self, outer: Batch) -> Result<(), SqlError> {
        if let (true, Some((plan, site))) = (self.used, &self.again) {
            let executor = build(plan, site).map_err(|failure| failure.to_sql_error())?;
            self.collector = Collector::new(executor, &plan.columns);
            self.inner = None;
        }
        self.used = true;
        self.matches.begin_batch(outer.rows);
        self.current = Some((outer, 0));
        Ok(())
    }

    /// The next pairs of the outer batch at hand; none if there are none left, or none match.
    fn join(
        &mut self,
        outer: Batch,
        next: usize,
        me: &mut Participant<'p>,
    ) -> Result<Option<Batch>, SqlError> {
        let inner = self.inner.as_ref().expect("it was read");
        let end = (next + BATCH_ROWS).min(outer.rows * inner.rows);
        if next == end {
            return Ok(self.matches.finish_batch(outer, me));
        }
        let outer_rows: Vec<u32> = (next..end).map(|p| (p / inner.rows) as u32).collect();
        let inner_rows: Vec<u32> = (next..end).map(|p| (p % inner.rows) as u32).collect();
        let joined = self.matches.join(&outer, &outer_rows, inner, &inner_rows, me);
        self.current = Some((outer, end));
        joined
    }
}

impl<'p> Executor<'p> for NestedLoop<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        while !self.done {
            match self.read_inner(me)? {
                Pulled::Done => {}
                blocked => return Ok(blocked),
            }
            if let Some((outer, next)) = self.current.take() {
                if let Some(joined) = self.join(outer, next, me)? {
                    return Ok(Pulled::Batch(joined));
                }
                continue;
            }
            match pull_or_return!(self.outer, me) {
                Some(batch) if batch.is_empty() => {}
                Some(batch) => self.begin_batch(batch.compact())?,
                None => {
                    self.done = true;
                    let inner = self.inner.as_ref().expect("it was read");
                    if let Some(batch) = self.matches.unmatched_inner(inner) {
                        return Ok(Pulled::Batch(batch));
                    }
                }
            }
        }
        Ok(Pulled::Done)
    }
}
