//! The planner, PostgreSQL's way: paths, partial paths, costs by its formulas, worker counts by its rule.
//!
//! ```text
//! rewrite      what changes the question's form, each under a name: pull-up, semi-joins, constants, CTEs, InitPlans
//! block        FROM and WHERE as one block: scans, conditions, joins that may not move freely
//! scan         paths of one scan: full, and partial where the table is large enough
//! index bitmap  paths of a scan through indexes; min_max: min and max by the first row of one
//! join_order   which relations meet first; join: how two of them meet
//! upper        above the block: project, aggregate, distinct, sort, limit, append
//! gather       where participants' shares come together
//! cost selectivity statistics workers       PostgreSQL's formulas
//! ```
//!
//! A relation carries full paths and partial ones. Whoever needs all rows at once (a sort, a limit, the answer) first
//! adds Gather over the cheapest partial path to the full ones; aggregation also makes a partial stage below it.

mod aggregate;
mod append;
mod bitmap;
mod block;
mod cost;
mod distinct;
mod gather;
mod index;
mod index_cost;
mod join;
mod join_order;
mod limit;
mod min_max;
mod path;
mod project;
mod rewrite;
mod safety;
mod scan;
mod selectivity;
mod sort;
mod statistics;
mod workers;

use spec::error::{Failure, Unsupported};
use spec::expr::{Expr, Safety};
use spec::plan::{InitPlan, Plan};
use spec::query::{Node, Query, Rel, SortKey};
use spec::settings::Settings;

use path::{Path, Relation};

/// The cheapest plan for a query under these settings. Statistics come with the tables that the query names.
///
/// # Errors
/// 0A000 for what cannot be planned yet; errors that PostgreSQL raises while planning.
pub fn plan(query: &Query, settings: &Settings) -> Result<Plan, Failure> {
    plan_with_rewrites(query, settings).map(|(plan, _)| plan)
}

/// The same, with the names of the rewrites that were applied, in order.
///
/// # Errors
/// As [`plan`].
pub fn plan_with_rewrites(
    query: &Query,
    settings: &Settings,
) -> Result<(Plan, Vec<&'static str>), Failure> {
    let mut planner = Planner {
        settings,
        parallel: settings.max_parallel_workers_per_gather > 0
            && safety::of_rel(&query.rel) != Safety::Unsafe,
        prefixed: rewrite::range_table_entries(&query.rel) > 1,
        rewrites: vec![],
        params: 0,
        scans: 0,
        init_plans: vec![],
        scopes: vec![],
        in_append: false,
    };
    let relation = planner.level(&query.rel, &Demand::default())?;
    let best = planner.best(relation, 0.0);
    let best = if settings.debug_parallel_query && planner.parallel {
        gather::single_copy(best, settings)
    } else {
        best
    };
    Ok((best.plan, planner.rewrites))
}

/// What planning a statement carries along.
struct Planner<'a> {
    settings: &'a Settings,
    /// Whether the statement may have parallel plans at all.
    parallel: bool,
    /// Whether EXPLAIN shows columns with their table's alias: there is more than one range table entry.
    prefixed: bool,
    /// The names of the rewrites so far.
    rewrites: Vec<&'static str>,
    /// Parameters so far.
    params: usize,
    /// Scans so far.
    scans: usize,
    /// The InitPlans of the query level at hand.
    init_plans: Vec<InitPlan>,
    /// The rows of enclosing queries that sub-queries being merged may refer to, as expressions over the block.
    scopes: Vec<Vec<Expr>>,
    /// Whether the block being planned is an arm of UNION ALL: its scan may have workers whatever its size.
    in_append: bool,
}

/// What is wanted of a relation from above.
#[derive(Clone, Debug, Default)]
struct Demand {
    /// Which part of the rows is fetched: 0 all, below 1 a share, else a number (`tuple_fraction`).
    fraction: f64,
    /// The number of first rows that a sort must find; 0 for all (`limit_tuples`).
    first: f64,
    /// The order that is wanted in the end.
    order: Vec<SortKey>,
}

impl Planner<'_> {
    /// Plans a query level: its InitPlans hang on top of it, and then it is run by the leader alone.
    fn level(&mut self, rel: &Rel, demand: &Demand) -> Result<Relation, Failure> {
        let init_plans = std::mem::take(&mut self.init_plans);
        let scopes = std::mem::take(&mut self.scopes);
        let planned = self.relation(rel, demand);
        self.scopes = scopes;
        let own = std::mem::replace(&mut self.init_plans, init_plans);
        let relation = planned?;
        if own.is_empty() {
            return Ok(relation);
        }
        let spent: f64 = own.iter().map(init_plan_cost).sum();
        let mut full = self.gathered(relation.clone(), demand.fraction);
        for path in &mut full {
            path.safe = false;
            path.plan.estimate.startup += spent;
            path.plan.estimate.total += spent;
            path.plan.init_plans.extend(own.iter().cloned());
        }
        Ok(Relation { full, partial: vec![], ..relation })
    }

    /// Plans a relation: paths for all rows, and for shares of them.
    fn relation(&mut self, rel: &Rel, demand: &Demand) -> Result<Relation, Failure> {
        match &rel.node {
            Node::Project { input, exprs } => self.project(rel, input, exprs, demand),
            Node::Filter { input, condition } if matches!(input.node, Node::Aggregate { .. }) => {
                self.aggregate(input, Some(condition), demand)
            }
            Node::Aggregate { .. } => self.aggregate(rel, None, demand),
            Node::Distinct { input } => self.distinct(rel, input, demand),
            Node::Sort { input, keys } => self.sort(input, keys, demand),
            Node::Limit { input, limit, offset } => {
                self.limit(input, limit.as_ref(), offset.as_ref())
            }
            Node::SetOperation { .. } => self.set_operation(rel),
            Node::Unit
            | Node::Scan { .. }
            | Node::Values { .. }
            | Node::Function { .. }
            | Node::Filter { .. }
            | Node::Join { .. }
            | Node::Subquery { .. }
            | Node::Cte { .. } => {
                let columns = rel.columns.iter().enumerate();
                let all: Vec<Expr> =
                    columns.map(|(index, field)| Expr::Column { index, ty: field.ty }).collect();
                self.block(rel, &all, demand)
            }
        }
    }

    /// The cheapest way to fetch this part of all rows (`get_cheapest_fractional_path`).
    fn best(&self, relation: Relation, fraction: f64) -> Path {
        let paths = self.gathered(relation, fraction);
        let cost = |path: &Path| path.cost().fraction(fraction, path.rows());
        let cheapest = paths.into_iter().min_by(|a, b| cost(a).total_cmp(&cost(b)));
        cheapest.expect("every relation has a path")
    }
}

/// What an InitPlan costs: all of it, or up to the first row.
fn init_plan_cost(init: &InitPlan) -> f64 {
    let estimate = init.plan.estimate;
    if init.exists {
        estimate.startup + (estimate.total - estimate.startup) / estimate.rows.max(1.0)
    } else {
        estimate.total
    }
}

/// Outside the subset for now.
fn unsupported(feature: &'static str) -> Failure {
    Unsupported::new(feature).into()
}
