//! What the parallel-aware nodes below one Gather share.

use std::collections::HashMap;
use std::sync::Arc;

use spec::plan::{Node, Plan};

use super::bitmap_scan::Bitmap;
use super::seq_scan;
use super::shared_hash_join::SharedTable;
use crate::protocol::{AppendClaim, BitmapClaim, BlockCursor, PageClaim};
use crate::runtime::{Dice, Execution};

/// The protocol objects of a partial plan, by the address of their node: made by the leader before any worker is asked
/// for, attached to by each participant that begins.
#[derive(Debug, Default)]
pub(crate) struct SharedState {
    scans: HashMap<usize, Arc<BlockCursor>>,
    pages: HashMap<usize, Arc<PageClaim>>,
    bitmaps: HashMap<usize, Arc<BitmapClaim<Bitmap>>>,
    appends: HashMap<usize, Arc<AppendClaim>>,
    hash_tables: HashMap<usize, Arc<SharedTable>>,
}

impl SharedState {
    /// The shared state of the plan below a Gather that may have this many participants.
    pub fn new(plan: &Plan, participants: usize, execution: &Execution<'_>) -> SharedState {
        let mut shared = SharedState::default();
        shared.add(plan, participants, execution);
        shared
    }

    fn add(&mut self, plan: &Plan, participants: usize, execution: &Execution<'_>) {
        let key = std::ptr::from_ref(plan) as usize;
        match &plan.node {
            Node::SeqScan { table, parallel: true, .. } => {
                let blocks = seq_scan::blocks(&table.name, execution);
                let mut dice = Dice::new(execution.seed().unwrap_or(0), key_free_role(plan));
                let favoured = dice.below(participants.max(1));
                let cursor = BlockCursor::new(blocks, execution.schedule.claims, favoured);
                self.scans.insert(key, Arc::new(cursor));
            }
            Node::IndexScan { parallel: true, .. } => {
                self.pages.insert(key, Arc::default());
            }
            Node::BitmapHeapScan { parallel: true, .. } => {
                self.bitmaps.insert(key, Arc::default());
            }
            Node::Append { inputs, parallel: true } => {
                let partial = inputs.iter().map(is_partial).collect();
                self.appends.insert(key, Arc::new(AppendClaim::new(partial)));
            }
            // It has participants of its own, and shares among them.
            Node::Gather { .. } | Node::GatherMerge { .. } => return,
            Node::HashJoin { parallel: true, .. } => {
                self.hash_tables.insert(key, Arc::default());
            }
            _ => {}
        }
        for input in plan.inputs() {
            self.add(input, participants, execution);
        }
    }

    /// The cursor of a Parallel Seq Scan.
    pub fn scan(&self, plan: &Plan) -> Option<&Arc<BlockCursor>> {
        self.scans.get(&(std::ptr::from_ref(plan) as usize))
    }

    /// The claims of a Parallel Index Scan.
    pub fn pages(&self, plan: &Plan) -> Option<&Arc<PageClaim>> {
        self.pages.get(&(std::ptr::from_ref(plan) as usize))
    }

    /// The bitmap of a Parallel Bitmap Heap Scan.
    pub fn bitmap(&self, plan: &Plan) -> Option<&Arc<BitmapClaim<Bitmap>>> {
        self.bitmaps.get(&(std::ptr::from_ref(plan) as usize))
    }

    /// The claims of a Parallel Append.
    pub fn append(&self, plan: &Plan) -> Option<&Arc<AppendClaim>> {
        self.appends.get(&(std::ptr::from_ref(plan) as usize))
    }

    /// The table of a Parallel Hash Join.
    pub fn hash_table(&self, plan: &Plan) -> Option<&Arc<SharedTable>> {
        self.hash_tables.get(&(std::ptr::from_ref(plan) as usize))
    }
}

/// Addresses differ from run to run, a choice must not: scans of one query choose by their columns.
fn key_free_role(plan: &Plan) -> u64 {
    (1 << 32) + plan.columns.len() as u64
}

/// Whether several participants may run this plan together: a parallel-aware node divides its rows among them.
fn is_partial(plan: &Plan) -> bool {
    match plan.node {
        Node::SeqScan { parallel: true, .. }
        | Node::IndexScan { parallel: true, .. }
        | Node::BitmapHeapScan { parallel: true, .. }
        | Node::Append { parallel: true, .. } => true,
        Node::Gather { .. } | Node::GatherMerge { .. } => false,
        _ => plan.inputs().into_iter().any(is_partial),
    }
}
