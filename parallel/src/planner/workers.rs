//! How many workers a scan asks for, and what share of the rows a participant gets.

use spec::catalogue::Table;
use spec::settings::Settings;

/// Workers for a scan of this many heap pages (`compute_parallel_worker`). [cost.workers]
///
/// One worker for a table of `min_parallel_table_scan_size`, one more for each threefold of it. The storage option
/// `parallel_workers` overrides sizes; `max_parallel_workers_per_gather` caps both. A child of an Append may be small.
pub(super) fn for_scan(
    table: &Table,
    pages: f64,
    append_child: bool,
    settings: &Settings,
) -> usize {
    let wanted = match table.parallel_workers {
        Some(workers) => workers as usize,
        None => {
            let minimum = settings.min_parallel_table_scan_size as f64;
            if pages < minimum && !append_child {
                return 0;
            }
            by_size(pages, minimum.max(1.0))
        }
    };
    wanted.min(settings.max_parallel_workers_per_gather)
}

/// Workers for a scan through an index that reads so many heap pages (none: an Index Only Scan) and pages of the index
/// (`compute_parallel_worker`): the fewer of what both are worth. [cost.workers]
pub(super) fn for_index(
    table: &Table,
    heap_pages: Option<f64>,
    index_pages: f64,
    settings: &Settings,
) -> usize {
    let wanted = match table.parallel_workers {
        Some(workers) => workers as usize,
        None => {
            let of_table = settings.min_parallel_table_scan_size as f64;
            let of_index = settings.min_parallel_index_scan_size as f64;
            if heap_pages.is_some_and(|pages| pages < of_table) || index_pages < of_index {
                return 0;
            }
            let by_index = by_size(index_pages, of_index.max(1.0));
            heap_pages.map_or(by_index, |pages| by_index.min(by_size(pages, of_table.max(1.0))))
        }
    };
    wanted.min(settings.max_parallel_workers_per_gather)
}

fn by_size(pages: f64, mut threshold: f64) -> usize {
    let mut workers = 1;
    while pages >= threshold * 3.0 {
        workers += 1;
        threshold *= 3.0;
        if threshold > f64::from(i32::MAX) / 3.0 {
            break;
        }
    }
    workers
}

/// Workers for an Append over children with these (`add_paths_to_append_rel`): at least log₂ of the children.
pub(super) fn for_append(children: &[usize], parallel_aware: bool, settings: &Settings) -> usize {
    let most = children.iter().copied().max().unwrap_or(0);
    if !parallel_aware {
        return most;
    }
    let by_count = (usize::BITS - children.len().leading_zeros()) as usize;
    most.max(by_count).min(settings.max_parallel_workers_per_gather)
}

/// Into how many parts the rows are divided (`get_parallel_divisor`): the leader helps less the more workers it must
/// serve. [cost.divisor]
pub(super) fn divisor(workers: usize, settings: &Settings) -> f64 {
    let leader = 1.0 - 0.3 * workers as f64;
    if settings.parallel_leader_participation && leader > 0.0 {
        workers as f64 + leader
    } else {
        workers as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_grow_with_the_logarithm_of_the_pages() {
        let workers: Vec<_> = [1024.0, 3071.0, 3072.0, 9216.0, 27648.0]
            .into_iter()
            .map(|pages| by_size(pages, 1024.0))
            .collect();
        assert_eq!(workers, [1, 1, 2, 3, 4]);
    }

    #[test]
    fn the_loop_is_the_logarithm_that_the_solvers_were_asked_about() {
        // spec/smt/workers.smt2, at every step of the staircase and beside it.
        let int_max = 2_147_483_647u64;
        for threshold in [1, 2, 7, 1024, 1_000_003, int_max / 9, int_max / 3] {
            let logarithm = |pages: u64| {
                let fits = |power: &u64| {
                    pages >= power * threshold && power / 3 * threshold <= int_max / 3
                };
                1 + (1..=20).map(|k| 3u64.pow(k)).filter(fits).count()
            };
            for step in (0..=20).map(|k| 3u64.pow(k) * threshold) {
                for pages in [step - 1, step, step + 1].map(|pages| pages.min(4_294_967_294)) {
                    let ours = by_size(pages as f64, threshold as f64);
                    assert_eq!(ours, logarithm(pages), "{pages} pages, {threshold}");
                }
            }
        }
        assert_eq!(by_size(4_294_967_294.0, 1.0), 20);
    }

    #[test]
    fn the_leader_helps_less_the_more_workers_there_are() {
        let mut settings = Settings::default();
        let divisors = [1, 2, 3, 4, 5].map(|workers| divisor(workers, &settings));
        assert_eq!(divisors, [1.7, 2.4, 3.1, 4.0, 5.0]);
        settings.parallel_leader_participation = false;
        assert_eq!(divisor(2, &settings), 2.0);
    }

    #[test]
    fn an_append_asks_for_the_logarithm_of_its_children() {
        let settings = Settings { max_parallel_workers_per_gather: 8, ..Settings::default() };
        assert_eq!(for_append(&[1, 1, 1], true, &settings), 2);
        assert_eq!(for_append(&[1; 8], true, &settings), 4);
        assert_eq!(for_append(&[3, 1], true, &settings), 3);
        assert_eq!(for_append(&[1; 8], false, &settings), 1);
    }
}
