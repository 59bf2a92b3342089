//! Grouping: key columns to group numbers.
//!
//! ```text
//! group_ids   keys of a batch -> one dense group number per row; new keys get the next number
//! find        the same without new groups (the probing side of a join)
//! keys        the representatives: the first-met key of each group, in order of group number
//! ```
//!
//! Keys are equal as SQL's GROUP BY holds them: NULL is like NULL, -0 like 0, NaN like NaN, 1.0 like 1.00, `char(n)`
//! without trailing blanks, intervals by their span. The first-met key stands for its group. [rel.group.equal]

mod bytes;

use spec::value::Type;

use crate::batch::Batch;
use crate::column::Column;
use bytes::BytesIndex;
pub(crate) use bytes::without_blanks;

/// The group number of no group.
pub const NO_GROUP: u32 = u32::MAX;

/// Numbers the groups of key columns.
#[derive(Debug)]
pub struct Grouper {
    types: Vec<Type>,
    groups: usize,
    /// Representatives, in pieces as they were met.
    pieces: Vec<Vec<Column>>,
    index: BytesIndex,
}

impl Grouper {
    /// No groups yet, for keys of these types.
    pub fn new(types: Vec<Type>) -> Grouper {
        Grouper { types, groups: 0, pieces: vec![], index: BytesIndex::default() }
    }

    /// How many groups.
    pub fn len(&self) -> usize {
        self.groups
    }

    /// Whether there is no group yet.
    pub fn is_empty(&self) -> bool {
        self.groups == 0
    }

    /// Sets `out` to the group number of each row of the batch, aligned to all its rows; entries of unselected rows are
    /// unspecified but below [`Grouper::len`] if there is any group. Keys not met before become groups.
    pub fn group_ids(&mut self, keys: &[Column], batch: &Batch, out: &mut Vec<u32>) {
        let mut new = vec![];
        out.clear();
        out.resize(batch.rows, 0);
        self.index.insert(keys, batch.selected(), out, &mut new);
        if !new.is_empty() {
            self.groups += new.len();
            self.pieces.push(keys.iter().map(|key| key.materialise().take(&new)).collect());
        }
    }

    /// Sets `out` to the group number of each row, aligned to all rows of the batch: [`NO_GROUP`] where the key has not
    /// been met and in unselected rows.
    pub fn find(&self, keys: &[Column], batch: &Batch, out: &mut Vec<u32>) {
        out.clear();
        out.resize(batch.rows, NO_GROUP);
        self.index.find(keys, batch.selected(), out);
    }

    /// The key columns of the groups, in order of group number: the first-met keys.
    pub fn keys(&self) -> Vec<Column> {
        let column = |i: usize| {
            let parts: Vec<&Column> = self.pieces.iter().map(|piece| &piece[i]).collect();
            match parts.is_empty() {
                true => Column::from_values(self.types[i], []),
                false => Column::concat(&parts),
            }
        };
        (0..self.types.len()).map(column).collect()
    }
}
