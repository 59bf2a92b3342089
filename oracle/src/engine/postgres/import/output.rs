//! How a plan's nodes refer to columns: by the text of what the node below returns.

use spec::sql::ast::{Direction, NullsOrder};

use super::default_nulls;

/// The texts of a node's columns, as its `Output` has them.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts(Vec<String>);

impl Texts {
    pub(super) fn of(texts: &[&str]) -> Texts {
        Texts(texts.iter().map(|text| bare(text).to_owned()).collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn text(&self, index: usize) -> &str {
        &self.0[index]
    }

    pub(super) fn extend(&mut self, others: Texts) {
        self.0.extend(others.0);
    }

    /// Whether these are the columns, in this order.
    pub(super) fn are(&self, texts: &[&str]) -> bool {
        self.0.len() == texts.len() && self.iter().zip(texts).all(|(own, text)| own == bare(text))
    }

    /// The column of this text. `Output` leaves qualifiers out where one table is read, keys do not: so if no text is the
    /// same, one may be the same without them, if it is the only one (a copy of it is no other).
    pub(super) fn find(&self, text: &str) -> Option<usize> {
        let wanted = bare(text);
        self.iter().position(|own| own == wanted).or_else(|| {
            let wanted = unqualified(wanted);
            let mut alike = self.iter().enumerate().filter(|(_, own)| unqualified(own) == wanted);
            let (index, first) = alike.next()?;
            alike.all(|(_, other)| other == first).then_some(index)
        })
    }
}

/// A text without the parentheses around the whole of it.
pub(super) fn bare(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(inside) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        if !closes_at_end(inside) {
            break;
        }
        text = inside;
    }
    text
}

/// Whether parentheses around this text would belong together: none inside closes one that is outside.
fn closes_at_end(inside: &str) -> bool {
    let mut depth = 0i32;
    outside_quotes(inside).all(|(_, c)| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth >= 0
    })
}

/// The characters that are in no quotes, with their places.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote = None;
    text.char_indices().filter(move |(_, c)| match quote {
        Some(end) => {
            if *c == end {
                quote = None;
            }
            false
        }
        None => {
            if matches!(c, '\'' | '"') {
                quote = Some(*c);
            }
            quote.is_none()
        }
    })
}

/// A text without `table.` in front of columns.
fn unqualified(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let name = c.is_alphanumeric() || c == '_' || c == '$';
        if name {
            word.push(c);
        } else if c == '.' && word.starts_with(|c: char| !c.is_ascii_digit()) {
            word.clear();
        } else if c == '"' || c == '\'' {
            let mut quoted = String::from(c);
            for inside in characters.by_ref() {
                quoted.push(inside);
                if inside == c {
                    break;
                }
            }
            if c == '"' && characters.peek() == Some(&'.') {
                characters.next();
            } else {
                word.push_str(&quoted);
            }
        } else {
            out.push_str(&word);
            word.clear();
            out.push(c);
        }
    }
    out + &word
}

/// A sort key without what stands behind it, with direction and place of NULLs.
pub(super) fn direction(key: &str) -> (&str, Direction, NullsOrder) {
    let (key, nulls) = match (key.strip_suffix(" NULLS FIRST"), key.strip_suffix(" NULLS LAST")) {
        (Some(key), _) => (key, Some(NullsOrder::First)),
        (_, Some(key)) => (key, Some(NullsOrder::Last)),
        _ => (key, None),
    };
    let (key, direction) = match key.strip_suffix(" DESC") {
        Some(key) => (key, Direction::Desc),
        None => (key, Direction::Asc),
    };
    let key = key.rsplit_once(" COLLATE ").map_or(key, |(key, _)| key);
    (key, direction, nulls.unwrap_or(default_nulls(direction)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parentheses_around_the_whole_are_taken_off() {
        assert_eq!(bare("((sum(a) + 1))"), "sum(a) + 1");
        assert_eq!(bare("(a) + (b)"), "(a) + (b)");
        assert_eq!(bare("(')' || b)"), "')' || b");
    }

    #[test]
    fn a_column_is_found_with_or_without_its_table() {
        let texts = Texts::of(&["b", "(sum(a) + 1)", "\"T 1\".c", "1.5"]);
        assert_eq!(texts.find("t.b"), Some(0));
        assert_eq!(texts.find("((sum(t.a) + 1))"), Some(1));
        assert_eq!(texts.find("c"), Some(2));
        assert_eq!(texts.find("1.5"), Some(3));
        assert_eq!(Texts::of(&["t.a", "u.a"]).find("a"), None);
        assert_eq!(Texts::of(&["b", "a", "a"]).find("t.a"), Some(1));
    }

    #[test]
    fn a_sort_key_has_a_direction_and_a_place_for_nulls() {
        assert_eq!(direction("t.a"), ("t.a", Direction::Asc, NullsOrder::Last));
        assert_eq!(
            direction("t.a COLLATE \"C\" DESC"),
            ("t.a", Direction::Desc, NullsOrder::First)
        );
        assert_eq!(direction("t.a DESC NULLS LAST"), ("t.a", Direction::Desc, NullsOrder::Last));
    }
}
