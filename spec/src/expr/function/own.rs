//! Functions that users make: `CREATE FUNCTION … LANGUAGE SQL` with a body of one expression.
//!
//! The body is bound when the function is made, with the arguments as columns of a row; a call evaluates it for the row of
//! its arguments. So every argument is evaluated once, and the labels of the function count, not those of its body, as they
//! do in PostgreSQL before it inlines. [safety.function]
//!
//! Expressions and plans hold `&'static Function`, so a function that is made lives as long as the process. Making the same
//! one again gives the same entry.

use std::sync::Mutex;

use super::{Function, Safety, Volatility};
use crate::error::SqlError;
use crate::expr::eval::{Scope, World, eval};
use crate::expr::{Expr, Subquery};
use crate::value::{Row, Type, Value};

/// A body: an expression over the arguments as columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// The text between the quotes, or after RETURN.
    pub text: String,
    /// Whether it stood after RETURN; then PostgreSQL keeps what it means, too, and knows what it depends on.
    pub returned: bool,
    /// The names of the arguments; OR REPLACE may not change them.
    pub names: Vec<Option<String>>,
    /// What it means, of the function's result type.
    pub expr: Expr,
}

impl Body {
    /// The value for these arguments.
    pub(super) fn call(&self, args: &[Value]) -> Result<Value, SqlError> {
        eval(&self.expr, &Scope::top(args), &Alone)
    }
}

/// The world of a body: the binder lets neither sub-queries nor volatile functions in.
struct Alone;

impl World for Alone {
    fn rows(&self, _: &Subquery, _: &Scope<'_>) -> Result<Vec<Row>, SqlError> {
        unreachable!("a body has no sub-queries")
    }

    fn random(&self) -> f64 {
        unreachable!("a body is not volatile")
    }
}

/// What CREATE FUNCTION said.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Argument types.
    pub args: Vec<Type>,
    /// Result type.
    pub result: Type,
    /// STRICT.
    pub strict: bool,
    /// How often it must be evaluated.
    pub volatility: Volatility,
    /// Parallel safety.
    pub parallel: Safety,
    /// Planner cost.
    pub cost: f64,
    /// Its body.
    pub body: Body,
}

/// Every function that was made in this process.
static MADE: Mutex<Vec<(Definition, &'static Function)>> = Mutex::new(Vec::new());

/// The entry of a definition: the one that is there, or a new one.
pub fn intern(definition: Definition) -> &'static Function {
    let mut made = MADE.lock().expect("nobody panics while holding it");
    if let Some((_, function)) = made.iter().find(|(other, _)| *other == definition) {
        return function;
    }
    let own = definition.clone();
    let function: &'static Function = Box::leak(Box::new(Function {
        name: own.name.leak(),
        args: own.args.leak(),
        result: own.result,
        strict: own.strict,
        volatility: own.volatility,
        parallel: own.parallel,
        cost: own.cost,
        returns_set: false,
        own: Some(Box::leak(Box::new(own.body))),
        body: |_| unreachable!("the body of an own function is its own"),
    }));
    made.push((definition, function));
    function
}
