//! The rows for which a condition is true.
//!
//! ```text
//! rows(Filter(c1 AND c2 …, input)) = the rows of input for which every conjunct is true
//! ```
//!
//! Over inner joins (a comma in FROM is one), a conjunct that reads one side only and cannot raise an error is asked of
//! that side, and an equality between the sides looks partners up: the same rows, in reasonable time.

use spec::error::Failure;
use spec::expr::Expr;
use spec::expr::eval::Scope;
use spec::query::{JoinKind, Node, Rel};

use crate::Reference;
use crate::answer::{Answer, Group, Tuple};
use crate::expression::{can_fail, columns_read};

impl Reference<'_> {
    /// The rows for which the condition is true: not false, not NULL. [rel.filter]
    pub(super) fn filter(
        &self,
        input: &Rel,
        condition: &Expr,
        outer: Option<&Scope<'_>>,
    ) -> Result<Answer, Failure> {
        self.rows_where(input, conjuncts(condition), outer)
    }

    /// The rows of `rel` for which every conjunct is true.
    pub(super) fn rows_where(
        &self,
        rel: &Rel,
        conditions: Vec<Expr>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Answer, Failure> {
        match &rel.node {
            Node::Join { kind: JoinKind::Inner, left, right, condition } => {
                let conditions = conditions.into_iter().chain(conjuncts(condition)).collect();
                self.inner_join(left, right, conditions, outer)
            }
            _ if conditions.is_empty() => self.answer(rel, outer),
            _ => self.keep_where(self.answer(rel, outer)?, &conditions, outer),
        }
    }

    /// The rows of an answer for which every conjunct is true; order and ties stay.
    pub(super) fn keep_where(
        &self,
        answer: Answer,
        conditions: &[Expr],
        outer: Option<&Scope<'_>>,
    ) -> Result<Answer, Failure> {
        let mut kept = Answer { groups: vec![], failure: answer.failure };
        for group in answer.groups {
            let tuples = if group.is_whole() {
                group.tuples
            } else {
                Answer { groups: vec![group], failure: None }.into_tuples()?
            };
            let mut rows = Vec::new();
            for tuple in tuples {
                match self.holds(conditions, &tuple, outer) {
                    Ok(true) => rows.push(tuple),
                    Ok(false) => {}
                    Err(Failure::Sql(error)) => kept = kept.failing(Some(error)),
                    Err(unable) => return Err(unable),
                }
            }
            kept.groups.push(Group::all(rows));
        }
        Ok(kept)
    }

    /// Whether every conjunct is true. The order of evaluation is not defined: a conjunct that is false or NULL decides,
    /// even if another one raises an error, which is then permitted, not certain. [error.order]
    pub(super) fn holds(
        &self,
        conditions: &[Expr],
        tuple: &Tuple,
        outer: Option<&Scope<'_>>,
    ) -> Result<bool, Failure> {
        let (mut holds, mut failure) = (true, None);
        for condition in conditions {
            if !holds && !can_fail(condition) {
                continue;
            }
            match self.value(condition, tuple, outer) {
                Ok(value) => holds &= value.truth() == Some(true),
                Err(Failure::Sql(error)) => failure = Some(error),
                Err(unable) => return Err(unable),
            }
        }
        match failure {
            Some(error) if holds => Err(error.into()),
            _ => Ok(holds),
        }
    }

    /// Meets the errors that a condition raises on rows of one side of a join which no partner would have kept: an engine
    /// may ask it before it joins. The errors are noted as permitted; the answer does not change.
    pub(super) fn meet_errors_before_joining(
        &self,
        conditions: &[Expr],
        rows: &[Tuple],
        first_column: usize,
        outer: Option<&Scope<'_>>,
    ) -> Result<(), Failure> {
        let Some(width) = rows.first().map(|tuple| tuple.values.len()) else { return Ok(()) };
        let side = first_column..first_column + width;
        for condition in conditions.iter().filter(|condition| can_fail(condition)) {
            let reads = columns_read(condition);
            if reads.is_empty() || !reads.iter().all(|column| side.contains(column)) {
                continue;
            }
            let condition = condition.shift_columns(-(first_column as isize));
            for tuple in rows {
                let met = self.value(&condition, tuple, outer);
                if let Err(unable @ Failure::Unsupported(_)) = met {
                    return Err(unable);
                }
            }
        }
        Ok(())
    }
}

/// The operands of nested ANDs; none for TRUE.
pub(super) fn conjuncts(condition: &Expr) -> Vec<Expr> {
    match condition {
        Expr::And(operands) => operands.iter().flat_map(conjuncts).collect(),
        Expr::Constant(spec::Value::Bool(true), _) => vec![],
        other => vec![other.clone()],
    }
}
