//! The simulated runtime: one thread, one seed; every run replays exactly.
//!
//! ```text
//! while somebody runs
//!     among the participants whose wait is over, the die names one
//!     it takes one step; workers that it asked for join, each late by a seeded number of turns
//! ```
//!
//! If nobody can go on, the participants have a deadlock among them: that is a fault of ours, and a panic.

use spec::SqlError;

use super::leader::Leader;
use super::{Dice, Step, Worker};
use crate::batch::Batch;
use crate::protocol::Wait;

/// The largest number of turns by which a worker arrives late.
const LATE_TURNS: usize = 12;

/// A worker in the simulation.
struct Task<'p> {
    worker: Worker<'p>,
    wait: Wait,
    /// Turns of others before it begins.
    late: usize,
}

/// Runs to the end; returns when every worker has ended.
pub(super) fn run(mut leader: Leader<'_>, seed: u64) -> Result<Vec<Batch>, SqlError> {
    let schedule = leader.schedule();
    let mut dice = Dice::new(seed, 0);
    let (mut leader_wait, mut leader_ended) = (Wait::Turn, false);
    let mut tasks: Vec<Task> = Vec::new();
    while !leader_ended || !tasks.is_empty() {
        let leader_ready = !leader_ended && leader_wait.is_over();
        let ready: Vec<usize> =
            (0..tasks.len()).filter(|&t| tasks[t].late == 0 && tasks[t].wait.is_over()).collect();
        let choices = ready.len() + usize::from(leader_ready);
        if choices == 0 && tasks.iter().all(|task| task.late == 0) {
            panic!("deadlock: no participant can go on under the schedule `{schedule}`");
        }
        for task in &mut tasks {
            task.late = task.late.saturating_sub(1);
        }
        if choices == 0 {
            continue;
        }
        match ready.get(dice.below(choices)) {
            Some(&chosen) => match tasks[chosen].worker.step() {
                Step::Ready => tasks[chosen].wait = Wait::Turn,
                Step::Blocked(wait) => tasks[chosen].wait = wait,
                Step::Finished => drop(tasks.remove(chosen)),
            },
            None => {
                match leader.step() {
                    Step::Ready => leader_wait = Wait::Turn,
                    Step::Blocked(wait) => leader_wait = wait,
                    Step::Finished => leader_ended = true,
                }
                for worker in leader.launches() {
                    // Most workers are on time: too many late ones would find nothing left to do.
                    let late = if dice.below(4) != 0 { 0 } else { dice.below(LATE_TURNS) };
                    tasks.push(Task { worker, wait: Wait::Turn, late });
                }
            }
        }
    }
    leader.into_answer()
}
