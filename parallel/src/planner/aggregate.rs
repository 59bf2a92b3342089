//! Aggregation: complete, or in a partial stage below the Gather and a Finalize above it.
//!
//! ```text
//! complete    Aggregate ← rows                                    hashed, or sorted, or plain (no keys)
//! in parts    Finalize ← Gather ← Partial ← each one's share      if every aggregate splits and workers may run all
//! ```
//!
//! One aggregate that does not split keeps the whole level complete (`can_partial_agg`). [plan.aggregate.splits]

use spec::error::Failure;
use spec::expr::{Expr, Safety};
use spec::plan::{Content, Mode, Node, PlanColumn, Strategy, groups_are_determined};
use spec::query::{self, Call, Field, Rel, SortKey};

use super::block::{conjuncts, is_block};
use super::cost::{self, Cost, Grouping};
use super::path::{self, Path, Relation};
use super::project::column;
use super::statistics::{self, Origin};
use super::{Demand, Planner, safety, scan, selectivity, sort};

/// One level of grouping, over the columns of its planned input.
struct Level<'a> {
    keys: Vec<Expr>,
    calls: Vec<Call>,
    having: Vec<Expr>,
    fields: &'a [Field],
    groups: f64,
    /// What the written keys cost, per group: PostgreSQL counts them again where groups are put out.
    key_cost: f64,
    /// Rows after HAVING.
    rows: f64,
    origins: Vec<Origin>,
    wanted: Vec<SortKey>,
}

impl Planner<'_> {
    /// Groups `rel`'s input; `having` speaks of the groups.
    pub(super) fn aggregate(
        &mut self,
        rel: &Rel,
        having: Option<&Expr>,
        demand: &Demand,
    ) -> Result<Relation, Failure> {
        let query::Node::Aggregate { input, keys, calls } = &rel.node else {
            unreachable!("the caller has an Aggregate")
        };
        let (down, having) = self.split_having(having, keys);
        let input = down.into_iter().fold((**input).clone(), |input, condition| Rel {
            columns: input.columns.clone(),
            node: query::Node::Filter { input: Box::new(input), condition },
        });
        let key_cost = cost::exprs(keys, self.settings);
        let ordered: Vec<SortKey> = demand
            .order
            .iter()
            .map_while(|key| match key.expr {
                Expr::Column { index, .. } => {
                    Some(SortKey { expr: keys.get(index)?.clone(), ..key.clone() })
                }
                _ => None,
            })
            .collect();
        let order = sort::keys_for(keys, &ordered);
        let (relation, keys, calls) = self.grouping_input(&input, keys, calls, order)?;
        let own: Vec<Expr> = rel
            .columns
            .iter()
            .enumerate()
            .map(|(index, field)| Expr::Column { index, ty: field.ty })
            .collect();
        let having: Vec<Expr> =
            having.iter().map(|expr| self.resolve(expr, &own)).collect::<Result<_, _>>()?;
        let typed = keys.iter().map(|key| (key.ty(), statistics::origin(key, &relation.origins)));
        let typed: Vec<_> = typed.collect();
        let groups = statistics::groups(&typed, relation.rows);
        let mut origins: Vec<Origin> = typed.into_iter().map(|(_, origin)| origin).collect();
        origins.extend(calls.iter().map(|call| scan::opaque(call.aggregate.result)));
        let rows = cost::clamp_rows(groups * selectivity::all(&having, &origins));
        let key_count = keys.len();
        let wanted = demand.order.iter().map_while(|key| match key.expr {
            Expr::Column { index, .. } if index < key_count => {
                Some(SortKey { expr: keys[index].clone(), ..key.clone() })
            }
            _ => None,
        });
        let wanted = wanted.collect();
        let level = Level {
            keys,
            calls,
            having,
            fields: &rel.columns,
            groups,
            key_cost,
            rows,
            origins,
            wanted,
        };
        let full = self.group_paths(&level, &relation);
        let (origins, asks_groups) = (level.origins, !level.having.is_empty());
        let grouped = Relation { full, partial: vec![], rows, origins, base: false };
        if asks_groups { Ok(grouped) } else { self.min_max(rel, grouped) }
    }

    /// HAVING: what speaks of keys alone is asked of the rows, before grouping.
    fn split_having(&mut self, having: Option<&Expr>, keys: &[Expr]) -> (Vec<Expr>, Vec<Expr>) {
        let all = having.map(conjuncts).unwrap_or_default();
        let (mut down, mut stays) = (vec![], vec![]);
        for condition in all {
            let mut over_keys = !keys.is_empty() && !safety::is_volatile(condition);
            condition.visit_columns(&mut |index| over_keys &= index < keys.len());
            let mut sub_queries = false;
            condition.visit_subqueries(&mut |_| sub_queries = true);
            if over_keys && !sub_queries {
                down.push(substitute(condition, keys));
            } else {
                stays.push(condition.clone());
            }
        }
        if !down.is_empty() {
            self.rewrites.push(super::rewrite::PUSH_HAVING_DOWN);
        }
        (down, stays)
    }

    /// The input, giving first the keys and then the columns that calls read; keys and calls over it.
    fn grouping_input(
        &mut self,
        input: &Rel,
        keys: &[Expr],
        calls: &[Call],
        order: Vec<SortKey>,
    ) -> Result<(Relation, Vec<Expr>, Vec<Call>), Failure> {
        let mut exprs: Vec<Expr> = vec![];
        let mut place = |expr: Expr| {
            exprs.iter().position(|known| *known == expr).unwrap_or_else(|| {
                exprs.push(expr);
                exprs.len() - 1
            })
        };
        let key_places: Vec<usize> = keys.iter().map(|key| place(key.clone())).collect();
        let mut outputs: Vec<Expr> =
            input.columns.iter().map(|field| Expr::Column { index: 0, ty: field.ty }).collect();
        for expr in calls.iter().flat_map(Call::exprs) {
            expr.visit_columns(&mut |index| {
                let ty = input.columns[index].ty;
                let at = place(Expr::Column { index, ty });
                outputs[index] = Expr::Column { index: at, ty };
            });
        }
        let calls = calls.iter().map(|call| self.resolve_call(call, &outputs));
        let calls = calls.collect::<Result<_, Failure>>()?;
        // Rows that come in the order of the keys need no sort below a GroupAggregate.
        let below = Demand { order, ..Demand::default() };
        let relation = if is_block(input) {
            self.block(input, &exprs, &below)?
        } else {
            let relation = self.relation(input, &below)?;
            let resolved = self.resolve_over(&exprs, input)?;
            let fields: Vec<Field> = exprs.iter().map(|expr| field_of(expr, input)).collect();
            self.projected(relation, &resolved, &fields, 0.0)?
        };
        let keys = key_places.iter().map(|at| Expr::Column { index: *at, ty: exprs[*at].ty() });
        Ok((relation, keys.collect(), calls))
    }

    fn resolve_call(&mut self, call: &Call, outputs: &[Expr]) -> Result<Call, Failure> {
        let mut resolve = |expr: &Expr| self.resolve(expr, outputs);
        Ok(Call {
            direct: call.direct.iter().map(&mut resolve).collect::<Result<_, _>>()?,
            args: call.args.iter().map(&mut resolve).collect::<Result<_, _>>()?,
            order_by: call
                .order_by
                .iter()
                .map(|key| Ok(SortKey { expr: resolve(&key.expr)?, ..key.clone() }))
                .collect::<Result<_, Failure>>()?,
            filter: call.filter.as_ref().map(&mut resolve).transpose()?,
            ..call.clone()
        })
    }

    /// Complete groups by every strategy, over every way to get all rows; and groups in parts.
    fn group_paths(&self, level: &Level<'_>, input: &Relation) -> Vec<Path> {
        let mut paths = vec![];
        let mut inputs = self.gathered(input.clone(), 0.0);
        let order = sort::keys_for(&level.keys, &level.wanted);
        let base = input.base.then_some(input.rows);
        inputs.extend(self.sorted_merge(input.partial.first(), &order, base));
        for path in inputs {
            for strategy in self.strategies(level) {
                let grouped = self.group(level, path.clone(), strategy, Mode::Simple);
                path::add(&mut paths, grouped, false);
            }
        }
        if self.splits(level) {
            for gathered in self.gathered_parts(level, input) {
                for strategy in self.strategies(level) {
                    let whole = self.group(level, gathered.clone(), strategy, Mode::Finalize);
                    path::add(&mut paths, whole, false);
                }
            }
        }
        paths
    }

    /// Groups of each participant's share, gathered; in the order of the keys, merged (`gather_grouping_paths`).
    fn gathered_parts(&self, level: &Level<'_>, input: &Relation) -> Vec<Path> {
        let order = sort::keys_for(&level.keys, &level.wanted);
        let mut partial = vec![];
        for (place, path) in input.partial.iter().enumerate() {
            for strategy in self.strategies(level) {
                let comes_so =
                    strategy == Strategy::Sorted && path::ordered_by(&path.ordering, &order);
                if place == 0 || comes_so {
                    path::add(
                        &mut partial,
                        self.group(level, path.clone(), strategy, Mode::Partial),
                        false,
                    );
                }
            }
        }
        let keys: Vec<Expr> = columns(level);
        let moved = |key: &SortKey| {
            let at = level.keys.iter().position(|known| *known == key.expr)?;
            Some(SortKey { expr: keys[at].clone(), ..key.clone() })
        };
        let order: Vec<SortKey> = order.iter().map_while(moved).collect();
        let merged = self.sorted_merge(partial.first(), &order, None);
        let parts = Relation { full: vec![], partial, base: false, rows: 0.0, origins: vec![] };
        self.gathered(parts, 0.0).into_iter().chain(merged).collect()
    }

    /// How groups may be found.
    fn strategies(&self, level: &Level<'_>) -> Vec<Strategy> {
        let ordered = |call: &Call| call.distinct || !call.order_by.is_empty();
        match () {
            () if level.keys.is_empty() => vec![Strategy::Plain],
            () if level.calls.iter().any(ordered) => vec![Strategy::Sorted],
            () => vec![Strategy::Hashed, Strategy::Sorted],
        }
    }

    /// Whether the level may be cut in two: every aggregate splits, and workers may run everything.
    fn splits(&self, level: &Level<'_>) -> bool {
        let version = self.settings.server_version_num;
        let splits = |call: &Call| {
            call.aggregate.splits_in(version) && !call.distinct && call.order_by.is_empty()
        };
        let exprs = level.calls.iter().flat_map(Call::exprs).chain(&level.having);
        self.parallel
            && level.calls.iter().all(splits)
            && safety::of_calls(&level.calls) == Safety::Safe
            && safety::all_safe(exprs)
    }

    /// One Aggregate over a path, sorted first where the strategy asks for it.
    fn group(&self, level: &Level<'_>, input: Path, strategy: Strategy, mode: Mode) -> Path {
        // Finalize reads the keys as its first columns, and then states.
        let keys = if mode == Mode::Finalize { columns(level) } else { level.keys.clone() };
        let moved = |key: &SortKey| {
            let at = level.keys.iter().position(|known| *known == key.expr)?;
            Some(SortKey { expr: keys[at].clone(), ..key.clone() })
        };
        let wanted: Vec<SortKey> = level.wanted.iter().map_while(moved).collect();
        let input = if strategy == Strategy::Sorted {
            self.sort_path(input, &sort::keys_for(&keys, &wanted), 0.0)
        } else {
            input
        };
        let groups = match mode {
            Mode::Partial => {
                let typed = level.keys.iter().zip(&level.origins);
                let typed: Vec<_> = typed.map(|(key, o)| (key.ty(), o.clone())).collect();
                statistics::groups(&typed, input.rows())
            }
            Mode::Simple | Mode::Finalize => level.groups,
        };
        let work = self.work(level, mode, groups);
        let cost = match strategy {
            Strategy::Plain => cost::plain_aggregate(input.input(), work, self.settings),
            // A Group: a row is put out as it is compared.
            Strategy::Sorted if level.calls.is_empty() => {
                cost::group(input.input(), work, self.settings)
            }
            Strategy::Sorted => cost::sorted_aggregate(input.input(), work, self.settings),
            Strategy::Hashed => cost::hashed_aggregate(input.input(), work, self.settings),
        };
        let rows = if mode == Mode::Partial { groups } else { level.rows };
        self.aggregate_path(level, input, (strategy, mode), keys, cost, rows)
    }

    /// The node, with HAVING above it.
    fn aggregate_path(
        &self,
        level: &Level<'_>,
        input: Path,
        (strategy, mode): (Strategy, Mode),
        keys: Vec<Expr>,
        cost: Cost,
        rows: f64,
    ) -> Path {
        let exprs = level.calls.iter().flat_map(Call::exprs);
        let safe = input.safe
            && safety::of_calls(&level.calls) == Safety::Safe
            && safety::all_safe(exprs.clone());
        let determined = input.determined
            && groups_are_determined(&keys, &level.calls)
            && !exprs.clone().any(safety::is_volatile);
        let columns = self.columns(level, &input, &keys, mode);
        let width = width(level, mode);
        let ordering = match strategy {
            Strategy::Sorted => group_order(&input.ordering, &keys),
            Strategy::Plain | Strategy::Hashed => vec![],
        };
        let like = input.with(Node::Result, columns, cost, (rows, width));
        let calls = level.calls.clone();
        let node = Node::Aggregate { strategy, mode, input: Box::new(input.plan), keys, calls };
        let plan = spec::plan::Plan { node, ..like.plan };
        let path = Path { plan, safe, determined, ordering, ..like };
        if level.having.is_empty() || mode == Mode::Partial {
            return path;
        }
        let safe = path.safe && safety::all_safe(&level.having);
        let conditions = level.having.clone();
        let cost = path.cost();
        Path { safe, ..path.over(|input| Node::Filter { input, conditions }, cost) }
    }

    fn columns(
        &self,
        level: &Level<'_>,
        input: &Path,
        keys: &[Expr],
        mode: Mode,
    ) -> Vec<PlanColumn> {
        let key_columns = keys.iter().zip(level.fields).map(|(key, field)| match key {
            Expr::Column { index, .. } => {
                PlanColumn { content: Content::Value, ..input.plan.columns[*index].clone() }
            }
            _ => column(field),
        });
        let fields = &level.fields[keys.len()..];
        let call_columns = level.calls.iter().zip(fields).map(|(call, field)| {
            let content = match mode {
                Mode::Partial => Content::State(call.aggregate),
                Mode::Simple | Mode::Finalize => Content::Value,
            };
            PlanColumn { content, ty: call.aggregate.result, ..column(field) }
        });
        key_columns.chain(call_columns).collect()
    }

    /// What the stage spends per row and per group (`get_agg_clause_costs`).
    fn work(&self, level: &Level<'_>, mode: Mode, groups: f64) -> Grouping {
        let unit = self.settings.cpu_operator_cost;
        let (mut transition, mut finish) = (0.0, level.key_cost);
        for call in &level.calls {
            let internal = call.aggregate.state_type == "internal";
            let has_final = internal || call.aggregate.state_type.ends_with("[]");
            transition += unit;
            if mode == Mode::Finalize {
                transition += if internal { unit } else { 0.0 };
            } else {
                let read = call.args.iter().chain(&call.filter);
                transition += cost::exprs(read, self.settings);
            }
            // Direct arguments are evaluated once for a group.
            finish += cost::exprs(&call.direct, self.settings);
            let ends_with_a_call = if mode == Mode::Partial { internal } else { has_final };
            finish += if ends_with_a_call { unit } else { 0.0 };
        }
        let having = match mode {
            Mode::Partial => 0.0,
            Mode::Simple | Mode::Finalize => cost::exprs(&level.having, self.settings),
        };
        let (keys, calls) = (level.keys.len(), level.calls.len());
        Grouping { keys, groups, transition, finish, calls, having }
    }
}

/// The keys as columns of groups.
fn columns(level: &Level<'_>) -> Vec<Expr> {
    let each = level.keys.iter().enumerate();
    each.map(|(index, key)| Expr::Column { index, ty: key.ty() }).collect()
}

/// The order of sorted groups: that of their rows, as far as keys carry it.
fn group_order(ordering: &[SortKey], keys: &[Expr]) -> Vec<SortKey> {
    let seen = |key: &SortKey| {
        let index = keys.iter().position(|known| *known == key.expr)?;
        Some(SortKey { expr: Expr::Column { index, ty: key.expr.ty() }, ..key.clone() })
    };
    ordering.iter().map_while(seen).collect()
}

/// The mean width of a group's row.
fn width(level: &Level<'_>, mode: Mode) -> f64 {
    let keys: f64 = level.origins[..level.keys.len()].iter().map(|origin| origin.width).sum();
    let state = |call: &Call| match (mode, call.aggregate.state_type) {
        (Mode::Partial, "int8" | "float8") => 8.0,
        (Mode::Partial, "int4" | "float4" | "date") => 4.0,
        (Mode::Partial, "int2") => 2.0,
        (Mode::Partial, "bool") => 1.0,
        (Mode::Partial, _) => 32.0,
        _ => statistics::type_width(call.aggregate.result, spec::value::Modifier::None),
    };
    keys + level.calls.iter().map(state).sum::<f64>()
}

/// An expression over groups as one over rows.
fn substitute(expr: &Expr, keys: &[Expr]) -> Expr {
    match expr {
        Expr::Column { index, .. } => keys[*index].clone(),
        other => {
            let mut result = other.clone();
            for operand in result.operands_mut() {
                *operand = substitute(operand, keys);
            }
            result
        }
    }
}

/// The field that an expression over an input makes.
fn field_of(expr: &Expr, input: &Rel) -> Field {
    match expr {
        Expr::Column { index, .. } => input.columns[*index].clone(),
        other => Field {
            name: "?column?".into(),
            qualifier: None,
            ty: other.ty(),
            modifier: spec::value::Modifier::None,
        },
    }
}
