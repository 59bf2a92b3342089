//! Walks over relations and expressions: which columns are read, and how they are renumbered.
//!
//! A sub-query sees the row at hand as its enclosing row: `Outer { depth: 1 }` directly inside it, depth 2 one sub-query
//! further in. Walks that speak of "columns read" follow these references; walks over expressions visit everything.

use crate::expr::Expr;
use crate::query::{Call, Node, Rel};

impl Rel {
    /// The relations directly below.
    pub fn inputs(&self) -> Vec<&Rel> {
        match &self.node {
            Node::Unit | Node::Scan { .. } | Node::Values { .. } | Node::Function { .. } => vec![],
            Node::Filter { input, .. }
            | Node::Project { input, .. }
            | Node::Aggregate { input, .. }
            | Node::Distinct { input }
            | Node::Sort { input, .. }
            | Node::Limit { input, .. }
            | Node::Subquery { input, .. } => vec![input],
            Node::Join { left, right, .. } | Node::SetOperation { left, right, .. } => {
                vec![left, right]
            }
            Node::Cte { cte, .. } => vec![&cte.rel],
        }
    }

    /// The relations directly below, for rewriting; a WITH query is shared, and not among them.
    pub fn inputs_mut(&mut self) -> Vec<&mut Rel> {
        match &mut self.node {
            Node::Unit
            | Node::Scan { .. }
            | Node::Values { .. }
            | Node::Function { .. }
            | Node::Cte { .. } => vec![],
            Node::Filter { input, .. }
            | Node::Project { input, .. }
            | Node::Aggregate { input, .. }
            | Node::Distinct { input }
            | Node::Sort { input, .. }
            | Node::Limit { input, .. }
            | Node::Subquery { input, .. } => vec![input],
            Node::Join { left, right, .. } | Node::SetOperation { left, right, .. } => {
                vec![left, right]
            }
        }
    }

    /// The expressions of this node itself, over the rows of its inputs.
    pub fn exprs(&self) -> Vec<&Expr> {
        match &self.node {
            Node::Unit
            | Node::Scan { .. }
            | Node::Distinct { .. }
            | Node::SetOperation { .. }
            | Node::Subquery { .. }
            | Node::Cte { .. } => vec![],
            Node::Values { rows, .. } => rows.iter().flatten().collect(),
            Node::Function { args, .. } => args.iter().collect(),
            Node::Filter { condition, .. } | Node::Join { condition, .. } => vec![condition],
            Node::Project { exprs, .. } => exprs.iter().collect(),
            Node::Aggregate { keys, calls, .. } => {
                keys.iter().chain(calls.iter().flat_map(Call::exprs)).collect()
            }
            Node::Sort { keys, .. } => keys.iter().map(|key| &key.expr).collect(),
            Node::Limit { limit, offset, .. } => limit.iter().chain(offset).collect(),
        }
    }

    /// The same, for rewriting in place.
    pub fn exprs_mut(&mut self) -> Vec<&mut Expr> {
        match &mut self.node {
            Node::Unit
            | Node::Scan { .. }
            | Node::Distinct { .. }
            | Node::SetOperation { .. }
            | Node::Subquery { .. }
            | Node::Cte { .. } => vec![],
            Node::Values { rows, .. } => rows.iter_mut().flatten().collect(),
            Node::Function { args, .. } => args.iter_mut().collect(),
            Node::Filter { condition, .. } | Node::Join { condition, .. } => vec![condition],
            Node::Project { exprs, .. } => exprs.iter_mut().collect(),
            Node::Aggregate { keys, calls, .. } => {
                let of_calls = calls.iter_mut().flat_map(|call| {
                    let order = call.order_by.iter_mut().map(|key| &mut key.expr);
                    let args = call.direct.iter_mut().chain(&mut call.args);
                    args.chain(order).chain(&mut call.filter)
                });
                keys.iter_mut().chain(of_calls).collect()
            }
            Node::Sort { keys, .. } => keys.iter_mut().map(|key| &mut key.expr).collect(),
            Node::Limit { limit, offset, .. } => limit.iter_mut().chain(offset).collect(),
        }
    }

    /// Visits every expression of this relation and of those below it, and inside sub-queries; not their operands.
    pub fn visit_exprs(&self, visit: &mut dyn FnMut(&Expr)) {
        for expr in self.exprs() {
            visit(expr);
            expr.visit_subqueries(&mut |rel| rel.visit_exprs(visit));
        }
        for input in self.inputs() {
            input.visit_exprs(visit);
        }
    }

    /// Visits the references that reach `depth` sub-query levels out of this relation.
    pub(crate) fn visit_outer(&self, depth: usize, visit: &mut dyn FnMut(usize)) {
        for expr in self.exprs() {
            expr.visit_at(depth, visit);
        }
        for input in self.inputs() {
            input.visit_outer(depth, visit);
        }
    }

    /// Renumbers the references that reach `depth` sub-query levels out of this relation.
    pub(crate) fn map_outer(&mut self, depth: usize, map: &dyn Fn(usize) -> usize) {
        for expr in self.exprs_mut() {
            expr.map_at(depth, map);
        }
        for input in self.inputs_mut() {
            input.map_outer(depth, map);
        }
    }

    /// Whether anything in this relation, taken as a sub-query, refers to an enclosing row.
    pub fn is_correlated(&self) -> bool {
        self.reaches_out(1)
    }

    /// Whether anything refers at least `depth` levels out.
    fn reaches_out(&self, depth: usize) -> bool {
        self.exprs().into_iter().any(|expr| expr.reaches_out(depth))
            || self.inputs().into_iter().any(|input| input.reaches_out(depth))
    }
}

impl Call {
    /// The expressions of an aggregate call: arguments (direct ones first), order, filter.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> + Clone {
        let order = self.order_by.iter().map(|key| &key.expr);
        self.direct.iter().chain(&self.args).chain(order).chain(&self.filter)
    }
}

impl Expr {
    /// Visits the columns of the row at hand that the expression reads, also from inside sub-queries.
    pub fn visit_columns(&self, visit: &mut dyn FnMut(usize)) {
        self.visit_at(0, visit);
    }

    /// The same expression with the columns of the row at hand renumbered.
    pub fn map_columns(&self, map: &dyn Fn(usize) -> usize) -> Expr {
        let mut mapped = self.clone();
        mapped.map_at(0, map);
        mapped
    }

    /// The same expression with every column number moved by `by`.
    ///
    /// # Panics
    /// If a number would become negative.
    pub fn shift_columns(&self, by: isize) -> Expr {
        self.map_columns(&|index| {
            index.checked_add_signed(by).expect("a column stays on its side of the join")
        })
    }

    /// Visits the relations of sub-queries directly inside this expression.
    pub fn visit_subqueries(&self, visit: &mut dyn FnMut(&Rel)) {
        if let Expr::Subquery(subquery) = self {
            visit(&subquery.rel);
        }
        for operand in self.operands() {
            operand.visit_subqueries(visit);
        }
    }

    fn visit_at(&self, level: usize, visit: &mut dyn FnMut(usize)) {
        match self {
            Expr::Column { index, .. } if level == 0 => visit(*index),
            Expr::Outer { depth, index, .. } if *depth == level => visit(*index),
            Expr::Subquery(subquery) => subquery.rel.visit_outer(level + 1, visit),
            _ => {}
        }
        for operand in self.operands() {
            operand.visit_at(level, visit);
        }
    }

    fn map_at(&mut self, level: usize, map: &dyn Fn(usize) -> usize) {
        match self {
            Expr::Column { index, .. } if level == 0 => *index = map(*index),
            Expr::Outer { depth, index, .. } if *depth == level => *index = map(*index),
            Expr::Subquery(subquery) => subquery.rel.map_outer(level + 1, map),
            _ => {}
        }
        for operand in self.operands_mut() {
            operand.map_at(level, map);
        }
    }

    fn reaches_out(&self, level: usize) -> bool {
        let itself = match self {
            Expr::Outer { depth, .. } => *depth >= level,
            Expr::Subquery(subquery) => subquery.rel.reaches_out(level + 1),
            _ => false,
        };
        itself || self.operands().into_iter().any(|operand| operand.reaches_out(level))
    }
}
