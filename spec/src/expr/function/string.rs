//! Functions of strings (`varlena.c`, `oracle_compat.c`): positions and lengths count characters, from 1.

use crate::error::{SqlError, sqlstate};

/// The greatest size of a value in bytes (`MaxAllocSize`).
const GREATEST_SIZE: usize = 0x3fff_ffff;

fn too_large() -> SqlError {
    SqlError::new(sqlstate::PROGRAM_LIMIT_EXCEEDED, "requested length too large")
}

fn length(text: &str) -> i32 {
    text.chars().count() as i32
}

/// A string without the blanks that pad `char(n)`.
fn unpadded(text: &str) -> &str {
    text.trim_end_matches(' ')
}

/// The character that the C library's `towlower` gives: one for one.
fn lower_char(c: char) -> char {
    let mut lower = c.to_lowercase();
    // 'İ' is the one character whose full mapping is longer than its simple one: 'i' and a dot.
    lower.next().filter(|_| lower.len() == 0 || c == 'İ').unwrap_or(c)
}

/// The character that the C library's `towupper` gives: one for one, so 'ß' stays.
fn upper_char(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next(), c) {
        (Some(one), None, _) => one,
        // Greek vowels with a small iota below have a capital letter of their own, though not in the full mapping.
        (_, _, 'ᾀ'..='ᾇ' | 'ᾐ'..='ᾗ' | 'ᾠ'..='ᾧ') => moved(c, 8),
        (_, _, 'ᾳ' | 'ῃ' | 'ῳ') => moved(c, 9),
        _ => c,
    }
}

fn moved(c: char, by: u32) -> char {
    char::from_u32(c as u32 + by).unwrap_or(c)
}

/// Every character in lower case, one for one.
pub(super) fn lower(text: &str) -> String {
    text.chars().map(lower_char).collect()
}

fn upper(text: &str) -> String {
    text.chars().map(upper_char).collect()
}

/// Words, that is runs of letters and digits, with a capital first letter.
fn initcap(text: &str) -> String {
    let mut in_word = false;
    let capital = |c: char| {
        let mapped = if in_word { lower_char(c) } else { upper_char(c) };
        // Unlike Rust, the C library does not count '²' and '½' as digits.
        in_word = c.is_alphabetic() || c.is_ascii_digit();
        mapped
    };
    text.chars().map(capital).collect()
}

/// The characters from `start` on, which may lie before the first one; `count` counts from `start` all the same.
///
/// # Errors
/// 22011 for a negative count. [expr.substring]
fn substring(text: &str, start: i32, count: Option<i32>) -> Result<String, SqlError> {
    let first = start.max(1);
    let skipped = text.chars().skip(first as usize - 1);
    let Some(count) = count else { return Ok(skipped.collect()) };
    if count < 0 {
        return Err(negative_length());
    }
    match start.checked_add(count) {
        // So far behind the text that the sum overflows: to the end.
        None => Ok(skipped.collect()),
        Some(end) => Ok(skipped.take((end - first).max(0) as usize).collect()),
    }
}

fn negative_length() -> SqlError {
    SqlError::new(sqlstate::SUBSTRING_ERROR, "negative substring length not allowed")
}

/// `new` in the place of `count` characters of `text` from `start` on.
fn overlay(text: &str, new: &str, start: i32, count: i32) -> Result<String, SqlError> {
    if start <= 0 {
        return Err(negative_length());
    }
    let behind = start.checked_add(count).ok_or_else(|| SqlError::out_of_range("integer"))?;
    let before = substring(text, 1, Some(start - 1))?;
    Ok(before + new + &substring(text, behind, None)?)
}

/// The place of `part` in `text`, 0 if it is not there; an empty part is at 1.
fn position(text: &str, part: &str) -> i32 {
    text.find(part).map_or(0, |byte| length(&text[..byte]) + 1)
}

/// The first `count` characters; all but the last ones if it is negative.
fn left(text: &str, count: i32) -> String {
    let kept = if count < 0 { length(text).saturating_add(count) } else { count };
    text.chars().take(kept.max(0) as usize).collect()
}

/// The last `count` characters; all but the first ones if it is negative (the least number has no opposite, and cuts
/// nothing).
fn right(text: &str, count: i32) -> String {
    let skipped = if count < 0 { count.wrapping_neg() } else { length(text).saturating_sub(count) };
    text.chars().skip(skipped.max(0) as usize).collect()
}

fn repeat(text: &str, count: i32) -> Result<String, SqlError> {
    let count = count.max(0) as usize;
    match text.len().checked_mul(count) {
        Some(bytes) if bytes + 4 <= GREATEST_SIZE => Ok(text.repeat(count)),
        _ => Err(too_large()),
    }
}

fn replace(text: &str, from: &str, to: &str) -> String {
    if from.is_empty() { text.to_owned() } else { text.replace(from, to) }
}

/// Every character that is in `from` replaced by the one at its place in `to`, or left out if `to` is shorter.
fn translate(text: &str, from: &str, to: &str) -> String {
    let mapped = |c: char| match from.chars().position(|f| f == c) {
        Some(place) => to.chars().nth(place),
        None => Some(c),
    };
    text.chars().filter_map(mapped).collect()
}

fn trim_start<'a>(text: &'a str, set: &str) -> &'a str {
    text.trim_start_matches(|c| set.contains(c))
}

fn trim_end<'a>(text: &'a str, set: &str) -> &'a str {
    text.trim_end_matches(|c| set.contains(c))
}

/// What fills a string up to `length` characters, and how much of the string is kept. An empty `fill` fills nothing.
///
/// # Errors
/// 54000 if the result could exceed a gigabyte.
fn padding(text: &str, length: i32, fill: &str) -> Result<(String, String), SqlError> {
    const BYTES_PER_CHARACTER: usize = 4;
    let length = length.max(0) as usize;
    if length * BYTES_PER_CHARACTER + 4 > GREATEST_SIZE {
        return Err(too_large());
    }
    let kept: String = text.chars().take(length).collect();
    let missing = length - kept.chars().count();
    let filling = fill.chars().cycle().take(if fill.is_empty() { 0 } else { missing }).collect();
    Ok((filling, kept))
}

fn lpad(text: &str, length: i32, fill: &str) -> Result<String, SqlError> {
    padding(text, length, fill).map(|(filling, kept)| filling + &kept)
}

fn rpad(text: &str, length: i32, fill: &str) -> Result<String, SqlError> {
    padding(text, length, fill).map(|(filling, kept)| kept + &filling)
}

/// The field at a place between delimiters; negative places count from the end.
///
/// # Errors
/// 22023 for place 0.
fn split_part(text: &str, delimiter: &str, place: i32) -> Result<String, SqlError> {
    if place == 0 {
        let message = "field position must not be zero";
        return Err(SqlError::new(sqlstate::INVALID_PARAMETER_VALUE, message));
    }
    let fields: Vec<&str> = match (text, delimiter) {
        ("", _) => vec![],
        (_, "") => vec![text],
        _ => text.split(delimiter).collect(),
    };
    let distance = place.unsigned_abs() as usize;
    let index = if place > 0 { Some(distance - 1) } else { fields.len().checked_sub(distance) };
    Ok(index
        .and_then(|index| fields.get(index))
        .map_or_else(String::new, |field| field.to_string()))
}

/// The character of a code point.
///
/// # Errors
/// 22023 for negative numbers, 54000 for zero and numbers that are no character.
fn chr(code: i32) -> Result<String, SqlError> {
    let refuse = |message: String| Err(SqlError::new(sqlstate::PROGRAM_LIMIT_EXCEEDED, message));
    match u32::try_from(code) {
        Err(_) => {
            let message = "character number must be positive";
            Err(SqlError::new(sqlstate::INVALID_PARAMETER_VALUE, message))
        }
        Ok(0) => refuse("null character not permitted".into()),
        Ok(code) if code > 0x10_ffff => {
            refuse(format!("requested character too large for encoding: {code}"))
        }
        Ok(code) => match char::from_u32(code) {
            Some(c) => Ok(c.to_string()),
            None => refuse(format!("requested character not valid for encoding: {code}")),
        },
    }
}

/// The code point of the first character, 0 if there is none.
fn ascii(text: &str) -> i32 {
    text.chars().next().map_or(0, |c| c as i32)
}

functions! {
    "textcat"(a: Text, b: Text) -> Text = format!("{a}{b}");
    "length"(a: Text) -> Int4 = length(a);
    "textlen"(a: Text) -> Int4 = length(a);
    "char_length"(a: Text) -> Int4 = length(a);
    "character_length"(a: Text) -> Int4 = length(a);
    "length"(a: Bpchar) -> Int4 = length(unpadded(a));
    "char_length"(a: Bpchar) -> Int4 = length(unpadded(a));
    "character_length"(a: Bpchar) -> Int4 = length(unpadded(a));
    "octet_length"(a: Text) -> Int4 = a.len() as i32;
    "octet_length"(a: Bpchar) -> Int4 = a.len() as i32;
    "bit_length"(a: Text) -> Int4 = a.len() as i32 * 8;
    "lower"(a: Text) -> Text = lower(a);
    "upper"(a: Text) -> Text = upper(a);
    "initcap"(a: Text) -> Text = initcap(a);
    "substr"(a: Text, start: Int4) -> Text = substring(a, start, None);
    "substr"(a: Text, start: Int4, count: Int4) -> Text = substring(a, start, Some(count));
    "substring"(a: Text, start: Int4) -> Text = substring(a, start, None);
    "substring"(a: Text, start: Int4, count: Int4) -> Text = substring(a, start, Some(count));
    "overlay"(a: Text, new: Text, start: Int4) -> Text = overlay(a, new, start, length(new));
    "overlay"(a: Text, new: Text, start: Int4, count: Int4) -> Text = overlay(a, new, start, count);
    "strpos"(a: Text, part: Text) -> Int4 = position(a, part);
    "position"(a: Text, part: Text) -> Int4 = position(a, part);
    "left"(a: Text, count: Int4) -> Text = left(a, count);
    "right"(a: Text, count: Int4) -> Text = right(a, count);
    "repeat"(a: Text, count: Int4) -> Text = repeat(a, count);
    "reverse"(a: Text) -> Text = a.chars().rev().collect::<String>();
    "replace"(a: Text, from: Text, to: Text) -> Text = replace(a, from, to);
    "translate"(a: Text, from: Text, to: Text) -> Text = translate(a, from, to);
    "btrim"(a: Text) -> Text = a.trim_matches(' ').to_owned();
    "ltrim"(a: Text) -> Text = a.trim_start_matches(' ').to_owned();
    "rtrim"(a: Text) -> Text = a.trim_end_matches(' ').to_owned();
    "btrim"(a: Text, set: Text) -> Text = trim_end(trim_start(a, set), set).to_owned();
    "ltrim"(a: Text, set: Text) -> Text = trim_start(a, set).to_owned();
    "rtrim"(a: Text, set: Text) -> Text = trim_end(a, set).to_owned();
    "lpad"(a: Text, length: Int4) -> Text = lpad(a, length, " ");
    "rpad"(a: Text, length: Int4) -> Text = rpad(a, length, " ");
    "lpad"(a: Text, length: Int4, fill: Text) -> Text = lpad(a, length, fill);
    "rpad"(a: Text, length: Int4, fill: Text) -> Text = rpad(a, length, fill);
    "split_part"(a: Text, delimiter: Text, place: Int4) -> Text = split_part(a, delimiter, place);
    "starts_with"(a: Text, start: Text) -> Bool = a.starts_with(start);
    "ascii"(a: Text) -> Int4 = ascii(a);
    "chr"(code: Int4) -> Text = chr(code);
    "to_hex"(a: Int4) -> Text = format!("{a:x}");
    "to_hex"(a: Int8) -> Text = format!("{a:x}");
}
