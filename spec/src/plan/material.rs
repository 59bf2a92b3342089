//! `Materialize`: keeps the rows, to be read again.

use super::check::{Refusal, Relation};
use super::explain::Line;

/// The same rows. [plan.material]
///
/// ```text
///        w ⊢ input : r, Complete
/// ────────────────────────────────────
///         w ⊢ Material(input) : r
/// ```
pub(super) fn rule(input: Relation) -> Result<Relation, Refusal> {
    input.needs_complete("a Materialize")?;
    Ok(input)
}

/// Its line in EXPLAIN.
pub(super) fn line() -> Line {
    Line { node_type: "Materialize", label: "Materialize".into(), ..Line::default() }
}
