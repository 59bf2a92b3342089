//! Parallel Hash: participants build one table together, probe it, and one of them returns what no row has matched.
//!
//! ```text
//! phases     Elect → Allocate → Build → Probe → Unmatched → Free
//! Attach     at any time, at the phase that the barrier is in; from Unmatched on there is nothing left to do
//! Arrive     at the end of Elect, Allocate and Build: it waits until everybody who has attached has arrived;
//!            the first to go on into Allocate is elected, and makes the table
//! Insert     Build: claims a row of the inner side, then inserts it
//! Probe      claims a row of the outer side, then looks it up, marks what it matches, and emits
//! Depart     Probe: no outer row is left.  It leaves without waiting, but for the last: that one returns the unmatched rows
//! Finish     of the last: the table is freed
//! StopEarly  it wants no more: while building, the build is broken, and nobody probes;
//!            while probing, nobody may say any more which rows are unmatched
//! ```
//!
//! Emitting may block, because the queue to the leader is bounded, and a leader that waits at a barrier reads no queue. Nobody
//! must therefore wait at a barrier for somebody who may be emitting: that is why Probe is left without waiting.

use stateright::{Model, Property};

use crate::check::Protocol;

/// A hash join over a shared table. Participant 0 is the leader. Row i of the outer side matches row i of the inner side.
#[derive(Clone, Debug)]
pub struct HashBarrier {
    /// The leader and the workers that were planned.
    pub participants: usize,
    /// Rows to build from.
    pub inner: u8,
    /// Rows to probe with.
    pub outer: u8,
    /// How many rows a queue to the leader holds.
    pub room: u8,
    /// Whether participants may stop before the end.
    pub may_stop: bool,
    /// A planted mistake.
    pub mutant: Option<Mutant>,
}

/// Mistakes that must be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// Who waits goes on before everybody has arrived.
    WakesEarly,
    /// The first to leave frees the table.
    FreedByTheFirst,
    /// Everybody who has finished probing returns the unmatched rows.
    EverybodyEmits,
    /// A late participant helps to return the unmatched rows.
    LateOneEmits,
    /// After probing, everybody waits at the barrier.
    WaitsAfterProbing,
    /// The barrier waits for all who were planned.
    CountsPlanned,
    /// Everybody believes to be elected.
    EverybodyAllocates,
    /// Who stops while building just leaves.
    BrokenBuildIsProbed,
    /// Who stops while probing just leaves.
    StopIsForgotten,
}

/// The barrier, the table, the rows and the participants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    phase: Phase,
    /// Whether somebody is elected for this phase.
    elected: bool,
    broken: bool,
    /// Somebody has stopped while probing.
    unmatched_unknown: bool,
    people: Vec<Person>,
    table: Table,
    inner_left: u8,
    inserted: u8,
    outer_left: u8,
    /// Per inner row: whether an outer row has matched it.
    matched: Vec<bool>,
    /// Per inner row: how often it was returned as unmatched.
    returned: Vec<u8>,
    wrong: Wrong,
    somebody_stopped: bool,
    came_late: bool,
}

/// What must never happen, once it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Wrong {
    probed_early: bool,
    table_missing: bool,
    allocated_twice: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Phase {
    Elect,
    Allocate,
    Build,
    Probe,
    Unmatched,
    Free,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Table {
    Missing,
    There,
    Freed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Person {
    place: Place,
    /// How many rows a worker has in its queue to the leader.
    queued: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Outside,
    /// Attached, in this phase.
    At(Phase),
    /// Elected: it makes the table.
    Elected,
    /// It has arrived at the end of this phase.
    Waiting(Phase),
    /// It holds an inner row.
    Building,
    /// It holds this outer row.
    Probing(u8),
    /// It returns the unmatched rows.
    Emitting,
    Gone,
}

/// What participants (by number) do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It begins.
    Attach(usize),
    /// A planned worker never begins.
    NeverBegin(usize),
    /// It has done its part of the phase.
    Arrive(usize),
    /// It goes on from the barrier.
    Wake(usize),
    /// It makes the table.
    Allocate(usize),
    /// It claims an inner row.
    ClaimInner(usize),
    /// It inserts its inner row.
    Insert(usize),
    /// It claims an outer row.
    ClaimOuter(usize),
    /// It looks its outer row up and emits the result.
    Probe(usize),
    /// It has finished probing; whether it is the last.
    Depart(usize),
    /// It returns this unmatched inner row.
    Return(usize, u8),
    /// It has returned all unmatched rows; the table is freed.
    Finish(usize),
    /// It leaves before the end.
    StopEarly(usize),
    /// It leaves because the build is broken.
    GiveUp(usize),
    /// The leader reads the row of a worker.
    Drain(usize),
}

impl HashBarrier {
    fn is_mutant(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// Whether everybody who has attached has arrived at the end of the phase.
    fn arrivals_complete(&self, state: &State) -> bool {
        let waits = |person: &Person| person.place == Place::Waiting(state.phase);
        let pending = |person: &Person| match person.place {
            Place::Outside => self.is_mutant(Mutant::CountsPlanned),
            Place::Gone => self.is_mutant(Mutant::CountsPlanned) && state.phase < Phase::Probe,
            _ => !waits(person),
        };
        state.people.iter().any(waits) && !state.people.iter().any(pending)
    }

    /// The phase ends if everybody has arrived.
    fn release(&self, state: &mut State) {
        if state.broken || !self.arrivals_complete(state) {
            return;
        }
        state.elected = false;
        state.phase = match state.phase {
            Phase::Elect => Phase::Allocate,
            Phase::Allocate => Phase::Build,
            Phase::Build => Phase::Probe,
            _ => Phase::Unmatched,
        };
    }

    fn is_attached(person: &Person) -> bool {
        !matches!(person.place, Place::Outside | Place::Gone)
    }

    /// Leaves the barrier; the last one frees the table.
    fn leave(&self, state: &mut State, i: usize) {
        state.people[i].place = Place::Gone;
        let last = !state.people.iter().any(Self::is_attached);
        if last || self.is_mutant(Mutant::FreedByTheFirst) {
            state.phase = Phase::Free;
            state.table = Table::Freed;
        } else {
            self.release(state);
        }
    }

    fn depart(&self, state: &mut State, i: usize) {
        let others = state.people.iter().filter(|person| Self::is_attached(person)).count() > 1;
        if self.is_mutant(Mutant::WaitsAfterProbing) {
            state.people[i].place = Place::Waiting(Phase::Probe);
            self.release(state);
        } else if !others {
            state.phase = Phase::Unmatched;
            state.people[i].place = Place::Emitting;
        } else if self.is_mutant(Mutant::EverybodyEmits) {
            state.people[i].place = Place::Emitting;
        } else {
            self.leave(state, i);
        }
    }

    fn stop(&self, state: &mut State, i: usize) {
        state.somebody_stopped = true;
        let probes = state.phase >= Phase::Probe;
        if probes && !self.is_mutant(Mutant::StopIsForgotten) {
            state.unmatched_unknown = true;
        }
        if !probes && !self.is_mutant(Mutant::BrokenBuildIsProbed) {
            state.broken = true;
        }
        self.leave(state, i);
    }

    fn wake(&self, state: &mut State, i: usize) {
        let Place::Waiting(phase) = state.people[i].place else { return };
        let next = match phase {
            Phase::Elect => Phase::Allocate,
            Phase::Allocate => Phase::Build,
            Phase::Build => Phase::Probe,
            _ => Phase::Unmatched,
        };
        let elects = matches!(next, Phase::Allocate | Phase::Unmatched);
        let chosen = !state.elected || self.is_mutant(Mutant::EverybodyAllocates);
        state.people[i].place = match (elects && chosen, next) {
            (true, Phase::Allocate) => Place::Elected,
            (true, _) => Place::Emitting,
            (false, Phase::Unmatched) => return self.leave(state, i),
            _ => Place::At(next),
        };
        state.elected |= elects;
    }

    fn attach(&self, state: &mut State, i: usize) {
        state.came_late |= state.phase == Phase::Probe;
        state.people[i].place = match state.phase {
            Phase::Free => Place::Gone,
            Phase::Unmatched if self.is_mutant(Mutant::LateOneEmits) => Place::Emitting,
            Phase::Unmatched => Place::Gone,
            _ if state.broken => Place::Gone,
            phase => Place::At(phase),
        };
    }

    fn has_room(&self, state: &State, i: usize) -> bool {
        i == 0 || state.people[i].queued < self.room
    }

    fn unmatched(&self, state: &State) -> impl Iterator<Item = u8> {
        let unmatched =
            |row: &u8| !state.matched[*row as usize] && state.returned[*row as usize] == 0;
        let known = !state.unmatched_unknown;
        (0..self.inner).filter(unmatched).filter(move |_| known).collect::<Vec<_>>().into_iter()
    }

    fn working_actions(&self, state: &State, i: usize, phase: Phase, actions: &mut Vec<Action>) {
        match phase {
            _ if state.broken => actions.push(Action::GiveUp(i)),
            Phase::Build if state.inner_left > 0 => actions.push(Action::ClaimInner(i)),
            Phase::Elect | Phase::Allocate | Phase::Build => actions.push(Action::Arrive(i)),
            Phase::Probe if state.outer_left > 0 => actions.push(Action::ClaimOuter(i)),
            _ => actions.push(Action::Depart(i)),
        }
    }

    fn use_table(&self, state: &mut State) {
        state.wrong.table_missing |= state.table != Table::There;
    }

    fn probe(&self, state: &mut State, i: usize, row: u8) {
        self.use_table(state);
        state.wrong.probed_early |= state.inserted < self.inner;
        if let Some(matched) = state.matched.get_mut(row as usize) {
            *matched = true;
        }
        state.people[i].place = Place::At(Phase::Probe);
        state.people[i].queued += u8::from(i != 0);
    }

    fn nobody_stopped_and_all_left(&self, state: &State) -> bool {
        let came = state.phase == Phase::Free;
        came && self.is_complete(state) && !state.somebody_stopped
    }
}

impl Model for HashBarrier {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let person = Person { place: Place::Outside, queued: 0 };
        vec![State {
            phase: Phase::Elect,
            elected: false,
            broken: false,
            unmatched_unknown: false,
            people: vec![person; self.participants],
            table: Table::Missing,
            inner_left: self.inner,
            inserted: 0,
            outer_left: self.outer,
            matched: vec![false; self.inner as usize],
            returned: vec![0; self.inner as usize],
            wrong: Wrong::default(),
            somebody_stopped: false,
            came_late: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let leader_waits = matches!(state.people[0].place, Place::Waiting(_));
        for (i, person) in state.people.iter().enumerate() {
            match person.place {
                Place::Outside => {
                    actions.push(Action::Attach(i));
                    if i > 0 {
                        actions.push(Action::NeverBegin(i));
                    }
                }
                Place::At(phase) => self.working_actions(state, i, phase, actions),
                Place::Elected => actions.push(Action::Allocate(i)),
                Place::Waiting(_) if state.broken => actions.push(Action::GiveUp(i)),
                Place::Waiting(phase) => {
                    if state.phase > phase || self.is_mutant(Mutant::WakesEarly) {
                        actions.push(Action::Wake(i));
                    }
                }
                Place::Building => actions.push(Action::Insert(i)),
                Place::Probing(_) if self.has_room(state, i) => actions.push(Action::Probe(i)),
                Place::Emitting => match self.unmatched(state).next() {
                    Some(row) if self.has_room(state, i) => actions.push(Action::Return(i, row)),
                    Some(_) => {}
                    None => actions.push(Action::Finish(i)),
                },
                Place::Probing(_) | Place::Gone => {}
            }
            let emits = matches!(person.place, Place::Probing(_) | Place::Emitting);
            let blocked = emits && !self.has_room(state, i);
            if self.may_stop && Self::is_attached(person) && !blocked {
                actions.push(Action::StopEarly(i));
            }
            if person.queued > 0 && !leader_waits {
                actions.push(Action::Drain(i));
            }
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Attach(i) => self.attach(&mut next, i),
            Action::NeverBegin(i) => next.people[i].place = Place::Gone,
            Action::Arrive(i) => {
                let Place::At(phase) = state.people[i].place else { return None };
                next.people[i].place = Place::Waiting(phase);
                self.release(&mut next);
            }
            Action::Wake(i) => self.wake(&mut next, i),
            Action::Allocate(i) => {
                next.wrong.allocated_twice |= state.table != Table::Missing;
                next.table = Table::There;
                next.people[i].place = Place::At(Phase::Allocate);
            }
            Action::ClaimInner(i) => {
                next.inner_left -= 1;
                next.people[i].place = Place::Building;
            }
            Action::Insert(i) => {
                self.use_table(&mut next);
                next.inserted += 1;
                next.people[i].place = Place::At(Phase::Build);
            }
            Action::ClaimOuter(i) => {
                next.people[i].place = Place::Probing(self.outer - state.outer_left);
                next.outer_left -= 1;
            }
            Action::Probe(i) => {
                let Place::Probing(row) = state.people[i].place else { return None };
                self.probe(&mut next, i, row);
            }
            Action::Depart(i) => self.depart(&mut next, i),
            Action::Return(i, row) => {
                self.use_table(&mut next);
                next.returned[row as usize] += 1;
                next.people[i].queued += u8::from(i != 0);
            }
            Action::Finish(i) | Action::GiveUp(i) => self.leave(&mut next, i),
            Action::StopEarly(i) => self.stop(&mut next, i),
            Action::Drain(i) => next.people[i].queued -= 1,
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            // [join.shared.build-first]
            Property::always(
                "nobody_probes_before_every_row_is_inserted",
                |_: &Self, state: &State| !state.wrong.probed_early,
            ),
            // [join.shared.free]
            Property::always("nobody_uses_a_table_that_is_not_there", |_: &Self, state: &State| {
                !state.wrong.table_missing
            }),
            // [join.shared.elected]
            Property::always("one_participant_makes_the_table", |_: &Self, state: &State| {
                !state.wrong.allocated_twice
            }),
            // [join.shared.unmatched]
            Property::always(
                "one_participant_returns_unmatched_rows",
                |_: &Self, state: &State| {
                    let emits = |person: &&Person| person.place == Place::Emitting;
                    state.people.iter().filter(emits).count() <= 1
                },
            ),
            // [join.shared.unmatched]
            Property::always(
                "a_row_with_a_match_is_not_returned_as_unmatched",
                |model: &Self, state: &State| {
                    (0..model.outer.min(model.inner)).all(|row| state.returned[row as usize] == 0)
                },
            ),
            // [join.shared.unmatched] [join.shared.build-first]
            Property::always("at_the_end_every_row_was_joined", |model: &Self, state: &State| {
                let returned =
                    |row: u8| u8::from(row >= model.outer) == state.returned[row as usize];
                !model.nobody_stopped_and_all_left(state)
                    || state.outer_left == 0
                        && state.inserted == model.inner
                        && (0..model.inner).all(returned)
            }),
            // [join.shared.free]
            Property::always("the_last_to_leave_frees_the_table", |model: &Self, state: &State| {
                !model.is_complete(state) || state.table != Table::There
            }),
            // [join.shared.wait] [join.shared.attach]
            Property::always("nobody_is_stuck", |model: &Self, state: &State| {
                !model.is_stuck(state)
            }),
            // [join.shared.attach]
            Property::sometimes("a_late_participant_probes", |_: &Self, state: &State| {
                state.came_late
            }),
            // [join.shared.attach]
            Property::sometimes(
                "a_late_participant_finds_nothing_to_do",
                |_: &Self, state: &State| {
                    let outside = state.people.iter().any(|person| person.place == Place::Outside);
                    state.phase == Phase::Free && outside
                },
            ),
            Property::sometimes("a_build_was_broken", |model: &Self, state: &State| {
                state.broken || !model.may_stop
            }),
            Property::sometimes("unmatched_rows_are_returned", |model: &Self, state: &State| {
                state.returned.contains(&1) || model.inner <= model.outer
            }),
        ]
    }
}

impl Protocol for HashBarrier {
    fn is_complete(&self, state: &State) -> bool {
        let gone = |person: &Person| !Self::is_attached(person) && person.queued == 0;
        state.people.iter().all(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::expect::{caught, holds};

    fn join(participants: usize, inner: u8, outer: u8) -> HashBarrier {
        HashBarrier { participants, inner, outer, room: 1, may_stop: false, mutant: None }
    }

    #[test]
    fn it_holds_for_three_participants() {
        holds(join(3, 4, 3), 2305);
        holds(join(3, 1, 2), 1262);
    }

    #[test]
    fn it_holds_for_queues_that_hold_several_rows() {
        holds(HashBarrier { room: 2, ..join(3, 4, 3) }, 2871);
    }

    #[test]
    fn it_holds_for_four_participants() {
        holds(join(4, 4, 3), 16019);
    }

    #[test]
    fn it_holds_for_participants_that_stop_early() {
        holds(HashBarrier { may_stop: true, ..join(3, 3, 2) }, 3335);
        holds(HashBarrier { may_stop: true, ..join(4, 2, 1) }, 10831);
    }

    #[test]
    fn every_mutant_is_caught() {
        let mutant = |mutant| HashBarrier { mutant: Some(mutant), ..join(3, 2, 1) };
        let stops = |what| HashBarrier { may_stop: true, ..mutant(what) };
        caught(mutant(Mutant::WakesEarly), "nobody_uses_a_table_that_is_not_there");
        caught(mutant(Mutant::FreedByTheFirst), "nobody_uses_a_table_that_is_not_there");
        caught(mutant(Mutant::EverybodyEmits), "one_participant_returns_unmatched_rows");
        caught(mutant(Mutant::LateOneEmits), "one_participant_returns_unmatched_rows");
        let waits = HashBarrier { outer: 2, ..mutant(Mutant::WaitsAfterProbing) };
        caught(waits, "nobody_is_stuck");
        caught(mutant(Mutant::CountsPlanned), "nobody_is_stuck");
        caught(mutant(Mutant::EverybodyAllocates), "one_participant_makes_the_table");
        let broken = stops(Mutant::BrokenBuildIsProbed);
        caught(broken, "nobody_uses_a_table_that_is_not_there");
        let forgotten = stops(Mutant::StopIsForgotten);
        caught(forgotten, "a_row_with_a_match_is_not_returned_as_unmatched");
    }
}
