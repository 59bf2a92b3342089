//! Settings and schedules: what may change a plan and a run, and no answer. [cost.harmless]

use std::collections::BTreeMap;

use parallel::{Claims, Runtime, Schedule};

use super::Choices;

/// How many schedules a case is run under.
const SCHEDULES: usize = 6;

/// Planner settings: mostly those that make small tables parallel.
pub(super) fn settings(choices: &mut dyn Choices) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    let mut set = |name: &str, value: &str| settings.insert(name.to_owned(), value.to_owned());
    if choices.once_in(40) {
        return settings;
    }
    set("parallel_setup_cost", "0");
    set("parallel_tuple_cost", "0");
    set("min_parallel_table_scan_size", "0");
    set("max_parallel_workers_per_gather", choices.pick(&["2", "3", "4", "1", "3", "2", "5"]));
    for (name, rarity) in [
        ("enable_hashagg", 6),
        ("enable_hashjoin", 6),
        ("enable_sort", 12),
        ("enable_material", 12),
        ("parallel_leader_participation", 6),
        ("enable_parallel_append", 8),
    ] {
        if choices.once_in(rarity) {
            set(name, "off");
        }
    }
    if choices.once_in(20) {
        set("debug_parallel_query", "on");
    }
    settings
}

/// The schedules of a case: simulated ones from different seeds, now and then real threads.
pub fn schedules(choices: &mut dyn Choices) -> Vec<Schedule> {
    (0..SCHEDULES).map(|_| schedule(choices)).collect()
}

fn schedule(choices: &mut dyn Choices) -> Schedule {
    let runtime = if choices.once_in(40) {
        Runtime::Threads
    } else {
        Runtime::Simulated { seed: choices.below(1 << 20) as u64 }
    };
    Schedule {
        runtime,
        launched: choices.pick(&[
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            Some(1),
            Some(2),
            Some(3),
            Some(2),
            Some(0),
        ]),
        leader: choices.pick(&[None, Some(true), None, Some(true), Some(true), Some(false)]),
        claims: choices.pick(&[
            Claims::Ranges,
            Claims::OneBlock,
            Claims::OneBlock,
            Claims::Ranges,
            Claims::Skewed,
            Claims::Fixed(2),
        ]),
        states_as_bytes: choices.once_in(3),
        rows_per_block: choices.pick(&[
            Some(1),
            Some(1),
            Some(1),
            Some(1),
            Some(2),
            Some(1),
            Some(1),
            Some(1),
            Some(2),
            Some(3),
            None,
            Some(5),
        ]),
        ..Schedule::default()
    }
}
