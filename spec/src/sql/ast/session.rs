//! Statements about the session: transactions, prepared statements, cursors.

use super::{Expr, Ident, Query, Statement, TypeName};
use crate::value::{Type, Value};

/// What a transaction statement does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionKind {
    /// BEGIN or START TRANSACTION (`start`).
    Begin {
        /// Whether it was written START TRANSACTION, which its tag repeats.
        start: bool,
        /// Isolation level and the like.
        modes: TransactionModes,
    },
    /// COMMIT, END.
    Commit {
        /// AND CHAIN: another transaction begins at once.
        chain: bool,
    },
    /// ROLLBACK, ABORT.
    Rollback {
        /// AND CHAIN: another transaction begins at once.
        chain: bool,
    },
    /// SAVEPOINT name.
    Savepoint(Ident),
    /// ROLLBACK TO \[SAVEPOINT\] name.
    RollbackTo(Ident),
    /// RELEASE \[SAVEPOINT\] name.
    Release(Ident),
    /// SET TRANSACTION modes.
    Set(TransactionModes),
}

/// The modes of a transaction, as far as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransactionModes {
    /// ISOLATION LEVEL.
    pub isolation: Option<Isolation>,
    /// READ ONLY or READ WRITE.
    pub read_only: Option<bool>,
    /// \[NOT\] DEFERRABLE.
    pub deferrable: Option<bool>,
}

/// Isolation levels. A session alone on its database sees no difference between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isolation {
    /// READ UNCOMMITTED.
    ReadUncommitted,
    /// READ COMMITTED, the default.
    #[default]
    ReadCommitted,
    /// REPEATABLE READ.
    RepeatableRead,
    /// SERIALIZABLE.
    Serializable,
}

impl Isolation {
    /// The level in lower case, as `transaction_isolation` shows it.
    pub fn name(self) -> &'static str {
        match self {
            Isolation::ReadUncommitted => "read uncommitted",
            Isolation::ReadCommitted => "read committed",
            Isolation::RepeatableRead => "repeatable read",
            Isolation::Serializable => "serializable",
        }
    }
}

/// What a parameter `$n` stands for.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ParameterMeaning {
    /// Nothing: the statement is not a prepared one.
    #[default]
    Nothing,
    /// Some value; where it stands decides its type, as for an untyped literal.
    Undecided,
    /// Some value of this type.
    Typed(Type),
    /// This value of this type.
    Value(Type, Value),
}

/// A statement about prepared statements.
#[derive(Clone, Debug, PartialEq)]
pub enum PreparedStatement {
    /// `PREPARE name [(types)] AS statement`.
    Prepare {
        /// The name.
        name: Ident,
        /// The declared types of the first parameters.
        types: Vec<TypeName>,
        /// What EXECUTE does: a query, INSERT, UPDATE or DELETE.
        statement: Box<Statement>,
    },
    /// `EXECUTE name [(arguments)]`.
    Execute {
        /// The name.
        name: Ident,
        /// The values of the parameters.
        args: Vec<Expr>,
    },
    /// `DEALLOCATE [PREPARE] name | ALL`.
    Deallocate {
        /// The name, `None` for ALL.
        name: Option<Ident>,
    },
}

/// A statement about cursors.
#[derive(Clone, Debug, PartialEq)]
pub enum CursorStatement {
    /// `DECLARE name [[NO] SCROLL] CURSOR [WITH HOLD] FOR query`.
    Declare {
        /// The name.
        name: Ident,
        /// SCROLL or NO SCROLL, if written.
        scroll: Option<bool>,
        /// WITH HOLD: it outlives its transaction.
        hold: bool,
        /// The rows.
        query: Box<Query>,
    },
    /// `FETCH` or `MOVE` `[direction] [FROM|IN] name`.
    Fetch {
        /// The cursor.
        name: Ident,
        /// Which rows.
        direction: FetchDirection,
        /// MOVE: go there and show nothing.
        moves: bool,
    },
    /// `CLOSE name | ALL`.
    Close {
        /// The cursor, `None` for ALL.
        name: Option<Ident>,
    },
}

/// Which rows FETCH shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchDirection {
    /// So many on, `None` for all the rest: NEXT is 1.
    Forward(Option<i32>),
    /// So many back, `None` for all before: PRIOR is 1.
    Backward(Option<i32>),
    /// The row of this number, from the end if negative: FIRST is 1, LAST is -1.
    Absolute(i32),
    /// The row so many on.
    Relative(i32),
}
