//! `Seq Scan` and `Parallel Seq Scan`: the rows of a table.

use super::PlanColumn;
use super::check::{Distribution, Participants, Refusal, Relation, World, refuse};
use super::explain::{Line, Property, relation};
use crate::catalogue::Table;

/// The rows of a table. [plan.seq-scan]
///
/// A parallel-aware scan deals the blocks out among the participants; a plain one reads all of them, in every
/// participant. A temporary table lives in the leader's memory, so that no worker can read it.
///
/// ```text
/// ──────────────────────────────────    ──────────────────────────────────────    ──────────────────────────────────────────────
///  One ⊢ SeqScan : ⟨columns, Single⟩     Many ⊢ SeqScan : ⟨columns, Replicated⟩    Many ⊢ ParallelSeqScan : ⟨columns, Partial⟩
/// ```
pub(super) fn rule(
    world: &World,
    table: &Table,
    columns: &[usize],
    parallel: bool,
    declared: &[PlanColumn],
) -> Result<Relation, Refusal> {
    if table.temporary && world.below_gather {
        return refuse(
            "safety.temporary-table",
            format!("a worker cannot read the temporary table {}", table.name),
        );
    }
    let stands = |(&number, column): (&usize, &PlanColumn)| {
        table.columns.get(number).is_some_and(|stored| stored.ty == column.ty)
    };
    if columns.len() != declared.len() || !columns.iter().zip(declared).all(stands) {
        return refuse("plan.seq-scan", format!("{} has no such columns", table.name));
    }
    let distribution = match (parallel, world.participants) {
        (true, Participants::One) => {
            return refuse("plan.parallel-aware", "there is nobody to share the scan with");
        }
        (true, Participants::Many) => Distribution::Partial,
        (false, _) => world.whole(),
    };
    Ok(world.leaf(declared.to_vec(), distribution))
}

/// Its line in EXPLAIN: `Seq Scan on t`, `Parallel Seq Scan on t alias`.
pub(super) fn line(table: &str, alias: &str, parallel: bool, verbose: bool) -> Line {
    let schema = if verbose { Some("public") } else { None };
    Line {
        node_type: "Seq Scan",
        label: format!("Seq Scan on {}", relation(table, alias, schema)),
        parallel,
        target: vec![
            ("Relation Name", Property::Text(table.into())),
            ("Alias", Property::Text(alias.into())),
        ],
        ..Line::default()
    }
}
