//! `Index Scan` and `Index Only Scan`, forward and backward: the rows of a table in the order of a btree index.

use super::PlanColumn;
use super::check::{Distribution, Participants, Refusal, Relation, World, conditions, refuse};
use super::explain::{ColumnText, Line, Property, conjunction, relation};
use crate::catalogue::{Index, Table};
use crate::expr::{CallSyntax, Expr};
use crate::query::SortKey;
use crate::sql::ast::{Direction, NullsOrder};

/// A scan through an index, as its rule and its line see it.
pub(super) struct Scan<'a> {
    pub(super) table: &'a Table,
    pub(super) index: &'a Index,
    pub(super) columns: &'a [usize],
    /// Over the table's columns.
    pub(super) conditions: &'a [Expr],
    pub(super) backward: bool,
    pub(super) only: bool,
    pub(super) parallel: bool,
}

/// The rows of a table that satisfy the index conditions, in the order of the index. [plan.index-scan]
///
/// Parallel-aware, the participants claim leaf pages in turn, in the order of the index: each one's rows are in that order,
/// so that a Gather Merge finds the order of all. [plan.index-scan.order] A key column that a condition fixes to one value
/// takes no part in the order. An Index Only Scan returns key columns only.
///
/// ```text
///  table columns ⊢ conditions     index of table     not below a Gather, or table is not temporary
/// ─────────────────────────────────────────────────────────────────────────────────────────────────
///  One ⊢ IndexScan : ⟨columns, Single, ordered by the keys⟩
///  Many ⊢ IndexScan : ⟨columns, Replicated, ordered by the keys⟩
///  Many ⊢ ParallelIndexScan : ⟨columns, Partial, ordered by the keys⟩
/// ```
pub(super) fn rule(
    world: &World,
    scan: &Scan<'_>,
    declared: &[PlanColumn],
) -> Result<Relation, Refusal> {
    let determined = reads(world, scan.table, scan.index, scan.columns, scan.conditions, declared)?;
    let is_key = |column: &usize| scan.index.keys.iter().any(|key| key.0 == *column);
    if scan.only && !scan.columns.iter().all(is_key) {
        return refuse(
            "plan.index-scan",
            format!("the index {} does not have every column that is returned", scan.index.name),
        );
    }
    let distribution = match (scan.parallel, world.participants) {
        (true, Participants::One) => {
            return refuse("plan.parallel-aware", "there is nobody to share the scan with");
        }
        (true, Participants::Many) => Distribution::Partial,
        (false, _) => world.whole(),
    };
    let ordering = ordering(scan);
    Ok(Relation { ordering, determined, ..world.leaf(declared.to_vec(), distribution) })
}

/// What every scan through an index owes: a table that may be read here, an index of it, columns, conditions over columns.
/// Tells whether the conditions are determined.
pub(super) fn reads(
    world: &World,
    table: &Table,
    index: &Index,
    columns: &[usize],
    index_conditions: &[Expr],
    declared: &[PlanColumn],
) -> Result<bool, Refusal> {
    if !table.indexes.iter().any(|known| known.name == index.name && known.keys == index.keys) {
        return refuse(
            "plan.index-scan",
            format!("{} has no such index as {}", table.name, index.name),
        );
    }
    stored(world, table, columns, declared)?;
    conditions(world, &table_columns(table), index_conditions)
}

/// A table that may be read here, with these columns.
pub(super) fn stored(
    world: &World,
    table: &Table,
    columns: &[usize],
    declared: &[PlanColumn],
) -> Result<(), Refusal> {
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
        return refuse("plan.index-scan", format!("{} has no such columns", table.name));
    }
    Ok(())
}

/// All columns of a table, as expressions of its scans see them.
pub(super) fn table_columns(table: &Table) -> Vec<PlanColumn> {
    let columns = table.columns.iter();
    columns.map(|column| PlanColumn::value(&*column.name, column.ty)).collect()
}

/// The order of the rows, over the columns that are returned: the keys as far as they are returned or fixed.
fn ordering(scan: &Scan<'_>) -> Vec<SortKey> {
    let mut keys = vec![];
    for (column, direction, nulls) in &scan.index.keys {
        if scan.conditions.iter().any(|condition| fixes(condition, *column)) {
            continue;
        }
        let Some(index) = scan.columns.iter().position(|read| read == column) else { break };
        let expr = Expr::Column { index, ty: scan.table.columns[*column].ty };
        let (direction, nulls) = turned(*direction, *nulls, scan.backward);
        keys.push(SortKey { expr, direction, nulls });
    }
    keys
}

/// The direction of a key as a scan meets it.
pub fn turned(direction: Direction, nulls: NullsOrder, backward: bool) -> (Direction, NullsOrder) {
    if !backward {
        return (direction, nulls);
    }
    let direction = match direction {
        Direction::Asc => Direction::Desc,
        Direction::Desc => Direction::Asc,
    };
    let nulls = match nulls {
        NullsOrder::First => NullsOrder::Last,
        NullsOrder::Last => NullsOrder::First,
    };
    (direction, nulls)
}

/// Whether a condition leaves one value of this column only: `column = expression without columns`.
pub fn fixes(condition: &Expr, column: usize) -> bool {
    let Expr::Call { syntax: CallSyntax::Operator("="), args, .. } = condition else {
        return false;
    };
    let [left, right] = &args[..] else { return false };
    let is_column = |expr: &Expr| matches!(expr, Expr::Column { index, .. } if *index == column);
    let mut constant = true;
    right.visit_columns(&mut |_| constant = false);
    is_column(left) && constant
}

/// Its lines in EXPLAIN: `Index Scan using i on t`, `Index Only Scan Backward using i on t`, `Index Cond: (a = 1)`.
pub(super) fn line(scan: &Scan<'_>, alias: &str, verbose: bool, texts: &[ColumnText]) -> Line {
    let schema = if verbose { Some("public") } else { None };
    let node_type = if scan.only { "Index Only Scan" } else { "Index Scan" };
    let backward = if scan.backward { " Backward" } else { "" };
    let (name, table) = (&scan.index.name, relation(&scan.table.name, alias, schema));
    let quoted = crate::sql::print::name(name);
    let direction = if scan.backward { "Backward" } else { "Forward" };
    Line {
        node_type,
        label: format!("{node_type}{backward} using {quoted} on {table}"),
        parallel: scan.parallel,
        target: vec![
            ("Scan Direction", Property::Text(direction.into())),
            ("Index Name", Property::Text(name.clone())),
            ("Relation Name", Property::Text(scan.table.name.clone())),
            ("Alias", Property::Text(alias.into())),
        ],
        properties: condition("Index Cond", scan.conditions, texts),
        ..Line::default()
    }
}

/// Conditions under this key; nothing if there are none.
pub(super) fn condition(
    key: &'static str,
    conditions: &[Expr],
    texts: &[ColumnText],
) -> Vec<(&'static str, Property)> {
    match conditions {
        [] => vec![],
        some => vec![(key, Property::Text(conjunction(some, texts)))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backward_scan_turns_directions_and_nulls() {
        let turned = turned(Direction::Asc, NullsOrder::Last, true);
        assert_eq!(turned, (Direction::Desc, NullsOrder::First));
    }
}
