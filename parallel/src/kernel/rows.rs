//! Row by row through spec: for what has no kernel of its own.

use spec::error::{SqlError, Unsupported};
use spec::expr::eval::{Scope, World, eval};
use spec::expr::{Expr, Subquery};
use spec::value::{Row, Type, Value};

use super::{Context, Kernel};
use crate::batch::Batch;
use crate::column::{Column, ColumnBuilder};

/// An expression evaluated by its meaning, for each selected row.
#[derive(Debug)]
struct ByRows {
    expr: Expr,
    /// The input columns it reads.
    columns: Vec<usize>,
}

/// The expression, evaluated row by row.
pub(super) fn compile(expr: &Expr) -> Result<Box<dyn Kernel>, Unsupported> {
    let mut found = Found::default();
    found.visit(expr)?;
    found.columns.sort_unstable();
    found.columns.dedup();
    Ok(Box::new(ByRows { expr: expr.clone(), columns: found.columns }))
}

/// What an expression refers to.
#[derive(Default)]
struct Found {
    columns: Vec<usize>,
}

impl Found {
    fn visit(&mut self, expr: &Expr) -> Result<(), Unsupported> {
        match expr {
            Expr::Column { index, .. } => self.columns.push(*index),
            Expr::Outer { .. } => return Err(Unsupported::new("correlated sub-queries")),
            Expr::Subquery(subquery) => {
                return Err(
                    Unsupported::new("sub-queries in parallel expressions").at(subquery.position)
                );
            }
            _ => {}
        }
        expr.operands().into_iter().try_for_each(|operand| self.visit(operand))
    }
}

impl Kernel for ByRows {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        let rows = batch.selected();
        context.count_shared(rows.len());
        let mut row = vec![Value::Null; batch.columns.len()];
        by_rows(self.expr.ty(), batch, |i| {
            for &column in &self.columns {
                row[column] = batch.columns[column].value(i);
            }
            eval(&self.expr, &Scope { row: &row, outer: None }, context)
        })
    }

    fn needs_selection(&self) -> bool {
        true
    }
}

/// A column of what `each` gives for the selected rows, NULL in the others.
pub(super) fn by_rows(
    ty: Type,
    batch: &Batch,
    mut each: impl FnMut(usize) -> Result<Value, SqlError>,
) -> Result<Column, SqlError> {
    let mut builder = ColumnBuilder::new(ty, batch.rows);
    batch.selected().try_for_each(|i| {
        while builder.len() < i {
            builder.push_null();
        }
        builder.push(&each(i)?);
        Ok::<_, SqlError>(())
    })?;
    while builder.len() < batch.rows {
        builder.push_null();
    }
    Ok(builder.finish())
}

/// The value of an InitPlan.
///
/// # Panics
/// If it was not computed: the executor runs InitPlans first.
pub(super) fn param(context: &Context, id: usize) -> Value {
    context.params.get(&id).expect("InitPlans are computed before").clone()
}

impl World for Context {
    fn rows(&self, _subquery: &Subquery, _scope: &Scope<'_>) -> Result<Vec<Row>, SqlError> {
        unreachable!("sub-queries do not compile")
    }

    fn random(&self) -> f64 {
        Context::random(self)
    }

    fn param(&self, id: usize) -> Value {
        param(self, id)
    }
}
