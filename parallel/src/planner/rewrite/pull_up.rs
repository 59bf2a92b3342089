//! PullUpSubquery: a simple sub-query in FROM becomes part of the block above.

use spec::expr::Expr;
use spec::query::{Node, Rel};

use crate::planner::block::{is_block, may_move};

/// Whether a sub-query may be merged: FROM, WHERE and a SELECT list that can be computed anywhere.
///
/// On the padded side of an outer join a computed column must be NULL in padded rows, so only plain columns merge.
pub(in crate::planner) fn merges(rel: &Rel, padded: bool) -> bool {
    match &rel.node {
        Node::Project { input, exprs } => {
            let plain = |expr: &Expr| matches!(expr, Expr::Column { .. });
            is_block(input)
                && exprs.iter().all(|expr| may_move(expr) && (!padded || plain(expr)))
                && !(padded && is_unit(input))
        }
        _ => is_block(rel),
    }
}

fn is_unit(rel: &Rel) -> bool {
    match &rel.node {
        Node::Unit => true,
        Node::Filter { input, .. } => is_unit(input),
        _ => false,
    }
}
