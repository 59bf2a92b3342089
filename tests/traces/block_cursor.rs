//! The claims of a Parallel Seq Scan.

use std::collections::BTreeSet;

use super::{Run, doubled, moved, rejects, without};
use models::block_cursor::{Action, BlockCursor, Chunks};
use parallel::Claims;
use parallel::protocol::record::Action as Logged;

/// Every scan of a run: its model, with the scan's own sizes, and what was done to it.
pub fn traces(run: &Run) -> impl Iterator<Item = (BlockCursor, Vec<Action>)> {
    run.log.iter().filter_map(|made| {
        let Logged::CursorMade { blocks, claims, favoured } = made.action else { return None };
        let own = run.log.iter().filter(|entry| entry.object == made.object);
        let trace: Vec<Action> = own.filter_map(|entry| action(&entry.action)).collect();
        let attached = |action: &Action| match action {
            Action::Attach { participant, .. } => participant + 1,
            _ => 0,
        };
        let chunks = match claims {
            Claims::Ranges => Chunks::POSTGRES,
            Claims::OneBlock => Chunks::Fixed(1),
            Claims::Skewed => Chunks::Skewed(favoured),
            Claims::Fixed(blocks) => Chunks::Fixed(u64::from(blocks)),
        };
        let model = BlockCursor {
            blocks,
            participants: trace.iter().map(attached).max().unwrap_or(0),
            chunks,
            any_start: false,
            may_leave: run.may_stop,
            mutant: None,
        };
        Some((model, trace))
    })
}

fn action(logged: &Logged) -> Option<Action> {
    Some(match *logged {
        Logged::CursorAttached(participant) => Action::Attach { participant, start: 0 },
        Logged::BlocksClaimed { participant, first, end } => {
            Action::Claim { participant, first, end }
        }
        Logged::BlocksEnded(participant) => Action::End(participant),
        Logged::CursorLeft(participant) => Action::Leave(participant),
        _ => return None,
    })
}

/// How many participants have claimed blocks.
pub fn claimers(trace: &[Action]) -> usize {
    let claimer = |action: &Action| match action {
        Action::Claim { participant, .. } => Some(*participant),
        _ => None,
    };
    trace.iter().filter_map(claimer).collect::<BTreeSet<_>>().len()
}

/// Tampers with a trace: how many of the changes were rejected, which must be all.
pub fn bite(model: &BlockCursor, trace: &[Action]) -> usize {
    let claims = |action: &Action| matches!(action, Action::Claim { .. });
    let Some(first) = trace.iter().position(claims) else { return 0 };
    let last = trace.iter().rposition(claims).expect("there is one");
    let mut tampered = vec![];
    for at in [first, last] {
        tampered.push(without(trace, at));
        tampered.push(doubled(trace, at));
    }
    // Before anybody has attached; after everybody has ended.
    tampered.push(moved(trace, first, 0));
    tampered.push(moved(trace, last, trace.len() - 1));
    let mut longer = trace.to_vec();
    if let Action::Claim { end, .. } = &mut longer[first] {
        *end += 1;
    }
    tampered.push(longer);
    for tampered in &tampered {
        assert!(rejects(model, tampered), "{model:?} accepts {tampered:?} instead of {trace:?}");
    }
    tampered.len()
}
