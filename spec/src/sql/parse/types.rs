//! Type names: the standard's, of several words, and any other name, with their modifiers.
//!
//! PostgreSQL looks names and modifiers up later than it parses; the tree holds types and not names, so both are checked
//! here, with PostgreSQL's messages.

use super::super::ast::{Position, TypeName};
use super::super::keyword::is_foreign_type;
use super::super::lex::Kind;
use super::{Parser, Result, names_function, unsupported_at};
use crate::error::sqlstate;
use crate::value::{Modifier, Type};

/// The longest `varchar(n)` and `char(n)`.
const LONGEST: i64 = 10_485_760;

impl Parser<'_> {
    /// A type: `integer`, `numeric(15,2)`, `character varying(3)`, ….
    pub(super) fn type_name(&mut self) -> Result<TypeName> {
        if self.is("setof") {
            return Err(self.unsupported("sets as types"));
        }
        let ty = self.simple_type()?;
        self.array_bounds(ty)
    }

    /// `[]`, `[3]`, `ARRAY`, `ARRAY[3]` after a type: an array of it. As in PostgreSQL, bounds and their number say nothing.
    fn array_bounds(&mut self, mut ty: TypeName) -> Result<TypeName> {
        let mut is_array = self.accept("array");
        let mut bounds = 0;
        while (bounds == 0 || !is_array) && self.accept_mark('[') {
            if matches!(self.kind(), Kind::Number(_)) {
                self.signed_integer()?;
            }
            self.expect_mark(']')?;
            bounds += 1;
        }
        is_array |= bounds > 0;
        if is_array && ty.ty != Type::Unknown {
            let array = ty.ty.array();
            ty.ty = array.ok_or_else(|| unsupported_at("arrays of arrays", ty.position))?;
        }
        Ok(ty)
    }

    /// A type without array bounds.
    pub(super) fn simple_type(&mut self) -> Result<TypeName> {
        let position = self.position();
        let Some(word) = self.word() else { return self.named_type() };
        let plain = match word {
            "int" | "integer" => Type::Int4,
            "smallint" => Type::Int2,
            "bigint" => Type::Int8,
            "real" => Type::Float4,
            "boolean" => Type::Bool,
            "float" => return self.float(position),
            "double" if self.word_after(1) == Some("precision") => {
                self.advance();
                Type::Float8
            }
            "decimal" | "dec" | "numeric" => {
                self.advance();
                let modifier = self.numeric_modifier(position)?;
                return Ok(TypeName { ty: Type::Numeric, modifier, position });
            }
            "character" | "char" | "nchar" | "varchar" | "national" => {
                return self.character(position);
            }
            "timestamp" => return self.clock([Type::Timestamp, Type::TimestampTz], position),
            "time" => return self.clock([Type::Time, Type::TimeTz], position),
            "interval" => {
                self.advance();
                if self.is_mark('(') || self.interval_field().is_some() {
                    return Err(unsupported_at("intervals with fields or precision", position));
                }
                return Ok(TypeName { ty: Type::Interval, modifier: Modifier::None, position });
            }
            "bit" => return Err(self.unsupported("bit strings")),
            _ => return self.named_type(),
        };
        self.advance();
        Ok(TypeName { ty: plain, modifier: Modifier::None, position })
    }

    /// The word here if it is a field of INTERVAL.
    pub(super) fn interval_field(&self) -> Option<&str> {
        self.word()
            .filter(|word| matches!(*word, "year" | "month" | "day" | "hour" | "minute" | "second"))
    }

    /// `float`, `float(24)` (real), `float(53)` (double precision).
    fn float(&mut self, position: Position) -> Result<TypeName> {
        self.advance();
        let at = self.position() + 1;
        let ty = match self.modifiers()?.as_deref() {
            None => Type::Float8,
            Some([1..=24]) => Type::Float4,
            Some([25..=53]) => Type::Float8,
            Some(&[bits]) => {
                let limit = if bits < 1 { "at least 1 bit" } else { "less than 54 bits" };
                let message = format!("precision for type float must be {limit}");
                self.fail_late(sqlstate::INVALID_PARAMETER_VALUE, message, at);
                Type::Float8
            }
            Some(_) => return Err(self.unexpected()),
        };
        Ok(TypeName { ty, modifier: Modifier::None, position })
    }

    fn numeric_modifier(&mut self, position: Position) -> Result<Modifier> {
        let (precision, scale) = match self.modifiers()?.as_deref() {
            None => return Ok(Modifier::None),
            Some(&[precision]) => (precision, 0),
            Some(&[precision, scale]) => (precision, scale),
            Some(_) => {
                let message = "invalid NUMERIC type modifier";
                self.fail_late(sqlstate::INVALID_PARAMETER_VALUE, message, position);
                return Ok(Modifier::None);
            }
        };
        let message = if !(1..=1000).contains(&precision) {
            Some(format!("NUMERIC precision {precision} must be between 1 and 1000"))
        } else if !(-1000..=1000).contains(&scale) {
            Some(format!("NUMERIC scale {scale} must be between -1000 and 1000"))
        } else {
            None
        };
        if let Some(message) = message {
            self.fail_late(sqlstate::INVALID_PARAMETER_VALUE, message, position);
            return Ok(Modifier::None);
        }
        Ok(Modifier::Precision { precision: precision as u16, scale: scale as i16 })
    }

    /// `character [varying] [(n)]` and its synonyms. Without a length `character` has one character, `varchar` has any.
    fn character(&mut self, position: Position) -> Result<TypeName> {
        let mut varying = self.accept("varchar");
        if !varying {
            if self.accept("national") && !self.is_one_of(&["character", "char"]) {
                return Err(self.unexpected());
            }
            self.advance();
            varying = self.accept("varying");
        }
        let (ty, shown) = if varying { (Type::Varchar, "varchar") } else { (Type::Bpchar, "char") };
        // The grammar's own types take no sign; those of the catalogue do.
        if self.is_mark('(') && matches!(self.kind_after(1), Kind::Operator(_)) {
            self.advance();
            return Err(self.unexpected());
        }
        let modifier = match self.length(shown, position)? {
            Modifier::None if !varying => Modifier::Length(1),
            modifier => modifier,
        };
        Ok(TypeName { ty, modifier, position })
    }

    fn length(&mut self, shown: &str, position: Position) -> Result<Modifier> {
        let message = match self.modifiers()?.as_deref() {
            None => return Ok(Modifier::None),
            Some(&[length @ 1..=LONGEST]) => return Ok(Modifier::Length(length as u32)),
            Some([..=0]) => format!("length for type {shown} must be at least 1"),
            Some([_]) => format!("length for type {shown} cannot exceed {LONGEST}"),
            Some(_) => "invalid type modifier".to_owned(),
        };
        self.fail_late(sqlstate::INVALID_PARAMETER_VALUE, message, position);
        Ok(Modifier::None)
    }

    /// `timestamp` and `time`, with a precision and with or without a zone.
    fn clock(&mut self, [plain, zoned]: [Type; 2], position: Position) -> Result<TypeName> {
        self.advance();
        let modifier = self.fraction(plain, position)?;
        let with = self.are(&["with", "time"]);
        if with || self.are(&["without", "time"]) {
            self.advance();
            self.expect("time")?;
            self.expect("zone")?;
        }
        Ok(TypeName { ty: if with { zoned } else { plain }, modifier, position })
    }

    /// `(p)`: digits of a second; more than six count as six.
    fn fraction(&mut self, ty: Type, position: Position) -> Result<Modifier> {
        let message = match self.modifiers()?.as_deref() {
            None => return Ok(Modifier::None),
            Some(&[digits]) if digits >= 0 => return Ok(Modifier::Fraction(digits.min(6) as u8)),
            Some(&[digits]) => {
                let word =
                    if matches!(ty, Type::Time | Type::TimeTz) { "TIME" } else { "TIMESTAMP" };
                let zone = if matches!(ty, Type::TimeTz | Type::TimestampTz) {
                    " WITH TIME ZONE"
                } else {
                    ""
                };
                format!("{word}({digits}){zone} precision must not be negative")
            }
            Some(_) => "invalid type modifier".to_owned(),
        };
        self.fail_late(sqlstate::INVALID_PARAMETER_VALUE, message, position);
        Ok(Modifier::None)
    }

    /// Any other name: the catalogue's `int4`, `bpchar`, `date`, …, perhaps with its schema.
    fn named_type(&mut self) -> Result<TypeName> {
        let position = self.position();
        let mut name = self.name(names_function)?.name;
        let mut shown = name.clone();
        while self.accept_mark('.') {
            let schema = std::mem::replace(&mut name, self.label()?.name);
            shown = format!("{shown}.{name}");
            if schema != "pg_catalog" {
                return Err(unsupported_at("types of other schemas", position));
            }
        }
        self.catalogue_type(&name, &shown, position)
    }

    /// The type that the catalogue calls by this name (which is not always the SQL name), and a modifier after it.
    pub(super) fn catalogue_type(
        &mut self,
        name: &str,
        shown: &str,
        position: Position,
    ) -> Result<TypeName> {
        let Some(ty) = Type::ALL.into_iter().find(|ty| ty.typname() == name) else {
            if is_foreign_type(name) || name.starts_with('_') {
                return Err(unsupported_at(format!("values of type {shown}"), position));
            }
            let message = format!("type \"{shown}\" does not exist");
            self.fail_late(sqlstate::UNDEFINED_OBJECT, message, position);
            self.modifiers()?;
            return Ok(TypeName { ty: Type::Unknown, modifier: Modifier::None, position });
        };
        let modifier = match ty {
            Type::Numeric => self.numeric_modifier(position)?,
            Type::Varchar => self.length("varchar", position)?,
            Type::Bpchar => self.length("char", position)?,
            Type::Time | Type::TimeTz | Type::Timestamp | Type::TimestampTz => {
                self.fraction(ty, position)?
            }
            Type::Interval if self.is_mark('(') => {
                return Err(unsupported_at("intervals with a precision", position));
            }
            _ if self.is_mark('(') => {
                let message = format!("type modifier is not allowed for type \"{name}\"");
                self.fail_late(sqlstate::SYNTAX_ERROR, message, position);
                self.modifiers()?;
                Modifier::None
            }
            _ => Modifier::None,
        };
        Ok(TypeName { ty, modifier, position })
    }

    /// `(n)` or `(n, m)` after a type, if there.
    fn modifiers(&mut self) -> Result<Option<Vec<i64>>> {
        if !self.accept_mark('(') {
            return Ok(None);
        }
        let numbers = self.list(Parser::signed_integer)?;
        self.expect_mark(')')?;
        Ok(Some(numbers))
    }

    /// An integer with its sign, in the range of `integer`.
    pub(super) fn signed_integer(&mut self) -> Result<i64> {
        let negative = self.accept_operator("-");
        let _ = !negative && self.accept_operator("+");
        let number = match self.kind() {
            Kind::Number(digits) => digits.parse::<i32>().map_err(|_| self.unexpected())?,
            _ => return Err(self.unexpected()),
        };
        self.advance();
        Ok(if negative { -i64::from(number) } else { i64::from(number) })
    }
}
