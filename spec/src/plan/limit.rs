//! `Limit`: at most so many rows after the first so many.

use super::check::{Distribution, Refusal, Relation, Stage, World, expressions, refuse};
use super::explain::Line;
use crate::expr::Expr;
use crate::value::Value;

/// The first rows, which only makes sense for who sees all of them. [plan.limit]
///
/// Over replicas, every participant must keep the same rows: the order below must be total. Merged top-N sorts of
/// shares have the first rows in their place as far as their bound goes. [plan.sort.bound]
///
/// ```text
///  w ⊢ input : ⟨columns, d, Complete⟩     d = Single, or (d = Replicated and the order is total)
/// ───────────────────────────────────────────────────────────────────────────────────────────────
///                            w ⊢ Limit(input) : ⟨columns, d⟩
///
///  One ⊢ input : ⟨columns, Single, Top n⟩     offset + limit ≤ n, both written as constants
/// ──────────────────────────────────────────────────────────────────────────────────────────
///                    One ⊢ Limit(input) : ⟨columns, Single, Complete⟩
/// ```
pub(super) fn rule(
    world: &World,
    input: Relation,
    limit: Option<&Expr>,
    offset: Option<&Expr>,
) -> Result<Relation, Refusal> {
    match input.stage {
        Stage::Top { rows } if end(limit, offset).is_some_and(|end| end <= rows) => {}
        _ => input.needs_complete("a LIMIT")?,
    }
    let constant = expressions(world, &[], limit.into_iter().chain(offset))?;
    if input.distribution == Distribution::Partial {
        return refuse("plan.limit", "each participant would count its own rows");
    }
    let determined = constant && input.determined && input.totally_ordered();
    Ok(Relation { determined, stage: Stage::Complete, ..input })
}

/// How many of the first rows are looked at, if that is written in the plan.
fn end(limit: Option<&Expr>, offset: Option<&Expr>) -> Option<u64> {
    let written = |expr: &Expr| match expr {
        Expr::Constant(Value::Int8(rows), _) => u64::try_from(*rows).ok(),
        _ => None,
    };
    written(limit?)?.checked_add(offset.map_or(Some(0), written)?)
}

/// Its line in EXPLAIN.
pub(super) fn line() -> Line {
    Line { node_type: "Limit", label: "Limit".into(), ..Line::default() }
}
