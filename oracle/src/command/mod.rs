//! The command line: one file per subcommand.
//!
//! Exit codes: 0 agreed; 1 disagreement or a failed statement; 2 usage; 3 nothing decided; 4 no server; 5 outside the
//! subset (SQLSTATE 0A000); 70 internal error; 130 interrupted.

mod aggregate;
mod check;
mod doctor;
mod explain;
mod input;
mod judge_one;
mod lint;
mod replay;
mod spec;
mod sql;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs a query both ways, serially and in parallel, and says whether the two agree.
#[derive(Parser)]
#[command(
    name = "bothways",
    version,
    about,
    long_about = "bothways runs a query both ways, serially and in parallel, and says whether the two agree, \
                  and if not, which rule was broken. It is a reference implementation of PostgreSQL-style parallel \
                  query with a differential test oracle.",
    after_long_help = "Exit codes:\n  0    agreed\n  1    a disagreement, or a statement that failed\n  2    usage\n  \
                       3    nothing decided\n  4    no server could be reached or started\n  5    outside the subset \
                       (SQLSTATE 0A000)\n  70   internal error: please report it\n  130  interrupted"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judge generated cases, or one query on your own data
    Check(Box<check::Arguments>),
    /// Answer SQL statements: a small psql over our own engines
    Sql(sql::Arguments),
    /// Show the serial and the parallel plan of a query
    Explain(explain::Arguments),
    /// Judge a case from its file again
    Replay(replay::Arguments),
    /// Show the clauses, what speaks for them and who cites them
    Spec(spec::Arguments),
    /// Read a server's catalogue and say what is wrong with its aggregates
    Lint(lint::Arguments),
    /// Check the laws of a live server's aggregates
    Aggregate(Box<aggregate::Arguments>),
    /// Say what was found on this machine
    Doctor(doctor::Arguments),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything agreed.
    Agreed,
    /// A disagreement, or a statement that failed.
    Failed,
    /// The command line or an input file is wrong.
    Usage,
    /// Nothing was decided.
    Undecided,
    /// No server could be reached or started.
    NoServer,
    /// Outside the subset (0A000).
    Unsupported,
    /// Ours.
    Internal,
    /// Ctrl-C.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Agreed => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Undecided => 3,
            Exit::NoServer => 4,
            Exit::Unsupported => 5,
            Exit::Internal => 70,
            Exit::Interrupted => 130,
        })
    }
}

/// A command that did not come to its end: what to say on stderr, and how to exit.
#[derive(Debug)]
pub struct Stop {
    /// The message, without a newline at its end; nothing is printed if it is empty.
    pub message: String,
    /// The exit.
    pub exit: Exit,
}

impl Stop {
    /// A stop with this message.
    pub fn new(exit: Exit, message: impl Into<String>) -> Stop {
        Stop { message: message.into(), exit }
    }
}

impl From<io::Error> for Stop {
    /// A closed pipe (`bothways … | head`) ends quietly; a full disk does not.
    fn from(error: io::Error) -> Stop {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::new(Exit::Agreed, ""),
            _ => Stop::new(Exit::Usage, format!("error: could not write: {error}")),
        }
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = match arguments.command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Sql(arguments) => sql::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Spec(arguments) => spec::run(&arguments),
        Command::Lint(arguments) => lint::run(&arguments),
        Command::Aggregate(arguments) => aggregate::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(stop) => {
            if !stop.message.is_empty() {
                eprintln!("{}", stop.message);
            }
            stop.exit.into()
        }
    }
}
