//! Calls whose arguments have a syntax of their own (`func_expr_common_subexpr` in gram.y).
//!
//! ```text
//! EXTRACT(field FROM x)             extract('field', x)
//! SUBSTRING(x FROM a FOR b)         substring(x, a, b)          SUBSTRING(x FOR b)   substring(x, 1, b::integer)
//! POSITION(part IN x)               position(x, part)
//! TRIM(BOTH c FROM x)               btrim(x, c)                 LEADING ltrim, TRAILING rtrim
//! CURRENT_DATE                      current_date()
//! COALESCE NULLIF GREATEST LEAST    themselves
//! ```

use super::super::ast::*;
use super::super::lex::Kind;
use super::primary::CALL_LEVELS;
use super::{Parser, Result, unsupported_at};
use crate::value::{Modifier, Type};

impl Parser<'_> {
    /// Whether this word begins such a call.
    pub(super) fn is_special(&self, word: &str, called: bool) -> bool {
        match word {
            "current_date" | "current_time" | "current_timestamp" | "localtime"
            | "localtimestamp" | "current_role" | "current_user" | "session_user" | "user"
            | "current_catalog" => true,
            "current_schema" => !called,
            "coalesce" | "nullif" | "greatest" | "least" | "extract" | "substring" | "position"
            | "trim" | "overlay" | "normalize" | "treat" => called,
            word => called && word.starts_with("xml") && super::category(word).is_some(),
        }
    }

    /// The call that begins here.
    pub(super) fn special_call(&mut self) -> Result<Expr> {
        let position = self.position();
        let word = self.word().unwrap_or_default().to_owned();
        let feature = match word.as_str() {
            "overlay" => "OVERLAY calls",
            "normalize" => "NORMALIZE calls",
            "treat" => "TREAT calls",
            xml if xml.starts_with("xml") => "XML functions",
            _ => "",
        };
        if !feature.is_empty() {
            return Err(self.unsupported(feature));
        }
        self.advance();
        let outer = self.enter(CALL_LEVELS)?;
        let (name, args) = self.special_arguments(word, position)?;
        self.leave(CALL_LEVELS, outer);
        let name = Ident { name, position };
        let (star, distinct, order_by, filter) = (false, false, Vec::new(), None);
        let within_group = false;
        let kind =
            ExprKind::Call(Call { name, args, star, distinct, order_by, within_group, filter });
        Ok(Expr { kind, position })
    }

    fn special_arguments(
        &mut self,
        word: String,
        position: Position,
    ) -> Result<(String, Vec<Expr>)> {
        if word.starts_with("current_") || word.starts_with("local") || word.ends_with("user") {
            let timed = word.contains("time");
            if timed && self.is_mark('(') {
                return Err(unsupported_at("times with a precision", position));
            }
            return Ok((word, Vec::new()));
        }
        self.expect_mark('(')?;
        let (name, args) = match word.as_str() {
            "extract" => (word, self.extract()?),
            "substring" => (word, self.substring()?),
            "position" => (word, self.position_arguments()?),
            "trim" => self.trim()?,
            "nullif" => {
                let first = self.expr()?;
                self.expect_mark(',')?;
                (word, vec![first, self.expr()?])
            }
            _ => (word, self.expr_list()?),
        };
        self.expect_mark(')')?;
        Ok((name, args))
    }

    /// `field FROM x`, where the field is a word or a string.
    fn extract(&mut self) -> Result<Vec<Expr>> {
        let position = self.position();
        let field = match self.kind() {
            Kind::Word(field) | Kind::Quoted(field) | Kind::String(field) => field.clone(),
            _ => return Err(self.unexpected()),
        };
        if let Kind::Word(word) = self.kind()
            && super::category(word).is_some()
            && self.interval_field().is_none()
        {
            return Err(self.unexpected());
        }
        self.advance();
        self.expect("from")?;
        Ok(vec![Expr { kind: ExprKind::String(field), position }, self.expr()?])
    }

    fn substring(&mut self) -> Result<Vec<Expr>> {
        if self.is_mark(')') {
            return Ok(Vec::new());
        }
        let mut args = vec![self.argument_here()?];
        match self.word() {
            Some("from") => {
                self.advance();
                args.push(self.expr()?);
                if self.accept("for") {
                    args.push(self.expr()?);
                }
            }
            Some("for") => {
                let position = self.position();
                self.advance();
                let length = self.expr()?;
                if self.accept("from") {
                    args.push(self.expr()?);
                    args.push(length);
                } else {
                    args.push(Expr { kind: ExprKind::Number("1".to_owned()), position });
                    args.push(as_integer(length, position));
                }
            }
            Some("similar") => return Err(self.unsupported("SUBSTRING SIMILAR calls")),
            _ => {
                while self.accept_mark(',') {
                    args.push(self.argument_here()?);
                }
            }
        }
        Ok(args)
    }

    fn argument_here(&mut self) -> Result<Expr> {
        if *self.kind_after(1) == Kind::Names {
            return Err(self.unsupported("named arguments"));
        }
        self.expr()
    }

    fn position_arguments(&mut self) -> Result<Vec<Expr>> {
        let part = self.restricted_expr()?;
        self.expect("in")?;
        let text = self.restricted_expr()?;
        Ok(vec![text, part])
    }

    /// `[BOTH | LEADING | TRAILING] [c] [FROM] x`.
    fn trim(&mut self) -> Result<(String, Vec<Expr>)> {
        let name = match self.word() {
            Some("leading") => "ltrim",
            Some("trailing") => "rtrim",
            _ => "btrim",
        };
        if self.is_one_of(&["both", "leading", "trailing"]) {
            self.advance();
        }
        if self.accept("from") {
            return Ok((name.to_owned(), self.expr_list()?));
        }
        let first = self.expr()?;
        if self.accept("from") {
            let mut args = self.expr_list()?;
            args.push(first);
            return Ok((name.to_owned(), args));
        }
        let mut args = vec![first];
        while self.accept_mark(',') {
            args.push(self.expr()?);
        }
        Ok((name.to_owned(), args))
    }
}

fn as_integer(operand: Expr, position: Position) -> Expr {
    let ty = TypeName { ty: Type::Int4, modifier: Modifier::None, position };
    Expr { kind: ExprKind::Cast(Box::new(operand), ty), position }
}
