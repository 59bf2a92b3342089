//! `timestamp`.
