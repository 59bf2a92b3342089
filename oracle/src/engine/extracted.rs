//! The engine extracted from the Coq model: the aggregates whose laws are proved, over one table.
//!
//! The program is made by `make -C spec/coq/oracle`, where Coq is installed. It answers
//! `SELECT agg(x), … FROM t` for columns of integers and truth values; everything else is outside of it. Rows are dealt to three
//! parts, so that what answers is the model's combine. The exact quotients of `avg` and the variances are rounded here, by spec's
//! division, which is thus shared.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use spec::expr::Expr;
use spec::outcome::{Outcome, OutputColumn, Rows, Run, Trace};
use spec::query::{Call, Node, Query, Rel};
use spec::value::{Modifier, Row, Type, Value, text};

use super::{Engine, Question, Unable};

/// The number of parts that rows are dealt to.
const PARTS: usize = 3;

/// The program, running.
pub struct Extracted {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    known: Vec<String>,
}

/// Where the program is: `BOTHWAYS_EXTRACTED`, or `spec/coq/oracle/oracle` here or above; `None` if it is not built.
pub fn program() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("BOTHWAYS_EXTRACTED") {
        return Some(path.into()).filter(|path: &PathBuf| path.is_file());
    }
    let here = std::env::current_dir().ok()?;
    let path = here.ancestors().map(|folder| folder.join("spec/coq/oracle/oracle"));
    path.into_iter().find(|path| path.is_file())
}

impl Extracted {
    /// Starts the program.
    ///
    /// # Errors
    /// [`Unable::World`] if it is not built, or does not run.
    pub fn start() -> Result<Extracted, Unable> {
        let program = program().ok_or_else(|| {
            world(
                "the extracted oracle is not built: `make -C spec/coq/oracle` builds it, with Coq",
            )
        })?;
        let mut command = Command::new(&program);
        let command = command.arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child =
            command.spawn().map_err(|error| world(format!("{}: {error}", program.display())))?;
        let questions = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut extracted = Extracted { child, questions, answers, known: vec![] };
        let known = extracted.tell("aggregates")?;
        extracted.known = known.split(' ').map(str::to_owned).collect();
        Ok(extracted)
    }

    /// The names of the aggregates that it knows; `count(*)` is one.
    pub fn aggregates(&self) -> &[String] {
        &self.known
    }

    /// One line of the conversation and its answer.
    fn tell(&mut self, line: &str) -> Result<String, Unable> {
        let questions = self.questions.as_mut().expect("open until it is dropped");
        let mut answer = String::new();
        writeln!(questions, "{line}")
            .and_then(|()| questions.flush())
            .and_then(|()| self.answers.read_line(&mut answer))
            .map_err(|error| world(format!("the extracted oracle is gone: {error}")))?;
        match answer.trim_end().strip_prefix("? ") {
            Some(complaint) => Err(world(format!("the extracted oracle: {complaint}"))),
            None => Ok(answer.trim_end().to_owned()),
        }
    }

    fn answer(&mut self, call: &Call, rows: &[Row]) -> Result<Value, Unable> {
        let name = name(call);
        if !self.known.contains(&name) || !is_plain(call) {
            return Err(outside("the model has no such aggregate", Some(call)));
        }
        let argument = match call.args[..] {
            [] => None,
            [Expr::Column { index, ty: Type::Bool }] if is_of_truths(&name) => Some(index),
            [Expr::Column { index, ty: Type::Int2 | Type::Int4 | Type::Int8 }] => Some(index),
            _ => return Err(outside("the model aggregates columns of integers", Some(call))),
        };
        let word = |row: &Row| match argument.map(|index| &row[index]) {
            None => "0".into(),
            Some(Value::Null) => "null".into(),
            Some(Value::Bool(truth)) => truth.to_string(),
            Some(value) => text::output(value),
        };
        let part = |first: usize| {
            let words: Vec<String> = rows.iter().skip(first).step_by(PARTS).map(word).collect();
            words.join(" ")
        };
        let parts: Vec<String> = (0..PARTS).map(part).collect();
        let answer = self.tell(&format!("{name} {}", parts.join(" | ")))?;
        value(&answer, call.aggregate.result)
            .ok_or_else(|| world(format!("{name} has no value for {answer}")))
    }
}

impl Engine for Extracted {
    fn name(&self) -> String {
        "extracted from Coq".into()
    }

    fn run(&mut self, question: &Question<'_>) -> Result<Run, Unable> {
        let (table, calls, places) = shape(question.query)
            .ok_or_else(|| outside("the model answers SELECT agg(x), … FROM t only", None))?;
        let rows = question.database.rows(table);
        let answers: Result<Row, Unable> =
            calls.iter().map(|call| self.answer(call, &rows)).collect();
        let answers = answers?;
        let columns = question.query.rel.columns.iter().map(|field| OutputColumn {
            name: field.name.clone(),
            ty: field.ty,
            modifier: field.modifier,
        });
        let row = places.into_iter().map(|place| answers[place].clone()).collect();
        let rows = Rows { columns: columns.collect(), rows: vec![row] };
        Ok(Run { outcome: Outcome::Rows(rows), trace: Trace::default() })
    }
}

/// The program ends at the end of its input.
impl Drop for Extracted {
    fn drop(&mut self) {
        drop(self.questions.take());
        // It has been told to end; a failure to wait leaves nothing to be done.
        let _ = self.child.wait();
    }
}

fn world(message: impl Into<String>) -> Unable {
    Unable::World(message.into())
}

fn outside(what: &'static str, call: Option<&Call>) -> Unable {
    let what = spec::Unsupported::new(what);
    Unable::Unsupported(match call {
        Some(call) => what.at(call.position),
        None => what,
    })
}

fn name(call: &Call) -> String {
    let star = if call.args.is_empty() { "(*)" } else { "" };
    format!("{}{star}", call.aggregate.name)
}

fn is_of_truths(name: &str) -> bool {
    matches!(name, "bool_and" | "bool_or" | "every" | "count")
}

fn is_plain(call: &Call) -> bool {
    !call.distinct && call.order_by.is_empty() && call.filter.is_none()
}

/// The table, the aggregates of all its rows, and which of them each output column is.
fn shape(query: &Query) -> Option<(&str, &[Call], Vec<usize>)> {
    let Node::Project { input, exprs } = &query.rel.node else { return None };
    let Rel { node: Node::Aggregate { input, keys, calls }, .. } = &**input else { return None };
    let Node::Scan { table, .. } = &input.node else { return None };
    let place = |expr: &Expr| match expr {
        Expr::Column { index, .. } => Some(*index),
        _ => None,
    };
    let places: Option<Vec<usize>> = exprs.iter().map(place).collect();
    keys.is_empty().then_some((&table.name, calls, places?))
}

/// An answer of the program as a value of the aggregate's type; `None` if the type has no such value.
fn value(answer: &str, ty: Type) -> Option<Value> {
    let number = |text: &str, ty| text::input(ty, Modifier::None, text).ok();
    match answer {
        "null" => return Some(Value::Null),
        "true" | "false" => return number(answer, Type::Bool),
        _ => {}
    }
    let answer = answer.strip_prefix('"')?.strip_suffix('"')?;
    let Some((numerator, denominator)) = answer.split_once('/') else { return number(answer, ty) };
    match (number(numerator, Type::Numeric)?, number(denominator, Type::Numeric)?) {
        (Value::Numeric(numerator), Value::Numeric(denominator)) => {
            numerator.div(&denominator).ok().map(Value::Numeric)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_quotient_is_rounded_as_numeric_division_rounds() {
        let shown = |answer, ty| value(answer, ty).map(|value| text::output(&value));
        assert_eq!(shown("\"7/3\"", Type::Numeric).as_deref(), Some("2.3333333333333333"));
        assert_eq!(shown("\"-2\"", Type::Int8).as_deref(), Some("-2"));
        assert_eq!(shown("true", Type::Bool).as_deref(), Some("t"));
        assert_eq!(value("null", Type::Int8), Some(Value::Null));
        assert_eq!(value("\"9223372036854775808\"", Type::Int8), None);
    }
}
