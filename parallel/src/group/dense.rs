//! Keys as positions: one integer key whose values lie close together needs no hashing.

use arrow_buffer::NullBuffer;

use crate::batch::Rows;
use crate::column::Column;
use crate::group::NO_GROUP;

/// Entries that a dense index may always have, however few groups there are: 4 MB.
const ALWAYS: usize = 1 << 20;

/// Group numbers by integer key.
#[derive(Debug, Default)]
pub(super) struct DenseIndex {
    /// The key of the first entry.
    base: i64,
    /// The group of each key from `base` on.
    groups: Vec<u32>,
    /// The key of each group (0 for the group of NULL).
    pub(super) codes: Vec<u64>,
}

/// The values spread too far for a dense index. What was inserted so far stays.
#[derive(Debug)]
pub(super) struct TooWide;

/// Applies the same expression to the integer slice of whichever layout; `None` for others.
macro_rules! with_integers {
    ($column:expr, $values:ident => $result:expr) => {
        match $column {
            Column::Int2(array) => {
                let $values: &[i16] = array.values();
                Some($result)
            }
            Column::Int4(array) | Column::Date(array) => {
                let $values: &[i32] = array.values();
                Some($result)
            }
            Column::Int8(array) => {
                let $values: &[i64] = array.values();
                Some($result)
            }
            _ => None,
        }
    };
}

impl DenseIndex {
    /// Writes the groups of these rows to `out`; new keys become groups, their rows are listed in `new`.
    pub(super) fn insert(
        &mut self,
        key: &Column,
        rows: Rows<'_>,
        null_group: &mut Option<u32>,
        out: &mut [u32],
        new: &mut Vec<u32>,
    ) -> Result<(), TooWide> {
        let nulls = key.nulls().filter(|nulls| nulls.null_count() > 0);
        with_integers!(key, values => self.insert_integers(values, nulls, rows, null_group, out, new))
            .unwrap_or(Err(TooWide))
    }

    fn insert_integers<N: Copy + Into<i64>>(
        &mut self,
        values: &[N],
        nulls: Option<&NullBuffer>,
        rows: Rows<'_>,
        null_group: &mut Option<u32>,
        out: &mut [u32],
        new: &mut Vec<u32>,
    ) -> Result<(), TooWide> {
        if let (None, Rows::All(_)) = (nulls, rows) {
            let pairs = values.iter().zip(out).enumerate();
            for (row, (&value, out)) in pairs {
                let value = value.into();
                let known = self.group(value);
                *out = if known == NO_GROUP { self.add(value, values, row, new)? } else { known };
            }
            return Ok(());
        }
        rows.try_for_each(|row| {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                out[row] = *null_group.get_or_insert_with(|| {
                    new.push(row as u32);
                    self.codes.push(0);
                    self.codes.len() as u32 - 1
                });
                return Ok(());
            }
            let value = values[row].into();
            let known = self.group(value);
            out[row] = if known == NO_GROUP { self.add(value, values, row, new)? } else { known };
            Ok(())
        })
    }

    /// The group of a key, or [`NO_GROUP`].
    #[inline(always)]
    fn group(&self, value: i64) -> u32 {
        let at = value.wrapping_sub(self.base) as u64;
        // A difference that wrapped around is larger than any length.
        self.groups.get(usize::try_from(at).unwrap_or(usize::MAX)).copied().unwrap_or(NO_GROUP)
    }

    /// Makes a key a group.
    #[cold]
    #[inline(never)]
    fn add<N: Copy + Into<i64>>(
        &mut self,
        value: i64,
        all: &[N],
        row: usize,
        new: &mut Vec<u32>,
    ) -> Result<u32, TooWide> {
        let at = i128::from(value) - i128::from(self.base);
        if !(0..self.groups.len() as i128).contains(&at) {
            self.widen(value, all)?;
        }
        let group = self.codes.len() as u32;
        self.groups[(value - self.base) as usize] = group;
        self.codes.push(value as u64);
        new.push(row as u32);
        Ok(group)
    }

    /// Makes room for a key, and at once for all others of a large column if they lie close together.
    fn widen<N: Copy + Into<i64>>(&mut self, value: i64, all: &[N]) -> Result<(), TooWide> {
        let (mut low, mut high) = match self.groups.len() {
            0 => (value, value),
            len => (self.base.min(value), (self.base + (len - 1) as i64).max(value)),
        };
        let budget = ALWAYS.max(4 * self.codes.len());
        if all.len() > ALWAYS {
            // NULLs hide arbitrary values here; they can only widen the range and so lose the dense form.
            let keys = || all.iter().map(|&key| key.into());
            low = keys().fold(low, i64::min);
            high = keys().fold(high, i64::max);
        }
        let budget = budget.max(4 * all.len()) as i128;
        let span = i128::from(high) - i128::from(low) + 1;
        // Keys near the ends of the range of integers are left to hashing: no arithmetic here overflows.
        let tame = low > i64::MIN / 2 && high < i64::MAX / 2;
        if span > budget || !tame {
            return Err(TooWide);
        }
        // Leave room on the side that grew.
        let size = (span as usize).next_power_of_two().max(1024);
        let base =
            if self.groups.is_empty() || value >= self.base { low } else { high + 1 - size as i64 };
        let mut groups = crate::memory::large_filled(NO_GROUP, size);
        if !self.groups.is_empty() {
            let from = (self.base - base) as usize;
            groups[from..from + self.groups.len()].copy_from_slice(&self.groups);
        }
        (self.base, self.groups) = (base, groups);
        Ok(())
    }

    /// Writes the groups of these rows to `out`, [`NO_GROUP`] for keys not met; `false` for another layout.
    pub(super) fn find(&self, key: &Column, rows: Rows<'_>, out: &mut [u32]) -> bool {
        with_integers!(key, values => self.find_integers(values, rows, out)).is_some()
    }

    fn find_integers<N: Copy + Into<i64>>(&self, values: &[N], rows: Rows<'_>, out: &mut [u32]) {
        match rows {
            Rows::All(_) => values.iter().zip(out).for_each(|(&value, out)| {
                *out = self.group(value.into());
            }),
            Rows::Some(rows) => rows.iter().map(|&row| row as usize).for_each(|row| {
                out[row] = self.group(values[row].into());
            }),
        }
    }
}
