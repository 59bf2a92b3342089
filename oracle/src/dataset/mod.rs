//! Real data that the project makes itself, so that every clone has it.

pub mod wisconsin;
