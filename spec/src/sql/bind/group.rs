//! Grouping: GROUP BY, and what the SELECT list and HAVING mean over groups.
//!
//! Below the Aggregate node an expression sees the rows of FROM; above it sees the keys and the aggregates. A part of an
//! expression that is one of the keys becomes that key; an aggregate call becomes its column; any other column is not
//! determined by the group and is refused (42803). [rel.group]

use std::collections::HashMap;
use std::ops::Range;

use super::order::Named;
use super::scope::Clause;
use super::select::{Parts, Target};
use super::{Bind, Binder, coerce, error, fail};
use crate::error::{Failure, sqlstate};
use crate::expr::Expr;
use crate::query::{Call, Field, Node, Rel};
use crate::sql::ast;
use crate::value::Modifier;

impl Binder<'_> {
    /// The keys of GROUP BY: input columns, output names, ordinals or expressions, each once.
    pub(super) fn group_by(
        &mut self,
        items: &[ast::Expr],
        targets: &mut [Target],
        visible: usize,
    ) -> Bind<Vec<Expr>> {
        let mut keys: Vec<Expr> = vec![];
        for item in items {
            let key = match self.named_target(item, targets, visible, "GROUP BY")? {
                Named::Target(index) => {
                    let target = &mut targets[index];
                    target.bound = coerce::resolve_unknown(target.bound.clone())?;
                    let key = target.bound.expr.clone();
                    self.refuse_aggregate_key(&key)?;
                    key
                }
                Named::Expression => {
                    self.within(Clause::GroupBy, |binder| binder.typed(item))?.expr
                }
            };
            if !keys.iter().any(|other| other.same_as(&key)) {
                keys.push(key);
            }
        }
        Ok(keys)
    }

    fn refuse_aggregate_key(&mut self, key: &Expr) -> Bind<()> {
        if let Expr::Param { id, .. } = key {
            let position = self.level().calls[*id].position;
            let message = "aggregate functions are not allowed in GROUP BY";
            return fail(sqlstate::GROUPING_ERROR, message, position);
        }
        key.operands().into_iter().try_for_each(|operand| self.refuse_aggregate_key(operand))
    }

    /// Puts the Aggregate node over the rows, and targets and HAVING over it.
    pub(super) fn group(&mut self, parts: Parts) -> Bind<Parts> {
        let Parts { rel, mut targets, visible, having, keys } = parts;
        let calls = std::mem::take(&mut self.level().calls);
        let references = std::mem::take(&mut self.level().references);
        let direct_references = std::mem::take(&mut self.level().direct_references);
        let grouping = Grouping {
            calls: &calls,
            direct_references: &direct_references,
            keys: keys.iter().map(Expr::without_positions).collect(),
            fields: &rel.columns,
            references: &references,
        };
        for target in &mut targets {
            grouping.lift(target)?;
        }
        let having = match having {
            None => None,
            Some(mut having) => {
                grouping.lift(&mut having)?;
                Some(having.bound.expr)
            }
        };
        let mut rel = aggregate(rel, keys, calls);
        if let Some(condition) = having {
            rel = rel.filter(condition);
        }
        Ok(Parts { rel, targets, visible, having: None, keys: vec![] })
    }
}

fn aggregate(input: Rel, keys: Vec<Expr>, calls: Vec<Call>) -> Rel {
    let key = |key: &Expr| match key {
        Expr::Column { index, .. } => input.columns[*index].clone(),
        other => Field::computed("?column?", other.ty(), Modifier::None),
    };
    let call =
        |call: &Call| Field::computed(call.aggregate.name, call.aggregate.result, Modifier::None);
    let columns = keys.iter().map(key).chain(calls.iter().map(call)).collect();
    Rel { node: Node::Aggregate { input: Box::new(input), keys, calls }, columns }
}

/// What expressions over groups are made of.
struct Grouping<'a> {
    keys: Vec<Expr>,
    /// The columns below the groups.
    fields: &'a [Field],
    /// The column references of the level, with their positions.
    references: &'a [(usize, usize)],
    calls: &'a [Call],
    /// For each call, which of the references its direct arguments have.
    direct_references: &'a [Range<usize>],
}

/// The references of one target, and how many of each column have been passed.
struct Place<'a> {
    references: &'a [(usize, usize)],
    passed: HashMap<usize, usize>,
}

impl Place<'_> {
    fn pass(&mut self, column: usize) {
        *self.passed.entry(column).or_default() += 1;
    }

    /// Where the next reference to the column stands.
    fn position(&self, column: usize) -> usize {
        let positions: Vec<usize> =
            self.references.iter().filter(|(index, _)| *index == column).map(|r| r.1).collect();
        let passed = self.passed.get(&column).copied().unwrap_or(0);
        positions.get(passed).or(positions.last()).copied().unwrap_or(0)
    }
}

impl Grouping<'_> {
    /// Makes a target over rows one over groups.
    fn lift(&self, target: &mut Target) -> Bind<()> {
        let references = &self.references[target.references.clone()];
        let mut place = Place { references, passed: HashMap::new() };
        self.lift_expr(&mut target.bound.expr, &mut place)
    }

    fn lift_expr(&self, expr: &mut Expr, place: &mut Place<'_>) -> Bind<()> {
        if let Expr::Param { id, ty } = *expr {
            self.check_direct(id)?;
            *expr = Expr::Column { index: self.keys.len() + id, ty };
            return Ok(());
        }
        if let Some(index) = self.key(expr) {
            expr.visit_columns(&mut |column| place.pass(column));
            *expr = Expr::Column { index, ty: expr.ty() };
            return Ok(());
        }
        if let Expr::Column { index, .. } = *expr {
            return Err(self.ungrouped(index, place, false));
        }
        for operand in expr.operands_mut() {
            self.lift_expr(operand, place)?;
        }
        match expr {
            Expr::Subquery(subquery) => self.lift_rows(&mut subquery.rel, place),
            _ => Ok(()),
        }
    }

    /// The direct arguments of a call must be the same in all rows of a group. [agg.ordered-set.direct]
    fn check_direct(&self, id: usize) -> Bind<()> {
        let references = &self.references[self.direct_references[id].clone()];
        let mut place = Place { references, passed: HashMap::new() };
        for direct in &self.calls[id].direct {
            self.lift_expr(&mut direct.clone(), &mut place).map_err(|failure| match failure {
                Failure::Sql(error) => error
                    .detail(
                        "Direct arguments of an ordered-set aggregate must use only grouped columns.",
                    )
                    .into(),
                unsupported => unsupported,
            })?;
        }
        Ok(())
    }

    fn key(&self, expr: &Expr) -> Option<usize> {
        // A constant means the same above and below.
        if matches!(expr, Expr::Constant(..)) || self.keys.is_empty() {
            return None;
        }
        let expr = expr.without_positions();
        self.keys.iter().position(|key| *key == expr)
    }

    /// Inside a sub-query only plain key columns are recognised, as in PostgreSQL.
    fn lift_rows(&self, rel: &mut Rel, place: &mut Place<'_>) -> Bind<()> {
        let is_key = |column: usize, key: &Expr| matches!(key, Expr::Column { index, .. } if *index == column);
        let key = |column: usize| self.keys.iter().position(|key| is_key(column, key));
        let mut missing = None;
        rel.visit_outer(1, &mut |column| {
            if key(column).is_none() {
                missing.get_or_insert(column);
            }
        });
        if let Some(column) = missing {
            return Err(self.ungrouped(column, place, true));
        }
        rel.map_outer(1, &|column| key(column).unwrap_or(column));
        Ok(())
    }

    fn ungrouped(&self, column: usize, place: &Place<'_>, in_subquery: bool) -> Failure {
        let field = &self.fields[column];
        let name = match &field.qualifier {
            Some(qualifier) => format!("{qualifier}.{}", field.name),
            None => field.name.clone(),
        };
        let message = if in_subquery {
            format!("subquery uses ungrouped column \"{name}\" from outer query")
        } else {
            format!(
                "column \"{name}\" must appear in the GROUP BY clause or be used in an aggregate function"
            )
        };
        error(sqlstate::GROUPING_ERROR, message, place.position(column)).into()
    }
}
