//! Statements that change tables, and views: UPDATE, DELETE, TRUNCATE, ALTER TABLE, CREATE VIEW.

use super::super::ast::*;
use super::super::lex::Kind;
use super::super::positions::leftmost;
use super::{Parser, Result, unsupported_at};
use crate::error::{SqlError, sqlstate};

impl Parser<'_> {
    /// `[ONLY] table [*]`: there are no other tables below one.
    fn relation(&mut self) -> Result<Ident> {
        let parenthesised = self.accept("only") && self.accept_mark('(');
        let table = self.qualified_name()?;
        if parenthesised {
            self.expect_mark(')')?;
        } else if self.is_operator("*") {
            self.advance();
        }
        Ok(table)
    }

    /// `[[AS] alias]` of a table that is changed; SET is no alias without AS.
    fn changed_alias(&mut self) -> Result<Option<Ident>> {
        if self.accept("as") {
            return self.column_name().map(Some);
        }
        if self.is("set") {
            return Ok(None);
        }
        let alias = self.name_if(super::names_column);
        if alias.is_some() {
            self.advance();
        }
        Ok(alias)
    }

    pub(super) fn update(&mut self) -> Result<Statement> {
        self.expect("update")?;
        let table = self.relation()?;
        let alias = self.changed_alias()?;
        self.expect("set")?;
        let assignments = self.list(Parser::assignment)?.concat();
        if self.is("from") {
            return Err(self.unsupported("FROM clauses of UPDATE"));
        }
        let filter = self.changed_filter()?;
        let returning = self.returning()?;
        Ok(Statement::Update(Box::new(Update { table, alias, assignments, filter, returning })))
    }

    pub(super) fn delete(&mut self) -> Result<Statement> {
        self.expect("delete")?;
        self.expect("from")?;
        let table = self.relation()?;
        let alias = self.changed_alias()?;
        if self.is("using") {
            return Err(self.unsupported("USING clauses of DELETE"));
        }
        let filter = self.changed_filter()?;
        let returning = self.returning()?;
        Ok(Statement::Delete(Box::new(Delete { table, alias, filter, returning })))
    }

    fn changed_filter(&mut self) -> Result<Option<Expr>> {
        if self.are(&["where", "current", "of"]) {
            return Err(self.unsupported("WHERE CURRENT OF clauses"));
        }
        self.clause("where")
    }

    /// `RETURNING items`, or nothing.
    pub(super) fn returning(&mut self) -> Result<Vec<SelectItem>> {
        if self.accept("returning") { self.list(Parser::item) } else { Ok(Vec::new()) }
    }

    /// `column = expression`, or `(column, …) = (expression, …)` as several.
    fn assignment(&mut self) -> Result<Vec<(Ident, Option<Expr>)>> {
        if !self.is_mark('(') {
            let column = self.assigned_column()?;
            self.expect_operator("=")?;
            return Ok(vec![(column, self.assigned()?)]);
        }
        self.expect_mark('(')?;
        let columns = self.list(Parser::assigned_column)?;
        self.expect_mark(')')?;
        self.expect_operator("=")?;
        let position = self.position();
        let explicit = self.is("row") && self.is_mark_after(1, '(');
        if explicit {
            self.advance();
        }
        if self.is_mark('(') && self.opens_query() {
            return Err(self.unsupported("assignments of a sub-query to several columns"));
        }
        if !self.is_mark('(') {
            self.expr()?;
            self.no_row(position);
            return Ok(Vec::new());
        }
        self.expect_mark('(')?;
        let values = self.list(Parser::assigned)?;
        self.expect_mark(')')?;
        if let ([value], false) = (values.as_slice(), explicit) {
            self.no_row(value.as_ref().map_or(position, leftmost));
        } else if values.len() != columns.len() {
            let message = "number of columns does not match number of values";
            self.fail_late(sqlstate::SYNTAX_ERROR, message, position);
        }
        Ok(columns.into_iter().zip(values).collect())
    }

    /// PostgreSQL takes nothing but rows and sub-queries for several columns.
    fn no_row(&mut self, position: Position) {
        let message =
            "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression";
        self.fail_late(sqlstate::FEATURE_NOT_SUPPORTED, message, position);
    }

    fn assigned_column(&mut self) -> Result<Ident> {
        let column = self.column_name()?;
        if self.is_mark('.') || self.is_mark('[') {
            return Err(self.unsupported("fields and elements of columns"));
        }
        Ok(column)
    }

    fn assigned(&mut self) -> Result<Option<Expr>> {
        if self.accept("default") { Ok(None) } else { self.expr().map(Some) }
    }

    fn expect_operator(&mut self, operator: &str) -> Result<()> {
        if self.accept_operator(operator) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(super) fn truncate(&mut self) -> Result<Statement> {
        self.expect("truncate")?;
        self.accept("table");
        let tables = self.list(Parser::relation)?;
        // There are no sequences and no foreign keys: these change nothing.
        let _ =
            self.accept_all(&["restart", "identity"]) || self.accept_all(&["continue", "identity"]);
        let _ = self.accept("cascade") || self.accept("restrict");
        Ok(Statement::Truncate { tables })
    }

    pub(super) fn alter(&mut self) -> Result<Statement> {
        let position = self.position();
        self.expect("alter")?;
        if !self.accept("table") {
            let feature = format!("ALTER {} statements", self.token_text().to_uppercase());
            return Err(match self.kind() {
                Kind::Word(_) => unsupported_at(feature, position),
                _ => self.unexpected(),
            });
        }
        let if_exists = self.accept_all(&["if", "exists"]);
        let name = self.relation()?;
        let actions = self.list(|parser| parser.alter_action(position))?;
        Ok(Statement::AlterTable(Box::new(AlterTable { name, if_exists, actions })))
    }

    fn alter_action(&mut self, position: Position) -> Result<AlterAction> {
        let set = self.is("set");
        if !(set || self.is("reset")) || !self.is_mark_after(1, '(') {
            return Err(match self.kind() {
                Kind::Word(_) => unsupported_at("other forms of ALTER TABLE", position),
                _ => self.unexpected(),
            });
        }
        self.advance();
        self.expect_mark('(')?;
        let action = if set {
            AlterAction::Set(self.list(Parser::storage_option)?)
        } else {
            AlterAction::Reset(self.list(Parser::reset_option)?)
        };
        self.expect_mark(')')?;
        Ok(action)
    }

    fn reset_option(&mut self) -> Result<Ident> {
        let name = self.label()?;
        if self.is_mark('.') {
            return Err(self.unsupported("options of toast tables"));
        }
        if self.accept_operator("=") {
            self.setting_value()?;
            let message = "RESET must not include values for parameters";
            let error = SqlError::new(sqlstate::SYNTAX_ERROR, message);
            self.late.get_or_insert_with(|| error.into());
        }
        Ok(name)
    }

    /// What follows CREATE, from VIEW on.
    pub(super) fn create_view(&mut self, or_replace: bool, temporary: bool) -> Result<Statement> {
        self.expect("view")?;
        let name = self.qualified_name()?;
        let columns = self.optional_column_list()?;
        if self.is("with") {
            return Err(self.unsupported("options of views"));
        }
        self.expect("as")?;
        let query = self.query()?;
        if self.is("with") {
            return Err(self.unsupported("WITH CHECK OPTION clauses"));
        }
        let view = CreateView { name, or_replace, temporary, columns, query };
        Ok(Statement::CreateView(Box::new(view)))
    }
}
