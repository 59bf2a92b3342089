//! Joins: how two sets of leaves meet. Nested Loop, Nested Loop over Materialize, Hash Join; full and partial. Partial
//! hash joins come in two kinds: each participant builds a table of all inner rows, or all fill one with their shares.

use spec::expr::{Expr, Function, operator};
use spec::plan::{HashKey, Node, PlanColumn};
use spec::query::JoinKind;
use spec::settings::Settings;

use super::block::{Block, Join, Leaves, Source};
use super::cost::{self, Cost, Hashing, Input, JoinWork, clamp_rows};
use super::path::{self, Path, Relation};
use super::scan::{cheapest_first, local, narrow};
use super::statistics::Variable;
use super::{Planner, safety, selectivity, workers};

/// Two sets that meet, with what there is to ask of a pair.
pub(super) struct Meeting<'a> {
    block: &'a Block,
    settings: &'a Settings,
    kind: JoinKind,
    /// Equalities, outer side first.
    keys: Vec<Key>,
    /// All that makes a pair, equalities included, as written.
    on: Vec<Expr>,
    /// What makes a pair beside the equalities.
    others: Vec<Expr>,
    /// What is asked of the joined row (WHERE above an outer join).
    filter: Vec<Expr>,
    needed: &'a [usize],
    rows: f64,
    /// The share of pairs that the equalities leave.
    key_share: f64,
    /// The share of outer rows with a partner, and how many they have.
    matched: f64,
    partners: f64,
    /// An outer row has one partner at most: a unique index says so.
    inner_unique: bool,
    fraction: f64,
    /// Whether shares may meet: workers may run every condition.
    safe: bool,
    determined: bool,
}

/// An equality that a hash table can answer.
struct Key {
    outer: Expr,
    inner: Expr,
    equal: &'static Function,
}

impl<'p> Planner<'p> {
    /// What happens when these two sets meet, the first as the outer side.
    pub(super) fn meeting<'a>(
        &'a self,
        block: &'a Block,
        (outer, inner): (Leaves, Leaves),
        (outer_relation, inner_relation): (&Relation, &Relation),
        join: Option<&Join>,
        needed: &'a [usize],
        fraction: f64,
    ) -> Meeting<'a> {
        let kind = join.map_or(JoinKind::Inner, |join| join.kind);
        let set = outer | inner;
        let due = block.conditions.iter().filter(|condition| {
            let now = condition.needs & !set == 0;
            now && condition.needs & !outer != 0 && condition.needs & !inner != 0
        });
        let due: Vec<Expr> = due.map(|condition| condition.expr.clone()).collect();
        let (on, filter) = match join {
            None => (due, vec![]),
            Some(join) => (join.conditions.clone(), due),
        };
        let (mut keys, mut others, mut key_share) = (vec![], vec![], 1.0);
        for expr in &on {
            match key(block, expr, outer, inner) {
                Some(key) => {
                    key_share *= selectivity::one(expr, &block.origins);
                    keys.push(key);
                }
                None => others.push(expr.clone()),
            }
        }
        let all = on.iter().chain(&filter);
        let safe = self.parallel && safety::all_safe(all.clone());
        let determined = !all.clone().any(safety::is_volatile);
        let (rows, matched, partners) =
            pair_rows(block, kind, &on, &filter, outer_relation.rows, inner_relation.rows, inner);
        let others = cheapest_first(others, self.settings);
        let inner_unique = matches!(kind, JoinKind::Inner | JoinKind::Left | JoinKind::Full)
            && is_unique(block, inner, &keys);
        Meeting {
            block,
            settings: self.settings,
            kind,
            keys,
            on: cheapest_first(on, self.settings),
            others,
            filter: cheapest_first(filter, self.settings),
            needed,
            rows,
            key_share,
            matched,
            partners,
            inner_unique,
            fraction,
            safe,
            determined,
        }
    }
}

/// Whether these equalities leave one inner row at most for an outer one (`innerrel_is_unique`): they cover the keys of a
/// unique index.
fn is_unique(block: &Block, inner: Leaves, keys: &[Key]) -> bool {
    if inner.count_ones() != 1 {
        return false;
    }
    let leaf = &block.leaves[inner.trailing_zeros() as usize];
    let Source::Table { table, .. } = &leaf.source else { return false };
    let covered = |column: usize| {
        keys.iter().any(
            |key| matches!(key.inner, Expr::Column { index, .. } if index == leaf.first + column),
        )
    };
    let mut unique = table.indexes.iter().filter(|index| index.unique);
    unique.any(|index| index.keys.iter().all(|(column, ..)| covered(*column)))
}

/// Rows of the join; the share of outer rows with a partner; partners of such a row (`calc_joinrel_size_estimate`).
fn pair_rows(
    block: &Block,
    kind: JoinKind,
    on: &[Expr],
    filter: &[Expr],
    outer: f64,
    inner: f64,
    inner_leaves: Leaves,
) -> (f64, f64, f64) {
    let share = selectivity::all(on, &block.origins);
    let matched: f64 =
        on.iter().map(|condition| semi_share(block, condition, inner, inner_leaves)).product();
    let matched = matched.clamp(0.0, 1.0);
    let partners = if matched > 0.0 { (share * inner / matched).max(1.0) } else { 1.0 };
    let later = selectivity::all(filter, &block.origins);
    let rows = match kind {
        JoinKind::Left => (outer * inner * share).max(outer) * later,
        JoinKind::Full => (outer * inner * share).max(outer).max(inner) * later,
        JoinKind::Semi => outer * matched * later,
        JoinKind::Anti => outer * (1.0 - matched) * later,
        _ => outer * inner * share * later,
    };
    (clamp_rows(rows), matched, partners)
}

/// The share of outer rows for which some inner row satisfies the condition.
fn semi_share(block: &Block, condition: &Expr, inner_rows: f64, inner: Leaves) -> f64 {
    let Some(("=", left, right)) = selectivity::comparison(condition) else {
        return selectivity::one(condition, &block.origins);
    };
    let (a, b) = if block.needs(right) & inner != 0 { (left, right) } else { (right, left) };
    let variable = |expr| selectivity::variable(expr, &block.origins);
    selectivity::semi_equality(variable(a), variable(b), inner_rows)
}

/// The condition as a key of a hash join, if it is an equality between the two sides.
fn key(block: &Block, expr: &Expr, outer: Leaves, inner: Leaves) -> Option<Key> {
    let Expr::Call { function, args, .. } = expr else { return None };
    if !hashable(function) || args.len() != 2 || safety::is_volatile(expr) {
        return None;
    }
    let (a, b) = (block.needs(&args[0]), block.needs(&args[1]));
    let on = |needs: Leaves, side: Leaves| needs != 0 && needs & !side == 0;
    if on(a, outer) && on(b, inner) {
        return Some(Key { outer: args[0].clone(), inner: args[1].clone(), equal: function });
    }
    if on(b, outer) && on(a, inner) {
        let equal = commuted(function)?;
        return Some(Key { outer: args[1].clone(), inner: args[0].clone(), equal });
    }
    None
}

/// The equality with its sides exchanged (`oprcom`): of one type it is the same function.
fn commuted(equal: &'static Function) -> Option<&'static Function> {
    let [left, right] = equal.args[..] else { return None };
    if left == right {
        return Some(equal);
    }
    operator::exact("=", Some(right), left).map(|operator| operator.function)
}

/// Whether a function is an equality that goes with hashing (`oprcanhash`).
fn hashable(function: &Function) -> bool {
    operator::of_function(function).is_some_and(|operator| operator.hashable)
}

impl Meeting<'_> {
    /// The same join with the sides exchanged: a Left join as a Right one, a Full one as it is. Only a hash join can
    /// report the unmatched rows of its inner side.
    pub(super) fn turned(&self) -> Option<Meeting<'_>> {
        let kind = match self.kind {
            JoinKind::Left => JoinKind::Right,
            JoinKind::Full => JoinKind::Full,
            _ => return None,
        };
        let turn = |key: &Key| {
            let (outer, inner) = (key.inner.clone(), key.outer.clone());
            Some(Key { outer, inner, equal: commuted(key.equal)? })
        };
        Some(Meeting {
            kind,
            keys: self.keys.iter().map(turn).collect::<Option<_>>()?,
            on: self.on.clone(),
            others: self.others.clone(),
            filter: self.filter.clone(),
            inner_unique: false,
            ..*self
        })
    }

    /// Adds the paths of this meeting to those of the joined relation.
    pub(super) fn paths(
        &self,
        relation: &mut Option<Relation>,
        outer: &Relation,
        inner: &Relation,
    ) {
        let joined = relation.get_or_insert_with(|| Relation {
            full: vec![],
            partial: vec![],
            rows: self.rows,
            origins: vec![],
            base: true,
        });
        for outer in &outer.full {
            for inner in &inner.full {
                self.pair(&mut joined.full, outer, inner);
            }
        }
        if self.safe {
            self.partial_paths(&mut joined.partial, outer, inner);
        }
    }

    /// Paths that give each participant a share of the pairs: the outer side is a share.
    fn partial_paths(&self, paths: &mut Vec<Path>, outer: &Relation, inner: &Relation) {
        // Who keeps the unmatched inner rows must have seen all outer rows: with a shared table, from 16 on, the last does.
        let keeps_inner = matches!(self.kind, JoinKind::Right | JoinKind::Full);
        let since = self.settings.server_version_num;
        if self.settings.enable_parallel_hash
            && (!keeps_inner || since >= 160_000)
            && let (Some(outer), Some(inner)) = (outer.partial.first(), inner.partial.first())
        {
            self.hash_join(paths, outer, inner);
        }
        if keeps_inner {
            return;
        }
        let copied = |path: &Path| path.safe && path.determined;
        let cheapest = |paths: &mut dyn Iterator<Item = &Path>| -> Option<Path> {
            paths.min_by(|a, b| a.cost().total.total_cmp(&b.cost().total)).cloned()
        };
        // PostgreSQL tries only the very cheapest inner path below a partial nested loop, and none if a Gather is in it.
        let cheapest_of_all = cheapest(&mut inner.full.iter());
        let cheapest_copy = cheapest(&mut inner.full.iter().filter(|path| copied(path)));
        for outer in &outer.partial {
            if let Some(inner) = cheapest_of_all.as_ref().filter(|path| copied(path)) {
                self.nested_loop(paths, outer, inner);
            }
            if let Some(inner) = &cheapest_copy {
                self.hash_join(paths, outer, inner);
            }
        }
    }

    fn pair(&self, paths: &mut Vec<Path>, outer: &Path, inner: &Path) {
        self.nested_loop(paths, outer, inner);
        let kept = cost::material(inner.input(), self.settings);
        if self.settings.enable_material && !matches!(inner.plan.node, Node::Material { .. }) {
            let material = inner.clone().over(|input| Node::Material { input }, kept);
            self.nested_loop(paths, outer, &material);
        }
        self.hash_join(paths, outer, inner);
    }

    /// Rows of the join as a path with this outer side makes them.
    fn rows_with(&self, outer: &Path) -> f64 {
        if outer.workers > 0 {
            clamp_rows(self.rows / workers::divisor(outer.workers, self.settings))
        } else {
            self.rows
        }
    }

    fn work(&self, outer: &Path, conditions: &[Expr]) -> JoinWork {
        let later = cost::exprs(&self.filter, self.settings);
        JoinWork {
            rows: self.rows_with(outer),
            conditions: cost::exprs(conditions, self.settings) + later,
            first_match: self.inner_unique || matches!(self.kind, JoinKind::Semi | JoinKind::Anti),
            anti: self.kind == JoinKind::Anti,
            matched: self.matched,
            partners: self.partners,
        }
    }

    fn nested_loop(&self, paths: &mut Vec<Path>, outer: &Path, inner: &Path) {
        if matches!(self.kind, JoinKind::Right | JoinKind::Full) {
            return;
        }
        let rescan = match &inner.plan.node {
            Node::Material { .. } => cost::material_rescan(inner.input(), self.settings),
            Node::FunctionScan { .. } => Cost { startup: 0.0, total: inner.cost().run() },
            _ => inner.cost(),
        };
        let work = self.work(outer, &self.on);
        let cost = cost::nested_loop(outer.input(), inner.input(), rescan, work, self.settings);
        if !path::worth_it(paths, cost, &[], self.fraction > 0.0) {
            return;
        }
        let (columns, variables) = both(outer, inner);
        let conditions = self.on.iter().map(|expr| local(expr, &variables)).collect();
        let node = Node::NestedLoop {
            kind: self.kind,
            outer: Box::new(outer.plan.clone()),
            inner: Box::new(inner.plan.clone()),
            conditions,
        };
        self.add(paths, (outer, inner), node, (columns, variables), cost);
    }

    /// A hash join; one that shares its table if the inner side is a share, too. [plan.hash-join]
    fn hash_join(&self, paths: &mut Vec<Path>, outer: &Path, inner: &Path) {
        if self.keys.is_empty() {
            return;
        }
        let mut work = self.work(outer, &self.others);
        // Pairs that the equalities leave (`approx_tuple_count`), for the other conditions to look at.
        work.rows = clamp_rows(outer.rows() * inner.rows() * self.key_share);
        let hashing = self.hashing(outer, inner);
        let cost = cost::hash_join(outer.input(), inner.input(), hashing, work, self.settings);
        if !path::worth_it(paths, cost, &[], self.fraction > 0.0) {
            return;
        }
        let (columns, variables) = both(outer, inner);
        let keys = self.keys.iter().map(|key| HashKey {
            outer: local(&key.outer, &outer.variables),
            inner: local(&key.inner, &inner.variables),
            equal: key.equal,
        });
        let (total, parallel) = (inner.cost().total, inner.workers > 0);
        let hash = inner
            .clone()
            .over(|input| Node::Hash { input, parallel }, Cost { startup: total, total });
        let node = Node::HashJoin {
            kind: self.kind,
            outer: Box::new(outer.plan.clone()),
            inner: Box::new(hash.plan),
            keys: keys.collect(),
            conditions: self.others.iter().map(|expr| local(expr, &variables)).collect(),
            parallel,
        };
        self.add(paths, (outer, inner), node, (columns, variables), cost);
    }

    /// How full the buckets are (`estimate_hash_bucket_stats`), by the best key.
    fn hashing(&self, outer: &Path, inner: &Path) -> Hashing {
        let (shares, participants) = if inner.workers > 0 {
            (workers::divisor(inner.workers, self.settings), outer.workers as f64 + 1.0)
        } else {
            (1.0, 1.0)
        };
        let whole = Input { rows: inner.rows() * shares, ..inner.input() };
        let buckets = cost::hash_buckets(whole);
        let (mut share, mut commonest) = (1.0_f64, 1.0_f64);
        for key in &self.keys {
            let variable = selectivity::variable(&key.inner, &self.block.origins);
            let (own, most) = match variable {
                Some(variable) => bucket_share(variable, buckets),
                None => (0.1, 0.0),
            };
            share = share.min(own);
            commonest = commonest.min(most);
        }
        let call = |key: &Key| {
            let sides = cost::exprs([&key.outer, &key.inner], self.settings);
            key.equal.cost * self.settings.cpu_operator_cost + sides
        };
        Hashing {
            keys: self.keys.len(),
            key_cost: self.keys.iter().map(call).sum(),
            bucket_share: share,
            commonest,
            shares,
            participants,
        }
    }

    fn add(
        &self,
        paths: &mut Vec<Path>,
        (outer, inner): (&Path, &Path),
        node: Node,
        (columns, variables): (Vec<PlanColumn>, Vec<usize>),
        cost: Cost,
    ) {
        let semi = matches!(self.kind, JoinKind::Semi | JoinKind::Anti);
        let kept = if semi { outer.variables.len() } else { variables.len() };
        let columns = columns.into_iter().take(kept).collect();
        let variables: Vec<usize> = variables.into_iter().take(kept).collect();
        let width = variables.iter().map(|v| self.block.origins[*v].width).sum();
        let size = (self.rows_with(outer), width);
        let mut path = outer.with(node, columns, cost, size);
        path.variables = variables;
        path.safe = outer.safe && inner.safe && self.safe;
        path.determined = outer.determined && inner.determined && self.determined;
        if !self.filter.is_empty() {
            let conditions = self.filter.iter().map(|e| local(e, &path.variables)).collect();
            path = path.over(|input| Node::Filter { input, conditions }, cost);
        }
        path::add(paths, narrow(path, self.needed, self.block), self.fraction > 0.0);
    }
}

/// The columns of both sides, outer first.
fn both(outer: &Path, inner: &Path) -> (Vec<PlanColumn>, Vec<usize>) {
    let columns = outer.plan.columns.iter().chain(&inner.plan.columns).cloned().collect();
    let variables = outer.variables.iter().chain(&inner.variables).copied().collect();
    (columns, variables)
}

/// The share of rows in a bucket that is looked into, and with the commonest value.
fn bucket_share(variable: &Variable, buckets: f64) -> (f64, f64) {
    let most = variable
        .statistics()
        .and_then(|statistics| statistics.most_common.first())
        .map_or(0.0, |(_, share)| *share);
    let (distinct, guess) = variable.distinct();
    if guess {
        return (most.max(0.1), most);
    }
    let nulls = variable.null_fraction();
    let average = (1.0 - nulls) / distinct;
    let distinct = if variable.tuples > 0.0 {
        clamp_rows(distinct * (variable.rows / variable.tuples))
    } else {
        distinct
    };
    let mut share = if distinct > buckets { 1.0 / buckets } else { 1.0 / distinct };
    if average > 0.0 && most > average {
        share *= most / average;
    }
    (share.clamp(1.0e-6, 1.0), most)
}
