//! `Hash` and `Parallel Hash`: the building side of a hash join.

use super::check::{Distribution, Participants, Refusal, Relation, World, refuse};
use super::explain::Line;

/// A hash table of the rows. [plan.hash]
///
/// A parallel-aware Hash is one table that all participants fill, each with its share; then everybody sees all of it.
/// The distribution stays that of the rows put in: the join's rule says what may be done with the table.
///
/// ```text
///     w ⊢ input : ⟨columns, d⟩              Many ⊢ input : ⟨columns, Partial⟩
/// ────────────────────────────────    ────────────────────────────────────────────────
///  w ⊢ Hash(input) : ⟨columns, d⟩      Many ⊢ ParallelHash(input) : ⟨columns, Partial⟩
/// ```
pub(super) fn rule(world: &World, input: Relation, parallel: bool) -> Result<Relation, Refusal> {
    input.needs_complete("a Hash")?;
    if parallel && world.participants == Participants::One {
        return refuse("plan.parallel-aware", "there is nobody to share the table with");
    }
    if parallel && input.distribution != Distribution::Partial {
        return refuse(
            "plan.hash.shared",
            "every participant would put all rows into the shared table: each would match several times",
        );
    }
    Ok(input.unordered())
}

/// Its line in EXPLAIN: `Hash`, `Parallel Hash`.
pub(super) fn line(parallel: bool) -> Line {
    Line { node_type: "Hash", label: "Hash".into(), parallel, ..Line::default() }
}
