//! Bodies of queries: SELECT, VALUES, UNION, INTERSECT, EXCEPT, and queries in parentheses.

use super::scope::Clause;
use super::subquery::cast_columns;
use super::{Bind, Binder, Bound, Rows, coerce, fail, unsupported};
use crate::error::sqlstate;
use crate::expr::Expr;
use crate::query::{Field, Node, Rel};
use crate::sql::ast::{self, Body, SetOp};
use crate::value::Type;

impl Binder<'_> {
    /// A query at the level at hand, which must be fresh. See [`Binder::select`] for `resolve`.
    pub(super) fn query(&mut self, query: &ast::Query, resolve: bool) -> Bind<Rows> {
        let around = self.with.len();
        let rows = match self.with_queries(&query.with) {
            Ok(()) => self.body(query, resolve),
            Err(failure) => Err(failure),
        };
        self.with.truncate(around);
        rows
    }

    fn body(&mut self, query: &ast::Query, resolve: bool) -> Bind<Rows> {
        match &query.body {
            Body::Select(select) => self.select(select, query, resolve),
            Body::Values(rows, position) => {
                let rows = self.values(rows, *position)?;
                self.tail(rows, query, false)
            }
            Body::SetOperation { .. } => {
                let rows = self.set_operation(&query.body)?;
                self.tail(rows, query, true)
            }
            Body::Nested(inner) => self.query(&merge_tails(query, inner)?, resolve),
        }
    }

    fn values(&mut self, rows: &[Vec<ast::Expr>], position: usize) -> Bind<Rows> {
        let mut bound: Vec<Vec<Bound>> = vec![];
        for row in rows {
            let bind = |binder: &mut Self| row.iter().map(|expr| binder.expr(expr)).collect();
            let row: Vec<Bound> = self.within(Clause::Values, bind)?;
            if bound.first().is_some_and(|first| first.len() != row.len()) {
                let position = row.first().map_or(position, |expr| expr.position);
                let message = "VALUES lists must all be the same length";
                return fail(sqlstate::SYNTAX_ERROR, message, position);
            }
            bound.push(row);
        }
        let width = bound.first().map_or(0, Vec::len);
        let positions: Vec<usize> =
            bound.iter().take(1).flatten().map(|expr| expr.position).collect();
        let mut columns = vec![];
        let mut exprs: Vec<Vec<Expr>> = bound.iter().map(|_| vec![]).collect();
        for index in 0..width {
            let column = bound.iter().map(|row| row[index].clone()).collect();
            let (column, ty, modifier) = coerce::to_common(column, "VALUES")?;
            columns.push(Field::computed(format!("column{}", index + 1), ty, modifier));
            for (row, expr) in exprs.iter_mut().zip(column) {
                row.push(expr);
            }
        }
        let node = Node::Values { rows: exprs, alias: "*VALUES*".to_owned() };
        Ok(Rows { rel: Rel { node, columns }, positions })
    }

    fn set_operation(&mut self, body: &Body) -> Bind<Rows> {
        let Body::SetOperation { op, all, left, right, .. } = body else {
            let leaf = ast::Query {
                with: vec![],
                body: body.clone(),
                order_by: vec![],
                limit: None,
                offset: None,
            };
            return self.beside(|binder| binder.query(&leaf, false));
        };
        let left = self.set_operation(left)?;
        let right = self.set_operation(right)?;
        combine(*op, *all, left, right)
    }
}

/// `(query) ORDER BY …`: the parts after the parentheses belong to the query inside.
fn merge_tails(outer: &ast::Query, inner: &ast::Query) -> Bind<ast::Query> {
    let mut query = inner.clone();
    let plain = outer.order_by.is_empty() && outer.limit.is_none() && outer.offset.is_none();
    if plain && outer.with.is_empty() {
        return Ok(query);
    }
    if !outer.order_by.is_empty() {
        if !inner.order_by.is_empty() {
            let message = "multiple ORDER BY clauses not allowed";
            return fail(sqlstate::SYNTAX_ERROR, message, outer.order_by[0].expr.position);
        }
        query.order_by.clone_from(&outer.order_by);
    }
    for (outer, inner, clause) in
        [(&outer.limit, &mut query.limit, "LIMIT"), (&outer.offset, &mut query.offset, "OFFSET")]
    {
        if let Some(count) = outer {
            if inner.is_some() {
                let message = format!("multiple {clause} clauses not allowed");
                return fail(sqlstate::SYNTAX_ERROR, message, count.position);
            }
            *inner = Some(count.clone());
        }
    }
    if !outer.with.is_empty() {
        if let Some(cte) = inner.with.first() {
            let message = "multiple WITH clauses not allowed";
            return fail(sqlstate::SYNTAX_ERROR, message, cte.name.position);
        }
        query.with.clone_from(&outer.with);
    }
    Ok(query)
}

fn combine(op: SetOp, all: bool, left: Rows, right: Rows) -> Bind<Rows> {
    let construct = match op {
        SetOp::Union => "UNION",
        SetOp::Intersect => "INTERSECT",
        SetOp::Except => "EXCEPT",
    };
    if left.rel.columns.len() != right.rel.columns.len() {
        let message = format!("each {construct} query must have the same number of columns");
        let position = right.positions.iter().copied().find(|at| *at > 0).unwrap_or(0);
        return fail(sqlstate::SYNTAX_ERROR, message, position);
    }
    let mut types = vec![];
    let columns = left.rel.columns.iter().zip(&right.rel.columns);
    for (index, (l, r)) in columns.enumerate() {
        let sides = [(l.ty, left.positions[index]), (r.ty, right.positions[index])];
        types.push(coerce::common_type(&sides, construct)?);
    }
    let left_rel = cast_side(left.rel, &types, &left.positions)?;
    let right_rel = cast_side(right.rel, &types, &right.positions)?;
    let columns = left_rel
        .columns
        .iter()
        .zip(&right_rel.columns)
        .map(|(l, r)| {
            let modifier = coerce::common_modifier([l.modifier, r.modifier].into_iter());
            Field::computed(l.name.clone(), l.ty, modifier)
        })
        .collect();
    let (left_rel, right_rel) = (Box::new(left_rel), Box::new(right_rel));
    let node = Node::SetOperation { op, all, left: left_rel, right: right_rel };
    Ok(Rows { rel: Rel { node, columns }, positions: left.positions })
}

fn cast_side(mut rel: Rel, types: &[Type], positions: &[usize]) -> Bind<Rel> {
    for (index, ty) in types.iter().enumerate() {
        if rel.columns[index].ty == Type::Unknown {
            decide_unknown(&mut rel, index, *ty, positions[index])?;
        }
    }
    cast_columns(rel, types, positions.first().copied().unwrap_or(0))
}

/// Gives an untyped output literal the type that the query around it has decided on, in place.
pub(super) fn decide_unknown(rel: &mut Rel, index: usize, ty: Type, position: usize) -> Bind<()> {
    rel.columns[index].ty = ty;
    let mut below = index;
    match &mut rel.node {
        Node::Project { input, exprs } => match &mut exprs[index] {
            Expr::Column { index: column, ty: column_type } => {
                *column_type = ty;
                below = *column;
                decide_unknown(input, below, ty, position)
            }
            expr => {
                let literal = Bound::new(expr.clone(), position);
                *expr = coerce::argument(literal, ty, position)?.expr;
                Ok(())
            }
        },
        Node::Filter { input, .. }
        | Node::Distinct { input }
        | Node::Sort { input, .. }
        | Node::Limit { input, .. } => decide_unknown(input, below, ty, position),
        _ => unsupported("untyped columns here", position),
    }
}
