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

use std::ops::Range;

use serde_json::Value as Json;

use super::answer::{Answer, Measure, Relation, relations};
use super::rounding::Yardstick;
use super::scratch::{Raised, Rows, Scratch, Trouble, told};
use super::split::{Case, MOST_PARTS};
use super::values::{Lane, Pool, without_limit};
use crate::engine::postgres::aggregates::{Aggregate, Kind};

/// What a statement says in place of the relation that holds its cases; an alias must follow.
pub const CASES: &str = "{cases}";

/// Single cases that may fail on one side before the rest of a batch is left unasked.
const FAILURES: usize = 40;
/// SQLSTATE of a statement that ran into its timeout: a few of them are as slow as many others.
const TIMED_OUT: &str = "57014";
/// Rows that may stand in the scratch table before it is emptied.
const MOST_STORED: usize = 12_000;
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

    /// The rows of a case as VALUES has them: its number, the part, the place counted up to 0, which is the part's last row,
    /// whether it counts, and the fields. Each part has one row that does not count, which brings it into being.
    pub fn case_rows(&self, case: &Case, number: usize) -> Vec<String> {
        let nothing = ", NULL".repeat(self.pools.len());
        let mut rows = Vec::new();
        for (part, part_rows) in case.parts.iter().enumerate() {
            rows.push(format!("({number}, {part}, 0, false{nothing})"));
            for (left, row) in (0..part_rows.len()).rev().zip(part_rows) {
                let place = format!("{}{left}", if left == 0 { "" } else { "-" });
                rows.push(format!("({number}, {part}, {place}, true{})", self.fields(row)));
            }
        }
        rows
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
    /// How far answers in floats may lie apart.
    pub yardstick: Yardstick,
    /// Whether `enable_partitionwise_aggregate` is on, if that is known.
    is_split: Option<bool>,
    /// The number of the first case that was loaded last.
    first: usize,
    /// How many cases were loaded last.
    loaded: usize,
    /// How many rows the scratch table has.
    rows: usize,
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
    /// A statement of its own over [`CASES`]: the number of the case, and text.
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
        let subject = Subject { result, ..subject };
        let yardstick = Yardstick::default();
        let is_split = None;
        Ok(Asker { scratch, subject, asked: 0, yardstick, is_split, first: 0, loaded: 0, rows: 0 })
    }

    /// The table with these cases in it, under numbers of their own: those of earlier cases stay until there are many, since
    /// emptying the table costs more than all that is asked about it.
    ///
    /// # Errors
    /// What the server says.
    pub fn load(&mut self, cases: &[&Case]) -> Result<(), Trouble> {
        self.first += self.loaded;
        self.loaded = cases.len();
        let mut rows = Vec::new();
        for (number, case) in (self.first..).zip(cases) {
            rows.extend(self.subject.case_rows(case, number));
        }
        let schema = self.scratch.schema();
        let mut script = String::new();
        if self.rows + rows.len() > MOST_STORED {
            script += &format!("TRUNCATE {schema}.parts;");
            self.rows = 0;
        }
        self.rows += rows.len();
        script += &format!("INSERT INTO {schema}.parts VALUES {}", rows.join(","));
        self.scratch.ask(&script).map(|_| ())
    }

    /// The statement of a side that answers these of the cases in the table.
    fn statement(&self, side: &Side, cases: &Range<usize>) -> String {
        let (from, to) = (self.first + cases.start, self.first + cases.end - 1);
        let schema = self.scratch.schema();
        // The planner thinks that a range leaves few rows, and `<>` nearly all: a split of many rows looks cheap.
        let chosen = format!("(c BETWEEN {from} AND {to})::int <> 0");
        match side {
            Side::Whole | Side::Split => format!(
                "SELECT c, ({} FILTER (WHERE live))::text FROM {schema}.parts WHERE {chosen} GROUP BY c",
                self.subject.call()
            ),
            Side::Said(statement) => {
                statement.replace(CASES, &format!("(SELECT * FROM {schema}.parts WHERE {chosen})"))
            }
        }
    }

    /// The answers of one side for these of the cases in the table.
    fn side(&mut self, side: &Side, cases: &Range<usize>) -> Result<Vec<Answer>, Trouble> {
        let statement = self.statement(side, cases);
        let is_split = *side == Side::Split;
        if self.is_split != Some(is_split) {
            let switch = if is_split { "on" } else { "off" };
            self.scratch.ask(&format!("SET enable_partitionwise_aggregate = {switch}"))?;
            self.is_split = Some(is_split);
        }
        if is_split {
            let explain = format!("EXPLAIN (COSTS OFF, FORMAT JSON) {statement}");
            let plan = self.scratch.ask(&explain)?;
            is_split_by_parts(&plan).map_err(Trouble::Plan)?;
        }
        let rows = self.scratch.ask(&statement)?;
        Ok(in_order(rows, self.first + cases.start, cases.len()))
    }

    /// Both sides' answers for every case. Cases that fail at once are halved until the one is found that fails.
    ///
    /// # Errors
    /// Ctrl-C, a plan that does not split, a server that does not come back.
    pub fn pairs(&mut self, cases: &[&Case], sides: &Sides) -> Result<Vec<Pair>, Trouble> {
        self.asked += cases.len();
        let first = self.answers(cases, &sides.0, true)?;
        // One case that costs the connection is enough.
        if first.iter().any(|answer| matches!(answer, Answer::Lost(_))) {
            return Ok(first.into_iter().map(|answer| (answer, Answer::Unknown)).collect());
        }
        let second = self.answers(cases, &sides.1, false)?;
        Ok(first.into_iter().zip(second).collect())
    }

    /// One side's answers for every case, which are put into the table first unless they are there already.
    ///
    /// # Errors
    /// As [`pairs`](Asker::pairs).
    pub fn answers(
        &mut self,
        cases: &[&Case],
        side: &Side,
        is_new: bool,
    ) -> Result<Vec<Answer>, Trouble> {
        if cases.is_empty() {
            return Ok(vec![]);
        }
        if is_new {
            self.load(cases)?;
        }
        let mut left = FAILURES;
        self.halve(cases, 0..cases.len(), side, &mut left)
    }

    fn halve(
        &mut self,
        cases: &[&Case],
        range: Range<usize>,
        side: &Side,
        left: &mut usize,
    ) -> Result<Vec<Answer>, Trouble> {
        if *left == 0 {
            return Ok(vec![Answer::Unknown; range.len()]);
        }
        let is_one = range.len() == 1;
        match self.side(side, &range) {
            Ok(answers) => return Ok(answers),
            Err(Trouble::Raised(raised)) if is_one => {
                *left = if raised.state == TIMED_OUT { *left / 4 } else { *left - 1 };
                return Ok(vec![Answer::Raised(raised)]);
            }
            Err(Trouble::Raised(_)) => {}
            Err(Trouble::Lost(how)) => {
                self.back_after(&how)?;
                // A crash empties unlogged tables.
                self.load(cases)?;
                if is_one {
                    *left = 0;
                    return Ok(vec![Answer::Lost(how)]);
                }
            }
            Err(other) => return Err(other),
        }
        let middle = range.start + range.len() / 2;
        let mut answers = self.halve(cases, range.start..middle, side, left)?;
        answers.extend(self.halve(cases, middle..range.end, side, left)?);
        Ok(answers)
    }

    /// Connects again, if the server is ours to be lost again.
    fn back_after(&mut self, how: &str) -> Result<(), Trouble> {
        if !self.scratch.is_ours() || self.scratch.losses() >= LOSSES {
            return Err(Trouble::Lost(how.to_owned()));
        }
        self.is_split = None;
        self.scratch.reconnect()
    }

    /// How the two answers of each case stand to each other, on values of a lane.
    ///
    /// # Errors
    /// As [`pairs`](Asker::pairs).
    pub fn relations(&mut self, pairs: &[Pair], lane: Lane) -> Result<Vec<Relation>, Trouble> {
        let (result, yardstick) = (self.subject.result.as_str(), &self.yardstick);
        relations(self.scratch, &Measure { result, lane, yardstick }, pairs)
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
    let name = rows.into_iter().flatten().flatten().next().unwrap_or_default();
    Ok(without_limit(&name).to_owned())
}

/// Answers by the number of their case, from this one on.
fn in_order(rows: Rows, first: usize, cases: usize) -> Vec<Answer> {
    let mut answers = vec![Answer::Unknown; cases];
    for row in rows {
        let [Some(number), value] = row.as_slice() else { continue };
        let place = number.parse().ok().and_then(|number: usize| number.checked_sub(first));
        if let Some(answer) = place.and_then(|place| answers.get_mut(place)) {
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
    let spine =
        crate::engine::postgres::LivePlan::of_report(&text, u64::MAX).map(|plan| plan.spine);
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
        let rows = vec![row("41", None), row("40", Some("7"))];
        let answers = [Answer::Value(Some("7".into())), Answer::Value(None), Answer::Unknown];
        assert_eq!(in_order(rows, 40, 3), answers);
    }
}
