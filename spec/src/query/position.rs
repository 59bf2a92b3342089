//! Forgetting positions: two expressions written at different places may be the same expression.

use crate::expr::Expr;
use crate::query::{Node, Rel};

impl Expr {
    /// The same expression with every position 0, so that `==` compares meaning: `GROUP BY x + 1` and the `x + 1` of the
    /// SELECT list are one expression (PostgreSQL's `equal()`).
    pub fn without_positions(&self) -> Expr {
        let mut expr = self.clone();
        expr.forget_positions();
        expr
    }

    /// Whether both are the same expression, wherever they are written.
    pub fn same_as(&self, other: &Expr) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
            && self.without_positions() == other.without_positions()
    }

    fn forget_positions(&mut self) {
        match self {
            Expr::Call { position, .. } | Expr::Cast { position, .. } => *position = 0,
            Expr::Subquery(subquery) => {
                subquery.position = 0;
                subquery.rel.forget_positions();
            }
            _ => {}
        }
        self.operands_mut().into_iter().for_each(Expr::forget_positions);
    }
}

impl Rel {
    fn forget_positions(&mut self) {
        if let Node::Aggregate { calls, .. } = &mut self.node {
            calls.iter_mut().for_each(|call| call.position = 0);
        }
        self.exprs_mut().into_iter().for_each(Expr::forget_positions);
        self.inputs_mut().into_iter().for_each(Rel::forget_positions);
    }
}
