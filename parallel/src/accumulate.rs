//! Accumulators: the transition states of one aggregate call, for many groups at once.
//!
//! ```text
//! partial or simple   resize(groups);  update(group of each row, arguments);   then states() or finish()
//! finalize            resize(groups);  merge(group of each row, states);       then finish()
//! ```
//!
//! `generic` makes an accumulator of any aggregate's machine. Hot aggregates have a columnar one of their own, one
//! file each, with the same observable results: their states are the machine's states field by field, so that either
//! may continue what the other began. [law.split]

mod average;
mod count;
mod deviation;
mod each;
mod exact;
mod float_sum;
mod fold;
mod generic;
mod integer;
mod ordered_set;
mod regression;

use arrow_array::Int64Array;
use spec::agg::Aggregate;
use spec::agg::ordered_set::OrderedSet;
use spec::error::SqlError;
use spec::query::Call;
use spec::value::Type;

use crate::batch::Rows;
use crate::column::Column;

/// The transition states of one aggregate call, by group number.
///
/// Group numbers and argument columns are aligned to all rows of a batch; `rows` says which of them count (a FILTER
/// clause is a narrower `rows`). `None` for the group numbers means that there is one group, number 0.
pub trait Accumulator: Send {
    /// Makes room for the groups 0 to `groups` - 1; new ones are in the initial state. Never shrinks.
    fn resize(&mut self, groups: usize);

    /// Takes in rows: one argument column per argument.
    ///
    /// # Errors
    /// What the transition function raises.
    fn update(
        &mut self,
        groups: Option<&[u32]>,
        args: &[Column],
        rows: Rows<'_>,
    ) -> Result<(), SqlError>;

    /// Takes in states ([`Accumulator::states`] of the same aggregate), one per row.
    ///
    /// # Errors
    /// What the combine function raises.
    fn merge(
        &mut self,
        groups: Option<&[u32]>,
        states: &Column,
        rows: Rows<'_>,
    ) -> Result<(), SqlError>;

    /// Takes the direct arguments of an ordered-set aggregate, one row per group; other aggregates have none.
    fn direct(&mut self, _: &[Column]) {}

    /// The states of all groups, as [`Column::State`] with the declared fields.
    fn states(&self) -> Column;

    /// The answers of all groups.
    ///
    /// # Errors
    /// What the final function raises.
    fn finish(&self) -> Result<Column, SqlError>;

    /// The most roundings that any one input (row or state) has gone through here, for the bound of float answers: of
    /// partial and final stage the heights add up.
    fn rounding_height(&self) -> Height;

    /// How often [`Accumulator::merge`] met two states that had both seen a row.
    fn combines_of_two(&self) -> u64;
}

/// The height of a tree of additions.
pub type Height = u64;

/// The accumulator of an aggregate called with arguments of these types, without groups yet.
pub fn for_call(aggregate: &'static Aggregate, args: &[Type]) -> Box<dyn Accumulator> {
    columnar(aggregate, args).unwrap_or_else(|| Box::new(generic::Generic::new(aggregate)))
}

/// The accumulator of a call of an ordered-set aggregate, without groups yet. Its rows must come in order.
pub fn of_set(call: &Call, set: &'static OrderedSet) -> Box<dyn Accumulator> {
    Box::new(ordered_set::Sets::new(call, set))
}

/// The columnar accumulator, for aggregates that have one: recognised by signature and state.
fn columnar(aggregate: &'static Aggregate, args: &[Type]) -> Option<Box<dyn Accumulator>> {
    // An aggregate that a user made is its own machine, whatever its name.
    if aggregate.own.is_some() {
        return None;
    }
    let fields: Vec<_> =
        aggregate.state_fields.iter().map(|field| (field.name, field.ty)).collect();
    let accumulator: Box<dyn Accumulator> = match (aggregate.name, args, &fields[..]) {
        ("count", _, [(_, Type::Int8)]) => Box::new(count::Count::default()),
        ("sum", [Type::Int2 | Type::Int4], [(_, Type::Int8)])
        | ("avg", [Type::Int2 | Type::Int4], [("count", Type::Int8), (_, Type::Int8)]) => {
            Box::new(integer::IntegerSum::new(aggregate))
        }
        ("sum" | "avg", [Type::Int8 | Type::Numeric], _) if exact::knows(aggregate) => {
            Box::new(exact::ExactSum::new(aggregate))
        }
        ("sum", [Type::Float4], [(_, Type::Float4)]) => Box::new(float_sum::FloatSum::<f32>::new()),
        ("sum", [Type::Float8], [(_, Type::Float8)]) => Box::new(float_sum::FloatSum::<f64>::new()),
        (_, [Type::Float4 | Type::Float8], [("count", Type::Float8), _, _]) => {
            Box::new(deviation::Deviation::new(aggregate))
        }
        (_, [Type::Float8, Type::Float8], [("count", Type::Float8), _, _, _, _, _]) => {
            Box::new(regression::Regression::new(aggregate))
        }
        (name, [ty], [(_, state)]) if ty == state => return fold::of(name, *ty),
        _ => return None,
    };
    Some(accumulator)
}

/// A field of a column of states, as integers.
fn int8_field(states: &Column, field: usize) -> Int64Array {
    let Column::State { fields, .. } = states else { unreachable!("states are merged") };
    int8_array(&fields[field])
}

/// The integers of a column.
fn int8_array(column: &Column) -> Int64Array {
    match column.materialise() {
        Column::Int8(array) => array,
        other => unreachable!("the field is bigint, not {}", other.ty()),
    }
}

#[cfg(test)]
mod tests;
