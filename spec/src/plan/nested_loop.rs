//! `Nested Loop`: every outer row with every inner row.

use super::check::{Distribution, Refusal, Relation, World, refuse};
use super::explain::{ColumnText, Line, Property};
use super::hash_join::{join_filter, kind_name, pairs, unmatched};
use crate::expr::Expr;
use crate::query::JoinKind;

/// A nested loop. [plan.nested-loop]
///
/// Rows come in the order of the outer side. The inner side is read again for each outer row; a share of it holds only
/// some of the partners (and its cursor, being shared, cannot be read again by one participant alone).
///
/// ```text
///  w ⊢ outer : d   w ⊢ inner : d   d ∈ {Single, Replicated}        Many ⊢ outer : Partial   Many ⊢ inner : Replicated
/// ──────────────────────────────────────────────────────────     ─────────────────────────────────────────────────────
///                w ⊢ NestedLoop : d                                          Many ⊢ NestedLoop : Partial
///
///                              kind ∈ {Inner, Left, Semi, Anti}
/// ```
pub(super) fn rule(
    world: &World,
    outer: Relation,
    inner: Relation,
    kind: JoinKind,
    on: &[Expr],
) -> Result<Relation, Refusal> {
    use Distribution::{Partial, Replicated, Single};
    outer.needs_complete("a join")?;
    inner.needs_complete("a join")?;
    unmatched(kind)?;
    let distribution = match (outer.distribution, inner.distribution) {
        (Single, Single) => Single,
        (Replicated, Replicated) => Replicated,
        (Partial, Replicated) => Partial,
        (Partial, Partial) => {
            return refuse(
                "plan.join.partial-pairs",
                "a row and its partner may be with different participants: some pairs would never meet",
            );
        }
        (Replicated, Partial) => {
            return refuse(
                "plan.join.partial-inner",
                "the inner side is read again for each outer row, and a shared cursor is read once",
            );
        }
        (Single, _) | (_, Single) => {
            return refuse(
                "plan.join.worlds",
                "the sides of a join are run by the same participants",
            );
        }
    };
    pairs(world, outer, inner, kind, on, distribution)
}

/// Its lines in EXPLAIN: `Nested Loop`, `Nested Loop Left Join`, `Join Filter`.
pub(super) fn line(kind: JoinKind, conditions: &[Expr], texts: &[ColumnText]) -> Line {
    Line {
        node_type: "Nested Loop",
        label: match kind {
            JoinKind::Inner => "Nested Loop".into(),
            other => format!("Nested Loop {} Join", kind_name(other)),
        },
        target: vec![("Join Type", Property::Text(kind_name(kind).into()))],
        properties: join_filter(conditions, texts).into_iter().collect(),
        ..Line::default()
    }
}
