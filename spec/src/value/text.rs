//! The text of values: PostgreSQL's input and output functions, one pair for all types.
//!
//! ```text
//! input(type, modifier, text) -> value      what a literal, COPY or a cast from text reads
//! output(value)               -> text       what a client sees; `t` and `f` for booleans
//! apply_modifier(value, ..)   -> value      numeric(p,s) rounds, varchar(n) refuses or cuts, char(n) pads
//! ```

use std::fmt::Write;

use crate::error::{SqlError, sqlstate};
use crate::value::{
    Modifier, Numeric, Type, Value, array, bytea, date, float, interval, time, timestamp,
    timestamptz,
};

/// The longest `name`, in bytes.
const NAME_BYTES: usize = 63;

/// Blanks as C's `isspace` knows them.
pub(crate) fn is_blank(byte: char) -> bool {
    matches!(byte, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r')
}

/// The text without blanks at its ends.
pub(crate) fn trim_blanks(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// `22P02 invalid input syntax for type …`.
pub(crate) fn invalid_syntax(type_name: &str, text: &str) -> SqlError {
    SqlError::new(
        sqlstate::INVALID_TEXT_REPRESENTATION,
        format!("invalid input syntax for type {type_name}: \"{text}\""),
    )
}

/// The value of a type that this text denotes, with its modifier applied as on assignment. [value.text.input]
///
/// # Errors
/// 22P02 or 22007 if the text has not the form of the type; 22003 or 22008 if it is out of range; 22001 if it is too long.
pub fn input(ty: Type, modifier: Modifier, text: &str) -> Result<Value, SqlError> {
    let value = match ty {
        Type::Bool => parse_bool(text).map(Value::Bool)?,
        Type::Int2 => parse_integer(text, "smallint")?.map_int2(text)?,
        Type::Int4 => parse_integer(text, "integer")?.map_int4(text)?,
        Type::Int8 => parse_integer(text, "bigint")?.map_int8(text)?,
        Type::Float4 => Value::Float4(float::parse_f32(text)?),
        Type::Float8 => Value::Float8(float::parse_f64(text)?),
        Type::Numeric => Value::Numeric(Numeric::parse(text)?),
        Type::Text | Type::Varchar | Type::Unknown => Value::text(text),
        Type::Name => Value::text(clip_name(text)),
        Type::Bpchar => Value::Bpchar(text.into()),
        Type::Date => Value::Date(date::parse(text)?),
        Type::Timestamp => Value::Timestamp(timestamp::parse(text)?),
        Type::Interval => Value::Interval(interval::parse(text)?),
        Type::Bytea => Value::Bytea(bytea::parse(text)?.into()),
        Type::Time => Value::Time(time::parse(text)?),
        Type::TimeTz => Value::TimeTz(time::parse_tz(text)?),
        Type::TimestampTz => Value::TimestampTz(timestamptz::parse(text)?),
        Type::Array(element) => Value::array(array::parse(element.ty(), text)?),
    };
    match modifier {
        Modifier::None => Ok(value),
        _ => apply_modifier(value, ty, modifier, false),
    }
}

/// The first 63 bytes of a text, or a few less so that no character is cut.
pub fn clip_name(text: &str) -> &str {
    &text[..text.floor_char_boundary(NAME_BYTES)]
}

/// `true`, `yes`, `on`, `1`, their opposites, and unique prefixes of the words, in any case.
fn parse_bool(text: &str) -> Result<bool, SqlError> {
    let word = trim_blanks(text).to_ascii_lowercase();
    let prefix_of = |whole: &str, least: usize| word.len() >= least && whole.starts_with(&word);
    match word.as_str() {
        "1" => Ok(true),
        "0" => Ok(false),
        _ if prefix_of("true", 1) || prefix_of("yes", 1) || prefix_of("on", 2) => Ok(true),
        _ if prefix_of("false", 1) || prefix_of("no", 1) || prefix_of("off", 2) => Ok(false),
        _ => Err(invalid_syntax("boolean", text)),
    }
}

/// An integer that has been read but not yet been fitted into its type; `None` if it is beyond 64 bits.
struct Integer(Option<i64>, &'static str);

/// Reads blanks, a sign, digits and blanks.
///
/// As in PostgreSQL, too many digits are reported before what follows them.
fn parse_integer(text: &str, type_name: &'static str) -> Result<Integer, SqlError> {
    let body = text.trim_start_matches(is_blank);
    let unsigned = body.strip_prefix(['-', '+']).unwrap_or(body);
    let count = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let negative = body.starts_with('-');
    let (digits, rest) = unsigned.split_at(count);
    if digits.is_empty() {
        return Err(invalid_syntax(type_name, text));
    }
    let value = digits.bytes().try_fold(0i64, |value, digit| {
        let digit = i64::from(digit - b'0');
        value.checked_mul(10)?.checked_add(if negative { -digit } else { digit })
    });
    let fits = value.is_some_and(|value| match type_name {
        "smallint" => i16::try_from(value).is_ok(),
        "integer" => i32::try_from(value).is_ok(),
        _ => true,
    });
    if fits && !trim_blanks(rest).is_empty() {
        return Err(invalid_syntax(type_name, text));
    }
    Ok(Integer(value, type_name))
}

impl Integer {
    /// `22003 value "…" is out of range for type …`.
    fn out_of_range(&self, text: &str) -> SqlError {
        SqlError::new(
            sqlstate::NUMERIC_VALUE_OUT_OF_RANGE,
            format!("value \"{text}\" is out of range for type {}", self.1),
        )
    }

    fn map_int2(self, text: &str) -> Result<Value, SqlError> {
        let fitted = self.0.and_then(|value| i16::try_from(value).ok());
        fitted.map(Value::Int2).ok_or_else(|| self.out_of_range(text))
    }

    fn map_int4(self, text: &str) -> Result<Value, SqlError> {
        let fitted = self.0.and_then(|value| i32::try_from(value).ok());
        fitted.map(Value::Int4).ok_or_else(|| self.out_of_range(text))
    }

    fn map_int8(self, text: &str) -> Result<Value, SqlError> {
        self.0.map(Value::Int8).ok_or_else(|| self.out_of_range(text))
    }
}

/// The text of a value; empty for NULL, which has none. [value.text.output]
pub fn output(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// Appends the text of a value; nothing for NULL.
pub fn write(value: &Value, out: &mut String) {
    let written = match value {
        Value::Null => Ok(()),
        Value::Bool(truth) => out.write_str(if *truth { "t" } else { "f" }),
        Value::Int2(value) => write!(out, "{value}"),
        Value::Int4(value) => write!(out, "{value}"),
        Value::Int8(value) => write!(out, "{value}"),
        Value::Float4(value) => {
            float::write_f32(*value, out);
            Ok(())
        }
        Value::Float8(value) => {
            float::write_f64(*value, out);
            Ok(())
        }
        Value::Numeric(value) => write!(out, "{value}"),
        Value::Text(text) | Value::Bpchar(text) => out.write_str(text),
        Value::Date(days) => {
            date::write(*days, out);
            Ok(())
        }
        Value::Timestamp(microseconds) => {
            timestamp::write(*microseconds, out);
            Ok(())
        }
        Value::Interval(span) => write!(out, "{span}"),
        Value::Bytea(bytes) => {
            bytea::write(bytes, out);
            Ok(())
        }
        Value::Time(microseconds) => {
            time::write(*microseconds, out);
            Ok(())
        }
        Value::TimeTz(time) => {
            time::write_tz(*time, out);
            Ok(())
        }
        Value::TimestampTz(moment) => {
            timestamptz::write(*moment, out);
            Ok(())
        }
        Value::Array(array) => {
            array::write(array, out);
            Ok(())
        }
    };
    written.expect("writing to a string succeeds");
}

/// The value as a column of this type and modifier holds it. [value.modifier]
///
/// `numeric(p,s)` rounds; `varchar(n)` and `char(n)` cut a text that is too long if the cast is explicit or only blanks
/// go; `char(n)` pads with blanks; `name` is cut at 63 bytes. NULL and other types pass.
///
/// # Errors
/// 22003 if a number does not fit; 22001 if a text does not fit and the cast is not explicit.
pub fn apply_modifier(
    value: Value,
    ty: Type,
    modifier: Modifier,
    explicit: bool,
) -> Result<Value, SqlError> {
    match (value, ty, modifier) {
        (Value::Numeric(number), Type::Numeric, Modifier::Precision { precision, scale }) => {
            number.with_precision(precision, scale).map(Value::Numeric)
        }
        (Value::Text(text), Type::Varchar, Modifier::Length(length)) => {
            fit(text, ty, length, explicit).map(Value::Text)
        }
        (Value::Text(text) | Value::Bpchar(text), Type::Bpchar, Modifier::Length(length)) => {
            let fitted = fit(text, ty, length, explicit)?;
            Ok(Value::Bpchar(pad(fitted, length)))
        }
        (Value::Text(text), Type::Bpchar, _) => Ok(Value::Bpchar(text)),
        (Value::Text(text), Type::Name, _) if text.len() > NAME_BYTES => {
            Ok(Value::text(clip_name(&text)))
        }
        (Value::Time(time), _, Modifier::Fraction(digits)) => {
            Ok(Value::Time(time::round(time, digits)))
        }
        (Value::TimeTz(time), _, Modifier::Fraction(digits)) => {
            let microseconds = time::round(time.microseconds, digits);
            Ok(Value::TimeTz(time::TimeTz { microseconds, ..time }))
        }
        (Value::Timestamp(moment), _, Modifier::Fraction(digits)) => {
            timestamp::round(moment, digits).map(Value::Timestamp)
        }
        (Value::TimestampTz(moment), _, Modifier::Fraction(digits)) => {
            timestamp::round(moment, digits).map(Value::TimestampTz)
        }
        (Value::Array(array), Type::Array(element), modifier) => {
            array::with_modifier(&array, element.ty(), modifier, explicit).map(Value::array)
        }
        (value, _, _) => Ok(value),
    }
}

/// The text cut to `length` characters.
fn fit(text: Box<str>, ty: Type, length: u32, explicit: bool) -> Result<Box<str>, SqlError> {
    // A text has at least as many bytes as characters.
    if text.len() <= length as usize {
        return Ok(text);
    }
    let Some((at, _)) = text.char_indices().nth(length as usize) else { return Ok(text) };
    let only_blanks = text[at..].bytes().all(|byte| byte == b' ');
    if explicit || only_blanks {
        return Ok(text[..at].into());
    }
    Err(SqlError::new(
        sqlstate::STRING_DATA_RIGHT_TRUNCATION,
        format!("value too long for type {}", Modifier::Length(length).describe(ty)),
    ))
}

/// The text padded with blanks to `length` characters.
fn pad(text: Box<str>, length: u32) -> Box<str> {
    let missing = (length as usize).saturating_sub(text.chars().count());
    if missing == 0 {
        return text;
    }
    let mut padded = String::from(text);
    padded.extend(std::iter::repeat_n(' ', missing));
    padded.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(ty: Type, modifier: Modifier, text: &str) -> String {
        let error = input(ty, modifier, text).unwrap_err();
        format!("{}: {error}", error.sqlstate)
    }

    #[test]
    fn booleans_take_unique_prefixes() {
        for text in ["t", "TRUE", " tr ", "y", "yes", "on", "1"] {
            assert_eq!(input(Type::Bool, Modifier::None, text), Ok(Value::Bool(true)), "{text}");
        }
        for text in ["f", "fal", "n", "NO", "of", "off", "0"] {
            assert_eq!(input(Type::Bool, Modifier::None, text), Ok(Value::Bool(false)), "{text}");
        }
        for text in ["o", "", "truex", "2", "10"] {
            let expected = format!("22P02: invalid input syntax for type boolean: \"{text}\"");
            assert_eq!(message(Type::Bool, Modifier::None, text), expected);
        }
    }

    #[test]
    fn integers_take_blanks_and_a_sign_and_say_what_is_wrong() {
        assert_eq!(input(Type::Int4, Modifier::None, " -12\n"), Ok(Value::Int4(-12)));
        assert_eq!(input(Type::Int2, Modifier::None, "-32768"), Ok(Value::Int2(i16::MIN)));
        let error = |ty, text| message(ty, Modifier::None, text);
        assert_eq!(error(Type::Int4, "x"), "22P02: invalid input syntax for type integer: \"x\"");
        assert_eq!(
            error(Type::Int4, "1 2"),
            "22P02: invalid input syntax for type integer: \"1 2\""
        );
        assert_eq!(error(Type::Int8, ""), "22P02: invalid input syntax for type bigint: \"\"");
        assert_eq!(
            error(Type::Int4, "99999999999x"),
            "22003: value \"99999999999x\" is out of range for type integer"
        );
        assert_eq!(
            error(Type::Int2, "32768"),
            "22003: value \"32768\" is out of range for type smallint"
        );
        assert_eq!(
            error(Type::Int8, "9223372036854775808"),
            "22003: value \"9223372036854775808\" is out of range for type bigint"
        );
    }

    #[test]
    fn a_string_that_is_too_long_is_refused_unless_only_blanks_go_or_the_cast_is_explicit() {
        let three = Modifier::Length(3);
        assert_eq!(
            message(Type::Varchar, three, "abcd"),
            "22001: value too long for type character varying(3)"
        );
        assert_eq!(
            message(Type::Bpchar, three, "abcd"),
            "22001: value too long for type character(3)"
        );
        assert_eq!(input(Type::Varchar, three, "abc  "), Ok(Value::text("abc")));
        assert_eq!(input(Type::Varchar, three, "äöü"), Ok(Value::text("äöü")));
        assert_eq!(input(Type::Bpchar, three, "a"), Ok(Value::Bpchar("a  ".into())));
        let cut = apply_modifier(Value::text("abcd"), Type::Varchar, three, true);
        assert_eq!(cut, Ok(Value::text("abc")));
        let padded = apply_modifier(Value::text("é"), Type::Bpchar, three, true);
        assert_eq!(padded, Ok(Value::Bpchar("é  ".into())));
    }

    #[test]
    fn a_name_is_cut_at_63_bytes_between_characters() {
        let long = "é".repeat(40);
        let Ok(Value::Text(name)) = input(Type::Name, Modifier::None, &long) else { panic!() };
        assert_eq!(name.len(), 62);
    }

    #[test]
    fn numbers_round_to_their_modifier() {
        let modifier = Modifier::Precision { precision: 4, scale: 2 };
        let read = |text| input(Type::Numeric, modifier, text).map(|value| output(&value));
        assert_eq!(read("1.005").as_deref(), Ok("1.01"));
        assert_eq!(read("NaN").as_deref(), Ok("NaN"));
        assert_eq!(message(Type::Numeric, modifier, "99.995"), "22003: numeric field overflow");
    }

    #[test]
    fn booleans_print_as_a_letter_and_null_as_nothing() {
        assert_eq!(output(&Value::Bool(true)), "t");
        assert_eq!(output(&Value::Null), "");
    }
}
