//! Index paths: which conditions and which order an index answers (`indxpath.c`). [plan.index-scan]
//!
//! ```text
//! match      a condition on a key column, with a value that does not depend on the row, becomes an index condition
//! order      an index whose keys come in the wanted order gives it, forward or backward
//! only       where key columns are all that is read
//! paths      index scans, full and partial; and what bitmaps can be made of
//! ```

use std::sync::Arc;

use spec::catalogue::{Index, Table};
use spec::expr::{CallSyntax, CastMethod, Expr, operator};
use spec::plan::{Node, fixes, turned};
use spec::query::SortKey;
use spec::value::{Type, Value};

use super::index_cost::{Fetch, Heap, IndexCost, IndexUse, btree, index_scan};
use super::path::{self, Path};
use super::scan::{Scan, local};
use super::{Planner, cost, safety, selectivity};

/// A condition of the scan as an index sees it.
#[derive(Clone, Debug)]
pub(super) struct IndexClause {
    /// The condition as written, over variables.
    pub(super) original: Expr,
    /// The condition over the table's columns, the key on the left.
    pub(super) expr: Expr,
    /// The condition as written, over the table's columns.
    pub(super) stored: Expr,
    /// The place of the key in the index.
    pub(super) key: usize,
}

/// An index with the conditions that it answers, by key.
#[derive(Clone, Debug)]
pub(super) struct Matched<'a> {
    pub(super) index: &'a Index,
    pub(super) clauses: Vec<IndexClause>,
    pub(super) used: IndexUse,
    pub(super) cost: IndexCost,
}

/// A table being scanned.
pub(super) struct TableScan<'a> {
    pub(super) scan: &'a Scan<'a>,
    pub(super) table: &'a Arc<Table>,
    pub(super) alias: &'a str,
    pub(super) heap: Heap,
    /// The first variable of the table.
    pub(super) first: usize,
    /// The order that is wanted, over variables.
    pub(super) order: &'a [SortKey],
}

impl Planner<'_> {
    /// The index paths of a table, full and partial, added to those that it has.
    pub(super) fn index_paths(
        &self,
        on: &TableScan<'_>,
        safe: bool,
        startup_counts: bool,
        (full, partial): (&mut Vec<Path>, &mut Vec<Path>),
    ) {
        let mut for_bitmaps = vec![];
        for index in &on.table.indexes {
            let clauses = on.match_all(index, on.scan.conditions);
            // An array on a later key spoils the order of the index; a scan for the order leaves it out.
            let (later, first): (Vec<_>, Vec<_>) =
                clauses.iter().cloned().partition(|clause| clause.key > 0 && is_array(clause));
            let mut tried = vec![(first, true)];
            if !later.is_empty() {
                tried.push((clauses, false));
            }
            for (clauses, in_order) in tried {
                let matched = on.matched(index, clauses, self);
                let order = if in_order { on.order_of(index) } else { vec![] };
                let makes_order = order.iter().any(|(_, keys)| !keys.is_empty());
                let only = on.reads_only(index) && self.settings.enable_indexonlyscan;
                if matched.clauses.is_empty() && !makes_order && !only {
                    continue;
                }
                for (backward, ordering) in order_choices(&order) {
                    let how = How { backward, only, ordering };
                    for path in self.index_path(on, &matched, &how, safe) {
                        if path.workers > 0 {
                            path::add(partial, path, false);
                        } else {
                            path::add(full, path, startup_counts);
                        }
                    }
                }
                let forward_order =
                    order.iter().any(|(backward, keys)| !backward && !keys.is_empty());
                if !forward_order || matched.used.selectivity < 1.0 {
                    for_bitmaps.push(matched);
                }
            }
        }
        self.bitmap_paths(on, for_bitmaps, safe, startup_counts, (full, partial));
    }

    /// The full path and, where workers may run it and are worth it, the partial one.
    fn index_path(
        &self,
        on: &TableScan<'_>,
        matched: &Matched<'_>,
        how: &How,
        safe: bool,
    ) -> Vec<Path> {
        let settings = self.settings;
        let rest = on.rest(matched.clauses.iter().map(|clause| &clause.original));
        let qual = cost::exprs(&rest, settings);
        let fetch = Fetch { rows: on.scan.rows, qual, only: how.only };
        let mut paths = vec![];
        for partial in [None, Some(&**on.table)] {
            if partial.is_some() && !safe {
                continue;
            }
            let costed = index_scan(&matched.used, &on.heap, fetch, partial, settings);
            let Some((cost, rows, workers)) = costed else { continue };
            let node = |columns| Node::IndexScan {
                table: on.table.clone(),
                alias: on.alias.to_owned(),
                index: matched.index.clone(),
                columns,
                conditions: matched.clauses.iter().map(|clause| clause.expr.clone()).collect(),
                backward: how.backward,
                only: how.only,
                parallel: workers > 0,
            };
            let path = on.path(node, &rest, cost, (rows, workers), &how.ordering);
            paths.push(Path { safe: safe && path.safe, ..path });
        }
        paths
    }
}

/// How an index is read.
struct How {
    backward: bool,
    only: bool,
    /// The order that is made use of, over variables.
    ordering: Vec<SortKey>,
}

/// Forward in any case, backward where that gives the wanted order.
fn order_choices(order: &[(bool, Vec<SortKey>)]) -> Vec<(bool, Vec<SortKey>)> {
    let forward = order.iter().find(|(backward, _)| !backward);
    let backward = order.iter().find(|(backward, keys)| *backward && !keys.is_empty());
    let mut choices = vec![(false, forward.map_or(vec![], |(_, keys)| keys.clone()))];
    choices.extend(backward.cloned());
    choices
}

fn is_array(clause: &IndexClause) -> bool {
    matches!(clause.expr, Expr::AnyOf { .. })
}

impl TableScan<'_> {
    /// The conditions that are not among these, nor follow from them.
    pub(super) fn rest<'e>(&self, answered: impl Iterator<Item = &'e Expr>) -> Vec<Expr> {
        let answered: Vec<&Expr> = answered.collect();
        let conditions = self.scan.conditions.iter();
        conditions.filter(|condition| !answered.contains(condition)).cloned().collect()
    }

    /// A path of this node over the columns that are read, with the conditions that are left above it.
    pub(super) fn path(
        &self,
        node: impl FnOnce(Vec<usize>) -> Node,
        rest: &[Expr],
        cost: cost::Cost,
        (rows, workers): (f64, usize),
        ordering: &[SortKey],
    ) -> Path {
        let scan = self.scan;
        let mut read = scan.needed.to_vec();
        rest.iter().for_each(|condition| condition.visit_columns(&mut |v| read.push(v)));
        // What the rows are ordered by must be there for others to see.
        ordering.iter().for_each(|key| key.expr.visit_columns(&mut |v| read.push(v)));
        read.sort_unstable();
        read.dedup();
        let node = node(read.iter().map(|variable| variable - self.first).collect());
        let columns = read.iter().map(|v| scan.block.columns[*v].clone()).collect();
        let plan = path::plan(node, columns, cost, rows, scan.width(&read));
        let ordering =
            ordering.iter().map(|key| SortKey { expr: local(&key.expr, &read), ..key.clone() });
        let ordering = ordering.collect();
        let path = Path { workers, ordering, variables: read.clone(), ..Path::new(plan) };
        scan.finish_with(path, rest)
    }

    /// The conditions that an index answers, by key.
    pub(super) fn match_all(&self, index: &Index, conditions: &[Expr]) -> Vec<IndexClause> {
        let mut clauses: Vec<IndexClause> =
            conditions.iter().filter_map(|condition| self.match_one(index, condition)).collect();
        clauses.sort_by_key(|clause| clause.key);
        clauses
    }

    fn match_one(&self, index: &Index, condition: &Expr) -> Option<IndexClause> {
        let over_table = condition.map_columns(&|variable| variable.wrapping_sub(self.first));
        let (expr, column) = indexable(&over_table, self.table)?;
        let key = index.keys.iter().position(|key| key.0 == column)?;
        Some(IndexClause { original: condition.clone(), expr, stored: over_table, key })
    }

    /// An index with these conditions, and what reading it costs.
    pub(super) fn matched<'i>(
        &self,
        index: &'i Index,
        clauses: Vec<IndexClause>,
        planner: &Planner<'_>,
    ) -> Matched<'i> {
        let used = self.index_use(index, &clauses, planner);
        Matched { index, clauses, used, cost: btree(&used, &self.heap, planner.settings) }
    }

    fn index_use(&self, index: &Index, clauses: &[IndexClause], planner: &Planner<'_>) -> IndexUse {
        let share = |clauses: &[&IndexClause]| {
            let originals = clauses.iter().map(|clause| &clause.original);
            selectivity::all(originals, &self.scan.block.origins)
        };
        let bound = bound_clauses(clauses);
        let length = |clause: &IndexClause| match &clause.expr {
            Expr::AnyOf { list, .. } => (list.len() as f64).max(1.0),
            _ => 1.0,
        };
        let value = |clause: &IndexClause| match &clause.expr {
            Expr::Call { args, .. } => cost::expr(&args[1], planner.settings),
            _ => 0.0,
        };
        let last = index.keys.len() - 1;
        let equal = |clause: &&IndexClause| clause.key == last && is_equality(&clause.expr);
        let plain = |clause: &&IndexClause| {
            !matches!(clause.expr, Expr::AnyOf { .. } | Expr::IsNull { negated: false, .. })
        };
        let statistics = &self.table.statistics;
        let known =
            if statistics.analyzed { statistics.columns.get(index.keys[0].0) } else { None };
        let correlation = known.map_or(0.0, |column| column.correlation);
        let all: Vec<&IndexClause> = clauses.iter().collect();
        IndexUse {
            index_pages: index.size.pages as f64,
            height: f64::from(index.size.height),
            tuples: self.heap.tuples,
            bound_tuples: share(&bound) * self.heap.tuples,
            one_row: index.unique && bound.iter().any(equal) && bound.iter().all(plain),
            scans: clauses.iter().map(length).product(),
            bound_scans: bound.iter().copied().map(length).product(),
            conditions: clauses.len() as f64,
            values: clauses.iter().map(value).sum(),
            selectivity: share(&all),
            correlation: if last > 0 { 0.75 * correlation } else { correlation },
        }
    }

    /// Whether all columns that are read are keys of the index.
    fn reads_only(&self, index: &Index) -> bool {
        let is_key = |variable: &usize| index.keys.iter().any(|key| key.0 == variable - self.first);
        self.scan.read().iter().all(is_key)
    }

    /// The wanted order as far as the index gives all of it, forward (first) and backward; empty where it does not.
    fn order_of(&self, index: &Index) -> Vec<(bool, Vec<SortKey>)> {
        [false, true].map(|backward| (backward, self.ordered(index, backward))).to_vec()
    }

    fn ordered(&self, index: &Index, backward: bool) -> Vec<SortKey> {
        let fixed = |variable: usize| {
            self.scan.conditions.iter().any(|condition| fixes(condition, variable))
        };
        let mut keys = index.keys.iter().filter(|key| !fixed(key.0 + self.first));
        let gives = |wanted: &&SortKey| {
            let Expr::Column { index: variable, .. } = wanted.expr else { return false };
            keys.next().is_some_and(|(column, direction, nulls)| {
                *column + self.first == variable
                    && turned(*direction, *nulls, backward) == (wanted.direction, wanted.nulls)
            })
        };
        let given = self.order.iter().take_while(gives).count();
        if given == self.order.len() { self.order.to_vec() } else { vec![] }
    }
}

/// The conditions that say where a scan begins and ends: on leading keys, each after keys with an equality.
fn bound_clauses(clauses: &[IndexClause]) -> Vec<&IndexClause> {
    let (mut bound, mut key, mut equal) = (vec![], 0, false);
    for clause in clauses {
        if clause.key != key {
            if !equal || clause.key != key + 1 {
                break;
            }
            (key, equal) = (clause.key, false);
        }
        let is_null = matches!(clause.expr, Expr::IsNull { negated: false, .. });
        equal |= is_equality(&clause.expr) || is_null;
        bound.push(clause);
    }
    bound
}

fn is_equality(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Call { syntax: CallSyntax::Operator("="), .. } | Expr::AnyOf { symbol: "=", .. }
    )
}

/// A condition over a table's columns as an index condition, and the column that it is about.
pub(super) fn indexable(condition: &Expr, table: &Table) -> Option<(Expr, usize)> {
    match condition {
        Expr::Call { syntax: CallSyntax::Operator(symbol), args, .. } if args.len() == 2 => {
            comparison(condition, symbol, &args[0], &args[1])
        }
        Expr::AnyOf { symbol: "=", operand, list, all: false, .. } => {
            let column = key(operand)?;
            let fits = |member: &Expr| is_value(member) && family(member) == family(operand);
            list.iter().all(fits).then(|| (condition.clone(), column))
        }
        Expr::IsNull { operand, .. } => Some((condition.clone(), key(operand)?)),
        Expr::Column { .. } => boolean(condition, true, table),
        Expr::Not(operand) => boolean(operand, false, table),
        Expr::IsTruth { operand, truth: Some(truth), negated: false } => {
            boolean(operand, *truth, table)
        }
        _ => None,
    }
}

/// `column op value`, or `value op column` turned round.
fn comparison(condition: &Expr, symbol: &str, left: &Expr, right: &Expr) -> Option<(Expr, usize)> {
    if !matches!(symbol, "=" | "<" | "<=" | ">" | ">=") || family(left) != family(right) {
        return None;
    }
    if let (Some(column), true) = (key(left), is_value(right)) {
        return Some((condition.clone(), column));
    }
    let (Some(column), true) = (key(right), is_value(left)) else { return None };
    let turned = operator::exact(symbol, Some(left.ty()), right.ty())?.commutator?;
    let operator = operator::exact(turned, Some(right.ty()), left.ty())?;
    let expr = Expr::Call {
        function: operator.function,
        args: vec![right.clone(), left.clone()],
        syntax: CallSyntax::Operator(operator.symbol),
        position: 0,
    };
    Some((expr, column))
}

/// `column = true` or `column = false`.
fn boolean(column: &Expr, truth: bool, table: &Table) -> Option<(Expr, usize)> {
    let number = key(column)?;
    if table.columns.get(number)?.ty != Type::Bool {
        return None;
    }
    let operator = operator::exact("=", Some(Type::Bool), Type::Bool)?;
    let expr = Expr::Call {
        function: operator.function,
        args: vec![column.clone(), Expr::Constant(Value::Bool(truth), Type::Bool)],
        syntax: CallSyntax::Operator(operator.symbol),
        position: 0,
    };
    Some((expr, number))
}

/// The column that an expression is, looking through casts that keep the bytes.
fn key(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Column { index, .. } => Some(*index),
        Expr::Cast { operand, method: CastMethod::Relabel, .. } => key(operand),
        _ => None,
    }
}

/// Whether an expression has one value for the whole scan.
fn is_value(expr: &Expr) -> bool {
    fn depends(expr: &Expr) -> bool {
        matches!(expr, Expr::Column { .. } | Expr::Outer { .. } | Expr::Subquery(_))
            || expr.operands().into_iter().any(depends)
    }
    !depends(expr) && !safety::is_volatile(expr)
}

/// The operator family of a value: types of one family compare with each other in one btree order.
fn family(expr: &Expr) -> Type {
    match expr.ty() {
        Type::Int2 | Type::Int4 => Type::Int8,
        Type::Float4 => Type::Float8,
        Type::Date => Type::Timestamp,
        Type::Varchar | Type::Name | Type::Unknown => Type::Text,
        other => other,
    }
}
