//! One SELECT.
//!
//! ```text
//! rows    FROM, then Filter by WHERE
//! groups  Aggregate, then Filter by HAVING            (if grouped)
//! targets Project to the SELECT list and hidden sort keys
//!         Distinct, Sort, Limit
//!         Project to the SELECT list alone            (if there are hidden sort keys)
//! ```

use std::ops::Range;

use super::scope::{Clause, Visible, field};
use super::{Bind, Binder, Bound, Rows, coerce, fail, name};
use crate::error::sqlstate;
use crate::expr::{Expr, SubqueryTest};
use crate::query::{Field, Rel, SortKey};
use crate::sql::ast::{self, Ident, SelectItem};
use crate::sql::positions::leftmost;

/// An output column, or a hidden sort key (which has no name).
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub name: String,
    pub bound: Bound,
    /// Which of the level's column references are its own.
    pub references: Range<usize>,
}

/// The parts of a SELECT, bound, before they are put together.
pub(super) struct Parts {
    pub rel: Rel,
    pub targets: Vec<Target>,
    /// How many targets are output columns; the others are hidden.
    pub visible: usize,
    pub having: Option<Target>,
    /// GROUP BY.
    pub keys: Vec<Expr>,
}

impl Binder<'_> {
    /// A SELECT with the ORDER BY, LIMIT and OFFSET of the query around it. Untyped output literals become text if
    /// `resolve` says so; a set operation or INSERT around it decides otherwise.
    pub(super) fn select(
        &mut self,
        select: &ast::Select,
        query: &ast::Query,
        resolve: bool,
    ) -> Bind<Rows> {
        let mut rel = self.bind_from(&select.from)?;
        let mut targets = self.targets(&select.items)?;
        let visible = targets.len();
        if let Some(filter) = &select.filter {
            let bind = |binder: &mut Self| binder.condition(filter, "WHERE");
            rel = rel.filter(self.within(Clause::Where, bind)?);
        }
        let having = self.having(select.having.as_ref())?;
        let order = self.order_by(&query.order_by, &mut targets, visible)?;
        let keys = self.group_by(&select.group_by, &mut targets, visible)?;
        if select.distinct {
            check_distinct(&mut targets, visible, &order)?;
        }
        let counts = self.limit(Rel::unit(), query)?;
        if resolve {
            for target in &mut targets {
                target.bound = coerce::resolve_unknown(target.bound.clone())?;
            }
        }
        let positions = targets[..visible].iter().map(|target| target.bound.position).collect();
        let grouped = !select.group_by.is_empty() || having.is_some();
        let mut parts = Parts { rel, targets, visible, having, keys };
        if grouped || !self.level().calls.is_empty() {
            parts = self.group(parts)?;
        }
        let rel = put_together(parts, select.distinct, order, counts, resolve);
        Ok(Rows { rel, positions })
    }

    fn having(&mut self, having: Option<&ast::Expr>) -> Bind<Option<Target>> {
        let Some(having) = having else { return Ok(None) };
        let start = self.level().references.len();
        let bind = |binder: &mut Self| binder.condition(having, "HAVING");
        let expr = self.within(Clause::Having, bind)?;
        let references = start..self.level().references.len();
        let bound = Bound::new(expr, leftmost(having));
        Ok(Some(Target { name: String::new(), bound, references }))
    }

    /// An expression as a target.
    pub(super) fn target(&mut self, expr: &ast::Expr, name: String) -> Bind<Target> {
        let start = self.level().references.len();
        let bound = self.expr(expr)?;
        let references = start..self.level().references.len();
        Ok(Target { name, bound, references })
    }

    pub(super) fn targets(&mut self, items: &[SelectItem]) -> Bind<Vec<Target>> {
        let mut targets = vec![];
        for item in items {
            match item {
                SelectItem::Star(table, position) => {
                    targets.extend(self.star(table.as_ref(), *position)?);
                }
                SelectItem::Expr(expr, alias) => {
                    let mut target = self.target(expr, String::new())?;
                    target.name = match (alias, scalar_name(&target.bound.expr)) {
                        (Some(alias), _) => alias.name.clone(),
                        (None, Some(name)) => name,
                        (None, None) => name::of(expr),
                    };
                    targets.push(target);
                }
            }
        }
        Ok(targets)
    }

    /// `*` or `table.*`.
    fn star(&mut self, table: Option<&Ident>, position: usize) -> Bind<Vec<Target>> {
        let (depth, columns): (usize, Vec<Visible>) = match table {
            None if self.level().entries.is_empty() => {
                let message = "SELECT * with no tables specified is not valid";
                return fail(sqlstate::SYNTAX_ERROR, message, position);
            }
            None => (0, self.level().namespace.columns.clone()),
            Some(table) => match self.relation(&table.name) {
                Some((depth, relation)) => (depth, relation.columns.clone()),
                None => return Err(self.missing_relation(table)),
            },
        };
        let expand = |visible: &Visible| {
            let start = self.level().references.len();
            let bound = self.reference(visible, depth, position);
            let references = start..self.level().references.len();
            Target { name: visible.name.clone(), bound, references }
        };
        Ok(columns.iter().map(expand).collect())
    }
}

/// A scalar sub-query as a whole goes by the name of its column.
fn scalar_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Subquery(subquery) if subquery.test == SubqueryTest::Scalar => {
            Some(subquery.rel.columns[0].name.clone())
        }
        _ => None,
    }
}

/// With DISTINCT only output columns order the rows: a hidden key is not one value per output row.
fn check_distinct(targets: &mut [Target], visible: usize, order: &[(usize, SortKey)]) -> Bind<()> {
    if let Some((hidden, _)) = order.iter().find(|(index, _)| *index >= visible) {
        let message = "for SELECT DISTINCT, ORDER BY expressions must appear in select list";
        let position = targets[*hidden].bound.position;
        return fail(sqlstate::INVALID_COLUMN_REFERENCE, message, position);
    }
    for target in targets {
        target.bound = coerce::resolve_unknown(target.bound.clone())?;
    }
    Ok(())
}

fn put_together(
    parts: Parts,
    distinct: bool,
    order: Vec<(usize, SortKey)>,
    counts: Rel,
    resolve: bool,
) -> Rel {
    let Parts { rel, targets, visible, .. } = parts;
    let fields: Vec<Field> = targets
        .iter()
        .map(|target| match resolve {
            true => field(target.name.clone(), &target.bound),
            false => Field { ty: target.bound.ty(), ..field(target.name.clone(), &target.bound) },
        })
        .collect();
    let hidden = targets.len() > visible;
    let exprs = targets.into_iter().map(|target| target.bound.expr).collect();
    let mut rel = rel.project(exprs, fields.clone());
    if distinct {
        rel = rel.distinct();
    }
    if !order.is_empty() {
        rel = rel.sort(order.into_iter().map(|(_, key)| key).collect());
    }
    if let crate::query::Node::Limit { limit, offset, .. } = counts.node {
        rel = rel.limit(limit, offset);
    }
    if hidden {
        let fields = fields[..visible].to_vec();
        let column = |(index, field): (usize, &Field)| Expr::Column { index, ty: field.ty };
        rel = rel.project(fields.iter().enumerate().map(column).collect(), fields);
    }
    rel
}
