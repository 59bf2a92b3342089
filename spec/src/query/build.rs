//! Building relations: each constructor gives the node its columns.

use crate::expr::Expr;
use crate::query::{Field, JoinKind, Node, Rel, SortKey};
use crate::sql::ast::{Direction, NullsOrder};
use crate::value::{Modifier, Type};

impl Field {
    /// A computed column: a name and a type, of no table.
    pub fn computed(name: impl Into<String>, ty: Type, modifier: Modifier) -> Field {
        Field { name: name.into(), qualifier: None, ty, modifier }
    }
}

impl SortKey {
    /// An ascending key with NULLs last: PostgreSQL's default.
    pub fn ascending(expr: Expr) -> SortKey {
        SortKey { expr, direction: Direction::Asc, nulls: NullsOrder::Last }
    }
}

impl Rel {
    /// The relation with one row and no columns.
    pub fn unit() -> Rel {
        Rel { node: Node::Unit, columns: vec![] }
    }

    /// The rows of `self` for which `condition` is true.
    pub fn filter(self, condition: Expr) -> Rel {
        let columns = self.columns.clone();
        Rel { node: Node::Filter { input: Box::new(self), condition }, columns }
    }

    /// One row of `exprs` per row of `self`.
    pub fn project(self, exprs: Vec<Expr>, columns: Vec<Field>) -> Rel {
        debug_assert_eq!(exprs.len(), columns.len());
        Rel { node: Node::Project { input: Box::new(self), exprs }, columns }
    }

    /// The rows of `self` in order of `keys`.
    pub fn sort(self, keys: Vec<SortKey>) -> Rel {
        let columns = self.columns.clone();
        Rel { node: Node::Sort { input: Box::new(self), keys }, columns }
    }

    /// One row of each set of rows of `self` that are not distinct.
    pub fn distinct(self) -> Rel {
        let columns = self.columns.clone();
        Rel { node: Node::Distinct { input: Box::new(self) }, columns }
    }

    /// At most `limit` rows of `self` after the first `offset`.
    pub fn limit(self, limit: Option<Expr>, offset: Option<Expr>) -> Rel {
        let columns = self.columns.clone();
        Rel { node: Node::Limit { input: Box::new(self), limit, offset }, columns }
    }

    /// Pairs of rows of `left` and `right`; for `Semi` and `Anti` the rows of `left`.
    pub fn join(kind: JoinKind, left: Rel, right: Rel, condition: Expr) -> Rel {
        let mut columns = left.columns.clone();
        if !matches!(kind, JoinKind::Semi | JoinKind::Anti) {
            columns.extend(right.columns.iter().cloned());
        }
        let (left, right) = (Box::new(left), Box::new(right));
        Rel { node: Node::Join { kind, left, right, condition }, columns }
    }
}
