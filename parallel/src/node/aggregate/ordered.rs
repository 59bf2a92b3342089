//! Calls with DISTINCT or ORDER BY inside: rows are kept until the groups are complete. [agg.order]
//!
//! PostgreSQL sorts the arguments of such a call, for DISTINCT too: by the ORDER BY keys, then by the arguments. Equal
//! arguments then stand side by side, and the first of them counts.

use spec::plan::PlanColumn;
use spec::query::{Call, SortKey};
use spec::{Failure, SqlError};

use crate::accumulate::Accumulator;
use crate::batch::{Batch, Rows, Selection};
use crate::column::Column;
use crate::kernel::{Context, Expression, Predicate};
use crate::node::order::RowOrder;

/// The kept rows of one call.
pub(super) struct Ordered {
    filter: Option<Predicate>,
    args: Vec<Expression>,
    keys: Vec<SortKey>,
    key_expressions: Vec<Expression>,
    distinct: bool,
    direct: Direct,
    /// Batches of arguments, then sort keys, without selections.
    kept: Vec<Batch>,
    /// The group of each kept row.
    groups: Vec<u32>,
}

impl Ordered {
    /// Compiles the call over rows of these columns.
    pub fn compile(call: &Call, input: &[PlanColumn]) -> Result<Ordered, Failure> {
        let compile = |expr| Expression::compile(expr, input);
        let filter = call.filter.as_ref().map(std::slice::from_ref);
        let keys = call.order_by.iter().map(|key| compile(&key.expr));
        Ok(Ordered {
            filter: filter.map(|filter| Predicate::compile(filter, input)).transpose()?,
            args: call.args.iter().map(compile).collect::<Result<_, _>>()?,
            keys: call.order_by.clone(),
            key_expressions: keys.collect::<Result<_, _>>()?,
            distinct: call.distinct,
            direct: Direct {
                expressions: call.direct.iter().map(compile).collect::<Result<_, _>>()?,
                first: Vec::new(),
                groups: 0,
            },
            kept: Vec::new(),
            groups: Vec::new(),
        })
    }

    /// Keeps the rows of a batch that pass the FILTER.
    pub fn keep(
        &mut self,
        batch: &Batch,
        groups: Option<&[u32]>,
        context: &Context,
    ) -> Result<(), SqlError> {
        self.direct.keep(batch, groups);
        let mut passing = batch.select(batch.selection.clone());
        if let Some(filter) = &self.filter {
            passing.selection = Some(filter.select(batch, context)?);
        }
        let expressions = self.args.iter().chain(&self.key_expressions);
        let columns = expressions.map(|expression| expression.evaluate(&passing, context));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        passing.selected().for_each(|row| {
            self.groups.push(groups.map_or(0, |groups| groups[row]));
        });
        let kept = Batch { columns, rows: batch.rows, selection: passing.selection };
        self.kept.push(kept.compact());
        Ok(())
    }

    /// Hands the kept rows to the accumulator, in order.
    pub fn release(
        &mut self,
        accumulator: &mut dyn Accumulator,
        context: &Context,
    ) -> Result<(), SqlError> {
        accumulator.direct(&self.direct.evaluate(context)?);
        let Some(kept) = Batch::concat(std::mem::take(&mut self.kept)) else { return Ok(()) };
        let groups = std::mem::take(&mut self.groups);
        let (args, keys) = kept.columns.split_at(self.args.len());
        let group = Column::Int8(groups.iter().map(|&group| i64::from(group)).collect());
        let by_group = RowOrder::ascending(&[group]);
        let by_args = RowOrder::ascending(args);
        let mut order = by_group.then(RowOrder::new(keys, &self.keys));
        if self.distinct {
            order = order.then(RowOrder::ascending(args));
        }
        let mut rows = order.sorted(kept.rows, None);
        if self.distinct {
            rows.dedup_by(|later, first| {
                let (first, later) = (*first as usize, *later as usize);
                groups[first] == groups[later] && by_args.compare(first, later).is_eq()
            });
        }
        let args: Vec<Column> = args.iter().map(|column| column.take(&rows)).collect();
        let groups: Vec<u32> = rows.iter().map(|&row| groups[row as usize]).collect();
        accumulator.update(Some(&groups), &args, Rows::All(rows.len()))
    }
}

/// The direct arguments of an ordered-set aggregate: evaluated once for a group, over its first row. [agg.ordered-set.direct]
struct Direct {
    expressions: Vec<Expression>,
    /// The first row of each group, FILTER or not, in the order of the groups.
    first: Vec<Batch>,
    /// How many groups have been met.
    groups: u32,
}

impl Direct {
    /// Keeps the first rows of groups that are new: they are numbered as they are met.
    fn keep(&mut self, batch: &Batch, groups: Option<&[u32]>) {
        if self.expressions.is_empty() {
            return;
        }
        let mut first = Vec::new();
        batch.selected().for_each(|row| {
            if groups.map_or(0, |groups| groups[row]) == self.groups {
                self.groups += 1;
                first.push(row as u32);
            }
        });
        if !first.is_empty() {
            self.first.push(batch.select(Some(Selection::new(first))).compact());
        }
    }

    /// One column per argument, one row per group; of no rows at all there is one group, and nothing is read.
    fn evaluate(&mut self, context: &Context) -> Result<Vec<Column>, SqlError> {
        let first = Batch::concat(std::mem::take(&mut self.first));
        let first = first.unwrap_or_else(|| Batch::new(vec![], 1));
        self.expressions.iter().map(|argument| argument.evaluate(&first, context)).collect()
    }
}
