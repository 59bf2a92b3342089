//! Comparisons of several things at once: BETWEEN, IN lists, rows.

use super::coerce::{self, boolean};
use super::expr::{all, any, distinct};
use super::overload::call_operator;
use super::{Bind, Binder, Bound, fail, unsupported};
use crate::error::sqlstate;
use crate::expr::operator::CastContext;
use crate::expr::{CallSyntax, Expr};
use crate::sql::ast::{self, ExprKind};
use crate::value::Type;

impl Binder<'_> {
    /// `x BETWEEN a AND b` is `x >= a AND x <= b`; SYMMETRIC takes either order of the bounds.
    pub(super) fn between(
        &mut self,
        [operand, low, high]: [&ast::Expr; 3],
        negated: bool,
        symmetric: bool,
        position: usize,
    ) -> Bind<Bound> {
        let (x, low, high) = (self.expr(operand)?, self.expr(low)?, self.expr(high)?);
        let test = |symbol, bound: &Bound| {
            call_operator(symbol, Some(x.clone()), bound.clone(), position)
                .and_then(|call| boolean(call, "AND"))
        };
        let within = |low, high| Ok(Expr::And(vec![test(">=", low)?, test("<=", high)?]));
        let outside = |low, high| Ok(Expr::Or(vec![test("<", low)?, test(">", high)?]));
        let expr = match (negated, symmetric) {
            (false, false) => within(&low, &high),
            (true, false) => outside(&low, &high),
            (false, true) => Ok(Expr::Or(vec![within(&low, &high)?, within(&high, &low)?])),
            (true, true) => Ok(Expr::And(vec![outside(&low, &high)?, outside(&high, &low)?])),
        };
        expr.map(|expr| Bound::new(expr, position))
    }

    /// `x IN (…)`: members without columns that share a type are tested together, the others one by one
    /// (`transformAExprIn`).
    pub(super) fn in_list(
        &mut self,
        operand: &ast::Expr,
        list: &[ast::Expr],
        negated: bool,
        position: usize,
    ) -> Bind<Bound> {
        let symbol = if negated { "<>" } else { "=" };
        if let ExprKind::Row(fields) = &operand.kind {
            return self.row_in_list(fields, list, negated, position);
        }
        let operand = self.expr(operand)?;
        let members = list.iter().map(|member| self.expr(member)).collect::<Bind<Vec<_>>>()?;
        let (mut single, constant): (Vec<_>, Vec<_>) =
            members.into_iter().partition(|member| has_columns(&member.expr));
        let mut tests = vec![];
        match shared_type(&operand, &constant) {
            Some(ty) if constant.len() > 1 => {
                tests.push(any_of(operand.clone(), symbol, constant, ty, negated, position)?);
            }
            _ => single.splice(0..0, constant).for_each(drop),
        }
        for member in single {
            let test = call_operator(symbol, Some(operand.clone()), member, position)?;
            tests.push(boolean(test, "IN")?);
        }
        Ok(Bound::new(if negated { all(tests) } else { any(tests) }, position))
    }

    fn row_in_list(
        &mut self,
        fields: &[ast::Expr],
        list: &[ast::Expr],
        negated: bool,
        position: usize,
    ) -> Bind<Bound> {
        let symbol = if negated { "<>" } else { "=" };
        let tests = list
            .iter()
            .map(|member| match &member.kind {
                ExprKind::Row(member) => {
                    Ok(self.row_comparison(fields, symbol, member, position)?.expr)
                }
                _ => unsupported("comparisons of a row with a value", position),
            })
            .collect::<Bind<Vec<_>>>()?;
        Ok(Bound::new(if negated { all(tests) } else { any(tests) }, position))
    }

    fn fields(
        &mut self,
        left: &[ast::Expr],
        right: &[ast::Expr],
        position: usize,
    ) -> Bind<Vec<(Bound, Bound)>> {
        let left = left.iter().map(|field| self.expr(field)).collect::<Bind<Vec<_>>>()?;
        let right = right.iter().map(|field| self.expr(field)).collect::<Bind<Vec<_>>>()?;
        if left.len() != right.len() {
            let message = "unequal number of entries in row expressions";
            return fail(sqlstate::SYNTAX_ERROR, message, position);
        }
        Ok(left.into_iter().zip(right).collect())
    }

    /// `(a, b) op (c, d)`: `=` compares all fields, `<>` any, the others lexicographically. [expr.row]
    pub(super) fn row_comparison(
        &mut self,
        left: &[ast::Expr],
        symbol: &str,
        right: &[ast::Expr],
        position: usize,
    ) -> Bind<Bound> {
        let pairs = self.fields(left, right, position)?;
        let test = |symbol: &str, (left, right): &(Bound, Bound)| {
            call_operator(symbol, Some(left.clone()), right.clone(), position)
                .and_then(|call| boolean(call, "row comparison"))
        };
        let expr = match symbol {
            "=" => all(pairs.iter().map(|pair| test("=", pair)).collect::<Bind<_>>()?),
            "<>" => any(pairs.iter().map(|pair| test("<>", pair)).collect::<Bind<_>>()?),
            "<" | "<=" | ">" | ">=" => {
                // a op c OR (a = c AND (b op d OR …)): the first fields that differ decide, strictly.
                let strict = &symbol[..1];
                let mut fields = pairs.iter().rev();
                let Some(last) = fields.next() else {
                    let message = "cannot compare rows of zero length";
                    return fail(sqlstate::FEATURE_NOT_SUPPORTED, message, position);
                };
                fields.try_fold(test(symbol, last)?, |rest, pair| {
                    let tied = Expr::And(vec![test("=", pair)?, rest]);
                    Bind::Ok(Expr::Or(vec![test(strict, pair)?, tied]))
                })?
            }
            _ => return unsupported(format!("row comparisons with {symbol}"), position),
        };
        Ok(Bound::new(expr, position))
    }

    /// `(a, b) IS DISTINCT FROM (c, d)`: any field is.
    pub(super) fn row_distinct(
        &mut self,
        left: &[ast::Expr],
        right: &[ast::Expr],
        negated: bool,
        position: usize,
    ) -> Bind<Bound> {
        let tests = self
            .fields(left, right, position)?
            .into_iter()
            .map(|(left, right)| Ok(distinct(left, right, negated, position)?.expr))
            .collect::<Bind<Vec<_>>>()?;
        Ok(Bound::new(if negated { all(tests) } else { any(tests) }, position))
    }
}

fn has_columns(expr: &Expr) -> bool {
    // Aggregates stand as parameters until the groups are built, and depend on columns.
    let mut found = false;
    expr.visit_columns(&mut |_| found = true);
    found
}

/// The type that the operand and all members share, if implicit casts lead there.
fn shared_type(operand: &Bound, members: &[Bound]) -> Option<Type> {
    let bounds = std::iter::once(operand).chain(members);
    let types: Vec<_> = bounds.map(|bound| (bound.ty(), 0)).collect();
    let common = coerce::common_type(&types, "IN").ok()?;
    let castable = |&(ty, _): &(Type, usize)| coerce::can_coerce(ty, common, CastContext::Implicit);
    types.iter().all(castable).then_some(common)
}

/// `x = ANY (members)`, or `x <> ALL (members)`.
fn any_of(
    operand: Bound,
    symbol: &str,
    members: Vec<Bound>,
    ty: Type,
    all: bool,
    position: usize,
) -> Bind<Expr> {
    let members = members
        .into_iter()
        .map(|member| coerce::to_common_type(member, ty, "IN"))
        .collect::<Bind<Vec<_>>>()?;
    // The operator is chosen once, for the type of all members.
    let mut calls = vec![];
    for member in members {
        calls.push(call_operator(symbol, Some(operand.clone()), member, position)?.expr);
    }
    let mut list = vec![];
    let mut found = None;
    for call in calls {
        let Expr::Call { function, mut args, syntax: CallSyntax::Operator(symbol), .. } = call
        else {
            return unsupported("IN lists over this operator", position);
        };
        list.extend(args.pop());
        found = found.or(args.pop().map(|operand| (function, symbol, operand)));
    }
    let Some((function, symbol, operand)) = found else {
        return unsupported("empty IN lists", position);
    };
    Ok(Expr::AnyOf { function, symbol, operand: Box::new(operand), list, all })
}
