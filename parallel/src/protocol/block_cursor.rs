//! Parallel Seq Scan: which blocks a participant reads next (PostgreSQL's `table_block_parallelscan_nextpage`).
//!
//! ```text
//! shared        blocks, allocated := 0
//! participant   chunk := min(next power of two of max(blocks / 2048, 1), 8192)
//! claim         if chunk > 1 and the last block of my previous chunk > blocks - 64 · chunk:  chunk := chunk / 2
//!               first := fetch-and-add(allocated, chunk)
//!               end if first ≥ blocks, else read first .. min(first + chunk, blocks)
//! ```
//!
//! There is no ramp-up: chunks start at their largest and only shrink towards the end, so that the participants finish
//! together. Up to 2048 blocks a chunk is one block. [scan.seq.chunk] A scan begins at block 0. [departure.scan-start]
//! Nobody waits for anybody, so that each participant could finish alone. [scan.seq.alone]

use std::ops::Range;

use super::record::{Action, Log};
use super::sync::{AtomicU64, Ordering};

/// Into how many chunks a scan is cut at first (`PARALLEL_SEQSCAN_NCHUNKS`).
const CHUNKS: u64 = 2048;
/// When fewer than this many chunks remain, chunks are halved (`PARALLEL_SEQSCAN_RAMPDOWN_CHUNKS`).
const RAMP_DOWN_CHUNKS: u64 = 64;
/// The largest chunk in blocks (`PARALLEL_SEQSCAN_MAX_CHUNK_SIZE`).
const MAX_CHUNK_BLOCKS: u64 = 8192;

/// How blocks are handed out. [scan.seq.claim]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Claims {
    /// PostgreSQL 14 and later: ranges that shrink towards the end.
    #[default]
    Ranges,
    /// PostgreSQL 9.6 to 13: one block at a time.
    OneBlock,
    /// One participant (chosen by the seed) gets nearly everything.
    Skewed,
    /// Large ranges of this many blocks, so that some participants get none.
    Fixed(u32),
}

/// The shared part of a scan: each block goes to exactly one participant. [scan.seq.claim]
#[derive(Debug)]
pub struct BlockCursor {
    blocks: u64,
    claims: Claims,
    /// With skewed claims: who gets nearly everything.
    favoured: usize,
    allocated: AtomicU64,
    log: Log,
}

/// The private part of a scan: what a participant remembers of its claims.
#[derive(Debug)]
pub struct BlockClaim {
    participant: usize,
    chunk_blocks: u64,
    /// The last block number of the previous claim, clipped or not; 0 before the first.
    last: u64,
    /// It was told that nothing is left.
    ended: bool,
    log: Log,
}

impl BlockCursor {
    /// A scan of this many blocks. `favoured` is who gets nearly everything if claims are skewed.
    pub fn new(blocks: u64, claims: Claims, favoured: usize) -> BlockCursor {
        let log = Log::begin(|| Action::CursorMade { blocks, claims, favoured });
        BlockCursor { blocks, claims, favoured, allocated: AtomicU64::new(0), log }
    }

    /// How many blocks there are to scan.
    pub fn blocks(&self) -> u64 {
        self.blocks
    }

    /// The first state of a participant.
    pub fn attach(&self, participant: usize) -> BlockClaim {
        let chunk_blocks = match self.claims {
            Claims::Ranges => {
                (self.blocks / CHUNKS).max(1).next_power_of_two().min(MAX_CHUNK_BLOCKS)
            }
            Claims::OneBlock | Claims::Skewed => 1,
            Claims::Fixed(blocks) => u64::from(blocks).max(1),
        };
        self.log.note(|| Action::CursorAttached(participant));
        BlockClaim { participant, chunk_blocks, last: 0, ended: false, log: self.log.clone() }
    }

    /// The next blocks of a participant, which it reads to the end before it claims again; `None` when all are gone.
    pub fn claim(&self, claim: &mut BlockClaim) -> Option<Range<u64>> {
        if claim.ended {
            return None;
        }
        let range = if self.claims == Claims::Skewed && claim.participant == self.favoured {
            let noted = |range: &Option<Range<u64>>| claim.action(range.as_ref());
            self.log.noting(|| self.claim_nearly_everything(), noted)
        } else {
            self.claim_chunk(claim)
        };
        claim.ended = range.is_none();
        range
    }

    fn claim_chunk(&self, claim: &mut BlockClaim) -> Option<Range<u64>> {
        let ramping = self.blocks.saturating_sub(claim.chunk_blocks * RAMP_DOWN_CHUNKS);
        if self.claims == Claims::Ranges && claim.chunk_blocks > 1 && claim.last > ramping {
            claim.chunk_blocks >>= 1;
        }
        // Relaxed is enough: the number alone decides who owns a block, and blocks never change.
        let chunk = claim.chunk_blocks;
        let range =
            |first: u64| (first < self.blocks).then(|| first..(first + chunk).min(self.blocks));
        let first = self.log.noting(
            || self.allocated.fetch_add(chunk, Ordering::Relaxed),
            |first| claim.action(range(*first).as_ref()),
        );
        claim.last = first + chunk - 1;
        range(first)
    }

    /// All blocks that remain but one, so that the others are not always without any.
    fn claim_nearly_everything(&self) -> Option<Range<u64>> {
        let mut first = self.allocated.load(Ordering::Relaxed);
        loop {
            if first >= self.blocks {
                return None;
            }
            let end = (self.blocks - 1).max(first + 1);
            match self.allocated.compare_exchange(first, end, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return Some(first..end),
                Err(now) => first = now,
            }
        }
    }
}

impl BlockClaim {
    /// What a claim that gave these blocks is in the log.
    fn action(&self, range: Option<&Range<u64>>) -> Action {
        let participant = self.participant;
        match range {
            Some(range) => {
                Action::BlocksClaimed { participant, first: range.start, end: range.end }
            }
            None => Action::BlocksEnded(participant),
        }
    }
}

/// A participant that wants no more blocks only says so in the log: nobody waits for it.
impl Drop for BlockClaim {
    fn drop(&mut self) {
        if !self.ended {
            self.log.note(|| Action::CursorLeft(self.participant));
        }
    }
}
