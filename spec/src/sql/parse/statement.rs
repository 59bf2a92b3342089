//! Statements: which one it is; settings, EXPLAIN.

use super::super::ast::*;
use super::super::keyword::Category;
use super::super::lex::Kind;
use super::{Parser, Result, sql_error, unsupported_at};
use crate::error::{Failure, sqlstate};

/// The first words of PostgreSQL's statements that are outside the subset.
const OTHER_STATEMENTS: [&str; 28] = [
    "call",
    "checkpoint",
    "cluster",
    "comment",
    "discard",
    "do",
    "grant",
    "import",
    "listen",
    "load",
    "lock",
    "merge",
    "notify",
    "reassign",
    "refresh",
    "reindex",
    "revoke",
    "security",
    "unlisten",
    "set",
    "reset",
    "show",
    "create",
    "drop",
    "copy",
    "vacuum",
    "rollback",
    "commit",
];

impl Parser<'_> {
    /// A statement.
    pub(super) fn statement(&mut self) -> Result<Statement> {
        if self.is_mark('(') {
            return Ok(Statement::Select(self.query()?));
        }
        let Some(word) = self.word() else { return Err(self.unexpected()) };
        match word {
            "select" | "values" | "table" => Ok(Statement::Select(self.query()?)),
            "with" => self.with_statement(),
            "explain" => self.explain(),
            "create" => self.create(),
            "insert" => self.insert(),
            "copy" => self.copy(),
            "drop" => self.drop(),
            "analyze" | "analyse" => self.analyze(),
            "vacuum" => self.vacuum(),
            "set" => self.set(),
            "reset" => self.reset(),
            "show" => self.show(),
            "begin" | "start" | "commit" | "end" | "rollback" | "abort" => self.transaction(),
            "savepoint" | "release" => self.savepoint(),
            "prepare" => self.prepare(),
            "execute" => self.execute(),
            "deallocate" => self.deallocate(),
            "declare" => self.declare(),
            "fetch" | "move" => self.fetch(),
            "close" => self.close(),
            "update" => self.update(),
            "delete" => self.delete(),
            "truncate" => self.truncate(),
            "alter" => self.alter(),
            word if OTHER_STATEMENTS.contains(&word) => {
                let feature = format!("{} statements", word.to_uppercase());
                Err(self.unsupported(feature))
            }
            _ => Err(self.unexpected()),
        }
    }

    /// A query with WITH; INSERT, UPDATE and DELETE may have one too, which only shows behind it.
    fn with_statement(&mut self) -> Result<Statement> {
        let position = self.position();
        let mut behind = self.at;
        while !matches!(self.kind_at(behind), Kind::End | Kind::Bad(_)) {
            behind = self.closing[behind].unwrap_or(behind) + 1;
            if let Kind::Word(word) = self.kind_at(behind)
                && matches!(word.as_str(), "insert" | "update" | "delete" | "merge")
                && matches!(self.kind_at(behind - 1), Kind::Mark(')'))
            {
                return Err(unsupported_at("data-modifying statements with WITH", position));
            }
        }
        Ok(Statement::Select(self.query()?))
    }

    // Settings

    fn set(&mut self) -> Result<Statement> {
        let position = self.position();
        self.expect("set")?;
        let local = self.accept("local");
        if !local && self.is("session") && !matches!(self.word_after(1), Some("to")) {
            if self.word_after(1) == Some("characteristics") {
                return Err(unsupported_at("SET SESSION CHARACTERISTICS statements", position));
            }
            self.advance();
        }
        let assigned = self.word_after(1) == Some("to") || self.is_operator_after(1, "=");
        if !assigned && self.accept("transaction") {
            let modes = self.transaction_modes()?;
            if modes == TransactionModes::default() {
                return Err(self.unexpected());
            }
            return Ok(Statement::Transaction(TransactionKind::Set(modes)));
        }
        if !assigned && self.accept_all(&["time", "zone"]) {
            return self.setting_of("TimeZone", local, position);
        }
        if !assigned && self.accept("names") {
            return self.setting_of("client_encoding", local, position);
        }
        let other = ["time", "authorization", "role", "schema", "xml", "constraints", "catalog"];
        if !assigned && self.is_one_of(&other) {
            let feature = format!("SET {} statements", self.token_text().to_uppercase());
            return Err(self.unsupported(feature));
        }
        let name = self.setting_name()?;
        if self.are(&["from", "current"]) {
            return Err(self.unsupported("SET FROM CURRENT statements"));
        }
        if !self.accept_operator("=") {
            self.expect("to")?;
        }
        if self.accept("default") {
            return Ok(Statement::Set { local, name, value: None });
        }
        let values = self.list(Parser::setting_value)?;
        Ok(Statement::Set { local, name, value: Some(values.join(", ")) })
    }

    /// The value of a setting that has a statement of its own; DEFAULT and LOCAL are the default.
    fn setting_of(&mut self, name: &str, local: bool, position: Position) -> Result<Statement> {
        let name = Ident { name: name.to_ascii_lowercase(), position };
        if self.accept("default") || self.accept("local") {
            return Ok(Statement::Set { local, name, value: None });
        }
        let value = Some(self.setting_value()?);
        Ok(Statement::Set { local, name, value })
    }

    /// `name` or `prefix.name`.
    fn setting_name(&mut self) -> Result<Ident> {
        let mut name = self.column_name()?;
        while self.accept_mark('.') {
            name.name = format!("{}.{}", name.name, self.column_name()?.name);
        }
        Ok(name)
    }

    /// A string, a word or a number with its sign, as text.
    pub(super) fn setting_value(&mut self) -> Result<String> {
        let sign = ["-", "+"].into_iter().find(|sign| self.is_operator(sign));
        if sign.is_some() {
            self.advance();
        }
        let text = match (self.kind(), sign) {
            (Kind::Number(number), sign) => {
                // The value of an integer, not its spelling, is what the setting reads.
                let number = match number.trim_start_matches('0') {
                    "" => "0",
                    rest if number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
                    _ => number,
                };
                if sign == Some("-") { format!("-{number}") } else { number.to_owned() }
            }
            (Kind::String(string), None) => string.clone(),
            (Kind::Quoted(name), None) => name.clone(),
            (Kind::Word(word), None) => {
                let reserved = super::category(word) == Some(Category::Reserved);
                if reserved && !matches!(word.as_str(), "true" | "false" | "on") {
                    return Err(self.unexpected());
                }
                word.clone()
            }
            _ => return Err(self.unexpected()),
        };
        self.advance();
        Ok(text)
    }

    fn reset(&mut self) -> Result<Statement> {
        self.expect("reset")?;
        let name = self.setting_or_all()?;
        Ok(Statement::Reset { name })
    }

    fn show(&mut self) -> Result<Statement> {
        self.expect("show")?;
        let name = self.setting_or_all()?;
        Ok(Statement::Show { name })
    }

    fn setting_or_all(&mut self) -> Result<Option<Ident>> {
        if self.accept("all") {
            return Ok(None);
        }
        let position = self.position();
        if self.accept_all(&["transaction", "isolation", "level"]) {
            return Ok(Some(Ident { name: "transaction_isolation".to_owned(), position }));
        }
        if self.accept_all(&["time", "zone"]) {
            return Ok(Some(Ident { name: "timezone".to_owned(), position }));
        }
        if self.are(&["session", "authorization"]) {
            return Err(self.unsupported("settings of two words"));
        }
        self.setting_name().map(Some)
    }

    // EXPLAIN

    fn explain(&mut self) -> Result<Statement> {
        self.expect("explain")?;
        let listed = self.is_mark('(') && !self.opens_query();
        let options = if listed { self.explain_options()? } else { self.explain_words() };
        let position = self.position();
        let statement = match self.word() {
            Some("select" | "values" | "table" | "with") => self.statement()?,
            Some("create") => self.create()?,
            None if self.is_mark('(') => self.statement()?,
            Some("insert" | "update" | "delete" | "declare" | "execute") => self.statement()?,
            Some("merge" | "refresh") => {
                return Err(self.unsupported("EXPLAIN of other statements"));
            }
            _ => return Err(self.unexpected()),
        };
        match statement {
            Statement::Select(_) | Statement::CreateTableAs { .. } => {}
            // After a list of names only AS may follow: the first type is one word too many.
            Statement::CreateTable { columns, .. } => {
                let ty = columns.first().map_or(position, |column| column.ty.position);
                self.at = self.tokens.iter().position(|token| token.position() == ty).unwrap_or(0);
                return Err(self.unexpected());
            }
            Statement::Insert { .. } | Statement::Update(_) | Statement::Delete(_) => {}
            Statement::Prepared(PreparedStatement::Execute { .. }) => {}
            Statement::Cursor(CursorStatement::Declare { .. }) => {}
            _ => return Err(self.unexpected()),
        }
        Ok(Statement::Explain { options, statement: Box::new(statement) })
    }

    /// `EXPLAIN ANALYZE VERBOSE`.
    fn explain_words(&mut self) -> ExplainOptions {
        let analyze = self.accept("analyze") || self.accept("analyse");
        let verbose = self.accept("verbose");
        ExplainOptions { analyze, verbose, ..ExplainOptions::default() }
    }

    /// `EXPLAIN (option [value], …)`.
    fn explain_options(&mut self) -> Result<ExplainOptions> {
        self.expect_mark('(')?;
        let mut options = ExplainOptions::default();
        let mut timing = None;
        loop {
            let name = self.option_name()?;
            let value_position = self.position();
            let value = if self.is_mark(',') || self.is_mark(')') {
                None
            } else {
                Some(self.setting_value()?)
            };
            match name.name.as_str() {
                "analyze" | "analyse" => options.analyze = truth(&name, value)?,
                "verbose" => options.verbose = truth(&name, value)?,
                "costs" => options.costs = truth(&name, value)?,
                "timing" => timing = Some(truth(&name, value)?),
                "summary" => options.summary = Some(truth(&name, value)?),
                "buffers" | "wal" | "settings" => {
                    if truth(&name, value)? {
                        let feature = format!("EXPLAIN {} options", name.name.to_uppercase());
                        return Err(unsupported_at(feature, name.position));
                    }
                }
                "format" => options.format = format(&name, value, value_position)?,
                other => {
                    let message = format!("unrecognized EXPLAIN option \"{other}\"");
                    return Err(sql_error(sqlstate::SYNTAX_ERROR, message, name.position));
                }
            }
            if !self.accept_mark(',') {
                break;
            }
        }
        self.expect_mark(')')?;
        if timing == Some(true) && !options.analyze {
            let message = "EXPLAIN option TIMING requires ANALYZE";
            return Err(plain_error(message));
        }
        options.timing = timing.unwrap_or(true);
        Ok(options)
    }

    /// The name of an option: any word that is not reserved, and ANALYZE.
    pub(super) fn option_name(&mut self) -> Result<Ident> {
        let analyze = self.is_one_of(&["analyze", "analyse"]);
        self.name(|class| analyze || class != Some(Category::Reserved))
    }
}

fn plain_error(message: impl Into<String>) -> Failure {
    crate::error::SqlError::new(sqlstate::INVALID_PARAMETER_VALUE, message.into()).into()
}

/// The truth value of an option (`defGetBoolean`); none is true.
pub(super) fn truth(name: &Ident, value: Option<String>) -> Result<bool> {
    let Some(value) = value else { return Ok(true) };
    match value.to_ascii_lowercase().as_str() {
        "true" | "on" | "1" => Ok(true),
        "false" | "off" | "0" => Ok(false),
        _ => {
            let message = format!("{} requires a Boolean value", name.name);
            Err(crate::error::SqlError::new(sqlstate::SYNTAX_ERROR, message).into())
        }
    }
}

fn format(name: &Ident, value: Option<String>, position: Position) -> Result<ExplainFormat> {
    match value.as_deref() {
        Some("text") => Ok(ExplainFormat::Text),
        Some("json") => Ok(ExplainFormat::Json),
        Some(other @ ("xml" | "yaml")) => {
            let feature = format!("plans in format {}", other.to_uppercase());
            Err(unsupported_at(feature, position))
        }
        Some(other) => {
            let message = format!("unrecognized value for EXPLAIN option \"format\": \"{other}\"");
            Err(sql_error(sqlstate::INVALID_PARAMETER_VALUE, message, name.position))
        }
        None => {
            let message = "format requires a parameter".to_owned();
            Err(crate::error::SqlError::new(sqlstate::SYNTAX_ERROR, message).into())
        }
    }
}
