//! `Gather Merge`: runs the plan below in several participants and merges their sorted rows. [plan.gather-merge]
//!
//! ```text
//! head          of each participant: rows that have come and are not yet returned
//! each pull     every participant without a head is asked for one; while one of them owes it, there is nothing to return
//! merge         the least of the next rows, again and again, until a head is used up; of equals the first participant's
//! ```
//!
//! The order of a participant's own rows is taken for granted: the checker has seen it. [plan.gather-merge.order]

use std::sync::Arc;

use spec::plan::Plan;
use spec::query::SortKey;
use spec::value::text;
use spec::{Failure, SqlError};

use super::gather::{Launched, launch};
use super::order::RowOrder;
use super::{Executing, Executor, Needed, Parcel, Pull, Pulled, Site, build};
use crate::batch::Batch;
use crate::kernel::Expression;
use crate::protocol::{LeaderSteps, Received, TupleQueue, Wait};
use crate::runtime::{Execution, Participant};

/// Merges the rows of workers and of the leader's own copy.
pub(crate) struct GatherMerge<'p> {
    input: &'p Plan,
    keys: &'p [SortKey],
    expressions: Vec<Expression>,
    workers_planned: usize,
    execution: &'p Execution<'p>,
    running: Option<Running<'p>>,
    done: bool,
}

/// A Gather Merge after its first pull.
struct Running<'p> {
    launched: Launched,
    /// Before the sources: the leader has left, then lets its workers go.
    steps: LeaderSteps,
    sources: Vec<Source<'p>>,
    takes_part: bool,
}

/// A participant as the merge sees it.
struct Source<'p> {
    from: Supply<'p>,
    /// Its next rows, from `next` on.
    head: Batch,
    next: usize,
}

/// Where a participant's rows come from.
enum Supply<'p> {
    Worker(Arc<TupleQueue<Parcel>>),
    Leader(Executing<'p>),
    /// There are no more.
    Ended,
}

impl<'p> GatherMerge<'p> {
    pub fn new(
        input: &'p Plan,
        keys: &'p [SortKey],
        workers_planned: usize,
        site: &Site<'p>,
    ) -> Result<GatherMerge<'p>, Failure> {
        let compile = |key: &SortKey| Expression::compile(&key.expr, &input.columns);
        let expressions = keys.iter().map(compile).collect::<Result<_, _>>()?;
        let (execution, running, done) = (site.execution, None, false);
        Ok(GatherMerge { input, keys, expressions, workers_planned, execution, running, done })
    }

    /// Asks for workers.
    fn start(&self, me: &mut Participant<'p>) -> Result<Running<'p>, SqlError> {
        let (launched, queues) = launch(self.input, self.workers_planned, self.execution, me);
        let takes_part = queues.is_empty() || self.execution.leader_participates();
        let steps = LeaderSteps::merging(&queues, &launched.errors, takes_part);
        let sources = queues.into_iter().map(|queue| Source::new(Supply::Worker(queue))).collect();
        let mut running = Running { launched, steps, sources, takes_part: false };
        if takes_part {
            running.take_part(self.input, me)?;
        }
        Ok(running)
    }

    /// What is compared of these rows, as texts for a log. An expression that fails here fails the merge as well.
    fn key_texts(&self, rows: &Batch, me: &Participant<'p>) -> Vec<Vec<String>> {
        let keys = self.expressions.iter().map(|key| key.evaluate(rows, &me.context));
        let Ok(keys) = keys.collect::<Result<Vec<_>, _>>() else { return vec![] };
        let texts = |row: usize| keys.iter().map(|key| text::output(&key.value(row))).collect();
        (0..rows.rows).map(texts).collect()
    }

    /// Merges the heads until one is used up.
    fn merge(&self, running: &mut Running<'p>, me: &Participant<'p>) -> Result<Batch, SqlError> {
        let Running { steps, sources, .. } = running;
        let heads = sources.iter_mut().enumerate().filter(|(_, source)| !source.is_empty());
        let mut heads: Vec<_> = heads.collect();
        let (mut rests, mut rows) = (vec![], vec![]);
        let mut start = 0;
        for (_, source) in &heads {
            let rest = source.head.slice(source.next, source.head.rows - source.next);
            rows.push(start..start + rest.rows);
            start += rest.rows;
            rests.push(rest);
        }
        let all = Batch::concat(rests).expect("a head has rows");
        let key = |expression: &Expression| expression.evaluate(&all, &me.context);
        let keys = self.expressions.iter().map(key).collect::<Result<Vec<_>, _>>()?;
        let order = RowOrder::new(&keys, self.keys);
        let mut merged = vec![];
        while rows.iter().all(|head| !head.is_empty()) {
            let least = (1..rows.len()).fold(0, |least, other| {
                if order.compare(rows[other].start, rows[least].start).is_lt() {
                    other
                } else {
                    least
                }
            });
            merged.push(rows[least].start as u32);
            rows[least].start += 1;
            let (number, source) = &mut heads[least];
            source.next += 1;
            steps.head_given(*number);
        }
        let columns = all.columns.iter().map(|column| column.take(&merged)).collect();
        Ok(Batch::new(columns, merged.len()))
    }
}

impl<'p> Running<'p> {
    /// The leader runs a copy of its own.
    fn take_part(&mut self, input: &'p Plan, me: &mut Participant<'p>) -> Result<(), SqlError> {
        let site = Site {
            execution: me.execution,
            shared: Some(self.launched.shared.clone()),
            number: me.number,
            needed: Needed::all(),
        };
        let executor = build(input, &site).map_err(|failure| failure.to_sql_error())?;
        self.sources.push(Source::new(Supply::Leader(executor)));
        self.takes_part = true;
        self.steps.joined();
        me.execution.note_gather(self.launched.number, |trace| trace.leader_participated = true);
        Ok(())
    }

    /// Asks every participant that has no head for one; what to wait for, if one of them owes it.
    fn fill(
        &mut self,
        merge: &GatherMerge<'p>,
        me: &mut Participant<'p>,
    ) -> Result<Option<Wait>, SqlError> {
        let mut owed = None;
        let before = self.launched.arrival.look();
        for (number, source) in self.sources.iter_mut().enumerate() {
            let came = |head: &Batch, me: &Participant<'p>| {
                self.steps.head_came(number, || merge.key_texts(head, me));
            };
            if let Some(wait) = source.fill(merge.input, me, &self.steps, came)? {
                let arrival = || Wait::Event(self.launched.arrival.clone(), before);
                owed = Some(wait.unwrap_or_else(arrival));
            }
        }
        // After the last row: a worker reports its error before it detaches.
        match self.launched.errors.raised() {
            Some(error) => Err(error),
            None => Ok(owed),
        }
    }
}

impl<'p> Source<'p> {
    fn new(from: Supply<'p>) -> Source<'p> {
        Source { from, head: Batch::default(), next: 0 }
    }

    fn is_empty(&self) -> bool {
        self.next == self.head.rows
    }

    /// Gets a head, if there is none; `Some` if it is not there yet: what to wait for, or none for the arrival event.
    fn fill(
        &mut self,
        input: &'p Plan,
        me: &mut Participant<'p>,
        steps: &LeaderSteps,
        came: impl Fn(&Batch, &Participant<'p>),
    ) -> Result<Option<Option<Wait>>, SqlError> {
        while self.is_empty() {
            let batch = match &mut self.from {
                Supply::Ended => break,
                Supply::Worker(queue) => match queue.try_receive() {
                    Received::Item(parcel) => {
                        let (batch, crossed) = parcel.unpack(&input.columns)?;
                        me.tally.states_as_bytes += crossed;
                        batch
                    }
                    Received::Empty => return Ok(Some(None)),
                    Received::Detached => {
                        self.from = Supply::Ended;
                        break;
                    }
                },
                Supply::Leader(executor) => match executor.pull(me)? {
                    Pulled::Batch(batch) => batch,
                    Pulled::Blocked(wait) => return Ok(Some(Some(wait))),
                    Pulled::Done => {
                        steps.done();
                        self.from = Supply::Ended;
                        break;
                    }
                },
            };
            self.head = batch.compact();
            self.next = 0;
            came(&self.head, me);
        }
        Ok(None)
    }
}

/// No worker outlives the interest in its rows. [gather.stop]
impl Drop for Source<'_> {
    fn drop(&mut self) {
        if let Supply::Worker(queue) = &self.from {
            queue.detach_reader();
        }
    }
}

impl<'p> Executor<'p> for GatherMerge<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        if self.done {
            return Ok(Pulled::Done);
        }
        let Some(mut running) = self.running.take() else {
            self.running = Some(self.start(me)?);
            return Ok(Pulled::Blocked(Wait::Turn));
        };
        if let Some(wait) = running.fill(self, me)? {
            self.running = Some(running);
            return Ok(Pulled::Blocked(wait));
        }
        if running.sources.iter().all(Source::is_empty) {
            if !running.takes_part && me.execution.launched(running.launched.number) == 0 {
                // Not one of the workers could begin: the leader does it all.
                running.take_part(self.input, me)?;
                self.running = Some(running);
                return Ok(Pulled::Blocked(Wait::Turn));
            }
            running.steps.finished();
            self.done = true;
            return Ok(Pulled::Done);
        }
        let merged = self.merge(&mut running, me)?;
        self.running = Some(running);
        Ok(Pulled::Batch(merged))
    }
}
