//! The judge: engines as adapters, generators, comparison, shrinking, campaigns, and the `bothways` command.
//!
//! ```text
//! live/       laws of an aggregate of a live server, asked with SQL alone
//! session/    statements one after the other over immutable versions of tables: DDL, loading, settings
//! engine/     who answers: reference (the set of permitted outcomes), parallel, PostgreSQL; one file per engine
//! judge/      who asks whether an outcome is permitted; one file per judge
//! generate/   schemas, rows, queries, schedules from one seed
//! fuzz/       bodies of the fuzz targets, which stable Rust runs too
//! case        one query and database under its schedules, as a small text file
//! shrink      smaller rows, simpler query, fewer schedules, same failure class
//! campaign    many cases, progress, the verdict table and what was really checked
//! lint/       what a live server's catalogue alone says against an aggregate
//! specification/  clauses, theorems and the manual as things to read: pages, a table, a book
//! dataset/    real data that the project makes itself: Wisconsin, TPC-H
//! ```

#![forbid(unsafe_code)]

pub mod campaign;
pub mod case;
pub mod command;
pub mod copy;
pub mod database;
pub mod dataset;
pub mod engine;
pub mod format;
pub mod fuzz;
pub mod generate;
pub mod judge;
pub mod lint;
pub mod live;
pub mod session;
pub mod shrink;
pub mod specification;
pub mod verdict;
