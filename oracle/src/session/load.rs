//! Loading files: CSV with a header (types inferred, or those of an earlier CREATE TABLE) and PostgreSQL's COPY text.
//!
//! An empty field of a CSV file is NULL [departure.csv.empty], and a loaded table is analysed at once [departure.statistics].

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use spec::catalogue::{Column, Statistics, Table};
use spec::error::{Failure, SqlError, sqlstate};
use spec::sql::ast::CopyOptions;
use spec::value::{Modifier, Row, Type, Value, text};

use super::Session;
use crate::copy::csv::{Broken, Records};
use crate::copy::{self, not_utf8};

/// How much of a line or field an error shows, in characters, as PostgreSQL does.
const SHOWN: usize = 100;

impl Session {
    /// Loads `path` into the table `name`; returns the number of rows. `.data` and `.tsv` files are COPY text and need
    /// an earlier CREATE TABLE; everything else is CSV with a header. The table is analysed afterwards.
    ///
    /// # Errors
    /// 58P01 for a missing file, 42P01 for a missing table, 22P04 and 22P02 with line and column for malformed rows;
    /// nothing is added then.
    pub fn load(&mut self, name: &str, path: &Path) -> Result<usize, Failure> {
        let open = || open(&path.display().to_string());
        let is_text = path.extension().is_some_and(|e| e == "data" || e == "tsv");
        let table = match (self.database.catalogue.table(name), is_text) {
            (Some(table), _) => Table::clone(table),
            (None, false) => infer(name, BufReader::new(open()?))?,
            (None, true) => return Err(needs_table(name, path).into()),
        };
        let numbers: Vec<usize> = match is_text {
            true => (0..table.columns.len()).collect(),
            false => header(&table, BufReader::new(open()?))?,
        };
        let options = CopyOptions { csv: !is_text, header: !is_text, ..CopyOptions::default() };
        let rows = rows(&table, &numbers, &options, BufReader::new(open()?))?;
        let count = rows.len();
        self.append(&table, rows)?;
        self.database.analyze(name);
        Ok(count)
    }
}

fn needs_table(name: &str, path: &Path) -> SqlError {
    let message = format!("relation \"{name}\" does not exist");
    SqlError::new(sqlstate::UNDEFINED_TABLE, message)
        .detail(format!("{} is COPY text, which has no column names.", path.display()))
        .hint("Give the table with --setup FILE.sql (CREATE TABLE …); CSV files with a header need none.")
}

/// Opens a file to read.
pub(super) fn open(path: &str) -> Result<File, SqlError> {
    let file = File::open(path).map_err(|error| cannot_open(path, &error))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(SqlError::new(
            sqlstate::WRONG_OBJECT_TYPE,
            format!("\"{path}\" is a directory"),
        ));
    }
    Ok(file)
}

/// The error for a file that cannot be opened.
fn cannot_open(path: &str, error: &std::io::Error) -> SqlError {
    let (state, why) = match error.kind() {
        std::io::ErrorKind::NotFound => {
            (sqlstate::UNDEFINED_FILE, "No such file or directory".to_owned())
        }
        _ => (sqlstate::IO_ERROR, error.to_string()),
    };
    SqlError::new(state, format!("could not open file \"{path}\" for reading: {why}"))
}

/// The rows of a COPY: `numbers` says which table column each field belongs to; the others are NULL.
pub(super) fn rows(
    table: &Table,
    numbers: &[usize],
    options: &CopyOptions,
    input: impl BufRead,
) -> Result<Vec<Row>, SqlError> {
    if options.csv {
        csv_rows(table, numbers, options, input)
    } else {
        text_rows(table, numbers, input)
    }
}

fn text_rows(table: &Table, numbers: &[usize], input: impl BufRead) -> Result<Vec<Row>, SqlError> {
    let mut rows = Vec::new();
    for (number, line) in input.split(b'\n').enumerate() {
        let place = |error: SqlError, text: &str| at_line(error, table, number + 1, None, text);
        let line = line.map_err(|error| place(cannot_read(&error), ""))?;
        let line = String::from_utf8(line)
            .map_err(|e| place(not_utf8(), &String::from_utf8_lossy(e.as_bytes())))?;
        let line = line.strip_suffix('\r').unwrap_or(&line);
        if line == "\\." {
            break;
        }
        let fields = copy::fields(line).map_err(|error| place(error, line))?;
        rows.push(row(table, numbers, fields.into_iter(), number + 1, || line.to_owned())?);
    }
    Ok(rows)
}

fn csv_rows(
    table: &Table,
    numbers: &[usize],
    options: &CopyOptions,
    input: impl BufRead,
) -> Result<Vec<Row>, SqlError> {
    let mut records = Records::new(input, options.delimiter.unwrap_or(','));
    if options.header {
        record(table, &mut records)?;
    }
    let mut rows = Vec::new();
    while let Some(fields) = record(table, &mut records)? {
        let (line, text) = (records.line(), || records.text());
        rows.push(row(table, numbers, fields.into_iter(), line, text)?);
    }
    Ok(rows)
}

/// The next record; an error says where it is.
fn record<R: BufRead>(
    table: &Table,
    records: &mut Records<R>,
) -> Result<Option<Vec<Option<String>>>, SqlError> {
    let next = records.next_record();
    next.map_err(|broken| {
        let error = match broken {
            Broken::Io(error) => cannot_read(&error),
            Broken::Malformed(error) => error,
        };
        at_line(error, table, records.line(), None, &records.text())
    })
}

/// One row from the fields of a line.
fn row(
    table: &Table,
    numbers: &[usize],
    fields: impl Iterator<Item = Option<String>>,
    line: usize,
    text: impl Fn() -> String,
) -> Result<Row, SqlError> {
    let mut row = vec![Value::Null; table.columns.len()];
    let mut count = 0;
    for field in fields {
        let Some(&number) = numbers.get(count) else {
            let error = SqlError::new(
                sqlstate::BAD_COPY_FILE_FORMAT,
                "extra data after last expected column",
            );
            return Err(at_line(error, table, line, None, &text()));
        };
        let column = &table.columns[number];
        if let Some(field) = field {
            row[number] = text::input(column.ty, column.modifier, &field)
                .map_err(|error| at_line(error, table, line, Some(&column.name), &field))?;
        }
        count += 1;
    }
    if let Some(&missing) = numbers.get(count) {
        let name = &table.columns[missing].name;
        let message = format!("missing data for column \"{name}\"");
        let error = SqlError::new(sqlstate::BAD_COPY_FILE_FORMAT, message);
        return Err(at_line(error, table, line, None, &text()));
    }
    Ok(row)
}

/// The error with its place and what stands there, as PostgreSQL's context line says it.
fn at_line(
    error: SqlError,
    table: &Table,
    line: usize,
    column: Option<&str>,
    text: &str,
) -> SqlError {
    let column = column.map_or(String::new(), |column| format!(", column {column}"));
    let cut = text.char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| at);
    let more = if cut < text.len() { "..." } else { "" };
    error.detail(format!("COPY {}, line {line}{column}: \"{}{more}\"", table.name, &text[..cut]))
}

fn cannot_read(error: &std::io::Error) -> SqlError {
    SqlError::new(sqlstate::IO_ERROR, format!("could not read: {error}"))
}

/// The names in the first line of a CSV file.
fn names<R: BufRead>(table: &Table, records: &mut Records<R>) -> Result<Vec<String>, SqlError> {
    let Some(names) = record(table, records)? else {
        let message = "the file is empty: a CSV file begins with a line of column names";
        let error = SqlError::new(sqlstate::BAD_COPY_FILE_FORMAT, message);
        return Err(at_line(error, table, 1, None, ""));
    };
    // A byte order mark is not part of the first name.
    let name = |name: Option<String>| {
        name.unwrap_or_default().trim().trim_start_matches('\u{feff}').to_owned()
    };
    Ok(names.into_iter().map(name).collect())
}

/// Which table column each field of a CSV file belongs to, by its header.
fn header(table: &Table, input: impl BufRead) -> Result<Vec<usize>, Failure> {
    let mut records = Records::new(input, ',');
    let number = |name: &String| {
        table.columns.iter().position(|column| column.name == *name).ok_or_else(|| {
            let message =
                format!("column \"{name}\" of relation \"{}\" does not exist", table.name);
            at_line(SqlError::new(sqlstate::UNDEFINED_COLUMN, message), table, 1, None, name).into()
        })
    };
    names(table, &mut records)?.iter().map(number).collect()
}

/// The types that a CSV column may turn out to have, narrowest first.
const INFERRED: [Type; 7] =
    [Type::Int4, Type::Int8, Type::Numeric, Type::Bool, Type::Date, Type::Timestamp, Type::Text];

/// The table that a CSV file describes: names from its header, for each column the narrowest type that reads every field.
fn infer(name: &str, input: impl BufRead) -> Result<Table, Failure> {
    let mut table = Table {
        name: name.into(),
        columns: vec![],
        indexes: vec![],
        temporary: false,
        parallel_workers: None,
        statistics: Statistics::default(),
    };
    let mut records = Records::new(input, ',');
    let names = names(&table, &mut records)?;
    let mut types = vec![0; names.len()];
    let mut seen = vec![false; names.len()];
    while let Some(fields) = record(&table, &mut records)? {
        for (column, field) in fields.iter().enumerate() {
            let (Some(field), Some(ty)) = (field, types.get_mut(column)) else { continue };
            seen[column] = true;
            while !reads(INFERRED[*ty], field) {
                *ty += 1;
            }
        }
    }
    for (number, name) in names.iter().enumerate() {
        let ty = if seen[number] { INFERRED[types[number]] } else { Type::Text };
        if table.columns.iter().any(|column| column.name == *name) {
            let message = format!("column \"{name}\" specified more than once");
            let error = SqlError::new(sqlstate::DUPLICATE_COLUMN, message);
            return Err(at_line(error, &table, 1, None, name).into());
        }
        table.columns.push(Column {
            name: name.clone(),
            ty,
            modifier: Modifier::None,
            not_null: false,
        });
    }
    Ok(table)
}

/// Whether a field reads as a type. A number with leading zeros is a code, and `t` is a word: neither is inferred.
fn reads(ty: Type, field: &str) -> bool {
    let digits = field.strip_prefix('-').unwrap_or(field);
    let code = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    match ty {
        Type::Text => true,
        Type::Int4 | Type::Int8 | Type::Numeric if code => false,
        Type::Bool => matches!(field, "true" | "false"),
        Type::Numeric => {
            digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
                && text::input(ty, Modifier::None, field).is_ok()
        }
        // A date may be written with a time, which it then drops: such a field is a timestamp.
        Type::Date if field.contains([':', ' ', 'T', 't']) => false,
        Type::Date | Type::Timestamp => {
            field.starts_with(|c: char| c.is_ascii_digit())
                && field.contains('-')
                && text::input(ty, Modifier::None, field).is_ok()
        }
        _ => text::input(ty, Modifier::None, field).is_ok(),
    }
}
