//! Contracts that an [`Accumulator`](datafusion_expr_common::accumulator::Accumulator) has, some of them in one of many groups
//! as well.

use std::ops::Range;

use datafusion_common::ScalarValue;
use datafusion_common::arrow::array::{Array, ArrayRef};
use datafusion_common::arrow::datatypes::Field;

use super::{Broken, Choices, Outcome, demand, demand_alike};
use crate::adapted::{Adapted, Answer, slice, together};
use crate::failure::{Failure, attempt};
use crate::life::Life;
use crate::rows::Row;

/// Up to four runs that together are `0..rows`; runs may be empty.
pub(super) fn runs(rows: usize, choices: &mut Choices) -> Vec<Range<usize>> {
    let mut cuts: Vec<usize> = (0..choices.below(4)).map(|_| choices.below(rows + 1)).collect();
    cuts.extend([0, rows]);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

pub(super) fn any_slice_is_a_batch(
    aggregate: &Adapted,
    rows: &[Row],
    mut choices: Choices,
) -> Outcome {
    let columns = aggregate.columns(rows)?;
    let runs = runs(rows.len(), &mut choices);
    let answer = attempt(|| {
        let mut life = aggregate.begin()?;
        runs.iter().try_for_each(|run| life.update(&slice(&columns, run)))?;
        life.evaluate()
    });
    demand(aggregate, rows, answer, || format!("rows = {rows:?}, slices = {runs:?}"))
}

pub(super) fn states_merge_together(
    aggregate: &Adapted,
    rows: &[Row],
    mut choices: Choices,
) -> Outcome {
    let runs = runs(rows.len(), &mut choices);
    let columns = aggregate.columns(rows)?;
    let state_of = |run: &Range<usize>| -> Result<Vec<ArrayRef>, Failure> {
        attempt(|| {
            let mut life = aggregate.begin()?;
            if !run.is_empty() {
                life.update(&slice(&columns, run))?;
            }
            life.state()
        })
    };
    let states: Vec<_> = runs.iter().map(state_of).collect::<Result<_, _>>()?;
    // The state of all rows lies in front of them, and is sliced away.
    let mut all = vec![state_of(&(0..rows.len()))?];
    all.extend(states.iter().cloned());
    let merged = |batches: Vec<Vec<ArrayRef>>| -> Answer {
        attempt(|| {
            let mut life = aggregate.begin()?;
            batches.iter().try_for_each(|states| life.merge(states))?;
            life.evaluate()
        })
    };
    let together = attempt(|| together(&all))?;
    let batch = slice(&together, &(1..all.len()));
    let none = slice(&together, &(1..1));
    let one_by_one = merged(states);
    let witness = || format!("rows = {rows:?}, a state of each of {runs:?}");
    demand_alike(
        aggregate,
        rows,
        (merged(vec![batch.clone()]), "one call"),
        (one_by_one.clone(), "one call each"),
        witness,
    )?;
    demand_alike(
        aggregate,
        rows,
        (merged(vec![none.clone(), batch, none]), "with calls of no states around it, one call"),
        (one_by_one, "one call each"),
        witness,
    )
}

pub(super) fn evaluate_may_run_twice(aggregate: &Adapted, rows: &[Row]) -> Outcome {
    let Some(begin) = &aggregate.single else { return Ok(()) };
    let mut life = attempt(begin)?;
    for count in 0..=rows.len() {
        let taken = &rows[..count];
        if let Some(row) = taken.last() {
            let columns = aggregate.columns(std::slice::from_ref(row))?;
            if attempt(|| life.update(&columns)).is_err() {
                return Ok(());
            }
        }
        let fresh = attempt(|| {
            let mut fresh = begin()?;
            for row in taken {
                fresh
                    .update(&crate::rows::columns(&aggregate.inputs, std::slice::from_ref(row))?)?;
            }
            Life::evaluate(&mut fresh)
        });
        for call in ["evaluated after each row, it", "evaluated once more, it"] {
            let again = attempt(|| Life::evaluate(&mut life));
            let expected = (fresh.clone(), "evaluated at the end");
            demand_alike(aggregate, taken, (again, call), expected, || {
                format!("rows = {taken:?}")
            })?;
        }
    }
    Ok(())
}

pub(super) fn types_are_declared(aggregate: &Adapted, rows: &[Row]) -> Outcome {
    let live = |rows: &[Row]| {
        attempt(|| {
            let mut life = aggregate.begin()?;
            if !rows.is_empty() {
                life.update(&crate::rows::columns(&aggregate.inputs, rows)?)?;
            }
            Ok(life)
        })
    };
    for rows in [&[], rows] {
        // Rows that cannot be answered for have no types.
        let Ok(mut life) = live(rows) else { continue };
        if let (Some(fields), Ok(state)) = (&aggregate.states, attempt(|| life.state())) {
            let found: Vec<_> = state.iter().map(|array| array.data_type()).collect();
            let declared: Vec<_> = fields.iter().map(|field| field.data_type()).collect();
            let null = |(f, s): (&Field, &ArrayRef)| !f.is_nullable() && s.is_null(0);
            if found != declared || fields.iter().map(|f| &**f).zip(&state).any(null) {
                let message = format!("the state is {state:?}, declared as {fields:?}");
                return Err(Broken::Found { message, witness: format!("rows = {rows:?}") });
            }
        }
        let answer = live(rows).and_then(|mut life| attempt(|| life.evaluate()));
        if let (Some(declared), Ok(answer)) = (&aggregate.returns, answer)
            && answer.data_type() != *declared
        {
            let found = answer.data_type();
            let message = format!("the answer {answer:?} is {found}, declared as {declared}");
            return Err(Broken::Found { message, witness: format!("rows = {rows:?}") });
        }
    }
    Ok(())
}

pub(super) fn windows_slide(aggregate: &Adapted, rows: &[Row], mut choices: Choices) -> Outcome {
    let Some(begin) = &aggregate.sliding else { return Ok(()) };
    let mut life = attempt(begin)?;
    if !life.supports_retract_batch() {
        return Ok(());
    }
    let columns = aggregate.columns(rows)?;
    let mut window = 0..0;
    let mut windows = vec![];
    while window.end < rows.len() {
        let end = (window.end + 1 + choices.below(3)).min(rows.len());
        // A window has a row: DataFusion does not ask an accumulator about one that has none.
        let start = (window.start + choices.below(3)).min(end - 1);
        let [leaves, enters] = [window.start..start.min(window.end), window.end.max(start)..end];
        windows.push(start..end);
        let answer = attempt(|| {
            if !leaves.is_empty() {
                life.retract_batch(&slice(&columns, &leaves))?;
            }
            life.update_batch(&slice(&columns, &enters))?;
            Life::evaluate(&mut life)
        });
        let expected = aggregate.serially(&rows[start..end]);
        if expected.is_err() {
            return Ok(());
        }
        let so = (answer, "the window that slid there");
        let otherwise = (expected, "row by row, the rows of the last window");
        let witness = || format!("rows = {rows:?}, windows = {windows:?}");
        demand_alike(aggregate, &rows[start..end], so, otherwise, witness)?;
        window = start..end;
    }
    Ok(())
}

pub(super) fn size_counts_itself(aggregate: &Adapted, rows: &[Row]) -> Outcome {
    let Some(begin) = &aggregate.single else { return Ok(()) };
    let columns = aggregate.columns(rows)?;
    let mut life = attempt(begin)?;
    if attempt(|| life.update(&columns)).is_err() {
        return Ok(());
    }
    let [found, least] = [life.size(), size_of_val(&*life)];
    if found >= least {
        return Ok(());
    }
    let message = format!("size() says {found}, the accumulator alone takes {least} bytes");
    Err(Broken::Found { message, witness: format!("rows = {rows:?}") })
}

/// `parts` states are merged on the way; with one part the rows go in without a merge.
pub(super) fn both_answer_alike(aggregate: &Adapted, rows: &[Row], parts: usize) -> Outcome {
    let (Some(begin), Some(_)) = (&aggregate.single, &aggregate.groups) else { return Ok(()) };
    let columns = aggregate.columns(rows)?;
    let middle = if parts > 1 { rows.len() / 2 } else { rows.len() };
    let live = |new: &dyn Fn() -> datafusion_common::Result<Box<dyn Life>>| -> Answer {
        attempt(|| {
            if parts == 1 {
                let mut life = new()?;
                life.update(&columns)?;
                return life.evaluate();
            }
            let mut whole = new()?;
            for run in [0..middle, middle..rows.len()] {
                let mut part = new()?;
                part.update(&slice(&columns, &run))?;
                whole.merge(&part.state()?)?;
            }
            whole.evaluate()
        })
    };
    let single = live(&|| Ok(Box::new(begin()?)));
    let grouped = live(&|| aggregate.begin());
    let witness = || format!("rows = {rows:?}, in {parts} parts");
    demand_alike(aggregate, rows, (single, "Accumulator"), (grouped, "GroupsAccumulator"), witness)
}

/// The answers of an array, one a group.
pub(super) fn answers(array: &ArrayRef) -> datafusion_common::Result<Vec<ScalarValue>> {
    (0..array.len()).map(|place| ScalarValue::try_from_array(array, place)).collect()
}
