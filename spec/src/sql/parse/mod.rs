//! Tokens → syntax tree, by recursive descent over PostgreSQL 15's grammar (`src/backend/parser/gram.y`).
//!
//! ```text
//! statement(text)    one statement, with or without its semicolon
//! expression(text)   one expression
//!
//! statement.rs   which statement; settings, EXPLAIN
//! session.rs     transactions, prepared statements, cursors
//! define.rs      CREATE TABLE, CREATE INDEX, DROP, ANALYZE
//! modify.rs      UPDATE, DELETE, TRUNCATE, ALTER TABLE, CREATE VIEW
//! load.rs        INSERT, COPY
//! query.rs       WITH, set operations, SELECT, ORDER BY, LIMIT
//! from.rs        FROM: tables, sub-queries, joins
//! expr.rs        operators and their precedence
//! primary.rs     what operators stand between: literals, names, calls, CASE, …
//! special.rs     calls with a syntax of their own: EXTRACT, SUBSTRING, TRIM, …
//! types.rs       type names and their modifiers
//! ```
//!
//! A text that PostgreSQL refuses is refused with its message at its position; what PostgreSQL takes and the tree
//! cannot say is [`Unsupported`], at the construct. The tree is at most [`DEPTH_LIMIT`] levels high, so that every walk
//! over it may recurse; beyond is `54001`. [error.depth]

mod define;
mod expr;
mod from;
mod load;
mod modify;
mod primary;
mod query;
mod routine;
mod session;
mod special;
mod statement;
mod types;

use super::ast::{Expr, Ident, ParameterMeaning, Parsed, Position};
use super::keyword::{Category, category, may_be_bare_label};
use super::lex::{Kind, Token, lex, near};
use crate::error::{Failure, SqlError, SqlState, Unsupported, sqlstate};

/// How many levels a statement may nest. PostgreSQL's own limit is the size of its stack, which is some thousands.
pub const DEPTH_LIMIT: usize = 400;

/// What parsing gives.
type Result<T> = std::result::Result<T, Failure>;

/// Reads one statement. Blanks before it, and semicolons and blanks after it, do not belong to it; positions, in errors too,
/// count from its first character.
pub fn statement(text: &str) -> Result<Parsed> {
    statement_with(text, &[])
}

/// Reads one statement whose parameters `$1`, `$2`, … mean these; those beyond mean what the text says: nothing, or in
/// PREPARE some value. [rel.parameter]
pub fn statement_with(text: &str, parameters: &[ParameterMeaning]) -> Result<Parsed> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
    let mut parser = Parser { parameters: parameters.to_vec(), ..Parser::new(text) };
    let statement = parser.statement()?;
    let end = parser.tokens[..parser.at].last().map_or(0, |token| token.end);
    while parser.accept_mark(';') {}
    match parser.kind() {
        Kind::End => {}
        _ if parser.at > 0 && parser.tokens[parser.at - 1].kind == Kind::Mark(';') => {
            return Err(parser.unsupported("several statements in one"));
        }
        _ => return Err(parser.unexpected()),
    }
    if let Some(failure) = parser.late {
        return Err(failure);
    }
    Ok(Parsed { statement, text: text.chars().take(end).collect() })
}

/// Reads one expression, as it may stand in a SELECT list.
pub fn expression(text: &str) -> Result<Expr> {
    let mut parser = Parser::new(text);
    let expr = parser.expr()?;
    if *parser.kind() != Kind::End {
        return Err(parser.unexpected());
    }
    match parser.late {
        Some(failure) => Err(failure),
        None => Ok(expr),
    }
}

/// The tokens of a text, a place among them, and how deep the tree is there.
struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    /// For each token that opens a parenthesis, the token that closes it.
    closing: Vec<Option<usize>>,
    at: usize,
    /// How many levels are above the place.
    depth: usize,
    /// How high the highest tree is that was completed at this level.
    height: usize,
    /// The first error that PostgreSQL finds only after parsing: any syntax error comes before it.
    late: Option<Failure>,
    /// What the parameters `$1`, `$2`, … mean, as far as known.
    parameters: Vec<ParameterMeaning>,
    /// Whether the place is inside PREPARE, where there are more parameters.
    preparing: bool,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Parser<'a> {
        let tokens = lex(text);
        let mut closing = vec![None; tokens.len()];
        let mut open = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            match token.kind {
                Kind::Mark('(') => open.push(at),
                Kind::Mark(')') => {
                    if let Some(opened) = open.pop() {
                        closing[opened] = Some(at);
                    }
                }
                _ => {}
            }
        }
        let (parameters, preparing) = (Vec::new(), false);
        Parser {
            text,
            tokens,
            closing,
            at: 0,
            depth: 0,
            height: 0,
            late: None,
            parameters,
            preparing,
        }
    }

    // Tokens

    fn kind(&self) -> &Kind {
        self.kind_after(0)
    }

    /// The kind of the token so many places on; beyond the end it is the last one.
    fn kind_after(&self, ahead: usize) -> &Kind {
        self.kind_at(self.at + ahead)
    }

    fn kind_at(&self, at: usize) -> &Kind {
        &self.tokens[at.min(self.tokens.len() - 1)].kind
    }

    fn position(&self) -> Position {
        self.tokens[self.at].position()
    }

    fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    fn word(&self) -> Option<&str> {
        self.word_after(0)
    }

    fn word_after(&self, ahead: usize) -> Option<&str> {
        match self.kind_after(ahead) {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    fn is(&self, word: &str) -> bool {
        self.word() == Some(word)
    }

    fn is_one_of(&self, words: &[&str]) -> bool {
        self.word().is_some_and(|word| words.contains(&word))
    }

    /// Whether these words come next.
    fn are(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(ahead, word)| self.word_after(ahead) == Some(word))
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = self.is(word);
        if found {
            self.advance();
        }
        found
    }

    /// Takes these words if all of them come next.
    fn accept_all(&mut self, words: &[&str]) -> bool {
        let found = self.are(words);
        if found {
            words.iter().for_each(|_| self.advance());
        }
        found
    }

    fn expect(&mut self, word: &str) -> Result<()> {
        if self.accept(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn is_mark(&self, mark: char) -> bool {
        self.is_mark_after(0, mark)
    }

    fn is_mark_after(&self, ahead: usize, mark: char) -> bool {
        *self.kind_after(ahead) == Kind::Mark(mark)
    }

    fn accept_mark(&mut self, mark: char) -> bool {
        let found = self.is_mark(mark);
        if found {
            self.advance();
        }
        found
    }

    fn expect_mark(&mut self, mark: char) -> Result<()> {
        if self.accept_mark(mark) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn is_operator_after(&self, ahead: usize, operator: &str) -> bool {
        matches!(self.kind_after(ahead), Kind::Operator(found) if found == operator)
    }

    fn is_operator(&self, operator: &str) -> bool {
        self.is_operator_after(0, operator)
    }

    fn accept_operator(&mut self, operator: &str) -> bool {
        let found = self.is_operator(operator);
        if found {
            self.advance();
        }
        found
    }

    /// A string constant.
    fn string(&mut self) -> Result<String> {
        let Kind::String(string) = self.kind() else { return Err(self.unexpected()) };
        let string = string.clone();
        self.advance();
        Ok(string)
    }

    // Names

    /// The name here if its class is among the allowed ones (`None` is no key word), not taken yet.
    fn name_if(&self, allowed: impl Fn(Option<Category>) -> bool) -> Option<Ident> {
        let name = match self.kind() {
            Kind::Quoted(name) => name,
            Kind::Word(word) if allowed(category(word)) => word,
            _ => return None,
        };
        Some(Ident { name: name.clone(), position: self.position() })
    }

    fn name(&mut self, allowed: impl Fn(Option<Category>) -> bool) -> Result<Ident> {
        let name = self.name_if(allowed).ok_or_else(|| self.unexpected())?;
        self.advance();
        Ok(name)
    }

    /// The name of a column, a table or an alias (`ColId`).
    fn column_name(&mut self) -> Result<Ident> {
        self.name(names_column)
    }

    /// A name after AS or a point: any word (`ColLabel`).
    fn label(&mut self) -> Result<Ident> {
        self.name(|_| true)
    }

    /// An output label without AS, if there is one (`BareColLabel`).
    fn bare_label(&mut self) -> Option<Ident> {
        let name = match self.kind() {
            Kind::Quoted(name) => name,
            Kind::Word(word) if may_be_bare_label(word) => word,
            _ => return None,
        };
        let label = Ident { name: name.clone(), position: self.position() };
        self.advance();
        Some(label)
    }

    /// `name` or `schema.name`; the schema must be `public` or `pg_catalog`, and is forgotten.
    fn qualified_name(&mut self) -> Result<Ident> {
        let mut parts = vec![self.column_name()?];
        while self.accept_mark('.') {
            parts.push(self.label()?);
        }
        unqualified(parts)
    }

    /// `item, item, …`.
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.accept_mark(',') {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `(name, name, …)`.
    fn column_list(&mut self) -> Result<Vec<Ident>> {
        self.expect_mark('(')?;
        let columns = self.list(Parser::column_name)?;
        self.expect_mark(')')?;
        Ok(columns)
    }

    /// The same where it may be missing.
    fn optional_column_list(&mut self) -> Result<Vec<Ident>> {
        if self.is_mark('(') { self.column_list() } else { Ok(Vec::new()) }
    }

    // Errors

    /// The syntax error of a token that cannot stand where it stands.
    fn unexpected(&self) -> Failure {
        let token = &self.tokens[self.at];
        match &token.kind {
            Kind::Bad(failure) => failure.clone(),
            Kind::End => {
                let message = "syntax error at end of input";
                SqlError::new(sqlstate::SYNTAX_ERROR, message).at(token.position()).into()
            }
            _ => near("syntax error", &self.token_text(), token.start),
        }
    }

    /// Keeps an error for the end of the statement.
    fn fail_late(&mut self, state: SqlState, message: impl Into<String>, position: Position) {
        self.late.get_or_insert_with(|| sql_error(state, message, position));
    }

    /// The text of the token here, as written.
    fn token_text(&self) -> String {
        let token = &self.tokens[self.at];
        self.text.chars().skip(token.start).take(token.end - token.start).collect()
    }

    /// Outside the subset, here. A scanner's error here comes first.
    fn unsupported(&self, feature: impl Into<std::borrow::Cow<'static, str>>) -> Failure {
        match self.kind() {
            Kind::Bad(failure) => failure.clone(),
            _ => unsupported_at(feature, self.position()),
        }
    }

    // Depth

    /// Goes down so many levels; gives what [`Parser::leave`] needs.
    fn enter(&mut self, levels: usize) -> Result<usize> {
        let outer = std::mem::take(&mut self.height);
        self.depth += levels;
        if self.depth > DEPTH_LIMIT { Err(too_deep()) } else { Ok(outer) }
    }

    fn leave(&mut self, levels: usize, outer: usize) {
        self.depth -= levels;
        self.height = outer.max(self.height + levels);
    }

    /// Puts a node on top of the trees of this level.
    fn grow(&mut self) -> Result<()> {
        self.height += 1;
        if self.depth + self.height > DEPTH_LIMIT { Err(too_deep()) } else { Ok(()) }
    }
}

fn too_deep() -> Failure {
    SqlError::new(sqlstate::STATEMENT_TOO_COMPLEX, "stack depth limit exceeded")
        .detail(format!("A statement may nest {DEPTH_LIMIT} levels."))
        .into()
}

fn unsupported_at(
    feature: impl Into<std::borrow::Cow<'static, str>>,
    position: Position,
) -> Failure {
    Unsupported::new(feature).at(position).into()
}

fn sql_error(state: SqlState, message: impl Into<String>, position: Position) -> Failure {
    SqlError::new(state, message.into()).at(position).into()
}

/// Whether words of this class name columns and tables.
fn names_column(category: Option<Category>) -> bool {
    matches!(category, None | Some(Category::Unreserved | Category::ColumnName))
}

/// Whether words of this class name functions and types.
fn names_function(category: Option<Category>) -> bool {
    matches!(category, None | Some(Category::Unreserved | Category::TypeOrFunctionName))
}

/// The last part of a qualified name, at the place of the first, as PostgreSQL points.
fn unqualified(mut parts: Vec<Ident>) -> Result<Ident> {
    let position = parts[0].position;
    let name = parts.pop().map(|last| last.name).unwrap_or_default();
    match parts.as_slice() {
        [] => Ok(Ident { name, position }),
        [schema] if schema.name == "public" || schema.name == "pg_catalog" => {
            Ok(Ident { name, position })
        }
        [_] => Err(unsupported_at("schemas other than public", position)),
        _ => Err(unsupported_at("names with a database", position)),
    }
}

#[cfg(test)]
mod tests;
