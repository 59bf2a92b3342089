//! Parallel Hash Join: one table by all participants, whoever comes, late or not at all, and whoever leaves.

use bothways_parallel::Schedule;
use spec::plan::Plan;
use spec::query::JoinKind;
use spec::value::{Type, Value};

use super::plans::*;
use super::{agrees, error_of, schedules};

const KINDS: [JoinKind; 6] = [
    JoinKind::Inner,
    JoinKind::Left,
    JoinKind::Right,
    JoinKind::Full,
    JoinKind::Semi,
    JoinKind::Anti,
];

#[test]
fn a_join_over_a_shared_table_agrees_with_a_join_of_one_process_whatever_its_kind() {
    spec::clauses!("join.shared.build-first", "join.shared.unmatched", "join.key.null");
    for rows in [0, 1, 40] {
        let world = World::new(rows);
        let scan = |parallel| world.scan(parallel);
        for kind in KINDS {
            // Each key once among the inner rows; then many times, and NULL on both sides.
            for key in [0, 1] {
                let serial = hash_join_on(kind, scan(false), scan(false), key);
                let parallel = shared(hash_join_on(kind, scan(true), scan(true), key));
                agrees(&world, &serial, &gather(parallel, 3));
            }
        }
    }
}

#[test]
fn a_condition_beside_the_keys_decides_who_is_unmatched_in_a_shared_table_too() {
    spec::clauses!("join.shared.unmatched");
    let world = World::new(40);
    let even = |mut join: Plan| {
        let spec::plan::Node::HashJoin { conditions, .. } = &mut join.node else {
            panic!("it is a hash join")
        };
        conditions.push(call(&IS_EVEN, vec![column(0, Type::Int4)]));
        join
    };
    for kind in KINDS {
        let serial = even(hash_join_on(kind, world.scan(false), world.scan(false), 1));
        let parallel = even(shared(hash_join_on(kind, world.scan(true), world.scan(true), 1)));
        agrees(&world, &serial, &gather(parallel, 3));
    }
}

#[test]
fn shared_tables_stand_one_above_the_other() {
    spec::clauses!("join.shared.wait");
    let world = World::new(40);
    let scan = |parallel| world.scan(parallel);
    for kind in KINDS {
        let below = |parallel| hash_join(JoinKind::Left, scan(parallel), scan(parallel));
        let serial = hash_join(kind, below(false), scan(false));
        let outer = shared(hash_join(kind, shared(below(true)), scan(true)));
        agrees(&world, &serial, &gather(outer, 3));
        let serial = hash_join(kind, scan(false), below(false));
        let inner = shared(hash_join(kind, scan(true), shared(below(true))));
        agrees(&world, &serial, &gather(inner, 3));
    }
}

#[test]
fn a_participant_may_return_rows_before_it_comes_to_a_shared_table() {
    spec::clauses!("join.shared.wait", "join.shared.attach");
    let world = World::new(60);
    let join = |parallel| hash_join(JoinKind::Full, world.scan(parallel), world.scan(parallel));
    for parallel in [false, true] {
        let first = hash_join(JoinKind::Inner, world.scan(false), world.scan(false));
        let serial = append(vec![first.clone(), join(false)], false);
        let first = shared(hash_join(JoinKind::Inner, world.scan(true), world.scan(true)));
        agrees(&world, &serial, &gather(append(vec![first, shared(join(true))], parallel), 3));
    }
}

#[test]
fn an_error_on_either_side_of_a_shared_table_ends_every_participant() {
    spec::clauses!("gather.error", "join.shared.wait");
    let world = World::new(100);
    let fails = || filter(world.scan(true), call(&FAILS_AT_77, vec![column(0, Type::Int4)]));
    for (outer, inner) in [(world.scan(true), fails()), (fails(), world.scan(true))] {
        let plan = gather(shared(hash_join(JoinKind::Full, outer, inner)), 3);
        for schedule in schedules() {
            assert_eq!(error_of(&world.run(&plan, &schedule)), "22012", "{schedule}");
        }
    }
}

#[test]
fn a_limit_that_is_reached_ends_every_participant_of_a_shared_table() {
    spec::clauses!("gather.stop", "join.shared.unmatched");
    let world = World::new(100);
    for kind in KINDS {
        for rows in [0, 1, 7] {
            let join = shared(hash_join(kind, world.scan(true), world.scan(true)));
            let serial = hash_join(kind, world.scan(false), world.scan(false));
            let all = world.rows(&serial, &Schedule::default());
            for schedule in schedules() {
                let some = world.rows(&limit(gather(join.clone(), 3), rows), &schedule);
                assert_eq!(some.len(), all.len().min(rows as usize), "{kind:?}: {schedule}");
                assert!(is_part(&some, &all), "{kind:?}: {schedule}");
            }
        }
    }
}

/// Whether each row is among all of them, as often.
fn is_part(some: &[Vec<Value>], all: &[Vec<Value>]) -> bool {
    let count = |rows: &[Vec<Value>], row| rows.iter().filter(|other| *other == row).count();
    some.iter().all(|row| count(some, row) <= count(all, row))
}
