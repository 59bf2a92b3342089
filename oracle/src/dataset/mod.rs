//! Real data that the project makes itself, so that every clone has it.

#[cfg(feature = "tpch")]
pub mod tpch;
pub mod wisconsin;
