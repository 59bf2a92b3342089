use super::*;
use crate::check::expect::{caught, holds};
use crate::replay;

const EVERYTHING: May = May { fail: true, not_begin: true, stop: true };

fn gather(capacities: &[u32], rows: u32) -> Gather {
    Gather {
        capacities: capacities.to_vec(),
        supply: Supply::Shared(rows),
        leader_takes_part: true,
        may: May::default(),
        polls: 0,
        rescans: 0,
        mutant: None,
    }
}

#[test]
fn it_holds_for_two_workers_that_may_fail_or_never_begin_and_a_leader_that_may_stop() {
    holds(Gather { may: EVERYTHING, ..gather(&[1, 1], 3) }, 124966);
}

#[test]
fn it_holds_for_a_leader_that_takes_no_part_unless_not_one_worker_begins() {
    let absent = Gather { leader_takes_part: false, ..gather(&[1, 2], 3) };
    holds(Gather { may: EVERYTHING, ..absent }, 34926);
}

#[test]
fn it_holds_for_three_workers() {
    holds(Gather { may: May { stop: true, ..May::default() }, ..gather(&[1, 1, 1], 2) }, 225655);
}

#[test]
fn it_holds_for_rows_of_each_participant() {
    let own = Gather { supply: Supply::Own(vec![1, 2, 1]), ..gather(&[1, 1], 0) };
    holds(Gather { may: May { not_begin: true, ..May::default() }, polls: 1, ..own }, 20222);
}

#[test]
fn it_holds_when_it_is_run_again() {
    let may = May { not_begin: true, stop: true, ..May::default() };
    holds(Gather { may, rescans: 1, ..gather(&[1, 1], 2) }, 44390);
}

#[test]
fn every_mutant_is_caught() {
    let mutant = |mutant| Gather { mutant: Some(mutant), may: EVERYTHING, ..gather(&[1, 1], 2) };
    caught(mutant(Mutant::ReturnsBeforeJoin), "no_worker_outlives_the_query");
    let own = Supply::Own(vec![1, 1, 1]);
    let late = Gather { supply: own, ..mutant(Mutant::ErrorAfterDetach) };
    caught(late, "a_finished_gather_has_lost_no_error");
    caught(mutant(Mutant::ForgetsDetachedQueues), "a_finished_gather_has_read_every_row_once");
    let calm = Gather { may: May::default(), ..mutant(Mutant::LooksLate) };
    caught(calm, "nobody_is_stuck");
    caught(mutant(Mutant::StopsSilently), "nobody_is_stuck");
    let absent = Gather { leader_takes_part: false, ..mutant(Mutant::NobodyDoesIt) };
    caught(absent, "a_finished_gather_has_read_every_row_once");
    let again = |mistake| Gather { rescans: 1, ..mutant(mistake) };
    caught(again(Mutant::KeepsTheClaims), "a_finished_gather_has_read_every_row_once");
    caught(again(Mutant::KeepsTheQueues), "nothing_is_read_that_was_not_sent");
}

#[test]
fn a_log_that_misses_any_action_is_rejected() {
    use Action::*;
    let log = [
        Begin(0),
        Take(0),
        Send(0),
        Signal(0),
        Look,
        Receive(0),
        DetachWriter(0),
        Signal(0),
        Look,
        Ended(0),
        Finish,
        Return,
    ];
    let one = Gather { leader_takes_part: false, ..gather(&[1], 1) };
    assert!(replay(&one, log).is_ok());
    for without in 0..log.len() {
        let rest = log.iter().enumerate().filter(|(at, _)| *at != without);
        assert!(replay(&one, rest.map(|(_, action)| *action)).is_err(), "without {without}");
    }
}
