//! The protocols of parallel query as small machines, and a search through all that they can do.
//!
//! ```text
//! model      states, actions, which action is enabled in which state, and the state after it
//! property   always: holds in every state;  sometimes: a state that shows that the bounds are not idle
//! verify     every state within the bounds (stateright), every run ends, and ends where it should (our own walk)
//! mutant     the model with one named mistake; each must be caught, or the properties are worth nothing
//! replay     a log of the running engine, action by action through the same model
//! ```
//!
//! | module | protocol | engine |
//! |---|---|---|
//! | [`block_cursor`] | Parallel Seq Scan: blocks are claimed in chunks | `parallel::protocol::BlockCursor` |
//! | [`append_claim`] | Parallel Append: inputs are claimed | `parallel::protocol::AppendClaim` |
//! | [`tuple_queue`] | worker to leader: bounded, in order, either side may go | `parallel::protocol::TupleQueue` |
//! | [`gather`] | the leader, its workers' queues, errors, early stop | `parallel::protocol::Readers`, `FirstError` |
//! | [`gather_merge`] | the leader merges sorted rows | its node, `parallel::protocol::LeaderSteps` |
//! | [`hash_barrier`] | Parallel Hash: build together, probe, one returns the unmatched rows | `parallel::protocol::SharedBuild` |
//!
//! What one action is, is what the engine does in one critical section: that is where its log entries are written. What the
//! bounds leave out (more participants, more rows) is not shown here; `spec/TRUSTED.md` lists the bounds.

#![forbid(unsafe_code)]

pub mod append_claim;
pub mod block_cursor;
pub mod check;
pub mod gather;
pub mod gather_merge;
pub mod hash_barrier;
pub mod tuple_queue;

pub use check::{Explored, Finding, Protocol, Rejected, replay, verify};
