//! The words of date, time and interval text, cut as PostgreSQL's `ParseDateTime` cuts them, and its errors.

use crate::error::{SqlError, sqlstate};

/// What a word looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Digits, perhaps with one point: `12`, `1.5`.
    Number,
    /// Digits with delimiters, perhaps with a month's name: `2024-01-31`, `8-Jan-1999`.
    Date,
    /// Digits with colons: `10:20:30.5`.
    Time,
    /// Letters.
    Word,
    /// A sign and digits: a zone, or a signed number of an interval.
    Signed,
    /// A sign and letters: `-infinity`.
    SignedWord,
}

/// One word of the text, in lower case.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// What it looks like.
    pub kind: Kind,
    /// Its characters.
    pub text: String,
}

/// A cursor over ASCII text.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn peek(&self) -> u8 {
        self.rest.first().copied().unwrap_or(0)
    }

    /// Takes characters while they qualify.
    fn take(&mut self, out: &mut String, qualifies: impl Fn(u8) -> bool) {
        while !self.rest.is_empty() && qualifies(self.peek()) {
            self.push(out);
        }
    }

    fn push(&mut self, out: &mut String) {
        out.push(self.peek().to_ascii_lowercase() as char);
        self.rest = &self.rest[1..];
    }
}

/// The words of a text; `None` if it has characters that no date has.
pub(crate) fn split(text: &str) -> Option<Vec<Field>> {
    if !text.is_ascii() {
        return None;
    }
    let mut cursor = Cursor { rest: text.as_bytes() };
    let mut fields = Vec::new();
    while !cursor.rest.is_empty() {
        let mut text = String::new();
        let kind = match cursor.peek() {
            b' ' | b'\t'..=b'\r' => {
                cursor.rest = &cursor.rest[1..];
                continue;
            }
            b'0'..=b'9' => digits(&mut cursor, &mut text),
            b'.' => {
                cursor.push(&mut text);
                cursor.take(&mut text, |c| c.is_ascii_digit());
                Kind::Number
            }
            c if c.is_ascii_alphabetic() => letters(&mut cursor, &mut text),
            b'+' | b'-' => sign(&mut cursor, &mut text)?,
            c if c.is_ascii_punctuation() => {
                cursor.rest = &cursor.rest[1..];
                continue;
            }
            _ => return None,
        };
        fields.push(Field { kind, text });
    }
    Some(fields)
}

/// A word that begins with a digit.
fn digits(cursor: &mut Cursor<'_>, text: &mut String) -> Kind {
    cursor.take(text, |c| c.is_ascii_digit());
    match cursor.peek() {
        b':' => {
            cursor.take(text, |c| c.is_ascii_digit() || c == b':' || c == b'.');
            Kind::Time
        }
        delimiter @ (b'-' | b'/' | b'.') => {
            cursor.push(text);
            if !cursor.peek().is_ascii_digit() && delimiter != b'.' {
                cursor.take(text, |c| c.is_ascii_alphanumeric() || c == delimiter);
                return Kind::Date;
            }
            cursor.take(text, |c| c.is_ascii_digit());
            if cursor.peek() == delimiter {
                cursor.take(text, |c| c.is_ascii_digit() || c == delimiter);
                return Kind::Date;
            }
            if delimiter == b'.' { Kind::Number } else { Kind::Date }
        }
        _ => Kind::Number,
    }
}

/// A word that begins with a letter; a delimiter after the letters makes it a date.
fn letters(cursor: &mut Cursor<'_>, text: &mut String) -> Kind {
    cursor.take(text, |c| c.is_ascii_alphabetic());
    if !matches!(cursor.peek(), b'-' | b'/' | b'.') {
        return Kind::Word;
    }
    cursor.take(text, |c| {
        c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'/' | b'_' | b'.' | b':')
    });
    Kind::Date
}

/// A word that begins with a sign.
fn sign(cursor: &mut Cursor<'_>, text: &mut String) -> Option<Kind> {
    cursor.push(text);
    while cursor.peek().is_ascii_whitespace() {
        cursor.rest = &cursor.rest[1..];
    }
    if cursor.peek().is_ascii_digit() {
        cursor.take(text, |c| c.is_ascii_digit() || matches!(c, b':' | b'.' | b'-'));
        return Some(Kind::Signed);
    }
    if cursor.peek().is_ascii_alphabetic() {
        cursor.take(text, |c| c.is_ascii_alphabetic());
        return Some(Kind::SignedWord);
    }
    None
}

/// Why a text is no date, timestamp or interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It has not the form of one.
    Format,
    /// A field is out of range.
    Field,
    /// Month or day is out of range: perhaps their order was meant otherwise.
    MonthOrDay,
    /// An interval's field is out of range.
    Interval,
    /// A zone is out of range.
    Zone,
    /// PostgreSQL reads it, we do not.
    Unsupported,
}

impl Problem {
    /// The error, in PostgreSQL's words.
    pub(crate) fn error(self, type_name: &str, text: &str) -> SqlError {
        let field = || {
            let message = format!("date/time field value out of range: \"{text}\"");
            SqlError::new(sqlstate::DATETIME_FIELD_OVERFLOW, message)
        };
        match self {
            Problem::Format => SqlError::new(
                sqlstate::INVALID_DATETIME_FORMAT,
                format!("invalid input syntax for type {type_name}: \"{text}\""),
            ),
            Problem::Field => field(),
            Problem::MonthOrDay => {
                field().hint("Perhaps you need a different \"datestyle\" setting.")
            }
            Problem::Interval => SqlError::new(
                sqlstate::INTERVAL_FIELD_OVERFLOW,
                format!("interval field value out of range: \"{text}\""),
            ),
            Problem::Zone => SqlError::new(
                sqlstate::INVALID_TIME_ZONE_DISPLACEMENT,
                format!("time zone displacement out of range: \"{text}\""),
            ),
            Problem::Unsupported => SqlError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                format!("this form of {type_name} is not supported yet: \"{text}\""),
            ),
        }
    }
}

/// Microseconds of a fraction such as `.5`, as PostgreSQL rounds it (through a double, halves to even).
pub(crate) fn fraction_microseconds(fraction: &str) -> Option<i64> {
    let digits = fraction.strip_prefix('.')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if digits.is_empty() {
        return Some(0);
    }
    let value: f64 = fraction.parse().ok()?;
    Some((value * 1e6).round_ties_even() as i64)
}

/// Appends `HH:MM:SS` with up to six digits of fraction, trailing zeros dropped. All parts are nonnegative.
pub(crate) fn write_clock(microseconds: u64, out: &mut String) {
    use std::fmt::Write;
    let (seconds, fraction) = (microseconds / 1_000_000, microseconds % 1_000_000);
    let (minutes, second) = (seconds / 60, seconds % 60);
    let written = write!(out, "{:02}:{:02}:{second:02}", minutes / 60, minutes % 60);
    written.expect("writing to a string succeeds");
    if fraction != 0 {
        out.push('.');
        out.push_str(format!("{fraction:06}").trim_end_matches('0'));
    }
}
