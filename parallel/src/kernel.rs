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

mod arithmetic;
mod call;
mod choice;
mod compare;
mod decimal;
mod leaf;
mod like;
mod logic;
mod number_cast;
mod operand;
mod rows;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_buffer::BooleanBuffer;
use spec::error::{SqlError, Unsupported};
use spec::expr::{CastMethod, Expr, Function, Volatility};
use spec::plan::PlanColumn;
use spec::value::{Modifier, Type, Value};

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
    pub(crate) fn count_shared(&self, rows: usize) {
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

/// A compiled expression. [expr.eval]
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

/// The conjunction of conditions, evaluated in order. [expr.condition]
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
        Ok(match self.mask(batch, context)? {
            Some(mask) => selection(batch, &mask),
            None => Selection::new(batch.row_numbers()),
        })
    }

    /// The batch with only the rows selected for which every condition is true; without a selection if that is all, and
    /// copied together if few are left.
    ///
    /// # Errors
    /// As [`Predicate::select`].
    pub fn filter(&self, batch: Batch, context: &Context) -> Result<Batch, SqlError> {
        let Some(mask) = self.mask(&batch, context)? else { return Ok(batch) };
        if batch.selection.is_none() && mask.count_set_bits() == batch.rows {
            return Ok(batch);
        }
        let selection = selection(&batch, &mask);
        Ok(batch.select(Some(selection)))
    }

    /// The rows for which every condition is true, selected or not; `None` if there are no conditions.
    fn mask(&self, batch: &Batch, context: &Context) -> Result<Option<BooleanBuffer>, SqlError> {
        let mut mask: Option<BooleanBuffer> = None;
        for conjunct in &self.conjuncts {
            let truth = match &mask {
                Some(mask) if conjunct.kernel.needs_selection() => {
                    conjunct.evaluate(&narrowed(batch, mask), context)?
                }
                _ => conjunct.evaluate(batch, context)?,
            };
            let holds = logic::Truth::of(&truth).holds;
            let narrower = mask.map_or(holds.clone(), |mask| &mask & &holds);
            if !narrower.has_true() {
                return Ok(Some(narrower));
            }
            mask = Some(narrower);
        }
        Ok(mask)
    }
}

/// The selected rows inside the mask.
fn selection(batch: &Batch, mask: &BooleanBuffer) -> Selection {
    Selection::new(match &batch.selection {
        None => indices(mask),
        Some(rows) => rows.iter().copied().filter(|&row| mask.value(row as usize)).collect(),
    })
}

/// The numbers of the bits that are set: whole words at a time where all are.
fn indices(mask: &BooleanBuffer) -> Vec<u32> {
    let mut indices = Vec::with_capacity(mask.count_set_bits());
    for (i, mut word) in mask.bit_chunks().iter_padded().enumerate() {
        let base = 64 * i as u32;
        if word == u64::MAX {
            indices.extend(base..base + 64);
            continue;
        }
        while word != 0 {
            indices.push(base + word.trailing_zeros());
            word &= word - 1;
        }
    }
    indices
}

/// The batch with only the selected rows inside the mask.
fn narrowed(batch: &Batch, mask: &BooleanBuffer) -> Batch {
    batch.select(Some(selection(batch, mask)))
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
    let all = |exprs: &[Expr]| exprs.iter().map(kernel).collect::<Result<Vec<_>, _>>();
    Ok(match expr {
        Expr::Column { index, .. } => Box::new(leaf::Input(*index)),
        Expr::Constant(value, ty) => Box::new(leaf::Constant(value.clone(), *ty)),
        Expr::Param { id, ty } => Box::new(leaf::Param(*id, *ty)),
        Expr::Call { .. } => call::compile(expr)?,
        Expr::And(operands) => Box::new(logic::Connective { operands: all(operands)?, any: false }),
        Expr::Or(operands) => Box::new(logic::Connective { operands: all(operands)?, any: true }),
        Expr::Not(operand) => Box::new(logic::Not(kernel(operand)?)),
        Expr::IsNull { operand, negated } => {
            Box::new(logic::IsNull { operand: kernel(operand)?, negated: *negated })
        }
        Expr::IsTruth { operand, truth, negated } => {
            Box::new(logic::IsTruth { operand: kernel(operand)?, truth: *truth, negated: *negated })
        }
        Expr::IsDistinct { equal, left, right, negated } if !volatile(expr) => {
            Box::new(logic::IsDistinct {
                equal: equality(equal, left, right)?,
                left: kernel(left)?,
                right: kernel(right)?,
                negated: *negated,
            })
        }
        Expr::NullIf { equal, left, right } if !volatile(expr) => {
            Box::new(choice::NullIf { equal: equality(equal, left, right)?, left: kernel(left)? })
        }
        Expr::Case { branches, otherwise, ty } => {
            let branch =
                |(condition, result): &(Expr, Expr)| Ok((kernel(condition)?, kernel(result)?));
            Box::new(choice::Case {
                branches: branches.iter().map(branch).collect::<Result<_, Unsupported>>()?,
                otherwise: kernel(otherwise)?,
                ty: *ty,
            })
        }
        Expr::Coalesce(args, ty) => Box::new(choice::Coalesce { args: all(args)?, ty: *ty }),
        Expr::AnyOf { function, operand, list, all: every, .. } if !volatile(expr) => {
            let test = |member: &Expr| equality(function, operand, member);
            let operands = list.iter().map(test).collect::<Result<Vec<_>, _>>()?;
            match operands.is_empty() {
                true => rows::compile(expr)?,
                false => Box::new(logic::Connective { operands, any: !every }),
            }
        }
        Expr::Cast {
            operand, to, modifier: Modifier::None, method: CastMethod::Relabel, ..
        } if (operand.ty() == Type::Bpchar) == (*to == Type::Bpchar) => kernel(operand)?,
        _ => rows::compile(expr)?,
    })
}

/// The kernel of `function(left, right)`.
fn equality(
    function: &'static Function,
    left: &Expr,
    right: &Expr,
) -> Result<Box<dyn Kernel>, Unsupported> {
    let written = [left.clone(), right.clone()];
    Ok(call::of_function(function, vec![kernel(left)?, kernel(right)?], &written))
}

/// Whether a second evaluation of an operand could differ from the first.
fn volatile(expr: &Expr) -> bool {
    let own = match expr {
        Expr::Call { function, .. } => function.volatility == Volatility::Volatile,
        _ => false,
    };
    own || expr.operands().into_iter().any(volatile)
}

#[cfg(test)]
mod tests;
