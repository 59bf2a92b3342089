//! Any split of any rows is invisible to any aggregate. The body is `oracle::fuzz::agg_split`.
//!
//! ```text
//! cargo +nightly fuzz run agg_split
//! fuzz/campaign --time 60 agg_split
//! ```

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| oracle::fuzz::agg_split(bytes));
