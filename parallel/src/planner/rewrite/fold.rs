//! FoldConstants: what does not depend on any row is computed once, while planning.

use spec::error::SqlError;
use spec::expr::{self, Expr};

/// The folded expression, and whether anything changed.
///
/// # Errors
/// Those of calls over constants: PostgreSQL raises them while planning, even where no row is ever met.
pub(in crate::planner) fn fold(expr: Expr) -> Result<(Expr, bool), SqlError> {
    let folded = expr::fold::fold(expr.clone())?;
    let changed = folded != expr;
    Ok((folded, changed))
}
