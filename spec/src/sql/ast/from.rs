//! FROM: tables, sub-queries, functions and joins.

use super::{Expr, Ident, Position, Query};

/// One item of FROM.
#[derive(Clone, Debug, PartialEq)]
pub enum TableRef {
    /// A table or CTE.
    Table {
        /// Its name.
        name: Ident,
        /// Alias and column aliases.
        alias: Option<Alias>,
    },
    /// `(query) AS alias`.
    Subquery {
        /// The rows.
        query: Box<Query>,
        /// Alias and column aliases (optional from PostgreSQL 16 on).
        alias: Option<Alias>,
    },
    /// `function(arguments) AS alias`.
    Function {
        /// The function.
        name: Ident,
        /// Its arguments.
        args: Vec<Expr>,
        /// Alias and column aliases.
        alias: Option<Alias>,
    },
    /// A join.
    Join {
        /// Which.
        kind: JoinKind,
        /// Left side.
        left: Box<TableRef>,
        /// Right side.
        right: Box<TableRef>,
        /// ON, USING, NATURAL or nothing.
        condition: JoinCondition,
        /// Where the join stands.
        position: Position,
    },
}

/// `AS name (columns)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Alias {
    /// The name.
    pub name: Ident,
    /// Column aliases, from the left.
    pub columns: Vec<Ident>,
}

/// The joins that SQL writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// CROSS JOIN.
    Cross,
    /// \[INNER\] JOIN.
    Inner,
    /// LEFT \[OUTER\] JOIN.
    Left,
    /// RIGHT \[OUTER\] JOIN.
    Right,
    /// FULL \[OUTER\] JOIN.
    Full,
}

/// How a join says which pairs belong together.
#[derive(Clone, Debug, PartialEq)]
pub enum JoinCondition {
    /// CROSS JOIN.
    None,
    /// ON condition.
    On(Expr),
    /// USING (columns).
    Using(Vec<Ident>),
    /// NATURAL.
    Natural,
}
