//! `Sort`: the rows in order of the keys.

use super::check::{Distribution, Refusal, Relation, World, expressions, refuse};
use crate::query::SortKey;

/// Orders the rows of each participant; states may be carried, but not be keys. [plan.sort]
///
/// A bound (top-N) drops rows, which is right only for who sees all of them: of a share, each participant would keep
/// its own first rows, and replicas agree on the first rows only under a total order.
///
/// ```text
///  w ⊢ input : ⟨columns, d⟩     columns ⊢ keys     no bound, or d = Single, or (d = Replicated and the order is total)
/// ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
///                              w ⊢ Sort(input) : ⟨columns, d, ordered by keys⟩
/// ```
pub(super) fn rule(
    world: &World,
    input: Relation,
    keys: &[SortKey],
    bound: Option<u64>,
) -> Result<Relation, Refusal> {
    let determined = expressions(world, &input.columns, keys.iter().map(|key| &key.expr))?;
    if bound.is_some() {
        input.needs_complete("a top-N sort")?;
    }
    if bound.is_some() && input.distribution == Distribution::Partial {
        return refuse(
            "plan.sort.bound",
            "each participant would keep the first rows of its share: their union is not the first rows",
        );
    }
    let sorted = Relation { ordering: keys.to_vec(), ..input };
    let bound_is_determined = bound.is_none() || sorted.totally_ordered();
    Ok(Relation { determined: sorted.determined && determined && bound_is_determined, ..sorted })
}
