//! Statements that change tables, and views.

use super::{Expr, Ident, Query, SelectItem};

/// `UPDATE table [[AS] alias] SET assignments [WHERE condition] [RETURNING items]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The table.
    pub table: Ident,
    /// The name it goes by in the statement.
    pub alias: Option<Ident>,
    /// New values by column, `None` for DEFAULT. `(a, b) = (x, y)` is two of them.
    pub assignments: Vec<(Ident, Option<Expr>)>,
    /// WHERE.
    pub filter: Option<Expr>,
    /// RETURNING; empty if there is none.
    pub returning: Vec<SelectItem>,
}

/// `DELETE FROM table [[AS] alias] [WHERE condition] [RETURNING items]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    /// The table.
    pub table: Ident,
    /// The name it goes by in the statement.
    pub alias: Option<Ident>,
    /// WHERE.
    pub filter: Option<Expr>,
    /// RETURNING; empty if there is none.
    pub returning: Vec<SelectItem>,
}

/// `CREATE [OR REPLACE] [TEMP] VIEW name [(columns)] AS query`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateView {
    /// The name.
    pub name: Ident,
    /// Whether a view of this name gives way.
    pub or_replace: bool,
    /// Whether it was called temporary.
    pub temporary: bool,
    /// Column names, from the left, if given.
    pub columns: Vec<Ident>,
    /// The rows.
    pub query: Query,
}

/// `ALTER TABLE [IF EXISTS] name action, …`.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterTable {
    /// The table.
    pub name: Ident,
    /// Whether a missing one is fine.
    pub if_exists: bool,
    /// What changes.
    pub actions: Vec<AlterAction>,
}

/// What ALTER TABLE changes.
#[derive(Clone, Debug, PartialEq)]
pub enum AlterAction {
    /// `SET (option = value, …)`.
    Set(Vec<(Ident, String)>),
    /// `RESET (option, …)`.
    Reset(Vec<Ident>),
}
