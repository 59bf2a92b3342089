//! Filter: the rows for which every condition is true. EXPLAIN shows it on the node below.

use super::check::{Refusal, Relation, World, conditions};
use crate::expr::Expr;

/// Keeps rows; each participant decides on its own rows, so the distribution stays. [plan.filter]
///
/// Not over parts of groups: HAVING on a participant's share of a group would drop groups that qualify as a whole.
///
/// ```text
///  w ⊢ input : ⟨columns, d, Complete⟩     columns ⊢ condition : boolean
/// ───────────────────────────────────────────────────────────────────────
///               w ⊢ Filter(input) : ⟨columns, d⟩
/// ```
pub(super) fn rule(world: &World, input: Relation, keep: &[Expr]) -> Result<Relation, Refusal> {
    input.needs_complete("a filter")?;
    let determined = conditions(world, &input.columns, keep)? && input.determined;
    Ok(Relation { determined, ..input })
}
