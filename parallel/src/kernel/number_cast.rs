//! Casts between numbers that lose nothing: wider integers, integers and `real` to `double precision`, integers to
//! `numeric`.

use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_array::{Int64Array, PrimitiveArray};
use spec::error::SqlError;
use spec::expr::Function;
use spec::value::Type;

use super::call::{Args, by_calls};
use super::{Context, Kernel};
use crate::batch::Batch;
use crate::column::{Column, DECIMAL_LIMIT};

/// A cast function between two number types.
#[derive(Debug)]
struct NumberCast {
    function: &'static Function,
    operand: Box<dyn Kernel>,
}

/// The kernel of a widening cast; the arguments back for any other function.
pub(super) fn compile(function: &'static Function, args: Args) -> Result<Box<dyn Kernel>, Args> {
    let widens = matches!(
        (function.args, function.result),
        ([Type::Int2], Type::Int4 | Type::Int8 | Type::Float8 | Type::Numeric)
            | ([Type::Int4], Type::Int8 | Type::Float8 | Type::Numeric)
            | ([Type::Int8], Type::Float8 | Type::Numeric)
            | ([Type::Float4], Type::Float8)
    );
    if !widens || function.name != function.result.typname() {
        return Err(args);
    }
    let [operand]: [_; 1] = args.try_into()?;
    Ok(Box::new(NumberCast { function, operand }))
}

impl Kernel for NumberCast {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        let operand = self.operand.evaluate(batch, context)?;
        match widen(&operand, self.function.result) {
            Some(column) => Ok(column),
            None => by_calls(self.function, &[operand], batch, context),
        }
    }

    fn needs_selection(&self) -> bool {
        self.operand.needs_selection()
    }
}

/// The column in a wider type; `None` for constants and for integers beyond 18 digits as numerics.
fn widen(column: &Column, to: Type) -> Option<Column> {
    let as_numeric = |values: Int64Array| {
        let fit = values.values().iter().all(|v| (-DECIMAL_LIMIT..=DECIMAL_LIMIT).contains(v));
        fit.then_some(Column::Decimal { values, scale: 0 })
    };
    let wide = |values: PrimitiveArray<Int64Type>| match to {
        Type::Int8 => Some(Column::Int8(values)),
        _ => as_numeric(values),
    };
    match (column, to) {
        (Column::Int2(array), Type::Int4) => {
            Some(Column::Int4(array.unary::<_, Int32Type>(i32::from)))
        }
        (Column::Int2(array), Type::Float8) => {
            Some(Column::Float8(array.unary::<_, Float64Type>(f64::from)))
        }
        (Column::Int4(array), Type::Float8) => {
            Some(Column::Float8(array.unary::<_, Float64Type>(f64::from)))
        }
        (Column::Int8(array), Type::Float8) => {
            Some(Column::Float8(array.unary::<_, Float64Type>(|value| value as f64)))
        }
        (Column::Float4(array), Type::Float8) => {
            Some(Column::Float8(array.unary::<_, Float64Type>(f64::from)))
        }
        (Column::Int2(array), Type::Int8 | Type::Numeric) => wide(array.unary(i64::from)),
        (Column::Int4(array), Type::Int8 | Type::Numeric) => wide(array.unary(i64::from)),
        (Column::Int8(array), Type::Numeric) => as_numeric(array.clone()),
        _ => None,
    }
}
