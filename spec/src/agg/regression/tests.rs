//! The family against answers of a live PostgreSQL 15, and the edges of its meaning.

use super::*;
use crate::agg;
use crate::error::sqlstate;

const INF: f64 = f64::INFINITY;

fn rows(pairs: &[(f64, f64)]) -> Vec<Row> {
    pairs.iter().map(|(y, x)| vec![Value::Float8(*y), Value::Float8(*x)]).collect()
}

fn named(name: &str) -> &'static Aggregate {
    agg::named(name).next().expect("known")
}

fn means(name: &str, pairs: &[(f64, f64)]) -> Meaning {
    (named(name).meaning)(&rows(pairs))
}

/// One pass of the machine.
fn pass(name: &str, rows: &[Row]) -> Result<Value, SqlError> {
    let aggregate = named(name);
    let mut state = aggregate.machine.init();
    for row in rows {
        aggregate.advance(&mut state, row)?;
    }
    aggregate.finish(&state)
}

const NAMES: [&str; 12] = [
    "covar_pop",
    "covar_samp",
    "corr",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
];

/// One pass of every aggregate, as text, in the order of `NAMES`.
fn line(pairs: &[(f64, f64)]) -> String {
    let text = |name: &&str| match pass(name, &rows(pairs)).expect("no error") {
        Value::Null => "NULL".to_owned(),
        value => crate::value::text::output(&value),
    };
    NAMES.iter().map(text).collect::<Vec<_>>().join("|")
}

#[test]
fn one_pass_answers_what_postgresql_prints() {
    let thirds = [(1.0, 0.1), (2.0, 0.2), (3.0, 0.3), (4.0, 0.4), (7.0, 0.7)];
    let huge = [(1e100, 1e100), (-1e100, -3e100)];
    for (pairs, expected) in [
        (
            &[(1.0, 2.0), (3.0, 5.0)][..],
            "1.5|3|1|3.5|2|2|-0.3333333333333335|1|0.6666666666666666|4.5|3|2",
        ),
        (
            &thirds,
            "0.42400000000000004|0.53|1|0.33999999999999997|3.4|5|0|1|10|0.21200000000000002|2.12|21.2",
        ),
        (&[(1.0, 2.0)], "0|NULL|NULL|2|1|1|NULL|NULL|NULL|0|0|0"),
        (&[(1.0, 2.0), (2.0, 2.0)], "0|0|NULL|2|1.5|2|NULL|NULL|NULL|0|0|0.5"),
        (
            &[(5.0, 1.0), (5.0, 2.0), (5.0, 4.0)],
            "0|0|NULL|2.3333333333333335|5|3|5|1|0|4.666666666666666|0|0",
        ),
        (
            &[(INF, 1.0), (1.0, 2.0), (3.0, 4.0)],
            "NaN|NaN|NaN|2.3333333333333335|Infinity|3|NaN|NaN|NaN|4.666666666666666|NaN|NaN",
        ),
        (&[(1.0, INF)], "NaN|NULL|NULL|Infinity|1|1|NaN|1|NaN|NaN|NaN|0"),
        (
            &huge,
            "2e+200|4e+200|0|-9.999999999999998e+99|0|2|4.999999999999999e+99|NaN|0.5|8e+200|4e+200|2e+200",
        ),
        // A correlation above 1: the product of the squared deviations is subnormal.
        (
            &[(1e-160, 1.0), (2e-160, 2.0)],
            "2.5e-161|5e-161|1.0000055664551362|1.5|1.5e-160|2|0|1|1e-160|0.5|5e-161|5e-321",
        ),
        (&[], "NULL|NULL|NULL|NULL|NULL|0|NULL|NULL|NULL|NULL|NULL|NULL"),
    ] {
        assert_eq!(line(pairs), expected, "{pairs:?}");
    }
}

#[test]
fn a_pair_with_a_null_does_not_count() {
    let mut with_nulls = rows(&[(1.0, 2.0), (3.0, 5.0)]);
    with_nulls.push(vec![Value::Null, Value::Float8(7.0)]);
    with_nulls.insert(0, vec![Value::Float8(f64::NAN), Value::Null]);
    let count = named("regr_count");
    assert_eq!((count.meaning)(&with_nulls), Meaning::exactly(Value::Int8(2)));
    for name in NAMES {
        let without = means(name, &[(1.0, 2.0), (3.0, 5.0)]);
        assert_eq!((named(name).meaning)(&with_nulls), without, "{name}");
        assert!(without.admits(&pass(name, &with_nulls)), "{name}");
    }
}

#[test]
fn what_does_not_deviate_is_known_exactly() {
    let exactly = |name, pairs: &[(f64, f64)], value| {
        assert_eq!(means(name, pairs), Meaning::exactly(value), "{name} {pairs:?}");
    };
    let (level, upright) = ([(5.0, 1.0), (5.0, -2.0), (5.0, 4.5)], [(1.0, 5.0), (2.0, 5.0)]);
    exactly("corr", &level, Value::Null);
    exactly("regr_r2", &level, Value::Float8(1.0));
    exactly("regr_slope", &level, Value::Float8(0.0));
    exactly("regr_sxy", &level, Value::Float8(0.0));
    exactly("regr_syy", &level, Value::Float8(0.0));
    let intercept = means("regr_intercept", &level);
    assert_eq!(intercept, Meaning::cell(Cell::EqualTo(Value::Float8(5.0))));
    for name in ["corr", "regr_r2", "regr_slope", "regr_intercept"] {
        exactly(name, &upright, Value::Null);
        // Three times 0.1 and seven times 0.1 differ in PostgreSQL too: NULL, and 1.
        let tenths = [(0.1, 0.1); 7];
        assert!(means(name, &tenths).unable.is_some(), "{name}");
    }
    assert_eq!(pass("corr", &rows(&[(0.1, 0.1); 3])), Ok(Value::Null));
    assert_eq!(pass("corr", &rows(&[(0.1, 0.1); 7])), Ok(Value::Float8(1.0)));
}

#[test]
fn a_special_value_spoils_its_own_side_and_every_product() {
    let spoiled = [(1.0, INF), (2.0, 3.0)];
    assert_eq!(means("regr_syy", &[(1.0, INF)]), Meaning::exactly(Value::Float8(0.0)));
    assert_eq!(means("regr_r2", &[(1.0, INF)]), Meaning::exactly(Value::Float8(1.0)));
    assert_eq!(means("corr", &[(1.0, INF)]), Meaning::exactly(Value::Null));
    for name in ["regr_sxx", "regr_sxy", "covar_samp", "corr", "regr_slope", "regr_intercept"] {
        assert_eq!(means(name, &spoiled), Meaning::exactly(Value::Float8(f64::NAN)), "{name}");
    }
    assert_eq!(means("regr_avgx", &spoiled), Meaning::exactly(Value::Float8(INF)));
    let average = means("regr_avgy", &spoiled);
    assert_eq!(average, Meaning::cell(Cell::EqualTo(Value::Float8(1.5))));
}

#[test]
fn an_overflow_of_any_sum_is_an_error_of_every_answer_but_the_count() {
    let pairs = [(1e200, 1.0), (0.0, 1.0)];
    for name in NAMES {
        let (meaning, found) = (means(name, &pairs), pass(name, &rows(&pairs)));
        if name == "regr_count" {
            assert_eq!(found, Ok(Value::Int8(2)));
        } else {
            assert_eq!(meaning, Meaning::error(sqlstate::NUMERIC_VALUE_OUT_OF_RANGE), "{name}");
            assert_eq!(found, Err(overflow()), "{name}");
        }
    }
    // The other side may be infinite: 1e308 twice is too much for Sy.
    assert_eq!(pass("corr", &rows(&[(1e308, INF), (1e308, 1.0)])), Err(overflow()));
}

#[test]
fn a_state_of_no_pairs_is_the_unit_even_beside_the_largest_numbers() {
    let huge = [1.0, f64::MAX, 0.0, -f64::MAX, 0.0, 0.0];
    assert_eq!(join([0.0; 6], huge), Ok(huge));
    assert_eq!(join(huge, [0.0; 6]), Ok(huge));
    let infinite = accumulate([0.0; 6], INF, 1.0).expect("no error");
    let joined = join([0.0; 6], infinite).expect("no error");
    assert_eq!((joined[1], joined[4]), (INF, 0.0));
    assert!(joined[2].is_nan() && joined[5].is_nan());
}

/// The least and the largest permitted answer.
fn ends(name: &str, pairs: &[(f64, f64)]) -> [f64; 2] {
    let Some(Cell::Float(cell)) = means(name, pairs).cell else { panic!("{name} has a bound") };
    let FloatRule::Pairs(pairs) = cell.rule else { panic!("{name} is of pairs") };
    pairs.ends(cell.rows).expect("a bound").map(|end| end.nearest_f64())
}

#[test]
fn of_small_integers_the_bounds_are_tight_and_hold_the_exact_answer() {
    // y = 2x - 3 with one pair beside the line.
    let pairs = [(-1.0, 1.0), (1.0, 2.0), (5.0, 4.0), (7.0, 5.0), (8.0, 6.0)];
    let thousand_billionths = 2f64.powi(-40);
    for (name, exact) in [
        ("regr_sxy", 32.0),
        ("covar_pop", 6.4),
        ("covar_samp", 8.0),
        ("regr_slope", 160.0 / 86.0),
        ("regr_intercept", 4.0 - 3.6 * (160.0 / 86.0)),
        ("regr_r2", 1024.0 / (17.2 * 60.0)),
        ("corr", 32.0 / 1032f64.sqrt()),
    ] {
        let [low, high] = ends(name, &pairs);
        assert!(low <= exact && exact <= high, "{name}: {exact} in {low}..{high}");
        assert!(high - low <= exact.abs() * thousand_billionths, "{name}: {low}..{high}");
    }
    for (name, exact) in [("regr_avgx", 3.6), ("regr_avgy", 4.0)] {
        assert_eq!(means(name, &pairs), Meaning::cell(Cell::EqualTo(Value::Float8(exact))));
    }
}

#[test]
fn a_line_through_dyadic_points_has_the_correlation_that_it_should() {
    let pairs: Vec<_> = (0..20).map(|i| (1.0 - f64::from(i), f64::from(i) / 8.0)).collect();
    let [low, high] = ends("corr", &pairs);
    assert!(low <= -1.0 && -1.0 <= high && high - low <= 2f64.powi(-36), "{low}..{high}");
    assert!(means("corr", &pairs).admits(&pass("corr", &rows(&pairs))));
    let meaning = means("corr", &pairs);
    assert!(!meaning.admits(&Ok(Value::Null)) && !meaning.admits(&Ok(Value::Float8(-0.5))));
}

#[test]
fn there_is_no_bound_where_a_product_leaves_the_range() {
    let (tiny, huge) = ([(1e-100, -1e-100), (2e-100, 2e-100)], [(1e100, 1e100), (-1e100, -3e100)]);
    for name in ["corr", "regr_r2"] {
        assert!(means(name, &tiny).unable.is_some() && means(name, &huge).unable.is_some());
    }
    // PostgreSQL's own answers to these: a product that is zero, and one that is infinite.
    assert_eq!(pass("corr", &rows(&tiny)), Ok(Value::Float8(INF)));
    assert_eq!(pass("corr", &rows(&huge)), Ok(Value::Float8(0.0)));
    for name in ["covar_pop", "regr_slope", "regr_intercept"] {
        assert!(means(name, &huge).admits(&pass(name, &rows(&huge))), "{name}");
        assert!(means(name, &tiny).admits(&pass(name, &rows(&tiny))), "{name}");
    }
}

#[test]
fn a_correlation_above_one_is_permitted_where_its_divisor_has_few_digits() {
    let subnormal = [(1e-160, 1.0), (2e-160, 2.0)];
    let (meaning, found) = (means("corr", &subnormal), pass("corr", &rows(&subnormal)));
    assert_eq!(found, Ok(Value::Float8(1.0000055664551362)));
    assert!(meaning.unable.is_none() && meaning.admits(&found));
    assert!(!meaning.admits(&Ok(Value::Float8(1.1))));
}
