//! `Nested Loop`: every pair of an outer and an inner row that satisfies the conditions.
//!
//! The inner side refers to nothing of the outer row, so it is read once and kept; PostgreSQL reads it again for each
//! outer row, from a Material or a scan, and finds the same rows. [departure.rescan]

use spec::Failure;
use spec::expr::Expr;
use spec::plan::Plan;
use spec::query::JoinKind;

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
        Ok(NestedLoop {
            outer: build(outer, &site.below(outer_site))?,
            collector: Collector::new(build(inner, &site.below(inner_site))?, &inner.columns),
            inner: None,
            matches: Matches::new(kind, conditions, &outer.columns, &inner.columns, needed),
            current: None,
            done: false,
        })
    }
}

impl<'p> Executor<'p> for NestedLoop<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        if self.inner.is_none() {
            match self.collector.fill(me)? {
                Pulled::Done => {}
                blocked => return Ok(blocked),
            }
            let inner = self.collector.take();
            self.matches.begin(inner.rows);
            self.inner = Some(inner);
        }
        let inner = self.inner.as_ref().expect("it was read");
        while !self.done {
            if self.current.is_none() {
                match pull_or_return!(self.outer, me) {
                    Some(batch) => {
                        let batch = batch.compact();
                        self.matches.begin_batch(batch.rows);
                        self.current = Some((batch, 0));
                    }
                    None => {
                        self.done = true;
                        if let Some(batch) = self.matches.unmatched_inner(inner) {
                            return Ok(Pulled::Batch(batch));
                        }
                        break;
                    }
                }
            }
            let (outer, next) = self.current.as_mut().expect("it was pulled");
            let end = (*next + BATCH_ROWS).min(outer.rows * inner.rows);
            let joined = if *next < end {
                let outer_rows: Vec<u32> = (*next..end).map(|p| (p / inner.rows) as u32).collect();
                let inner_rows: Vec<u32> = (*next..end).map(|p| (p % inner.rows) as u32).collect();
                *next = end;
                self.matches.join(outer, &outer_rows, inner, &inner_rows, me)?
            } else {
                let (outer, _) = self.current.take().expect("it is at hand");
                self.matches.finish_batch(outer, me)
            };
            if let Some(batch) = joined {
                return Ok(Pulled::Batch(batch));
            }
        }
        Ok(Pulled::Done)
    }
}
