//! `Bitmap Heap Scan` over `Bitmap Index Scan`, `BitmapAnd`, `BitmapOr`: the rows of a table at places that indexes name.
//!
//! ```text
//! Bitmap Index Scan    the places of all rows that satisfy conditions on an index
//! BitmapAnd, BitmapOr  places that are in all, in any of the bitmaps below
//! Bitmap Heap Scan     the rows at these places, page by page in the order of the table
//! ```

use super::check::{Distribution, Participants, Refusal, Relation, World, conditions, refuse};
use super::explain::{ColumnText, Line, Property, relation};
use super::index_scan::{condition, reads, stored, table_columns};
use super::{Node, Plan, PlanColumn};
use crate::catalogue::{Index, Table};
use crate::expr::Expr;

/// A bitmap: places of a table, no rows, so that it stands below a Bitmap Heap Scan only. [plan.bitmap]
///
/// ```text
///  table columns ⊢ conditions     index of table              each input is a bitmap, two at least
/// ───────────────────────────────────────────────       ───────────────────────────────────────────────
///  w ⊢ BitmapIndexScan : bitmap of table, whole          w ⊢ BitmapAnd, BitmapOr : bitmap of table, whole
/// ```
pub(super) fn bitmap(
    world: &World,
    inputs: usize,
    leaf: Option<(&Table, &Index, &[Expr])>,
    declared: &[PlanColumn],
) -> Result<Relation, Refusal> {
    if !declared.is_empty() {
        return refuse("plan.bitmap", "a bitmap has places, no columns");
    }
    let determined = match leaf {
        Some((table, index, conditions)) => reads(world, table, index, &[], conditions, &[])?,
        None if inputs < 2 => {
            return refuse("plan.bitmap", "one bitmap alone needs no joining");
        }
        None => true,
    };
    Ok(Relation { determined, ..world.leaf(vec![], world.whole()) })
}

/// The rows at the places of a bitmap, each once, in the order of the table. [plan.bitmap-heap-scan]
///
/// Parallel-aware, one participant builds the bitmap and all claim its pages. The recheck conditions hold of every row at
/// the places of an exact bitmap; where it is lossy they are asked again, so they follow from what the bitmap asked.
///
/// ```text
///  w ⊢ bitmap : places of table     table columns ⊢ recheck
/// ───────────────────────────────────────────────────────────────────────────────────────────
///  One ⊢ BitmapHeapScan : ⟨columns, Single⟩      Many ⊢ BitmapHeapScan : ⟨columns, Replicated⟩
///  Many ⊢ ParallelBitmapHeapScan : ⟨columns, Partial⟩
/// ```
pub(super) fn rule(
    world: &World,
    table: &Table,
    (columns, declared): (&[usize], &[PlanColumn]),
    recheck: &[Expr],
    (bitmap, below): (&Plan, &Relation),
    parallel: bool,
) -> Result<Relation, Refusal> {
    stored(world, table, columns, declared)?;
    if !speaks_of(bitmap, table) {
        return refuse(
            "plan.bitmap",
            format!("the bitmap has places of another table than {}", table.name),
        );
    }
    let determined = conditions(world, &table_columns(table), recheck)? && below.determined;
    let distribution = match (parallel, world.participants) {
        (true, Participants::One) => {
            return refuse("plan.parallel-aware", "there is nobody to share the scan with");
        }
        (true, Participants::Many) => Distribution::Partial,
        (false, _) => world.whole(),
    };
    Ok(Relation { determined, ..world.leaf(declared.to_vec(), distribution) })
}

/// Whether all places of a bitmap are in this table.
fn speaks_of(bitmap: &Plan, table: &Table) -> bool {
    match &bitmap.node {
        Node::BitmapIndexScan { table: scanned, .. } => scanned.name == table.name,
        Node::BitmapAnd { inputs } | Node::BitmapOr { inputs } => {
            inputs.iter().all(|input| speaks_of(input, table))
        }
        _ => false,
    }
}

/// Its lines in EXPLAIN: `Bitmap Heap Scan on t`, `Recheck Cond: (a < 10)`.
pub(super) fn line(
    table: &str,
    alias: &str,
    recheck: &[Expr],
    (parallel, verbose): (bool, bool),
    texts: &[ColumnText],
) -> Line {
    let schema = if verbose { Some("public") } else { None };
    Line {
        node_type: "Bitmap Heap Scan",
        label: format!("Bitmap Heap Scan on {}", relation(table, alias, schema)),
        parallel,
        target: vec![
            ("Relation Name", Property::Text(table.into())),
            ("Alias", Property::Text(alias.into())),
        ],
        properties: condition("Recheck Cond", recheck, texts),
        ..Line::default()
    }
}

/// Its lines in EXPLAIN: `Bitmap Index Scan on i`, `Index Cond: (a < 10)`.
pub(super) fn index_line(index: &Index, conditions: &[Expr], texts: &[ColumnText]) -> Line {
    Line {
        node_type: "Bitmap Index Scan",
        label: format!("Bitmap Index Scan on {}", crate::sql::print::name(&index.name)),
        target: vec![("Index Name", Property::Text(index.name.clone()))],
        properties: condition("Index Cond", conditions, texts),
        ..Line::default()
    }
}

/// `BitmapAnd`, `BitmapOr`.
pub(super) fn joined_line(name: &'static str) -> Line {
    Line { node_type: name, label: name.into(), ..Line::default() }
}
