use super::*;
use crate::check::expect::{caught, holds};
use crate::replay;

const EVERYTHING: May = May { fail: true, not_begin: true, stop: true };

/// Each row a batch of its own.
fn single(keys: &[u32]) -> Batches {
    keys.iter().map(|key| vec![*key]).collect()
}

/// Workers may fail, the leader may stop.
fn merge(workers: &[&[u32]], leader: Option<&[u32]>) -> GatherMerge {
    GatherMerge {
        workers: workers.iter().map(|keys| single(keys)).collect(),
        leader: leader.map_or(vec![], single),
        leader_takes_part: leader.is_some(),
        capacities: vec![1; workers.len()],
        may: May { not_begin: false, ..EVERYTHING },
        rescans: 0,
        mutant: None,
    }
}

#[test]
fn it_holds_for_two_workers_and_the_leader() {
    holds(merge(&[&[1, 3, 3], &[2, 3]], Some(&[0, 4])), 5287);
    holds(GatherMerge { capacities: vec![2; 2], ..merge(&[&[1, 2, 3], &[]], Some(&[2])) }, 1939);
}

#[test]
fn it_holds_for_three_workers_without_the_leader() {
    holds(merge(&[&[1, 2], &[1, 3], &[2]], None), 27142);
}

#[test]
fn it_holds_for_batches_some_of_them_empty() {
    let workers = vec![vec![vec![1, 4], vec![], vec![4, 5]], vec![vec![2, 2, 6]]];
    let leader = vec![vec![], vec![3, 4]];
    holds(GatherMerge { workers, leader, ..merge(&[&[], &[]], Some(&[])) }, 5619);
}

#[test]
fn it_holds_where_workers_may_never_begin() {
    let leader = single(&[1, 2]);
    let absent = GatherMerge { leader, may: EVERYTHING, ..merge(&[&[1, 3], &[2]], None) };
    holds(absent, 2070);
}

#[test]
fn it_holds_when_it_is_run_again() {
    holds(GatherMerge { rescans: 1, ..merge(&[&[1, 3], &[2]], Some(&[0])) }, 6210);
}

#[test]
fn every_mutant_is_caught() {
    let mutant =
        |mutant| GatherMerge { mutant: Some(mutant), ..merge(&[&[1, 3], &[2]], Some(&[0])) };
    caught(mutant(Mutant::EmitsWithoutAllHeads), "rows_come_in_order");
    caught(mutant(Mutant::EmitsAnyHead), "rows_come_in_order");
    let whole = "a_finished_merge_has_returned_every_row_once";
    caught(mutant(Mutant::EmptyTakenForEnd), whole);
    caught(mutant(Mutant::KeepsTheHead), "no_row_is_returned_twice");
    caught(mutant(Mutant::ErrorUnseen), "a_finished_merge_has_lost_no_error");
    let absent = GatherMerge { leader_takes_part: false, ..mutant(Mutant::NobodyDoesIt) };
    caught(GatherMerge { may: EVERYTHING, ..absent }, whole);
    let again = GatherMerge { rescans: 1, ..mutant(Mutant::KeepsTheHeads) };
    caught(again, "no_head_was_not_sent");
}

#[test]
fn a_log_that_misses_any_action_or_takes_another_turn_is_rejected() {
    use Action::*;
    let log = [
        Begin(0),
        Send(0),
        Fetch(0),
        Fetch(1),
        Emit(0),
        DetachWriter(0),
        EndOf(0),
        Emit(1),
        EndOf(1),
        Finish,
        Return,
    ];
    let two = GatherMerge { may: May::default(), ..merge(&[&[1]], Some(&[2])) };
    assert!(replay(&two, log).is_ok());
    for without in 0..log.len() {
        let rest = log.iter().enumerate().filter(|(at, _)| *at != without);
        assert!(replay(&two, rest.map(|(_, action)| *action)).is_err(), "without {without}");
    }
    let swapped = log.map(|action| match action {
        Emit(who) => Emit(1 - who),
        other => other,
    });
    assert!(replay(&two, swapped).is_err());
}
