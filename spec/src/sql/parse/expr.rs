//! Expressions: operators by precedence climbing.
//!
//! ```text
//! level  operators, as gram.y orders them                              associate
//!   16   ::                                                            left
//!   15   [ ]                                                           left
//!   14   unary + -                                                     (prefix)
//!   13   COLLATE                                                       left
//!   12   AT TIME ZONE                                                  left
//!   11   ^                                                             left
//!   10   * / %                                                         left
//!    9   + -                                                           left
//!    8   any other operator, also as a prefix                          left
//!    6   BETWEEN IN LIKE ILIKE SIMILAR                                 not
//!    5   < > = <= >= <>                                                not
//!    4   IS ISNULL NOTNULL                                             not (but IS NULL IS NULL: nothing is open)
//!    3   NOT                                                           (prefix)
//!    2   AND                                                           left
//!    1   OR                                                            left
//! ```
//!
//! So `-2 ^ 2` is 4, `- 1::int` casts first, and `a < b < c` is an error. The lower bound of BETWEEN is the grammar's
//! `b_expr`: no AND, OR, NOT, LIKE, IN, BETWEEN, IS NULL outside parentheses, because its AND would be ambiguous.

use super::super::ast::*;
use super::super::lex::Kind;
use super::super::positions::leftmost;
use super::{Parser, Result, unsupported_at};

/// The levels of precedence.
mod level {
    pub const OR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const IS: u8 = 4;
    pub const COMPARE: u8 = 5;
    pub const LIKE: u8 = 6;
    pub const OPERATOR: u8 = 8;
    pub const ADD: u8 = 9;
    pub const MULTIPLY: u8 = 10;
    pub const POWER: u8 = 11;
    pub const AT: u8 = 12;
    pub const COLLATE: u8 = 13;
    pub const SIGN: u8 = 14;
    pub const SUBSCRIPT: u8 = 15;
    pub const CAST: u8 = 16;
}

/// Which expressions may stand at a place: `a_expr` or `b_expr`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grammar {
    Full,
    Restricted,
}

/// What may follow an operand.
#[derive(Clone, Copy)]
enum Infix {
    Or,
    And,
    Is,
    IsNull,
    NotNull,
    Operator,
    Cast,
    Between,
    In,
    Like,
    Subscript,
    AtTimeZone,
    Outside(&'static str),
}

impl Parser<'_> {
    /// An expression.
    pub(super) fn expr(&mut self) -> Result<Expr> {
        self.climb(0, Grammar::Full)
    }

    /// An expression where IN and AND would be ambiguous (`b_expr`).
    pub(super) fn restricted_expr(&mut self) -> Result<Expr> {
        self.climb(0, Grammar::Restricted)
    }

    /// Expressions with commas between them.
    pub(super) fn expr_list(&mut self) -> Result<Vec<Expr>> {
        let outer = self.enter(1)?;
        let list = self.list(Parser::expr)?;
        self.leave(1, outer);
        Ok(list)
    }

    /// An expression whose operators outside parentheses are of this level or higher.
    fn climb(&mut self, minimum: u8, grammar: Grammar) -> Result<Expr> {
        let outer = self.enter(1)?;
        let mut left = self.operand(grammar)?;
        // The level of a non-associative operator whose right operand was just read.
        let mut open = None;
        while let Some((level, infix)) = self.infix(grammar) {
            if level < minimum {
                break;
            }
            if open == Some(level) {
                return Err(self.unexpected());
            }
            left = self.apply(Box::new(left), level, infix, grammar)?;
            open = ends_open(&left, level).then_some(level);
        }
        self.leave(1, outer);
        Ok(left)
    }

    /// An operand with its prefix operators.
    fn operand(&mut self, grammar: Grammar) -> Result<Expr> {
        let level = match self.kind() {
            Kind::Operator(op) if op == "+" || op == "-" => level::SIGN,
            Kind::Operator(op) if level_of(op) == level::OPERATOR => level::OPERATOR,
            Kind::Word(word) if word == "not" && grammar == Grammar::Full => return self.not(),
            _ => return self.primary(),
        };
        self.prefix(level, grammar)
    }

    fn prefix(&mut self, level: u8, grammar: Grammar) -> Result<Expr> {
        let position = self.position();
        let operator = self.operator()?;
        let operand = Box::new(self.climb(level + 1, grammar)?);
        Ok(Expr { kind: ExprKind::Prefix(operator, operand), position })
    }

    fn not(&mut self) -> Result<Expr> {
        let position = self.position();
        self.expect("not")?;
        let operand = Box::new(self.climb(level::NOT, Grammar::Full)?);
        Ok(Expr { kind: ExprKind::Not(operand), position })
    }

    fn operator(&mut self) -> Result<String> {
        let Kind::Operator(operator) = self.kind() else { return Err(self.unexpected()) };
        let operator = operator.clone();
        self.advance();
        Ok(operator)
    }

    /// What follows the operand just read, with its level, if it goes on.
    fn infix(&self, grammar: Grammar) -> Option<(u8, Infix)> {
        match self.kind() {
            Kind::Operator(op) => Some((level_of(op), Infix::Operator)),
            Kind::TypeCast => Some((level::CAST, Infix::Cast)),
            Kind::Mark('[') => Some((level::SUBSCRIPT, Infix::Subscript)),
            Kind::Word(word) => self.infix_word(word, grammar),
            _ => None,
        }
    }

    fn infix_word(&self, word: &str, grammar: Grammar) -> Option<(u8, Infix)> {
        let next = self.word_after(1);
        let found = match word {
            "operator" if self.is_mark_after(1, '(') => {
                (level::OPERATOR, Infix::Outside("OPERATOR() calls"))
            }
            "is" if grammar == Grammar::Full => (level::IS, Infix::Is),
            "is" => {
                let what = if next == Some("not") { self.word_after(2) } else { next };
                matches!(what, Some("distinct" | "document")).then_some((level::IS, Infix::Is))?
            }
            _ if grammar == Grammar::Restricted => return None,
            "or" => (level::OR, Infix::Or),
            "and" => (level::AND, Infix::And),
            "isnull" => (level::IS, Infix::IsNull),
            "notnull" => (level::IS, Infix::NotNull),
            "at" if next == Some("time") => (level::AT, Infix::AtTimeZone),
            "collate" => (level::COLLATE, Infix::Outside("COLLATE clauses")),
            "overlaps" => (level::COMPARE, Infix::Outside("OVERLAPS predicates")),
            "not" => (level::LIKE, like_infix(next?)?),
            other => (level::LIKE, like_infix(other)?),
        };
        Some(found)
    }

    /// The expression that an infix or postfix operator makes of its left operand.
    fn apply(
        &mut self,
        left: Box<Expr>,
        level: u8,
        infix: Infix,
        grammar: Grammar,
    ) -> Result<Expr> {
        if matches!(infix, Infix::And | Infix::Or) {
            return self.logical(*left, level);
        }
        self.grow()?;
        match infix {
            Infix::Operator => self.infix_operator(left, level, grammar),
            Infix::Cast => self.cast(left),
            Infix::Is => self.is_predicate(left, grammar),
            Infix::IsNull | Infix::NotNull => {
                self.advance();
                Ok(null_test(left, matches!(infix, Infix::NotNull)))
            }
            Infix::Between => self.between(left),
            Infix::In => self.in_predicate(left),
            Infix::Like => self.like(left),
            Infix::Subscript => self.subscript(*left),
            Infix::AtTimeZone => self.at_time_zone(*left, level),
            Infix::Outside(feature) => Err(self.unsupported(feature)),
            Infix::And | Infix::Or => unreachable!("handled above"),
        }
    }

    /// AND and OR take any number of operands; a chain is one node.
    fn logical(&mut self, left: Expr, level: u8) -> Result<Expr> {
        let position = self.position();
        self.advance();
        let right = self.climb(level + 1, Grammar::Full)?;
        let mut left = left;
        match (&mut left.kind, level) {
            (ExprKind::And(operands), level::AND) | (ExprKind::Or(operands), level::OR) => {
                operands.push(right);
                return Ok(left);
            }
            _ => self.grow()?,
        }
        let operands = vec![left, right];
        let kind =
            if level == level::AND { ExprKind::And(operands) } else { ExprKind::Or(operands) };
        Ok(Expr { kind, position })
    }

    fn infix_operator(&mut self, left: Box<Expr>, level: u8, grammar: Grammar) -> Result<Expr> {
        let position = self.position();
        let operator = self.operator()?;
        if grammar == Grammar::Full && self.is_one_of(&["any", "some", "all"]) {
            return self.quantified(left, operator, position);
        }
        let right = Box::new(self.climb(level + 1, grammar)?);
        Ok(Expr { kind: ExprKind::Infix(left, operator, right), position })
    }

    /// What follows `x op`: `ANY (query)`, `SOME (query)`, `ALL (query)`.
    fn quantified(&mut self, left: Box<Expr>, op: String, position: Position) -> Result<Expr> {
        let all = self.is("all");
        self.advance();
        if !self.is_mark('(') {
            return Err(self.unexpected());
        }
        if !self.opens_query() {
            self.expect_mark('(')?;
            let array = Box::new(self.expr()?);
            self.expect_mark(')')?;
            let kind = ExprKind::QuantifiedArray { operand: left, op, all, array };
            return Ok(Expr { kind, position });
        }
        let query = Box::new(self.parenthesised_query()?);
        let kind = ExprKind::Quantified { operand: left, op, all, query };
        Ok(Expr { kind, position })
    }

    /// `[i]` or `[i:j]` behind a column, a parenthesis or another subscript, which it goes on unless that is in
    /// parentheses.
    fn subscript(&mut self, left: Expr) -> Result<Expr> {
        let mark = self.at.checked_sub(1).map(|before| self.kind_at(before));
        let (goes_on, parenthesis) =
            (mark == Some(&Kind::Mark(']')), mark == Some(&Kind::Mark(')')));
        let is_array = match left.kind {
            ExprKind::Column { .. } => true,
            ExprKind::Subscript(..) | ExprKind::Slice(..) => goes_on || parenthesis,
            _ => parenthesis,
        };
        if !is_array {
            return Err(self.unexpected());
        }
        let subscript = self.brackets()?;
        let Expr { kind, position } = left;
        let whole = |index| (Some(number(1, position)), Some(index));
        let kind = match (kind, subscript) {
            (ExprKind::Subscript(array, mut subscripts), (Some(index), None)) if goes_on => {
                subscripts.push(index);
                ExprKind::Subscript(array, subscripts)
            }
            (ExprKind::Subscript(array, subscripts), (_, Some(bounds))) if goes_on => {
                let before = subscripts.into_iter().map(whole);
                ExprKind::Slice(array, before.chain([bounds]).collect())
            }
            (ExprKind::Slice(array, mut slices), subscript) if goes_on => {
                slices.extend(subscript.1.or_else(|| subscript.0.map(whole)));
                ExprKind::Slice(array, slices)
            }
            (kind, (index, bounds)) => {
                let array = Box::new(Expr { kind, position });
                match bounds {
                    Some(bounds) => ExprKind::Slice(array, vec![bounds]),
                    None => ExprKind::Subscript(array, index.into_iter().collect()),
                }
            }
        };
        Ok(Expr { kind, position })
    }

    /// `[i]`, or the bounds of `[i:j]`.
    fn brackets(&mut self) -> Result<Brackets> {
        self.expect_mark('[')?;
        let lower = if self.is_mark(':') { None } else { Some(self.expr()?) };
        if lower.is_some() && self.accept_mark(']') {
            return Ok((lower, None));
        }
        self.expect_mark(':')?;
        let upper = if self.is_mark(']') { None } else { Some(self.expr()?) };
        self.expect_mark(']')?;
        Ok((None, Some((lower, upper))))
    }

    /// `x AT TIME ZONE zone` is `timezone(zone, x)`.
    fn at_time_zone(&mut self, left: Expr, level: u8) -> Result<Expr> {
        let position = self.position();
        self.expect("at")?;
        self.expect("time")?;
        self.expect("zone")?;
        let zone = self.climb(level + 1, Grammar::Full)?;
        let name = Ident { name: "timezone".to_owned(), position };
        let (star, distinct, order_by, filter) = (false, false, Vec::new(), None);
        let args = vec![zone, left];
        let within_group = false;
        let kind =
            ExprKind::Call(Call { name, args, star, distinct, order_by, within_group, filter });
        Ok(Expr { kind, position })
    }

    fn cast(&mut self, left: Box<Expr>) -> Result<Expr> {
        let position = self.position();
        self.advance();
        let ty = self.type_name()?;
        Ok(Expr { kind: ExprKind::Cast(left, ty), position })
    }

    /// `IS [NOT] NULL | TRUE | FALSE | UNKNOWN | DISTINCT FROM y`.
    fn is_predicate(&mut self, left: Box<Expr>, grammar: Grammar) -> Result<Expr> {
        let position = self.position();
        self.expect("is")?;
        let negated = self.accept("not");
        if self.accept("distinct") {
            self.expect("from")?;
            let right = Box::new(self.climb(level::IS + 1, grammar)?);
            let kind = ExprKind::IsDistinct { left, right, negated };
            return Ok(Expr { kind, position });
        }
        let truth = match self.word() {
            Some("null") => {
                self.advance();
                return Ok(null_test(left, negated));
            }
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some("unknown") => None,
            Some("normalized" | "nfc" | "nfd" | "nfkc" | "nfkd") => {
                return Err(unsupported_at("IS NORMALIZED predicates", position));
            }
            Some("document") => return Err(unsupported_at("IS DOCUMENT predicates", position)),
            _ => return Err(self.unexpected()),
        };
        self.advance();
        let position = leftmost(&left);
        let kind = ExprKind::IsTruth { operand: left, truth, negated };
        Ok(Expr { kind, position })
    }

    /// `[NOT] BETWEEN [SYMMETRIC] low AND high`.
    fn between(&mut self, operand: Box<Expr>) -> Result<Expr> {
        let position = self.position();
        let negated = self.accept("not");
        self.expect("between")?;
        let symmetric = self.accept("symmetric");
        let _ = !symmetric && self.accept("asymmetric");
        let low = Box::new(self.restricted_expr()?);
        self.expect("and")?;
        let high = Box::new(self.climb(level::LIKE + 1, Grammar::Full)?);
        let kind = ExprKind::Between { operand, low, high, negated, symmetric };
        Ok(Expr { kind, position })
    }

    /// `[NOT] IN (list)` or `[NOT] IN (query)`.
    fn in_predicate(&mut self, operand: Box<Expr>) -> Result<Expr> {
        let position = self.position();
        let negated = self.accept("not");
        self.expect("in")?;
        if self.is_mark('(') && self.opens_query() {
            let query = Box::new(self.parenthesised_query()?);
            return Ok(Expr { kind: ExprKind::InQuery { operand, query, negated }, position });
        }
        self.expect_mark('(')?;
        let list = self.expr_list()?;
        self.expect_mark(')')?;
        Ok(Expr { kind: ExprKind::InList { operand, list, negated }, position })
    }

    /// `[NOT] LIKE | ILIKE pattern [ESCAPE e]`, `[NOT] LIKE ANY (query)`; an operator with another name.
    fn like(&mut self, left: Box<Expr>) -> Result<Expr> {
        let position = self.position();
        let negated = self.accept("not");
        let operator = match (self.word(), negated) {
            (Some("like"), false) => "~~",
            (Some("like"), true) => "!~~",
            (Some("ilike"), false) => "~~*",
            (Some("ilike"), true) => "!~~*",
            _ => return Err(unsupported_at("SIMILAR TO predicates", position)),
        };
        let operator = operator.to_owned();
        self.advance();
        if self.is_one_of(&["any", "some", "all"]) {
            return self.quantified(left, operator, position);
        }
        let pattern = Box::new(self.climb(level::LIKE + 1, Grammar::Full)?);
        let kind = if self.accept("escape") {
            let escape = Box::new(self.climb(level::LIKE + 1, Grammar::Full)?);
            ExprKind::LikeEscape(left, operator, pattern, escape)
        } else {
            ExprKind::Infix(left, operator, pattern)
        };
        Ok(Expr { kind, position })
    }
}

/// IS [NOT] NULL points, as PostgreSQL's does, at its operand.
fn null_test(operand: Box<Expr>, negated: bool) -> Expr {
    let position = leftmost(&operand);
    Expr { kind: ExprKind::IsNull { operand, negated }, position }
}

/// Whether an expression that an operator of this level made ends in an operand of it, so that another operator of that
/// level may not follow (`a < b < c`; but `a IS NULL IS NULL` may).
fn ends_open(expr: &Expr, level: u8) -> bool {
    let does_not_associate = matches!(level, level::IS | level::COMPARE | level::LIKE);
    let with_right_operand = matches!(
        expr.kind,
        ExprKind::Infix(..)
            | ExprKind::LikeEscape(..)
            | ExprKind::Between { .. }
            | ExprKind::IsDistinct { .. }
    );
    does_not_associate && with_right_operand
}

fn like_infix(word: &str) -> Option<Infix> {
    match word {
        "between" => Some(Infix::Between),
        "in" => Some(Infix::In),
        "like" | "ilike" | "similar" => Some(Infix::Like),
        _ => None,
    }
}

/// The level of an infix operator.
fn level_of(operator: &str) -> u8 {
    match operator {
        "<" | ">" | "=" | "<=" | ">=" | "<>" => level::COMPARE,
        "+" | "-" => level::ADD,
        "*" | "/" | "%" => level::MULTIPLY,
        "^" => level::POWER,
        _ => level::OPERATOR,
    }
}

/// What stands in brackets: a subscript or the bounds of a slice.
type Brackets = (Option<Expr>, Option<(Option<Expr>, Option<Expr>)>);

/// A number that was not written.
fn number(number: u32, position: Position) -> Expr {
    Expr { kind: ExprKind::Number(number.to_string()), position }
}
