//! Promises of aggregates that users make: where the engines differ, which law of which aggregate is broken. [law.split]
//!
//! The reference folds the transition function, so that a wrong combine function shows as a wrong bag. What is wrong is not
//! the bag, though: the laws are asked of the aggregate itself, over the query's own rows, and the one that is broken is
//! named with the fewest rows and the split that show it. [verdict.promise]
//!
//! The inverse transition of a moving aggregate is a promise, too, which no plan of ours relies on yet. It is asked
//! whenever an answer is judged. [law.inverse]

use std::collections::BTreeMap;

use spec::agg::{self, Aggregate, State, own};
use spec::error::SqlError;
use spec::laws::{self, Catalogued, Law, Sample};
use spec::outcome::{Outcome, Trace};
use spec::permitted::Finding;
use spec::query::{Call, Field, Node, Query, Rel};
use spec::value::{Modifier, Row, Value, order};

use crate::engine::{self, Question};

/// The finding, or the broken law behind it: asked if a combine function was called, and of the aggregates that users made.
pub fn explained(question: &Question<'_>, finding: Finding, trace: &Trace) -> Finding {
    if trace.combines == 0 {
        return finding;
    }
    // What PostgreSQL relies on first; the others tell more about it.
    const LAWS: [Law; 4] = [
        Law::SplitIsInvisible,
        Law::EmptyPartIsNeutral,
        Law::CombineAbsorbsARow,
        Law::SerializeRoundTrips,
    ];
    for (call, groups) in own_calls(question) {
        if !call.aggregate.splits {
            continue;
        }
        let promised = Promised { aggregate: call.aggregate, moving: None };
        let broken = LAWS.into_iter().find_map(|law| broken(law, &promised, &groups));
        if let Some(law) = broken {
            let message = format!("{}; so {} ({})", law.message, finding.message, finding.clause);
            return Finding::new(law.clause, message);
        }
    }
    finding
}

/// The inverse transition that does not take rows out as if they had never come.
pub fn inverse(question: &Question<'_>) -> Option<Finding> {
    own_calls(question).into_iter().find_map(|(call, groups)| {
        let own = call.aggregate.own?;
        let moving = own.moving.as_deref();
        let promised = Promised { aggregate: own.forward()?, moving };
        broken(Law::RetractUndoesUpdate, &promised, &groups)
    })
}

/// How many rows of a group are looked at, and how many groups.
const ROWS: usize = 24;
const GROUPS: usize = 8;

/// The law with its smallest witness, if some rows of these groups break it.
fn broken(law: Law, promised: &Promised, groups: &[Vec<Row>]) -> Option<Finding> {
    let shapes = 200..=u8::MAX;
    groups.iter().find_map(|rows| {
        let (nulls, others): (Vec<Row>, Vec<Row>) =
            rows.iter().cloned().partition(|row| row.iter().any(Value::is_null));
        let all = shapes.clone().map(|shape| Sample { rows: rows.clone(), choices: vec![shape] });
        let all = all.take(if law.asks_for_a_split() { 29 } else { 0 });
        let cuts = (0..=rows.len().min(ROWS) as u8).map(|cut| {
            let choices = vec![cut / 2, cut, rows.len() as u8];
            Sample { rows: rows.clone(), choices }
        });
        let mut samples = laws::presets(law, &nulls, &others).into_iter().chain(all).chain(cuts);
        let (_, found) =
            samples.find_map(|sample| laws::smallest(law, promised, sample, |_| vec![]))?;
        let message = format!(
            "{:?} breaks {}: {}: {}",
            promised.aggregate,
            law.name(),
            found.message,
            found.witness
        );
        Some(Finding::new(law.clause(), message))
    })
}

/// The calls of aggregates that users made, each with the argument rows of its groups. Calls whose rows come in an order of
/// the query's, or once each, are not split and left out; so are those in sub-queries of expressions.
fn own_calls<'q>(question: &Question<'q>) -> Vec<(&'q Call, Vec<Vec<Row>>)> {
    let mut found = vec![];
    let mut open = vec![&question.query.rel];
    while let Some(rel) = open.pop() {
        open.extend(rel.inputs());
        let Node::Aggregate { input, keys, calls } = &rel.node else { continue };
        for call in calls {
            let is_asked =
                call.aggregate.own.is_some() && !call.distinct && call.order_by.is_empty();
            if !is_asked {
                continue;
            }
            if let Some(rows) = argument_rows(question, input, call, keys) {
                found.push((call, rows));
            }
        }
    }
    found
}

/// The rows that a call takes in, group by group.
fn argument_rows(
    question: &Question<'_>,
    input: &Rel,
    call: &Call,
    keys: &[spec::expr::Expr],
) -> Option<Vec<Vec<Row>>> {
    let exprs: Vec<_> = keys.iter().chain(&call.args).cloned().collect();
    let column = |expr: &spec::expr::Expr| Field::computed("?column?", expr.ty(), Modifier::None);
    let columns = exprs.iter().map(column).collect();
    let rel = match &call.filter {
        Some(filter) => input.clone().filter(filter.clone()),
        None => input.clone(),
    };
    let query = Query { rel: rel.project(exprs, columns) };
    let permitted = engine::permitted(&Question { query: &query, ..*question }).ok()?;
    let Outcome::Rows(rows) = engine::reference::one_outcome(permitted) else { return None };
    let mut groups: BTreeMap<order::Key, Vec<Row>> = BTreeMap::new();
    if keys.is_empty() {
        groups.insert(order::Key(vec![]), vec![]);
    }
    for mut row in rows.rows {
        let args = row.split_off(keys.len());
        let group = groups.entry(order::Key(row)).or_default();
        if group.len() < ROWS {
            group.push(args);
        }
    }
    Some(groups.into_values().take(GROUPS).collect())
}

/// An aggregate that a user made, as the laws see it: alike are answers that the fold of the rows permits.
#[derive(Clone, Copy, Debug)]
struct Promised {
    aggregate: &'static Aggregate,
    moving: Option<&'static own::Moving>,
}

impl Promised {
    /// Whether a row has no part in the fold: a strict function is not called for a NULL.
    fn skips(&self, input: &Row) -> bool {
        self.aggregate.transition_strict && input.iter().any(Value::is_null)
    }
}

impl laws::Aggregate for Promised {
    type Input = Row;
    /// The state, and how many rows it took in: PostgreSQL begins anew where the last one leaves.
    type State = (Result<State, SqlError>, u64);
    type Output = Result<Value, SqlError>;

    fn init(&self) -> Self::State {
        (Catalogued(self.aggregate).init(), 0)
    }

    fn update(&self, state: &mut Self::State, input: &Row) {
        state.1 += u64::from(!self.skips(input));
        Catalogued(self.aggregate).update(&mut state.0, input);
    }

    fn combine(&self, state: &mut Self::State, other: &Self::State) {
        state.1 += other.1;
        Catalogued(self.aggregate).combine(&mut state.0, &other.0);
    }

    fn finish(&self, state: &Self::State) -> Self::Output {
        Catalogued(self.aggregate).finish(&state.0)
    }

    fn encode(&self, state: &Self::State) -> Option<Vec<u8>> {
        Catalogued(self.aggregate).encode(&state.0)
    }

    fn decode(&self, bytes: &[u8]) -> Option<Self::State> {
        Some((Catalogued(self.aggregate).decode(bytes)?, 0))
    }

    /// Splits that keep the order: an aggregate whose answer depends on it is not judged anyway.
    fn class(&self) -> laws::Class {
        laws::Class::InputOrder
    }

    fn agree(&self, rows: &[Row], left: &Self::Output, right: &Self::Output) -> bool {
        let meaning = self.aggregate.answers(rows, true);
        meaning.admits(left) && meaning.admits(right)
    }

    fn retract(&self, state: &mut Self::State, input: &Row) -> bool {
        let Some(moving) = self.moving else { return false };
        if self.skips(input) {
            return true;
        }
        state.1 -= 1;
        if state.1 == 0 {
            *state = self.init();
            return true;
        }
        let Ok(held) = &mut state.0 else { return false };
        // PostgreSQL starts over where the inverse cannot say what is left.
        moving.retract(held, input).unwrap_or_else(|error| {
            state.0 = Err(error);
            true
        })
    }

    fn is_null(&self, input: &Row) -> bool {
        input.iter().any(Value::is_null)
    }

    fn is_error(&self, output: &Self::Output) -> bool {
        output.is_err()
    }

    fn may_fail(&self, rows: &[Row]) -> bool {
        let meaning: agg::Meaning = self.aggregate.answers(rows, true);
        !meaning.errors.is_empty()
    }
}
