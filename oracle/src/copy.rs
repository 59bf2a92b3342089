//! PostgreSQL's COPY text format: one line a row, tabs between fields, `\N` for NULL, backslash escapes.

pub mod csv;

use spec::error::{SqlError, sqlstate};
use spec::value::{Row, text};

/// A row as a line with its newline.
pub fn line(row: &Row) -> String {
    let fields: Vec<String> = row
        .iter()
        .map(|value| if value.is_null() { "\\N".into() } else { escape(&text::output(value)) })
        .collect();
    fields.join("\t") + "\n"
}

fn escape(field: &str) -> String {
    let mut escaped = String::with_capacity(field.len());
    for c in field.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\u{8}' => escaped.push_str("\\b"),
            '\u{b}' => escaped.push_str("\\v"),
            '\u{c}' => escaped.push_str("\\f"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The fields of a line (without its newline); `None` for NULL. [value.copy]
///
/// # Errors
/// 22P04 for a line that ends in a lone backslash.
pub fn fields(line: &str) -> Result<Vec<Option<String>>, SqlError> {
    line.split('\t')
        .map(|field| if field == "\\N" { Ok(None) } else { unescape(field).map(Some) })
        .collect()
}

fn unescape(field: &str) -> Result<String, SqlError> {
    if !field.contains('\\') {
        return Ok(field.to_owned());
    }
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        let escaped = rest.next().ok_or_else(|| {
            SqlError::new(sqlstate::BAD_COPY_FILE_FORMAT, "a field ends in a lone backslash")
        })?;
        plain.push(match escaped {
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'x' => number(&mut rest, 16, 2).unwrap_or(b'x'),
            b'0'..=b'7' => {
                let first = u32::from(escaped - b'0');
                let mut value = first;
                for _ in 0..2 {
                    match rest.peek() {
                        Some(digit @ b'0'..=b'7') => {
                            value = value * 8 + u32::from(digit - b'0');
                            rest.next();
                        }
                        _ => break,
                    }
                }
                value as u8
            }
            other => other,
        });
    }
    String::from_utf8(plain).map_err(|_| not_utf8())
}

/// 22021: the bytes are not UTF-8.
pub(crate) fn not_utf8() -> SqlError {
    let message = "invalid byte sequence for encoding \"UTF8\"";
    SqlError::new(sqlstate::CHARACTER_NOT_IN_REPERTOIRE, message)
}

/// Up to `digits` digits of a base, if there is at least one.
fn number(
    rest: &mut std::iter::Peekable<std::str::Bytes<'_>>,
    base: u32,
    digits: usize,
) -> Option<u8> {
    let mut value = None;
    for _ in 0..digits {
        let Some(digit) = rest.peek().and_then(|byte| char::from(*byte).to_digit(base)) else {
            break;
        };
        rest.next();
        value = Some(value.unwrap_or(0) * base + digit);
    }
    value.map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::Value;

    #[test]
    fn what_is_written_reads_back() {
        let strange = "tab\t, newline\n, backslash \\, \\N, é";
        let row = vec![Value::text(strange), Value::Null, Value::Int4(-5), Value::text("")];
        let line = line(&row);
        assert_eq!(line.matches('\n').count(), 1);
        let fields = fields(line.trim_end_matches('\n')).unwrap();
        let expected = [Some(strange), None, Some("-5"), Some("")];
        assert_eq!(fields, expected.map(|field| field.map(str::to_owned)));
    }

    #[test]
    fn escapes_are_postgresqls() {
        let read = |line| fields(line).unwrap()[0].clone().unwrap();
        assert_eq!(read(r"\x41\101\q\v"), "AAq\u{b}");
        assert_eq!(fields("a\\").unwrap_err().sqlstate.as_str(), "22P04");
    }
}
