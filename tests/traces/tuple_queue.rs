//! A worker's queue: its own actions, and those of the event that its writer waits for.

use super::{Run, doubled, moved, rejects, without};
use models::tuple_queue::{Action, TupleQueue};
use parallel::protocol::record::{Action as Logged, Entry};

/// Every queue of a run: its model, with its own sizes, and what was done to it.
pub fn traces(run: &Run) -> impl Iterator<Item = (TupleQueue, Vec<Action>)> {
    run.log.iter().filter_map(|made| {
        let Logged::QueueMade { capacity, space, .. } = made.action else { return None };
        let trace: Vec<Action> =
            run.log.iter().filter_map(|entry| action(entry, made.object, space)).collect();
        let count = |wanted: fn(&Action) -> bool| trace.iter().filter(|a| wanted(a)).count() as u32;
        let sent = count(|action| matches!(action, Action::Send(_)));
        let refused = count(|action| matches!(action, Action::Refused));
        let model = TupleQueue {
            capacity: capacity as u32,
            items: sent + refused,
            writer_may_fail: false,
            reader_may_leave: true,
            polls: count(|action| matches!(action, Action::Empty)),
            mutant: None,
        };
        Some((model, trace))
    })
}

fn action(entry: &Entry, queue: u64, space: u64) -> Option<Action> {
    let number = |number: u64| number as u32;
    Some(match &entry.action {
        Logged::Looked if entry.object == space => Action::Look,
        Logged::Signalled(by) if entry.object == space && *by == queue => Action::Signal,
        _ if entry.object != queue => return None,
        Logged::Sent(item) => Action::Send(number(*item)),
        Logged::Full => Action::Full,
        Logged::Refused => Action::Refused,
        Logged::WriterDetached => Action::DetachWriter,
        Logged::Received(item) => Action::Receive(number(*item)),
        Logged::Empty => Action::Empty,
        Logged::Ended => Action::End,
        Logged::ReaderDetached => Action::DetachReader,
        _ => return None,
    })
}

/// Tampers with a trace: how many of the changes were rejected, which must be all.
pub fn bite(model: &TupleQueue, trace: &[Action]) -> usize {
    let sends = |action: &Action| matches!(action, Action::Send(_));
    let receives = |action: &Action| matches!(action, Action::Receive(_));
    let (Some(send), Some(receive)) =
        (trace.iter().position(sends), trace.iter().position(receives))
    else {
        return 0;
    };
    let mut tampered = vec![];
    for at in [send, receive] {
        tampered.push(without(trace, at));
        tampered.push(doubled(trace, at));
    }
    // Received before it was sent; sent after the writer had gone.
    tampered.push(moved(trace, receive, 0));
    tampered.push(moved(trace, send, trace.len() - 1));
    for tampered in &tampered {
        assert!(rejects(model, tampered), "{model:?} accepts {tampered:?} instead of {trace:?}");
    }
    tampered.len()
}
