//! LIKE and ILIKE (`like_match.c`): `%` is any string, `_` any character, a backslash takes the next one literally.
//!
//! A pattern that ends in its escape character is an error only where matching gets that far. [expr.like]

use super::string::lower;
use crate::error::{SqlError, sqlstate};

/// What matching a rest of the text against a rest of the pattern says.
#[derive(Clone, Copy, PartialEq)]
enum Match {
    /// It matches.
    Yes,
    /// It does not match; a longer part of the text before it may help.
    No,
    /// The text came to its end: no longer part before it can help.
    Abort,
}

fn escape_at_end() -> SqlError {
    let message = "LIKE pattern must not end with escape character";
    SqlError::new(sqlstate::INVALID_ESCAPE_SEQUENCE, message)
}

/// The number of bytes of the character that starts here.
fn width(text: &[u8]) -> usize {
    match text[0] {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    }
}

/// `MatchText`: bytes but for `_` and the scan behind `%`, which move by characters.
fn matches(mut text: &[u8], mut pattern: &[u8]) -> Result<Match, SqlError> {
    if pattern == b"%" {
        return Ok(Match::Yes);
    }
    while let ([first, ..], [wanted, behind @ ..]) = (text, pattern) {
        match wanted {
            b'%' => return after_percent(text, behind),
            b'_' => {
                text = &text[width(text)..];
                pattern = behind;
                continue;
            }
            b'\\' => {
                pattern = behind;
                match pattern.first() {
                    None => return Err(escape_at_end()),
                    Some(literal) if literal != first => return Ok(Match::No),
                    Some(_) => {}
                }
            }
            _ if wanted != first => return Ok(Match::No),
            _ => {}
        }
        (text, pattern) = (&text[1..], &pattern[1..]);
    }
    if !text.is_empty() {
        return Ok(Match::No);
    }
    Ok(if pattern.iter().all(|byte| *byte == b'%') { Match::Yes } else { Match::Abort })
}

/// The text against `%` and the pattern behind it: every rest of the text that begins right is tried.
fn after_percent(mut text: &[u8], mut pattern: &[u8]) -> Result<Match, SqlError> {
    loop {
        match pattern {
            [b'%', behind @ ..] => pattern = behind,
            [b'_', behind @ ..] => {
                if text.is_empty() {
                    return Ok(Match::Abort);
                }
                text = &text[width(text)..];
                pattern = behind;
            }
            _ => break,
        }
    }
    let begins = match pattern {
        [] => return Ok(Match::Yes),
        [b'\\'] => return Err(escape_at_end()),
        [b'\\', literal, ..] => *literal,
        [first, ..] => *first,
    };
    while !text.is_empty() {
        if text[0] == begins {
            let found = matches(text, pattern)?;
            if found != Match::No {
                return Ok(found);
            }
        }
        text = &text[width(text)..];
    }
    Ok(Match::Abort)
}

/// Whether a string matches a LIKE pattern with the escape character `\`.
///
/// # Errors
/// 22025 if the pattern ends in a backslash that takes part in the match.
fn like(text: &str, pattern: &str) -> Result<bool, SqlError> {
    Ok(matches(text.as_bytes(), pattern.as_bytes())? == Match::Yes)
}

/// The same without regard to case: both sides in lower case.
fn ilike(text: &str, pattern: &str) -> Result<bool, SqlError> {
    like(&lower(text), &lower(pattern))
}

/// The pattern with the escape character `\`, from one with another: `LIKE p ESCAPE e`.
///
/// # Errors
/// 22025 unless the escape string is empty (no escapes) or one character.
fn like_escape(pattern: &str, escape: &str) -> Result<String, SqlError> {
    let mut characters = escape.chars();
    let escape = match (characters.next(), characters.next()) {
        (None, _) => return Ok(pattern.replace('\\', "\\\\")),
        (Some(escape), None) => escape,
        _ => {
            return Err(SqlError::new(sqlstate::INVALID_ESCAPE_SEQUENCE, "invalid escape string")
                .hint("Escape string must be empty or one character."));
        }
    };
    if escape == '\\' {
        return Ok(pattern.to_owned());
    }
    let mut rewritten = String::new();
    let mut escaped = false;
    for c in pattern.chars() {
        let begins_escape = c == escape && !escaped;
        match c {
            _ if begins_escape => rewritten.push('\\'),
            '\\' if escaped => rewritten.push('\\'),
            '\\' => rewritten.push_str("\\\\"),
            _ => rewritten.push(c),
        }
        escaped = begins_escape;
    }
    Ok(rewritten)
}

functions! {
    "like"(a: Text, pattern: Text) -> Bool = like(a, pattern);
    "like"(a: Name, pattern: Text) -> Bool = like(a, pattern);
    "notlike"(a: Text, pattern: Text) -> Bool = like(a, pattern).map(|found| !found);
    "notlike"(a: Name, pattern: Text) -> Bool = like(a, pattern).map(|found| !found);
    "textlike"(a: Text, pattern: Text) -> Bool = like(a, pattern);
    "textnlike"(a: Text, pattern: Text) -> Bool = like(a, pattern).map(|found| !found);
    "texticlike"(a: Text, pattern: Text) -> Bool = ilike(a, pattern);
    "texticnlike"(a: Text, pattern: Text) -> Bool = ilike(a, pattern).map(|found| !found);
    "namelike"(a: Name, pattern: Text) -> Bool = like(a, pattern);
    "namenlike"(a: Name, pattern: Text) -> Bool = like(a, pattern).map(|found| !found);
    "nameiclike"(a: Name, pattern: Text) -> Bool = ilike(a, pattern);
    "nameicnlike"(a: Name, pattern: Text) -> Bool = ilike(a, pattern).map(|found| !found);
    "bpcharlike"(a: Bpchar, pattern: Text) -> Bool = like(a, pattern);
    "bpcharnlike"(a: Bpchar, pattern: Text) -> Bool = like(a, pattern).map(|found| !found);
    "bpchariclike"(a: Bpchar, pattern: Text) -> Bool = ilike(a, pattern);
    "bpcharicnlike"(a: Bpchar, pattern: Text) -> Bool = ilike(a, pattern).map(|found| !found);
    "like_escape"(pattern: Text, escape: Text) -> Text = like_escape(pattern, escape);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_at_the_end_of_a_pattern_counts_only_where_matching_gets_there() {
        assert!(like("a", "a\\").is_ok_and(|found| !found));
        assert_eq!(like("ab", "a\\").unwrap_err().sqlstate, sqlstate::INVALID_ESCAPE_SEQUENCE);
        assert_eq!(like("a", "%\\").unwrap_err().sqlstate, sqlstate::INVALID_ESCAPE_SEQUENCE);
        assert_eq!(like("b", "a\\"), Ok(false));
    }

    #[test]
    fn an_underscore_is_one_character_not_one_byte() {
        assert_eq!(like("é", "_"), Ok(true));
        assert_eq!(like("日本", "%_本"), Ok(true));
        assert_eq!(like("日本", "___"), Ok(false));
        assert_eq!(ilike("ÉCOLE", "é%"), Ok(true));
    }

    #[test]
    fn other_escape_characters_are_rewritten() {
        assert_eq!(like_escape("a#_b\\", "#").as_deref(), Ok("a\\_b\\\\"));
        assert_eq!(like_escape("a\\b", "").as_deref(), Ok("a\\\\b"));
        assert_eq!(like_escape("##", "#").as_deref(), Ok("\\#"));
        assert!(like_escape("a", "ab").is_err());
    }
}
