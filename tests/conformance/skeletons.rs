//! Every skeleton of a plan up to a number of nodes, as a real plan, in the order of `spec/coq/oracle/plans.ml`.
//!
//! ```text
//! skeletons of n nodes in a world = for each constructor of the world, in order,
//!     over one input     every skeleton of n - 1 nodes in the world of the input
//!     over two inputs    for i = 1 … n - 2: every skeleton of i nodes with every skeleton of n - 1 - i nodes
//! ```
//!
//! A skeleton over a refused skeleton is refused: the checker is a fold, and a refusal below is a refusal above. So it
//! is not built, unless asked for, and then that is what is seen.

use std::sync::Arc;

use spec::catalogue::Table;
use spec::plan::check::{Distribution, Participants, Relation, Stage, judgement};
use spec::plan::{Mode, Plan};
use spec::query::{Call, JoinKind};
use spec::value::Type;

use super::shapes::*;

/// Where a node stands. In Rust's eyes all worlds of several participants are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// Above every Gather.
    Leader,
    /// Below a single-copy Gather: one worker.
    Copy,
    /// Below a Gather.
    Many,
}

/// What builds a plan over one other.
type Wrap = Box<dyn Fn(Plan) -> Plan>;
/// What builds a plan over two others.
type Join = Box<dyn Fn(Plan, Plan) -> Plan>;

/// A constructor of skeletons.
pub enum Constructor {
    Leaf(Box<Plan>),
    Over(World, Wrap),
    /// A Finalize over states, which are of groups or not.
    Finish {
        grouped: bool,
    },
    Pair(Join),
}

/// A constructor of skeletons of states.
enum States {
    Begin,
    Pass(World, Wrap),
    Both,
}

/// A skeleton that was judged.
struct Judged {
    verdict: u8,
    /// Kept as an input of larger ones.
    plan: Option<Plan>,
}

/// What a world has, by number of nodes (the first entry is for one node).
#[derive(Default)]
struct Pool {
    rows: Vec<Vec<Judged>>,
    /// Of no groups, and of groups.
    states: [Vec<Vec<Judged>>; 2],
}

/// Every skeleton up to a number of nodes.
pub struct Skeletons {
    pools: [Pool; 3],
    /// Build plans over refused ones, too.
    everything: bool,
}

pub const REFUSED: u8 = b'.';

fn maximum() -> Vec<Call> {
    vec![call_of(aggregate("max", &[Type::Int4]))]
}

/// An aggregate with `x` first and nothing else.
fn of_one_column(mode: Mode, input: Plan, grouped: bool) -> Plan {
    let plan = aggregated(mode, input, grouped, maximum());
    if grouped { first_column(plan) } else { plan }
}

fn leaf(table: &Arc<Table>, parallel: bool) -> Constructor {
    Constructor::Leaf(Box::new(scan(table, parallel)))
}

pub const KINDS: [(&str, JoinKind); 6] = [
    ("Inner", JoinKind::Inner),
    ("Left", JoinKind::Left),
    ("Right", JoinKind::Right),
    ("Full", JoinKind::Full),
    ("Semi", JoinKind::Semi),
    ("Anti", JoinKind::Anti),
];

/// The constructors of a world, in the order of `plans.ml`.
pub fn constructors(world: World) -> Vec<(String, Constructor)> {
    use Constructor::{Finish, Over, Pair};
    let table = table("t");
    let over = |wrap: fn(Plan) -> Plan| Over(world, Box::new(wrap));
    let shared = world == World::Many;
    let mut list: Vec<(String, Constructor)> = vec![("Scan".into(), leaf(&table, false))];
    let mut add = |name: &str, constructor| list.push((name.to_owned(), constructor));
    if shared {
        add("ParallelScan", leaf(&table, true));
    }
    add("Filter", over(|p| filter(p, x_is_two())));
    add("Project", over(negate));
    add("Material", over(material));
    add("Sort x", over(|p| sort(p, order(true), None)));
    add("Sort null", over(|p| sort(p, order(false), None)));
    add("Top x", over(|p| sort(p, order(true), Some(1))));
    add("Top null", over(|p| sort(p, order(false), Some(1))));
    add("Limit 1", over(|p| limit(p, Some(1), None)));
    add("Limit 1 Offset 1", over(|p| limit(p, Some(1), Some(1))));
    add("Offset 1", over(|p| limit(p, None, Some(1))));
    add("Distinct", over(distinct));
    add("Aggregate", over(|p| of_one_column(Mode::Simple, p, false)));
    add("GroupAggregate", over(|p| of_one_column(Mode::Simple, p, true)));
    if world == World::Leader {
        add("Gather 1", Over(World::Copy, Box::new(|p| gather(p, 1, true))));
    }
    if world != World::Copy {
        let many = |wrap: fn(Plan) -> Plan| Over(World::Many, Box::new(wrap));
        add("Gather 2", many(|p| gather(p, 1, false)));
        add("Gather 3", many(|p| gather(p, 2, false)));
        add("GatherMerge 2 x", many(|p| gather_merge(p, order(true), 1)));
        add("GatherMerge 2 null", many(|p| gather_merge(p, order(false), 1)));
    }
    add("Finalize", Finish { grouped: false });
    add("FinalizeGroup", Finish { grouped: true });
    add("Append", Pair(Box::new(|p, q| append(vec![p, q], false))));
    if shared {
        add("ParallelAppend", Pair(Box::new(|p, q| append(vec![p, q], true))));
    }
    for (table_of, prefix) in [(false, "HashJoin"), (true, "ParallelHashJoin")] {
        for (name, kind) in KINDS.into_iter().filter(|_| shared || !table_of) {
            let join = move |p, q| first_column(hash_join(kind, p, q, table_of));
            add(&format!("{prefix} {name}"), Pair(Box::new(join)));
        }
    }
    list
}

fn state_constructors(world: World) -> Vec<States> {
    let mut list = vec![States::Begin];
    if world == World::Leader {
        list.push(States::Pass(World::Copy, Box::new(|p| gather(p, 1, true))));
    }
    if world != World::Copy {
        list.push(States::Pass(World::Many, Box::new(|p| gather(p, 1, false))));
        list.push(States::Pass(World::Many, Box::new(|p| gather(p, 2, false))));
    }
    list.push(States::Both);
    list
}

/// The verdict on a plan in a world.
pub fn verdict(plan: &Plan, world: World) -> u8 {
    judged(plan, world).map_or(REFUSED, |relation| letter(&relation))
}

/// What the checker says of a plan in a world.
fn judged(plan: &Plan, world: World) -> Option<Relation> {
    match world {
        World::Leader => judgement(plan, Participants::One),
        World::Many => judgement(plan, Participants::Many),
        World::Copy => judgement(&gather(plan.clone(), 1, true), Participants::One),
    }
    .ok()
}

/// The letter of a type: S P R for complete rows that are single, partial, replicated; s p r for rows that may repeat;
/// 1 2 3 for rows of which only the first are promised.
fn letter(relation: &Relation) -> u8 {
    let letters = match relation.stage {
        Stage::Complete => b"SPR",
        Stage::Distinct => b"spr",
        Stage::Top { .. } => b"123",
        Stage::Groups { .. } => b"###",
    };
    letters[match relation.distribution {
        Distribution::Single => 0,
        Distribution::Partial => 1,
        Distribution::Replicated => 2,
    }]
}

impl Skeletons {
    /// Judges every skeleton of fewer nodes than `nodes`, as inputs of larger ones.
    pub fn below(nodes: usize, everything: bool) -> Skeletons {
        let mut all = Skeletons { pools: Default::default(), everything };
        for size in 1..nodes {
            for world in [World::Copy, World::Many, World::Leader] {
                let mut rows = vec![];
                for (_, constructor) in constructors(world) {
                    all.each(world, size, &constructor, &mut |judged| rows.push(judged));
                }
                let states = [false, true].map(|grouped| all.states(world, size, grouped));
                let pool = &mut all.pools[world as usize];
                pool.rows.push(rows);
                for (pool, states) in pool.states.iter_mut().zip(states) {
                    pool.push(states);
                }
            }
        }
        all
    }

    /// The verdicts on every skeleton of so many nodes with this root, in order.
    pub fn verdicts(&self, world: World, nodes: usize, root: &Constructor) -> Vec<u8> {
        let mut verdicts = vec![];
        self.each(world, nodes, root, &mut |judged| verdicts.push(judged.verdict));
        verdicts
    }

    /// The plans of so many nodes that are accepted, with their verdicts.
    pub fn accepted(&self, world: World, nodes: usize) -> impl Iterator<Item = (&Plan, u8)> {
        let accepted = self.rows(world, nodes).iter().filter(|judged| judged.verdict != REFUSED);
        accepted.filter_map(|judged| Some((judged.plan.as_ref()?, judged.verdict)))
    }

    fn rows(&self, world: World, nodes: usize) -> &[Judged] {
        &self.pools[world as usize].rows[nodes - 1]
    }

    /// Judges a plan that is built over these, unless one of them was refused.
    fn judge(
        &self,
        world: World,
        inputs: &[&Judged],
        build: impl FnOnce(Vec<Plan>) -> Plan,
    ) -> Judged {
        if !self.everything && inputs.iter().any(|input| input.verdict == REFUSED) {
            return Judged { verdict: REFUSED, plan: None };
        }
        let plans = inputs.iter().map(|input| input.plan.clone().expect("it was built")).collect();
        let plan = build(plans);
        let verdict = verdict(&plan, world);
        let kept = self.everything || verdict != REFUSED;
        Judged { verdict, plan: kept.then_some(plan) }
    }

    /// Every skeleton of so many nodes with this root.
    fn each(&self, world: World, nodes: usize, root: &Constructor, take: &mut dyn FnMut(Judged)) {
        let one = |wrap: &dyn Fn(Plan) -> Plan, input: &Judged| {
            self.judge(world, &[input], |mut plans| wrap(plans.remove(0)))
        };
        match root {
            Constructor::Leaf(plan) if nodes == 1 => {
                take(self.judge(world, &[], |_| (**plan).clone()))
            }
            Constructor::Leaf(_) => {}
            Constructor::Over(_, _) | Constructor::Finish { .. } if nodes == 1 => {}
            Constructor::Over(inside, wrap) => {
                self.rows(*inside, nodes - 1).iter().for_each(|input| take(one(wrap, input)));
            }
            Constructor::Finish { grouped } => {
                let finish = |p| of_one_column(Mode::Finalize, p, *grouped);
                let states = &self.pools[world as usize].states[usize::from(*grouped)][nodes - 2];
                states.iter().for_each(|input| take(one(&finish, input)));
            }
            Constructor::Pair(join) => {
                for first in 1..nodes.saturating_sub(1) {
                    for p in self.rows(world, first) {
                        for q in self.rows(world, nodes - 1 - first) {
                            take(self.judge(world, &[p, q], |mut plans| {
                                let q = plans.remove(1);
                                join(plans.remove(0), q)
                            }));
                        }
                    }
                }
            }
        }
    }

    /// Every skeleton of states of so many nodes.
    fn states(&self, world: World, nodes: usize, grouped: bool) -> Vec<Judged> {
        let mut all = vec![];
        let pool = |world: World| &self.pools[world as usize].states[usize::from(grouped)];
        for constructor in state_constructors(world) {
            match constructor {
                States::Begin | States::Pass(..) if nodes == 1 => {}
                States::Begin => all.extend(self.rows(world, nodes - 1).iter().map(|input| {
                    self.judge(world, &[input], |mut plans| {
                        aggregated(Mode::Partial, plans.remove(0), grouped, maximum())
                    })
                })),
                States::Pass(inside, wrap) => {
                    let states = pool(inside)[nodes - 2].iter();
                    all.extend(states.map(|input| {
                        self.judge(world, &[input], |mut plans| wrap(plans.remove(0)))
                    }));
                }
                States::Both => {
                    for first in 1..nodes.saturating_sub(1) {
                        for s in &pool(world)[first - 1] {
                            let rest = pool(world)[nodes - 2 - first].iter();
                            all.extend(
                                rest.map(|t| {
                                    self.judge(world, &[s, t], |plans| append(plans, false))
                                }),
                            );
                        }
                    }
                }
            }
        }
        all
    }

    /// The skeleton with this number among those of a root, as text.
    pub fn text(
        &self,
        world: World,
        nodes: usize,
        root: &(String, Constructor),
        number: usize,
    ) -> String {
        let (name, constructor) = root;
        match constructor {
            Constructor::Leaf(_) => name.clone(),
            Constructor::Over(inside, _) => {
                format!("{name}({})", self.text_of_rows(*inside, nodes - 1, number))
            }
            Constructor::Finish { .. } => {
                format!("{name}({})", self.text_of_states(world, nodes - 1, number))
            }
            Constructor::Pair(_) => {
                let count = |nodes| self.rows(world, nodes).len();
                let (first, number) = split(nodes, number, |a, b| count(a) * count(b));
                let rest = nodes - 1 - first;
                let p = self.text_of_rows(world, first, number / count(rest));
                let q = self.text_of_rows(world, rest, number % count(rest));
                format!("{name}({p}, {q})")
            }
        }
    }

    fn text_of_rows(&self, world: World, nodes: usize, mut number: usize) -> String {
        for root in constructors(world) {
            let count = self.verdicts(world, nodes, &root.1).len();
            if number < count {
                return self.text(world, nodes, &root, number);
            }
            number -= count;
        }
        format!("skeleton {number} of {nodes} nodes")
    }

    fn text_of_states(&self, world: World, nodes: usize, mut number: usize) -> String {
        let pool =
            |world: World, nodes: usize| self.pools[world as usize].states[0][nodes - 1].len();
        for constructor in state_constructors(world) {
            let count = match &constructor {
                States::Begin | States::Pass(..) if nodes == 1 => 0,
                States::Begin => self.rows(world, nodes - 1).len(),
                States::Pass(inside, _) => pool(*inside, nodes - 1),
                States::Both => (1..nodes.saturating_sub(1))
                    .map(|first| pool(world, first) * pool(world, nodes - 1 - first))
                    .sum(),
            };
            if number < count {
                return match constructor {
                    States::Begin => {
                        format!("Partial({})", self.text_of_rows(world, nodes - 1, number))
                    }
                    States::Pass(inside, _) => {
                        format!("Gather({})", self.text_of_states(inside, nodes - 1, number))
                    }
                    States::Both => {
                        let sizes = |a, b| pool(world, a) * pool(world, b);
                        let (first, number) = split(nodes, number, sizes);
                        let rest = nodes - 1 - first;
                        let s = self.text_of_states(world, first, number / pool(world, rest));
                        let t = self.text_of_states(world, rest, number % pool(world, rest));
                        format!("Append({s}, {t})")
                    }
                };
            }
            number -= count;
        }
        format!("state skeleton {number} of {nodes} nodes")
    }
}

/// How many nodes the first of two inputs has, and the number among those.
fn split(nodes: usize, mut number: usize, count: impl Fn(usize, usize) -> usize) -> (usize, usize) {
    for first in 1..nodes - 1 {
        let here = count(first, nodes - 1 - first);
        if number < here {
            return (first, number);
        }
        number -= here;
    }
    (nodes - 2, 0)
}
