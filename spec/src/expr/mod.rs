//! Typed expressions: what the binder makes of written ones, and their meaning row by row.
//!
//! ```text
//! function/   the function catalogue: one entry per function, one file per family
//! operator    which function an operator or cast means for which types
//! eval        the meaning: an expression and a row give a value or an error
//! fold        constants computed before execution, as the planner does
//! print       the text, as EXPLAIN and the SQL printer show it
//! ```

pub mod eval;
pub mod fold;
pub mod function;
pub mod operator;
pub mod print;

pub use function::{Function, Safety, Volatility};

use crate::query::Rel;
use crate::value::{Element, Modifier, Type, Value};

/// A typed expression over the columns of its input relation.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A constant of a known type.
    Constant(Value, Type),
    /// A column of the input row.
    Column {
        /// Its place in the input row, from 0.
        index: usize,
        /// Its type.
        ty: Type,
    },
    /// A column of a row of an enclosing query (a correlated reference).
    Outer {
        /// How many query levels up: 1 is the next enclosing one.
        depth: usize,
        /// Its place in that row, from 0.
        index: usize,
        /// Its type.
        ty: Type,
    },
    /// The value of an InitPlan: only in plans, never from the binder.
    Param {
        /// Its number.
        id: usize,
        /// Its type.
        ty: Type,
    },
    /// A call of a function, operator or cast function.
    Call {
        /// The function.
        function: &'static Function,
        /// Its arguments, already of the function's argument types.
        args: Vec<Expr>,
        /// How it was written.
        syntax: CallSyntax,
        /// 1-based character offset in the statement; 0 if none.
        position: usize,
    },
    /// A change of type through text or without a function: text to T (`'1'::int4`), T to text, relabelling
    /// (varchar as text), and length or precision coercion (`Modifier`). Casts with a function are calls.
    Cast {
        /// The operand.
        operand: Box<Expr>,
        /// The new type.
        to: Type,
        /// Its modifier: `numeric(10,2)` rounds, `varchar(3)` truncates (explicit) or refuses (implicit).
        modifier: Modifier,
        /// Which kind of cast.
        method: CastMethod,
        /// Whether the cast was written (explicit casts truncate strings without an error).
        explicit: bool,
        /// 1-based character offset in the statement; 0 if none.
        position: usize,
    },
    /// Conjunction: at least two operands, three-valued.
    And(Vec<Expr>),
    /// Disjunction: at least two operands, three-valued.
    Or(Vec<Expr>),
    /// Negation, three-valued.
    Not(Box<Expr>),
    /// IS \[NOT\] NULL.
    IsNull {
        /// The operand.
        operand: Box<Expr>,
        /// IS NOT NULL.
        negated: bool,
    },
    /// IS \[NOT\] TRUE / FALSE / UNKNOWN (`None`).
    IsTruth {
        /// The operand.
        operand: Box<Expr>,
        /// The truth value asked for.
        truth: Option<bool>,
        /// IS NOT.
        negated: bool,
    },
    /// IS \[NOT\] DISTINCT FROM, over an equality function.
    IsDistinct {
        /// The equality function for the operands' type.
        equal: &'static Function,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
        /// IS NOT DISTINCT FROM.
        negated: bool,
    },
    /// CASE WHEN condition THEN result … ELSE result END. (`CASE x WHEN y` is bound as `x = y`; the operand is
    /// repeated, as in PostgreSQL it is evaluated once, so a volatile one is outside the subset.)
    Case {
        /// Conditions and results.
        branches: Vec<(Expr, Expr)>,
        /// ELSE; a NULL constant if it was not written.
        otherwise: Box<Expr>,
        /// The common type.
        ty: Type,
    },
    /// COALESCE: the first that is not NULL; later ones are not evaluated.
    Coalesce(Vec<Expr>, Type),
    /// NULLIF(a, b): NULL if `a = b`, else a.
    NullIf {
        /// The equality function.
        equal: &'static Function,
        /// First argument: also the result.
        left: Box<Expr>,
        /// Second argument.
        right: Box<Expr>,
    },
    /// GREATEST or LEAST: NULLs are ignored.
    MinMax {
        /// GREATEST.
        greatest: bool,
        /// The arguments, of one type.
        args: Vec<Expr>,
        /// That type.
        ty: Type,
    },
    /// `x op ANY (list)` or `x op ALL (list)` over written members: IN lists.
    AnyOf {
        /// The operator's function.
        function: &'static Function,
        /// The operator as written (`=`, `<>`).
        symbol: &'static str,
        /// The operand.
        operand: Box<Expr>,
        /// The members.
        list: Vec<Expr>,
        /// ALL instead of ANY (NOT IN is `<> ALL`).
        all: bool,
    },
    /// `ARRAY[…]`: its members as an array; members that are arrays make one of the next dimension.
    Array(Vec<Expr>, Type),
    /// `x op ANY (array)` or `x op ALL (array)` over the elements of an array.
    AnyElement {
        /// The operator's function.
        function: &'static Function,
        /// The operator as written.
        symbol: &'static str,
        /// The operand and the array.
        operands: Box<[Expr; 2]>,
        /// ALL instead of ANY.
        all: bool,
    },
    /// A sub-query used as a value.
    Subquery(Box<Subquery>),
}

/// How a call was written, for printing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallSyntax {
    /// `f(x)`.
    Function,
    /// `x + y`, `- x`.
    Operator(&'static str),
    /// A function call in SQL's own words: `EXTRACT(year FROM x)`, `SUBSTRING(x FROM 2)`, `TRIM(BOTH FROM x)`.
    SqlSyntax,
    /// `x[i]`: the array and its subscripts.
    Subscript,
    /// `x[i:j]`: the array and two bounds for each dimension, the extreme ones where none are written. Which are is said
    /// by the bits: that of 2k for the lower bound of dimension k, that of 2k + 1 for the upper one.
    Slice(u8),
    /// `x::type` (written) through a cast function.
    ExplicitCast,
    /// A cast that the binder added.
    ImplicitCast,
}

/// How a cast without a cast function works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CastMethod {
    /// The bytes stay the same: varchar to text.
    Relabel,
    /// Out through text and in again: anything to text, text to anything.
    Text,
    /// Same type, new modifier: numeric(p,s) rounds, varchar(n) and char(n) cut or pad.
    Modifier,
    /// Element by element, from an array of these, by the cast between the element types.
    Elements(Element),
}

/// A sub-query used as a value, with the test around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Subquery {
    /// What is asked of its rows.
    pub test: SubqueryTest,
    /// Its rows. `Expr::Outer { depth: 1, .. }` inside refers to the row at hand.
    pub rel: Rel,
    /// Whether it refers to any enclosing row.
    pub correlated: bool,
    /// 1-based character offset in the statement; 0 if none.
    pub position: usize,
}

/// What is asked of the rows of a sub-query.
#[derive(Clone, Debug, PartialEq)]
pub enum SubqueryTest {
    /// Its one value: NULL for no row, 21000 for more than one.
    Scalar,
    /// Whether there is a row.
    Exists,
    /// `operands op ANY (rows)`: IN is `= ANY`. A row matches if every comparison is true.
    Any(Vec<SubqueryComparison>),
    /// `operands op ALL (rows)`: NOT IN is `NOT (= ANY)`.
    All(Vec<SubqueryComparison>),
}

/// One column's comparison in ANY / ALL: `operand op column`.
#[derive(Clone, Debug, PartialEq)]
pub struct SubqueryComparison {
    /// The operand, over the enclosing row.
    pub operand: Expr,
    /// The operator's function: called with the operand and the (cast) column.
    pub function: &'static Function,
    /// The operator as written.
    pub symbol: &'static str,
}

impl Expr {
    /// The type of its values.
    pub fn ty(&self) -> Type {
        match self {
            Expr::Constant(_, ty)
            | Expr::Column { ty, .. }
            | Expr::Outer { ty, .. }
            | Expr::Param { ty, .. }
            | Expr::Case { ty, .. }
            | Expr::Coalesce(_, ty)
            | Expr::Array(_, ty)
            | Expr::MinMax { ty, .. } => *ty,
            Expr::Call { function, .. } => function.result,
            Expr::Cast { to, .. } => *to,
            Expr::NullIf { left, .. } => left.ty(),
            Expr::And(_)
            | Expr::Or(_)
            | Expr::Not(_)
            | Expr::IsNull { .. }
            | Expr::IsTruth { .. }
            | Expr::IsDistinct { .. }
            | Expr::AnyOf { .. }
            | Expr::AnyElement { .. } => Type::Bool,
            Expr::Subquery(subquery) => match subquery.test {
                SubqueryTest::Scalar => subquery.rel.columns[0].ty,
                _ => Type::Bool,
            },
        }
    }

    /// A boolean constant.
    pub fn truth(truth: bool) -> Expr {
        Expr::Constant(Value::Bool(truth), Type::Bool)
    }

    /// The operands directly below, in evaluation order (not the rows of a sub-query).
    pub fn operands(&self) -> Vec<&Expr> {
        match self {
            Expr::Constant(..) | Expr::Column { .. } | Expr::Outer { .. } | Expr::Param { .. } => {
                vec![]
            }
            Expr::Call { args, .. }
            | Expr::Coalesce(args, _)
            | Expr::Array(args, _)
            | Expr::MinMax { args, .. } => args.iter().collect(),
            Expr::AnyElement { operands, .. } => operands.iter().collect(),
            Expr::And(operands) | Expr::Or(operands) => operands.iter().collect(),
            Expr::Cast { operand, .. }
            | Expr::Not(operand)
            | Expr::IsNull { operand, .. }
            | Expr::IsTruth { operand, .. } => vec![operand],
            Expr::IsDistinct { left, right, .. } | Expr::NullIf { left, right, .. } => {
                vec![left, right]
            }
            Expr::Case { branches, otherwise, .. } => branches
                .iter()
                .flat_map(|(condition, result)| [condition, result])
                .chain([&**otherwise])
                .collect(),
            Expr::AnyOf { operand, list, .. } => std::iter::once(&**operand).chain(list).collect(),
            Expr::Subquery(subquery) => match &subquery.test {
                SubqueryTest::Any(tests) | SubqueryTest::All(tests) => {
                    tests.iter().map(|test| &test.operand).collect()
                }
                SubqueryTest::Scalar | SubqueryTest::Exists => vec![],
            },
        }
    }

    /// The same, for rewriting in place.
    pub fn operands_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Expr::Constant(..) | Expr::Column { .. } | Expr::Outer { .. } | Expr::Param { .. } => {
                vec![]
            }
            Expr::Call { args, .. }
            | Expr::Coalesce(args, _)
            | Expr::Array(args, _)
            | Expr::MinMax { args, .. } => args.iter_mut().collect(),
            Expr::AnyElement { operands, .. } => operands.iter_mut().collect(),
            Expr::And(operands) | Expr::Or(operands) => operands.iter_mut().collect(),
            Expr::Cast { operand, .. }
            | Expr::Not(operand)
            | Expr::IsNull { operand, .. }
            | Expr::IsTruth { operand, .. } => vec![operand],
            Expr::IsDistinct { left, right, .. } | Expr::NullIf { left, right, .. } => {
                vec![left, right]
            }
            Expr::Case { branches, otherwise, .. } => branches
                .iter_mut()
                .flat_map(|(condition, result)| [condition, result])
                .chain([&mut **otherwise])
                .collect(),
            Expr::AnyOf { operand, list, .. } => {
                std::iter::once(&mut **operand).chain(list).collect()
            }
            Expr::Subquery(subquery) => match &mut subquery.test {
                SubqueryTest::Any(tests) | SubqueryTest::All(tests) => {
                    tests.iter_mut().map(|test| &mut test.operand).collect()
                }
                SubqueryTest::Scalar | SubqueryTest::Exists => vec![],
            },
        }
    }
}
