//! `interval`: months, days and microseconds, kept apart.

/// A span of time in three fields that do not carry into each other (PostgreSQL's `Interval`).
///
/// Rust's `==` is identity of the fields; SQL's equality counts a month as 30 days and a day as 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    /// Months (a year is 12).
    pub months: i32,
    /// Days.
    pub days: i32,
    /// Microseconds.
    pub microseconds: i64,
}
