//! `bothways explain`: the serial and the parallel plan of a query, in PostgreSQL's words.

use std::io::{self, Write};
use std::path::PathBuf;

use spec::sql::ast::ExplainOptions;

use super::input::{Input, read_file, stop};
use super::{Exit, Stop};
use crate::session::{EngineChoice, both_plans};

/// Show the serial and the parallel plan of a query.
#[derive(clap::Args)]
#[command(after_long_help = "Examples:\n  \
    bothways explain -c \"SELECT count(*) FROM generate_series(1, 10) AS t(x)\"\n  \
    bothways explain --load t=rows.csv --set enable_hashagg=off -c \"SELECT DISTINCT a FROM t\"")]
pub struct Arguments {
    /// The query
    #[arg(short = 'c', long = "command", value_name = "SQL", required_unless_present = "file")]
    command: Option<String>,
    /// A file with the query, - for standard input
    #[arg(short = 'f', long = "file", value_name = "FILE", conflicts_with = "command")]
    file: Option<PathBuf>,
    /// Leave the costs out
    #[arg(long)]
    no_costs: bool,
    /// Show the output columns
    #[arg(long)]
    verbose: bool,
    #[command(flatten)]
    input: Input,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let session = arguments.input.session(EngineChoice::Parallel)?;
    let sql = match (&arguments.command, &arguments.file) {
        (Some(sql), _) => sql.clone(),
        (None, Some(file)) => read_file(file)?,
        (None, None) => unreachable!("clap asks for one of the two"),
    };
    let options = ExplainOptions {
        costs: !arguments.no_costs,
        verbose: arguments.verbose,
        ..ExplainOptions::default()
    };
    let (serial, parallel) =
        both_plans(&session, &sql, options).map_err(|failure| stop(&sql, &failure))?;
    let mut out = io::stdout().lock();
    if serial == parallel {
        write!(out, "The planner prefers the serial plan.\n\n{serial}")?;
    } else {
        write!(out, "Serial:\n\n{serial}\nParallel:\n\n{parallel}")?;
    }
    Ok(Exit::Agreed)
}
