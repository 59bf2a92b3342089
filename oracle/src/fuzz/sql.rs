//! `sql_roundtrip`: what is parsed, printed and parsed again is the same tree.

use std::sync::OnceLock;

use arbitrary::Unstructured;
use spec::error::{Failure, SqlError, sqlstate};
use spec::settings::SERVER_VERSION_NUM;
use spec::sql::ast::Statement;
use spec::sql::positions::Positions;
use spec::sql::split::Splitter;
use spec::sql::{bind, caret, parse, print};

use crate::database::Database;
use crate::generate::{self, Bytes, Palette};
use crate::session::{EngineChoice, Session};

/// The text that the bytes mean: themselves as UTF-8; after a first byte 0, choices of the generator of queries.
pub fn statement_text(bytes: &[u8]) -> String {
    match bytes.split_first() {
        Some((0, choices)) => {
            let mut choices = Bytes(Unstructured::new(choices));
            let tables = generate::database(&mut choices, Palette::All);
            generate::query(&mut choices, &tables, SERVER_VERSION_NUM)
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Parses, prints and parses again, and takes every other way that text can go: split at its semicolons, bound to tables,
/// shown with a caret. [rel.print-parse]
///
/// # Panics
/// If the second tree is another one (positions aside), if printed SQL does not parse (printing adds parentheses: 54001
/// near the limit of depth is permitted), if generated SQL does not parse, or if a message points outside the text.
pub fn sql_roundtrip(bytes: &[u8]) {
    let text = statement_text(bytes);
    let is_generated = bytes.first() == Some(&0);
    let mut splitter = Splitter::new();
    splitter.feed(&text);
    while splitter.next_statement().or_else(|| splitter.finish()).is_some() {}
    let first = match parse::statement(&text) {
        Ok(parsed) => parsed.statement,
        Err(failure) => {
            assert!(!is_generated, "generated SQL does not parse: {failure}\n{text}");
            return show(&text, &failure);
        }
    };
    let printed = print::statement(&first);
    match parse::statement(&printed) {
        Ok(second) => assert_eq!(
            second.statement.without_positions(),
            first.without_positions(),
            "another tree\nread:    {text}\nprinted: {printed}"
        ),
        Err(failure) if too_deep(&failure) => {}
        Err(failure) => panic!("{failure}\nread:    {text}\nprinted: {printed}"),
    }
    if let Statement::Select(query) = &first
        && let Err(failure) = bind::query(query, &database().catalogue)
    {
        show(&text, &failure);
    }
}

fn too_deep(failure: &Failure) -> bool {
    failure.to_sql_error().sqlstate == sqlstate::STATEMENT_TOO_COMPLEX
}

/// Shows a message as people see it.
fn show(text: &str, failure: &Failure) {
    let error: SqlError = failure.to_sql_error();
    let shown = caret::render(text, &error);
    assert!(shown.starts_with("ERROR:  "), "{shown}");
    let end = text.chars().count() + 1;
    let is_inside = error.position.is_none_or(|position| (1..=end).contains(&position));
    assert!(is_inside, "position {:?} of {end}: {error}\n{text}", error.position);
}

/// The tables that texts are bound to.
fn database() -> &'static Database {
    static TABLES: OnceLock<Database> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut session = Session::new(EngineChoice::Parallel);
        for table in [
            "CREATE TABLE t (a integer, b text, c numeric(10,2), d date, e float8, f boolean)",
            "CREATE TABLE u (a bigint, g smallint, h interval, i timestamp, j varchar(5), k char(3))",
        ] {
            session.execute_text(table).expect("these are tables");
        }
        session.database
    })
}
