//! One participant: the leader or a worker, with what it counts.

use std::collections::HashMap;

use spec::outcome::NodeTrace;
use spec::plan::Plan;

use super::execution::address;
use super::{Dice, Execution, Worker};
use crate::kernel::Context;

/// A process of PostgreSQL's: the leader (number 0) or a worker. Nodes are handed theirs at every pull.
pub(crate) struct Participant<'p> {
    /// 0 is the leader.
    pub number: usize,
    pub execution: &'p Execution<'p>,
    /// What expressions see besides their row.
    pub context: Context,
    pub tally: Tally,
    /// Workers that a Gather has asked for; the runtime starts them after the step.
    pub launches: Vec<Worker<'p>>,
    dice: Option<Dice>,
}

impl<'p> Participant<'p> {
    pub fn new(number: usize, execution: &'p Execution<'p>, context: Context) -> Participant<'p> {
        let dice = execution.seed().map(|seed| Dice::new(seed, 1 + number as u64));
        let launches = Vec::new();
        Participant { number, execution, context, tally: Tally::default(), launches, dice }
    }

    /// Whether another participant has launched it.
    pub fn is_worker(&self) -> bool {
        self.number != 0
    }

    /// The choices of a simulated participant; none under real threads.
    pub fn dice(&mut self) -> Option<&mut Dice> {
        self.dice.as_mut()
    }

    /// What the expressions of a worker see: the same parameters, random numbers of its own.
    pub fn context_of(&self, worker: usize) -> Context {
        let seed = self.execution.seed().unwrap_or(0).wrapping_add(worker as u64);
        Context::new(self.context.params.clone(), seed)
    }

    /// Whether this participant lets the others go first before it touches shared state (simulated runs only).
    pub fn gives_way(&mut self) -> bool {
        self.dice.as_mut().is_some_and(Dice::coin)
    }
}

/// Whatever way a participant ends, its counts are kept.
impl Drop for Participant<'_> {
    fn drop(&mut self) {
        self.tally.shared_evaluations += self.context.shared_evaluations.get();
        self.execution.collect(&self.tally);
    }
}

/// What participants count for the trace of the run.
#[derive(Default)]
pub(crate) struct Tally {
    pub participant_rows: Vec<u64>,
    pub combines: u64,
    pub combines_of_two: u64,
    pub states_as_bytes: u64,
    pub shared_evaluations: u64,
    /// Per Aggregate (by address): the greatest height of the additions in one participant.
    pub heights: HashMap<usize, u64>,
    pub nodes: Vec<NodeTrace>,
}

impl Tally {
    /// Rows were read from a parallel-aware scan.
    pub fn scanned(&mut self, participant: usize, rows: usize) {
        if self.participant_rows.len() <= participant {
            self.participant_rows.resize(participant + 1, 0);
        }
        self.participant_rows[participant] += rows as u64;
    }

    /// An Aggregate's additions reached this height.
    pub fn reached_height(&mut self, plan: &Plan, height: u64) {
        let entry = self.heights.entry(address(plan)).or_default();
        *entry = height.max(*entry);
    }

    /// The counts of the node at this place.
    pub fn node(&mut self, place: usize) -> &mut NodeTrace {
        if self.nodes.len() <= place {
            self.nodes.resize(place + 1, NodeTrace::default());
        }
        &mut self.nodes[place]
    }

    /// Adds another participant's counts.
    pub fn add(&mut self, other: &Tally) {
        for (participant, rows) in other.participant_rows.iter().enumerate() {
            self.scanned(participant, *rows as usize);
        }
        self.combines += other.combines;
        self.combines_of_two += other.combines_of_two;
        self.states_as_bytes += other.states_as_bytes;
        self.shared_evaluations += other.shared_evaluations;
        for (plan, height) in &other.heights {
            let entry = self.heights.entry(*plan).or_default();
            *entry = (*entry).max(*height);
        }
        for (place, counts) in other.nodes.iter().enumerate() {
            let node = self.node(place);
            node.rows += counts.rows;
            node.loops += counts.loops;
            node.removed += counts.removed;
            node.milliseconds += counts.milliseconds;
        }
    }
}
