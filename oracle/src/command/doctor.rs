//! `bothways doctor`: what was found on this machine.

use std::io::{self, Write};
use std::process::Command;
use std::thread::available_parallelism;

use super::{Exit, Stop};
use crate::engine::extracted;
use crate::engine::postgres::cluster;

/// Say what was found on this machine: servers, versions, cores.
#[derive(clap::Args)]
#[command(
    after_long_help = "Examples:\n  bothways doctor\n  PG_CONFIG=/opt/pg/bin/pg_config bothways doctor"
)]
pub struct Arguments {}

/// Runs the command.
pub(super) fn run(_arguments: &Arguments) -> Result<Exit, Stop> {
    let mut out = io::stdout().lock();
    let cores = available_parallelism().map_or(1, usize::from);
    writeln!(out, "bothways     {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "cores        {cores}")?;
    let servers = cluster::programs();
    if servers.is_empty() {
        writeln!(out, "PostgreSQL   no server programs found: --pg temp will not work")?;
    }
    for folder in servers {
        let version = Command::new(folder.join("postgres")).arg("--version").output();
        let version =
            version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        let version = version.unwrap_or_else(|error| format!("does not run: {error}"));
        writeln!(out, "PostgreSQL   {} ({version})", folder.display())?;
    }
    let user = match cluster::server_user() {
        Ok(None) => "run as you: you are not root".to_owned(),
        Ok(Some(name)) => format!("root is dropped to the user {name}"),
        Err(unable) => unable.to_string(),
    };
    writeln!(out, "--pg temp    {user}")?;
    let address = std::env::var("PGHOST").unwrap_or_else(|_| "not set".into());
    writeln!(out, "PGHOST       {address}")?;
    let extracted = extracted::program().map_or_else(
        || "not built: `make -C spec/coq/oracle` builds it, with Coq".to_owned(),
        |path| path.display().to_string(),
    );
    writeln!(out, "Coq oracle   {extracted}")?;
    Ok(Exit::Agreed)
}
