//! `bothways replay`: judges a case from its file again.

use std::io::{self, Write};
use std::path::PathBuf;

use super::input::read_file;
use super::{Exit, Stop};
use crate::case::Case;
use crate::judge::schedules;
use crate::verdict::Verdict;

/// Judge a case from its file again.
#[derive(clap::Args)]
#[command(after_long_help = "Examples:\n  \
    bothways replay bothways-found/bag.equal-1234.case\n  \
    bothways replay --psql bothways-found/bag.equal-1234.case | psql")]
pub struct Arguments {
    /// The case, - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print the case as a script for psql instead of judging it
    #[arg(long)]
    psql: bool,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let text = read_file(&arguments.file)?;
    let case: Case = text.parse().map_err(|error| {
        Stop::new(Exit::Usage, format!("error: {}: {error}", arguments.file.display()))
    })?;
    let mut out = io::stdout().lock();
    if arguments.psql {
        out.write_all(case.to_psql().as_bytes())?;
        return Ok(Exit::Agreed);
    }
    let judged = schedules::judge(&case);
    writeln!(out, "query: {}", case.sql)?;
    if let Some(schedule) = &judged.schedule {
        writeln!(out, "schedule: {schedule}")?;
    }
    writeln!(out, "{}", judged.verdict)?;
    Ok(match judged.verdict {
        Verdict::Violation(_) => Exit::Failed,
        Verdict::Unable { .. } => Exit::Undecided,
        Verdict::Agree | Verdict::Allowed { .. } => Exit::Agreed,
    })
}
