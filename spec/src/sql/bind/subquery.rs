//! Sub-queries as values: scalar, EXISTS, IN, ANY and ALL.

use super::overload::operator;
use super::scope::Level;
use super::{Bind, Binder, Bound, Rows, coerce, fail, unsupported};
use crate::error::sqlstate;
use crate::expr::{Expr, Subquery, SubqueryComparison, SubqueryTest};
use crate::query::{Field, Rel};
use crate::sql::ast::{self, ExprKind};
use crate::value::{Modifier, Type};

impl Binder<'_> {
    /// The rows of a query one level further in.
    fn inner(&mut self, query: &ast::Query) -> Bind<Rows> {
        self.levels.push(Level::default());
        let rows = self.query(query, true);
        self.levels.pop();
        rows
    }

    /// `(query)`: its one value.
    pub(super) fn scalar(&mut self, query: &ast::Query, position: usize) -> Bind<Bound> {
        let rel = self.inner(query)?.rel;
        if rel.columns.len() != 1 {
            let message = "subquery must return only one column";
            return fail(sqlstate::SYNTAX_ERROR, message, position);
        }
        let modifier = rel.columns[0].modifier;
        Ok(Bound { expr: subquery(SubqueryTest::Scalar, rel, position), modifier, position })
    }

    /// `EXISTS (query)`.
    pub(super) fn exists(&mut self, query: &ast::Query, position: usize) -> Bind<Bound> {
        let rel = self.inner(query)?.rel;
        Ok(Bound::new(subquery(SubqueryTest::Exists, rel, position), position))
    }

    /// `x IN (query)` is `x = ANY (query)`, and NOT IN its negation.
    pub(super) fn in_query(
        &mut self,
        operand: &ast::Expr,
        query: &ast::Query,
        negated: bool,
        position: usize,
    ) -> Bind<Bound> {
        let found = self.quantified(operand, "=", false, query, position)?;
        if !negated {
            return Ok(found);
        }
        Ok(Bound::new(Expr::Not(Box::new(found.expr)), position))
    }

    /// `x op ANY (query)`, `(x, y) op ALL (query)`.
    pub(super) fn quantified(
        &mut self,
        operand: &ast::Expr,
        symbol: &str,
        all: bool,
        query: &ast::Query,
        position: usize,
    ) -> Bind<Bound> {
        let symbol = if symbol == "!=" { "<>" } else { symbol };
        // The sub-query comes first, as in PostgreSQL: of two mistakes its own is reported.
        let rows = self.inner(query)?;
        let operands = match &operand.kind {
            ExprKind::Row(fields) => {
                fields.iter().map(|field| self.expr(field)).collect::<Bind<Vec<_>>>()?
            }
            _ => vec![self.expr(operand)?],
        };
        let message = match operands.len().cmp(&rows.rel.columns.len()) {
            std::cmp::Ordering::Less => "subquery has too many columns",
            std::cmp::Ordering::Greater => "subquery has too few columns",
            std::cmp::Ordering::Equal => "",
        };
        if !message.is_empty() {
            return fail(sqlstate::SYNTAX_ERROR, message, position);
        }
        if operands.len() > 1 && symbol != "=" {
            return unsupported(format!("row comparisons with {symbol} and a sub-query"), position);
        }
        let (tests, rel) = comparisons(operands, symbol, rows.rel, position)?;
        let test = if all { SubqueryTest::All(tests) } else { SubqueryTest::Any(tests) };
        Ok(Bound::new(subquery(test, rel, position), position))
    }
}

fn subquery(test: SubqueryTest, rel: Rel, position: usize) -> Expr {
    let correlated = rel.is_correlated();
    Expr::Subquery(Box::new(Subquery { test, rel, correlated, position }))
}

/// Operand by column: the operator, with both sides cast to what it takes.
fn comparisons(
    operands: Vec<Bound>,
    symbol: &str,
    rel: Rel,
    position: usize,
) -> Bind<(Vec<SubqueryComparison>, Rel)> {
    let mut tests = vec![];
    let mut types = vec![];
    for (operand, column) in operands.into_iter().zip(&rel.columns) {
        let operator = operator(symbol, Some(operand.ty()), column.ty, position)?;
        if operator.function.result != Type::Bool {
            let message = format!(
                "row comparison operator must yield type boolean, not type {}",
                operator.function.result
            );
            return fail(sqlstate::DATATYPE_MISMATCH, message, position);
        }
        let left = operator.left.unwrap_or(operator.right);
        let operand = coerce::argument(operand, left, position)?.expr;
        let (function, symbol) = (operator.function, operator.symbol);
        tests.push(SubqueryComparison { operand, function, symbol });
        types.push(operator.right);
    }
    Ok((tests, cast_columns(rel, &types, position)?))
}

/// The rows with their columns implicitly cast to these types.
pub(super) fn cast_columns(rel: Rel, types: &[Type], position: usize) -> Bind<Rel> {
    if rel.columns.iter().zip(types).all(|(column, ty)| column.ty == *ty) {
        return Ok(rel);
    }
    let mut exprs = vec![];
    let mut columns = vec![];
    for (index, (column, ty)) in rel.columns.iter().zip(types).enumerate() {
        let bound = Bound::new(Expr::Column { index, ty: column.ty }, position);
        exprs.push(coerce::argument(bound, *ty, position)?.expr);
        let modifier = if column.ty == *ty { column.modifier } else { Modifier::None };
        columns.push(Field { ty: *ty, modifier, ..column.clone() });
    }
    Ok(rel.project(exprs, columns))
}
