//! `bothways doctor`: what was found on this machine.

use std::io::{self, Write};
use std::thread::available_parallelism;

use super::{Exit, Stop};

/// Say what was found on this machine: servers, versions, cores.
#[derive(clap::Args)]
#[command(after_long_help = "Examples:\n  bothways doctor\n  PG_CONFIG=/opt/pg/bin/pg_config bothways doctor")]
pub struct Arguments {}

/// Runs the command.
pub(super) fn run(_arguments: &Arguments) -> Result<Exit, Stop> {
    let mut out = io::stdout().lock();
    let cores = available_parallelism().map_or(1, usize::from);
    writeln!(out, "bothways     {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "cores        {cores}")?;
    Ok(Exit::Agreed)
}
