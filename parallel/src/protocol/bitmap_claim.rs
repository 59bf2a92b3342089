//! Parallel Bitmap Heap Scan: who builds the bitmap, and which of its pages a participant reads next (PostgreSQL's
//! `BitmapShouldInitializeSharedState`, `tbm_shared_iterate`).
//!
//! ```text
//! initial  →  in progress  →  finished        or broken: the builder has left
//! attach   initial: it builds, and says when it is done; in progress: wait; finished: claim
//! claim    the next page of the bitmap, in the order of the table; one page at a time
//! ```
//!
//! One participant builds for all, so that the indexes are read once. [scan.bitmap.claim]

use super::event::{Event, Wait};
use super::sync::{Arc, Mutex, lock};

/// The shared part of a scan, with the bitmap that one participant builds.
#[derive(Debug)]
pub struct BitmapClaim<B> {
    state: Mutex<State<B>>,
    /// Happens when the bitmap is there, or never will be.
    moved: Arc<Event>,
}

#[derive(Debug)]
enum State<B> {
    Initial,
    InProgress,
    Finished { bitmap: Arc<B>, next: u64 },
    Broken,
}

/// What a participant finds that comes to the scan.
#[derive(Debug)]
pub enum Attached<B> {
    /// It builds the bitmap: [`BitmapClaim::finish`] or [`BitmapClaim::give_up`] follows.
    Builder,
    /// Somebody else is building.
    Blocked(Wait),
    /// The bitmap.
    Ready(Arc<B>),
    /// The builder has failed: there is no answer, and nobody wants one.
    Broken,
}

impl<B> Default for BitmapClaim<B> {
    fn default() -> BitmapClaim<B> {
        BitmapClaim::new()
    }
}

impl<B> BitmapClaim<B> {
    /// A scan without a bitmap yet.
    pub fn new() -> BitmapClaim<B> {
        BitmapClaim { state: Mutex::new(State::Initial), moved: Arc::new(Event::new()) }
    }

    /// Comes to the scan.
    pub fn attach(&self) -> Attached<B> {
        let mut state = lock(&self.state);
        match &*state {
            State::Initial => {
                *state = State::InProgress;
                Attached::Builder
            }
            State::InProgress => {
                Attached::Blocked(Wait::Event(self.moved.clone(), self.moved.epoch()))
            }
            State::Finished { bitmap, .. } => Attached::Ready(bitmap.clone()),
            State::Broken => Attached::Broken,
        }
    }

    /// The builder hands over the bitmap.
    pub fn finish(&self, bitmap: B) -> Arc<B> {
        let bitmap = Arc::new(bitmap);
        *lock(&self.state) = State::Finished { bitmap: bitmap.clone(), next: 0 };
        self.moved.signal();
        bitmap
    }

    /// The builder has failed.
    pub fn give_up(&self) {
        *lock(&self.state) = State::Broken;
        self.moved.signal();
    }

    /// The number of the next page of the bitmap; those who claim stop at its end.
    pub fn claim(&self) -> Option<u64> {
        match &mut *lock(&self.state) {
            State::Finished { next, .. } => {
                *next += 1;
                Some(*next - 1)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_participant_builds_and_all_claim_pages_in_order() {
        let claim = BitmapClaim::new();
        assert!(matches!(claim.attach(), Attached::Builder));
        let Attached::Blocked(wait) = claim.attach() else { panic!("somebody is building") };
        assert_eq!(claim.claim(), None);
        claim.finish(vec![1, 5]);
        assert!(wait.is_over());
        let Attached::Ready(bitmap) = claim.attach() else { panic!("it is built") };
        assert_eq!(*bitmap, [1, 5]);
        assert_eq!([claim.claim(), claim.claim()], [Some(0), Some(1)]);
    }

    #[test]
    fn a_builder_that_fails_lets_the_others_go() {
        let claim: BitmapClaim<()> = BitmapClaim::new();
        claim.attach();
        let Attached::Blocked(wait) = claim.attach() else { panic!("somebody is building") };
        claim.give_up();
        assert!(wait.is_over() && matches!(claim.attach(), Attached::Broken));
    }
}
