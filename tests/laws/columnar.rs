//! The columnar accumulators of `parallel` under the laws: batches are columns, and slices have offsets.

use std::cmp::Ordering;
use std::ops::Range;

use laws::{Aggregate, Catalogued, Class, Finding, Law};
use parallel::accumulate::{Accumulator, for_call};
use parallel::batch::Rows;
use parallel::column::Column;
use proptest::prelude::{Strategy, any};
use spec::agg;
use spec::{Row, SqlError, Type, Value};

use super::{SAMPLES, row};

/// The accumulator that `parallel` runs for an aggregate, between columns.
///
/// A state is what leaves an accumulator, as a row of its fields; to go on, a new accumulator takes it in.
struct Columnar(&'static agg::Aggregate);

impl Columnar {
    fn types(&self) -> Vec<Type> {
        self.0.args.iter().map(|ty| ty.unwrap_or(Type::Int4)).collect()
    }

    /// An accumulator that goes on from a state, after `then`; an error stays the state.
    fn go_on(
        &self,
        state: &mut Result<agg::State, SqlError>,
        then: impl FnOnce(&mut dyn Accumulator) -> Result<(), SqlError>,
    ) {
        let Ok(before) = &*state else { return };
        let mut accumulator = for_call(self.0, &self.types());
        accumulator.resize(1);
        let merged = accumulator.merge(None, &self.column([before].into_iter()), Rows::All(1));
        let done = merged.and_then(|()| then(&mut *accumulator));
        *state = done.map(|()| accumulator.states().state(0));
    }

    fn column<'a>(&self, states: impl ExactSizeIterator<Item = &'a agg::State>) -> Column {
        Column::from_states(self.0.state_fields, states)
    }
}

impl Aggregate for Columnar {
    type Input = Row;
    type State = Result<agg::State, SqlError>;
    type Output = Result<Value, SqlError>;

    fn init(&self) -> Self::State {
        let mut accumulator = for_call(self.0, &self.types());
        accumulator.resize(1);
        Ok(accumulator.states().state(0))
    }

    fn update(&self, state: &mut Self::State, input: &Row) {
        self.update_batch(state, std::slice::from_ref(input), 0..1);
    }

    fn update_batch(&self, state: &mut Self::State, batch: &[Row], rows: Range<usize>) {
        let argument = |(place, ty): (usize, &Type)| {
            let column = Column::from_values(*ty, batch.iter().map(|row| row[place].clone()));
            column.slice(rows.start, rows.len())
        };
        let args: Vec<Column> = self.types().iter().enumerate().map(argument).collect();
        self.go_on(state, |accumulator| accumulator.update(None, &args, Rows::All(rows.len())));
    }

    fn combine(&self, state: &mut Self::State, other: &Self::State) {
        self.combine_batch(state, std::slice::from_ref(other), 0..1);
    }

    fn combine_batch(&self, state: &mut Self::State, batch: &[Self::State], states: Range<usize>) {
        // An error ends the query, in whichever part it arises; it is no column's state.
        let error = batch[states.clone()].iter().find_map(|other| other.as_ref().err());
        if let Some(error) = error {
            *state = state.clone().and(Err(error.clone()));
            return;
        }
        // Where the batch goes on behind the slice, an initial state stands for one that is an error.
        let initial = self.init().unwrap_or_default();
        let all: Vec<&agg::State> =
            batch.iter().map(|other| other.as_ref().unwrap_or(&initial)).collect();
        let column = self.column(all.into_iter()).slice(states.start, states.len());
        let rows = Rows::All(states.len());
        self.go_on(state, |accumulator| accumulator.merge(None, &column, rows));
    }

    fn finish(&self, state: &Self::State) -> Self::Output {
        let state = state.clone()?;
        let mut accumulator = for_call(self.0, &self.types());
        accumulator.resize(1);
        accumulator.merge(None, &self.column([&state].into_iter()), Rows::All(1))?;
        accumulator.finish().map(|answers| answers.value(0))
    }

    fn encode(&self, state: &Self::State) -> Option<Vec<u8>> {
        Catalogued(self.0).encode(state)
    }

    fn decode(&self, bytes: &[u8]) -> Option<Self::State> {
        Catalogued(self.0).decode(bytes)
    }

    fn class(&self) -> Class {
        Catalogued(self.0).class()
    }

    fn agree(&self, rows: &[Row], left: &Self::Output, right: &Self::Output) -> bool {
        Catalogued(self.0).agree(rows, left, right)
    }

    fn is_null(&self, input: &Row) -> bool {
        Catalogued(self.0).is_null(input)
    }

    fn compare(&self, left: &Row, right: &Row) -> Option<Ordering> {
        Catalogued(self.0).compare(left, right)
    }

    fn is_error(&self, output: &Self::Output) -> bool {
        output.is_err()
    }

    fn may_fail(&self, rows: &[Row]) -> bool {
        Catalogued(self.0).may_fail(rows)
    }
}

fn find(law: Law, of: &'static agg::Aggregate) -> Option<Finding> {
    let rows = any::<u64>().prop_map(move |code| row(of, code));
    laws::proptest::check(law, &Columnar(of), rows, SAMPLES)
}

fn every_accumulator_keeps(law: Law) {
    for aggregate in super::one_of_each() {
        if let Some(finding) = find(law, aggregate) {
            panic!("{aggregate:?} {finding}");
        }
    }
}

#[test]
fn batches_are_invisible_to_columnar_accumulators() {
    spec::clauses!("law.batch");
    every_accumulator_keeps(Law::BatchesAreInvisible);
}

#[test]
fn splits_are_invisible_to_columnar_accumulators() {
    spec::clauses!("law.split");
    every_accumulator_keeps(Law::SplitIsInvisible);
}

#[test]
fn columnar_accumulators_absorb_rows_and_go_on() {
    spec::clauses!("law.absorption", "law.continuation");
    every_accumulator_keeps(Law::CombineAbsorbsARow);
    every_accumulator_keeps(Law::StatesContinue);
}

#[test]
fn columnar_accumulators_are_units_and_commute() {
    spec::clauses!("law.unit", "law.commutative", "law.empty");
    every_accumulator_keeps(Law::InitIsAUnit);
    every_accumulator_keeps(Law::CombineIsCommutative);
    every_accumulator_keeps(Law::EmptyPartIsNeutral);
}
