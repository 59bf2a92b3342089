//! CREATE VIEW, and DROP of tables, indexes and views with what depends on them. [rel.view]

use spec::catalogue::{Catalogue, View};
use spec::error::{Failure, SqlError, Unsupported, sqlstate};
use spec::sql::ast::{CreateView, DropKind, Ident};
use spec::sql::bind;

use super::define::remove_index;
use super::{Reply, Session};

impl Session {
    pub(super) fn create_view(&mut self, definition: &CreateView) -> Result<Reply, Failure> {
        let view = bind::create_view(definition, &self.database.catalogue)?;
        let mut reply = Reply::tag("CREATE VIEW");
        if view.temporary && !definition.temporary {
            let notice = format!("NOTICE:  view \"{}\" will be a temporary view", view.name);
            reply.notices.push(notice);
        }
        let old = self.database.catalogue.view(&view.name).cloned();
        match (old, definition.or_replace) {
            (Some(old), true) => self.refuse_other_columns(&old, &view)?,
            (None, true) if self.kind_of(&view.name).is_some() => {
                let message = format!("\"{}\" is not a view", view.name);
                return Err(SqlError::new(sqlstate::WRONG_OBJECT_TYPE, message).into());
            }
            _ => {
                self.name_in_use(&definition.name, false, "CREATE VIEW")?;
            }
        }
        if view.uses.contains(&view.name) {
            return Err(Unsupported::new("views that use themselves").into());
        }
        self.database.catalogue.put_view(view);
        Ok(reply)
    }

    /// OR REPLACE may add columns at the end, and nothing else.
    fn refuse_other_columns(&self, old: &View, new: &View) -> Result<(), Failure> {
        let wrong = |message: String| SqlError::new(sqlstate::INVALID_TABLE_DEFINITION, message);
        if new.columns.len() < old.columns.len() {
            return Err(wrong("cannot drop columns from view".to_owned()).into());
        }
        for (was, is) in old.columns.iter().zip(&new.columns) {
            if was.name != is.name {
                let message = format!(
                    "cannot change name of view column \"{}\" to \"{}\"",
                    was.name, is.name
                );
                let hint =
                    "Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.";
                return Err(wrong(message).hint(hint).into());
            }
            if (was.ty, was.modifier) != (is.ty, is.modifier) {
                let (from, to) = (was.modifier.describe(was.ty), is.modifier.describe(is.ty));
                let message = format!(
                    "cannot change data type of view column \"{}\" from {from} to {to}",
                    was.name
                );
                return Err(wrong(message).into());
            }
        }
        // A view above it was bound when it had fewer columns, and `*` in it means those.
        let grows = new.columns.len() > old.columns.len();
        if grows && !dependents(&self.database.catalogue, &[&old.name]).is_empty() {
            return Err(Unsupported::new("more columns for a view that other views use").into());
        }
        Ok(())
    }

    /// What a relation of this name is.
    fn kind_of(&self, name: &str) -> Option<DropKind> {
        if self.database.catalogue.table(name).is_some() {
            Some(DropKind::Table)
        } else if self.database.catalogue.view(name).is_some() {
            Some(DropKind::View)
        } else {
            self.is_index(name).then_some(DropKind::Index)
        }
    }

    /// 42809 with this message if the name is a view's.
    pub(super) fn refuse_view(
        &self,
        name: &Ident,
        message: impl FnOnce(&str) -> String,
    ) -> Result<(), Failure> {
        if self.database.catalogue.view(&name.name).is_none() {
            return Ok(());
        }
        Err(SqlError::new(sqlstate::WRONG_OBJECT_TYPE, message(&name.name)).into())
    }

    pub(super) fn drop(
        &mut self,
        kind: DropKind,
        if_exists: bool,
        names: &[Ident],
        cascade: bool,
    ) -> Result<Reply, Failure> {
        let (word, article) = word(kind);
        let mut reply = Reply::tag(format!("DROP {}", word.to_uppercase()));
        let mut found = vec![];
        for name in names {
            match self.kind_of(&name.name) {
                Some(is) if is == kind => {
                    if kind == DropKind::Index {
                        self.refuse_constraint(&name.name)?;
                    }
                    found.push(name.name.as_str());
                }
                Some(is) => {
                    let message = format!("\"{}\" is not {article} {word}", name.name);
                    let (right, article) = self::word(is);
                    let hint =
                        format!("Use DROP {} to remove {article} {right}.", right.to_uppercase());
                    let error = SqlError::new(sqlstate::WRONG_OBJECT_TYPE, message);
                    return Err(error.hint(hint).into());
                }
                None => {
                    let message = format!("{word} \"{}\" does not exist", name.name);
                    if !if_exists {
                        let state = match kind {
                            DropKind::Index => sqlstate::UNDEFINED_OBJECT,
                            DropKind::Table | DropKind::View => sqlstate::UNDEFINED_TABLE,
                        };
                        return Err(SqlError::new(state, message).into());
                    }
                    reply.notices.push(format!("NOTICE:  {message}, skipping"));
                }
            }
        }
        let above = dependents(&self.database.catalogue, &found);
        if !above.is_empty() && !cascade {
            return Err(self.needed(word, &found, &above));
        }
        let lines: Vec<String> =
            above.iter().map(|(view, _)| format!("drop cascades to view {view}")).collect();
        reply.notices.extend(cascades(&lines));
        let mut changed = self.database.clone();
        for (view, _) in &above {
            changed.catalogue.remove_view(view);
        }
        for name in found {
            match kind {
                DropKind::Table => changed.remove(name),
                DropKind::View => drop(changed.catalogue.remove_view(name)),
                DropKind::Index => drop(remove_index(&mut changed, name)),
            }
        }
        self.database = changed;
        Ok(reply)
    }

    /// 2BP01: something else needs what is to be dropped.
    fn needed(&self, word: &str, found: &[&str], above: &[(String, String)]) -> Failure {
        let what = match found {
            [name] => format!("{word} {name}"),
            _ => "desired object(s)".to_owned(),
        };
        let line = |(view, of): &(String, String)| {
            let of_view = self.database.catalogue.view(of).is_some();
            format!("view {view} depends on {} {of}", if of_view { "view" } else { "table" })
        };
        let message = format!("cannot drop {what} because other objects depend on it");
        let message = if found.len() == 1 { message } else { message.replace("on it", "on them") };
        SqlError::new(sqlstate::DEPENDENT_OBJECTS_STILL_EXIST, message)
            .detail(above.iter().map(line).collect::<Vec<_>>().join("\n"))
            .hint("Use DROP ... CASCADE to drop the dependent objects too.")
            .into()
    }
}

/// PostgreSQL's word for a kind of relation, and its article.
fn word(kind: DropKind) -> (&'static str, &'static str) {
    match kind {
        DropKind::Table => ("table", "a"),
        DropKind::Index => ("index", "an"),
        DropKind::View => ("view", "a"),
    }
}

/// The views above these relations, each with the one below it, in the order in which PostgreSQL names them: it looks
/// for what depends on a thing from the youngest on, and tells the last found first (`findDependentObjects`).
pub(super) fn dependents(catalogue: &Catalogue, names: &[&str]) -> Vec<(String, String)> {
    fn visit(catalogue: &Catalogue, name: &str, seen: &mut Vec<String>, found: &mut Found) {
        let mut views: Vec<_> =
            catalogue.views().filter(|view| view.uses.iter().any(|used| used == name)).collect();
        views.sort_by_key(|view| std::cmp::Reverse(view.number));
        for view in views {
            if !seen.contains(&view.name) {
                seen.push(view.name.clone());
                visit(catalogue, &view.name, seen, found);
                found.push((view.name.clone(), name.to_owned()));
            }
        }
    }
    type Found = Vec<(String, String)>;
    let (mut seen, mut found) = (vec![], vec![]);
    for name in names {
        visit(catalogue, name, &mut seen, &mut found);
    }
    found.retain(|(view, _)| !names.contains(&view.as_str()));
    found.reverse();
    found
}

/// What CASCADE says of what goes too: a line each.
pub(super) fn cascades(lines: &[String]) -> Option<String> {
    match lines {
        [] => None,
        [one] => Some(format!("NOTICE:  {one}")),
        several => Some(format!(
            "NOTICE:  drop cascades to {} other objects\nDETAIL:  {}",
            several.len(),
            several.join("\n")
        )),
    }
}
