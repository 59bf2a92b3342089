//! `bothways spec`: the clauses, their evidence and where they are cited.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::input::read_file;
use super::{Exit, Stop};
use crate::specification::checkout::{self, Citation, Files};
use crate::specification::page::Page;
use crate::specification::{LEVELS, Specification, book, claims, table};

/// Show the clauses: what holds, what speaks for it, and who cites it.
#[derive(clap::Args)]
#[command(after_long_help = "Examples:\n  \
    bothways spec plan.gather\n  \
    bothways spec --table --format json")]
#[command(group = clap::ArgGroup::new("what").args(["id", "table", "book", "readme", "cited"]))]
pub struct Arguments {
    /// The id of a clause; without one, how many clauses have which level
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// A line per clause: its level, and how much speaks for it and cites it
    #[arg(long)]
    table: bool,
    /// How to print a clause or the table
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
    /// Write the book of clauses, rules and theorems into this folder, as sources for mdBook
    #[arg(long, value_name = "DIR")]
    book: Option<PathBuf>,
    /// Write the list of what is claimed into this file, between its marks
    #[arg(long, value_name = "FILE")]
    readme: Option<PathBuf>,
    /// Compare what a test run has cited (BOTHWAYS_CITED=FILE cargo test) with what tests say they cite
    #[arg(long, value_name = "FILE")]
    cited: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let spec = Specification::own();
    if let Some(folder) = &arguments.book {
        return write_book(&spec, folder);
    }
    if let Some(file) = &arguments.readme {
        return write_claims(&spec, file);
    }
    if let Some(file) = &arguments.cited {
        return compare(file);
    }
    let text = match (&arguments.id, arguments.table) {
        (Some(id), _) => clause(&spec, id, arguments.format)?,
        (None, true) => whole_table(&spec, arguments.format),
        (None, false) => overview(&spec, arguments.format),
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Agreed)
}

/// The sources around the current folder, if they are those of this specification.
fn sources() -> Option<Files> {
    let root = checkout::root_above(&std::env::current_dir().ok()?)?;
    let same = fs::read_to_string(root.join("spec/clauses.toml")).ok()? == spec::clause::TEXT;
    same.then(|| checkout::read(&root))
}

fn cited_in(files: Option<&Files>) -> Option<Vec<Citation>> {
    files.map(checkout::citations)
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).expect("strings and numbers are JSON") + "\n"
}

fn clause(spec: &Specification, id: &str, format: Format) -> Result<String, Stop> {
    let clause =
        spec.clause(id).map_err(|unknown| Stop::new(Exit::Usage, format!("error: {unknown}")))?;
    let citations = cited_in(sources().as_ref());
    let places = citations.map(|citations| checkout::places_of(&citations, id));
    let page = Page::new(spec, clause, places);
    Ok(match format {
        Format::Text => page.text(spec),
        Format::Json => json(&page),
    })
}

fn whole_table(spec: &Specification, format: Format) -> String {
    let citations = cited_in(sources().as_ref());
    let lines = table::lines(spec, citations.as_deref());
    match format {
        Format::Text => table::text(&lines),
        Format::Json => json(&lines),
    }
}

/// How many clauses have which level.
fn overview(spec: &Specification, format: Format) -> String {
    let count = |level: &str| spec.clauses.iter().filter(|clause| clause.level == level).count();
    let counts = LEVELS.map(|(level, _)| (level, count(level)));
    if format == Format::Json {
        return json(&BTreeMap::from(counts));
    }
    let mut text: String =
        counts.iter().map(|(level, count)| format!("{count:>5}  {level}\n")).collect();
    text += &format!("{:>5}  clauses\n", spec.clauses.len());
    text + "\nbothways spec ID shows one, bothways spec --table all of them.\n"
}

fn could_not_write(path: &Path) -> impl FnOnce(io::Error) -> Stop {
    let path = path.display().to_string();
    move |error| Stop::new(Exit::Usage, format!("error: could not write {path}: {error}"))
}

fn write_book(spec: &Specification, folder: &Path) -> Result<Exit, Stop> {
    let files = sources();
    let citations = cited_in(files.as_ref());
    if files.is_none() {
        eprintln!(
            "note: not in a checkout of this version: the book has no rules and no citations"
        );
    }
    let pages = book::files(spec, files.as_ref().zip(citations.as_deref()));
    for (path, text) in &pages {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(could_not_write(parent))?;
        fs::write(&path, text).map_err(could_not_write(&path))?;
    }
    let shown = folder.display();
    writeln!(
        io::stdout(),
        "{} files written: mdbook build {shown}, or read {shown}/src",
        pages.len()
    )?;
    Ok(Exit::Agreed)
}

fn write_claims(spec: &Specification, file: &Path) -> Result<Exit, Stop> {
    let text = read_file(file)?;
    let renewed = claims::renewed(&text, spec)
        .map_err(|lacks| Stop::new(Exit::Usage, format!("error: {}: {lacks}", file.display())))?;
    let same = renewed == text;
    fs::write(file, renewed).map_err(could_not_write(file))?;
    let told = if same { "was up to date" } else { "is up to date now" };
    writeln!(io::stdout(), "{} {told}", file.display())?;
    Ok(Exit::Agreed)
}

/// Says which citations of tests were not recorded: those tests did not run, or not so far.
fn compare(file: &Path) -> Result<Exit, Stop> {
    let text = read_file(file)?;
    let Some(files) = sources() else {
        return Err(Stop::new(
            Exit::Usage,
            "error: --cited compares with the tests of a checkout, and this is none",
        ));
    };
    let run: BTreeSet<&str> = text.lines().collect();
    let said = checkout::recorded_citations(&files);
    let lacks: Vec<_> = said.iter().filter(|found| !run.contains(&*found.record())).collect();
    let mut out = io::stdout().lock();
    for Citation { path, line, id } in &lacks {
        writeln!(out, "{path}:{line}: cites {id}, and did not run so far")?;
    }
    writeln!(out, "{} citations of tests, {} of them did not run", said.len(), lacks.len())?;
    Ok(if lacks.is_empty() { Exit::Agreed } else { Exit::Failed })
}
