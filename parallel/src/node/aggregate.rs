//! `Aggregate`, `GroupAggregate`, `HashAggregate`, and their Partial and Finalize stages.
//!
//! ```text
//! Simple     groups of rows;    update every call;   finish
//! Partial    groups of rows;    update every call;   states      one row per group and participant
//! Finalize   groups of keys;    merge every state;   finish
//! ```
//!
//! Groups are numbered first and accumulated then, batch by batch. Groups come out in the order in which they were
//! first met, so that over sorted rows (`GroupAggregate`) the output is sorted too. Without keys there is exactly one
//! group, also where there is no row: a participant without rows sends its initial states. [agg.partial.plain]

mod calls;
mod faults;
mod ordered;

use spec::plan::{Mode, Node, Plan, PlanColumn};
use spec::query::Call;
use spec::{Failure, SqlError, Type};

use self::calls::Calls;
use self::faults::Planted;
use super::rows::Slices;
use super::{
    Executing, Executor, Needed, Pull, Pulled, Site, build as build_input, pull_or_return,
};
use crate::accumulate::Accumulator;
use crate::batch::Batch;
use crate::column::Column;
use crate::group::Grouper;
use crate::kernel::Expression;
use crate::runtime::Participant;

/// Reads its input to the end, then returns the groups.
struct Aggregate<'p> {
    plan: &'p Plan,
    mode: Mode,
    input: Executing<'p>,
    keys: Vec<Expression>,
    /// None without keys: everything is group 0.
    grouper: Option<Grouper>,
    /// In Simple and Partial mode: the arguments and filters of the calls.
    calls: Calls,
    accumulators: Vec<Box<dyn Accumulator>>,
    /// The group of each row of the batch at hand; kept for its memory.
    groups: Vec<u32>,
    planted: Planted,
    output: Option<Slices>,
}

/// The executor of an Aggregate node.
pub(super) fn build<'p>(plan: &'p Plan, site: &Site<'p>) -> Result<Executing<'p>, Failure> {
    let Node::Aggregate { mode, input, keys, calls, .. } = &plan.node else {
        unreachable!("called for Aggregate nodes only");
    };
    let needed = match mode {
        Mode::Finalize => Needed::all(),
        Mode::Simple | Mode::Partial => {
            Needed::by(keys.iter().chain(calls.iter().flat_map(Call::exprs)))
        }
    };
    let compile = |key| Expression::compile(key, &input.columns);
    let planted = Planted::new(plan, site.execution)?;
    let accumulators = calls.iter().map(|call| {
        let types: Vec<Type> = call.args.iter().map(|arg| arg.ty()).collect();
        match &call.aggregate.ordered_set {
            Some(set) => crate::accumulate::of_set(call, set),
            None => crate::accumulate::for_call(call.aggregate, &types),
        }
    });
    let mut accumulators: Vec<_> = accumulators.collect();
    if keys.is_empty() {
        accumulators.iter_mut().for_each(|accumulator| accumulator.resize(1));
    }
    let types = planted.key_types(keys.iter().map(|key| key.ty()).collect());
    Ok(Box::new(Aggregate {
        plan,
        mode: *mode,
        input: build_input(input, &site.below(needed))?,
        keys: keys.iter().map(compile).collect::<Result<_, _>>()?,
        grouper: (!keys.is_empty()).then(|| Grouper::new(types)),
        // Finalize evaluates nothing of the calls: their arguments speak of the rows below Partial.
        calls: match mode {
            Mode::Finalize => Calls::default(),
            Mode::Simple | Mode::Partial => Calls::compile(calls, &input.columns)?,
        },
        accumulators,
        groups: Vec::new(),
        planted,
        output: None,
    }))
}

impl<'p> Aggregate<'p> {
    /// Takes in a batch.
    fn consume(&mut self, batch: &Batch, me: &mut Participant<'p>) -> Result<(), SqlError> {
        self.number_groups(batch, me)?;
        let groups = self.grouper.is_some().then_some(&self.groups[..]);
        if self.mode == Mode::Finalize {
            let states = &batch.columns[self.keys.len()..];
            let selected = self.planted.combined(batch, groups);
            for (accumulator, states) in self.accumulators.iter_mut().zip(states) {
                let states = self.planted.arrived(states);
                accumulator.merge(groups, &states, selected.selected())?;
            }
            me.tally.combines += (batch.len() * self.accumulators.len()) as u64;
            return Ok(());
        }
        self.calls.update(batch, groups, &mut self.accumulators, &me.context)?;
        if let Some(first) = self.planted.counted_again(batch) {
            self.calls.update(&first, groups, &mut self.accumulators, &me.context)?;
        }
        Ok(())
    }

    /// Sets the group of each row, and makes room for new groups.
    fn number_groups(&mut self, batch: &Batch, me: &Participant<'p>) -> Result<(), SqlError> {
        let Some(grouper) = &mut self.grouper else { return Ok(()) };
        let key = |expression: &Expression| expression.evaluate(batch, &me.context);
        let mut keys = self.keys.iter().map(key).collect::<Result<Vec<_>, _>>()?;
        self.planted.add_keys(&mut keys);
        grouper.group_ids(&keys, batch, &mut self.groups);
        for accumulator in &mut self.accumulators {
            accumulator.resize(grouper.len());
        }
        Ok(())
    }

    /// The groups, after the last row.
    fn finish(&mut self, me: &mut Participant<'p>) -> Result<Batch, SqlError> {
        self.calls.finish(&mut self.accumulators, &me.context)?;
        let mut columns = self.grouper.as_ref().map_or_else(Vec::new, Grouper::keys);
        columns.truncate(self.keys.len());
        let rows = self.grouper.as_ref().map_or(1, Grouper::len);
        let keys = columns.len();
        for accumulator in &self.accumulators {
            columns.push(match self.mode {
                Mode::Partial => accumulator.states(),
                Mode::Simple | Mode::Finalize => accumulator.finish()?,
            });
            me.tally.combines_of_two += accumulator.combines_of_two();
            me.tally.reached_height(self.plan, accumulator.rounding_height());
        }
        let groups = Batch::new(columns, rows);
        match self.mode {
            Mode::Partial => self.planted.having(groups, keys, &self.accumulators, &me.context),
            Mode::Simple | Mode::Finalize => Ok(groups),
        }
    }
}

impl<'p> Executor<'p> for Aggregate<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        if self.output.is_none() {
            while let Some(batch) = pull_or_return!(self.input, me) {
                if !batch.is_empty() {
                    self.consume(&batch, me)?;
                }
            }
            self.output = Some(Slices::new(self.finish(me)?));
            self.grouper = None;
            self.accumulators = Vec::new();
        }
        let slices = self.output.as_mut().expect("it is finished");
        Ok(slices.next().map_or(Pulled::Done, Pulled::Batch))
    }
}

/// The columns of the groups as values, for a planted fault.
fn as_values(columns: &[PlanColumn]) -> Vec<PlanColumn> {
    let value =
        |column: &PlanColumn| PlanColumn { content: spec::plan::Content::Value, ..column.clone() };
    columns.iter().map(value).collect()
}

/// The key columns of some groups, and their calls finished: what Finalize would answer for them.
fn finished(
    groups: &Batch,
    keys: usize,
    accumulators: &[Box<dyn Accumulator>],
) -> Result<Batch, SqlError> {
    let mut columns: Vec<Column> = groups.columns[..keys].to_vec();
    for accumulator in accumulators {
        columns.push(accumulator.finish()?);
    }
    Ok(Batch::new(columns, groups.rows))
}
