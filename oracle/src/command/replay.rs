//! `bothways replay`: judges a case from its file again.

use std::io::{self, Write};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use super::input::{could_not_read, read_file};
use super::{Exit, Stop};
use crate::case::Case;
use crate::fuzz::Target;
use crate::judge::schedules;
use crate::shrink::shrink;
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
    /// The file holds bytes of this fuzz target, not a case: print, shrunk, what they mean
    #[arg(long, value_name = "TARGET", hide = true, conflicts_with = "psql")]
    from_fuzz: Option<Target>,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    if let Some(target) = arguments.from_fuzz {
        return from_fuzz(target, &arguments.file);
    }
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

/// Says on stdout what a fuzzer's bytes mean (a failing case is shrunk first), and on stderr whether they break anything.
fn from_fuzz(target: Target, file: &Path) -> Result<Exit, Stop> {
    let bytes = std::fs::read(file).map_err(|error| could_not_read(file, &error))?;
    let mut described = target.describe(&bytes);
    let broken = catch_unwind(|| target.run(&bytes)).is_err();
    if broken && let Ok(case) = described.parse::<Case>() {
        described = shrink(&case, &mut |case| schedules::judge(case).verdict).case.to_string();
    }
    io::stdout().lock().write_all(described.as_bytes())?;
    eprintln!("{target}: {}", if broken { "broken" } else { "holds" });
    Ok(if broken { Exit::Failed } else { Exit::Agreed })
}
