//! The plan language, serial and parallel alike: one file per node with its typing rule and its EXPLAIN line.
//!
//! ```text
//! leaves      result values_scan function_scan seq_scan index_scan bitmap_scan
//! rows        filter project subquery_scan material hash
//! joins       hash_join nested_loop
//! groups      aggregate unique
//! order       sort limit
//! gathering   append gather gather_merge
//! ```
//!
//! A [`Plan`] says how rows are computed. [`check`] gives it a type by folding the nodes' rules over the tree; executors
//! accept only [`check::Checked`] plans. [`explain`] prints it in PostgreSQL's words.
//!
//! Filter and Project are nodes of their own; EXPLAIN shows a Filter as a property of the node below it, and a Project
//! as its `Output` (VERBOSE only), as PostgreSQL does.

pub mod check;
pub mod explain;
mod expression;

mod aggregate;
mod append;
mod bitmap_scan;
mod filter;
mod function_scan;
mod gather;
mod gather_merge;
mod hash;
mod hash_join;
mod index_scan;
mod limit;
mod material;
mod nested_loop;
mod project;
mod result;
mod seq_scan;
mod sort;
mod subquery_scan;
mod unique;
mod values_scan;

pub use aggregate::groups_are_determined;
pub use index_scan::{fixes, turned};

use std::sync::Arc;

use crate::agg::Aggregate;
use crate::catalogue::{Index, Table};
use crate::expr::{Expr, Function};
use crate::query::{Call, JoinKind, SortKey};
use crate::value::{Modifier, Type};

/// A node of a plan with everything below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What it does.
    pub node: Node,
    /// The columns of the rows that it returns.
    pub columns: Vec<PlanColumn>,
    /// What the planner expects of it.
    pub estimate: Estimate,
    /// Uncorrelated sub-queries whose value is computed once, before: `Expr::Param { id }` refers to them. They hang on
    /// the node that PostgreSQL prints them under (the top of the query level).
    pub init_plans: Vec<InitPlan>,
}

/// A plan whose single value (NULL if it returns no row, 21000 if several) is a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct InitPlan {
    /// The number of the parameter: printed as `$id`.
    pub id: usize,
    /// Its plan. One column; with `exists` any columns.
    pub plan: Plan,
    /// The parameter is whether there is a row.
    pub exists: bool,
}

/// A column of a plan's rows.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanColumn {
    /// Its name, for printing.
    pub name: String,
    /// The alias of the table it comes from, for printing.
    pub qualifier: Option<String>,
    /// Its type (of a state: the result type of its aggregate).
    pub ty: Type,
    /// Its modifier, where known.
    pub modifier: Modifier,
    /// What it holds.
    pub content: Content,
    /// The expression that it was computed from, over base columns, for printing (EXPLAIN shows `sum(x)` above an
    /// Aggregate, not a made-up name).
    pub printed: Option<String>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A value.
    Value,
    /// The transition state of this aggregate: only Gather, Gather Merge, Append, Merge Append, Sort and an exchange may
    /// carry it, and only Finalize may open it.
    State(&'static Aggregate),
}

/// What the planner expects of a node, in PostgreSQL's units (`costsize.c`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Cost before the first row.
    pub startup: f64,
    /// Cost of all rows.
    pub total: f64,
    /// Rows, per participant below a Gather.
    pub rows: f64,
    /// Mean width of a row in bytes.
    pub width: u64,
}

/// What a node does.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// One row without columns (`Result`).
    Result,
    /// Written rows (`Values Scan`).
    ValuesScan {
        /// The rows.
        rows: Vec<Vec<Expr>>,
        /// The alias.
        alias: String,
    },
    /// The rows of a set-returning function (`Function Scan`).
    FunctionScan {
        /// The function.
        function: &'static Function,
        /// Its arguments.
        args: Vec<Expr>,
        /// The alias.
        alias: String,
    },
    /// The rows of a table (`Seq Scan`; parallel-aware: blocks are divided among the participants).
    SeqScan {
        /// The table.
        table: Arc<Table>,
        /// The alias.
        alias: String,
        /// The table columns that are read, in this order.
        columns: Vec<usize>,
        /// Parallel-aware.
        parallel: bool,
    },
    /// The rows of a table in the order of a btree index (`Index Scan`, `Index Only Scan`; parallel-aware: leaf pages are
    /// claimed in turn).
    IndexScan {
        /// The table.
        table: Arc<Table>,
        /// The alias.
        alias: String,
        /// The index.
        index: Index,
        /// The table columns that are read, in this order.
        columns: Vec<usize>,
        /// Conditions on key columns (`Index Cond`), over the columns of the *table*.
        conditions: Vec<Expr>,
        /// From the last key to the first.
        backward: bool,
        /// Only key columns are read (`Index Only Scan`).
        only: bool,
        /// Parallel-aware.
        parallel: bool,
    },
    /// The rows of a table at the places of a bitmap (`Bitmap Heap Scan`; parallel-aware: one participant builds the bitmap,
    /// all claim its pages).
    BitmapHeapScan {
        /// The table.
        table: Arc<Table>,
        /// The alias.
        alias: String,
        /// The table columns that are read, in this order.
        columns: Vec<usize>,
        /// What the bitmap's conditions say of each row (`Recheck Cond`), over the columns of the *table*.
        recheck: Vec<Expr>,
        /// The places.
        bitmap: Box<Plan>,
        /// Parallel-aware.
        parallel: bool,
    },
    /// The places of the rows that satisfy conditions on an index (`Bitmap Index Scan`).
    BitmapIndexScan {
        /// The table.
        table: Arc<Table>,
        /// The index.
        index: Index,
        /// Conditions on key columns (`Index Cond`), over the columns of the *table*.
        conditions: Vec<Expr>,
    },
    /// The places that are in every bitmap (`BitmapAnd`).
    BitmapAnd {
        /// The bitmaps.
        inputs: Vec<Plan>,
    },
    /// The places that are in any bitmap (`BitmapOr`).
    BitmapOr {
        /// The bitmaps.
        inputs: Vec<Plan>,
    },
    /// The rows of a sub-query in FROM (`Subquery Scan`).
    SubqueryScan {
        /// The rows.
        input: Box<Plan>,
        /// The alias.
        alias: String,
    },
    /// The rows for which every condition is true; printed on the node below.
    Filter {
        /// The rows.
        input: Box<Plan>,
        /// The conditions, in the order they are evaluated.
        conditions: Vec<Expr>,
    },
    /// One row of expressions per row; not printed.
    Project {
        /// The rows.
        input: Box<Plan>,
        /// The expressions.
        exprs: Vec<Expr>,
    },
    /// Builds a table of the inner rows, then probes it with the outer rows (`Hash Join` over `Hash`).
    /// Columns: outer then inner (Semi, Anti: outer only).
    HashJoin {
        /// Inner, Left, Semi, Anti, Right or Full: relative to the outer side.
        kind: JoinKind,
        /// The probing side.
        outer: Box<Plan>,
        /// The `Hash` node.
        inner: Box<Plan>,
        /// `outer key = inner key`; NULL keys match nothing.
        keys: Vec<HashKey>,
        /// Further conditions over outer and inner columns (`Join Filter`).
        conditions: Vec<Expr>,
        /// Parallel-aware: one table shared by all participants (`Parallel Hash Join`).
        parallel: bool,
    },
    /// The building side of a hash join (`Hash`).
    Hash {
        /// The rows.
        input: Box<Plan>,
        /// Parallel-aware.
        parallel: bool,
    },
    /// Every pair (`Nested Loop`). Columns: outer then inner (Semi, Anti: outer only).
    NestedLoop {
        /// Inner, Left, Semi or Anti.
        kind: JoinKind,
        /// The outer side.
        outer: Box<Plan>,
        /// The inner side, read again for each outer row.
        inner: Box<Plan>,
        /// Conditions over outer and inner columns (`Join Filter`).
        conditions: Vec<Expr>,
    },
    /// Keeps the rows to be read again (`Materialize`).
    Material {
        /// The rows.
        input: Box<Plan>,
    },
    /// Groups and aggregates. Columns: keys, then one per call (a state in Partial mode).
    Aggregate {
        /// Plain, Sorted or Hashed.
        strategy: Strategy,
        /// Simple, Partial or Finalize.
        mode: Mode,
        /// The rows. In Finalize mode: columns are the keys, then one state per call.
        input: Box<Plan>,
        /// Group keys over input rows (in Finalize mode: the first columns).
        keys: Vec<Expr>,
        /// The calls. In Finalize mode their arguments speak of the rows below Partial and are not evaluated.
        calls: Vec<Call>,
    },
    /// Orders the rows (`Sort`).
    Sort {
        /// The rows.
        input: Box<Plan>,
        /// The keys.
        keys: Vec<SortKey>,
        /// Only this many of the first rows are needed (top-N), if known.
        bound: Option<u64>,
    },
    /// At most `limit` rows after the first `offset` (`Limit`).
    Limit {
        /// The rows.
        input: Box<Plan>,
        /// LIMIT.
        limit: Option<Expr>,
        /// OFFSET.
        offset: Option<Expr>,
    },
    /// Drops rows that are not distinct from the one before (`Unique`); the input is sorted by all columns.
    Unique {
        /// The rows.
        input: Box<Plan>,
    },
    /// The rows of all inputs (`Append`; parallel-aware: participants spread over the inputs).
    Append {
        /// The inputs.
        inputs: Vec<Plan>,
        /// Parallel-aware.
        parallel: bool,
    },
    /// Runs the plan below in several participants and returns all their rows (`Gather`).
    Gather {
        /// The partial plan.
        input: Box<Plan>,
        /// Workers that are asked for.
        workers_planned: usize,
        /// One worker runs the whole plan, the leader does not (`debug_parallel_query`).
        single_copy: bool,
    },
    /// Runs the plan below in several participants and merges their sorted rows (`Gather Merge`).
    GatherMerge {
        /// The partial plan, sorted in each participant.
        input: Box<Plan>,
        /// The order, which each participant's rows have.
        keys: Vec<SortKey>,
        /// Workers that are asked for.
        workers_planned: usize,
    },
}

/// One equality of a hash join.
#[derive(Clone, Debug, PartialEq)]
pub struct HashKey {
    /// Over outer rows.
    pub outer: Expr,
    /// Over inner rows.
    pub inner: Expr,
    /// The equality function.
    pub equal: &'static Function,
}

/// How an Aggregate finds its groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// No keys: exactly one group per participant.
    Plain,
    /// Rows come sorted by the keys (`GroupAggregate`).
    Sorted,
    /// A hash table (`HashAggregate`).
    Hashed,
}

/// Which stage an Aggregate is (PostgreSQL's `AggSplit`: three legal combinations of four bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Rows to values.
    Simple,
    /// Rows to states.
    Partial,
    /// States to values.
    Finalize,
}

impl Plan {
    /// The plans directly below, in the order EXPLAIN prints them.
    pub fn inputs(&self) -> Vec<&Plan> {
        match &self.node {
            Node::Result
            | Node::ValuesScan { .. }
            | Node::FunctionScan { .. }
            | Node::SeqScan { .. }
            | Node::IndexScan { .. }
            | Node::BitmapIndexScan { .. } => vec![],
            Node::SubqueryScan { input, .. }
            | Node::Filter { input, .. }
            | Node::Project { input, .. }
            | Node::Hash { input, .. }
            | Node::Material { input }
            | Node::Aggregate { input, .. }
            | Node::Sort { input, .. }
            | Node::Limit { input, .. }
            | Node::Unique { input }
            | Node::Gather { input, .. }
            | Node::GatherMerge { input, .. } => vec![input],
            Node::HashJoin { outer, inner, .. } | Node::NestedLoop { outer, inner, .. } => {
                vec![outer, inner]
            }
            Node::BitmapHeapScan { bitmap, .. } => vec![bitmap],
            Node::Append { inputs, .. }
            | Node::BitmapAnd { inputs }
            | Node::BitmapOr { inputs } => inputs.iter().collect(),
        }
    }

    /// The same, to be changed.
    pub fn inputs_mut(&mut self) -> Vec<&mut Plan> {
        match &mut self.node {
            Node::Result
            | Node::ValuesScan { .. }
            | Node::FunctionScan { .. }
            | Node::SeqScan { .. }
            | Node::IndexScan { .. }
            | Node::BitmapIndexScan { .. } => vec![],
            Node::SubqueryScan { input, .. }
            | Node::Filter { input, .. }
            | Node::Project { input, .. }
            | Node::Hash { input, .. }
            | Node::Material { input }
            | Node::Aggregate { input, .. }
            | Node::Sort { input, .. }
            | Node::Limit { input, .. }
            | Node::Unique { input }
            | Node::Gather { input, .. }
            | Node::GatherMerge { input, .. } => vec![input],
            Node::HashJoin { outer, inner, .. } | Node::NestedLoop { outer, inner, .. } => {
                vec![outer, inner]
            }
            Node::BitmapHeapScan { bitmap, .. } => vec![bitmap],
            Node::Append { inputs, .. }
            | Node::BitmapAnd { inputs }
            | Node::BitmapOr { inputs } => inputs.iter_mut().collect(),
        }
    }
}

impl Plan {
    /// The expressions of this node itself, over its inputs' columns (of a Finalize: without its calls' arguments, which
    /// speak of rows below Partial; of a scan through an index: over its table's columns).
    pub fn exprs(&self) -> Vec<&Expr> {
        match &self.node {
            Node::ValuesScan { rows, .. } => rows.iter().flatten().collect(),
            Node::FunctionScan { args, .. } => args.iter().collect(),
            Node::Filter { conditions, .. }
            | Node::NestedLoop { conditions, .. }
            | Node::IndexScan { conditions, .. }
            | Node::BitmapIndexScan { conditions, .. } => conditions.iter().collect(),
            Node::BitmapHeapScan { recheck, .. } => recheck.iter().collect(),
            Node::Project { exprs, .. } => exprs.iter().collect(),
            Node::HashJoin { keys, conditions, .. } => {
                keys.iter().flat_map(|key| [&key.outer, &key.inner]).chain(conditions).collect()
            }
            Node::Aggregate { mode, keys, calls, .. } => {
                let calls = if *mode == Mode::Finalize { &[] } else { &calls[..] };
                let of_calls = calls.iter().flat_map(|call| {
                    let order = call.order_by.iter().map(|key| &key.expr);
                    call.args.iter().chain(order).chain(&call.filter)
                });
                keys.iter().chain(of_calls).collect()
            }
            Node::Sort { keys, .. } | Node::GatherMerge { keys, .. } => {
                keys.iter().map(|key| &key.expr).collect()
            }
            Node::Limit { limit, offset, .. } => limit.iter().chain(offset).collect(),
            Node::Result
            | Node::SeqScan { .. }
            | Node::SubqueryScan { .. }
            | Node::Hash { .. }
            | Node::Material { .. }
            | Node::Unique { .. }
            | Node::Append { .. }
            | Node::BitmapAnd { .. }
            | Node::BitmapOr { .. }
            | Node::Gather { .. } => vec![],
        }
    }
}

impl PlanColumn {
    /// A column that holds a value and comes from no table.
    pub fn value(name: impl Into<String>, ty: Type) -> PlanColumn {
        PlanColumn {
            name: name.into(),
            qualifier: None,
            ty,
            modifier: Modifier::None,
            content: Content::Value,
            printed: None,
        }
    }
}
