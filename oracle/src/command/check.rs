//! `bothways check`: the campaign, or the judgement of one query.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::input::{Input, read_file};
use super::{Exit, Stop, judge_one};
use crate::campaign::{self, Plan, Progress, Tally};
use crate::engine::postgres::{Server, connect};

/// The default size of a campaign: about 20 seconds on two cores.
const DEFAULT_CASES: u64 = 60_000;

/// Judge generated cases, or (with -c or -f) one query on your own data.
#[derive(clap::Args)]
#[command(after_long_help = "Examples:\n  \
    bothways check --cases 5000 --seed 7\n  \
    bothways check -c \"SELECT a, sum(b) FROM t GROUP BY a\" --load t=rows.csv --pg temp")]
pub struct Arguments {
    /// The query to judge
    #[arg(short = 'c', long = "command", value_name = "SQL")]
    pub command: Option<String>,
    /// A file with the query to judge, - for standard input
    #[arg(short = 'f', long = "file", value_name = "FILE", conflicts_with = "command")]
    pub file: Option<PathBuf>,
    /// The seed of the campaign: the same seed, the same cases
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many cases are judged
    #[arg(long, default_value_t = DEFAULT_CASES)]
    pub cases: u64,
    /// Stop after this time even if cases are left: 30, 90s, 5m
    #[arg(long, value_parser = duration, value_name = "TIME")]
    pub time: Option<Duration>,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// How the report is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
    /// Where cases that fail are written
    #[arg(long, default_value = "bothways-found", value_name = "FOLDER")]
    pub found: PathBuf,
    /// Ask a live PostgreSQL too: temp starts a throw-away one, env takes PGHOST and the like
    #[arg(long, value_enum)]
    pub pg: Option<PgChoice>,
    /// Ask the PostgreSQL at this address too, in a scratch schema: a URI or key=value string
    #[arg(long, value_name = "URI", conflicts_with = "pg")]
    pub dsn: Option<String>,
    /// Plant a fault in the parallel engine, or in arithmetic that our engines share: a test of the oracle
    #[cfg(feature = "faults")]
    #[arg(long, value_name = "NAME")]
    pub fault: Option<AnyFault>,
    #[command(flatten)]
    pub input: Input,
}

/// A fault that can be planted.
#[cfg(feature = "faults")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnyFault {
    /// In the parallel engine: the reference sees it.
    Parallel(parallel::fault::Fault),
    /// In what our engines share: only a live server sees it.
    Shared(spec::fault::SharedFault),
}

#[cfg(feature = "faults")]
impl std::str::FromStr for AnyFault {
    type Err = String;

    fn from_str(name: &str) -> Result<AnyFault, String> {
        let shared = name.parse().map(AnyFault::Shared);
        shared.or_else(|shared: spec::fault::UnknownSharedFault| {
            let parallel = name.parse().map(AnyFault::Parallel);
            parallel
                .map_err(|unknown: parallel::fault::UnknownFault| format!("{unknown}; {shared}"))
        })
    }
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON document.
    Json,
}

/// Which live server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum PgChoice {
    /// A throw-away cluster.
    Temp,
    /// The one that PGHOST and the like lead to.
    Env,
}

fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let seconds = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        other => return Err(format!("unknown unit \"{other}\": s, m or h")),
    };
    let number: u64 = number.trim().parse().map_err(|_| format!("\"{number}\" is not a number"))?;
    Ok(Duration::from_secs(number * seconds))
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let progress = Arc::new(Progress::default());
    let on_interrupt = progress.clone();
    // The first Ctrl-C ends the campaign after the cases at hand; the report is still written, and servers are removed.
    let _ = ctrlc::set_handler(move || on_interrupt.stop.store(true, Ordering::Relaxed));
    let mut server = server(arguments)?;
    let sql = match (&arguments.command, &arguments.file) {
        (Some(sql), _) => Some(sql.clone()),
        (None, Some(file)) => Some(read_file(file)?),
        (None, None) => None,
    };
    match sql {
        Some(sql) => judge_one::run(arguments, &sql, server.as_mut()),
        None => campaign(arguments, server.as_mut(), &progress),
    }
}

/// The live server that the command line asks for.
fn server(arguments: &Arguments) -> Result<Option<Server>, Stop> {
    let server = match (&arguments.dsn, arguments.pg) {
        (Some(address), _) => connect::running(address),
        (None, Some(PgChoice::Env)) => connect::running(""),
        (None, Some(PgChoice::Temp)) => connect::temporary(),
        (None, None) => return Ok(None),
    };
    server.map(Some).map_err(|unable| Stop::new(Exit::NoServer, format!("error: {unable}")))
}

fn campaign(
    arguments: &Arguments,
    server: Option<&mut Server>,
    progress: &Progress,
) -> Result<Exit, Stop> {
    probe(&arguments.found).map_err(|error| could_not_write(&arguments.found, &error))?;
    #[cfg(feature = "faults")]
    let _planted = match arguments.fault {
        Some(AnyFault::Shared(fault)) => Some(spec::fault::plant(fault)),
        _ => None,
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let plan = Plan {
        seed: arguments.seed,
        cases: arguments.cases,
        time: arguments.time,
        version: None,
        jobs: match &server {
            Some(_) => 1,
            None => arguments.jobs.map_or(cores, usize::from),
        },
        #[cfg(feature = "faults")]
        fault: match arguments.fault {
            Some(AnyFault::Parallel(fault)) => Some(fault),
            _ => None,
        },
        stop_at_first: false,
    };
    // A panic of ours becomes a violation with its case; the default hook would only add noise.
    std::panic::set_hook(Box::new(|_| {}));
    eprintln!("bothways {}: seed {}, {} cases", env!("CARGO_PKG_VERSION"), plan.seed, plan.cases);
    let tally = watched(&plan, progress, || match server {
        Some(server) => campaign::run_live(&plan, progress, server),
        None => campaign::run(&plan, progress),
    });
    let _ = std::panic::take_hook();
    let interrupted = progress.stop.load(Ordering::Relaxed);
    print(arguments, &plan, &tally)?;
    keep(&arguments.found, &tally)?;
    Ok(if interrupted {
        Exit::Interrupted
    } else if tally.is_violated() {
        Exit::Failed
    } else if tally.server_lost.is_some() {
        Exit::NoServer
    } else if tally.agree + tally.allowed == 0 {
        Exit::Undecided
    } else {
        Exit::Agreed
    })
}

/// Runs `work` while showing progress: a bar on a terminal, a line every ten seconds elsewhere.
fn watched(plan: &Plan, progress: &Progress, work: impl FnOnce() -> Tally + Send) -> Tally {
    let bar = if io::stderr().is_terminal() {
        let style = "{bar:30} {pos}/{len} cases  {per_sec}  {msg}  {eta} left";
        let bar = ProgressBar::new(plan.cases);
        bar.set_style(ProgressStyle::with_template(style).expect("the template is well-formed"));
        Some(bar)
    } else {
        None
    };
    std::thread::scope(|scope| {
        let (done, finished) = std::sync::mpsc::channel();
        let worker = scope.spawn(move || {
            let tally = work();
            let _ = done.send(());
            tally
        });
        let mut told = Instant::now();
        let pause = Duration::from_millis(200);
        while let Err(std::sync::mpsc::RecvTimeoutError::Timeout) = finished.recv_timeout(pause) {
            let judged = progress.judged.load(Ordering::Relaxed);
            let violations = progress.violations.load(Ordering::Relaxed);
            let shrinking = match progress.shrinking.load(Ordering::Relaxed) {
                true => ", making one smaller",
                false => "",
            };
            match &bar {
                Some(bar) => {
                    bar.set_position(judged);
                    bar.set_message(format!("{violations} violations{shrinking}"));
                }
                None if told.elapsed() >= Duration::from_secs(10) => {
                    eprintln!(
                        "{judged} of {} cases, {violations} violations{shrinking}",
                        plan.cases
                    );
                    told = Instant::now();
                }
                None => {}
            }
        }
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        worker.join().expect("a panic of ours is caught by the judge")
    })
}

fn print(arguments: &Arguments, plan: &Plan, tally: &Tally) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    match arguments.format {
        ReportFormat::Human => out.write_all(campaign::human(plan, tally).as_bytes())?,
        ReportFormat::Json => writeln!(out, "{}", campaign::json(plan, tally))?,
    }
    Ok(out.flush()?)
}

fn could_not_write(path: &Path, error: &io::Error) -> Stop {
    Stop::new(Exit::Usage, format!("error: could not write \"{}\": {error}", path.display()))
}

/// Whether findings could be written: better known before a campaign than after it. Leaves nothing behind.
fn probe(folder: &Path) -> io::Result<()> {
    let is_new = !folder.exists();
    std::fs::create_dir_all(folder)?;
    tempfile::NamedTempFile::new_in(folder)?;
    if is_new { std::fs::remove_dir(folder) } else { Ok(()) }
}

/// Writes each found case, whole or not at all, beside a script for psql.
fn keep(folder: &Path, tally: &Tally) -> Result<(), Stop> {
    for found in &tally.found {
        let clause = found.case.clause.as_deref().unwrap_or("unknown");
        let stem = format!("{clause}-{}", found.original.seed);
        let path = folder.join(format!("{stem}.case"));
        let written = std::fs::create_dir_all(folder)
            .and_then(|()| write_whole(&path, &found.case.to_string()))
            .and_then(|()| write_whole(&folder.join(format!("{stem}.sql")), &found.case.to_psql()));
        written.map_err(|error| could_not_write(&path, &error))?;
        eprintln!(
            "{}\n  query: {}\n  rerun: bothways replay {}",
            found.verdict,
            found.case.sql,
            path.display()
        );
    }
    Ok(())
}

/// Writes a file under another name first, so that nothing half-written looks whole.
pub(super) fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map(|_| ()).map_err(|error| error.error)
}
