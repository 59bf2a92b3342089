//! `bytea`: strings of bytes, their text in hex and in the older escape form.

use crate::error::{SqlError, sqlstate};

/// The bytes that this text denotes: `\x…` in hex, with blanks between pairs of digits; anything else in the escape form,
/// where `\\` is a backslash and `\ooo` an octet. [value.bytea.text]
///
/// # Errors
/// 22P02 for an escape that is none, 22023 for digits that are none or odd in number.
pub fn parse(text: &str) -> Result<Vec<u8>, SqlError> {
    match text.strip_prefix("\\x") {
        Some(digits) => decode_hex(digits.as_bytes()),
        None => decode_escape(text.as_bytes()),
    }
}

/// Appends `\x` and the bytes in hex (`bytea_output = hex`).
pub fn write(bytes: &[u8], out: &mut String) {
    out.push_str("\\x");
    encode_hex(bytes, out);
}

/// Appends two digits a byte.
pub(crate) fn encode_hex(bytes: &[u8], out: &mut String) {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digit = |four: u8| char::from(DIGITS[usize::from(four)]);
    for byte in bytes {
        out.extend([digit(byte >> 4), digit(byte & 15)]);
    }
}

/// The bytes of pairs of hex digits; blanks may stand between the pairs.
pub(crate) fn decode_hex(digits: &[u8]) -> Result<Vec<u8>, SqlError> {
    let invalid = |message: String| SqlError::new(sqlstate::INVALID_PARAMETER_VALUE, message);
    let digit = |byte: u8| match char::from(byte).to_digit(16) {
        Some(value) => Ok(value as u8),
        None => {
            let shown = String::from_utf8_lossy(&[byte]).into_owned();
            Err(invalid(format!("invalid hexadecimal digit: \"{shown}\"")))
        }
    };
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    let mut rest = digits.iter().copied();
    while let Some(high) = rest.next() {
        if matches!(high, b' ' | b'\n' | b'\t' | b'\r') {
            continue;
        }
        let high = digit(high)?;
        let low = rest.next();
        let low = low
            .ok_or_else(|| invalid("invalid hexadecimal data: odd number of digits".to_owned()))?;
        bytes.push(high << 4 | digit(low)?);
    }
    Ok(bytes)
}

/// Appends the escape form: octal for NUL and for bytes beyond ASCII, two backslashes for one.
pub(crate) fn encode_escape(bytes: &[u8], out: &mut String) {
    for &byte in bytes {
        match byte {
            0 | 128.. => out.push_str(&format!("\\{byte:03o}")),
            b'\\' => out.push_str("\\\\"),
            _ => out.push(char::from(byte)),
        }
    }
}

/// The bytes of the escape form.
pub(crate) fn decode_escape(text: &[u8]) -> Result<Vec<u8>, SqlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'\\' {
            bytes.push(*byte);
            continue;
        }
        match rest {
            [b'\\', after @ ..] => {
                bytes.push(b'\\');
                rest = after;
            }
            [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..] => {
                bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest = after;
            }
            _ => {
                let message = "invalid input syntax for type bytea";
                return Err(SqlError::new(sqlstate::INVALID_TEXT_REPRESENTATION, message));
            }
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(input: &str) -> Result<String, String> {
        let mut out = String::new();
        let bytes = parse(input).map_err(|error| format!("{}: {error}", error.sqlstate))?;
        write(&bytes, &mut out);
        Ok(out)
    }

    #[test]
    fn bytes_read_as_hex_and_as_escapes_and_print_as_hex() {
        // Captured from PostgreSQL 15.18.
        assert_eq!(text("\\xDEADbeef").as_deref(), Ok("\\xdeadbeef"));
        assert_eq!(text("a\\\\b\\001é").as_deref(), Ok("\\x615c6201c3a9"));
        assert_eq!(text("abc\\134").as_deref(), Ok("\\x6162635c"));
        assert_eq!(text("\\x 01 02").as_deref(), Ok("\\x0102"));
        assert_eq!(text("").as_deref(), Ok("\\x"));
    }

    #[test]
    fn bad_bytes_are_refused_with_postgresql_messages() {
        let error = |input| text(input).unwrap_err();
        assert_eq!(error("\\x1"), "22023: invalid hexadecimal data: odd number of digits");
        assert_eq!(error("\\xzz"), "22023: invalid hexadecimal digit: \"z\"");
        assert_eq!(error("a\\1"), "22P02: invalid input syntax for type bytea");
        assert_eq!(error("\\"), "22P02: invalid input syntax for type bytea");
    }
}
