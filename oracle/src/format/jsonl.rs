//! JSON lines: a stable machine interface, one object a statement.
//!
//! ```json
//! {"statement":1,"sql":"…","ok":true,"tag":"SELECT 2","columns":[{"name":"x","type":"bigint"}],"rows":[["1",null]],"elapsed_ms":0.4}
//! {"statement":2,"sql":"…","ok":false,"sqlstate":"42703","message":"column \"y\" does not exist","position":8}
//! ```

use serde::Serialize;

use spec::error::SqlError;
use spec::outcome::OutputColumn;

use super::field;
use crate::session::Reply;

/// A statement that succeeded. Fields are in this order; `columns` and `rows` come with an answer only, `verdict` only
/// if both engines answered.
#[derive(Serialize)]
struct Success<'a> {
    statement: usize,
    sql: &'a str,
    ok: bool,
    tag: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<Vec<Column<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<Vec<Option<String>>>>,
    elapsed_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<String>,
}

#[derive(Serialize)]
struct Column<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    ty: &'static str,
}

impl<'a> Column<'a> {
    fn of(column: &'a OutputColumn) -> Column<'a> {
        Column { name: &column.name, ty: column.ty.name() }
    }
}

/// A statement that failed.
#[derive(Serialize)]
struct Failed<'a> {
    statement: usize,
    sql: &'a str,
    ok: bool,
    sqlstate: String,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
}

/// A reply as one line.
pub fn reply_line(statement: usize, sql: &str, reply: &Reply) -> String {
    let columns =
        reply.rows.as_ref().map(|rows| rows.columns.iter().map(Column::of).collect::<Vec<_>>());
    let text = |value: &spec::Value| (!value.is_null()).then(|| field(value));
    let rows = reply.rows.as_ref().map(|rows| {
        rows.rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>()).collect::<Vec<_>>()
    });
    let elapsed_ms = (reply.elapsed.as_secs_f64() * 1e6).round() / 1e3;
    let verdict = reply.verdict.as_ref().map(ToString::to_string);
    let tag = &reply.tag;
    line(&Success { statement, sql, ok: true, tag, columns, rows, elapsed_ms, verdict })
}

/// An error as one line.
pub fn error_line(statement: usize, sql: &str, error: &SqlError) -> String {
    line(&Failed {
        statement,
        sql,
        ok: false,
        sqlstate: error.sqlstate.to_string(),
        message: &error.message,
        detail: error.detail.as_deref(),
        hint: error.hint.as_deref(),
        position: error.position,
    })
}

fn line(object: &impl Serialize) -> String {
    serde_json::to_string(object).expect("strings and numbers serialise") + "\n"
}
