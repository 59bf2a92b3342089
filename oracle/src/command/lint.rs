//! `bothways lint`: what the catalogue alone says against aggregates.

use std::io::{self, Write};
use std::path::PathBuf;

use postgres::Client;

use super::check::PgChoice;
use super::input::read_file;
use super::{Exit, Stop};
use crate::engine::postgres::aggregates::{self, Aggregate, NotFound, Selection};
use crate::engine::postgres::connect::{self, Plain};
use crate::lint::{self, report};

/// Read a server's catalogue and say what is wrong with aggregates that are to be split; nothing is written.
#[derive(clap::Args)]
#[command(
    after_long_help = "Exit codes: 0 nothing found, 1 errors or warnings, 2 usage or no such aggregate, 4 no server\n\n\
    Examples:\n  \
    bothways lint 'sum(int)' --pg temp\n  \
    bothways lint --schema pg_catalog --pg temp"
)]
pub struct Arguments {
    /// The aggregate: NAME or NAME(type, …), with a schema or as the search path finds it [default: all that are not
    /// PostgreSQL's own]
    #[arg(value_name = "NAME(type,…)", conflicts_with_all = ["schema", "extension"])]
    pub name: Option<String>,
    /// All aggregates of a schema
    #[arg(long, value_name = "SCHEMA", conflicts_with = "extension")]
    pub schema: Option<String>,
    /// All aggregates of an extension
    #[arg(long, value_name = "EXTENSION")]
    pub extension: Option<String>,
    /// temp starts a throw-away server, env takes PGHOST and the like [default: env]
    #[arg(long, value_enum)]
    pub pg: Option<PgChoice>,
    /// The server at this address: a URI or key=value string
    #[arg(long, value_name = "URI", conflicts_with = "pg")]
    pub dsn: Option<String>,
    /// Run this script first; on a throw-away server only, since lint writes to no other
    #[arg(long, value_name = "FILE.sql")]
    pub setup: Vec<PathBuf>,
    /// How the report is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How a lint report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON document.
    Json,
    /// JUnit XML: a suite per aggregate, a test case per rule.
    Junit,
}

/// The oldest server whose catalogue lint reads.
const OLDEST: i32 = 120_000;

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    if !arguments.setup.is_empty() && arguments.pg != Some(PgChoice::Temp) {
        let message =
            "error: --setup needs --pg temp: lint writes nothing to a server that is not its own";
        return Err(Stop::new(Exit::Usage, message));
    }
    let mut server = server(arguments)?;
    for path in &arguments.setup {
        let script = read_file(path)?;
        server.client.batch_execute(&script).map_err(|error| {
            let said = server_says(&error);
            Stop::new(Exit::Usage, format!("{}: {said}", path.display()))
        })?;
    }
    let client = &mut server.client;
    let lost = |error: postgres::Error| Stop::new(Exit::NoServer, server_says(&error));
    // Names in what lint prints must be whole, so nothing but pg_catalog may be left unqualified later.
    client.batch_execute("BEGIN READ ONLY; SET LOCAL statement_timeout = '30s'").map_err(lost)?;
    let found = selected(client, arguments)?;
    client.batch_execute("SET LOCAL search_path = pg_catalog").map_err(lost)?;
    let found = requalified(client, found).map_err(lost)?;
    let reports = lint::lint(client, &found).map_err(lost)?;
    let _ = client.batch_execute("ROLLBACK");
    let mut out = io::stdout().lock();
    match arguments.format {
        Format::Human => out.write_all(report::human(&reports).as_bytes())?,
        Format::Json => writeln!(out, "{:#}", report::json(&reports))?,
        Format::Junit => out.write_all(report::junit(&reports).as_bytes())?,
    }
    out.flush()?;
    let is_found = reports.iter().flat_map(|report| &report.findings).any(lint::Finding::counts);
    Ok(if is_found { Exit::Failed } else { Exit::Agreed })
}

/// The server that the command line asks for; it must be new enough to have what lint reads.
fn server(arguments: &Arguments) -> Result<Plain, Stop> {
    let server = match (&arguments.dsn, arguments.pg) {
        (Some(address), _) => connect::plain_running(address),
        (None, Some(PgChoice::Temp)) => connect::plain_temporary(),
        (None, Some(PgChoice::Env) | None) => connect::plain_running(""),
    };
    let no_server = |message| Stop::new(Exit::NoServer, message);
    let mut server = server.map_err(|unable| no_server(format!("error: {unable}")))?;
    let asked = server.client.query_one("SELECT current_setting('server_version_num')::int", &[]);
    let version: i32 = asked.map_err(|error| no_server(server_says(&error)))?.get(0);
    if version < OLDEST {
        let message =
            format!("error: the server is of version {version}; lint needs PostgreSQL 12 or newer");
        return Err(no_server(message));
    }
    Ok(server)
}

/// The aggregates that the command line names.
fn selected(client: &mut Client, arguments: &Arguments) -> Result<Vec<Aggregate>, Stop> {
    let lost = |error: postgres::Error| Stop::new(Exit::NoServer, server_says(&error));
    let usage = |message: String| Stop::new(Exit::Usage, format!("error: {message}"));
    let which = match (&arguments.name, &arguments.schema, &arguments.extension) {
        (Some(name), _, _) => {
            return match aggregates::resolve(client, name) {
                Ok(aggregate) => Ok(vec![aggregate]),
                Err(NotFound::Server(error)) => Err(lost(error)),
                Err(not_found) => Err(usage(not_found.to_string())),
            };
        }
        (None, Some(schema), _) => {
            if !aggregates::has_schema(client, schema).map_err(lost)? {
                return Err(usage(format!("schema \"{schema}\" does not exist")));
            }
            Selection::Schema(schema.clone())
        }
        (None, None, Some(extension)) => {
            if !aggregates::has_extension(client, extension).map_err(lost)? {
                return Err(usage(format!("extension \"{extension}\" does not exist")));
            }
            Selection::Extension(extension.clone())
        }
        (None, None, None) => Selection::Users,
    };
    aggregates::read(client, &which).map_err(lost)
}

/// The same aggregates, read under a search path of `pg_catalog` alone: every other type is named with its schema.
fn requalified(
    client: &mut Client,
    found: Vec<Aggregate>,
) -> Result<Vec<Aggregate>, postgres::Error> {
    let again = found.iter().map(|aggregate| {
        let read = aggregates::read(client, &Selection::One(aggregate.oid))?;
        Ok(read.into_iter().next())
    });
    Ok(again.collect::<Result<Vec<_>, postgres::Error>>()?.into_iter().flatten().collect())
}

fn server_says(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("PostgreSQL: {}: {}", db.code().code(), db.message()),
        None => format!("PostgreSQL: {error}"),
    }
}
