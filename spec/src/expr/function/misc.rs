//! Functions of the session: `random`, `version`, and the name of the database.

use super::Function;
use crate::error::{SqlError, sqlstate};
use crate::expr::{Safety, Volatility};
use crate::value::{Type, Value};

/// The name of the one volatile function, whose values come from [`World::random`](crate::expr::eval::World::random).
pub const RANDOM: &str = "random";

/// A number from the world's generator needs a world: [`crate::expr::eval::eval`] asks it and never calls this.
fn without_world(_: &[Value]) -> Result<Value, SqlError> {
    Err(SqlError::new(sqlstate::FEATURE_NOT_SUPPORTED, "random() has no value outside a query"))
}

fn version(_: &[Value]) -> Result<Value, SqlError> {
    Ok(Value::text(concat!("PostgreSQL 15 (bothways ", env!("CARGO_PKG_VERSION"), ")")))
}

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: RANDOM,
        args: &[],
        result: Type::Float8,
        strict: true,
        volatility: Volatility::Volatile,
        parallel: Safety::Restricted,
        cost: 1.0,
        returns_set: false,
        own: None,
        body: without_world,
    },
    Function {
        name: "version",
        args: &[],
        result: Type::Text,
        strict: true,
        volatility: Volatility::Stable,
        parallel: Safety::Safe,
        cost: 1.0,
        returns_set: false,
        own: None,
        body: version,
    },
];
