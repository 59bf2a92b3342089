//! The format of scripts: sqllogictest's, row by row.
//!
//! ```text
//! statement ok               statement error 22012         query IT rowsort
//! CREATE TABLE t (a int)     SELECT 1 / 0                  SELECT a, b FROM t
//!                                                          ----
//!                                                          1<tab>one
//! ```
//!
//! A record ends at an empty line. Comments begin with `#`. `onlyif postgres`, `skipif reference` and
//! `skipif parallel` before a record: this engine does not know the feature yet. Types: `I` integers, `R` numeric and floats, `B` boolean, `D` dates and timestamps,
//! `T` everything else. NULL is `NULL`, the empty string `(empty)`. The lines of a COPY FROM STDIN follow its first line.

use std::fmt::Write;

/// One record.
#[derive(Clone, Debug)]
pub struct Record {
    /// Where it begins, from 1.
    pub line: usize,
    /// Comments and empty lines before it.
    pub before: Vec<String>,
    /// Conditions, as `skipif parallel`.
    pub conditions: Vec<String>,
    /// A query, or a statement whose rows do not matter.
    pub is_query: bool,
    /// Whether the rows are sorted before they are compared.
    pub sorted: bool,
    /// The statement.
    pub sql: String,
    /// What must come.
    pub expected: Answer,
}

impl Record {
    /// Whether this engine (`reference`, `parallel` or `postgres`) is to answer it.
    pub fn is_for(&self, engine: &str) -> bool {
        self.conditions.iter().all(|condition| match condition.split_once(' ') {
            Some(("onlyif", only)) => only == engine,
            Some((_, skipped)) => skipped != engine,
            None => true,
        })
    }
}

/// What a statement answers: rows as text, or an error by its SQLSTATE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The letters of the columns' types, and a line per row.
    Rows(String, Vec<String>),
    /// A SQLSTATE.
    Error(String),
}

impl Answer {
    /// A line per row from fields; NULL is `None`.
    pub fn of(types: String, rows: impl IntoIterator<Item = Vec<Option<String>>>) -> Answer {
        let field = |field: Option<String>| match field.as_deref() {
            None => "NULL".to_owned(),
            Some("") => "(empty)".to_owned(),
            Some(text) => text.replace('\n', "\\n").replace('\t', "\\t"),
        };
        let line = |row: Vec<_>| row.into_iter().map(field).collect::<Vec<_>>().join("\t");
        Answer::Rows(types, rows.into_iter().map(line).collect())
    }

    /// The same with its rows in the order of their text.
    pub fn sorted(mut self) -> Answer {
        if let Answer::Rows(_, rows) = &mut self {
            rows.sort();
        }
        self
    }
}

/// Reads a script.
///
/// # Panics
/// At a record that begins with an unknown word: a script is part of the test.
pub fn parse(text: &str) -> Vec<Record> {
    let mut lines = text.lines().enumerate().peekable();
    let (mut records, mut before) = (Vec::new(), Vec::new());
    let mut conditions = Vec::new();
    while let Some((number, line)) = lines.next() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (is_query, expected) = match words[..] {
            [] => (false, None),
            _ if line.starts_with('#') => (false, None),
            ["onlyif", "postgres"] | ["skipif", "reference" | "parallel"] => {
                conditions.push(line.to_owned());
                continue;
            }
            ["statement", "ok"] => (false, Some(Answer::Rows(String::new(), vec![]))),
            ["statement", "error", state] => (false, Some(Answer::Error(state.into()))),
            ["query", types, ..] => (true, Some(Answer::Rows(types.into(), vec![]))),
            _ => panic!("line {}: not the beginning of a record: {line}", number + 1),
        };
        let Some(mut expected) = expected else {
            before.push(line.to_owned());
            continue;
        };
        let sorted = words.last() == Some(&"rowsort");
        let mut sql = Vec::new();
        while let Some((_, line)) = lines.next_if(|(_, line)| !line.is_empty() && *line != "----") {
            sql.push(line);
        }
        if let Answer::Rows(_, rows) = &mut expected {
            lines.next_if(|(_, line)| *line == "----");
            while let Some((_, line)) = lines.next_if(|(_, line)| !line.is_empty()) {
                rows.push(line.to_owned());
            }
        }
        records.push(Record {
            line: number + 1,
            before: std::mem::take(&mut before),
            conditions: std::mem::take(&mut conditions),
            is_query,
            sorted,
            sql: sql.join("\n"),
            expected,
        });
    }
    records
}

/// The text of a script.
pub fn print(records: &[Record]) -> String {
    let mut text = String::new();
    for record in records {
        for line in record.before.iter().chain(&record.conditions) {
            text += &format!("{line}\n");
        }
        let sql = &record.sql;
        let _ = match &record.expected {
            Answer::Error(state) => writeln!(text, "statement error {state}\n{sql}"),
            Answer::Rows(types, rows) if record.is_query && !types.is_empty() => {
                let sort = if record.sorted { " rowsort" } else { "" };
                let rows: String = rows.iter().map(|row| format!("{row}\n")).collect();
                write!(text, "query {types}{sort}\n{sql}\n----\n{rows}")
            }
            Answer::Rows(..) => writeln!(text, "statement ok\n{sql}"),
        };
    }
    text
}
