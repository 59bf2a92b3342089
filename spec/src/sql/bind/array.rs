//! Arrays: constructors, subscripts, and comparisons with their elements.

use super::coerce;
use super::overload::operator;
use super::{Bind, Binder, Bound, error, fail, unsupported};
use crate::error::{Failure, sqlstate};
use crate::expr::function::{
    self,
    array::{SLICE, SUBSCRIPT},
};
use crate::expr::operator::CastContext;
use crate::expr::{CallSyntax, Expr};
use crate::sql::ast::{self, ExprKind};
use crate::value::{Element, Modifier, Type, Value};

impl Binder<'_> {
    /// `ARRAY[…]`: its members take their common type, as those of CASE do. [expr.array]
    pub(super) fn array(&mut self, members: &[ast::Expr], position: usize) -> Bind<Bound> {
        if members.is_empty() {
            let message = "cannot determine type of empty array";
            let hint = "Explicitly cast to the desired type, for example ARRAY[]::integer[].";
            let error = error(sqlstate::INDETERMINATE_DATATYPE, message, position);
            return Err(error.hint(hint).into());
        }
        let members = members.iter().map(|member| self.expr(member)).collect::<Bind<Vec<_>>>()?;
        let (members, ty, modifier) = coerce::to_common(members, "ARRAY")?;
        let array = ty.array().unwrap_or(ty);
        Ok(Bound { expr: Expr::Array(members, array), modifier, position })
    }

    /// `ARRAY[…]::type[]`: the members are cast, each by itself.
    pub(super) fn array_of(
        &mut self,
        members: &[ast::Expr],
        element: Element,
        position: usize,
    ) -> Bind<Bound> {
        let array = Type::Array(element);
        let mut bound = vec![];
        for member in members {
            bound.push(match &member.kind {
                ExprKind::Array(inner) => self.array_of(inner, element, member.position)?.expr,
                _ => {
                    let member = self.expr(member)?;
                    let to = if member.ty().element().is_some() { array } else { element.ty() };
                    let at = member.position;
                    coerce::explicit(member, to, Modifier::None, at)?.expr
                }
            });
        }
        Ok(Bound::new(Expr::Array(bound, array), position))
    }

    /// `x[i]`, `x[i][j]`.
    pub(super) fn subscript(
        &mut self,
        array: &ast::Expr,
        subscripts: &[ast::Expr],
        position: usize,
    ) -> Bind<Bound> {
        let (array, element) = self.subscripted(array)?;
        let modifier = array.modifier;
        let mut types = vec![Type::Array(element)];
        let mut args = vec![array.expr];
        for subscript in subscripts {
            types.push(Type::Int4);
            args.push(self.bound(subscript)?);
        }
        let Some(function) = function::exact(SUBSCRIPT, &types) else {
            return unsupported("more than two subscripts", position);
        };
        let syntax = CallSyntax::Subscript;
        Ok(Bound { expr: Expr::Call { function, args, syntax, position }, modifier, position })
    }

    /// `x[i:j]`: a bound that is left out is one that no array reaches beyond.
    pub(super) fn slice(
        &mut self,
        array: &ast::Expr,
        bounds: &[(Option<ast::Expr>, Option<ast::Expr>)],
        position: usize,
    ) -> Bind<Bound> {
        let (array, element) = self.subscripted(array)?;
        let modifier = array.modifier;
        let mut types = vec![Type::Array(element)];
        let mut args = vec![array.expr];
        let mut written = 0;
        for (lower, upper) in bounds {
            for (bound, otherwise) in [(lower, i32::MIN), (upper, i32::MAX)] {
                if bound.is_some() && args.len() <= 8 {
                    written |= 1 << (args.len() - 1);
                }
                types.push(Type::Int4);
                args.push(match bound {
                    Some(bound) => self.bound(bound)?,
                    None => Expr::Constant(Value::Int4(otherwise), Type::Int4),
                });
            }
        }
        let Some(function) = function::exact(SLICE, &types) else {
            return unsupported("slices in more than two dimensions", position);
        };
        let syntax = CallSyntax::Slice(written);
        Ok(Bound { expr: Expr::Call { function, args, syntax, position }, modifier, position })
    }

    /// What is subscripted, with the type of its elements.
    fn subscripted(&mut self, array: &ast::Expr) -> Bind<(Bound, Element)> {
        let array = self.typed(array)?;
        let ty = array.ty();
        let Type::Array(element) = ty else {
            let message =
                format!("cannot subscript type {ty} because it does not support subscripting");
            return fail(sqlstate::DATATYPE_MISMATCH, message, array.position);
        };
        Ok((array, element))
    }

    /// A subscript or a bound of a slice: assigned to an integer.
    fn bound(&mut self, subscript: &ast::Expr) -> Bind<Expr> {
        let subscript = self.expr(subscript)?;
        let at = subscript.position;
        match coerce::coerce(subscript, Type::Int4, CastContext::Assignment, at)? {
            Some(number) => Ok(number.expr),
            None => fail(sqlstate::DATATYPE_MISMATCH, "array subscript must have type integer", at),
        }
    }

    /// `x op ANY (array)`, `x op ALL (array)`: the operator between x and the elements. [expr.any.array]
    pub(super) fn quantified_array(
        &mut self,
        operand: &ast::Expr,
        symbol: &str,
        all: bool,
        array: &ast::Expr,
        position: usize,
    ) -> Bind<Bound> {
        let symbol = if symbol == "!=" { "<>" } else { symbol };
        let (operand, array) = (self.expr(operand)?, self.expr(array)?);
        let wrong = |message: &'static str| -> Failure {
            error(sqlstate::WRONG_OBJECT_TYPE, message, position).into()
        };
        let element = match array.ty() {
            Type::Unknown => Type::Unknown,
            ty => ty
                .element()
                .ok_or_else(|| wrong("op ANY/ALL (array) requires array on right side"))?,
        };
        let operator = operator(symbol, Some(operand.ty()), element, position)?;
        if operator.function.result != Type::Bool {
            return Err(wrong("op ANY/ALL (array) requires operator to yield boolean"));
        }
        let (Some(left), Some(right)) = (operator.left, operator.right.array()) else {
            return unsupported("this operator over the elements of an array", position);
        };
        let operand = coerce::argument(operand, left, position)?.expr;
        let array = coerce::argument(array, right, position)?.expr;
        let (function, symbol) = (operator.function, operator.symbol);
        let operands = Box::new([operand, array]);
        Ok(Bound::new(Expr::AnyElement { function, symbol, operands, all }, position))
    }
}
