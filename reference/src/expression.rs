//! A field of a row: its value, its mark, or the error of computing it; and which errors an engine may meet.

use std::collections::BTreeSet;
use std::rc::Rc;

use spec::error::{Failure, SqlError, Unsupported};
use spec::expr::eval::{Scope, World, eval};
use spec::expr::{CastMethod, Expr, Function, Subquery, SubqueryTest, operator};
use spec::permitted::Cell;
use spec::query::Rel;
use spec::value::{Row, Value};

use crate::Reference;
use crate::answer::{Field, Mark, Tuple};

/// How well the value of an expression is known, given the marks on the fields that it reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Certainty {
    /// Exactly.
    Exact,
    /// Up to SQL's equality.
    UpToEquality,
    /// Not at all.
    Unknown,
}

impl Reference<'_> {
    /// The field that an expression computes from a row. Errors are noted as permitted.
    ///
    /// # Errors
    /// The query's own; 0A000 if the value is not determined.
    pub(crate) fn field(
        &self,
        expr: &Expr,
        tuple: &Tuple,
        outer: Option<&Scope<'_>>,
    ) -> Result<Field, Failure> {
        if let Expr::Column { index, .. } = expr {
            return Ok(tuple.field(*index));
        }
        let certainty =
            if tuple.marks.is_empty() { Certainty::Exact } else { self.certainty(expr, tuple)? };
        let scope = Scope { row: &tuple.values, outer };
        let value = eval(expr, &scope, self).map_err(|error| self.note(error))?;
        match certainty {
            Certainty::Exact => Ok((value, None)),
            Certainty::UpToEquality if value.is_null() || !expr.ty().equal_may_differ() => {
                Ok((value, None))
            }
            Certainty::UpToEquality => Ok((value.clone(), Some(Mark::Cell(Cell::EqualTo(value))))),
            Certainty::Unknown => {
                Err(Unsupported::new("expressions over a value that is not determined").into())
            }
        }
    }

    /// The same, with an error of the query's own as poison: it counts only if somebody asks for the field.
    pub(crate) fn lazy_field(
        &self,
        expr: &Expr,
        tuple: &Tuple,
        outer: Option<&Scope<'_>>,
    ) -> Result<Field, Failure> {
        match self.field(expr, tuple, outer) {
            Err(Failure::Sql(error)) => Ok((Value::Null, Some(Mark::Poison(error)))),
            other => other,
        }
    }

    /// The value of an expression that decides something: a condition, a key, a limit.
    ///
    /// # Errors
    /// The query's own; 0A000 if the value is known only within a bound.
    pub(crate) fn value(
        &self,
        expr: &Expr,
        tuple: &Tuple,
        outer: Option<&Scope<'_>>,
    ) -> Result<Value, Failure> {
        match self.field(expr, tuple, outer)? {
            (value, None | Some(Mark::Cell(Cell::EqualTo(_)))) => Ok(value),
            (_, Some(Mark::Poison(error))) => Err(error.into()),
            (_, Some(Mark::Cell(_))) => {
                Err(Unsupported::new("inexact values that decide a condition or key").into())
            }
        }
    }

    /// Notes an error as one that an evaluation meets.
    pub(crate) fn note(&self, error: SqlError) -> SqlError {
        self.errors.borrow_mut().insert(error.sqlstate);
        error
    }

    /// Meets the errors of constant parts of expressions: an engine may compute them before it sees a row.
    pub(crate) fn meet_constant_errors(&self, rel: &Rel) {
        rel.visit_exprs(&mut |expr| self.meet_constant_error(expr));
    }

    fn meet_constant_error(&self, expr: &Expr) {
        let operands = expr.operands();
        if matches!(expr, Expr::Subquery(_)) || !self.is_constant(expr) {
            operands.into_iter().for_each(|operand| self.meet_constant_error(operand));
        } else if can_fail(expr) {
            let scope = Scope { row: &[], outer: None };
            let _ = eval(expr, &scope, self).map_err(|error| self.note(error));
            operands.into_iter().for_each(|operand| self.meet_constant_error(operand));
        }
    }

    /// Whether the expression is the same for every row: it reads none, or what it reads stands behind a constant that
    /// decides. [expr.fold]
    fn is_constant(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Column { .. } | Expr::Outer { .. } | Expr::Param { .. } | Expr::Subquery(_) => {
                false
            }
            Expr::Coalesce(args, _) => {
                let null = |arg: &&Expr| self.constant(arg).is_some_and(|value| value.is_null());
                args.iter().find(|arg| !null(arg)).is_none_or(|first| self.is_constant(first))
            }
            Expr::Case { branches, otherwise, .. } => {
                for (condition, result) in branches {
                    match self.constant(condition).map(|value| value.truth()) {
                        None => return false,
                        Some(Some(true)) => return self.is_constant(result),
                        Some(_) => {}
                    }
                }
                self.is_constant(otherwise)
            }
            _ => expr.operands().into_iter().all(|operand| self.is_constant(operand)),
        }
    }

    /// The value of an expression that is the same for every row; `None` if it is not, or raises an error.
    fn constant(&self, expr: &Expr) -> Option<Value> {
        let scope = Scope { row: &[], outer: None };
        self.is_constant(expr).then(|| eval(expr, &scope, self).ok()).flatten()
    }

    /// How well `expr` is known over the marked fields of `tuple`.
    fn certainty(&self, expr: &Expr, tuple: &Tuple) -> Result<Certainty, Failure> {
        if let Expr::Column { index, .. } = expr {
            return match tuple.marks.get(index) {
                None => Ok(Certainty::Exact),
                Some(Mark::Cell(Cell::EqualTo(_))) => Ok(Certainty::UpToEquality),
                Some(Mark::Cell(_)) => Ok(Certainty::Unknown),
                Some(Mark::Poison(error)) => Err(error.clone().into()),
            };
        }
        let mut worst = Certainty::Exact;
        for operand in expr.operands() {
            worst = worst.max(self.certainty(operand, tuple)?);
        }
        if reads_whole_row(expr) && !tuple.marks.is_empty() {
            worst = Certainty::Unknown;
        }
        Ok(match (worst, expr) {
            (Certainty::UpToEquality, Expr::Call { function, .. }) => through(function),
            (Certainty::UpToEquality, Expr::Cast { .. }) => Certainty::Unknown,
            (Certainty::UpToEquality, _) if expr.ty() == spec::Type::Bool => Certainty::Exact,
            _ => worst,
        })
    }
}

/// All of these, or the first failure of them. None is left out: an engine may meet the errors of any row first.
/// [error.order]
pub(crate) fn every<T>(items: impl Iterator<Item = Result<T, Failure>>) -> Result<Vec<T>, Failure> {
    let (mut found, mut failure) = (Vec::new(), None);
    for item in items {
        match item {
            Ok(value) => found.push(value),
            Err(Failure::Sql(error)) => failure = failure.or(Some(error)),
            Err(unable) => return Err(unable),
        }
    }
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(found),
    }
}

/// Whether an expression reads the row in ways that its operands do not show: a correlated sub-query.
fn reads_whole_row(expr: &Expr) -> bool {
    matches!(expr, Expr::Subquery(subquery) if subquery.correlated)
}

/// What a function makes of arguments that are known up to equality: comparisons do not see the difference; sums and
/// products of equal numbers are equal; everything else (text, division scales) may tell them apart.
fn through(function: &'static Function) -> Certainty {
    match operator::of_function(function).map(|operator| operator.symbol) {
        Some("=" | "<>" | "<" | "<=" | ">" | ">=") => Certainty::Exact,
        Some("+" | "-" | "*") => Certainty::UpToEquality,
        _ => Certainty::Unknown,
    }
}

/// Whether evaluation may raise an error: anything but comparisons, tests and logic may.
pub(crate) fn can_fail(expr: &Expr) -> bool {
    let fails_itself = match expr {
        Expr::Call { function, .. } => !is_total(function),
        Expr::Cast { method, .. } => *method != CastMethod::Relabel,
        Expr::Subquery(_) => true,
        _ => false,
    };
    fails_itself || expr.operands().into_iter().any(can_fail)
}

/// Functions known to have a value for all arguments.
fn is_total(function: &'static Function) -> bool {
    let symbol = operator::of_function(function).map(|operator| operator.symbol);
    matches!(symbol, Some("=" | "<>" | "<" | "<=" | ">" | ">="))
}

/// The columns that an expression reads, sub-queries included.
pub(crate) fn columns_read(expr: &Expr) -> BTreeSet<usize> {
    let mut columns = BTreeSet::new();
    expr.visit_columns(&mut |index| {
        columns.insert(index);
    });
    columns
}

impl World for Reference<'_> {
    fn rows(&self, subquery: &Subquery, scope: &Scope<'_>) -> Result<Vec<Row>, SqlError> {
        let place = std::ptr::from_ref(subquery) as usize;
        if !subquery.correlated
            && let Some(rows) = self.subqueries.borrow().get(&place)
        {
            return Ok(rows.to_vec());
        }
        let rows = self.subquery_rows(subquery, scope)?;
        if !subquery.correlated {
            self.subqueries.borrow_mut().insert(place, Rc::new(rows.clone()));
        }
        Ok(rows)
    }

    fn random(&self) -> f64 {
        unreachable!("volatile queries are refused before they are answered")
    }

    /// Another operand may decide first, so the error is permitted, not certain.
    fn evade(&self, error: &SqlError) -> bool {
        self.note(error.clone());
        true
    }
}

impl Reference<'_> {
    /// The rows of a sub-query for the row at hand, as far as its test looks at them.
    fn subquery_rows(&self, subquery: &Subquery, scope: &Scope<'_>) -> Result<Vec<Row>, SqlError> {
        let rows = self.answer(&subquery.rel, Some(scope)).and_then(|answer| {
            if let Some(error) = answer.failure {
                return Err(error.into());
            }
            let tuples = answer.into_tuples()?;
            tuples.into_iter().map(|tuple| exact_row(tuple, &subquery.test)).collect()
        });
        rows.map_err(|failure| match failure {
            Failure::Sql(error) => error,
            Failure::Unsupported(unable) => self.give_up(unable),
        })
    }

    /// Gives up on the whole query from inside an expression, whose evaluation can only raise an SQL error.
    fn give_up(&self, unable: Unsupported) -> SqlError {
        let error = Failure::from(unable.clone()).to_sql_error();
        self.unable.borrow_mut().get_or_insert(unable);
        error
    }
}

/// A row of a sub-query, if it is determined as far as the test looks at it.
fn exact_row(tuple: Tuple, test: &SubqueryTest) -> Result<Row, Failure> {
    if *test == SubqueryTest::Exists {
        return Ok(tuple.values);
    }
    match tuple.marks.into_values().next() {
        None => Ok(tuple.values),
        Some(Mark::Poison(error)) => Err(error.into()),
        Some(Mark::Cell(_)) => Err(Unsupported::new("inexact values of a sub-query").into()),
    }
}
