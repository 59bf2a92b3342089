//! Traces: what the protocol objects of real runs did, replayed action by action through their models.
//!
//! ```text
//! run       queries under simulated schedules of many seeds, and under real threads; every protocol object writes a log
//! replay    the whole log of each object through the model of `spec/models`, with the run's own sizes: an action that is not
//!           enabled fails, a property that does not hold fails, a model that is not complete at the end fails
//! bite      logs with one action dropped, doubled or moved must be rejected, and so must the log of an engine with a fault
//! ```

use oracle::session::{EngineChoice, Session};
use parallel::fault::Fault;
use parallel::protocol::Task;
use parallel::protocol::record::{self, Entry};
use parallel::{Claims, Schedule};

#[path = "traces/append_claim.rs"]
mod append_claim;
#[path = "traces/block_cursor.rs"]
mod block_cursor;
#[path = "traces/gather.rs"]
mod gather;
#[path = "traces/shared_build.rs"]
mod shared_build;
#[path = "traces/tuple_queue.rs"]
mod tuple_queue;

const SETUP: &str = "
    create table orders (id int, customer int, price numeric(15,2), note text);
    insert into orders select i, case when i % 11 = 0 then null else i % 13 end, i * 0.25, 'n' || i % 5
        from generate_series(1, 5000) i;
    create table customers (id int, name text);
    insert into customers select i, 'customer ' || i from generate_series(0, 9) i;
    analyze orders;
    analyze customers;
    set min_parallel_table_scan_size = 0;
    set parallel_setup_cost = 0;
    set parallel_tuple_cost = 0;
    set max_parallel_workers_per_gather = 4";

/// Queries that read everything.
const WHOLE: [&str; 6] = [
    "select count(*), sum(price) from orders",
    "select id, note from orders where id % 7 < 5",
    "select customer, count(*) from orders group by customer",
    "select o.id, c.name from orders o join customers c on o.customer = c.id",
    "select id from orders where id > 4000 union all select id from customers",
    "select id from orders where price > (select avg(price) from orders)",
];

/// Queries that may end before they have read everything.
const STOPPING: [&str; 2] =
    ["select id from orders where id % 3 = 0 limit 4", "select 1 / (id - 2500) from orders"];

/// What one run of a query logged.
struct Run {
    /// The query and its schedule, for messages.
    what: String,
    /// Whether it may have ended early.
    may_stop: bool,
    log: Vec<Entry>,
}

/// Runs a query and gives its log.
fn run(session: &mut Session, sql: &str, may_stop: bool, schedule: Schedule) -> Run {
    let what = format!("{sql} under {schedule}");
    session.schedule = schedule;
    let (reply, log) = record::during(|| session.execute_text(sql));
    assert!(reply.is_ok() || may_stop, "{what}");
    Run { what, may_stop, log }
}

/// A simulated schedule for each seed, different in every respect: blocks of one to nine rows, or of the page model.
fn schedule(seed: u64) -> Schedule {
    let claims = match seed % 5 {
        0 | 1 => Claims::Ranges,
        2 => Claims::OneBlock,
        3 => Claims::Skewed,
        _ => Claims::Fixed(9),
    };
    Schedule {
        launched: (seed % 6 < 5).then_some(seed as usize % 6),
        leader: (seed % 3 < 2).then_some(seed.is_multiple_of(3)),
        claims,
        rows_per_block: (seed % 4 < 3).then_some(1 + seed as u32 % 9),
        ..Schedule::simulated(seed)
    }
}

fn session() -> Session {
    let mut session = Session::new(EngineChoice::Parallel);
    for statement in SETUP.split(';') {
        session.execute_text(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    session
}

/// The logs of every query under simulated schedules and under real threads.
fn runs() -> Vec<Run> {
    let mut session = session();
    let threads = |rows| Schedule { rows_per_block: Some(rows), ..Schedule::default() };
    let schedules: Vec<Schedule> = (0..24).map(schedule).chain((1..9).map(threads)).collect();
    let mut runs = vec![];
    for schedule in schedules {
        for sql in WHOLE {
            runs.push(run(&mut session, sql, false, schedule.clone()));
        }
        for sql in STOPPING {
            runs.push(run(&mut session, sql, true, schedule.clone()));
        }
    }
    runs
}

/// How much was replayed.
#[derive(Debug, Default)]
struct Replayed {
    traces: usize,
    actions: usize,
    longest: usize,
}

impl Replayed {
    fn add(&mut self, actions: usize) {
        self.traces += 1;
        self.actions += actions;
        self.longest = self.longest.max(actions);
    }
}

/// Replays the trace of an object, and fails with the query and its schedule.
fn replay<P>(run: &Run, model: &P, trace: &[P::Action]) -> P::State
where
    P: models::Protocol + std::fmt::Debug,
    P::State: Send + Sync,
{
    models::replay(model, trace.iter().cloned())
        .unwrap_or_else(|rejected| panic!("{}\n{model:?}\n{rejected}\n{trace:?}", run.what))
}

/// Whether the model rejects the trace.
fn rejects<P>(model: &P, trace: &[P::Action]) -> bool
where
    P: models::Protocol,
    P::State: Send + Sync,
{
    models::replay(model, trace.iter().cloned()).is_err()
}

/// The trace without one of its actions.
fn without<A: Clone>(trace: &[A], at: usize) -> Vec<A> {
    [&trace[..at], &trace[at + 1..]].concat()
}

/// The trace with one of its actions twice.
fn doubled<A: Clone>(trace: &[A], at: usize) -> Vec<A> {
    [&trace[..=at], &trace[at..]].concat()
}

/// The trace with the action at one place moved to another.
fn moved<A: Clone>(trace: &[A], from: usize, to: usize) -> Vec<A> {
    let mut trace = trace.to_vec();
    let action = trace.remove(from);
    trace.insert(to, action);
    trace
}

#[test]
fn what_the_engine_did_is_what_its_models_allow() {
    spec::clauses!(
        "scan.seq.claim",
        "scan.seq.chunk",
        "scan.append.claim",
        "queue.order",
        "queue.full",
        "queue.end",
        "queue.detach",
        "gather.read",
        "gather.launch",
        "gather.leader",
        "gather.error",
        "gather.stop",
        "gather.ends"
    );
    let runs = runs();
    let mut totals = [const { Replayed { traces: 0, actions: 0, longest: 0 } }; 4];
    for run in &runs {
        block_cursor::traces(run).for_each(|(model, trace)| {
            replay(run, &model, &trace);
            totals[0].add(trace.len());
        });
        append_claim::traces(run).for_each(|(model, trace)| {
            replay(run, &model, &trace);
            totals[1].add(trace.len());
        });
        tuple_queue::traces(run).for_each(|(model, trace)| {
            replay(run, &model, &trace);
            totals[2].add(trace.len());
        });
        gather::traces(run).for_each(|(model, trace)| {
            replay(run, &model, &trace);
            totals[3].add(trace.len());
        });
    }
    for (name, total) in
        ["block cursor", "append claim", "tuple queue", "gather"].iter().zip(&totals)
    {
        println!("{name}: {total:?}");
        assert!(total.traces > 20 && total.longest > 5, "{name}: {total:?}");
    }
    let seen = |wanted: record::Action| {
        runs.iter().any(|run| run.log.iter().any(|entry| entry.action == wanted))
    };
    use record::Action::*;
    // Simulated or not, several participants must have had a part in one scan.
    let several =
        |run: &Run| block_cursor::traces(run).any(|(_, trace)| block_cursor::claimers(&trace) > 1);
    let (threads, simulated) =
        runs.iter().partition::<Vec<_>, _>(|run| run.what.contains("threads"));
    assert!(threads.iter().any(|run| several(run)) && simulated.iter().any(|run| several(run)));
    for wanted in [Full, Refused, Empty, ErrorSeen, LeaderLeft, LeaderFinished, ReaderDetached] {
        assert!(seen(wanted.clone()), "no run shows {wanted:?}");
    }
}

#[test]
fn what_participants_of_a_shared_build_did_is_what_its_model_allows() {
    spec::clauses!(
        "join.shared.attach",
        "join.shared.elected",
        "join.shared.free",
        "join.shared.unmatched",
        "join.shared.wait"
    );
    let (mut total, mut rejected) = (Replayed::default(), 0);
    for repeat in 0..200 {
        let tasks = [None, None, Some(Task::Allocate), Some(Task::Build), Some(Task::Probe)];
        let leaves = tasks[repeat % 5].map(|task| (repeat % 3, task));
        let run = shared_build::run(2 + repeat % 3, leaves);
        for (model, trace) in shared_build::traces(&run) {
            replay(&run, &model, &trace);
            total.add(trace.len());
            rejected += if run.may_stop { 0 } else { shared_build::bite(&model, &trace) };
        }
    }
    println!("shared build: {total:?}, rejected: {rejected}");
    assert!(total.traces == 200 && rejected > 100);
}

#[test]
fn a_log_that_was_tampered_with_is_rejected() {
    let runs = runs();
    let mut bites = [0; 4];
    for run in runs.iter().filter(|run| !run.may_stop) {
        bites[0] +=
            block_cursor::traces(run).map(|(m, t)| block_cursor::bite(&m, &t)).sum::<usize>();
        bites[1] +=
            append_claim::traces(run).map(|(m, t)| append_claim::bite(&m, &t)).sum::<usize>();
        bites[2] += tuple_queue::traces(run).map(|(m, t)| tuple_queue::bite(&m, &t)).sum::<usize>();
        bites[3] += gather::traces(run).map(|(m, t)| gather::bite(&m, &t)).sum::<usize>();
    }
    println!("rejected: {bites:?}");
    assert!(bites.iter().all(|bites| *bites > 100), "{bites:?}");
}

#[test]
fn an_engine_that_forgets_queues_is_seen_in_its_logs() {
    let mut session = session();
    let mut is_seen = |seed: u64| {
        let fault = Some(Fault::LastBatchLostAtDetach);
        let schedule = Schedule { fault, launched: Some(3), ..schedule(seed) };
        let run = run(&mut session, WHOLE[1], false, schedule);
        gather::traces(&run).any(|(model, trace)| rejects(&model, &trace))
    };
    let seen = (0..24).filter(|seed| is_seen(*seed)).count();
    println!("seen under {seen} of 24 seeds");
    assert!(seen > 0);
}
