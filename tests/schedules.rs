//! Schedules: the same SQL under many seeds, claims and numbers of workers gives the same answer.

mod orders;
mod shapes;

#[path = "schedules/shared_table.rs"]
mod shared_table;

use oracle::session::Session;
use parallel::{Claims, Schedule};
use spec::outcome::Outcome;
use spec::plan::check::{Checked, check};
use spec::query::JoinKind;
use spec::settings::Settings;

const ORDERS: usize = 400;

/// Their answers are exact and, but for the order of rows, determined: quarters add up exactly in any order.
const QUERIES: [&str; 14] = [
    "select count(*), sum(price), avg(price), min(note), max(note) from orders",
    "select sum(weight), avg(weight), variance(id) from orders where id > 10",
    "select customer, count(*), sum(price) from orders group by customer",
    "select note, count(customer) filter (where id > 100) from orders group by note having count(*) > 3",
    "select count(distinct customer), sum(distinct id) from orders",
    "select string_agg(note, ',' order by id) from orders where id < 20",
    "select o.id, c.name from orders o join customers c on o.customer = c.id where o.price > 20",
    "select o.id, c.name from orders o left join customers c on o.customer = c.id and c.id > 3",
    "select count(*) from orders o where exists (select 1 from customers c where c.id = o.customer)",
    "select count(*) from orders o where not exists (select 1 from customers c where c.id = o.customer)",
    "select count(*) from orders o, customers c where o.id < c.id",
    "select distinct note from orders",
    "select id from orders order by weight desc limit 7",
    "select id from orders where price > (select avg(price) from orders) union all select id from customers",
];

/// A schedule for each seed, different in every respect.
fn schedule(seed: u64) -> Schedule {
    let claims = match seed % 4 {
        0 => Claims::Ranges,
        1 => Claims::OneBlock,
        2 => Claims::Skewed,
        _ => Claims::Fixed(9),
    };
    Schedule {
        claims,
        states_as_bytes: seed.is_multiple_of(2),
        rows_per_block: Some(1 + seed as u32 % 9),
        ..orders::schedule(seed)
    }
}

/// The rows in a fixed order.
fn answer(session: &mut Session, sql: &str) -> Vec<String> {
    let reply = session.execute_text(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let rows = reply.rows.expect("a query gives rows").rows;
    let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    if !sql.contains("limit") {
        rows.sort();
    }
    rows
}

#[test]
fn every_schedule_gives_the_answer_of_the_leader_alone() {
    spec::clauses!(
        "verdict.schedule",
        "gather.launch",
        "gather.stop",
        "plan.gather",
        "scan.seq.claim"
    );
    let mut session = orders::session(ORDERS);
    for sql in QUERIES {
        session.schedule = Schedule { launched: Some(0), ..Schedule::default() };
        let alone = answer(&mut session, sql);
        assert!(!alone.is_empty(), "{sql}");
        for schedule in (0..24).map(schedule).chain([Schedule::default()]) {
            session.schedule = schedule;
            let rows = answer(&mut session, sql);
            assert_eq!(rows, alone, "{sql} under {}", session.schedule);
        }
    }
}

#[test]
fn a_failing_row_fails_the_query_whoever_reads_it() {
    spec::clauses!("gather.error");
    let mut session = orders::session(ORDERS);
    for seed in 0..24 {
        session.schedule = schedule(seed);
        let failed = session.execute_text("select sum(1 / (id - 250)) from orders").unwrap_err();
        assert_eq!(failed.to_sql_error().sqlstate.as_str(), "22012", "{}", session.schedule);
    }
}

/// A nested loop over a Gather that no Material keeps, by hand, since the planner keeps the rows of one: for each batch of
/// outer rows the Gather is run again.
#[test]
fn a_gather_that_is_run_again_shows_no_row_of_the_run_before() {
    spec::clauses!("gather.rescan");
    let (outer, inner) = (shapes::table("a"), shapes::table("b"));
    let key = || shapes::order(true);
    let gather = || shapes::gather(shapes::scan(&inner, true), 3, false);
    let sorted = || shapes::sort(shapes::scan(&inner, true), key(), None);
    let merge = || shapes::gather_merge(sorted(), key(), 3);
    let mut stored = parallel::Tables::default();
    shapes::put(&mut stored, &outer, (0..40).map(|x| Some(x % 8)), |_| 0.0);
    shapes::put(&mut stored, &inner, (0..30).map(|x| Some(x % 5)), |_| 0.0);
    let pairs = || (0..40).flat_map(|a| (0..30).map(move |b| (a % 8, b % 5)));
    let equal = pairs().filter(|(a, b)| a == b).count();
    let (mut runs, mut together) = (0, 0);
    let kinds = [
        (JoinKind::Inner, equal),
        (JoinKind::Left, equal + (0..40).filter(|x| x % 8 >= 5).count()),
        (JoinKind::Semi, (0..40).filter(|x| x % 8 < 5).count()),
        (JoinKind::Anti, (0..40).filter(|x| x % 8 >= 5).count()),
    ];
    for (kind, rows) in kinds {
        for again in [gather(), merge()] {
            let kept = shapes::material(again.clone());
            let answer = |inner, schedule: &Schedule| {
                let plan = shapes::nested_loop(kind, shapes::scan(&outer, false), inner);
                let plan = check(plan).expect("it is well typed");
                let report = parallel::run(&plan, &stored, &Settings::default(), schedule);
                let Outcome::Rows(found) = report.outcome else { panic!("{:?}", report.outcome) };
                let mut found: Vec<_> = found.rows.iter().map(|row| format!("{row:?}")).collect();
                found.sort();
                (found, report.trace)
            };
            let (whole, _) = answer(kept, &Schedule { launched: Some(0), ..Schedule::default() });
            assert_eq!(whole.len(), rows, "{kind:?}");
            let threads = Schedule { rows_per_block: Some(2), ..Schedule::default() };
            for schedule in (0..24).map(schedule).chain([threads]) {
                let (found, trace) = answer(again.clone(), &schedule);
                assert_eq!(found, whole, "{kind:?} under {schedule}");
                let batches = 40_usize.div_ceil(2 * schedule.rows_per_block.unwrap_or(1) as usize);
                assert_eq!(trace.gathers.len(), batches, "{kind:?} under {schedule}");
                runs += trace.gathers.len();
                together +=
                    usize::from(trace.participant_rows.iter().filter(|r| **r > 0).count() > 1);
            }
        }
    }
    println!("{runs} runs of a Gather; in {together} plans several participants had rows");
    assert!(runs > 1000 && together > 100);
}

/// A Gather below another is refused; run unchecked, each participant gathers the whole, and only the leader with workers.
#[test]
fn a_worker_launches_no_workers() {
    spec::clauses!("plan.gather.nested");
    let table = shapes::table("t");
    let mut stored = parallel::Tables::default();
    shapes::put(&mut stored, &table, (0..50).map(Some), |_| 0.0);
    let below = shapes::gather(shapes::scan(&table, true), 2, false);
    let plan = Checked::assume(shapes::gather(below, 2, false));
    let threads = Schedule { rows_per_block: Some(2), ..Schedule::default() };
    let mut most = 0;
    for schedule in (0..24).map(schedule).chain([threads]) {
        let report = parallel::run(&plan, &stored, &Settings::default(), &schedule);
        let Outcome::Rows(found) = report.outcome else { panic!("{:?}", report.outcome) };
        // The first is the Gather above; each participant that has begun has reached the one below.
        let [above, below @ ..] = &report.trace.gathers[..] else {
            panic!("no Gather was reached")
        };
        let participants = above.workers_launched + usize::from(above.leader_participated);
        assert_eq!(found.rows.len(), 50 * participants, "{schedule}");
        assert_eq!(below.len(), participants, "{schedule}");
        let with_workers = below.iter().filter(|gather| gather.workers_launched > 0).count();
        assert!(with_workers <= usize::from(above.leader_participated), "{schedule}");
        most = most.max(participants);
    }
    assert_eq!(most, 3);
}
