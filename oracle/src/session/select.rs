//! Queries: bound once, answered by the engine of the session's choice.

use std::time::Instant;

use spec::error::{Failure, SqlError, sqlstate};
use spec::outcome::Outcome;
use spec::query::Query;
use spec::sql::{ast, bind};

use super::{Answered, EngineChoice, Reply, Session};
use crate::engine::{self, Question, Unable};
use crate::judge;

impl Session {
    pub(super) fn select(&mut self, sql: &str, query: &ast::Query) -> Result<Reply, Failure> {
        let query = bind::query(query, &self.database.catalogue)?;
        let (rows, verdict, elapsed) = self.answer(sql, &query)?;
        let tag = format!("SELECT {}", rows.rows.len());
        Ok(Reply { tag, rows: Some(rows), verdict, elapsed, notices: vec![] })
    }

    /// The rows of a bound query, by the engine of the session's choice.
    pub(super) fn answer(&self, sql: &str, query: &Query) -> Result<Answered, Failure> {
        let Session { database, settings, .. } = self;
        self.answer_over(&Question { sql, query, database, settings })
    }

    /// The rows of a bound query over some database, by the engine of the session's choice.
    pub(super) fn answer_over(&self, question: &Question<'_>) -> Result<Answered, Failure> {
        let start = Instant::now();
        let (outcome, verdict) = match self.engine {
            EngineChoice::Reference => (self.by_reference(question)?, None),
            EngineChoice::Parallel => (self.by_parallel(question)?.outcome, None),
            EngineChoice::Both => {
                let run = self.by_parallel(question)?;
                let verdict = judge::meaning::judge(question, &run);
                (run.outcome, Some(verdict))
            }
        };
        let elapsed = start.elapsed();
        match outcome {
            Outcome::Rows(rows) => Ok((rows, verdict, elapsed)),
            Outcome::Error(error) => Err(error.into()),
        }
    }

    fn by_reference(&self, question: &Question<'_>) -> Result<Outcome, Failure> {
        let permitted = engine::permitted(question).map_err(failure)?;
        Ok(engine::reference::one_outcome(permitted))
    }

    fn by_parallel(&self, question: &Question<'_>) -> Result<spec::outcome::Run, Failure> {
        let planned = engine::parallel::plan(question).map_err(failure)?;
        Ok(engine::parallel::run(&planned, question, &self.schedule))
    }
}

/// Why an engine gave no outcome, as a failure of the statement.
pub(super) fn failure(unable: Unable) -> Failure {
    match unable {
        Unable::Unsupported(what) => what.into(),
        other => {
            let message = format!("internal error: {other}");
            SqlError::new(sqlstate::INTERNAL_ERROR, message).into()
        }
    }
}
