//! A schedule as data: who takes part, who claims what, in which order; from one seed.

/// How one run is carried out. Its text form (`Display`, `FromStr`) is what cases store:
/// `simulated seed=7 launched=2 leader=on claims=skewed bytes=on`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Real threads, or the simulated runtime.
    pub runtime: Runtime,
    /// At most this many workers arrive, whatever the plan asks for; `None`: all of them.
    pub launched: Option<usize>,
    /// Whether the leader takes part (it always does if no worker arrives); `None`: as the setting
    /// `parallel_leader_participation` says.
    pub leader: Option<bool>,
    /// How blocks are handed out.
    pub claims: Claims,
    /// Whether transition states cross the Gather as bytes (serialize, deserialize) instead of typed columns.
    pub states_as_bytes: bool,
}

/// Who runs the participants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// Threads; the operating system decides.
    Threads,
    /// One thread; this seed decides whose turn it is, whose queue is read next and when the leader joins in.
    Simulated {
        /// The seed.
        seed: u64,
    },
}

/// How blocks are handed out. [scan.seq.claim]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claims {
    /// PostgreSQL 14 and later: ranges that shrink towards the end.
    Ranges,
    /// PostgreSQL 9.6 to 13: one block at a time.
    OneBlock,
    /// One participant (chosen by the seed) gets nearly everything.
    Skewed,
    /// Large ranges of this many blocks, so that some participants get none.
    Fixed(u32),
}

impl Default for Schedule {
    fn default() -> Schedule {
        Schedule {
            runtime: Runtime::Threads,
            launched: None,
            leader: None,
            claims: Claims::Ranges,
            states_as_bytes: false,
        }
    }
}
