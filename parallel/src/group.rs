//! Grouping: key columns to group numbers.
//!
//! ```text
//! group_ids   keys of a batch -> one dense group number per row; new keys get the next number
//! find        the same without new groups (the probing side of a join)
//! keys        the representatives: the first-met key of each group, in order of group number
//! ```
//!
//! Keys are equal as SQL's GROUP BY holds them: NULL is like NULL, -0 like 0, NaN like NaN, 1.0 like 1.00, `char(n)`
//! without trailing blanks, intervals by their span. The first-met key stands for its group. [bag.group]

//!
//! ```text
//! dense    one integer key whose values lie close together: an array by value
//! words    keys that pack into 64 or 128 bits: linear probing
//! bytes    everything else: linear probing over encoded keys
//! ```
//!
//! The first batch decides which; what does not fit later moves on to a more general one.

mod bytes;
mod dense;
mod layout;
mod words;

use std::sync::OnceLock;

use spec::value::Type;

use crate::batch::{Batch, Rows};
use crate::column::Column;
use bytes::BytesIndex;
pub(crate) use bytes::without_blanks;
use dense::DenseIndex;
use layout::{Layout, Packable};
use words::{Word, WordIndex};

/// The group number of no group.
pub const NO_GROUP: u32 = u32::MAX;

/// Numbers the groups of key columns.
#[derive(Debug)]
pub struct Grouper {
    types: Vec<Type>,
    groups: u32,
    /// Representatives, in pieces as they were met.
    pieces: Vec<Vec<Column>>,
    /// The group of NULL, where NULL is not part of the key word.
    null_group: Option<u32>,
    index: Index,
    /// Byte keys of the groups, for probing with columns of another layout.
    by_bytes: OnceLock<BytesIndex>,
}

/// How keys are looked up.
#[derive(Debug)]
enum Index {
    /// No batch has come yet.
    Undecided,
    Dense(DenseIndex),
    Narrow(Layout, WordIndex<u64>),
    Wide(Layout, WordIndex<u128>),
    Bytes(BytesIndex),
}

impl Grouper {
    /// No groups yet, for keys of these types.
    pub fn new(types: Vec<Type>) -> Grouper {
        Grouper {
            types,
            groups: 0,
            pieces: vec![],
            null_group: None,
            index: Index::Undecided,
            by_bytes: OnceLock::new(),
        }
    }

    /// How many groups.
    pub fn len(&self) -> usize {
        self.groups as usize
    }

    /// Whether there is no group yet.
    pub fn is_empty(&self) -> bool {
        self.groups == 0
    }

    /// Sets `out` to the group number of each row of the batch, aligned to all its rows; entries of unselected rows are
    /// unspecified but below [`Grouper::len`] if there is any group. Keys not met before become groups, numbered in the
    /// order in which they are met: over sorted rows the groups are sorted.
    ///
    /// # Panics
    /// If there would be 2^32 - 1 groups.
    pub fn group_ids(&mut self, keys: &[Column], batch: &Batch, out: &mut Vec<u32>) {
        let keys: Vec<Column> = keys.iter().map(Column::materialise).collect();
        let rows = batch.selected();
        assert!(self.len() + rows.len() < NO_GROUP as usize, "fewer than 2^32 - 1 groups");
        out.clear();
        out.resize(batch.rows, 0);
        if let Index::Undecided = self.index {
            self.index = Index::of(&keys);
        }
        let mut new = vec![];
        while !self.insert(&keys, rows, out, &mut new) {
            // Some of the rows may have become groups already.
            self.remember(&keys, &mut new);
            self.generalise(&keys);
        }
        self.remember(&keys, &mut new);
    }

    /// Keeps the keys of these rows as representatives of the newest groups.
    fn remember(&mut self, keys: &[Column], new: &mut Vec<u32>) {
        if !new.is_empty() {
            self.pieces.push(keys.iter().map(|key| key.take(new)).collect());
            new.clear();
            self.by_bytes.take();
        }
    }

    /// Numbers the rows' keys; `false` if they do not fit the index.
    fn insert(
        &mut self,
        keys: &[Column],
        rows: Rows<'_>,
        out: &mut [u32],
        new: &mut Vec<u32>,
    ) -> bool {
        match &mut self.index {
            Index::Undecided => unreachable!("decided by the first batch"),
            Index::Dense(index) => {
                let done = index.insert(&keys[0], rows, &mut self.null_group, out, new);
                self.groups = index.codes.len() as u32;
                done.is_ok()
            }
            Index::Narrow(layout, index) => {
                let state = (&mut self.null_group, &mut self.groups);
                insert_words(layout, index, keys, rows, state, out, new)
            }
            Index::Wide(layout, index) => {
                let state = (&mut self.null_group, &mut self.groups);
                insert_words(layout, index, keys, rows, state, out, new)
            }
            Index::Bytes(index) => {
                index.insert(keys, rows, out, new);
                self.groups += new.len() as u32;
                true
            }
        }
    }

    /// Goes over to the next more general index, with the same groups; `keys` are like those to come.
    fn generalise(&mut self, keys: &[Column]) {
        self.index = match std::mem::replace(&mut self.index, Index::Undecided) {
            Index::Dense(dense) => {
                let layout = Layout::of(keys).expect("an integer packs");
                Index::Narrow(layout, WordIndex::of_words(&dense.codes, self.null_group))
            }
            _ => Index::Bytes(self.bytes_of_groups()),
        };
    }

    /// The byte keys of all groups.
    fn bytes_of_groups(&self) -> BytesIndex {
        let mut index = BytesIndex::default();
        let keys = self.keys();
        let mut out = vec![0; self.len()];
        index.insert(&keys, Rows::All(self.len()), &mut out, &mut vec![]);
        debug_assert!(out.iter().enumerate().all(|(i, &group)| i == group as usize));
        index
    }

    /// Sets `out` to the group number of each row, aligned to all rows of the batch: [`NO_GROUP`] where the key has not
    /// been met. Entries of unselected rows are unspecified. Integer keys may be of another width, `real` may probe
    /// `double precision`.
    pub fn find(&self, keys: &[Column], batch: &Batch, out: &mut Vec<u32>) {
        out.clear();
        out.resize(batch.rows, NO_GROUP);
        let keys: Vec<Column> = keys.iter().map(Column::materialise).collect();
        let rows = batch.selected();
        let found = match &self.index {
            Index::Undecided => true,
            Index::Dense(index) => {
                let found = self.fits_dense(&keys[0]) && index.find(&keys[0], rows, out);
                self.find_null(&keys[0], rows, out, found)
            }
            Index::Narrow(layout, index) => self.find_words(layout, index, &keys, rows, out),
            Index::Wide(layout, index) => self.find_words(layout, index, &keys, rows, out),
            Index::Bytes(index) => {
                index.find(&keys, rows, out);
                true
            }
        };
        if !found {
            self.by_bytes.get_or_init(|| self.bytes_of_groups()).find(&keys, rows, out);
        }
    }

    /// Whether the integers of a probing column mean the same as ours.
    fn fits_dense(&self, key: &Column) -> bool {
        let integer = |ty: Type| matches!(ty, Type::Int2 | Type::Int4 | Type::Int8);
        key.ty() == self.types[0] || integer(self.types[0]) && integer(key.ty())
    }

    /// Sets the rows whose single key is NULL.
    fn find_null(&self, key: &Column, rows: Rows<'_>, out: &mut [u32], found: bool) -> bool {
        if let Some(nulls) = key.nulls().filter(|nulls| found && nulls.null_count() > 0) {
            let group = self.null_group.unwrap_or(NO_GROUP);
            rows.for_each(|row| {
                if nulls.is_null(row) {
                    out[row] = group;
                }
            });
        }
        found
    }

    fn find_words<W: Word + Packable>(
        &self,
        layout: &Layout,
        index: &WordIndex<W>,
        keys: &[Column],
        rows: Rows<'_>,
        out: &mut [u32],
    ) -> bool {
        let mut misfits = vec![];
        let Some(words) = layout.words::<W>(keys, &mut misfits) else { return false };
        index.find(&words, rows, out);
        misfits.iter().for_each(|&row| out[row as usize] = NO_GROUP);
        if layout.is_single() {
            self.find_null(&keys[0], rows, out, true);
        }
        true
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

impl Index {
    /// The narrowest index for keys like these.
    fn of(keys: &[Column]) -> Index {
        if let [Column::Int2(_) | Column::Int4(_) | Column::Int8(_) | Column::Date(_)] = keys {
            return Index::Dense(DenseIndex::default());
        }
        match Layout::of(keys) {
            Some(layout) if layout.is_narrow() => Index::Narrow(layout, WordIndex::default()),
            Some(layout) => Index::Wide(layout, WordIndex::default()),
            None => Index::Bytes(BytesIndex::default()),
        }
    }
}

#[cfg(test)]
mod tests;

/// Numbers keys by their words; `false` if a key does not fit the layout.
fn insert_words<W: Word + Packable>(
    layout: &Layout,
    index: &mut WordIndex<W>,
    keys: &[Column],
    rows: Rows<'_>,
    (null_group, groups): (&mut Option<u32>, &mut u32),
    out: &mut [u32],
    new: &mut Vec<u32>,
) -> bool {
    let mut misfits = vec![];
    let Some(words) = layout.words::<W>(keys, &mut misfits) else { return false };
    if !misfits.is_empty() {
        return false;
    }
    index.reserve(rows.len());
    let nulls = keys[0].nulls().filter(|nulls| layout.is_single() && nulls.null_count() > 0);
    let Some(nulls) = nulls else {
        index.insert(&words, rows, groups, out, new);
        return true;
    };
    let mut valid = Vec::with_capacity(rows.len());
    let mut null = Vec::new();
    rows.for_each(|row| {
        if nulls.is_valid(row) { &mut valid } else { &mut null }.push(row as u32);
    });
    // Groups are numbered as they are met: the first NULL comes after the keys before it.
    let before = match (*null_group, null.first()) {
        (None, Some(first)) => valid.partition_point(|row| row < first),
        _ => 0,
    };
    index.insert(&words, Rows::Some(&valid[..before]), groups, out, new);
    if let Some(&first) = null.first() {
        let group = *null_group.get_or_insert_with(|| {
            new.push(first);
            *groups += 1;
            *groups - 1
        });
        null.iter().for_each(|&row| out[row as usize] = group);
    }
    index.insert(&words, Rows::Some(&valid[before..]), groups, out, new);
    true
}
