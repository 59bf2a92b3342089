//! Parallel Index Scan: which leaf page a participant reads next (PostgreSQL's `_bt_parallel_seize`, `_release`, `_done`).
//!
//! ```text
//! shared     status (idle, advancing, done), next page
//! seize      idle: it is mine to advance; advancing: wait; done: nothing is left
//! release    the holder knows which page comes after its own: idle, one page on
//! finish     the holder found the end of the range: done
//! ```
//!
//! The next page is known only from the page before it, so that one participant at a time looks; it reads the rows of its page
//! after it has let the next one go. Pages are claimed in index order, each by one participant: each one's rows are sorted.
//! [scan.index.claim]

use super::event::{Event, Wait};
use super::sync::{Arc, Mutex, lock};

/// The shared part of a scan.
#[derive(Debug)]
pub struct PageClaim {
    state: Mutex<State>,
    /// Happens when the holder lets go.
    moved: Arc<Event>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// This page is next, and nobody looks.
    Idle(u64),
    /// Somebody looks for the page after this one.
    Advancing(u64),
    /// There are no more pages.
    Done,
}

/// What a participant gets that asks for a page.
#[derive(Debug)]
pub enum Seized {
    /// This page: it must let go of the scan, by [`PageClaim::release`] or [`PageClaim::finish`].
    Page(u64),
    /// Somebody else is looking.
    Blocked(Wait),
    /// Nothing is left.
    Done,
}

impl Default for PageClaim {
    fn default() -> PageClaim {
        PageClaim::new()
    }
}

impl PageClaim {
    /// A scan whose first page nobody has read.
    pub fn new() -> PageClaim {
        PageClaim { state: Mutex::new(State::Idle(0)), moved: Arc::new(Event::new()) }
    }

    /// Takes the scan to read its next page.
    pub fn seize(&self) -> Seized {
        let mut state = lock(&self.state);
        match *state {
            State::Idle(page) => {
                *state = State::Advancing(page);
                Seized::Page(page)
            }
            State::Advancing(_) => {
                Seized::Blocked(Wait::Event(self.moved.clone(), self.moved.epoch()))
            }
            State::Done => Seized::Done,
        }
    }

    /// The holder knows that there is a page after its own: the next one may look.
    pub fn release(&self) {
        let mut state = lock(&self.state);
        if let State::Advancing(page) = *state {
            *state = State::Idle(page + 1);
        }
        drop(state);
        self.moved.signal();
    }

    /// The holder leaves without having read its page: it is the next one's.
    pub fn give_back(&self) {
        let mut state = lock(&self.state);
        if let State::Advancing(page) = *state {
            *state = State::Idle(page);
        }
        drop(state);
        self.moved.signal();
    }

    /// The holder found that its page was behind the last one.
    pub fn finish(&self) {
        *lock(&self.state) = State::Done;
        self.moved.signal();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(claim: &PageClaim) -> Option<u64> {
        match claim.seize() {
            Seized::Page(page) => Some(page),
            Seized::Blocked(_) | Seized::Done => None,
        }
    }

    #[test]
    fn pages_are_claimed_in_order_and_one_participant_looks_at_a_time() {
        let claim = PageClaim::new();
        assert_eq!(page(&claim), Some(0));
        let Seized::Blocked(wait) = claim.seize() else { panic!("somebody is looking") };
        assert!(!wait.is_over());
        claim.release();
        assert!(wait.is_over());
        assert_eq!(page(&claim), Some(1));
        claim.give_back();
        assert_eq!(page(&claim), Some(1));
        claim.finish();
        assert!(matches!(claim.seize(), Seized::Done));
    }
}
