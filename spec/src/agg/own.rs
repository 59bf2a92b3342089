//! Aggregates that users make: `CREATE AGGREGATE` over functions of ours, of the built-in aggregates, and of their own.
//!
//! The definition is the meaning: the answer is the fold of the transition function over the rows. [law.split] A combine
//! function is a promise about that fold, so it has no part in the meaning; whether the promise is kept is what the judge
//! finds out.
//!
//! ```text
//! meaning   the folds of the rows in any order: all orders of a few rows, several orders of many
//! machine   the functions themselves, step by step; strictness is `Aggregate::advance` and `merge`, as for every aggregate
//! ```
//!
//! Plans hold `&'static Aggregate`, so an aggregate that is made lives as long as the process; the same definition again is
//! the same entry.

mod moving;
pub mod support;

use std::sync::Mutex;

use super::{Aggregate, LawClass, Machine, Meaning, State, StateField};
use crate::error::{SqlError, sqlstate};
use crate::expr::{Function, Safety};
use crate::value::{Row, Type, Value, order};
pub use moving::Moving;

/// A support function: one of `pg_proc` over values, or what a built-in aggregate's machine does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// A function over values: the state is one value.
    Call(&'static Function),
    /// The step of this aggregate's machine.
    Machine(&'static Aggregate),
    /// The step of the machine of this aggregate's moving implementation, which it has. [agg.moving]
    Moving(&'static Aggregate),
}

impl Step {
    /// Who does it, where that is not a function over values.
    fn machine(self) -> Result<&'static dyn Machine, &'static Function> {
        match self {
            Step::Call(function) => Err(function),
            Step::Machine(aggregate) => Ok(aggregate.machine),
            Step::Moving(aggregate) => Ok(moving_of(aggregate).machine),
        }
    }

    /// Whether it is strict as a transition function.
    pub fn advances_strictly(self) -> bool {
        match self {
            Step::Call(function) => function.strict,
            Step::Machine(aggregate) => aggregate.transition_strict,
            Step::Moving(aggregate) => moving_of(aggregate).strict,
        }
    }
}

/// The moving implementation of an aggregate whose support functions [`support`] lists.
fn moving_of(aggregate: &'static Aggregate) -> &'static super::moving::Moving {
    aggregate.moving.as_ref().expect("only an aggregate that moves has such a step")
}

/// What CREATE AGGREGATE said.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Argument types; `None` is "any".
    pub args: Vec<Option<Type>>,
    /// Result type.
    pub result: Type,
    /// SFUNC.
    pub transition: Step,
    /// COMBINEFUNC.
    pub combine: Option<Step>,
    /// FINALFUNC.
    pub finish: Option<Step>,
    /// FINALFUNC_EXTRA: the final function is given a NULL for each argument. [agg.final.extra]
    pub finish_extra: bool,
    /// STYPE, by its catalogue name.
    pub state_type: String,
    /// The fields of the state.
    pub fields: Vec<StateField>,
    /// INITCOND as a state; all NULL if there is none.
    pub initial: State,
    /// PARALLEL.
    pub parallel: Safety,
    /// Whether it may be split: a combine function, and bytes if the state is internal. [agg.own.internal]
    pub splits: bool,
    /// MSFUNC and its like.
    pub moving: Option<Box<Moving>>,
}

/// All orders of so many rows are tried; of more a few, so that an order that matters may go unseen. [agg.own.order]
const FEW: usize = 5;

impl Definition {
    /// Whether a support function is this one.
    pub fn calls(&self, is: impl Fn(&'static Function) -> bool) -> bool {
        let plain = [Some(self.transition), self.combine, self.finish];
        let moving = self
            .moving
            .as_ref()
            .map(|moving| [Some(moving.transition), Some(moving.inverse), moving.finish]);
        let mut steps = plain.into_iter().chain(moving.into_iter().flatten()).flatten();
        steps.any(|step| matches!(step, Step::Call(function) if is(function)))
    }

    /// The same with one of its functions replaced.
    pub fn with_replaced(&self, old: &'static Function, new: &'static Function) -> Definition {
        let function = |function| if function == old { new } else { function };
        let step = |step| match step {
            Step::Call(called) => Step::Call(function(called)),
            machine => machine,
        };
        Definition {
            transition: step(self.transition),
            combine: self.combine.map(step),
            finish: self.finish.map(step),
            moving: self.moving.as_ref().map(|moving| {
                Box::new(Moving {
                    transition: step(moving.transition),
                    inverse: step(moving.inverse),
                    finish: moving.finish.map(step),
                    ..Moving::clone(moving)
                })
            }),
            ..self.clone()
        }
    }

    fn transition_strict(&self) -> bool {
        self.transition.advances_strictly()
    }

    fn combine_strict(&self) -> bool {
        match self.combine {
            Some(Step::Call(function)) => function.strict,
            Some(Step::Machine(aggregate)) => aggregate.combine_strict,
            Some(Step::Moving(_)) | None => false,
        }
    }

    fn final_strict(&self) -> bool {
        match self.finish {
            Some(Step::Call(function)) => function.strict,
            Some(Step::Machine(aggregate)) => aggregate.final_strict,
            // Of a state that saw no row they all answer NULL, strict or not.
            Some(Step::Moving(_)) | None => false,
        }
    }

    /// What the rows may give: the fold in this order, or in any.
    pub(super) fn meaning(&self, rows: &[Row], ordered: bool) -> Meaning {
        if ordered || rows.len() < 2 {
            return Meaning::of(self.fold(rows.iter()));
        }
        let orders = if rows.len() <= FEW { all_orders(rows.len()) } else { some_orders(rows) };
        let answers = orders.iter().map(|order| self.fold(order.iter().map(|&row| &rows[row])));
        agreed(answers)
    }

    /// The fold of the transition function, by the manual's rules for NULL and for strict functions.
    fn fold<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Result<Value, SqlError> {
        let is_strict = self.transition_strict();
        let mut state = self.initial.clone();
        for row in rows {
            let has_value = !Aggregate::is_null_state(&state);
            if is_strict && row.iter().any(Value::is_null) {
                continue;
            }
            if is_strict && !has_value {
                state = self.first(row);
                continue;
            }
            self.transition(&mut state, row)?;
        }
        if self.final_strict() && Aggregate::is_null_state(&state) {
            return Ok(Value::Null);
        }
        self.finalize(&state)
    }
}

/// What answers in several orders come to: one value, errors beside it, or no statement at all.
fn agreed(answers: impl Iterator<Item = Result<Value, SqlError>>) -> Meaning {
    const DEPENDS: &str = "an aggregate that depends on the order of its input";
    let mut meaning: Option<Meaning> = None;
    let mut value: Option<Value> = None;
    for answer in answers {
        match answer {
            Err(error) => {
                let so_far = meaning.take();
                meaning = Some(match so_far {
                    Some(meaning) => meaning.or_error(error.sqlstate),
                    None => Meaning::error(error.sqlstate),
                });
            }
            Ok(answer) => match &value {
                None => {
                    let mut exactly = Meaning::exactly(answer.clone());
                    exactly.errors.extend(meaning.iter().flat_map(|so_far| &so_far.errors));
                    meaning = Some(exactly);
                    value = Some(answer);
                }
                Some(other) if *other == answer => {}
                Some(other) if order::not_distinct(other, &answer) && !answer.is_null() => {
                    let cell = crate::permitted::Cell::EqualTo(other.clone());
                    meaning = meaning.map(|so_far| Meaning { cell: Some(cell), ..so_far });
                }
                Some(_) => return Meaning::unable(DEPENDS),
            },
        }
    }
    meaning.unwrap_or_else(|| Meaning::unable(DEPENDS))
}

/// All orders of `n` rows.
fn all_orders(n: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![vec![]];
    for next in 0..n {
        let longer = |order: &Vec<usize>| {
            let insert = |at: usize| {
                let mut order = order.clone();
                order.insert(at, next);
                order
            };
            (0..=order.len()).map(insert).collect::<Vec<_>>()
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    orders
}

/// Orders that tell most functions apart: as it comes, backwards, sorted both ways, every other row first, halves exchanged.
fn some_orders(rows: &[Row]) -> Vec<Vec<usize>> {
    let n = rows.len();
    let given: Vec<usize> = (0..n).collect();
    let mut sorted = given.clone();
    sorted.sort_by_key(|&row| order::Key(rows[row].clone()));
    let backwards = |order: &[usize]| order.iter().rev().copied().collect::<Vec<_>>();
    let halves = given[n / 2..].iter().chain(&given[..n / 2]).copied().collect();
    let alternate = given.iter().step_by(2).chain(given.iter().skip(1).step_by(2));
    let alternate = alternate.copied().collect();
    vec![backwards(&given), backwards(&sorted), given, sorted, halves, alternate]
}

impl Machine for Definition {
    fn init(&self) -> State {
        self.initial.clone()
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        match self.transition.machine() {
            Ok(machine) => machine.transition(state, args),
            Err(function) => {
                let inputs: Vec<Value> = state.iter().chain(args).cloned().collect();
                *state = vec![function.call(&inputs)?];
                Ok(())
            }
        }
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        match self.combine.map(Step::machine) {
            Some(Ok(machine)) => machine.combine(state, other),
            Some(Err(function)) => {
                *state = vec![function.call(&[state[0].clone(), other[0].clone()])?];
                Ok(())
            }
            None => Err(SqlError::new(
                sqlstate::INTERNAL_ERROR,
                format!("aggregate {} has no combine function", self.name),
            )),
        }
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        match self.finish.map(Step::machine) {
            None => Ok(state[0].clone()),
            Some(Ok(machine)) => machine.finalize(state),
            Some(Err(function)) => {
                let extra = if self.finish_extra { self.args.len() } else { 0 };
                let mut inputs = vec![state[0].clone()];
                inputs.resize(1 + extra, Value::Null);
                function.call(&inputs)
            }
        }
    }

    fn first(&self, args: &[Value]) -> State {
        match self.transition.machine() {
            Ok(machine) => machine.first(args),
            Err(_) => vec![args[0].clone()],
        }
    }
}

/// Ordered-set aggregates that were made in this process, over which built-in ones.
static ORDERED: Mutex<Vec<(&'static Aggregate, &'static Aggregate)>> = Mutex::new(Vec::new());

/// An ordered-set aggregate under another name and label: the built-in one whose support functions it has.
/// [agg.own.ordered-set]
pub fn ordered_set(name: &str, base: &'static Aggregate, parallel: Safety) -> &'static Aggregate {
    let mut made = ORDERED.lock().expect("nobody panics while holding it");
    let same = |(one, over): &&(&'static Aggregate, &'static Aggregate)| {
        one.name == name && one.parallel == parallel && *over == base
    };
    if let Some((aggregate, _)) = made.iter().find(same) {
        return aggregate;
    }
    let aggregate: &'static Aggregate = Box::leak(Box::new(Aggregate {
        name: name.to_owned().leak(),
        args: base.args,
        result: base.result,
        parallel,
        machine: base.machine,
        ordered_set: base.ordered_set,
        ..super::ordered_set::ORDERED
    }));
    made.push((aggregate, base));
    aggregate
}

/// Every aggregate that was made in this process.
static MADE: Mutex<Vec<&'static Aggregate>> = Mutex::new(Vec::new());

/// The entry of a definition: the one that is there, or a new one.
pub fn intern(definition: Definition) -> &'static Aggregate {
    let mut made = MADE.lock().expect("nobody panics while holding it");
    if let Some(aggregate) = made.iter().find(|other| other.own == Some(&definition)) {
        return aggregate;
    }
    let own: &'static Definition = Box::leak(Box::new(definition));
    let aggregate: &'static Aggregate = Box::leak(Box::new(Aggregate {
        name: &own.name,
        args: &own.args,
        result: own.result,
        parallel: own.parallel,
        splits: own.splits,
        // Nobody has proved that the order does not matter: plans take it for deciding.
        law: LawClass::InputOrder,
        transition_strict: own.transition_strict(),
        combine_strict: own.combine_strict(),
        final_strict: own.final_strict(),
        state_type: &own.state_type,
        state_fields: &own.fields,
        machine: own,
        moving: moving::sliding(own),
        own: Some(own),
        ..super::BASE
    }));
    made.push(aggregate);
    aggregate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_orders_of_a_few_rows_are_tried() {
        let orders = all_orders(4);
        assert_eq!(orders.len(), 24);
        assert_eq!(orders.iter().collect::<std::collections::BTreeSet<_>>().len(), 24);
        assert_eq!(all_orders(0), [vec![0usize; 0]]);
    }

    #[test]
    fn answers_of_several_orders_must_agree() {
        let int = |x| Ok(Value::Int4(x));
        assert_eq!(agreed([int(1), int(1)].into_iter()), Meaning::exactly(Value::Int4(1)));
        assert!(agreed([int(1), int(2)].into_iter()).unable.is_some());
        let error = || Err(SqlError::new(sqlstate::DIVISION_BY_ZERO, "division by zero"));
        let either = agreed([error(), int(1), error()].into_iter());
        assert!(either.admits(&int(1)) && either.admits(&error()) && !either.admits(&int(2)));
    }
}
