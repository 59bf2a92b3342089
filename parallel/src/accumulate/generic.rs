//! An accumulator of any aggregate's machine: row by row, group by group.

use spec::agg::{Aggregate, State};
use spec::error::SqlError;
use spec::value::Value;

use super::each::group;
use super::{Accumulator, Height};
use crate::batch::Rows;
use crate::column::Column;

/// One state per group, in the machine's own form.
pub(super) struct Generic {
    aggregate: &'static Aggregate,
    initial: State,
    states: Vec<State>,
    /// Rows and states taken in, by group.
    inputs: Vec<u64>,
    combines_of_two: u64,
}

impl Generic {
    /// No groups yet.
    pub(super) fn new(aggregate: &'static Aggregate) -> Generic {
        let initial = aggregate.machine.init();
        Generic { aggregate, initial, states: vec![], inputs: vec![], combines_of_two: 0 }
    }

    /// The states of all groups, in the machine's own form.
    pub(super) fn kept(&self) -> impl Iterator<Item = &State> {
        self.states.iter()
    }

    /// Goes on from these states.
    pub(super) fn continuing(aggregate: &'static Aggregate, states: &Column) -> Generic {
        let mut generic = Generic::new(aggregate);
        generic.states = (0..states.len()).map(|i| states.state(i)).collect();
        generic.inputs = vec![0; states.len()];
        generic
    }
}

impl Accumulator for Generic {
    fn resize(&mut self, groups: usize) {
        let groups = groups.max(self.states.len());
        self.states.resize(groups, self.initial.clone());
        self.inputs.resize(groups, 0);
    }

    fn update(
        &mut self,
        groups: Option<&[u32]>,
        args: &[Column],
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        let mut values = vec![Value::Null; args.len()];
        rows.try_for_each(|row| {
            values.iter_mut().zip(args).for_each(|(value, column)| *value = column.value(row));
            let group = group(groups, row);
            self.inputs[group] += 1;
            self.aggregate.advance(&mut self.states[group], &values)
        })
    }

    fn merge(
        &mut self,
        groups: Option<&[u32]>,
        states: &Column,
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        rows.try_for_each(|row| {
            let group = group(groups, row);
            let other = states.state(row);
            let state = &mut self.states[group];
            self.combines_of_two += u64::from(*state != self.initial && other != self.initial);
            self.inputs[group] += 1;
            self.aggregate.merge(state, &other)
        })
    }

    fn states(&self) -> Column {
        Column::from_states(self.aggregate.state_fields, self.states.iter())
    }

    fn finish(&self) -> Result<Column, SqlError> {
        let values = self.states.iter().map(|state| self.aggregate.finish(state));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        Ok(Column::from_values(self.aggregate.result, values))
    }

    fn rounding_height(&self) -> Height {
        self.inputs.iter().copied().max().unwrap_or(0)
    }

    fn combines_of_two(&self) -> u64 {
        self.combines_of_two
    }
}
