//! The loops that accumulators share: every value that counts, with its group.

use arrow_buffer::NullBuffer;

use crate::batch::Rows;

/// Calls `take` with group and value of every selected row that is not NULL; the common shapes are plain loops.
#[inline(always)]
pub(super) fn each<T: Copy>(
    groups: Option<&[u32]>,
    values: &[T],
    nulls: Option<&NullBuffer>,
    rows: Rows<'_>,
    mut take: impl FnMut(usize, T),
) {
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
    match (groups, nulls, rows) {
        (Some(groups), None, Rows::All(_)) => {
            groups.iter().zip(values).for_each(|(&group, &value)| take(group as usize, value));
        }
        (None, None, Rows::All(_)) => values.iter().for_each(|&value| take(0, value)),
        (None, None, Rows::Some(rows)) => {
            rows.iter().for_each(|&row| take(0, values[row as usize]));
        }
        (Some(groups), None, Rows::Some(rows)) => {
            rows.iter().for_each(|&row| take(groups[row as usize] as usize, values[row as usize]));
        }
        (_, Some(nulls), rows) => rows.for_each(|row| {
            if nulls.is_valid(row) {
                take(group(groups, row), values[row]);
            }
        }),
    }
}

/// The group of a row.
#[inline(always)]
pub(super) fn group(groups: Option<&[u32]>, row: usize) -> usize {
    groups.map_or(0, |groups| groups[row] as usize)
}
