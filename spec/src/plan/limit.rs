//! `Limit`: at most so many rows after the first so many.

use super::check::{Distribution, Refusal, Relation, World, expressions, refuse};
use super::explain::Line;
use crate::expr::Expr;

/// The first rows, which only makes sense for who sees all of them. [plan.limit]
///
/// Over replicas, every participant must keep the same rows: the order below must be total.
///
/// ```text
///  w ⊢ input : ⟨columns, d, Complete⟩     d = Single, or (d = Replicated and the order is total)
/// ───────────────────────────────────────────────────────────────────────────────────────────────
///                            w ⊢ Limit(input) : ⟨columns, d⟩
/// ```
pub(super) fn rule(
    world: &World,
    input: Relation,
    limit: Option<&Expr>,
    offset: Option<&Expr>,
) -> Result<Relation, Refusal> {
    input.needs_complete("a LIMIT")?;
    let constant = expressions(world, &[], limit.into_iter().chain(offset))?;
    if input.distribution == Distribution::Partial {
        return refuse("plan.limit", "each participant would count its own rows");
    }
    let determined = constant && input.determined && input.totally_ordered();
    Ok(Relation { determined, ..input })
}

/// Its line in EXPLAIN.
pub(super) fn line() -> Line {
    Line { node_type: "Limit", label: "Limit".into(), ..Line::default() }
}
