//! The laws that make splits invisible.

use super::observe::{Sides, Witness, fold};
use super::term::Term;
use super::{Aggregate, Finding, Law, Part, Split, Undecodable};

/// `(a · b) · c ≡ a · (b · c)`: it does not matter which parts meet first. [law.associative]
pub fn combine_is_associative<A: Aggregate>(
    aggregate: &A,
    [a, b, c]: [&[A::Input]; 3],
    further: &[A::Input],
) -> Option<Finding> {
    let [x, y, z] = [a, b, c].map(|rows| fold(aggregate, rows));
    let left = join(aggregate, join(aggregate, x.clone(), &y), &z);
    let right = join(aggregate, x, &join(aggregate, y, &z));
    let law = Law::CombineIsAssociative;
    let names = ["(a · b) · c", "a · (b · c)"];
    let rows = &[a, b, c];
    Sides { law, states: [left, right], names, rows, further }.compare(aggregate, || {
        let [x, y, z] = [a, b, c].map(Term::rows);
        let left = Term::join(Term::join(x.clone(), y.clone()), z.clone());
        let right = Term::join(x, Term::join(y, z));
        Witness::with_terms(format!("a = {a:?}, b = {b:?}, c = {c:?}"), vec![left, right])
    })
}

/// `a · b ≡ b · a`: it does not matter which part arrives first. Nothing is asked where the order matters.
/// [law.commutative]
pub fn combine_is_commutative<A: Aggregate>(
    aggregate: &A,
    [a, b]: [&[A::Input]; 2],
    further: &[A::Input],
) -> Option<Finding> {
    if !aggregate.class().promises(Law::CombineIsCommutative) {
        return None;
    }
    let [x, y] = [a, b].map(|rows| fold(aggregate, rows));
    let states = [join(aggregate, x.clone(), &y), join(aggregate, y, &x)];
    let law = Law::CombineIsCommutative;
    let names = ["a · b", "b · a"];
    Sides { law, states, names, rows: &[a, b], further }.compare(aggregate, || {
        let join = |a, b| Term::join(Term::rows(a), Term::rows(b));
        Witness::with_terms(format!("a = {a:?}, b = {b:?}"), vec![join(a, b), join(b, a)])
    })
}

/// `init · a ≡ a ≡ a · init`, and `init · init ≡ init`: the initial value counts once, however many participants begin
/// with it. [law.unit]
pub fn init_is_a_unit<A: Aggregate>(
    aggregate: &A,
    a: &[A::Input],
    further: &[A::Input],
) -> Option<Finding> {
    let law = Law::InitIsAUnit;
    let check = |from_left: bool| {
        let (state, init) = (fold(aggregate, a), aggregate.init());
        let [first, second] = if from_left { [init, state] } else { [state, init] };
        let states = [join(aggregate, first, &second), fold(aggregate, a)];
        let names = [if from_left { "init · a" } else { "a · init" }, "a"];
        Sides { law, states, names, rows: &[a], further }.compare(aggregate, || {
            let (a_term, init) = (Term::rows(a), Term::rows(&[]));
            let term = if from_left { Term::join(init, a_term) } else { Term::join(a_term, init) };
            Witness::with_terms(format!("a = {a:?}"), vec![term])
        })
    };
    check(true).or_else(|| check(false))
}

/// Parts that saw no row, `before` and `after` the one that did, change nothing, whether they come as states or as
/// bytes. [law.empty]
pub fn empty_part_is_neutral<A: Aggregate>(
    aggregate: &A,
    rows: &[A::Input],
    [before, after]: [usize; 2],
) -> Option<Finding> {
    let all: Vec<usize> = (0..rows.len()).collect();
    let empty = |shipped| Part { split: Split::Rows(Vec::new()), shipped };
    [false, true].into_iter().find_map(|shipped| {
        let mut parts: Vec<Part> = (0..before).map(|_| empty(shipped)).collect();
        parts.push(Part { split: Split::Rows(all.clone()), shipped });
        parts.extend((0..after).map(|_| empty(shipped)));
        same_as_serial(aggregate, Law::EmptyPartIsNeutral, rows, &Split::Combine(parts))
    })
}

/// `a · (b + x) ≡ (a · b) + x`: combining with a state that took in one more row is the combination taking in that row; also
/// if the row is made a state by [`Aggregate::single`]. [law.absorption] [law.single]
///
/// With the unit law this is what a combine needs to be right; commutativity then makes the order of parts free.
pub fn combine_absorbs_a_row<A: Aggregate>(
    aggregate: &A,
    [a, b]: [&[A::Input]; 2],
    row: &A::Input,
    further: &[A::Input],
) -> Option<Finding> {
    let law = Law::CombineAbsorbsARow;
    let x = std::slice::from_ref(row);
    let [first, second] = [a, b].map(|rows| fold(aggregate, rows));
    let mut grown = second.clone();
    aggregate.update(&mut grown, row);
    let mut whole = join(aggregate, first.clone(), &second);
    aggregate.update(&mut whole, row);
    let states = [join(aggregate, first.clone(), &grown), whole];
    let names = ["a · (b + x)", "(a · b) + x"];
    let finding =
        Sides { law, states, names, rows: &[a, b, x], further }.compare(aggregate, || {
            let grown = Term::join(Term::rows(a), Term::rows(b).then(x));
            let whole = Term::join(Term::rows(a), Term::rows(b)).then(x);
            Witness::with_terms(format!("a = {a:?}, b = {b:?}, x = {row:?}"), vec![grown, whole])
        });
    finding.or_else(|| {
        let mut advanced = first.clone();
        aggregate.update(&mut advanced, row);
        let states = [join(aggregate, first, &aggregate.single(row)), advanced];
        let names = ["a · single(x)", "a + x"];
        Sides { law, states, names, rows: &[a, x], further }
            .compare(aggregate, || Witness::of(format!("a = {a:?}, x = {row:?}")))
    })
}

/// Any tree of parts gives the answer of one pass over all rows. [law.split]
pub fn split_is_invisible<A: Aggregate>(
    aggregate: &A,
    rows: &[A::Input],
    split: &Split,
) -> Option<Finding> {
    same_as_serial(aggregate, Law::SplitIsInvisible, rows, split)
}

/// Two states combined.
pub(super) fn join<A: Aggregate>(aggregate: &A, mut left: A::State, right: &A::State) -> A::State {
    aggregate.combine(&mut left, right);
    left
}

/// Whether the split gives the answer of one pass.
fn same_as_serial<A: Aggregate>(
    aggregate: &A,
    law: Law,
    rows: &[A::Input],
    split: &Split,
) -> Option<Finding> {
    let witness = || {
        let text = format!("rows = {rows:?}, split = {split}");
        Witness::with_terms(text, vec![Term::of_split(split, rows)])
    };
    match split.run(aggregate, rows) {
        Ok(state) => {
            let states = [state, fold(aggregate, rows)];
            let names = ["the split", "one pass"];
            Sides { law, states, names, rows: &[rows], further: &[] }.compare(aggregate, witness)
        }
        Err(Undecodable) => Some(witness().finding(aggregate, law, Undecodable.to_string(), &[])),
    }
}
