//! What is parsed, printed and parsed again is the same tree. The body is `oracle::fuzz::sql_roundtrip`.
//!
//! ```text
//! cargo +nightly fuzz run sql_roundtrip
//! fuzz/campaign --time 60 sql_roundtrip
//! ```

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| oracle::fuzz::sql_roundtrip(bytes));
