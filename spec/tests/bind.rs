//! The binder against PostgreSQL 15's own answers.
//!
//! ```text
//! bind/schema.sql   the tables
//! bind/columns.txt  a query a paragraph, then its output columns as `name: type` (psql's \gdesc)
//! bind/errors.txt   a wrong query a paragraph, then `SQLSTATE at POSITION: message`, and the hint if there is one
//! ```
//!
//! Every answer was taken from a live server; a new query comes with the server's answer, never with ours.

use bothways_spec::catalogue::Catalogue;
use bothways_spec::error::Failure;
use bothways_spec::query::Query;
use bothways_spec::sql::ast::Statement;
use bothways_spec::sql::{bind, parse};

/// The tables of `schema.sql`.
fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    for line in include_str!("bind/schema.sql").lines() {
        let parsed = parse::statement(line.trim_end_matches(';')).expect("the schema parses");
        let Statement::CreateTable { name, columns, keys, options, temporary, .. } =
            parsed.statement
        else {
            panic!("the schema has tables only");
        };
        let table = bind::create_table(&name, &columns, &keys, &options, temporary);
        catalogue.put(table.expect("the schema binds"));
    }
    catalogue
}

fn answer(text: &str, catalogue: &Catalogue) -> Result<Query, Failure> {
    match parse::statement(text)?.statement {
        Statement::Select(query) => bind::query(&query, catalogue),
        other => panic!("not a query: {other:?}"),
    }
}

fn columns(text: &str, catalogue: &Catalogue) -> Vec<String> {
    match answer(text, catalogue) {
        Ok(query) => {
            let columns = query.rel.columns.iter();
            columns.map(|c| format!("{}: {}", c.name, c.modifier.describe(c.ty))).collect()
        }
        Err(failure) => vec![shown(&failure)],
    }
}

fn shown(failure: &Failure) -> String {
    let error = failure.to_sql_error();
    format!("{} at {}: {}", error.sqlstate, error.position.unwrap_or(0), error.message)
}

/// The paragraphs of a golden file: a query and the lines under it.
fn paragraphs(text: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()).map(|paragraph| {
        let mut lines = paragraph.lines();
        (lines.next().unwrap_or_default(), lines.map(str::trim).collect())
    })
}

#[test]
fn queries_have_the_columns_that_postgresql_describes() {
    let catalogue = catalogue();
    let mut wrong = vec![];
    for (query, expected) in paragraphs(include_str!("bind/columns.txt")) {
        let found = columns(query, &catalogue);
        if found != expected {
            wrong.push(format!("{query}\n  PostgreSQL {expected:?}\n  bothways   {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn wrong_queries_fail_as_postgresql_says() {
    let catalogue = catalogue();
    let mut wrong = vec![];
    for (query, expected) in paragraphs(include_str!("bind/errors.txt")) {
        let found = match answer(query, &catalogue) {
            Ok(_) => vec!["no error".to_owned()],
            Err(failure) => {
                let hint = failure.to_sql_error().hint.clone();
                let hint = hint.map(|hint| format!("hint: {hint}"));
                [Some(shown(&failure)), hint].into_iter().flatten().collect()
            }
        };
        if found != expected {
            wrong.push(format!("{query}\n  PostgreSQL {expected:?}\n  bothways   {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_postgresql_accepts_and_we_do_not_know_is_unsupported() {
    let catalogue = catalogue();
    for (query, expected) in paragraphs(include_str!("bind/unsupported.txt")) {
        assert_eq!(columns(query, &catalogue), expected, "{query}");
    }
}

/// The rows of an INSERT, or its error.
fn insert(text: &str, catalogue: &Catalogue) -> String {
    let Statement::Insert { table, columns, query, .. } =
        parse::statement(text).expect("the INSERT parses").statement
    else {
        panic!("not an INSERT: {text}");
    };
    let table = catalogue.table(&table.name).expect("the table exists");
    match bind::insert_rows(&query, table, &columns, catalogue) {
        Ok(query) => {
            let types = query.rel.columns.iter().map(|column| column.ty);
            assert!(types.eq(table.columns.iter().map(|column| column.ty)), "{text}");
            "rows".to_owned()
        }
        Err(failure) => shown(&failure),
    }
}

#[test]
fn inserted_rows_are_rows_of_the_table() {
    let catalogue = catalogue();
    for text in [
        "insert into s values (1, 'x', 2, 3)",
        "insert into s values (1)",
        "insert into s (x, a) values ('x', '1'), (null, 2.6)",
        "insert into s default values",
        "insert into s select a, b, h from t",
        "insert into s (c, x) select '1.5', 'x' limit 1",
        "insert into s (x) select a from t",
        "insert into u with w as (select 1 as z) select z, z from w",
    ] {
        assert_eq!(insert(text, &catalogue), "rows", "{text}");
    }
}

#[test]
fn wrong_inserts_fail_as_postgresql_says() {
    let catalogue = catalogue();
    for (text, expected) in [
        (
            "insert into s values (1, 2, 3, 4, 5)",
            "42601 at 35: INSERT has more expressions than target columns",
        ),
        (
            "insert into s (a, x) values (1)",
            "42601 at 19: INSERT has more target columns than expressions",
        ),
        (
            "insert into s (a, a) values (1, 2)",
            "42701 at 19: column \"a\" specified more than once",
        ),
        (
            "insert into s (zz) values (1)",
            "42703 at 16: column \"zz\" of relation \"s\" does not exist",
        ),
        (
            "insert into s (a) values ('x')",
            "22P02 at 27: invalid input syntax for type integer: \"x\"",
        ),
        (
            "insert into s (a) values (1), ('x'::text)",
            "42804 at 32: column \"a\" is of type integer but expression is of type text",
        ),
        (
            "insert into s (a) select b from t",
            "42804 at 26: column \"a\" is of type integer but expression is of type text",
        ),
        (
            "insert into s (y) select '1' union select '2'",
            "42804 at 26: column \"y\" is of type bigint but expression is of type text",
        ),
        (
            "insert into s (a, x) values (1, 2), (3)",
            "42601 at 38: VALUES lists must all be the same length",
        ),
    ] {
        assert_eq!(insert(text, &catalogue), expected, "{text}");
    }
}
