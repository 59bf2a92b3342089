//! The moving implementation of an aggregate that a user made: MSFUNC, MINVFUNC, MFINALFUNC.
//!
//! It has a state of its own and comes to a fold of its own, so it is a definition beside the plain one, without a combine
//! function. What it has more is the inverse: a function over values, or what a built-in machine does where the state is
//! internal. [agg.own.moving]

use super::{Definition, Step, intern, moving_of};
use crate::agg::moving::{self, Retract};
use crate::agg::{Aggregate, Machine, State, StateField};
use crate::error::SqlError;
use crate::value::Value;

/// The moving implementation: rows come in at one end of a frame and leave at the other. [law.inverse]
///
/// No plan runs it yet, as there is no WindowAgg; its law does.
#[derive(Clone, Debug, PartialEq)]
pub struct Moving {
    /// MSFUNC.
    pub transition: Step,
    /// MINVFUNC.
    pub inverse: Step,
    /// MFINALFUNC.
    pub finish: Option<Step>,
    /// MFINALFUNC_EXTRA.
    pub finish_extra: bool,
    /// MSTYPE, by its catalogue name.
    pub state_type: String,
    /// The fields of the state.
    pub fields: Vec<StateField>,
    /// MINITCOND as a state.
    pub initial: State,
}

impl Moving {
    /// Takes the oldest row out of a state; `false` where the inverse cannot, which a function says by NULL.
    ///
    /// # Errors
    /// What the inverse transition function raises.
    pub fn retract(&self, state: &mut State, row: &[Value]) -> Result<bool, SqlError> {
        match self.inverse {
            Step::Call(function) => {
                let inputs: Vec<Value> = state.iter().chain(row).cloned().collect();
                let left = function.call(&inputs)?;
                let is_known = !left.is_null();
                *state = vec![left];
                Ok(is_known)
            }
            // The plain machines have no inverse.
            Step::Machine(_) => Ok(false),
            Step::Moving(aggregate) => moving_of(aggregate).machine.retract(state, row),
        }
    }
}

impl Definition {
    /// The moving implementation as an aggregate of its own, which is not split.
    pub fn forward(&self) -> Option<&'static Aggregate> {
        self.moving.as_ref().map(|moving| intern(self.moved(moving)))
    }

    fn moved(&self, moving: &Moving) -> Definition {
        Definition {
            name: self.name.clone(),
            args: self.args.clone(),
            result: self.result,
            transition: moving.transition,
            combine: None,
            finish: moving.finish,
            finish_extra: moving.finish_extra,
            state_type: moving.state_type.clone(),
            fields: moving.fields.clone(),
            initial: moving.initial.clone(),
            parallel: self.parallel,
            splits: false,
            moving: None,
        }
    }
}

/// The moving implementation as a frame runs it.
struct Sliding {
    forward: Definition,
    moving: &'static Moving,
}

/// What a frame needs to run the moving implementation of a definition, if it has one.
pub(super) fn sliding(own: &'static Definition) -> Option<moving::Moving> {
    let moving = own.moving.as_deref()?;
    let machine: &'static Sliding =
        Box::leak(Box::new(Sliding { forward: own.moved(moving), moving }));
    Some(moving::Moving {
        state_type: &moving.state_type,
        state_fields: &moving.fields,
        strict: moving.transition.advances_strictly(),
        machine,
    })
}

impl Machine for Sliding {
    fn init(&self) -> State {
        self.forward.init()
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        self.forward.transition(state, args)
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        self.forward.combine(state, other)
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        if self.forward.final_strict() && Aggregate::is_null_state(state) {
            return Ok(Value::Null);
        }
        self.forward.finalize(state)
    }

    fn first(&self, args: &[Value]) -> State {
        self.forward.first(args)
    }
}

impl Retract for Sliding {
    fn retract(&self, state: &mut State, args: &[Value]) -> Result<bool, SqlError> {
        self.moving.retract(state, args)
    }
}
