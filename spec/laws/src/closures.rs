//! Aggregates out of closures, for those who have functions and no wish for another trait.

#![allow(clippy::type_complexity, reason = "the signatures are those of the trait's methods")]

use std::cmp::Ordering;
use std::fmt::Debug;

use crate::{Aggregate, Class};

/// An aggregate made of closures; see [`from_closures`].
pub struct Closures<I, S, O> {
    init: Box<dyn Fn() -> S>,
    update: Box<dyn Fn(&mut S, &I)>,
    combine: Box<dyn Fn(&mut S, &S)>,
    finish: Box<dyn Fn(&S) -> O>,
    bytes: Option<Bytes<S>>,
    retract: Option<Box<dyn Fn(&mut S, &I) -> bool>>,
    agree: Option<Box<dyn Fn(&[I], &O, &O) -> bool>>,
    is_null: Option<Box<dyn Fn(&I) -> bool>>,
    compare: Option<Box<dyn Fn(&I, &I) -> Ordering>>,
    class: Class,
}

/// An encoding and its inverse.
struct Bytes<S> {
    encode: Box<dyn Fn(&S) -> Vec<u8>>,
    decode: Box<dyn Fn(&[u8]) -> Option<S>>,
}

/// An aggregate of four closures: the state before the first row, what a row does to it, what the state of another part does
/// to it, and the answer. More can be added by the methods of [`Closures`].
///
/// ```
/// use bothways_laws::{Law, Sample, from_closures};
///
/// let mean = from_closures(
///     || (0u32, 0i64),
///     |(count, sum), row: &i16| (*count, *sum) = (*count + 1, *sum + i64::from(*row)),
///     |(count, sum), other| (*count, *sum) = (*count + other.0, *sum + other.1),
///     |(count, sum)| (*count > 0).then(|| *sum as f64 / f64::from(*count)),
/// )
/// .retract(|(count, sum), row| {
///     (*count, *sum) = (*count - 1, *sum - i64::from(*row));
///     true
/// });
/// let sample = Sample { rows: vec![3, 5, 4], choices: vec![1, 2] };
/// assert!(Law::ALL.iter().all(|law| law.check(&mean, &sample).is_none()));
/// ```
pub fn from_closures<I, S, O>(
    init: impl Fn() -> S + 'static,
    update: impl Fn(&mut S, &I) + 'static,
    combine: impl Fn(&mut S, &S) + 'static,
    finish: impl Fn(&S) -> O + 'static,
) -> Closures<I, S, O> {
    Closures {
        init: Box::new(init),
        update: Box::new(update),
        combine: Box::new(combine),
        finish: Box::new(finish),
        bytes: None,
        retract: None,
        agree: None,
        is_null: None,
        compare: None,
        class: Class::AnyOrder,
    }
}

impl<I, S, O> Closures<I, S, O> {
    /// States travel as bytes; [`Aggregate::encode`] and [`Aggregate::decode`].
    pub fn bytes(
        mut self,
        encode: impl Fn(&S) -> Vec<u8> + 'static,
        decode: impl Fn(&[u8]) -> Option<S> + 'static,
    ) -> Self {
        self.bytes = Some(Bytes { encode: Box::new(encode), decode: Box::new(decode) });
        self
    }

    /// Rows can be taken out again; [`Aggregate::retract`].
    pub fn retract(mut self, retract: impl Fn(&mut S, &I) -> bool + 'static) -> Self {
        self.retract = Some(Box::new(retract));
        self
    }

    /// Answers agree that need not be equal; [`Aggregate::agree`].
    pub fn agree(mut self, agree: impl Fn(&[I], &O, &O) -> bool + 'static) -> Self {
        self.agree = Some(Box::new(agree));
        self
    }

    /// Some rows are NULL; [`Aggregate::is_null`].
    pub fn nulls(mut self, is_null: impl Fn(&I) -> bool + 'static) -> Self {
        self.is_null = Some(Box::new(is_null));
        self
    }

    /// Rows have an order; [`Aggregate::compare`].
    pub fn ordered(mut self, compare: impl Fn(&I, &I) -> Ordering + 'static) -> Self {
        self.compare = Some(Box::new(compare));
        self
    }

    /// How the answer may depend on order and split; [`Aggregate::class`].
    pub fn class(mut self, class: Class) -> Self {
        self.class = class;
        self
    }
}

impl<I, S, O> Aggregate for Closures<I, S, O>
where
    I: Clone + Debug,
    S: Clone + Debug,
    O: PartialEq + Debug,
{
    type Input = I;
    type State = S;
    type Output = O;

    fn init(&self) -> S {
        (self.init)()
    }

    fn update(&self, state: &mut S, input: &I) {
        (self.update)(state, input);
    }

    fn combine(&self, state: &mut S, other: &S) {
        (self.combine)(state, other);
    }

    fn finish(&self, state: &S) -> O {
        (self.finish)(state)
    }

    fn encode(&self, state: &S) -> Option<Vec<u8>> {
        self.bytes.as_ref().map(|bytes| (bytes.encode)(state))
    }

    fn decode(&self, bytes: &[u8]) -> Option<S> {
        self.bytes.as_ref().and_then(|known| (known.decode)(bytes))
    }

    fn class(&self) -> Class {
        self.class
    }

    #[expect(clippy::eq_op, reason = "whether a value equals itself is the question")]
    fn agree(&self, rows: &[I], left: &O, right: &O) -> bool {
        match &self.agree {
            Some(agree) => agree(rows, left, right),
            // Answers that do not equal themselves, as NaN does not, agree with one another.
            None => left == right || (left != left && right != right),
        }
    }

    fn retract(&self, state: &mut S, input: &I) -> bool {
        self.retract.as_ref().is_some_and(|retract| retract(state, input))
    }

    fn is_null(&self, input: &I) -> bool {
        self.is_null.as_ref().is_some_and(|is_null| is_null(input))
    }

    fn compare(&self, left: &I, right: &I) -> Option<Ordering> {
        self.compare.as_ref().map(|compare| compare(left, right))
    }
}
