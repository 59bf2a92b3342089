//! What each protocol promises, in one process; `tests/loom.rs` and `tests/shuttle.rs` drive the same sources through
//! interleavings (and bring primitives of their own, which is why no test stands in the files themselves).

mod append_claim {
    use super::super::AppendClaim;

    #[test]
    fn an_input_that_is_not_partial_is_claimed_once() {
        let claim = AppendClaim::new(vec![false, false]);
        assert_eq!(claim.claim(1, None), Some(0));
        assert_eq!(claim.claim(0, None), Some(1));
        assert_eq!(claim.claim(1, Some(0)), None);
        assert_eq!(claim.claim(0, Some(1)), None);
    }

    #[test]
    fn workers_spread_over_partial_inputs_and_come_back_until_they_are_exhausted() {
        let claim = AppendClaim::new(vec![false, true, true]);
        let worker = |exhausted| claim.claim(1, exhausted);
        assert_eq!([worker(None), worker(None), worker(None)], [Some(0), Some(1), Some(2)]);
        assert_eq!(worker(None), Some(1), "it wraps to the first partial input");
        assert_eq!(worker(Some(1)), Some(2));
        assert_eq!(worker(Some(2)), None);
    }

    #[test]
    fn the_leader_starts_from_the_last_input() {
        let claim = AppendClaim::new(vec![true, true]);
        assert_eq!(claim.claim(0, None), Some(1));
        assert_eq!(claim.claim(0, Some(1)), Some(0));
    }

    #[test]
    fn an_append_without_inputs_has_none_to_claim() {
        assert_eq!(AppendClaim::new(vec![]).claim(1, None), None);
    }
}

mod block_cursor {
    use super::super::{BlockCursor, Claims};

    const ALL_CLAIMS: [Claims; 5] =
        [Claims::Ranges, Claims::OneBlock, Claims::Skewed, Claims::Fixed(7), Claims::Fixed(1000)];

    /// Lets participants claim in an order given by a linear congruence, and returns every block with its owner.
    fn scan(blocks: u64, claims: Claims, participants: usize, seed: u64) -> Vec<(u64, usize)> {
        let cursor = BlockCursor::new(blocks, claims, seed as usize % participants);
        let mut states: Vec<_> = (0..participants).map(|p| (p, cursor.attach(p))).collect();
        let (mut turn, mut owned) = (seed, vec![]);
        while !states.is_empty() {
            turn = turn.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let at = (turn >> 33) as usize % states.len();
            match cursor.claim(&mut states[at].1) {
                Some(range) => owned.extend(range.map(|block| (block, states[at].0))),
                None => drop(states.swap_remove(at)),
            }
        }
        owned
    }

    #[test]
    fn each_block_goes_to_exactly_one_participant_under_any_interleaving() {
        for claims in ALL_CLAIMS {
            for blocks in [0, 1, 2, 63, 2047, 2048, 5000, 20_000] {
                for seed in 0..5 {
                    let mut owned: Vec<u64> =
                        scan(blocks, claims, 3, seed).into_iter().map(|(block, _)| block).collect();
                    owned.sort_unstable();
                    assert_eq!(
                        owned,
                        (0..blocks).collect::<Vec<_>>(),
                        "{claims:?} {blocks} {seed}"
                    );
                }
            }
        }
    }

    #[test]
    fn chunk_sizes_are_postgresqls() {
        let chunk = |blocks| {
            let cursor = BlockCursor::new(blocks, Claims::Ranges, 0);
            cursor.claim(&mut cursor.attach(0)).map_or(0, |range| range.end - range.start)
        };
        assert_eq!(
            [0, 1, 2048, 4095, 4096, 6144, 44_248, 1 << 24, 1 << 30].map(chunk),
            [0, 1, 1, 1, 2, 4, 32, 8192, 8192]
        );
    }

    #[test]
    fn chunks_only_shrink_and_end_with_one_block() {
        let cursor = BlockCursor::new(100_000, Claims::Ranges, 0);
        let mut claim = cursor.attach(0);
        let sizes: Vec<u64> =
            std::iter::from_fn(|| cursor.claim(&mut claim)).map(|r| r.end - r.start).collect();
        assert_eq!((sizes[0], *sizes.last().unwrap()), (64, 1));
        assert!(sizes.windows(2).all(|pair| pair[0] >= pair[1] && pair[0] <= 2 * pair[1]));
    }

    #[test]
    fn skewed_claims_give_one_participant_nearly_everything() {
        let owned = scan(100, Claims::Skewed, 4, 2);
        let favoured = owned.iter().filter(|(_, owner)| *owner == 2).count();
        assert!(favoured > 80, "{favoured}");
    }
}

mod event {
    use super::super::{Event, Wait};
    use std::sync::Arc;

    #[test]
    fn a_happening_between_look_and_wait_is_not_lost() {
        let event = Arc::new(Event::new());
        let wait = Wait::Event(event.clone(), event.epoch());
        assert!(!wait.is_over());
        event.signal();
        assert!(wait.is_over());
        wait.park();
    }
}

mod gather {
    use super::super::{Event, FirstError, Polled, Readers, Sent, TupleQueue};
    use std::sync::Arc;

    fn two_queues() -> (Vec<Arc<TupleQueue<u32>>>, Readers<u32>) {
        let latch = Arc::new(Event::new());
        let queues: Vec<_> = (0..2).map(|_| Arc::new(TupleQueue::new(4, latch.clone()))).collect();
        (queues.clone(), Readers::new(queues))
    }

    #[test]
    fn the_leader_stays_on_a_queue_until_it_would_block() {
        let (queues, mut readers) = two_queues();
        for item in [1, 2] {
            queues[0].try_send(item);
            queues[1].try_send(item + 10);
        }
        let order: Vec<_> = (0..4).map(|_| readers.poll()).collect();
        assert_eq!(order, [1, 2, 11, 12].map(Polled::Item));
        assert_eq!(readers.poll(), Polled::Empty);
    }

    #[test]
    fn a_worker_that_ended_is_removed_after_its_last_row() {
        let (queues, mut readers) = two_queues();
        queues[1].try_send(7);
        queues[1].detach_writer();
        assert_eq!((readers.poll(), readers.len()), (Polled::Item(7), 2));
        queues[0].detach_writer();
        assert_eq!((readers.poll(), readers.len()), (Polled::Finished, 0));
    }

    #[test]
    fn dropping_the_readers_tells_every_worker() {
        let (queues, readers) = two_queues();
        drop(readers);
        assert!(queues.iter().all(|queue| matches!(queue.try_send(1), Sent::Detached)));
    }

    #[test]
    fn the_first_error_wins() {
        let errors = FirstError::default();
        assert_eq!(errors.raised(), None);
        errors.raise(1, "first");
        errors.raise(2, "second");
        assert_eq!(errors.raised(), Some("first"));
    }
}

mod tuple_queue {
    use super::super::{Event, Received, Sent, TupleQueue};
    use std::sync::Arc;

    fn queue(capacity: usize) -> TupleQueue<u32> {
        TupleQueue::new(capacity, Arc::new(Event::new()))
    }

    #[test]
    fn items_come_in_the_order_they_were_sent_and_survive_the_writer() {
        let queue = queue(2);
        assert!(matches!(queue.try_send(1), Sent::Queued));
        assert!(matches!(queue.try_send(2), Sent::Queued));
        queue.detach_writer();
        assert_eq!(queue.try_receive(), Received::Item(1));
        assert_eq!(queue.try_receive(), Received::Item(2));
        assert_eq!(queue.try_receive(), Received::Detached);
    }

    #[test]
    fn a_full_queue_gives_the_item_back_and_a_wait_that_ends_with_room() {
        let queue = queue(1);
        assert!(matches!(queue.try_send(1), Sent::Queued));
        let Sent::Full(item, wait) = queue.try_send(2) else { panic!("there is no room") };
        assert!(item == 2 && !wait.is_over());
        assert_eq!(queue.try_receive(), Received::Item(1));
        assert!(wait.is_over());
        assert_eq!(queue.try_receive(), Received::Empty);
    }

    #[test]
    fn sending_to_a_reader_that_has_gone_says_so_and_frees_a_blocked_writer() {
        let queue = queue(1);
        assert!(matches!(queue.try_send(1), Sent::Queued));
        let Sent::Full(item, wait) = queue.try_send(2) else { panic!("there is no room") };
        queue.detach_reader();
        assert!(wait.is_over());
        assert!(matches!(queue.try_send(item), Sent::Detached));
    }
}

mod shared_build {
    use super::super::shared_build::{Advanced, Builder, Probed, SharedBuild, Task};
    use std::sync::Arc;

    fn task(advanced: Advanced) -> Task {
        match advanced {
            Advanced::Task(task) => task,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_participant_alone_goes_through_every_phase() {
        let shared = Arc::new(SharedBuild::new());
        let mut alone = Builder::attach(&shared, 0).unwrap();
        let tasks = [Task::Allocate, Task::Build, Task::Probe];
        assert_eq!(tasks.map(|_| task(alone.advance())), tasks);
        assert_eq!(alone.finish_probing(), Probed::Last { unmatched_known: true });
        alone.finish();
        assert!(Builder::attach(&shared, 1).is_none(), "nothing is left to do");
    }

    #[test]
    fn nobody_builds_without_a_table_or_probes_before_all_have_built() {
        let shared = Arc::new(SharedBuild::new());
        let (mut one, mut other) =
            (Builder::attach(&shared, 0).unwrap(), Builder::attach(&shared, 1).unwrap());
        let Advanced::Blocked(wait) = one.advance() else { panic!("the other has not arrived") };
        assert!(!wait.is_over());
        assert_eq!(task(other.advance()), Task::Allocate);
        assert!(wait.is_over());
        assert!(matches!(one.advance(), Advanced::Blocked(_)), "there is no table yet");
        assert_eq!((task(other.advance()), task(one.advance())), (Task::Build, Task::Build));
        assert!(matches!(one.advance(), Advanced::Blocked(_)), "the other is building");
        assert_eq!((task(other.advance()), task(one.advance())), (Task::Probe, Task::Probe));
        assert_eq!(one.finish_probing(), Probed::Left);
        assert_eq!(other.finish_probing(), Probed::Last { unmatched_known: true });
    }

    #[test]
    fn a_late_participant_joins_in_at_the_phase_that_it_finds() {
        let shared = Arc::new(SharedBuild::new());
        let mut early = Builder::attach(&shared, 0).unwrap();
        assert_eq!(task(early.advance()), Task::Allocate);
        assert_eq!(task(early.advance()), Task::Build);
        let mut late = Builder::attach(&shared, 1).unwrap();
        assert_eq!(task(late.advance()), Task::Build);
        assert!(matches!(early.advance(), Advanced::Blocked(_)));
        assert_eq!((task(late.advance()), task(early.advance())), (Task::Probe, Task::Probe));
        assert_eq!(task(Builder::attach(&shared, 2).unwrap().advance()), Task::Probe);
    }

    #[test]
    fn a_build_that_somebody_has_left_is_broken() {
        let shared = Arc::new(SharedBuild::new());
        let (mut one, other) =
            (Builder::attach(&shared, 0).unwrap(), Builder::attach(&shared, 1).unwrap());
        let Advanced::Blocked(wait) = one.advance() else { panic!("the other has not arrived") };
        drop(other);
        assert!(wait.is_over());
        assert!(matches!(one.advance(), Advanced::Broken));
        assert!(Builder::attach(&shared, 2).is_none());
    }

    #[test]
    fn nobody_knows_what_is_unmatched_when_one_has_stopped_probing() {
        let shared = Arc::new(SharedBuild::new());
        let mut one = Builder::attach(&shared, 0).unwrap();
        let tasks = [Task::Allocate, Task::Build, Task::Probe];
        assert_eq!(tasks.map(|_| task(one.advance())), tasks);
        let mut other = Builder::attach(&shared, 1).unwrap();
        assert_eq!(task(other.advance()), Task::Probe);
        drop(other);
        assert_eq!(one.finish_probing(), Probed::Last { unmatched_known: false });
    }
}
