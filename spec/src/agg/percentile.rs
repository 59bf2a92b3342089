//! `percentile_disc` and `percentile_cont`: the value that a fraction of the set does not exceed, one of the set or
//! between two of them.

use std::ops::ControlFlow;

use super::mode::one_of_equals;
use super::ordered_set::{ORDERED, OrderedSet, Set};
use super::polymorphic::of_any_element;
use super::{Aggregate, Meaning};
use crate::error::{SqlError, sqlstate};
use crate::permitted::Cell;
use crate::value::{Interval, Type, Value};

/// `percentile_disc(float8) WITHIN GROUP (ORDER BY anyelement)`.
pub(super) static DISCRETE: &[Aggregate] = of_any_element! { ELEMENT => Aggregate {
    name: "percentile_disc",
    args: &[Some(ELEMENT)],
    result: ELEMENT,
    polymorphic: true,
    ordered_set: Some(OrderedSet {
        direct: &[Type::Float8],
        hypothetical: false,
        meaning: first_to_reach,
        finish: pick,
    }),
    ..ORDERED
}};

macro_rules! continuous {
    ($($ty:ident)*) => {
        /// `percentile_cont(float8) WITHIN GROUP (ORDER BY float8 | interval)`.
        pub(super) static CONTINUOUS: &[Aggregate] = &[$(Aggregate {
            name: "percentile_cont",
            args: &[Some(Type::$ty)],
            result: Type::$ty,
            ordered_set: Some(OrderedSet {
                direct: &[Type::Float8],
                hypothetical: false,
                meaning: between_neighbours,
                finish: interpolate,
            }),
            ..ORDERED
        }),*];
    };
}

continuous! { Float8 Interval }

/// The fraction asked for; the answer is NULL for NULL. [agg.percentile.range]
///
/// # Errors
/// 22003 outside 0 to 1, also of an empty set.
pub(super) fn fraction(set: &Set<'_>) -> Result<Option<f64>, SqlError> {
    let Value::Float8(fraction) = set.direct[0] else { return Ok(None) };
    if (0.0..=1.0).contains(&fraction) {
        return Ok(Some(fraction));
    }
    let message = format!("percentile value {} is not between 0 and 1", general(fraction));
    Err(SqlError::new(sqlstate::NUMERIC_VALUE_OUT_OF_RANGE, message))
}

/// A float as C's `%g` prints it: six digits at most.
fn general(x: f64) -> String {
    if x.is_nan() {
        return "NaN".into();
    }
    if x.is_infinite() {
        return if x > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    let scientific = format!("{x:.5e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("it has an exponent");
    let exponent: i32 = exponent.parse().expect("a number");
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(5 - exponent).expect("not negative");
        return trim(&format!("{x:.decimals$}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trim(mantissa), exponent.abs())
}

/// What the fraction or its absence decides alone, or the fraction.
fn asked(set: &Set<'_>) -> ControlFlow<Meaning, f64> {
    match fraction(set) {
        Ok(Some(fraction)) => ControlFlow::Continue(fraction),
        Ok(None) => ControlFlow::Break(Meaning::exactly(Value::Null)),
        Err(error) => ControlFlow::Break(Meaning::error(error.sqlstate)),
    }
}

/// The first value, in order, that at least the fraction of the rows do not exceed; NULL of none. [agg.percentile.disc]
///
/// "At least the fraction" is decided as PostgreSQL decides it: the count of rows is compared with fraction times all
/// rows, rounded to a double and then up to an integer.
pub(super) fn first_to_reach(set: &Set<'_>) -> Meaning {
    let fraction = match asked(set) {
        ControlFlow::Continue(fraction) => fraction,
        ControlFlow::Break(meaning) => return meaning,
    };
    let ties = set.ties();
    let rows: usize = ties.iter().map(Vec::len).sum();
    let needed = (fraction * rows as f64).ceil();
    let mut reached = 0;
    let reaches = |equals: &&Vec<&Value>| {
        reached += equals.len();
        reached as f64 >= needed
    };
    ties.iter().find(reaches).map_or(Meaning::exactly(Value::Null), |equals| one_of_equals(equals))
}

/// `percentile_disc_final`. [agg.percentile.disc]
pub(super) fn pick(set: &Set<'_>) -> Result<Value, SqlError> {
    let Some(fraction) = fraction(set)? else { return Ok(Value::Null) };
    let row = (fraction * set.values.len() as f64).ceil() as usize;
    Ok(set.values.get(row.saturating_sub(1)).cloned().unwrap_or_default())
}

/// The value at the fraction of the way from the first row to the last, between two neighbours on the line through both;
/// NULL of none. [agg.percentile.cont]
///
/// Equal neighbours that differ ('1 day' and '24:00') give several answers: each is permitted.
pub(super) fn between_neighbours(set: &Set<'_>) -> Meaning {
    let fraction = match asked(set) {
        ControlFlow::Continue(fraction) => fraction,
        ControlFlow::Break(meaning) => return meaning,
    };
    let ties = set.ties();
    let rows: usize = ties.iter().map(Vec::len).sum();
    if rows == 0 {
        return Meaning::exactly(Value::Null);
    }
    let place = fraction * (rows - 1) as f64;
    let (low, high) = (equals_at(&ties, place.floor()), equals_at(&ties, place.ceil()));
    let mut answers = vec![];
    for (first, low) in low.iter().enumerate() {
        for (second, high) in high.iter().enumerate() {
            let one_row = place.fract() == 0.0;
            let same = low == high && first == second;
            // Two rows of one value must be there twice.
            if one_row && !same || !one_row && same && low.1 == 1 {
                continue;
            }
            let answer =
                if one_row { Ok(low.0.clone()) } else { line(low.0, high.0, place.fract()) };
            answers.push(answer);
        }
    }
    any_of(answers)
}

/// The different values at a place, each with how often it is there.
fn equals_at<'v>(ties: &[Vec<&'v Value>], place: f64) -> Vec<(&'v Value, usize)> {
    let mut passed = 0;
    let holds = |equals: &&Vec<&Value>| {
        passed += equals.len();
        (passed as f64) > place
    };
    let mut different: Vec<(&Value, usize)> = vec![];
    for value in ties.iter().find(holds).into_iter().flatten() {
        match different.iter_mut().find(|(known, _)| known == value) {
            Some((_, times)) => *times += 1,
            None => different.push((value, 1)),
        }
    }
    different
}

/// Any of these answers.
fn any_of(answers: Vec<Result<Value, SqlError>>) -> Meaning {
    let errors = answers.iter().filter_map(|answer| answer.as_ref().err());
    let errors = errors.map(|error| error.sqlstate).collect();
    let mut values: Vec<Value> = vec![];
    for value in answers.into_iter().flatten() {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    let cell = match values.len() {
        0 => None,
        1 => values.pop().map(Cell::Exactly),
        _ => Some(Cell::OneOf(values)),
    };
    Meaning { cell, errors, unable: None }
}

/// The point of the line from `low` to `high`, a share of the way.
fn line(low: &Value, high: &Value, share: f64) -> Result<Value, SqlError> {
    match (low, high) {
        (Value::Float8(low), Value::Float8(high)) => Ok(Value::Float8(low + share * (high - low))),
        (Value::Interval(low), Value::Interval(high)) => {
            high.sub(*low)?.mul(share)?.add(*low).map(Value::Interval)
        }
        other => unreachable!("percentile_cont goes over float8 and interval, not {other:?}"),
    }
}

/// `percentile_cont_final_common` with `float8_lerp` or `interval_lerp`. [agg.percentile.cont]
pub(super) fn interpolate(set: &Set<'_>) -> Result<Value, SqlError> {
    let Some(fraction) = fraction(set)? else { return Ok(Value::Null) };
    let Some(last) = set.values.len().checked_sub(1) else { return Ok(Value::Null) };
    let place = fraction * last as f64;
    let (first, second) = (place.floor() as usize, place.ceil() as usize);
    if first == second {
        return Ok(set.values[first].clone());
    }
    lerp(&set.values[first], &set.values[second], place - first as f64)
}

fn lerp(low: &Value, high: &Value, proportion: f64) -> Result<Value, SqlError> {
    let spans = |low: Interval, high: Interval| {
        let difference = high.sub(low)?;
        let part = difference.mul(proportion)?;
        part.add(low)
    };
    match (low, high) {
        (Value::Interval(low), Value::Interval(high)) => spans(*low, *high).map(Value::Interval),
        (Value::Float8(low), Value::Float8(high)) => {
            let distance = high - low;
            Ok(Value::Float8(low + proportion * distance))
        }
        other => unreachable!("percentile_cont goes over float8 and interval, not {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agg::ordered_set::KeyOrder;
    use crate::sql::ast::{Direction, NullsOrder};

    const UP: KeyOrder = KeyOrder { direction: Direction::Asc, nulls: NullsOrder::Last };

    /// The answer of the machine's way, which the meaning admits.
    fn answer(
        aggregates: &[Aggregate],
        fraction: f64,
        values: &[Value],
    ) -> Result<Value, SqlError> {
        let set = Set { direct: &[Value::Float8(fraction)], values, order: &[UP] };
        let kind = aggregates[0].ordered_set.as_ref().expect("an ordered set");
        let answer = (kind.finish)(&set);
        let meaning = (kind.meaning)(&set);
        assert!(meaning.admits(&answer), "{answer:?} is not in {meaning:?}");
        answer
    }

    #[test]
    fn a_discrete_percentile_is_a_value_of_the_set() {
        crate::clauses!("agg.percentile.disc");
        let values = [1, 2, 3, 4].map(Value::Int4);
        let expected = [(0.0, 1), (0.25, 1), (0.26, 2), (0.5, 2), (0.75, 3), (0.76, 4), (1.0, 4)];
        for (fraction, value) in expected {
            assert_eq!(answer(DISCRETE, fraction, &values), Ok(Value::Int4(value)), "{fraction}");
        }
        assert_eq!(answer(DISCRETE, 0.5, &[]), Ok(Value::Null));
    }

    #[test]
    fn a_continuous_percentile_lies_on_the_line_between_neighbours() {
        crate::clauses!("agg.percentile.cont");
        let values = [1.0, 2.0, 4.0, 8.0].map(Value::Float8);
        for (fraction, value) in [(0.0, 1.0), (0.5, 3.0), (0.75, 5.0), (1.0, 8.0)] {
            assert_eq!(answer(CONTINUOUS, fraction, &values), Ok(Value::Float8(value)));
        }
        let days = |days| Value::Interval(Interval { months: 0, days, microseconds: 0 });
        let half = Interval { months: 0, days: 1, microseconds: 43_200_000_000 };
        assert_eq!(answer(CONTINUOUS, 0.5, &[days(1), days(2)]), Ok(Value::Interval(half)));
        assert_eq!(answer(CONTINUOUS, 0.5, &[]), Ok(Value::Null));
    }

    #[test]
    fn a_fraction_outside_zero_to_one_is_an_error_even_of_nothing() {
        crate::clauses!("agg.percentile.range");
        for (fraction, text) in [(2.0, "2"), (-0.000_012_3, "-1.23e-05"), (f64::NAN, "NaN")] {
            let error = answer(CONTINUOUS, fraction, &[]).expect_err("out of range");
            assert_eq!(error.sqlstate.as_str(), "22003");
            let message = format!("percentile value {text} is not between 0 and 1");
            assert_eq!(error.message, message);
        }
        let set = Set { direct: &[Value::Null], values: &[Value::Int4(1)], order: &[UP] };
        assert_eq!(pick(&set), Ok(Value::Null));
        assert_eq!(first_to_reach(&set), Meaning::exactly(Value::Null));
    }

    #[test]
    fn equal_neighbours_that_differ_permit_each_answer() {
        let day = Value::Interval(Interval { months: 0, days: 1, microseconds: 0 });
        let hours = Value::Interval(Interval { months: 0, days: 0, microseconds: 86_400_000_000 });
        let values = [day.clone(), hours.clone()];
        let set = Set { direct: &[Value::Float8(0.0)], values: &values, order: &[UP] };
        assert_eq!(between_neighbours(&set).cell, Some(Cell::OneOf(vec![day, hours])));
        let half = Set { direct: &[Value::Float8(0.5)], ..set };
        assert!(between_neighbours(&half).admits(&interpolate(&half)));
    }
}
