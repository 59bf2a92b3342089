//! Calls: the kernel of a function by its name, or the function row by row.

use spec::error::{SqlError, Unsupported};
use spec::expr::{Expr, Function, Volatility};
use spec::value::{Type, Value};

use super::{Context, Kernel, arithmetic, compare, decimal, like, number_cast, rows};
use crate::batch::Batch;
use crate::column::Column;

/// The arguments of a call.
pub(super) type Args = Vec<Box<dyn Kernel>>;

/// The kernel of a call.
pub(super) fn compile(expr: &Expr) -> Result<Box<dyn Kernel>, Unsupported> {
    let Expr::Call { function, args, .. } = expr else { unreachable!("called for calls") };
    if function.volatility == Volatility::Volatile {
        return rows::compile(expr);
    }
    let kernels: Args = args.iter().map(super::kernel).collect::<Result<_, _>>()?;
    Ok(of_function(function, kernels, args))
}

/// The kernel of a function over these arguments.
pub(super) fn of_function(
    function: &'static Function,
    args: Args,
    written: &[Expr],
) -> Box<dyn Kernel> {
    let args = match compare::compile(function, args) {
        Ok(kernel) => return kernel,
        Err(args) => args,
    };
    let args = match arithmetic::compile(function, args) {
        Ok(kernel) => return kernel,
        Err(args) => args,
    };
    let args = match decimal::compile(function, args) {
        Ok(kernel) => return kernel,
        Err(args) => args,
    };
    let args = match like::compile(function, args, written) {
        Ok(kernel) => return kernel,
        Err(args) => args,
    };
    match number_cast::compile(function, args) {
        Ok(kernel) => kernel,
        Err(args) => Box::new(ByCalls { function, args }),
    }
}

/// A function called for each selected row, over arguments that may have kernels.
#[derive(Debug)]
struct ByCalls {
    function: &'static Function,
    args: Args,
}

impl Kernel for ByCalls {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        let args = self.args.iter().map(|arg| arg.evaluate(batch, context));
        by_calls(self.function, &args.collect::<Result<Vec<_>, _>>()?, batch, context)
    }

    fn needs_selection(&self) -> bool {
        true
    }
}

/// The function called for each selected row; once if all arguments are constants.
pub(super) fn by_calls(
    function: &Function,
    args: &[Column],
    batch: &Batch,
    context: &Context,
) -> Result<Column, SqlError> {
    if batch.is_empty() {
        return Ok(null(function.result, batch));
    }
    if args.iter().all(|arg| matches!(arg, Column::Constant { .. })) {
        context.count_shared(1);
        let values: Vec<Value> = args.iter().map(|arg| arg.value(0)).collect();
        return Ok(Column::constant(function.call(&values)?, function.result, batch.rows));
    }
    context.count_shared(batch.len());
    let mut values = vec![Value::Null; args.len()];
    rows::by_rows(function.result, batch, |row| {
        values.iter_mut().zip(args).for_each(|(value, arg)| *value = arg.value(row));
        function.call(&values)
    })
}

/// Visits the selected rows of a loop in which something looked wrong: the first row that the function refuses raises.
pub(super) fn raise_if_selected(
    function: &Function,
    args: &[&Column],
    batch: &Batch,
) -> Result<(), SqlError> {
    let mut values = vec![Value::Null; args.len()];
    batch.selected().try_for_each(|row| {
        values.iter_mut().zip(args).for_each(|(value, arg)| *value = arg.value(row));
        function.call(&values).map(|_| ())
    })
}

/// NULL in every row of the batch.
pub(super) fn null(ty: Type, batch: &Batch) -> Column {
    Column::constant(Value::Null, ty, batch.rows)
}

/// Whether the column is the constant NULL.
pub(super) fn is_constant_null(column: &Column) -> bool {
    matches!(column, Column::Constant { value: Value::Null, .. })
}

/// Whether the column is a constant.
pub(super) fn is_constant(column: &Column) -> bool {
    matches!(column, Column::Constant { .. })
}
