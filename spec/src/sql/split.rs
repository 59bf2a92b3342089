//! A script, as it arrives → its statements.
//!
//! ```text
//! splitter.feed("select 1; select ");      splitter.next_statement() == Some("select 1;")
//! splitter.feed("2");                      splitter.next_statement() == None
//!                                          splitter.finish()         == Some("select 2")
//! ```
//!
//! A statement ends at a semicolon outside quotes and comments, and is given away as soon as the semicolon is there, as
//! psql does. Its text keeps the semicolon (PostgreSQL's messages mention it) and loses the blanks around it; what holds
//! blanks and comments only is no statement. After `COPY … FROM STDIN;` the lines that follow are data: see [`Splitter::copy_line`].

use super::lex::{begins_name, continues_name};

/// Cuts a text that arrives in pieces into statements.
#[derive(Debug, Default)]
pub struct Splitter {
    buffer: String,
    /// Bytes of the buffer that `place` describes.
    scanned: usize,
    place: Place,
    /// Whether something other than blanks and comments was seen in this statement.
    substance: bool,
    /// Whether the last character continues a name, so that `$` and `E'` after it mean something else.
    in_name: bool,
    /// Whether the last statement ended on the line that the buffer begins in.
    after_statement: bool,
}

/// Where in the text the scan is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Plain,
    /// `'…'`; in an `E'…'` string a backslash protects the next character.
    Quotes {
        escapes: bool,
    },
    Name,
    /// `$tag$…`, with the dollars.
    Dollars(String),
    Line,
    /// A comment, so many levels deep.
    Block(usize),
}

impl Splitter {
    /// A splitter that has seen nothing.
    pub fn new() -> Splitter {
        Splitter::default()
    }

    /// More text, cut anywhere.
    pub fn feed(&mut self, text: &str) {
        self.buffer.push_str(text);
    }

    /// The next complete statement with its semicolon, or `None` until more text comes.
    pub fn next_statement(&mut self) -> Option<String> {
        loop {
            let end = self.scan(false)?;
            if let Some(statement) = self.cut(end) {
                return Some(statement);
            }
        }
    }

    /// At the end of the text: the next statement, at last one without a semicolon.
    pub fn finish(&mut self) -> Option<String> {
        while !self.buffer.is_empty() {
            let end = self.scan(true).unwrap_or(self.buffer.len());
            if let Some(statement) = self.cut(end) {
                return Some(statement);
            }
        }
        None
    }

    /// The next whole line as data, without its line end: what follows `COPY … FROM STDIN;`, up to and with `\.`.
    ///
    /// The first call skips the rest of the line that the statement ended on, if it is blank.
    pub fn copy_line(&mut self) -> Option<String> {
        loop {
            let end = self.buffer.find('\n')?;
            let mut line: String = self.buffer.drain(..=end).collect();
            line.pop();
            if line.ends_with('\r') {
                line.pop();
            }
            if !(std::mem::take(&mut self.after_statement) && line.trim().is_empty()) {
                return Some(line);
            }
        }
    }

    /// Takes a statement off the buffer; `None` if it is blank.
    fn cut(&mut self, end: usize) -> Option<String> {
        let text: String = self.buffer.drain(..end).collect();
        let substance = std::mem::take(&mut self.substance);
        (self.scanned, self.place, self.in_name) = (0, Place::Plain, false);
        self.after_statement = true;
        substance.then(|| text.trim().to_owned())
    }

    /// Scans on; the offset after the semicolon if there is one. Unless `all`, stops before anything that more text
    /// could change.
    fn scan(&mut self, all: bool) -> Option<usize> {
        while let Some(first) = self.buffer[self.scanned..].chars().next() {
            let length = self.step(first, all)?;
            self.scanned += length;
            if first == ';' && length == 1 && self.place == Place::Plain {
                return Some(self.scanned);
            }
        }
        None
    }

    /// One step of the scan: how many bytes were understood, `None` if more text is needed.
    fn step(&mut self, first: char, all: bool) -> Option<usize> {
        let rest = &self.buffer[self.scanned..];
        let second = rest[first.len_utf8()..].chars().next();
        if second.is_none() && !all && matches!(first, '-' | '/' | '*' | '$' | '\\') {
            return None;
        }
        let one = first.len_utf8();
        match self.place.clone() {
            Place::Plain => return self.plain(first, second, all),
            Place::Quotes { escapes } => match (first, second) {
                ('\\', Some(next)) if escapes => return Some(one + next.len_utf8()),
                ('\'', _) => self.place = Place::Plain,
                _ => {}
            },
            Place::Name if first == '"' => self.place = Place::Plain,
            Place::Name => {}
            Place::Dollars(tag) => {
                if rest.starts_with(&tag) {
                    self.place = Place::Plain;
                    return Some(tag.len());
                }
                if !all && tag.starts_with(rest) {
                    return None;
                }
            }
            Place::Line if first == '\n' || first == '\r' => self.place = Place::Plain,
            Place::Line => {}
            Place::Block(depth) => match (first, second) {
                ('/', Some('*')) => {
                    self.place = Place::Block(depth + 1);
                    return Some(2);
                }
                ('*', Some('/')) => {
                    self.place = if depth == 1 { Place::Plain } else { Place::Block(depth - 1) };
                    return Some(2);
                }
                _ => {}
            },
        }
        Some(one)
    }

    fn plain(&mut self, first: char, second: Option<char>, all: bool) -> Option<usize> {
        let was_in_name = std::mem::take(&mut self.in_name);
        match (first, second) {
            ('-', Some('-')) => {
                self.place = Place::Line;
                return Some(2);
            }
            ('/', Some('*')) => {
                self.place = Place::Block(1);
                return Some(2);
            }
            (';' | ' ' | '\t' | '\n' | '\r' | '\x0c', _) => return Some(1),
            ('$', _) if !was_in_name => {
                let tag = match dollar_tag(&self.buffer[self.scanned..]) {
                    Tag::Open(tag) => tag,
                    Tag::Unknown if !all => return None,
                    Tag::Unknown | Tag::No => String::from("$"),
                };
                if tag.len() > 1 {
                    self.place = Place::Dollars(tag.clone());
                }
                self.substance = true;
                return Some(tag.len());
            }
            ('\'', _) => self.place = Place::Quotes { escapes: self.after_lone_e() },
            ('"', _) => self.place = Place::Name,
            _ => self.in_name = continues_name(first),
        }
        self.substance = true;
        Some(first.len_utf8())
    }

    /// Whether the scan stands right after an `E` that is a word of its own.
    fn after_lone_e(&self) -> bool {
        let mut before = self.buffer[..self.scanned].chars().rev();
        matches!(before.next(), Some('e' | 'E')) && !before.next().is_some_and(continues_name)
    }
}

/// What begins at a dollar.
enum Tag {
    Open(String),
    No,
    /// More text decides.
    Unknown,
}

fn dollar_tag(text: &str) -> Tag {
    for (at, c) in text.char_indices().skip(1) {
        if c == '$' {
            return Tag::Open(text[..=at].to_owned());
        }
        if !(begins_name(c) || at > 1 && c.is_ascii_digit()) {
            return Tag::No;
        }
    }
    Tag::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(pieces: &[&str]) -> Vec<String> {
        let mut splitter = Splitter::new();
        let mut statements = Vec::new();
        for piece in pieces {
            splitter.feed(piece);
            statements.extend(std::iter::from_fn(|| splitter.next_statement()));
        }
        statements.extend(std::iter::from_fn(|| splitter.finish()));
        statements
    }

    const SCRIPT: &str = "select ';' , 'it'';s', \";\" ; ; -- c;\n select E'\\';' /* ; /* ; */ ; */;\n\
                          select $$;$$, $a$ ; $$ $a$, a$b$ ; select $1; e';' ; fe'\\'; /* ; */";

    #[test]
    fn semicolons_count_outside_quotes_and_comments_only() {
        let expected = [
            "select ';' , 'it'';s', \";\" ;",
            "-- c;\n select E'\\';' /* ; /* ; */ ; */;",
            "select $$;$$, $a$ ; $$ $a$, a$b$ ;",
            "select $1;",
            "e';' ;",
            "fe'\\';",
        ];
        assert_eq!(split(&[SCRIPT]), expected);
    }

    #[test]
    fn the_text_may_arrive_in_any_pieces() {
        let letters: Vec<String> = SCRIPT.chars().map(String::from).collect();
        let pieces: Vec<&str> = letters.iter().map(String::as_str).collect();
        assert_eq!(split(&pieces), split(&[SCRIPT]));
    }

    #[test]
    fn a_statement_is_given_as_soon_as_its_semicolon_is_there() {
        let mut splitter = Splitter::new();
        splitter.feed("select 1;select");
        assert_eq!(splitter.next_statement().as_deref(), Some("select 1;"));
        assert_eq!(splitter.next_statement(), None);
        splitter.feed(" 2");
        assert_eq!(splitter.finish().as_deref(), Some("select 2"));
        assert_eq!(splitter.finish(), None);
    }

    #[test]
    fn lines_after_a_copy_are_data() {
        let mut splitter = Splitter::new();
        splitter.feed("copy t from stdin; \n1\tit's\n\n\\.\nselect 1;");
        assert_eq!(splitter.next_statement().as_deref(), Some("copy t from stdin;"));
        let lines: Vec<String> = (0..3).filter_map(|_| splitter.copy_line()).collect();
        assert_eq!(lines, ["1\tit's", "", "\\."]);
        assert_eq!(splitter.next_statement().as_deref(), Some("select 1;"));
    }
}
