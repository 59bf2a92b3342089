//! The meaning of each node of the algebra, one file per node.

mod aggregate;
mod cte;
mod distinct;
mod filter;
mod function;
mod join;
mod limit;
mod project;
mod scan;
mod set_operation;
mod sort;
mod values;

use spec::error::Failure;
use spec::expr::eval::Scope;
use spec::query::{Node, Rel};

use crate::Reference;
use crate::answer::{Answer, Tuple};

impl Reference<'_> {
    /// The rows of a relation; `outer` is the scope of the enclosing row, if it belongs to a sub-query. [rel.node]
    ///
    /// # Errors
    /// 0A000 where the rows are not determined. Errors of the query's own are part of the answer.
    pub(crate) fn answer(&self, rel: &Rel, outer: Option<&Scope<'_>>) -> Result<Answer, Failure> {
        let answer = match &rel.node {
            Node::Unit => Ok(Answer::bag(vec![Tuple::default()])),
            Node::Scan { table, .. } => self.scan(table),
            Node::Values { rows, .. } => self.values(rows, outer),
            Node::Function { function, args, .. } => self.function(function, args, outer),
            Node::Filter { input, condition } => self.filter(input, condition, outer),
            Node::Project { input, exprs } => self.project(input, exprs, outer),
            Node::Join { kind, left, right, condition } => {
                self.join(*kind, left, right, condition, outer)
            }
            Node::Aggregate { input, keys, calls } => self.aggregate(input, keys, calls, outer),
            Node::Distinct { input } => self.distinct(input, outer),
            Node::Sort { input, keys } => self.sort(input, keys, outer),
            Node::Limit { input, limit, offset } => {
                self.limit(input, limit.as_ref(), offset.as_ref(), outer)
            }
            Node::SetOperation { op, all, left, right } => {
                self.set_operation(*op, *all, left, right, outer)
            }
            Node::Subquery { input, .. } => self.answer(input, outer),
            Node::Cte { cte, .. } => self.cte(cte),
        };
        // An error while computing what decides (a key, a condition, a limit) fails the relation as a whole.
        match answer {
            Err(Failure::Sql(error)) => Ok(Answer::bag(vec![]).failing(Some(self.note(error)))),
            other => other,
        }
    }
}
