//! CREATE and DROP of functions and aggregates.

use super::super::ast::*;
use super::super::lex::Kind;
use super::{Parser, Result, names_function, sql_error, unsupported_at};
use crate::error::sqlstate;
use crate::expr::{Safety, Volatility};
use crate::value::Modifier;

/// Types of PostgreSQL's that only definitions of routines name.
const PSEUDO_TYPES: [&str; 17] = [
    "internal",
    "anyelement",
    "anyarray",
    "anynonarray",
    "anyenum",
    "anyrange",
    "anymultirange",
    "anycompatible",
    "anycompatiblearray",
    "anycompatiblenonarray",
    "anycompatiblerange",
    "anycompatiblemultirange",
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
            returned: false,
            strict: false,
            volatility: Volatility::Volatile,
            parallel: Safety::Unsafe,
            cost: None,
        };
        let mut seen = vec![];
        while !matches!(self.kind(), Kind::End | Kind::Mark(';')) {
            let at = self.position();
            let what = match self.word() {
                Some("return") => {
                    self.advance();
                    function.returned = true;
                    function.body = self.rest_of_statement()?;
                    break;
                }
                Some("language") => {
                    self.advance();
                    function.language = self.word_or_string()?;
                    "language"
                }
                Some("as") => {
                    self.advance();
                    function.body = self.string()?;
                    if self.is_mark(',') {
                        return Err(self.unsupported("functions in a library"));
                    }
                    "as"
                }
                _ => self.function_option(&mut function)?,
            };
            if seen.contains(&what) {
                return Err(sql_error(
                    sqlstate::SYNTAX_ERROR,
                    "conflicting or redundant options",
                    at,
                ));
            }
            seen.push(what);
        }
        let refuse = |message: &str| {
            sql_error(sqlstate::INVALID_FUNCTION_DEFINITION, message, function.name.position)
        };
        match (seen.contains(&"as"), seen.contains(&"language"), function.returned) {
            (true, _, true) => Err(refuse("duplicate function body specified")),
            (false, _, true) | (true, true, false) => Ok(function),
            (false, _, false) => Err(refuse("no function body specified")),
            (true, false, false) => Err(refuse("no language specified")),
        }
    }

    /// The expression after RETURN, as written: nothing follows it.
    fn rest_of_statement(&mut self) -> Result<String> {
        let start = self.position();
        let mut end = start;
        while !matches!(self.kind(), Kind::End | Kind::Mark(';')) {
            if let Kind::Word(word) = self.kind()
                && word == "as"
                && matches!(self.kind_after(1), Kind::String(_))
            {
                return Err(self.unexpected());
            }
            end = self.tokens[self.at].end + 1;
            self.advance();
        }
        if end == start {
            return Err(self.unexpected());
        }
        Ok(self.text.chars().skip(start - 1).take(end - start).collect())
    }

    /// An option of CREATE FUNCTION; which one it is about.
    fn function_option(&mut self, function: &mut CreateFunction) -> Result<&'static str> {
        if self.accept("immutable") {
            function.volatility = Volatility::Immutable;
            return Ok("volatility");
        }
        if self.accept("stable") {
            function.volatility = Volatility::Stable;
            return Ok("volatility");
        }
        if self.accept("volatile") {
            function.volatility = Volatility::Volatile;
            return Ok("volatility");
        }
        if self.accept("strict") || self.accept_all(&["returns", "null", "on", "null", "input"]) {
            function.strict = true;
            return Ok("strict");
        }
        if self.accept_all(&["called", "on", "null", "input"]) {
            return Ok("strict");
        }
        if self.accept("parallel") {
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
            return Ok("parallel");
        }
        if self.accept("cost") {
            let Kind::Number(number) = self.kind() else { return Err(self.unexpected()) };
            function.cost = Some(number.clone());
            self.advance();
            return Ok("cost");
        }
        if self.accept("leakproof") || self.accept_all(&["not", "leakproof"]) {
            return Ok("leakproof");
        }
        if self.is_one_of(&["security", "external", "set", "support", "rows", "window"]) {
            return Err(self.unsupported("this option of CREATE FUNCTION"));
        }
        if self.is("begin") {
            return Err(self.unsupported("function bodies of BEGIN ATOMIC"));
        }
        Err(self.unexpected())
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
        if self.is("variadic") {
            return Err(self.unsupported("VARIADIC arguments"));
        }
        self.plain_arg(false)
    }

    /// The same of an aggregate, where VARIADIC may stand before it.
    fn aggregate_arg(&mut self) -> Result<RoutineArg> {
        let at = self.position();
        let variadic = self.accept("variadic");
        let arg = self.plain_arg(variadic)?;
        match &arg.ty {
            RoutineType::Other(name) if name.name == "any" => Ok(arg),
            _ if variadic => Err(unsupported_at("VARIADIC arguments", at)),
            _ => Ok(arg),
        }
    }

    fn plain_arg(&mut self, variadic: bool) -> Result<RoutineArg> {
        if self.is_one_of(&["out", "inout"]) {
            return Err(self.unsupported("OUT and INOUT arguments"));
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
        Ok(RoutineArg { name, ty, variadic })
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
        let ty = self.type_name()?;
        // A routine's types have no modifier: PostgreSQL drops it.
        Ok(RoutineType::Ours(TypeName { modifier: Modifier::None, ..ty }))
    }

    fn create_aggregate(&mut self, or_replace: bool) -> Result<CreateAggregate> {
        let name = self.routine_name()?;
        self.expect_mark('(')?;
        let is_old = self.is_operator_after(1, "=");
        let (mut args, mut direct) = (None, None);
        if !is_old {
            let (written, before) = self.aggregate_args()?;
            (args, direct) = (Some(written), before);
        }
        if !is_old {
            self.expect_mark('(')?;
        }
        let options = self.list(Parser::aggregate_option)?;
        self.expect_mark(')')?;
        Ok(CreateAggregate { name, or_replace, args, direct, options })
    }

    /// The arguments of an aggregate, up to the closing parenthesis, and how many of them stand before ORDER BY.
    fn aggregate_args(&mut self) -> Result<(Vec<RoutineArg>, Option<usize>)> {
        if self.is_operator("*") {
            self.advance();
            self.expect_mark(')')?;
            return Ok((vec![], None));
        }
        let mut args = vec![];
        if !self.is("order") {
            args = self.list(Parser::aggregate_arg)?;
        }
        let mut direct = None;
        if self.accept_all(&["order", "by"]) {
            direct = Some(args.len());
            args.extend(self.list(Parser::aggregate_arg)?);
        }
        self.expect_mark(')')?;
        Ok((args, direct))
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
            let mut direct = None;
            let args = match parser.accept_mark('(') {
                false if kind == RoutineKind::Aggregate => return Err(parser.unexpected()),
                false => None,
                true if kind == RoutineKind::Aggregate => {
                    let (args, before) = parser.aggregate_args()?;
                    direct = before;
                    Some(args.into_iter().map(|arg| arg.ty).collect())
                }
                true => {
                    let empty = parser.is_mark(')');
                    let args = if empty { vec![] } else { parser.list(Parser::routine_arg)? };
                    parser.expect_mark(')')?;
                    Some(args.into_iter().map(|arg| arg.ty).collect())
                }
            };
            Ok(RoutineName { name, args, direct })
        })?;
        let cascade = self.accept("cascade");
        if !cascade {
            self.accept("restrict");
        }
        Ok(Statement::DropRoutine { kind, if_exists, routines, cascade })
    }
}
