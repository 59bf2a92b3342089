//! Parallel Append: which input a participant runs next (PostgreSQL's `choose_next_subplan_for_worker`, `_for_leader`).
//!
//! An input that is not partial is run by exactly one participant: it counts as finished as soon as it is claimed.
//! A partial input is shared by all who arrive, until one of them finds it exhausted. Workers go round from the
//! first input on, so that they spread; the leader goes from the last one down, so that it stays responsive.
//! [scan.append.claim]

use super::sync::{Mutex, lock};

/// The shared part of a Parallel Append.
#[derive(Debug)]
pub struct AppendClaim {
    /// Per input: whether several participants may run it together.
    partial: Vec<bool>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    finished: Vec<bool>,
    next: usize,
}

impl AppendClaim {
    /// Inputs of which these are partial; none is claimed.
    pub fn new(partial: Vec<bool>) -> AppendClaim {
        let state = State { finished: vec![false; partial.len()], next: 0 };
        AppendClaim { partial, state: Mutex::new(state) }
    }

    /// The next input of a participant that has exhausted `exhausted`; `None` when there is nothing left for it.
    pub fn claim(&self, leader: bool, exhausted: Option<usize>) -> Option<usize> {
        let mut state = lock(&self.state);
        if let Some(input) = exhausted {
            state.finished[input] = true;
        }
        let inputs = self.partial.len();
        let chosen = if leader {
            (0..inputs).rev().find(|&input| !state.finished[input])?
        } else {
            let chosen =
                (0..inputs).map(|n| (state.next + n) % inputs).find(|&i| !state.finished[i])?;
            state.next = (chosen + 1) % inputs;
            chosen
        };
        if !self.partial[chosen] {
            state.finished[chosen] = true;
        }
        Some(chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_that_is_not_partial_is_claimed_once() {
        let claim = AppendClaim::new(vec![false, false]);
        assert_eq!(claim.claim(false, None), Some(0));
        assert_eq!(claim.claim(true, None), Some(1));
        assert_eq!(claim.claim(false, Some(0)), None);
        assert_eq!(claim.claim(true, Some(1)), None);
    }

    #[test]
    fn workers_spread_over_partial_inputs_and_come_back_until_they_are_exhausted() {
        let claim = AppendClaim::new(vec![false, true, true]);
        let worker = |exhausted| claim.claim(false, exhausted);
        assert_eq!([worker(None), worker(None), worker(None)], [Some(0), Some(1), Some(2)]);
        assert_eq!(worker(None), Some(1), "it wraps to the first partial input");
        assert_eq!(worker(Some(1)), Some(2));
        assert_eq!(worker(Some(2)), None);
    }

    #[test]
    fn the_leader_starts_from_the_last_input() {
        let claim = AppendClaim::new(vec![true, true]);
        assert_eq!(claim.claim(true, None), Some(1));
        assert_eq!(claim.claim(true, Some(1)), Some(0));
    }

    #[test]
    fn an_append_without_inputs_has_none_to_claim() {
        assert_eq!(AppendClaim::new(vec![]).claim(false, None), None);
    }
}
