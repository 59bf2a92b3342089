//! EXPLAIN of INSERT, UPDATE and DELETE: a line for the table that changes, over the plan of the rows.

use spec::catalogue::{Catalogue, Column, Table};
use spec::error::{Failure, Unsupported};
use spec::plan::explain;
use spec::query::{self, Node, Rel};
use spec::sql::ast::{Body, ExplainFormat, ExplainOptions, Ident, Query, Statement};
use spec::sql::bind;

use super::select::failure;
use super::{Session, cursor};
use crate::engine::Question;
use crate::engine::parallel::{Planned, plan};

impl Session {
    /// The plan of a statement that writes: never parallel [safety.statement]. Widths are those of our shadow rows, so
    /// costs are not shown.
    pub(super) fn explain_write(
        &self,
        options: ExplainOptions,
        statement: &Statement,
    ) -> Result<String, Failure> {
        let (word, name, alias) = match statement {
            Statement::Insert { table, .. } => ("Insert", table, None),
            Statement::Update(update) => ("Update", &update.table, update.alias.as_ref()),
            Statement::Delete(delete) => ("Delete", &delete.table, delete.alias.as_ref()),
            _ => unreachable!("called for statements that write"),
        };
        let table = self.table(name)?;
        let mut catalogue = self.with_shadow(table);
        catalogue.put(Table { indexes: table.indexes.clone(), ..bind::shadow(table) });
        let query = match statement {
            Statement::Insert { columns, query, .. } => {
                bind::insert_rows(query, table, columns, &catalogue)?
            }
            Statement::Update(update) => bind::update(update, table, &catalogue)?.rows,
            Statement::Delete(delete) => bind::delete(delete, table, &catalogue)?.rows,
            _ => unreachable!("called for statements that write"),
        };
        if options.analyze || options.verbose || options.format != ExplainFormat::Text {
            return unsupported("EXPLAIN of INSERT, UPDATE and DELETE with these options");
        }
        if options.costs {
            return unsupported("EXPLAIN of INSERT, UPDATE and DELETE with costs");
        }
        if !keeps_its_shape(statement, &query, table, &catalogue)? {
            return unsupported(
                "EXPLAIN of INSERT with a sub-query whose columns are cast or left out",
            );
        }
        let mut database = self.database.clone();
        database.catalogue = catalogue;
        let settings = cursor::serial(&self.settings);
        let question =
            Question { sql: "", query: &query, database: &database, settings: &settings };
        let text = match plan(&question).map_err(failure)? {
            Planned::Plan(plan) => explain::explain(plan.plan(), &options, None),
            Planned::Error(error) => return Err(error.into()),
        };
        let text = match one_row(statement) {
            true => text.replacen("Values Scan on \"*VALUES*\"", "Result", 1),
            false => text,
        };
        Ok(over_plan(word, name, alias, &text))
    }
}

fn unsupported(what: &'static str) -> Result<String, Failure> {
    Err(Unsupported::new(what).into())
}

/// Whether an INSERT has one row of VALUES, which PostgreSQL makes without a list.
fn one_row(statement: &Statement) -> bool {
    match statement {
        Statement::Insert { query, .. } => {
            let Query { with, body, order_by, limit, offset } = query;
            let plain =
                with.is_empty() && order_by.is_empty() && limit.is_none() && offset.is_none();
            plain && matches!(body, Body::Values(rows, _) if rows.len() == 1)
        }
        _ => false,
    }
}

/// Whether the plan of the rows is the plan below the table's line: an INSERT keeps a query that does more than choose
/// and compute rows as a sub-query, whose node PostgreSQL leaves out only if it gives the table's columns as they are.
fn keeps_its_shape(
    statement: &Statement,
    rows: &query::Query,
    table: &Table,
    catalogue: &Catalogue,
) -> Result<bool, Failure> {
    let Statement::Insert { query, .. } = statement else { return Ok(true) };
    if is_pulled_up(&rows.rel) {
        return Ok(true);
    }
    let given = bind::query(query, catalogue)?.rel.columns;
    let same = |(field, column): (&query::Field, &Column)| {
        (field.ty, field.modifier) == (column.ty, column.modifier)
    };
    Ok(given.len() == table.columns.len() && given.iter().zip(&table.columns).all(same))
}

fn is_pulled_up(rel: &Rel) -> bool {
    match &rel.node {
        Node::Project { input, .. } | Node::Filter { input, .. } => is_pulled_up(input),
        Node::Unit | Node::Scan { .. } | Node::Values { .. } => true,
        Node::Function { .. } | Node::Join { .. } | Node::Subquery { .. } => true,
        _ => false,
    }
}

/// The plan under the line of its table, in whose name the shadow's is printed.
fn over_plan(word: &str, name: &Ident, alias: Option<&Ident>, plan: &str) -> String {
    let name = &name.name;
    let plain = plan.replace(&format!("\"{name}\0\" {name}"), name);
    let plain = plain.replace(&format!("{name}\0 {name}"), name);
    let plain = plain.replace(&format!("\"{name}\0\""), name).replace('\0', "");
    let alias = alias.map(|alias| format!(" {}", alias.name)).unwrap_or_default();
    let mut text = format!("{word} on {name}{alias}\n");
    // Sub-queries that are computed once belong to the whole statement.
    let (mut once, mut rest) = (vec![], vec![]);
    let mut in_plan = false;
    for line in plain.lines() {
        let indent = line.len() - line.trim_start().len();
        if indent <= 2 {
            in_plan = indent == 2 && line.trim_start().starts_with("InitPlan");
        }
        if in_plan { once.push(line) } else { rest.push(line) }
    }
    for line in once {
        text += &format!("{line}\n");
    }
    for (number, line) in rest.into_iter().enumerate() {
        let indent = if number == 0 { "  ->  " } else { "        " };
        // Lines below the first hang two columns deeper than the node they belong to.
        let line = if number == 0 { line } else { line.strip_prefix("  ").unwrap_or(line) };
        text += &format!("{indent}{line}\n");
    }
    text
}
