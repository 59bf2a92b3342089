//! Text → tokens, as PostgreSQL 15's scanner cuts it (`src/backend/parser/scan.l`).
//!
//! ```text
//! words, quoted names, comments      sqlparser's tokenizer, found again by position
//! numbers, operators, strings, $…    read here: sqlparser cuts them differently
//! ```
//!
//! `sqlparser` is run over the whole text once. Where our own reading ends inside one of its tokens (`@--comment` is an
//! operator to it), it is run again from there; that is rare, so the whole stays linear in practice.
//!
//! An error of the scanner is a token, the last one: PostgreSQL scans while it parses, so an earlier syntax error wins.

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token as Foreign, Tokenizer, Whitespace};

use super::ast::Position;
use crate::error::{Failure, SqlError, Unsupported, sqlstate};

/// One token and its place, as character indexes into the text.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// The index of its first character, from 0.
    pub start: usize,
    /// The index after its last character.
    pub end: usize,
}

impl Token {
    /// Its 1-based position.
    pub fn position(&self) -> Position {
        self.start + 1
    }
}

/// The kinds of tokens.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A word, folded to lower case: a key word or a name.
    Word(String),
    /// A name in double quotes, without them.
    Quoted(String),
    /// Digits, point, exponent.
    Number(String),
    /// A string constant, its escapes resolved.
    String(String),
    /// An operator, also `+ - * / % ^ < > =`; `!=` is read as `<>`.
    Operator(String),
    /// `$1`.
    Parameter,
    /// `, ( ) [ ] . ; :`.
    Mark(char),
    /// `::`.
    TypeCast,
    /// `:=` or `=>`, which name an argument.
    Names,
    /// Anything else; no grammar rule takes it.
    Stray,
    /// The end of the text.
    End,
    /// The scanner's own error; always the last token.
    Bad(Failure),
}

/// The longest name in bytes (`NAMEDATALEN - 1`).
const NAME_BYTES: usize = 63;

/// The characters operators are made of.
const OPERATOR_CHARS: &str = "~!@#^&|`?+-*/%<>=";

/// The tokens of a text; the last one is [`Kind::End`] or [`Kind::Bad`].
pub fn lex(text: &str) -> Vec<Token> {
    let mut scanner = Scanner::new(text);
    let mut tokens = Vec::new();
    loop {
        let token = match scanner.token() {
            Ok(token) => token,
            Err(failure) => {
                let end = scanner.chars.len();
                Token { kind: Kind::Bad(failure), start: scanner.at.min(end), end }
            }
        };
        let last = matches!(token.kind, Kind::End | Kind::Bad(_));
        tokens.push(token);
        if last {
            return tokens;
        }
    }
}

/// A syntax error in PostgreSQL's words, at this index and naming this text.
pub fn near(message: &str, text: &str, start: usize) -> Failure {
    let message = format!("{message} at or near \"{text}\"");
    SqlError::new(sqlstate::SYNTAX_ERROR, message).at(start + 1).into()
}

/// Cuts a name to 63 bytes, at a character boundary.
pub fn truncate(name: &mut String) {
    if name.len() > NAME_BYTES {
        let end = (0..=NAME_BYTES).rev().find(|&end| name.is_char_boundary(end));
        name.truncate(end.unwrap_or(0));
    }
}

/// A token of sqlparser with the indexes of its characters.
struct Piece {
    token: Foreign,
    start: usize,
    end: usize,
}

struct Scanner<'a> {
    text: &'a str,
    chars: Vec<char>,
    at: usize,
    pieces: std::iter::Peekable<std::vec::IntoIter<Piece>>,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Scanner<'a> {
        let chars: Vec<char> = text.chars().collect();
        let pieces = pieces(text, 0).into_iter().peekable();
        Scanner { text, chars, at: 0, pieces }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn slice(&self, start: usize) -> String {
        self.chars[start..self.at].iter().collect()
    }

    /// sqlparser's token that begins here; `None` if it cannot read one.
    fn piece(&mut self) -> Option<Piece> {
        while self.pieces.next_if(|piece| piece.start < self.at).is_some() {}
        if self.pieces.peek().is_none_or(|piece| piece.start != self.at) {
            let before: usize = self.chars[..self.at].iter().map(|c| c.len_utf8()).sum();
            self.pieces = pieces(&self.text[before..], self.at).into_iter().peekable();
        }
        let piece = self.pieces.next()?;
        self.at = piece.end;
        Some(piece)
    }

    fn token(&mut self) -> Result<Token, Failure> {
        self.skip_blanks()?;
        let start = self.at;
        let kind = self.kind()?;
        Ok(Token { kind, start, end: self.at })
    }

    fn skip_blanks(&mut self) -> Result<(), Failure> {
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(' ' | '\t' | '\n' | '\r' | '\x0c'), _) => self.at += 1,
                (Some('-'), Some('-')) | (Some('/'), Some('*')) => self.comment()?,
                _ => return Ok(()),
            }
        }
    }

    fn comment(&mut self) -> Result<(), Failure> {
        let start = self.at;
        match self.piece().map(|piece| piece.token) {
            Some(Foreign::Whitespace(
                Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_),
            )) => Ok(()),
            _ => Err(self.unterminated("unterminated /* comment", start)),
        }
    }

    fn unterminated(&mut self, message: &str, start: usize) -> Failure {
        self.at = self.chars.len();
        near(message, &self.slice(start), start)
    }

    fn kind(&mut self) -> Result<Kind, Failure> {
        let Some(first) = self.peek(0) else { return Ok(Kind::End) };
        match (first, self.peek(1)) {
            ('0'..='9', _) | ('.', Some('0'..='9')) => self.number(),
            ('$', _) => self.dollar(),
            (':', _) => Ok(self.colon()),
            ('\'', _) => self.string(false),
            ('e' | 'E', Some('\'')) => {
                self.at += 1;
                self.string(true)
            }
            ('b' | 'B' | 'x' | 'X', Some('\'')) => Err(self.unsupported("bit strings")),
            ('n' | 'N', Some('\'')) => Err(self.unsupported("national character strings")),
            ('u' | 'U', Some('&')) if matches!(self.peek(2), Some('\'' | '"')) => {
                Err(self.unsupported("U& strings and identifiers"))
            }
            ('(' | ')' | '[' | ']' | ',' | '.' | ';', _) => Ok(self.mark(first)),
            ('\0', _) => Err(SqlError::new(
                sqlstate::CHARACTER_NOT_IN_REPERTOIRE,
                "invalid byte sequence for encoding \"UTF8\": 0x00",
            )
            .into()),
            _ if OPERATOR_CHARS.contains(first) => self.operator(),
            _ => self.word(),
        }
    }

    fn unsupported(&self, feature: &'static str) -> Failure {
        Unsupported::new(feature).at(self.at + 1).into()
    }

    fn mark(&mut self, mark: char) -> Kind {
        self.at += 1;
        if mark == '.' && self.peek(0) == Some('.') {
            self.at += 1;
            return Kind::Stray;
        }
        Kind::Mark(mark)
    }

    fn colon(&mut self) -> Kind {
        self.at += 1;
        let kind = match self.peek(0) {
            Some(':') => Kind::TypeCast,
            Some('=') => Kind::Names,
            _ => return Kind::Mark(':'),
        };
        self.at += 1;
        kind
    }

    /// A name or key word. Only ASCII letters fold: that is what PostgreSQL does in a multi-byte encoding.
    fn word(&mut self) -> Result<Kind, Failure> {
        let start = self.at;
        match self.piece().map(|piece| piece.token) {
            Some(Foreign::Word(word)) if word.quote_style.is_some() => {
                let mut name = word.value;
                if name.is_empty() {
                    // PostgreSQL shows the token it is at, which is the closing quote.
                    return Err(near("zero-length delimited identifier", "\"\"", start));
                }
                truncate(&mut name);
                Ok(Kind::Quoted(name))
            }
            Some(Foreign::Word(word)) => {
                let mut name = word.value.to_ascii_lowercase();
                truncate(&mut name);
                Ok(Kind::Word(name))
            }
            Some(_) => {
                self.at = start + 1;
                Ok(Kind::Stray)
            }
            None if self.chars[start] == '"' => {
                Err(self.unterminated("unterminated quoted identifier", start))
            }
            None => {
                self.at = start + 1;
                Ok(Kind::Stray)
            }
        }
    }

    fn skip_while(&mut self, belongs: impl Fn(char) -> bool) -> usize {
        let start = self.at;
        while self.peek(0).is_some_and(&belongs) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Kind, Failure> {
        let start = self.at;
        let digit = |c: char| c.is_ascii_digit();
        self.skip_while(digit);
        // `1..2` is the number 1 and the token `..`.
        if self.peek(0) == Some('.') && self.peek(1) != Some('.') {
            self.at += 1;
            self.skip_while(digit);
        }
        if matches!(self.peek(0), Some('e' | 'E')) {
            let sign = usize::from(matches!(self.peek(1), Some('+' | '-')));
            if self.peek(1 + sign).is_some_and(digit) {
                self.at += 1 + sign;
                self.skip_while(digit);
            } else if sign == 1 {
                self.at += 2;
                return Err(self.junk("trailing junk after numeric literal", start));
            }
        }
        if self.peek(0).is_some_and(begins_name) {
            self.skip_while(continues_name);
            return Err(self.junk("trailing junk after numeric literal", start));
        }
        Ok(Kind::Number(self.slice(start)))
    }

    fn junk(&self, message: &str, start: usize) -> Failure {
        near(message, &self.slice(start), start)
    }

    /// `$1`, `$$text$$` and `$tag$text$tag$`.
    fn dollar(&mut self) -> Result<Kind, Failure> {
        let start = self.at;
        self.at += 1;
        if self.skip_while(|c| c.is_ascii_digit()) > 0 {
            if self.peek(0).is_some_and(begins_name) {
                self.skip_while(continues_name);
                return Err(self.junk("trailing junk after parameter", start));
            }
            return Ok(Kind::Parameter);
        }
        self.skip_while(|c| continues_name(c) && c != '$');
        if self.peek(0) != Some('$') {
            self.at = start + 1;
            return Ok(Kind::Stray);
        }
        self.at += 1;
        let tag: Vec<char> = self.chars[start..self.at].to_vec();
        let body = self.at;
        // A tag can begin only at a dollar, so that comparing there is enough.
        while self.at < self.chars.len() {
            if self.chars[self.at] == '$' && self.chars[self.at..].starts_with(&tag) {
                let value = self.slice(body);
                self.at += tag.len();
                return Ok(Kind::String(value));
            }
            self.at += 1;
        }
        Err(self.unterminated("unterminated dollar-quoted string", start))
    }

    /// The longest run of operator characters, cut before a comment, and cut back from `+` and `-` at its end unless a
    /// character that no standard operator has is in it (`*-` is two operators, `@-` is one).
    fn operator(&mut self) -> Result<Kind, Failure> {
        let start = self.at;
        while self.peek(0).is_some_and(|c| OPERATOR_CHARS.contains(c)) {
            let comment = matches!(
                (self.peek(0), self.peek(1)),
                (Some('-'), Some('-')) | (Some('/'), Some('*'))
            );
            if comment && self.at > start {
                break;
            }
            self.at += 1;
        }
        let free = |c: &char| "~!@#^&|`?%".contains(*c);
        while self.at - start > 1
            && matches!(self.chars[self.at - 1], '+' | '-')
            && !self.chars[start..self.at - 1].iter().any(free)
        {
            self.at -= 1;
        }
        let operator = self.slice(start);
        if operator.len() > NAME_BYTES {
            return Err(near("operator too long", &operator, start));
        }
        Ok(match operator.as_str() {
            "!=" => Kind::Operator("<>".to_owned()),
            "=>" => Kind::Names,
            _ => Kind::Operator(operator),
        })
    }

    /// A string in single quotes with its continuations: pieces on separate lines are one string.
    fn string(&mut self, escapes: bool) -> Result<Kind, Failure> {
        let start = self.at - usize::from(escapes);
        let mut value = Vec::new();
        loop {
            self.at += 1;
            self.quoted(&mut value, escapes, start)?;
            if !self.continues() {
                break;
            }
        }
        match String::from_utf8(value) {
            Ok(value) if !value.contains('\0') => Ok(Kind::String(value)),
            Ok(_) => Err(bad_bytes(&[0])),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let length = error.utf8_error().error_len().unwrap_or(1);
                Err(bad_bytes(&error.as_bytes()[valid..valid + length]))
            }
        }
    }

    /// Reads to the closing quote and past it.
    fn quoted(&mut self, value: &mut Vec<u8>, escapes: bool, start: usize) -> Result<(), Failure> {
        let push = |c: char, value: &mut Vec<u8>| {
            value.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        };
        loop {
            match (self.peek(0), self.peek(1)) {
                (None, _) => return Err(self.unterminated("unterminated quoted string", start)),
                (Some('\''), Some('\'')) => {
                    value.push(b'\'');
                    self.at += 2;
                }
                (Some('\''), _) => {
                    self.at += 1;
                    return Ok(());
                }
                (Some('\\'), None) if escapes => self.at += 1,
                (Some('\\'), _) if escapes => self.escape(value)?,
                (Some(c), _) => {
                    push(c, value);
                    self.at += 1;
                }
            }
        }
    }

    /// Whether, after a closing quote, blanks with a line end and another quote follow; moves there if so.
    fn continues(&mut self) -> bool {
        let closed = self.at;
        let mut line_ended = false;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('\n' | '\r'), _) => {
                    line_ended = true;
                    self.at += 1;
                }
                (Some(' ' | '\t' | '\x0c'), _) => self.at += 1,
                (Some('-'), Some('-')) => {
                    self.skip_while(|c| c != '\n' && c != '\r');
                }
                (Some('\''), _) if line_ended => return true,
                _ => {
                    self.at = closed;
                    return false;
                }
            }
        }
    }

    /// One backslash escape of an `E'…'` string.
    fn escape(&mut self, value: &mut Vec<u8>) -> Result<(), Failure> {
        let start = self.at;
        let c = self.chars[start + 1];
        self.at += 2;
        let byte = match c {
            'b' => 8,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            '0'..='7' => {
                self.at -= 1;
                // Only the low byte is kept: '\777' is 0xFF.
                (self.digits(8, 3) & 0xFF) as u8
            }
            'x' if self.peek(0).is_some_and(|c| c.is_ascii_hexdigit()) => self.digits(16, 2) as u8,
            'u' | 'U' => {
                let c = self.unicode(start, if c == 'u' { 4 } else { 8 })?;
                value.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            other => {
                value.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
        };
        value.push(byte);
        Ok(())
    }

    /// The number that up to this many digits make.
    fn digits(&mut self, radix: u32, most: usize) -> u32 {
        let mut number = 0;
        for _ in 0..most {
            let Some(digit) = self.peek(0).and_then(|c| c.to_digit(radix)) else { break };
            number = number * radix + digit;
            self.at += 1;
        }
        number
    }

    /// A code unit with exactly this many hexadecimal digits.
    fn code_unit(&mut self, start: usize, digits: usize) -> Result<u32, Failure> {
        let first = self.at;
        let unit = self.digits(16, digits);
        if self.at - first == digits {
            return Ok(unit);
        }
        Err(SqlError::new(sqlstate::INVALID_ESCAPE_SEQUENCE, "invalid Unicode escape")
            .hint("Unicode escapes must be \\uXXXX or \\UXXXXXXXX.")
            .at(start + 1)
            .into())
    }

    /// The character of a `\u` or `\U` escape, or of two of them that are a surrogate pair.
    fn unicode(&mut self, start: usize, digits: usize) -> Result<char, Failure> {
        let unit = self.code_unit(start, digits)?;
        let code = if (0xD800..0xDC00).contains(&unit) {
            let second = self.at;
            let low = match (self.peek(0), self.peek(1)) {
                (Some('\\'), Some(u @ ('u' | 'U'))) => {
                    self.at += 2;
                    self.code_unit(second, if u == 'u' { 4 } else { 8 })?
                }
                _ => 0,
            };
            if !(0xDC00..0xE000).contains(&low) {
                self.at = second + 1;
                let length = if self.peek(0) == Some('u') { 6 } else { 1 };
                let shown: String = self.chars[second..].iter().take(length).collect();
                return Err(near("invalid Unicode surrogate pair", &shown, second));
            }
            0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF)
        } else {
            unit
        };
        char::from_u32(code)
            .filter(|&c| c != '\0')
            .ok_or_else(|| near("invalid Unicode escape value", &self.slice(start), start))
    }
}

/// Whether a name can begin with this character.
pub fn begins_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

/// Whether a name can go on with this character.
pub fn continues_name(c: char) -> bool {
    begins_name(c) || c.is_ascii_digit() || c == '$'
}

fn bad_bytes(bytes: &[u8]) -> Failure {
    let shown: Vec<String> = bytes.iter().map(|byte| format!("0x{byte:02x}")).collect();
    let message = format!("invalid byte sequence for encoding \"UTF8\": {}", shown.join(" "));
    SqlError::new(sqlstate::CHARACTER_NOT_IN_REPERTOIRE, message).into()
}

/// sqlparser's tokens of a text, with character indexes counted from `offset`. After an error there are simply no more.
fn pieces(text: &str, offset: usize) -> Vec<Piece> {
    let mut spans = Vec::new();
    // The error is of no use: what could not be read is looked at by our own rules.
    let _ = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize_with_location_into_buf(&mut spans);
    let mut lines = vec![offset];
    lines.extend(text.chars().enumerate().filter(|(_, c)| *c == '\n').map(|(i, _)| offset + i + 1));
    let index = |line: u64, column: u64| lines[line as usize - 1] + column as usize - 1;
    spans
        .into_iter()
        .map(|spanned| Piece {
            start: index(spanned.span.start.line, spanned.span.start.column),
            end: index(spanned.span.end.line, spanned.span.end.column),
            token: spanned.token,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let show = |token: Token| match token.kind {
            Kind::Word(word) => word,
            Kind::Quoted(name) => format!("\"{name}\""),
            Kind::Number(number) => format!("#{number}"),
            Kind::String(string) => format!("'{string}'"),
            Kind::Operator(operator) => operator,
            Kind::Parameter => "$n".to_owned(),
            Kind::Mark(mark) => mark.to_string(),
            Kind::TypeCast => "::".to_owned(),
            Kind::Names => "=>".to_owned(),
            Kind::Stray => "stray".to_owned(),
            Kind::End => "end".to_owned(),
            Kind::Bad(failure) => format!("{failure}"),
        };
        lex(text).into_iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn operators_are_cut_as_postgresql_cuts_them() {
        assert_eq!(shown("1<-1"), "#1 < - #1 end");
        assert_eq!(shown("1 @- 1"), "#1 @- #1 end");
        assert_eq!(shown("a<->b!~~c*-d"), "a <-> b !~~ c * - d end");
        assert_eq!(shown("a!=b<>c>=-d"), "a <> b <> c >= - d end");
        assert_eq!(shown("1 @--comment\n2"), "#1 @ #2 end");
        assert_eq!(shown("2*/*x/*y*/z*/3"), "#2 * #3 end");
        assert_eq!(shown("a::int:=b=>c"), "a :: int => b => c end");
        assert_eq!(shown("- -1 + -x"), "- - #1 + - x end");
    }

    #[test]
    fn numbers_are_read_as_in_version_15() {
        assert_eq!(shown("1.e5 .5 1. 1e-3 1..2"), "#1.e5 #.5 #1. #1e-3 #1 stray #2 end");
        let junk =
            |text: &str| format!("trailing junk after numeric literal at or near \"{text}\"");
        for text in ["1_000", "123abc", "1e", "1.5e+", "0x1F", "5L"] {
            assert_eq!(shown(text), junk(text));
        }
        assert_eq!(shown("$1 $1a"), "$n trailing junk after parameter at or near \"$1a\"");
    }

    #[test]
    fn strings_know_escapes_dollars_and_continuations() {
        assert_eq!(shown("'it''s' '\\'"), "'it's' '\\' end");
        assert_eq!(shown("'a' -- c\n 'b' 'c'"), "'ab' 'c' end");
        assert_eq!(shown(r"E'a\'b\x41\101\u0041\n'"), "'a'bAAA\n' end");
        assert_eq!(shown("$$a$b$$ $q$ $$ $q$"), "'a$b' ' $$ ' end");
        assert_eq!(shown(r"E'\xc3\xa9'"), "'é' end");
        assert_eq!(shown(r"E'\xff'"), "invalid byte sequence for encoding \"UTF8\": 0xff");
        assert_eq!(shown(r"E'\ud83d\ude00'"), "'😀' end");
    }

    #[test]
    fn names_fold_and_are_cut_to_63_bytes() {
        assert_eq!(shown("Ab ÄB \"Ab\"\"c\" n b x u e"), "ab Äb \"Ab\"c\" n b x u e end");
        let long = "é".repeat(40);
        assert_eq!(shown(&long), format!("{} end", "é".repeat(31)));
        assert_eq!(shown("a._b t.*"), "a . _b t . * end");
    }

    #[test]
    fn what_does_not_end_is_an_error_at_its_beginning() {
        let cases = [
            ("select 'abc", "unterminated quoted string at or near \"'abc\""),
            ("select \"abc", "unterminated quoted identifier at or near \"\"abc\""),
            ("select /* x", "unterminated /* comment at or near \"/* x\""),
            ("select $a$ bc", "unterminated dollar-quoted string at or near \"$a$ bc\""),
            ("select e'a", "unterminated quoted string at or near \"e'a\""),
        ];
        for (text, message) in cases {
            let last = lex(text).pop().map(|token| token.kind);
            let Some(Kind::Bad(failure)) = last else { panic!("{text}: {last:?}") };
            assert_eq!(failure.to_sql_error().message, message);
            assert_eq!(failure.to_sql_error().position, Some(8));
        }
    }

    #[test]
    fn positions_count_characters() {
        let starts: Vec<usize> = lex("é 'ü'\n  /* ß */ x").iter().map(Token::position).collect();
        assert_eq!(starts, [1, 3, 17, 18]);
    }
}
