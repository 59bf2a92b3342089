//! CREATE and DROP of functions and aggregates.

use super::super::ast::*;
use super::super::lex::Kind;
use super::{Parser, Result, names_function, sql_error, unsupported_at};
use crate::error::sqlstate;
use crate::expr::{Safety, Volatility};
use crate::value::Modifier;

/// Types of PostgreSQL's that only definitions of routines name.
const PSEUDO_TYPES: [&str; 12] = [
    "internal",
    "anyelement",
    "anyarray",
    "anynonarray",
    "anyenum",
    "anyrange",
    "anycompatible",
    "cstring",
    "record",
    "trigger",
    "void",
    "any",
];

impl Parser<'_> {
    /// What follows CREATE [OR REPLACE].
    pub(super) fn create_routine(&mut self, or_replace: bool) -> Result<Statement> {
        if self.accept("aggregate") {
            let aggregate = self.create_aggregate(or_replace)?;
            return Ok(Statement::CreateAggregate(Box::new(aggregate)));
        }
        self.expect("function")?;
        Ok(Statement::CreateFunction(Box::new(self.create_function(or_replace)?)))
    }

    /// A function's name: `name` or `schema.name`.
    fn routine_name(&mut self) -> Result<Ident> {
        let mut parts = vec![self.name(names_function)?];
        while self.accept_mark('.') {
            parts.push(self.label()?);
        }
        super::unqualified(parts)
    }

    fn create_function(&mut self, or_replace: bool) -> Result<CreateFunction> {
        let name = self.routine_name()?;
        self.expect_mark('(')?;
        let mut args = vec![];
        if !self.is_mark(')') {
            args = self.list(Parser::routine_arg)?;
        }
        self.expect_mark(')')?;
        let at = self.position();
        if !self.accept("returns") {
            return Err(unsupported_at("functions with OUT arguments, or without a result", at));
        }
        if self.is_one_of(&["setof", "table"]) {
            return Err(self.unsupported("functions that return sets"));
        }
        let result = self.routine_type()?;
        let language = Ident { name: "sql".into(), position: 0 };
        let mut function = CreateFunction {
            name,
            or_replace,
            args,
            result,
            language,
            body: String::new(),
            strict: false,
            volatility: Volatility::Volatile,
            parallel: Safety::Unsafe,
            cost: None,
        };
        let (mut has_language, mut has_body) = (false, false);
        while !matches!(self.kind(), Kind::End | Kind::Mark(';')) {
            match self.word() {
                Some("language") => {
                    self.advance();
                    has_language = true;
                    function.language = self.word_or_string()?;
                }
                Some("as") => {
                    self.advance();
                    has_body = true;
                    function.body = self.string()?;
                    if self.is_mark(',') {
                        return Err(self.unsupported("functions in a library"));
                    }
                }
                _ => self.function_option(&mut function)?,
            }
        }
        let refuse = |message: &str| {
            sql_error(sqlstate::INVALID_FUNCTION_DEFINITION, message, function.name.position)
        };
        match (has_body, has_language) {
            (true, true) => Ok(function),
            (false, _) => Err(refuse("no function body specified")),
            (true, false) => Err(refuse("no language specified")),
        }
    }

    fn function_option(&mut self, function: &mut CreateFunction) -> Result<()> {
        if self.accept("immutable") {
            function.volatility = Volatility::Immutable;
        } else if self.accept("stable") {
            function.volatility = Volatility::Stable;
        } else if self.accept("volatile") {
            function.volatility = Volatility::Volatile;
        } else if self.accept("strict")
            || self.accept_all(&["returns", "null", "on", "null", "input"])
        {
            function.strict = true;
        } else if self.accept_all(&["called", "on", "null", "input"]) {
            function.strict = false;
        } else if self.accept("parallel") {
            let label = self.word_or_string()?;
            function.parallel = match label.name.as_str() {
                "safe" => Safety::Safe,
                "restricted" => Safety::Restricted,
                "unsafe" => Safety::Unsafe,
                _ => {
                    let message = "parameter \"parallel\" must be SAFE, RESTRICTED, or UNSAFE";
                    return Err(sql_error(sqlstate::SYNTAX_ERROR, message, label.position));
                }
            };
        } else if self.accept("cost") {
            let Kind::Number(number) = self.kind() else { return Err(self.unexpected()) };
            function.cost = Some(number.clone());
            self.advance();
        } else if self.accept("leakproof") || self.accept_all(&["not", "leakproof"]) {
        } else if self.is_one_of(&["security", "external", "set", "support", "rows", "window"]) {
            return Err(self.unsupported("this option of CREATE FUNCTION"));
        } else if self.is_one_of(&["return", "begin"]) {
            return Err(self.unsupported("function bodies without quotes"));
        } else {
            return Err(self.unexpected());
        }
        Ok(())
    }

    /// A word, or the same in quotes of either kind, in lower case.
    fn word_or_string(&mut self) -> Result<Ident> {
        let position = self.position();
        let name = match self.kind() {
            Kind::String(text) => text.to_lowercase(),
            Kind::Word(word) | Kind::Quoted(word) => word.to_lowercase(),
            _ => return Err(self.unexpected()),
        };
        self.advance();
        Ok(Ident { name, position })
    }

    /// `[IN] [name] type`.
    fn routine_arg(&mut self) -> Result<RoutineArg> {
        if self.is_one_of(&["out", "inout", "variadic"]) {
            return Err(self.unsupported("OUT, INOUT and VARIADIC arguments"));
        }
        self.accept("in");
        // A name is followed by the first word of a type; `double precision` and its like are types by themselves.
        let type_follows = matches!(self.kind_after(1), Kind::Word(_) | Kind::Quoted(_));
        let is_long = matches!(
            (self.word(), self.word_after(1)),
            (Some("double"), Some("precision"))
                | (
                    Some("character" | "char" | "national" | "nchar"),
                    Some("varying" | "character")
                )
                | (Some("timestamp" | "time"), Some("with" | "without"))
        );
        let ends = matches!(self.word_after(1), Some("default" | "order" | "array"));
        let name = match type_follows && !is_long && !ends {
            true => Some(self.name(names_function)?),
            false => None,
        };
        let ty = self.routine_type()?;
        if self.is("default") || self.is_operator("=") {
            return Err(self.unsupported("default arguments"));
        }
        Ok(RoutineArg { name, ty })
    }

    /// A type of ours, a pseudo-type, or an array.
    fn routine_type(&mut self) -> Result<RoutineType> {
        let position = self.position();
        let pseudo = match self.kind() {
            Kind::Word(word) | Kind::Quoted(word) if PSEUDO_TYPES.contains(&word.as_str()) => {
                Some(word.clone())
            }
            _ => None,
        };
        if let Some(name) = pseudo {
            self.advance();
            return Ok(RoutineType::Other(Ident { name, position }));
        }
        let ty = self.simple_type()?;
        let mut is_array = self.accept("array");
        while self.accept_mark('[') {
            is_array = true;
            if matches!(self.kind(), Kind::Number(_)) {
                self.advance();
            }
            self.expect_mark(']')?;
        }
        if is_array {
            let name = format!("{}[]", ty.ty.typname());
            return Ok(RoutineType::Other(Ident { name, position }));
        }
        // A routine's types have no modifier: PostgreSQL drops it.
        Ok(RoutineType::Ours(TypeName { modifier: Modifier::None, ..ty }))
    }

    fn create_aggregate(&mut self, or_replace: bool) -> Result<CreateAggregate> {
        let name = self.routine_name()?;
        self.expect_mark('(')?;
        let is_old = self.is_operator_after(1, "=");
        let args = if is_old { None } else { Some(self.aggregate_args()?) };
        if !is_old {
            self.expect_mark('(')?;
        }
        let options = self.list(Parser::aggregate_option)?;
        self.expect_mark(')')?;
        Ok(CreateAggregate { name, or_replace, args, options })
    }

    /// The arguments of an aggregate, up to the closing parenthesis.
    fn aggregate_args(&mut self) -> Result<Vec<RoutineArg>> {
        if self.is_operator("*") {
            self.advance();
            self.expect_mark(')')?;
            return Ok(vec![]);
        }
        if self.is("order") {
            return Err(self.unsupported("ordered-set aggregates"));
        }
        let args = self.list(Parser::routine_arg)?;
        if self.is("order") {
            return Err(self.unsupported("ordered-set aggregates"));
        }
        self.expect_mark(')')?;
        Ok(args)
    }

    fn aggregate_option(&mut self) -> Result<AggregateOption> {
        let name = self.label()?;
        if !self.accept_operator("=") {
            return Ok(AggregateOption { name, value: None });
        }
        let is_type = matches!(name.name.as_str(), "stype" | "stype1" | "mstype" | "basetype");
        let value = match self.kind().clone() {
            Kind::String(text) | Kind::Number(text) => {
                self.advance();
                OptionValue::Text(text)
            }
            Kind::Operator(sign) if matches!(self.kind_after(1), Kind::Number(_)) => {
                self.advance();
                let Kind::Number(number) = self.kind().clone() else {
                    return Err(self.unexpected());
                };
                self.advance();
                OptionValue::Text(format!("{}{number}", sign.trim_start_matches('+')))
            }
            Kind::Operator(operator) => {
                self.advance();
                OptionValue::Operator(operator)
            }
            Kind::Word(word) if word == "operator" => self.qualified_operator()?,
            _ if is_type => OptionValue::Type(self.routine_type()?),
            _ => {
                let mut parts = vec![self.label()?];
                while self.accept_mark('.') {
                    parts.push(self.label()?);
                }
                OptionValue::Name(super::unqualified(parts)?)
            }
        };
        Ok(AggregateOption { name, value: Some(value) })
    }

    /// `OPERATOR(schema.op)`.
    fn qualified_operator(&mut self) -> Result<OptionValue> {
        self.advance();
        self.expect_mark('(')?;
        while matches!(self.kind(), Kind::Word(_) | Kind::Quoted(_)) {
            self.advance();
            self.expect_mark('.')?;
        }
        let Kind::Operator(operator) = self.kind().clone() else { return Err(self.unexpected()) };
        self.advance();
        self.expect_mark(')')?;
        Ok(OptionValue::Operator(operator))
    }

    /// What follows DROP.
    pub(super) fn drop_routine(&mut self, kind: RoutineKind) -> Result<Statement> {
        self.advance();
        let if_exists = self.accept_all(&["if", "exists"]);
        let routines = self.list(|parser| {
            let name = parser.routine_name()?;
            let args = match parser.accept_mark('(') {
                false if kind == RoutineKind::Aggregate => return Err(parser.unexpected()),
                false => None,
                true if kind == RoutineKind::Aggregate => {
                    let args = parser.aggregate_args()?;
                    Some(args.into_iter().map(|arg| arg.ty).collect())
                }
                true => {
                    let empty = parser.is_mark(')');
                    let args = if empty { vec![] } else { parser.list(Parser::routine_arg)? };
                    parser.expect_mark(')')?;
                    Some(args.into_iter().map(|arg| arg.ty).collect())
                }
            };
            Ok(RoutineName { name, args })
        })?;
        if self.is("cascade") {
            return Err(self.unsupported("DROP … CASCADE of routines"));
        }
        self.accept("restrict");
        Ok(Statement::DropRoutine { kind, if_exists, routines })
    }
}
