//! The text of statements about the session.

use super::{expr, ident, list, query, statement, string, type_name};
use crate::sql::ast::*;
use crate::value::text;

/// The text of a transaction statement.
pub(super) fn transaction(kind: &TransactionKind) -> String {
    let chain = |chain: bool| if chain { " AND CHAIN" } else { "" };
    match kind {
        TransactionKind::Begin { start, modes: written } => {
            let word = if *start { "START TRANSACTION" } else { "BEGIN" };
            format!("{word} {}", modes(written)).trim().to_owned()
        }
        TransactionKind::Commit { chain: chained } => format!("COMMIT{}", chain(*chained)),
        TransactionKind::Rollback { chain: chained } => format!("ROLLBACK{}", chain(*chained)),
        TransactionKind::Savepoint(name) => format!("SAVEPOINT {}", ident(name)),
        TransactionKind::RollbackTo(name) => format!("ROLLBACK TO SAVEPOINT {}", ident(name)),
        TransactionKind::Release(name) => format!("RELEASE SAVEPOINT {}", ident(name)),
        TransactionKind::Set(written) => format!("SET TRANSACTION {}", modes(written)),
    }
}

fn modes(modes: &TransactionModes) -> String {
    let mut shown = vec![];
    if let Some(level) = modes.isolation {
        shown.push(format!("ISOLATION LEVEL {}", level.name().to_uppercase()));
    }
    if let Some(read_only) = modes.read_only {
        shown.push(if read_only { "READ ONLY" } else { "READ WRITE" }.to_owned());
    }
    if let Some(deferrable) = modes.deferrable {
        shown.push(if deferrable { "DEFERRABLE" } else { "NOT DEFERRABLE" }.to_owned());
    }
    shown.join(", ")
}

/// The text of a parameter: its value as a literal where it has one.
pub(super) fn parameter(number: usize, meaning: &ParameterMeaning) -> String {
    match meaning {
        ParameterMeaning::Value(ty, value) if value.is_null() => format!("CAST(NULL AS {ty})"),
        ParameterMeaning::Value(ty, value) => {
            format!("CAST({} AS {ty})", string(&text::output(value)))
        }
        _ => format!("${number}"),
    }
}

/// The text of a statement about prepared statements.
pub(super) fn prepared(prepared: &PreparedStatement) -> String {
    match prepared {
        PreparedStatement::Prepare { name, types, statement: inner } => {
            let types = match types.as_slice() {
                [] => String::new(),
                types => format!(" ({})", list(types, type_name)),
            };
            format!("PREPARE {}{types} AS {}", ident(name), statement(inner))
        }
        PreparedStatement::Execute { name, args } => match args.as_slice() {
            [] => format!("EXECUTE {}", ident(name)),
            args => format!("EXECUTE {} ({})", ident(name), list(args, expr)),
        },
        PreparedStatement::Deallocate { name } => format!("DEALLOCATE {}", name_or_all(name)),
    }
}

/// The text of a statement about cursors.
pub(super) fn cursor(cursor: &CursorStatement) -> String {
    match cursor {
        CursorStatement::Declare { name, scroll, hold, query: rows } => {
            let scroll = match scroll {
                None => "",
                Some(true) => " SCROLL",
                Some(false) => " NO SCROLL",
            };
            let hold = if *hold { " WITH HOLD" } else { "" };
            format!("DECLARE {}{scroll} CURSOR{hold} FOR {}", ident(name), query(rows))
        }
        CursorStatement::Fetch { name, direction: which, moves } => {
            let word = if *moves { "MOVE" } else { "FETCH" };
            format!("{word} {} FROM {}", direction(*which), ident(name))
        }
        CursorStatement::Close { name } => format!("CLOSE {}", name_or_all(name)),
    }
}

fn direction(direction: FetchDirection) -> String {
    let count = |count: Option<i32>| count.map_or_else(|| "ALL".to_owned(), |n| n.to_string());
    match direction {
        FetchDirection::Forward(n) => format!("FORWARD {}", count(n)),
        FetchDirection::Backward(n) => format!("BACKWARD {}", count(n)),
        FetchDirection::Absolute(n) => format!("ABSOLUTE {n}"),
        FetchDirection::Relative(n) => format!("RELATIVE {n}"),
    }
}

fn name_or_all(name: &Option<Ident>) -> String {
    name.as_ref().map_or_else(|| "ALL".to_owned(), ident)
}
