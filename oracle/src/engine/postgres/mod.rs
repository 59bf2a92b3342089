//! PostgreSQL as an engine: a third opinion (serial) and a fourth (forced parallel). [verdict.live]
//!
//! Tables live in a schema of our own, which is dropped at the end. Each answer comes with the plan that really ran and
//! the workers that were really launched, read from the server itself (`auto_explain`, or an EXPLAIN ANALYZE of the same
//! statement where that module cannot be loaded).

pub mod aggregates;
pub mod cluster;
pub mod connect;
pub mod import;
mod plan;
mod tell;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use postgres::{Client, SimpleQueryMessage};

use spec::catalogue::Table;
use spec::error::{SqlError, SqlState};
use spec::outcome::{Outcome, OutputColumn, Rows, Run, Trace};
use spec::value::{Modifier, Row, Type, Value, text};

use super::{Engine, Question, Unable};
use crate::case::{create_table, quote};
use crate::database::Database;

pub use plan::LivePlan;
pub use tell::Told;

/// How the server is asked to run a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Without workers.
    Serial,
    /// With a parallel plan wherever one is possible (the settings of PostgreSQL's own regression tests).
    Forced,
}

/// A connection to a server, with a schema of our own.
pub struct Server {
    client: Client,
    /// Plans that `auto_explain` has reported since the last statement.
    reported: Arc<Mutex<Vec<String>>>,
    observes: bool,
    version: String,
    schema: String,
    /// `debug_parallel_query` and what else changed its name.
    version_number: u32,
    /// Keeps a throw-away cluster alive as long as the connection.
    cluster: Option<cluster::Cluster>,
    /// The tables that stand in the schema, by name: the script that made each.
    held: BTreeMap<String, String>,
    mode: Option<Mode>,
}

/// What the server did.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// What it answered.
    pub outcome: Outcome,
    /// The plan that ran, if the statement got so far.
    pub plan: Option<LivePlan>,
}

impl Server {
    /// Takes over a connection: loads `auto_explain` if it may, makes the schema.
    ///
    /// # Errors
    /// What the server says.
    pub fn over(
        mut client: Client,
        reported: Arc<Mutex<Vec<String>>>,
        cluster: Option<cluster::Cluster>,
    ) -> Result<Server, Unable> {
        let version = show(&mut client, "server_version")?;
        let version_number = show(&mut client, "server_version_num")?.parse().unwrap_or(0);
        let process = std::process::id();
        let schema = format!("bothways_{process}");
        let observe = "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; \
                       SET auto_explain.log_analyze = on; SET auto_explain.log_timing = off; \
                       SET auto_explain.log_format = json; SET auto_explain.log_verbose = on; \
                       SET client_min_messages = log";
        let observes = client.batch_execute(observe).is_ok();
        let own = quote(&schema);
        let prepare = format!(
            "DROP SCHEMA IF EXISTS {own} CASCADE; CREATE SCHEMA {own}; SET search_path = {own}; \
             SET statement_timeout = '60s'; SET lock_timeout = '10s'; SET jit = off; \
             SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; \
             SET extra_float_digits = 1"
        );
        client.batch_execute(&prepare).map_err(|error| world(&error))?;
        let version = version.split(' ').next().unwrap_or_default().to_owned();
        Ok(Server {
            client,
            reported,
            observes,
            version,
            schema,
            version_number,
            cluster,
            held: BTreeMap::new(),
            mode: None,
        })
    }

    /// The version, as `15.18`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The version as a number, as `150018`.
    pub fn version_number(&self) -> u32 {
        self.version_number
    }

    /// Gives up on statements that take longer; they count as not compared. At first a minute.
    ///
    /// # Errors
    /// What the server says.
    pub fn limit_statements(&mut self, seconds: u32) -> Result<(), Unable> {
        self.batch(&format!("SET statement_timeout = '{seconds}s'"))
    }

    /// Whether the connection is gone.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Makes the tables of a database, in place of those there were, in one round trip. Tables that are the same as before
    /// stay.
    ///
    /// A cluster of our own is told what the planner of the database was told (how many rows a table has), and spreads few
    /// rows over several pages, so that small tables are planned and read as large ones.
    ///
    /// # Errors
    /// What the server says; the tables are as before then.
    pub fn put(&mut self, database: &Database) -> Result<(), Unable> {
        let wanted: BTreeMap<String, String> = database
            .catalogue
            .tables()
            .map(|table| {
                (table.name.clone(), self.table_script(table, &database.rows(&table.name)))
            })
            .collect();
        let mut script = String::new();
        for (name, held) in &self.held {
            if wanted.get(name) != Some(held) {
                script += &format!("DROP TABLE {};", quote(name));
            }
        }
        for (name, table) in &wanted {
            if self.held.get(name) != Some(table) {
                script += table;
            }
        }
        if !script.is_empty() {
            self.batch(&script)?;
        }
        self.held = wanted;
        Ok(())
    }

    /// What makes and fills a table.
    fn table_script(&self, table: &Table, rows: &[Row]) -> String {
        let (own, name) = (self.cluster.is_some(), quote(&table.name));
        let mut script = format!("{};", create_table(table));
        if own {
            // One page would get one worker, which is no better than none.
            let workers = table.parallel_workers.unwrap_or(3);
            script +=
                &format!("ALTER TABLE {name} SET (fillfactor = 10, parallel_workers = {workers});");
        }
        if !rows.is_empty() {
            let rows: Vec<String> = rows.iter().map(row_constructor).collect();
            script += &format!("INSERT INTO {name} VALUES {};", rows.join(","));
        }
        script += &format!("ANALYZE {name};");
        if own && !rows.is_empty() {
            script += &format!(
                "UPDATE pg_class SET reltuples = {} WHERE oid = '{name}'::regclass;",
                table.statistics.rows
            );
        }
        script
    }

    fn batch(&mut self, script: &str) -> Result<(), Unable> {
        self.client.batch_execute(script).map_err(|error| world(&error))?;
        self.take_reported();
        Ok(())
    }

    fn take_reported(&self) -> Vec<String> {
        std::mem::take(&mut *self.reported.lock().expect("nobody panics while holding it"))
    }

    /// Runs a query in a mode.
    ///
    /// # Errors
    /// Only if the server cannot be asked, or answers with a type that we do not know.
    pub fn ask(&mut self, sql: &str, mode: Mode) -> Result<Observed, Unable> {
        if self.mode != Some(mode) {
            self.batch(mode_settings(mode))?;
            self.mode = Some(mode);
        }
        let columns = match self.columns(sql)? {
            Ok(columns) => columns,
            Err(error) => return Ok(Observed { outcome: Outcome::Error(error), plan: None }),
        };
        let before = if self.observes { None } else { self.explain(sql)? };
        self.take_reported();
        let answer = self.client.simple_query(sql);
        let reported = self.take_reported();
        let version = u64::from(self.version_number);
        let plan_of = |report: &String| LivePlan::of_report(report, version);
        let plan = reported.iter().rev().find_map(plan_of).or(before);
        let outcome = match answer {
            Ok(messages) => Outcome::Rows(rows(columns, &messages)?),
            Err(error) => Outcome::Error(sql_error(&error)?),
        };
        Ok(Observed { outcome, plan })
    }

    /// The columns of a query, or the error that it raises when it is parsed.
    fn columns(&mut self, sql: &str) -> Result<Result<Vec<OutputColumn>, SqlError>, Unable> {
        let statement = match self.client.prepare(sql) {
            Ok(statement) => statement,
            Err(error) => return Ok(Err(sql_error(&error)?)),
        };
        let column = |column: &postgres::Column| {
            let ty = Type::from_oid(column.type_().oid()).ok_or_else(|| {
                let message = format!("columns of type {}", column.type_().name());
                Unable::Unsupported(spec::Unsupported::new(message))
            })?;
            Ok(OutputColumn { name: column.name().into(), ty, modifier: Modifier::None })
        };
        statement.columns().iter().map(column).collect::<Result<_, _>>().map(Ok)
    }

    fn explain(&mut self, sql: &str) -> Result<Option<LivePlan>, Unable> {
        let version = u64::from(self.version_number);
        let explain = format!("EXPLAIN (ANALYZE, VERBOSE, TIMING OFF, FORMAT JSON) {sql}");
        match self.client.simple_query(&explain) {
            Ok(messages) => Ok(messages.iter().find_map(|message| match message {
                SimpleQueryMessage::Row(row) => LivePlan::of_report(row.get(0)?, version),
                _ => None,
            })),
            Err(error) => sql_error(&error).map(|_| None),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let own = quote(&self.schema);
        let _ = self.client.batch_execute(&format!("DROP SCHEMA IF EXISTS {own} CASCADE"));
    }
}

/// The settings of a mode. When parallel plans are forced the leader stays out, since it would read small tables alone before
/// a worker has started.
fn mode_settings(mode: Mode) -> &'static str {
    match mode {
        Mode::Serial => "SET max_parallel_workers_per_gather = 0",
        Mode::Forced => {
            "SET max_parallel_workers_per_gather = 4; SET parallel_setup_cost = 0; \
             SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; \
             SET min_parallel_index_scan_size = 0; SET parallel_leader_participation = off"
        }
    }
}

/// A row as VALUES has it: every field a literal of unknown type, which the column's type reads.
fn row_constructor(row: &Row) -> String {
    let field = |value: &Value| match value {
        Value::Null => "NULL".to_owned(),
        value => format!("'{}'", text::output(value).replace('\'', "''")),
    };
    format!("({})", row.iter().map(field).collect::<Vec<_>>().join(","))
}

fn show(client: &mut Client, setting: &str) -> Result<String, Unable> {
    let row = client.query_one(&format!("SHOW {setting}"), &[]).map_err(|error| world(&error))?;
    Ok(row.get(0))
}

/// The rows of a simple-protocol answer: PostgreSQL's own text, read back as values.
fn rows(columns: Vec<OutputColumn>, messages: &[SimpleQueryMessage]) -> Result<Rows, Unable> {
    let mut rows = Vec::new();
    for message in messages {
        let SimpleQueryMessage::Row(row) = message else { continue };
        let value = |(number, column): (usize, &OutputColumn)| match row.get(number) {
            None => Ok(Value::Null),
            Some(field) => text::input(column.ty, Modifier::None, field).map_err(|error| {
                Unable::World(format!("cannot read the server's {} '{field}': {error}", column.ty))
            }),
        };
        rows.push(columns.iter().enumerate().map(value).collect::<Result<Row, _>>()?);
    }
    Ok(Rows { columns, rows })
}

/// The query's own error in what the client reports.
///
/// # Errors
/// If it is the connection that failed.
fn sql_error(error: &postgres::Error) -> Result<SqlError, Unable> {
    let Some(db) = error.as_db_error() else { return Err(world(error)) };
    let state = SqlState::parse(db.code().code());
    let state = state.ok_or_else(|| world(error))?;
    // Class 57 is the operator's doing (a shutdown, a timeout), class 53 a lack of resources.
    if state.as_str().starts_with("57") || state.as_str().starts_with("53") {
        return Err(world(error));
    }
    Ok(SqlError::new(state, db.message().to_owned()))
}

/// A failure of the server or the connection.
fn world(error: &postgres::Error) -> Unable {
    let message = match error.as_db_error() {
        Some(db) => format!("PostgreSQL: {}", db.message()),
        None => format!("PostgreSQL: {error}"),
    };
    Unable::World(message)
}

/// The server in one mode, as an engine. The tables must have been [`put`](Server::put).
pub struct Live<'a> {
    /// The server.
    pub server: &'a mut Server,
    /// How it is asked.
    pub mode: Mode,
}

impl Engine for Live<'_> {
    fn name(&self) -> String {
        let mode = match self.mode {
            Mode::Serial => "serial",
            Mode::Forced => "forced parallel",
        };
        format!("PostgreSQL {} {mode}", self.server.version())
    }

    fn run(&mut self, question: &Question<'_>) -> Result<Run, Unable> {
        let observed = self.server.ask(question.sql, self.mode)?;
        let gathers = observed.plan.map_or(vec![], |plan| plan.gathers);
        let trace = Trace { gathers, ..Trace::default() };
        Ok(Run { outcome: observed.outcome, trace })
    }
}
