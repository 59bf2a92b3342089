//! The state algebra of exact numbers: count, sum and sum of squares, kept as exact integers at a growing scale.
//!
//! This is PostgreSQL's `NumericAggState` and `Int128AggState` (`numeric.c`): what the two share can be seen from SQL, what
//! separates them cannot. Special values are counted and never enter a sum. All of it is addition of integers, so any
//! order and any split gives the same state. [agg.numeric.exact]
//!
//! ```text
//! fields        count  sum  [squares]  [nan  infinity  negative_infinity]
//! transition    a NULL state becomes all zeros, even for a NULL argument; then the argument's part is added
//! combine       field by field; a NULL state gives way to the other
//! finalize      specials decide; then  sum,  sum/count,  (count·squares - sum²) / (count·(count-1))
//! ```

use std::borrow::Cow;
use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

use super::exact::{number, numeric, quotient};
use super::moving::{Moving, Retract};
use super::{Machine, State, StateField, field};
use crate::error::SqlError;
use crate::value::{Numeric, Type, Value};

/// What is computed from the moments at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Sum,
    Average,
    Variance { sample: bool, root: bool },
}

/// The state machine over moments.
pub(super) struct Moments {
    /// Whether inputs can be NaN or infinite.
    pub specials: bool,
    pub answer: Answer,
}

pub(super) const INTEGER_SUM: &[StateField] =
    &[field("count", Type::Int8), field("sum", Type::Numeric)];
pub(super) const INTEGER_SQUARES: &[StateField] =
    &[field("count", Type::Int8), field("sum", Type::Numeric), field("squares", Type::Numeric)];
pub(super) const NUMERIC_SUM: &[StateField] = &[
    field("count", Type::Int8),
    field("sum", Type::Numeric),
    field("nan", Type::Int8),
    field("infinity", Type::Int8),
    field("negative_infinity", Type::Int8),
];
pub(super) const NUMERIC_SQUARES: &[StateField] = &[
    field("count", Type::Int8),
    field("sum", Type::Numeric),
    field("squares", Type::Numeric),
    field("nan", Type::Int8),
    field("infinity", Type::Int8),
    field("negative_infinity", Type::Int8),
];

/// Of a moving sum, and of moving squares: how many numbers have the largest scale. [agg.moving.scale]
pub(super) const MOVING_SUM: &[StateField] = &[
    field("count", Type::Int8),
    field("sum", Type::Numeric),
    field("nan", Type::Int8),
    field("infinity", Type::Int8),
    field("negative_infinity", Type::Int8),
    field("largest_scale", Type::Int8),
];
pub(super) const MOVING_SQUARES: &[StateField] = &[
    field("count", Type::Int8),
    field("sum", Type::Numeric),
    field("squares", Type::Numeric),
    field("nan", Type::Int8),
    field("infinity", Type::Int8),
    field("negative_infinity", Type::Int8),
    field("largest_scale", Type::Int8),
];

impl Moments {
    fn squares(&self) -> bool {
        matches!(self.answer, Answer::Variance { .. })
    }

    fn fields(&self) -> &'static [StateField] {
        match (self.specials, self.squares()) {
            (false, false) => INTEGER_SUM,
            (false, true) => INTEGER_SQUARES,
            (true, false) => NUMERIC_SUM,
            (true, true) => NUMERIC_SQUARES,
        }
    }

    fn zero(&self) -> State {
        let zero = |field: &StateField| match field.ty {
            Type::Numeric => Value::Numeric(Numeric::from_i128(0)),
            _ => Value::Int8(0),
        };
        self.fields().iter().map(zero).collect()
    }

    /// Where the counters of NaN, infinity and minus infinity begin.
    fn first_special(&self) -> usize {
        if self.squares() { 3 } else { 2 }
    }

    fn specials(&self, state: &State) -> [i64; 3] {
        let at = self.first_special();
        if self.specials { [0, 1, 2].map(|i| int8(&state[at + i])) } else { [0; 3] }
    }

    /// Takes an argument in (1) or out (-1); a NULL is neither.
    fn count(&self, state: &mut State, argument: &Value, sign: i64) {
        if argument.is_null() {
            return;
        }
        let special = self.first_special();
        match number(argument) {
            Numeric::Finite { coefficient, scale } => {
                bump(&mut state[0], sign);
                if self.squares() {
                    accumulate(&mut state[2], &(coefficient.pow(2) * sign), scale * 2);
                }
                accumulate(&mut state[1], &(coefficient * sign), scale);
            }
            Numeric::NaN => bump(&mut state[special], sign),
            Numeric::Infinity => bump(&mut state[special + 1], sign),
            Numeric::NegativeInfinity => bump(&mut state[special + 2], sign),
        }
    }

    fn variance(&self, state: &State, sample: bool, root: bool) -> Result<Value, SqlError> {
        let specials = self.specials(state).iter().sum::<i64>();
        let count = int8(&state[0]);
        if count + specials <= i64::from(sample) {
            return Ok(Value::Null);
        }
        if specials > 0 {
            return Ok(Value::Numeric(Numeric::NaN));
        }
        let n = BigInt::from(count);
        let (sum, scale) = parts(&state[1]);
        let (squares, scale_of_squares) = parts(&state[2]);
        debug_assert_eq!(scale_of_squares, scale * 2);
        let numerator = squares * &n - sum * sum;
        if numerator.sign() != Sign::Plus {
            return Ok(Value::Numeric(Numeric::from_i128(0)));
        }
        let divisor = &n * (&n - i64::from(sample));
        let variance = quotient(numerator, scale * 2, divisor)?;
        Ok(Value::Numeric(if root { rounded_root(variance) } else { variance }))
    }
}

impl Machine for Moments {
    fn init(&self) -> State {
        vec![Value::Null; self.fields().len()]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        if state[0].is_null() {
            *state = self.zero();
        }
        self.count(state, &args[0], 1);
        Ok(())
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        if other[0].is_null() {
            return Ok(());
        }
        if state[0].is_null() {
            state.clone_from(other);
            return Ok(());
        }
        for (mine, theirs) in state.iter_mut().zip(other) {
            match theirs {
                Value::Int8(count) => bump(mine, *count),
                theirs => {
                    let (coefficient, scale) = parts(theirs);
                    accumulate(mine, coefficient, scale);
                }
            }
        }
        Ok(())
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        if state[0].is_null() {
            return Ok(Value::Null);
        }
        if let Answer::Variance { sample, root } = self.answer {
            return self.variance(state, sample, root);
        }
        let count = int8(&state[0]);
        let (sum, scale) = parts(&state[1]);
        match self.specials(state) {
            [0, 0, 0] if count == 0 => Ok(Value::Null),
            [0, 0, 0] if self.answer == Answer::Sum => numeric(sum.clone(), scale),
            [0, 0, 0] => quotient(sum.clone(), scale, count.into()).map(Value::Numeric),
            [0, _, 0] => Ok(Value::Numeric(Numeric::Infinity)),
            [0, 0, _] => Ok(Value::Numeric(Numeric::NegativeInfinity)),
            _ => Ok(Value::Numeric(Numeric::NaN)),
        }
    }
}

/// The moving implementation over moments: a state that C alone can read, and functions that take NULLs.
pub(super) const fn moving(
    state_fields: &'static [StateField],
    machine: &'static dyn Retract,
) -> Moving {
    Moving { state_type: "internal", state_fields, strict: false, machine }
}

/// `int8_avg_accum_inv`, `int8_accum_inv` and the like: integers have no scale, and can always be taken out.
impl Retract for Moments {
    fn retract(&self, state: &mut State, args: &[Value]) -> Result<bool, SqlError> {
        self.count(state, &args[0], -1);
        Ok(true)
    }
}

/// Moments of numerics which know how many of them have the largest scale, in a last field. [agg.moving.scale]
///
/// The answer has the largest scale of the frame. Where the last number of that scale leaves and others stay, what the
/// largest one is now cannot be known (`do_numeric_discard` in `numeric.c`).
pub(super) struct MovingDecimals(pub Answer);

impl MovingDecimals {
    fn moments(&self) -> Moments {
        Moments { specials: true, answer: self.0 }
    }

    /// Runs a function of the moments on all fields but the last.
    fn with<T>(state: &mut State, body: impl FnOnce(&mut State) -> T) -> T {
        let largest = state.pop().expect("a field for the scale");
        let result = body(state);
        state.push(largest);
        result
    }
}

impl Machine for MovingDecimals {
    fn init(&self) -> State {
        [self.moments().init(), vec![Value::Null]].concat()
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        if state[0].is_null() {
            *state = [self.moments().zero(), vec![Value::Int8(0)]].concat();
        }
        if let Value::Numeric(Numeric::Finite { scale, .. }) = args[0] {
            let largest = parts(&state[1]).1;
            let last = state.last_mut().expect("a field for the scale");
            match scale.cmp(&largest) {
                Ordering::Less => (),
                Ordering::Equal => bump(last, 1),
                Ordering::Greater => *last = Value::Int8(1),
            }
        }
        MovingDecimals::with(state, |state| self.moments().transition(state, args))
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        let scales = [&*state, other].map(|state| match &state[1] {
            Value::Null => (0, 0),
            sum => (parts(sum).1, state.last().map_or(0, int8)),
        });
        let largest = scales[0].0.max(scales[1].0);
        let count = scales.iter().filter(|(scale, _)| *scale == largest).map(|(_, n)| n).sum();
        let other = other[..other.len() - 1].to_vec();
        MovingDecimals::with(state, |state| self.moments().combine(state, &other))?;
        if let (false, Some(last)) = (state[0].is_null(), state.last_mut()) {
            *last = Value::Int8(count);
        }
        Ok(())
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        self.moments().finalize(state)
    }
}

impl Retract for MovingDecimals {
    fn retract(&self, state: &mut State, args: &[Value]) -> Result<bool, SqlError> {
        if let Value::Numeric(Numeric::Finite { scale, .. }) = args[0] {
            let (largest, numbers) = (parts(&state[1]).1, int8(&state[0]));
            if scale == largest {
                match state.last().map_or(0, int8) {
                    ..=1 if largest > 0 && numbers > 1 => return Ok(false),
                    _ => bump(state.last_mut().expect("a field for the scale"), -1),
                }
            }
            if numbers == 1 {
                // No number is left, and with the last one its scale is gone; special values stay.
                let fields = if self.moments().squares() { 0..3 } else { 0..2 };
                state[fields.clone()].clone_from_slice(&self.moments().zero()[fields]);
                return Ok(true);
            }
        }
        MovingDecimals::with(state, |state| self.moments().count(state, &args[0], -1));
        Ok(true)
    }
}

/// `sqrt_var` at the scale of its argument: the truncated root, and one more in the last place beyond the half.
fn rounded_root(x: Numeric) -> Numeric {
    let Numeric::Finite { coefficient, scale } = x else { return x };
    let radicand = coefficient * BigInt::from(10).pow(scale.into());
    let root = radicand.sqrt();
    let remainder = radicand - &root * &root;
    let coefficient = if remainder > root { root + 1 } else { root };
    Numeric::Finite { coefficient, scale }
}

/// A counter of the state. Counters cannot overflow: they count rows.
fn int8(value: &Value) -> i64 {
    if let Value::Int8(count) = value { *count } else { 0 }
}

fn bump(counter: &mut Value, by: i64) {
    if let Value::Int8(count) = counter {
        *count = count.wrapping_add(by);
    }
}

/// The integer and the scale of an accumulator, which is finite always.
fn parts(value: &Value) -> (&BigInt, u16) {
    match value {
        Value::Numeric(Numeric::Finite { coefficient, scale }) => (coefficient, *scale),
        other => panic!("an accumulator is a finite numeric, not {other:?}"),
    }
}

/// Adds to an accumulator in place; the scale becomes the larger one.
fn accumulate(slot: &mut Value, by: &BigInt, by_scale: u16) {
    let Value::Numeric(Numeric::Finite { coefficient, scale }) = slot else {
        panic!("an accumulator is a finite numeric, not {slot:?}")
    };
    let ten_to = |places: u16| BigInt::from(10).pow(u32::from(places));
    let by = if by_scale < *scale {
        Cow::Owned(by * ten_to(*scale - by_scale))
    } else {
        Cow::Borrowed(by)
    };
    if by_scale > *scale {
        *coefficient *= ten_to(by_scale - *scale);
        *scale = by_scale;
    }
    *coefficient += by.as_ref();
}
