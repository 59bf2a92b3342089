//! Primary expressions: literals, names, calls, CASE, sub-queries, whatever stands between operators.

use super::super::ast::*;
use super::super::keyword::{Category, category};
use super::super::lex::Kind;
use super::{Parser, Result, names_column, names_function, sql_error, unqualified, unsupported_at};
use crate::agg;
use crate::error::sqlstate;
use crate::value::{Modifier, Type};

/// How many levels a call or CASE counts, as its functions need more stack than those of an operator.
pub(super) const CALL_LEVELS: usize = 1;

impl Parser<'_> {
    /// An operand without prefix operators (`c_expr`).
    pub(super) fn primary(&mut self) -> Result<Expr> {
        match self.kind() {
            Kind::Number(_) | Kind::String(_) => self.literal(),
            Kind::Mark('(') if self.opens_query() => self.scalar_query(),
            Kind::Mark('(') => self.parenthesised(),
            Kind::Parameter => self.parameter(),
            Kind::Word(_) => self.word_primary(),
            Kind::Quoted(_) => self.named(),
            _ => Err(self.unexpected()),
        }
    }

    fn literal(&mut self) -> Result<Expr> {
        let position = self.position();
        let kind = match self.kind() {
            Kind::Number(number) => ExprKind::Number(number.clone()),
            Kind::String(string) => ExprKind::String(string.clone()),
            _ => return Err(self.unexpected()),
        };
        self.advance();
        Ok(Expr { kind, position })
    }

    fn scalar_query(&mut self) -> Result<Expr> {
        let position = self.position();
        let query = Box::new(self.parenthesised_query()?);
        self.refuse_selection()?;
        Ok(Expr { kind: ExprKind::Scalar(query), position })
    }

    /// `(x)`, or the row `(x, y)`.
    fn parenthesised(&mut self) -> Result<Expr> {
        let position = self.position();
        self.expect_mark('(')?;
        let first = self.expr()?;
        if self.is_mark(',') {
            return self.rest_of_row(first, position);
        }
        self.expect_mark(')')?;
        self.refuse_selection()?;
        Ok(first)
    }

    fn rest_of_row(&mut self, first: Expr, position: Position) -> Result<Expr> {
        let mut fields = vec![first];
        while self.accept_mark(',') {
            fields.push(self.expr()?);
        }
        self.expect_mark(')')?;
        self.grow()?;
        Ok(Expr { kind: ExprKind::Row(fields), position })
    }

    /// `(x).field` and `(x).*`.
    fn refuse_selection(&self) -> Result<()> {
        if self.is_mark('.') { Err(self.unsupported("fields of composite values")) } else { Ok(()) }
    }

    fn word_primary(&mut self) -> Result<Expr> {
        let called = self.is_mark_after(1, '(');
        match self.word().unwrap_or_default() {
            "null" => self.constant(ExprKind::Null),
            "true" => self.constant(ExprKind::Bool(true)),
            "false" => self.constant(ExprKind::Bool(false)),
            "case" => self.case(),
            "cast" => self.cast_call(),
            "exists" if called => self.exists(),
            "row" if called => self.row(),
            "interval" => self.interval_literal(),
            "array" => self.array(),
            "grouping" if called => Err(self.unsupported("grouping sets")),
            "unique" if called => Err(self.unsupported("UNIQUE predicates")),
            "default" => Err(self.misplaced_default()),
            "collation" if self.word_after(1) == Some("for") => {
                Err(self.unsupported("COLLATION FOR calls"))
            }
            word if self.is_special(word, called) => self.special_call(),
            word if self.begins_standard_type(word) => self.standard_literal(),
            _ => self.named(),
        }
    }

    fn constant(&mut self, kind: ExprKind) -> Result<Expr> {
        let position = self.position();
        self.advance();
        Ok(Expr { kind, position })
    }

    fn case(&mut self) -> Result<Expr> {
        let position = self.position();
        let outer = self.enter(CALL_LEVELS)?;
        self.expect("case")?;
        let operand = if self.is("when") { None } else { Some(Box::new(self.expr()?)) };
        let mut branches = Vec::new();
        while branches.is_empty() || self.is("when") {
            self.expect("when")?;
            let condition = self.expr()?;
            self.expect("then")?;
            branches.push((condition, self.expr()?));
        }
        let otherwise = if self.accept("else") { Some(Box::new(self.expr()?)) } else { None };
        self.expect("end")?;
        self.leave(CALL_LEVELS, outer);
        Ok(Expr { kind: ExprKind::Case { operand, branches, otherwise }, position })
    }

    fn cast_call(&mut self) -> Result<Expr> {
        let position = self.position();
        self.expect("cast")?;
        self.expect_mark('(')?;
        let operand = Box::new(self.expr()?);
        self.expect("as")?;
        let ty = self.type_name()?;
        self.expect_mark(')')?;
        Ok(Expr { kind: ExprKind::Cast(operand, ty), position })
    }

    /// `ARRAY[x, y]`, `ARRAY[[1, 2], [3, 4]]`.
    fn array(&mut self) -> Result<Expr> {
        let position = self.position();
        self.expect("array")?;
        if self.is_mark('(') {
            return Err(unsupported_at("arrays of the rows of a sub-query", position));
        }
        self.array_members(position)
    }

    fn array_members(&mut self, position: Position) -> Result<Expr> {
        self.expect_mark('[')?;
        let outer = self.enter(CALL_LEVELS)?;
        let mut members = Vec::new();
        while !self.is_mark(']') {
            let inner = self.position();
            let nested = self.is_mark('[');
            members.push(if nested { self.array_members(inner)? } else { self.expr()? });
            if !self.accept_mark(',') {
                break;
            }
            if self.is_mark(']') {
                return Err(self.unexpected());
            }
        }
        self.expect_mark(']')?;
        self.leave(CALL_LEVELS, outer);
        Ok(Expr { kind: ExprKind::Array(members), position })
    }

    fn exists(&mut self) -> Result<Expr> {
        let position = self.position();
        self.expect("exists")?;
        let query = Box::new(self.parenthesised_query()?);
        Ok(Expr { kind: ExprKind::Exists(query), position })
    }

    fn row(&mut self) -> Result<Expr> {
        let position = self.position();
        self.expect("row")?;
        self.expect_mark('(')?;
        let fields = if self.is_mark(')') { Vec::new() } else { self.expr_list()? };
        self.expect_mark(')')?;
        Ok(Expr { kind: ExprKind::Row(fields), position })
    }

    /// Whether this word begins a type that the grammar knows, and not a column of that name.
    fn begins_standard_type(&self, word: &str) -> bool {
        let next = self.kind_after(1);
        let next_word = self.word_after(1);
        match word {
            "double" => next_word == Some("precision"),
            "int" | "integer" | "smallint" | "bigint" | "real" | "boolean" => {
                matches!(next, Kind::String(_))
            }
            "float" | "decimal" | "dec" | "numeric" | "bit" | "varchar" => {
                matches!(next, Kind::String(_) | Kind::Mark('('))
            }
            "character" | "char" | "nchar" | "national" => {
                matches!(next, Kind::String(_) | Kind::Mark('('))
                    || matches!(next_word, Some("varying" | "character" | "char"))
            }
            "timestamp" | "time" => {
                matches!(next, Kind::String(_) | Kind::Mark('('))
                    || matches!(next_word, Some("with" | "without"))
            }
            _ => false,
        }
    }

    /// `type 'text'`: messages point at the text.
    fn standard_literal(&mut self) -> Result<Expr> {
        let ty = self.simple_type()?;
        let position = self.position();
        let string = self.string()?;
        Ok(Expr { kind: ExprKind::Typed(ty, string), position })
    }

    /// `INTERVAL '…' [field]`, or a column of that name.
    ///
    /// The field says what a bare number counts, so `interval '90' day` is read as `interval '90 day'`. With anything
    /// else in the string a field would cut the value off, which the tree cannot say.
    fn interval_literal(&mut self) -> Result<Expr> {
        if self.is_mark_after(1, '(') {
            return Err(self.unsupported("intervals with a precision"));
        }
        if !matches!(self.kind_after(1), Kind::String(_)) {
            return self.named();
        }
        let start = self.position();
        self.advance();
        let position = self.position();
        let mut string = self.string()?;
        if let Some(field) = self.interval_field() {
            let digits = string.trim().trim_start_matches(['+', '-']);
            let plain = !digits.is_empty()
                && digits.len() <= 9
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && string.trim().len() - digits.len() <= 1;
            let alone = self.word_after(1) != Some("to") && !self.is_mark_after(1, '(');
            if !plain || !alone {
                return Err(self.unsupported("intervals with fields"));
            }
            string = format!("{} {field}", string.trim());
            self.advance();
        }
        let ty = TypeName { ty: Type::Interval, modifier: Modifier::None, position: start };
        Ok(Expr { kind: ExprKind::Typed(ty, string), position })
    }

    /// A name: a column, a call, or a type before its literal.
    fn named(&mut self) -> Result<Expr> {
        let position = self.position();
        let class = match self.kind() {
            Kind::Word(word) => category(word),
            _ => None,
        };
        let parts = self.dotted(class)?;
        if matches!(self.kind(), Kind::String(_)) && (parts.len() > 1 || names_function(class)) {
            return self.named_literal(parts, position);
        }
        if self.is_mark('(') && (parts.len() > 1 || names_function(class)) {
            return self.call(parts, position);
        }
        if parts.len() == 1 && !names_column(class) {
            return Err(self.unexpected());
        }
        column(parts, position)
    }

    fn dotted(&mut self, class: Option<Category>) -> Result<Vec<Ident>> {
        let mut parts = vec![self.name(|class| class != Some(Category::Reserved))?];
        while self.is_mark('.') && names_column(class) {
            self.advance();
            if self.is_operator("*") {
                return Err(unsupported_at("whole-row values", parts[0].position));
            }
            parts.push(self.label()?);
        }
        Ok(parts)
    }

    /// `type 'text'` for the types that have no key word.
    fn named_literal(&mut self, mut parts: Vec<Ident>, position: Position) -> Result<Expr> {
        let written: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        let shown = written.join(".");
        let name = parts.pop().map(|part| part.name).unwrap_or_default();
        if parts.len() > 1 || parts.first().is_some_and(|schema| schema.name != "pg_catalog") {
            return Err(unsupported_at("types of other schemas", position));
        }
        let ty = self.catalogue_type(&name, &shown, position)?;
        let position = self.position();
        let string = self.string()?;
        Ok(Expr { kind: ExprKind::Typed(ty, string), position })
    }

    /// A call with what may follow its arguments. `numeric(3,1) '1.5'` for named types is read here too.
    fn call(&mut self, parts: Vec<Ident>, position: Position) -> Result<Expr> {
        let mut call = self.call_arguments(unqualified(parts)?)?;
        if matches!(self.kind(), Kind::String(_)) {
            return Err(unsupported_at("literals of types with a modifier", position));
        }
        if self.is("within") {
            self.within_group(&mut call, position)?;
        }
        if self.accept("filter") {
            self.expect_mark('(')?;
            self.expect("where")?;
            call.filter = Some(Box::new(self.expr()?));
            self.expect_mark(')')?;
        }
        if self.is("over") && call.within_group && is_ordered_set(&call.name.name) {
            let message =
                format!("OVER is not supported for ordered-set aggregate {}", call.name.name);
            return Err(sql_error(sqlstate::FEATURE_NOT_SUPPORTED, message, position));
        }
        if self.is("over") {
            return Err(self.unsupported("window functions"));
        }
        Ok(Expr { kind: ExprKind::Call(call), position })
    }

    /// `WITHIN GROUP (ORDER BY …)`: the rows of an ordered-set aggregate.
    fn within_group(&mut self, call: &mut Call, position: Position) -> Result<()> {
        let what = match call {
            Call { distinct: true, .. } => Some(("DISTINCT", self.position())),
            Call { order_by, .. } if !order_by.is_empty() => {
                Some(("multiple ORDER BY clauses", position))
            }
            _ => None,
        };
        if let Some((what, position)) = what {
            let message = format!("cannot use {what} with WITHIN GROUP");
            return Err(sql_error(sqlstate::SYNTAX_ERROR, message, position));
        }
        self.advance();
        self.expect("group")?;
        self.expect_mark('(')?;
        self.expect("order")?;
        call.order_by = self.order_by_list()?;
        call.within_group = true;
        self.expect_mark(')')
    }

    /// `([DISTINCT] arguments [ORDER BY …])` or `(*)`.
    pub(super) fn call_arguments(&mut self, name: Ident) -> Result<Call> {
        self.expect_mark('(')?;
        let outer = self.enter(CALL_LEVELS)?;
        let mut call = Call {
            name,
            args: Vec::new(),
            star: false,
            distinct: false,
            order_by: Vec::new(),
            within_group: false,
            filter: None,
        };
        if self.accept_operator("*") {
            call.star = true;
        } else if !self.is_mark(')') {
            call.distinct = self.accept("distinct");
            let _ = !call.distinct && self.accept("all");
            call.args = self.list(Parser::argument)?;
            if self.accept("order") {
                call.order_by = self.order_by_list()?;
            }
        }
        self.expect_mark(')')?;
        self.leave(CALL_LEVELS, outer);
        Ok(call)
    }

    fn argument(&mut self) -> Result<Expr> {
        if self.is("variadic") {
            return Err(self.unsupported("VARIADIC arguments"));
        }
        if *self.kind_after(1) == Kind::Names {
            return Err(self.unsupported("named arguments"));
        }
        self.expr()
    }
}

fn is_ordered_set(name: &str) -> bool {
    agg::of_name(name).any(|aggregate| aggregate.ordered_set.is_some())
}

fn column(mut parts: Vec<Ident>, position: Position) -> Result<Expr> {
    let column = parts.pop().unwrap_or_else(|| Ident { name: String::new(), position });
    let table = match parts.len() {
        0 => None,
        1 => parts.pop(),
        2 if parts[0].name == "public" || parts[0].name == "pg_catalog" => parts.pop(),
        _ => return Err(unsupported_at("schemas other than public", position)),
    };
    Ok(Expr { kind: ExprKind::Column { table, column }, position })
}
