//! Moving aggregates: taking rows out again.

use std::collections::BTreeSet;

use laws::{Aggregate, CataloguedMoving, Law, from_closures};
use proptest::prelude::{Strategy, any};
use spec::Row;
use spec::agg;

use super::{SAMPLES, row};

#[test]
fn a_moving_sum_forgets_what_left_the_frame() {
    spec::clauses!("law.inverse");
    let sum = from_closures(
        || (0u32, 0i64),
        |state: &mut (u32, i64), row: &i16| *state = (state.0 + 1, state.1 + i64::from(*row)),
        |state, other| *state = (state.0 + other.0, state.1 + other.1),
        |state| (state.0 > 0).then_some(state.1),
    )
    .retract(|state, row| {
        *state = (state.0 - 1, state.1 - i64::from(*row));
        true
    });
    assert_eq!(laws::proptest::check(Law::RetractUndoesUpdate, &sum, any::<i16>(), 256), None);
    assert_eq!(laws::quickcheck::check(Law::RetractUndoesUpdate, &sum, 256), None);
}

#[test]
fn a_moving_maximum_cannot_forget() {
    spec::clauses!("law.inverse");
    let max = |honest: bool| {
        from_closures(
            || None,
            |most: &mut Option<u8>, row: &u8| *most = (*most).max(Some(*row)),
            |most, other| *most = (*most).max(*other),
            |most| *most,
        )
        .retract(move |most, row| {
            // A row below the maximum leaves it; the maximum itself cannot be replaced.
            *most > Some(*row) || !honest && most.take().is_some()
        })
    };
    let law = Law::RetractUndoesUpdate;
    assert_eq!(laws::proptest::check(law, &max(true), any::<u8>(), 256), None);
    assert_eq!(laws::quickcheck::check(law, &max(true), 256), None);
    let found = [
        laws::proptest::check(law, &max(false), any::<u8>(), 256),
        laws::quickcheck::check(law, &max(false), 256),
    ];
    for finding in found {
        let finding = finding.expect("the second largest is forgotten");
        assert!(finding.witness.len() < 60, "{finding}");
    }
}

#[test]
fn every_moving_aggregate_of_the_catalogue_takes_rows_out() {
    spec::clauses!("agg.moving", "law.inverse");
    let law = Law::RetractUndoesUpdate;
    for aggregate in agg::all() {
        let Some(moving) = CataloguedMoving::of(aggregate) else { continue };
        let rows = any::<u64>().prop_map(move |code| row(aggregate, code));
        let finding = laws::proptest::check(law, &moving, rows, 4 * SAMPLES);
        assert!(finding.is_none(), "{aggregate:?} {}", finding.expect("some"));
        let tests = (4 * SAMPLES).into();
        let made = |code: &u64| row(aggregate, *code);
        let finding = laws::quickcheck::check_made_from(law, &moving, tests, made);
        assert!(finding.is_none(), "{aggregate:?} {}", finding.expect("some"));
        // An inverse that always says that it cannot keeps the law, and is worth nothing.
        let taken = (0..200).filter(|i| taken_out(&moving, aggregate, *i)).count();
        assert!(taken >= 60, "{aggregate:?}: only {taken} of 200 rows could be taken out");
    }
}

/// Whether the oldest of three rows can be taken out again.
fn taken_out(moving: &CataloguedMoving, aggregate: &agg::Aggregate, seed: u64) -> bool {
    let code = |i: u64| (seed * 3 + i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let rows: [Row; 3] = [0, 1, 2].map(|i| row(aggregate, code(i)));
    let mut state = moving.init();
    rows.iter().for_each(|row| moving.update(&mut state, row));
    moving.retract(&mut state, &rows[0])
}

#[test]
fn the_exact_and_no_float_aggregates_move() {
    spec::clauses!("agg.moving.float");
    let moving = |aggregate: &&agg::Aggregate| aggregate.moving.is_some();
    let names: BTreeSet<&str> = agg::all().filter(moving).map(|a| a.name).collect();
    let expected = [
        "avg",
        "bool_and",
        "bool_or",
        "count",
        "every",
        "stddev",
        "stddev_pop",
        "stddev_samp",
        "sum",
        "var_pop",
        "var_samp",
        "variance",
    ];
    assert_eq!(names, expected.into());
    let floats = agg::all().filter(|a| a.law == agg::LawClass::FloatBounded);
    assert_eq!(floats.filter(moving).count(), 0);
}
