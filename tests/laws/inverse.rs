//! Moving aggregates: taking rows out again.

use laws::{Law, from_closures};
use proptest::prelude::any;

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
