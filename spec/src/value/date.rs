//! `date`.
