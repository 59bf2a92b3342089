//! The laws of good conduct: what combine, finish and batches leave as it was, and what errors and inverses mean.

use super::observe::{Sides, Witness, fold, go_on};
use super::splitting::join;
use super::term::Term;
use super::{Aggregate, Finding, Law, Split, Undecodable};

/// `decode(encode(a)) + x… ≡ a + x…` and `(a · b) + x… ≡ fold(a b x…)`: a state that was decoded or combined takes in further
/// rows. [law.continuation]
///
/// PostgreSQL asks this of states that were combined below a merge, and of nothing that travelled; engines that spill, or
/// that resume a stored state, ask it of both.
pub fn states_continue<A: Aggregate>(
    aggregate: &A,
    [a, b]: [&[A::Input]; 2],
    further: &[A::Input],
) -> Option<Finding> {
    let law = Law::StatesContinue;
    let combined = join(aggregate, fold(aggregate, a), &fold(aggregate, b));
    let [x, y] = [a, b].map(Term::rows);
    let mut cases = vec![(combined, ["a · b", "a then b"], [a, b], Term::join(x, y))];
    let state = fold(aggregate, a);
    if let Some(decoded) = aggregate.encode(&state).and_then(|bytes| aggregate.decode(&bytes)) {
        let term = Term::rows(a).shipped();
        cases.push((decoded, ["decode(encode(a))", "a"], [a, &[]], term));
    }
    cases.into_iter().find_map(|(state, names, rows, term)| {
        let whole = fold(aggregate, &rows.concat());
        let text = || format!("a = {a:?}, b = {b:?}, further = {further:?}");
        Sides { law, states: [state, whole], names, rows: &rows, further }
            .compare(aggregate, || Witness::with_terms(text(), vec![term.then(further)]))
    })
}

/// Combine leaves the right state as it was, and shares nothing with it: it finishes and encodes as before, takes in further
/// rows as before, and neither side sees what happens to the other. [law.purity.combine]
pub fn combine_is_pure<A: Aggregate>(
    aggregate: &A,
    [a, b]: [&[A::Input]; 2],
    further: &[A::Input],
) -> Option<Finding> {
    let law = Law::CombineIsPure;
    let (both, second) = ([a, b], [b]);
    let text = || format!("a = {a:?}, b = {b:?}, further = {further:?}");
    let sides = |states, names, rows, further| {
        Sides { law, states, names, rows, further }.compare(aggregate, || Witness::of(text()))
    };
    // The left side changes after the combine: the right one must not see it.
    let (mut left, right) = (fold(aggregate, a), fold(aggregate, b));
    let before = aggregate.encode(&right);
    aggregate.combine(&mut left, &right);
    let after = aggregate.encode(&right);
    if before != after {
        let show = |bytes: Option<Vec<u8>>| bytes.map_or("nothing".into(), |b| format!("{b:02x?}"));
        let message =
            format!("combine changes the bytes of b from {} to {}", show(before), show(after));
        return Some(Finding::new(law, message, text()));
    }
    go_on(aggregate, &mut left, further);
    let names = ["b after a · b went on", "b"];
    let finding = sides([right, fold(aggregate, b)], names, &second, further);
    finding.or_else(|| {
        // And the other way round; the states are new ones, as those above have changed.
        let (mut left, mut right) = (fold(aggregate, a), fold(aggregate, b));
        aggregate.combine(&mut left, &right);
        go_on(aggregate, &mut right, further);
        let whole = join(aggregate, fold(aggregate, a), &fold(aggregate, b));
        sides([left, whole], ["a · b after b went on", "a · b"], &both, &[])
    })
}

/// `finish` may run twice, and rows may follow it: it consumes nothing. [law.purity.finish]
pub fn finish_is_pure<A: Aggregate>(
    aggregate: &A,
    a: &[A::Input],
    further: &[A::Input],
) -> Option<Finding> {
    let law = Law::FinishIsPure;
    let text = || Witness::of(format!("a = {a:?}, further = {further:?}"));
    let state = fold(aggregate, a);
    let answers = [aggregate.finish(&state), aggregate.finish(&state)];
    if !aggregate.agree(a, &answers[0], &answers[1]) {
        let message = format!("it gives {:?}, and then {:?}", answers[0], answers[1]);
        return Some(Finding::new(law, message, text().text));
    }
    let names = ["a, finished before", "a"];
    Sides { law, states: [state, fold(aggregate, a)], names, rows: &[a], further }
        .compare(aggregate, text)
}

/// `a · b` still works when `b` is gone: dropped, and its memory overwritten ([`Aggregate::poison`]). [law.survival]
pub fn combined_state_survives<A: Aggregate>(
    aggregate: &A,
    [a, b]: [&[A::Input]; 2],
    further: &[A::Input],
) -> Option<Finding> {
    let law = Law::CombinedStateSurvives;
    let mut left = fold(aggregate, a);
    let mut right = fold(aggregate, b);
    aggregate.combine(&mut left, &right);
    aggregate.poison(&mut right);
    drop(right);
    // Something else moves into the place that has become free.
    let mut intruder = aggregate.init();
    go_on(aggregate, &mut intruder, further);
    let whole = join(aggregate, fold(aggregate, a), &fold(aggregate, b));
    let names = ["a · b after b was dropped", "a · b"];
    Sides { law, states: [left, whole], names, rows: &[a, b], further }
        .compare(aggregate, || Witness::of(format!("a = {a:?}, b = {b:?}, further = {further:?}")))
}

/// Rows in batches, cut anywhere and cut out of longer ones, are the rows one by one; states combined several at once are
/// the states one by one. [law.batch]
///
/// The slices `before`, `a`, `b` and `after` lie in one batch; `a` and `b` are taken out of its middle.
pub fn batches_are_invisible<A: Aggregate>(
    aggregate: &A,
    [before, a, b, after]: [&[A::Input]; 4],
) -> Option<Finding> {
    let law = Law::BatchesAreInvisible;
    let batch = [before, a, b, after].concat();
    let cuts = [before.len(), before.len() + a.len(), before.len() + a.len() + b.len()];
    let text =
        || Witness::of(format!("before = {before:?}, a = {a:?}, b = {b:?}, after = {after:?}"));
    let sides = |state, names, rows: &[&[A::Input]]| {
        let states = [state, fold(aggregate, &rows.concat())];
        Sides { law, states, names, rows, further: &[] }.compare(aggregate, text)
    };
    let mut sliced = aggregate.init();
    aggregate.update_batch(&mut sliced, &batch, cuts[0]..cuts[1]);
    aggregate.update_batch(&mut sliced, &batch, cuts[1]..cuts[2]);
    let finding = sides(sliced, ["two slices of a batch", "its rows one by one"], &[a, b]);
    finding
        .or_else(|| {
            let mut whole = aggregate.init();
            aggregate.update_batch(&mut whole, &batch, 0..batch.len());
            sides(whole, ["a whole batch", "its rows one by one"], &[&batch])
        })
        .or_else(|| {
            if !aggregate.class().promises(Law::SplitIsInvisible) {
                // Its states are never combined, one by one or at once.
                return None;
            }
            let states = [before, a, b, after].map(|rows| fold(aggregate, rows));
            let mut combined = aggregate.init();
            aggregate.combine_batch(&mut combined, &states, 1..3);
            let mut one_by_one = aggregate.init();
            states[1..3].iter().for_each(|state| aggregate.combine(&mut one_by_one, state));
            let names = ["a slice of a batch of states", "its states one by one"];
            let states = [combined, one_by_one];
            Sides { law, states, names, rows: &[a, b], further: &[] }.compare(aggregate, text)
        })
}

/// The same rows, divided and combined in the same way, give the same answer and the same bytes. [law.determinism]
///
/// Where a plan has every participant compute the same thing, their answers must not differ. "The same" is stricter here than
/// what the aggregate says of its answers: a rounding error is permitted, a different one in the next run is not.
pub fn runs_are_deterministic<A: Aggregate>(
    aggregate: &A,
    rows: &[A::Input],
    split: &Split,
) -> Option<Finding> {
    let text = || format!("rows = {rows:?}, split = {split}");
    let finding = |message| Some(Finding::new(Law::RunsAreDeterministic, message, text()));
    let (first, second) = match [(); 2].map(|()| split.run(aggregate, rows)) {
        [Ok(first), Ok(second)] => (first, second),
        // That bytes are refused is another law's finding; that they are refused once is this one's.
        [Err(Undecodable), Err(Undecodable)] => return None,
        _ => return finding("bytes are refused in one run and not in the other".into()),
    };
    let answers = [&first, &second].map(|state| aggregate.finish(state));
    if !same(&answers[0], &answers[1]) {
        let message = format!("one run gives {:?}, the next {:?}", answers[0], answers[1]);
        return finding(message);
    }
    let bytes = [&first, &second].map(|state| aggregate.encode(state));
    if bytes[0] != bytes[1] {
        let message = format!("one run encodes {:02x?}, the next {:02x?}", bytes[0], bytes[1]);
        return finding(message);
    }
    None
}

/// Equal, or neither equal to itself, as NaN is not.
#[expect(clippy::eq_op, reason = "whether a value equals itself is the question")]
pub(super) fn same<T: PartialEq>(left: &T, right: &T) -> bool {
    left == right || (left != left && right != right)
}

/// Where one pass and a split both return a value, the values agree; where one of them fails and the other does not, some
/// order of these rows may raise an error ([`Aggregate::may_fail`]). [law.errors]
///
/// Rows that cannot fail are for [`split_is_invisible`](super::split_is_invisible) alone. So an overflow is neither lost on the way (the parts fail alone, and their combination answers) nor kept when the total
/// fits, unless the aggregate is one whose errors depend on the order.
pub fn errors_are_lawful<A: Aggregate>(
    aggregate: &A,
    rows: &[A::Input],
    split: &Split,
) -> Option<Finding> {
    let parted = aggregate.finish(&split.run(aggregate, rows).ok()?);
    let serial = aggregate.finish(&fold(aggregate, rows));
    let failed = [&parted, &serial].map(|answer| aggregate.is_error(answer));
    let may_fail = || aggregate.may_fail(rows);
    let fault = match failed {
        [false, false] if may_fail() && !aggregate.agree(rows, &parted, &serial) => {
            "both return a value, but not one"
        }
        [true, false] if !may_fail() => "the split fails where no order of the rows may",
        [false, true] if !may_fail() => "one pass fails where no order of the rows may",
        _ => return None,
    };
    let message = format!("{fault}: the split gives {parted:?}, one pass {serial:?}");
    let witness = Witness::with_terms(
        format!("rows = {rows:?}, split = {split}"),
        vec![Term::of_split(split, rows)],
    );
    Some(witness.finding(aggregate, Law::ErrorsAreLawful, message, &[]))
}

/// `fold(a b) - a ≡ fold(b)`: the inverse of a moving aggregate takes the oldest rows out again, as if they had never come; it may
/// also say that it cannot. [law.inverse]
pub fn retract_undoes_update<A: Aggregate>(
    aggregate: &A,
    a: &[A::Input],
    b: &[A::Input],
    further: &[A::Input],
) -> Option<Finding> {
    let mut state = fold(aggregate, a);
    go_on(aggregate, &mut state, b);
    if !a.iter().all(|row| aggregate.retract(&mut state, row)) {
        return None;
    }
    let law = Law::RetractUndoesUpdate;
    let names = ["a then b, without a", "b"];
    Sides { law, states: [state, fold(aggregate, b)], names, rows: &[b], further }
        .compare(aggregate, || Witness::of(format!("a = {a:?}, b = {b:?}, further = {further:?}")))
}
