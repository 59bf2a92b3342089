//! Large buffers that ask for huge pages.
//!
//! The first touch of a 4 kB page costs about 1.5 µs, thirteen times as much as reading it; huge pages make it eight
//! times cheaper, but Linux hands them out only on request (`madvise`). This is the one module of the crate with
//! `unsafe`: a single system call that gives advice about memory that the vector owns.

#![allow(unsafe_code)]

/// Below this many bytes the advice is not worth a system call.
const LARGE: usize = 4 << 20;

/// Size and alignment of a huge page.
const HUGE_PAGE: usize = 2 << 20;

/// An empty vector with room for `capacity` members, in huge pages if it is large and the system has them.
pub fn large_vec<T>(capacity: usize) -> Vec<T> {
    let mut vec = Vec::with_capacity(capacity);
    advise(vec.spare_capacity_mut());
    vec
}

/// A vector of `len` copies of `value`, in huge pages if it is large and the system has them.
pub fn large_filled<T: Clone>(value: T, len: usize) -> Vec<T> {
    let mut vec = large_vec(len);
    vec.resize(len, value);
    vec
}

/// Asks for huge pages behind the whole huge pages inside this memory. Failure is not an error: it is advice.
#[cfg(target_os = "linux")]
fn advise<T>(memory: &mut [std::mem::MaybeUninit<T>]) {
    let bytes = std::mem::size_of_val(memory);
    if bytes < LARGE {
        return;
    }
    let start = (memory.as_ptr() as usize).next_multiple_of(HUGE_PAGE);
    let end = (memory.as_ptr() as usize + bytes) & !(HUGE_PAGE - 1);
    if start < end {
        // SAFETY: the range lies inside memory that `memory` borrows exclusively, and MADV_HUGEPAGE changes how it is
        // backed, never what it holds.
        unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_HUGEPAGE) };
    }
}

#[cfg(not(target_os = "linux"))]
fn advise<T>(_memory: &mut [std::mem::MaybeUninit<T>]) {}
