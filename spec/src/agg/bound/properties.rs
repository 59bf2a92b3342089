//! The bounds against what the machine does: random trees of real additions, of real Youngs–Cramer steps.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::agg::floats::Floats;
use crate::agg::{self, Aggregate, State, enclosure};
use crate::permitted::Cell;
use crate::value::{Row, Type, Value};

fn config() -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(1971);
    ProptestConfig { cases: 64, failure_persistence: None, rng_seed, ..ProptestConfig::default() }
}

/// Doubles of a regime each: any exponent, one neighbourhood, few bits, subnormal ones.
fn doubles() -> impl Strategy<Value = Vec<f64>> {
    let finite = |bits: u64| {
        let x = f64::from_bits(bits);
        if x.is_finite() { x } else { f64::from_bits(bits & !(1 << 62)) }
    };
    let vector = |x: BoxedStrategy<f64>| prop::collection::vec(x, 2..60);
    prop_oneof![
        vector(any::<u64>().prop_map(finite).boxed()),
        vector((-1.0..1.0f64).boxed()),
        vector((0.5..1.0f64).prop_map(|x| 1e6 + x).boxed()),
        vector((-40..40i32, -1.0..1.0f64).prop_map(|(e, x)| x * 2f64.powi(e)).boxed()),
        vector((0..1u64 << 54).prop_map(f64::from_bits).boxed()),
    ]
}

/// Pairs of places, taken modulo what is left: which two parts meet next.
fn choices() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((any::<usize>(), any::<usize>()), 60)
}

/// Folds parts into one by meeting two at a time, with the height of the tree.
fn fold<T>(
    parts: Vec<(T, u64)>,
    choices: &[(usize, usize)],
    mut meet: impl FnMut(T, T) -> T,
) -> (T, u64) {
    let mut parts = parts;
    for (first, second) in choices.iter().cycle() {
        if parts.len() == 1 {
            break;
        }
        let (one, low) = parts.swap_remove(first % parts.len());
        let (two, high) = parts.swap_remove(second % parts.len());
        parts.push((meet(one, two), 1 + low.max(high)));
    }
    parts.pop().expect("one part")
}

fn rows(values: &[f64]) -> Vec<Row> {
    values.iter().map(|x| vec![Value::Float8(*x)]).collect()
}

/// Pairs `(y, x)`: each value with one that is far from it in the list, or nearly on a line through it.
fn pairs(values: &[f64], slope: f64) -> Vec<Row> {
    let others = values.iter().rev().zip(values);
    let y =
        |(other, x): (&f64, &f64)| if slope == 0.0 { *other } else { x * slope + other / 1024.0 };
    let row = |(x, y): (&f64, f64)| vec![Value::Float8(y), Value::Float8(*x)];
    values.iter().zip(others.map(y)).map(row).collect()
}

const OF_PAIRS: [&str; 11] = [
    "corr",
    "covar_pop",
    "covar_samp",
    "regr_avgx",
    "regr_avgy",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
];

fn finite(xs: &[f64]) -> bool {
    xs.iter().all(|x| x.is_finite())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_tree_of_additions_exceeds_the_bound(values in doubles(), choices in choices()) {
        let leaves = values.iter().map(|x| (*x, 0)).collect();
        let (sum, height) = fold(leaves, &choices, |a, b| a + b);
        let bag = Floats::of(&rows(&values), false);
        if sum.is_finite() {
            prop_assert!(admits(&bag.sum_cell(1, 0), sum, height), "{sum:e} after {height}");
            let (n, count) = (values.len() as u64, values.len() as f64);
            prop_assert!(admits(&bag.sum_cell(n, 1), sum / count, height), "average");
        }
    }

    #[test]
    fn no_tree_of_single_additions_exceeds_the_bound(values in doubles(), choices in choices()) {
        let singles: Vec<f32> = values.iter().map(|x| *x as f32).collect();
        prop_assume!(singles.iter().all(|x| x.is_finite()));
        let leaves = singles.iter().map(|x| (*x, 0)).collect();
        let (sum, height) = fold(leaves, &choices, |a, b| a + b);
        let singles: Vec<Row> = singles.iter().map(|x| vec![Value::Float4(*x)]).collect();
        let cell = Floats::of(&singles, true).sum_cell(1, 0);
        prop_assert!(!sum.is_finite() || admits(&cell, sum.into(), height), "{sum:e} after {height}");
    }

    #[test]
    fn no_tree_of_youngs_cramer_steps_exceeds_the_bound(
        values in doubles(),
        choices in choices(),
        cuts in prop::collection::vec(1..9usize, 60),
    ) {
        for name in ["avg", "var_samp", "var_pop", "stddev_samp", "stddev_pop"] {
            let aggregate = of_doubles(name);
            let ran = run(aggregate, &rows(&values), &choices, &cuts);
            let Some((state, height)) = ran else { continue };
            let (Ok(Value::Float8(answer)), Some(Cell::Float(cell))) =
                (aggregate.finish(&state), (aggregate.meaning)(&rows(&values)).cell)
            else { continue };
            prop_assert!(!finite(&[answer]) || admits(&cell, answer, height), "{name} {answer:e}");
        }
    }

    #[test]
    fn no_tree_of_steps_over_pairs_exceeds_the_bound_or_leaves_its_enclosure(
        values in doubles(),
        slope in prop_oneof![Just(0.0), -3.0..3.0f64],
        choices in choices(),
        cuts in prop::collection::vec(1..9usize, 60),
    ) {
        let rows = pairs(&values, slope);
        prop_assume!(rows.iter().flatten().all(|x| matches!(x, Value::Float8(x) if x.is_finite())));
        for name in OF_PAIRS {
            let aggregate = of_doubles(name);
            let [low, high] = enclosure(aggregate, &rows, &choices, &cuts);
            let meaning = (aggregate.meaning)(&rows);
            let Some((state, height)) = run(aggregate, &rows, &choices, &cuts) else {
                prop_assert!(!meaning.errors.is_empty() || meaning.unable.is_some(), "{name}");
                continue;
            };
            let answer = aggregate.finish(&state);
            let open = low == f64::NEG_INFINITY && high == f64::INFINITY;
            let Ok(Value::Float8(x)) = answer else {
                prop_assert!(answer == Ok(Value::Null) && open, "{name}: {answer:?}");
                continue;
            };
            prop_assert!(enclosure::holds(low, high, x), "{name}: {x:e} in {low:e}..{high:e}");
            if let Some(cell) = &meaning.cell {
                let value = Value::Float8(x);
                prop_assert!(cell.admits(&value, Some(height)), "{name}: {x:e} after {height}");
            }
        }
    }

    #[test]
    fn an_answer_lies_in_the_enclosure_of_its_tree_and_so_does_the_exact_one(
        values in doubles(),
        choices in choices(),
        cuts in prop::collection::vec(1..9usize, 60),
    ) {
        let bag = Floats::of(&rows(&values), false);
        let n = values.len() as u64;
        let exact = [bag.sum_cell(n, 1), bag.deviation_cell(n - 1, false), bag.deviation_cell(n, false)];
        let names = ["avg", "var_samp", "var_pop", "stddev_samp", "stddev_pop"];
        for (name, exact) in names.into_iter().zip(exact.iter().chain(&exact[1..])) {
            let aggregate = of_doubles(name);
            let rows = rows(&values);
            let [low, high] = enclosure(aggregate, &rows, &choices, &cuts);
            if let Some((state, _)) = run(aggregate, &rows, &choices, &cuts) {
                let answer = aggregate.finish(&state);
                let Ok(Value::Float8(x)) = answer else { panic!("{name}: {answer:?}") };
                prop_assert!(enclosure::holds(low, high, x), "{name}: {x:e} in {low:e}..{high:e}");
            }
            let power = |x: f64| {
                let x = Rational::of_float(x)?;
                Some(if name.starts_with("stddev") { &x * &x } else { x })
            };
            prop_assert!(power(low).is_none_or(|low| low <= exact.exact), "{name}: {low:e}");
            prop_assert!(power(high).is_none_or(|high| exact.exact <= high), "{name}: {high:e}");
        }
    }
}

/// The ends of the enclosure of an answer on its tree.
fn enclosure(
    aggregate: &'static Aggregate,
    rows: &[Row],
    choices: &[(usize, usize)],
    cuts: &[usize],
) -> [f64; 2] {
    let ends = enclosure::ends(aggregate).expect("companions");
    ends.each_ref().map(|end| {
        let (state, _) = run(end, rows, choices, cuts).expect("intervals do not overflow");
        match end.finish(&state) {
            Ok(Value::Float8(x)) => x,
            other => panic!("an end is a float, not {other:?}"),
        }
    })
}

fn of_doubles(name: &str) -> &'static Aggregate {
    agg::named(name).find(|a| a.args[0] == Some(Type::Float8)).expect("an aggregate of floats")
}

/// Runs of rows of these lengths, then combines; `None` where a step overflows.
fn run(
    aggregate: &'static Aggregate,
    rows: &[Row],
    choices: &[(usize, usize)],
    cuts: &[usize],
) -> Option<(State, u64)> {
    let (mut left, mut parts) = (rows, vec![]);
    for cut in cuts {
        let (part, rest) = left.split_at((*cut).min(left.len()));
        left = rest;
        let mut state = aggregate.machine.init();
        for row in part {
            aggregate.advance(&mut state, row).ok()?;
        }
        if !part.is_empty() {
            parts.push((Some(state), part.len() as u64));
        }
    }
    let (state, height) = fold(parts, choices, |one, two| {
        let mut state = one?;
        aggregate.merge(&mut state, &two?).ok()?;
        Some(state)
    });
    Some((state?, height))
}

/// How much of its bound an answer needs.
fn share(cell: &FloatCell, answer: f64, height: u64) -> f64 {
    let error = (&Rational::of_float(answer).expect("finite") - &cell.exact).abs();
    error.over(&sum_bound(cell, height).expect("a bound")).nearest_f64()
}

#[test]
fn some_tree_of_additions_needs_nearly_the_whole_bound() {
    // Each half place is a tie, and goes to the even number 1: every addition loses as much as it can.
    let half_place = 2f64.powi(-53);
    let mut values = vec![half_place; 1001];
    values[0] = 1.0;
    let (sum, height) = values[1..].iter().fold((1.0, 0), |(sum, h), x| (sum + x, h + 1));
    let bag = Floats::of(&rows(&values), false);
    assert_eq!((sum, height), (1.0, 1000));
    assert!(share(&bag.sum_cell(1, 0), sum, height) > 0.999_999);
    assert!(!admits(&bag.sum_cell(1, 0), sum, height - 1));
}

#[test]
fn some_tree_of_single_additions_needs_nearly_the_whole_bound() {
    let half_place = 2f32.powi(-24);
    let mut values = vec![vec![Value::Float4(half_place)]; 101];
    values[0] = vec![Value::Float4(1.0)];
    let sum = (1..=100).fold(1.0f32, |sum, _| sum + half_place);
    let cell = Floats::of(&values, true).sum_cell(1, 0);
    assert!(share(&cell, sum.into(), 100) > 0.9999);
    assert!(!admits(&cell, sum.into(), 99));
}

#[test]
fn some_average_needs_nearly_the_whole_bound() {
    // The sum 1 is too small by 4094 half places; dividing by 4095 rounds once more.
    let mut values = vec![2f64.powi(-53); 4095];
    values[0] = 1.0;
    let sum = values[1..].iter().fold(1.0, |sum, x| sum + x);
    let cell = Floats::of(&rows(&values), false).sum_cell(4095, 1);
    assert!(share(&cell, sum / 4095.0, 4094) > 0.999);
}

#[test]
fn the_enclosure_of_a_tree_is_narrower_than_the_bound_of_its_height() {
    let values: Vec<f64> = (0..100).map(|i| 1.0 + f64::from(i * 37 % 101) / 100.0).collect();
    let (choices, cuts) = ([(0, 0)], [10; 10]);
    let variance = of_doubles("var_samp");
    let (_, height) = run(variance, &rows(&values), &choices, &cuts).expect("no overflow");
    let [low, high] = enclosure(variance, &rows(&values), &choices, &cuts);
    let cell = Floats::of(&rows(&values), false).deviation_cell(99, false);
    let bound = deviation_bound(&cell, height).expect("a bound").nearest_f64();
    assert!(low < high && high - low < bound, "{low:e}..{high:e}, {bound:e} after {height}");
    assert!(admits(&cell, low, height) && admits(&cell, high, height));
}

#[test]
fn the_enclosure_of_a_tree_of_pairs_is_narrower_than_the_bound_of_its_height() {
    let values: Vec<f64> = (0..100).map(|i| 1.0 + f64::from(i * 37 % 101) / 100.0).collect();
    let (rows, choices, cuts) = (pairs(&values, -0.7), [(0, 0)], [10; 10]);
    for name in ["corr", "covar_samp", "regr_intercept", "regr_r2", "regr_slope", "regr_sxy"] {
        let aggregate = of_doubles(name);
        let (_, height) = run(aggregate, &rows, &choices, &cuts).expect("no overflow");
        let [low, high] = enclosure(aggregate, &rows, &choices, &cuts);
        let Some(Cell::Float(cell)) = (aggregate.meaning)(&rows).cell else { panic!("{name}") };
        let FloatRule::Pairs(pairs) = &cell.rule else { panic!("{name} is of pairs") };
        let [least, most] = pairs.ends(height).expect("a bound").map(|end| end.nearest_f64());
        assert!(least < low && low < high && high < most, "{name}: {low:e}..{high:e}");
    }
}
