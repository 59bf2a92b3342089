//! Parallel Append: which input a participant runs next (PostgreSQL's `choose_next_subplan_for_worker`, `_for_leader`).
//!
//! An input that is not partial is run by exactly one participant: it counts as finished as soon as it is claimed.
//! A partial input is shared by all who arrive, until one of them finds it exhausted. Workers go round from the
//! first input on, so that they spread; the leader goes from the last one down, so that it stays responsive.
//! [scan.append.claim]

use super::record::{Action, Log};
use super::sync::{Mutex, lock};

/// The shared part of a Parallel Append.
#[derive(Debug)]
pub struct AppendClaim {
    /// Per input: whether several participants may run it together.
    partial: Vec<bool>,
    state: Mutex<State>,
    log: Log,
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
        let log = Log::begin(|| Action::AppendMade(partial.clone()));
        AppendClaim { partial, state: Mutex::new(state), log }
    }

    /// The next input of a participant (0 is the leader) that has exhausted `exhausted`; `None` when there is nothing
    /// left for it.
    pub fn claim(&self, participant: usize, exhausted: Option<usize>) -> Option<usize> {
        let mut state = lock(&self.state);
        let chosen = self.choose(&mut state, participant == 0, exhausted);
        self.log.note(|| match chosen {
            Some(input) => Action::InputClaimed { participant, input },
            None => Action::InputsEnded(participant),
        });
        chosen
    }

    fn choose(&self, state: &mut State, leader: bool, exhausted: Option<usize>) -> Option<usize> {
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
