//! Definitions: CREATE TABLE [AS], CREATE INDEX, DROP, ANALYZE.

use super::super::ast::*;
use super::super::lex::Kind;
use super::{Parser, Result, sql_error, unsupported_at};
use crate::error::sqlstate;

/// What follows CREATE, ALTER and DROP besides tables and indexes.
const OTHER_OBJECTS: [&str; 37] = [
    "access",
    "cast",
    "collation",
    "constraint",
    "conversion",
    "database",
    "default",
    "domain",
    "event",
    "extension",
    "foreign",
    "group",
    "language",
    "materialized",
    "operator",
    "or",
    "owned",
    "policy",
    "procedure",
    "procedural",
    "publication",
    "recursive",
    "role",
    "routine",
    "rule",
    "schema",
    "sequence",
    "server",
    "statistics",
    "subscription",
    "tablespace",
    "text",
    "transform",
    "trigger",
    "trusted",
    "type",
    "user",
];

/// What the constraints of one column say.
#[derive(Default)]
struct Constraints {
    /// NOT NULL or NULL, as written.
    not_null: Option<bool>,
    unique: bool,
    /// Where PRIMARY KEY stands.
    primary: Option<Position>,
}

/// PRIMARY KEY or UNIQUE over columns.
struct Key {
    columns: Vec<Ident>,
    primary: bool,
    position: Position,
}

/// A table as its definition is read.
#[derive(Default)]
struct Definition {
    columns: Vec<ColumnDef>,
    keys: Vec<Key>,
    primary: bool,
}

impl Parser<'_> {
    pub(super) fn create(&mut self) -> Result<Statement> {
        let position = self.position();
        self.expect("create")?;
        let scoped = self.is_one_of(&["local", "global"]);
        if scoped {
            self.advance();
        }
        let temporary = self.accept("temporary") || self.accept("temp");
        if scoped && !temporary {
            return Err(self.unexpected());
        }
        if self.accept("unlogged") {
            return Err(unsupported_at("UNLOGGED tables", position));
        }
        match self.word() {
            Some("table") => self.create_table(temporary),
            Some("view") => self.create_view(false, temporary),
            Some("unique" | "index") if !temporary => self.create_index(),
            Some("aggregate" | "function") if !temporary => self.create_routine(false),
            Some("or") if !temporary && self.are(&["or", "replace"]) => {
                self.accept_all(&["or", "replace"]);
                match self.word() {
                    Some("aggregate" | "function") => self.create_routine(true),
                    Some("view") => self.create_view(true, false),
                    Some("temp" | "temporary") if self.word_after(1) == Some("view") => {
                        self.advance();
                        self.create_view(true, true)
                    }
                    _ => Err(unsupported_at("CREATE OR REPLACE statements", position)),
                }
            }
            Some(word) if self.is_other_object(word) => {
                let feature = format!("CREATE {} statements", word.to_uppercase());
                Err(unsupported_at(feature, position))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn is_other_object(&self, word: &str) -> bool {
        OTHER_OBJECTS.contains(&word)
    }

    fn create_table(&mut self, temporary: bool) -> Result<Statement> {
        self.expect("table")?;
        let if_not_exists = self.accept_all(&["if", "not", "exists"]);
        let name = self.qualified_name()?;
        if self.is("of") || self.are(&["partition", "of"]) {
            return Err(self.unsupported("tables of a type and partitions"));
        }
        if self.lists_names_only() {
            return self.create_table_as(name, if_not_exists, temporary);
        }
        self.expect_mark('(')?;
        let mut definition = Definition::default();
        while !self.is_mark(')') {
            self.table_element(&name, &mut definition)?;
            if !self.accept_mark(',') {
                break;
            }
            if self.is_mark(')') {
                return Err(self.unexpected());
            }
        }
        self.expect_mark(')')?;
        let options = self.table_options()?;
        let keys = definition.apply_keys()?;
        let columns = definition.columns;
        Ok(Statement::CreateTable { name, if_not_exists, temporary, columns, keys, options })
    }

    /// Whether AS follows at once, or a list of bare names, or an option of the AS form.
    fn lists_names_only(&self) -> bool {
        if self.is_mark('(') {
            let named = matches!(self.kind_after(1), Kind::Word(_) | Kind::Quoted(_));
            return named && (self.is_mark_after(2, ',') || self.is_mark_after(2, ')'));
        }
        self.is_one_of(&["as", "with", "without", "on", "tablespace", "using"])
    }

    fn create_table_as(
        &mut self,
        name: Ident,
        if_not_exists: bool,
        temporary: bool,
    ) -> Result<Statement> {
        let columns = self.optional_column_list()?;
        let position = self.position();
        if !self.table_options()?.is_empty() {
            return Err(unsupported_at("storage options of CREATE TABLE AS", position));
        }
        self.expect("as")?;
        if self.is("execute") {
            return Err(self.unsupported("prepared statements"));
        }
        let query = self.query()?;
        if self.are(&["with", "no"]) {
            return Err(self.unsupported("WITH NO DATA clauses"));
        }
        self.accept_all(&["with", "data"]);
        Ok(Statement::CreateTableAs { name, if_not_exists, temporary, columns, query })
    }

    fn table_element(&mut self, table: &Ident, definition: &mut Definition) -> Result<()> {
        let position = self.position();
        let named = self.is("constraint");
        if named {
            self.advance();
            self.column_name()?;
        }
        match self.word() {
            Some("primary") => {
                self.primary_key()?;
                definition.set_primary(table, position)?;
                let columns = self.column_list()?;
                definition.keys.push(Key { columns, primary: true, position });
                self.end_of_key()
            }
            Some("unique") => {
                self.unique_key()?;
                let columns = self.column_list()?;
                definition.keys.push(Key { columns, primary: false, position });
                self.end_of_key()
            }
            Some("check" | "foreign" | "exclude") => {
                Err(self.unsupported("CHECK, FOREIGN KEY and EXCLUDE constraints"))
            }
            Some("like") if !named => Err(self.unsupported("LIKE clauses of CREATE TABLE")),
            _ if named => Err(self.unexpected()),
            _ => self.column(table, definition),
        }
    }

    fn primary_key(&mut self) -> Result<()> {
        self.expect("primary")?;
        self.expect("key")
    }

    fn unique_key(&mut self) -> Result<()> {
        self.expect("unique")?;
        if self.is("nulls") {
            return Err(self.unsupported("UNIQUE NULLS clauses"));
        }
        Ok(())
    }

    fn end_of_key(&mut self) -> Result<()> {
        let more = ["include", "with", "using", "deferrable", "initially"];
        if self.is_one_of(&more) || self.are(&["not", "deferrable"]) {
            return Err(self.unsupported("options of keys"));
        }
        Ok(())
    }

    fn column(&mut self, table: &Ident, definition: &mut Definition) -> Result<()> {
        let name = self.column_name()?;
        let ty = self.type_name()?;
        let mut constraints = Constraints::default();
        while self.constraint(table, &name, &mut constraints)? {}
        if let Some(position) = constraints.primary {
            definition.set_primary(table, position)?;
        }
        let not_null = constraints.not_null == Some(true) || constraints.primary.is_some();
        let unique = constraints.unique || constraints.primary.is_some();
        definition.columns.push(ColumnDef { name, ty, not_null, unique });
        Ok(())
    }

    /// One constraint of a column, if there is another.
    fn constraint(
        &mut self,
        table: &Ident,
        column: &Ident,
        found: &mut Constraints,
    ) -> Result<bool> {
        if self.accept("constraint") {
            self.column_name()?;
        }
        let position = self.position();
        let not_null = match self.word() {
            Some("not") if self.word_after(1) == Some("null") => {
                self.advance();
                Some(true)
            }
            Some("null") => Some(false),
            _ => None,
        };
        if not_null.is_some() {
            self.advance();
            if found.not_null.is_some_and(|before| Some(before) != not_null) {
                let message = format!(
                    "conflicting NULL/NOT NULL declarations for column \"{}\" of table \"{}\"",
                    column.name, table.name
                );
                return Err(sql_error(sqlstate::SYNTAX_ERROR, message, position));
            }
            found.not_null = not_null;
            return Ok(true);
        }
        match self.word() {
            Some("primary") => {
                self.primary_key()?;
                if found.primary.replace(position).is_some() {
                    return Err(multiple_keys(table, position));
                }
                self.end_of_key()?;
            }
            Some("unique") => {
                self.unique_key()?;
                found.unique = true;
                self.end_of_key()?;
            }
            Some("default") => {
                self.advance();
                let default = self.restricted_expr()?;
                if default.kind != ExprKind::Null {
                    return Err(unsupported_at("DEFAULT values", position));
                }
            }
            Some("check" | "references" | "generated" | "collate" | "compression") => {
                let feature = format!("{} clauses", self.token_text().to_uppercase());
                return Err(self.unsupported(feature));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What follows the columns: `WITH (name = value, …)` is kept, what changes nothing is skipped.
    fn table_options(&mut self) -> Result<Vec<(Ident, String)>> {
        let mut options = Vec::new();
        if self.is("inherits") || self.is("partition") {
            return Err(self.unsupported("inheritance and partitions"));
        }
        if self.is("using") {
            self.advance();
            if !self.accept("heap") {
                return Err(self.unsupported("table access methods"));
            }
        }
        if self.is("with") && self.is_mark_after(1, '(') {
            self.advance();
            self.expect_mark('(')?;
            options = self.list(Parser::storage_option)?;
            self.expect_mark(')')?;
        } else {
            self.accept_all(&["without", "oids"]);
        }
        if self.are(&["on", "commit"]) && !self.accept_all(&["on", "commit", "preserve", "rows"]) {
            return Err(self.unsupported("ON COMMIT clauses"));
        }
        if self.is("tablespace") {
            return Err(self.unsupported("tablespaces"));
        }
        Ok(options)
    }

    pub(super) fn storage_option(&mut self) -> Result<(Ident, String)> {
        let name = self.label()?;
        if self.is_mark('.') {
            return Err(self.unsupported("options of toast tables"));
        }
        let value =
            if self.accept_operator("=") { self.setting_value()? } else { "true".to_owned() };
        Ok((name, value))
    }

    fn create_index(&mut self) -> Result<Statement> {
        let unique = self.accept("unique");
        self.expect("index")?;
        self.accept("concurrently");
        let if_not_exists = self.accept_all(&["if", "not", "exists"]);
        let name = if self.is("on") { None } else { Some(self.column_name()?) };
        if if_not_exists && name.is_none() {
            return Err(self.unexpected());
        }
        self.expect("on")?;
        if self.is("only") {
            return Err(self.unsupported("ONLY tables"));
        }
        let table = self.qualified_name()?;
        if self.accept("using") && !self.accept("btree") {
            return Err(self.unsupported("index access methods other than btree"));
        }
        self.expect_mark('(')?;
        let columns = self.list(Parser::index_column)?;
        self.expect_mark(')')?;
        if self.is_one_of(&["include", "with", "where", "tablespace", "nulls"]) {
            return Err(self.unsupported("options of indexes"));
        }
        Ok(Statement::CreateIndex { name, table, unique, if_not_exists, columns })
    }

    fn index_column(&mut self) -> Result<(Ident, Direction, Option<NullsOrder>)> {
        if self.is_mark('(') || self.is_mark_after(1, '(') {
            return Err(self.unsupported("indexes on expressions"));
        }
        let column = self.column_name()?;
        if self.is("collate") {
            return Err(self.unsupported("COLLATE clauses"));
        }
        if !self.is_one_of(&["asc", "desc", "nulls"])
            && matches!(self.kind(), Kind::Word(_) | Kind::Quoted(_))
        {
            return Err(self.unsupported("operator classes"));
        }
        let (direction, nulls) = self.direction()?;
        Ok((column, direction, nulls))
    }

    pub(super) fn drop(&mut self) -> Result<Statement> {
        let position = self.position();
        self.expect("drop")?;
        let kind = match self.word() {
            Some("table") => DropKind::Table,
            Some("index") => DropKind::Index,
            Some("view") => DropKind::View,
            Some("aggregate") => return self.drop_routine(RoutineKind::Aggregate),
            Some("function") => return self.drop_routine(RoutineKind::Function),
            Some(word) if self.is_other_object(word) => {
                let feature = format!("DROP {} statements", word.to_uppercase());
                return Err(unsupported_at(feature, position));
            }
            _ => return Err(self.unexpected()),
        };
        self.advance();
        if kind == DropKind::Index {
            self.accept("concurrently");
        }
        let if_exists = self.accept_all(&["if", "exists"]);
        let names = self.list(Parser::qualified_name)?;
        let cascade = self.accept("cascade");
        if !cascade {
            self.accept("restrict");
        }
        Ok(Statement::Drop { kind, if_exists, names, cascade })
    }

    pub(super) fn analyze(&mut self) -> Result<Statement> {
        self.advance();
        if self.is_mark('(') {
            self.maintenance_options()?;
        } else {
            self.accept("verbose");
        }
        let tables = self.analyzed_tables()?;
        Ok(Statement::Analyze { tables, vacuum: false, analyze: true })
    }

    /// VACUUM changes nothing that a query sees, but lets Index Only Scans leave the table alone; with ANALYZE it is both.
    pub(super) fn vacuum(&mut self) -> Result<Statement> {
        self.expect("vacuum")?;
        let mut analyze = false;
        if self.is_mark('(') {
            analyze = self.maintenance_options()?;
        } else {
            for word in ["full", "freeze", "verbose"] {
                self.accept(word);
            }
            analyze |= self.accept("analyze") || self.accept("analyse");
        }
        let tables = self.analyzed_tables()?;
        Ok(Statement::Analyze { tables, vacuum: true, analyze })
    }

    /// `(option [value], …)`; whether ANALYZE is among them.
    fn maintenance_options(&mut self) -> Result<bool> {
        self.expect_mark('(')?;
        let mut analyze = false;
        loop {
            let name = self.option_name()?;
            let given = !self.is_mark(',') && !self.is_mark(')');
            let value = if given { Some(self.setting_value()?) } else { None };
            if matches!(name.name.as_str(), "analyze" | "analyse") {
                analyze = super::statement::truth(&name, value)?;
            }
            if !self.accept_mark(',') {
                break;
            }
        }
        self.expect_mark(')')?;
        Ok(analyze)
    }

    fn analyzed_tables(&mut self) -> Result<Vec<Ident>> {
        if !matches!(self.kind(), Kind::Word(_) | Kind::Quoted(_)) {
            return Ok(Vec::new());
        }
        let tables = self.list(|parser| {
            let table = parser.qualified_name()?;
            parser.optional_column_list()?;
            Ok(table)
        })?;
        Ok(tables)
    }
}

impl Definition {
    fn set_primary(&mut self, table: &Ident, position: Position) -> Result<()> {
        if std::mem::replace(&mut self.primary, true) {
            return Err(multiple_keys(table, position));
        }
        Ok(())
    }

    /// Gives the columns what the constraints over the table say; the keys of several columns remain.
    fn apply_keys(&mut self) -> Result<Vec<Vec<Ident>>> {
        let mut remaining = Vec::new();
        for Key { columns, primary, position } in std::mem::take(&mut self.keys) {
            let single = columns.len() == 1;
            for key in &columns {
                let Some(column) = self.columns.iter_mut().find(|c| c.name.name == key.name) else {
                    let message = format!("column \"{}\" named in key does not exist", key.name);
                    return Err(sql_error(sqlstate::UNDEFINED_COLUMN, message, position));
                };
                column.not_null |= primary;
                column.unique |= single;
            }
            if !single {
                remaining.push(columns);
            }
        }
        Ok(remaining)
    }
}

fn multiple_keys(table: &Ident, position: Position) -> super::Failure {
    let message = format!("multiple primary keys for table \"{}\" are not allowed", table.name);
    sql_error(sqlstate::INVALID_TABLE_DEFINITION, message, position)
}
