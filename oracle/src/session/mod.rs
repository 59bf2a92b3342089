//! A session: statements one after the other over immutable versions of tables.
//!
//! The session alone executes DDL, INSERT, COPY, SET and transactions. It computes new rows once and hands them to each
//! engine in use; engines only answer queries.
//!
//! ```text
//! text --parse--> statement --execute--> Reply { tag, rows, verdict, elapsed }
//! ```

mod cursor;
mod define;
mod drop_routine;
mod explain;
mod explain_write;
mod fill;
pub mod load;
mod modify;
mod prepared;
mod routine;
mod select;
mod setting;
mod transaction;
mod view;

use std::time::Duration;

use parallel::Schedule;
use spec::error::{Failure, SqlError, sqlstate};
use spec::outcome::{OutputColumn, Rows};
use spec::settings::Settings;
use spec::sql::ast::{Parsed, Statement};
use spec::value::{Modifier, Type};

use crate::database::Database;
use crate::verdict::Verdict;

pub use explain::both_plans;

/// Which engine answers queries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum EngineChoice {
    /// The reference engine: one of the permitted outcomes.
    Reference,
    /// The parallel engine.
    #[default]
    Parallel,
    /// The parallel engine, judged by the reference.
    Both,
}

/// A session over a database.
#[derive(Clone, Debug)]
pub struct Session {
    /// The tables.
    pub database: Database,
    /// The settings.
    pub settings: Settings,
    /// Who answers.
    pub engine: EngineChoice,
    /// How the parallel engine runs.
    pub schedule: Schedule,
    /// The transaction block, inside one.
    block: Option<Box<transaction::Block>>,
    prepared: prepared::Prepared,
    cursors: cursor::Cursors,
}

/// The answer to a statement.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// PostgreSQL's command tag: `SELECT 2`, `INSERT 0 1`, `CREATE TABLE`.
    pub tag: String,
    /// Rows, if the statement gives any.
    pub rows: Option<Rows>,
    /// What the judge says, if both engines answered.
    pub verdict: Option<Verdict>,
    /// How long execution took, without parsing and loading.
    pub elapsed: Duration,
    /// Notices, as psql shows them on stderr.
    pub notices: Vec<String>,
}

impl Reply {
    fn tag(tag: impl Into<String>) -> Reply {
        Reply { tag: tag.into(), ..Reply::default() }
    }
}

impl Session {
    /// A session over an empty database.
    pub fn new(engine: EngineChoice) -> Session {
        Session {
            database: Database::new(engine != EngineChoice::Parallel),
            settings: Settings::default(),
            engine,
            schedule: Schedule::default(),
            block: None,
            prepared: prepared::Prepared::default(),
            cursors: cursor::Cursors::default(),
        }
    }

    /// Parses and executes one statement.
    ///
    /// # Errors
    /// Whatever is wrong with it, with positions in `text`.
    pub fn execute_text(&mut self, text: &str) -> Result<Reply, Failure> {
        let parsed = self.parse(text)?;
        self.execute(&parsed)
    }

    /// Executes one statement (COPY FROM STDIN has a method of its own: [`Session::copy`]).
    ///
    /// # Errors
    /// Whatever is wrong with it; the database is then as before.
    pub fn execute(&mut self, parsed: &Parsed) -> Result<Reply, Failure> {
        let reply = self.admit(&parsed.statement).and_then(|()| self.dispatch(parsed));
        self.settled(reply).map(|reply| self.heard(reply))
    }

    fn dispatch(&mut self, parsed: &Parsed) -> Result<Reply, Failure> {
        self.database.catalogue.version = self.settings.server_version_num;
        match &parsed.statement {
            Statement::Select(query) => self.select(&parsed.text, query),
            Statement::Explain { options, statement } => self.explain(*options, statement),
            Statement::CreateTable { name, if_not_exists, .. } => {
                self.create_table(&parsed.statement, name, *if_not_exists)
            }
            Statement::CreateTableAs { name, if_not_exists, temporary, columns, query } => {
                let shape = define::TableAs {
                    name,
                    if_not_exists: *if_not_exists,
                    temporary: *temporary,
                    columns,
                };
                self.create_table_as(&shape, &parsed.text, query)
            }
            Statement::Insert { table, columns, query, returning } => {
                self.insert(&parsed.text, table, columns, query, returning)
            }
            Statement::Update(update) => self.update(&parsed.text, update),
            Statement::Delete(delete) => self.delete(&parsed.text, delete),
            Statement::Truncate { tables } => self.truncate(tables),
            Statement::AlterTable(alter) => self.alter_table(alter),
            Statement::CreateView(view) => self.create_view(view),
            Statement::Prepared(prepared) => self.prepared_statement(&parsed.text, prepared),
            Statement::Cursor(cursor) => self.cursor_statement(cursor),
            Statement::CopyFrom { table, columns, file: Some(file), options } => {
                self.copy_file(table, columns, file, options)
            }
            Statement::CopyFrom { file: None, .. } => Err(SqlError::new(
                sqlstate::OBJECT_NOT_IN_PREREQUISITE_STATE,
                "COPY FROM STDIN needs its lines after it, ended by \\.",
            )
            .into()),
            Statement::CreateIndex { .. } => self.create_index(&parsed.statement),
            Statement::Drop { kind, if_exists, names, cascade } => {
                self.drop(*kind, *if_exists, names, *cascade)
            }
            Statement::CreateFunction(function) => self.create_function(function),
            Statement::CreateAggregate(aggregate) => self.create_aggregate(aggregate),
            Statement::DropRoutine { kind, if_exists, routines, cascade } => {
                self.drop_routines(*kind, *if_exists, routines, *cascade)
            }
            Statement::Analyze { tables, vacuum, analyze } => {
                self.maintain(tables, *vacuum, *analyze)
            }
            Statement::Set { local, name, value } => self.set(*local, name, value.as_deref()),
            Statement::Reset { name } => self.reset(name.as_ref()),
            Statement::Show { name } => self.show(name.as_ref().map(|name| name.name.as_str())),
            Statement::Transaction(kind) => self.transaction(kind),
        }
    }
}

/// Rows, what the judge says of them, and how long they took.
type Answered = (Rows, Option<Verdict>, Duration);

/// A failure without its place, where PostgreSQL shows none.
fn nowhere(failure: Failure) -> Failure {
    match failure {
        Failure::Sql(error) => error.nowhere().into(),
        Failure::Unsupported(what) => spec::error::Unsupported { position: None, ..what }.into(),
    }
}

/// A text column of an answer that the session itself makes.
fn text_column(name: &str) -> OutputColumn {
    OutputColumn { name: name.into(), ty: Type::Text, modifier: Modifier::None }
}
