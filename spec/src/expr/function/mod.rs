//! The function catalogue: one entry per function with PostgreSQL's names, one file per family.
//!
//! Operators and casts are functions too (`int4pl`, `numeric(integer)`); [`crate::expr::operator`] says which.
//!
//! An entry is a line of the `functions!` table of its family: signature as in `pg_proc`, then the meaning over Rust
//! values. The table reads the arguments and wraps the answer; entries are strict, immutable, parallel safe and cost 1
//! (as nearly all of `pg_proc` is) unless the entry is written out in full.
//!
//! ```text
//! "int4pl"(a: Int4, b: Int4) -> Int4 = a.checked_add(b).ok_or_else(out_of_range);
//! ```

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::error::SqlError;
use crate::value::{Type, Value};

/// A `static FUNCTIONS` table. A body gives the answer itself or a `Result` of it ([`Answer`]); one whose answer may be
/// NULL gives a [`Value`].
macro_rules! functions {
    ($($name:tt ($($arg:ident : $ty:ident),*) -> $result:ident $($null:literal)? = $body:expr;)*) => {
        pub(super) static FUNCTIONS: &[$crate::expr::Function] = &[$(
            $crate::expr::function::entry!($name ($($arg : $ty),*) -> $result $($null)? = $body)
        ),*];
    };
}

/// One entry of a table. The name is a string literal or `(prefix middle suffix)`, which are joined.
macro_rules! entry {
    (($($part:literal)*) $($rest:tt)*) => {
        $crate::expr::function::entry!(@ concat!($($part),*), $($rest)*)
    };
    ($name:literal $($rest:tt)*) => { $crate::expr::function::entry!(@ $name, $($rest)*) };
    (@ $name:expr, ($($arg:ident : $ty:ident),*) -> $result:ident $($null:literal)? = $body:expr) => {
        $crate::expr::Function {
            name: $name,
            args: &[$($crate::value::Type::$ty),*],
            result: $crate::value::Type::$result,
            strict: true,
            volatility: $crate::expr::Volatility::Immutable,
            parallel: $crate::expr::Safety::Safe,
            cost: 1.0,
            returns_set: false,
            own: None,
            body: |args| {
                let [$($arg),*] = args else { $crate::expr::function::misused($name, args) };
                $(let $arg = $crate::expr::function::read!($ty, $arg, $name, args);)*
                $crate::expr::function::wrap!($result $($null)?, $body)
            },
        }
    };
}

/// The Rust value of an argument of an SQL type.
macro_rules! read {
    (Numeric, $arg:ident, $name:expr, $args:ident) => {
        match $arg {
            $crate::value::Value::Numeric(value) => value,
            _ => $crate::expr::function::misused($name, $args),
        }
    };
    (Bytea, $arg:ident, $name:expr, $args:ident) => {
        match $arg {
            $crate::value::Value::Bytea(value) => &**value,
            _ => $crate::expr::function::misused($name, $args),
        }
    };
    (Bpchar, $arg:ident, $name:expr, $args:ident) => {
        match $arg {
            $crate::value::Value::Bpchar(value) => &**value,
            _ => $crate::expr::function::misused($name, $args),
        }
    };
    (Varchar, $($rest:tt)*) => { $crate::expr::function::read!(Text, $($rest)*) };
    (Name, $($rest:tt)*) => { $crate::expr::function::read!(Text, $($rest)*) };
    (Text, $arg:ident, $name:expr, $args:ident) => {
        match $arg {
            $crate::value::Value::Text(value) => &**value,
            _ => $crate::expr::function::misused($name, $args),
        }
    };
    ($ty:ident, $arg:ident, $name:expr, $args:ident) => {
        match $arg {
            $crate::value::Value::$ty(value) => *value,
            _ => $crate::expr::function::misused($name, $args),
        }
    };
}

/// The SQL value of an answer.
macro_rules! wrap {
    ($ty:ident $null:literal, $body:expr) => {
        $crate::expr::function::Answer::<$crate::value::Value>::answer($body)
    };
    (Bool, $body:expr) => { $crate::expr::function::wrap!(@ bool, Bool, $body) };
    (Int2, $body:expr) => { $crate::expr::function::wrap!(@ i16, Int2, $body) };
    (Int4, $body:expr) => { $crate::expr::function::wrap!(@ i32, Int4, $body) };
    (Int8, $body:expr) => { $crate::expr::function::wrap!(@ i64, Int8, $body) };
    (Float4, $body:expr) => { $crate::expr::function::wrap!(@ f32, Float4, $body) };
    (Float8, $body:expr) => { $crate::expr::function::wrap!(@ f64, Float8, $body) };
    (Numeric, $body:expr) => {
        $crate::expr::function::wrap!(@ $crate::value::Numeric, Numeric, $body)
    };
    (Date, $body:expr) => { $crate::expr::function::wrap!(@ i32, Date, $body) };
    (Timestamp, $body:expr) => { $crate::expr::function::wrap!(@ i64, Timestamp, $body) };
    (Time, $body:expr) => { $crate::expr::function::wrap!(@ i64, Time, $body) };
    (TimestampTz, $body:expr) => { $crate::expr::function::wrap!(@ i64, TimestampTz, $body) };
    (TimeTz, $body:expr) => {
        $crate::expr::function::wrap!(@ $crate::value::TimeTz, TimeTz, $body)
    };
    (Bytea, $body:expr) => {
        Ok($crate::value::Value::Bytea(
            $crate::expr::function::Answer::<Vec<u8>>::answer($body)?.into(),
        ))
    };
    (Interval, $body:expr) => {
        $crate::expr::function::wrap!(@ $crate::value::Interval, Interval, $body)
    };
    (Bpchar, $body:expr) => {
        Ok($crate::value::Value::Bpchar(
            $crate::expr::function::Answer::<String>::answer($body)?.into(),
        ))
    };
    (@ $rust:ty, $variant:ident, $body:expr) => {
        Ok($crate::value::Value::$variant(
            $crate::expr::function::Answer::<$rust>::answer($body)?,
        ))
    };
    ($text:ident, $body:expr) => {
        Ok($crate::value::Value::text($crate::expr::function::Answer::<String>::answer($body)?))
    };
}

/// An entry whose answer depends on the session, such as its zone.
macro_rules! stable_entry {
    ($($entry:tt)*) => {
        $crate::expr::Function {
            volatility: $crate::expr::Volatility::Stable,
            ..$crate::expr::function::entry!($($entry)*)
        }
    };
}

pub(crate) use {entry, read, wrap};

mod accumulators;
mod arithmetic;
pub mod array;
mod bytea;
mod cast;
mod compare;
mod datetime;
mod like;
mod math;
mod md5;
pub mod misc;
mod numeric;
pub mod own;
pub mod set;
mod string;

/// What a body may give: an answer, or an answer or an error.
pub(crate) trait Answer<T> {
    /// The answer or the error.
    fn answer(self) -> Result<T, SqlError>;
}

impl<T> Answer<T> for T {
    fn answer(self) -> Result<T, SqlError> {
        Ok(self)
    }
}

impl<T> Answer<T> for Result<T, SqlError> {
    fn answer(self) -> Result<T, SqlError> {
        self
    }
}

/// Stops: the binder passes arguments of the declared types, and strictness keeps NULL away.
#[cold]
pub(crate) fn misused(name: &str, args: &[Value]) -> ! {
    panic!("{name} must not be called with {args:?}")
}

/// The tables of all families.
static FAMILIES: &[&[Function]] = &[
    arithmetic::FUNCTIONS,
    math::FUNCTIONS,
    numeric::FUNCTIONS,
    compare::FUNCTIONS,
    bytea::FUNCTIONS,
    md5::FUNCTIONS,
    array::FUNCTIONS,
    accumulators::FUNCTIONS,
    cast::FUNCTIONS,
    string::FUNCTIONS,
    like::FUNCTIONS,
    datetime::FUNCTIONS,
    datetime::STABLE,
    set::FUNCTIONS,
    misc::FUNCTIONS,
];

/// Every function by name, in the order of the tables.
static BY_NAME: LazyLock<HashMap<&'static str, Vec<&'static Function>>> = LazyLock::new(|| {
    let mut names: HashMap<_, Vec<_>> = HashMap::new();
    for function in all() {
        names.entry(function.name).or_default().push(function);
    }
    names
});

/// Every function, family by family.
pub fn all() -> impl Iterator<Item = &'static Function> {
    let families = FAMILIES.iter().chain(array::POLYMORPHIC).chain(set::POLYMORPHIC);
    families.flat_map(|family| family.iter())
}

/// The functions of this name: the candidates of overload resolution.
pub fn named(name: &str) -> impl Iterator<Item = &'static Function> {
    BY_NAME.get(name).into_iter().flatten().copied()
}

/// The function of this name with exactly these argument types.
pub fn exact(name: &str, args: &[Type]) -> Option<&'static Function> {
    named(name).find(|function| function.args == args)
}

/// How often a function must be evaluated (`pg_proc.provolatile`). [expr.volatility]
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
    /// The body of a function that a user made; then `body` is not called.
    pub own: Option<&'static own::Body>,
    /// The meaning. Arguments are of the declared types; none is NULL if the function is strict.
    pub body: fn(&[Value]) -> Result<Value, SqlError>,
}

impl Function {
    /// The result for these arguments, by strictness and body. [expr.call.strict]
    pub fn call(&self, args: &[Value]) -> Result<Value, SqlError> {
        if self.strict && args.iter().any(Value::is_null) {
            return Ok(Value::Null);
        }
        match self.own {
            Some(own) => own.call(args),
            None => (self.body)(args),
        }
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
