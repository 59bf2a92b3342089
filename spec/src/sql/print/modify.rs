//! The text of statements that change tables, and of views.

use super::{column_list, create, expr, ident, item, list, query, string};
use crate::sql::ast::*;

/// The text of DROP TABLE, INDEX or VIEW.
pub(super) fn drop(kind: DropKind, if_exists: bool, names: &[Ident], cascade: bool) -> String {
    let kind = match kind {
        DropKind::Table => "TABLE",
        DropKind::Index => "INDEX",
        DropKind::View => "VIEW",
    };
    let exists = if if_exists { "IF EXISTS " } else { "" };
    let cascade = if cascade { " CASCADE" } else { "" };
    format!("DROP {kind} {exists}{}{cascade}", list(names, ident))
}

/// The text of CREATE VIEW.
pub(super) fn create_view(view: &CreateView) -> String {
    let text = create("VIEW", &view.name, view.temporary, false);
    let text = match view.or_replace {
        true => text.replacen("CREATE", "CREATE OR REPLACE", 1),
        false => text,
    };
    format!("{text}{} AS {}", column_list(&view.columns), query(&view.query))
}

/// The text of ALTER TABLE.
pub(super) fn alter_table(alter: &AlterTable) -> String {
    let exists = if alter.if_exists { "IF EXISTS " } else { "" };
    let actions = list(&alter.actions, |action| match action {
        AlterAction::Set(options) => {
            let option =
                |(name, value): &(Ident, String)| format!("{} = {}", ident(name), string(value));
            format!("SET ({})", list(options, option))
        }
        AlterAction::Reset(names) => format!("RESET ({})", list(names, ident)),
    });
    format!("ALTER TABLE {exists}{} {actions}", ident(&alter.name))
}

/// The text of UPDATE.
pub(super) fn update(update: &Update) -> String {
    let assignments = list(&update.assignments, |(column, value)| {
        let value = value.as_ref().map_or_else(|| "DEFAULT".to_owned(), expr);
        format!("{} = {value}", ident(column))
    });
    let alias = alias(&update.alias);
    let end = filter(&update.filter) + &returning(&update.returning);
    format!("UPDATE {}{alias} SET {assignments}{end}", ident(&update.table))
}

/// The text of DELETE.
pub(super) fn delete(delete: &Delete) -> String {
    let end = filter(&delete.filter) + &returning(&delete.returning);
    format!("DELETE FROM {}{}{end}", ident(&delete.table), alias(&delete.alias))
}

/// The text of RETURNING.
pub(super) fn returning(items: &[SelectItem]) -> String {
    if items.is_empty() { String::new() } else { format!(" RETURNING {}", list(items, item)) }
}

fn alias(alias: &Option<Ident>) -> String {
    alias.as_ref().map_or_else(String::new, |alias| format!(" AS {}", ident(alias)))
}

fn filter(filter: &Option<Expr>) -> String {
    filter.as_ref().map_or_else(String::new, |filter| format!(" WHERE {}", expr(filter)))
}
