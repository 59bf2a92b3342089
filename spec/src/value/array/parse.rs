//! The text of arrays, read as `array_in` reads it.

use super::{Array, Dimension, MOST_DIMENSIONS};
use crate::error::{SqlError, sqlstate};
use crate::value::text::{input, is_blank};
use crate::value::{Modifier, Type, Value};

/// What stands between braces and commas.
enum Token {
    Open,
    Close,
    Comma,
    /// An element: its text, and whether it was quoted or escaped (then it is not NULL).
    Element(String, bool),
}

/// The array of these elements that the text denotes. [value.array.text]
///
/// # Errors
/// 22P02 if the text has not the form of an array, 2202E for bounds that do not fit it; what the element type raises.
pub fn parse(element: Type, text: &str) -> Result<Array, SqlError> {
    let malformed = |detail: &str| {
        let message = format!("malformed array literal: \"{text}\"");
        SqlError::new(sqlstate::INVALID_TEXT_REPRESENTATION, message).detail(detail.to_owned())
    };
    let mut reader = Reader { rest: text.trim_start_matches(is_blank) };
    let bounds = reader.bounds(&malformed)?;
    if !reader.rest.starts_with('{') {
        let detail = match bounds {
            Some(_) => "Array contents must start with \"{\".",
            None => "Array value must start with \"{\" or dimension information.",
        };
        return Err(malformed(detail));
    }
    let mut shape = Shape::default();
    let mut open = true;
    // What may come next: an element or brace after `{` and `,`; a comma or `}` after an element or `}`.
    let mut wants_item = true;
    let mut empty_level = false;
    while open {
        let token = reader.token().map_err(malformed)?;
        match token {
            Token::Open if wants_item => {
                shape.open().map_err(|detail| match detail {
                    Some(detail) => malformed(detail),
                    None => too_many(),
                })?;
                empty_level = true;
            }
            Token::Element(word, quoted) if wants_item => {
                shape.item().map_err(malformed)?;
                let value = match quoted || !word.eq_ignore_ascii_case("null") {
                    true => input(element, Modifier::None, &word)?,
                    false => Value::Null,
                };
                shape.elements.push(value);
                (wants_item, empty_level) = (false, false);
            }
            Token::Close if !wants_item || empty_level && shape.depth == 1 => {
                open = shape.close().map_err(malformed)?;
                (wants_item, empty_level) = (false, false);
            }
            Token::Comma if !wants_item => wants_item = true,
            Token::Open => return Err(malformed("Unexpected \"{\" character.")),
            Token::Close => return Err(malformed("Unexpected \"}\" character.")),
            Token::Comma => return Err(malformed("Unexpected \",\" character.")),
            Token::Element(..) => return Err(malformed("Unexpected array element.")),
        }
    }
    if !reader.rest.trim_matches(is_blank).is_empty() {
        return Err(malformed("Junk after closing right brace."));
    }
    shape.finish(bounds).map_err(malformed)
}

/// `54000` for braces nested too deep.
fn too_many() -> SqlError {
    let dimensions = vec![Dimension { length: 1, lower: 1 }; MOST_DIMENSIONS + 1];
    match Array::shaped(dimensions, vec![Value::Null]) {
        Err(error) => error,
        Ok(_) => unreachable!("more dimensions than allowed"),
    }
}

/// The braces so far.
#[derive(Default)]
struct Shape {
    elements: Vec<Value>,
    /// How many braces are open.
    depth: usize,
    /// How deep the elements stand, once one or an end of braces was met.
    innermost: Option<usize>,
    /// Items in the braces that are open, by depth.
    counts: Vec<usize>,
    /// Items in closed braces, by depth.
    lengths: Vec<Option<usize>>,
}

impl Shape {
    fn open(&mut self) -> Result<(), Option<&'static str>> {
        if self.innermost.is_some_and(|innermost| self.depth >= innermost) {
            return Err(Some("Unexpected \"{\" character."));
        }
        if self.depth == MOST_DIMENSIONS {
            return Err(None);
        }
        if let Some(count) = self.counts.last_mut() {
            *count += 1;
        }
        self.depth += 1;
        self.counts.push(0);
        if self.lengths.len() < self.depth {
            self.lengths.push(None);
        }
        Ok(())
    }

    fn item(&mut self) -> Result<(), &'static str> {
        if *self.innermost.get_or_insert(self.depth) != self.depth {
            return Err("Multidimensional arrays must have sub-arrays with matching dimensions.");
        }
        if let Some(count) = self.counts.last_mut() {
            *count += 1;
        }
        Ok(())
    }

    /// Whether more braces are open.
    fn close(&mut self) -> Result<bool, &'static str> {
        self.innermost.get_or_insert(self.depth);
        let count = self.counts.pop().unwrap_or_default();
        let length = &mut self.lengths[self.depth - 1];
        if *length.get_or_insert(count) != count {
            return Err("Multidimensional arrays must have sub-arrays with matching dimensions.");
        }
        self.depth -= 1;
        Ok(self.depth > 0)
    }

    fn finish(self, bounds: Option<Vec<Dimension>>) -> Result<Array, &'static str> {
        let lengths: Vec<usize> = self.lengths.into_iter().flatten().collect();
        if self.elements.is_empty() && bounds.is_none() {
            return Ok(Array::default());
        }
        const MISMATCH: &str = "Specified array dimensions do not match array contents.";
        let dimensions = match bounds {
            None => lengths.iter().map(|&length| Dimension { length, lower: 1 }).collect(),
            Some(bounds) if bounds.iter().map(|bound| bound.length).eq(lengths) => bounds,
            Some(_) => return Err(MISMATCH),
        };
        Array::shaped(dimensions, self.elements).map_err(|_| MISMATCH)
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// `[l:u][l:u]=` before the braces; `[u]` stands for `[1:u]`.
    fn bounds(
        &mut self,
        malformed: &dyn Fn(&str) -> SqlError,
    ) -> Result<Option<Vec<Dimension>>, SqlError> {
        let mut dimensions = Vec::new();
        while let Some(after) = self.rest.strip_prefix('[') {
            let end = after
                .find(']')
                .ok_or_else(|| malformed("Missing \"]\" after array dimensions."))?;
            let (inside, after) = (&after[..end], &after[end + 1..]);
            let bound = |text: &str| {
                text.parse::<i32>().map_err(|_| {
                    malformed("\"[\" must introduce explicitly-specified array dimensions.")
                })
            };
            let (lower, upper) = match inside.split_once(':') {
                Some((lower, upper)) => (bound(lower)?, bound(upper)?),
                None => (1, bound(inside)?),
            };
            if upper < lower {
                let message = "upper bound cannot be less than lower bound";
                return Err(SqlError::new(sqlstate::ARRAY_SUBSCRIPT_ERROR, message));
            }
            let length = (i64::from(upper) - i64::from(lower) + 1) as usize;
            dimensions.push(Dimension { length, lower });
            if dimensions.len() > MOST_DIMENSIONS {
                return Err(too_many());
            }
            self.rest = after.trim_start_matches(is_blank);
        }
        if dimensions.is_empty() {
            return Ok(None);
        }
        let after = self.rest.strip_prefix('=');
        let after = after.ok_or_else(|| malformed("Missing \"=\" after array dimensions."))?;
        self.rest = after.trim_start_matches(is_blank);
        Ok(Some(dimensions))
    }

    fn token(&mut self) -> Result<Token, &'static str> {
        self.rest = self.rest.trim_start_matches(is_blank);
        let mark = match self.rest.chars().next() {
            None => return Err("Unexpected end of input."),
            Some('{') => Token::Open,
            Some('}') => Token::Close,
            Some(',') => Token::Comma,
            Some('"') => return self.quoted(),
            Some(_) => return self.bare(),
        };
        self.rest = &self.rest[1..];
        Ok(mark)
    }

    /// `"…"`, where a backslash takes the next character as it is.
    fn quoted(&mut self) -> Result<Token, &'static str> {
        let mut word = String::new();
        let mut chars = self.rest[1..].chars();
        loop {
            match chars.next() {
                None => return Err("Unexpected end of input."),
                Some('"') => break,
                Some('\\') => word.push(chars.next().ok_or("Unexpected end of input.")?),
                Some(c) => word.push(c),
            }
        }
        self.rest = chars.as_str().trim_start_matches(is_blank);
        match self.rest.starts_with(['}', ',']) || self.rest.is_empty() {
            true => Ok(Token::Element(word, true)),
            false => Err("Unexpected array element."),
        }
    }

    /// Up to a brace or comma, without the blanks at the end that are not escaped.
    fn bare(&mut self) -> Result<Token, &'static str> {
        let (mut word, mut kept, mut escaped) = (String::new(), 0, false);
        let mut chars = self.rest.chars();
        loop {
            let before = chars.as_str();
            match chars.next() {
                None => return Err("Unexpected end of input."),
                Some('}' | ',') => {
                    self.rest = before;
                    break;
                }
                Some('{') => return Err("Unexpected \"{\" character."),
                Some('"') => return Err("Unexpected array element."),
                Some('\\') => {
                    word.push(chars.next().ok_or("Unexpected end of input.")?);
                    (kept, escaped) = (word.len(), true);
                }
                Some(c) => {
                    word.push(c);
                    if !is_blank(c) {
                        kept = word.len();
                    }
                }
            }
        }
        word.truncate(kept);
        Ok(Token::Element(word, escaped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_arrays_are_refused_with_postgresql_details() {
        // Captured from PostgreSQL 15.18.
        for (text, detail) in [
            ("{{}}", "Unexpected \"}\" character."),
            ("{1,2", "Unexpected end of input."),
            ("{1,2}x", "Junk after closing right brace."),
            ("1,2", "Array value must start with \"{\" or dimension information."),
            ("{1,,2}", "Unexpected \",\" character."),
            ("{1,{2}}", "Unexpected \"{\" character."),
            (
                "{{1,2},{3}}",
                "Multidimensional arrays must have sub-arrays with matching dimensions.",
            ),
            ("{\"a\"b}", "Unexpected array element."),
            ("[1:3]={1,2}", "Specified array dimensions do not match array contents."),
            ("{1,}", "Unexpected \"}\" character."),
            ("{}}", "Junk after closing right brace."),
            ("", "Array value must start with \"{\" or dimension information."),
            ("{", "Unexpected end of input."),
        ] {
            let error = parse(Type::Text, text).unwrap_err();
            assert_eq!(error.sqlstate.as_str(), "22P02", "{text}");
            assert_eq!(error.detail.as_deref(), Some(detail), "{text}");
        }
        let error = parse(Type::Int4, "[2:1]={}").unwrap_err();
        assert_eq!(error.to_string(), "upper bound cannot be less than lower bound");
        assert_eq!(parse(Type::Int4, "{{{{{{{1}}}}}}}").unwrap_err().sqlstate.as_str(), "54000");
    }
}
