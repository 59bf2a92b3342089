//! `sum` of `real` and `double precision`.
//!
//! One group is summed in eight lanes per batch: any order is permitted within the bound, and the height of the tree of
//! additions, which the bound depends on, is an eighth. The unit of addition is -0, so that a single -0 stays one.

use arrow_array::{Array, Float32Array, Float64Array};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use spec::error::{SqlError, sqlstate};

use super::each::{each, group};
use super::{Accumulator, Height};
use crate::batch::Rows;
use crate::column::Column;

/// Lanes of a sum over one group.
const LANES: usize = 8;

/// A float with what a sum needs.
pub(super) trait Float: Copy + Send + std::ops::Add<Output = Self> + 'static {
    /// Plus this, every number is itself.
    const UNIT: Self;
    fn finite(self) -> bool;
    fn values(column: &Column) -> (&[Self], Option<&NullBuffer>);
    fn column(values: Vec<Self>, nulls: Option<NullBuffer>) -> Column;
}

impl Float for f32 {
    const UNIT: f32 = -0.0;
    fn finite(self) -> bool {
        self.is_finite()
    }
    fn values(column: &Column) -> (&[f32], Option<&NullBuffer>) {
        let Column::Float4(array) = column else { unreachable!("real is summed here") };
        (array.values(), array.nulls())
    }
    fn column(values: Vec<f32>, nulls: Option<NullBuffer>) -> Column {
        Column::Float4(Float32Array::new(values.into(), nulls))
    }
}

impl Float for f64 {
    const UNIT: f64 = -0.0;
    fn finite(self) -> bool {
        self.is_finite()
    }
    fn values(column: &Column) -> (&[f64], Option<&NullBuffer>) {
        let Column::Float8(array) = column else { unreachable!("double precision is summed here") };
        (array.values(), array.nulls())
    }
    fn column(values: Vec<f64>, nulls: Option<NullBuffer>) -> Column {
        Column::Float8(Float64Array::new(values.into(), nulls))
    }
}

/// A sum and the number of its inputs, per group.
pub(super) struct FloatSum<F> {
    sums: Vec<Sum<F>>,
    /// The height of the additions of the one group's batches.
    lanes_height: Height,
    combines_of_two: u64,
}

#[derive(Clone, Copy)]
struct Sum<F> {
    sum: F,
    inputs: u64,
}

impl<F: Float> FloatSum<F> {
    pub(super) fn new() -> FloatSum<F> {
        FloatSum { sums: vec![], lanes_height: 0, combines_of_two: 0 }
    }

    /// Adds one by one.
    fn add(
        &mut self,
        groups: Option<&[u32]>,
        (values, nulls): (&[F], Option<&NullBuffer>),
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        let mut overflow = false;
        each(groups, values, nulls, rows, |group, value| {
            let slot = &mut self.sums[group];
            let sum = slot.sum + value;
            overflow |= !sum.finite() && slot.sum.finite() && value.finite();
            slot.sum = sum;
            slot.inputs += 1;
        });
        if overflow { Err(out_of_range()) } else { Ok(()) }
    }

    /// Adds rows without NULLs to the one group, in lanes; `false` if something is not finite on the way.
    fn add_lanes(&mut self, values: &[F], rows: Rows<'_>) -> bool {
        let lanes = match rows {
            Rows::All(_) => in_lanes(values, |&value| value),
            Rows::Some(rows) => in_lanes(rows, |&row| values[row as usize]),
        };
        let [a, b, c, d, e, f, g, h] = lanes;
        let sum = ((a + b) + (c + d)) + ((e + f) + (g + h)) + self.sums[0].sum;
        if sum.finite() {
            self.sums[0].sum = sum;
            self.sums[0].inputs += rows.len() as u64;
            // An input goes through its lane, three levels of folding, and one addition per batch from here on.
            self.lanes_height = self.lanes_height.max(rows.len().div_ceil(LANES) as u64 + 3) + 1;
        }
        sum.finite()
    }
}

/// Eight sums, each of every eighth member.
#[inline(always)]
fn in_lanes<T, F: Float>(members: &[T], value: impl Fn(&T) -> F) -> [F; LANES] {
    let mut lanes = [F::UNIT; LANES];
    let chunks = members.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, member) in lanes.iter_mut().zip(chunk) {
            *lane = *lane + value(member);
        }
    }
    for (lane, member) in lanes.iter_mut().zip(rest) {
        *lane = *lane + value(member);
    }
    lanes
}

/// `float_overflow_error`.
pub(super) fn out_of_range() -> SqlError {
    SqlError::new(sqlstate::NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow")
}

impl<F: Float> Accumulator for FloatSum<F> {
    fn resize(&mut self, groups: usize) {
        let groups = groups.max(self.sums.len());
        self.sums.resize(groups, Sum { sum: F::UNIT, inputs: 0 });
    }

    fn update(
        &mut self,
        groups: Option<&[u32]>,
        args: &[Column],
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        let column = args[0].materialise();
        let (values, nulls) = F::values(&column);
        let plain = nulls.is_none_or(|nulls| nulls.null_count() == 0);
        if groups.is_none() && plain && !rows.is_empty() && self.add_lanes(values, rows) {
            return Ok(());
        }
        self.add(groups, (values, nulls), rows)
    }

    fn merge(
        &mut self,
        groups: Option<&[u32]>,
        states: &Column,
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        let Column::State { fields, .. } = states else { unreachable!("states are merged") };
        let column = fields[0].materialise();
        let (values, nulls) = F::values(&column);
        rows.for_each(|row| {
            let valid = nulls.is_none_or(|nulls| nulls.is_valid(row));
            let both = valid && self.sums[group(groups, row)].inputs > 0;
            self.combines_of_two += u64::from(both);
        });
        self.add(groups, (values, nulls), rows)
    }

    fn states(&self) -> Column {
        let sums = self.finish().expect("sums of floats are their own answers");
        Column::states(vec![sums], self.sums.len())
    }

    fn finish(&self) -> Result<Column, SqlError> {
        let valid = BooleanBuffer::collect_bool(self.sums.len(), |i| self.sums[i].inputs > 0);
        let nulls = NullBuffer::new(valid);
        let nulls = (nulls.null_count() > 0).then_some(nulls);
        Ok(F::column(self.sums.iter().map(|sum| sum.sum).collect(), nulls))
    }

    fn rounding_height(&self) -> Height {
        let one_by_one = self.sums.iter().map(|sum| sum.inputs).max().unwrap_or(0);
        match self.lanes_height {
            0 => one_by_one,
            lanes => one_by_one.min(lanes),
        }
    }

    fn combines_of_two(&self) -> u64 {
        self.combines_of_two
    }
}
