//! Cases: one query and database under its schedules, as a small text file.
//!
//! ```text
//! version = 1
//! kind = "query"
//! seed = 42
//! schedules = ["simulated seed=7 launched=2 leader=on claims=ranges bytes=off"]
//!
//! [settings]
//! parallel_setup_cost = "0"
//!
//! --- sql
//! SELECT a, count(*) FROM t GROUP BY a
//! --- table
//! CREATE TABLE t (a integer, b numeric(10,2)) WITH (parallel_workers = 3)
//! --- rows
//! 1 → 2.00
//! \N → 1.0
//! ```
//!
//! The header is TOML, the rows are PostgreSQL's COPY text (→ is a tab). A file of another version or kind, a truncated one, or a row
//! that does not fit its table is refused with the line.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use parallel::Schedule;
use spec::catalogue::Table;
use spec::settings::Settings;
use spec::sql;
use spec::sql::ast::Statement;
use spec::value::{Row, text};

use crate::copy;
use crate::database::Database;

/// The version of the format that this program writes and reads.
const VERSION: u32 = 1;

/// One query and database under its schedules.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The seed that it was generated from; 0 if it was written by hand.
    pub seed: u64,
    /// The clause that a run of it once broke, if it was found.
    pub clause: Option<String>,
    /// The planner is told that tables have this many times their rows and pages, so that a handful of rows is planned
    /// as if it were a large table. At least 1. [departure.planner-scale]
    pub planner_scale: u32,
    /// Planner settings that differ from the defaults.
    pub settings: BTreeMap<String, String>,
    /// The schedules of the parallel engine.
    pub schedules: Vec<Schedule>,
    /// The query.
    pub sql: String,
    /// The tables with their rows.
    pub tables: Vec<CaseTable>,
}

/// A table of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseTable {
    /// Its shape; statistics are those of the rows.
    pub table: Table,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// What is wrong with a case file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseError {
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong, in a sentence.
    pub message: String,
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.message),
            line => write!(f, "line {line}: {}", self.message),
        }
    }
}

impl std::error::Error for CaseError {}

/// The TOML header of a case file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    version: u32,
    kind: String,
    #[serde(default)]
    seed: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clause: Option<String>,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    planner_scale: u32,
    #[serde(default)]
    schedules: Vec<String>,
    #[serde(default)]
    settings: BTreeMap<String, String>,
}

fn one() -> u32 {
    1
}

fn is_one(scale: &u32) -> bool {
    *scale == 1
}

impl Case {
    /// The settings of this case over the defaults.
    ///
    /// # Errors
    /// 42704 or 22023 for a setting that does not exist or cannot have that value.
    pub fn settings(&self) -> Result<Settings, spec::SqlError> {
        let mut settings = Settings::default();
        for (name, value) in &self.settings {
            settings.set(name, value).map_err(|failure| failure.to_sql_error())?;
        }
        Ok(settings)
    }

    /// The database of this case, analysed.
    pub fn database(&self) -> Database {
        let mut database = Database::default();
        for CaseTable { table, rows } in &self.tables {
            database.put(table.clone(), rows.clone(), true);
        }
        database.scale_statistics(self.planner_scale);
        if let Ok(settings) = self.settings() {
            database.catalogue.version = settings.server_version_num;
        }
        database
    }

    /// The case as a script for psql: tables, rows, settings, the query.
    pub fn to_psql(&self) -> String {
        let mut script = String::from("-- made by bothways; paste into psql\n");
        for CaseTable { table, rows } in &self.tables {
            script += &format!("{};\nCOPY {} FROM STDIN;\n", create_table(table), table.name);
            rows.iter().for_each(|row| script += &copy::line(row));
            script += &format!("\\.\nANALYZE {};\n", table.name);
        }
        for (name, value) in &self.settings {
            if name == "server_version_num" {
                script += &format!("-- as version {value} answers\n");
                continue;
            }
            script += &format!("SET {name} = '{value}';\n");
        }
        script + &format!("{};\n", self.sql)
    }
}

/// The statement that makes a table: column types with modifiers, options.
pub fn create_table(table: &Table) -> String {
    let column = |column: &spec::catalogue::Column| {
        let not_null = if column.not_null { " NOT NULL" } else { "" };
        let ty = column.modifier.describe(column.ty);
        format!("{} {ty}{not_null}", quote(&column.name))
    };
    let columns: Vec<_> = table.columns.iter().map(column).collect();
    let temporary = if table.temporary { "TEMPORARY " } else { "" };
    let options = match table.parallel_workers {
        Some(workers) => format!(" WITH (parallel_workers = {workers})"),
        None => String::new(),
    };
    format!("CREATE {temporary}TABLE {} ({}){options}", quote(&table.name), columns.join(", "))
}

/// A name as SQL writes it: quoted unless it is a plain lower-case word.
pub fn quote(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = Header {
            version: VERSION,
            kind: "query".into(),
            seed: self.seed,
            clause: self.clause.clone(),
            planner_scale: self.planner_scale,
            schedules: self.schedules.iter().map(Schedule::to_string).collect(),
            settings: self.settings.clone(),
        };
        let header = toml::to_string(&header).map_err(|_| fmt::Error)?;
        writeln!(f, "{}\n\n--- sql\n{}", header.trim_end(), self.sql)?;
        for CaseTable { table, rows } in &self.tables {
            writeln!(f, "--- table\n{}\n--- rows", create_table(table))?;
            rows.iter().try_for_each(|row| f.write_str(&copy::line(row)))?;
        }
        writeln!(f, "--- end")
    }
}

/// One part of a case file: its name, the line it begins in, its text.
struct Section<'a> {
    name: &'a str,
    line: usize,
    text: String,
}

impl FromStr for Case {
    type Err = CaseError;

    fn from_str(file: &str) -> Result<Case, CaseError> {
        let mut sections = sections(file).into_iter();
        let header = header(&sections.next().expect("the header is always there"))?;
        let mut case = Case {
            seed: header.seed,
            clause: header.clause,
            planner_scale: header.planner_scale.max(1),
            settings: header.settings,
            schedules: schedules(&header.schedules)?,
            sql: String::new(),
            tables: vec![],
        };
        let mut ended = false;
        for section in sections {
            match section.name {
                "sql" => case.sql = section.text.trim().to_owned(),
                "table" => case.tables.push(table(&section)?),
                "rows" => rows(&section, case.tables.last_mut())?,
                "end" => ended = true,
                other => return Err(at(section.line, format!("unknown section \"{other}\""))),
            }
        }
        if !ended {
            return Err(at(0, "the case file is truncated: it does not finish with \"--- end\""));
        }
        if case.sql.is_empty() {
            return Err(at(0, "the case file has no \"--- sql\" section"));
        }
        case.settings().map_err(|error| at(0, error.to_string()))?;
        Ok(case)
    }
}

fn at(line: usize, message: impl Into<String>) -> CaseError {
    CaseError { line, message: message.into() }
}

fn sections(file: &str) -> Vec<Section<'_>> {
    let mut sections = vec![Section { name: "", line: 1, text: String::new() }];
    for (number, line) in file.lines().enumerate() {
        match line.strip_prefix("--- ") {
            Some(name) => {
                sections.push(Section { name: name.trim(), line: number + 1, text: String::new() });
            }
            None => {
                let section = sections.last_mut().expect("the header is always there");
                section.text += line;
                section.text.push('\n');
            }
        }
    }
    sections
}

fn header(section: &Section<'_>) -> Result<Header, CaseError> {
    let header: Header = toml::from_str(&section.text).map_err(|error| {
        let before = error.span().map_or("", |span| &section.text[..span.start]);
        let line = 1 + before.matches('\n').count();
        at(line, format!("this is not the header of a case file: {}", error.message()))
    })?;
    if header.version != VERSION {
        let message = format!("version {} of the case format; this is {VERSION}", header.version);
        return Err(at(0, message));
    }
    if header.kind != "query" {
        return Err(at(0, format!("cases of kind \"{}\" are not known here", header.kind)));
    }
    Ok(header)
}

fn schedules(texts: &[String]) -> Result<Vec<Schedule>, CaseError> {
    let schedule = |text: &String| {
        text.parse().map_err(|error| at(0, format!("schedule \"{text}\": {error}")))
    };
    texts.iter().map(schedule).collect()
}

fn table(section: &Section<'_>) -> Result<CaseTable, CaseError> {
    let wrong = |message: String| at(section.line + 1, message);
    let parsed = sql::parse::statement(&section.text).map_err(|error| wrong(error.to_string()))?;
    let Statement::CreateTable { name, columns, keys, options, temporary, .. } = &parsed.statement
    else {
        return Err(wrong("expected CREATE TABLE".into()));
    };
    let table = sql::bind::create_table(name, columns, keys, options, *temporary);
    Ok(CaseTable { table: table.map_err(|error| wrong(error.to_string()))?, rows: vec![] })
}

fn rows(section: &Section<'_>, table: Option<&mut CaseTable>) -> Result<(), CaseError> {
    let Some(CaseTable { table, rows }) = table else {
        return Err(at(section.line, "rows without a table before them"));
    };
    for (number, line) in section.text.lines().enumerate() {
        let wrong = |message: String| at(section.line + 1 + number, message);
        let fields = copy::fields(line).map_err(|error| wrong(error.to_string()))?;
        if fields.len() != table.columns.len() {
            let expected = table.columns.len();
            return Err(wrong(format!("{} fields instead of {expected}", fields.len())));
        }
        let value = |(column, field): (&spec::catalogue::Column, Option<String>)| match field {
            None => Ok(spec::Value::Null),
            Some(field) => text::input(column.ty, column.modifier, &field),
        };
        let row = table.columns.iter().zip(fields).map(value).collect::<Result<Row, _>>();
        rows.push(row.map_err(|error| wrong(error.to_string()))?);
    }
    Ok(())
}
