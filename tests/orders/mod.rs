//! Two tables that are worth workers at any size, and for each seed a schedule that is different in every respect.

use oracle::session::{EngineChoice, Session};
use parallel::Schedule;

const SETUP: &str = "
    create table orders (id int, customer int, price numeric(15,2), weight float8, note text);
    insert into orders select i, case when i % 11 = 0 then null else i % 13 end, i * 0.25, i / 4.0, 'n' || i % 5
        from generate_series(1, ROWS) i;
    create table customers (id int, name text);
    insert into customers select i, 'customer ' || i from generate_series(0, 9) i;
    analyze orders;
    analyze customers;
    set min_parallel_table_scan_size = 0;
    set parallel_setup_cost = 0;
    set parallel_tuple_cost = 0;
    set max_parallel_workers_per_gather = 4";

/// A session of the parallel engine with so many orders.
pub fn session(rows: usize) -> Session {
    let mut session = Session::new(EngineChoice::Parallel);
    for statement in SETUP.replace("ROWS", &rows.to_string()).split(';') {
        session.execute_text(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    session
}

/// A simulated schedule: how many workers arrive, and whether the leader takes part.
pub fn schedule(seed: u64) -> Schedule {
    Schedule {
        launched: (seed % 6 < 5).then_some(seed as usize % 6),
        leader: (seed % 3 < 2).then_some(seed.is_multiple_of(3)),
        ..Schedule::simulated(seed)
    }
}
