//! `Values Scan`: written rows.

use spec::Failure;
use spec::expr::Expr;
use spec::plan::PlanColumn;

use super::{Executor, Pull, Pulled, rows};
use crate::batch::Batch;
use crate::column::ColumnBuilder;
use crate::kernel::Expression;
use crate::runtime::Participant;

/// Gives all its rows in one batch.
pub(crate) struct ValuesScan<'p> {
    rows: Option<Vec<Vec<Expression>>>,
    columns: &'p [PlanColumn],
}

impl<'p> ValuesScan<'p> {
    pub fn new(rows: &[Vec<Expr>], columns: &'p [PlanColumn]) -> Result<ValuesScan<'p>, Failure> {
        let compile = |expr: &Expr| Expression::compile(expr, &[]);
        let rows = rows
            .iter()
            .map(|row| row.iter().map(compile).collect::<Result<Vec<_>, _>>())
            .collect::<Result<Vec<_>, _>>()?;
        Ok(ValuesScan { rows: Some(rows), columns })
    }
}

impl<'p> Executor<'p> for ValuesScan<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        let Some(written) = self.rows.take() else { return Ok(Pulled::Done) };
        let builder = |column: &PlanColumn| ColumnBuilder::new(column.ty, written.len());
        let mut builders: Vec<ColumnBuilder> = self.columns.iter().map(builder).collect();
        let unit = rows::unit();
        for row in &written {
            for (expression, builder) in row.iter().zip(&mut builders) {
                builder.push(&expression.evaluate(&unit, &me.context)?.value(0));
            }
        }
        let columns = builders.into_iter().map(ColumnBuilder::finish).collect();
        Ok(Pulled::Batch(Batch::new(columns, written.len())))
    }
}
