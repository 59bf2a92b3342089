//! `Hash Join`: builds a table of the inner rows, then probes it with the outer rows.
//!
//! Each participant builds a table of its own from the whole inner side. NULL keys match nothing. [join.key.null]

use spec::SqlError;
use spec::query::JoinKind;

use super::hash_sides::Sides;
use super::{Executor, Pull, Pulled, pull_or_return};
use crate::batch::{BATCH_ROWS, Batch, Selection};
use crate::fault::Fault;
use crate::join::{HashTable, Pairs, Probe};
use crate::runtime::Participant;

/// Joins each outer batch with its partners.
pub(crate) struct HashJoin<'p> {
    sides: Sides<'p>,
    table: Option<HashTable>,
    probe: Probe,
    pairs: Pairs,
    /// The outer batch at hand.
    current: Option<Batch>,
    done: bool,
}

impl<'p> HashJoin<'p> {
    pub fn new(sides: Sides<'p>) -> HashJoin<'p> {
        let (probe, pairs) = (Probe::default(), Pairs::default());
        HashJoin { sides, table: None, probe, pairs, current: None, done: false }
    }

    /// Makes the table, once the inner side is read.
    fn make_table(&mut self, me: &Participant<'p>) -> Result<(), SqlError> {
        let inner = self.sides.inner.take();
        self.sides.matches.begin(inner.rows);
        if me.execution.plants(Fault::UnmatchedInnerRowsPerParticipant)
            && me.number > 0
            && self.sides.matches.kind == JoinKind::Left
        {
            self.sides.matches.keep_inner(inner.rows);
        }
        let keys = self.sides.inner_keys.evaluate(&inner, me)?;
        self.table = Some(HashTable::build(&keys, inner));
        Ok(())
    }

    /// Looks up the keys of an outer batch.
    fn begin_batch(&mut self, batch: Batch, me: &Participant<'p>) -> Result<(), SqlError> {
        let table = self.table.as_ref().expect("it is made before the first probe");
        let keys = self.sides.outer_keys.evaluate(&batch, me)?;
        table.probe(&keys, &batch, &mut self.probe);
        self.sides.matches.begin_batch(batch.rows);
        self.current = Some(batch);
        Ok(())
    }

    /// The next rows that the outer batch at hand gives; without any left, it is put away.
    fn next_of_batch(&mut self, me: &Participant<'p>) -> Result<Option<Batch>, SqlError> {
        let outer = self.current.as_ref().expect("it is at hand");
        if self.sides.matches.decided_by_key() {
            let matched = self.sides.matches.kind == JoinKind::Semi;
            let chosen = self.probe.select(outer.selected(), matched);
            let outer = self.current.take().expect("it is at hand");
            let all = chosen.len() == outer.rows;
            let selection = (!all).then(|| Selection::new(chosen));
            return Ok(Some(Batch { selection, ..outer }).filter(|batch| !batch.is_empty()));
        }
        let table = self.table.as_ref().expect("it is made before the first probe");
        while table.pairs(outer, &mut self.probe, BATCH_ROWS, &mut self.pairs) {
            let Pairs { outer: outer_rows, inner: inner_rows } = &self.pairs;
            if outer_rows.is_empty() {
                continue;
            }
            let joined =
                self.sides.matches.join(outer, outer_rows, table.payload(), inner_rows, me)?;
            if joined.is_some() {
                return Ok(joined);
            }
        }
        let outer = self.current.take().expect("it is at hand");
        Ok(self.sides.matches.finish_batch(outer, me))
    }
}

impl<'p> Executor<'p> for HashJoin<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        if self.table.is_none() {
            match self.sides.inner.fill(me)? {
                Pulled::Done => self.make_table(me)?,
                blocked => return Ok(blocked),
            }
        }
        while !self.done {
            if self.current.is_none() {
                match pull_or_return!(self.sides.outer, me) {
                    Some(batch) => self.begin_batch(batch, me)?,
                    None => {
                        self.done = true;
                        let inner = self.table.as_ref().expect("it is made").payload();
                        let unmatched = self.sides.matches.unmatched_inner(inner);
                        return Ok(unmatched.map_or(Pulled::Done, Pulled::Batch));
                    }
                }
            }
            if let Some(batch) = self.next_of_batch(me)? {
                return Ok(Pulled::Batch(batch));
            }
        }
        Ok(Pulled::Done)
    }
}
