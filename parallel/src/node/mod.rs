//! The executor: one file per plan node.
//!
//! ```text
//! build    a plan node becomes an executor, expressions compiled, once per participant
//! pull     the next batch of its rows, or what to wait for, or the end
//! ```
//!
//! A node never blocks its thread: where PostgreSQL would sleep, `pull` answers [`Pulled::Blocked`], the node above hands
//! it up, and the runtime parks the thread or steps another participant. A node therefore keeps everything that it has
//! begun in itself, and is pulled again later.
//!
//! Filter and Project narrow and extend batches without copying rows; nodes that keep rows (Sort, joins, Material) drop
//! those that a selection leaves out.

mod aggregate;
mod append;
mod bitmap_scan;
mod crossing;
mod filter;
mod function_scan;
mod gather;
mod gather_merge;
mod hash_join;
mod hash_sides;
mod index_scan;
mod index_tests;
mod instrument;
mod limit;
mod needed;
mod nested_loop;
mod order;
mod pairs;
mod project;
mod result;
mod rows;
mod seq_scan;
mod shared;
mod shared_hash_join;
mod sort;
mod unique;
mod values_scan;

pub(crate) use crossing::Parcel;
pub(crate) use needed::Needed;
pub(crate) use order::RowOrder;
pub(crate) use shared::SharedState;

use std::sync::Arc;

use spec::plan::{Node, Plan};
use spec::{Failure, SqlError};

use crate::batch::Batch;
use crate::protocol::Wait;
use crate::runtime::{Execution, Participant};

/// What a node has when it is asked for rows.
pub(crate) enum Pulled {
    /// Rows; possibly none of the batch counts.
    Batch(Batch),
    /// Nothing now: ask again when this wait is over.
    Blocked(Wait),
    /// Nothing more, ever.
    Done,
}

/// What a pull gives: rows, a wait, the end, or the error that fails the query.
pub(crate) type Pull = Result<Pulled, SqlError>;

/// A node at work in one participant.
pub(crate) trait Executor<'p>: Send {
    /// The next rows.
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull;
}

/// An executor of any node.
pub(crate) type Executing<'p> = Box<dyn Executor<'p> + 'p>;

/// Where a plan is about to run.
#[derive(Clone)]
pub(crate) struct Site<'p> {
    pub execution: &'p Execution<'p>,
    /// What parallel-aware nodes share below a Gather; none above.
    pub shared: Option<Arc<SharedState>>,
    /// The participant: 0 is the leader.
    pub number: usize,
    /// The columns that anyone above reads.
    pub needed: Needed,
}

impl<'p> Site<'p> {
    /// The place below a node that reads these columns.
    pub fn below(&self, needed: Needed) -> Site<'p> {
        Site { needed, ..self.clone() }
    }
}

/// Hands up waits and errors, and gives the next batch or the end to the node that pulls.
macro_rules! pull_or_return {
    ($input:expr, $me:expr) => {
        match $input.pull($me)? {
            $crate::node::Pulled::Batch(batch) => Some(batch),
            $crate::node::Pulled::Done => None,
            blocked => return Ok(blocked),
        }
    };
}
pub(crate) use pull_or_return;

/// The executor of a plan in one participant.
///
/// # Errors
/// 0A000 for an expression that has no executable form.
pub(crate) fn build<'p>(plan: &'p Plan, site: &Site<'p>) -> Result<Executing<'p>, Failure> {
    let executor = executor(plan, site)?;
    if site.execution.schedule.instrument {
        return Ok(instrument::around(executor, plan, site));
    }
    Ok(executor)
}

fn executor<'p>(plan: &'p Plan, site: &Site<'p>) -> Result<Executing<'p>, Failure> {
    Ok(match &plan.node {
        Node::Result => Box::new(result::OneRow::new()),
        Node::ValuesScan { rows, .. } => {
            Box::new(values_scan::ValuesScan::new(rows, &plan.columns)?)
        }
        Node::FunctionScan { function, args, .. } => {
            Box::new(function_scan::FunctionScan::new(function, args)?)
        }
        Node::SeqScan { table, columns, parallel, .. } => {
            Box::new(seq_scan::SeqScan::new(plan, &table.name, columns, *parallel, site)?)
        }
        Node::IndexScan { .. } => Box::new(index_scan::IndexScan::new(plan, site)?),
        Node::BitmapHeapScan { .. } => Box::new(bitmap_scan::BitmapHeapScan::new(plan, site)?),
        Node::BitmapIndexScan { .. } | Node::BitmapAnd { .. } | Node::BitmapOr { .. } => {
            unreachable!("the Bitmap Heap Scan above builds its bitmap itself")
        }
        // The name of a sub-query in FROM is for the reader; NestedLoop and HashJoin keep the rows that they read
        // again themselves, so Material adds nothing, and Hash is the building half of its join.
        Node::SubqueryScan { input, .. } | Node::Material { input } | Node::Hash { input, .. } => {
            build(input, site)?
        }
        Node::Filter { input, conditions } => {
            Box::new(filter::Filter::new(input, conditions, site)?)
        }
        Node::Project { input, exprs } => Box::new(project::Project::new(input, exprs, site)?),
        Node::HashJoin { kind, outer, inner, keys, conditions, .. } => {
            let sides = hash_sides::Sides::build(*kind, outer, inner, keys, conditions, site)?;
            // A parallel-aware join that nobody shares has a table of its own.
            match site.shared.as_ref().and_then(|shared| shared.hash_table(plan)) {
                Some(table) => {
                    Box::new(shared_hash_join::SharedHashJoin::new(sides, table.clone(), site))
                }
                None => Box::new(hash_join::HashJoin::new(sides)),
            }
        }
        Node::NestedLoop { kind, outer, inner, conditions } => {
            Box::new(nested_loop::NestedLoop::new(*kind, outer, inner, conditions, site)?)
        }
        Node::Aggregate { .. } => aggregate::build(plan, site)?,
        Node::Sort { input, keys, bound } => Box::new(sort::Sort::new(input, keys, *bound, site)?),
        Node::Limit { input, limit, offset } => {
            Box::new(limit::Limit::new(input, limit.as_ref(), offset.as_ref(), site)?)
        }
        Node::Unique { input } => Box::new(unique::Unique::new(input, site)?),
        Node::Append { inputs, parallel } => {
            Box::new(append::Append::new(plan, inputs, *parallel, site)?)
        }
        Node::Gather { input, workers_planned, single_copy } => {
            Box::new(gather::Gather::new(input, *workers_planned, *single_copy, site))
        }
        Node::GatherMerge { input, keys, workers_planned } => {
            Box::new(gather_merge::GatherMerge::new(input, keys, *workers_planned, site)?)
        }
    })
}
