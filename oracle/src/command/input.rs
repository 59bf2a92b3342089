//! Arguments that several commands share: tables, settings, threads.

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use spec::error::{Failure, SqlError, sqlstate};
use spec::sql::ast::Statement;
use spec::sql::caret;
use spec::sql::split::Splitter;

use super::{Exit, Stop};
use crate::session::{EngineChoice, Session};

/// Where tables and settings come from.
#[derive(clap::Args, Debug, Default)]
pub struct Input {
    /// Run this script before anything is loaded (CREATE TABLE …)
    #[arg(long, value_name = "FILE.sql")]
    pub setup: Vec<PathBuf>,
    /// Load a file into a table: CSV with a header (types are inferred, or those of an earlier CREATE TABLE; an empty
    /// field is NULL), or COPY text if its name ends in .data or .tsv (needs CREATE TABLE in --setup)
    #[arg(long, value_name = "TABLE=FILE", value_parser = table_and_file)]
    pub load: Vec<(String, String)>,
    /// Set a planner setting, by PostgreSQL's name
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    pub settings: Vec<(String, String)>,
    /// The leader and at most N-1 workers run at a time [default: as many as the plan asks for]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

fn table_and_file(text: &str) -> Result<(String, String), String> {
    assignment(text).map_err(|_| "expected TABLE=FILE".into())
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".into()),
    }
}

impl Input {
    /// A session with the tables and settings of the command line.
    ///
    /// # Errors
    /// What is wrong with a file, said as PostgreSQL would.
    pub fn session(&self, engine: EngineChoice) -> Result<Session, Stop> {
        let mut session = Session::new(engine);
        if let Some(threads) = self.threads {
            session.schedule.launched = Some(usize::from(threads) - 1);
        }
        for path in &self.setup {
            let text = read_file(path)?;
            run_script(&mut session, &text).map_err(|(statement, failure)| {
                let Stop { message, exit } = stop(&statement, &failure);
                Stop::new(exit, format!("{}: {message}", path.display()))
            })?;
        }
        for (name, path) in &self.load {
            session.load(name, Path::new(path)).map_err(|failure| stop("", &failure))?;
        }
        for (name, value) in &self.settings {
            session.settings.set(name, value).map_err(|failure| stop("", &failure))?;
        }
        Ok(session)
    }
}

/// Executes every statement of a script, silently; stops at the first error.
fn run_script(session: &mut Session, text: &str) -> Result<(), (String, Failure)> {
    let mut splitter = Splitter::new();
    splitter.feed(text);
    while let Some(statement) = splitter.next_statement().or_else(|| splitter.finish()) {
        let executed = session.parse(&statement).and_then(|parsed| match &parsed.statement {
            Statement::CopyFrom { table, columns, file: None, options } => {
                let lines = copy_lines(&mut splitter, &mut io::empty());
                let lines = lines.expect("reading nothing does not fail");
                session.copy(table, columns, options, io::Cursor::new(lines))
            }
            _ => session.execute(&parsed),
        });
        executed.map_err(|failure| (statement.clone(), failure))?;
    }
    Ok(())
}

/// The data lines after COPY … FROM STDIN, up to `\.` or the end of the input.
pub fn copy_lines(splitter: &mut Splitter, input: &mut impl BufRead) -> io::Result<String> {
    let mut lines = String::new();
    loop {
        while let Some(line) = splitter.copy_line() {
            if line == "\\." {
                return Ok(lines);
            }
            lines += &line;
            lines.push('\n');
        }
        let mut more = String::new();
        if input.read_line(&mut more)? == 0 {
            return Ok(lines);
        }
        splitter.feed(&more);
    }
}

/// The exit for a statement that failed before anything ran.
fn exit_for(failure: &Failure) -> Exit {
    match failure {
        Failure::Unsupported(_) => Exit::Unsupported,
        Failure::Sql(error) if error.sqlstate == sqlstate::INTERNAL_ERROR => Exit::Internal,
        Failure::Sql(_) => Exit::Usage,
    }
}

/// The text of a file, or of standard input for `-`.
///
/// # Errors
/// 58P01, 58030 or 22021 with the path.
pub fn read_file(path: &Path) -> Result<String, Stop> {
    let read = if path.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    read.map_err(|error| could_not_read(path, &error))
}

/// The stop for a file that cannot be read, in the words of PostgreSQL.
pub fn could_not_read(path: &Path, error: &std::io::Error) -> Stop {
    use std::io::ErrorKind;
    let (state, why) = match error.kind() {
        ErrorKind::NotFound => (sqlstate::UNDEFINED_FILE, "No such file or directory".to_owned()),
        ErrorKind::InvalidData => {
            (sqlstate::CHARACTER_NOT_IN_REPERTOIRE, "it is not UTF-8 text".to_owned())
        }
        _ => (sqlstate::IO_ERROR, error.to_string()),
    };
    let message = format!("could not read file \"{}\": {why}", path.display());
    stop("", &SqlError::new(state, message).into())
}

/// The stop for a failure before any statement ran: as psql shows errors, with the SQLSTATE.
pub fn stop(text: &str, failure: &Failure) -> Stop {
    let error = failure.to_sql_error();
    let message = caret::render(text, &error);
    let shown = message.strip_prefix("ERROR:  ").unwrap_or(&message);
    Stop::new(exit_for(failure), format!("ERROR:  {}: {shown}", error.sqlstate))
}
