//! Loading rows: INSERT and COPY FROM.

use super::super::ast::*;
use super::super::lex::Kind;
use super::statement::truth;
use super::{Parser, Result, sql_error, unsupported_at};
use crate::error::{SqlError, sqlstate};

impl Parser<'_> {
    pub(super) fn insert(&mut self) -> Result<Statement> {
        self.expect("insert")?;
        self.expect("into")?;
        let table = self.qualified_name()?;
        if self.is("as") {
            return Err(self.unsupported("aliases of INSERT"));
        }
        let listed = self.is_mark('(') && !self.opens_query();
        if listed && (self.is_mark_after(2, '.') || self.is_mark_after(2, '[')) {
            return Err(self.unsupported("fields of columns"));
        }
        let columns = if listed { self.column_list()? } else { Vec::new() };
        if self.is("overriding") {
            return Err(self.unsupported("OVERRIDING clauses"));
        }
        let query = self.inserted_rows(&columns)?;
        if self.are(&["on", "conflict"]) {
            return Err(self.unsupported("ON CONFLICT clauses"));
        }
        let returning = self.returning()?;
        Ok(Statement::Insert { table, columns, query, returning })
    }

    fn inserted_rows(&mut self, columns: &[Ident]) -> Result<Query> {
        let position = self.position();
        if !self.is("default") || !columns.is_empty() {
            return self.query();
        }
        self.advance();
        self.expect("values")?;
        let body = Body::Values(vec![Vec::new()], position);
        Ok(Query { with: Vec::new(), body, order_by: Vec::new(), limit: None, offset: None })
    }

    pub(super) fn copy(&mut self) -> Result<Statement> {
        self.expect("copy")?;
        if self.is_mark('(') {
            return Err(self.unsupported("COPY TO statements"));
        }
        if self.is("binary") {
            return Err(self.unsupported("COPY files in binary format"));
        }
        let table = self.qualified_name()?;
        let columns = self.optional_column_list()?;
        if self.is("to") {
            return Err(self.unsupported("COPY TO statements"));
        }
        self.expect("from")?;
        let file = match self.kind() {
            Kind::String(file) => Some(file.clone()),
            Kind::Word(word) if word == "stdin" => None,
            Kind::Word(word) if word == "stdout" => None,
            Kind::Word(word) if word == "program" => {
                return Err(self.unsupported("COPY FROM PROGRAM statements"));
            }
            _ => return Err(self.unexpected()),
        };
        self.advance();
        let options = self.copy_options()?;
        if self.is("where") {
            return Err(self.unsupported("WHERE clauses of COPY"));
        }
        Ok(Statement::CopyFrom { table, columns, file, options })
    }

    fn copy_options(&mut self) -> Result<CopyOptions> {
        let mut options = CopyOptions::default();
        if self.accept("using") {
            self.expect("delimiters")?;
            options.delimiter = Some(delimiter(self.string()?)?);
        } else if self.accept("delimiters") {
            options.delimiter = Some(delimiter(self.string()?)?);
        }
        self.accept("with");
        if self.accept_mark('(') {
            let mut seen = Vec::new();
            loop {
                self.copy_option(&mut options, &mut seen)?;
                if !self.accept_mark(',') {
                    break;
                }
            }
            self.expect_mark(')')?;
        } else {
            while self.old_copy_option(&mut options)? {}
        }
        Ok(options)
    }

    /// One option in the list form: `name [value]`.
    fn copy_option(&mut self, options: &mut CopyOptions, seen: &mut Vec<String>) -> Result<()> {
        let name = self.label()?;
        if seen.contains(&name.name) {
            let message = "conflicting or redundant options";
            return Err(sql_error(sqlstate::SYNTAX_ERROR, message, name.position));
        }
        seen.push(name.name.clone());
        if self.is_mark('(') || self.is_operator("*") {
            return Err(unsupported_at("lists of columns in COPY options", name.position));
        }
        let given = !self.is_mark(',') && !self.is_mark(')');
        let value = if given { Some(self.setting_value()?) } else { None };
        match name.name.as_str() {
            "format" => match value.as_deref() {
                Some("csv") => options.csv = true,
                Some("text") => options.csv = false,
                Some("binary") => {
                    return Err(unsupported_at("COPY files in binary format", name.position));
                }
                other => {
                    let message =
                        format!("COPY format \"{}\" not recognized", other.unwrap_or_default());
                    return Err(sql_error(
                        sqlstate::INVALID_PARAMETER_VALUE,
                        message,
                        name.position,
                    ));
                }
            },
            "header" if value.as_deref() == Some("match") => {
                return Err(unsupported_at("HEADER MATCH options", name.position));
            }
            "header" => options.header = truth(&name, value)?,
            "freeze" => {
                truth(&name, value)?;
            }
            "delimiter" => options.delimiter = Some(delimiter(required(&name, value)?)?),
            "null" => options.null = Some(required(&name, value)?),
            "quote" | "escape" | "encoding" => {
                let value = required(&name, value)?;
                plain_option(&name.name, &value, name.position)?;
            }
            "force_null" | "force_not_null" | "force_quote" => {
                return Err(unsupported_at("FORCE options of COPY", name.position));
            }
            other => {
                let message = format!("option \"{other}\" not recognized");
                return Err(sql_error(sqlstate::SYNTAX_ERROR, message, name.position));
            }
        }
        Ok(())
    }

    /// One option in the form of version 8 and older, if there is another.
    fn old_copy_option(&mut self, options: &mut CopyOptions) -> Result<bool> {
        let position = self.position();
        let Some(word) = self.word() else { return Ok(false) };
        let word = word.to_owned();
        match word.as_str() {
            "csv" | "header" | "freeze" => {
                self.advance();
                options.csv |= word == "csv";
                options.header |= word == "header";
            }
            "delimiter" | "null" | "quote" | "escape" | "encoding" => {
                self.advance();
                self.accept("as");
                let value = self.string()?;
                match word.as_str() {
                    "delimiter" => options.delimiter = Some(delimiter(value)?),
                    "null" => options.null = Some(value),
                    name => plain_option(name, &value, position)?,
                }
            }
            "binary" => return Err(self.unsupported("COPY files in binary format")),
            "force" => return Err(self.unsupported("FORCE options of COPY")),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn required(name: &Ident, value: Option<String>) -> Result<String> {
    value.ok_or_else(|| {
        let message = format!("{} requires a parameter", name.name);
        SqlError::new(sqlstate::SYNTAX_ERROR, message).into()
    })
}

fn delimiter(text: String) -> Result<char> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some('\n' | '\r'), None) => {
            let message = "COPY delimiter cannot be newline or carriage return";
            Err(SqlError::new(sqlstate::INVALID_PARAMETER_VALUE, message).into())
        }
        (Some(c), None) if c.is_ascii() => Ok(c),
        _ => {
            let message = "COPY delimiter must be a single one-byte character";
            Err(SqlError::new(sqlstate::FEATURE_NOT_SUPPORTED, message).into())
        }
    }
}

/// Options that are fine as long as they say what is so anyway.
fn plain_option(name: &str, value: &str, position: Position) -> Result<()> {
    let plain = match name {
        "encoding" => matches!(value.to_ascii_lowercase().as_str(), "utf8" | "utf-8" | "unicode"),
        _ => value == "\"",
    };
    if plain {
        return Ok(());
    }
    Err(unsupported_at(format!("other {} options of COPY", name.to_uppercase()), position))
}
