//! ScalarToInitPlan: an uncorrelated sub-query is computed once, before; its value is a parameter.

use spec::error::{Failure, Unsupported};
use spec::expr::{Expr, Subquery, SubqueryTest};
use spec::plan::{InitPlan, Node, Plan};

use super::fold;
use crate::planner::{Demand, Planner};

impl Planner<'_> {
    /// An expression over the outputs of a part of a block: columns become what they stand for, references to enclosing
    /// rows that were merged into the block too, sub-queries become parameters, constants are folded.
    ///
    /// # Errors
    /// Those of calls over constants; 0A000 for sub-queries that are neither joins nor uncorrelated.
    pub(in crate::planner) fn resolve(
        &mut self,
        expr: &Expr,
        outputs: &[Expr],
    ) -> Result<Expr, Failure> {
        let resolved = self.substitute(expr, outputs)?;
        let (folded, changed) = fold::fold(resolved)?;
        if changed {
            self.rewrites.push(super::FOLD_CONSTANTS);
        }
        Ok(folded)
    }

    fn substitute(&mut self, expr: &Expr, outputs: &[Expr]) -> Result<Expr, Failure> {
        match expr {
            Expr::Column { index, .. } => Ok(outputs[*index].clone()),
            Expr::Outer { depth, index, .. } => {
                let scope = self.scopes.len().checked_sub(*depth).map(|at| &self.scopes[at]);
                match scope {
                    Some(scope) => Ok(scope[*index].clone()),
                    None => {
                        Err(super::super::unsupported("correlated sub-queries that are not joins"))
                    }
                }
            }
            Expr::Subquery(subquery) => self.init_plan(subquery),
            other => {
                let mut result = other.clone();
                for operand in result.operands_mut() {
                    *operand = self.substitute(operand, outputs)?;
                }
                Ok(result)
            }
        }
    }

    /// The parameter that stands for an uncorrelated sub-query.
    fn init_plan(&mut self, subquery: &Subquery) -> Result<Expr, Failure> {
        let refused = |feature| Unsupported::new(feature).at(subquery.position);
        if subquery.rel.is_correlated() {
            return Err(refused("correlated sub-queries that are not joins").into());
        }
        let (exists, fraction) = match &subquery.test {
            SubqueryTest::Scalar => (false, 0.5),
            SubqueryTest::Exists => (true, 1.0),
            SubqueryTest::Any(_) | SubqueryTest::All(_) => {
                return Err(refused("ANY and ALL over a sub-query inside an expression").into());
            }
        };
        let demand = Demand { fraction, ..Demand::default() };
        let relation = self.level(&subquery.rel, &demand)?;
        let plan = self.best(relation, fraction).plan;
        let ty = Expr::Subquery(Box::new(subquery.clone())).ty();
        // PostgreSQL gives each Gather a parameter too, for its rescans.
        let id = self.params + gathers(&plan);
        self.params = id + 1;
        self.init_plans.push(InitPlan { id, plan, exists });
        self.rewrites.push(super::SCALAR_TO_INIT_PLAN);
        Ok(Expr::Param { id, ty })
    }
}

/// How many Gathers a plan has.
fn gathers(plan: &Plan) -> usize {
    let own = usize::from(matches!(plan.node, Node::Gather { .. } | Node::GatherMerge { .. }));
    own + plan.inputs().into_iter().map(gathers).sum::<usize>()
}
