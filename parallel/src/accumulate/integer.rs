//! `sum` and `avg` of `smallint` and `integer`: 64-bit sums that wrap, as PostgreSQL's do, and counts.

use arrow_array::{Array, Int64Array};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use spec::agg::Aggregate;
use spec::error::SqlError;
use spec::value::Value;

use super::each::each;
use super::{Accumulator, Height, int8_field};
use crate::batch::Rows;
use crate::column::Column;

/// Sum and count per group, side by side: one cache line per row.
pub(super) struct IntegerSum {
    aggregate: &'static Aggregate,
    /// `avg`: the state is count and sum, and begins at 0; `sum`: the state is the sum, NULL before the first value.
    average: bool,
    sums: Vec<Sum>,
    combines_of_two: u64,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    sum: i64,
    count: i64,
}

impl IntegerSum {
    pub(super) fn new(aggregate: &'static Aggregate) -> IntegerSum {
        let average = aggregate.state_fields.len() == 2;
        IntegerSum { aggregate, average, sums: vec![], combines_of_two: 0 }
    }

    fn add<N: Copy + Into<i64>>(
        &mut self,
        groups: Option<&[u32]>,
        values: &[N],
        nulls: Option<&NullBuffer>,
        rows: Rows<'_>,
    ) {
        if groups.is_none() {
            let mut total = Sum::default();
            each(None, values, nulls, rows, |_, value| {
                total.sum = total.sum.wrapping_add(value.into());
                total.count += 1;
            });
            self.sums[0].sum = self.sums[0].sum.wrapping_add(total.sum);
            self.sums[0].count += total.count;
            return;
        }
        each(groups, values, nulls, rows, |group, value| {
            let slot = &mut self.sums[group];
            slot.sum = slot.sum.wrapping_add(value.into());
            slot.count += 1;
        });
    }

    fn column(&self, field: impl Fn(&Sum) -> i64) -> Int64Array {
        Int64Array::new(self.sums.iter().map(field).collect::<Vec<_>>().into(), None)
    }

    /// The sums, NULL where no value came.
    fn sums(&self) -> Column {
        let valid = BooleanBuffer::collect_bool(self.sums.len(), |i| self.sums[i].count > 0);
        let nulls = NullBuffer::new(valid);
        let sums = self.column(|sum| sum.sum).into_parts().1;
        Column::Int8(Int64Array::new(sums, (nulls.null_count() > 0).then_some(nulls)))
    }
}

impl Accumulator for IntegerSum {
    fn resize(&mut self, groups: usize) {
        self.sums.resize(groups.max(self.sums.len()), Sum::default());
    }

    fn update(
        &mut self,
        groups: Option<&[u32]>,
        args: &[Column],
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        match &args[0].materialise() {
            Column::Int2(array) => self.add(groups, array.values(), array.nulls(), rows),
            Column::Int4(array) => self.add(groups, array.values(), array.nulls(), rows),
            other => unreachable!("integers are summed here, not {}", other.ty()),
        }
        Ok(())
    }

    fn merge(
        &mut self,
        groups: Option<&[u32]>,
        states: &Column,
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        let (counts, sums) = match self.average {
            true => (Some(int8_field(states, 0)), int8_field(states, 1)),
            false => (None, int8_field(states, 0)),
        };
        let mut overflow = false;
        rows.for_each(|row| {
            let slot = &mut self.sums[super::each::group(groups, row)];
            let count = counts.as_ref().map_or(i64::from(sums.is_valid(row)), |c| c.value(row));
            if count == 0 {
                return;
            }
            self.combines_of_two += u64::from(slot.count > 0);
            slot.count += count;
            // `int8pl` combines sums and looks for overflow; `int4_avg_combine` does not.
            let (sum, over) = slot.sum.overflowing_add(sums.value(row));
            slot.sum = sum;
            overflow |= over && !self.average;
        });
        if overflow { Err(SqlError::out_of_range("bigint")) } else { Ok(()) }
    }

    fn states(&self) -> Column {
        let fields = match self.average {
            true => {
                let (counts, sums) = (self.column(|s| s.count), self.column(|s| s.sum));
                vec![Column::Int8(counts), Column::Int8(sums)]
            }
            false => vec![self.sums()],
        };
        Column::states(fields, self.sums.len())
    }

    fn finish(&self) -> Result<Column, SqlError> {
        if !self.average {
            return Ok(self.sums());
        }
        if let Some(averages) =
            super::average::of_sums(self.sums.iter().map(|sum| (i128::from(sum.sum), sum.count)), 0)
        {
            return Ok(averages);
        }
        let finish =
            |sum: &Sum| self.aggregate.finish(&vec![Value::Int8(sum.count), Value::Int8(sum.sum)]);
        let values = self.sums.iter().map(finish).collect::<Result<Vec<_>, _>>()?;
        Ok(Column::from_values(self.aggregate.result, values))
    }

    fn rounding_height(&self) -> Height {
        0
    }

    fn combines_of_two(&self) -> u64 {
        self.combines_of_two
    }
}
