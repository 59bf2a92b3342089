//! Parallel Append: which input a participant runs next (PostgreSQL's `choose_next_subplan_for_worker`, `_for_leader`).
//!
//! ```text
//! shared         finished: one flag per input;  next := 0
//! Claim(p)       the input that p has run is finished;  then, for a worker, the first that is not finished from next
//!                on, round the end;  for the leader (participant 0), the last that is not finished
//!                an input that is not partial is finished as soon as it is claimed
//! End(p)         the same, but everything is finished
//! Leave(p)       it wants no more
//! ```
//!
//! A claim is one action because the engine holds a lock over it.

use stateright::{Model, Property};

use crate::check::Protocol;

/// An append of some inputs, run by some participants.
#[derive(Clone, Debug)]
pub struct AppendClaim {
    /// Per input: whether several participants may run it together.
    pub partial: Vec<bool>,
    /// The leader and who else may come.
    pub participants: usize,
    /// Whether participants may leave before the end.
    pub may_leave: bool,
    /// A planted mistake.
    pub mutant: Option<Mutant>,
}

/// Mistakes that must be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// An input that is not partial counts as finished only when it has been run.
    FinishedOnlyAtTheEnd,
    /// An input is chosen in one step and marked in another.
    ClaimInTwoSteps,
    /// An exhausted partial input is not marked.
    ExhaustionForgotten,
    /// Who has exhausted an input believes that all before it are exhausted too.
    FinishesThoseBefore,
}

/// The shared flags, and where each participant is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    finished: Vec<bool>,
    next: usize,
    /// How often each input was claimed.
    claims: Vec<u8>,
    /// Whether somebody has run it to its end.
    exhausted: Vec<bool>,
    hands: Vec<Hand>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Hand {
    Outside,
    Running(usize),
    /// Mutant: it has chosen, and not yet marked.
    Chosen(usize),
    Ended,
    Left,
}

/// What participants do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A participant, having run its input to the end if it had one, claims this one.
    Claim {
        /// Who.
        participant: usize,
        /// What.
        input: usize,
    },
    /// A participant is told that nothing is left for it.
    End(usize),
    /// A participant goes before the end.
    Leave(usize),
    /// Mutant: a participant chooses an input.
    Choose(usize),
}

impl AppendClaim {
    fn is_mutant(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// The flags once the participant has reported its input as exhausted.
    fn finished(&self, state: &State, participant: usize) -> Vec<bool> {
        let mut finished = state.finished.clone();
        if let Hand::Running(input) = state.hands[participant] {
            let forgotten = self.is_mutant(Mutant::ExhaustionForgotten) && self.partial[input];
            finished[input] |= !forgotten;
            if self.is_mutant(Mutant::FinishesThoseBefore) {
                finished[..input].fill(true);
            }
        }
        finished
    }

    fn choice(&self, state: &State, participant: usize) -> Option<usize> {
        if let Hand::Chosen(input) = state.hands[participant] {
            return Some(input);
        }
        let (finished, inputs) = (self.finished(state, participant), self.partial.len());
        let open = |input: &usize| !finished[*input];
        match participant {
            0 => (0..inputs).rev().find(open),
            _ => (0..inputs).map(|step| (state.next + step) % inputs).find(open),
        }
    }

    fn ended_by_itself(&self, state: &State) -> bool {
        let gone = |hand: &Hand| matches!(hand, Hand::Ended | Hand::Outside);
        state.hands.contains(&Hand::Ended) && state.hands.iter().all(gone)
    }
}

impl Model for AppendClaim {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let inputs = self.partial.len();
        vec![State {
            finished: vec![false; inputs],
            next: 0,
            claims: vec![0; inputs],
            exhausted: vec![false; inputs],
            hands: vec![Hand::Outside; self.participants],
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (participant, hand) in state.hands.iter().enumerate() {
            if matches!(hand, Hand::Ended | Hand::Left) {
                continue;
            }
            let chosen = matches!(hand, Hand::Chosen(_));
            actions.push(match self.choice(state, participant) {
                Some(_) if self.is_mutant(Mutant::ClaimInTwoSteps) && !chosen => {
                    Action::Choose(participant)
                }
                Some(input) => Action::Claim { participant, input },
                None => Action::End(participant),
            });
            if self.may_leave && matches!(hand, Hand::Running(_)) {
                actions.push(Action::Leave(participant));
            }
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        let participant = match action {
            Action::Claim { participant, .. }
            | Action::End(participant)
            | Action::Choose(participant) => {
                next.finished = self.finished(state, participant);
                if let Hand::Running(input) = state.hands[participant] {
                    next.exhausted[input] = true;
                }
                participant
            }
            Action::Leave(participant) => participant,
        };
        next.hands[participant] = match action {
            Action::Claim { input, .. } => {
                let at_once = !self.is_mutant(Mutant::FinishedOnlyAtTheEnd);
                next.finished[input] |= at_once && !self.partial[input];
                next.claims[input] = (next.claims[input] + 1).min(self.participants as u8 + 1);
                if participant != 0 {
                    next.next = (input + 1) % self.partial.len();
                }
                Hand::Running(input)
            }
            Action::Choose(_) => Hand::Chosen(self.choice(state, participant)?),
            Action::End(_) => Hand::Ended,
            Action::Leave(_) => Hand::Left,
        };
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            // [scan.append.claim]
            Property::always(
                "an_input_that_is_not_partial_is_run_once",
                |model: &Self, state: &State| {
                    let claims = state.claims.iter().zip(&model.partial);
                    claims.clone().all(|(claims, partial)| *partial || *claims <= 1)
                },
            ),
            // [scan.append.claim]
            Property::always(
                "at_the_end_every_input_was_run_to_its_end",
                |model: &Self, state: &State| {
                    !model.ended_by_itself(state) || state.exhausted.iter().all(|done| *done)
                },
            ),
            // [scan.append.claim]
            Property::always("nobody_is_stuck", |model: &Self, state: &State| {
                !model.is_stuck(state)
            }),
            Property::sometimes("a_partial_input_is_run_by_two", |model: &Self, state: &State| {
                let claims = state.claims.iter().zip(&model.partial);
                !model.partial.contains(&true)
                    || claims.clone().any(|(n, partial)| *partial && *n > 1)
            }),
            Property::sometimes(
                "one_participant_alone_runs_everything",
                |model: &Self, state: &State| {
                    let outside = state.hands.iter().filter(|hand| **hand == Hand::Outside);
                    model.ended_by_itself(state) && outside.count() + 1 == model.participants
                },
            ),
        ]
    }
}

impl Protocol for AppendClaim {
    fn is_complete(&self, state: &State) -> bool {
        let settled = |hand: &Hand| matches!(hand, Hand::Outside | Hand::Ended | Hand::Left);
        state.hands.iter().all(settled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::expect::{caught, holds};
    use crate::replay;

    fn append(partial: &[bool], participants: usize) -> AppendClaim {
        AppendClaim { partial: partial.to_vec(), participants, may_leave: false, mutant: None }
    }

    #[test]
    fn it_holds_for_partial_and_other_inputs_together() {
        holds(append(&[false, true, false, true], 3), 208);
        holds(AppendClaim { may_leave: true, ..append(&[false, false, true], 3) }, 281);
    }

    #[test]
    fn it_holds_for_inputs_of_one_kind() {
        holds(append(&[true, true, true], 3), 190);
        holds(append(&[false, false, false], 4), 291);
    }

    #[test]
    fn every_mutant_is_caught() {
        let mutant =
            |mutant| AppendClaim { mutant: Some(mutant), ..append(&[false, true, false], 3) };
        let once = "an_input_that_is_not_partial_is_run_once";
        caught(mutant(Mutant::FinishedOnlyAtTheEnd), once);
        caught(mutant(Mutant::ClaimInTwoSteps), once);
        caught(mutant(Mutant::ExhaustionForgotten), "every_run_ends");
        let end = "at_the_end_every_input_was_run_to_its_end";
        caught(mutant(Mutant::FinishesThoseBefore), end);
    }

    #[test]
    fn a_log_in_which_an_input_is_claimed_twice_is_rejected() {
        let claim = |participant, input| Action::Claim { participant, input };
        let log = vec![claim(1, 0), claim(0, 1), Action::End(1), Action::End(0)];
        assert!(replay(&append(&[false, false], 2), log.clone()).is_ok());
        let mut twice = log.clone();
        twice[1] = claim(0, 0);
        assert!(replay(&append(&[false, false], 2), twice).is_err());
        assert!(replay(&append(&[false, false], 2), log[..3].to_vec()).is_err());
    }
}
