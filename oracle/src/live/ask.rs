//! One aggregate over many cases at once: as one pass over all rows, and as one state a part. [law.split]
//!
//! ```text
//! parts (c, part, pos, live, x1 …)  PARTITION BY LIST (part)      never analyzed, so that partial plans look cheap
//! whole   SELECT c, agg(x1) FILTER (WHERE live) GROUP BY c        HashAggregate over Append: rows in order
//! split   the same with enable_partitionwise_aggregate            Finalize HashAggregate over Append of Partial ones:
//!                                                                 the states of a case arrive in the order of its parts
//! ```
//!
//! A row that is not `live` brings a part into being that saw no row. The plan is read before an answer is believed.

use serde_json::Value as Json;

use super::answer::{Answer, Relation, relations};
use super::scratch::{Raised, Rows, Scratch, Trouble, told};
use super::split::{Case, MOST_PARTS};
use super::values::Pool;
use crate::engine::postgres::aggregates::{Aggregate, Kind};

/// Single cases that may fail before the rest of a batch is left unasked.
const FAILURES: usize = 24;
/// How often a server of our own may be lost over one aggregate.
const LOSSES: usize = 25;

/// An aggregate with the values that it is asked about.
pub struct Subject {
    /// What the catalogue says.
    pub aggregate: Aggregate,
    /// A pool of values for each argument.
    pub pools: Vec<Pool>,
    /// The type of its answer.
    pub result: String,
}

impl Subject {
    /// The aggregate over these types: `public.badsum(integer)`.
    pub fn title(&self) -> String {
        let types: Vec<&str> = self.pools.iter().map(|pool| pool.sql_type.as_str()).collect();
        let types = if types.is_empty() { "*".into() } else { types.join(", ") };
        format!("{}({types})", self.aggregate.qualified())
    }

    /// The call, over the columns of the scratch table.
    pub fn call(&self) -> String {
        format!("{}({})", self.aggregate.qualified(), self.arguments())
    }

    /// The arguments, over the columns of the scratch table.
    pub fn arguments(&self) -> String {
        let mut columns = self.columns();
        if self.aggregate.is_variadic
            && self.aggregate.kind == Kind::Normal
            && let Some(last) = columns.last_mut()
            && self.pools.last().is_some_and(|pool| pool.sql_type.ends_with("[]"))
        {
            *last = format!("VARIADIC {last}");
        }
        if columns.is_empty() { "*".into() } else { columns.join(", ") }
    }

    /// The names of the argument columns.
    pub fn columns(&self) -> Vec<String> {
        (1..=self.pools.len()).map(|number| format!("x{number}")).collect()
    }

    /// The argument columns as CREATE TABLE has them, each with a comma before it.
    pub fn column_definitions(&self) -> String {
        let column = |(name, pool): (String, &Pool)| format!(", {name} {}", pool.sql_type);
        self.columns().into_iter().zip(&self.pools).map(column).collect()
    }

    /// The fields of a row, each with a comma before it.
    pub fn fields(&self, row: &super::split::Row) -> String {
        row.iter()
            .zip(&self.pools)
            .map(|(cell, pool)| format!(", {}", pool.literal(*cell)))
            .collect()
    }
}

/// Asks a server about one aggregate.
pub struct Asker<'a> {
    /// The server.
    pub scratch: &'a mut Scratch,
    /// The aggregate.
    pub subject: Subject,
    /// How many cases were asked about.
    pub asked: usize,
}

/// A pair of answers: those of the two sides.
pub type Pair = (Answer, Answer);

/// One way to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// One pass over all rows.
    Whole,
    /// One state a part, combined in the order of the parts.
    Split,
    /// A statement of its own over the scratch table: the number of the case, and text.
    Said(String),
}

/// What is compared.
pub type Sides = (Side, Side);

impl<'a> Asker<'a> {
    /// Makes the scratch table for an aggregate over these values.
    ///
    /// # Errors
    /// What the server says.
    pub fn new(
        scratch: &'a mut Scratch,
        aggregate: Aggregate,
        pools: Vec<Pool>,
    ) -> Result<Asker<'a>, Trouble> {
        let subject = Subject { aggregate, pools, result: String::new() };
        let schema = scratch.schema().to_owned();
        let mut script = format!(
            "DROP TABLE IF EXISTS {schema}.parts;
             CREATE TABLE {schema}.parts (c int, part int, pos int, live bool{}) PARTITION BY LIST (part);",
            subject.column_definitions()
        );
        for part in 0..MOST_PARTS {
            script += &format!(
                "CREATE UNLOGGED TABLE {schema}.part{part} PARTITION OF {schema}.parts
                 FOR VALUES IN ({part}) WITH (autovacuum_enabled = off);"
            );
        }
        scratch.ask(&script)?;
        let typed = format!("SELECT {} FROM {schema}.parts", subject.call());
        let result = result_type(scratch, &typed)?;
        Ok(Asker { scratch, subject: Subject { result, ..subject }, asked: 0 })
    }

    /// The table with these cases in it, in place of those before.
    ///
    /// # Errors
    /// What the server says.
    pub fn load(&mut self, cases: &[&Case]) -> Result<(), Trouble> {
        let nothing = ", NULL".repeat(self.subject.pools.len());
        let mut rows = Vec::new();
        for (number, case) in cases.iter().enumerate() {
            for (part, part_rows) in case.parts.iter().enumerate() {
                rows.push(format!("({number}, {part}, 0, false{nothing})"));
                for (place, row) in part_rows.iter().enumerate() {
                    let fields = self.subject.fields(row);
                    rows.push(format!("({number}, {part}, {}, true{fields})", place + 1));
                }
            }
        }
        let schema = self.scratch.schema();
        let script = format!(
            "TRUNCATE {schema}.parts; INSERT INTO {schema}.parts VALUES {}",
            rows.join(",")
        );
        self.scratch.ask(&script).map(|_| ())
    }

    /// The statement that answers every case in the table.
    fn statement(&self) -> String {
        let (call, schema) = (self.subject.call(), self.scratch.schema());
        format!("SELECT c, ({call} FILTER (WHERE live))::text FROM {schema}.parts GROUP BY c")
    }

    /// The answers of one side for the cases in the table.
    fn side(&mut self, side: &Side, cases: usize) -> Result<Vec<Answer>, Trouble> {
        let statement = match side {
            Side::Whole | Side::Split => self.statement(),
            Side::Said(statement) => statement.clone(),
        };
        let switch = if *side == Side::Split { "on" } else { "off" };
        self.scratch.ask(&format!("SET enable_partitionwise_aggregate = {switch}"))?;
        if *side == Side::Split {
            let explain = format!("EXPLAIN (COSTS OFF, FORMAT JSON) {statement}");
            let plan = self.scratch.ask(&explain)?;
            is_split_by_parts(&plan).map_err(Trouble::Plan)?;
        }
        let rows = self.scratch.ask(&statement)?;
        Ok(in_order(rows, cases))
    }

    /// Both sides' answers for every case. A batch that fails is halved until the case is found that fails.
    ///
    /// # Errors
    /// Ctrl-C, a plan that does not split, a server that does not come back.
    pub fn pairs(&mut self, cases: &[&Case], sides: &Sides) -> Result<Vec<Pair>, Trouble> {
        let mut failures = 0;
        self.asked += cases.len();
        self.halve(cases, &mut failures, sides)
    }

    fn halve(
        &mut self,
        cases: &[&Case],
        failures: &mut usize,
        sides: &Sides,
    ) -> Result<Vec<Pair>, Trouble> {
        if cases.is_empty() {
            return Ok(vec![]);
        }
        if *failures >= FAILURES {
            return Ok(vec![(Answer::Unknown, Answer::Unknown); cases.len()]);
        }
        if cases.len() == 1 {
            let pair = self.one(cases[0], sides)?;
            let failed = |answer: &Answer| !matches!(answer, Answer::Value(_));
            *failures += usize::from(failed(&pair.0) || failed(&pair.1));
            if matches!(pair.0, Answer::Lost(_)) || matches!(pair.1, Answer::Lost(_)) {
                // One case that costs the connection is enough.
                *failures = FAILURES;
            }
            return Ok(vec![pair]);
        }
        match self.at_once(cases, sides) {
            Ok(pairs) => return Ok(pairs),
            Err(Trouble::Raised(_)) => {}
            Err(Trouble::Lost(how)) => self.back_after(&how)?,
            Err(other) => return Err(other),
        }
        let (first, second) = cases.split_at(cases.len() / 2);
        let mut pairs = self.halve(first, failures, sides)?;
        pairs.extend(self.halve(second, failures, sides)?);
        Ok(pairs)
    }

    fn at_once(&mut self, cases: &[&Case], sides: &Sides) -> Result<Vec<Pair>, Trouble> {
        self.load(cases)?;
        let first = self.side(&sides.0, cases.len())?;
        let second = self.side(&sides.1, cases.len())?;
        Ok(first.into_iter().zip(second).collect())
    }

    /// Both answers for one case, errors among them.
    fn one(&mut self, case: &Case, sides: &Sides) -> Result<Pair, Trouble> {
        self.load(&[case])?;
        let first = self.side(&sides.0, 1);
        let first = self.answer(first)?;
        if let Answer::Lost(_) = first {
            return Ok((first, Answer::Unknown));
        }
        let second = self.side(&sides.1, 1);
        Ok((first, self.answer(second)?))
    }

    fn answer(&mut self, asked: Result<Vec<Answer>, Trouble>) -> Result<Answer, Trouble> {
        match asked {
            Ok(mut answers) => Ok(answers.pop().unwrap_or(Answer::Unknown)),
            Err(Trouble::Raised(raised)) => Ok(Answer::Raised(raised)),
            Err(Trouble::Lost(how)) => {
                self.back_after(&how)?;
                Ok(Answer::Lost(how))
            }
            Err(other) => Err(other),
        }
    }

    /// Connects again, if the server is ours to be lost again.
    fn back_after(&mut self, how: &str) -> Result<(), Trouble> {
        if !self.scratch.is_ours() || self.scratch.losses() >= LOSSES {
            return Err(Trouble::Lost(how.to_owned()));
        }
        self.scratch.reconnect()
    }

    /// How the two answers of each case stand to each other.
    ///
    /// # Errors
    /// As [`pairs`](Asker::pairs).
    pub fn relations(&mut self, pairs: &[Pair]) -> Result<Vec<Relation>, Trouble> {
        relations(self.scratch, &self.subject.result, pairs)
    }
}

/// The name of the type that a query's one column has.
fn result_type(scratch: &mut Scratch, query: &str) -> Result<String, Trouble> {
    let raised = |error: postgres::Error| {
        let state = error.code().map_or(String::new(), |code| code.code().to_owned());
        Trouble::Raised(Raised { state, message: told(&error) })
    };
    let statement = scratch.client().prepare(query).map_err(raised)?;
    let number = statement.columns()[0].type_().oid();
    let rows = scratch.ask(&format!("SELECT format_type({number}, NULL)"))?;
    Ok(rows.into_iter().flatten().flatten().next().unwrap_or_default())
}

/// Answers by the number of their case.
fn in_order(rows: Rows, cases: usize) -> Vec<Answer> {
    let mut answers = vec![Answer::Unknown; cases];
    for row in rows {
        let [Some(number), value] = row.as_slice() else { continue };
        if let Some(answer) = number.parse().ok().and_then(|number: usize| answers.get_mut(number))
        {
            *answer = Answer::Value(value.clone());
        }
    }
    answers
}

/// Whether EXPLAIN's JSON is Finalize over Append over one Partial a partition, and nothing else.
///
/// # Errors
/// What is there instead.
pub fn is_split_by_parts(explained: &Rows) -> Result<(), String> {
    let text: String = explained.iter().flatten().flatten().map(String::as_str).collect();
    let document: Json = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let root = &document[0]["Plan"];
    let is = |node: &Json, kind: &str, mode: &str| {
        node["Node Type"] == kind && (mode.is_empty() || node["Partial Mode"] == mode)
    };
    let append = &root["Plans"][0];
    let parts = append["Plans"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_split = is(root, "Aggregate", "Finalize")
        && is(append, "Append", "")
        && parts.len() > 1
        && parts.iter().all(|part| is(part, "Aggregate", "Partial"));
    if is_split {
        return Ok(());
    }
    let spine = crate::engine::postgres::LivePlan::of_report(&text).map(|plan| plan.spine);
    Err(format!("the server does not split it: {}", spine.unwrap_or_else(|| "no plan".into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_finalize_over_partial_parts_is_believed() {
        let explained = |plan: &str| vec![vec![Some(format!("[{{\"Plan\": {plan}}}]"))]];
        let part = r#"{"Node Type": "Aggregate", "Partial Mode": "Partial"}"#;
        let split = format!(
            r#"{{"Node Type": "Aggregate", "Partial Mode": "Finalize",
                "Plans": [{{"Node Type": "Append", "Plans": [{part}, {part}]}}]}}"#
        );
        assert_eq!(is_split_by_parts(&explained(&split)), Ok(()));
        let plain = r#"{"Node Type": "Aggregate", "Partial Mode": "Simple"}"#;
        let why = is_split_by_parts(&explained(plain)).unwrap_err();
        assert_eq!(why, "the server does not split it: Aggregate");
    }

    #[test]
    fn answers_come_in_the_order_of_the_cases() {
        let row = |number: &str, value: Option<&str>| {
            vec![Some(number.to_owned()), value.map(str::to_owned)]
        };
        let rows = vec![row("1", None), row("0", Some("7"))];
        let answers = [Answer::Value(Some("7".into())), Answer::Value(None), Answer::Unknown];
        assert_eq!(in_order(rows, 3), answers);
    }
}
