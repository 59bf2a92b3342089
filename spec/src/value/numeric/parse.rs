//! The text form of `numeric`, read as PostgreSQL's `numeric_in` reads it.

use num_bigint::BigInt;

use super::{Numeric, format_overflow};
use crate::error::{SqlError, sqlstate};
use crate::value::text::{invalid_syntax, trim_blanks};

/// The largest exponent that is looked at at all.
const MAX_EXPONENT: i64 = i32::MAX as i64 / 2;

impl Numeric {
    /// The number that this text denotes: digits with an optional point, sign and exponent, between blanks; or `NaN`,
    /// `Infinity`, `inf` with optional sign, in any case. [value.numeric.text]
    ///
    /// # Errors
    /// 22P02 for any other text; 22003 beyond 131,072 digits before or 16,383 after the point.
    pub fn parse(text: &str) -> Result<Numeric, SqlError> {
        let body = trim_blanks(text);
        match special(body) {
            Some(value) => Ok(value),
            None => finite(body).unwrap_or_else(|| Err(invalid_syntax("numeric", text))),
        }
    }
}

/// The special value of this text.
fn special(body: &str) -> Option<Numeric> {
    let (negative, word) = match body.as_bytes().first()? {
        b'-' => (true, &body[1..]),
        b'+' => (false, &body[1..]),
        b'n' | b'N' => return body.eq_ignore_ascii_case("nan").then_some(Numeric::NaN),
        _ => (false, body),
    };
    let infinite = word.eq_ignore_ascii_case("infinity") || word.eq_ignore_ascii_case("inf");
    infinite.then_some(if negative { Numeric::NegativeInfinity } else { Numeric::Infinity })
}

/// The finite number of this text; `None` if it has not the form of one.
fn finite(body: &str) -> Option<Result<Numeric, SqlError>> {
    let (negative, unsigned) = match body.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, body.strip_prefix('+').unwrap_or(body)),
    };
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], exponent(&unsigned[at + 1..])?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    if exponent.abs() >= MAX_EXPONENT {
        return Some(Err(format_overflow()));
    }
    let scale = fraction.len() as i64 - exponent;
    Some(assemble(negative, format!("{whole}{fraction}"), scale))
}

/// The number with these digits, of which `scale` (perhaps negative) stand after the point.
fn assemble(negative: bool, digits: String, scale: i64) -> Result<Numeric, SqlError> {
    let significant = digits.trim_start_matches('0');
    // A bound on the work: the exact check follows.
    let too_long = significant.len() as i64 - scale > super::MAX_DIGITS_BEFORE_POINT;
    if !significant.is_empty() && too_long || scale > i64::from(super::MAX_SCALE) {
        return Err(format_overflow());
    }
    let coefficient = match significant.parse::<u64>() {
        Ok(small) => BigInt::from(small),
        Err(_) if significant.is_empty() => BigInt::ZERO,
        Err(_) => significant.parse::<BigInt>().expect("only digits"),
    };
    let coefficient = if negative { -coefficient } else { coefficient };
    match Numeric::at_places(coefficient, scale.max(-super::MAX_DIGITS_BEFORE_POINT)) {
        Numeric::Finite { coefficient, scale } => Numeric::stored(coefficient, i64::from(scale)),
        special => Ok(special),
    }
}

/// The exponent after the `e`, as C's `strtol` reads it: blanks and a sign may come first.
fn exponent(text: &str) -> Option<i64> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(MAX_EXPONENT))
}

/// `0A000 cannot convert NaN to integer`, and the like.
pub(super) fn cannot_convert(what: &str, target: &str) -> SqlError {
    SqlError::new(sqlstate::FEATURE_NOT_SUPPORTED, format!("cannot convert {what} to {target}"))
}
