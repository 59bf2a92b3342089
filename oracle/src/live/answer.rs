//! Answers in the server's own text, and when two of them are the same.

use super::scratch::{Raised, Rows, Scratch, Trouble};

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
    /// Floats that agree in the first half of their digits: so many representable numbers lie between them.
    Digits(u64),
    /// One of them is out of range, which may depend on where a partial result is formed. [law.class]
    OutOfRange,
    /// Not the same.
    Different,
    /// One was not asked.
    Unknown,
}

/// "numeric value out of range", "datetime field overflow", "interval field overflow".
const OUT_OF_RANGE: [&str; 3] = ["22003", "22008", "22015"];

/// How two answers stand to each other, as far as their texts say; `None` if the type's `=` has to be asked.
fn by_text(whole: &Answer, split: &Answer, bits: Option<u32>) -> Option<Relation> {
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
        (Answer::Value(Some(one)), Answer::Value(Some(other))) => {
            return bits.and_then(|bits| digits(one, other, bits));
        }
        _ => Relation::Different,
    })
}

/// How far apart two floats of so many significant bits are.
///
/// Half of the digits is the rule for an aggregate of which nothing but its answers is known: on values that are exact in
/// any order there is no rounding to excuse a difference in the leading half, and no bound to demand more.
fn digits(one: &str, other: &str, bits: u32) -> Option<Relation> {
    let (one, other): (f64, f64) = (one.parse().ok()?, other.parse().ok()?);
    if one == other || one.is_nan() && other.is_nan() {
        return Some(Relation::Same);
    }
    if !one.is_finite() || !other.is_finite() || one.is_sign_negative() != other.is_sign_negative()
    {
        return Some(Relation::Different);
    }
    let apart = match bits {
        24 => u64::from((one as f32).to_bits().abs_diff((other as f32).to_bits())),
        _ => one.to_bits().abs_diff(other.to_bits()),
    };
    Some(if apart >> (bits / 2) == 0 { Relation::Digits(apart) } else { Relation::Different })
}

/// Compares pairs of answers: by text, then by the `=` of the result type, where it has one.
///
/// # Errors
/// If the server is lost.
pub fn relations(
    scratch: &mut Scratch,
    result: &str,
    pairs: &[(Answer, Answer)],
) -> Result<Vec<Relation>, Trouble> {
    let bits = match result {
        "real" => Some(24),
        "double precision" => Some(53),
        _ => None,
    };
    pairs
        .iter()
        .map(|(whole, split)| match by_text(whole, split, bits) {
            Some(relation) => Ok(relation),
            None => equal(scratch, result, whole, split),
        })
        .collect()
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
    fn floats_are_the_same_or_close_or_different() {
        let floats = |one, other| by_text(&value(one), &value(other), Some(53));
        assert_eq!(floats("0", "-0"), Some(Relation::Same));
        assert_eq!(floats("NaN", "NaN"), Some(Relation::Same));
        assert_eq!(floats("1", "1.0000000000000002"), Some(Relation::Digits(1)));
        assert_eq!(floats("1", "1.001"), Some(Relation::Different));
        assert_eq!(floats("1", "NaN"), Some(Relation::Different));
        assert_eq!(floats("1", "-1"), Some(Relation::Different));
    }

    #[test]
    fn an_error_of_range_on_one_side_is_no_difference_and_any_other_is() {
        assert_eq!(by_text(&value("1"), &raised("22003"), None), Some(Relation::OutOfRange));
        assert_eq!(by_text(&raised("22003"), &value("1"), None), Some(Relation::OutOfRange));
        assert_eq!(by_text(&value("1"), &raised("22012"), None), Some(Relation::Different));
        assert_eq!(by_text(&raised("22012"), &raised("22012"), None), Some(Relation::Same));
        assert_eq!(by_text(&value("1"), &Answer::Value(None), None), Some(Relation::Different));
    }

    #[test]
    fn texts_that_differ_are_left_to_the_types_equality() {
        assert_eq!(by_text(&value("1.0"), &value("1.00"), None), None);
    }
}
