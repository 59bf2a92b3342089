//! Strings as views of 16 bytes: Arrow's Utf8View layout, read as bytes.
//!
//! ```text
//! short (up to 12 bytes)   | length: u32 | bytes, padded with zeros          |
//! long                     | length: u32 | first 4 bytes | buffer | offset   |
//! ```
//!
//! Two short strings are equal exactly if their views are. Collation C compares bytes, so kernels never look at
//! characters unless the function does.

use std::sync::Arc;

use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};

/// The longest string that lies inside its view.
pub const INLINE: usize = 12;

/// UTF-8 strings without NUL, with NULLs.
#[derive(Clone, Debug)]
pub struct Strings {
    pub(super) views: ScalarBuffer<u128>,
    pub(super) buffers: Arc<[Buffer]>,
    pub(super) nulls: Option<NullBuffer>,
}

impl Strings {
    /// Strings of these parts; the caller vouches that views point into the buffers.
    pub(crate) fn new(
        views: Vec<u128>,
        buffers: Arc<[Buffer]>,
        nulls: Option<NullBuffer>,
    ) -> Strings {
        Strings { views: views.into(), buffers, nulls }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.views.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.views.is_empty()
    }

    /// Which are not NULL; `None` if all are.
    pub fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }

    /// The views: length, then the bytes themselves or where they are.
    pub fn views(&self) -> &[u128] {
        &self.views
    }

    /// The buffers that hold the long strings.
    pub fn buffers(&self) -> &Arc<[Buffer]> {
        &self.buffers
    }

    /// The bytes of string `i`; unspecified if it is NULL.
    pub fn get(&self, i: usize) -> &[u8] {
        let view = self.views[i];
        let len = view as u32 as usize;
        if len <= INLINE {
            let start = i * 16 + 4;
            &self.views.inner().as_slice()[start..start + len]
        } else {
            let (buffer, offset) = place(view);
            &self.buffers[buffer].as_slice()[offset..offset + len]
        }
    }

    /// String `i`.
    ///
    /// # Panics
    /// If it is not UTF-8: every string entered as a `str`, and kernels cut at characters.
    pub fn text(&self, i: usize) -> &str {
        std::str::from_utf8(self.get(i)).expect("strings are UTF-8")
    }

    /// `len` strings from `offset` on; shares the buffers.
    pub fn slice(&self, offset: usize, len: usize) -> Strings {
        Strings {
            views: self.views.slice(offset, len),
            buffers: self.buffers.clone(),
            nulls: self.nulls.as_ref().map(|nulls| nulls.slice(offset, len)),
        }
    }

    /// Bytes of the visible views and of the strings outside them.
    pub fn bytes(&self) -> usize {
        let outside = |view: &u128| Some(*view as u32 as usize).filter(|len| *len > INLINE);
        self.len() * 16 + self.views.iter().filter_map(outside).sum::<usize>()
    }
}

/// The view of a short string.
pub(crate) fn inline_view(bytes: &[u8]) -> u128 {
    debug_assert!(bytes.len() <= INLINE);
    let mut view = [0; 16];
    view[..4].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
    view[4..4 + bytes.len()].copy_from_slice(bytes);
    u128::from_le_bytes(view)
}

/// The view of a long string that lies at this place.
pub(crate) fn outside_view(bytes: &[u8], buffer: usize, offset: usize) -> u128 {
    let mut view = [0; 16];
    view[..4].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
    view[4..8].copy_from_slice(&bytes[..4]);
    view[8..12].copy_from_slice(&(buffer as u32).to_le_bytes());
    view[12..].copy_from_slice(&(offset as u32).to_le_bytes());
    u128::from_le_bytes(view)
}

/// Buffer and offset of a long string's view.
pub(crate) fn place(view: u128) -> (usize, usize) {
    ((view >> 64) as u32 as usize, (view >> 96) as usize)
}

/// The view of the same long string, its buffer number raised by `by`.
pub(crate) fn move_buffer(view: u128, by: usize) -> u128 {
    if view as u32 as usize <= INLINE { view } else { view + ((by as u128) << 64) }
}

/// Builds [`Strings`] one by one.
#[derive(Debug, Default)]
pub struct StringsBuilder {
    views: Vec<u128>,
    full: Vec<Buffer>,
    open: Vec<u8>,
    valid: Vec<bool>,
    nulls: usize,
}

/// Bytes of a string buffer: large enough that there are few, small enough for 32-bit offsets.
const BUFFER: usize = 16 << 20;

impl StringsBuilder {
    /// An empty builder with room for this many strings.
    pub fn with_capacity(rows: usize) -> StringsBuilder {
        StringsBuilder { views: Vec::with_capacity(rows), ..StringsBuilder::default() }
    }

    /// How many strings so far.
    pub fn len(&self) -> usize {
        self.views.len()
    }

    /// Whether there is none yet.
    pub fn is_empty(&self) -> bool {
        self.views.is_empty()
    }

    /// Adds a string.
    pub fn push(&mut self, text: &str) {
        self.push_bytes(text.as_bytes());
    }

    /// Adds a string whose bytes are known to be UTF-8.
    pub(crate) fn push_bytes(&mut self, bytes: &[u8]) {
        let view = if bytes.len() <= INLINE { inline_view(bytes) } else { self.store(bytes) };
        self.views.push(view);
        if self.nulls > 0 {
            self.valid.push(true);
        }
    }

    /// Adds a NULL.
    pub fn push_null(&mut self) {
        if self.nulls == 0 {
            self.valid.resize(self.views.len(), true);
        }
        self.nulls += 1;
        self.valid.push(false);
        self.views.push(0);
    }

    /// Writes a long string into the open buffer, or into a new one if it is full.
    fn store(&mut self, bytes: &[u8]) -> u128 {
        if !self.open.is_empty() && self.open.len() + bytes.len() > BUFFER {
            let mut full = std::mem::take(&mut self.open);
            full.shrink_to_fit();
            self.full.push(Buffer::from_vec(full));
        }
        let view = outside_view(bytes, self.full.len(), self.open.len());
        self.open.extend_from_slice(bytes);
        view
    }

    /// The strings.
    pub fn finish(mut self) -> Strings {
        if !self.open.is_empty() {
            self.open.shrink_to_fit();
            self.full.push(Buffer::from_vec(self.open));
        }
        self.views.shrink_to_fit();
        let nulls = (self.nulls > 0).then(|| NullBuffer::new(BooleanBuffer::from(self.valid)));
        Strings::new(self.views, self.full.into(), nulls)
    }
}
