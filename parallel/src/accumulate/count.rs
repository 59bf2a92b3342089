//! `count(*)` and `count(any)`.

use arrow_array::{Array, Int64Array};
use spec::error::SqlError;

use super::each::{each, group};
use super::{Accumulator, Height};
use crate::batch::Rows;
use crate::column::Column;

/// A counter per group.
#[derive(Default)]
pub(super) struct Count {
    counts: Vec<i64>,
    combines_of_two: u64,
}

impl Accumulator for Count {
    fn resize(&mut self, groups: usize) {
        self.counts.resize(groups.max(self.counts.len()), 0);
    }

    fn update(
        &mut self,
        groups: Option<&[u32]>,
        args: &[Column],
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        let nulls = match args.first() {
            Some(Column::Constant { value, .. }) if value.is_null() => return Ok(()),
            Some(column) => column.nulls().filter(|nulls| nulls.null_count() > 0),
            None => None,
        };
        match (groups, nulls, rows) {
            (None, None, rows) => self.counts[0] += rows.len() as i64,
            (Some(groups), None, Rows::All(_)) => {
                groups.iter().for_each(|&group| self.counts[group as usize] += 1);
            }
            (groups, nulls, rows) => rows.for_each(|row| {
                let valid = nulls.is_none_or(|nulls| nulls.is_valid(row));
                self.counts[group(groups, row)] += i64::from(valid);
            }),
        }
        Ok(())
    }

    fn merge(
        &mut self,
        groups: Option<&[u32]>,
        states: &Column,
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        let counts = super::int8_field(states, 0);
        let mut overflow = false;
        each(groups, counts.values(), counts.nulls(), rows, |group, count| {
            self.combines_of_two += u64::from(self.counts[group] != 0 && count != 0);
            match self.counts[group].checked_add(count) {
                Some(sum) => self.counts[group] = sum,
                None => overflow = true,
            }
        });
        if overflow { Err(SqlError::out_of_range("bigint")) } else { Ok(()) }
    }

    fn states(&self) -> Column {
        let counts = Column::Int8(Int64Array::new(self.counts.clone().into(), None));
        Column::states(vec![counts], self.counts.len())
    }

    fn finish(&self) -> Result<Column, SqlError> {
        Ok(Column::Int8(Int64Array::new(self.counts.clone().into(), None)))
    }

    fn rounding_height(&self) -> Height {
        0
    }

    fn combines_of_two(&self) -> u64 {
        self.combines_of_two
    }
}
