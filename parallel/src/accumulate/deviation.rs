//! `avg`, variance and standard deviation of floats: Youngs and Cramer's updating formulas, as `float8_accum` has them.

use arrow_array::Float64Array;
use spec::agg::Aggregate;
use spec::error::SqlError;
use spec::value::Value;

use super::each::{each, group};
use super::float_sum::out_of_range;
use super::{Accumulator, Height};
use crate::batch::Rows;
use crate::column::Column;

/// Count, sum and squared deviations per group.
pub(super) struct Deviation {
    aggregate: &'static Aggregate,
    sums: Vec<Sums>,
    combines_of_two: u64,
    merges: Height,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    count: f64,
    sum: f64,
    deviations: f64,
}

impl Sums {
    /// Takes in a number; `false` if finite numbers overflow.
    #[inline(always)]
    fn add(&mut self, x: f64) -> bool {
        let (count, sum) = (self.count + 1.0, self.sum + x);
        if self.count == 0.0 {
            let deviations = if x.is_finite() { self.deviations } else { f64::NAN };
            *self = Sums { count, sum, deviations };
            return true;
        }
        let t = x * count - sum;
        let mut deviations = self.deviations + t * t / (count * self.count);
        let mut fine = true;
        if sum.is_infinite() || deviations.is_infinite() {
            fine = self.sum.is_infinite() || x.is_infinite();
            deviations = f64::NAN;
        }
        *self = Sums { count, sum, deviations };
        fine
    }

    /// Takes in another state; `false` if finite numbers overflow.
    fn join(&mut self, other: Sums) -> bool {
        if other.count == 0.0 || self.count == 0.0 {
            if self.count == 0.0 {
                *self = other;
            }
            return true;
        }
        let (one, two) = (*self, other);
        let count = one.count + two.count;
        let sum = one.sum + two.sum;
        let t = one.sum / one.count - two.sum / two.count;
        let deviations = one.deviations + two.deviations + one.count * two.count * t * t / count;
        *self = Sums { count, sum, deviations };
        let excused = |result: f64, a: f64, b: f64| {
            !result.is_infinite() || a.is_infinite() || b.is_infinite()
        };
        excused(sum, one.sum, two.sum) && excused(deviations, one.deviations, two.deviations)
    }
}

impl Deviation {
    pub(super) fn new(aggregate: &'static Aggregate) -> Deviation {
        Deviation { aggregate, sums: vec![], combines_of_two: 0, merges: 0 }
    }

    fn field(&self, field: impl Fn(&Sums) -> f64) -> Column {
        Column::Float8(Float64Array::new(
            self.sums.iter().map(field).collect::<Vec<_>>().into(),
            None,
        ))
    }
}

impl Accumulator for Deviation {
    fn resize(&mut self, groups: usize) {
        self.sums.resize(groups.max(self.sums.len()), Sums::default());
    }

    fn update(
        &mut self,
        groups: Option<&[u32]>,
        args: &[Column],
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        let mut fine = true;
        match &args[0].materialise() {
            Column::Float8(array) => {
                let nulls = arrow_array::Array::nulls(array);
                if groups.is_none() {
                    let mut sums = self.sums[0];
                    each(None, array.values(), nulls, rows, |_, x| fine &= sums.add(x));
                    self.sums[0] = sums;
                } else {
                    let sums = &mut self.sums;
                    each(groups, array.values(), nulls, rows, |group, x| {
                        fine &= sums[group].add(x);
                    });
                }
            }
            Column::Float4(array) => {
                let nulls = arrow_array::Array::nulls(array);
                let sums = &mut self.sums;
                each(groups, array.values(), nulls, rows, |group, x| {
                    fine &= sums[group].add(x.into());
                });
            }
            other => unreachable!("floats are averaged here, not {}", other.ty()),
        }
        if fine { Ok(()) } else { Err(out_of_range()) }
    }

    fn merge(
        &mut self,
        groups: Option<&[u32]>,
        states: &Column,
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        let Column::State { fields, .. } = states else { unreachable!("states are merged") };
        let fields: Vec<Column> = fields.iter().map(Column::materialise).collect();
        let float = |field: usize, row: usize| match &fields[field] {
            Column::Float8(array) => array.value(row),
            other => unreachable!("the fields are floats, not {}", other.ty()),
        };
        rows.try_for_each(|row| {
            let other =
                Sums { count: float(0, row), sum: float(1, row), deviations: float(2, row) };
            let mine = &mut self.sums[group(groups, row)];
            self.combines_of_two += u64::from(mine.count > 0.0 && other.count > 0.0);
            self.merges += 1;
            if mine.join(other) { Ok(()) } else { Err(out_of_range()) }
        })
    }

    fn states(&self) -> Column {
        let fields = vec![
            self.field(|sums| sums.count),
            self.field(|sums| sums.sum),
            self.field(|sums| sums.deviations),
        ];
        Column::states(fields, self.sums.len())
    }

    fn finish(&self) -> Result<Column, SqlError> {
        let finish = |sums: &Sums| {
            let fields = [sums.count, sums.sum, sums.deviations];
            self.aggregate.finish(&fields.map(Value::Float8).to_vec())
        };
        let values = self.sums.iter().map(finish).collect::<Result<Vec<_>, _>>()?;
        Ok(Column::from_values(self.aggregate.result, values))
    }

    fn rounding_height(&self) -> Height {
        // Counts of merged states are rows elsewhere; the final stage counts its merges only.
        match self.merges {
            0 => self.sums.iter().map(|sums| sums.count as Height).max().unwrap_or(0),
            merges => merges,
        }
    }

    fn combines_of_two(&self) -> u64 {
        self.combines_of_two
    }
}
