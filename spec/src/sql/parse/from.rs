//! FROM: tables, sub-queries, functions, joins.

use super::super::ast::*;
use super::super::keyword::{Category, category};
use super::super::lex::Kind;
use super::{Parser, Result, names_column, names_function, unqualified, unsupported_at};

/// How many levels a table reference in parentheses counts.
const TABLE_LEVELS: usize = 2;

impl Parser<'_> {
    /// One item of FROM with the joins after it, which bind from the left.
    pub(super) fn table_ref(&mut self) -> Result<TableRef> {
        let outer = self.enter(TABLE_LEVELS)?;
        let mut left = self.table_primary()?;
        while self.begins_join() {
            left = self.join(left)?;
        }
        self.leave(TABLE_LEVELS, outer);
        Ok(left)
    }

    fn begins_join(&self) -> bool {
        self.is_one_of(&["join", "inner", "left", "right", "full", "cross", "natural"])
    }

    /// The join whose left side was read. A join without a condition so far takes the joins after its right side first:
    /// `a JOIN b JOIN c ON x ON y` is `a JOIN (b JOIN c ON x) ON y`.
    fn join(&mut self, left: TableRef) -> Result<TableRef> {
        self.grow()?;
        let position = self.position();
        let left = Box::new(left);
        if self.accept("cross") {
            self.expect("join")?;
            let right = Box::new(self.table_primary()?);
            let (kind, condition) = (JoinKind::Cross, JoinCondition::None);
            return Ok(TableRef::Join { kind, left, right, condition, position });
        }
        let natural = self.accept("natural");
        let kind = self.join_kind()?;
        let mut right = self.table_primary()?;
        if natural {
            let (right, condition) = (Box::new(right), JoinCondition::Natural);
            return Ok(TableRef::Join { kind, left, right, condition, position });
        }
        if self.begins_join() {
            let outer = self.enter(TABLE_LEVELS)?;
            while self.begins_join() {
                right = self.join(right)?;
            }
            self.leave(TABLE_LEVELS, outer);
        }
        let condition = self.join_condition()?;
        Ok(TableRef::Join { kind, left, right: Box::new(right), condition, position })
    }

    fn join_kind(&mut self) -> Result<JoinKind> {
        let kind = match self.word() {
            Some("left") => JoinKind::Left,
            Some("right") => JoinKind::Right,
            Some("full") => JoinKind::Full,
            Some("inner") => JoinKind::Inner,
            _ => {
                self.expect("join")?;
                return Ok(JoinKind::Inner);
            }
        };
        self.advance();
        if kind != JoinKind::Inner {
            self.accept("outer");
        }
        self.expect("join")?;
        Ok(kind)
    }

    fn join_condition(&mut self) -> Result<JoinCondition> {
        if self.accept("on") {
            return Ok(JoinCondition::On(self.expr()?));
        }
        self.expect("using")?;
        let columns = self.column_list()?;
        if self.is("as") {
            return Err(self.unsupported("aliases of USING"));
        }
        Ok(JoinCondition::Using(columns))
    }

    fn table_primary(&mut self) -> Result<TableRef> {
        if self.is_mark('(') {
            return if self.opens_query() { self.subquery() } else { self.joined_table() };
        }
        match self.word() {
            Some("lateral") => return Err(self.unsupported("LATERAL items")),
            Some("only") => return Err(self.unsupported("ONLY tables")),
            Some("rows") if self.word_after(1) == Some("from") => {
                return Err(self.unsupported("ROWS FROM items"));
            }
            Some(word) if self.is_special_function(word) => {
                return Err(self.unsupported("such functions in FROM"));
            }
            _ => {}
        }
        let (parts, class) = self.name_parts()?;
        if self.is_mark('(') && names_function(class) {
            return self.table_function(unqualified(parts)?);
        }
        if parts.len() == 1 && !names_column(class) {
            return Err(self.unexpected());
        }
        if self.is_operator("*") {
            return Err(self.unsupported("tables with *"));
        }
        let name = unqualified(parts)?;
        let alias = self.alias()?;
        if self.is("tablesample") {
            return Err(self.unsupported("TABLESAMPLE clauses"));
        }
        Ok(TableRef::Table { name, alias })
    }

    /// Functions that PostgreSQL's grammar knows by name; as items of FROM they are rare.
    fn is_special_function(&self, word: &str) -> bool {
        let class = category(word);
        class == Some(Category::ColumnName) && self.is_mark_after(1, '(')
            || class == Some(Category::Reserved) && word.starts_with("current_")
            || matches!(word, "localtime" | "localtimestamp" | "session_user" | "user" | "cast")
    }

    /// A name with points, and the class of its first word.
    pub(super) fn name_parts(&mut self) -> Result<(Vec<Ident>, Option<Category>)> {
        let class = match self.kind() {
            Kind::Word(word) => category(word),
            _ => None,
        };
        let mut parts = vec![self.name(|class| class != Some(Category::Reserved))?];
        while self.accept_mark('.') {
            parts.push(self.label()?);
        }
        Ok((parts, class))
    }

    fn subquery(&mut self) -> Result<TableRef> {
        let query = Box::new(self.parenthesised_query()?);
        Ok(TableRef::Subquery { query, alias: self.alias()? })
    }

    /// `(a JOIN b …)`.
    fn joined_table(&mut self) -> Result<TableRef> {
        self.expect_mark('(')?;
        let outer = self.enter(1)?;
        let table = self.table_ref()?;
        self.leave(1, outer);
        // A table alone, unless it is a join in parentheses, may not stand in parentheses.
        if !matches!(table, TableRef::Join { .. }) {
            return Err(self.unexpected());
        }
        self.expect_mark(')')?;
        let alias = self.is("as") || self.name_if(names_column).is_some();
        if alias {
            return Err(self.unsupported("aliases of joins"));
        }
        Ok(table)
    }

    fn table_function(&mut self, name: Ident) -> Result<TableRef> {
        let position = name.position;
        let call = self.call_arguments(name)?;
        if call.star || call.distinct || !call.order_by.is_empty() {
            return Err(unsupported_at("aggregates in FROM", position));
        }
        if self.are(&["with", "ordinality"]) {
            return Err(self.unsupported("WITH ORDINALITY clauses"));
        }
        let alias = self.alias()?;
        Ok(TableRef::Function { name: call.name, args: call.args, alias })
    }

    /// `[AS] name [(columns)]`, if there.
    fn alias(&mut self) -> Result<Option<Alias>> {
        let written = self.accept("as");
        if written && self.is_mark('(') {
            return Err(self.unsupported("column definition lists"));
        }
        if !written && self.name_if(names_column).is_none() {
            return Ok(None);
        }
        let name = self.column_name()?;
        if !self.accept_mark('(') {
            return Ok(Some(Alias { name, columns: Vec::new() }));
        }
        let columns = self.list(|parser| {
            let column = parser.column_name()?;
            let typed = matches!(parser.kind(), Kind::Word(_) | Kind::Quoted(_));
            if typed { Err(parser.unsupported("column definition lists")) } else { Ok(column) }
        })?;
        self.expect_mark(')')?;
        Ok(Some(Alias { name, columns }))
    }
}
