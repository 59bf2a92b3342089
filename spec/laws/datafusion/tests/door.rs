//! The macro over an accumulator that obeys everything, and over one whose faults are declared and so have to be found.

use bothways_laws_datafusion::{Adapted, datafusion_laws, inputs, rows};
use datafusion_common::arrow::array::{Array, ArrayRef, AsArray};
use datafusion_common::arrow::datatypes::{DataType, Int64Type};
use datafusion_common::{Result, ScalarValue};
use datafusion_expr_common::accumulator::Accumulator;

/// How many values are not NULL; with `FIRST` only the first state of a batch is merged, and the size is forgotten.
#[derive(Debug, Default)]
struct Present<const FIRST: bool>(i64);

impl<const FIRST: bool> Accumulator for Present<FIRST> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0 += (values[0].len() - values[0].null_count()) as i64;
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let counts = states[0].as_primitive::<Int64Type>().values();
        self.0 += counts.iter().take(if FIRST { 1 } else { counts.len() }).sum::<i64>();
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.0.into()])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.0.into())
    }

    fn size(&self) -> usize {
        if FIRST { 0 } else { size_of_val(self) }
    }
}

fn present<const FIRST: bool>() -> Adapted {
    let aggregate = Adapted::new(inputs([DataType::Utf8])).returns(DataType::Int64);
    aggregate.accumulator(|| Ok(Box::new(Present::<FIRST>::default())))
}

datafusion_laws! {
    name: obedient,
    aggregate: present::<false>(),
    input: rows(present::<false>().inputs()),
}

datafusion_laws! {
    name: faulty,
    aggregate: present::<true>(),
    input: rows(present::<true>().inputs()),
    fails: [BatchesAreInvisible: "only the first state of a batch is merged"],
    breaks: [
        StatesMergeTogether: "only the first state of a batch is merged",
        SizeCountsItself: "it says 0",
    ],
}
