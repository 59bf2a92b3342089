//! Participants at work on hand-built plans: every schedule agrees, and every participant ends.

#[cfg(feature = "faults")]
mod faults;
mod plans;
mod shared_table;

use bothways_parallel::{Claims, Schedule};
use plans::*;
use spec::outcome::{Outcome, Run};
use spec::plan::Strategy;
use spec::plan::{Mode, Plan};
use spec::query::JoinKind;
use spec::value::{Type, Value};

/// Threads and simulated schedules of many kinds, all with blocks of a few rows.
fn schedules() -> Vec<Schedule> {
    let mut schedules = vec![Schedule::default()];
    for seed in 0..40 {
        let claims = match seed % 4 {
            0 => Claims::Ranges,
            1 => Claims::OneBlock,
            2 => Claims::Skewed,
            _ => Claims::Fixed(5),
        };
        schedules.push(Schedule {
            launched: (seed % 5 != 0).then_some(seed as usize % 5),
            leader: (seed % 3 != 0).then_some(seed % 2 == 0),
            claims,
            states_as_bytes: seed % 2 == 1,
            ..Schedule::simulated(seed)
        });
    }
    for schedule in &mut schedules {
        schedule.rows_per_block = Some(3);
    }
    schedules
}

/// Every schedule gives the rows that the serial plan gives.
fn agrees(world: &World, serial: &Plan, parallel: &Plan) {
    let expected = world.rows(serial, &Schedule::default());
    for schedule in schedules() {
        assert_eq!(world.rows(parallel, &schedule), expected, "{schedule}");
    }
}

fn error_of(run: &Run) -> &str {
    match &run.outcome {
        Outcome::Error(error) => error.sqlstate.as_str(),
        Outcome::Rows(rows) => panic!("an error is expected, not {} rows", rows.rows.len()),
    }
}

#[test]
fn a_parallel_scan_gives_every_row_once_under_every_schedule() {
    let world = World::new(100);
    let even = |input| filter(input, call(&IS_EVEN, vec![column(0, Type::Int4)]));
    agrees(&world, &even(world.scan(false)), &gather(even(world.scan(true)), 4));
}

#[test]
fn partial_and_finalize_agree_with_the_simple_aggregate() {
    let world = World::new(100);
    for keys in [vec![], vec![column(1, Type::Int4)]] {
        agrees(
            &world,
            &serial(world.scan(false), keys.clone(), calls()),
            &split(world.scan(true), keys, calls(), 3),
        );
    }
}

#[test]
fn aggregates_of_no_rows_give_one_row_without_keys_and_none_with_keys() {
    let world = World::new(0);
    for keys in [vec![], vec![column(1, Type::Int4)]] {
        agrees(
            &world,
            &serial(world.scan(false), keys.clone(), calls()),
            &split(world.scan(true), keys, calls(), 3),
        );
    }
    let plan = split(world.scan(true), vec![], calls(), 2);
    let expected = vec![vec![Value::Int8(0), Value::Null, Value::Null]];
    assert_eq!(world.rows(&plan, &Schedule::simulated(1)), expected);
}

#[test]
fn a_plain_partial_aggregate_sends_one_state_per_participant_even_without_rows() {
    let world = World::new(0);
    let plan = split(world.scan(true), vec![], calls(), 3);
    let schedule = Schedule { states_as_bytes: true, ..Schedule::simulated(5) };
    let trace = world.run(&plan, &schedule).trace;
    assert_eq!(trace.combines, 4 * 3, "the leader and three workers, three calls each");
    assert_eq!(trace.combines_of_two, 0);
    assert_eq!(trace.states_as_bytes, 3 * 3, "the leader's states do not cross");
}

#[test]
fn the_same_seed_gives_the_same_run_and_other_seeds_other_shares() {
    let world = World::new(200);
    let plan = split(world.scan(true), vec![], calls(), 3);
    let run = |seed| {
        let schedule = Schedule { rows_per_block: Some(4), ..Schedule::simulated(seed) };
        world.run(&plan, &schedule)
    };
    assert_eq!(run(9), run(9));
    let shares: Vec<_> = (0..10).map(|seed| run(seed).trace.participant_rows).collect();
    assert!(shares.iter().any(|share| *share != shares[0]));
    assert!(shares.iter().all(|share| share.iter().sum::<u64>() == 200));
}

#[test]
fn joins_agree_by_hash_and_by_nested_loop_serially_and_in_parallel() {
    let world = World::new(40);
    for kind in [JoinKind::Inner, JoinKind::Left, JoinKind::Semi, JoinKind::Anti] {
        let expected = nested_loop(kind, world.scan(false), world.scan(false));
        agrees(&world, &expected, &hash_join(kind, world.scan(false), world.scan(false)));
        let parallel = hash_join(kind, world.scan(true), world.scan(false));
        agrees(&world, &expected, &gather(parallel, 2));
        let parallel = nested_loop(kind, world.scan(true), world.scan(false));
        agrees(&world, &expected, &gather(parallel, 2));
    }
}

#[test]
fn right_and_full_joins_return_each_unmatched_row_once() {
    let world = World::new(40);
    let rows = |kind| {
        let plan = hash_join(kind, world.scan(false), world.scan(false));
        world.rows(&plan, &Schedule::default()).len()
    };
    // 32 outer rows have a key, which meets exactly one of the inner rows 0 to 6; 33 inner rows meet nobody.
    assert_eq!(rows(JoinKind::Inner), 32);
    assert_eq!(rows(JoinKind::Left), 40);
    assert_eq!(rows(JoinKind::Right), 32 + 33);
    assert_eq!(rows(JoinKind::Full), 40 + 33);
}

#[test]
fn a_parallel_append_runs_partial_inputs_together_and_others_once() {
    let world = World::new(50);
    let serial = append(vec![world.scan(false), world.scan(false)], false);
    let partial = append(vec![world.scan(true), world.scan(true)], true);
    agrees(&world, &serial, &gather(partial, 3));
}

#[test]
fn a_sort_above_gather_orders_rows_and_a_bound_keeps_the_first() {
    let world = World::new(100);
    let key = column(0, Type::Int4);
    let plan = limit(sort(gather(world.scan(true), 2), key, Some(3)), 3);
    for schedule in schedules() {
        let rows = rows_of(&world.run(&plan, &schedule));
        let first: Vec<_> = rows.iter().map(|row| row[0].clone()).collect();
        assert_eq!(first, [99, 98, 97].map(Value::Int4), "{schedule}");
    }
}

#[test]
fn a_gather_merge_keeps_the_order_of_the_shares() {
    let world = World::new(100);
    let by = |place| column(place, Type::Int4);
    let merged = |place| gather_merge(sort(world.scan(true), by(place), None), by(place), 3);
    agrees(&world, &world.scan(false), &merged(0));
    let in_order = |plan: &Plan, place: usize, schedule: &Schedule| -> Vec<Value> {
        rows_of(&world.run(plan, schedule)).into_iter().map(|mut row| row.remove(place)).collect()
    };
    for place in [0, 1] {
        let expected = in_order(&sort(world.scan(false), by(place), None), place, &schedules()[0]);
        for schedule in schedules() {
            assert_eq!(in_order(&merged(place), place, &schedule), expected, "{schedule}");
        }
    }
}

#[test]
fn a_gather_merge_of_states_feeds_finalize() {
    let world = World::new(100);
    let keys = || vec![column(1, Type::Int4)];
    let partial =
        aggregate_node(Mode::Partial, Strategy::Hashed, world.scan(true), keys(), calls());
    let by_key = column(0, Type::Int4);
    let merged = gather_merge(sort(partial, by_key.clone(), None), by_key.clone(), 3);
    let finalize = aggregate_node(Mode::Finalize, Strategy::Sorted, merged, vec![by_key], calls());
    agrees(&world, &serial(world.scan(false), keys(), calls()), &finalize);
}

#[test]
fn a_gather_merge_prints_as_postgresql_does() {
    let world = World::new(1);
    let key = || column(0, Type::Int4);
    let plan = gather_merge(sort(world.scan(true), key(), None), key(), 2);
    let expected = "Gather Merge
  Workers Planned: 2
  ->  Sort
        Sort Key: n DESC
        ->  Parallel Seq Scan on numbers";
    assert_eq!(spec::plan::explain::shape(&plan).trim_end(), expected);
}

#[test]
fn an_error_in_any_participant_fails_the_query_with_that_error() {
    let world = World::new(100);
    let fails = filter(world.scan(true), call(&FAILS_AT_77, vec![column(0, Type::Int4)]));
    let by = || column(0, Type::Int4);
    let merged = gather_merge(sort(fails.clone(), by(), None), by(), 3);
    for plan in [gather(fails.clone(), 3), merged, split(fails, vec![], calls(), 3)] {
        for schedule in schedules() {
            assert_eq!(error_of(&world.run(&plan, &schedule)), "22012", "{schedule}");
        }
    }
}

#[test]
fn a_limit_stops_early_and_every_worker_ends() {
    let world = World::new(100_000);
    let plan = limit(gather(world.scan(true), 3), 10);
    for schedule in schedules() {
        let schedule = Schedule { rows_per_block: None, ..schedule };
        let run = world.run(&plan, &schedule);
        assert_eq!(rows_of(&run).len(), 10, "{schedule}");
    }
    let read: u64 = world.run(&plan, &Schedule::simulated(3)).trace.participant_rows.iter().sum();
    assert!(read < 100_000, "{read} rows were read for ten");
}

#[test]
fn without_workers_the_leader_does_it_all_even_if_it_was_told_not_to() {
    let world = World::new(20);
    let plan = split(world.scan(true), vec![], calls(), 2);
    for runtime in [Schedule::default(), Schedule::simulated(1)] {
        let schedule = Schedule { launched: Some(0), leader: Some(false), ..runtime };
        let trace = world.run(&plan, &schedule).trace;
        let gather = &trace.gathers[0];
        assert_eq!((gather.workers_planned, gather.workers_launched), (2, 0));
        assert!(gather.leader_participated);
        assert_eq!(trace.participant_rows, [20]);
    }
}

#[test]
fn a_leader_that_stays_away_leaves_every_row_to_the_workers() {
    let world = World::new(20);
    let plan = split(world.scan(true), vec![], calls(), 2);
    for runtime in [Schedule::default(), Schedule::simulated(1)] {
        let schedule = Schedule { leader: Some(false), ..runtime };
        let trace = world.run(&plan, &schedule).trace;
        assert!(!trace.gathers[0].leader_participated);
        assert_eq!(trace.participant_rows[0], 0);
        assert_eq!(trace.participant_rows.iter().sum::<u64>(), 20);
    }
}

#[test]
fn eight_participants_finish_whatever_the_cores() {
    let world = World::new(500);
    let keys = || vec![column(1, Type::Int4)];
    let expected = world.rows(&serial(world.scan(false), keys(), calls()), &Schedule::default());
    let plan = split(world.scan(true), keys(), calls(), 7);
    for runtime in [Schedule::default(), Schedule::simulated(4)] {
        let schedule = Schedule { rows_per_block: Some(2), ..runtime };
        assert_eq!(world.rows(&plan, &schedule), expected);
        assert_eq!(world.run(&plan, &schedule).trace.gathers[0].workers_launched, 7);
    }
}

#[test]
fn instrumented_nodes_count_rows_loops_and_what_filters_removed() {
    let world = World::new(60);
    let even = filter(world.scan(true), call(&IS_EVEN, vec![column(0, Type::Int4)]));
    let schedule = Schedule { instrument: true, ..Schedule::simulated(2) };
    let nodes = world.run(&gather(even, 2), &schedule).trace.nodes;
    let counts: Vec<_> = nodes.iter().map(|node| (node.rows, node.loops, node.removed)).collect();
    assert_eq!(counts, [(30, 1, 0), (30, 3, 30)]);
}

#[test]
fn distinct_and_order_by_inside_a_call_are_taken_in_order() {
    let world = World::new(14);
    let string_agg = aggregate("string_agg", &[Type::Text, Type::Text]);
    let mut distinct = calls();
    distinct[1].distinct = true;
    let constant = spec::expr::Expr::Constant(Value::text("x"), Type::Text);
    let delimiter = spec::expr::Expr::Constant(Value::text(","), Type::Text);
    let mut call = distinct[0].clone();
    call.aggregate = string_agg;
    call.args = vec![constant, delimiter];
    call.distinct = true;
    distinct.push(call);
    let plan = plans::aggregate_node(
        Mode::Simple,
        Strategy::Plain,
        append(vec![world.scan(false), world.scan(false)], false),
        vec![],
        distinct,
    );
    let rows = world.rows(&plan, &Schedule::default());
    let xor = (0..14).fold(0, |a, b| a ^ b);
    assert_eq!(rows[0][0], Value::Int8(28));
    assert_eq!(rows[0][1], Value::Int4(xor), "each number once");
    assert_eq!(rows[0][3], Value::text("x"));
}
