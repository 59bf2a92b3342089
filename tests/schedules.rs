//! Schedules: the same SQL under many seeds, claims and numbers of workers gives the same answer.

use oracle::session::{EngineChoice, Session};
use parallel::{Claims, Schedule};

const SETUP: &str = "
    create table orders (id int, customer int, price numeric(15,2), weight float8, note text);
    insert into orders select i, case when i % 11 = 0 then null else i % 13 end, i * 0.25, i / 4.0, 'n' || i % 5
        from generate_series(1, 400) i;
    create table customers (id int, name text);
    insert into customers select i, 'customer ' || i from generate_series(0, 9) i;
    analyze orders;
    analyze customers;
    set min_parallel_table_scan_size = 0;
    set parallel_setup_cost = 0;
    set parallel_tuple_cost = 0;
    set max_parallel_workers_per_gather = 4";

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
        launched: (seed % 6 < 5).then_some(seed as usize % 6),
        leader: (seed % 3 < 2).then_some(seed.is_multiple_of(3)),
        claims,
        states_as_bytes: seed.is_multiple_of(2),
        rows_per_block: Some(1 + seed as u32 % 9),
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
    let mut session = session();
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
    let mut session = session();
    for seed in 0..24 {
        session.schedule = schedule(seed);
        let failed = session.execute_text("select sum(1 / (id - 250)) from orders").unwrap_err();
        assert_eq!(failed.to_sql_error().sqlstate.as_str(), "22012", "{}", session.schedule);
    }
}
