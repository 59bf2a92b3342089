//! Combine trees as terms, and the first node of one where whole and parts differ.

use std::fmt::Debug;

use super::observe::{fold, go_on};
use super::{Aggregate, Part, Split};

/// A state as a law makes it: from rows, by combining, by taking in rows, by travelling as bytes.
#[derive(Clone, Debug)]
pub(super) enum Term<I> {
    /// The state after these rows.
    Rows(Vec<I>),
    /// The left state combined with the right one.
    Join(Box<Term<I>>, Box<Term<I>>),
    /// The state, and then these rows.
    Then(Box<Term<I>>, Vec<I>),
    /// The state, decoded from its bytes.
    Shipped(Box<Term<I>>),
}

/// A node of a term: the state there, or that its bytes are refused; the rows below it, and how it is written.
struct Node<S, I> {
    state: Option<S>,
    rows: Vec<I>,
    text: String,
}

impl<I: Clone + Debug> Term<I> {
    /// The state after these rows.
    pub(super) fn rows(rows: &[I]) -> Term<I> {
        Term::Rows(rows.to_vec())
    }

    /// Two states combined.
    pub(super) fn join(left: Term<I>, right: Term<I>) -> Term<I> {
        Term::Join(Box::new(left), Box::new(right))
    }

    /// A state that went as bytes.
    pub(super) fn shipped(self) -> Term<I> {
        Term::Shipped(Box::new(self))
    }

    /// A state that takes in rows.
    pub(super) fn then(self, rows: &[I]) -> Term<I> {
        Term::Then(Box::new(self), rows.to_vec())
    }

    /// What a split does, step by step.
    pub(super) fn of_split(split: &Split, rows: &[I]) -> Term<I> {
        match split {
            Split::Rows(places) => Term::Rows(places.iter().map(|i| rows[*i].clone()).collect()),
            Split::Combine(parts) => {
                let part = |Part { split, shipped }: &Part| match shipped {
                    true => Term::of_split(split, rows).shipped(),
                    false => Term::of_split(split, rows),
                };
                let start = Term::Rows(Vec::new());
                parts.iter().map(part).fold(start, Term::join)
            }
        }
    }

    /// The first node, from the leaves up and from left to right, whose state cannot be told to be that of one pass over
    /// the rows below it: it finishes otherwise, now or after some of the further rows. [law.witness]
    pub(super) fn first_difference<A>(&self, aggregate: &A, further: &[I]) -> Option<String>
    where
        A: Aggregate<Input = I>,
    {
        self.evaluate(aggregate, further).err()
    }

    fn evaluate<A>(&self, aggregate: &A, further: &[I]) -> Result<Node<A::State, I>, String>
    where
        A: Aggregate<Input = I>,
    {
        let node = match self {
            Term::Rows(rows) => {
                let text = if rows.is_empty() { "init".into() } else { format!("{rows:?}") };
                return Ok(Node { state: Some(fold(aggregate, rows)), rows: rows.clone(), text });
            }
            Term::Join(left, right) => {
                let mut left = left.evaluate(aggregate, further)?;
                let right = right.evaluate(aggregate, further)?;
                if let (Some(left), Some(right)) = (&mut left.state, &right.state) {
                    aggregate.combine(left, right);
                }
                left.rows.extend(right.rows);
                Node { text: format!("({} · {})", left.text, right.text), ..left }
            }
            Term::Then(term, rows) => {
                let mut node = term.evaluate(aggregate, further)?;
                node.state.iter_mut().for_each(|state| go_on(aggregate, state, rows));
                node.rows.extend_from_slice(rows);
                Node { text: format!("({} then {rows:?})", node.text), ..node }
            }
            Term::Shipped(term) => {
                let node = term.evaluate(aggregate, further)?;
                let state = node.state.and_then(|state| match aggregate.encode(&state) {
                    Some(bytes) => aggregate.decode(&bytes),
                    None => Some(state),
                });
                Node { state, text: format!("~{}", node.text), ..node }
            }
        };
        match node.difference(aggregate, further) {
            Some(difference) => Err(format!("{}: {difference}", node.text)),
            None => Ok(node),
        }
    }
}

impl<S: Clone, I: Clone + Debug> Node<S, I> {
    fn difference<A>(&self, aggregate: &A, further: &[I]) -> Option<String>
    where
        A: Aggregate<Input = I, State = S>,
    {
        let Some(state) = &self.state else {
            return Some("decode refuses what encode wrote".into());
        };
        let mut state = state.clone();
        let mut rows = self.rows.clone();
        for taken in 0..=further.len() {
            let ours = aggregate.finish(&state);
            let whole = aggregate.finish(&fold(aggregate, &rows));
            if !aggregate.agree(&rows, &ours, &whole) {
                let after = match taken {
                    0 => String::new(),
                    _ => format!(" (both after {:?} more)", &further[..taken]),
                };
                return Some(format!("{ours:?}, but {whole:?} in one pass{after}"));
            }
            if let Some(row) = further.get(taken) {
                aggregate.update(&mut state, row);
                rows.push(row.clone());
            }
        }
        None
    }
}
