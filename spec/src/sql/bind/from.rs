//! FROM and WITH: tables, sub-queries, functions and joins.

use std::sync::Arc;

use super::coerce::{self, boolean};
use super::overload::{self, Callee, call_operator};
use super::scope::{Clause, Entry, Level, Namespace, Visible};
use super::{Bind, Binder, Bound, Rows, WithQuery, call, error, fail, unsupported};
use crate::error::{SqlError, sqlstate};
use crate::expr::{CallSyntax, Expr};
use crate::query::{Cte, Field, JoinKind, Node, Rel};
use crate::sql::ast::{self, Alias, Ident, JoinCondition, TableRef};
use crate::value::{Modifier, Type};

/// Rows with the names under which they can be referred to.
type Item = (Rel, Namespace);

impl Binder<'_> {
    /// The rows of FROM; their names become visible at this level.
    pub(super) fn bind_from(&mut self, items: &[TableRef]) -> Bind<Rel> {
        let mut from: Option<Item> = None;
        for item in items {
            let before = from.as_ref().map(|(_, names)| names.clone()).unwrap_or_default();
            let (rel, names) = self.bind_item(item, &before)?;
            from = Some(match from {
                None => (rel, names),
                Some((left, left_names)) => {
                    let names = left_names.merge(names.shift(left.columns.len()))?;
                    (Rel::join(JoinKind::Inner, left, rel, Expr::truth(true)), names)
                }
            });
        }
        let (rel, names) = from.unwrap_or_else(|| (Rel::unit(), Namespace::default()));
        self.level().namespace = names;
        Ok(rel)
    }

    /// One item; `before` is what stands to its left, which only a LATERAL item could refer to.
    fn bind_item(&mut self, item: &TableRef, before: &Namespace) -> Bind<Item> {
        match item {
            TableRef::Table { name, alias } => self.table(name, alias.as_ref()),
            TableRef::Subquery { query, alias } => {
                let Some(alias) = alias else { return missing_alias(query) };
                let rows = self.beside(|binder| binder.query(query, true))?;
                let name = alias.name.name.clone();
                self.item(rows.rel, name.clone(), Some(alias), None, |rel| Node::Subquery {
                    input: Box::new(rel),
                    alias: name,
                })
            }
            TableRef::Function { name, args, alias } => {
                self.table_function(name, args, alias.as_ref(), before)
            }
            TableRef::Join { kind, left, right, condition, position } => {
                let left = self.bind_item(left, before)?;
                let mut seen = before.clone();
                seen.relations.extend(left.1.relations.iter().cloned());
                seen.columns.extend(left.1.columns.iter().cloned());
                let right = self.bind_item(right, &seen)?;
                self.join(*kind, left, right, condition, *position)
            }
        }
    }

    /// Binds a query in the place of this level: it sees the outer levels, but not what stands beside it.
    pub(super) fn beside<T>(&mut self, bind: impl FnOnce(&mut Self) -> Bind<T>) -> Bind<T> {
        let level = self.level();
        let known = level.entries.iter().chain(&level.beside).cloned().collect();
        let inner = Level { beside: known, ..Level::default() };
        let around = std::mem::replace(self.level(), inner);
        let bound = bind(self);
        *self.level() = around;
        bound
    }

    fn table(&mut self, name: &Ident, alias: Option<&Alias>) -> Bind<Item> {
        let known_as = alias.map_or(&name.name, |alias| &alias.name.name).clone();
        let with = self.with.iter().rev().find(|with| with.cte.name == name.name);
        if let Some(cte) = with.map(|with| with.cte.clone()) {
            self.references[cte.id] += 1;
            let rel = Rel { columns: cte.rel.columns.clone(), node: Node::Unit };
            let alias_name = known_as.clone();
            let node = |_| Node::Cte { cte, alias: alias_name };
            return self.item(rel, known_as, alias, None, node);
        }
        if self.views.is_empty() {
            self.names.insert(name.name.clone());
        }
        if let Some(view) = self.catalogue.view(&name.name).cloned() {
            let input = Box::new(self.view(&view)?);
            let rel = Rel { columns: input.columns.clone(), node: Node::Unit };
            let (stored, alias_name) = (Some(view.name.clone()), known_as.clone());
            let node = |_| Node::Subquery { input, alias: alias_name };
            return self.item(rel, known_as, alias, stored, node);
        }
        let Some(table) = self.catalogue.table(&name.name).cloned() else {
            return Err(self.missing_table(name).into());
        };
        let columns = table
            .columns
            .iter()
            .map(|column| Field::computed(column.name.clone(), column.ty, column.modifier))
            .collect();
        let rel = Rel { node: Node::Unit, columns };
        let stored = Some(table.name.clone());
        let alias_name = known_as.clone();
        self.item(rel, known_as, alias, stored, |_| Node::Scan { table, alias: alias_name })
    }

    fn missing_table(&self, name: &Ident) -> SqlError {
        let message = format!("relation \"{}\" does not exist", name.name);
        let error = error(sqlstate::UNDEFINED_TABLE, message, name.position);
        if !self.coming.contains(&name.name) {
            return error;
        }
        let detail = format!(
            "There is a WITH item named \"{}\", but it cannot be referenced from this part of the query.",
            name.name
        );
        error
            .detail(detail)
            .hint("Use WITH RECURSIVE, or re-order the WITH items to remove forward references.")
    }

    /// A relation of FROM under its name, with column aliases.
    fn item(
        &mut self,
        rel: Rel,
        name: String,
        alias: Option<&Alias>,
        table: Option<String>,
        node: impl FnOnce(Rel) -> Node,
    ) -> Bind<Item> {
        let mut columns = rel.columns.clone();
        let aliases = alias.map_or(&[][..], |alias| &alias.columns);
        rename(&mut columns, aliases).map_err(|(available, specified)| {
            let message = format!(
                "table \"{name}\" has {available} columns available but {specified} columns specified"
            );
            error(sqlstate::INVALID_COLUMN_REFERENCE, message, 0)
        })?;
        for column in &mut columns {
            column.qualifier = Some(name.clone());
        }
        let names = columns.iter().map(|column| column.name.clone()).collect();
        self.level().entries.push(Entry { name: name.clone(), table, columns: names });
        let namespace = Namespace::of_relation(&name, &columns);
        Ok((Rel { node: node(rel), columns }, namespace))
    }

    fn table_function(
        &mut self,
        name: &Ident,
        args: &[ast::Expr],
        alias: Option<&Alias>,
        before: &Namespace,
    ) -> Bind<Item> {
        let position = name.position;
        self.level().namespace = before.clone();
        let bind = |binder: &mut Self| args.iter().map(|arg| binder.expr(arg)).collect();
        let args: Bind<Vec<Bound>> = self.within(Clause::FromFunction, bind);
        self.level().namespace = Namespace::default();
        let args = args?;
        for arg in &args {
            let mut lateral = false;
            arg.expr.visit_columns(&mut |_| lateral = true);
            if lateral {
                return unsupported("lateral references", arg.position);
            }
        }
        let types: Vec<Type> = args.iter().map(Bound::ty).collect();
        let callee = overload::function(&name.name, &types, false, position, self.catalogue)?;
        let known_as = alias.map_or(&name.name, |alias| &alias.name.name).clone();
        let Callee::Function(function) = callee else {
            let message = "aggregate functions are not allowed in functions in FROM";
            return match callee {
                Callee::Aggregate(_) => fail(sqlstate::GROUPING_ERROR, message, position),
                _ => unsupported("casts in FROM", position),
            };
        };
        let args = call::arguments(args, function)?;
        let field = Field::computed(known_as.clone(), function.result, Modifier::None);
        let (function_alias, name) = (known_as.clone(), known_as);
        if function.returns_set {
            let rel = Rel { node: Node::Unit, columns: vec![field] };
            let node = |_| Node::Function { function, args, alias: function_alias };
            return self.item(rel, name, alias, None, node);
        }
        // A function that gives one value gives one row.
        let syntax = CallSyntax::Function;
        let call = Expr::Call { function, args, syntax, position };
        let rel = Rel::unit().project(vec![call], vec![field]);
        let node = |rel| Node::Subquery { input: Box::new(rel), alias: function_alias };
        self.item(rel, name, alias, None, node)
    }

    fn join(
        &mut self,
        kind: ast::JoinKind,
        (left, left_names): Item,
        (right, right_names): Item,
        condition: &JoinCondition,
        position: usize,
    ) -> Bind<Item> {
        let right_names = right_names.shift(left.columns.len());
        let shared = match condition {
            JoinCondition::Using(columns) => Some(using(columns)?),
            JoinCondition::Natural => Some(natural(&left_names, &right_names)),
            JoinCondition::None | JoinCondition::On(_) => None,
        };
        let merged = match &shared {
            None => vec![],
            Some(names) => names
                .iter()
                .map(|name| merge(kind, name, &left_names, &right_names, position))
                .collect::<Bind<Vec<_>>>()?,
        };
        let mut names = left_names.merge(right_names)?;
        let test = if let JoinCondition::On(on) = condition {
            self.level().namespace = names.clone();
            let bind = |binder: &mut Self| binder.condition(on, "JOIN/ON");
            let test = self.within(Clause::JoinOn, bind);
            self.level().namespace = Namespace::default();
            test?
        } else {
            let mut tests: Vec<Expr> = merged.iter().map(|(_, test)| test.clone()).collect();
            match tests.len() {
                0 => Expr::truth(true),
                1 => tests.remove(0),
                _ => Expr::And(tests),
            }
        };
        if let Some(shared) = shared {
            names.columns.retain(|column| !shared.contains(&column.name));
            names.columns.splice(0..0, merged.into_iter().map(|(column, _)| column));
        }
        let kind = match kind {
            ast::JoinKind::Cross | ast::JoinKind::Inner => JoinKind::Inner,
            ast::JoinKind::Left => JoinKind::Left,
            ast::JoinKind::Right => JoinKind::Right,
            ast::JoinKind::Full => JoinKind::Full,
        };
        if kind == JoinKind::Full && !joins_in_full(&test, left.columns.len()) {
            let feature =
                "FULL JOIN is only supported with merge-joinable or hash-joinable join conditions";
            return unsupported(feature, position);
        }
        Ok((Rel::join(kind, left, right, test), names))
    }

    /// Brings the queries of WITH into sight.
    pub(super) fn with_queries(&mut self, ctes: &[ast::Cte]) -> Bind<()> {
        for (index, cte) in ctes.iter().enumerate() {
            let name = &cte.name.name;
            // PostgreSQL looks for double names before it looks into the queries.
            if let Some(again) = ctes[index + 1..].iter().find(|other| other.name.name == *name) {
                let message = format!("WITH query name \"{name}\" specified more than once");
                return fail(sqlstate::DUPLICATE_ALIAS, message, again.name.position);
            }
        }
        for (index, cte) in ctes.iter().enumerate() {
            let around = self.coming.len();
            self.coming.extend(ctes[index..].iter().map(|cte| cte.name.name.clone()));
            let bound = self.with_query(cte);
            self.coming.truncate(around);
            let bound = bound?;
            self.with.push(WithQuery { cte: Arc::new(bound) });
        }
        Ok(())
    }

    fn with_query(&mut self, cte: &ast::Cte) -> Bind<Cte> {
        let Rows { mut rel, .. } = self.beside(|binder| binder.query(&cte.query, true))?;
        if rel.is_correlated() {
            return unsupported("WITH queries that refer to an outer query", cte.name.position);
        }
        let name = cte.name.name.clone();
        rename(&mut rel.columns, &cte.columns).map_err(|(available, specified)| {
            let message = format!(
                "WITH query \"{name}\" has {available} columns available but {specified} columns specified"
            );
            error(sqlstate::INVALID_COLUMN_REFERENCE, message, cte.name.position)
        })?;
        let id = self.references.len();
        self.references.push(0);
        Ok(Cte { name, id, references: 0, materialized: cte.materialized, rel })
    }
}

/// Gives columns their aliases from the left; too many are an error with (available, specified).
fn rename(columns: &mut [Field], aliases: &[Ident]) -> Result<(), (usize, usize)> {
    if aliases.len() > columns.len() {
        return Err((columns.len(), aliases.len()));
    }
    for (column, alias) in columns.iter_mut().zip(aliases) {
        column.name.clone_from(&alias.name);
    }
    Ok(())
}

fn missing_alias(query: &ast::Query) -> Bind<Item> {
    let (what, example) = match query.body {
        ast::Body::Values(..) => ("VALUES", "(VALUES ...)"),
        _ => ("subquery", "(SELECT ...)"),
    };
    let error = SqlError::new(sqlstate::SYNTAX_ERROR, format!("{what} in FROM must have an alias"));
    Err(error.hint(format!("For example, FROM {example} [AS] foo.")).into())
}

/// The names of USING.
fn using(columns: &[Ident]) -> Bind<Vec<String>> {
    let mut names: Vec<String> = vec![];
    for column in columns {
        if names.contains(&column.name) {
            let message =
                format!("column name \"{}\" appears more than once in USING clause", column.name);
            return fail(sqlstate::DUPLICATE_COLUMN, message, 0);
        }
        names.push(column.name.clone());
    }
    Ok(names)
}

/// The names that both sides have, in the order of the left one.
fn natural(left: &Namespace, right: &Namespace) -> Vec<String> {
    let mut names: Vec<String> = vec![];
    for column in &left.columns {
        let common = right.columns.iter().any(|other| other.name == column.name);
        if common && !names.contains(&column.name) {
            names.push(column.name.clone());
        }
    }
    names
}

/// Whether a FULL JOIN has a condition that PostgreSQL can carry out: one equality of the two sides for a hash join, or
/// nothing but constants.
///
/// PostgreSQL says so when it plans, and not where WHERE makes the join a one-sided one first; we refuse both.
fn joins_in_full(condition: &Expr, left_columns: usize) -> bool {
    let mut conjuncts = vec![condition];
    let (mut equalities, mut others) = (0, 0);
    while let Some(conjunct) = conjuncts.pop() {
        match conjunct {
            Expr::And(all) => conjuncts.extend(all),
            Expr::Call { args, syntax: CallSyntax::Operator("="), .. } if args.len() == 2 => {
                let sides = [sides(&args[0], left_columns), sides(&args[1], left_columns)];
                match sides {
                    [(true, false), (false, true)] | [(false, true), (true, false)] => {
                        equalities += 1
                    }
                    _ => others += 1,
                }
            }
            other if sides(other, left_columns) == (false, false) => {}
            _ => others += 1,
        }
    }
    equalities > 0 || others == 0
}

/// Whether an expression speaks of the left columns, and whether of the right ones.
fn sides(expr: &Expr, left_columns: usize) -> (bool, bool) {
    let mut found = (false, false);
    expr.visit_columns(&mut |index| match index < left_columns {
        true => found.0 = true,
        false => found.1 = true,
    });
    found
}

/// A column of USING: what its name means afterwards, and the condition that both sides agree.
fn merge(
    kind: ast::JoinKind,
    name: &str,
    left: &Namespace,
    right: &Namespace,
    position: usize,
) -> Bind<(Visible, Expr)> {
    let left = side(left, name, "left")?;
    let right = side(right, name, "right")?;
    let bound = |visible: &Visible| Bound {
        expr: visible.expr.clone(),
        modifier: visible.modifier,
        position: 0,
    };
    let (l, r) = (bound(&left), bound(&right));
    let common = coerce::common_type(&[(l.ty(), 0), (r.ty(), 0)], "JOIN/USING")?;
    let test = call_operator("=", Some(l.clone()), r.clone(), position)?;
    let test = boolean(test, "JOIN/USING")?;
    let modifier = coerce::common_modifier([l.modifier, r.modifier].into_iter());
    let right_is_plain = r.ty() == common && l.ty() != common;
    let l = coerce::to_common_type(l, common, "JOIN/USING")?;
    let r = coerce::to_common_type(r, common, "JOIN/USING")?;
    let (chosen, qualifier) = match kind {
        ast::JoinKind::Full => (
            Bound { expr: Expr::Coalesce(vec![l.expr, r.expr], common), modifier, position: 0 },
            None,
        ),
        ast::JoinKind::Right => (r, right.qualifier),
        ast::JoinKind::Inner | ast::JoinKind::Cross if right_is_plain => (r, right.qualifier),
        _ => (l, left.qualifier),
    };
    let (expr, modifier) = (chosen.expr, chosen.modifier);
    Ok((Visible { name: name.to_owned(), qualifier, expr, modifier }, test))
}

fn side(names: &Namespace, name: &str, which: &str) -> Bind<Visible> {
    let mut matches = names.columns.iter().filter(|column| column.name == name);
    match (matches.next(), matches.next()) {
        (Some(column), None) => Ok(column.clone()),
        (Some(_), Some(_)) => {
            let message =
                format!("common column name \"{name}\" appears more than once in {which} table");
            fail(sqlstate::AMBIGUOUS_COLUMN, message, 0)
        }
        (None, _) => {
            let message = format!(
                "column \"{name}\" specified in USING clause does not exist in {which} table"
            );
            fail(sqlstate::UNDEFINED_COLUMN, message, 0)
        }
    }
}
