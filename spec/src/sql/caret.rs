//! Errors as psql shows them: the message, the line with a caret under the place, detail and hint. [error.caret]
//!
//! ```text
//! ERROR:  column "y" does not exist
//! LINE 1: SELECT y FROM t
//!                ^
//! HINT:  Perhaps you meant to reference the column "t.x".
//! ```
//!
//! Long lines are cut around the place, as libpq does (`reportErrorPosition` in `fe-protocol3.c`).

use crate::error::SqlError;

/// A line is cut to this many characters …
const SHOWN: usize = 60;
/// … of which at least so many stand to the right of the place.
const RIGHT: usize = 10;

/// The error with its place in `text`; without a final newline.
pub fn render(text: &str, error: &SqlError) -> String {
    let mut shown = format!("ERROR:  {}", error.message);
    if let Some(position) = error.position {
        shown += &place(text, position);
    }
    if let Some(detail) = &error.detail {
        shown += &format!("\nDETAIL:  {detail}");
    }
    if let Some(hint) = &error.hint {
        shown += &format!("\nHINT:  {hint}");
    }
    shown
}

/// The line that holds the 1-based character `position`, and a caret under it; nothing if there is no such place.
fn place(text: &str, position: usize) -> String {
    let characters: Vec<char> = text.chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
    let Some(at) = position.checked_sub(1).filter(|at| *at <= characters.len()) else {
        return String::new();
    };
    let is_end = |c: &char| *c == '\n' || *c == '\r';
    let number = 1 + characters[..at].iter().filter(|c| **c == '\n').count();
    let mut begin = characters[..at].iter().rposition(is_end).map_or(0, |end| end + 1);
    let mut end = characters[at..].iter().position(is_end).map_or(characters.len(), |e| at + e);
    let (mut cut_left, mut cut_right) = ("", "");
    if end - begin > SHOWN {
        if begin + SHOWN >= at + RIGHT {
            (end, cut_right) = (begin + SHOWN, "...");
        } else {
            if at + RIGHT < end {
                (end, cut_right) = (at + RIGHT, "...");
            }
            if end - begin > SHOWN {
                (begin, cut_left) = (end - SHOWN, "...");
            }
        }
    }
    let line: String = characters[begin..end].iter().collect();
    let before = format!("LINE {number}: {cut_left}");
    let indent = " ".repeat(before.chars().count() + at - begin);
    format!("\n{before}{line}{cut_right}\n{indent}^")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::sqlstate;

    fn shown(text: &str, position: usize) -> String {
        render(text, &SqlError::new(sqlstate::SYNTAX_ERROR, "wrong").at(position))
    }

    #[test]
    fn the_caret_stands_under_the_place() {
        assert_eq!(shown("SELECT y", 8), "ERROR:  wrong\nLINE 1: SELECT y\n               ^");
        assert_eq!(shown("SELECT\n  é, y", 13), "ERROR:  wrong\nLINE 2:   é, y\n             ^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        // Verified against psql 15.
        let text = format!("SELECT {}, yyy, {}", "1 + ".repeat(20) + "1", "2 + ".repeat(20) + "2");
        let shown = shown(&text, 91);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[1].starts_with("LINE 1: ...") && lines[1].ends_with("..."), "{shown}");
        assert_eq!(lines[1].chars().nth(lines[2].len() - 1), Some('y'));
    }
}
