//! EXPLAIN of INSERT, UPDATE and DELETE: a line for the table that changes, over the plan of the rows.

use spec::error::{Failure, Unsupported};
use spec::plan::explain;
use spec::sql::ast::{ExplainFormat, ExplainOptions, Ident, Statement};
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
        if options.analyze || options.verbose || options.format != ExplainFormat::Text {
            return unsupported("EXPLAIN of INSERT, UPDATE and DELETE with these options");
        }
        if options.costs {
            return unsupported("EXPLAIN of INSERT, UPDATE and DELETE with costs");
        }
        let (word, name, alias) = match statement {
            Statement::Insert { table, .. } => ("Insert", table, None),
            Statement::Update(update) => ("Update", &update.table, update.alias.as_ref()),
            Statement::Delete(delete) => ("Delete", &delete.table, delete.alias.as_ref()),
            _ => unreachable!("called for statements that write"),
        };
        let table = self.table(name)?;
        let catalogue = self.with_shadow(table);
        let query = match statement {
            Statement::Insert { columns, query, .. } => {
                bind::insert_rows(query, table, columns, &catalogue)?
            }
            Statement::Update(update) => bind::update(update, table, &catalogue)?.rows,
            Statement::Delete(delete) => bind::delete(delete, table, &catalogue)?.rows,
            _ => unreachable!("called for statements that write"),
        };
        let mut database = self.database.clone();
        database.catalogue = catalogue;
        let settings = cursor::serial(&self.settings);
        let question =
            Question { sql: "", query: &query, database: &database, settings: &settings };
        let text = match plan(&question).map_err(failure)? {
            Planned::Plan(plan) => explain::explain(plan.plan(), &options, None),
            Planned::Error(error) => return Err(error.into()),
        };
        Ok(over_plan(word, name, alias, &text))
    }
}

fn unsupported(what: &'static str) -> Result<String, Failure> {
    Err(Unsupported::new(what).into())
}

/// The plan under the line of its table, in whose name the shadow's is printed.
fn over_plan(word: &str, name: &Ident, alias: Option<&Ident>, plan: &str) -> String {
    let name = &name.name;
    let plain = plan.replace(&format!("\"{name}\0\" {name}"), name);
    let plain = plain.replace(&format!("{name}\0 {name}"), name);
    let plain = plain.replace(&format!("\"{name}\0\""), name).replace('\0', "");
    let alias = alias.map(|alias| format!(" {}", alias.name)).unwrap_or_default();
    let mut text = format!("{word} on {name}{alias}\n");
    for (number, line) in plain.lines().enumerate() {
        let indent = if number == 0 { "  ->  " } else { "        " };
        // Lines below the first hang two columns deeper than the node they belong to.
        let line = if number == 0 { line } else { line.strip_prefix("  ").unwrap_or(line) };
        text += &format!("{indent}{line}\n");
    }
    text
}
