//! The shared-state objects of parallel-aware nodes: small, without any knowledge of plans or rows.
//!
//! ```text
//! block cursor    Parallel Seq Scan: which blocks does this participant read next?
//! page claim      Parallel Index Scan: which leaf page does this participant read next?
//! bitmap claim    Parallel Bitmap Heap Scan: who builds the bitmap, which of its pages comes next?
//! append claim    Parallel Append: which input does this participant run next?
//! tuple queue     worker → leader: bounded, one writer, one reader, in order
//! gather          the leader's turn over its workers' queues; the first error
//! shared build    Parallel Hash: one table by all, phase by phase
//! event           what a participant that cannot go on waits for
//! record          a log of all of their actions, for tests only
//! ```
//!
//! Nothing here blocks: an operation either succeeds or says what to wait for, and the runtime decides how to wait.
//! One source serves several schedulers: the files use the primitives of their parent's `sync` module, so that a test
//! for loom or shuttle includes them by path beside a `sync` of its own.

pub mod append_claim;
pub mod bitmap_claim;
pub mod block_cursor;
pub mod event;
pub mod gather;
pub mod page_claim;
pub mod record;
pub mod shared_build;
pub mod sync;
#[cfg(test)]
mod tests;
pub mod tuple_queue;

pub use append_claim::AppendClaim;
pub use bitmap_claim::{Attached, BitmapClaim};
pub use block_cursor::{BlockClaim, BlockCursor, Claims};
pub use event::{Event, Wait};
pub use gather::{FirstError, LeaderSteps, Polled, Readers};
pub use page_claim::{PageClaim, Seized};
pub use shared_build::{Advanced, Builder, Probed, SharedBuild, Task};
pub use tuple_queue::{Received, Sent, TupleQueue};
