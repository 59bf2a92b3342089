//! Values without a fixed layout, shared between slices.

use std::ops::Index;
use std::sync::Arc;

use arrow_buffer::NullBuffer;

/// Values of a type that has no fixed-width layout of its own; `None` is NULL. A slice shares the values.
#[derive(Clone, Debug)]
pub struct Objects<T> {
    items: Arc<[Option<T>]>,
    offset: usize,
    len: usize,
    nulls: Option<NullBuffer>,
}

impl<T> Objects<T> {
    /// These values.
    pub fn new(items: Vec<Option<T>>) -> Objects<T> {
        let nulls = items
            .iter()
            .any(Option::is_none)
            .then(|| NullBuffer::from_iter(items.iter().map(Option::is_some)));
        Objects { len: items.len(), items: items.into(), offset: 0, nulls }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Which are not NULL; `None` if all are.
    pub fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }

    /// `len` values from `offset` on.
    pub fn slice(&self, offset: usize, len: usize) -> Objects<T> {
        assert!(offset + len <= self.len, "a slice lies within its column");
        Objects {
            items: self.items.clone(),
            offset: self.offset + offset,
            len,
            nulls: self.nulls.as_ref().map(|nulls| nulls.slice(offset, len)),
        }
    }

    /// The values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<&T>> {
        self.items[self.offset..self.offset + self.len].iter().map(Option::as_ref)
    }
}

impl<T> Index<usize> for Objects<T> {
    type Output = Option<T>;

    fn index(&self, i: usize) -> &Option<T> {
        assert!(i < self.len, "row {i} of {}", self.len);
        &self.items[self.offset + i]
    }
}
