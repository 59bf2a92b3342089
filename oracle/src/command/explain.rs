//! `bothways explain`: the serial and the parallel plan of a query, in PostgreSQL's words; or the type of a plan that a
//! server made.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use spec::sql::ast::ExplainOptions;

use super::input::{Input, read_file, stop};
use super::{Exit, Stop};
use crate::engine::postgres::LivePlan;
use crate::engine::postgres::import::Typing;
use crate::session::{EngineChoice, both_plans};

/// Show the serial and the parallel plan of a query, or check a plan that PostgreSQL made.
#[derive(clap::Args)]
#[command(after_long_help = "Examples:\n  \
    bothways explain -c \"SELECT count(*) FROM generate_series(1, 10) AS t(x)\"\n  \
    bothways explain --load t=rows.csv --set enable_hashagg=off -c \"SELECT DISTINCT a FROM t\"")]
pub struct Arguments {
    /// The query
    #[arg(short = 'c', long = "command", value_name = "SQL", required_unless_present_any = ["file", "typed"])]
    command: Option<String>,
    /// A file with the query, - for standard input
    #[arg(short = 'f', long = "file", value_name = "FILE", conflicts_with = "command")]
    file: Option<PathBuf>,
    /// Check a plan of PostgreSQL's instead: what psql -c "EXPLAIN (VERBOSE, FORMAT JSON) …" printed, - for standard input
    ///
    /// The exit code is 0 if the plan has a type, 1 if it is refused, 3 if it has nodes without a rule. For a plan of a newer
    /// server add --set server_version_num=170000: newer ones split more aggregates.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["command", "file"])]
    typed: Option<PathBuf>,
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
    if let Some(file) = &arguments.typed {
        let settings = arguments.input.session(EngineChoice::Parallel)?.settings;
        return typed(file, settings.server_version_num);
    }
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

/// Says what the checker says of a plan in a file, made by a server of this version. [plan.import]
fn typed(file: &Path, version: u64) -> Result<Exit, Stop> {
    let text = read_file(file)?;
    let Some(plan) = LivePlan::of_report(&text, version) else {
        let hint = "psql -XAtc 'EXPLAIN (VERBOSE, FORMAT JSON) SELECT …'";
        return Err(Stop::new(
            Exit::Usage,
            format!("error: this is no plan in JSON; make one by\n  {hint}"),
        ));
    };
    if !text.contains("\"Output\"") {
        let message = "error: the plan was printed without VERBOSE, so its columns are not known";
        return Err(Stop::new(Exit::Usage, message));
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{}", plan.spine)?;
    match plan.typing {
        Typing::Accepted => {
            writeln!(out, "accepted: whoever runs it, every row comes once")?;
            Ok(Exit::Agreed)
        }
        Typing::Refused(refusal) => {
            writeln!(out, "{refusal}")?;
            Ok(Exit::Failed)
        }
        Typing::Unknown(unknown) => {
            writeln!(out, "{unknown}")?;
            Ok(Exit::Undecided)
        }
    }
}
