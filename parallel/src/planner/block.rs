//! A block: FROM and WHERE of a query level, with the sub-queries that were merged into it.
//!
//! ```text
//! leaves       what is scanned: tables, VALUES, functions, sub-queries that stay planned on their own
//! variables    the columns of all leaves, numbered through; conditions and outputs speak of them
//! conditions   each with the leaves it must see; evaluated as soon as they have met
//! joins        outer, semi and anti joins: which leaves must be on the left, which are the right
//! ```
//!
//! Inner joins leave no trace but their conditions: the join order is free. This is PostgreSQL's `deconstruct_jointree`.

use std::borrow::Cow;
use std::sync::Arc;

use spec::catalogue::Table;
use spec::error::Failure;
use spec::expr::{Expr, Function};
use spec::plan::{Content, PlanColumn};
use spec::query::{Field, JoinKind, Node, Rel, SortKey};
use spec::value::Value;

use super::path::Relation;
use super::statistics::Origin;
use super::{Demand, Planner, safety, unsupported};

/// A set of leaves.
pub(super) type Leaves = u64;

/// FROM and WHERE.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) leaves: Vec<Leaf>,
    pub(super) columns: Vec<PlanColumn>,
    pub(super) origins: Vec<Origin>,
    /// Which leaf each variable belongs to.
    pub(super) leaf_of: Vec<usize>,
    pub(super) conditions: Vec<Condition>,
    pub(super) joins: Vec<Join>,
}

/// What is scanned, and which variables are its columns.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) source: Source,
    pub(super) first: usize,
    pub(super) count: usize,
}

/// Where the rows of a leaf come from.
#[derive(Debug)]
pub(super) enum Source {
    Table { table: Arc<Table>, alias: String },
    Values { rows: Vec<Vec<Expr>>, alias: String },
    Function { function: &'static Function, args: Vec<Expr>, alias: String },
    Planned { relation: Relation, alias: Option<String> },
    Unit,
}

/// A condition and the leaves that it must see.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) expr: Expr,
    pub(super) needs: Leaves,
}

/// A join that may not move freely.
#[derive(Clone, Debug)]
pub(super) struct Join {
    /// Left, Full, Semi or Anti.
    pub(super) kind: JoinKind,
    /// Leaves that must have met on the left.
    pub(super) left: Leaves,
    /// All leaves written on the left, for conditions that must wait for this join.
    pub(super) written_left: Leaves,
    /// The leaves on the right.
    pub(super) right: Leaves,
    /// What makes a pair.
    pub(super) conditions: Vec<Expr>,
}

/// A part of a block: what its columns are, and its leaves.
pub(super) struct Part {
    pub(super) outputs: Vec<Expr>,
    pub(super) leaves: Leaves,
}

/// Whether a relation is a FROM and WHERE that a block can hold.
pub(super) fn is_block(rel: &Rel) -> bool {
    match &rel.node {
        Node::Filter { input, .. } => !matches!(input.node, Node::Aggregate { .. }),
        Node::Unit
        | Node::Scan { .. }
        | Node::Values { .. }
        | Node::Function { .. }
        | Node::Join { .. }
        | Node::Subquery { .. }
        | Node::Cte { .. } => true,
        _ => false,
    }
}

impl Block {
    /// The leaves that an expression reads.
    pub(super) fn needs(&self, expr: &Expr) -> Leaves {
        let mut leaves = 0;
        expr.visit_columns(&mut |variable| leaves |= 1 << self.leaf_of[variable]);
        leaves
    }

    /// Adds a condition that must be true of every row of `part`. It waits for outer joins in `part` whose right side
    /// it reads: a row that the join pads must come through it too. `padded`: an outer join above pads the part.
    pub(super) fn restrict(&mut self, expr: Expr, part: Leaves, joins_from: usize, padded: bool) {
        let mut needs = self.needs(&expr);
        // What reads no column is asked once for all rows of the block, unless an outer join keeps some without it; what
        // is volatile, of every row.
        let for_all = !padded && part == self.all_leaves();
        if safety::is_volatile(&expr) || needs == 0 && !for_all {
            needs = part;
        }
        needs = self.waiting(needs, joins_from);
        self.conditions.push(Condition { expr, needs });
    }

    /// What a condition that needs these leaves must wait for, given the joins since `joins_from`.
    pub(super) fn waiting(&self, mut needs: Leaves, joins_from: usize) -> Leaves {
        for join in &self.joins[joins_from..] {
            let both = join.written_left | join.right;
            let padded = match join.kind {
                JoinKind::Left => join.right,
                JoinKind::Full => both,
                _ => 0,
            };
            if needs & padded != 0 {
                needs |= both;
            }
        }
        needs
    }

    pub(super) fn all_leaves(&self) -> Leaves {
        (1 << self.leaves.len()) - 1
    }

    /// Adds a leaf; its columns become variables.
    fn add(&mut self, source: Source, columns: Vec<PlanColumn>, origins: Vec<Origin>) -> Part {
        let (leaf, first) = (self.leaves.len(), self.columns.len());
        let outputs = columns.iter().enumerate();
        let outputs =
            outputs.map(|(at, column)| Expr::Column { index: first + at, ty: column.ty }).collect();
        self.leaf_of.extend(columns.iter().map(|_| leaf));
        self.leaves.push(Leaf { source, first, count: columns.len() });
        self.columns.extend(columns);
        self.origins.extend(origins);
        Part { outputs, leaves: 1 << leaf }
    }
}

impl Planner<'_> {
    /// Plans FROM and WHERE, projected to `exprs` over the columns of `rel`.
    pub(super) fn block(
        &mut self,
        rel: &Rel,
        exprs: &[Expr],
        demand: &Demand,
    ) -> Result<Relation, Failure> {
        let mut block = Block::default();
        let part = self.flatten(&mut block, rel, false)?;
        let resolved: Vec<Expr> =
            exprs.iter().map(|expr| self.resolve(expr, &part.outputs)).collect::<Result<_, _>>()?;
        if block.leaves.len() > 60 {
            return Err(unsupported("more than 60 relations in one FROM"));
        }
        let demand =
            Demand { order: over_variables(&demand.order, &part.outputs), ..demand.clone() };
        self.plan_block(block, &resolved, &demand)
    }

    /// Takes a relation into the block. On the right of an outer join (`padded`) only plain columns may be merged from
    /// sub-queries: what they compute must become NULL where the join pads.
    pub(super) fn flatten(
        &mut self,
        block: &mut Block,
        rel: &Rel,
        padded: bool,
    ) -> Result<Part, Failure> {
        if block.leaves.len() >= 60 {
            return Err(unsupported("more than 60 relations in one FROM"));
        }
        match &rel.node {
            Node::Unit if !padded => Ok(Part { outputs: vec![], leaves: 0 }),
            Node::Unit => Ok(block.add(Source::Unit, vec![], vec![])),
            Node::Scan { table, alias } => {
                let source = Source::Table { table: table.clone(), alias: alias.clone() };
                Ok(self.leaf(block, source, &rel.columns, Some(alias)))
            }
            Node::Values { rows, alias } => {
                let row = |row: &Vec<Expr>| row.iter().map(|e| self.resolve(e, &[])).collect();
                let rows = rows.iter().map(row).collect::<Result<_, Failure>>()?;
                let source = Source::Values { rows, alias: alias.clone() };
                Ok(self.leaf(block, source, &rel.columns, Some(alias)))
            }
            Node::Function { function, args, alias } => {
                let args = args.iter().map(|e| self.resolve(e, &[])).collect::<Result<_, _>>()?;
                let source = Source::Function { function, args, alias: alias.clone() };
                Ok(self.leaf(block, source, &rel.columns, Some(alias)))
            }
            Node::Filter { input, condition } if is_block(rel) => {
                let joins_from = block.joins.len();
                let part = self.flatten(block, input, padded)?;
                self.filter(block, condition, part, (joins_from, padded))
            }
            Node::Project { input, exprs } if super::rewrite::pull_up::merges(rel, padded) => {
                let part = self.flatten(block, input, padded)?;
                let outputs = exprs.iter().map(|expr| self.resolve(expr, &part.outputs));
                Ok(Part { outputs: outputs.collect::<Result<_, _>>()?, ..part })
            }
            Node::Join { kind, left, right, condition } => {
                self.flatten_join(block, *kind, (left, right), condition, padded)
            }
            Node::Subquery { input, alias } => {
                if super::rewrite::pull_up::merges(input, padded) {
                    self.rewrites.push(super::rewrite::PULL_UP_SUBQUERY);
                    return self.flatten(block, input, padded);
                }
                self.planned_leaf(block, input, &rel.columns, Some(alias))
            }
            Node::Cte { cte, alias } => {
                super::rewrite::cte::inline(cte)?;
                self.rewrites.push(super::rewrite::INLINE_CTE);
                if super::rewrite::pull_up::merges(&cte.rel, padded) {
                    return self.flatten(block, &cte.rel, padded);
                }
                self.planned_leaf(block, &cte.rel, &rel.columns, Some(alias))
            }
            _ => self.planned_leaf(block, rel, &rel.columns, None),
        }
    }

    /// A sub-query that is planned on its own.
    fn planned_leaf(
        &mut self,
        block: &mut Block,
        rel: &Rel,
        fields: &[Field],
        alias: Option<&String>,
    ) -> Result<Part, Failure> {
        if rel.is_correlated() {
            return Err(unsupported("correlated sub-queries that are not joins"));
        }
        let relation = self.level(rel, &Demand::default())?;
        let source = Source::Planned { relation, alias: alias.cloned() };
        Ok(self.leaf(block, source, fields, alias))
    }

    /// Adds a leaf with its columns and what is known of them.
    fn leaf(
        &mut self,
        block: &mut Block,
        source: Source,
        fields: &[Field],
        alias: Option<&String>,
    ) -> Part {
        self.scans += 1;
        let printed = |field: &Field| match alias {
            Some(alias) if self.prefixed => Some(format!("{alias}.{}", field.name)),
            _ => None,
        };
        let columns = fields.iter().map(|field| PlanColumn {
            name: field.name.clone(),
            qualifier: alias.cloned(),
            ty: field.ty,
            modifier: field.modifier,
            content: Content::Value,
            printed: printed(field),
        });
        let origins = super::scan::origins(&source, fields, self.scans);
        block.add(source, columns.collect(), origins)
    }

    /// WHERE: each conjunct restricts the part, or is a sub-query that becomes a join.
    pub(super) fn filter(
        &mut self,
        block: &mut Block,
        condition: &Expr,
        part: Part,
        (joins_from, padded): (usize, bool),
    ) -> Result<Part, Failure> {
        let factored = self.factored(condition);
        for conjunct in conjuncts(&factored) {
            if self.sub_query_join(block, conjunct, &part, joins_from)? {
                continue;
            }
            let resolved = self.resolve(conjunct, &part.outputs)?;
            for expr in conjuncts(&resolved) {
                if !matches!(expr, Expr::Constant(Value::Bool(true), _)) {
                    block.restrict(expr.clone(), part.leaves, joins_from, padded);
                }
            }
        }
        Ok(part)
    }

    /// The condition with what is common to the arms of its ORs beside them.
    fn factored<'e>(&mut self, condition: &'e Expr) -> Cow<'e, Expr> {
        match super::rewrite::factor::factored(condition) {
            Some(factored) => {
                self.rewrites.push(super::rewrite::FACTOR_OR);
                Cow::Owned(factored)
            }
            None => Cow::Borrowed(condition),
        }
    }

    fn flatten_join(
        &mut self,
        block: &mut Block,
        kind: JoinKind,
        (left, right): (&Rel, &Rel),
        condition: &Expr,
        padded: bool,
    ) -> Result<Part, Failure> {
        let joins_from = block.joins.len();
        match kind {
            JoinKind::Inner => {
                let a = self.flatten(block, left, padded)?;
                let b = self.flatten(block, right, padded)?;
                let outputs = [a.outputs, b.outputs].concat();
                let part = Part { outputs, leaves: a.leaves | b.leaves };
                self.filter(block, condition, part, (joins_from, padded))
            }
            JoinKind::Left => {
                let a = self.flatten(block, left, padded)?;
                self.outer_join(block, kind, a, right, condition, (joins_from, false))
            }
            JoinKind::Right => {
                // A RIGHT JOIN is a LEFT JOIN of the other side; the columns stay where they are.
                let b = self.flatten(block, right, padded)?;
                self.outer_join(block, JoinKind::Left, b, left, condition, (joins_from, true))
            }
            JoinKind::Full => {
                let a = self.flatten(block, left, true)?;
                self.outer_join(block, kind, a, right, condition, (joins_from, false))
            }
            JoinKind::Semi | JoinKind::Anti => {
                let a = self.flatten(block, left, padded)?;
                let outputs = a.outputs.clone();
                let part =
                    self.outer_join(block, kind, a, right, condition, (joins_from, false))?;
                Ok(Part { outputs, leaves: part.leaves })
            }
        }
    }

    /// A LEFT (or SEMI, ANTI) join of `left` with `right`. `swapped`: the condition sees the right columns first.
    fn outer_join(
        &mut self,
        block: &mut Block,
        kind: JoinKind,
        left: Part,
        right: &Rel,
        condition: &Expr,
        (joins_from, swapped): (usize, bool),
    ) -> Result<Part, Failure> {
        let right_joins_from = block.joins.len();
        let pads = matches!(kind, JoinKind::Left | JoinKind::Full);
        let left_leaves = left.leaves;
        let right = self.flatten(block, right, pads)?;
        let (a, b) = (left.outputs, right.outputs);
        let outputs = if swapped { [b, a].concat() } else { [a, b].concat() };
        let condition = self.factored(condition);
        let resolved = self.resolve(&condition, &outputs)?;
        let on = conjuncts(&resolved).into_iter().cloned().collect();
        self.add_join(block, kind, left_leaves, right.leaves, on, (joins_from, right_joins_from))?;
        Ok(Part { outputs, leaves: left_leaves | right.leaves })
    }

    /// Notes a join that may not move freely. What its condition asks of the right side alone is asked there.
    pub(super) fn add_join(
        &mut self,
        block: &mut Block,
        kind: JoinKind,
        left: Leaves,
        right: Leaves,
        on: Vec<Expr>,
        (joins_from, right_joins_from): (usize, usize),
    ) -> Result<(), Failure> {
        let mut conditions = vec![];
        let mut needs = 0;
        for expr in on {
            if matches!(expr, Expr::Constant(Value::Bool(true), _)) {
                continue;
            }
            let own = block.needs(&expr);
            if own != 0 && own & !right == 0 && kind != JoinKind::Full {
                block.restrict(expr, right, right_joins_from, true);
            } else {
                needs |= own;
                conditions.push(expr);
            }
        }
        // The leaves that the condition reads must have met, with the outer joins that make their columns; where it
        // reads nothing on the left, all of the left.
        if needs & !(left | right) != 0 {
            return Err(unsupported("correlated sub-queries that are not joins"));
        }
        let read = needs & left;
        let read = if read == 0 || kind == JoinKind::Full {
            left
        } else {
            block.waiting(read, joins_from) & left
        };
        block.joins.push(Join { kind, left: read, written_left: left, right, conditions });
        Ok(())
    }
}

/// An order over columns as one over variables; none if a column is computed.
fn over_variables(order: &[SortKey], outputs: &[Expr]) -> Vec<SortKey> {
    let variable = |key: &SortKey| match key.expr {
        Expr::Column { index, .. } => match outputs.get(index) {
            Some(expr @ Expr::Column { .. }) => Some(SortKey { expr: expr.clone(), ..key.clone() }),
            _ => None,
        },
        _ => None,
    };
    order.iter().map(variable).collect::<Option<_>>().unwrap_or_default()
}

/// The operands of nested conjunctions.
pub(super) fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::And(operands) => operands.iter().flat_map(conjuncts).collect(),
        other => vec![other],
    }
}

/// Whether merging an expression into the level above keeps its meaning: it is not volatile.
pub(super) fn may_move(expr: &Expr) -> bool {
    !safety::is_volatile(expr)
}
