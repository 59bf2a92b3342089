//! `bothways aggregate`: the laws of an aggregate of a live server, asked with SQL alone.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::check::{PgChoice, write_whole};
use super::input::read_file;
use super::lint::Format;
use super::{Exit, Stop};
use crate::engine::Unable;
use crate::engine::postgres::aggregates::{self, Aggregate, NotFound, Selection};
use crate::live::values::{self, NoValues};
use crate::live::{
    self, Address, Interrupt, NoScratch, Options, Report, Scratch, Trouble, Verdict, report,
};

/// Check the laws of a live server's aggregates: whether a split into parts is invisible.
#[derive(clap::Args)]
#[command(
    after_long_help = "Everything is written in a schema of its own, which is dropped at the end.\n\n\
    Exit codes: 0 lawful, 1 a law is broken, 2 usage or no such aggregate, 3 nothing decided, 4 no server, 130 interrupted\n\n\
    Examples:\n  \
    bothways aggregate 'sum(int)' --pg temp\n  \
    bothways aggregate 'avg(numeric)' --pg temp --format json"
)]
pub struct Arguments {
    /// The aggregate: NAME or NAME(type, …), with a schema or as the search path finds it [default: all that the setup
    /// script creates]
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
    /// Run this script first; what it creates without naming a schema is dropped at the end
    #[arg(long, value_name = "FILE.sql")]
    pub setup: Option<PathBuf>,
    /// Take argument values from a query, a column for each argument: for types that no generator knows
    #[arg(long, value_name = "QUERY")]
    pub values: Option<String>,
    /// The seed: the same seed, the same cases
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How the report is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Where the script that shows a fault in psql is written [default: NAME.sql in the working folder]
    #[arg(long, value_name = "FILE.sql")]
    pub script: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let interrupt = Interrupt::default();
    let on_interrupt = interrupt.clone();
    let _ = ctrlc::set_handler(move || on_interrupt.stop());
    let address = match (&arguments.dsn, arguments.pg) {
        (Some(address), _) => Address::Running(address.clone()),
        (None, Some(PgChoice::Temp)) => Address::Temporary,
        (None, Some(PgChoice::Env) | None) => Address::Running(String::new()),
    };
    let setup = arguments.setup.as_deref().map(read_file).transpose()?;
    let mut scratch = Scratch::open(address, interrupt).map_err(no_scratch)?;
    if let (Some(script), Some(path)) = (setup, &arguments.setup) {
        scratch.client().batch_execute(&script).map_err(|error| {
            let said = live::scratch::told(&error);
            Stop::new(Exit::Usage, format!("error: {}: {said}", path.display()))
        })?;
    }
    let selected = selected(&mut scratch, arguments)?;
    let mut reports = Vec::new();
    for aggregate in &selected {
        match reported(&mut scratch, aggregate, arguments, selected.len() == 1) {
            Ok(found) => reports.extend(found),
            Err(Trouble::Interrupted) => {
                return Err(Stop::new(
                    Exit::Interrupted,
                    "interrupted: the scratch schema is dropped",
                ));
            }
            Err(trouble) => return Err(Stop::new(Exit::NoServer, format!("error: {trouble}"))),
        }
    }
    print(arguments.format, &reports)?;
    let is = |wanted: fn(&Verdict) -> bool| reports.iter().any(|report| wanted(&report.verdict));
    Ok(if is(|verdict| matches!(verdict, Verdict::Convicted(_))) {
        Exit::Failed
    } else if is(|verdict| matches!(verdict, Verdict::Lawful(_))) {
        Exit::Agreed
    } else {
        Exit::Undecided
    })
}

fn no_scratch(why: NoScratch) -> Stop {
    match why {
        NoScratch::Server(Unable::World(message)) => {
            Stop::new(Exit::NoServer, format!("error: {message}"))
        }
        NoScratch::Server(unable) => Stop::new(Exit::NoServer, format!("error: {unable}")),
        NoScratch::Unfit(message) => Stop::new(Exit::NoServer, format!("error: {message}")),
    }
}

/// The aggregates that the command line names.
fn selected(scratch: &mut Scratch, arguments: &Arguments) -> Result<Vec<Aggregate>, Stop> {
    let lost = |error: postgres::Error| {
        Stop::new(Exit::NoServer, format!("error: {}", live::scratch::told(&error)))
    };
    let usage = |message: String| Stop::new(Exit::Usage, format!("error: {message}"));
    let own = scratch.schema().to_owned();
    let client = scratch.client();
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
        (None, None, None) if arguments.setup.is_some() => Selection::Schema(own),
        (None, None, None) => {
            return Err(usage(
                "name an aggregate, --schema, --extension, or a --setup that creates some".into(),
            ));
        }
    };
    let found = aggregates::read(client, &which).map_err(lost)?;
    match found.is_empty() {
        true => Err(usage(format!("there is no aggregate in {which}"))),
        false => Ok(found),
    }
}

/// The reports of one aggregate, one for each choice of argument types. The laws' lines are printed as they come.
fn reported(
    scratch: &mut Scratch,
    aggregate: &Aggregate,
    arguments: &Arguments,
    is_alone: bool,
) -> Result<Vec<Report>, Trouble> {
    let pools = match values::pools(scratch.client(), aggregate, arguments.values.as_deref()) {
        Ok(pools) => pools,
        Err(NoValues::Server(error)) if error.as_db_error().is_none() => {
            return Err(Trouble::Lost(error.to_string()));
        }
        Err(why) => {
            let own = format!("{}.", scratch.schema());
            let report =
                Report::undecided(aggregate.signature().replace(&own, ""), why.to_string());
            say(arguments.format, &report.human(None))?;
            return Ok(vec![report]);
        }
    };
    let setup = arguments.setup.as_ref().map(|path| path.display().to_string());
    let options = Options { seed: arguments.seed, setup };
    let mut reports = Vec::new();
    for pools in pools {
        let is_human = arguments.format == Format::Human && is_alone;
        let mut line = |finding: &live::Finding| {
            if is_human {
                println!("{}", finding.line());
            }
        };
        let report = live::check(scratch, aggregate, pools, &options, &mut line)?;
        let script = kept(&report, arguments, reports.len(), is_alone);
        say(arguments.format, &report.human(script.as_deref()))?;
        reports.push(report);
    }
    Ok(reports)
}

fn say(format: Format, text: &str) -> Result<(), Trouble> {
    if format == Format::Human {
        // A closed pipe ends the check at its next line, not in the middle of a statement.
        io::stdout().lock().write_all(text.as_bytes()).map_err(|_| Trouble::Interrupted)?;
    }
    Ok(())
}

/// Writes the script of a conviction and gives its path.
fn kept(report: &Report, arguments: &Arguments, number: usize, is_alone: bool) -> Option<String> {
    let witness = report.conviction()?.witness()?;
    let path = match &arguments.script {
        Some(path) if number == 0 && is_alone => path.clone(),
        _ => Path::new(&file_name(&report.aggregate, number)).to_path_buf(),
    };
    match write_whole(&path, &witness.script) {
        Ok(()) => Some(path.display().to_string()),
        Err(error) => {
            eprintln!("could not write \"{}\": {error}", path.display());
            None
        }
    }
}

/// A file name of an aggregate's signature.
fn file_name(signature: &str, number: usize) -> String {
    let plain: String =
        signature.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' }).collect();
    let parts: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    let again = if number == 0 { String::new() } else { format!("-{}", number + 1) };
    format!("{}{again}.sql", parts.join("-"))
}

fn print(format: Format, reports: &[Report]) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    match format {
        Format::Human => {}
        Format::Json => {
            let all: Vec<_> = reports.iter().map(Report::json).collect();
            writeln!(out, "{:#}", serde_json::Value::from(all))?;
        }
        Format::Junit => out.write_all(report::junit(reports).as_bytes())?,
    }
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_becomes_a_file_name() {
        assert_eq!(file_name("public.badsum(integer)", 0), "public-badsum-integer.sql");
        assert_eq!(file_name("f(double precision[])", 1), "f-double-precision-2.sql");
    }
}
