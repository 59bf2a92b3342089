//! The `bothways` command. Data goes to stdout, everything else to stderr; see [`bothways_oracle::command`].

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    bothways_oracle::command::main()
}
