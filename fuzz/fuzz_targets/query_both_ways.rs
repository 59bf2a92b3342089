//! A generated case is judged under all its schedules. The body is `oracle::fuzz::query_both_ways`.
//!
//! ```text
//! cargo +nightly fuzz run query_both_ways
//! fuzz/campaign --time 60 query_both_ways
//! ```

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| oracle::fuzz::query_both_ways(bytes));
