//! Calls with WITHIN GROUP: ordered-set and hypothetical-set aggregates (`parse_func.c`, `parse_agg.c`).
//!
//! PostgreSQL looks such a call up by its direct arguments and what WITHIN GROUP orders by, together.
//! [agg.ordered-set]

use std::ops::Range;

use super::overload::{self, Callee};
use super::{Bind, Binder, Bound, coerce, error, fail};
use crate::agg::Aggregate;
use crate::error::sqlstate;
use crate::expr::Expr;
use crate::query;
use crate::sql::ast;
use crate::value::Type;

impl Binder<'_> {
    /// A call that has WITHIN GROUP, or should have it, with its arguments bound and the column references in them.
    pub(super) fn ordered_set(
        &mut self,
        call: &ast::Call,
        direct: Vec<Bound>,
        references: Range<usize>,
        position: usize,
    ) -> Bind<Bound> {
        let name = call.name.name.as_str();
        let mut keys = vec![];
        if call.within_group {
            for item in &call.order_by {
                keys.push(self.aggregated(|binder| binder.expr(&item.expr))?);
            }
        }
        let filter = if call.within_group { self.filter(call)? } else { None };
        let inputs: Vec<Type> = direct.iter().chain(&keys).map(Bound::ty).collect();
        let callee = overload::function(name, &inputs, call.star, position, self.catalogue)?;
        let aggregate = self.kind(callee, call, inputs.len(), position)?;
        let (direct, args) = match &aggregate.ordered_set {
            Some(set) if set.hypothetical => {
                if direct.len() != keys.len() {
                    return different_numbers(name, &inputs, direct.len(), position);
                }
                unified(direct, keys)?
            }
            Some(set) => {
                (cast(direct, set.direct.iter().copied())?, cast(keys, own_types(aggregate))?)
            }
            None => unreachable!("its kind has been checked"),
        };
        let order = args.iter().zip(&call.order_by);
        let order_by = order.map(|(arg, item)| super::order::sort_key(arg.clone(), item)).collect();
        let distinct = false;
        let bound = query::Call { aggregate, args, direct, distinct, order_by, filter, position };
        self.place_aggregate(bound, references)
    }

    /// The aggregate that was called, if it is of the kind that the call is written for.
    pub(super) fn kind(
        &self,
        callee: Callee,
        call: &ast::Call,
        inputs: usize,
        position: usize,
    ) -> Bind<&'static Aggregate> {
        let name = &call.name.name;
        let message = match callee {
            Callee::Aggregate(aggregate) => match (&aggregate.ordered_set, call.within_group) {
                (Some(_), true) => return Ok(aggregate),
                (Some(set), false) if set.hypothetical && inputs == 0 => {
                    format!("window function {name} requires an OVER clause")
                }
                (Some(_), false) => {
                    format!("WITHIN GROUP is required for ordered-set aggregate {name}")
                }
                (None, _) => {
                    format!(
                        "{name} is not an ordered-set aggregate, so it cannot have WITHIN GROUP"
                    )
                }
            },
            _ => format!("WITHIN GROUP specified, but {name} is not an aggregate function"),
        };
        fail(sqlstate::WRONG_OBJECT_TYPE, message, position)
    }
}

fn own_types(aggregate: &Aggregate) -> impl Iterator<Item = Type> + '_ {
    aggregate.args.iter().flatten().copied()
}

/// Arguments as values of these types.
fn cast(args: Vec<Bound>, types: impl Iterator<Item = Type>) -> Bind<Vec<Expr>> {
    let one = |(arg, ty): (Bound, Type)| {
        let position = arg.position;
        coerce::argument(arg, ty, position).map(|arg| arg.expr)
    };
    args.into_iter().zip(types).map(one).collect()
}

/// Each hypothetical value and its key as values of their common type (`unify_hypothetical_args`).
fn unified(direct: Vec<Bound>, keys: Vec<Bound>) -> Bind<(Vec<Expr>, Vec<Expr>)> {
    let mut pairs = vec![];
    for (direct, key) in direct.into_iter().zip(keys) {
        let types = [(key.ty(), key.position), (direct.ty(), direct.position)];
        let common = coerce::common_type(&types, "WITHIN GROUP")?;
        let key = coerce::to_common_type(key, common, "WITHIN GROUP")?.expr;
        let direct = coerce::to_common_type(direct, common, "WITHIN GROUP")?.expr;
        pairs.push((direct, key));
    }
    Ok(pairs.into_iter().unzip())
}

fn different_numbers<T>(name: &str, inputs: &[Type], direct: usize, position: usize) -> Bind<T> {
    let message = format!("function {} does not exist", overload::signature(name, inputs));
    let hint = format!(
        "To use the hypothetical-set aggregate {name}, the number of hypothetical direct arguments (here {direct}) \
         must match the number of ordering columns (here {}).",
        inputs.len() - direct
    );
    Err(error(sqlstate::UNDEFINED_FUNCTION, message, position).hint(hint).into())
}
