//! What things mean: values, expressions, queries, aggregates, plans, laws and clauses.
//!
//! The life of a query: [`sql`] parses and binds text against a [`catalogue`] into a [`query`]; an engine answers it
//! (`reference` with the set of [`permitted`] outcomes, `parallel` by making a [`plan`], having it checked and
//! running it) with an [`outcome`]; the judge asks whether the outcome is permitted.

#![forbid(unsafe_code)]

pub mod agg;
pub mod catalogue;
pub mod clause;
pub mod error;
pub mod expr;
pub mod fault;
pub mod laws;
pub mod outcome;
pub mod permitted;
pub mod plan;
pub mod query;
pub mod safety;
pub mod settings;
pub mod sql;
pub mod value;

pub use error::{Failure, SqlError, SqlState, Unsupported};
pub use value::{Row, Type, Value};
