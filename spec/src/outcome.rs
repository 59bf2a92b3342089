//! What an engine answered, and how it got there.

use crate::error::SqlError;
use crate::value::{Modifier, Row, Type};

/// What an engine answered: rows, or an error of the query's own.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Rows, in the order they came.
    Rows(Rows),
    /// An error.
    Error(SqlError),
}

/// Rows with their columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// The columns.
    pub columns: Vec<OutputColumn>,
    /// The rows, in the order they came.
    pub rows: Vec<Row>,
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Its modifier.
    pub modifier: Modifier,
}

/// How an answer came about: what really ran. All counts are over the whole query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// One entry per Gather that was reached.
    pub gathers: Vec<GatherTrace>,
    /// Rows that each participant read from parallel-aware scans; index 0 is the leader.
    pub participant_rows: Vec<u64>,
    /// Calls of combine.
    pub combines: u64,
    /// Calls of combine in which both states had seen a row.
    pub combines_of_two: u64,
    /// States that crossed from one participant to another as bytes.
    pub states_as_bytes: u64,
    /// An upper bound of the height of the tree of additions under any aggregate of the answer: how many roundings an
    /// input value can have gone through.
    pub combine_height: Option<u64>,
    /// Expressions that had no kernel of their own and were evaluated row by row through spec: shared with `reference`.
    pub shared_evaluations: u64,
    /// What each plan node did, in the order EXPLAIN prints them; empty unless asked for.
    pub nodes: Vec<NodeTrace>,
}

/// What a Gather did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatherTrace {
    /// Workers that the plan asked for.
    pub workers_planned: usize,
    /// Workers that began.
    pub workers_launched: usize,
    /// Whether the leader ran the plan as well.
    pub leader_participated: bool,
}

/// What a plan node did, summed over participants.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeTrace {
    /// Rows it returned.
    pub rows: u64,
    /// How often it was executed, over all participants.
    pub loops: u64,
    /// Rows that its filter removed.
    pub removed: u64,
    /// Milliseconds spent in it and below, over all participants.
    pub milliseconds: f64,
}

/// One run of an engine.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// What it answered.
    pub outcome: Outcome,
    /// How it got there.
    pub trace: Trace,
}
