//! One group's life, whichever of the two interfaces it is lived through.

use datafusion_common::arrow::array::{Array, ArrayRef, BooleanArray};
use datafusion_common::{Result, ScalarValue};
use datafusion_expr_common::accumulator::Accumulator;
use datafusion_expr_common::groups_accumulator::{EmitTo, GroupsAccumulator};

/// What the laws need of an accumulator: the rows and states of one group go in, its state or its answer comes out.
pub(crate) trait Life {
    fn update(&mut self, values: &[ArrayRef]) -> Result<()>;
    fn merge(&mut self, states: &[ArrayRef]) -> Result<()>;
    /// The state, as arrays of one row; nothing may follow.
    fn state(&mut self) -> Result<Vec<ArrayRef>>;
    /// The answer; for groups nothing may follow.
    fn evaluate(&mut self) -> Result<ScalarValue>;
}

impl Life for Box<dyn Accumulator> {
    fn update(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.update_batch(values)
    }

    fn merge(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.merge_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ArrayRef>> {
        Accumulator::state(&mut **self)?.iter().map(ScalarValue::to_array).collect()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Accumulator::evaluate(&mut **self)
    }
}

/// The only group of its accumulator. DataFusion makes a group known by a row of it, or by a state: so does this, and a group
/// of no rows is one whose first row a filter dropped.
pub(crate) struct OnlyGroup {
    groups: Box<dyn GroupsAccumulator>,
    /// A row, to be dropped if no other comes.
    dropped: Vec<ArrayRef>,
    /// How many groups are known: none or this one.
    known: usize,
}

impl OnlyGroup {
    pub(crate) fn new(groups: Box<dyn GroupsAccumulator>, dropped: Vec<ArrayRef>) -> OnlyGroup {
        OnlyGroup { groups, dropped, known: 0 }
    }

    fn settle(&mut self) -> Result<()> {
        if self.known == 1 {
            return Ok(());
        }
        self.known = 1;
        let filter = BooleanArray::from(vec![false]);
        self.groups.update_batch(&self.dropped, &[0], Some(&filter), 1)
    }

    /// Group numbers for these rows.
    fn meet(&mut self, columns: &[ArrayRef]) -> Vec<usize> {
        let rows = columns.first().map_or(0, |column| column.len());
        self.known = self.known.max(rows.min(1));
        vec![0; rows]
    }
}

impl Life for OnlyGroup {
    fn update(&mut self, values: &[ArrayRef]) -> Result<()> {
        let groups = self.meet(values);
        self.groups.update_batch(values, &groups, None, self.known)
    }

    fn merge(&mut self, states: &[ArrayRef]) -> Result<()> {
        let groups = self.meet(states);
        self.groups.merge_batch(states, &groups, self.known)
    }

    fn state(&mut self) -> Result<Vec<ArrayRef>> {
        self.settle()?;
        self.groups.state(EmitTo::All)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.settle()?;
        let answers = self.groups.evaluate(EmitTo::All)?;
        ScalarValue::try_from_array(&answers, 0)
    }
}
