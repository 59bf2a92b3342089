//! What all participants of one run share.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use spec::outcome::{GatherTrace, NodeTrace, Trace};
use spec::plan::{InitPlan, Node, Plan};
use spec::settings::Settings;

use super::participant::Tally;
use crate::fault::Fault;
use crate::schedule::{Runtime, Schedule};
use crate::table::Tables;

/// One run of one plan: what it reads, and what is known of it afterwards.
pub(crate) struct Execution<'p> {
    pub plan: &'p Plan,
    pub tables: &'p Tables,
    pub settings: &'p Settings,
    pub schedule: &'p Schedule,
    /// The place of each printed node in EXPLAIN's order, by the node's address. Filter and Project share the place of
    /// the node that they are printed on.
    places: HashMap<usize, usize>,
    /// Workers that may still be started (`max_parallel_workers`).
    free_workers: AtomicUsize,
    gathers: Mutex<Vec<GatherTrace>>,
    tally: Mutex<Tally>,
}

impl<'p> Execution<'p> {
    pub fn new(
        plan: &'p Plan,
        tables: &'p Tables,
        settings: &'p Settings,
        schedule: &'p Schedule,
    ) -> Execution<'p> {
        let mut places = HashMap::new();
        number(plan, &mut places, &mut 0);
        Execution {
            plan,
            tables,
            settings,
            schedule,
            places,
            free_workers: AtomicUsize::new(
                settings.max_parallel_workers.min(settings.max_worker_processes),
            ),
            gathers: Mutex::default(),
            tally: Mutex::default(),
        }
    }

    /// The place of a node in EXPLAIN's order.
    pub fn place(&self, plan: &Plan) -> usize {
        self.places[&address(plan)]
    }

    /// Whether this fault is planted.
    pub fn plants(&self, fault: Fault) -> bool {
        self.schedule.plants(fault)
    }

    /// Whether the leader runs partial plans too, if there are workers.
    pub fn leader_participates(&self) -> bool {
        self.schedule.leader.unwrap_or(self.settings.parallel_leader_participation)
    }

    /// The seed, if the run is simulated.
    pub fn seed(&self) -> Option<u64> {
        match self.schedule.runtime {
            Runtime::Simulated { seed } => Some(seed),
            Runtime::Threads => None,
        }
    }

    /// Takes up to `planned` workers from those that may still be started.
    pub fn reserve_workers(&self, planned: usize) -> usize {
        let wanted = planned.min(self.schedule.launched.unwrap_or(usize::MAX));
        let take = |free: usize| Some(free - wanted.min(free));
        let before = self.free_workers.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        wanted.min(before.unwrap_or(0))
    }

    /// A worker has ended: another may start.
    pub fn release_worker(&self) {
        self.free_workers.fetch_add(1, Ordering::Relaxed);
    }

    /// A Gather is reached: its number among those of the run.
    pub fn gather_reached(&self, workers_planned: usize) -> usize {
        let mut gathers = self.gathers.lock().unwrap_or_else(|e| e.into_inner());
        gathers.push(GatherTrace { workers_planned, ..GatherTrace::default() });
        gathers.len() - 1
    }

    /// Something happened at the Gather of this number.
    pub fn note_gather(&self, gather: usize, note: impl FnOnce(&mut GatherTrace)) {
        note(&mut self.gathers.lock().unwrap_or_else(|e| e.into_inner())[gather]);
    }

    /// How many workers have begun at the Gather of this number.
    pub fn launched(&self, gather: usize) -> usize {
        self.gathers.lock().unwrap_or_else(|e| e.into_inner())[gather].workers_launched
    }

    /// A participant has ended: what it counted.
    pub fn collect(&self, tally: &Tally) {
        self.tally.lock().unwrap_or_else(|e| e.into_inner()).add(tally);
    }

    /// What really ran.
    pub fn trace(self) -> Trace {
        let tally = self.tally.into_inner().unwrap_or_else(|e| e.into_inner());
        let gathers = self.gathers.into_inner().unwrap_or_else(|e| e.into_inner());
        let participants = 1 + gathers.iter().map(|g| g.workers_launched).max().unwrap_or(0);
        let mut participant_rows = tally.participant_rows;
        participant_rows.resize(participants.max(participant_rows.len()), 0);
        let printed = self.places.values().max().map_or(0, |last| last + 1);
        let mut nodes = tally.nodes;
        if self.schedule.instrument {
            nodes.resize(printed, NodeTrace::default());
        }
        Trace {
            gathers,
            participant_rows,
            combines: tally.combines,
            combines_of_two: tally.combines_of_two,
            states_as_bytes: tally.states_as_bytes,
            combine_height: combine_height(self.plan, &tally.heights),
            shared_evaluations: tally.shared_evaluations,
            nodes,
        }
    }
}

/// A plan does not move while it runs: its address is its identity.
pub(crate) fn address(plan: &Plan) -> usize {
    std::ptr::from_ref(plan) as usize
}

/// Numbers the nodes in the order EXPLAIN prints them: a node, its init plans, its inputs.
fn number(plan: &Plan, places: &mut HashMap<usize, usize>, next: &mut usize) {
    // InitPlans of a Filter or Project are printed below the node that it is printed on.
    let mut init_plans: Vec<&InitPlan> = plan.init_plans.iter().collect();
    let mut node = plan;
    places.insert(address(node), *next);
    while let Node::Filter { input, .. } | Node::Project { input, .. } = &node.node {
        node = input;
        places.insert(address(node), *next);
        init_plans.extend(&node.init_plans);
    }
    *next += 1;
    for init in init_plans {
        number(&init.plan, places, next);
    }
    for input in node.inputs() {
        number(input, places, next);
    }
}

/// The largest sum of heights of aggregates on a way from the root to a leaf; `None` if no aggregate ran.
fn combine_height(plan: &Plan, heights: &HashMap<usize, u64>) -> Option<u64> {
    let below = plan.inputs().into_iter().chain(plan.init_plans.iter().map(|init| &init.plan));
    let below = below.filter_map(|input| combine_height(input, heights)).max();
    match (heights.get(&address(plan)), below) {
        (None, None) => None,
        (own, below) => Some(own.copied().unwrap_or(0).saturating_add(below.unwrap_or(0))),
    }
}
