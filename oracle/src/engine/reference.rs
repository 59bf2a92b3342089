//! The reference engine: the set of permitted outcomes.

use spec::error::{Failure, SqlError, SqlState, sqlstate};
use spec::outcome::{Outcome, Rows};
use spec::permitted::{Cell, FloatRule, Permitted};
use spec::value::{Row, Value};

use super::{Question, Unable};

/// Every outcome that the query may have. An error of the query's own is such an outcome.
///
/// # Errors
/// [`Unable::Unsupported`] where the set is not known.
pub fn permitted(question: &Question<'_>) -> Result<Permitted, Unable> {
    let database = question.database;
    reference::permitted(question.query, &database.reference, question.settings).map_err(
        |failure| match failure {
            Failure::Unsupported(what) => Unable::Unsupported(what),
            Failure::Sql(error) => {
                Unable::World(format!("the reference engine does not know: {error}"))
            }
        },
    )
}

/// One of the permitted outcomes: the serial one as far as it is determined, a representative where it is not.
pub fn one_outcome(permitted: Permitted) -> Outcome {
    let Some(groups) = permitted.rows else {
        let state = permitted.errors.first().copied().expect("rows or an error are permitted");
        return Outcome::Error(SqlError::new(state, describe(state)));
    };
    let row = |cells: Vec<Cell>| cells.into_iter().map(one_value).collect();
    let rows = groups.into_iter().flat_map(|group| {
        group.candidates.into_iter().take(group.take).map(row).collect::<Vec<Row>>()
    });
    Outcome::Rows(Rows { columns: permitted.columns, rows: rows.collect() })
}

/// A value that the cell admits.
fn one_value(cell: Cell) -> Value {
    match cell {
        Cell::Exactly(value) | Cell::EqualTo(value) => value,
        Cell::Float(float) => {
            let exact = float.exact.nearest_f64();
            let is_root = matches!(float.rule, FloatRule::SquaredDeviations { root: true });
            let value = if is_root { exact.sqrt() } else { exact };
            if float.single { Value::Float4(value as f32) } else { Value::Float8(value) }
        }
        Cell::OneOf(values) => values.into_iter().next().unwrap_or_default(),
        Cell::AnyOrderOf { parts, delimiter } => Value::text(parts.join(&delimiter)),
        Cell::AnyOrderOfMembers(array) => Value::Array(array),
    }
}

/// The message of an error that the reference knows by its state only.
fn describe(state: SqlState) -> String {
    match state {
        sqlstate::DIVISION_BY_ZERO => "division by zero".into(),
        sqlstate::NUMERIC_VALUE_OUT_OF_RANGE => "value out of range".into(),
        sqlstate::CARDINALITY_VIOLATION => {
            "more than one row returned by a subquery used as an expression".into()
        }
        other => format!("every evaluation of this query raises {other}"),
    }
}
