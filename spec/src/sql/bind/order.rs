//! ORDER BY, LIMIT and OFFSET.

use super::coerce::{self, specific};
use super::scope::Clause;
use super::select::Target;
use super::{Bind, Binder, Bound, Rows, error, fail, scope, unsupported};
use crate::error::sqlstate;
use crate::expr::Expr;
use crate::query::{Rel, SortKey};
use crate::sql::ast::{self, Direction, ExprKind, NullsOrder, OrderBy};
use crate::sql::positions::leftmost;
use crate::value::Type;

/// The key that an item of ORDER BY asks for; NULLs are greater than everything unless it says otherwise.
pub(super) fn sort_key(expr: Expr, item: &OrderBy) -> SortKey {
    let nulls = item.nulls.unwrap_or(match item.direction {
        Direction::Asc => NullsOrder::Last,
        Direction::Desc => NullsOrder::First,
    });
    SortKey { expr, direction: item.direction, nulls }
}

/// What an item of ORDER BY or GROUP BY names in the SELECT list.
pub(super) enum Named {
    /// The target of this number.
    Target(usize),
    /// None: it is an expression.
    Expression,
}

impl Binder<'_> {
    /// Whether an item of ORDER BY or GROUP BY is an output name or an ordinal (`findTargetlistEntrySQL92`).
    pub(super) fn named_target(
        &mut self,
        expr: &ast::Expr,
        targets: &[Target],
        visible: usize,
        clause: &str,
    ) -> Bind<Named> {
        let position = expr.position;
        match &expr.kind {
            ExprKind::Column { table: None, column } => {
                // GROUP BY takes an input column before an output name, as SQL99 does; ORDER BY the other way round.
                let inputs = &self.level().namespace.columns;
                if clause == "GROUP BY" && inputs.iter().any(|input| input.name == column.name) {
                    return Ok(Named::Expression);
                }
                let mut matches = targets[..visible]
                    .iter()
                    .enumerate()
                    .filter(|(_, target)| target.name == column.name);
                let Some((index, first)) = matches.next() else { return Ok(Named::Expression) };
                if matches.any(|(_, other)| !other.bound.expr.same_as(&first.bound.expr)) {
                    let message = format!("{clause} \"{}\" is ambiguous", column.name);
                    return fail(sqlstate::AMBIGUOUS_COLUMN, message, position);
                }
                Ok(Named::Target(index))
            }
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::String(_) => {
                Err(non_integer(clause, position))
            }
            ExprKind::Number(text) => ordinal(text, visible, clause, position),
            ExprKind::Prefix(sign, operand) if sign == "-" => match &operand.kind {
                ExprKind::Number(text) => ordinal(&format!("-{text}"), visible, clause, position),
                _ => Ok(Named::Expression),
            },
            _ => Ok(Named::Expression),
        }
    }

    /// The keys of ORDER BY as numbers of targets; keys that are not selected become hidden targets.
    pub(super) fn order_by(
        &mut self,
        items: &[OrderBy],
        targets: &mut Vec<Target>,
        visible: usize,
    ) -> Bind<Vec<(usize, SortKey)>> {
        let mut keys: Vec<(usize, SortKey)> = vec![];
        for item in items {
            let index = match self.named_target(&item.expr, targets, visible, "ORDER BY")? {
                Named::Target(index) => index,
                Named::Expression => self.hidden_target(&item.expr, targets)?,
            };
            let target = &mut targets[index];
            target.bound = coerce::resolve_unknown(target.bound.clone())?;
            let ty = target.bound.ty();
            if keys.iter().all(|(other, _)| *other != index) {
                keys.push((index, sort_key(Expr::Column { index, ty }, item)));
            }
        }
        Ok(keys)
    }

    fn hidden_target(&mut self, expr: &ast::Expr, targets: &mut Vec<Target>) -> Bind<usize> {
        let target = self.target(expr, String::new())?;
        let same = |other: &Target| other.bound.expr.same_as(&target.bound.expr);
        match targets.iter().position(same) {
            Some(index) => Ok(index),
            None => {
                targets.push(target);
                Ok(targets.len() - 1)
            }
        }
    }

    /// LIMIT and OFFSET over the rows: expressions of type bigint without columns.
    pub(super) fn limit(&mut self, rel: Rel, query: &ast::Query) -> Bind<Rel> {
        let offset = self.row_count(query.offset.as_ref(), Clause::Offset, "OFFSET")?;
        let limit = self.row_count(query.limit.as_ref(), Clause::Limit, "LIMIT")?;
        Ok(if limit.is_none() && offset.is_none() { rel } else { rel.limit(limit, offset) })
    }

    fn row_count(
        &mut self,
        expr: Option<&ast::Expr>,
        clause: Clause,
        construct: &str,
    ) -> Bind<Option<Expr>> {
        let Some(expr) = expr else { return Ok(None) };
        let before = self.level().references.len();
        let bound = self.within(clause, |binder| binder.expr(expr))?;
        let count = specific(bound, Type::Int8, construct)?;
        let mut has_columns = false;
        count.visit_columns(&mut |_| has_columns = true);
        if has_columns {
            let position = self.level().references.get(before).map_or(0, |(_, at)| *at);
            let message = format!("argument of {construct} must not contain variables");
            return fail(sqlstate::INVALID_COLUMN_REFERENCE, message, position);
        }
        Ok(Some(count))
    }

    /// ORDER BY, LIMIT and OFFSET over VALUES or a set operation.
    pub(super) fn tail(&mut self, rows: Rows, query: &ast::Query, set: bool) -> Bind<Rows> {
        let Rows { mut rel, positions } = rows;
        self.level().namespace = scope::Namespace::of_relation("*VALUES*", &rel.columns);
        let targets = self.output_targets(&rel, &positions);
        let mut keys = vec![];
        for item in &query.order_by {
            let named = self.named_target(&item.expr, &targets, targets.len(), "ORDER BY")?;
            let key = match named {
                Named::Target(index) => targets[index].bound.expr.clone(),
                Named::Expression => {
                    let bound = self.typed(&item.expr)?;
                    if set {
                        return Err(set_order(leftmost(&item.expr)).into());
                    }
                    if let Some(call) = self.level().calls.first() {
                        return unsupported("aggregates over VALUES", call.position);
                    }
                    bound.expr
                }
            };
            keys.push(sort_key(key, item));
        }
        if !keys.is_empty() {
            rel = rel.sort(keys);
        }
        let rel = self.limit(rel, query)?;
        Ok(Rows { rel, positions })
    }

    fn output_targets(&self, rel: &Rel, positions: &[usize]) -> Vec<Target> {
        let columns = rel.columns.iter().zip(positions).enumerate();
        columns
            .map(|(index, (column, position))| Target {
                name: column.name.clone(),
                bound: Bound {
                    expr: Expr::Column { index, ty: column.ty },
                    modifier: column.modifier,
                    position: *position,
                },
                references: 0..0,
            })
            .collect()
    }
}

fn non_integer(clause: &str, position: usize) -> crate::error::Failure {
    let message = format!("non-integer constant in {clause}");
    error(sqlstate::SYNTAX_ERROR, message, position).into()
}

fn ordinal(text: &str, visible: usize, clause: &str, position: usize) -> Bind<Named> {
    let Ok(number) = text.parse::<i32>() else { return Err(non_integer(clause, position)) };
    match usize::try_from(number) {
        Ok(number) if (1..=visible).contains(&number) => Ok(Named::Target(number - 1)),
        _ => {
            let message = format!("{clause} position {number} is not in select list");
            fail(sqlstate::INVALID_COLUMN_REFERENCE, message, position)
        }
    }
}

fn set_order(position: usize) -> crate::error::SqlError {
    error(
        sqlstate::FEATURE_NOT_SUPPORTED,
        "invalid UNION/INTERSECT/EXCEPT ORDER BY clause",
        position,
    )
    .detail("Only result column names can be used, not expressions or functions.")
    .hint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.")
}
