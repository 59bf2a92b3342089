//! `Sort`: the rows in order of the keys.

use super::check::{Distribution, Refusal, Relation, Stage, World, expressions};
use super::explain::{ColumnText, Line, Property, show};
use crate::expr::Expr;
use crate::query::SortKey;
use crate::sql::ast::{Direction, NullsOrder};

/// Orders the rows of each participant; states may be carried, but not be keys. [plan.sort]
///
/// A bound (top-N) drops rows, which is right for who sees all of them; replicas agree on the first rows only under a
/// total order. Of shares, each participant keeps the first rows of its own: among them are the first of all, and a
/// Gather Merge in this order with a Limit within the bound finds them. [plan.sort.bound]
///
/// ```text
///  w ⊢ input : ⟨columns, d⟩     columns ⊢ keys     no bound, or d = Single, or (d = Replicated and the order is total)
/// ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
///                              w ⊢ Sort(input) : ⟨columns, d, ordered by keys⟩
///
///  Many ⊢ input : ⟨columns, Partial, Complete⟩     columns ⊢ keys
/// ───────────────────────────────────────────────────────────────────────────────────
///  Many ⊢ Sort(input, bound n) : ⟨columns, Partial, ordered by keys, Top n⟩
/// ```
pub(super) fn rule(
    world: &World,
    input: Relation,
    keys: &[SortKey],
    bound: Option<u64>,
) -> Result<Relation, Refusal> {
    let determined = expressions(world, &input.columns, keys.iter().map(|key| &key.expr))?;
    if bound.is_some() || matches!(input.stage, Stage::Top { .. }) {
        input.needs_complete("a sort")?;
    }
    let stage = match (bound, input.distribution) {
        (Some(rows), Distribution::Partial) => Stage::Top { rows },
        _ => input.stage,
    };
    let sorted = Relation { ordering: keys.to_vec(), stage, ..input };
    let bound_is_determined = bound.is_none() || sorted.totally_ordered();
    Ok(Relation { determined: sorted.determined && determined && bound_is_determined, ..sorted })
}

/// Its lines in EXPLAIN: `Sort`, `Sort Key: a, b DESC NULLS LAST`.
pub(super) fn line(keys: &[SortKey], texts: &[ColumnText]) -> Line {
    let keys = keys.iter().map(|key| key_text(key, texts)).collect();
    Line {
        node_type: "Sort",
        label: "Sort".into(),
        properties: vec![("Sort Key", Property::List(keys))],
        ..Line::default()
    }
}

/// A key with its direction, as far as it is not the default.
pub(super) fn key_text(key: &SortKey, texts: &[ColumnText]) -> String {
    let text = match &key.expr {
        Expr::Column { index, .. } => texts[*index].text.clone(),
        other => format!("({})", show(other, texts)),
    };
    text + direction_text(key)
}

/// The direction of a key behind its text, as far as it is not the default.
pub(super) fn direction_text(key: &SortKey) -> &'static str {
    match (key.direction, key.nulls) {
        (Direction::Asc, NullsOrder::Last) => "",
        (Direction::Asc, NullsOrder::First) => " NULLS FIRST",
        (Direction::Desc, NullsOrder::First) => " DESC",
        (Direction::Desc, NullsOrder::Last) => " DESC NULLS LAST",
    }
}
