//! Views: CREATE VIEW, and a view's query where its name stands in FROM.

use super::scope::Level;
use super::{Bind, Binder, fail};
use crate::catalogue::{Catalogue, Column, View};
use crate::error::{Failure, sqlstate};
use crate::query::Rel;
use crate::sql::ast;
use crate::sql::positions::Positions;

/// How many views may stand in one another; their trees go into one.
const DEEPEST: usize = 100;

/// The view that CREATE VIEW describes. [rel.view]
///
/// # Errors
/// Those of its query; 42601 for too many column names, 42701 for a column name given twice.
pub fn create_view(definition: &ast::CreateView, catalogue: &Catalogue) -> Result<View, Failure> {
    let mut binder = Binder::new(catalogue);
    let rel = binder.query(&definition.query, true)?.rel;
    if definition.columns.len() > rel.columns.len() {
        let message = "CREATE VIEW specifies more column names than columns";
        return fail(sqlstate::SYNTAX_ERROR, message, 0);
    }
    let mut columns: Vec<Column> = vec![];
    for (index, field) in rel.columns.into_iter().enumerate() {
        let name = definition.columns.get(index).map_or(field.name, |name| name.name.clone());
        if columns.iter().any(|other| other.name == name) {
            let message = format!("column \"{name}\" specified more than once");
            return fail(sqlstate::DUPLICATE_COLUMN, message, 0);
        }
        let (ty, modifier) = (field.ty, field.modifier);
        columns.push(Column { name, ty, modifier, not_null: false });
    }
    let uses: Vec<String> = binder.names.into_iter().collect();
    let temporary = definition.temporary || uses.iter().any(|name| is_temporary(name, catalogue));
    let query = definition.query.without_positions();
    Ok(View { name: definition.name.name.clone(), columns, query, temporary, uses, number: 0 })
}

fn is_temporary(name: &str, catalogue: &Catalogue) -> bool {
    catalogue.table(name).is_some_and(|table| table.temporary)
        || catalogue.view(name).is_some_and(|view| view.temporary)
}

impl Binder<'_> {
    /// The rows of a view: its query, which sees nothing of what stands around the name. [rel.view]
    pub(super) fn view(&mut self, view: &View) -> Bind<Rel> {
        if self.views.contains(&view.name) {
            let message =
                format!("infinite recursion detected in rules for relation \"{}\"", view.name);
            return fail(sqlstate::INVALID_OBJECT_DEFINITION, message, 0);
        }
        if self.views.len() == DEEPEST {
            return fail(sqlstate::STATEMENT_TOO_COMPLEX, "stack depth limit exceeded", 0);
        }
        let levels = std::mem::replace(&mut self.levels, vec![Level::default()]);
        let (with, coming) = (std::mem::take(&mut self.with), std::mem::take(&mut self.coming));
        self.views.push(view.name.clone());
        let rows = self.query(&view.query, true);
        self.views.pop();
        (self.levels, self.with, self.coming) = (levels, with, coming);
        let mut rel = rows?.rel;
        for (field, column) in rel.columns.iter_mut().zip(&view.columns) {
            field.name.clone_from(&column.name);
        }
        Ok(rel)
    }
}
