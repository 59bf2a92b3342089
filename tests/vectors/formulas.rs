//! Vectors of three-valued logic: formulas as SQL text, over columns, with the model's answer for every choice of arguments.

use oracle::judge::schedules::bound;
use serde_json::Value as Json;
use spec::expr::Subquery;
use spec::expr::eval::{Scope, World, eval};
use spec::query::Node;
use spec::{Row, SqlError, Type, Value};

use super::answer;
use super::engines::{Answer, Engines};
use super::file::Line;

/// A formula with its cases.
pub struct Formula<'a> {
    line: &'a Line,
    /// The text: `p and q`.
    text: &'a str,
    /// The table with every choice of arguments.
    table: &'static str,
    /// How many of the table's columns it has for arguments.
    arity: usize,
    /// The arguments and then the answer.
    pub cases: Vec<&'a [Json]>,
}

/// A table for truth values and one for integers; all choices of three arguments.
const TABLES: [(&str, &str, &str, &str); 2] = [
    ("truths", "p boolean, q boolean, r boolean", "p, q, r", "true false null"),
    ("numbers", "x int, y int, z int", "x, y, z", "null 0 1 2"),
];

/// The engines over the tables of arguments.
pub fn engines() -> Engines {
    let statements = TABLES.iter().flat_map(|(table, columns, _, values)| {
        let values: Vec<&str> = values.split(' ').collect();
        let rows = values.iter().flat_map(|a| {
            let values = &values;
            values.iter().flat_map(move |b| values.iter().map(move |c| format!("({a}, {b}, {c})")))
        });
        let rows: Vec<String> = rows.collect();
        [
            format!("create table {table} ({columns})"),
            format!("insert into {table} values {}", rows.join(", ")),
        ]
    });
    Engines::new(&statements.collect::<Vec<_>>())
}

impl<'a> Formula<'a> {
    /// Reads a line.
    pub fn of(line: &'a Line) -> Formula<'a> {
        let of_truths = line.list("arguments").first().is_some_and(|name| name == "p");
        let case = |case: &'a Json| case.as_array().map_or(&[][..], Vec::as_slice);
        Formula {
            line,
            text: line.text("formula"),
            table: if of_truths { "truths" } else { "numbers" },
            arity: line.list("arguments").len(),
            cases: line.list("cases").iter().map(case).collect(),
        }
    }

    /// Whether this is the line that says which rows WHERE keeps.
    pub fn is_where(&self) -> bool {
        self.text == "where p"
    }

    fn columns(&self) -> &'static str {
        TABLES.iter().find(|table| table.0 == self.table).expect("a table").2
    }

    fn argument(&self, json: &Json) -> Option<Value> {
        answer::typed(json, if self.table == "truths" { Type::Bool } else { Type::Int4 })
    }

    /// The model's answer for a row of arguments.
    fn expected(&self, row: &[Value]) -> Option<&'a Json> {
        let fits = |case: &&&[Json]| {
            case.len() == self.arity + 1
                && case
                    .iter()
                    .zip(row)
                    .take(self.arity)
                    .all(|(x, y)| self.argument(x).as_ref() == Some(y))
        };
        Some(&self.cases.iter().find(fits)?[self.arity])
    }

    /// What is wrong with it by the meaning of expressions.
    pub fn check_spec(&self, engines: &Engines) -> Vec<String> {
        let sql = format!("select {} from {}", self.text, self.table);
        let query =
            bound(&sql, engines.database()).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let Node::Project { exprs, .. } = &query.rel.node else {
            panic!("{sql}: not a projection")
        };
        let rows = self.cases.iter().map(|case| {
            let mut row: Row = case[..self.arity].iter().filter_map(|x| self.argument(x)).collect();
            row.resize(3, Value::Null);
            row
        });
        rows.filter_map(|row| {
            let found = eval(&exprs[0], &Scope::top(&row), &NoWorld);
            self.complaint("spec", &row, &found)
        })
        .collect()
    }

    fn complaint(
        &self,
        who: &str,
        row: &[Value],
        found: &Result<Value, SqlError>,
    ) -> Option<String> {
        let Some(expected) = self.expected(row) else {
            return Some(self.line.complaint(who, format!("no case for {row:?}")));
        };
        let what = || format!("{} of {row:?} is {found:?}, the model has {expected}", self.text);
        (!answer::is(expected, found)).then(|| self.line.complaint(who, what()))
    }

    /// What is wrong with it in SELECT by both engines.
    pub fn check_select(&self, engines: &mut Engines) -> Vec<String> {
        let answers =
            engines.ask(&format!("select {}, {} from {}", self.columns(), self.text, self.table));
        let check = |(who, answer): Answer| match answer {
            Err(error) => vec![self.line.complaint(&who, error)],
            Ok(rows) => {
                let mut complaints: Vec<String> = rows
                    .iter()
                    .filter_map(|row| self.complaint(&who, &row[..3], &Ok(row[3].clone())))
                    .collect();
                if rows.len() < self.cases.len() {
                    complaints.push(self.line.complaint(&who, "rows are missing"));
                }
                complaints
            }
        };
        answers.into_iter().flat_map(check).collect()
    }

    /// What is wrong with it where its arguments are constants, so that it is computed while planning.
    pub fn check_constants(&self, engines: &mut Engines) -> Vec<String> {
        let items: Vec<String> = self.cases.iter().map(|case| self.of_constants(case)).collect();
        let check = |(who, answer): Answer| {
            let row = match answer.as_deref() {
                Ok([row]) => row,
                other => return vec![self.line.complaint(&who, format!("{other:?}"))],
            };
            let wrong = |(case, value): (&&[Json], &Value)| {
                let agrees = answer::is(&case[self.arity], &Ok(value.clone()));
                let what = || format!("{} is {value:?}", self.of_constants(case));
                (!agrees).then(|| self.line.complaint(&who, what()))
            };
            self.cases.iter().zip(row).filter_map(wrong).collect()
        };
        engines.ask(&format!("select {}", items.join(", "))).into_iter().flat_map(check).collect()
    }

    /// Its text with constants for its arguments.
    fn of_constants(&self, case: &[Json]) -> String {
        let ty = if self.table == "truths" { "boolean" } else { "int" };
        let names: Vec<&str> = self.columns().split(", ").collect();
        let constant = |word: &str| match names.iter().position(|name| *name == word) {
            Some(place) => format!("{}::{ty}", case[place]),
            None => word.to_owned(),
        };
        let letter = |c: char| c.is_ascii_alphanumeric();
        let words: Vec<&str> = self.text.split_inclusive(|c| !letter(c)).collect();
        let each = words.iter().map(|word| {
            let bare = word.trim_end_matches(|c| !letter(c));
            constant(bare) + &word[bare.len()..]
        });
        each.collect()
    }

    /// What is wrong with it in WHERE by both engines; `kept` says which truth values keep a row.
    pub fn check_where(&self, engines: &mut Engines, kept: &Formula<'_>) -> Vec<String> {
        if !self.cases.iter().all(|case| matches!(case[self.arity], Json::Bool(_) | Json::Null)) {
            return vec![];
        }
        let all = format!("select {} from {}", self.columns(), self.table);
        let [(_, Ok(everything)), ..] = &engines.ask(&all)[..] else { panic!("{all} fails") };
        let stays = |row: &&Row| {
            let truth = self.expected(row).and_then(|truth| kept.argument(truth));
            truth.is_some_and(|truth| kept.expected(&[truth]) == Some(&Json::Bool(true)))
        };
        let mut expected: Vec<String> =
            everything.iter().filter(stays).map(|row| format!("{row:?}")).collect();
        expected.sort();
        let check = |(who, answer): Answer| {
            let found = answer.map(|rows| {
                let mut found: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
                found.sort();
                found
            });
            let wrong = found.as_ref() != Ok(&expected);
            wrong.then(|| self.line.complaint(&who, format!("{found:?} instead of {expected:?}")))
        };
        engines.ask(&format!("{all} where {}", self.text)).into_iter().filter_map(check).collect()
    }
}

/// Formulas have neither sub-queries nor chance.
struct NoWorld;

impl World for NoWorld {
    fn rows(&self, _: &Subquery, _: &Scope<'_>) -> Result<Vec<Row>, SqlError> {
        panic!("no formula has a sub-query")
    }

    fn random(&self) -> f64 {
        panic!("no formula is random")
    }
}
