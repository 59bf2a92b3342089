//! The bound logical algebra: what a query asks, with every name and type resolved.
//!
//! A [`Rel`] is a bag of rows (a list, above a Sort) with named and typed columns. [bag.relation] Engines give it meaning:
//! `reference` by following this tree, `parallel` by planning it.

mod build;
mod position;
mod walk;

use std::sync::Arc;

use crate::agg::Aggregate;
use crate::catalogue::Table;
use crate::expr::{Expr, Function};
use crate::sql::ast::{Direction, NullsOrder, SetOp};
use crate::value::{Modifier, Type};

/// A bound query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Its rows; the columns are the query's output columns.
    pub rel: Rel,
}

/// A bag (or, above a Sort, a list) of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Rel {
    /// How the rows come about.
    pub node: Node,
    /// The columns of each row.
    pub columns: Vec<Field>,
}

/// A column of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name (an output name, or the column's).
    pub name: String,
    /// The table or alias that it belongs to, for printing (`t1.x`); none for computed columns.
    pub qualifier: Option<String>,
    /// Its type.
    pub ty: Type,
    /// Its modifier, where it is known (PostgreSQL's typmod).
    pub modifier: Modifier,
}

/// How the rows of a relation come about.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// One row without columns: FROM of a query that has none.
    Unit,
    /// The rows of a stored table.
    Scan {
        /// The table.
        table: Arc<Table>,
        /// The alias it goes by in this query (the table's name if none was written).
        alias: String,
    },
    /// Written rows; expressions see no columns.
    Values {
        /// The rows.
        rows: Vec<Vec<Expr>>,
        /// The alias (`*VALUES*` if none was written).
        alias: String,
    },
    /// The rows of a set-returning function; its arguments see no columns.
    Function {
        /// The function (`returns_set`).
        function: &'static Function,
        /// Its arguments.
        args: Vec<Expr>,
        /// The alias.
        alias: String,
    },
    /// The rows for which the condition is true.
    Filter {
        /// The rows.
        input: Box<Rel>,
        /// The condition over a row.
        condition: Expr,
    },
    /// One output row per input row.
    Project {
        /// The rows.
        input: Box<Rel>,
        /// One expression per output column.
        exprs: Vec<Expr>,
    },
    /// Pairs of rows; columns are the left ones, then the right ones (for Semi and Anti the left ones only).
    Join {
        /// Which join.
        kind: JoinKind,
        /// Left side.
        left: Box<Rel>,
        /// Right side.
        right: Box<Rel>,
        /// The condition over left and right columns; true for a cross join.
        condition: Expr,
    },
    /// Groups: one row per distinct key (NULLs are alike), or exactly one row if there are no keys.
    /// Columns are the keys, then the aggregates.
    Aggregate {
        /// The rows.
        input: Box<Rel>,
        /// Group keys.
        keys: Vec<Expr>,
        /// Aggregate calls.
        calls: Vec<Call>,
    },
    /// One row of each set of rows that are not distinct.
    Distinct {
        /// The rows.
        input: Box<Rel>,
    },
    /// The rows in order of the keys; equal ones in any order.
    Sort {
        /// The rows.
        input: Box<Rel>,
        /// The keys, most significant first.
        keys: Vec<SortKey>,
    },
    /// At most `limit` rows after the first `offset`. Constants or parameter-free expressions of type bigint.
    Limit {
        /// The rows.
        input: Box<Rel>,
        /// LIMIT; NULL means all.
        limit: Option<Expr>,
        /// OFFSET; NULL means 0.
        offset: Option<Expr>,
    },
    /// A set operation; sides have the same column types.
    SetOperation {
        /// Which.
        op: SetOp,
        /// Whether duplicates are kept.
        all: bool,
        /// Left side.
        left: Box<Rel>,
        /// Right side.
        right: Box<Rel>,
    },
    /// A sub-query in FROM under an alias: the same rows (a boundary for printing, nothing else).
    Subquery {
        /// The rows.
        input: Box<Rel>,
        /// The alias.
        alias: String,
    },
    /// A reference to a WITH query. References to one WITH query share one `Cte`, and see the same rows.
    Cte {
        /// The WITH query.
        cte: Arc<Cte>,
        /// The alias.
        alias: String,
    },
}

/// A WITH query.
#[derive(Clone, Debug, PartialEq)]
pub struct Cte {
    /// Its name.
    pub name: String,
    /// Unique within the statement.
    pub id: usize,
    /// How often it is referred to.
    pub references: usize,
    /// MATERIALIZED / NOT MATERIALIZED, if written.
    pub materialized: Option<bool>,
    /// Its rows.
    pub rel: Rel,
}

/// The joins of the algebra. `Semi` and `Anti` do not come from the binder but from rewrites (EXISTS, IN).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// Pairs that satisfy the condition (a cross join if it is true).
    Inner,
    /// The same, and left rows without a partner, padded with NULLs.
    Left,
    /// The same, and right rows without a partner.
    Right,
    /// The same, and both kinds of rows without a partner.
    Full,
    /// Left rows with at least one partner, once each.
    Semi,
    /// Left rows without a partner.
    Anti,
}

/// One aggregate call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The aggregate.
    pub aggregate: &'static Aggregate,
    /// Its arguments over an input row, already of its argument types; empty for `count(*)`.
    pub args: Vec<Expr>,
    /// The direct arguments of an ordered-set aggregate: over an input row, of which they read what is the same in
    /// all rows of a group. Its `args` are what WITHIN GROUP orders by.
    pub direct: Vec<Expr>,
    /// `f(DISTINCT x)`.
    pub distinct: bool,
    /// `f(x ORDER BY y)`, `f() WITHIN GROUP (ORDER BY y)`: keys over an input row.
    pub order_by: Vec<SortKey>,
    /// FILTER (WHERE …) over an input row.
    pub filter: Option<Expr>,
    /// 1-based character offset in the statement; 0 if none.
    pub position: usize,
}

/// A key of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// The key over a row.
    pub expr: Expr,
    /// ASC or DESC.
    pub direction: Direction,
    /// Where NULLs go (default: last for ASC, first for DESC).
    pub nulls: NullsOrder,
}
