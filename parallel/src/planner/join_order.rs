//! Join order: which leaves of a block meet first.
//!
//! Dynamic programming over sets of leaves (`standard_join_search`): the best paths of every set that can be joined at
//! all, from pairs to the whole. Pairs of sets without a condition between them are tried only where nothing else leads
//! to the whole. Beyond [`MOST_BY_SEARCH`] leaves: greedily, the smallest next result first.

use std::collections::BTreeMap;

use spec::error::Failure;
use spec::expr::Expr;
use spec::plan::{Node, PlanColumn};
use spec::query::{Field, JoinKind};
use spec::value::{Modifier, Value};

use super::block::{Block, Join, Leaves};
use super::cost::Cost;
use super::path::{self, Path, Relation};
use super::scan::local;
use super::statistics;
use super::{Demand, Planner, safety, unsupported};

/// Larger blocks are ordered greedily.
const MOST_BY_SEARCH: usize = 10;

/// The sets of leaves that have been joined.
pub(super) type Joined = BTreeMap<Leaves, Relation>;

impl Planner<'_> {
    /// Plans a block: scans, joins, then the outputs.
    pub(super) fn plan_block(
        &mut self,
        mut block: Block,
        outputs: &[Expr],
        demand: &Demand,
    ) -> Result<Relation, Failure> {
        let gates = block.conditions.extract_if(.., |condition| condition.needs == 0);
        let gates: Vec<Expr> = gates.map(|gate| gate.expr).collect();
        let never =
            |expr: &Expr| matches!(expr, Expr::Constant(Value::Bool(false) | Value::Null, _));
        if block.leaves.is_empty() {
            return Ok(self.one_row(gates, outputs));
        }
        if let Some(gate) = gates.iter().find(|gate| never(gate)) {
            return Ok(self.no_rows(gate.clone(), outputs));
        }
        let mut joined = self.scan_leaves(&mut block, outputs, demand);
        let whole = block.all_leaves();
        if block.leaves.len() > 1 {
            let mut found = false;
            for cartesian in [false, true] {
                found = if block.leaves.len() <= MOST_BY_SEARCH {
                    self.search(&block, outputs, &mut joined, cartesian, demand.fraction)
                } else {
                    self.greedy(&block, outputs, &mut joined, cartesian, demand.fraction)
                };
                if found {
                    break;
                }
            }
            if !found {
                return Err(unsupported(
                    "FULL JOIN without an equality, and orders of outer joins that need one",
                ));
            }
        }
        let relation = joined.remove(&whole).expect("the whole was joined");
        let relation = self.gate(relation, gates);
        Ok(self.finish_block(&block, relation, outputs, demand.fraction))
    }

    fn scan_leaves(&mut self, block: &mut Block, outputs: &[Expr], demand: &Demand) -> Joined {
        let mut joined = Joined::new();
        self.in_append &= block.leaves.len() == 1;
        for number in 0..block.leaves.len() {
            let set = 1 << number;
            let own = block.conditions.iter().filter(|condition| condition.needs == set);
            let conditions = own.map(|condition| condition.expr.clone()).collect();
            let needed = needed(block, set, outputs);
            // Joins make no use of an order yet; alone, the leaf may give it.
            let order = if block.leaves.len() > 1 { vec![] } else { demand.order.clone() };
            let wanted = Demand { order, ..demand.clone() };
            let mut relation = self.scan_leaf(block, number, conditions, &needed, &wanted);
            if block.leaves.len() > 1 {
                relation.full = self.gathered(relation.clone(), demand.fraction);
            }
            joined.insert(set, relation);
        }
        joined
    }

    /// Joins every set of leaves that can be joined; tells whether the whole could.
    fn search(
        &self,
        block: &Block,
        outputs: &[Expr],
        joined: &mut Joined,
        cartesian: bool,
        fraction: f64,
    ) -> bool {
        let whole = block.all_leaves();
        let mut sets: Vec<Leaves> = (1..=whole).filter(|set| set.count_ones() > 1).collect();
        sets.sort_by_key(|set| set.count_ones());
        for set in sets {
            joined.remove(&set);
            let mut relation: Option<Relation> = None;
            // Every way to cut the set in two; the half with the first leaf is written first.
            let lowest = set & set.wrapping_neg();
            let rest = set & !lowest;
            let mut part = rest;
            loop {
                part = part.wrapping_sub(1) & rest;
                let (a, b) = (part | lowest, rest & !part);
                self.meet(block, outputs, joined, (a, b), cartesian, fraction, &mut relation);
                if part == 0 {
                    break;
                }
            }
            if let Some(mut relation) = relation.filter(|relation| !relation.full.is_empty()) {
                if set != whole {
                    relation.full = self.gathered(relation.clone(), fraction);
                }
                joined.insert(set, relation);
            }
        }
        joined.contains_key(&whole)
    }

    /// Joins the two sets with the smallest result, until there is one set left.
    fn greedy(
        &self,
        block: &Block,
        outputs: &[Expr],
        joined: &mut Joined,
        cartesian: bool,
        fraction: f64,
    ) -> bool {
        let whole = block.all_leaves();
        joined.retain(|set, _| set.count_ones() == 1);
        let mut current: Vec<Leaves> = joined.keys().copied().collect();
        while current.len() > 1 {
            let mut best: Option<(Leaves, Leaves, Relation)> = None;
            for (at, a) in current.iter().enumerate() {
                for b in &current[at + 1..] {
                    let mut relation = None;
                    self.meet(block, outputs, joined, (*a, *b), cartesian, fraction, &mut relation);
                    if let Some(relation) = relation
                        && !relation.full.is_empty()
                        && best.as_ref().is_none_or(|(_, _, known)| relation.rows < known.rows)
                    {
                        best = Some((*a, *b, relation));
                    }
                }
            }
            let Some((a, b, mut relation)) = best else { return false };
            if a | b != whole {
                relation.full = self.gathered(relation.clone(), fraction);
            }
            current.retain(|set| *set != a && *set != b);
            current.push(a | b);
            joined.insert(a | b, relation);
        }
        joined.contains_key(&whole)
    }

    /// Adds the paths that join these two sets, if they may meet.
    #[expect(clippy::too_many_arguments, reason = "one step of two searches, with all they share")]
    fn meet(
        &self,
        block: &Block,
        outputs: &[Expr],
        joined: &Joined,
        (a, b): (Leaves, Leaves),
        cartesian: bool,
        fraction: f64,
        relation: &mut Option<Relation>,
    ) {
        let (Some(left), Some(right)) = (joined.get(&a), joined.get(&b)) else { return };
        let Some(legal) = legal(block, a, b) else { return };
        if !cartesian && matches!(legal, Legal::Free) && !connected(block, a, b) {
            return;
        }
        let needed = needed(block, a | b, outputs);
        match legal {
            Legal::Free => {
                let meeting = self.meeting(block, (a, b), (left, right), None, &needed, fraction);
                meeting.paths(relation, left, right);
                let meeting = self.meeting(block, (b, a), (right, left), None, &needed, fraction);
                meeting.paths(relation, right, left);
            }
            Legal::Special { join, swapped } => {
                let (sides, relations) =
                    if swapped { ((b, a), (right, left)) } else { ((a, b), (left, right)) };
                let meeting = self.meeting(block, sides, relations, Some(join), &needed, fraction);
                meeting.paths(relation, relations.0, relations.1);
                if let Some(turned) = meeting.turned() {
                    turned.paths(relation, relations.1, relations.0);
                }
            }
        }
    }

    /// Conditions without columns, asked once before any row is fetched.
    fn gate(&self, relation: Relation, gates: Vec<Expr>) -> Relation {
        if gates.is_empty() {
            return relation;
        }
        let safe = safety::all_safe(&gates);
        let each = |path: Path| {
            let (conditions, cost) = (gates.clone(), path.cost());
            let safe = path.safe && safe;
            Path { safe, ..path.over(|input| Node::Filter { input, conditions }, cost) }
        };
        let partial = if safe { relation.partial.into_iter().map(each).collect() } else { vec![] };
        let full = relation.full.into_iter().map(each).collect();
        Relation { full, partial, ..relation }
    }

    /// The outputs over the joined leaves.
    fn finish_block(
        &self,
        block: &Block,
        relation: Relation,
        outputs: &[Expr],
        fraction: f64,
    ) -> Relation {
        let safe = safety::all_safe(outputs);
        let relation = if safe {
            relation
        } else {
            let full = self.gathered(relation.clone(), fraction);
            Relation { full, partial: vec![], ..relation }
        };
        let origins: Vec<_> =
            outputs.iter().map(|expr| statistics::origin(expr, &block.origins)).collect();
        let each = |path: Path| {
            let exprs: Vec<Expr> =
                outputs.iter().map(|expr| local(expr, &path.variables)).collect();
            let fields: Vec<Field> = exprs.iter().map(|expr| field(expr, &path)).collect();
            let ordering = if block.leaves.len() > 1 { vec![] } else { path.ordering.clone() };
            let path = Path { ordering, ..path };
            let mut path = self.project_path(path, &exprs, &fields, &origins);
            path.variables = vec![];
            path
        };
        let full = relation.full.into_iter().map(each).collect();
        let partial = relation.partial.into_iter().map(each).collect();
        Relation { full, partial, origins, ..relation }
    }

    /// No row: a condition that is never true (`Result`, One-Time Filter: false).
    fn no_rows(&self, gate: Expr, outputs: &[Expr]) -> Relation {
        let nulls: Vec<Expr> =
            outputs.iter().map(|expr| Expr::Constant(Value::Null, expr.ty())).collect();
        let mut relation = self.one_row(vec![gate], &nulls);
        relation.rows = 1.0;
        for path in &mut relation.full {
            path.plan.estimate.total = 0.0;
            path.plan.estimate.rows = 0.0;
            path.plan.estimate.width = 0;
        }
        relation
    }

    /// A query without FROM.
    fn one_row(&self, gates: Vec<Expr>, outputs: &[Expr]) -> Relation {
        let cost = Cost { startup: 0.0, total: self.settings.cpu_tuple_cost };
        let path = Path::new(path::plan(Node::Result, vec![], cost, 1.0, 0.0));
        let safe = self.parallel && safety::all_safe(&gates);
        let path = Path { safe, ..path };
        let relation =
            Relation { full: vec![path], partial: vec![], rows: 1.0, origins: vec![], base: true };
        let relation = self.gate(relation, gates);
        let block = Block::default();
        self.finish_block(&block, relation, outputs, 0.0)
    }
}

/// The field that an output makes: a column keeps its name.
fn field(expr: &Expr, path: &Path) -> Field {
    let known: Option<&PlanColumn> = match expr {
        Expr::Column { index, .. } => path.plan.columns.get(*index),
        _ => None,
    };
    Field {
        name: known.map_or_else(|| "?column?".into(), |column| column.name.clone()),
        qualifier: known.and_then(|column| column.qualifier.clone()),
        ty: expr.ty(),
        modifier: known.map_or(Modifier::None, |column| column.modifier),
    }
}

/// The variables of a set of leaves that are read above it: by the outputs, and by conditions that wait for more leaves.
pub(super) fn needed(block: &Block, set: Leaves, outputs: &[Expr]) -> Vec<usize> {
    let mut needed = vec![];
    let mut note = |expr: &Expr| {
        expr.visit_columns(&mut |variable| {
            if set & 1 << block.leaf_of[variable] != 0 {
                needed.push(variable);
            }
        });
    };
    outputs.iter().for_each(&mut note);
    for condition in &block.conditions {
        if condition.needs & !set != 0 {
            note(&condition.expr);
        }
    }
    for join in &block.joins {
        if (join.left | join.right) & !set != 0 {
            join.conditions.iter().for_each(&mut note);
        }
    }
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// How two sets of leaves may meet.
enum Legal<'a> {
    /// By an inner join.
    Free,
    /// By this join; `swapped`: the second set is its left side.
    Special { join: &'a Join, swapped: bool },
}

/// Whether two sets may meet, and how (`join_is_legal`).
///
/// A join's right side must be whole when it meets the left, and must meet nothing else before.
fn legal(block: &Block, a: Leaves, b: Leaves) -> Option<Legal<'_>> {
    let set = a | b;
    let within = |inner: Leaves, outer: Leaves| inner & !outer == 0;
    let mut found = None;
    for join in &block.joins {
        let full = join.kind == JoinKind::Full;
        let untouched =
            set & join.right == 0 && (!full || set & join.left == 0 || within(set, join.left));
        let inside = within(set, join.right);
        let done = |side: Leaves| within(join.left | join.right, side);
        if untouched || inside || done(a) || done(b) {
            continue;
        }
        let matches = |left: Leaves, right: Leaves| {
            within(join.left, left) && right == join.right && (!full || left == join.left)
        };
        let swapped = match (matches(a, b), matches(b, a)) {
            (true, _) => false,
            (_, true) => true,
            _ => return None,
        };
        if found.replace(Legal::Special { join, swapped }).is_some() {
            return None;
        }
    }
    Some(found.unwrap_or(Legal::Free))
}

/// Whether a condition speaks of both sets.
fn connected(block: &Block, a: Leaves, b: Leaves) -> bool {
    block.conditions.iter().any(|c| c.needs & a != 0 && c.needs & b != 0)
}
