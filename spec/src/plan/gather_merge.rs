//! `Gather Merge`: runs the plan below in several participants and merges their sorted rows.

use super::check::{Distribution, Refusal, Relation, World, expressions, refuse};
use super::explain::Line;
use crate::query::SortKey;

/// All rows of all participants, in order; states pass, but are not keys. [plan.gather-merge]
///
/// The merge compares the next row of each participant and nothing else, so each participant's rows must come in the
/// order of the keys. [plan.gather-merge.order]
///
/// ```text
///  Many ⊢ input : ⟨columns, Partial, ordered by keys, …⟩
/// ────────────────────────────────────────────────────────────────
///  One ⊢ GatherMerge(input) : ⟨columns, Single, ordered by keys⟩
/// ```
pub(super) fn rule(
    world: &World,
    input: Relation,
    keys: &[SortKey],
    workers_planned: usize,
) -> Result<Relation, Refusal> {
    if keys.is_empty() {
        return refuse("plan.gather-merge.order", "a merge needs an order to merge by");
    }
    if workers_planned == 0 {
        return refuse("plan.gather-merge", "a Gather Merge asks for at least one worker");
    }
    if input.distribution == Distribution::Replicated {
        return refuse(
            "plan.gather.replicated",
            "every participant would send every row: each row would come once per participant",
        );
    }
    let determined = expressions(world, &input.columns, keys.iter().map(|key| &key.expr))?;
    if !input.ordering.starts_with(keys) {
        return refuse(
            "plan.gather-merge.order",
            "a participant whose rows are not in the order of the keys would spoil the order of all",
        );
    }
    let determined = determined && input.determined;
    Ok(Relation {
        distribution: Distribution::Single,
        ordering: keys.to_vec(),
        determined,
        ..input
    })
}

/// Its lines in EXPLAIN: `Gather Merge`, `Workers Planned`, the parameters that it ships; the keys are those of the Sort
/// below.
pub(super) fn line(workers_planned: usize, params: &[usize]) -> Line {
    Line {
        node_type: "Gather Merge",
        label: "Gather Merge".into(),
        properties: super::gather::properties(workers_planned, params),
        ..Line::default()
    }
}
