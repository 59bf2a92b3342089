//! `Result`: one row without columns, the FROM of a query that has none.

use super::check::{Relation, World};
use super::explain::Line;

/// One row. [plan.result]
///
/// ```text
/// ────────────────────────────     ─────────────────────────────────
///  One ⊢ Result : ⟨∅, Single⟩       Many ⊢ Result : ⟨∅, Replicated⟩
/// ```
pub(super) fn rule(world: &World) -> Relation {
    world.leaf(vec![], world.whole())
}

/// Its line in EXPLAIN.
pub(super) fn line() -> Line {
    Line { node_type: "Result", label: "Result".into(), ..Line::default() }
}
