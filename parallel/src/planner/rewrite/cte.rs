//! InlineCte: a WITH query becomes a sub-query where it is referred to. [departure.cte.inline]

use spec::error::Failure;
use spec::query::{Cte, Node};

use crate::planner::{safety, unsupported};

/// Whether the WITH query may be written out at each reference.
///
/// All references see the same rows. That holds for copies if the rows are determined; PostgreSQL keeps the rows of a
/// query that is referred to twice (CTE Scan), which we do not have yet.
///
/// # Errors
/// 0A000 if copies could differ.
pub(in crate::planner) fn inline(cte: &Cte) -> Result<(), Failure> {
    let picks_rows = safety::any_rel(&cte.rel, &mut |rel| matches!(rel.node, Node::Limit { .. }));
    let once = cte.references <= 1;
    if safety::rel_is_volatile(&cte.rel) || picks_rows && !once {
        return Err(unsupported("WITH queries whose rows must be kept (CTE Scan)"));
    }
    Ok(())
}
