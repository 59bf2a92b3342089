//! PostgreSQL's CSV: quotes may open and close anywhere in a field, `""` inside them is a quote, and an unquoted empty
//! field is NULL while a quoted one is the empty string. [value.copy]

use std::io::{self, BufRead};

use spec::error::{SqlError, sqlstate};

/// A reader of records.
pub struct Records<R> {
    input: R,
    delimiter: u8,
    /// The physical line that was read last, from 1.
    line: usize,
    text: Vec<u8>,
}

/// What ended the reading of a record.
#[derive(Debug)]
pub enum Broken {
    /// The input could not be read.
    Io(io::Error),
    /// It is not CSV in UTF-8.
    Malformed(SqlError),
}

impl<R: BufRead> Records<R> {
    /// The records of this input.
    pub fn new(input: R, delimiter: char) -> Records<R> {
        Records {
            input,
            delimiter: u8::try_from(delimiter).unwrap_or(b','),
            line: 0,
            text: Vec::new(),
        }
    }

    /// The physical line that the last record ended in, from 1: where PostgreSQL says that an error is.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The last record as it was written, without its newline.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.text).trim_end_matches(['\n', '\r']).to_owned()
    }

    /// The fields of the next record, `None` for NULL; nothing at the end of the input or at the line `\.`.
    ///
    /// # Errors
    /// 22P04 for a quoted field without an end, 22021 for bytes that are not UTF-8.
    pub fn next_record(&mut self) -> Result<Option<Vec<Option<String>>>, Broken> {
        self.text.clear();
        let mut is_quoted = false;
        let mut seen = 0;
        loop {
            if self.input.read_until(b'\n', &mut self.text).map_err(Broken::Io)? == 0 {
                if is_quoted {
                    let message = "unterminated CSV quoted field";
                    let error = SqlError::new(sqlstate::BAD_COPY_FILE_FORMAT, message);
                    return Err(Broken::Malformed(error));
                }
                return Ok(None);
            }
            self.line += 1;
            let quotes = self.text[seen..].iter().filter(|byte| **byte == b'"').count();
            seen = self.text.len();
            is_quoted ^= quotes % 2 == 1;
            if !is_quoted {
                break;
            }
        }
        let record = self.text.strip_suffix(b"\n").unwrap_or(&self.text);
        let record = record.strip_suffix(b"\r").unwrap_or(record);
        if record == b"\\." {
            return Ok(None);
        }
        self.fields(record).map(Some).map_err(Broken::Malformed)
    }

    fn fields(&self, record: &[u8]) -> Result<Vec<Option<String>>, SqlError> {
        let mut fields = Vec::new();
        let mut field = Vec::new();
        let (mut is_quoted, mut was_quoted) = (false, false);
        let mut bytes = record.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' if is_quoted && bytes.peek() == Some(&b'"') => {
                    bytes.next();
                    field.push(b'"');
                }
                b'"' => {
                    is_quoted = !is_quoted;
                    was_quoted = true;
                }
                byte if byte == self.delimiter && !is_quoted => {
                    fields.push(finished(&mut field, was_quoted)?);
                    was_quoted = false;
                }
                byte => field.push(byte),
            }
        }
        fields.push(finished(&mut field, was_quoted)?);
        Ok(fields)
    }
}

/// The bytes as a field, which empties them.
fn finished(field: &mut Vec<u8>, was_quoted: bool) -> Result<Option<String>, SqlError> {
    if field.is_empty() && !was_quoted {
        return Ok(None);
    }
    String::from_utf8(std::mem::take(field)).map(Some).map_err(|_| super::not_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<Vec<Option<String>>> {
        let mut records = Records::new(text.as_bytes(), ',');
        std::iter::from_fn(|| records.next_record().unwrap()).collect()
    }

    fn fields(fields: &[Option<&str>]) -> Vec<Option<String>> {
        fields.iter().map(|field| field.map(str::to_owned)).collect()
    }

    #[test]
    fn quotes_open_and_close_anywhere_and_hold_newlines() {
        let read = records("a,\"b \"\"c\"\",\nd\",e\"f,g\"h\r\n,\"\",é\n");
        assert_eq!(read[0], fields(&[Some("a"), Some("b \"c\",\nd"), Some("ef,gh")]));
        assert_eq!(read[1], fields(&[None, Some(""), Some("é")]));
        assert_eq!(records("\n"), [fields(&[None])]);
        assert_eq!(records("1\n\\.\n2\n"), [fields(&[Some("1")])]);
    }

    #[test]
    fn a_quoted_field_without_an_end_is_refused_where_the_input_ends() {
        let mut records = Records::new(&b"1,2\n3,\"4\n5,6\n"[..], ',');
        assert!(records.next_record().unwrap().is_some());
        let Err(Broken::Malformed(error)) = records.next_record() else { panic!("accepted") };
        assert_eq!((error.sqlstate.as_str(), records.line()), ("22P04", 3));
    }
}
