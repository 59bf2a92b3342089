//! `Materialize`: keeps the rows, to be read again.

use super::check::{Refusal, Relation};

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
