//! Keys as words: linear probing over 64 or 128 bits.

use crate::batch::Rows;
use crate::group::NO_GROUP;

/// A key that fits a machine word or two.
pub(super) trait Word: Copy + Eq + Default + std::fmt::Debug + Send + Sync {
    /// The same word hashes alike in every run.
    fn hash(self) -> usize;
}

/// Multiplies to 128 bits and folds the halves: every input bit reaches every output bit.
#[inline(always)]
fn fold(word: u64, by: u64) -> u64 {
    let product = u128::from(word) * u128::from(by);
    product as u64 ^ (product >> 64) as u64
}

impl Word for u64 {
    #[inline(always)]
    fn hash(self) -> usize {
        fold(self ^ 0x243f_6a88_85a3_08d3, 0x9e37_79b9_7f4a_7c15) as usize
    }
}

impl Word for u128 {
    #[inline(always)]
    fn hash(self) -> usize {
        let low = self as u64 ^ 0x243f_6a88_85a3_08d3;
        let high = (self >> 64) as u64 ^ 0x1319_8a2e_0370_7344;
        (fold(low, 0x9e37_79b9_7f4a_7c15) ^ fold(high, 0xd6e8_feb8_6659_fd93)) as usize
    }
}

/// Group numbers by word.
#[derive(Debug, Default)]
pub(super) struct WordIndex<W> {
    /// A power of two of slots, at most half of them taken.
    slots: Vec<Slot<W>>,
    taken: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot<W> {
    word: W,
    group: u32,
}

impl<W: Word> WordIndex<W> {
    /// The index that numbers these words 0, 1, 2, …; they differ from each other. `skip` is a group without a word.
    pub(super) fn of_words(words: &[W], skip: Option<u32>) -> WordIndex<W> {
        let mut index = WordIndex { slots: vec![], taken: 0 };
        index.reserve(words.len());
        for (group, &word) in words.iter().enumerate() {
            if skip != Some(group as u32) {
                index.put(word, group as u32);
            }
        }
        index
    }

    /// Makes room for this many more words.
    pub(super) fn reserve(&mut self, more: usize) {
        let size = (2 * (self.taken + more)).next_power_of_two().max(1024);
        if size <= self.slots.len() {
            return;
        }
        let empty = Slot { word: W::default(), group: NO_GROUP };
        let old = std::mem::replace(&mut self.slots, crate::memory::large_filled(empty, size));
        self.taken = 0;
        for slot in old.into_iter().filter(|slot| slot.group != NO_GROUP) {
            self.put(slot.word, slot.group);
        }
    }

    /// Adds a word that is not there.
    fn put(&mut self, word: W, group: u32) {
        let mask = self.slots.len() - 1;
        let mut at = word.hash() & mask;
        while self.slots[at].group != NO_GROUP {
            at = (at + 1) & mask;
        }
        self.slots[at] = Slot { word, group };
        self.taken += 1;
    }

    /// Writes the groups of these rows' words to `out`. A new word becomes group `next`, which is counted up, and its row
    /// is listed in `new`. There is room ([`WordIndex::reserve`]).
    pub(super) fn insert(
        &mut self,
        words: &[W],
        rows: Rows<'_>,
        next: &mut u32,
        out: &mut [u32],
        new: &mut Vec<u32>,
    ) {
        let slots = self.slots.as_mut_slice();
        let first = *next;
        let mut one = |row: usize, word: W, out: &mut u32| {
            let mask = slots.len() - 1;
            let mut at = word.hash() & mask;
            loop {
                let slot = &mut slots[at];
                if slot.group == NO_GROUP {
                    *slot = Slot { word, group: *next };
                    *out = *next;
                    *next += 1;
                    new.push(row as u32);
                    return;
                }
                if slot.word == word {
                    *out = slot.group;
                    return;
                }
                at = (at + 1) & mask;
            }
        };
        match rows {
            Rows::All(_) => {
                let pairs = words.iter().zip(out).enumerate();
                pairs.for_each(|(row, (&word, out))| one(row, word, out));
            }
            Rows::Some(rows) => {
                rows.iter().map(|&row| row as usize).for_each(|row| {
                    one(row, words[row], &mut out[row]);
                });
            }
        }
        self.taken += (*next - first) as usize;
    }

    /// Writes the groups of these rows' words to `out`, [`NO_GROUP`] for words not met.
    pub(super) fn find(&self, words: &[W], rows: Rows<'_>, out: &mut [u32]) {
        if self.slots.is_empty() {
            return;
        }
        let slots = self.slots.as_slice();
        let mask = slots.len() - 1;
        let one = |word: W| {
            let mut at = word.hash() & mask;
            loop {
                let slot = &slots[at];
                if slot.word == word || slot.group == NO_GROUP {
                    // An empty slot's group is the answer too: no group.
                    return slot.group;
                }
                at = (at + 1) & mask;
            }
        };
        match rows {
            Rows::All(_) => words.iter().zip(out).for_each(|(&word, out)| *out = one(word)),
            Rows::Some(rows) => rows.iter().map(|&row| row as usize).for_each(|row| {
                out[row] = one(words[row]);
            }),
        }
    }
}
