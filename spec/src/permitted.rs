//! The set of permitted outcomes of a query, and how to refute one.
//!
//! An answer is a set: rows up to ties in the order, values within a proved bound, any order of a list, rows or one of
//! several errors. The judge asks whether an outcome is permitted; it never holds two answers side by side.

use std::collections::BTreeSet;

use crate::error::SqlState;
use crate::outcome::{Outcome, OutputColumn, Trace};
use crate::value::Value;
use num_bigint::BigInt;

/// Every outcome that a query may have. [verdict.permitted]
#[derive(Clone, Debug, PartialEq)]
pub struct Permitted {
    /// The columns of the answer.
    pub columns: Vec<OutputColumn>,
    /// The permitted rows; `None` if only an error is permitted.
    pub rows: Option<Vec<TieGroup>>,
    /// The permitted errors; empty if none is.
    pub errors: BTreeSet<SqlState>,
}

/// Rows between which the order of the query does not decide: of `candidates`, any `take` may come, in any order.
/// The groups of an answer come one after the other. Without ORDER BY there is one group. [bag.ties]
#[derive(Clone, Debug, PartialEq)]
pub struct TieGroup {
    /// The rows that may come.
    pub candidates: Vec<Vec<Cell>>,
    /// How many of them come (fewer than all at the edge of a LIMIT).
    pub take: usize,
}

/// What a field may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// This value, digit for digit.
    Exactly(Value),
    /// Any value that SQL holds equal to this one (1.0 and 1.00, 0 and -0, '1 day' and '24:00').
    EqualTo(Value),
    /// A floating-point value within a proved bound of an exact one.
    Float(FloatCell),
    /// Text: the concatenation of these parts in any order, with this delimiter between them.
    AnyOrderOf {
        /// The parts.
        parts: Vec<String>,
        /// The delimiter.
        delimiter: String,
    },
}

/// A float result: a mathematical value, and what an answer's distance from it is measured by. [agg.float.bound]
///
/// [`crate::agg::bound::admits`] decides; `rule` says which theorem it follows.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatCell {
    /// The exact value (of a root: the exact value under the root).
    pub exact: Rational,
    /// What errors are relative to: the sum of absolute values, or of squares (see [`FloatRule`]).
    pub magnitude: Rational,
    /// Roundings after the sum (a division).
    pub extra: u64,
    /// Rows of the bag: the height where no trace tells a smaller one.
    pub rows: u64,
    /// Float4 or Float8: the type of the result, and the unit roundoff of the additions.
    pub single: bool,
    /// How the answer was computed, and so which bound holds.
    pub rule: FloatRule,
}

/// Which error bound a [`FloatCell`] obeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatRule {
    /// A tree of additions: the error is at most `((1+u)^(height+extra) - 1) * magnitude` (Higham, *Accuracy and
    /// Stability of Numerical Algorithms*, §4.2; `FloatBound.v`).
    Sum,
    /// Squared deviations from the mean by Youngs–Cramer steps; `magnitude` is the sum of squares over the divisor.
    SquaredDeviations {
        /// Whether the answer is the square root of that (`stddev`).
        root: bool,
    },
}

/// An exact quotient of integers; the denominator is positive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rational {
    /// Numerator.
    pub numerator: BigInt,
    /// Denominator, positive.
    pub denominator: BigInt,
}

/// Why an outcome is not permitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The clause it breaks: `bag.equal`, `rel.order`, `error.sqlstate`, `agg.float.bound`.
    pub clause: &'static str,
    /// What is wrong, in a sentence.
    pub message: String,
}

impl Permitted {
    /// Why the outcome is not permitted; `None` if it is.
    ///
    /// The trace tells the height of the combine tree; where it tells none, the row count is the height.
    pub fn refute(&self, _outcome: &Outcome, _trace: Option<&Trace>) -> Option<Finding> {
        Some(Finding { clause: "verdict.permitted", message: "not built".into() })
    }
}
