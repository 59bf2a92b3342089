//! `Materialize`: keeps the rows, to be read again.

use super::check::{Refusal, Relation, Stage};
use super::explain::Line;

/// The same rows; not states, which travel but are not kept. [plan.material]
///
/// ```text
///  w ⊢ input : r, no groups in parts
/// ───────────────────────────────────
///       w ⊢ Material(input) : r
/// ```
pub(super) fn rule(input: Relation) -> Result<Relation, Refusal> {
    if matches!(input.stage, Stage::Groups { .. }) {
        input.needs_complete("a Materialize")?;
    }
    Ok(input)
}

/// Its line in EXPLAIN.
pub(super) fn line() -> Line {
    Line { node_type: "Materialize", label: "Materialize".into(), ..Line::default() }
}
