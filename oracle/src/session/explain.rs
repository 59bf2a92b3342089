//! EXPLAIN: the plan that the settings choose; with ANALYZE, what happened when it ran.

use std::time::Instant;

use spec::error::{Failure, SqlError, sqlstate};
use spec::outcome::{Outcome, Rows};
use spec::plan::explain;
use spec::settings::Settings;
use spec::sql::ast::{
    CursorStatement, ExplainFormat, ExplainOptions, PreparedStatement, Statement,
};
use spec::sql::{bind, parse};
use spec::value::Value;

use super::select::failure;
use super::{Reply, Session, cursor, nowhere, text_column};
use crate::engine::parallel::Planned;
use crate::engine::{self, Question};

impl Session {
    pub(super) fn explain(
        &self,
        options: ExplainOptions,
        statement: &Statement,
    ) -> Result<Reply, Failure> {
        let text = plan_text(self, &self.settings, options, statement)?;
        let lines: Vec<&str> = match options.format {
            ExplainFormat::Text => text.lines().collect(),
            ExplainFormat::Json => vec![text.trim_end()],
        };
        let rows = lines.into_iter().map(|line| vec![Value::text(line)]).collect();
        let rows = Rows { columns: vec![text_column("QUERY PLAN")], rows };
        Ok(Reply { tag: "EXPLAIN".into(), rows: Some(rows), ..Reply::default() })
    }
}

/// The serial and the parallel plan of a query, as text.
///
/// # Errors
/// What is wrong with the query; 0A000 if it cannot be planned yet.
pub fn both_plans(
    session: &Session,
    sql: &str,
    options: ExplainOptions,
) -> Result<(String, String), Failure> {
    let parsed = parse::statement(sql)?;
    let mut serial = session.settings.clone();
    serial.max_parallel_workers_per_gather = 0;
    let plan = |settings| plan_text(session, settings, options, &parsed.statement);
    Ok((plan(&serial)?, plan(&session.settings)?))
}

fn plan_text(
    session: &Session,
    settings: &Settings,
    options: ExplainOptions,
    statement: &Statement,
) -> Result<String, Failure> {
    if let Statement::Prepared(PreparedStatement::Execute { name, args }) = statement {
        let parsed = session.substituted(name, args)?;
        return plan_text(session, settings, options, &parsed.statement).map_err(nowhere);
    }
    let serial = cursor::serial(settings);
    let (query, settings) = match statement {
        Statement::Select(query) | Statement::CreateTableAs { query, .. } => (query, settings),
        Statement::Cursor(CursorStatement::Declare { query, .. }) => (&**query, &serial),
        Statement::Insert { .. } | Statement::Update(_) | Statement::Delete(_) => {
            return session.explain_write(options, statement);
        }
        _ => {
            let message = "EXPLAIN shows plans of queries only";
            return Err(SqlError::new(sqlstate::SYNTAX_ERROR, message).into());
        }
    };
    let query = bind::query(query, &session.database.catalogue)?;
    let question = Question { sql: "", query: &query, database: &session.database, settings };
    let start = Instant::now();
    let planned = engine::parallel::plan(&question).map_err(failure)?;
    let planning = start.elapsed();
    let plan = match &planned {
        Planned::Plan(plan) => plan,
        Planned::Error(error) => return Err(error.clone().into()),
    };
    if !options.analyze {
        return Ok(explain::explain(plan.plan(), &options, None));
    }
    let schedule = parallel::Schedule { instrument: true, ..session.schedule.clone() };
    let start = Instant::now();
    let run = engine::parallel::run(&planned, &question, &schedule);
    let times = explain::Times { planning, execution: start.elapsed() };
    match run.outcome {
        Outcome::Rows(_) => Ok(explain::explain(plan.plan(), &options, Some((&run.trace, times)))),
        Outcome::Error(error) => Err(error.into()),
    }
}
