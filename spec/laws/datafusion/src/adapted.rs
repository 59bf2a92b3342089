//! Accumulators as the laws see aggregates.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

use datafusion_common::arrow::array::{Array, ArrayRef};
use datafusion_common::arrow::compute::concat;
use datafusion_common::arrow::datatypes::{DataType, FieldRef};
use datafusion_common::{Result, ScalarValue};
use datafusion_expr_common::accumulator::Accumulator;
use datafusion_expr_common::groups_accumulator::GroupsAccumulator;
use laws::{Aggregate, Class};

use crate::failure::{Failure, attempt};
use crate::life::{Life, OnlyGroup};
use crate::rows::{Row, columns};
use crate::shipped;

/// What an aggregate answers, or why it does not.
pub type Answer = Result<ScalarValue, Failure>;

/// Whether two answers for these rows (in this order, if it matters) agree.
pub type Agree = dyn Fn(&[Row], &ScalarValue, &ScalarValue) -> bool + Send + Sync;

type MayFail = dyn Fn(&[Row]) -> bool + Send + Sync;

type Begin<T> = Box<dyn Fn() -> Result<Box<T>> + Send + Sync>;

/// An aggregate of DataFusion under the laws: factories of its accumulators, and what it says of itself.
///
/// An accumulator cannot be cloned, and `state` consumes it; so a state here is the *history* of an accumulator, the calls that led
/// to it, and whoever needs the accumulator gets a new one that has lived through the same calls. Nothing is merged
/// that DataFusion would not merge: only `combine` goes through `state` and `merge_batch`, and only bytes go through a
/// record batch of the state fields. That the same calls lead to the same accumulator is part of what is tested.
///
/// The laws go through [`GroupsAccumulator`] if there is one, and through [`Accumulator`] otherwise; the
/// [contracts](crate::Contract) go through whichever they are about.
pub struct Adapted {
    pub(crate) inputs: Vec<FieldRef>,
    pub(crate) states: Option<Vec<FieldRef>>,
    pub(crate) returns: Option<DataType>,
    pub(crate) single: Option<Begin<dyn Accumulator>>,
    pub(crate) sliding: Option<Begin<dyn Accumulator>>,
    pub(crate) groups: Option<Begin<dyn GroupsAccumulator>>,
    order_matters: bool,
    agree: Option<Box<Agree>>,
    may_fail: Option<Box<MayFail>>,
}

impl Adapted {
    /// An aggregate of these arguments, as yet without accumulators.
    pub fn new(inputs: Vec<FieldRef>) -> Adapted {
        Adapted {
            inputs,
            states: None,
            returns: None,
            single: None,
            sliding: None,
            groups: None,
            order_matters: false,
            agree: None,
            may_fail: None,
        }
    }

    /// How a new [`Accumulator`] is made.
    pub fn accumulator(
        mut self,
        begin: impl Fn() -> Result<Box<dyn Accumulator>> + Send + Sync + 'static,
    ) -> Adapted {
        self.single = Some(Box::new(begin));
        self
    }

    /// How a new [`Accumulator`] for a window whose start moves is made; it has to support `retract_batch`.
    pub fn sliding_accumulator(
        mut self,
        begin: impl Fn() -> Result<Box<dyn Accumulator>> + Send + Sync + 'static,
    ) -> Adapted {
        self.sliding = Some(Box::new(begin));
        self
    }

    /// How a new [`GroupsAccumulator`] is made.
    pub fn groups_accumulator(
        mut self,
        begin: impl Fn() -> Result<Box<dyn GroupsAccumulator>> + Send + Sync + 'static,
    ) -> Adapted {
        self.groups = Some(Box::new(begin));
        self
    }

    /// The fields of its state (`state_fields`), under which states travel between processes.
    pub fn state_fields(mut self, fields: Vec<FieldRef>) -> Adapted {
        self.states = Some(fields);
        self
    }

    /// The type of its answers.
    pub fn returns(mut self, data_type: DataType) -> Adapted {
        self.returns = Some(data_type);
        self
    }

    /// Says that the answer depends on the order of the rows; then only splits that keep the order must be invisible.
    pub fn in_input_order(mut self) -> Adapted {
        self.order_matters = true;
        self
    }

    /// When two answers agree, where equality is too much to ask: a rounding error that can be bounded from the rows, a list
    /// in any order.
    pub fn agreeing(
        mut self,
        agree: impl Fn(&[Row], &ScalarValue, &ScalarValue) -> bool + Send + Sync + 'static,
    ) -> Adapted {
        self.agree = Some(Box::new(agree));
        self
    }

    /// For which rows some order or split may raise an error that another does not, as a sum does that overflows on the way; a
    /// value and an error then agree.
    pub fn may_fail(
        mut self,
        may_fail: impl Fn(&[Row]) -> bool + Send + Sync + 'static,
    ) -> Adapted {
        self.may_fail = Some(Box::new(may_fail));
        self
    }

    /// The fields of its arguments.
    pub fn inputs(&self) -> &[FieldRef] {
        &self.inputs
    }

    /// The rows as columns of the arguments.
    pub(crate) fn columns(&self, rows: &[Row]) -> Result<Vec<ArrayRef>, Failure> {
        attempt(|| columns(&self.inputs, rows))
    }

    /// A new accumulator, of groups if there is one.
    pub(crate) fn begin(&self) -> Result<Box<dyn Life>> {
        match (&self.groups, &self.single) {
            (Some(groups), _) => {
                let field = |f: &FieldRef| ScalarValue::new_default(f.data_type())?.to_array();
                let dropped = self.inputs.iter().map(field).collect::<Result<_>>()?;
                Ok(Box::new(OnlyGroup::new(groups()?, dropped)))
            }
            (None, Some(single)) => Ok(Box::new(single()?)),
            (None, None) => datafusion_common::plan_err!("neither kind of accumulator is given"),
        }
    }

    /// The answer of one accumulator that takes in the rows one by one.
    pub(crate) fn serially(&self, rows: &[Row]) -> Answer {
        let mut history = self.init();
        rows.iter().for_each(|row| self.update(&mut history, row));
        self.finish(&history)
    }

    fn replay<T>(
        &self,
        history: &History,
        then: impl FnOnce(&mut dyn Life) -> Result<T>,
    ) -> Result<T, Failure> {
        if let Some(failure) = &history.failure {
            return Err(failure.clone());
        }
        attempt(|| {
            let mut life = self.begin()?;
            for call in &history.calls {
                match call {
                    Call::Update(values) => life.update(values)?,
                    Call::Merge(states) => life.merge(states)?,
                }
            }
            then(&mut *life)
        })
    }
}

impl fmt::Debug for Adapted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [self.single.is_some(), self.sliding.is_some(), self.groups.is_some()];
        f.debug_struct("Adapted").field("inputs", &self.inputs).field("kinds", &kinds).finish()
    }
}

/// The calls that an accumulator has lived through.
#[derive(Clone, Debug, Default)]
pub struct History {
    calls: Vec<Call>,
    /// What went wrong before it came to a call: it ends a query, and so every history that follows.
    failure: Option<Failure>,
}

#[derive(Clone, Debug)]
enum Call {
    Update(Vec<ArrayRef>),
    Merge(Vec<ArrayRef>),
}

impl History {
    fn record(&mut self, call: Result<Call, Failure>) {
        match call {
            Ok(call) => self.calls.push(call),
            Err(failure) => self.failure = self.failure.take().or(Some(failure)),
        }
    }
}

impl Aggregate for Adapted {
    type Input = Row;
    type State = History;
    type Output = Answer;

    fn init(&self) -> History {
        History::default()
    }

    fn update(&self, state: &mut History, input: &Row) {
        state.record(self.columns(std::slice::from_ref(input)).map(Call::Update));
    }

    fn combine(&self, state: &mut History, other: &History) {
        state.record(self.replay(other, |life| life.state()).map(Call::Merge));
    }

    fn finish(&self, state: &History) -> Answer {
        self.replay(state, |life| life.evaluate())
    }

    fn encode(&self, state: &History) -> Option<Vec<u8>> {
        let state = self.replay(state, |life| life.state()).ok()?;
        shipped::encode(self.states.as_deref(), &state).ok()
    }

    fn decode(&self, bytes: &[u8]) -> Option<History> {
        let calls = vec![Call::Merge(shipped::decode(bytes)?)];
        Some(History { calls, failure: None })
    }

    fn update_batch(&self, state: &mut History, batch: &[Row], rows: Range<usize>) {
        state.record(self.columns(batch).map(|columns| Call::Update(slice(&columns, &rows))));
    }

    fn combine_batch(&self, state: &mut History, batch: &[History], states: Range<usize>) {
        let parts: Result<Vec<_>, _> =
            batch.iter().map(|part| self.replay(part, |life| life.state())).collect();
        let together = parts.and_then(|parts| attempt(|| together(&parts)));
        state.record(together.map(|columns| Call::Merge(slice(&columns, &states))));
    }

    fn single(&self, input: &Row) -> History {
        let mut state = self.init();
        match &self.groups {
            None => self.update(&mut state, input),
            Some(begin) => {
                let columns = self.columns(std::slice::from_ref(input));
                let convert =
                    |columns: Vec<_>| attempt(|| begin()?.convert_to_state(&columns, None));
                state.record(columns.and_then(convert).map(Call::Merge));
            }
        }
        state
    }

    fn is_null(&self, input: &Row) -> bool {
        input.iter().any(ScalarValue::is_null)
    }

    fn compare(&self, left: &Row, right: &Row) -> Option<Ordering> {
        left.partial_cmp(right)
    }

    fn is_error(&self, output: &Answer) -> bool {
        output.is_err()
    }

    fn may_fail(&self, rows: &[Row]) -> bool {
        self.may_fail.as_ref().is_some_and(|may_fail| may_fail(rows))
    }

    fn class(&self) -> Class {
        if self.order_matters { Class::InputOrder } else { Class::AnyOrder }
    }

    fn agree(&self, rows: &[Row], left: &Answer, right: &Answer) -> bool {
        match (left, right) {
            (Ok(left), Ok(right)) => {
                equal(left, right) || self.agree.as_ref().is_some_and(|a| a(rows, left, right))
            }
            _ => left == right || self.may_fail(rows),
        }
    }
}

/// A part of every column.
pub(crate) fn slice(columns: &[ArrayRef], range: &Range<usize>) -> Vec<ArrayRef> {
    columns.iter().map(|column| column.slice(range.start, range.len())).collect()
}

/// Several states as the rows of one batch.
pub(crate) fn together(states: &[Vec<ArrayRef>]) -> Result<Vec<ArrayRef>> {
    let column = |place: usize| {
        let parts: Vec<&dyn Array> = states.iter().map(|state| &*state[place] as _).collect();
        Ok(concat(&parts)?)
    };
    (0..states.first().map_or(0, Vec::len)).map(column).collect()
}

/// Equality, in which 0 is -0 and every NaN is every other: `ScalarValue` compares the bits of floats.
fn equal(left: &ScalarValue, right: &ScalarValue) -> bool {
    let floats = |left: f64, right: f64| left == right || (left.is_nan() && right.is_nan());
    match (left, right) {
        (ScalarValue::Float64(Some(left)), ScalarValue::Float64(Some(right))) => {
            floats(*left, *right)
        }
        (ScalarValue::Float32(Some(left)), ScalarValue::Float32(Some(right))) => {
            floats((*left).into(), (*right).into())
        }
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_of_both_signs_and_all_nans_are_equal() {
        let [zero, minus, nan] = [0.0, -0.0, f64::NAN].map(ScalarValue::from);
        assert!(equal(&zero, &minus) && equal(&nan, &ScalarValue::from(-f64::NAN)));
        assert!(!equal(&zero, &nan) && !equal(&zero, &ScalarValue::Float64(None)));
    }
}
