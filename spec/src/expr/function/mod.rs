//! The function catalogue: one entry per function with PostgreSQL's names, one file per family.
//!
//! Operators and casts are functions too (`int4pl`, `float8_numeric`); [`crate::expr::operator`] says which.

use crate::error::SqlError;
use crate::value::{Type, Value};

/// How often a function must be evaluated (`pg_proc.provolatile`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volatility {
    /// Same arguments, same result, for ever.
    Immutable,
    /// Same arguments, same result, within a statement.
    Stable,
    /// Anything.
    Volatile,
}

/// A parallel safety label (`pg_proc.proparallel`), in the order of hazard. [safety.label]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Safety {
    /// May run in a worker.
    Safe,
    /// May run in the leader of a parallel query only.
    Restricted,
    /// Forbids a parallel plan altogether.
    Unsafe,
}

/// One function: signature, labels and meaning.
pub struct Function {
    /// PostgreSQL's name of the function in `pg_proc` (`int4pl`, `upper`).
    pub name: &'static str,
    /// Argument types.
    pub args: &'static [Type],
    /// Result type.
    pub result: Type,
    /// Whether any NULL argument gives NULL without a call.
    pub strict: bool,
    /// How often it must be evaluated.
    pub volatility: Volatility,
    /// Parallel safety.
    pub parallel: Safety,
    /// Planner cost in units of `cpu_operator_cost` (`pg_proc.procost`).
    pub cost: f64,
    /// Whether the function gives a set of rows: then it stands in FROM only, and `body` is not called.
    pub returns_set: bool,
    /// The meaning. Arguments are of the declared types; none is NULL if the function is strict.
    pub body: fn(&[Value]) -> Result<Value, SqlError>,
}

impl Function {
    /// The result for these arguments, by strictness and body. [expr.call.strict]
    pub fn call(&self, args: &[Value]) -> Result<Value, SqlError> {
        if self.strict && args.iter().any(Value::is_null) {
            return Ok(Value::Null);
        }
        (self.body)(args)
    }
}

/// Functions are catalogue entries: the same entry, or another function.
impl PartialEq for Function {
    fn eq(&self, other: &Function) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Function {}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let args: Vec<_> = self.args.iter().map(|ty| ty.typname()).collect();
        write!(f, "{}({})", self.name, args.join(","))
    }
}
