//! Bitmap paths: which indexes to ask together (`generate_bitmap_or_paths`, `choose_bitmap_and`). [plan.bitmap]

use spec::expr::Expr;
use spec::plan::{Node, Plan};

use super::block::conjuncts;
use super::cost::{self, Cost, clamp_rows};
use super::index::{Matched, TableScan};
use super::index_cost::{bitmap_heap_pages, bitmap_heap_scan};
use super::path::{self, Path};
use super::{Planner, workers};

/// A bitmap that can be made.
#[derive(Clone, Debug)]
struct Bitmap {
    plan: Plan,
    /// What making it costs, as the node above counts it, and what it says that it costs itself.
    cost: f64,
    selectivity: f64,
    /// Whether it comes from one index.
    is_index: bool,
    /// The conditions that it answers, over variables: what an index was asked, arm by arm of an OR.
    answers: Vec<Expr>,
    /// What is true of every row in it, over variables and over the table's columns.
    holds: Vec<(Expr, Expr)>,
}

impl Planner<'_> {
    /// The cheapest bitmap scan of a table, full and partial, added to the paths that it has.
    pub(super) fn bitmap_paths(
        &self,
        on: &TableScan<'_>,
        matched: Vec<Matched<'_>>,
        safe: bool,
        startup_counts: bool,
        (full, partial): (&mut Vec<Path>, &mut Vec<Path>),
    ) {
        let mut bitmaps: Vec<Bitmap> =
            matched.into_iter().map(|one| self.bitmap_of_index(on, one)).collect();
        bitmaps.extend(self.bitmap_ors(on, on.scan.conditions, &[]));
        if bitmaps.is_empty() {
            return;
        }
        let chosen = self.choose_bitmap(on, bitmaps);
        path::add(full, self.heap_path(on, &chosen, 0, safe), startup_counts);
        if safe {
            let pages = bitmap_heap_pages(chosen.selectivity, &on.heap, self.settings);
            let workers = workers::for_scan(on.table, pages, self.in_append, self.settings);
            if workers > 0 {
                path::add(partial, self.heap_path(on, &chosen, workers, safe), false);
            }
        }
    }

    /// The bitmap of one index.
    fn bitmap_of_index(&self, on: &TableScan<'_>, matched: Matched<'_>) -> Bitmap {
        let total = matched.cost.cost.total;
        let selectivity = matched.used.selectivity;
        let conditions = matched.clauses.iter().map(|clause| clause.expr.clone()).collect();
        let (table, index) = (on.table.clone(), matched.index.clone());
        let node = Node::BitmapIndexScan { table, index, conditions };
        let cost = Cost { startup: 0.0, total };
        let rows = clamp_rows(selectivity * on.heap.tuples);
        let answers = matched.clauses.iter().map(|clause| clause.original.clone()).collect();
        let holds = matched.clauses.into_iter().map(|clause| (clause.original, clause.stored));
        Bitmap {
            plan: path::plan(node, vec![], cost, rows, 0.0),
            cost: total + 0.1 * self.settings.cpu_operator_cost * on.scan.rows,
            selectivity,
            is_index: true,
            answers,
            holds: holds.collect(),
        }
    }

    /// A bitmap for each OR of which every arm has an index.
    fn bitmap_ors(&self, on: &TableScan<'_>, conditions: &[Expr], others: &[Expr]) -> Vec<Bitmap> {
        let all: Vec<Expr> = conditions.iter().chain(others).cloned().collect();
        let each = |condition: &Expr| {
            let Expr::Or(arms) = condition else { return None };
            let mut bitmaps = vec![];
            for arm in arms {
                let own: Vec<Expr> = conjuncts(arm).into_iter().cloned().collect();
                let mut found = self.for_arm(on, &own, &all);
                if matches!(arm, Expr::And(_)) {
                    found.extend(self.bitmap_ors(on, &own, &all));
                }
                if found.is_empty() {
                    return None;
                }
                bitmaps.push(self.choose_bitmap(on, found));
            }
            Some(self.bitmap_or(on, bitmaps))
        };
        conditions.iter().filter_map(each).collect()
    }

    /// The indexes that answer something of an arm; they may answer what stands beside the OR, too.
    fn for_arm(&self, on: &TableScan<'_>, own: &[Expr], beside: &[Expr]) -> Vec<Bitmap> {
        let each = |index| {
            let of_arm = on.match_all(index, own);
            if of_arm.is_empty() {
                return None;
            }
            let both: Vec<Expr> = own.iter().chain(beside).cloned().collect();
            Some(self.bitmap_of_index(on, on.matched(index, on.match_all(index, &both), self)))
        };
        on.table.indexes.iter().filter_map(each).collect()
    }

    fn bitmap_or(&self, on: &TableScan<'_>, bitmaps: Vec<Bitmap>) -> Bitmap {
        let unit = self.settings.cpu_operator_cost;
        let (mut total, mut selectivity) = (0.0, 0.0);
        for (number, bitmap) in bitmaps.iter().enumerate() {
            selectivity += bitmap.selectivity;
            total += bitmap.cost;
            total += if number > 0 && !bitmap.is_index { 100.0 * unit } else { 0.0 };
        }
        let side = |pick: fn(&(Expr, Expr)) -> &Expr| {
            let arms = bitmaps.iter().map(|bitmap| {
                let mut held: Vec<Expr> =
                    bitmap.holds.iter().map(|pair| pick(pair).clone()).collect();
                if held.len() == 1 { held.remove(0) } else { Expr::And(held) }
            });
            Expr::Or(arms.collect())
        };
        let holds = vec![(side(|pair| &pair.0), side(|pair| &pair.1))];
        let answers = bitmaps.iter().flat_map(|bitmap| bitmap.answers.clone()).collect();
        let node = |inputs| Node::BitmapOr { inputs };
        joined(on, bitmaps, node, (total, selectivity.min(1.0)), (answers, holds))
    }

    fn bitmap_and(&self, on: &TableScan<'_>, bitmaps: Vec<Bitmap>) -> Bitmap {
        let unit = self.settings.cpu_operator_cost;
        let total: f64 = bitmaps.iter().map(|bitmap| bitmap.cost).sum();
        let total = total + 100.0 * unit * (bitmaps.len() - 1) as f64;
        let selectivity = bitmaps.iter().map(|bitmap| bitmap.selectivity).product();
        let answers = bitmaps.iter().flat_map(|bitmap| bitmap.answers.clone()).collect();
        let mut holds: Vec<(Expr, Expr)> = vec![];
        for pair in bitmaps.iter().flat_map(|bitmap| &bitmap.holds) {
            if !holds.contains(pair) {
                holds.push(pair.clone());
            }
        }
        let node = |inputs| Node::BitmapAnd { inputs };
        joined(on, bitmaps, node, (total, selectivity), (answers, holds))
    }

    /// The cheapest bitmap, or the cheapest group of them whose conditions do not overlap (`choose_bitmap_and`): greedily,
    /// from each one on, the next that makes the whole scan cheaper.
    fn choose_bitmap(&self, on: &TableScan<'_>, bitmaps: Vec<Bitmap>) -> Bitmap {
        let mut distinct: Vec<Bitmap> = vec![];
        for bitmap in bitmaps {
            match distinct.iter_mut().find(|known| same_set(&known.answers, &bitmap.answers)) {
                Some(known) if bitmap.cost < known.cost => *known = bitmap,
                Some(_) => {}
                None => distinct.push(bitmap),
            }
        }
        distinct.sort_by(|a, b| {
            a.cost.total_cmp(&b.cost).then(a.selectivity.total_cmp(&b.selectivity))
        });
        let mut best: Option<(f64, Bitmap)> = None;
        for (number, first) in distinct.iter().enumerate() {
            let mut group = vec![first.clone()];
            let mut spent = self.scan_cost(on, first);
            for next in &distinct[number + 1..] {
                let taken = |answer: &Expr| group.iter().any(|g| g.answers.contains(answer));
                if next.answers.iter().any(taken) {
                    continue;
                }
                group.push(next.clone());
                let together = self.scan_cost(on, &self.bitmap_and(on, group.clone()));
                if together < spent {
                    spent = together;
                } else {
                    group.pop();
                }
            }
            if best.as_ref().is_none_or(|(known, _)| spent < *known) {
                let whole =
                    if group.len() == 1 { group.remove(0) } else { self.bitmap_and(on, group) };
                best = Some((spent, whole));
            }
        }
        best.expect("there is a bitmap").1
    }

    /// What a scan with this bitmap would cost.
    fn scan_cost(&self, on: &TableScan<'_>, bitmap: &Bitmap) -> f64 {
        let work = (on.scan.rows, cost::exprs(on.scan.conditions, self.settings));
        let sized = (bitmap.cost, bitmap.selectivity);
        bitmap_heap_scan(sized, &on.heap, work, 0, self.settings).0.total
    }

    /// A Bitmap Heap Scan; conditions that follow from the bitmap's are only rechecked.
    fn heap_path(&self, on: &TableScan<'_>, bitmap: &Bitmap, workers: usize, safe: bool) -> Path {
        let settings = self.settings;
        let work = (on.scan.rows, cost::exprs(on.scan.conditions, settings));
        let sized = (bitmap.cost, bitmap.selectivity);
        let (cost, rows) = bitmap_heap_scan(sized, &on.heap, work, workers, settings);
        let held = |condition: &&Expr| !bitmap.holds.iter().any(|(h, _)| implies(h, condition));
        let rest: Vec<Expr> = on.scan.conditions.iter().filter(held).cloned().collect();
        let node = |columns| Node::BitmapHeapScan {
            table: on.table.clone(),
            alias: on.alias.to_owned(),
            columns,
            recheck: bitmap.holds.iter().map(|(_, recheck)| recheck.clone()).collect(),
            bitmap: Box::new(bitmap.plan.clone()),
            parallel: workers > 0,
        };
        let path = on.path(node, &rest, cost, (rows, workers), &[]);
        Path { safe: safe && path.safe, ..path }
    }
}

/// Bitmaps under one node.
fn joined(
    on: &TableScan<'_>,
    bitmaps: Vec<Bitmap>,
    node: fn(Vec<Plan>) -> Node,
    (total, selectivity): (f64, f64),
    (answers, holds): (Vec<Expr>, Vec<(Expr, Expr)>),
) -> Bitmap {
    let inputs = bitmaps.into_iter().map(|bitmap| bitmap.plan).collect();
    let cost = Cost { startup: total, total };
    let rows = clamp_rows(selectivity * on.heap.tuples);
    let plan = path::plan(node(inputs), vec![], cost, rows, 0.0);
    Bitmap { plan, cost: total, selectivity, is_index: false, answers, holds }
}

/// Whether one list has the same members as the other.
fn same_set(a: &[Expr], b: &[Expr]) -> bool {
    a.iter().all(|expr| b.contains(expr)) && b.iter().all(|expr| a.contains(expr))
}

/// Whether what holds of a row makes a condition true of it (`predicate_implied_by`, for equal parts only).
fn implies(held: &Expr, condition: &Expr) -> bool {
    if held == condition {
        return true;
    }
    match (held, condition) {
        (Expr::Or(arms), _) => arms.iter().all(|arm| implies(arm, condition)),
        (_, Expr::And(parts)) => parts.iter().all(|part| implies(held, part)),
        (_, Expr::Or(arms)) if arms.iter().any(|arm| implies(held, arm)) => true,
        (Expr::And(parts), _) => parts.iter().any(|part| implies(part, condition)),
        _ => false,
    }
}
