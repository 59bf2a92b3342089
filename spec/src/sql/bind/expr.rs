//! Expressions: from what was written to typed operators, calls, casts and conditions.

use super::coerce::{self, boolean};
use super::overload::call_operator;
use super::parameter::parameter;
use super::{Bind, Binder, Bound, unsupported};
use crate::error::Failure;
use crate::expr::Expr;
use crate::sql::ast::{self, ExprKind, TypeName};
use crate::sql::positions::leftmost;
use crate::value::{self, Modifier, Type, Value};

impl Binder<'_> {
    /// The meaning of an expression. Untyped literals keep the type `Unknown`; see [`Binder::typed`].
    pub(super) fn expr(&mut self, expr: &ast::Expr) -> Bind<Bound> {
        let position = expr.position;
        let bound = match &expr.kind {
            ExprKind::Null => Bound::new(Expr::Constant(Value::Null, Type::Unknown), position),
            ExprKind::Parameter(number, meaning) => parameter(*number, meaning, position)?,
            ExprKind::Bool(truth) => Bound::new(Expr::truth(*truth), position),
            ExprKind::Number(text) => number(text, position)?,
            ExprKind::String(text) => untyped(text, position),
            ExprKind::Typed(ty, text) => typed_literal(ty, text, position)?,
            ExprKind::Column { table, column } => self.column(table.as_ref(), column)?,
            ExprKind::Prefix(symbol, operand) => self.prefix(symbol, operand, position)?,
            ExprKind::Infix(left, symbol, right) => self.infix(left, symbol, right, position)?,
            ExprKind::LikeEscape(operand, symbol, pattern, escape) => {
                self.like_escape(operand, symbol, [pattern, escape], position)?
            }
            ExprKind::And(operands) => self.junction(operands, "AND", Expr::And)?,
            ExprKind::Or(operands) => self.junction(operands, "OR", Expr::Or)?,
            ExprKind::Not(operand) => {
                let operand = boolean(self.expr(operand)?, "NOT")?;
                Bound::new(Expr::Not(Box::new(operand)), position)
            }
            ExprKind::IsNull { operand, negated } => self.is_null(operand, *negated)?,
            ExprKind::IsTruth { operand, truth, negated } => {
                self.is_truth(operand, *truth, *negated)?
            }
            ExprKind::IsDistinct { left, right, negated } => {
                self.is_distinct(left, right, *negated, position)?
            }
            ExprKind::Between { operand, low, high, negated, symmetric } => {
                self.between([operand, low, high], *negated, *symmetric, position)?
            }
            ExprKind::InList { operand, list, negated } => {
                self.in_list(operand, list, *negated, position)?
            }
            ExprKind::InQuery { operand, query, negated } => {
                self.in_query(operand, query, *negated, position)?
            }
            ExprKind::Quantified { operand, op, all, query } => {
                self.quantified(operand, op, *all, query, position)?
            }
            ExprKind::QuantifiedArray { operand, op, all, array } => {
                self.quantified_array(operand, op, *all, array, position)?
            }
            ExprKind::Array(members) => self.array(members, position)?,
            ExprKind::Subscript(array, subscripts) => {
                self.subscript(array, subscripts, position)?
            }
            ExprKind::Slice(array, bounds) => self.slice(array, bounds, position)?,
            ExprKind::Exists(query) => self.exists(query, position)?,
            ExprKind::Scalar(query) => self.scalar(query, position)?,
            ExprKind::Row(_) => return unsupported("row values", position),
            ExprKind::Case { operand, branches, otherwise } => {
                self.case(operand.as_deref(), branches, otherwise.as_deref(), position)?
            }
            ExprKind::Cast(operand, ty) => self.cast(operand, ty, position)?,
            ExprKind::Call(call) => self.call(call, position)?,
        };
        Ok(Bound { position: leftmost(expr), ..bound })
    }

    /// The same, where nothing outside decides the type: an untyped literal is text.
    pub(super) fn typed(&mut self, expr: &ast::Expr) -> Bind<Bound> {
        coerce::resolve_unknown(self.expr(expr)?)
    }

    /// The conditions of WHERE, ON, HAVING and FILTER.
    pub(super) fn condition(&mut self, expr: &ast::Expr, construct: &str) -> Bind<Expr> {
        boolean(self.expr(expr)?, construct)
    }

    fn prefix(&mut self, symbol: &str, operand: &ast::Expr, position: usize) -> Bind<Bound> {
        // The sign of a literal belongs to it: -2147483648 is an integer.
        if let ("-", ExprKind::Number(text)) = (symbol, &operand.kind) {
            return number(&format!("-{text}"), position);
        }
        let operand = self.expr(operand)?;
        call_operator(symbol, None, operand, position)
    }

    fn infix(
        &mut self,
        left: &ast::Expr,
        symbol: &str,
        right: &ast::Expr,
        position: usize,
    ) -> Bind<Bound> {
        let symbol = if symbol == "!=" { "<>" } else { symbol };
        match (&left.kind, &right.kind) {
            (ExprKind::Row(left), ExprKind::Row(right)) => {
                self.row_comparison(left, symbol, right, position)
            }
            (ExprKind::Row(_), ExprKind::Scalar(_)) => {
                unsupported("comparisons of a row with a sub-query", position)
            }
            _ => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                call_operator(symbol, Some(left), right, position)
            }
        }
    }

    /// `x LIKE y ESCAPE e` is `x ~~ like_escape(y, e)`.
    fn like_escape(
        &mut self,
        operand: &ast::Expr,
        symbol: &str,
        pattern: [&ast::Expr; 2],
        position: usize,
    ) -> Bind<Bound> {
        let operand = self.expr(operand)?;
        let args = pattern.into_iter().map(|arg| self.expr(arg)).collect::<Bind<Vec<_>>>()?;
        let pattern = self.plain_call("like_escape", args, position)?;
        call_operator(symbol, Some(operand), pattern, position)
    }

    fn junction(
        &mut self,
        operands: &[ast::Expr],
        construct: &str,
        build: fn(Vec<Expr>) -> Expr,
    ) -> Bind<Bound> {
        let operands = operands
            .iter()
            .map(|operand| self.condition(operand, construct))
            .collect::<Bind<Vec<_>>>()?;
        Ok(Bound::new(build(operands), 0))
    }

    fn is_null(&mut self, operand: &ast::Expr, negated: bool) -> Bind<Bound> {
        let ExprKind::Row(fields) = &operand.kind else {
            let operand = Box::new(coerce::of_any_type(self.expr(operand)?)?.expr);
            return Ok(Bound::new(Expr::IsNull { operand, negated }, 0));
        };
        // A row is null if all of its fields are, and not null if none is.
        let tests = fields
            .iter()
            .map(|field| {
                let operand = Box::new(coerce::of_any_type(self.expr(field)?)?.expr);
                Ok(Expr::IsNull { operand, negated })
            })
            .collect::<Bind<Vec<_>>>()?;
        Ok(Bound::new(all(tests), 0))
    }

    fn is_truth(&mut self, operand: &ast::Expr, truth: Option<bool>, negated: bool) -> Bind<Bound> {
        let word = match truth {
            Some(true) => "TRUE",
            Some(false) => "FALSE",
            None => "UNKNOWN",
        };
        let construct = format!("IS {}{word}", if negated { "NOT " } else { "" });
        let operand = Box::new(self.condition(operand, &construct)?);
        Ok(Bound::new(Expr::IsTruth { operand, truth, negated }, 0))
    }

    fn is_distinct(
        &mut self,
        left: &ast::Expr,
        right: &ast::Expr,
        negated: bool,
        position: usize,
    ) -> Bind<Bound> {
        if let (ExprKind::Row(left), ExprKind::Row(right)) = (&left.kind, &right.kind) {
            return self.row_distinct(left, right, negated, position);
        }
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        distinct(left, right, negated, position)
    }

    fn case(
        &mut self,
        operand: Option<&ast::Expr>,
        branches: &[(ast::Expr, ast::Expr)],
        otherwise: Option<&ast::Expr>,
        position: usize,
    ) -> Bind<Bound> {
        let operand = operand.map(|operand| self.typed(operand)).transpose()?;
        let mut conditions = vec![];
        let mut results = vec![];
        for (condition, result) in branches {
            let bound = self.expr(condition)?;
            let bound = match &operand {
                None => bound,
                Some(operand) => {
                    call_operator("=", Some(operand.clone()), bound, condition.position)?
                }
            };
            conditions.push(boolean(bound, "CASE/WHEN")?);
            results.push(self.expr(result)?);
        }
        let otherwise = match otherwise {
            Some(otherwise) => self.expr(otherwise)?,
            None => Bound::new(Expr::Constant(Value::Null, Type::Unknown), 0),
        };
        // ELSE has the first word on the common type, as in PostgreSQL.
        results.insert(0, otherwise);
        let (mut results, ty, modifier) = coerce::to_common(results, "CASE")?;
        let otherwise = Box::new(results.remove(0));
        let branches = conditions.into_iter().zip(results).collect();
        Ok(Bound { expr: Expr::Case { branches, otherwise, ty }, modifier, position })
    }

    fn cast(&mut self, operand: &ast::Expr, to: &TypeName, position: usize) -> Bind<Bound> {
        if let (ExprKind::Array(members), Type::Array(element)) = (&operand.kind, to.ty) {
            let array = self.array_of(members, element, position)?;
            return coerce::explicit(array, to.ty, to.modifier, position);
        }
        let operand = self.expr(operand)?;
        coerce::explicit(operand, to.ty, to.modifier, position)
    }
}

/// `left IS [NOT] DISTINCT FROM right`; against a NULL literal it is a test for NULL.
pub(super) fn distinct(left: Bound, right: Bound, negated: bool, position: usize) -> Bind<Bound> {
    for (this, other) in [(&right, &left), (&left, &right)] {
        if this.is_null_literal() {
            let operand = Box::new(coerce::of_any_type(other.clone())?.expr);
            return Ok(Bound::new(Expr::IsNull { operand, negated: !negated }, position));
        }
    }
    let call = call_operator("=", Some(left), right, position)?;
    match call.expr {
        Expr::Call { function: equal, args, .. } => {
            let [left, right] = pair(args)?;
            Ok(Bound::new(Expr::IsDistinct { equal, left, right, negated }, position))
        }
        _ => unsupported("IS DISTINCT FROM over this operator", position),
    }
}

/// The two operands of a binary operator.
pub(super) fn pair(args: Vec<Expr>) -> Result<[Box<Expr>; 2], Failure> {
    match <[Expr; 2]>::try_from(args) {
        Ok(args) => Ok(args.map(Box::new)),
        Err(_) => unsupported("operators without two operands here", 0),
    }
}

/// All of the conditions.
pub(super) fn all(mut conditions: Vec<Expr>) -> Expr {
    if conditions.len() == 1 { conditions.remove(0) } else { Expr::And(conditions) }
}

/// Any of the conditions.
pub(super) fn any(mut conditions: Vec<Expr>) -> Expr {
    if conditions.len() == 1 { conditions.remove(0) } else { Expr::Or(conditions) }
}

/// A number: integer, bigint or numeric, whichever holds it first (manual, 4.1.2.6).
fn number(text: &str, position: usize) -> Bind<Bound> {
    let constant = if let Ok(value) = text.parse::<i32>() {
        Expr::Constant(Value::Int4(value), Type::Int4)
    } else if let Ok(value) = text.parse::<i64>() {
        Expr::Constant(Value::Int8(value), Type::Int8)
    } else {
        let value = value::text::input(Type::Numeric, Modifier::None, text)
            .map_err(|error| error.at(position))?;
        Expr::Constant(value, Type::Numeric)
    };
    Ok(Bound::new(constant, position))
}

fn untyped(text: &str, position: usize) -> Bound {
    Bound::new(Expr::Constant(Value::text(text), Type::Unknown), position)
}

/// `date '1998-01-01'`.
fn typed_literal(ty: &TypeName, text: &str, position: usize) -> Bind<Bound> {
    coerce::explicit(untyped(text, position), ty.ty, ty.modifier, position)
}
