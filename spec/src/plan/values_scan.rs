//! `Values Scan`: rows that are written in the query.

use super::PlanColumn;
use super::check::{Refusal, Relation, World, expressions, refuse};
use super::explain::{Line, Property};
use crate::expr::Expr;

/// Written rows; their expressions see no columns. [plan.values-scan]
///
/// ```text
///     each row has the declared types, over no columns
/// ──────────────────────────────────────────────────────────
///  One ⊢ Values : ⟨columns, Single⟩   (Many: Replicated)
/// ```
pub(super) fn rule(
    world: &World,
    rows: &[Vec<Expr>],
    declared: &[PlanColumn],
) -> Result<Relation, Refusal> {
    let fits = |row: &Vec<Expr>| {
        row.len() == declared.len() && row.iter().zip(declared).all(|(e, c)| e.ty() == c.ty)
    };
    if !rows.iter().all(fits) {
        return refuse("plan.values-scan", "every written row has the declared types");
    }
    let determined = expressions(world, &[], rows.iter().flatten())?;
    Ok(Relation { determined, ..world.leaf(declared.to_vec(), world.whole()) })
}

/// Its line in EXPLAIN: `Values Scan on "*VALUES*"`.
pub(super) fn line(alias: &str) -> Line {
    Line {
        node_type: "Values Scan",
        label: format!("Values Scan on {}", crate::sql::print::name(alias)),
        target: vec![("Alias", Property::Text(alias.into()))],
        ..Line::default()
    }
}
