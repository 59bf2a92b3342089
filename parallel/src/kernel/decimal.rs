//! `+ - *` and negation of `numeric` columns that are integers with a common scale.
//!
//! Before a loop runs, the operands' magnitudes are bounded by their highest bit; if no row can exceed 18 digits, the
//! loop needs no checks. Otherwise the function itself is called row by row.

use std::borrow::Cow;

use arrow_array::{Array, Int64Array};
use spec::error::SqlError;
use spec::expr::Function;
use spec::value::{Type, Value};

use super::call::{Args, by_calls, is_constant, is_constant_null, null};
use super::operand::{Operand, both, zip};
use super::{Context, Kernel};
use crate::batch::Batch;
use crate::column::{Column, DECIMAL_LIMIT, units};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Add,
    Subtract,
    Multiply,
}

/// Arithmetic of two numerics.
#[derive(Debug)]
struct Decimals {
    function: &'static Function,
    operation: Operation,
    left: Box<dyn Kernel>,
    right: Box<dyn Kernel>,
}

/// The kernel of `numeric_add`, `numeric_sub` and `numeric_mul`; the arguments back for any other function.
pub(super) fn compile(function: &'static Function, args: Args) -> Result<Box<dyn Kernel>, Args> {
    let operation = match function.name {
        "numeric_add" => Operation::Add,
        "numeric_sub" => Operation::Subtract,
        "numeric_mul" => Operation::Multiply,
        _ => return Err(args),
    };
    let [left, right]: [_; 2] = args.try_into()?;
    Ok(Box::new(Decimals { function, operation, left, right }))
}

impl Kernel for Decimals {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        let left = self.left.evaluate(batch, context)?;
        let right = self.right.evaluate(batch, context)?;
        if is_constant_null(&left) || is_constant_null(&right) {
            return Ok(null(Type::Numeric, batch));
        }
        if is_constant(&left) && is_constant(&right) {
            return by_calls(self.function, &[left, right], batch, context);
        }
        let result = match self.operation {
            Operation::Multiply => multiply(&left, &right),
            Operation::Add => add(&left, &right, false),
            Operation::Subtract => add(&left, &right, true),
        };
        match result {
            Some(column) => Ok(column),
            None => by_calls(self.function, &[left, right], batch, context),
        }
    }

    fn needs_selection(&self) -> bool {
        true
    }
}

/// A column or constant as integers and their scale; `None` if it is a numeric of another kind.
fn operand(column: &Column) -> Option<(Operand<'_, i64>, u16)> {
    match column {
        Column::Decimal { values, scale } => {
            Some((Operand::Many(Cow::Borrowed(&**values.values()), values.nulls()), *scale))
        }
        Column::Constant { value: Value::Numeric(value), .. } => {
            units(value).map(|(units, scale)| (Operand::One(units), scale))
        }
        _ => None,
    }
}

/// Bits that the magnitudes need at most.
fn magnitude_bits(operand: &Operand<'_, i64>) -> u32 {
    let all = match operand {
        Operand::Many(values, _) => values.iter().fold(0, |all, &v| all | (v ^ (v >> 63))),
        Operand::One(value) => value ^ (value >> 63),
    };
    64 - all.leading_zeros()
}

/// The largest power of two within 18 digits.
const LIMIT_BITS: u32 = DECIMAL_LIMIT.ilog2();

/// The operands as integers of one scale; `None` if they are of another kind or may not fit.
pub(super) fn aligned<'a>(
    left: &'a Column,
    right: &'a Column,
) -> Option<(Operand<'a, i64>, Operand<'a, i64>)> {
    let ((left, left_scale), (right, right_scale)) = (operand(left)?, operand(right)?);
    let scale = left_scale.max(right_scale);
    Some((rescaled(left, scale - left_scale)?, rescaled(right, scale - right_scale)?))
}

/// The integers times 10^by; `None` if one may not fit.
fn rescaled(operand: Operand<'_, i64>, by: u16) -> Option<Operand<'_, i64>> {
    if by == 0 {
        return Some(operand);
    }
    let factor = 10i64.checked_pow(u32::from(by))?;
    if magnitude_bits(&operand) + factor.ilog2() + 1 > LIMIT_BITS {
        return None;
    }
    Some(match operand {
        Operand::Many(values, nulls) => {
            Operand::Many(values.iter().map(|value| value * factor).collect(), nulls)
        }
        Operand::One(value) => Operand::One(value * factor),
    })
}

fn add(left: &Column, right: &Column, subtract: bool) -> Option<Column> {
    let scale = operand(left)?.1.max(operand(right)?.1);
    let (left, right) = aligned(left, right)?;
    if magnitude_bits(&left).max(magnitude_bits(&right)) + 1 > LIMIT_BITS {
        return None;
    }
    let values = match subtract {
        false => zip(&left, &right, 0, |a, b| a + b),
        true => zip(&left, &right, 0, |a, b| a - b),
    };
    Some(Column::Decimal { values: Int64Array::new(values.into(), both(&left, &right)), scale })
}

fn multiply(left: &Column, right: &Column) -> Option<Column> {
    let ((left, left_scale), (right, right_scale)) = (operand(left)?, operand(right)?);
    let scale = left_scale.checked_add(right_scale).filter(|scale| *scale <= 1000)?;
    if magnitude_bits(&left) + magnitude_bits(&right) > LIMIT_BITS {
        return None;
    }
    let values = zip(&left, &right, 0, |a, b| a * b);
    Some(Column::Decimal { values: Int64Array::new(values.into(), both(&left, &right)), scale })
}
