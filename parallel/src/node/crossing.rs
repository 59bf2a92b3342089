//! What crosses from a worker to its leader: a batch, and with it the transition states as bytes, if the schedule asks.
//!
//! Typed states cross as columns. As bytes they go through the aggregate's own serialize and deserialize, as PostgreSQL's
//! internal states do. [agg.serialize]

use spec::SqlError;
use spec::plan::{Content, PlanColumn};

use crate::batch::Batch;
use crate::column::Column;

/// What a worker sends.
#[derive(Debug)]
pub(crate) struct Parcel {
    /// The rows; without the columns that travel as bytes, if any do.
    batch: Batch,
    /// For each column of states: its states, one after the other.
    states: Option<Vec<Vec<Vec<u8>>>>,
}

impl Parcel {
    /// Packs a batch of these columns.
    pub fn pack(batch: Batch, columns: &[PlanColumn], as_bytes: bool) -> Parcel {
        let aggregates = || {
            columns.iter().enumerate().filter_map(|(i, column)| match column.content {
                Content::State(aggregate) => Some((i, aggregate)),
                Content::Value => None,
            })
        };
        if !as_bytes || aggregates().next().is_none() {
            return Parcel { batch, states: None };
        }
        let mut batch = batch.compact();
        let mut states = Vec::new();
        for (i, aggregate) in aggregates() {
            let serialize = |row| aggregate.machine.serialize(&batch.columns[i].state(row));
            states.push((0..batch.rows).map(serialize).collect());
        }
        let keep = |column: &PlanColumn| column.content == Content::Value;
        let mut wanted = columns.iter().map(keep);
        batch.columns.retain(|_| wanted.next() == Some(true));
        Parcel { batch, states: Some(states) }
    }

    /// The batch again, and how many states came as bytes.
    ///
    /// # Errors
    /// What deserialize raises.
    pub fn unpack(self, columns: &[PlanColumn]) -> Result<(Batch, u64), SqlError> {
        let Some(states) = self.states else { return Ok((self.batch, 0)) };
        let Batch { columns: values, rows, .. } = self.batch;
        let (mut values, mut states) = (values.into_iter(), states.into_iter());
        let (mut unpacked, mut crossed) = (Vec::with_capacity(columns.len()), 0);
        for column in columns {
            unpacked.push(match column.content {
                Content::Value => values.next().expect("a value column was kept"),
                Content::State(aggregate) => {
                    let bytes = states.next().expect("a column of states was packed");
                    crossed += bytes.len() as u64;
                    let read = |bytes: &Vec<u8>| aggregate.machine.deserialize(bytes);
                    let read = bytes.iter().map(read).collect::<Result<Vec<_>, _>>()?;
                    Column::from_states(aggregate.state_fields, read.iter())
                }
            });
        }
        Ok((Batch::new(unpacked, rows), crossed))
    }
}
