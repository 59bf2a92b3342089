//! `Subquery Scan`: the rows of a sub-query in FROM under its alias.

use super::check::{Refusal, Relation};

/// The same rows under another name. [plan.subquery-scan]
///
/// ```text
///         w ⊢ input : r, Complete
/// ─────────────────────────────────────
///        w ⊢ SubqueryScan(input) : r
/// ```
pub(super) fn rule(input: Relation) -> Result<Relation, Refusal> {
    input.needs_complete("a Subquery Scan")?;
    Ok(input)
}
