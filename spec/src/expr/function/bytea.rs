//! Functions of byte strings (`bytea.c`, `varlena.c`, `encode.c`): positions count bytes, from 1, but `get_byte` from 0.

use crate::error::{SqlError, sqlstate};
use crate::value::bytea::{decode_escape, decode_hex, encode_escape, encode_hex};

fn length(bytes: &[u8]) -> i32 {
    i32::try_from(bytes.len()).expect("a value is below 1 GB")
}

/// The bytes from `start` on, which may lie before the first one; `count` counts from `start` all the same.
///
/// # Errors
/// 22011 for a negative count. [expr.substring]
fn substring(bytes: &[u8], start: i32, count: Option<i32>) -> Result<Vec<u8>, SqlError> {
    let first = usize::try_from(start.max(1) - 1).expect("not negative").min(bytes.len());
    let end = match count {
        None => bytes.len(),
        Some(..0) => return Err(negative_length()),
        Some(count) => match start.checked_add(count) {
            None => bytes.len(),
            Some(end) => usize::try_from((end - 1).max(0)).expect("not negative").min(bytes.len()),
        },
    };
    Ok(bytes[first..end.max(first)].to_vec())
}

fn negative_length() -> SqlError {
    SqlError::new(sqlstate::SUBSTRING_ERROR, "negative substring length not allowed")
}

/// `new` in the place of `count` bytes of `bytes` from `start` on.
fn overlay(bytes: &[u8], new: &[u8], start: i32, count: i32) -> Result<Vec<u8>, SqlError> {
    if start <= 0 {
        return Err(negative_length());
    }
    let behind = start.checked_add(count).ok_or_else(|| SqlError::out_of_range("integer"))?;
    let before = substring(bytes, 1, Some(start - 1))?;
    Ok([before, new.to_vec(), substring(bytes, behind, None)?].concat())
}

/// The place of `part`, 0 if it is not there; an empty part is at 1.
fn position(bytes: &[u8], part: &[u8]) -> i32 {
    if part.is_empty() {
        return 1;
    }
    let at = bytes.windows(part.len()).position(|window| window == part);
    at.map_or(0, |at| at as i32 + 1)
}

/// The place of a byte or bit that must exist.
fn index(at: i64, count: usize) -> Result<usize, SqlError> {
    usize::try_from(at).ok().filter(|at| *at < count).ok_or_else(|| {
        let message = format!("index {at} out of valid range, 0..{}", count as i64 - 1);
        SqlError::new(sqlstate::ARRAY_SUBSCRIPT_ERROR, message)
    })
}

fn get_byte(bytes: &[u8], at: i32) -> Result<i32, SqlError> {
    Ok(bytes[index(at.into(), bytes.len())?].into())
}

/// The bytes with one replaced by the lowest eight bits of `new`.
fn set_byte(bytes: &[u8], at: i32, new: i32) -> Result<Vec<u8>, SqlError> {
    let mut bytes = bytes.to_vec();
    let at = index(at.into(), bytes.len())?;
    bytes[at] = new as u8;
    Ok(bytes)
}

/// A bit: bit 0 is the lowest of the first byte.
fn get_bit(bytes: &[u8], at: i64) -> Result<i32, SqlError> {
    let at = index(at, bytes.len() * 8)?;
    Ok((bytes[at / 8] >> (at % 8) & 1).into())
}

fn set_bit(bytes: &[u8], at: i64, new: i32) -> Result<Vec<u8>, SqlError> {
    let mut bytes = bytes.to_vec();
    let at = index(at, bytes.len() * 8)?;
    let bit = 1 << (at % 8);
    match new {
        0 => bytes[at / 8] &= !bit,
        1 => bytes[at / 8] |= bit,
        _ => return Err(invalid("new bit must be 0 or 1".to_owned())),
    }
    Ok(bytes)
}

fn bit_count(bytes: &[u8]) -> i64 {
    bytes.iter().map(|byte| i64::from(byte.count_ones())).sum()
}

/// Without the bytes of `set` at the start.
fn trim_start<'a>(bytes: &'a [u8], set: &[u8]) -> &'a [u8] {
    let kept = bytes.iter().position(|byte| !set.contains(byte)).unwrap_or(bytes.len());
    &bytes[kept..]
}

/// Without the bytes of `set` at the end.
fn trim_end<'a>(bytes: &'a [u8], set: &[u8]) -> &'a [u8] {
    let kept = bytes.iter().rposition(|byte| !set.contains(byte)).map_or(0, |last| last + 1);
    &bytes[..kept]
}

fn invalid(message: String) -> SqlError {
    SqlError::new(sqlstate::INVALID_PARAMETER_VALUE, message)
}

/// Text for bytes, in one of three forms. [expr.encode]
fn encode(bytes: &[u8], form: &str) -> Result<String, SqlError> {
    let mut out = String::new();
    match form.to_ascii_lowercase().as_str() {
        "hex" => encode_hex(bytes, &mut out),
        "escape" => encode_escape(bytes, &mut out),
        "base64" => encode_base64(bytes, &mut out),
        _ => return Err(invalid(format!("unrecognized encoding: \"{form}\""))),
    }
    Ok(out)
}

/// The bytes of text in one of three forms. [expr.encode]
fn decode(text: &str, form: &str) -> Result<Vec<u8>, SqlError> {
    match form.to_ascii_lowercase().as_str() {
        "hex" => decode_hex(text.as_bytes()),
        "escape" => decode_escape(text.as_bytes()),
        "base64" => decode_base64(text),
        _ => Err(invalid(format!("unrecognized encoding: \"{form}\""))),
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Four characters for three bytes, `=` for what is missing, a new line after 76 characters (RFC 2045).
fn encode_base64(bytes: &[u8], out: &mut String) {
    for (line, part) in bytes.chunks(57).enumerate() {
        if line > 0 {
            out.push('\n');
        }
        for three in part.chunks(3) {
            let byte = |i: usize| u32::from(three.get(i).copied().unwrap_or(0));
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for i in 0..4 {
                let six = bits >> (18 - 6 * i) & 63;
                out.push(if i <= three.len() { char::from(BASE64[six as usize]) } else { '=' });
            }
        }
    }
    // A full line ends even if it is the last.
    if bytes.len().is_multiple_of(57) && !bytes.is_empty() {
        out.push('\n');
    }
}

fn decode_base64(text: &str) -> Result<Vec<u8>, SqlError> {
    const HINT: &str = "Input data is missing padding, is truncated, or is otherwise corrupted.";
    // Bytes that the last four characters stand for, once an `=` has said so; it holds for all after it, too.
    let (mut bytes, mut bits, mut places, mut kept) = (Vec::new(), 0_u32, 0, 3);
    for c in text.chars().filter(|c| !matches!(c, ' ' | '\t' | '\n' | '\r')) {
        let six = if c == '=' {
            kept = match (kept, places) {
                (3, 2 | 3) => places - 1,
                (3, _) => {
                    let message = "unexpected \"=\" while decoding base64 sequence";
                    return Err(invalid(message.to_owned()));
                }
                (kept, _) => kept,
            };
            0
        } else {
            let at = u8::try_from(c).ok().and_then(|c| BASE64.iter().position(|b| *b == c));
            at.ok_or_else(|| {
                invalid(format!("invalid symbol \"{c}\" found while decoding base64 sequence"))
            })? as u32
        };
        bits = bits << 6 | six;
        places += 1;
        if places == 4 {
            let [_, three @ ..] = bits.to_be_bytes();
            bytes.extend(&three[..kept]);
            (bits, places) = (0, 0);
        }
    }
    if places != 0 {
        return Err(invalid("invalid base64 end sequence".to_owned()).hint(HINT));
    }
    Ok(bytes)
}

functions! {
    "byteacat"(a: Bytea, b: Bytea) -> Bytea = [a, b].concat();
    "length"(a: Bytea) -> Int4 = length(a);
    "octet_length"(a: Bytea) -> Int4 = length(a);
    "bit_length"(a: Bytea) -> Int4 = length(a) * 8;
    "bit_count"(a: Bytea) -> Int8 = bit_count(a);
    "substring"(a: Bytea, start: Int4) -> Bytea = substring(a, start, None);
    "substring"(a: Bytea, start: Int4, count: Int4) -> Bytea = substring(a, start, Some(count));
    "substr"(a: Bytea, start: Int4) -> Bytea = substring(a, start, None);
    "substr"(a: Bytea, start: Int4, count: Int4) -> Bytea = substring(a, start, Some(count));
    "overlay"(a: Bytea, new: Bytea, start: Int4) -> Bytea = overlay(a, new, start, length(new));
    "overlay"(a: Bytea, new: Bytea, start: Int4, count: Int4) -> Bytea = overlay(a, new, start, count);
    "position"(a: Bytea, part: Bytea) -> Int4 = position(a, part);
    "get_byte"(a: Bytea, at: Int4) -> Int4 = get_byte(a, at);
    "set_byte"(a: Bytea, at: Int4, new: Int4) -> Bytea = set_byte(a, at, new);
    "get_bit"(a: Bytea, at: Int8) -> Int4 = get_bit(a, at);
    "set_bit"(a: Bytea, at: Int8, new: Int4) -> Bytea = set_bit(a, at, new);
    "btrim"(a: Bytea, set: Bytea) -> Bytea = trim_end(trim_start(a, set), set).to_vec();
    "ltrim"(a: Bytea, set: Bytea) -> Bytea = trim_start(a, set).to_vec();
    "rtrim"(a: Bytea, set: Bytea) -> Bytea = trim_end(a, set).to_vec();
    "encode"(a: Bytea, form: Text) -> Text = encode(a, form);
    "decode"(text: Text, form: Text) -> Bytea = decode(text, form);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_bytes_and_may_lie_outside() {
        assert_eq!(substring(&[1, 2, 3], -1, Some(3)), Ok(vec![1]));
        assert_eq!(substring(&[1, 2, 3], 2, Some(9)), Ok(vec![2, 3]));
        assert_eq!(substring(&[1, 2], 9, None), Ok(vec![]));
        assert_eq!(position(&[1, 2, 3, 4], &[3]), 3);
        assert_eq!(position(&[1], &[]), 1);
        let error = get_byte(&[1], 1).unwrap_err();
        assert_eq!(error.to_string(), "index 1 out of valid range, 0..0");
    }

    #[test]
    fn base64_goes_both_ways_and_names_what_is_wrong() {
        for text in ["", "YQ==", "YWI=", "YWJj", "YWJjZA=="] {
            assert_eq!(encode(&decode(text, "base64").unwrap(), "base64").as_deref(), Ok(text));
        }
        let error = |text| decode(text, "base64").unwrap_err().to_string();
        assert_eq!(error("YWJ"), "invalid base64 end sequence");
        assert_eq!(error("=YQ"), "unexpected \"=\" while decoding base64 sequence");
        assert_eq!(error("YW!"), "invalid symbol \"!\" found while decoding base64 sequence");
    }
}
