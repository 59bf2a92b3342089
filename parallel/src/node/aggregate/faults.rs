//! Faults that can be planted in an Aggregate; without one, nothing here does anything.

use spec::plan::{Mode, Node, Plan};
use spec::{Failure, SqlError, Type, Value};

use crate::accumulate::Accumulator;
use crate::batch::{Batch, Selection};
use crate::column::Column;
use crate::fault::Fault;
use crate::kernel::{Context, Predicate};
use crate::runtime::Execution;

/// What is wrong with this Aggregate.
pub(super) struct Planted {
    /// Combining keeps only the first state: the groups that have one.
    forgets: Option<Vec<u32>>,
    /// The first row is still to be counted once more.
    counts_again: bool,
    /// 0 and -0 are two groups.
    by_bytes: bool,
    /// Squared deviations are combined without their last bits.
    loses_bits: bool,
    /// HAVING, on partial groups.
    having: Option<Predicate>,
}

impl Planted {
    pub fn new(plan: &Plan, execution: &Execution<'_>) -> Result<Planted, Failure> {
        let Node::Aggregate { mode, .. } = &plan.node else { unreachable!("an Aggregate") };
        let partial = *mode == Mode::Partial;
        let plants = |fault| execution.plants(fault);
        let forgets = *mode == Mode::Finalize && plants(Fault::CombineForgetsOneSide);
        let mut having = None;
        if partial && plants(Fault::HavingAtPartialStage) {
            let columns = super::as_values(&plan.columns);
            having = having_above(execution.plan, plan)
                .map(|conditions| Predicate::compile(conditions, &columns))
                .transpose()?;
        }
        Ok(Planted {
            forgets: forgets.then(Vec::new),
            counts_again: partial && plants(Fault::InitialStatePerParticipant),
            by_bytes: plants(Fault::FloatGroupsByBytes),
            loses_bits: plants(Fault::DeviationsLoseBits),
            having,
        })
    }

    /// The types by which groups are found.
    pub fn key_types(&self, mut types: Vec<Type>) -> Vec<Type> {
        if self.by_bytes {
            types.extend(vec![Type::Bool; types.len()]);
        }
        types
    }

    /// Adds what tells 0 from -0.
    pub fn add_keys(&self, keys: &mut Vec<Column>) {
        if !self.by_bytes {
            return;
        }
        let negative_zero = |key: &Column, row| match key.value(row) {
            Value::Float8(value) => value == 0.0 && value.is_sign_negative(),
            Value::Float4(value) => value == 0.0 && value.is_sign_negative(),
            _ => false,
        };
        let signs = |key: &Column| {
            let signs = (0..key.len()).map(|row| Value::Bool(negative_zero(key, row)));
            Column::from_values(Type::Bool, signs)
        };
        let signs: Vec<Column> = keys.iter().map(signs).collect();
        keys.extend(signs);
    }

    /// The states of a batch that are combined: all of them, or only the first of each group.
    pub fn combined(&mut self, batch: &Batch, groups: Option<&[u32]>) -> Batch {
        let Some(seen) = &mut self.forgets else { return batch.clone() };
        let mut kept = Vec::new();
        batch.selected().for_each(|row| {
            let group = groups.map_or(0, |groups| groups[row]);
            if !seen.contains(&group) {
                seen.push(group);
                kept.push(row as u32);
            }
        });
        batch.select(Some(Selection::new(kept)))
    }

    /// The states of one aggregate as they have arrived: of an average, a variance or a regression of floats, the squared
    /// deviations may have lost bits.
    pub fn arrived(&self, states: &Column) -> Column {
        let Column::State { fields, len } = states else { return states.clone() };
        let deviations: &[usize] = match fields.len() {
            3 => &[2],
            6 => &[2, 4, 5],
            _ => &[],
        };
        if !self.loses_bits || fields.iter().any(|field| field.ty() != Type::Float8) {
            return states.clone();
        }
        let shorter = |value| match value {
            Value::Float8(x) => Value::Float8(f64::from_bits(x.to_bits() & !0x1f)),
            other => other,
        };
        let mut fields = fields.clone();
        for &place in deviations {
            let values = (0..*len).map(|row| shorter(fields[place].value(row)));
            fields[place] = Column::from_values(Type::Float8, values.collect::<Vec<_>>());
        }
        Column::states(fields, *len)
    }

    /// The row that is counted once more, if any.
    pub fn counted_again(&mut self, batch: &Batch) -> Option<Batch> {
        if !std::mem::take(&mut self.counts_again) {
            return None;
        }
        let first = batch.row_numbers().first().copied()?;
        Some(batch.select(Some(Selection::new(vec![first]))))
    }

    /// The partial groups that the participant lets through.
    pub fn having(
        &self,
        groups: Batch,
        keys: usize,
        accumulators: &[Box<dyn Accumulator>],
        context: &Context,
    ) -> Result<Batch, SqlError> {
        let Some(having) = &self.having else { return Ok(groups) };
        let values = super::finished(&groups, keys, accumulators)?;
        let kept = having.select(&values, context)?;
        Ok(groups.select(Some(kept)).compact())
    }
}

/// The conditions on the Finalize stage of this Partial Aggregate.
fn having_above<'p>(plan: &'p Plan, partial: &Plan) -> Option<&'p [spec::expr::Expr]> {
    if let Node::Filter { input, conditions } = &plan.node
        && matches!(input.node, Node::Aggregate { mode: Mode::Finalize, .. })
        && contains(input, partial)
    {
        return Some(conditions);
    }
    let mut below = plan.inputs().into_iter();
    below.find_map(|input| having_above(input, partial))
}

fn contains(plan: &Plan, wanted: &Plan) -> bool {
    std::ptr::eq(plan, wanted) || plan.inputs().into_iter().any(|input| contains(input, wanted))
}
