//! Contracts of a [`GroupsAccumulator`].

use datafusion_common::arrow::array::{ArrayRef, BooleanArray};
use datafusion_common::{Result, ScalarValue};
use datafusion_expr_common::groups_accumulator::{EmitTo, GroupsAccumulator};

use super::single::{answers, runs};
use super::{Broken, Choices, Outcome, demand};
use crate::adapted::{Adapted, slice};
use crate::failure::attempt;
use crate::rows::Row;

/// Most groups that there are.
const GROUPS: usize = 3;

/// The groups of rows, numbered as they are met: DataFusion knows of no group without a row of it.
fn groups(rows: usize, choices: &mut Choices) -> Vec<usize> {
    let mut known = 0;
    let mut meet = |_| {
        let group = choices.below((known + 1).min(GROUPS));
        known = known.max(group + 1);
        group
    };
    (0..rows).map(&mut meet).collect()
}

/// How many groups are known after these rows.
fn known(groups: &[usize]) -> usize {
    groups.iter().map(|group| group + 1).max().unwrap_or(0)
}

/// The rows of one group, in order.
fn of(group: usize, rows: &[Row], groups: &[usize]) -> Vec<Row> {
    rows.iter().zip(groups).filter(|(_, g)| **g == group).map(|(row, _)| row.clone()).collect()
}

/// Demands the answers of groups: as many as there are groups, each that of its rows.
fn demand_groups(
    aggregate: &Adapted,
    answers: &[ScalarValue],
    expected: &[Vec<Row>],
    witness: impl Fn() -> String,
) -> Outcome {
    if answers.len() != expected.len() {
        let message = format!("{} answers for {} groups", answers.len(), expected.len());
        return Err(Broken::Found { message, witness: witness() });
    }
    answers.iter().zip(expected).enumerate().try_for_each(|(group, (answer, rows))| {
        demand(aggregate, rows, Ok(answer.clone()), || format!("{}, group {group}", witness()))
    })
}

/// Whether all groups can be answered for, serially; otherwise an error may come from any of them.
fn answerable(aggregate: &Adapted, expected: &[Vec<Row>]) -> bool {
    expected.iter().all(|rows| aggregate.serially(rows).is_ok())
}

/// Two batches; the second one may bring new groups.
fn update(
    life: &mut dyn GroupsAccumulator,
    columns: &[ArrayRef],
    groups: &[usize],
    cut: usize,
) -> Result<()> {
    for range in [0..cut, cut..groups.len()] {
        let total = known(&groups[..range.end]);
        life.update_batch(&slice(columns, &range), &groups[range.clone()], None, total)?;
    }
    Ok(())
}

pub(super) fn groups_are_apart(aggregate: &Adapted, rows: &[Row], mut choices: Choices) -> Outcome {
    // Without rows there are no groups, and nobody is asked about them.
    let Some(begin) = aggregate.groups.as_ref().filter(|_| !rows.is_empty()) else {
        return Ok(());
    };
    let columns = aggregate.columns(rows)?;
    let groups = groups(rows.len(), &mut choices);
    let cut = choices.below(rows.len() + 1);
    let expected: Vec<_> = (0..known(&groups)).map(|group| of(group, rows, &groups)).collect();
    if !answerable(aggregate, &expected) {
        return Ok(());
    }
    let direct = attempt(|| {
        let mut life = begin()?;
        update(&mut *life, &columns, &groups, cut)?;
        answers(&life.evaluate(EmitTo::All)?)
    })?;
    let text = || format!("rows = {rows:?}, groups = {groups:?}, second batch from {cut}");
    demand_groups(aggregate, &direct, &expected, text)?;
    let merged = attempt(|| {
        let mut life = begin()?;
        update(&mut *life, &columns, &groups, cut)?;
        let states = life.state(EmitTo::All)?;
        let mut whole = begin()?;
        let backwards: Vec<usize> = (0..known(&groups)).rev().collect();
        whole.merge_batch(&states, &backwards, backwards.len())?;
        answers(&whole.evaluate(EmitTo::All)?)
    })?;
    let expected: Vec<_> = expected.into_iter().rev().collect();
    demand_groups(aggregate, &merged, &expected, || format!("{}, merged backwards", text()))
}

/// True, false or NULL for each row.
fn filter(rows: usize, choices: &mut Choices) -> BooleanArray {
    (0..rows).map(|_| [Some(true), Some(false), None][choices.below(3)]).collect()
}

fn passes(filter: &BooleanArray, row: usize) -> bool {
    use datafusion_common::arrow::array::Array;
    filter.is_valid(row) && filter.value(row)
}

/// The rows of each group that pass the filter.
fn passing(rows: &[Row], groups: &[usize], filter: &BooleanArray) -> Vec<Vec<Row>> {
    let mut kept = vec![vec![]; known(groups)];
    for (place, row) in rows.iter().enumerate().filter(|(place, _)| passes(filter, *place)) {
        kept[groups[place]].push(row.clone());
    }
    kept
}

pub(super) fn filter_drops_rows(
    aggregate: &Adapted,
    rows: &[Row],
    mut choices: Choices,
) -> Outcome {
    let Some(begin) = &aggregate.groups else { return Ok(()) };
    let columns = aggregate.columns(rows)?;
    let filter = filter(rows.len(), &mut choices);
    let groups = groups(rows.len(), &mut choices);
    let expected = passing(rows, &groups, &filter);
    if !answerable(aggregate, &expected) {
        return Ok(());
    }
    let found = attempt(|| {
        let mut life = begin()?;
        life.update_batch(&columns, &groups, Some(&filter), known(&groups))?;
        answers(&life.evaluate(EmitTo::All)?)
    })?;
    demand_groups(aggregate, &found, &expected, || {
        let filter: Vec<_> = filter.iter().collect();
        format!("rows = {rows:?}, groups = {groups:?}, filter = {filter:?}")
    })
}

pub(super) fn first_groups_leave(
    aggregate: &Adapted,
    rows: &[Row],
    mut choices: Choices,
) -> Outcome {
    let Some(begin) = &aggregate.groups else { return Ok(()) };
    let columns = aggregate.columns(rows)?;
    let as_states = choices.below(2) == 1;
    let cut = choices.below(rows.len() + 1);
    let mut groups = groups(cut, &mut choices);
    if cut == 0 {
        return Ok(());
    }
    let before = known(&groups);
    let first = 1 + choices.below(before);
    // What comes later belongs to groups that have not left, or to new ones; their numbers go down.
    for _ in cut..rows.len() {
        let next = known(&groups).min(before + 1);
        groups.push(first + choices.below(next - first + 1));
    }
    let total = known(&groups);
    let mut expected: Vec<_> = (0..total).map(|group| of(group, rows, &groups)).collect();
    if !answerable(aggregate, &expected) {
        return Ok(());
    }
    let found = attempt(|| {
        let mut life = begin()?;
        life.update_batch(&slice(&columns, &(0..cut)), &groups[..cut], None, before)?;
        let mut found = if as_states {
            let states = life.state(EmitTo::First(first))?;
            let mut whole = begin()?;
            whole.merge_batch(&states, &(0..first).collect::<Vec<_>>(), first)?;
            answers(&whole.evaluate(EmitTo::All)?)?
        } else {
            answers(&life.evaluate(EmitTo::First(first))?)?
        };
        let moved: Vec<usize> = groups[cut..].iter().map(|group| group - first).collect();
        if cut < rows.len() {
            life.update_batch(&slice(&columns, &(cut..rows.len())), &moved, None, total - first)?;
        }
        found.extend(answers(&life.evaluate(EmitTo::All)?)?);
        // As good as new: all rows once more, in one group.
        life.update_batch(&columns, &vec![0; rows.len()], None, 1)?;
        found.extend(answers(&life.evaluate(EmitTo::All)?)?);
        Ok(found)
    });
    expected.push(rows.to_vec());
    if !answerable(aggregate, &expected) {
        return Ok(());
    }
    demand_groups(aggregate, &found?, &expected, || {
        let how = if as_states { "state" } else { "evaluate" };
        format!(
            "rows = {rows:?}, groups = {groups:?}, {how}(First({first})) after {cut} rows, then \
             evaluate(All), and then all rows again in one group more"
        )
    })
}

pub(super) fn rows_convert_to_states(
    aggregate: &Adapted,
    rows: &[Row],
    mut choices: Choices,
) -> Outcome {
    let Some(begin) = &aggregate.groups else { return Ok(()) };
    let columns = aggregate.columns(rows)?;
    let filtered = choices.below(2) == 1;
    let runs = runs(rows.len(), &mut choices);
    let groups = groups(rows.len(), &mut choices);
    let all = BooleanArray::from(vec![true; rows.len()]);
    let filter = if filtered { filter(rows.len(), &mut choices) } else { all };
    let expected = passing(rows, &groups, &filter);
    if !answerable(aggregate, &expected) {
        return Ok(());
    }
    let found = attempt(|| {
        let mut whole = begin()?;
        for run in &runs {
            let filter = filter.slice(run.start, run.len());
            let states =
                begin()?.convert_to_state(&slice(&columns, run), filtered.then_some(&filter))?;
            whole.merge_batch(&states, &groups[run.clone()], known(&groups[..run.end]))?;
        }
        answers(&whole.evaluate(EmitTo::All)?)
    })?;
    demand_groups(aggregate, &found, &expected, || {
        let filter: Vec<_> = filter.iter().collect();
        format!("rows = {rows:?}, slices = {runs:?}, groups = {groups:?}, filter = {filter:?}")
    })
}
