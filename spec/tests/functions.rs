//! Functions, evaluation, folding and printing against PostgreSQL 15's own answers.
//!
//! ```text
//! functions/calls.tsv        a function, its arguments as `type:text`, and the answer: `=text`, `NULL` or `!SQLSTATE`
//! functions/expressions.tsv  an expression over one row, how EXPLAIN VERBOSE prints it, and its value
//! functions/pg_proc.tsv      our functions as pg_proc lists them
//! functions/pg_operator.tsv  our operators as pg_operator lists them
//! functions/pg_cast.tsv      the casts of pg_cast among our types
//! ```
//!
//! Every answer was taken from a live server; a new line comes with the server's answer, never with ours.

use bothways_spec::catalogue::{Catalogue, Table};
use bothways_spec::error::Failure;
use bothways_spec::expr::eval::{Scope, World, eval};
use bothways_spec::expr::operator::{self, CastContext, Conversion, Estimator, Operator};
use bothways_spec::expr::{Expr, Function, Safety, Subquery, Volatility, fold, function, print};
use bothways_spec::query::Node;
use bothways_spec::sql::ast::Statement;
use bothways_spec::sql::{bind, parse};
use bothways_spec::value::{Element, Modifier, text};
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

/// Lines that only one side has.
fn differences(mut ours: Vec<String>, golden: &str) -> Vec<String> {
    let mut theirs: Vec<_> = golden.lines().map(str::to_owned).collect();
    ours.sort();
    theirs.sort();
    let only_ours = ours.iter().filter(|line| !theirs.contains(line)).map(|l| format!("ours {l}"));
    let only_theirs = theirs.iter().filter(|line| !ours.contains(line));
    only_ours.chain(only_theirs.map(|line| format!("theirs {line}"))).collect()
}

fn flag(truth: bool) -> &'static str {
    if truth { "t" } else { "f" }
}

fn listed(function: &Function) -> String {
    let casts = function::array::takes_casts(function.name);
    let shown = |ty: Type| polymorphic(ty, function.args, casts).unwrap_or(ty.name());
    let args: Vec<_> = function.args.iter().map(|ty| shown(*ty)).collect();
    let volatility = match function.volatility {
        Volatility::Immutable => "i",
        Volatility::Stable => "s",
        Volatility::Volatile => "v",
    };
    let parallel = match function.parallel {
        Safety::Safe => "s",
        Safety::Restricted => "r",
        Safety::Unsafe => "u",
    };
    let (args, result, strict) = (args.join(","), shown(function.result), flag(function.strict));
    let (name, cost, set) = (function.name, function.cost, flag(function.returns_set));
    format!("{name}\t{args}\t{result}\t{strict}\t{volatility}\t{parallel}\t{cost}\t{set}")
}

/// What stands for a polymorphic type: the one element type that no function of another kind takes beside arrays.
const SPECIMEN: Element = Element::TimeTz;

/// Whether a function or operator is one of a polymorphic family, and not its specimen.
fn is_instance(args: &[Type]) -> bool {
    let mut elements = args.iter().filter_map(|ty| match ty {
        Type::Array(element) => Some(*element),
        _ => None,
    });
    elements.next().is_some_and(|element| element != SPECIMEN)
}

/// A type as pg_proc has it where the specimen stands for any.
fn polymorphic(ty: Type, args: &[Type], casts: bool) -> Option<&'static str> {
    let array = Type::Array(SPECIMEN);
    match (args.contains(&array), casts) {
        (true, true) if ty == array => Some("anycompatiblearray"),
        (true, true) if ty == SPECIMEN.ty() => Some("anycompatible"),
        (true, false) if ty == array => Some("anyarray"),
        (true, false) if ty == SPECIMEN.ty() => Some("anyelement"),
        _ => None,
    }
}

#[test]
fn functions_are_listed_as_in_pg_proc() {
    let ours = function::all()
        .filter(|function| {
            let bracketed = [function::array::SUBSCRIPT, function::array::SLICE];
            !is_instance(function.args) && !bracketed.contains(&function.name)
        })
        .map(listed)
        .collect();
    assert_eq!(differences(ours, include_str!("functions/pg_proc.tsv")), Vec::<String>::new());
}

fn listed_operator(operator: &Operator) -> String {
    let estimator = match operator.estimator {
        None => "-",
        Some(Estimator::Equal) => "eqsel",
        Some(Estimator::NotEqual) => "neqsel",
        Some(Estimator::Less) => "scalarltsel",
        Some(Estimator::LessOrEqual) => "scalarlesel",
        Some(Estimator::Greater) => "scalargtsel",
        Some(Estimator::GreaterOrEqual) => "scalargesel",
        Some(Estimator::Like) => "likesel",
        Some(Estimator::NotLike) => "nlikesel",
        Some(Estimator::ILike) => "iclikesel",
        Some(Estimator::NotILike) => "icnlikesel",
        Some(Estimator::Prefix) => "prefixsel",
        Some(Estimator::ArrayContains) => "arraycontsel",
    };
    let args = operator.function.args;
    let casts = operator.symbol == "||";
    let shown = |ty: Type| polymorphic(ty, args, casts).unwrap_or(ty.typname());
    [
        operator.symbol,
        operator.left.map_or("-", shown),
        shown(operator.right),
        shown(operator.function.result),
        operator.function.name,
        operator.commutator.unwrap_or("-"),
        operator.negator.unwrap_or("-"),
        flag(operator.hashable),
        flag(operator.mergeable),
        estimator,
    ]
    .join("\t")
}

#[test]
fn operators_are_listed_as_in_pg_operator() {
    let specimens = operator::all().filter(|operator| !is_instance(operator.function.args));
    let ours = specimens.map(listed_operator).collect();
    assert_eq!(differences(ours, include_str!("functions/pg_operator.tsv")), Vec::<String>::new());
}

#[test]
fn casts_are_those_of_pg_cast_and_the_automatic_ones_through_text() {
    let mut ours = vec![];
    // Casts of arrays are those of their elements.
    for from in Type::SCALARS {
        for to in Type::SCALARS.into_iter().filter(|to| *to != from) {
            let Some(rule) = operator::cast(from, to) else { continue };
            let way = match rule.conversion {
                Conversion::Function(function) => function.name,
                Conversion::Relabel => "-",
                Conversion::Elements(_) => unreachable!("no scalar is cast so"),
                Conversion::Text => {
                    let to_string = operator::category(to) == 'S';
                    let expected =
                        if to_string { CastContext::Assignment } else { CastContext::Explicit };
                    assert_eq!(rule.context, expected, "{from} to {to}");
                    continue;
                }
            };
            let context = match rule.context {
                CastContext::Implicit => "i",
                CastContext::Assignment => "a",
                CastContext::Explicit => "e",
            };
            ours.push(format!("{}\t{}\t{way}\t{context}", from.typname(), to.typname()));
        }
    }
    assert_eq!(differences(ours, include_str!("functions/pg_cast.tsv")), Vec::<String>::new());
}
