//! Hash joins: a table of the inner rows by key, probed with batches of outer rows.
//!
//! ```text
//! build     number the keys (group); list the rows of each key one after the other
//! probe     key of each outer row -> its number, or none
//! pairs     expand numbers to (outer row, inner row), a bounded piece at a time
//! ```
//!
//! Semi and anti joins without further conditions need `probe` alone. A NULL key matches nothing. [join.key.null]

use std::ops::Range;

use spec::value::Type;

use crate::batch::{Batch, Rows};
use crate::column::Column;
use crate::group::{Grouper, NO_GROUP};

/// The inner rows by key.
#[derive(Debug)]
pub struct HashTable {
    keys: Grouper,
    payload: Batch,
    /// Where the rows of each key begin in `rows`, and the end.
    starts: Vec<u32>,
    /// Whether every key has one row.
    unique: bool,
    /// Row numbers of the payload, key by key, ascending within a key.
    rows: Vec<u32>,
}

/// Pairs of an outer and an inner row, by row number in batch and payload.
#[derive(Debug, Default)]
pub struct Pairs {
    /// Rows of the probing batch, ascending.
    pub outer: Vec<u32>,
    /// Rows of [`HashTable::payload`].
    pub inner: Vec<u32>,
}

/// The matches of one batch, and how far they have been expanded.
#[derive(Debug, Default)]
pub struct Probe {
    /// The key number of each row of the batch, aligned to all rows; [`NO_GROUP`] if nothing matches.
    keys: Vec<u32>,
    /// The next position in the selection.
    next: usize,
    /// How many inner rows of that outer row have been given.
    given: u32,
}

impl HashTable {
    /// The table of these inner rows. `keys` are the key columns over all rows of `payload`, which is compact.
    ///
    /// # Panics
    /// If the payload has a selection (see [`Batch::compact`] and [`Batch::concat`]) or 2^32 - 1 rows.
    pub fn build(keys: &[Column], payload: Batch) -> HashTable {
        assert!(payload.selection.is_none(), "the payload of a hash table is compact");
        assert!(payload.rows < NO_GROUP as usize, "a hash table holds fewer than 2^32 - 1 rows");
        let types: Vec<Type> = keys.iter().map(Column::ty).collect();
        let mut grouper = Grouper::new(types);
        let valid = valid_rows(keys, payload.selected());
        let selection = valid.map(crate::batch::Selection::new);
        let keyed = Batch { columns: vec![], rows: payload.rows, selection };
        let mut ids = vec![];
        grouper.group_ids(keys, &keyed, &mut ids);
        let (starts, rows) = rows_by_key(&ids, keyed.selected(), grouper.len());
        let unique = rows.len() == grouper.len();
        HashTable { keys: grouper, payload, starts, unique, rows }
    }

    /// The inner rows.
    pub fn payload(&self) -> &Batch {
        &self.payload
    }

    /// Looks up the keys of the selected rows of `batch`; `probe` holds the matches afterwards.
    pub fn probe(&self, keys: &[Column], batch: &Batch, probe: &mut Probe) {
        probe.next = 0;
        probe.given = 0;
        self.keys.find(keys, batch, &mut probe.keys);
        for nulls in keys.iter().filter_map(Column::nulls).filter(|nulls| nulls.null_count() > 0) {
            let masked = probe.keys.iter_mut().zip(nulls.iter());
            masked.for_each(|(key, valid)| *key = if valid { *key } else { NO_GROUP });
        }
        if keys.iter().any(|key| matches!(key, Column::Constant { value, .. } if value.is_null())) {
            probe.keys.fill(NO_GROUP);
        }
    }

    /// Replaces `pairs` by the next matches of the batch, at most `limit` of them (none if the next rows have no match);
    /// `false` once there are no more.
    pub fn pairs(&self, batch: &Batch, probe: &mut Probe, limit: usize, pairs: &mut Pairs) -> bool {
        pairs.outer.clear();
        pairs.inner.clear();
        let rows = batch.selected();
        if self.unique {
            self.unique_pairs(rows, probe, limit, pairs);
            return probe.next < rows.len() || !pairs.outer.is_empty();
        }
        while probe.next < rows.len() && pairs.outer.len() < limit {
            let row = match rows {
                Rows::All(_) => probe.next as u32,
                Rows::Some(rows) => rows[probe.next],
            };
            let matches = self.rows_of_key(probe.keys[row as usize]);
            let given = probe.given as usize;
            let take = (matches.len() - given).min(limit - pairs.outer.len());
            let end = given + take;
            pairs.inner.extend_from_slice(&self.rows[matches.start + given..matches.start + end]);
            pairs.outer.resize(pairs.inner.len(), row);
            if end == matches.len() {
                probe.next += 1;
                probe.given = 0;
            } else {
                probe.given = end as u32;
            }
        }
        !pairs.outer.is_empty()
    }

    /// The matches of the next `limit` rows: at most one each.
    fn unique_pairs(&self, rows: Rows<'_>, probe: &mut Probe, limit: usize, pairs: &mut Pairs) {
        let end = rows.len().min(probe.next + limit);
        pairs.outer.resize(end - probe.next, 0);
        pairs.inner.resize(end - probe.next, 0);
        let mut count = 0;
        // Writes every row and moves on after a match only: no branch to mispredict.
        let mut one = |row: u32| {
            let inner = self.rows.get(probe.keys[row as usize] as usize);
            pairs.outer[count] = row;
            pairs.inner[count] = inner.copied().unwrap_or(0);
            count += usize::from(inner.is_some());
        };
        match rows {
            Rows::All(_) => (probe.next..end).for_each(|row| one(row as u32)),
            Rows::Some(rows) => rows[probe.next..end].iter().for_each(|&row| one(row)),
        }
        pairs.outer.truncate(count);
        pairs.inner.truncate(count);
        probe.next = end;
    }

    /// Where the rows of a key stand in `rows`.
    fn rows_of_key(&self, key: u32) -> Range<usize> {
        if key == NO_GROUP {
            return 0..0;
        }
        self.starts[key as usize] as usize..self.starts[key as usize + 1] as usize
    }
}

impl Probe {
    /// Whether row `row` of the batch has a match.
    pub fn matches(&self, row: usize) -> bool {
        self.keys[row] != NO_GROUP
    }

    /// The rows among `rows` that have a match (`true`: a semi join) or have none (`false`: an anti join).
    pub fn select(&self, rows: Rows<'_>, matched: bool) -> Vec<u32> {
        let mut selected = Vec::with_capacity(rows.len());
        rows.for_each(|row| {
            if self.matches(row) == matched {
                selected.push(row as u32);
            }
        });
        selected
    }
}

/// The rows without a NULL key; `None` if no key is NULL.
fn valid_rows(keys: &[Column], rows: Rows<'_>) -> Option<Vec<u32>> {
    if keys.iter().all(|key| key.null_count() == 0) {
        return None;
    }
    let mut valid = vec![];
    rows.for_each(|row| {
        if !keys.iter().any(|key| key.is_null(row)) {
            valid.push(row as u32);
        }
    });
    Some(valid)
}

/// Counting sort of rows by key number: where each key's rows begin, and the rows.
fn rows_by_key(ids: &[u32], rows: Rows<'_>, keys: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = crate::memory::large_filled(0u32, keys + 1);
    rows.for_each(|row| starts[ids[row] as usize + 1] += 1);
    for key in 0..keys {
        starts[key + 1] += starts[key];
    }
    let mut next = starts.clone();
    let mut sorted = crate::memory::large_filled(0u32, rows.len());
    rows.for_each(|row| {
        let at = &mut next[ids[row] as usize];
        sorted[*at as usize] = row as u32;
        *at += 1;
    });
    (starts, sorted)
}
