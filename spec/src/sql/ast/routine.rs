//! Functions and aggregates that users make.

use super::{Ident, TypeName};
use crate::expr::{Safety, Volatility};

/// Aggregate or function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoutineKind {
    /// AGGREGATE.
    Aggregate,
    /// FUNCTION.
    Function,
}

/// A type where routines are defined: one of ours, or a name that only PostgreSQL's catalogue knows.
#[derive(Clone, Debug, PartialEq)]
pub enum RoutineType {
    /// A type of the subset.
    Ours(TypeName),
    /// `internal`, `anyelement`, `any`.
    Other(Ident),
}

/// `[VARIADIC] [name] type`.
#[derive(Clone, Debug, PartialEq)]
pub struct RoutineArg {
    /// Its name, if it has one.
    pub name: Option<Ident>,
    /// Its type.
    pub ty: RoutineType,
    /// VARIADIC, which only `VARIADIC "any"` of ordered-set aggregates may be.
    pub variadic: bool,
}

/// `name [(types)]` in DROP.
#[derive(Clone, Debug, PartialEq)]
pub struct RoutineName {
    /// The name.
    pub name: Ident,
    /// Its argument types, if they were written; none for `*`. Those after ORDER BY follow the direct ones.
    pub args: Option<Vec<RoutineType>>,
    /// Of an ordered-set aggregate: how many stand before ORDER BY.
    pub direct: Option<usize>,
}

/// `CREATE [OR REPLACE] FUNCTION name (args) RETURNS type LANGUAGE SQL options AS 'body'`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateFunction {
    /// The name.
    pub name: Ident,
    /// OR REPLACE.
    pub or_replace: bool,
    /// The arguments.
    pub args: Vec<RoutineArg>,
    /// What it returns.
    pub result: RoutineType,
    /// The language, in lower case.
    pub language: Ident,
    /// The text between the quotes of AS, or the expression after RETURN as it was written.
    pub body: String,
    /// Whether the body is RETURN and an expression.
    pub returned: bool,
    /// STRICT, or RETURNS NULL ON NULL INPUT.
    pub strict: bool,
    /// IMMUTABLE, STABLE or VOLATILE.
    pub volatility: Volatility,
    /// PARALLEL SAFE, RESTRICTED or UNSAFE.
    pub parallel: Safety,
    /// COST, as written.
    pub cost: Option<String>,
}

/// `CREATE [OR REPLACE] AGGREGATE name (args) (options)`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateAggregate {
    /// The name.
    pub name: Ident,
    /// OR REPLACE.
    pub or_replace: bool,
    /// The arguments; `None` in the old form, where BASETYPE is an option. Those after ORDER BY follow the direct ones.
    pub args: Option<Vec<RoutineArg>>,
    /// Of an ordered-set aggregate: how many stand before ORDER BY.
    pub direct: Option<usize>,
    /// The options, as written.
    pub options: Vec<AggregateOption>,
}

/// An option of CREATE AGGREGATE.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregateOption {
    /// Its name, in lower case.
    pub name: Ident,
    /// Its value, if it has one.
    pub value: Option<OptionValue>,
}

/// The value of an option of CREATE AGGREGATE.
#[derive(Clone, Debug, PartialEq)]
pub enum OptionValue {
    /// A function, or a bare word.
    Name(Ident),
    /// A type.
    Type(RoutineType),
    /// A string constant or a number.
    Text(String),
    /// An operator.
    Operator(String),
}
