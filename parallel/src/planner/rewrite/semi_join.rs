//! Sub-queries in WHERE become joins: EXISTS and ANY semi-joins, NOT EXISTS, NOT ANY and ALL anti-joins.
//!
//! ```text
//! EXISTS (R)            a partner in R
//! NOT EXISTS (R)        no partner in R
//! x op ANY (R)          a partner r with  x op r
//! NOT (x op ANY (R))    no partner r with (x op r) IS NOT FALSE
//! x op ALL (R)          no partner r with (x op r) IS NOT TRUE
//! ```
//!
//! Only as a conjunct of WHERE, where unknown and false are one. The last two keep NOT IN's three-valued meaning: a NULL
//! on either side leaves no row, unless R is empty.

use spec::error::Failure;
use spec::expr::{CallSyntax, Expr, Subquery, SubqueryComparison, SubqueryTest};
use spec::query::{JoinKind, Node, Rel};
use spec::value::Value;

use crate::planner::Planner;
use crate::planner::block::{Block, Part, conjuncts, is_block};

impl Planner<'_> {
    /// Makes a join of a conjunct that is a sub-query, if it can be one; tells whether it did.
    ///
    /// # Errors
    /// 0A000 for what is inside the sub-query.
    pub(in crate::planner) fn sub_query_join(
        &mut self,
        block: &mut Block,
        conjunct: &Expr,
        part: &Part,
        joins_from: usize,
    ) -> Result<bool, Failure> {
        let (subquery, negated) = match conjunct {
            Expr::Subquery(subquery) => (subquery, false),
            Expr::Not(operand) => match &**operand {
                Expr::Subquery(subquery) => (subquery, true),
                _ => return Ok(false),
            },
            _ => return Ok(false),
        };
        if part.leaves == 0 {
            return Ok(false);
        }
        let (kind, name) = match (&subquery.test, negated) {
            (SubqueryTest::Scalar, _) => return Ok(false),
            // Without a reference to the row at hand it is the same for all rows: an InitPlan.
            (SubqueryTest::Exists, _) if !subquery.rel.is_correlated() => return Ok(false),
            (SubqueryTest::Exists, false) => (JoinKind::Semi, super::EXISTS_TO_SEMI_JOIN),
            (SubqueryTest::Exists, true) => (JoinKind::Anti, super::NOT_EXISTS_TO_ANTI_JOIN),
            (SubqueryTest::Any(_), false) => (JoinKind::Semi, super::IN_TO_SEMI_JOIN),
            (SubqueryTest::Any(_), true) => (JoinKind::Anti, super::NOT_IN_TO_ANTI_JOIN),
            (SubqueryTest::All(tests), false) if tests.len() == 1 => {
                (JoinKind::Anti, super::NOT_IN_TO_ANTI_JOIN)
            }
            (SubqueryTest::All(_), _) => return Ok(false),
        };
        self.join_sub_query(block, subquery, kind, part, joins_from)?;
        self.rewrites.push(name);
        Ok(true)
    }

    fn join_sub_query(
        &mut self,
        block: &mut Block,
        subquery: &Subquery,
        kind: JoinKind,
        part: &Part,
        joins_from: usize,
    ) -> Result<(), Failure> {
        let tests = match &subquery.test {
            SubqueryTest::Any(tests) | SubqueryTest::All(tests) => &tests[..],
            _ => &[],
        };
        let exists = tests.is_empty();
        let rel = if exists { existence(&subquery.rel) } else { &subquery.rel };
        let operands: Vec<Expr> = tests
            .iter()
            .map(|test| self.resolve(&test.operand, &part.outputs))
            .collect::<Result<_, _>>()?;
        let first_condition = block.conditions.len();
        let right_joins_from = block.joins.len();
        self.scopes.push(part.outputs.clone());
        let right = self.merge(block, rel);
        self.scopes.pop();
        let right = right?;
        let mut on = lift(block, first_condition, right.leaves);
        let all = matches!(subquery.test, SubqueryTest::All(_));
        let comparisons = tests.iter().zip(operands).zip(&right.outputs);
        let comparisons: Vec<Expr> = comparisons
            .map(|((test, operand), column)| comparison(test, operand, column.clone(), subquery))
            .collect();
        match (kind, comparisons.len()) {
            (_, 0) => {}
            (JoinKind::Semi, _) => on.extend(comparisons),
            (_, count) => {
                let holds = if count == 1 {
                    comparisons.into_iter().next().expect("there is one")
                } else {
                    Expr::And(comparisons)
                };
                on.push(no_witness_against(holds, all));
            }
        }
        self.add_join(block, kind, part.leaves, right.leaves, on, (joins_from, right_joins_from))
    }

    /// Takes the sub-query's rows into the block, merged if it is simple, else planned on their own.
    fn merge(&mut self, block: &mut Block, rel: &Rel) -> Result<Part, Failure> {
        if super::pull_up::merges(rel, false) {
            let part = self.flatten(block, rel, false)?;
            if part.leaves != 0 {
                return Ok(part);
            }
            return Err(crate::planner::unsupported("sub-queries without FROM as joins"));
        }
        self.flatten(block, rel, false)
    }
}

/// What decides whether there is a row: not what is selected, nor in which order, nor how often.
fn existence(rel: &Rel) -> &Rel {
    match &rel.node {
        Node::Project { input, .. } | Node::Distinct { input } | Node::Sort { input, .. } => {
            if is_block(input)
                || matches!(
                    input.node,
                    Node::Project { .. }
                        | Node::Distinct { .. }
                        | Node::Sort { .. }
                        | Node::Limit { .. }
                )
            {
                existence(input)
            } else {
                rel
            }
        }
        Node::Limit { input, limit: Some(Expr::Constant(Value::Int8(n), _)), offset: None }
            if *n > 0 =>
        {
            existence(input)
        }
        Node::Aggregate { input, keys, calls } if calls.is_empty() && !keys.is_empty() => {
            existence(input)
        }
        _ => rel,
    }
}

/// Takes back the conditions that the sub-query added and that read leaves outside of it: they are the join's.
fn lift(block: &mut Block, first: usize, inside: u64) -> Vec<Expr> {
    let own = block.conditions.split_off(first);
    let (inner, outer): (Vec<_>, Vec<_>) =
        own.into_iter().partition(|condition| condition.needs & !inside == 0);
    block.conditions.extend(inner);
    outer.into_iter().flat_map(|condition| split(condition.expr)).collect()
}

fn split(expr: Expr) -> Vec<Expr> {
    conjuncts(&expr).into_iter().cloned().collect()
}

/// `operand op column` as a call.
fn comparison(test: &SubqueryComparison, operand: Expr, column: Expr, subquery: &Subquery) -> Expr {
    Expr::Call {
        function: test.function,
        args: vec![operand, column],
        syntax: CallSyntax::Operator(test.symbol),
        position: subquery.position,
    }
}

/// The condition of an anti-join: what of a right row speaks against the left one.
fn no_witness_against(holds: Expr, all: bool) -> Expr {
    Expr::IsTruth { operand: Box::new(holds), truth: Some(all), negated: true }
}
