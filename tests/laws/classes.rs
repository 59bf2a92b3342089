//! Classes of users' aggregates: a class is asked for what it promises, and must promise as much as it can.

use std::cmp::Ordering;

use laws::{Aggregate, Class, Closures, Law, Precondition, from_closures};
use proptest::prelude::any;
use spec::{Row, Type, Value};

use super::{Last, known};

/// Whether the laws that the class promises hold, and whether the class is needed, by both frameworks.
fn verdicts(aggregate: &impl Aggregate<Input = i16>) -> [(Vec<Law>, bool); 2] {
    let by_proptest =
        |law: &Law| laws::proptest::check(*law, aggregate, any::<i16>(), 128).is_some();
    let by_quickcheck = |law: &Law| laws::quickcheck::check(*law, aggregate, 128).is_some();
    [
        (
            Law::ALL.into_iter().filter(by_proptest).collect(),
            laws::proptest::class(aggregate, any::<i16>(), 128).is_ok(),
        ),
        (
            Law::ALL.into_iter().filter(by_quickcheck).collect(),
            laws::quickcheck::class(aggregate, 128).is_ok(),
        ),
    ]
}

fn hold(aggregate: &impl Aggregate<Input = i16>) {
    for (broken, needed) in verdicts(aggregate) {
        assert_eq!(broken, [], "{}", aggregate.class());
        assert!(needed, "{} is too weak", aggregate.class());
    }
}

fn weak(aggregate: &impl Aggregate<Input = i16>) {
    for (broken, needed) in verdicts(aggregate) {
        assert_eq!(broken, [], "{}", aggregate.class());
        assert!(!needed, "{} is as strong as can be", aggregate.class());
    }
}

fn sum() -> Closures<i16, i64, i64> {
    from_closures(|| 0, |sum, row| *sum += i64::from(*row), |sum, other| *sum += other, |sum| *sum)
}

/// A sum of thirds, which rounds.
fn thirds() -> Closures<i16, f64, f64> {
    from_closures(
        || 0.0,
        |sum, row| *sum += f64::from(*row) / 3.0,
        |sum, other| *sum += other,
        |sum| *sum,
    )
    .agree(|rows, a, b| {
        // Both are what a sum of these doubles may be, by the proved bound of any order.
        let row = |row: &i16| vec![Value::Float8(f64::from(*row) / 3.0)];
        let rows: Vec<Row> = rows.iter().map(row).collect();
        let meaning = (known("sum", Type::Float8).meaning)(&rows);
        rows.is_empty() && a == b || [a, b].iter().all(|x| meaning.admits(&Ok(Value::Float8(**x))))
    })
}

/// The sum of the gaps between neighbours, of input that is sorted: first, last, and the sum.
fn gaps() -> Closures<i16, Option<(i16, i16, i64)>, i64> {
    let gap = |from: i16, to: i16| (i64::from(from) - i64::from(to)).abs();
    from_closures(
        || None,
        move |state: &mut Option<(i16, i16, i64)>, row: &i16| {
            *state = Some(match *state {
                None => (*row, *row, 0),
                Some((first, last, sum)) => (first, *row, sum + gap(last, *row)),
            });
        },
        move |state, other| {
            *state = match (*state, *other) {
                (Some((first, last, a)), Some((next, end, b))) => {
                    Some((first, end, a + gap(last, next) + b))
                }
                (one, other) => one.or(other),
            };
        },
        |state| state.map_or(0, |(_, _, sum)| sum),
    )
    .ordered(|a, b| a.cmp(b))
}

#[test]
fn input_order_is_not_asked_to_commute_and_must_not() {
    spec::clauses!("law.class", "law.class.needed", "law.order");
    let list = || {
        from_closures(
            Vec::new,
            |list: &mut Vec<i16>, row: &i16| list.push(*row),
            |list, other| list.extend(other),
            Vec::clone,
        )
    };
    hold(&list().class(Class::InputOrder));
    for (broken, _) in verdicts(&list()) {
        assert_eq!(broken, [Law::CombineIsCommutative, Law::SplitIsInvisible]);
    }
    weak(&sum().class(Class::InputOrder));
}

#[test]
fn bounded_answers_agree_by_the_authors_measure_and_must_not_be_equal() {
    spec::clauses!("law.class", "law.class.needed");
    hold(&thirds().class(Class::Bounded));
    weak(&sum().class(Class::Bounded));
}

#[test]
fn a_precondition_is_met_by_every_sample_and_must_be_needed() {
    spec::clauses!("law.class", "law.class.needed", "law.precondition");
    hold(&gaps().class(Class::Given(Precondition::SortedInput)));
    hold(&gaps().class(Class::Given(Precondition::KeptOrder)));
    weak(&sum().class(Class::Given(Precondition::SortedInput)));
    for (broken, _) in verdicts(&gaps()) {
        assert!(broken.contains(&Law::SplitIsInvisible));
    }
    // And a condition that does not help is no excuse.
    for (broken, _) in verdicts(&gaps().class(Class::Given(Precondition::NonEmptyParts))) {
        assert!(broken.contains(&Law::SplitIsInvisible));
    }
}

#[test]
fn one_pass_never_combines_and_must_not_be_able_to() {
    spec::clauses!("law.class", "law.class.needed");
    let median = from_closures(
        Vec::new,
        |list: &mut Vec<i16>, row: &i16| list.push(*row),
        |_, _| panic!("a median is not combined"),
        |list| {
            let mut sorted = list.clone();
            sorted.sort_unstable();
            sorted.get(sorted.len() / 2).copied()
        },
    );
    hold(&median.class(Class::None));
    weak(&sum().class(Class::None));
    weak(&gaps().class(Class::None));
}

/// The last value, with its class.
struct LastInOrder;

impl Aggregate for LastInOrder {
    type Input = u8;
    type State = Option<u8>;
    type Output = Option<u8>;
    fn init(&self) -> Option<u8> {
        None
    }
    fn update(&self, state: &mut Option<u8>, input: &u8) {
        Last.update(state, input);
    }
    fn combine(&self, state: &mut Option<u8>, other: &Option<u8>) {
        Last.combine(state, other);
    }
    fn finish(&self, state: &Option<u8>) -> Option<u8> {
        *state
    }
    fn class(&self) -> Class {
        Class::InputOrder
    }
    fn compare(&self, left: &u8, right: &u8) -> Option<Ordering> {
        Some(left.cmp(right))
    }
}

laws::aggregate_laws! {
    name: last_in_order,
    aggregate: LastInOrder,
    input: 0..=u8::MAX,
}

laws::aggregate_laws! {
    name: last_in_order_by_quickcheck,
    aggregate: LastInOrder,
    input: quickcheck,
}
