//! The plan checker: folds the typing rules over a tree.
//!
//! ```text
//! World ⊢ node : relation        worlds go down, types come up
//!
//! World      One                 above every Gather: one process
//!            Many                below a Gather: n participants run the same plan
//! Relation   columns, distribution, ordering, stage, determined
//! ```
//!
//! One rule per node, in the node's file; this file has what they share: worlds, types, refusals and the fold. The
//! checker knows nothing of costs and nothing of execution. What PostgreSQL leaves to the planner's care in comments
//! (no duplicates through Gather, partial feeds finalize, unmatched rows of a replicated side come once) is a refusal
//! here.
//!
//! The rules are sound: on every skeleton of up to five nodes they say what the checker proved sound in `spec/coq` says
//! (`tests/conformance`). And they are exact: over all small bags and all ways to share them, a rule accepts what no input
//! refutes, but for a short list of reasoned exceptions, and each refusal has a stored witness (`tests/witnesses`).

use std::fmt;

use super::{
    Content, InitPlan, Mode, Node, Plan, PlanColumn, aggregate, append, bitmap_scan, expression,
    filter, function_scan, gather, gather_merge, hash, hash_join, index_scan, limit, material,
    nested_loop, project, result, seq_scan, sort, subquery_scan, unique, values_scan,
};
use crate::expr::Expr;
use crate::query::SortKey;
use crate::settings::SERVER_VERSION_NUM;
use crate::value::Type;

/// Proof that the checker has accepted: the one thing executors take. [plan.sound]
#[derive(Clone, Debug, PartialEq)]
pub struct Checked<T> {
    plan: T,
    relation: Relation,
}

/// The type of a relation inside a plan. [plan.type]
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// Its columns: values or states.
    pub columns: Vec<PlanColumn>,
    /// How the rows of the serial result are spread over the participants.
    pub distribution: Distribution,
    /// The order of the rows within each participant; empty if none is known.
    pub ordering: Vec<SortKey>,
    /// Whether groups are complete, or still in parts.
    pub stage: Stage,
    /// Whether every execution gives the same bag: participants that compute it each for themselves then agree.
    pub determined: bool,
}

/// How the rows of the serial result are spread over the participants. [plan.distribution]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Distribution {
    /// One process produces it, above every Gather.
    Single,
    /// The bag union over the participants is the serial result; each row comes from exactly one of them.
    Partial,
    /// Every participant produces the whole serial result, which is determined.
    Replicated,
}

/// Whether groups are complete, or in parts that a later node must join. [plan.stage]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Rows mean what they say.
    Complete,
    /// Rows of a Partial aggregate: the same key may come several times, and states are not values yet. Only a
    /// Finalize with as many keys makes it complete.
    Groups {
        /// How many of the first columns are keys.
        keys: usize,
    },
    /// Rows that are distinct within each participant only: duplicates may remain until one more DISTINCT.
    Distinct,
    /// The first rows of each participant's share: merged in their order, only the first so many are those of all.
    Top {
        /// How many.
        rows: u64,
    },
}

/// Who runs a node. [plan.world]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Participants {
    /// One process.
    One,
    /// Every participant of a Gather runs a copy of the plan.
    Many,
}

/// What a rule may know of the place where its node stands.
#[derive(Clone, Debug)]
pub(super) struct World {
    /// Who runs the node.
    pub(super) participants: Participants,
    /// Whether a Gather (single copy or not) stands above.
    pub(super) below_gather: bool,
    /// The parameters that InitPlans above have computed.
    pub(super) params: Vec<(usize, Type)>,
    /// Whether the node stands where a `Hash` is expected.
    pub(super) hash_expected: bool,
    /// The version of the server whose plan it is: newer ones split more aggregates.
    pub(super) version: u64,
    /// Whether the node stands where a bitmap is expected.
    pub(super) bitmap_expected: bool,
}

/// A plan that breaks a typing rule. [plan.refusal]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The clause that it breaks.
    pub clause: &'static str,
    /// Why the rule exists: what would go wrong.
    pub because: String,
    /// The way from the root to the offending node: input numbers from 0.
    pub path: Vec<usize>,
}

/// A refusal of the node at hand; the fold adds the path.
pub(super) fn refuse<T>(clause: &'static str, because: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { clause, because: because.into(), path: vec![] })
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused [{}]: {}", self.clause, self.because)?;
        if !self.path.is_empty() {
            let path: Vec<_> = self.path.iter().map(usize::to_string).collect();
            write!(f, " (at input {})", path.join("."))?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

impl Checked<Plan> {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its type.
    pub fn relation(&self) -> &Relation {
        &self.relation
    }

    /// The same proof without asking: for planted faults and for witnesses of refusals, never in an engine.
    #[cfg(feature = "faults")]
    pub fn assume(plan: Plan) -> Checked<Plan> {
        let relation = Relation {
            columns: plan.columns.clone(),
            distribution: Distribution::Single,
            ordering: vec![],
            stage: Stage::Complete,
            determined: false,
        };
        Checked { plan, relation }
    }
}

/// Checks a plan of the server that we are unless told otherwise: [`check_for`] its version.
///
/// # Errors
/// A [`Refusal`] with clause, reason and path.
pub fn check(plan: Plan) -> Result<Checked<Plan>, Refusal> {
    check_for(plan, SERVER_VERSION_NUM)
}

/// Checks a plan: its type as a whole (in a world of one participant), or the refusal of its first offending node.
///
/// The version (`server_version_num`) says which aggregates may be split. [plan.aggregate.splits.version]
///
/// ```text
///  One ⊢ plan : ⟨columns, Single, Complete⟩, every column a value
/// ────────────────────────────────────────────────────────────────
///                        plan is checked
/// ```
///
/// # Errors
/// A [`Refusal`] with clause, reason and path.
pub fn check_for(plan: Plan, version: u64) -> Result<Checked<Plan>, Refusal> {
    let relation = judgement_for(&plan, Participants::One, version)?;
    relation.needs_complete("a query's answer")?;
    Ok(Checked { plan, relation })
}

/// The type of a plan that one process runs, or that every participant of a Gather runs: the judgement itself, also of
/// plans that are no answers yet. [plan.type]
///
/// # Errors
/// A [`Refusal`] with clause, reason and path.
pub fn judgement(plan: &Plan, participants: Participants) -> Result<Relation, Refusal> {
    judgement_for(plan, participants, SERVER_VERSION_NUM)
}

/// The judgement for a server of this version (`server_version_num`). [plan.aggregate.splits.version]
///
/// # Errors
/// A [`Refusal`] with clause, reason and path.
pub fn judgement_for(
    plan: &Plan,
    participants: Participants,
    version: u64,
) -> Result<Relation, Refusal> {
    let below_gather = participants == Participants::Many;
    let (params, hash_expected, bitmap_expected) = (vec![], false, false);
    judge(
        plan,
        &World { participants, below_gather, params, hash_expected, bitmap_expected, version },
    )
}

/// `world ⊢ plan : relation`, or the refusal of the first offending node below or at `plan`.
fn judge(plan: &Plan, world: &World) -> Result<Relation, Refusal> {
    let world = &with_init_plans(&plan.init_plans, world)?;
    if matches!(plan.node, Node::Hash { .. }) != world.hash_expected {
        return refuse(
            "plan.hash",
            "a Hash stands below a Hash Join as its inner side, and only there",
        );
    }
    let is_bitmap = matches!(
        plan.node,
        Node::BitmapIndexScan { .. } | Node::BitmapAnd { .. } | Node::BitmapOr { .. }
    );
    if is_bitmap != world.bitmap_expected {
        return refuse(
            "plan.bitmap",
            "bitmaps stand below a Bitmap Heap Scan, and nothing else does",
        );
    }
    let input = |number: usize, plan: &Plan| below(number, plan, &world.inside());
    let bitmap = |number: usize, plan: &Plan| {
        below(number, plan, &World { bitmap_expected: true, ..world.inside() })
    };
    let derived = match &plan.node {
        Node::Result => result::rule(world),
        Node::ValuesScan { rows, .. } => values_scan::rule(world, rows, &plan.columns)?,
        Node::FunctionScan { function, args, .. } => {
            function_scan::rule(world, function, args, &plan.columns)?
        }
        Node::SeqScan { table, columns, parallel, .. } => {
            seq_scan::rule(world, table, columns, *parallel, &plan.columns)?
        }
        Node::IndexScan { table, index, columns, conditions, backward, only, parallel, .. } => {
            let (backward, only, parallel) = (*backward, *only, *parallel);
            let scan =
                index_scan::Scan { table, index, columns, conditions, backward, only, parallel };
            index_scan::rule(world, &scan, &plan.columns)?
        }
        Node::BitmapHeapScan { table, columns, recheck, bitmap: places, parallel, .. } => {
            let below = bitmap(0, places)?;
            let columns = (&columns[..], &plan.columns[..]);
            bitmap_scan::rule(world, table, columns, recheck, (places, &below), *parallel)?
        }
        Node::BitmapIndexScan { table, index, conditions } => {
            let leaf = Some((&**table, index, &conditions[..]));
            bitmap_scan::bitmap(world, 0, leaf, &plan.columns)?
        }
        Node::BitmapAnd { inputs } | Node::BitmapOr { inputs } => {
            let below = inputs.iter().enumerate().map(|(number, plan)| bitmap(number, plan));
            let below = below.collect::<Result<Vec<_>, _>>()?;
            let joined = bitmap_scan::bitmap(world, below.len(), None, &plan.columns)?;
            Relation { determined: below.iter().all(|input| input.determined), ..joined }
        }
        Node::SubqueryScan { input: rows, .. } => subquery_scan::rule(input(0, rows)?)?,
        Node::Filter { input: rows, conditions } => {
            filter::rule(world, input(0, rows)?, conditions)?
        }
        Node::Project { input: rows, exprs } => {
            project::rule(world, input(0, rows)?, exprs, &plan.columns)?
        }
        Node::Hash { input: rows, parallel } => hash::rule(world, input(0, rows)?, *parallel)?,
        Node::Material { input: rows } => material::rule(input(0, rows)?)?,
        Node::HashJoin { kind, outer, inner, keys, conditions, parallel } => {
            let outer = input(0, outer)?;
            let expecting = World { hash_expected: true, ..world.clone() };
            let inner_relation = below(1, inner, &expecting)?;
            let shared = matches!(inner.node, Node::Hash { parallel: true, .. });
            let join =
                hash_join::Join { kind: *kind, keys, conditions, parallel: *parallel, shared };
            hash_join::rule(world, outer, inner_relation, &join)?
        }
        Node::NestedLoop { kind, outer, inner, conditions } => {
            nested_loop::rule(world, input(0, outer)?, input(1, inner)?, *kind, conditions)?
        }
        Node::Aggregate { strategy, mode, input: rows, keys, calls } => {
            let input = input(0, rows)?;
            let node = aggregate::Grouping { strategy: *strategy, keys, calls };
            match mode {
                Mode::Simple => aggregate::simple(world, input, &node, &plan.columns)?,
                Mode::Partial => aggregate::partial(world, input, &node, &plan.columns)?,
                Mode::Finalize => aggregate::finalize(world, input, &node, &plan.columns)?,
            }
        }
        Node::Sort { input: rows, keys, bound } => {
            sort::rule(world, input(0, rows)?, keys, *bound)?
        }
        Node::Limit { input: rows, limit, offset } => {
            limit::rule(world, input(0, rows)?, limit.as_ref(), offset.as_ref())?
        }
        Node::Unique { input: rows } => unique::rule(input(0, rows)?)?,
        Node::Append { inputs, parallel } => {
            let inputs = inputs.iter().enumerate().map(|(number, plan)| input(number, plan));
            append::rule(world, inputs.collect::<Result<_, _>>()?, *parallel)?
        }
        Node::Gather { input: rows, workers_planned, single_copy } => {
            let inside = gather::world(world, *single_copy)?;
            gather::rule(below(0, rows, &inside)?, *workers_planned, *single_copy)?
        }
        Node::GatherMerge { input: rows, keys, workers_planned } => {
            let inside = gather::world(world, false)?;
            gather_merge::rule(world, below(0, rows, &inside)?, keys, *workers_planned)?
        }
    };
    let derived = derived.declared_as(&plan.columns)?;
    derived.determined_where_replicated()
}

/// Judges the input of this number; a refusal gets the way to it.
fn below(number: usize, plan: &Plan, world: &World) -> Result<Relation, Refusal> {
    judge(plan, world).map_err(|mut refusal| {
        refusal.path.insert(0, number);
        refusal
    })
}

/// InitPlans are computed once, before the node that they hang on, by the leader. [plan.init-plan]
///
/// ```text
///  w ⊢ init : ⟨one column of type t, Single⟩     w, $id : t ⊢ node : relation     w above every Gather
/// ─────────────────────────────────────────────────────────────────────────────────────────────────────
///                              w ⊢ node with InitPlan $id : relation
/// ```
fn with_init_plans(init_plans: &[InitPlan], world: &World) -> Result<World, Refusal> {
    let mut world = world.clone();
    for InitPlan { id, plan, exists } in init_plans {
        if world.below_gather {
            return refuse(
                "plan.init-plan",
                "an InitPlan below a Gather would be computed once per participant",
            );
        }
        let value = judge(plan, &world.inside())?;
        value.needs_complete("an InitPlan")?;
        let ty = match (exists, &value.columns[..]) {
            (true, _) => Type::Bool,
            (false, [column]) => column.ty,
            (false, _) => return refuse("plan.init-plan", "an InitPlan gives one column"),
        };
        world.params.push((*id, ty));
    }
    Ok(world)
}

impl World {
    /// The world of an ordinary input.
    fn inside(&self) -> World {
        World { hash_expected: false, bitmap_expected: false, ..self.clone() }
    }

    /// How a leaf that is not parallel-aware is distributed: every participant produces all of it.
    pub(super) fn whole(&self) -> Distribution {
        match self.participants {
            Participants::One => Distribution::Single,
            Participants::Many => Distribution::Replicated,
        }
    }

    /// A leaf with the declared columns, which makes its rows itself.
    pub(super) fn leaf(&self, columns: Vec<PlanColumn>, distribution: Distribution) -> Relation {
        Relation {
            columns,
            distribution,
            ordering: vec![],
            stage: Stage::Complete,
            determined: true,
        }
    }
}

impl Relation {
    /// Refuses rows of a Partial aggregate: states are opened by Finalize alone. [plan.state.closed]
    pub(super) fn needs_complete(&self, reader: &str) -> Result<(), Refusal> {
        match self.stage {
            Stage::Complete => Ok(()),
            Stage::Groups { .. } => refuse(
                "plan.state.closed",
                format!(
                    "{reader} would read groups that are in parts: only Finalize completes them"
                ),
            ),
            Stage::Distinct => refuse(
                "plan.distinct.partial",
                format!("{reader} would read rows that are distinct within each participant only"),
            ),
            Stage::Top { rows } => refuse(
                "plan.sort.bound",
                format!(
                    "{reader} would read the first {rows} rows of each share: together they are not the first rows"
                ),
            ),
        }
    }

    /// The same rows without a known order.
    pub(super) fn unordered(self) -> Relation {
        Relation { ordering: vec![], ..self }
    }

    /// Whether the order decides the place of every row, up to rows that no query can tell apart.
    pub(super) fn totally_ordered(&self) -> bool {
        (0..self.columns.len()).all(|index| {
            let ordered =
                |key: &SortKey| matches!(&key.expr, Expr::Column { index: i, .. } if *i == index);
            !self.columns[index].ty.equal_may_differ() && self.ordering.iter().any(ordered)
        })
    }

    /// The relation with the names that the plan declares; its types must be the derived ones. [plan.columns]
    fn declared_as(self, declared: &[PlanColumn]) -> Result<Relation, Refusal> {
        let same = |(a, b): (&PlanColumn, &PlanColumn)| a.ty == b.ty && a.content == b.content;
        if self.columns.len() != declared.len() || !self.columns.iter().zip(declared).all(same) {
            let show = |columns: &[PlanColumn]| {
                let types = columns.iter().map(|column| match column.content {
                    Content::Value => column.ty.to_string(),
                    Content::State(aggregate) => format!("state of {}", aggregate.name),
                });
                types.collect::<Vec<_>>().join(", ")
            };
            return refuse(
                "plan.columns",
                format!(
                    "declared are ({}), but it gives ({})",
                    show(declared),
                    show(&self.columns)
                ),
            );
        }
        Ok(Relation { columns: declared.to_vec(), ..self })
    }

    /// Participants that each compute the whole must compute the same. [plan.replicated.determined]
    fn determined_where_replicated(self) -> Result<Relation, Refusal> {
        if self.distribution == Distribution::Replicated && !self.determined {
            return refuse(
                "plan.replicated.determined",
                "every participant computes this for itself, and their answers may differ",
            );
        }
        Ok(self)
    }
}

/// Checks expressions over the columns of an input; tells whether they are determined (no volatile call).
pub(super) fn expressions<'a>(
    world: &World,
    columns: &[PlanColumn],
    exprs: impl IntoIterator<Item = &'a Expr>,
) -> Result<bool, Refusal> {
    let mut determined = true;
    for expr in exprs {
        determined &= expression::check(expr, columns, world)?;
    }
    Ok(determined)
}

/// Checks conditions: expressions of type boolean.
pub(super) fn conditions(
    world: &World,
    columns: &[PlanColumn],
    conditions: &[Expr],
) -> Result<bool, Refusal> {
    if let Some(other) = conditions.iter().find(|condition| condition.ty() != Type::Bool) {
        return refuse("plan.expr.type", format!("a condition is boolean, not {}", other.ty()));
    }
    expressions(world, columns, conditions)
}

#[cfg(test)]
mod indexes;
#[cfg(test)]
mod tests;
