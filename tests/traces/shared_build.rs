//! The phases of a shared build: Parallel Hash Joins of the running engine with their rows, and, without any, threads of
//! this test that come late, early, and leave in the middle.
//!
//! The scans of a join claim a row at a time, so that their claims are the claims of the model. A participant puts its
//! inner rows into the table all at once, after the last; the model inserts each before it claims the next, which nobody
//! can tell, for nobody looks before the phase has ended. The k-th outer row that is claimed matches the k-th inner row:
//! the rows of a join are all different, so that this is a matter of names.

use super::shapes::{filter, gather, hash_join, limit, put, scan, table};
use super::{Run, doubled, moved, rejects, without};
use models::hash_barrier::{Action, HashBarrier};
use parallel::protocol::record::{self, Action as Logged, Entry};
use parallel::protocol::shared_build::{Advanced, Builder, Probed, SharedBuild, Task};
use parallel::{Claims, Schedule};
use spec::expr::{Expr, function};
use spec::plan::Plan;
use spec::plan::check::check;
use spec::query::JoinKind;
use spec::settings::Settings;
use spec::value::{Type, Value};
use std::sync::Arc;
use std::thread;

/// A join of outer rows 1, 2, … with inner rows 1, 2, …, of which there are not as many.
#[derive(Clone, Copy, Debug)]
pub struct Join {
    pub kind: JoinKind,
    pub outer: u8,
    pub inner: u8,
    pub ends: Ends,
}

/// How a join ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// When everything is joined.
    Whole,
    /// After three rows.
    Limited,
    /// With an error, at the inner row 2.
    Failing,
}

/// Runs a join under a schedule, which may plant a fault.
pub fn run_join(join: Join, schedule: Schedule) -> Run {
    let schedule = Schedule { claims: Claims::OneBlock, rows_per_block: Some(1), ..schedule };
    let mut tables = parallel::Tables::default();
    for (name, rows) in [("a", join.outer), ("b", join.inner)] {
        put(&mut tables, &table(name), (1..=rows).map(|x| Some(x.into())), |_| 0.0);
    }
    let plan = check(plan(join)).unwrap_or_else(|refusal| panic!("{refusal}"));
    let settings = Settings::default();
    let (_, log) = record::during(|| parallel::run(&plan, &tables, &settings, &schedule));
    let what = format!("{join:?} under {schedule}");
    Run { what, may_stop: join.ends != Ends::Whole, log }
}

fn plan(join: Join) -> Plan {
    let (outer, mut inner) = (scan(&table("a"), true), scan(&table("b"), true));
    if join.ends == Ends::Failing {
        let number = |number| Expr::Constant(Value::Int4(number), Type::Int4);
        let x = Expr::Column { index: 0, ty: Type::Int4 };
        let less_two = call("int4mi", vec![x, number(2)]);
        let operand = Box::new(call("int4div", vec![number(1), less_two]));
        inner = filter(inner, Expr::IsNull { operand, negated: true });
    }
    let joined = gather(hash_join(join.kind, outer, inner, true), 3, false);
    if join.ends == Ends::Limited { limit(joined, Some(3), None) } else { joined }
}

fn call(name: &str, args: Vec<Expr>) -> Expr {
    let function = function::exact(name, &[Type::Int4, Type::Int4]).expect("there is one");
    super::shapes::call(function, args)
}

/// The build of a join: its model with its rows, and what was done.
pub fn trace_of_join(join: Join, run: &Run) -> (HashBarrier, Vec<Action>) {
    let scan_of = |rows: u8| {
        let rows = u64::from(rows);
        let made = |entry: &&Entry| match entry.action {
            Logged::CursorMade { blocks, .. } => blocks == rows,
            _ => false,
        };
        run.log.iter().find(made).expect("each side has a scan").object
    };
    let build = run.log.iter().find(|entry| entry.action == Logged::BuildMade);
    let build = build.expect("there is one build").object;
    let (outer, inner) = (scan_of(join.outer), scan_of(join.inner));
    let mut told = Told::new(join.outer);
    for entry in &run.log {
        match entry.action {
            Logged::BlocksClaimed { participant, .. } if entry.object == inner => {
                told.claims_inner(participant);
            }
            Logged::BlocksClaimed { participant, .. } if entry.object == outer => {
                told.trace.push(Action::ClaimOuter(participant));
            }
            _ if entry.object == build => told.does(&entry.action),
            _ => {}
        }
    }
    told.drain();
    let model = HashBarrier {
        participants: 4,
        inner: join.inner,
        outer: join.outer,
        // Nobody is held up by a full queue: what the engine does then is told by the traces of queues.
        room: join.inner + join.outer,
        may_stop: run.may_stop,
        mutant: None,
    };
    (model, told.trace)
}

/// A log, told in actions of the model.
struct Told {
    trace: Vec<Action>,
    /// The next inner row to be returned as unmatched.
    unmatched: u8,
    /// The inner rows that each participant has claimed; it holds the last of them until it has inserted all.
    claimed: [usize; 4],
    holds: [bool; 4],
    /// Nobody will look into the table: what is claimed for it any more does not matter.
    broken: bool,
}

impl Told {
    fn new(outer: u8) -> Told {
        Told { trace: vec![], unmatched: outer, claimed: [0; 4], holds: [false; 4], broken: false }
    }

    fn claims_inner(&mut self, who: usize) {
        if self.broken {
            return;
        }
        if self.holds[who] {
            self.trace.push(Action::Insert(who));
        }
        self.trace.push(Action::ClaimInner(who));
        self.claimed[who] += 1;
        self.holds[who] = true;
    }

    fn does(&mut self, logged: &Logged) {
        match *logged {
            Logged::RowsInserted { participant: who, rows } => {
                // With fewer rows it still holds one, and must not go on.
                if self.holds[who] && (rows == self.claimed[who] || self.broken) {
                    self.trace.push(Action::Insert(who));
                    self.holds[who] = false;
                }
            }
            Logged::RowsProbed { participant, rows } => {
                self.trace.extend(std::iter::repeat_n(Action::Probe(participant), rows));
            }
            Logged::RowsReturned { participant, rows } => {
                for _ in 0..rows {
                    self.trace.push(Action::Return(participant, self.unmatched));
                    self.unmatched += 1;
                }
            }
            ref other => {
                let probes =
                    |action: &Action| matches!(action, Action::ClaimOuter(_) | Action::Depart(_));
                self.broken |=
                    matches!(other, Logged::BuildStopped(_)) && !self.trace.iter().any(probes);
                self.trace.extend(action(other));
            }
        }
    }

    /// The leader reads what is left in the queues, or forgets it.
    fn drain(&mut self) {
        let sends = |action: &Action| match *action {
            Action::Probe(who) | Action::Return(who, _) if who > 0 => Some(Action::Drain(who)),
            _ => None,
        };
        let drains: Vec<Action> = self.trace.iter().filter_map(sends).collect();
        self.trace.extend(drains);
    }
}

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

/// Every build of a run without rows: its model, and what was done.
pub fn traces(run: &Run) -> impl Iterator<Item = (HashBarrier, Vec<Action>)> {
    run.log.iter().filter(|entry| entry.action == Logged::BuildMade).map(|made| {
        let own = run.log.iter().filter(|entry| entry.object == made.object);
        let trace: Vec<Action> = own.filter_map(|entry| action(&entry.action)).collect();
        let attached = |action: &&Action| matches!(action, Action::Attach(_));
        let model = HashBarrier {
            participants: trace.iter().filter(attached).count(),
            inner: 0,
            outer: 0,
            room: 1,
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
