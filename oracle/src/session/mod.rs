//! A session: statements one after the other over immutable versions of tables.
//!
//! The session alone executes DDL, INSERT, COPY, SET and transactions. It computes new rows once and hands them to each
//! engine in use; engines only answer queries.
//!
//! ```text
//! text --parse--> statement --execute--> Reply { tag, rows, verdict, elapsed }
//! ```

mod define;
mod drop_routine;
mod explain;
mod fill;
pub mod load;
mod routine;
mod select;

use std::time::Duration;

use parallel::Schedule;
use spec::error::{Failure, SqlError, sqlstate};
use spec::outcome::{OutputColumn, Rows};
use spec::settings::Settings;
use spec::sql::ast::{Parsed, Statement, TransactionKind};
use spec::value::{Modifier, Type, Value};

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
    /// What ROLLBACK goes back to, inside a transaction.
    saved: Option<Box<(Database, Settings)>>,
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
            saved: None,
        }
    }

    /// Parses and executes one statement.
    ///
    /// # Errors
    /// Whatever is wrong with it, with positions in `text`.
    pub fn execute_text(&mut self, text: &str) -> Result<Reply, Failure> {
        self.execute(&spec::sql::parse::statement(text)?)
    }

    /// Executes one statement (COPY FROM STDIN has a method of its own: [`Session::copy`]).
    ///
    /// # Errors
    /// Whatever is wrong with it; the database is then as before.
    pub fn execute(&mut self, parsed: &Parsed) -> Result<Reply, Failure> {
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
            Statement::Insert { table, columns, query } => {
                self.insert(&parsed.text, table, columns, query)
            }
            Statement::CopyFrom { table, columns, file: Some(file), options } => {
                self.copy_file(table, columns, file, options)
            }
            Statement::CopyFrom { file: None, .. } => Err(SqlError::new(
                sqlstate::OBJECT_NOT_IN_PREREQUISITE_STATE,
                "COPY FROM STDIN needs its lines after it, ended by \\.",
            )
            .into()),
            Statement::CreateIndex { .. } => self.create_index(&parsed.statement),
            Statement::Drop { kind, if_exists, names } => self.drop(*kind, *if_exists, names),
            Statement::CreateFunction(function) => self.create_function(function),
            Statement::CreateAggregate(aggregate) => self.create_aggregate(aggregate),
            Statement::DropRoutine { kind, if_exists, routines, cascade } => {
                self.drop_routines(*kind, *if_exists, routines, *cascade)
            }
            Statement::Analyze { tables, vacuum, analyze } => {
                self.maintain(tables, *vacuum, *analyze)
            }
            Statement::Set { name, value, .. } => {
                let set = match value {
                    Some(value) => self.settings.set(&name.name, value),
                    None => self.settings.reset(&name.name),
                };
                set.map(|()| Reply::tag("SET")).map_err(Failure::from)
            }
            Statement::Reset { name: Some(name) } => {
                self.settings.reset(&name.name)?;
                Ok(Reply::tag("RESET"))
            }
            Statement::Reset { name: None } => {
                self.settings = Settings::default();
                Ok(Reply::tag("RESET"))
            }
            Statement::Show { name } => self.show(name.as_ref().map(|name| name.name.as_str())),
            Statement::Transaction(kind) => Ok(self.transaction(*kind)),
        }
    }

    fn show(&self, name: Option<&str>) -> Result<Reply, Failure> {
        let (columns, rows) = match name {
            Some(name) => (vec![name], vec![vec![Value::text(self.settings.show(name)?)]]),
            None => {
                let row = |(name, value, describe): (&str, String, &str)| {
                    vec![Value::text(name), Value::text(value), Value::text(describe)]
                };
                let rows = self.settings.all().into_iter().map(row).collect();
                (vec!["name", "setting", "description"], rows)
            }
        };
        let columns = columns.into_iter().map(text_column).collect();
        Ok(Reply { tag: "SHOW".into(), rows: Some(Rows { columns, rows }), ..Reply::default() })
    }

    fn transaction(&mut self, kind: TransactionKind) -> Reply {
        let outside = self.saved.is_none();
        let (tag, notice) = match kind {
            TransactionKind::Begin => {
                if outside {
                    let saved = (self.database.clone(), self.settings.clone());
                    self.saved = Some(Box::new(saved));
                }
                ("BEGIN", (!outside).then_some("there is already a transaction in progress"))
            }
            TransactionKind::Commit => {
                self.saved = None;
                ("COMMIT", outside.then_some("there is no transaction in progress"))
            }
            TransactionKind::Rollback => {
                if let Some(saved) = self.saved.take() {
                    (self.database, self.settings) = *saved;
                }
                ("ROLLBACK", outside.then_some("there is no transaction in progress"))
            }
        };
        let notices = notice.map(|notice| format!("WARNING:  {notice}")).into_iter().collect();
        Reply { notices, ..Reply::tag(tag) }
    }
}

/// A text column of an answer that the session itself makes.
fn text_column(name: &str) -> OutputColumn {
    OutputColumn { name: name.into(), ty: Type::Text, modifier: Modifier::None }
}
