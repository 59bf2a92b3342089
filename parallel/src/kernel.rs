//! Compiled expressions: one kernel per operation, each a loop over whole columns.
//!
//! ```text
//! compile    an Expr becomes a tree of kernels, once per query and participant
//! evaluate   a batch gives a column aligned to all its rows; unselected rows are unspecified and raise nothing
//! select     conjuncts narrow a selection, one after the other
//! ```
//!
//! A kernel that cannot raise works on all rows at once, selected or not. One that can works on all rows as well and
//! looks back only if something was wrong: then the rows are visited one by one, and the first selected culprit raises.
//! A function without a kernel is called row by row through spec and counted ([`Context::shared_evaluations`]).

mod rows;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use spec::error::{SqlError, Unsupported};
use spec::expr::Expr;
use spec::plan::PlanColumn;
use spec::value::{Type, Value};

use crate::batch::{Batch, Selection};
use crate::column::Column;

/// What evaluation needs besides the batch. One per participant.
#[derive(Debug, Default)]
pub struct Context {
    /// The values of the InitPlans, by number.
    pub params: Arc<BTreeMap<usize, Value>>,
    /// Rows that were evaluated through spec because no kernel knows the operation: shared with `reference`.
    pub shared_evaluations: Cell<u64>,
    /// The state of `random()`.
    random: Cell<u64>,
}

impl Context {
    /// A context with these InitPlan values, whose `random()` follows this seed.
    pub fn new(params: Arc<BTreeMap<usize, Value>>, seed: u64) -> Context {
        Context { params, shared_evaluations: Cell::new(0), random: Cell::new(seed) }
    }

    /// The next value of `random()`, in 0 ≤ x < 1 (splitmix64: any seed will do).
    pub fn random(&self) -> f64 {
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        let mut bits = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Counts rows that went through spec.
    fn count_shared(&self, rows: usize) {
        self.shared_evaluations.set(self.shared_evaluations.get() + rows as u64);
    }
}

/// One operation over columns.
trait Kernel: Send + Sync + std::fmt::Debug {
    /// A column aligned to the batch's rows; errors of unselected rows do not arise.
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError>;

    /// Whether some row could raise an error, or evaluation is costly or volatile: then unselected rows must be left out.
    fn needs_selection(&self) -> bool;
}

/// A compiled expression. [expr.compile]
#[derive(Debug)]
pub struct Expression {
    kernel: Box<dyn Kernel>,
    ty: Type,
}

impl Expression {
    /// Compiles `expr` over rows of the columns `input`.
    ///
    /// # Errors
    /// [`Unsupported`] for sub-queries and correlated references: the planner has to have removed them.
    pub fn compile(expr: &Expr, input: &[PlanColumn]) -> Result<Expression, Unsupported> {
        let _ = input;
        Ok(Expression { kernel: kernel(expr)?, ty: expr.ty() })
    }

    /// The type of its values.
    pub fn ty(&self) -> Type {
        self.ty
    }

    /// The values for a batch, aligned to all its rows; entries of unselected rows are unspecified.
    ///
    /// # Errors
    /// What a selected row raises.
    pub fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        self.kernel.evaluate(batch, context)
    }
}

/// The conjunction of conditions, evaluated in order. [expr.filter]
#[derive(Debug)]
pub struct Predicate {
    conjuncts: Vec<Expression>,
}

impl Predicate {
    /// Compiles the conditions over rows of the columns `input`.
    ///
    /// # Errors
    /// As [`Expression::compile`].
    pub fn compile(conditions: &[Expr], input: &[PlanColumn]) -> Result<Predicate, Unsupported> {
        let mut flat = vec![];
        conditions.iter().for_each(|condition| flatten(condition, &mut flat));
        let compile = |condition: &&Expr| Expression::compile(condition, input);
        Ok(Predicate { conjuncts: flat.iter().map(compile).collect::<Result<_, _>>()? })
    }

    /// The selected rows for which every condition is true.
    ///
    /// # Errors
    /// What a row raises that was selected and for which the conditions before are true.
    pub fn select(&self, batch: &Batch, context: &Context) -> Result<Selection, SqlError> {
        let mut narrowed = batch.clone();
        for conjunct in &self.conjuncts {
            let truth = conjunct.evaluate(&narrowed, context)?;
            let mut rows = vec![];
            narrowed.selected().for_each(|row| {
                if matches!(truth.value(row), Value::Bool(true)) {
                    rows.push(row as u32);
                }
            });
            narrowed.selection = Some(Selection::new(rows));
        }
        Ok(narrowed.selection.unwrap_or_else(|| Selection::new((0..batch.rows as u32).collect())))
    }
}

/// The operands of nested conjunctions, in order.
fn flatten<'a>(condition: &'a Expr, conjuncts: &mut Vec<&'a Expr>) {
    match condition {
        Expr::And(operands) => operands.iter().for_each(|operand| flatten(operand, conjuncts)),
        other => conjuncts.push(other),
    }
}

/// The kernel of an expression.
fn kernel(expr: &Expr) -> Result<Box<dyn Kernel>, Unsupported> {
    rows::compile(expr)
}
