//! Real threads: each worker is one, the leader is the thread that asks.

use std::thread::{self, Scope};

use spec::SqlError;

use super::leader::Leader;
use super::{Step, Worker};
use crate::batch::Batch;

/// Runs to the end; returns when every worker has ended.
pub(super) fn run(mut leader: Leader<'_>) -> Result<Vec<Batch>, SqlError> {
    thread::scope(|scope| {
        loop {
            let step = leader.step();
            for worker in leader.launches() {
                spawn(scope, worker);
            }
            match step {
                Step::Ready => {}
                Step::Blocked(wait) => wait.park(),
                Step::Finished => return leader.into_answer(),
            }
        }
    })
}

/// Starts a worker. If the system has no thread for it, dropping the worker tells the leader that it has ended.
fn spawn<'scope, 'p: 'scope>(scope: &'scope Scope<'scope, '_>, mut worker: Worker<'p>) {
    let name = format!("parallel worker {}", worker.number());
    let body = move || {
        loop {
            match worker.step() {
                Step::Ready => {}
                Step::Blocked(wait) => wait.park(),
                Step::Finished => return,
            }
        }
    };
    drop(thread::Builder::new().name(name).spawn_scoped(scope, body));
}
