//! Parallel Seq Scan: how participants claim blocks (PostgreSQL's `table_block_parallelscan_nextpage`).
//!
//! ```text
//! shared         allocated := 0;  start: chosen by the first to attach, 0 unless scans are synchronised
//! Attach(p)      chunk := min(next power of two of max(blocks / chunks, 1), largest);  last := 0
//! Claim(p)       if chunk > 1 and last > blocks - ramp-down · chunk:  chunk := chunk / 2
//!                fetch-and-add: first := allocated, allocated += chunk;  last := first + chunk - 1
//!                its blocks: first .. min(first + chunk, blocks), counted from the start, round the end
//! End(p)         the same, but first ≥ blocks: nothing is left
//! Leave(p)       it wants no more (LIMIT, an error elsewhere), or it has never claimed and hears from elsewhere that another
//!                has come to the end (Parallel Append)
//! ```
//!
//! A claim is one action because it is one atomic addition; the participant's own chunk size is nobody else's business.

use stateright::{Model, Property};

use crate::check::Protocol;

/// A scan of a table by some participants.
#[derive(Clone, Debug)]
pub struct BlockCursor {
    /// Blocks of the table.
    pub blocks: u64,
    /// Who may attach.
    pub participants: usize,
    /// How large claims are.
    pub chunks: Chunks,
    /// Whether the first to attach may choose any start (synchronised scans); otherwise it is block 0.
    pub any_start: bool,
    /// Whether participants may leave before the end.
    pub may_leave: bool,
    /// A planted mistake.
    pub mutant: Option<Mutant>,
}

/// How large claims are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunks {
    /// Large at first, halved towards the end.
    Shrinking {
        /// Into how many chunks a scan is cut at first.
        chunks: u64,
        /// When fewer than this many chunks remain, they are halved.
        ramp_down: u64,
        /// The largest chunk.
        largest: u64,
    },
    /// All of one size.
    Fixed(u64),
    /// This participant takes all but one of the blocks that remain, the others one block at a time.
    Skewed(usize),
}

impl Chunks {
    /// PostgreSQL's constants (14 to 19).
    pub const POSTGRES: Chunks = Chunks::Shrinking { chunks: 2048, ramp_down: 64, largest: 8192 };
}

/// Mistakes that must be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// The counter is read in one step and written in another.
    ClaimInTwoSteps,
    /// The counter moves by one less than a chunk of several blocks has.
    ChunksOverlap,
    /// A chunk that reaches over the end of the table is given up.
    TailDropped,
    /// Everybody chooses a start of its own.
    StartsApart,
    /// Chunks are doubled where they should be halved.
    ChunksGrow,
}

/// The shared counter, and each participant's hand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    allocated: u64,
    /// The first block of the scan, once somebody has attached.
    start: Option<u64>,
    /// How often each block was claimed.
    claimed: Vec<u8>,
    hands: Vec<Hand>,
}

/// What a participant holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Hand {
    place: Place,
    start: u64,
    chunk: u64,
    /// The last block of its previous claim, clipped or not.
    last: u64,
    /// Mutant: what it has read of the counter.
    read: Option<u64>,
    /// How many blocks it has claimed.
    blocks: u64,
    /// Whether a chunk was larger than the one before it.
    grew: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Outside,
    Scanning,
    Ended,
    Left,
}

/// What participants do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A participant begins; if it is the first, the scan starts at this block.
    Attach {
        /// Who.
        participant: usize,
        /// Where.
        start: u64,
    },
    /// A participant claims the blocks from `first` to before `end`, counted from the start.
    Claim {
        /// Who.
        participant: usize,
        /// The first block.
        first: u64,
        /// The block after the last one.
        end: u64,
    },
    /// A participant is told that nothing is left.
    End(usize),
    /// A participant goes before the end.
    Leave(usize),
    /// Mutant: a participant reads the counter.
    Read(usize),
}

/// What a claim by a participant would give.
struct Claim {
    chunk: u64,
    first: u64,
    end: u64,
    allocated: u64,
    last: u64,
}

impl BlockCursor {
    /// The first chunk size of a participant.
    fn first_chunk(&self) -> u64 {
        match self.chunks {
            Chunks::Shrinking { chunks, largest, .. } => {
                (self.blocks / chunks).max(1).next_power_of_two().min(largest)
            }
            Chunks::Fixed(blocks) => blocks,
            Chunks::Skewed(_) => 1,
        }
    }

    fn claim(&self, state: &State, participant: usize) -> Claim {
        let hand = &state.hands[participant];
        let first = hand.read.unwrap_or(state.allocated);
        if self.chunks == Chunks::Skewed(participant) {
            let end = if first < self.blocks { (self.blocks - 1).max(first + 1) } else { first };
            return Claim { chunk: hand.chunk, first, end, allocated: end, last: hand.last };
        }
        let mut chunk = hand.chunk;
        if let Chunks::Shrinking { ramp_down, .. } = self.chunks
            && chunk > 1
            && hand.last > self.blocks.saturating_sub(chunk * ramp_down)
        {
            let grows = self.mutant == Some(Mutant::ChunksGrow);
            chunk = if grows { chunk * 2 } else { chunk / 2 };
        }
        let overlap = u64::from(self.mutant == Some(Mutant::ChunksOverlap) && chunk > 1);
        let end = (first + chunk).min(self.blocks);
        Claim { chunk, first, end, allocated: first + chunk - overlap, last: first + chunk - 1 }
    }

    fn is_nothing(&self, claim: &Claim) -> bool {
        let tail = self.mutant == Some(Mutant::TailDropped) && claim.last >= self.blocks;
        claim.first >= self.blocks || tail
    }

    /// Whether somebody was told that nothing is left: then nothing is.
    fn somebody_ended(&self, state: &State) -> bool {
        state.hands.iter().any(|hand| hand.place == Place::Ended)
    }

    fn chunks_are_powers_of_two(&self, state: &State) -> bool {
        let Chunks::Shrinking { largest, .. } = self.chunks else { return true };
        let scanning = state.hands.iter().filter(|hand| hand.place != Place::Outside);
        let good = |hand: &Hand| hand.chunk.is_power_of_two() && hand.chunk <= largest;
        scanning.clone().all(|hand| good(hand) && !hand.grew)
    }

    fn take(&self, state: &mut State, participant: usize, claim: &Claim) {
        state.allocated = match (self.mutant, self.is_nothing(claim)) {
            // A state for each failed addition would tell nothing: it never matters how far the counter is past the end.
            (_, true) => state.allocated,
            _ => claim.allocated,
        };
        let hand = &mut state.hands[participant];
        hand.grew |= claim.chunk > hand.chunk;
        (hand.chunk, hand.last, hand.read) = (claim.chunk, claim.last, None);
        if self.is_nothing(claim) {
            hand.place = Place::Ended;
            return;
        }
        hand.blocks += claim.end - claim.first;
        for block in claim.first..claim.end {
            state.claimed[((block + hand.start) % self.blocks) as usize] += 1;
        }
    }
}

impl Model for BlockCursor {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let hand = Hand {
            place: Place::Outside,
            start: 0,
            chunk: 0,
            last: 0,
            read: None,
            blocks: 0,
            grew: false,
        };
        vec![State {
            allocated: 0,
            start: None,
            claimed: vec![0; self.blocks as usize],
            hands: vec![hand; self.participants],
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (participant, hand) in state.hands.iter().enumerate() {
            match hand.place {
                Place::Outside => {
                    let apart = self.mutant == Some(Mutant::StartsApart);
                    let starts = match state.start {
                        Some(start) if !apart => start..start + 1,
                        _ if self.any_start => 0..self.blocks.max(1),
                        _ => 0..1,
                    };
                    actions.extend(starts.map(|start| Action::Attach { participant, start }));
                }
                Place::Scanning => {
                    if self.mutant == Some(Mutant::ClaimInTwoSteps) && hand.read.is_none() {
                        actions.push(Action::Read(participant));
                        continue;
                    }
                    let claim = self.claim(state, participant);
                    actions.push(match self.is_nothing(&claim) {
                        true => Action::End(participant),
                        false => Action::Claim { participant, first: claim.first, end: claim.end },
                    });
                    let idle = hand.blocks == 0 && self.somebody_ended(state);
                    if self.may_leave || idle {
                        actions.push(Action::Leave(participant));
                    }
                }
                Place::Ended | Place::Left => {}
            }
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Attach { participant, start } => {
                next.start.get_or_insert(start);
                let hand = &mut next.hands[participant];
                (hand.place, hand.start, hand.chunk) = (Place::Scanning, start, self.first_chunk());
            }
            Action::Claim { participant, .. } | Action::End(participant) => {
                let claim = self.claim(state, participant);
                self.take(&mut next, participant, &claim);
            }
            Action::Leave(participant) => next.hands[participant].place = Place::Left,
            Action::Read(participant) => next.hands[participant].read = Some(state.allocated),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            // [scan.seq.claim]
            Property::always("no_block_goes_to_two_participants", |_: &Self, state: &State| {
                state.claimed.iter().all(|claims| *claims <= 1)
            }),
            // [scan.seq.claim]
            Property::always(
                "at_the_end_every_block_was_claimed",
                |model: &Self, state: &State| {
                    !model.somebody_ended(state) || state.claimed.iter().all(|claims| *claims == 1)
                },
            ),
            // [scan.seq.start]
            Property::always("all_scan_from_the_start_of_the_first", |_: &Self, state: &State| {
                let scanning = state.hands.iter().filter(|hand| hand.place != Place::Outside);
                scanning.clone().all(|hand| Some(hand.start) == state.start)
            }),
            // [scan.seq.chunk]
            Property::always(
                "chunks_are_powers_of_two_and_never_grow",
                |model: &Self, state: &State| model.chunks_are_powers_of_two(state),
            ),
            // [scan.seq.claim]
            Property::always("nobody_is_stuck", |model: &Self, state: &State| {
                !model.is_stuck(state)
            }),
            // [scan.seq.alone]
            Property::sometimes(
                "one_participant_alone_reads_everything",
                |model: &Self, state: &State| {
                    let alone =
                        |hand: &Hand| hand.blocks == model.blocks && hand.place == Place::Ended;
                    model.is_complete(state) && state.hands.iter().any(alone)
                },
            ),
            Property::sometimes("a_chunk_was_halved", |model: &Self, state: &State| {
                let halved = |hand: &Hand| 0 < hand.chunk && hand.chunk < model.first_chunk();
                !matches!(model.chunks, Chunks::Shrinking { .. }) || state.hands.iter().any(halved)
            }),
        ]
    }
}

impl Protocol for BlockCursor {
    fn is_complete(&self, state: &State) -> bool {
        state.hands.iter().all(|hand| hand.place != Place::Scanning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::expect::{caught, holds};
    use crate::replay;

    /// Chunks of four, two and one in a table of a few blocks.
    const SMALL: Chunks = Chunks::Shrinking { chunks: 2, ramp_down: 1, largest: 4 };

    fn scan(blocks: u64, participants: usize) -> BlockCursor {
        BlockCursor {
            blocks,
            participants,
            chunks: SMALL,
            any_start: false,
            may_leave: false,
            mutant: None,
        }
    }

    #[test]
    fn it_holds_for_three_participants_from_any_start() {
        holds(BlockCursor { any_start: true, may_leave: true, ..scan(8, 3) }, 3521);
    }

    #[test]
    fn it_holds_for_four_participants() {
        holds(scan(16, 4), 6988);
    }

    #[test]
    fn it_holds_for_chunks_of_one_size_and_for_skewed_ones() {
        holds(BlockCursor { chunks: Chunks::Fixed(3), may_leave: true, ..scan(8, 3) }, 1080);
        holds(BlockCursor { chunks: Chunks::Skewed(1), may_leave: true, ..scan(5, 3) }, 2511);
    }

    #[test]
    fn every_mutant_is_caught() {
        let mutant = |mutant| BlockCursor { mutant: Some(mutant), any_start: true, ..scan(8, 2) };
        caught(mutant(Mutant::ClaimInTwoSteps), "no_block_goes_to_two_participants");
        caught(mutant(Mutant::ChunksOverlap), "no_block_goes_to_two_participants");
        let tail = BlockCursor { chunks: Chunks::Fixed(3), ..mutant(Mutant::TailDropped) };
        caught(tail, "at_the_end_every_block_was_claimed");
        caught(mutant(Mutant::StartsApart), "all_scan_from_the_start_of_the_first");
        caught(mutant(Mutant::ChunksGrow), "chunks_are_powers_of_two_and_never_grow");
    }

    #[test]
    fn postgresqls_chunks_go_from_sixty_four_blocks_to_one() {
        let model = BlockCursor { chunks: Chunks::POSTGRES, ..scan(100_000, 1) };
        let mut state = model.init_states().swap_remove(0);
        let mut sizes = vec![];
        while let Some(action) = model.enabled(&state).pop() {
            if let Action::Claim { first, end, .. } = action {
                sizes.push(end - first);
            }
            state = model.next_state(&state, action).unwrap();
        }
        assert_eq!((sizes[0], sizes.iter().sum()), (64, 100_000_u64));
        assert_eq!(sizes.last(), Some(&1));
    }

    #[test]
    fn a_log_with_a_claim_too_many_or_too_few_is_rejected() {
        let log = vec![
            Action::Attach { participant: 0, start: 0 },
            Action::Claim { participant: 0, first: 0, end: 4 },
            Action::Claim { participant: 0, first: 4, end: 8 },
            Action::End(0),
        ];
        assert!(replay(&scan(8, 1), log.clone()).is_ok());
        for without in 0..log.len() {
            let mut short = log.clone();
            short.remove(without);
            assert!(replay(&scan(8, 1), short).is_err(), "without action {without}");
        }
    }
}
