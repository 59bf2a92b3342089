//! `sum` and `avg` of `bigint` and `numeric`: exact, in 128 bits; beyond that, or with special values or several scales,
//! the aggregate's machine goes on.

use arrow_array::{Array, Int64Array};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use num_bigint::BigInt;
use spec::agg::Aggregate;
use spec::error::SqlError;
use spec::value::{Numeric, Type};

use super::each::{each, group};
use super::generic::Generic;
use super::{Accumulator, Height};
use crate::batch::Rows;
use crate::column::{Column, DECIMAL_LIMIT, Objects};

/// Sums of integers of one scale.
pub(super) struct ExactSum {
    aggregate: &'static Aggregate,
    sums: Vec<Sum>,
    /// The scale of the inputs; `None` before the first.
    scale: Option<u16>,
    combines_of_two: u64,
    /// Takes over once an input does not fit.
    machine: Option<Generic>,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    sum: i128,
    count: i64,
}

impl ExactSum {
    pub(super) fn new(aggregate: &'static Aggregate) -> ExactSum {
        ExactSum { aggregate, sums: vec![], scale: None, combines_of_two: 0, machine: None }
    }

    /// Whether values of this scale go with those before.
    fn accepts(&mut self, scale: u16) -> bool {
        *self.scale.get_or_insert(scale) == scale
    }

    /// Hands everything so far over to the machine.
    fn give_up(&mut self) -> &mut Generic {
        let states = self.states();
        self.machine.get_or_insert_with(|| Generic::continuing(self.aggregate, &states))
    }

    fn add(
        &mut self,
        groups: Option<&[u32]>,
        values: &[i64],
        nulls: Option<&NullBuffer>,
        rows: Rows<'_>,
    ) {
        if groups.is_none() {
            // Two halves that cannot overflow within a batch: vectors of 64 bits instead of 128.
            let (mut high, mut low, mut count) = (0i64, 0u64, 0i64);
            each(None, values, nulls, rows, |_, value| {
                high += value >> 32;
                low += value as u64 & 0xffff_ffff;
                count += 1;
            });
            self.sums[0].sum += (i128::from(high) << 32) + i128::from(low);
            self.sums[0].count += count;
            return;
        }
        each(groups, values, nulls, rows, |group, value| {
            let slot = &mut self.sums[group];
            slot.sum += i128::from(value);
            slot.count += 1;
        });
    }

    /// The sums as `numeric`, NULL where no value came.
    fn numerics(&self) -> Column {
        let scale = self.scale.unwrap_or(0);
        let small = |sum: &Sum| sum.sum.unsigned_abs() <= DECIMAL_LIMIT as u128;
        if self.sums.iter().all(small) {
            let values: Vec<i64> = self.sums.iter().map(|sum| sum.sum as i64).collect();
            let values = Int64Array::new(values.into(), self.without_values());
            return Column::Decimal { values, scale };
        }
        let number = |sum: &Sum| {
            let coefficient = BigInt::from(sum.sum);
            (sum.count > 0).then_some(Numeric::Finite { coefficient, scale })
        };
        Column::Numeric(Objects::new(self.sums.iter().map(number).collect()))
    }

    /// The groups without any value are NULL.
    fn without_values(&self) -> Option<NullBuffer> {
        let valid = BooleanBuffer::collect_bool(self.sums.len(), |i| self.sums[i].count > 0);
        let nulls = NullBuffer::new(valid);
        (nulls.null_count() > 0).then_some(nulls)
    }

    /// Adds states whose sums are decimals of our scale; `false` if they are not.
    fn merge_decimals(
        &mut self,
        groups: Option<&[u32]>,
        fields: &[Column],
        rows: Rows<'_>,
    ) -> bool {
        let Column::Decimal { values, scale } = &fields[1].materialise() else { return false };
        let counts = super::int8_array(&fields[0]);
        let special = fields[2..]
            .iter()
            .map(super::int8_array)
            .any(|specials| specials.iter().flatten().any(|count| count != 0));
        if special || values.null_count() < values.len() && !self.accepts(*scale) {
            return false;
        }
        rows.for_each(|row| {
            if counts.is_valid(row) && counts.value(row) > 0 {
                let slot = &mut self.sums[group(groups, row)];
                self.combines_of_two += u64::from(slot.count > 0);
                slot.sum += i128::from(values.value(row));
                slot.count += counts.value(row);
            }
        });
        true
    }
}

impl Accumulator for ExactSum {
    fn resize(&mut self, groups: usize) {
        self.sums.resize(groups.max(self.sums.len()), Sum::default());
        if let Some(machine) = &mut self.machine {
            machine.resize(groups);
        }
    }

    fn update(
        &mut self,
        groups: Option<&[u32]>,
        args: &[Column],
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        if let Some(machine) = &mut self.machine {
            return machine.update(groups, args, rows);
        }
        match &args[0].materialise() {
            Column::Int8(array) if self.accepts(0) => {
                self.add(groups, array.values(), array.nulls(), rows);
            }
            Column::Decimal { values, .. } if values.null_count() == values.len() => {}
            Column::Decimal { values, scale } if self.accepts(*scale) => {
                self.add(groups, values.values(), values.nulls(), rows);
            }
            _ => return self.give_up().update(groups, args, rows),
        }
        Ok(())
    }

    fn merge(
        &mut self,
        groups: Option<&[u32]>,
        states: &Column,
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        if let Some(machine) = &mut self.machine {
            return machine.merge(groups, states, rows);
        }
        let Column::State { fields, .. } = states else { unreachable!("states are merged") };
        if self.merge_decimals(groups, fields, rows) {
            return Ok(());
        }
        self.give_up().merge(groups, states, rows)
    }

    /// Groups without any value have a NULL state: it answers as the machine's state of zeros does, and says nothing of
    /// a scale.
    fn states(&self) -> Column {
        if let Some(machine) = &self.machine {
            return machine.states();
        }
        let groups = self.sums.len();
        let nulls = self.without_values();
        let counts: Vec<i64> = self.sums.iter().map(|sum| sum.count).collect();
        let counts = Column::Int8(Int64Array::new(counts.into(), nulls.clone()));
        let mut fields = vec![counts, self.numerics()];
        let zeros = || Column::Int8(Int64Array::new(vec![0; groups].into(), nulls.clone()));
        fields.resize_with(self.aggregate.state_fields.len(), zeros);
        Column::states(fields, groups)
    }

    fn finish(&self) -> Result<Column, SqlError> {
        if let Some(machine) = &self.machine {
            return machine.finish();
        }
        if self.aggregate.name == "sum" {
            return Ok(self.numerics());
        }
        let sums = self.sums.iter().map(|sum| (sum.sum, sum.count));
        if let Some(averages) = super::average::of_sums(sums, self.scale.unwrap_or(0)) {
            return Ok(averages);
        }
        Generic::continuing(self.aggregate, &self.states()).finish()
    }

    fn rounding_height(&self) -> Height {
        0
    }

    fn combines_of_two(&self) -> u64 {
        self.combines_of_two + self.machine.as_ref().map_or(0, Generic::combines_of_two)
    }
}

/// Whether this accumulator knows the aggregate's state: count, sum and perhaps special values.
pub(super) fn knows(aggregate: &Aggregate) -> bool {
    let names: Vec<_> = aggregate.state_fields.iter().map(|field| field.name).collect();
    matches!(aggregate.name, "sum" | "avg")
        && aggregate.result == Type::Numeric
        && matches!(
            names[..],
            ["count", "sum"] | ["count", "sum", "nan", "infinity", "negative_infinity"]
        )
        && aggregate.state_fields[1].ty == Type::Numeric
}
