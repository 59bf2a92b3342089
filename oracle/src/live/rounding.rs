//! How far apart floats may lie that should be the same: as far as one pass over other orders of the same rows.
//! [law.float.spread]
//!
//! Nothing but its answers is known of a user's aggregate, so there is no theorem that bounds its rounding. But one pass over
//! the same rows in another order rounds too, and nobody calls that a fault. So the spread of those answers is measured, on
//! the aggregate alone and before any split, and is the yardstick of every split:
//!
//! ```text
//! ordinary values   all arithmetic on them is exact: an aggregate that only adds and multiplies has no spread,
//!                   and a split has to give the same answer bit for bit
//! decimals          they round, and nothing cancels: the spread is some units in the last place
//! extreme values    everything may cancel or overflow: no yardstick, a difference is a remark
//! ```
//!
//! An aggregate whose answers in other orders are not even alike in half of their digits does not round, it depends on the
//! order. Then other orders measure nothing, and a difference in the lower half of the digits is a remark as well.

use super::answer::Answer;
use super::split::MOST_ROWS;
use super::values::Lane;

/// The floats of an answer, for a result type that consists of them: one, or those of an array.
pub fn floats(result: &str, answer: &Answer) -> Option<Vec<f64>> {
    let element = result.trim_end_matches("[]");
    let (Answer::Value(Some(text)), "real" | "double precision") = (answer, element) else {
        return None;
    };
    let inner = text.trim_matches(|c| c == '{' || c == '}');
    inner.split(',').map(|number| number.parse().ok()).collect()
}

/// The largest number between floats in the same places; infinity if one of them is not finite where the other is
/// something else, or if one has more of them.
pub fn distance(one: &[f64], other: &[f64]) -> f64 {
    let apart = |(a, b): (&f64, &f64)| match a == b || a.is_nan() && b.is_nan() {
        true => 0.0,
        false if a.is_finite() && b.is_finite() => (a - b).abs(),
        false => f64::INFINITY,
    };
    match one.len() == other.len() {
        true => one.iter().zip(other).map(apart).fold(0.0, f64::max),
        false => f64::INFINITY,
    }
}

/// The largest magnitude among finite floats.
fn magnitude(floats: &[f64]) -> f64 {
    floats.iter().filter(|float| float.is_finite()).fold(0.0, |most, float| most.max(float.abs()))
}

/// How far the answers of one pass lie apart over orders of the same rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// The largest distance between two orders of a list.
    pub most: f64,
    /// The largest magnitude of an answer.
    scale: f64,
}

impl Spread {
    /// Takes in the answers of one list of rows in several orders.
    pub fn take(&mut self, result: &str, answers: &[&Answer]) {
        let all: Vec<Vec<f64>> =
            answers.iter().filter_map(|answer| floats(result, answer)).collect();
        for (number, one) in all.iter().enumerate() {
            self.scale = self.scale.max(magnitude(one));
            let apart = all[number + 1..].iter().map(|other| distance(one, other));
            self.most = apart.fold(self.most, f64::max);
        }
    }

    /// Whether this is rounding: the upper half of the digits is not touched.
    pub fn is_rounding(&self, result: &str) -> bool {
        self.most <= self.scale * half_of_the_digits(result)
    }
}

/// The relative size of the lower half of the 23 or 52 bits behind the first.
fn half_of_the_digits(result: &str) -> f64 {
    match result.trim_end_matches("[]") {
        "real" => 2f64.powi(-(23 / 2)),
        _ => 2f64.powi(-(52 / 2)),
    }
}

/// What answers in floats are measured with, in each lane of values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Yardstick {
    /// Over ordinary values.
    pub exact: Spread,
    /// Over decimals.
    pub decimals: Spread,
}

impl Yardstick {
    /// Whether two answers differ by no more than rounding, on values of a lane.
    ///
    /// The error of n steps grows as the square root of n if they round this way and that, and as n at worst. So a spread
    /// that was seen may fall short of what there is by the square root of the number of rows on each of the two sides:
    /// this is the factor.
    pub fn permits(&self, result: &str, lane: Lane, one: &[f64], other: &[f64]) -> bool {
        let apart = distance(one, other);
        let spread = match lane {
            Lane::Exact | Lane::Special => self.exact,
            Lane::Decimals => self.decimals,
            Lane::Extreme => Spread { most: f64::INFINITY, scale: 0.0 },
        };
        if spread.is_rounding(result) {
            return apart <= spread.most * MOST_ROWS as f64;
        }
        apart <= magnitude(one).max(magnitude(other)) * half_of_the_digits(result)
    }

    /// Whether one pass rounds at all.
    pub fn rounds(&self) -> bool {
        self.exact.most > 0.0 || self.decimals.most > 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESULT: &str = "double precision";

    fn value(text: &str) -> Answer {
        Answer::Value(Some(text.into()))
    }

    fn spread(lists: &[&[&str]]) -> Spread {
        let mut spread = Spread::default();
        for list in lists {
            let answers: Vec<Answer> = list.iter().map(|text| value(text)).collect();
            spread.take(RESULT, &answers.iter().collect::<Vec<_>>());
        }
        spread
    }

    fn permits(yardstick: &Yardstick, lane: Lane, one: &str, other: &str) -> bool {
        let floats = |text: &str| floats(RESULT, &value(text)).unwrap();
        yardstick.permits(RESULT, lane, &floats(one), &floats(other))
    }

    #[test]
    fn where_one_pass_is_exact_a_split_is_exact_bit_for_bit() {
        spec::clauses!("law.float.spread");
        let yardstick = Yardstick { exact: spread(&[&["840", "840"]]), ..Yardstick::default() };
        assert!(permits(&yardstick, Lane::Exact, "840", "840"));
        assert!(permits(&yardstick, Lane::Exact, "0", "-0"));
        assert!(permits(&yardstick, Lane::Exact, "NaN", "NaN"));
        assert!(!permits(&yardstick, Lane::Exact, "840", "840.0000000000001"));
        assert!(!permits(&yardstick, Lane::Exact, "840", "NaN"));
    }

    #[test]
    fn a_split_may_round_as_far_as_orders_of_the_rows_and_no_farther() {
        spec::clauses!("law.float.spread");
        let decimals = spread(&[&["0.1", "0.1"], &["0.6", "0.6000000000000001", "0.6"]]);
        let yardstick = Yardstick { decimals, ..Yardstick::default() };
        assert!(decimals.is_rounding(RESULT) && yardstick.rounds());
        assert!(permits(&yardstick, Lane::Decimals, "0.6", "0.6000000000000004"));
        assert!(!permits(&yardstick, Lane::Decimals, "0.6", "0.600000000000002"));
        assert!(!permits(&yardstick, Lane::Decimals, "0.6", "0.60000002"), "a float4 on the way");
    }

    #[test]
    fn answers_that_depend_on_the_order_measure_nothing_but_half_of_the_digits() {
        spec::clauses!("law.float.spread");
        let exact = spread(&[&["840", "1680"]]);
        let yardstick = Yardstick { exact, ..Yardstick::default() };
        assert!(!exact.is_rounding(RESULT));
        assert!(permits(&yardstick, Lane::Exact, "840", "840.0000000001"));
        assert!(!permits(&yardstick, Lane::Exact, "840", "1680"));
        assert!(permits(&yardstick, Lane::Extreme, "1e16", "10000000000000002"));
        assert!(!permits(&yardstick, Lane::Extreme, "1e16", "Infinity"));
    }

    #[test]
    fn floats_of_an_array_are_measured_place_by_place() {
        let floats = |text: &str| floats("double precision[]", &value(text));
        assert_eq!(floats("{1,2.5}"), Some(vec![1.0, 2.5]));
        assert_eq!(floats("{1,NULL}"), None);
        assert_eq!(super::floats("text", &value("1")), None);
        assert_eq!(distance(&[1.0, 2.0], &[1.5, 2.25]), 0.5);
        assert_eq!(distance(&[1.0], &[1.0, 2.0]), f64::INFINITY);
    }
}
