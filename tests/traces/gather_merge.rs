//! A Gather Merge: its workers' queues, the heads of all participants, and whose row is returned next.

use super::gather::capacity;
use super::{Run, moved, rejects, without};
use models::gather::May;
use models::gather_merge::{Action, Batches, GatherMerge};
use parallel::protocol::record::{Action as Logged, Entry};

/// Where a key stands among others: the order that was asked for, read from the texts in the log and not from the engine.
pub type Place = fn(Option<i64>) -> (bool, i64);

/// Ascending, NULLs last.
pub fn ascending(key: Option<i64>) -> (bool, i64) {
    (key.is_none(), key.unwrap_or(0))
}

/// Descending, NULLs first.
pub fn descending(key: Option<i64>) -> (bool, i64) {
    (key.is_some(), -key.unwrap_or(0))
}

/// A Gather Merge as the log names it.
struct Objects<'a> {
    own: u64,
    errors: u64,
    queues: &'a [u64],
    takes_part: bool,
}

/// Every Gather Merge of a run: its model, with the run's own rows, and what was done.
pub fn traces(run: &Run, place: Place) -> impl Iterator<Item = (GatherMerge, Vec<Action>)> {
    run.log.iter().filter_map(move |made| {
        let Logged::MergeMade { queues, errors, takes_part } = &made.action else { return None };
        let (own, errors, takes_part) = (made.object, *errors, *takes_part);
        let objects = Objects { own, errors, queues, takes_part };
        let mut trace = objects.trace(&run.log);
        // The call has come back.
        trace.push(Action::Return);
        let mut rows = objects.rows(&run.log, place);
        for (worker, batches) in rows[..queues.len()].iter_mut().enumerate() {
            // What was sent and never became a head.
            let sent = |action: &&Action| {
                **action == Action::Send(worker) || **action == Action::Refused(worker)
            };
            batches.resize(trace.iter().filter(sent).count(), vec![]);
        }
        let leader = rows.pop().expect("the leader's own copy is the last");
        let model = GatherMerge {
            workers: rows,
            leader,
            leader_takes_part: takes_part,
            capacities: queues.iter().map(|queue| capacity(run, *queue) as usize).collect(),
            may: May { fail: run.may_stop, not_begin: false, stop: run.may_stop },
            rescans: 0,
            mutant: None,
        };
        Some((model, trace))
    })
}

impl Objects<'_> {
    fn trace(&self, log: &[Entry]) -> Vec<Action> {
        let mut finished = false;
        let mut trace = vec![];
        for entry in log {
            let queue = self.queues.iter().position(|queue| *queue == entry.object);
            let action = match (queue, &entry.action) {
                (Some(worker), logged) => of_queue(logged, worker),
                (None, Logged::Raised(who)) if entry.object == self.errors => {
                    Some(Action::Raise(who - 1))
                }
                (None, Logged::ErrorSeen) if entry.object == self.errors => Some(Action::SeeError),
                (None, logged) if entry.object == self.own => self.of_leader(logged, finished),
                _ => None,
            };
            finished |= matches!(action, Some(Action::SeeError | Action::Finish));
            trace.extend(action);
        }
        trace
    }

    fn of_leader(&self, logged: &Logged, finished: bool) -> Option<Action> {
        let own = self.queues.len();
        match logged {
            // A worker's queue tells when its rows became its head.
            Logged::HeadCame { source, .. } => (*source == own).then_some(Action::Fetch(own)),
            Logged::HeadGiven(source) => Some(Action::Emit(*source)),
            Logged::LeaderJoined => (!self.takes_part).then_some(Action::Join),
            Logged::LeaderDone => Some(Action::EndOf(own)),
            Logged::LeaderFinished => Some(Action::Finish),
            Logged::LeaderLeft => (!finished).then_some(Action::Stop),
            _ => None,
        }
    }

    /// The rows of every participant, batch by batch: keys by their ranks.
    fn rows(&self, log: &[Entry], place: Place) -> Vec<Batches> {
        let heads = || {
            let own = log.iter().filter(|entry| entry.object == self.own);
            own.filter_map(|entry| match &entry.action {
                Logged::HeadCame { source, keys } => Some((*source, keys)),
                _ => None,
            })
        };
        let placed = |row: &Vec<String>| place(row[0].parse().ok());
        let mut places: Vec<_> = heads().flat_map(|(_, keys)| keys.iter().map(placed)).collect();
        places.sort_unstable();
        places.dedup();
        let rank = |row| places.binary_search(&placed(row)).expect("it was sorted in") as u32;
        let mut rows = vec![vec![]; self.queues.len() + 1];
        for (source, keys) in heads() {
            rows[source].push(keys.iter().map(rank).collect());
        }
        rows
    }
}

fn of_queue(logged: &Logged, worker: usize) -> Option<Action> {
    Some(match logged {
        Logged::WriterAttached => Action::Begin(worker),
        Logged::Sent(_) => Action::Send(worker),
        Logged::Refused => Action::Refused(worker),
        Logged::WriterDetached => Action::DetachWriter(worker),
        Logged::Received(_) => Action::Fetch(worker),
        Logged::Ended => Action::EndOf(worker),
        Logged::ReaderDetached => Action::DetachReader(worker),
        _ => return None,
    })
}

/// How many changes of each kind were rejected, which must be all.
#[derive(Debug, Default)]
pub struct Bites {
    /// The row of another participant was returned, which was greater.
    pub out_of_turn: usize,
    /// A participant that had rows was taken for one without.
    pub skipped: usize,
    /// A row was returned before the head of a participant was known.
    pub unknown: usize,
    /// The end came before the last row.
    pub early: usize,
    /// An action was left out.
    pub dropped: usize,
}

/// Tampers with the trace of a merge that has returned everything.
pub fn bite(model: &GatherMerge, trace: &[Action], bites: &mut Bites) {
    let refused = |tampered: Vec<Action>| {
        assert!(rejects(model, &tampered), "{model:?} accepts {tampered:?} instead of {trace:?}");
        1
    };
    for tampered in out_of_turn(model, trace).into_iter().take(4) {
        bites.out_of_turn += refused(tampered);
    }
    let sources = 0..=model.workers.len();
    for source in sources.clone() {
        bites.skipped += skipped(trace, source).map_or(0, refused);
    }
    let emits = |action: &Action| matches!(action, Action::Emit(_));
    let (Some(first), Some(last)) = (trace.iter().position(emits), trace.iter().rposition(emits))
    else {
        return;
    };
    for source in sources {
        let head = trace[..first].iter().rposition(|action| *action == Action::Fetch(source));
        bites.unknown += head.map_or(0, |head| refused(moved(trace, head, first)));
    }
    let finish = trace.iter().position(|action| *action == Action::Finish);
    bites.early += refused(moved(trace, finish.expect("it has returned everything"), last));
    let places = (0..trace.len()).take(6).chain((0..trace.len()).rev().take(6));
    bites.dropped += places.map(|at| refused(without(trace, at))).sum::<usize>();
}

/// The trace with one row taken from a participant whose head is greater, for some of its rows.
fn out_of_turn(model: &GatherMerge, trace: &[Action]) -> Vec<Vec<Action>> {
    let rows: Vec<Vec<u32>> =
        model.workers.iter().chain([&model.leader]).map(|batches| batches.concat()).collect();
    let mut emitted = vec![0; rows.len()];
    let mut tampered = vec![];
    for (at, action) in trace.iter().enumerate() {
        let Action::Emit(source) = *action else { continue };
        let key = |source: usize| rows[source].get(emitted[source]);
        if let Some(other) = (0..rows.len()).find(|other| key(*other) > key(source)) {
            let mut swapped = trace.to_vec();
            swapped[at] = Action::Emit(other);
            tampered.push(swapped);
        }
        emitted[source] += 1;
    }
    tampered
}

/// The trace without anything that the leader did with the rows of a participant; none if it had no rows.
fn skipped(trace: &[Action], source: usize) -> Option<Vec<Action>> {
    let (fetch, emit) = (Action::Fetch(source), Action::Emit(source));
    trace.contains(&emit).then(|| {
        let rest = trace.iter().filter(|action| **action != fetch && **action != emit);
        rest.cloned().collect()
    })
}
