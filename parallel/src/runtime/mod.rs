//! Runs the participants of a query: real threads, or one simulated thread under a seed.
//!
//! ```text
//! leader      init plans one after the other, then the plan; a Gather in it asks for workers
//! worker      its own copy of the partial plan: pull a batch, send it, until nothing is left or nobody wants more
//! step        as far as a participant gets without blocking: Ready, Blocked(wait) or Finished
//! threads     each worker is a thread that parks on its waits; the leader is the calling thread
//! simulated   one thread steps whoever a seeded die names, among those that can go on
//! ```
//!
//! A worker counts as launched when it begins, and a run ends when the leader and every worker have ended: no worker
//! outlives its Gather. [gather.launch]

mod dice;
mod execution;
mod leader;
mod participant;
mod simulated;
mod threads;
mod worker;

pub(crate) use dice::Dice;
pub(crate) use execution::Execution;
pub(crate) use participant::Participant;
pub(crate) use worker::{Assignment, Worker};

use crate::batch::Batch;
use crate::protocol::Wait;
use crate::schedule::Runtime;
use leader::Leader;
use spec::SqlError;

/// How far a participant got.
pub(crate) enum Step {
    /// It can go on; another may as well.
    Ready,
    /// It can go on when this wait is over.
    Blocked(Wait),
    /// It has ended.
    Finished,
}

/// Runs a query to its end under its schedule.
pub(crate) fn run<'p>(execution: &'p Execution<'p>) -> Result<Vec<Batch>, SqlError> {
    let leader = Leader::new(execution);
    match execution.schedule.runtime {
        Runtime::Threads => threads::run(leader),
        Runtime::Simulated { seed } => simulated::run(leader, seed),
    }
}
