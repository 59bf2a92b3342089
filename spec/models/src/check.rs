//! Searching through a model, and replaying a log through it.

use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::hash::Hash;

use stateright::{Checker, Expectation, HasDiscoveries, Model, Property};

/// A model of which we know when a run has come to its proper end.
///
/// Runs are finite: a model that could go round in a circle is refused by [`verify`], because a circle would hide from the
/// search that somebody waits for ever. So "every run ends well" is: no circle, and no state without an enabled action that is
/// not complete.
pub trait Protocol:
    Model<State: Clone + Debug + Eq + Hash, Action: Clone + Debug + PartialEq>
    + Clone
    + Send
    + Sync
    + 'static
where
    Self::State: Send + Sync,
{
    /// Whether a run may end here: everybody has left, nothing is owed.
    fn is_complete(&self, state: &Self::State) -> bool;

    /// What may happen in this state.
    fn enabled(&self, state: &Self::State) -> Vec<Self::Action> {
        let mut actions = vec![];
        self.actions(state, &mut actions);
        actions
    }

    /// Whether nothing can happen any more although the run is not complete: a deadlock.
    fn is_stuck(&self, state: &Self::State) -> bool {
        !self.is_complete(state) && self.enabled(state).is_empty()
    }
}

/// How large a model is within its bounds. A number that changes without intent is a model that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explored {
    /// Different states.
    pub states: usize,
    /// Steps of the longest run.
    pub longest: usize,
}

/// Something wrong with a model: a property and the run that shows it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The name of the property.
    pub property: &'static str,
    /// The actions that lead there; empty if the property asks for a state and there is none.
    pub run: Vec<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} steps: {}", self.property, self.run.len(), self.run.join(", "))
    }
}

/// Visits every state of a model.
///
/// Two searches must agree on the number of states: stateright's, which checks the properties, and ours, which checks that no
/// run goes in a circle.
///
/// # Errors
/// Each property that does not hold, with a run to show it; `every_run_ends` if a run can go in a circle.
pub fn verify<P: Protocol>(model: P) -> Result<Explored, Vec<Finding>>
where
    P::State: Send + Sync,
{
    // A run that fails is shown as soon as it is found: it is then as short as can be.
    let first = model.clone().checker().threads(1).finish_when(HasDiscoveries::AnyFailures);
    let checked = first.spawn_bfs().join();
    let found = checked.discoveries();
    let mut findings = vec![];
    for property in model.properties() {
        let run = found.get(property.name);
        let holds = match property.expectation {
            Expectation::Always => run.is_none(),
            Expectation::Sometimes => run.is_some(),
            Expectation::Eventually => unreachable!("endings are checked by state, see `Protocol`"),
        };
        if !holds {
            let run = run.map(|path| path.clone().into_actions()).unwrap_or_default();
            let run = run.iter().map(|action| format!("{action:?}")).collect();
            findings.push(Finding { property: property.name, run });
        }
    }
    if findings.iter().any(|finding| !finding.run.is_empty()) {
        return Err(findings);
    }
    let walk = Walk::through(&model);
    let longest = walk.longest_run();
    if longest.is_none() {
        findings.push(Finding { property: "every_run_ends", run: vec![] });
    }
    match (longest, findings.is_empty()) {
        (Some(longest), true) => {
            assert_eq!(walk.next.len(), checked.unique_state_count(), "two searches differ");
            Ok(Explored { states: walk.next.len(), longest })
        }
        _ => Err(findings),
    }
}

/// The graph of states: for each, those that follow it.
struct Walk {
    next: Vec<Vec<usize>>,
}

impl Walk {
    fn through<P: Protocol>(model: &P) -> Walk
    where
        P::State: Send + Sync,
    {
        let mut places: HashMap<P::State, usize> = HashMap::new();
        let mut states = vec![];
        for state in model.init_states() {
            places.insert(state.clone(), states.len());
            states.push(state);
        }
        let mut next = vec![];
        while let Some(state) = states.get(next.len()).cloned() {
            let mut after = vec![];
            for action in model.enabled(&state) {
                let Some(follower) = model.next_state(&state, action) else { continue };
                let place = *places.entry(follower).or_insert_with_key(|follower| {
                    states.push(follower.clone());
                    states.len() - 1
                });
                after.push(place);
            }
            next.push(after);
        }
        Walk { next }
    }

    /// The steps of the longest run, by taking away states that nothing leads to any more; `None` if a circle remains.
    fn longest_run(&self) -> Option<usize> {
        let mut leading_here = vec![0_usize; self.next.len()];
        self.next.iter().flatten().for_each(|&state| leading_here[state] += 1);
        let mut free: Vec<usize> =
            (0..self.next.len()).filter(|&state| leading_here[state] == 0).collect();
        let (mut steps, mut taken) = (vec![0; self.next.len()], 0);
        while let Some(state) = free.pop() {
            taken += 1;
            for &follower in &self.next[state] {
                steps[follower] = steps[follower].max(steps[state] + 1);
                leading_here[follower] -= 1;
                if leading_here[follower] == 0 {
                    free.push(follower);
                }
            }
        }
        (taken == self.next.len()).then(|| steps.into_iter().max().unwrap_or(0))
    }
}

/// A log that is no run of the model.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// How many actions of the log were accepted.
    pub accepted: usize,
    /// The action that is not enabled, or what is missing at the end.
    pub because: String,
    /// The model's state there.
    pub state: String,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {} actions {}, in the state {}", self.accepted, self.because, self.state)
    }
}

impl std::error::Error for Rejected {}

/// Takes a whole log through a model, one action after the other.
///
/// # Errors
/// If an action is not enabled where it stands, if a property that should always hold does not in a state on the way, or if
/// the run is not complete at the end.
pub fn replay<P: Protocol>(
    model: &P,
    log: impl IntoIterator<Item = P::Action>,
) -> Result<P::State, Rejected>
where
    P::State: Send + Sync,
{
    let mut state = model.init_states().swap_remove(0);
    let rejected = |accepted, because: String, state: &P::State| {
        Err(Rejected { accepted, because, state: format!("{state:?}") })
    };
    let properties = model.properties();
    let always = |property: &&Property<P>| matches!(property.expectation, Expectation::Always);
    let mut accepted = 0;
    for action in log {
        if !model.enabled(&state).contains(&action) {
            return rejected(accepted, format!("{action:?} is not enabled"), &state);
        }
        state = model.next_state(&state, action).expect("an enabled action leads on");
        accepted += 1;
        let broken = |property: &&Property<P>| !(property.condition)(model, &state);
        if let Some(broken) = properties.iter().filter(always).find(broken) {
            return rejected(accepted, format!("{} does not hold", broken.name), &state);
        }
    }
    if !model.is_complete(&state) {
        return rejected(accepted, "the run is not complete".into(), &state);
    }
    Ok(state)
}

/// Tests of a model: that it holds within its bounds, that each mutant is caught by the property that should catch it.
#[cfg(test)]
pub(crate) mod expect {
    use super::{Protocol, verify};

    /// The model holds and has exactly so many states.
    pub fn holds<P: Protocol>(model: P, states: usize)
    where
        P::State: Send + Sync,
    {
        let name = format!("{model:?}", model = std::any::type_name::<P>());
        let began = std::time::Instant::now();
        match verify(model) {
            Ok(explored) => {
                println!("{name}: {explored:?} in {:?}", began.elapsed());
                assert_eq!(explored.states, states, "{name}: the recorded number of states");
            }
            Err(findings) => panic!("{name}: {}", findings[0]),
        }
    }

    /// The mutant breaks this property.
    pub fn caught<P: Protocol>(mutant: P, property: &str)
    where
        P::State: Send + Sync,
    {
        let findings = verify(mutant).expect_err(property);
        let found: Vec<_> = findings.iter().map(|finding| finding.property).collect();
        assert!(found.contains(&property), "{property} was expected, found: {found:?}");
        println!("caught: {}", findings.iter().find(|f| f.property == property).unwrap());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts up to two; may then go back.
    #[derive(Clone)]
    struct Counter {
        goes_back: bool,
    }

    impl Model for Counter {
        type State = u8;
        type Action = &'static str;

        fn init_states(&self) -> Vec<u8> {
            vec![0]
        }

        fn actions(&self, state: &u8, actions: &mut Vec<&'static str>) {
            if *state < 2 {
                actions.push("up");
            } else if self.goes_back {
                actions.push("back");
            }
        }

        fn next_state(&self, state: &u8, action: &'static str) -> Option<u8> {
            Some(if action == "up" { state + 1 } else { 0 })
        }

        fn properties(&self) -> Vec<Property<Self>> {
            vec![
                Property::always("small", |_, state| *state < 3),
                Property::sometimes("two", |_, state| *state == 2),
            ]
        }
    }

    impl Protocol for Counter {
        fn is_complete(&self, state: &u8) -> bool {
            *state == 2
        }
    }

    #[test]
    fn states_and_the_longest_run_are_counted() {
        let explored = verify(Counter { goes_back: false }).unwrap();
        assert_eq!(explored, Explored { states: 3, longest: 2 });
    }

    #[test]
    fn a_run_in_a_circle_is_found() {
        let findings = verify(Counter { goes_back: true }).unwrap_err();
        assert_eq!(findings[0].property, "every_run_ends");
    }

    #[test]
    fn a_log_must_be_a_run_from_beginning_to_end() {
        let because = |log: &[&'static str]| {
            replay(&Counter { goes_back: false }, log.iter().copied()).map_err(|no| no.to_string())
        };
        assert_eq!(because(&["up", "up"]), Ok(2));
        let short = because(&["up"]).unwrap_err();
        assert_eq!(short, "after 1 actions the run is not complete, in the state 1");
        let long = because(&["up", "up", "up"]).unwrap_err();
        assert_eq!(long, "after 2 actions \"up\" is not enabled, in the state 2");
    }
}
