//! Rewrites: what changes the form of a question before paths are made for it. Each has a name that tests can expect.
//!
//! ```text
//! PullUpSubquery         a simple sub-query in FROM becomes part of the block above
//! InlineCte              a WITH query becomes a sub-query where it is referred to
//! ExistsToSemiJoin       WHERE EXISTS (…): a semi-join           NotExistsToAntiJoin
//! InToSemiJoin           WHERE x op ANY (…): a semi-join         NotInToAntiJoin    (and x op ALL)
//! ScalarToInitPlan       an uncorrelated sub-query is computed once, before
//! FoldConstants          what does not depend on any row is computed once, while planning
//! FactorOr               what stands in every arm of an OR is asked once, beside it
//! PushHavingDown         conditions on group keys alone are asked before grouping
//! ```

pub(super) mod cte;
pub(super) mod factor;
pub(super) mod fold;
pub(super) mod init_plan;
pub(super) mod pull_up;
pub(super) mod semi_join;

use spec::query::{Node, Rel};

/// A simple sub-query in FROM becomes part of the block above.
pub(super) const PULL_UP_SUBQUERY: &str = "PullUpSubquery";
/// A WITH query becomes a sub-query where it is referred to.
pub(super) const INLINE_CTE: &str = "InlineCte";
/// WHERE EXISTS becomes a semi-join.
pub(super) const EXISTS_TO_SEMI_JOIN: &str = "ExistsToSemiJoin";
/// WHERE NOT EXISTS becomes an anti-join.
pub(super) const NOT_EXISTS_TO_ANTI_JOIN: &str = "NotExistsToAntiJoin";
/// WHERE x IN (…), x op ANY (…) become a semi-join.
pub(super) const IN_TO_SEMI_JOIN: &str = "InToSemiJoin";
/// WHERE x NOT IN (…), x op ALL (…) become an anti-join.
pub(super) const NOT_IN_TO_ANTI_JOIN: &str = "NotInToAntiJoin";
/// An uncorrelated sub-query is computed once, before.
pub(super) const SCALAR_TO_INIT_PLAN: &str = "ScalarToInitPlan";
/// What does not depend on any row is computed once.
pub(super) const FOLD_CONSTANTS: &str = "FoldConstants";
/// What stands in every arm of an OR is asked once, beside it.
pub(super) const FACTOR_OR: &str = "FactorOr";
/// Conditions on group keys alone are asked before grouping.
pub(super) const PUSH_HAVING_DOWN: &str = "PushHavingDown";

/// How many range table entries PostgreSQL would make for a query: above one, EXPLAIN qualifies column names.
pub(super) fn range_table_entries(rel: &Rel) -> usize {
    let own = match &rel.node {
        Node::Scan { .. }
        | Node::Values { .. }
        | Node::Function { .. }
        | Node::Join { .. }
        | Node::Subquery { .. }
        | Node::SetOperation { .. }
        | Node::Cte { .. } => 1,
        _ => 0,
    };
    let mut inside = 0;
    for expr in rel.exprs() {
        expr.visit_subqueries(&mut |rel| inside += range_table_entries(rel));
    }
    let below: usize = rel.inputs().into_iter().map(range_table_entries).sum();
    own + inside + below
}
