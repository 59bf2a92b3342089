//! AND, OR, NOT, IS NULL, IS TRUE, IS DISTINCT FROM: three-valued logic on bit masks. [expr.logic]

use std::ops::Not as _;

use arrow_array::{Array, BooleanArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use spec::error::SqlError;
use spec::value::Value;

use super::{Context, Kernel, narrowed};
use crate::batch::Batch;
use crate::column::Column;

/// A three-valued column as two masks: where it is true, and where it is false.
#[derive(Clone, Debug)]
pub(super) struct Truth {
    pub(super) holds: BooleanBuffer,
    pub(super) fails: BooleanBuffer,
}

impl Truth {
    /// The masks of a boolean column.
    pub(super) fn of(column: &Column) -> Truth {
        match column {
            Column::Bool(array) => match array.nulls() {
                None => Truth { holds: array.values().clone(), fails: array.values().not() },
                Some(valid) => Truth {
                    holds: array.values() & valid.inner(),
                    fails: &array.values().not() & valid.inner(),
                },
            },
            Column::Constant { value, len, .. } => {
                let all = |set| match set {
                    true => BooleanBuffer::new_set(*len),
                    false => BooleanBuffer::new_unset(*len),
                };
                let truth = value.truth();
                Truth { holds: all(truth == Some(true)), fails: all(truth == Some(false)) }
            }
            other => panic!("a condition must be boolean, not {}", other.ty()),
        }
    }

    /// The column: NULL where neither mask is set.
    fn into_column(self) -> Column {
        let known = &self.holds | &self.fails;
        let nulls = NullBuffer::new(known);
        let nulls = (nulls.null_count() > 0).then_some(nulls);
        Column::Bool(BooleanArray::new(self.holds, nulls))
    }

    fn negated(self) -> Truth {
        Truth { holds: self.fails, fails: self.holds }
    }
}

/// A column without NULLs.
pub(super) fn known(bits: BooleanBuffer) -> Column {
    Column::Bool(BooleanArray::new(bits, None))
}

/// AND, or OR as its dual. An operand that may raise is evaluated for the rows that are still open only.
#[derive(Debug)]
pub(super) struct Connective {
    pub(super) operands: Vec<Box<dyn Kernel>>,
    /// OR.
    pub(super) any: bool,
}

impl Kernel for Connective {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        let mut all: Option<Truth> = None;
        for operand in &self.operands {
            let truth = match &all {
                Some(so_far) if operand.needs_selection() => {
                    operand.evaluate(&narrowed(batch, &so_far.fails.not()), context)?
                }
                _ => operand.evaluate(batch, context)?,
            };
            // OR is computed as NOT (NOT a AND NOT b).
            let truth = Truth::of(&truth);
            let truth = if self.any { truth.negated() } else { truth };
            all = Some(match all {
                None => truth,
                Some(so_far) => Truth {
                    holds: &so_far.holds & &truth.holds,
                    // A decided row stays decided: later operands were not evaluated for it.
                    fails: &so_far.fails | &truth.fails,
                },
            });
        }
        let all = all.expect("a connective has operands");
        Ok(if self.any { all.negated() } else { all }.into_column())
    }

    fn needs_selection(&self) -> bool {
        self.operands.iter().any(|operand| operand.needs_selection())
    }
}

/// NOT.
#[derive(Debug)]
pub(super) struct Not(pub(super) Box<dyn Kernel>);

impl Kernel for Not {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        Ok(Truth::of(&self.0.evaluate(batch, context)?).negated().into_column())
    }

    fn needs_selection(&self) -> bool {
        self.0.needs_selection()
    }
}

/// The rows of a column that are not NULL.
pub(super) fn valid(column: &Column) -> BooleanBuffer {
    match column {
        Column::Constant { value: Value::Null, len, .. } => BooleanBuffer::new_unset(*len),
        other => match other.nulls() {
            Some(nulls) => nulls.inner().clone(),
            None => BooleanBuffer::new_set(other.len()),
        },
    }
}

/// IS [NOT] NULL.
#[derive(Debug)]
pub(super) struct IsNull {
    pub(super) operand: Box<dyn Kernel>,
    pub(super) negated: bool,
}

impl Kernel for IsNull {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        let valid = valid(&self.operand.evaluate(batch, context)?);
        Ok(known(if self.negated { valid } else { valid.not() }))
    }

    fn needs_selection(&self) -> bool {
        self.operand.needs_selection()
    }
}

/// IS [NOT] TRUE / FALSE / UNKNOWN.
#[derive(Debug)]
pub(super) struct IsTruth {
    pub(super) operand: Box<dyn Kernel>,
    pub(super) truth: Option<bool>,
    pub(super) negated: bool,
}

impl Kernel for IsTruth {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        let own = Truth::of(&self.operand.evaluate(batch, context)?);
        let is = match self.truth {
            Some(true) => own.holds,
            Some(false) => own.fails,
            None => (&own.holds | &own.fails).not(),
        };
        Ok(known(if self.negated { is.not() } else { is }))
    }

    fn needs_selection(&self) -> bool {
        self.operand.needs_selection()
    }
}

/// IS [NOT] DISTINCT FROM: NULL is like NULL and unlike everything else.
#[derive(Debug)]
pub(super) struct IsDistinct {
    pub(super) equal: Box<dyn Kernel>,
    pub(super) left: Box<dyn Kernel>,
    pub(super) right: Box<dyn Kernel>,
    pub(super) negated: bool,
}

impl Kernel for IsDistinct {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        let equal = Truth::of(&self.equal.evaluate(batch, context)?).holds;
        let left = valid(&self.left.evaluate(batch, context)?);
        let right = valid(&self.right.evaluate(batch, context)?);
        let alike = &equal | &(&left | &right).not();
        Ok(known(if self.negated { alike } else { alike.not() }))
    }

    fn needs_selection(&self) -> bool {
        self.equal.needs_selection()
    }
}
