//! The claims of a Parallel Append.

use super::{Run, doubled, moved, rejects, without};
use models::append_claim::{Action, AppendClaim};
use parallel::protocol::record::Action as Logged;

/// Every Parallel Append of a run: its model, and what was done to it.
pub fn traces(run: &Run) -> impl Iterator<Item = (AppendClaim, Vec<Action>)> {
    run.log.iter().filter_map(|made| {
        let Logged::AppendMade(partial) = &made.action else { return None };
        let own = run.log.iter().filter(|entry| entry.object == made.object);
        let mut trace: Vec<Action> = own.filter_map(|entry| action(&entry.action)).collect();
        let participants = trace.iter().map(|action| who(action) + 1).max().unwrap_or(0);
        if run.may_stop {
            // Nothing tells the shared state that a participant has left.
            let ended = |who: &usize| trace.contains(&Action::End(*who));
            let claimed = |who: &usize| trace.iter().any(|action| self::who(action) == *who);
            let left: Vec<usize> =
                (0..participants).filter(|who| claimed(who) && !ended(who)).collect();
            trace.extend(left.into_iter().map(Action::Leave));
        }
        let partial = partial.clone();
        let model = AppendClaim { partial, participants, may_leave: run.may_stop, mutant: None };
        Some((model, trace))
    })
}

fn action(logged: &Logged) -> Option<Action> {
    Some(match *logged {
        Logged::InputClaimed { participant, input } => Action::Claim { participant, input },
        Logged::InputsEnded(participant) => Action::End(participant),
        _ => return None,
    })
}

fn who(action: &Action) -> usize {
    match *action {
        Action::Claim { participant, .. } => participant,
        Action::End(participant) | Action::Leave(participant) | Action::Choose(participant) => {
            participant
        }
    }
}

/// Tampers with a trace: how many of the changes were rejected, which must be all.
pub fn bite(model: &AppendClaim, trace: &[Action]) -> usize {
    let ends = |action: &Action| matches!(action, Action::End(_));
    let Some(end) = trace.iter().position(ends) else { return 0 };
    let tampered = [
        without(trace, end),
        doubled(trace, end),
        moved(trace, end, 0),
        moved(trace, trace.len() - 1, 0),
    ];
    for tampered in &tampered {
        assert!(rejects(model, tampered), "{model:?} accepts {tampered:?} instead of {trace:?}");
    }
    tampered.len()
}
