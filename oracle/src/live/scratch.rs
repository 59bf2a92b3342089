//! A schema of our own on the server: made, used for everything that is written, and dropped however the check ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use postgres::{CancelToken, Client, NoTls, SimpleQueryMessage};

use crate::engine::Unable;
use crate::engine::postgres::cluster::Cluster;
use crate::engine::postgres::connect;

/// The oldest server whose catalogue and plans are understood.
const OLDEST: u32 = 120_000;

/// A statement longer than this is given up.
const STATEMENT_TIMEOUT: &str = "20s";

/// How often a server that was lost is tried again, a tenth of a second after the other: crash recovery takes a while.
const TRIES: usize = 300;

/// An error that the server raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// Its SQLSTATE.
    pub state: String,
    /// Its message.
    pub message: String,
}

/// Why a statement gave no rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The statement's own error.
    Raised(Raised),
    /// The server ended the connection, or died.
    Lost(String),
    /// Ctrl-C.
    Interrupted,
    /// The plan is not the one that the question needs.
    Plan(String),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Raised(raised) => write!(f, "{} ({})", raised.message, raised.state),
            Trouble::Lost(how) => write!(f, "the connection was lost: {how}"),
            Trouble::Interrupted => f.write_str("interrupted"),
            Trouble::Plan(why) => f.write_str(why),
        }
    }
}

/// Where the server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A throw-away cluster that is ours.
    Temporary,
    /// A server that runs already: a URI, or nothing for the environment's.
    Running(String),
}

/// What Ctrl-C reaches: a flag, and the statement that runs.
#[derive(Clone, Default)]
pub struct Interrupt {
    flag: Arc<AtomicBool>,
    token: Arc<Mutex<Option<CancelToken>>>,
}

impl Interrupt {
    /// Stops the check: the statement that runs is cancelled, none follows, the schema is dropped.
    pub fn stop(&self) {
        self.flag.store(true, Ordering::Relaxed);
        let token = self.token.lock().ok().and_then(|token| token.clone());
        if let Some(token) = token {
            // A statement that cannot be cancelled ends by itself, at the latest by its timeout.
            let _ = token.cancel_query(NoTls);
        }
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }
}

/// Rows as the server prints them; `None` is NULL.
pub type Rows = Vec<Vec<Option<String>>>;

/// A connection with a schema of our own. Dropping it drops the schema.
pub struct Scratch {
    client: Client,
    cluster: Option<Cluster>,
    address: Address,
    schema: String,
    interrupt: Interrupt,
    version_number: u32,
    version: String,
    /// How often the server was lost and found again.
    losses: usize,
}

/// Why there is no schema of our own.
#[derive(Debug)]
pub enum NoScratch {
    /// No server can be reached or started.
    Server(Unable),
    /// There is one, and it cannot be used: too old, in recovery, no permission.
    Unfit(String),
}

impl Scratch {
    /// Connects and makes the schema.
    ///
    /// # Errors
    /// No server, one that is too old or in recovery, or no permission to create a schema.
    pub fn open(address: Address, interrupt: Interrupt) -> Result<Scratch, NoScratch> {
        let plain = match &address {
            Address::Temporary => connect::plain_temporary(),
            Address::Running(at) => connect::plain_running(at),
        };
        let connect::Plain { mut client, cluster } = plain.map_err(NoScratch::Server)?;
        let (version, version_number) = fit(&mut client)?;
        let unfit = |error: postgres::Error| NoScratch::Unfit(told(&error));
        // The server draws the number: two checks of one process id on two machines do not meet.
        let row = client
            .query_one("SELECT (random() * 1000000000)::int::text, current_database()", &[])
            .map_err(unfit)?;
        let schema = format!("bothways_{}_{}", std::process::id(), row.get::<_, String>(0));
        let database: String = row.get(1);
        client.batch_execute(&format!("CREATE SCHEMA {schema}")).map_err(|error| {
            NoScratch::Unfit(format!(
                "{}: bothways works in a schema of its own, which it drops at the end; \
                 GRANT CREATE ON DATABASE {} TO CURRENT_USER would let it",
                told(&error),
                crate::case::quote(&database)
            ))
        })?;
        let losses = 0;
        let mut scratch = Scratch {
            client,
            cluster,
            address,
            schema,
            interrupt,
            version_number,
            version,
            losses,
        };
        scratch.prepare().map_err(unfit)?;
        Ok(scratch)
    }

    /// The settings that answers rest on, and those that make a split plan cheap: functions of SQL cost nothing. What a setup
    /// script creates without a schema lands in ours, and is still there after a crash.
    fn prepare(&mut self) -> Result<(), postgres::Error> {
        if let Ok(mut token) = self.interrupt.token.lock() {
            *token = Some(self.client.cancel_token());
        }
        let schema = &self.schema;
        self.client.batch_execute(&format!(
            "SELECT set_config('search_path', '{schema}, ' || current_setting('search_path'), false);
             SET statement_timeout = '{STATEMENT_TIMEOUT}'; SET lock_timeout = '5s'; SET jit = off;
             SET client_min_messages = error; SET standard_conforming_strings = on;
             SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres'; SET timezone = 'UTC';
             SET extra_float_digits = 1; SET bytea_output = hex; SET enable_hashagg = on;
             SET enable_sort = off; SET cpu_operator_cost = 0; SET work_mem = '64MB';
             SET max_parallel_workers_per_gather = 0; SET synchronous_commit = on"
        ))
    }

    /// The schema, as SQL writes it.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// The connection, for those who read the catalogue.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// The version, as `15.18`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The version as a number, as `150018`.
    pub fn version_number(&self) -> u32 {
        self.version_number
    }

    /// What reaches this check from outside.
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Whether the server is ours alone, so that it may be lost again to find the smallest case that does it.
    pub fn is_ours(&self) -> bool {
        self.cluster.is_some()
    }

    /// How often the server was lost.
    pub fn losses(&self) -> usize {
        self.losses
    }

    /// The last lines of the server's log, of a cluster of our own.
    pub fn log_tail(&self) -> Option<String> {
        self.cluster.as_ref().and_then(Cluster::log_tail)
    }

    /// Runs statements and gives the rows of all of them.
    ///
    /// # Errors
    /// Why there are none.
    pub fn ask(&mut self, sql: &str) -> Result<Rows, Trouble> {
        if self.interrupt.is_stopped() {
            return Err(Trouble::Interrupted);
        }
        let messages = self.client.simple_query(sql).map_err(|error| self.trouble(&error))?;
        let row = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|field| row.get(field).map(str::to_owned)).collect())
            }
            _ => None,
        };
        Ok(messages.iter().filter_map(row).collect())
    }

    fn trouble(&self, error: &postgres::Error) -> Trouble {
        if self.interrupt.is_stopped() {
            return Trouble::Interrupted;
        }
        match error.as_db_error() {
            // A FATAL error is the last word of a connection.
            Some(db) if !self.client.is_closed() && !is_last_word(db) => Trouble::Raised(Raised {
                state: db.code().code().to_owned(),
                message: db.message().to_owned(),
            }),
            Some(db) => Trouble::Lost(db.message().to_owned()),
            None => Trouble::Lost(error.to_string()),
        }
    }

    /// Connects again after the server was lost, as soon as it takes connections; the schema stands still.
    ///
    /// # Errors
    /// That it does not come back.
    pub fn reconnect(&mut self) -> Result<(), Trouble> {
        self.losses += 1;
        let mut last = String::new();
        for _ in 0..TRIES {
            let client = match (&self.cluster, &self.address) {
                (Some(cluster), _) => connect::client_of(cluster),
                (None, Address::Running(at)) => {
                    connect::plain_running(at).map(|plain| plain.client)
                }
                (None, Address::Temporary) => Err(Unable::World("the cluster is gone".into())),
            };
            match client {
                Ok(client) => {
                    self.client = client;
                    return self.prepare().map_err(|error| Trouble::Lost(told(&error)));
                }
                Err(unable) => last = unable.to_string(),
            }
            if self.interrupt.is_stopped() {
                return Err(Trouble::Interrupted);
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err(Trouble::Lost(last))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.cluster.is_some() {
            return;
        }
        let drop_schema =
            format!("SET statement_timeout = 0; DROP SCHEMA IF EXISTS {} CASCADE", self.schema);
        if self
            .client
            .batch_execute("ROLLBACK")
            .and_then(|()| self.client.batch_execute(&drop_schema))
            .is_err()
            && let Address::Running(at) = &self.address
            && let Ok(mut plain) = connect::plain_running(at)
        {
            let _ = plain.client.batch_execute(&drop_schema);
        }
    }
}

fn is_last_word(error: &postgres::error::DbError) -> bool {
    matches!(error.severity(), "FATAL" | "PANIC")
}

/// The version of a server that can be used.
fn fit(client: &mut Client) -> Result<(String, u32), NoScratch> {
    let asked = client.query_one(
        "SELECT current_setting('server_version'), current_setting('server_version_num'), pg_is_in_recovery()",
        &[],
    );
    let row = asked.map_err(|error| NoScratch::Unfit(told(&error)))?;
    let version: String = row.get(0);
    let number = row.get::<_, String>(1).parse().unwrap_or(0);
    if number < OLDEST {
        return Err(NoScratch::Unfit(format!(
            "the server is PostgreSQL {version}; its aggregates can be law-checked from version 12 on"
        )));
    }
    if row.get(2) {
        return Err(NoScratch::Unfit(
            "the server is in recovery, so nothing can be written there: ask its primary".into(),
        ));
    }
    Ok((version.split(' ').next().unwrap_or_default().to_owned(), number))
}

/// What the server says, or what became of the connection.
pub fn told(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("PostgreSQL: {}", db.message()),
        None => format!("PostgreSQL: {error}"),
    }
}
