//! What the reference permits, query by query: these tests would catch a node that means something else, an outcome that is
//! permitted and should not be, and one that is not and should.

use std::collections::BTreeSet;

use bothways_reference::{Tables, permitted};
use spec::catalogue::Catalogue;
use spec::error::Failure;
use spec::permitted::{Cell, Permitted};
use spec::settings::Settings;
use spec::sql::ast::Statement;
use spec::sql::{bind, parse};
use spec::value::{Modifier, Row, Value, text};

/// Tables `l(k, v)` and `r(k, v)` of integers with NULLs, and `n(x)` of numerics that are equal and look different.
fn tables() -> (Catalogue, Tables) {
    let mut catalogue = Catalogue::default();
    let mut tables = Tables::default();
    let mut put = |create: &str, rows: &[&[&str]]| {
        let parsed = parse::statement(create).unwrap();
        let Statement::CreateTable { name, columns, .. } = &parsed.statement else { panic!() };
        let table = bind::create_table(name, columns, &[], &[], false).unwrap();
        let value = |(column, field): (&spec::catalogue::Column, &&str)| match *field {
            "-" => Value::Null,
            field => text::input(column.ty, Modifier::None, field).unwrap(),
        };
        let row = |row: &&[&str]| table.columns.iter().zip(*row).map(value).collect::<Row>();
        tables.put(&table.name, rows.iter().map(row).collect());
        catalogue.put(table);
    };
    put("CREATE TABLE l (k int, v int)", &[&["1", "10"], &["2", "20"], &["2", "21"], &["-", "0"]]);
    put("CREATE TABLE r (k int, v int)", &[&["2", "5"], &["2", "6"], &["3", "7"], &["-", "8"]]);
    put("CREATE TABLE n (x numeric)", &[&["1.0"], &["1.00"], &["2"]]);
    put("CREATE TABLE f (x float8)", &[&["1e16"], &["1"], &["-1e16"]]);
    put("CREATE TABLE e (k int)", &[]);
    (catalogue, tables)
}

fn ask(sql: &str) -> Result<Permitted, Failure> {
    let (catalogue, tables) = tables();
    let Statement::Select(query) = parse::statement(sql).unwrap().statement else { panic!() };
    permitted(&bind::query(&query, &catalogue).unwrap(), &tables, &Settings::default())
}

fn show(cell: &Cell) -> String {
    match cell {
        Cell::Exactly(Value::Null) => "-".into(),
        Cell::Exactly(value) => text::output(value),
        Cell::EqualTo(value) => format!("~{}", text::output(value)),
        Cell::Float(_) => "float".into(),
        Cell::OneOf(_) | Cell::AnyOrderOfMembers(_) => cell.to_string(),
        Cell::AnyOrderOf { parts, .. } => format!("any order of {}", parts.join("+")),
    }
}

/// The groups of ties, each sorted: `1 10; 2 20 | 3 30` is a group of two rows and then one of one row. A group of which
/// not all rows come ends in `:take`.
fn answer(sql: &str) -> String {
    let permitted = ask(sql).unwrap_or_else(|failure| panic!("{failure} for {sql}"));
    let Some(groups) = permitted.rows else { return "no rows".into() };
    let group = |group: spec::permitted::TieGroup| {
        let row = |row: &Vec<Cell>| row.iter().map(show).collect::<Vec<_>>().join(" ");
        let mut rows: Vec<String> = group.candidates.iter().map(row).collect();
        rows.sort();
        let take =
            if group.take == rows.len() { String::new() } else { format!(" :{}", group.take) };
        rows.join("; ") + &take
    };
    groups.into_iter().map(group).collect::<Vec<_>>().join(" | ")
}

fn errors(sql: &str) -> (bool, BTreeSet<String>) {
    let permitted = ask(sql).unwrap();
    (permitted.rows.is_some(), permitted.errors.iter().map(ToString::to_string).collect())
}

fn only(state: &str) -> BTreeSet<String> {
    BTreeSet::from([state.to_owned()])
}

#[test]
fn null_keys_match_nothing_in_a_join() {
    let join = |kind| answer(&format!("SELECT l.v, r.v FROM l {kind} JOIN r ON l.k = r.k"));
    let pairs = "20 5; 20 6; 21 5; 21 6";
    assert_eq!(join("INNER"), pairs);
    assert_eq!(join("LEFT"), format!("0 -; 10 -; {pairs}"));
    assert_eq!(join("RIGHT"), format!("- 7; - 8; {pairs}"));
    assert_eq!(join("FULL"), format!("- 7; - 8; 0 -; 10 -; {pairs}"));
}

#[test]
fn a_comma_is_a_cross_join_and_where_is_its_condition() {
    assert_eq!(answer("SELECT l.v, r.v FROM l, r WHERE l.k = r.k AND l.v > 20"), "21 5; 21 6");
    assert_eq!(answer("SELECT count(*) FROM l, r"), "16");
    assert_eq!(answer("SELECT l.v FROM l, r WHERE l.v = r.v + 3 OR l.k = 1 AND r.k = 3"), "10");
}

#[test]
fn not_in_with_a_null_among_the_members_is_never_true() {
    assert_eq!(answer("SELECT v FROM l WHERE k NOT IN (SELECT k FROM r)"), "");
    assert_eq!(answer("SELECT v FROM l WHERE k IN (SELECT k FROM r)"), "20; 21");
    assert_eq!(answer("SELECT v FROM l WHERE k NOT IN (SELECT k FROM e)"), "0; 10; 20; 21");
}

#[test]
fn a_correlated_sub_query_sees_the_row_at_hand() {
    let exists = "EXISTS (SELECT 1 FROM r WHERE r.k = l.k AND r.v > 5)";
    assert_eq!(answer(&format!("SELECT v FROM l WHERE {exists}")), "20; 21");
    assert_eq!(answer(&format!("SELECT v FROM l WHERE NOT {exists}")), "0; 10");
    let scalar = "(SELECT max(r.v) FROM r WHERE r.k = l.k)";
    assert_eq!(answer(&format!("SELECT v, {scalar} FROM l")), "0 -; 10 -; 20 6; 21 6");
}

#[test]
fn a_scalar_sub_query_of_two_rows_is_an_error() {
    let (rows, states) = errors("SELECT (SELECT v FROM r WHERE k = 2)");
    assert_eq!((rows, states), (false, only("21000")));
}

#[test]
fn a_plain_aggregate_of_nothing_is_one_row_and_a_grouped_one_is_none() {
    assert_eq!(answer("SELECT count(*), sum(k), max(k) FROM e"), "0 - -");
    assert_eq!(answer("SELECT k, count(*) FROM e GROUP BY k"), "");
    assert_eq!(answer("SELECT 1 FROM e HAVING count(*) = 0"), "1");
    assert_eq!(answer("SELECT 1 FROM e HAVING count(*) > 0"), "");
}

#[test]
fn nulls_are_one_group() {
    assert_eq!(answer("SELECT k, count(*), sum(v) FROM l GROUP BY k"), "- 1 0; 1 1 10; 2 2 41");
    assert_eq!(answer("SELECT DISTINCT k FROM l"), "-; 1; 2");
}

#[test]
fn equal_keys_that_look_different_are_known_up_to_equality() {
    assert_eq!(answer("SELECT x, count(*) FROM n GROUP BY x"), "2 1; ~1.0 2");
    assert_eq!(answer("SELECT DISTINCT x FROM n"), "2; ~1.0");
    assert_eq!(answer("SELECT max(x) > 1 FROM n"), "t");
    assert!(ask("SELECT min(x)::text FROM n").is_err(), "text tells 1.0 from 1.00");
}

#[test]
fn set_operations_count_rows() {
    let operation = |op| answer(&format!("SELECT k FROM l {op} SELECT k FROM r"));
    assert_eq!(operation("UNION ALL"), "-; -; 1; 2; 2; 2; 2; 3");
    assert_eq!(operation("UNION"), "-; 1; 2; 3");
    assert_eq!(operation("INTERSECT ALL"), "-; 2; 2");
    assert_eq!(operation("INTERSECT"), "-; 2");
    assert_eq!(operation("EXCEPT ALL"), "1");
    assert_eq!(answer("SELECT k FROM r EXCEPT ALL SELECT 2"), "-; 2; 3");
}

#[test]
fn an_order_leaves_ties_open() {
    assert_eq!(answer("SELECT k, v FROM l ORDER BY k"), "1 10 | 2 20; 2 21 | - 0");
    assert_eq!(answer("SELECT k, v FROM l ORDER BY k DESC"), "- 0 | 2 20; 2 21 | 1 10");
    assert_eq!(answer("SELECT k FROM l ORDER BY k NULLS FIRST"), "- | 1 | 2; 2");
    assert_eq!(answer("SELECT v FROM l ORDER BY -v"), "21 | 20 | 10 | 0");
}

#[test]
fn a_limit_cuts_ties_anywhere() {
    assert_eq!(answer("SELECT k, v FROM l ORDER BY k LIMIT 2"), "1 10 | 2 20; 2 21 :1");
    assert_eq!(answer("SELECT v FROM l ORDER BY k OFFSET 1 LIMIT 3"), "20; 21 | 0");
    assert_eq!(answer("SELECT v FROM l LIMIT 1"), "0; 10; 20; 21 :1");
    assert_eq!(answer("SELECT v FROM l LIMIT 0"), "");
    assert_eq!(answer("SELECT v FROM l ORDER BY v LIMIT NULL OFFSET 3"), "21");
    assert!(
        ask("SELECT sum(v) FROM (SELECT v FROM l LIMIT 1) s").is_err(),
        "any row may be summed"
    );
    assert_eq!(answer("SELECT sum(k) FROM (SELECT k FROM l WHERE k = 2 LIMIT 1) s"), "2");
    assert_eq!(errors("SELECT 1 LIMIT -1"), (false, only("2201W")));
}

#[test]
fn an_error_that_every_evaluation_meets_is_the_only_outcome() {
    assert_eq!(errors("SELECT 1 / (v - 10) FROM l"), (false, only("22012")));
    assert_eq!(errors("SELECT v FROM l WHERE 1 / (v - 10) > 0"), (false, only("22012")));
}

#[test]
fn an_error_that_some_evaluation_avoids_is_permitted_beside_the_rows() {
    // The conjuncts may be asked in any order.
    let (rows, states) = errors("SELECT v FROM l WHERE v <> 10 AND 1 / (v - 10) > -2");
    assert_eq!((rows, states), (true, only("22012")));
    // An engine may ask the condition before it joins.
    let (rows, states) = errors("SELECT 1 FROM l JOIN r ON l.k = r.k WHERE 1 / (l.v - 10) < 5");
    assert_eq!((rows, states), (true, only("22012")));
    // Nobody needs to compute a column that nobody reads.
    assert!(errors("SELECT count(*) FROM (SELECT 1 / (v - 10) FROM l) s").0);
    // A constant may be computed before anybody knows that no row needs it.
    assert_eq!(errors("SELECT CASE WHEN v < 0 THEN 1 / 0 END FROM l"), (true, only("22012")));
    // So may one that a constant decides, whatever stands beside it.
    assert_eq!(errors("SELECT 1 / COALESCE(0, k) FROM e"), (true, only("22012")));
    let case = "SELECT 1 / CASE WHEN 1 = 1 THEN 0 ELSE k END FROM e";
    assert_eq!(errors(case), (true, only("22012")));
    assert_eq!(errors("SELECT 1 / COALESCE(k, 0) FROM e"), (true, BTreeSet::new()));
}

#[test]
fn a_sum_of_floats_is_known_within_a_bound() {
    assert_eq!(answer("SELECT sum(x) FROM f"), "float");
    assert!(ask("SELECT sum(x) > 0 FROM f").is_err(), "an inexact value decides");
}

#[test]
fn an_order_inside_an_aggregate_decides_its_text() {
    assert_eq!(answer("SELECT string_agg(v::text, ',' ORDER BY v DESC) FROM l"), "21,20,10,0");
    assert_eq!(answer("SELECT string_agg(v::text, ',') FROM l"), "any order of 10+20+21+0");
}

#[test]
fn references_to_one_with_query_see_the_same_rows() {
    let twice = "WITH w AS (SELECT k FROM l WHERE k IS NOT NULL) SELECT count(*) FROM w a, w b";
    assert_eq!(answer(twice), "9");
    let chosen = "WITH w AS (SELECT v FROM l LIMIT 1) SELECT * FROM w a, w b";
    assert!(ask(chosen).is_err(), "both must see the row that the LIMIT chose");
}

#[test]
fn volatile_calls_are_not_answered() {
    assert!(matches!(ask("SELECT random() FROM l"), Err(Failure::Unsupported(_))));
}

#[test]
fn rows_without_a_table() {
    assert_eq!(answer("SELECT 1, 'a'"), "1 a");
    assert_eq!(answer("VALUES (1), (NULL), (1)"), "-; 1; 1");
    assert_eq!(answer("SELECT sum(x) FROM generate_series(1, 4) AS t(x)"), "10");
}

#[test]
fn a_strict_call_with_a_null_may_be_null_before_its_other_argument_fails() {
    assert_eq!(errors("SELECT 1 / (v - 10) + NULL::int FROM l"), (true, only("22012")));
}
