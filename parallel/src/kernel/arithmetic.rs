//! `+ - * /` and negation of integers and floats.
//!
//! The loops compute all rows and note whether anything looked wrong; only then are the selected rows looked at one by
//! one, by the function itself, which says whether and how to complain.

use arrow_array::{ArrowPrimitiveType, PrimitiveArray};
use arrow_buffer::ArrowNativeType;
use spec::error::SqlError;
use spec::expr::Function;
use spec::value::Type;

use super::call::{Args, by_calls, is_constant, is_constant_null, null, raise_if_selected};
use super::operand::{Native, both, zip};
use super::{Context, Kernel};
use crate::batch::Batch;
use crate::column::Column;

/// An operation of two numbers of one type.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// Arithmetic of integers or floats; both operands widen to the result type.
#[derive(Debug)]
struct Arithmetic {
    function: &'static Function,
    operation: Operation,
    left: Box<dyn Kernel>,
    right: Box<dyn Kernel>,
}

/// The kernel of `int4pl`, `int48mul`, `float8div` and their kin; the arguments back for any other function.
pub(super) fn compile(function: &'static Function, args: Args) -> Result<Box<dyn Kernel>, Args> {
    let name = function.name.trim_start_matches("int").trim_start_matches("float");
    let operation = match name.trim_start_matches(|digit: char| digit.is_ascii_digit()) {
        "pl" => Operation::Add,
        "mi" => Operation::Subtract,
        "mul" => Operation::Multiply,
        "div" => Operation::Divide,
        _ => return Err(args),
    };
    let numbers = |ty: &Type| ty.is_number() && *ty != Type::Numeric;
    if name == function.name || args.len() != 2 || !function.args.iter().all(numbers) {
        return Err(args);
    }
    let [left, right]: [_; 2] = args.try_into().expect("two arguments");
    Ok(Box::new(Arithmetic { function, operation, left, right }))
}

impl Kernel for Arithmetic {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        let left = self.left.evaluate(batch, context)?;
        let right = self.right.evaluate(batch, context)?;
        let result = self.function.result;
        if is_constant_null(&left) || is_constant_null(&right) {
            return Ok(null(result, batch));
        }
        if is_constant(&left) && is_constant(&right) {
            return by_calls(self.function, &[left, right], batch, context);
        }
        let (wrong, column) = match result {
            Type::Int2 => wrap(self.compute::<i16, _>(&left, &right), Column::Int2),
            Type::Int4 => wrap(self.compute::<i32, _>(&left, &right), Column::Int4),
            Type::Int8 => wrap(self.compute::<i64, _>(&left, &right), Column::Int8),
            Type::Float4 => wrap(self.compute::<f32, _>(&left, &right), Column::Float4),
            Type::Float8 => wrap(self.compute::<f64, _>(&left, &right), Column::Float8),
            other => unreachable!("arithmetic of {other}"),
        };
        if wrong {
            raise_if_selected(self.function, &[&left, &right], batch)?;
        }
        Ok(column)
    }

    fn needs_selection(&self) -> bool {
        true
    }
}

fn wrap<T: ArrowPrimitiveType>(
    (wrong, array): (bool, PrimitiveArray<T>),
    column: impl FnOnce(PrimitiveArray<T>) -> Column,
) -> (bool, Column) {
    (wrong, column(array))
}

impl Arithmetic {
    /// The results of all rows, and whether any looked wrong.
    fn compute<N: Number + ArrowNativeType, T: ArrowPrimitiveType<Native = N>>(
        &self,
        left: &Column,
        right: &Column,
    ) -> (bool, PrimitiveArray<T>) {
        let rows = left.len();
        let left = N::operand(left).expect("the binder types arguments");
        let right = N::operand(right).expect("the binder types arguments");
        let mut wrong = false;
        let mut note = |(result, odd): (N, bool)| {
            wrong |= odd;
            result
        };
        let values = match self.operation {
            Operation::Add => zip(&left, &right, rows, |a, b| note(N::add(a, b))),
            Operation::Subtract => zip(&left, &right, rows, |a, b| note(N::subtract(a, b))),
            Operation::Multiply => zip(&left, &right, rows, |a, b| note(N::multiply(a, b))),
            Operation::Divide => zip(&left, &right, rows, |a, b| note(N::divide(a, b))),
        };
        (wrong, PrimitiveArray::new(values.into(), both(&left, &right)))
    }
}

/// A number with operations that never stop: the result, and whether it needs a second look.
trait Number: Native {
    fn add(a: Self, b: Self) -> (Self, bool);
    fn subtract(a: Self, b: Self) -> (Self, bool);
    fn multiply(a: Self, b: Self) -> (Self, bool);
    fn divide(a: Self, b: Self) -> (Self, bool);
}

macro_rules! integer {
    ($($rust:ty),*) => {$(
        impl Number for $rust {
            #[inline(always)]
            fn add(a: Self, b: Self) -> (Self, bool) {
                a.overflowing_add(b)
            }
            #[inline(always)]
            fn subtract(a: Self, b: Self) -> (Self, bool) {
                a.overflowing_sub(b)
            }
            #[inline(always)]
            fn multiply(a: Self, b: Self) -> (Self, bool) {
                a.overflowing_mul(b)
            }
            #[inline(always)]
            fn divide(a: Self, b: Self) -> (Self, bool) {
                match a.checked_div(b) {
                    Some(quotient) => (quotient, false),
                    None => (0, true),
                }
            }
        }
    )*};
}

integer! { i16, i32, i64 }

macro_rules! float {
    ($($rust:ty),*) => {$(
        impl Number for $rust {
            #[inline(always)]
            fn add(a: Self, b: Self) -> (Self, bool) {
                (a + b, !(a + b).is_finite())
            }
            #[inline(always)]
            fn subtract(a: Self, b: Self) -> (Self, bool) {
                (a - b, !(a - b).is_finite())
            }
            #[inline(always)]
            fn multiply(a: Self, b: Self) -> (Self, bool) {
                let product = a * b;
                (product, !product.is_finite() | ((product == 0.0) & (a != 0.0) & (b != 0.0)))
            }
            #[inline(always)]
            fn divide(a: Self, b: Self) -> (Self, bool) {
                let quotient = a / b;
                (quotient, !quotient.is_finite() | (b == 0.0) | ((quotient == 0.0) & (a != 0.0)))
            }
        }
    )*};
}

float! { f32, f64 }
