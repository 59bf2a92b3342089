//! `Sort`: the rows in order of the keys.

use super::check::{Distribution, Refusal, Relation, World, expressions, refuse};
use super::explain::{ColumnText, Line, Property, show};
use crate::expr::Expr;
use crate::query::SortKey;
use crate::sql::ast::{Direction, NullsOrder};

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
    let order = match (key.direction, key.nulls) {
        (Direction::Asc, NullsOrder::Last) => "",
        (Direction::Asc, NullsOrder::First) => " NULLS FIRST",
        (Direction::Desc, NullsOrder::First) => " DESC",
        (Direction::Desc, NullsOrder::Last) => " DESC NULLS LAST",
    };
    format!("{text}{order}")
}
