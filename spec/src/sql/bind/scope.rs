//! Names: which relations and columns an expression sees.
//!
//! A [`Level`] is one query. Its namespace has *relations* (for `t.x` and `t.*`) and *columns* (for `x` and `*`); they
//! differ after `JOIN … USING`, which shows a merged column once. Names are looked up from the innermost level outwards.

use super::{Bind, Binder, Bound, error, fail, unsupported};
use crate::error::{Failure, sqlstate};
use crate::expr::Expr;
use crate::query::{Call, Field};
use crate::sql::ast::Ident;
use crate::value::{Modifier, Type};

/// What stands for one column name: an expression over the rows of FROM.
#[derive(Clone, Debug)]
pub(super) struct Visible {
    pub name: String,
    pub qualifier: Option<String>,
    pub expr: Expr,
    pub modifier: Modifier,
}

/// One table, sub-query or function of FROM.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub name: String,
    pub columns: Vec<Visible>,
}

/// What can be named at some place.
#[derive(Clone, Debug, Default)]
pub(super) struct Namespace {
    pub relations: Vec<Relation>,
    pub columns: Vec<Visible>,
}

impl Namespace {
    /// One relation with all its columns.
    pub fn of_relation(name: &str, fields: &[Field]) -> Namespace {
        let columns: Vec<_> = fields
            .iter()
            .enumerate()
            .map(|(index, field)| Visible {
                name: field.name.clone(),
                qualifier: field.qualifier.clone(),
                expr: Expr::Column { index, ty: field.ty },
                modifier: field.modifier,
            })
            .collect();
        let relation = Relation { name: name.to_owned(), columns: columns.clone() };
        Namespace { relations: vec![relation], columns }
    }

    /// The same over rows with `by` more columns in front.
    pub fn shift(mut self, by: usize) -> Namespace {
        let relations = self.relations.iter_mut().flat_map(|relation| &mut relation.columns);
        for column in relations.chain(&mut self.columns) {
            column.expr = column.expr.shift_columns(by as isize);
        }
        self
    }

    /// Both together; the caller has shifted `other`.
    ///
    /// # Errors
    /// 42712 for a relation name on both sides.
    pub fn merge(mut self, other: Namespace) -> Bind<Namespace> {
        for relation in &other.relations {
            if self.relations.iter().any(|mine| mine.name == relation.name) {
                let message = format!("table name \"{}\" specified more than once", relation.name);
                return fail(sqlstate::DUPLICATE_ALIAS, message, 0);
            }
        }
        self.relations.extend(other.relations);
        self.columns.extend(other.columns);
        Ok(self)
    }
}

/// An entry of FROM, visible or not: for hints.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The name it goes by.
    pub name: String,
    /// The table's own name.
    pub table: Option<String>,
    /// Its column names.
    pub columns: Vec<String>,
}

/// The part of a query that is being bound, as far as it decides what may stand there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Clause {
    /// The SELECT list, or ORDER BY.
    #[default]
    Target,
    /// HAVING.
    Having,
    /// WHERE.
    Where,
    /// ON.
    JoinOn,
    /// Arguments of a function in FROM.
    FromFunction,
    /// GROUP BY.
    GroupBy,
    /// FILTER.
    Filter,
    /// LIMIT.
    Limit,
    /// OFFSET.
    Offset,
    /// VALUES.
    Values,
    /// SET of UPDATE.
    Update,
    /// RETURNING.
    Returning,
    /// Arguments of EXECUTE.
    Execute,
}

impl Clause {
    /// PostgreSQL's name for it in "… are not allowed in …"; none where aggregates are allowed.
    pub fn refuses_aggregates(self) -> Option<&'static str> {
        match self {
            Clause::Target | Clause::Having => None,
            Clause::Where => Some("WHERE"),
            Clause::JoinOn => Some("JOIN conditions"),
            Clause::FromFunction => Some("functions in FROM"),
            Clause::GroupBy => Some("GROUP BY"),
            Clause::Filter => Some("FILTER"),
            Clause::Limit => Some("LIMIT"),
            Clause::Offset => Some("OFFSET"),
            Clause::Values => Some("VALUES"),
            Clause::Update => Some("UPDATE"),
            Clause::Returning => Some("RETURNING"),
            Clause::Execute => Some("EXECUTE parameters"),
        }
    }
}

/// One query while it is being bound.
#[derive(Debug, Default)]
pub(super) struct Level {
    pub namespace: Namespace,
    /// Everything in FROM so far.
    pub entries: Vec<Entry>,
    /// For a sub-query in FROM: what stands beside it, which it cannot refer to.
    pub beside: Vec<Entry>,
    pub clause: Clause,
    /// Whether an aggregate's arguments are being bound.
    pub in_aggregate: bool,
    /// The aggregate calls found; they stand as `Expr::Param` with their index until the groups are built.
    pub calls: Vec<Call>,
    /// Every reference to a column of this level so far, with its position, in the order of binding.
    pub references: Vec<(usize, usize)>,
    /// For each of `calls`: which of the references its direct arguments have.
    pub direct_references: Vec<std::ops::Range<usize>>,
}

impl Level {
    /// Everything in FROM that a hint may speak of.
    fn known(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().chain(&self.beside)
    }
}

const SYSTEM_COLUMNS: [&str; 6] = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];

impl Binder<'_> {
    /// The meaning of `column` or `table.column`. [rel.scope]
    pub(super) fn column(&mut self, table: Option<&Ident>, column: &Ident) -> Bind<Bound> {
        match table {
            None => self.unqualified(column),
            Some(table) => self.qualified(table, column),
        }
    }

    fn unqualified(&mut self, column: &Ident) -> Bind<Bound> {
        for depth in 0..self.levels.len() {
            let level = &self.levels[self.levels.len() - 1 - depth];
            let mut matches =
                level.namespace.columns.iter().filter(|visible| visible.name == column.name);
            if let Some(visible) = matches.next().cloned() {
                if matches.next().is_some() {
                    return Err(ambiguous(column).into());
                }
                return Ok(self.reference(&visible, depth, column.position));
            }
        }
        if let Some(relation) = self.relation(&column.name) {
            let feature = format!("whole-row references to \"{}\"", relation.1.name);
            return unsupported(feature, column.position);
        }
        Err(self.missing_column(None, column))
    }

    fn qualified(&mut self, table: &Ident, column: &Ident) -> Bind<Bound> {
        let Some((depth, relation)) = self.relation(&table.name) else {
            return Err(self.missing_relation(table));
        };
        let mut matches = relation.columns.iter().filter(|visible| visible.name == column.name);
        match (matches.next(), matches.next()) {
            (Some(_), Some(_)) => Err(ambiguous(column).at(table.position).into()),
            (Some(visible), None) => {
                let visible = visible.clone();
                Ok(self.reference(&visible, depth, table.position))
            }
            (None, _) => Err(self.missing_column(Some(table), column)),
        }
    }

    /// The relation of this name that is nearest, and how many levels up it is.
    pub(super) fn relation(&self, name: &str) -> Option<(usize, &Relation)> {
        self.levels.iter().rev().enumerate().find_map(|(depth, level)| {
            let relation = level.namespace.relations.iter().find(|relation| relation.name == name);
            relation.map(|relation| (depth, relation))
        })
    }

    /// A reference to a visible column `depth` levels up.
    pub(super) fn reference(&mut self, visible: &Visible, depth: usize, position: usize) -> Bound {
        let at = self.levels.len() - 1 - depth;
        let references = &mut self.levels[at].references;
        // A column merged by FULL JOIN … USING stands for two, and messages point at neither.
        let plain = matches!(visible.expr, Expr::Column { .. });
        let shown = if plain { position } else { 0 };
        visible.expr.visit_columns(&mut |index| references.push((index, shown)));
        let mut expr = visible.expr.clone();
        if depth > 0 {
            to_outer(&mut expr, depth);
        }
        Bound { expr, modifier: visible.modifier, position }
    }

    /// 42P01 for a table name that no FROM in sight has.
    pub(super) fn missing_relation(&self, table: &Ident) -> Failure {
        let name = &table.name;
        let entries = || self.levels.iter().rev().flat_map(Level::known);
        let hint = if entries().any(|entry| entry.name == *name) {
            Some(format!(
                "There is an entry for table \"{name}\", but it cannot be referenced from this part of the query."
            ))
        } else {
            entries().find(|entry| entry.table.as_ref() == Some(name)).map(|entry| {
                format!("Perhaps you meant to reference the table alias \"{}\".", entry.name)
            })
        };
        match hint {
            Some(hint) => {
                let message =
                    format!("invalid reference to FROM-clause entry for table \"{name}\"");
                error(sqlstate::UNDEFINED_TABLE, message, table.position).hint(hint).into()
            }
            None => {
                let message = format!("missing FROM-clause entry for table \"{name}\"");
                error(sqlstate::UNDEFINED_TABLE, message, table.position).into()
            }
        }
    }

    fn missing_column(&self, table: Option<&Ident>, column: &Ident) -> Failure {
        let name = &column.name;
        let position = table.map_or(column.position, |table| table.position);
        let stored = |entry: &Entry| {
            entry.table.is_some() && table.is_none_or(|table| table.name == entry.name)
        };
        if SYSTEM_COLUMNS.contains(&name.as_str())
            && self.levels.iter().flat_map(|level| &level.entries).any(stored)
        {
            return crate::error::Unsupported::new("system columns").at(position).into();
        }
        let message = match table {
            None => format!("column \"{name}\" does not exist"),
            Some(table) => format!("column {}.{name} does not exist", table.name),
        };
        let error = error(sqlstate::UNDEFINED_COLUMN, message, position);
        match self.nearest_columns(table, name) {
            Some(hint) => error.hint(hint).into(),
            None => error.into(),
        }
    }

    /// PostgreSQL's hint for a column name that does not exist: the one or two nearest by edit distance
    /// (`searchRangeTableForCol`).
    fn nearest_columns(&self, table: Option<&Ident>, name: &str) -> Option<String> {
        let mut best = 4;
        let mut found: Vec<(&Entry, &str, bool)> = vec![];
        for entry in self.levels.iter().rev().flat_map(Level::known) {
            let penalty = table.map_or(0, |table| edit_distance(&table.name, &entry.name));
            for column in entry.columns.iter().filter(|column| !column.is_empty()) {
                let distance = edit_distance(column, name);
                if distance > name.chars().count() / 2 || distance + penalty > best {
                    continue;
                }
                if distance + penalty < best {
                    best = distance + penalty;
                    found.clear();
                } else if found.len() == 2 {
                    // Three equally near ones are no help: only nearer ones will do.
                    found.clear();
                    best = best.saturating_sub(1);
                    continue;
                }
                found.push((entry, column, distance + penalty == 0));
            }
        }
        match found[..] {
            [(entry, column, true)] => Some(format!(
                "There is a column named \"{column}\" in table \"{}\", but it cannot be referenced from this part of the query.",
                entry.name
            )),
            [(entry, column, false)] => Some(format!(
                "Perhaps you meant to reference the column \"{}.{column}\".",
                entry.name
            )),
            [(a, x, _), (b, y, _)] => Some(format!(
                "Perhaps you meant to reference the column \"{}.{x}\" or the column \"{}.{y}\".",
                a.name, b.name
            )),
            _ => None,
        }
    }
}

/// The same expression seen from `depth` sub-query levels below.
fn to_outer(expr: &mut Expr, depth: usize) {
    if let Expr::Column { index, ty } = *expr {
        *expr = Expr::Outer { depth, index, ty };
    }
    for operand in expr.operands_mut() {
        to_outer(operand, depth);
    }
}

fn ambiguous(column: &Ident) -> crate::error::SqlError {
    let message = format!("column reference \"{}\" is ambiguous", column.name);
    error(sqlstate::AMBIGUOUS_COLUMN, message, column.position)
}

/// Levenshtein's distance in characters.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// The field that a visible column gives when it is selected.
pub(super) fn field(name: String, bound: &Bound) -> Field {
    let ty = match bound.ty() {
        Type::Unknown => Type::Text,
        ty => ty,
    };
    Field { name, qualifier: None, ty, modifier: bound.modifier }
}
