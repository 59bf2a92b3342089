//! `Hash Join` and `Parallel Hash Join`: builds a table of the inner rows, then probes it with the outer rows.

use super::check::{Distribution, Refusal, Relation, World, conditions, expressions, refuse};
use super::explain::{ColumnText, Line, Property, conjunction};
use super::{HashKey, PlanColumn};
use crate::expr::{CallSyntax, Expr};
use crate::query::JoinKind;
use crate::value::Type;

/// What the rule must know of the node.
pub(super) struct Join<'a> {
    /// The kind, relative to the outer side.
    pub(super) kind: JoinKind,
    /// The equalities.
    pub(super) keys: &'a [HashKey],
    /// Further conditions over outer and inner columns.
    pub(super) conditions: &'a [Expr],
    /// The join is parallel-aware.
    pub(super) parallel: bool,
    /// The Hash below is parallel-aware.
    pub(super) shared: bool,
}

/// A hash join. [plan.hash-join]
///
/// Each participant builds a table of its own, and what is decided row by row of a side must be decided with the whole
/// of the other side: a share of one side meets the whole of the other, and the side whose unmatched rows count is the
/// shared one. Or all fill one table with their shares, and then both sides are shares: whoever leaves the table last,
/// one elected participant, has seen every probe's marks and returns the unmatched inner rows (Right, Full).
///
/// ```text
///  w ⊢ outer : d      w ⊢ inner : d      d ∈ {Single, Replicated}
/// ────────────────────────────────────────────────────────────────
///                  w ⊢ HashJoin : d
///
///  Many ⊢ outer : Partial     Many ⊢ inner : Replicated     kind ∈ {Inner, Left, Semi, Anti}
/// ───────────────────────────────────────────────────────────────────────────────────────────
///                  Many ⊢ HashJoin : Partial
///
///  Many ⊢ outer : Replicated     Many ⊢ inner : Partial     kind ∈ {Inner, Right}
/// ────────────────────────────────────────────────────────────────────────────────
///                  Many ⊢ HashJoin : Partial
///
///  Many ⊢ outer : Partial     Many ⊢ inner : Partial, in a shared table, any kind
/// ──────────────────────────────────────────────────────────────────────
///                  Many ⊢ ParallelHashJoin : Partial
/// ```
pub(super) fn rule(
    world: &World,
    outer: Relation,
    inner: Relation,
    join: &Join<'_>,
) -> Result<Relation, Refusal> {
    outer.needs_complete("a join")?;
    inner.needs_complete("a join")?;
    if join.parallel != join.shared {
        return refuse(
            "plan.hash-join.shared",
            "a shared join needs a shared table, and a table of one's own a join of one's own",
        );
    }
    keys(world, &outer, &inner, join.keys)?;
    let distribution = distribution(join, outer.distribution, inner.distribution)?;
    pairs(world, outer, inner, join.kind, join.conditions, distribution).map(Relation::unordered)
}

/// The distribution of the joined rows.
fn distribution(
    join: &Join<'_>,
    outer: Distribution,
    inner: Distribution,
) -> Result<Distribution, Refusal> {
    use Distribution::{Partial, Replicated, Single};
    match (outer, inner) {
        (Partial, Partial) if join.shared => Ok(Partial),
        (Replicated | Single, _) if join.shared => refuse(
            "plan.hash-join.shared",
            "every participant would probe the shared table with all outer rows",
        ),
        (Single, Single) => Ok(Single),
        (Replicated, Replicated) => Ok(Replicated),
        (Partial, Replicated) => {
            unmatched(join.kind)?;
            Ok(Partial)
        }
        (Partial, Partial) => refuse(
            "plan.join.partial-pairs",
            "a row and its partner may be with different participants: some pairs would never meet",
        ),
        (Replicated, Partial) if matches!(join.kind, JoinKind::Inner | JoinKind::Right) => {
            Ok(Partial)
        }
        (Replicated, Partial) => refuse(
            "plan.join.partial-inner",
            "each participant's table would hold a share of the inner rows, so an outer row without a partner here \
             may have one elsewhere, and one with partners in several places would come several times",
        ),
        (Single, _) | (_, Single) => {
            refuse("plan.join.worlds", "the sides of a join are run by the same participants")
        }
    }
}

/// Unmatched rows of the replicated (inner) side would come once per participant. [plan.join.unmatched]
pub(super) fn unmatched(kind: JoinKind) -> Result<(), Refusal> {
    match kind {
        JoinKind::Inner | JoinKind::Left | JoinKind::Semi | JoinKind::Anti => Ok(()),
        JoinKind::Right | JoinKind::Full => refuse(
            "plan.join.unmatched",
            "an unmatched row of the replicated side would come once per participant, and one matched elsewhere \
             would count as unmatched",
        ),
    }
}

/// Hash keys compare outer with inner values of the equality's types. [plan.hash-join.key]
fn keys(
    world: &World,
    outer: &Relation,
    inner: &Relation,
    keys: &[HashKey],
) -> Result<(), Refusal> {
    if keys.is_empty() {
        return refuse("plan.hash-join.key", "a hash join needs at least one equality");
    }
    for key in keys {
        let determined = expressions(world, &outer.columns, [&key.outer])?
            & expressions(world, &inner.columns, [&key.inner])?;
        if !determined {
            return refuse("plan.hash-join.key", "a key must be the same each time it is computed");
        }
        super::expression::allowed(key.equal, world)?;
        if key.equal.result != Type::Bool || key.equal.args != [key.outer.ty(), key.inner.ty()] {
            return refuse(
                "plan.hash-join.key",
                format!(
                    "{} does not compare {} with {}",
                    key.equal.name,
                    key.outer.ty(),
                    key.inner.ty()
                ),
            );
        }
    }
    Ok(())
}

/// The pairs of two sides: columns, and whether they are determined.
pub(super) fn pairs(
    world: &World,
    outer: Relation,
    inner: Relation,
    kind: JoinKind,
    on: &[Expr],
    distribution: Distribution,
) -> Result<Relation, Refusal> {
    let both: Vec<PlanColumn> = outer.columns.iter().chain(&inner.columns).cloned().collect();
    let determined = conditions(world, &both, on)? && outer.determined && inner.determined;
    let columns = match kind {
        JoinKind::Semi | JoinKind::Anti => outer.columns.clone(),
        _ => both,
    };
    Ok(Relation { columns, distribution, determined, ..outer })
}

/// Its lines in EXPLAIN: `Hash Left Join`, `Hash Cond: (a.x = b.y)`, `Join Filter`.
pub(super) fn line(
    kind: JoinKind,
    outer_columns: usize,
    keys: &[HashKey],
    conditions: &[Expr],
    parallel: bool,
    texts: &[ColumnText],
) -> Line {
    let equality = |key: &HashKey| Expr::Call {
        function: key.equal,
        args: vec![key.outer.clone(), key.inner.shift_columns(outer_columns as isize)],
        syntax: CallSyntax::Operator("="),
        position: 0,
    };
    let equalities: Vec<Expr> = keys.iter().map(equality).collect();
    let mut properties = vec![("Hash Cond", Property::Text(conjunction(&equalities, texts)))];
    properties.extend(join_filter(conditions, texts));
    Line {
        node_type: "Hash Join",
        label: match kind {
            JoinKind::Inner => "Hash Join".into(),
            other => format!("Hash {} Join", kind_name(other)),
        },
        parallel,
        target: vec![("Join Type", Property::Text(kind_name(kind).into()))],
        properties,
        ..Line::default()
    }
}

/// PostgreSQL's name of a kind of join.
pub(super) fn kind_name(kind: JoinKind) -> &'static str {
    match kind {
        JoinKind::Inner => "Inner",
        JoinKind::Left => "Left",
        JoinKind::Right => "Right",
        JoinKind::Full => "Full",
        JoinKind::Semi => "Semi",
        JoinKind::Anti => "Anti",
    }
}

/// What a pair must satisfy beside the equalities of a hash join.
pub(super) fn join_filter(
    conditions: &[Expr],
    texts: &[ColumnText],
) -> Option<(&'static str, Property)> {
    (!conditions.is_empty())
        .then(|| ("Join Filter", Property::Text(conjunction(conditions, texts))))
}
