//! Precedence, positions, errors and depth; the messages and positions are those of a live PostgreSQL 15.

use super::super::ast::{ExprKind, Statement};
use super::super::positions::leftmost;
use super::super::print;
use super::*;

fn shown(text: &str) -> String {
    match expression(text) {
        Ok(expr) => print::expr(&expr),
        Err(failure) => format!("{failure}"),
    }
}

fn position(text: &str) -> usize {
    expression(text).expect(text).position
}

#[test]
fn operators_bind_as_the_table_of_the_manual_says() {
    let cases = [
        ("-2 ^ 2", "(- 2) ^ 2"),
        ("2 ^ 3 ^ 2", "(2 ^ 3) ^ 2"),
        ("- 1::int", "- CAST(1 AS integer)"),
        ("a + b * c ^ d", "a + (b * (c ^ d))"),
        ("a - b - c", "(a - b) - c"),
        ("a * b % c / d", "((a * b) % c) / d"),
        ("a || b + c", "a || (b + c)"),
        ("@ a + b", "@ (a + b)"),
        ("- a || b", "(- a) || b"),
        ("@ a || b", "(@ a) || b"),
        ("a < b || c", "a < (b || c)"),
        ("a = b IS NULL", "(a = b) IS NULL"),
        ("a IS NULL = b", "(a IS NULL) = b"),
        ("a LIKE b || c = d", "(a LIKE (b || c)) = d"),
        ("a BETWEEN b AND c AND d", "(a BETWEEN b AND c) AND d"),
        ("a BETWEEN b = c AND d", "a BETWEEN (b = c) AND d"),
        ("NOT a = b", "NOT (a = b)"),
        ("NOT a IS NULL", "NOT (a IS NULL)"),
        ("NOT a AND b OR c AND d", "((NOT a) AND b) OR (c AND d)"),
        ("a = NOT b = c", "a = (NOT (b = c))"),
        ("a IS DISTINCT FROM b < c", "a IS DISTINCT FROM (b < c)"),
        ("a IN (1) IN (b)", "(a IN (1)) IN (b)"),
        ("a != b", "a <> b"),
        ("a NOT LIKE b AND c", "(a NOT LIKE b) AND c"),
        ("a::int::text || b", "CAST(CAST(a AS integer) AS text) || b"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn brackets_go_on_unless_they_are_in_parentheses() {
    let cases = [
        ("a[1][2]", "a[1][2]"),
        ("(a[1])[2]", "(a[1])[2]"),
        ("a[1:2]", "a[1:2]"),
        ("a[:i + 1][2:][:]", "a[:i + 1][2:][:]"),
        ("a[3][:2][i]", "a[1:3][:2][1:i]"),
        ("(a[:2])[1]", "(a[:2])[1]"),
        ("(a || b)[2:]", "(a || b)[2:]"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
        assert_eq!(shown(expected), expected);
    }
    for (text, near, at) in [("a[1 2]", "2", 5), ("a[]", "]", 3), ("1[1]", "[", 2)] {
        let error = expression(text).expect_err(text).to_sql_error();
        assert_eq!(error.message, format!("syntax error at or near \"{near}\""));
        assert_eq!(error.position, Some(at), "{text}");
    }
}

#[test]
fn comparisons_do_not_associate() {
    for (text, near, at) in [
        ("1 < 2 < 3", "<", 7),
        ("a = b <> c", "<>", 7),
        ("a LIKE b LIKE c", "LIKE", 10),
        ("a BETWEEN 1 AND 2 BETWEEN 3 AND 4", "BETWEEN", 19),
        ("a IS DISTINCT FROM b IS NULL", "IS", 22),
    ] {
        let error = expression(text).expect_err(text).to_sql_error();
        assert_eq!(error.message, format!("syntax error at or near \"{near}\""));
        assert_eq!(error.position, Some(at), "{text}");
    }
}

#[test]
fn chains_of_and_are_one_node() {
    let count = |text: &str| match expression(text).expect(text).kind {
        ExprKind::And(operands) => operands.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(count("a AND b AND c"), 3);
    assert_eq!(count("(a AND b) AND c"), 3);
    assert_eq!(count("a AND (b AND c)"), 2);
}

#[test]
fn an_operator_is_where_it_stands_and_anything_else_where_it_begins() {
    assert_eq!(position("é + b"), 3);
    assert_eq!(position("  a.b"), 3);
    assert_eq!(position("a NOT IN (1)"), 3);
    assert_eq!(position("a BETWEEN 1 AND 2"), 3);
    assert_eq!(position("a::int"), 2);
    assert_eq!(position("cast(a as int)"), 1);
    assert_eq!(position("(a + b) * c"), 9);
    assert_eq!(position("- a"), 1);
    assert_eq!(position("a + b IS NULL"), 1);
    assert_eq!(position("a AND b AND c"), 3);
    assert_eq!(leftmost(&expression("(aa + b) * c").expect("an expression")), 2);
}

#[test]
fn syntax_errors_are_where_postgresql_has_them() {
    let end = "syntax error at end of input";
    let near = |text: &str| format!("syntax error at or near \"{text}\"");
    let cases = [
        ("select 1 +", end.to_owned(), 11),
        ("select 1 + ;", near(";"), 12),
        ("select 'a' 'b'", near("'b'"), 12),
        ("foo bar", near("foo"), 1),
        ("select * from ((select 1) x)", near(")"), 28),
        ("select 1 a B C", near("B"), 12),
        ("select distinct from t", near("from"), 17),
        ("select 1 limit 1, 2", "LIMIT #,# syntax is not supported".to_owned(), 10),
        ("select left from t", near("from"), 13),
        ("select a from a join b", end.to_owned(), 23),
        ("insert into x (a) default values", near("default"), 19),
        ("create table x (a int,)", near(")"), 23),
        ("explain explain select 1", near("explain"), 9),
        ("select a 'b' 'c'", near("'c'"), 14),
        ("select 1 order by a nulls", near("nulls"), 21),
        ("select \u{e9} + , 'abc", near(","), 12),
    ];
    for (text, message, at) in cases {
        let error = statement(text).expect_err(text).to_sql_error();
        assert_eq!(
            (error.message.as_ref(), error.position),
            (message.as_str(), Some(at)),
            "{text}"
        );
        assert_eq!(error.sqlstate, sqlstate::SYNTAX_ERROR);
    }
}

#[test]
fn types_are_checked_after_the_syntax() {
    let cases = [
        ("create table x (a foo)", "42704", "type \"foo\" does not exist", 19),
        (
            "create table x (a numeric(0))",
            "22023",
            "NUMERIC precision 0 must be between 1 and 1000",
            19,
        ),
        (
            "create table x (a varchar(0))",
            "22023",
            "length for type varchar must be at least 1",
            19,
        ),
        (
            "create table x (a text(3))",
            "42601",
            "type modifier is not allowed for type \"text\"",
            19,
        ),
        ("select 1::float(0)", "22023", "precision for type float must be at least 1 bit", 17),
        (
            "create table x (a int primary key, primary key (a))",
            "42P16",
            "multiple primary keys for table \"x\" are not allowed",
            36,
        ),
        (
            "create table x (a int null not null)",
            "42601",
            "conflicting NULL/NOT NULL declarations for column \"a\" of table \"x\"",
            28,
        ),
        (
            "create table x (a int, primary key (b))",
            "42703",
            "column \"b\" named in key does not exist",
            24,
        ),
    ];
    for (text, state, message, at) in cases {
        let error = statement(text).expect_err(text).to_sql_error();
        assert_eq!(error.sqlstate.as_str(), state);
        assert_eq!((error.message.as_ref(), error.position), (message, Some(at)), "{text}");
    }
}

#[test]
fn what_is_outside_the_subset_says_what_and_where() {
    let cases = [
        ("update t set a = 1 from u", "FROM clauses of UPDATE", 20),
        ("delete from t using u", "USING clauses of DELETE", 15),
        (
            "update t set (a, b) = (select 1, 2)",
            "assignments of a sub-query to several columns",
            23,
        ),
        ("create view v with (x) as select 1", "options of views", 15),
        ("alter table t add a int", "other forms of ALTER TABLE", 1),
        ("alter view v rename to w", "ALTER VIEW statements", 1),
        ("declare c binary cursor for select 1", "BINARY cursors", 11),
        ("select sum(a) over () from t", "window functions", 15),
        ("select array(select 1)", "arrays of the rows of a sub-query", 8),
        ("select a collate \"C\"", "COLLATE clauses", 10),
        ("select distinct on (a) a from t", "DISTINCT ON clauses", 17),
        ("with recursive x as (select 1) select 1", "recursive queries", 6),
        ("select * from a, lateral (select 1) x", "LATERAL items", 18),
        ("select a from t group by rollup (a)", "grouping sets", 26),
        ("select a from t for update", "row locks", 17),
        ("select a from s.t", "schemas other than public", 15),
        ("select 1::json", "values of type json", 11),
        ("set role none", "SET ROLE statements", 5),
        ("create table t (a int default 1)", "DEFAULT values", 23),
    ];
    for (text, feature, at) in cases {
        match statement(text) {
            Err(Failure::Unsupported(what)) => {
                assert_eq!((what.feature.as_ref(), what.position), (feature, Some(at)), "{text}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

/// Texts that nest so many levels, each in another way.
fn nested(levels: usize) -> Vec<String> {
    let both = |open: &str, close: &str| {
        format!("select {}1{}", open.repeat(levels), close.repeat(levels))
    };
    vec![
        both("(", ")"),
        both("- ", ""),
        both("not ", ""),
        both("f(", ")"),
        both("(select ", ")"),
        both("case when ", " then 1 end"),
        both("exists(select ", ")"),
        both("1 in (1, ", ")"),
        both("", " + 1"),
        both("", "::int"),
        both("1 between (", ") and 1"),
        both("coalesce(", ", 1)"),
        both("1 || (", ")"),
        both("row(", ")"),
        format!("select 1{}", " union select 1".repeat(levels)),
        format!("select * from t{}", " cross join t".repeat(levels)),
        format!("select * from {}t{}", "(t cross join ".repeat(levels), ")".repeat(levels)),
        format!("select * from {}t{}", "t join ".repeat(levels), " on true".repeat(levels)),
        format!("select * from {}select 1{} x", "(".repeat(levels), ")".repeat(levels)),
        format!("select * from {}t{}", "(select * from ".repeat(levels), ") x".repeat(levels)),
        format!("{}select 1{}", "(".repeat(levels), ")".repeat(levels)),
        format!("{}select 1{}", "with x as (".repeat(levels), ") select 1".repeat(levels)),
        format!("select * from t where a in {}1{}", "(select ".repeat(levels), ")".repeat(levels)),
    ]
}

#[test]
fn a_small_stack_is_enough_for_every_depth() {
    let work = || {
        for levels in [10, 60, 90, 130, 190, 260, 330, 390, 20_000] {
            for text in nested(levels) {
                match statement(&text) {
                    Ok(parsed) => {
                        // The printed text has more parentheses, so it may be too deep where this was not.
                        let printed = statement(&print::statement(&parsed.statement));
                        let state = printed.map_err(|failure| failure.to_sql_error().sqlstate);
                        let too_deep = sqlstate::STATEMENT_TOO_COMPLEX;
                        assert!(state.is_ok() || state == Err(too_deep), "{text:.60}");
                    }
                    Err(failure) => {
                        let error = failure.to_sql_error();
                        assert_eq!(error.sqlstate, sqlstate::STATEMENT_TOO_COMPLEX, "{text:.60}");
                        assert!(levels > 60, "{text:.60}");
                    }
                }
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work);
    thread.expect("a thread").join().expect("no overflow");
}

#[test]
fn the_limit_of_depth_is_54001() {
    let deep =
        |levels: usize| statement(&format!("select {}1{}", "(".repeat(levels), ")".repeat(levels)));
    assert!(deep(380).is_ok());
    let error = deep(600).expect_err("too deep").to_sql_error();
    assert_eq!(error.sqlstate, sqlstate::STATEMENT_TOO_COMPLEX);
    assert_eq!(error.message, "stack depth limit exceeded");
}

#[test]
fn long_chains_of_and_and_long_lists_are_not_deep() {
    let many = vec!["a = 1"; 20_000];
    for text in [many.join(" and "), many.join(" or "), format!("f({})", many.join(", "))] {
        assert!(expression(&text).is_ok());
    }
    let rows = vec!["(1, 'a')"; 20_000].join(", ");
    assert!(matches!(
        statement(&format!("insert into t values {rows}")).map(|parsed| parsed.statement),
        Ok(Statement::Insert { .. })
    ));
}
