//! `bothways sql`: a small psql over our own engines.

use std::io::{self, BufRead, Cursor, Write};
use std::path::PathBuf;

use spec::error::Failure;
use spec::sql::ast::Statement;
use spec::sql::caret;
use spec::sql::split::Splitter;

use super::input::{Input, copy_lines, read_file};
use super::{Exit, Stop};
use crate::format::{self, Format};
use crate::session::{EngineChoice, Reply, Session};

/// Answer SQL statements from -c, -f or standard input.
#[derive(clap::Args)]
#[command(after_long_help = "Examples:\n  \
    bothways sql -c \"SELECT x, x * x AS square FROM generate_series(1, 3) AS t(x)\"\n  \
    echo \"CREATE TABLE t (a int); SELECT count(*) FROM t\" | bothways sql --format jsonl")]
pub struct Arguments {
    /// Statements to execute; may be given several times
    #[arg(short = 'c', long = "command", value_name = "SQL")]
    commands: Vec<String>,
    /// A script to execute, - for standard input
    #[arg(short = 'f', long = "file", value_name = "FILE", conflicts_with = "commands")]
    file: Option<PathBuf>,
    /// Who answers
    #[arg(long, value_enum, default_value_t)]
    engine: EngineChoice,
    /// How answers are printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Stop at the first statement that fails
    #[arg(long)]
    stop_on_error: bool,
    #[command(flatten)]
    input: Input,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let session = arguments.input.session(arguments.engine)?;
    let mut console = Console { session, format: arguments.format, statement: 0, failed: false };
    let scripts = match &arguments.file {
        Some(file) if file.as_os_str() != "-" => vec![read_file(file)?],
        Some(_) => vec![],
        None => arguments.commands.clone(),
    };
    if scripts.is_empty() {
        console.converse(io::stdin().lock(), arguments.stop_on_error)?;
    }
    for script in scripts {
        if console.failed && arguments.stop_on_error {
            break;
        }
        console.converse(Cursor::new(script), arguments.stop_on_error)?;
    }
    Ok(if console.failed { Exit::Failed } else { Exit::Agreed })
}

/// A conversation: statements in, answers out.
struct Console {
    session: Session,
    format: Format,
    /// How many statements there have been.
    statement: usize,
    failed: bool,
}

impl Console {
    /// Answers each statement as soon as it is complete.
    fn converse(&mut self, mut input: impl BufRead, stop_on_error: bool) -> Result<(), Stop> {
        let mut splitter = Splitter::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            let ended = input.read_until(b'\n', &mut line)? == 0;
            splitter.feed(&String::from_utf8_lossy(&line));
            loop {
                let next = splitter.next_statement();
                let next = if ended { next.or_else(|| splitter.finish()) } else { next };
                let Some(text) = next else { break };
                self.answer(&text, &mut splitter, &mut input)?;
                if self.failed && stop_on_error {
                    return Ok(());
                }
            }
            if ended {
                return Ok(());
            }
        }
    }

    /// Answers one statement and flushes.
    fn answer(
        &mut self,
        text: &str,
        splitter: &mut Splitter,
        input: &mut impl BufRead,
    ) -> Result<(), Stop> {
        self.statement += 1;
        let reply = match self.session.parse(text) {
            Err(failure) => Err(failure),
            Ok(parsed) => match &parsed.statement {
                Statement::CopyFrom { table, columns, file: None, options } => {
                    let lines = copy_lines(splitter, input)?;
                    self.session.copy(table, columns, options, Cursor::new(lines))
                }
                _ => self.session.execute(&parsed),
            },
        };
        self.print(text, reply)
    }

    fn print(&mut self, text: &str, reply: Result<Reply, Failure>) -> Result<(), Stop> {
        let mut out = io::stdout().lock();
        match reply {
            Ok(reply) => {
                reply.notices.iter().for_each(|notice| eprintln!("{notice}"));
                self.failed |=
                    reply.verdict.as_ref().is_some_and(crate::verdict::Verdict::is_violation);
                out.write_all(self.shown(text, &reply).as_bytes())?;
            }
            Err(failure) => {
                self.failed = true;
                let error = failure.to_sql_error();
                if self.format == Format::Jsonl {
                    let line = format::error_line(self.statement, text, &error);
                    out.write_all(line.as_bytes())?;
                } else {
                    out.flush()?;
                    eprintln!("{}", caret::render(text, &error));
                }
            }
        }
        Ok(out.flush()?)
    }

    fn shown(&self, text: &str, reply: &Reply) -> String {
        if self.format == Format::Jsonl {
            return format::reply_line(self.statement, text, reply);
        }
        let mut shown = match &reply.rows {
            // Rows of RETURNING are followed by what was done.
            Some(rows) if is_write(&reply.tag) => {
                format!("{}{}\n", format::rows(self.format, rows), reply.tag)
            }
            Some(rows) => format::rows(self.format, rows),
            None => format!("{}\n", reply.tag),
        };
        if let Some(verdict) = &reply.verdict {
            shown += &format!("-- both ways: {verdict}\n");
        }
        shown
    }
}

fn is_write(tag: &str) -> bool {
    ["INSERT ", "UPDATE ", "DELETE "].iter().any(|word| tag.starts_with(word))
}
