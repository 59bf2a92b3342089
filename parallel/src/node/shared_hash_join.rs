//! `Parallel Hash Join`: participants build one table of all inner rows, then each probes it with its outer rows.
//!
//! ```text
//! attach       at the first pull and not before: who is attached is waited for          [join.shared.attach]
//! Allocate     one participant, who is elected, makes the table                         [join.shared.elected]
//! Build        each reads its share of the inner side and puts it in, as a piece
//! Probe        each outer batch meets one piece after the other                         [join.shared.build-first]
//! last         whoever is the last to leave returns the inner rows that nobody matched  [join.shared.unmatched]
//! free         and then the table goes                                                  [join.shared.free]
//! ```
//!
//! The table is a list of pieces, one from each participant that had inner rows, each with its rows by key. So pieces are
//! built at the same time, without a lock, and nobody waits for a table to be made of them after the last row was read;
//! what it costs is a look-up in each piece per outer row.
//!
//! Nothing waits here but at the ends of phases, where the participant is blocked and its thread is not, and no row was
//! returned before the last of these waits. [join.shared.wait]
//!
//! A build that somebody left is broken, and the others end without a row. Their answer is wanted by nobody: whoever leaves
//! has reported its error before, or the leader has let all of its workers go.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use spec::SqlError;

use super::hash_sides::Sides;
use super::pairs::Marks;
use super::{Executor, Pull, Pulled, Site, pull_or_return};
use crate::batch::{BATCH_ROWS, Batch};
use crate::column::Column;
use crate::fault::Fault;
use crate::join::{HashTable, Pairs, Probe};
use crate::protocol::{Advanced, Builder, Probed, SharedBuild, Task, Wait};
use crate::runtime::Participant;

/// What the participants share: how far they are, and the table.
#[derive(Debug, Default)]
pub(crate) struct SharedTable {
    phases: Arc<SharedBuild>,
    /// None before it is made and after it is freed.
    pieces: Mutex<Option<Vec<Arc<Piece>>>>,
}

/// The inner rows of one participant, by key, and which of them anybody has matched.
#[derive(Debug)]
struct Piece {
    table: HashTable,
    matched: Arc<Marks>,
}

impl SharedTable {
    fn pieces(&self) -> MutexGuard<'_, Option<Vec<Arc<Piece>>>> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn allocate(&self) {
        *self.pieces() = Some(Vec::new());
    }

    fn insert(&self, piece: Piece) {
        let mut pieces = self.pieces();
        pieces.as_mut().expect("it is allocated before anybody inserts").push(Arc::new(piece));
    }

    fn look(&self) -> Vec<Arc<Piece>> {
        self.pieces().clone().expect("it is freed after everybody has probed")
    }

    fn free(&self) {
        *self.pieces() = None;
    }
}

/// One participant's part in a join over a shared table.
pub(crate) struct SharedHashJoin<'p> {
    sides: Sides<'p>,
    table: Arc<SharedTable>,
    participant: usize,
    stage: Stage,
    /// From attaching to leaving.
    builder: Option<Builder>,
    /// The table as it is probed.
    pieces: Vec<Arc<Piece>>,
    /// The outer batch at hand.
    current: Option<Current>,
    probe: Probe,
    pairs: Pairs,
    /// Its share of the inner side is in the table.
    has_built: bool,
    /// No outer row is left.
    exhausted: bool,
    /// Fault: it probes before it was told to.
    early: bool,
    /// It has given way to the others before its next step in the build (simulated runs only).
    gave_way: bool,
}

/// What a participant is at.
enum Stage {
    Outside,
    /// Between tasks.
    Advancing,
    Building,
    Probing,
    /// It returns what nobody has matched of this piece and those after it.
    Returning(usize),
    Over,
}

/// An outer batch on its way through the pieces.
struct Current {
    batch: Batch,
    keys: Vec<Column>,
    /// The piece that it is at.
    piece: usize,
}

impl<'p> SharedHashJoin<'p> {
    pub fn new(sides: Sides<'p>, table: Arc<SharedTable>, site: &Site<'p>) -> SharedHashJoin<'p> {
        SharedHashJoin {
            sides,
            table,
            participant: site.number,
            stage: Stage::Outside,
            builder: None,
            pieces: Vec::new(),
            current: None,
            probe: Probe::default(),
            pairs: Pairs::default(),
            has_built: false,
            exhausted: false,
            early: false,
            gave_way: false,
        }
    }

    fn builder(&mut self) -> &mut Builder {
        self.builder.as_mut().expect("it has attached and not left")
    }

    /// Whether the others go first, once: without that, a participant of a simulated run would do it all at one go.
    fn gives_way(&mut self, me: &mut Participant<'p>) -> bool {
        self.gave_way = !self.gave_way && me.gives_way();
        self.gave_way
    }

    fn attach(&mut self) {
        self.builder = Builder::attach(&self.table.phases, self.participant);
        self.stage = if self.builder.is_some() { Stage::Advancing } else { Stage::Over };
    }

    /// Goes on to the next task; what to wait for, if others are not so far.
    fn advance(&mut self, me: &Participant<'p>) -> Option<Wait> {
        match self.builder().advance() {
            Advanced::Task(Task::Allocate) => self.table.allocate(),
            Advanced::Task(Task::Build) => self.stage = Stage::Building,
            Advanced::Task(Task::Probe) => {
                self.early = false;
                self.begin_probing();
            }
            Advanced::Blocked(_)
                if self.has_built
                    && !self.exhausted
                    && me.execution.plants(Fault::SharedTableProbedEarly) =>
            {
                self.early = true;
                self.begin_probing();
            }
            Advanced::Blocked(wait) => return Some(wait),
            Advanced::Broken => self.end(),
        }
        None
    }

    /// Its share of the inner side is read: it becomes a piece of the table.
    fn insert(&mut self, me: &Participant<'p>) -> Result<(), SqlError> {
        let inner = self.sides.inner.take();
        let rows = inner.rows;
        if rows > 0 {
            let keys = self.sides.inner_keys.evaluate(&inner, me)?;
            let matched = self.sides.matches.marks(rows);
            self.table.insert(Piece { table: HashTable::build(&keys, inner), matched });
        }
        self.builder().inserted(rows);
        self.has_built = true;
        self.stage = Stage::Advancing;
        Ok(())
    }

    fn begin_probing(&mut self) {
        self.pieces = self.table.look();
        self.stage = Stage::Probing;
    }

    /// The next rows of the outer side with their partners; `Done` when no outer row is left.
    fn join(&mut self, me: &mut Participant<'p>) -> Pull {
        while !self.exhausted {
            if self.current.is_none() {
                match pull_or_return!(self.sides.outer, me) {
                    Some(batch) if batch.is_empty() => continue,
                    Some(batch) => self.begin_batch(batch, me)?,
                    None => self.exhausted = true,
                }
            } else if let Some(batch) = self.next_of_batch(me)? {
                return Ok(Pulled::Batch(batch));
            }
        }
        Ok(Pulled::Done)
    }

    fn begin_batch(&mut self, batch: Batch, me: &Participant<'p>) -> Result<(), SqlError> {
        let keys = self.sides.outer_keys.evaluate(&batch, me)?;
        self.sides.matches.begin_batch(batch.rows);
        self.builder().probed(batch.len());
        self.current = Some(Current { batch, keys, piece: 0 });
        self.look_up();
        Ok(())
    }

    /// Looks the outer batch up in the piece that it is at.
    fn look_up(&mut self) {
        let Some(Current { batch, keys, piece }) = &self.current else { return };
        if let Some(piece) = self.pieces.get(*piece) {
            piece.table.probe(keys, batch, &mut self.probe);
            self.sides.matches.turn_to(&piece.matched);
        }
    }

    /// The next rows that the outer batch at hand gives; without any left, it is put away.
    fn next_of_batch(&mut self, me: &Participant<'p>) -> Result<Option<Batch>, SqlError> {
        while let Some(current) = &mut self.current
            && let Some(piece) = self.pieces.get(current.piece)
        {
            let matches = &mut self.sides.matches;
            if matches.decided_by_key() {
                matches.mark_outer(&self.probe.select(current.batch.selected(), true));
            } else {
                let outer = &current.batch;
                while piece.table.pairs(outer, &mut self.probe, BATCH_ROWS, &mut self.pairs) {
                    let Pairs { outer: outer_rows, inner: inner_rows } = &self.pairs;
                    if outer_rows.is_empty() {
                        continue;
                    }
                    let inner = piece.table.payload();
                    let joined = matches.join(outer, outer_rows, inner, inner_rows, me)?;
                    if joined.is_some() {
                        return Ok(joined);
                    }
                }
            }
            current.piece += 1;
            self.look_up();
        }
        let outer = self.current.take().expect("it is at hand").batch;
        Ok(self.sides.matches.finish_batch(outer, me))
    }

    /// No outer row is left: whoever is the last returns what nobody has matched. [join.shared.unmatched]
    fn finish_probing(&mut self, me: &Participant<'p>) {
        self.stage = match self.builder().finish_probing() {
            Probed::Last { unmatched_known: true } => Stage::Returning(0),
            Probed::Last { unmatched_known: false } => Stage::Returning(self.pieces.len()),
            Probed::Left if me.execution.plants(Fault::UnmatchedSharedRowsPerParticipant) => {
                self.builder = None;
                Stage::Returning(0)
            }
            Probed::Left => return self.end(),
        };
    }

    /// The next inner rows that nobody has matched; the table is freed when none is left.
    fn unmatched(&mut self, mut piece: usize) -> Option<Batch> {
        while let Some(next) = self.pieces.get(piece) {
            piece += 1;
            self.sides.matches.turn_to(&next.matched);
            if let Some(batch) = self.sides.matches.unmatched_inner(next.table.payload()) {
                if let Some(builder) = &self.builder {
                    builder.returned(batch.rows);
                }
                self.stage = Stage::Returning(piece);
                return Some(batch);
            }
        }
        if let Some(builder) = &mut self.builder {
            builder.finish();
            self.table.free();
        }
        self.end();
        None
    }

    /// It has left, and keeps nothing.
    fn end(&mut self) {
        self.stage = Stage::Over;
        self.builder = None;
        self.pieces = Vec::new();
    }
}

impl<'p> Executor<'p> for SharedHashJoin<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        loop {
            if matches!(self.stage, Stage::Outside | Stage::Advancing) && self.gives_way(me) {
                return Ok(Pulled::Blocked(Wait::Turn));
            }
            match self.stage {
                Stage::Outside => self.attach(),
                Stage::Advancing => {
                    if let Some(wait) = self.advance(me) {
                        return Ok(Pulled::Blocked(wait));
                    }
                }
                Stage::Building => match self.sides.inner.fill(me)? {
                    Pulled::Done => self.insert(me)?,
                    blocked => return Ok(blocked),
                },
                Stage::Probing => match self.join(me)? {
                    Pulled::Done if self.early => self.stage = Stage::Advancing,
                    Pulled::Done => self.finish_probing(me),
                    pulled => return Ok(pulled),
                },
                Stage::Returning(piece) => {
                    if let Some(batch) = self.unmatched(piece) {
                        return Ok(Pulled::Batch(batch));
                    }
                }
                Stage::Over => return Ok(Pulled::Done),
            }
        }
    }
}
