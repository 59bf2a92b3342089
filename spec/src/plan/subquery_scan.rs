//! `Subquery Scan`: the rows of a sub-query in FROM under its alias.

use super::check::{Refusal, Relation};
use super::explain::{Line, Property};

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

/// Its line in EXPLAIN: `Subquery Scan on alias`.
pub(super) fn line(alias: &str) -> Line {
    Line {
        node_type: "Subquery Scan",
        label: format!("Subquery Scan on {}", crate::sql::print::name(alias)),
        target: vec![("Alias", Property::Text(alias.into()))],
        ..Line::default()
    }
}
