//! Answers in the server's own text, and when two of them are the same.

use super::rounding::{Yardstick, floats};
use super::scratch::{Raised, Rows, Scratch, Trouble};
use super::values::Lane;

/// What an aggregate answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A value as text; `None` is NULL.
    Value(Option<String>),
    /// An error.
    Raised(Raised),
    /// The connection was lost over it.
    Lost(String),
    /// It was not asked: too many statements have failed already.
    Unknown,
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Answer::Value(None) => f.write_str("NULL"),
            Answer::Value(Some(text)) if text.is_empty() => f.write_str("''"),
            Answer::Value(Some(text)) if text.chars().count() > 100 => {
                write!(f, "{}…", text.chars().take(100).collect::<String>())
            }
            Answer::Value(Some(text)) => f.write_str(text),
            Answer::Raised(raised) => write!(f, "ERROR {}: {}", raised.state, raised.message),
            Answer::Lost(how) => write!(f, "the connection was lost: {how}"),
            Answer::Unknown => f.write_str("not asked"),
        }
    }
}

/// How two answers stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The same value, as text or by the type's `=`; or the same error.
    Same,
    /// Floats that lie apart no farther than rounding puts them. [law.float.spread]
    Rounding,
    /// One of them is out of range, which may depend on where a partial result is formed. [law.class]
    OutOfRange,
    /// Both raise, and what the other side raises is what one pass raises in another order of the rows. [law.errors]
    OtherError,
    /// Not the same.
    Different,
    /// One was not asked.
    Unknown,
}

/// "numeric value out of range", "datetime field overflow", "interval field overflow".
const OUT_OF_RANGE: [&str; 3] = ["22003", "22008", "22015"];

/// How two answers stand to each other, as far as their texts say; `None` if the type's `=` has to be asked.
fn by_text(whole: &Answer, split: &Answer) -> Option<Relation> {
    let out_of_range = |answer: &Answer| match answer {
        Answer::Raised(raised) => OUT_OF_RANGE.contains(&raised.state.as_str()),
        _ => false,
    };
    Some(match (whole, split) {
        (Answer::Unknown, _) | (_, Answer::Unknown) => Relation::Unknown,
        (Answer::Raised(one), Answer::Raised(other)) if one.state == other.state => Relation::Same,
        (one, other) if one == other => Relation::Same,
        (Answer::Value(_), other) | (other, Answer::Value(_)) if out_of_range(other) => {
            Relation::OutOfRange
        }
        (Answer::Value(Some(_)), Answer::Value(Some(_))) => return None,
        _ => Relation::Different,
    })
}

/// What answers are compared with.
#[derive(Clone, Copy, Debug)]
pub struct Measure<'a> {
    /// Their type.
    pub result: &'a str,
    /// How the values of the rows were chosen.
    pub lane: Lane,
    /// How far floats may lie apart.
    pub yardstick: &'a Yardstick,
}

impl Measure<'_> {
    /// How two answers in floats stand to each other; `None` if they are not.
    fn of_floats(&self, whole: &Answer, split: &Answer) -> Option<Relation> {
        let (one, other) = (floats(self.result, whole)?, floats(self.result, split)?);
        if super::rounding::distance(&one, &other) == 0.0 {
            return Some(Relation::Same);
        }
        let is_permitted = self.yardstick.permits(self.result, self.lane, &one, &other);
        Some(if is_permitted { Relation::Rounding } else { Relation::Different })
    }
}

/// Compares pairs of answers: by text, as floats, then by the `=` of the result type, where it has one.
///
/// # Errors
/// If the server is lost.
pub fn relations(
    scratch: &mut Scratch,
    measure: &Measure<'_>,
    pairs: &[(Answer, Answer)],
) -> Result<Vec<Relation>, Trouble> {
    let relation = |(whole, split): &(Answer, Answer)| match by_text(whole, split)
        .or_else(|| measure.of_floats(whole, split))
    {
        Some(relation) => Ok(relation),
        None => equal(scratch, measure.result, whole, split),
    };
    pairs.iter().map(relation).collect()
}

fn equal(
    scratch: &mut Scratch,
    result: &str,
    whole: &Answer,
    split: &Answer,
) -> Result<Relation, Trouble> {
    let (Answer::Value(Some(one)), Answer::Value(Some(other))) = (whole, split) else {
        return Ok(Relation::Different);
    };
    let literal = |text: &str| format!("'{}'::{result}", text.replace('\'', "''"));
    let asked: Result<Rows, Trouble> =
        scratch.ask(&format!("SELECT {} = {}", literal(one), literal(other)));
    match asked {
        Ok(rows) if rows == [[Some("t".to_owned())]] => Ok(Relation::Same),
        // No `=`, or no: the texts differ.
        Ok(_) | Err(Trouble::Raised(_)) => Ok(Relation::Different),
        Err(other) => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Answer {
        Answer::Value(Some(text.into()))
    }

    fn raised(state: &str) -> Answer {
        Answer::Raised(Raised { state: state.into(), message: String::new() })
    }

    #[test]
    fn floats_are_the_same_or_rounded_or_different() {
        let yardstick = Yardstick::default();
        let measure = |result| Measure { result, lane: Lane::Extreme, yardstick: &yardstick };
        let floats = |one, other| measure("double precision").of_floats(&value(one), &value(other));
        assert_eq!(floats("0", "-0"), Some(Relation::Same));
        assert_eq!(floats("NaN", "NaN"), Some(Relation::Same));
        assert_eq!(floats("1", "1.0000000000000002"), Some(Relation::Rounding));
        assert_eq!(floats("1", "1.001"), Some(Relation::Different));
        assert_eq!(floats("1", "NaN"), Some(Relation::Different));
        assert_eq!(measure("numeric").of_floats(&value("1"), &value("1.0")), None);
    }

    #[test]
    fn an_error_of_range_on_one_side_is_no_difference_and_any_other_is() {
        assert_eq!(by_text(&value("1"), &raised("22003")), Some(Relation::OutOfRange));
        assert_eq!(by_text(&raised("22003"), &value("1")), Some(Relation::OutOfRange));
        assert_eq!(by_text(&value("1"), &raised("22012")), Some(Relation::Different));
        assert_eq!(by_text(&raised("22012"), &raised("22012")), Some(Relation::Same));
        assert_eq!(by_text(&value("1"), &Answer::Value(None)), Some(Relation::Different));
    }

    #[test]
    fn texts_that_differ_are_left_to_the_types_equality() {
        assert_eq!(by_text(&value("1.0"), &value("1.00")), None);
    }
}
