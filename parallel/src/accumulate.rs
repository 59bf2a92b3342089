//! Accumulators: the transition states of one aggregate call, for many groups at once.
//!
//! ```text
//! partial or simple   resize(groups);  update(group of each row, arguments);   then states() or finish()
//! finalize            resize(groups);  merge(group of each row, states);       then finish()
//! ```
//!
//! [`generic`] makes an accumulator of any aggregate's machine. Hot aggregates have a columnar one of their own, one
//! file each, with the same observable results: their states are the machine's states field by field, so that either
//! may continue what the other began. [agg.split]

mod generic;

use spec::agg::Aggregate;
use spec::error::SqlError;
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

    /// The states of all groups, as [`Column::State`] with the declared fields.
    fn states(&self) -> Column;

    /// The answers of all groups.
    ///
    /// # Errors
    /// What the final function raises.
    fn finish(&self) -> Result<Column, SqlError>;

    /// The most roundings that any one input (row or state) has gone through here, for the bound of float answers: of
    /// partial and final stage the heights add up.
    fn rounding_height(&self) -> u64;

    /// How often [`Accumulator::merge`] met two states that had both seen a row.
    fn combines_of_two(&self) -> u64;
}

/// The accumulator of an aggregate called with arguments of these types, without groups yet.
pub fn for_call(aggregate: &'static Aggregate, args: &[Type]) -> Box<dyn Accumulator> {
    let _ = args;
    Box::new(generic::Generic::new(aggregate))
}
