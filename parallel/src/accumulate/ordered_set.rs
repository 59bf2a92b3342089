//! The accumulator of ordered-set aggregates: rows that come in order are kept, and answered about at the end.
//! [agg.ordered-set]

use spec::agg::Aggregate;
use spec::agg::ordered_set::{KeyOrder, OrderedSet, Set};
use spec::error::SqlError;
use spec::query::Call;
use spec::value::{Row, Value};

use super::generic::Generic;
use super::{Accumulator, Height};
use crate::batch::Rows;
use crate::column::Column;

/// The rows of each group as a state of the aggregate's machine, and its direct arguments.
pub(super) struct Sets {
    aggregate: &'static Aggregate,
    set: &'static OrderedSet,
    order: Vec<KeyOrder>,
    direct: Vec<Row>,
    rows: Generic,
}

impl Sets {
    /// No groups yet.
    pub(super) fn new(call: &Call, set: &'static OrderedSet) -> Sets {
        let order = call.order_by.iter().map(KeyOrder::from).collect();
        let aggregate = call.aggregate;
        Sets { aggregate, set, order, direct: vec![], rows: Generic::new(aggregate) }
    }
}

impl Accumulator for Sets {
    fn resize(&mut self, groups: usize) {
        self.rows.resize(groups);
    }

    fn update(
        &mut self,
        groups: Option<&[u32]>,
        args: &[Column],
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        self.rows.update(groups, args, rows)
    }

    fn merge(
        &mut self,
        groups: Option<&[u32]>,
        states: &Column,
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        self.rows.merge(groups, states, rows)
    }

    fn direct(&mut self, args: &[Column]) {
        let groups = args.first().map_or(0, Column::len);
        let row = |group| args.iter().map(|column| column.value(group)).collect();
        self.direct = (0..groups).map(row).collect();
    }

    fn states(&self) -> Column {
        self.rows.states()
    }

    fn finish(&self) -> Result<Column, SqlError> {
        let none = Row::new();
        let answer = |(group, values): (usize, &Vec<Value>)| {
            let direct = self.direct.get(group).unwrap_or(&none);
            (self.set.finish)(&Set { direct, values, order: &self.order })
        };
        let values = self.rows.kept().enumerate().map(answer).collect::<Result<Vec<_>, _>>()?;
        Ok(Column::from_values(self.aggregate.result, values))
    }

    fn rounding_height(&self) -> Height {
        0
    }

    fn combines_of_two(&self) -> u64 {
        0
    }
}
