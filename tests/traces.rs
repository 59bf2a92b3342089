//! Traces: what the protocol objects of real runs did, replayed action by action through their models.
//!
//! ```text
//! run       queries under simulated schedules of many seeds, and under real threads; every protocol object writes a log
//! replay    the whole log of each object through the model of `spec/models`, with the run's own sizes: an action that is not
//!           enabled fails, a property that does not hold fails, a model that is not complete at the end fails
//! bite      logs with one action dropped, doubled or moved must be rejected, and so must the log of an engine with a fault
//! ```

use oracle::session::Session;
use parallel::fault::Fault;
use parallel::protocol::Task;
use parallel::protocol::record::{self, Entry};
use parallel::{Claims, Schedule};
use shared_build::{Ends, Join};
use spec::outcome::Outcome;
use spec::plan::check::check;
use spec::query::SortKey;
use spec::settings::Settings;
use spec::sql::ast::{Direction, NullsOrder};

#[path = "traces/append_claim.rs"]
mod append_claim;
#[path = "traces/block_cursor.rs"]
mod block_cursor;
#[path = "traces/gather.rs"]
mod gather;
#[path = "traces/gather_merge.rs"]
mod gather_merge;
mod orders;
mod shapes;
#[path = "traces/shared_build.rs"]
mod shared_build;
#[path = "traces/tuple_queue.rs"]
mod tuple_queue;

/// Enough for several chunks of blocks by the page model.
const ORDERS: usize = 5000;

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
    let rows_per_block = (seed % 4 < 3).then_some(1 + seed as u32 % 9);
    Schedule { claims, rows_per_block, ..orders::schedule(seed) }
}

/// The logs of every query under simulated schedules and under real threads.
fn runs() -> Vec<Run> {
    let mut session = orders::session(ORDERS);
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

/// Joins over a shared table: more inner rows than outer ones, which are returned by the last, and the other way about.
fn shared_joins(ends: Ends) -> impl Iterator<Item = Join> {
    let join = move |kind, outer, inner| Join { kind, outer, inner, ends };
    use spec::query::JoinKind::{Anti, Full, Inner, Left, Right, Semi};
    let more_inner = [Right, Full].map(|kind| join(kind, 5, 8));
    let more_outer = [Inner, Left, Right, Full, Semi, Anti].map(|kind| join(kind, 8, 5));
    more_inner.into_iter().chain(more_outer)
}

fn shared_schedules() -> impl Iterator<Item = Schedule> {
    let threads = |launched| Schedule { launched: Some(launched), ..Schedule::default() };
    (0..40).map(schedule).chain((0..4).cycle().take(12).map(threads))
}

#[test]
fn what_the_engine_did_with_the_rows_of_a_shared_table_is_what_its_model_allows() {
    spec::clauses!(
        "join.shared.attach",
        "join.shared.build-first",
        "join.shared.elected",
        "join.shared.free",
        "join.shared.unmatched",
        "join.shared.wait"
    );
    let (mut total, mut rejected, mut seen) = (Replayed::default(), 0, vec![]);
    for ends in [Ends::Whole, Ends::Limited, Ends::Failing] {
        for (join, schedule) in
            shared_joins(ends).flat_map(|join| shared_schedules().map(move |s| (join, s)))
        {
            let run = shared_build::run_join(join, schedule);
            let (model, trace) = shared_build::trace_of_join(join, &run);
            replay(&run, &model, &trace);
            total.add(trace.len());
            rejected += if run.may_stop { 0 } else { shared_build::bite(&model, &trace) };
            seen.extend(run.log.into_iter().map(|entry| entry.action));
        }
    }
    println!("shared joins: {total:?}, rejected: {rejected}");
    assert!(total.longest > 50 && rejected > 1000);
    use record::Action::*;
    for worker in 1..4 {
        let returned = |action: &record::Action| matches!(action, RowsReturned { participant, .. } if *participant == worker);
        assert!(seen.iter().any(returned), "worker {worker} is never the last");
    }
    for wanted in [BuildStopped(1), BuildGivenUp(1), BuildGivenUp(2), TableMade(0), TableMade(1)] {
        assert!(seen.contains(&wanted), "no run shows {wanted:?}");
    }
}

#[test]
fn a_table_that_is_probed_early_is_seen_in_the_log() {
    spec::clauses!("join.shared.build-first");
    let is_seen = |(join, schedule): (Join, Schedule)| {
        let fault = Some(Fault::SharedTableProbedEarly);
        let run = shared_build::run_join(join, Schedule { fault, ..schedule });
        let (model, trace) = shared_build::trace_of_join(join, &run);
        rejects(&model, &trace)
    };
    let runs = shared_joins(Ends::Whole).flat_map(|join| (0..24).map(move |s| (join, schedule(s))));
    let seen = runs.filter(|run| is_seen(run.clone())).count();
    println!("seen in {seen} of 192 runs");
    assert!(seen > 0);
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

/// The logs of merges of hand-made plans, which the planner does not make, with the order of their rows.
fn merges() -> Vec<(Run, gather_merge::Place)> {
    use gather_merge::{ascending, descending};
    use shapes::*;
    let table = table("t");
    let up = || order(true);
    let down = || SortKey { direction: Direction::Desc, nulls: NullsOrder::First, ..order(true) };
    let merge = |input, key: fn() -> SortKey| gather_merge(sort(input, key(), None), key(), 3);
    let shares = || scan(&table, true);
    let some = || gather_merge(filter(sort(shares(), up(), None), x_is_two()), up(), 3);
    let plans = [
        ("merge", merge(shares(), up), ascending as gather_merge::Place, false),
        ("merge, descending", merge(shares(), down), descending, false),
        ("merge of what a filter leaves", some(), ascending, false),
        ("limit over merge", limit(merge(shares(), up), Some(4), None), ascending, true),
        ("merge that fails", merge(filter(shares(), one_by_x_is_one()), up), ascending, true),
    ];
    let threads = |rows| Schedule { rows_per_block: Some(rows), ..Schedule::default() };
    let few = (0..24).map(schedule).chain((1..5).map(threads)).map(|schedule| (400, schedule));
    // A participant with more rows than one batch holds.
    let many = (30..33).map(|seed| (10_000, Schedule { launched: Some(1), ..schedule(seed) }));
    let mut runs = vec![];
    for (rows, schedule) in few.chain(many) {
        let mut stored = parallel::Tables::default();
        put(&mut stored, &table, (0..rows).map(|i| (i % 11 != 0).then_some(i * 7 % 50)), |_| 0.0);
        for (name, plan, place, may_stop) in &plans {
            let what = format!("{name} of {rows} rows under {schedule}");
            let plan = check(plan.clone()).expect("it is well typed");
            let run = || parallel::run(&plan, &stored, &Settings::default(), &schedule).outcome;
            let (outcome, log) = record::during(run);
            assert!(matches!(outcome, Outcome::Rows(_)) || *may_stop, "{what}: {outcome:?}");
            runs.push((Run { what, may_stop: *may_stop, log }, *place));
        }
    }
    runs
}

#[test]
fn a_merge_takes_the_turns_that_its_model_allows() {
    spec::clauses!("gather.merge.least", "gather.launch", "gather.error", "gather.stop");
    let runs = merges();
    let (mut total, mut together, mut longer) = (Replayed::default(), 0, 0);
    for (run, place) in &runs {
        for (model, trace) in gather_merge::traces(run, *place) {
            replay(run, &model, &trace);
            total.add(trace.len());
            let rows = |batches: &Vec<Vec<u32>>| batches.iter().filter(|b| !b.is_empty()).count();
            let participants = || model.workers.iter().chain([&model.leader]);
            together += usize::from(participants().filter(|batches| rows(batches) > 0).count() > 2);
            longer += usize::from(participants().any(|batches| rows(batches) > 1));
        }
    }
    println!(
        "gather merge: {total:?}, three or more with rows: {together}, several heads: {longer}"
    );
    assert!(total.traces == runs.len() && together > 20 && longer > 2);
    use record::Action::*;
    for wanted in [Empty, Refused, ErrorSeen, LeaderLeft, LeaderFinished, ReaderDetached] {
        let seen = runs.iter().any(|(run, _)| run.log.iter().any(|entry| entry.action == wanted));
        assert!(seen, "no run shows {wanted:?}");
    }
}

#[test]
fn a_merge_out_of_turn_is_rejected() {
    spec::clauses!("gather.merge.least");
    let mut bites = gather_merge::Bites::default();
    for (run, place) in merges().iter().filter(|(run, _)| !run.may_stop) {
        for (model, trace) in gather_merge::traces(run, *place) {
            gather_merge::bite(&model, &trace, &mut bites);
        }
        // Read in another order than they were merged in, the same rows are out of turn.
        if run.what.starts_with("merge of 400") {
            let other = gather_merge::traces(run, gather_merge::descending);
            other.for_each(|(model, trace)| assert!(rejects(&model, &trace), "{}", run.what));
        }
    }
    println!("rejected: {bites:?}");
    let gather_merge::Bites { out_of_turn, skipped, unknown, early, dropped } = bites;
    assert!([out_of_turn, skipped, unknown, early, dropped].iter().all(|bites| *bites > 40));
}

#[test]
fn an_engine_that_forgets_queues_is_seen_in_its_logs() {
    let mut session = orders::session(ORDERS);
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
