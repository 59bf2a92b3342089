//! Operators: which function a symbol means for which types, and what the planner may conclude from it.
//!
//! ```text
//! table   the operators of pg_operator among our types
//! cast    the casts of pg_cast among our types, and the automatic ones through text
//! ```

mod cast;
mod table;

pub use cast::{CastContext, CastRule, Conversion, cast, category, preferred, takes_modifier};

use std::sync::LazyLock;

use super::function::{self, Function};
use crate::value::{Element, Type};

/// An operator: a symbol between (or before) operands of given types.
#[derive(Debug)]
pub struct Operator {
    /// The symbol: `=`, `<=`, `||`, `~~`.
    pub symbol: &'static str,
    /// The type on the left; none for a prefix operator.
    pub left: Option<Type>,
    /// The type on the right.
    pub right: Type,
    /// The function that it calls.
    pub function: &'static Function,
    /// The symbol that means the same with the operands exchanged (`<` and `>`).
    pub commutator: Option<&'static str>,
    /// The symbol of the opposite answer (`<` and `>=`).
    pub negator: Option<&'static str>,
    /// How the planner estimates its selectivity (`oprrest`, `oprjoin`).
    pub estimator: Option<Estimator>,
    /// Whether equal operands have equal hashes: a hash join may use it.
    pub hashable: bool,
    /// Whether it is the equality of a btree order: a merge join may use it.
    pub mergeable: bool,
}

/// How the planner estimates the share of rows for which an operator is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Estimator {
    /// `eqsel`.
    Equal,
    /// `neqsel`.
    NotEqual,
    /// `scalarltsel`.
    Less,
    /// `scalarlesel`.
    LessOrEqual,
    /// `scalargtsel`.
    Greater,
    /// `scalargesel`.
    GreaterOrEqual,
    /// `likesel`.
    Like,
    /// `nlikesel`.
    NotLike,
    /// `iclikesel`.
    ILike,
    /// `icnlikesel`.
    NotILike,
    /// `prefixsel`.
    Prefix,
    /// `arraycontsel`.
    ArrayContains,
}

/// Every operator, with its function.
static OPERATORS: LazyLock<Vec<Operator>> = LazyLock::new(|| {
    let members = |group: &'static table::Group| {
        group
            .members
            .iter()
            .map(move |&(left, right, function)| operator(group, left, right, function))
    };
    table::GROUPS.iter().flat_map(members).chain(table::ARRAYS.iter().flat_map(of_arrays)).collect()
});

/// The operators of arrays: one for every element type, where PostgreSQL has one of a polymorphic type.
fn of_arrays(group: &'static table::ArrayGroup) -> impl Iterator<Item = Operator> {
    let place = |operand, element: Element| match operand {
        table::Operand::Array => Type::Array(element),
        table::Operand::Element => element.ty(),
    };
    Element::ALL.into_iter().map(move |element| {
        let (left, right) = (place(group.left, element), place(group.right, element));
        operator(&group.symbol, Some(left), right, group.function)
    })
}

fn operator(group: &table::Group, left: Option<Type>, right: Type, function: &str) -> Operator {
    let args: Vec<Type> = left.into_iter().chain([right]).collect();
    let function = function::exact(function, &args).expect("an operator's function is listed");
    let mergeable = group.symbol == "=";
    Operator {
        symbol: group.symbol,
        left,
        right,
        function,
        commutator: group.commutator,
        negator: group.negator,
        estimator: group.estimator,
        // Dates and timestamps hash differently; every other pair of types that can be equal hashes alike.
        hashable: mergeable
            && (left == Some(right)
                || [left, Some(right)].iter().flatten().all(|ty| category(*ty) != 'D')),
        mergeable,
    }
}

/// Every operator.
pub fn all() -> impl Iterator<Item = &'static Operator> {
    OPERATORS.iter()
}

/// The operators of this symbol: the candidates of overload resolution.
pub fn named(symbol: &str) -> impl Iterator<Item = &'static Operator> {
    all().filter(move |operator| operator.symbol == symbol)
}

/// The operator of this symbol for exactly these operand types.
pub fn exact(symbol: &str, left: Option<Type>, right: Type) -> Option<&'static Operator> {
    named(symbol).find(|operator| operator.left == left && operator.right == right)
}

/// The operator that calls this function, if one does.
pub fn of_function(function: &Function) -> Option<&'static Operator> {
    all().find(|operator| operator.function == function)
}

/// The type whose operators a type uses: `varchar` has none of its own and uses those of `text`.
pub fn operand_type(ty: Type) -> Type {
    match ty {
        Type::Varchar | Type::Unknown => Type::Text,
        other => other,
    }
}

/// The equality of a type: `=` of its btree order.
pub fn equality(ty: Type) -> &'static Function {
    comparison("=", ty)
}

/// The order of a type: `<` of its btree order.
pub fn less_than(ty: Type) -> &'static Function {
    comparison("<", ty)
}

/// A comparison of two operands of one type. Every type of the subset has all six.
///
/// # Panics
/// If the symbol is not one of `= <> < <= > >=`.
pub fn comparison(symbol: &str, ty: Type) -> &'static Function {
    let ty = operand_type(ty);
    exact(symbol, Some(ty), ty).expect("every type has a btree order").function
}
