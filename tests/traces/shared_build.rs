//! The phases of a shared build: no node uses it yet, so threads of this test do, late, early, and leaving in the middle.

use super::{Run, doubled, moved, rejects, without};
use models::hash_barrier::{Action, HashBarrier};
use parallel::protocol::record::{self, Action as Logged};
use parallel::protocol::shared_build::{Advanced, Builder, Probed, SharedBuild, Task};
use std::sync::Arc;
use std::thread;

/// So many participants of one build; one of them leaves before this task.
pub fn run(participants: usize, leaves: Option<(usize, Task)>) -> Run {
    let build = || {
        let shared = Arc::new(SharedBuild::new());
        thread::scope(|scope| {
            for participant in 0..participants {
                let shared = shared.clone();
                let before = leaves.filter(|(who, _)| *who == participant).map(|(_, task)| task);
                scope.spawn(move || take_part(&shared, participant, before));
            }
        });
    };
    let ((), log) = record::during(build);
    let what = format!("a build by {participants}, {leaves:?} leaves");
    Run { what, may_stop: leaves.is_some(), log }
}

fn take_part(shared: &Arc<SharedBuild>, participant: usize, leaves_before: Option<Task>) {
    let Some(mut builder) = Builder::attach(shared, participant) else { return };
    loop {
        match builder.advance() {
            Advanced::Task(task) if leaves_before == Some(task) => return,
            Advanced::Task(Task::Probe) => break,
            Advanced::Task(Task::Allocate | Task::Build) => {}
            Advanced::Blocked(wait) => wait.park(),
            Advanced::Broken => return,
        }
    }
    if let Probed::Last { .. } = builder.finish_probing() {
        builder.finish();
    }
}

/// Every build of a run: its model, without rows (the protocol does not know them), and what was done.
pub fn traces(run: &Run) -> impl Iterator<Item = (HashBarrier, Vec<Action>)> {
    run.log.iter().filter(|entry| entry.action == Logged::BuildMade).map(|made| {
        let own = run.log.iter().filter(|entry| entry.object == made.object);
        let trace: Vec<Action> = own.filter_map(|entry| action(&entry.action)).collect();
        let attached = |action: &&Action| matches!(action, Action::Attach(_));
        let model = HashBarrier {
            participants: trace.iter().filter(attached).count(),
            inner: 0,
            outer: 0,
            may_stop: run.may_stop,
            mutant: None,
        };
        (model, trace)
    })
}

fn action(logged: &Logged) -> Option<Action> {
    Some(match *logged {
        Logged::BuildAttached(who) => Action::Attach(who),
        Logged::BuildArrived(who) => Action::Arrive(who),
        Logged::BuildWoke(who) => Action::Wake(who),
        Logged::TableMade(who) => Action::Allocate(who),
        Logged::ProbingEnded(who) => Action::Depart(who),
        Logged::BuildLeft(who) => Action::Finish(who),
        Logged::BuildGivenUp(who) => Action::GiveUp(who),
        Logged::BuildStopped(who) => Action::StopEarly(who),
        _ => return None,
    })
}

/// Tampers with a trace: how many of the changes were rejected, which must be all.
pub fn bite(model: &HashBarrier, trace: &[Action]) -> usize {
    let attached = |action: &Action| matches!(action, Action::Attach(_));
    let needed = |at: &usize| !attached(&trace[*at]) || *at == 0;
    let mut tampered: Vec<Vec<Action>> =
        (0..trace.len()).filter(needed).map(|at| without(trace, at)).collect();
    tampered.push(doubled(trace, 0));
    tampered.push(moved(trace, 0, trace.len() - 1));
    tampered.push(moved(trace, trace.len() - 1, 1));
    for tampered in &tampered {
        assert!(rejects(model, tampered), "{model:?} accepts {tampered:?} instead of {trace:?}");
    }
    tampered.len()
}
