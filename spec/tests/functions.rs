//! Functions, evaluation, folding and printing against PostgreSQL 15's own answers.
//!
//! ```text
//! functions/calls.tsv        a function, its arguments as `type:text`, and the answer: `=text`, `NULL` or `!SQLSTATE`
//! functions/expressions.tsv  an expression over one row, how EXPLAIN VERBOSE prints it, and its value
//! ```
//!
//! Every answer was taken from a live server; a new line comes with the server's answer, never with ours.

use bothways_spec::catalogue::{Catalogue, Table};
use bothways_spec::error::Failure;
use bothways_spec::expr::eval::{Scope, World, eval};
use bothways_spec::expr::{Expr, Subquery, fold, function, print};
use bothways_spec::query::Node;
use bothways_spec::sql::ast::Statement;
use bothways_spec::sql::{bind, parse};
use bothways_spec::value::{Modifier, text};
use bothways_spec::{Row, SqlError, Type, Value};

/// The answer as the golden files write it.
fn shown(answer: Result<Value, SqlError>) -> String {
    match answer {
        Ok(Value::Null) => "NULL".to_owned(),
        Ok(Value::Bool(truth)) => format!("={truth}"),
        Ok(value) => format!("={}", text::output(&value)),
        Err(error) => format!("!{}", error.sqlstate),
    }
}

fn call(name: &str, args: &[&str]) -> Result<Value, SqlError> {
    let mut types = Vec::new();
    let mut values = Vec::new();
    for arg in args {
        let (ty, word) = arg.split_once(':').expect("an argument has a type");
        let ty = Type::from_name(ty).expect("a type of the subset");
        types.push(ty);
        values.push(text::input(ty, Modifier::None, word)?);
    }
    function::exact(name, &types).expect("the function is listed").call(&values)
}

#[test]
fn functions_answer_as_postgresql_does() {
    let mut wrong = vec![];
    for line in include_str!("functions/calls.tsv").lines() {
        let fields: Vec<_> = line.split('\t').collect();
        let [name, args @ .., expected] = &fields[..] else { panic!("{line}") };
        let found = shown(call(name, args));
        if found != *expected {
            wrong.push(format!("{line}\n  bothways {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

/// A world that evaluates no sub-queries.
struct Rows;

impl World for Rows {
    fn rows(&self, _: &Subquery, _: &Scope<'_>) -> Result<Vec<Row>, SqlError> {
        panic!("the expressions hold no sub-query")
    }

    fn random(&self) -> f64 {
        0.5
    }
}

const COLUMNS: &str = "a int, b bigint, n numeric(10,2), f float8, f4 real, s text, v varchar(10), c char(5), \
                       nm name, d date, ts timestamp, i interval, bo bool, i2 int2, z int";
const ROW: [&str; 14] = [
    "5",
    "7",
    "12.50",
    "2.5",
    "1.5",
    "hello",
    "varch",
    "ch",
    "nam",
    "2024-02-29",
    "2024-02-29 13:14:15.5",
    "1 mon 2 days 03:00:00",
    "t",
    "3",
];

fn table() -> Table {
    let parsed = parse::statement(&format!("create table t ({COLUMNS})")).expect("it parses");
    let Statement::CreateTable { name, columns, keys, options, temporary, .. } = parsed.statement
    else {
        panic!("it is a table")
    };
    bind::create_table(&name, &columns, &keys, &options, temporary).expect("it binds")
}

fn bound(expression: &str, catalogue: &Catalogue) -> Result<Expr, Failure> {
    let parsed = parse::statement(&format!("select {expression} from t"))?;
    let Statement::Select(query) = parsed.statement else { panic!("it is a query") };
    match bind::query(&query, catalogue)?.rel.node {
        Node::Project { mut exprs, .. } => Ok(exprs.swap_remove(0)),
        other => panic!("not a list of expressions: {other:?}"),
    }
}

#[test]
fn expressions_print_and_evaluate_as_in_postgresql() {
    let table = table();
    let names: Vec<_> = table.columns.iter().map(|column| column.name.clone()).collect();
    let read = |(word, column): (&&str, &bothways_spec::catalogue::Column)| {
        text::input(column.ty, column.modifier, word).expect("the row is right")
    };
    let mut row: Vec<_> = ROW.iter().zip(&table.columns).map(read).collect();
    row.push(Value::Null);
    let mut catalogue = Catalogue::default();
    catalogue.put(table);

    let mut wrong = vec![];
    for line in include_str!("functions/expressions.tsv").lines() {
        let fields: Vec<_> = line.split('\t').collect();
        let [expression, printed, value] = fields[..] else { panic!("{line}") };
        let folded = bound(expression, &catalogue)
            .and_then(|expr| Ok(fold::fold(expr)?))
            .map_err(|failure| failure.to_sql_error());
        let text = match &folded {
            Ok(expr) => print::expr(expr, &|column| names[column].clone()),
            Err(error) => format!("!{}", error.sqlstate),
        };
        let answer = shown(folded.and_then(|expr| eval(&expr, &Scope::top(&row), &Rows)));
        if text != printed || answer != value {
            wrong.push(format!("{line}\n  bothways {text}\t{answer}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}
