//! The meaning of expressions: an expression, a row and a world give a value or an error.

use crate::error::SqlError;
use crate::expr::{Expr, Subquery};
use crate::value::{Row, Value};

/// The row at hand, and the rows of enclosing queries.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The row at hand.
    pub row: &'a [Value],
    /// The enclosing query's scope, if this is a sub-query.
    pub outer: Option<&'a Scope<'a>>,
}

/// What evaluation asks of the engine around it.
pub trait World {
    /// The rows of a sub-query; `scope` is the scope of the expression that holds it (depth 1 inside).
    fn rows(&self, subquery: &Subquery, scope: &Scope<'_>) -> Result<Vec<Row>, SqlError>;

    /// The next value of `random()`, in 0 ≤ x < 1.
    fn random(&self) -> f64;

    /// Told of an error in one operand of AND, OR or an IN list. `true` means: go on, another operand may decide (the
    /// order of evaluation is not defined, so the error may be evaded); `false`: raise it, as a left-to-right
    /// evaluation does. [error.order]
    fn evade(&self, _error: &SqlError) -> bool {
        false
    }
}

/// The value of `expr` for a row.  [expr.eval]
///
/// # Errors
/// What the functions in it raise, in left-to-right order with short-circuit AND / OR / CASE / COALESCE.
pub fn eval(_expr: &Expr, _scope: &Scope<'_>, _world: &dyn World) -> Result<Value, SqlError> {
    Err(SqlError::new(crate::error::sqlstate::FEATURE_NOT_SUPPORTED, "not built"))
}
