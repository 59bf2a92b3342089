//! `Unique`: drops rows that are not distinct from the one before.

use super::check::{Distribution, Refusal, Relation, Stage, refuse};
use super::explain::Line;
use crate::expr::Expr;

/// One row of each set of rows that are not distinct. [plan.unique]
///
/// Equal rows must stand side by side: the input is ordered by all columns. A participant that sees a share cannot
/// know the others' rows: what is distinct within each participant must be made distinct once more.
/// [plan.unique.partial]
///
/// ```text
///  w ⊢ input : ⟨columns, d, ordered by all columns⟩     d ≠ Partial
/// ──────────────────────────────────────────────────────────────────
///                  w ⊢ Unique(input) : ⟨columns, d⟩
///
///  Many ⊢ input : ⟨columns, Partial, ordered by all columns⟩
/// ───────────────────────────────────────────────────────────
///  Many ⊢ Unique(input) : ⟨columns, Partial, Distinct⟩
/// ```
pub(super) fn rule(input: Relation) -> Result<Relation, Refusal> {
    if matches!(input.stage, Stage::Groups { .. } | Stage::Top { .. }) {
        input.needs_complete("a Unique")?;
    }
    let ordered = |index: usize| {
        input
            .ordering
            .iter()
            .any(|key| matches!(key.expr, Expr::Column { index: i, .. } if i == index))
    };
    if !(0..input.columns.len()).all(ordered) {
        return refuse("plan.unique.order", "equal rows need not stand side by side");
    }
    let representative = input.columns.iter().all(|column| !column.ty.equal_may_differ());
    let partial = input.distribution == Distribution::Partial;
    let stage = if partial { Stage::Distinct } else { Stage::Complete };
    Ok(Relation { stage, determined: input.determined && representative, ..input })
}

/// Its line in EXPLAIN.
pub(super) fn line() -> Line {
    Line { node_type: "Unique", label: "Unique".into(), ..Line::default() }
}
