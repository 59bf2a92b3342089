//! Calls by name: functions, aggregates, and the constructs that look like functions.

use std::ops::Range;

use super::expr::pair;
use super::overload::{self, Callee, call_operator};
use super::scope::Clause;
use super::{Bind, Binder, Bound, coerce, fail, unsupported};
use crate::agg::{self, Aggregate};
use crate::catalogue::Polymorphic;
use crate::error::sqlstate;
use crate::expr::{CallSyntax, Expr, Function, function};
use crate::query::{self, SortKey};
use crate::sql::ast;
use crate::value::{Modifier, Type};

/// The functions that SQL writes without parentheses; PostgreSQL does not list them in `pg_proc`.
const VALUE_FUNCTIONS: [&str; 11] = [
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "user",
];

impl Binder<'_> {
    /// A function or aggregate call, COALESCE, NULLIF, GREATEST or LEAST.
    pub(super) fn call(&mut self, call: &ast::Call, position: usize) -> Bind<Bound> {
        let name = call.name.name.as_str();
        match name {
            "coalesce" => {
                let (args, ty, modifier) = coerce::to_common(self.args(call)?, "COALESCE")?;
                return Ok(Bound { expr: Expr::Coalesce(args, ty), modifier, position });
            }
            "greatest" | "least" => {
                let construct = name.to_uppercase();
                let (args, ty, modifier) = coerce::to_common(self.args(call)?, &construct)?;
                let greatest = name == "greatest";
                return Ok(Bound { expr: Expr::MinMax { greatest, args, ty }, modifier, position });
            }
            "nullif" if call.args.len() == 2 => return self.null_if(call, position),
            _ => {}
        }
        let own = self.catalogue.aggregates_named(name).next();
        let is_polymorphic = || {
            let mut routines = self.catalogue.polymorphic_named(name);
            routines.any(|routine| matches!(routine, Polymorphic::Aggregate(_)))
        };
        let is_aggregate = own.or_else(|| agg::of_name(name).next()).is_some() || is_polymorphic();
        let around = self.level().in_aggregate;
        self.level().in_aggregate |= is_aggregate;
        let first_reference = self.level().references.len();
        let args = self.args(call);
        self.level().in_aggregate = around;
        let args = args?;
        if call.within_group {
            let references = first_reference..self.level().references.len();
            return self.ordered_set(call, args, references, position);
        }
        let types: Vec<Type> = args.iter().map(Bound::ty).collect();
        if VALUE_FUNCTIONS.contains(&name) && function::named(name).next().is_none() {
            return unsupported(name.to_uppercase(), position);
        }
        match overload::function(name, &types, call.star, position, self.catalogue)? {
            callee @ Callee::Aggregate(Aggregate { ordered_set: Some(_), .. }) => {
                self.kind(callee, call, types.len(), position)?;
                unsupported("ordered-set aggregates without their order", position)
            }
            Callee::Aggregate(aggregate) => self.aggregate(aggregate, call, args, position),
            callee => {
                self.refuse_aggregate_syntax(call, position)?;
                self.finish_call(callee, args, position)
            }
        }
    }

    pub(super) fn args(&mut self, call: &ast::Call) -> Bind<Vec<Bound>> {
        call.args.iter().map(|arg| self.expr(arg)).collect()
    }

    /// A call of a function by name with bound arguments.
    pub(super) fn plain_call(
        &mut self,
        name: &str,
        args: Vec<Bound>,
        position: usize,
    ) -> Bind<Bound> {
        let types: Vec<Type> = args.iter().map(Bound::ty).collect();
        let callee = overload::function(name, &types, false, position, self.catalogue)?;
        self.finish_call(callee, args, position)
    }

    fn finish_call(&mut self, callee: Callee, args: Vec<Bound>, position: usize) -> Bind<Bound> {
        match callee {
            Callee::Function(function) => {
                let args = arguments(args, function)?;
                if function.returns_set {
                    return self.refuse_set(function, position);
                }
                let syntax = CallSyntax::Function;
                Ok(Bound::new(Expr::Call { function, args, syntax, position }, position))
            }
            Callee::Cast(to) => match args.into_iter().next() {
                Some(arg) => coerce::explicit(arg, to, Modifier::None, position),
                None => unsupported("casts without an argument", position),
            },
            Callee::Aggregate(_) | Callee::Polymorphic(_) => {
                unsupported("aggregates here", position)
            }
        }
    }

    /// Set-returning functions stand in FROM only; PostgreSQL allows them in the SELECT list, too.
    fn refuse_set(&mut self, function: &Function, position: usize) -> Bind<Bound> {
        let place = match self.level().clause {
            Clause::Having => Some("HAVING"),
            Clause::Target | Clause::GroupBy | Clause::Values | Clause::FromFunction => None,
            clause => clause.refuses_aggregates(),
        };
        match place {
            Some(place) => {
                let message = format!("set-returning functions are not allowed in {place}");
                fail(sqlstate::FEATURE_NOT_SUPPORTED, message, position)
            }
            None => unsupported(
                format!("set-returning functions ({}) outside FROM", function.name),
                position,
            ),
        }
    }

    fn refuse_aggregate_syntax(&mut self, call: &ast::Call, position: usize) -> Bind<()> {
        let name = &call.name.name;
        let what = if call.star {
            format!("{name}(*)")
        } else if call.distinct {
            "DISTINCT".to_owned()
        } else if !call.order_by.is_empty() {
            "ORDER BY".to_owned()
        } else if call.filter.is_some() {
            "FILTER".to_owned()
        } else {
            return Ok(());
        };
        let message = format!("{what} specified, but {name} is not an aggregate function");
        fail(sqlstate::WRONG_OBJECT_TYPE, message, position)
    }

    fn null_if(&mut self, call: &ast::Call, position: usize) -> Bind<Bound> {
        let left = self.expr(&call.args[0])?;
        let right = self.expr(&call.args[1])?;
        let (ty, modifier) = (left.ty(), left.modifier);
        let Expr::Call { function: equal, args, .. } =
            call_operator("=", Some(left), right, position)?.expr
        else {
            return unsupported("NULLIF over this operator", position);
        };
        let [left, right] = pair(args)?;
        let modifier = if left.ty() == ty { modifier } else { Modifier::None };
        Ok(Bound { expr: Expr::NullIf { equal, left, right }, modifier, position })
    }

    /// An aggregate call of this query level. It stands as a parameter until the groups are built. [rel.aggregate.place]
    fn aggregate(
        &mut self,
        aggregate: &'static Aggregate,
        call: &ast::Call,
        args: Vec<Bound>,
        position: usize,
    ) -> Bind<Bound> {
        if args.is_empty() && !call.star {
            let name = aggregate.name;
            let message =
                format!("{name}(*) must be used to call a parameterless aggregate function");
            return fail(sqlstate::WRONG_OBJECT_TYPE, message, position);
        }
        let filter = self.filter(call)?;
        let args = args
            .into_iter()
            .zip(aggregate.args)
            .map(|(arg, ty)| match ty {
                Some(ty) => coerce::argument(arg, *ty, position).map(|arg| arg.expr),
                None => coerce::of_any_type(arg).map(|arg| arg.expr),
            })
            .collect::<Bind<Vec<_>>>()?;
        let order_by = self.aggregate_order(call, &args)?;
        let (direct, distinct) = (vec![], call.distinct);
        let bound = query::Call { aggregate, args, direct, distinct, order_by, filter, position };
        self.place_aggregate(bound, 0..0)
    }

    /// FILTER (WHERE …).
    pub(super) fn filter(&mut self, call: &ast::Call) -> Bind<Option<Expr>> {
        let Some(filter) = &call.filter else { return Ok(None) };
        self.within(Clause::Filter, |binder| binder.condition(filter, "FILTER")).map(Some)
    }

    /// ORDER BY inside a call. A key that is an argument as written means the argument as it is passed, cast to what
    /// the function takes. [explain.aggregate.argument]
    fn aggregate_order(&mut self, call: &ast::Call, args: &[Expr]) -> Bind<Vec<SortKey>> {
        let mut keys = vec![];
        for item in &call.order_by {
            let mut key = self.aggregated(|binder| binder.typed(&item.expr))?;
            let passed = args.iter().find(|arg| coerce::as_written(arg).same_as(&key.expr));
            if let Some(passed) = passed {
                key.expr = passed.clone();
            } else if call.distinct {
                let message = "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list";
                return fail(sqlstate::INVALID_COLUMN_REFERENCE, message, key.position);
            }
            keys.push(super::order::sort_key(key.expr, item));
        }
        Ok(keys)
    }

    /// Binds something inside an aggregate, where no other aggregate may stand.
    pub(super) fn aggregated<T>(&mut self, bind: impl FnOnce(&mut Self) -> Bind<T>) -> Bind<T> {
        let around = std::mem::replace(&mut self.level().in_aggregate, true);
        let bound = bind(self);
        self.level().in_aggregate = around;
        bound
    }

    /// Checks that the aggregate may stand where it does, and gives it its number. `direct` are the column references
    /// of its direct arguments; to which query it belongs is decided by the others.
    pub(super) fn place_aggregate(
        &mut self,
        call: query::Call,
        direct: Range<usize>,
    ) -> Bind<Bound> {
        let position = call.position;
        let exprs = || call.exprs().skip(call.direct.len());
        let mut own = false;
        exprs().for_each(|expr| expr.visit_columns(&mut |_| own = true));
        if !own && exprs().any(has_outer) {
            return unsupported("aggregates of an outer query inside a sub-query", position);
        }
        if let Some(place) = self.level().clause.refuses_aggregates() {
            let message = format!("aggregate functions are not allowed in {place}");
            return fail(sqlstate::GROUPING_ERROR, message, position);
        }
        if self.level().in_aggregate {
            let message = "aggregate function calls cannot be nested";
            return fail(sqlstate::GROUPING_ERROR, message, position);
        }
        let ty = call.aggregate.result;
        let calls = &mut self.level().calls;
        let id = match calls.iter().position(|other| same_call(other, &call)) {
            Some(id) => id,
            None => {
                calls.push(call);
                let id = calls.len() - 1;
                self.level().direct_references.push(direct);
                id
            }
        };
        Ok(Bound::new(Expr::Param { id, ty }, position))
    }

    /// Binds something as part of another clause.
    pub(super) fn within<T>(
        &mut self,
        clause: Clause,
        bind: impl FnOnce(&mut Self) -> Bind<T>,
    ) -> Bind<T> {
        let around = std::mem::replace(&mut self.level().clause, clause);
        let bound = bind(self);
        self.level().clause = around;
        bound
    }
}

/// Arguments cast to what the function takes.
pub(super) fn arguments(args: Vec<Bound>, function: &'static Function) -> Bind<Vec<Expr>> {
    args.into_iter()
        .zip(function.args)
        .map(|(arg, ty)| {
            let position = arg.position;
            coerce::argument(arg, *ty, position).map(|arg| arg.expr)
        })
        .collect()
}

fn has_outer(expr: &Expr) -> bool {
    matches!(expr, Expr::Outer { .. })
        || expr.operands().into_iter().any(has_outer)
        || matches!(expr, Expr::Subquery(subquery) if subquery.correlated)
}

/// Whether two calls are the same aggregate of the same rows: then it is computed once.
fn same_call(a: &query::Call, b: &query::Call) -> bool {
    let same_key = |a: &SortKey, b: &SortKey| {
        a.expr.same_as(&b.expr) && a.direction == b.direction && a.nulls == b.nulls
    };
    let same_filter = match (&a.filter, &b.filter) {
        (None, None) => true,
        (Some(a), Some(b)) => a.same_as(b),
        _ => false,
    };
    a.aggregate == b.aggregate
        && a.distinct == b.distinct
        && same_filter
        && a.direct.len() == b.direct.len()
        && a.direct.iter().zip(&b.direct).all(|(a, b)| a.same_as(b))
        && a.args.len() == b.args.len()
        && a.args.iter().zip(&b.args).all(|(a, b)| a.same_as(b))
        && a.order_by.len() == b.order_by.len()
        && a.order_by.iter().zip(&b.order_by).all(|(a, b)| same_key(a, b))
}
