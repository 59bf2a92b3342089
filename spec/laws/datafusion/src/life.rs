//! One group's life, whichever of the two interfaces it is lived through.

use datafusion_common::arrow::array::{Array, ArrayRef};
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

/// The second of two groups. The first never sees a row, and so the states that are passed on are slices that begin at 1.
pub(crate) struct SecondGroup {
    groups: Box<dyn GroupsAccumulator>,
    /// A batch without rows, which makes the groups known where no other batch did.
    nothing: Option<Vec<ArrayRef>>,
}

impl SecondGroup {
    pub(crate) fn new(groups: Box<dyn GroupsAccumulator>, nothing: Vec<ArrayRef>) -> SecondGroup {
        SecondGroup { groups, nothing: Some(nothing) }
    }

    fn settle(&mut self) -> Result<()> {
        self.nothing.take().map_or(Ok(()), |none| self.groups.update_batch(&none, &[], None, 2))
    }
}

/// How many rows these columns have.
fn length(columns: &[ArrayRef]) -> usize {
    columns.first().map_or(0, |column| column.len())
}

impl Life for SecondGroup {
    fn update(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.nothing = None;
        self.groups.update_batch(values, &vec![1; length(values)], None, 2)
    }

    fn merge(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.nothing = None;
        self.groups.merge_batch(states, &vec![1; length(states)], 2)
    }

    fn state(&mut self) -> Result<Vec<ArrayRef>> {
        self.settle()?;
        let states = self.groups.state(EmitTo::All)?;
        Ok(states.iter().map(|state| state.slice(1, 1)).collect())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.settle()?;
        let answers = self.groups.evaluate(EmitTo::All)?;
        ScalarValue::try_from_array(&answers, 1)
    }
}
