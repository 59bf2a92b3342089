//! Queries: WITH, set operations, SELECT, VALUES, ORDER BY, LIMIT.

use super::super::ast::*;
use super::super::lex::Kind;
use super::{Parser, Result, sql_error, unsupported_at};
use crate::error::{SqlError, sqlstate};

/// How many levels a query counts: its functions need about as much stack as so many levels of expressions.
const QUERY_LEVELS: usize = 4;

/// The words that may follow a SELECT list, so that it may be empty before them.
const AFTER_LIST: [&str; 13] = [
    "from",
    "where",
    "group",
    "having",
    "window",
    "union",
    "intersect",
    "except",
    "order",
    "limit",
    "offset",
    "fetch",
    "for",
];

impl Parser<'_> {
    /// A query without parentheses around it (they are around its parts, or there is nothing else).
    pub(super) fn query(&mut self) -> Result<Query> {
        let outer = self.enter(QUERY_LEVELS)?;
        let with = if self.is("with") { self.with_clause()? } else { Vec::new() };
        let body = self.body(0)?;
        let order_by = if self.accept("order") { self.order_by_list()? } else { Vec::new() };
        let mut query = Query { with, body, order_by, limit: None, offset: None };
        self.limits(&mut query)?;
        self.leave(QUERY_LEVELS, outer);
        Ok(unwrapped(query))
    }

    /// `(query)`.
    pub(super) fn parenthesised_query(&mut self) -> Result<Query> {
        self.expect_mark('(')?;
        let query = self.query()?;
        self.expect_mark(')')?;
        Ok(query)
    }

    /// Whether the parenthesis here opens a query and not an expression or a join.
    ///
    /// A run of parentheses before a SELECT may belong to either: `((SELECT 1) UNION …)`, `((SELECT 1) + 1)`. What
    /// follows the parenthesis that closes decides, from the inside to the outside.
    pub(super) fn opens_query(&self) -> bool {
        let mut inner = self.at;
        while *self.kind_at(inner) == Kind::Mark('(') {
            inner += 1;
        }
        let begins = matches!(
            self.kind_at(inner),
            Kind::Word(word) if matches!(word.as_str(), "select" | "values" | "with" | "table")
        );
        begins
            && (self.at + 1..inner).rev().all(|open| {
                self.closing[open].is_some_and(|close| match self.kind_at(close + 1) {
                    Kind::Mark(')') => true,
                    Kind::Word(word) => matches!(
                        word.as_str(),
                        "union"
                            | "intersect"
                            | "except"
                            | "order"
                            | "limit"
                            | "offset"
                            | "fetch"
                            | "for"
                    ),
                    _ => false,
                })
            })
    }

    fn with_clause(&mut self) -> Result<Vec<Cte>> {
        self.expect("with")?;
        if self.is("recursive") {
            return Err(self.unsupported("recursive queries"));
        }
        self.list(Parser::cte)
    }

    fn cte(&mut self) -> Result<Cte> {
        let name = self.column_name()?;
        let columns = self.optional_column_list()?;
        self.expect("as")?;
        let materialized = if self.accept("materialized") {
            Some(true)
        } else if self.accept_all(&["not", "materialized"]) {
            Some(false)
        } else {
            None
        };
        self.expect_mark('(')?;
        if self.is_one_of(&["insert", "update", "delete"]) {
            return Err(self.unsupported("data-modifying statements in WITH"));
        }
        let query = self.query()?;
        self.expect_mark(')')?;
        if self.is_one_of(&["search", "cycle"]) {
            return Err(self.unsupported("SEARCH and CYCLE clauses"));
        }
        Ok(Cte { name, columns, materialized, query })
    }

    /// A SELECT, or several with set operations between them that bind at least so tightly.
    fn body(&mut self, minimum: u8) -> Result<Body> {
        let mut left = self.body_operand()?;
        loop {
            let (op, level) = match self.word() {
                Some("union") => (SetOp::Union, 1),
                Some("except") => (SetOp::Except, 1),
                Some("intersect") => (SetOp::Intersect, 2),
                _ => return Ok(left),
            };
            if level < minimum {
                return Ok(left);
            }
            let position = self.position();
            self.advance();
            let all = self.accept("all");
            let _ = !all && self.accept("distinct");
            self.grow()?;
            let right = Box::new(self.body(level + 1)?);
            left = Body::SetOperation { op, all, left: Box::new(left), right, position };
        }
    }

    fn body_operand(&mut self) -> Result<Body> {
        if self.is_mark('(') {
            return Ok(Body::Nested(Box::new(self.parenthesised_query()?)));
        }
        match self.word() {
            Some("select") => Ok(Body::Select(Box::new(self.select()?))),
            Some("values") => self.values(),
            Some("table") => self.table_body(),
            _ => Err(self.unexpected()),
        }
    }

    fn values(&mut self) -> Result<Body> {
        let position = self.position();
        self.expect("values")?;
        let rows = self.list(|parser| {
            parser.expect_mark('(')?;
            let row = parser.list(|parser| {
                if parser.is("default") {
                    return Err(parser.unsupported("DEFAULT values"));
                }
                parser.expr()
            })?;
            parser.expect_mark(')')?;
            Ok(row)
        })?;
        Ok(Body::Values(rows, position))
    }

    /// `TABLE t`, which is `SELECT * FROM t`.
    fn table_body(&mut self) -> Result<Body> {
        let position = self.position();
        self.expect("table")?;
        let name = self.qualified_name()?;
        Ok(Body::Select(Box::new(Select {
            distinct: false,
            items: vec![SelectItem::Star(None, position)],
            from: vec![TableRef::Table { name, alias: None }],
            filter: None,
            group_by: Vec::new(),
            having: None,
            position,
        })))
    }

    fn select(&mut self) -> Result<Select> {
        let position = self.position();
        self.expect("select")?;
        let distinct = self.accept("distinct");
        if distinct && self.is("on") {
            return Err(self.unsupported("DISTINCT ON clauses"));
        }
        let _ = !distinct && self.accept("all");
        let items =
            if !distinct && self.ends_list() { Vec::new() } else { self.list(Parser::item)? };
        if self.is("into") {
            return Err(self.unsupported("SELECT INTO statements"));
        }
        let from = if self.accept("from") { self.list(Parser::table_ref)? } else { Vec::new() };
        let filter = self.clause("where")?;
        let group_by = if self.accept("group") { self.group_by()? } else { Vec::new() };
        let having = self.clause("having")?;
        if self.is("window") {
            return Err(self.unsupported("window functions"));
        }
        Ok(Select { distinct, items, from, filter, group_by, having, position })
    }

    /// Whether the SELECT list is over before it began.
    fn ends_list(&self) -> bool {
        matches!(self.kind(), Kind::Mark(')' | ';') | Kind::End)
            || self.is_one_of(&AFTER_LIST)
            || self.is("into")
    }

    pub(super) fn clause(&mut self, word: &str) -> Result<Option<Expr>> {
        if self.accept(word) { self.expr().map(Some) } else { Ok(None) }
    }

    /// `*`, `t.*`, or an expression with its label.
    pub(super) fn item(&mut self) -> Result<SelectItem> {
        let position = self.position();
        if self.accept_operator("*") {
            return Ok(SelectItem::Star(None, position));
        }
        if let Some(table) = self.star_of()? {
            return Ok(SelectItem::Star(Some(table), position));
        }
        let expr = self.expr()?;
        let label = if self.accept("as") { Some(self.label()?) } else { self.bare_label() };
        Ok(SelectItem::Expr(expr, label))
    }

    /// The `t` of `t.*` or `public.t.*`, if that is what comes.
    fn star_of(&mut self) -> Result<Option<Ident>> {
        let mut ahead = 1;
        while self.is_mark_after(ahead, '.') && !self.is_operator_after(ahead + 1, "*") {
            ahead += 2;
        }
        if !self.is_mark_after(ahead, '.') || self.name_if(super::names_column).is_none() {
            return Ok(None);
        }
        let table = self.qualified_name_before_star()?;
        Ok(Some(table))
    }

    fn qualified_name_before_star(&mut self) -> Result<Ident> {
        let mut parts = vec![self.column_name()?];
        while self.accept_mark('.') {
            if self.accept_operator("*") {
                break;
            }
            parts.push(self.label()?);
        }
        super::unqualified(parts)
    }

    fn group_by(&mut self) -> Result<Vec<Expr>> {
        self.expect("by")?;
        if self.is_one_of(&["all", "distinct"]) {
            return Err(self.unsupported("grouping sets"));
        }
        self.list(|parser| {
            let sets = parser.are(&["grouping", "sets"])
                || parser.is_mark('(') && parser.is_mark_after(1, ')')
                || parser.is_one_of(&["rollup", "cube"]) && parser.is_mark_after(1, '(');
            if sets { Err(parser.unsupported("grouping sets")) } else { parser.expr() }
        })
    }

    /// What follows ORDER.
    pub(super) fn order_by_list(&mut self) -> Result<Vec<OrderBy>> {
        self.expect("by")?;
        self.list(|parser| {
            let expr = parser.expr()?;
            if parser.is("using") {
                return Err(parser.unsupported("sort operators"));
            }
            let (direction, nulls) = parser.direction()?;
            Ok(OrderBy { expr, direction, nulls })
        })
    }

    /// `[ASC | DESC] [NULLS FIRST | LAST]`.
    pub(super) fn direction(&mut self) -> Result<(Direction, Option<NullsOrder>)> {
        let descending = self.accept("desc");
        let _ = !descending && self.accept("asc");
        let direction = if descending { Direction::Desc } else { Direction::Asc };
        let nulls = if self.accept_all(&["nulls", "first"]) {
            Some(NullsOrder::First)
        } else if self.accept_all(&["nulls", "last"]) {
            Some(NullsOrder::Last)
        } else {
            None
        };
        Ok((direction, nulls))
    }

    /// LIMIT and OFFSET in any order, once each; FETCH FIRST is a LIMIT.
    fn limits(&mut self, query: &mut Query) -> Result<()> {
        let (mut limited, mut offset) = (false, false);
        loop {
            match self.word() {
                Some("limit") if !limited => {
                    query.limit = self.limit()?;
                    limited = true;
                }
                Some("fetch") if !limited => {
                    query.limit = Some(self.fetch_first()?);
                    limited = true;
                }
                Some("offset") if !offset => {
                    self.advance();
                    query.offset = Some(self.expr()?);
                    let _ = self.accept("rows") || self.accept("row");
                    offset = true;
                }
                Some("for") => return Err(self.unsupported("row locks")),
                _ => return Ok(()),
            }
        }
    }

    fn limit(&mut self) -> Result<Option<Expr>> {
        let position = self.position();
        self.expect("limit")?;
        if self.accept("all") {
            return Ok(None);
        }
        let limit = self.expr()?;
        if self.is_mark(',') {
            let message = "LIMIT #,# syntax is not supported";
            let error = SqlError::new(sqlstate::SYNTAX_ERROR, message).at(position);
            return Err(error.hint("Use separate LIMIT and OFFSET clauses.").into());
        }
        Ok(if limit.kind == ExprKind::Null { None } else { Some(limit) })
    }

    /// `FETCH FIRST [n] ROWS ONLY`.
    fn fetch_first(&mut self) -> Result<Expr> {
        let position = self.position();
        self.advance();
        if !self.accept("first") {
            self.expect("next")?;
        }
        let limit = if self.is_one_of(&["row", "rows"]) {
            Expr { kind: ExprKind::Number("1".to_owned()), position }
        } else {
            self.fetch_count()?
        };
        if !self.accept("rows") {
            self.expect("row")?;
        }
        if self.are(&["with", "ties"]) {
            return Err(unsupported_at("WITH TIES clauses", self.position()));
        }
        self.expect("only")?;
        Ok(limit)
    }

    /// A number with a sign, or a primary expression.
    fn fetch_count(&mut self) -> Result<Expr> {
        let position = self.position();
        for sign in ["-", "+"] {
            if self.accept_operator(sign) {
                if !matches!(self.kind(), Kind::Number(_)) {
                    return Err(self.unexpected());
                }
                let operand = Box::new(self.primary()?);
                return Ok(Expr { kind: ExprKind::Prefix(sign.to_owned(), operand), position });
            }
        }
        self.primary()
    }

    /// The error of DEFAULT where no column gets a value.
    pub(super) fn misplaced_default(&self) -> super::Failure {
        let message = "DEFAULT is not allowed in this context";
        sql_error(sqlstate::SYNTAX_ERROR, message, self.position())
    }
}

/// A query in parentheses with nothing around them is the query itself.
fn unwrapped(query: Query) -> Query {
    let bare = query.with.is_empty()
        && query.order_by.is_empty()
        && query.limit.is_none()
        && query.offset.is_none();
    match query {
        Query { body: Body::Nested(inner), .. } if bare => *inner,
        query => query,
    }
}
