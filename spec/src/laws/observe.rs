//! What can be seen of states, and the comparison of two of them.

use super::term::Term;
use super::{Aggregate, Finding, Law};

/// The state after these rows.
pub(super) fn fold<A: Aggregate>(aggregate: &A, rows: &[A::Input]) -> A::State {
    let mut state = aggregate.init();
    go_on(aggregate, &mut state, rows);
    state
}

/// Takes in these rows too.
pub(super) fn go_on<A: Aggregate>(aggregate: &A, state: &mut A::State, rows: &[A::Input]) {
    for row in rows {
        aggregate.update(state, row);
    }
}

/// Two states of the same rows that a law says are the same.
pub(super) struct Sides<'a, A: Aggregate> {
    pub(super) law: Law,
    pub(super) states: [A::State; 2],
    /// What the two are, as formulas.
    pub(super) names: [&'static str; 2],
    /// The rows of both, in runs.
    pub(super) rows: &'a [&'a [A::Input]],
    /// Rows that may follow.
    pub(super) further: &'a [A::Input],
}

impl<A: Aggregate> Sides<'_, A> {
    /// Whether they finish alike, now and after each further row; if not, how they were made is written down.
    /// [law.state.observable]
    pub(super) fn compare(
        self,
        aggregate: &A,
        describe: impl FnOnce() -> Witness<A::Input>,
    ) -> Option<Finding> {
        let Sides { law, states: [mut left, mut right], names, rows, further } = self;
        let mut rows = rows.concat();
        let mut next = further.iter();
        loop {
            let answers = [aggregate.finish(&left), aggregate.finish(&right)];
            if !aggregate.agree(&rows, &answers[0], &answers[1]) {
                let taken = further.len() - next.len();
                let after = match taken {
                    0 => String::new(),
                    _ => format!(", each followed by {:?}", &further[..taken]),
                };
                let [ours, theirs] = &answers;
                let message =
                    format!("{} gives {ours:?}, {} gives {theirs:?}{after}", names[0], names[1]);
                return Some(describe().finding(aggregate, law, message, further));
            }
            let row = next.next()?;
            aggregate.update(&mut left, row);
            aggregate.update(&mut right, row);
            rows.push(row.clone());
        }
    }
}

/// How the states of a broken law were made.
pub(super) struct Witness<I> {
    /// The rows and how they were divided.
    pub(super) text: String,
    /// The combine trees, to be searched for the first node that differs from one pass.
    pub(super) terms: Vec<Term<I>>,
}

impl<I: Clone + std::fmt::Debug> Witness<I> {
    /// A witness without a tree.
    pub(super) fn of(text: String) -> Witness<I> {
        Witness { text, terms: Vec::new() }
    }

    /// A witness with trees.
    pub(super) fn with_terms(text: String, terms: Vec<Term<I>>) -> Witness<I> {
        Witness { text, terms }
    }

    /// The finding that this is the witness of.
    pub(super) fn finding<A: Aggregate<Input = I>>(
        self,
        aggregate: &A,
        law: Law,
        message: String,
        further: &[I],
    ) -> Finding {
        let node = self.terms.iter().find_map(|term| term.first_difference(aggregate, further));
        Finding { node, ..Finding::new(law, message, self.text) }
    }
}
