//! What scans through indexes cost (`btcostestimate`, `cost_index`, `cost_bitmap_heap_scan` of PostgreSQL 15).
//! [cost.index] [cost.bitmap]

use spec::settings::Settings;

use super::cost::{Cost, DISABLE_COST, clamp_rows};
use super::workers;

/// What is known of an index and of the conditions on it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct IndexUse {
    /// Pages of the index, and levels above its leaves.
    pub(super) index_pages: f64,
    pub(super) height: f64,
    /// Rows of the table.
    pub(super) tuples: f64,
    /// Rows that conditions on leading keys leave, over all array elements: where a scan begins and ends.
    pub(super) bound_tuples: f64,
    /// The conditions find one row at most: equalities on all keys of a unique index.
    pub(super) one_row: bool,
    /// Scans, one for each element of arrays; and of those among the leading conditions.
    pub(super) scans: f64,
    pub(super) bound_scans: f64,
    /// Conditions, and what computing their values costs.
    pub(super) conditions: f64,
    pub(super) values: f64,
    /// The share of the table's rows that all conditions leave.
    pub(super) selectivity: f64,
    /// Of the first key, -1 to 1; less where there are several keys.
    pub(super) correlation: f64,
}

/// What reading the index costs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct IndexCost {
    pub(super) cost: Cost,
    /// Leaf pages that one scan reads.
    pub(super) pages: f64,
}

/// The table below an index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heap {
    pub(super) pages: f64,
    pub(super) tuples: f64,
    /// The share of pages on which all rows are visible to everybody.
    pub(super) all_visible: f64,
    /// Pages of all tables of the query level.
    pub(super) all_tables: f64,
}

/// How the rows are fetched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fetch {
    /// Rows that come out.
    pub(super) rows: f64,
    /// What the other conditions cost per row.
    pub(super) qual: f64,
    /// Only the index is read.
    pub(super) only: bool,
}

/// The index's own cost (`btcostestimate` over `genericcostestimate`).
pub(super) fn btree(index: &IndexUse, heap: &Heap, settings: &Settings) -> IndexCost {
    let unit = settings.cpu_operator_cost;
    let tuples = if index.one_row {
        1.0
    } else {
        (index.bound_tuples / index.bound_scans).round_ties_even().min(index.tuples).max(1.0)
    };
    let pages = if index.index_pages > 1.0 && index.tuples > 1.0 {
        (tuples * index.index_pages / index.tuples).ceil()
    } else {
        1.0
    };
    let read = if index.scans > 1.0 {
        mackert_lohman(pages * index.scans, index.index_pages, index.index_pages, heap, settings)
    } else {
        pages
    };
    let mut startup = index.values;
    let mut total = read * settings.random_page_cost + index.values;
    total += tuples * index.scans * (settings.cpu_index_tuple_cost + unit * index.conditions);
    if index.tuples > 1.0 {
        let compare = index.tuples.log2().ceil() * unit;
        startup += compare;
        total += index.scans * compare;
    }
    let descent = (index.height + 1.0) * 50.0 * unit;
    startup += descent;
    total += index.scans * descent;
    IndexCost { cost: Cost { startup, total }, pages }
}

/// An Index Scan or Index Only Scan (`cost_index`): cost and rows per participant. With `most_workers` for a partial path:
/// none if no worker is worth it; and how many.
pub(super) fn index_scan(
    index: &IndexUse,
    heap: &Heap,
    fetch: Fetch,
    partial: Option<&spec::catalogue::Table>,
    settings: &Settings,
) -> Option<(Cost, f64, usize)> {
    let read = btree(index, heap, settings);
    let penalty = if settings.enable_indexscan { 0.0 } else { DISABLE_COST };
    let fetched = clamp_rows(index.selectivity * index.tuples);
    let invisible = |pages: f64| match fetch.only {
        true => (pages * (1.0 - heap.all_visible)).ceil(),
        false => pages,
    };
    let scattered =
        invisible(mackert_lohman(fetched, heap.pages, index.index_pages, heap, settings));
    let dear = scattered * settings.random_page_cost;
    let in_order = invisible((index.selectivity * heap.pages).ceil());
    let cheap = match in_order {
        none if none <= 0.0 => 0.0,
        pages => settings.random_page_cost + (pages - 1.0).max(0.0) * settings.seq_page_cost,
    };
    let workers = match partial {
        None => 0,
        Some(table) => {
            let heap_pages = if fetch.only { None } else { Some(scattered) };
            workers::for_index(table, heap_pages, read.pages, settings)
        }
    };
    if partial.is_some() && workers == 0 {
        return None;
    }
    let squared = index.correlation * index.correlation;
    let mut cpu = (settings.cpu_tuple_cost + fetch.qual) * fetched;
    let mut rows = fetch.rows;
    if workers > 0 {
        let divisor = workers::divisor(workers, settings);
        cpu /= divisor;
        rows = clamp_rows(rows / divisor);
    }
    let startup = penalty + read.cost.startup;
    let run = read.cost.run() + (dear + squared * (cheap - dear)) + cpu;
    Some((Cost { startup, total: startup + run }, rows, workers))
}

/// Pages that fetching these rows in any order reads, some of them more than once where the cache is small
/// (`index_pages_fetched`; Mackert and Lohman 1989).
fn mackert_lohman(
    tuples: f64,
    pages: f64,
    index_pages: f64,
    heap: &Heap,
    settings: &Settings,
) -> f64 {
    let pages = pages.max(1.0);
    let all = (heap.all_tables + index_pages).max(1.0);
    let cache = (settings.effective_cache_size as f64 * pages / all).ceil().max(1.0);
    let once = |tuples: f64| 2.0 * pages * tuples / (2.0 * pages + tuples);
    if pages <= cache {
        return if once(tuples) >= pages { pages } else { once(tuples).ceil() };
    }
    let limit = 2.0 * pages * cache / (2.0 * pages - cache);
    if tuples <= limit {
        once(tuples).ceil()
    } else {
        (cache + (tuples - limit) * (pages - cache) / pages).ceil()
    }
}

/// Pages of the table that a bitmap of this selectivity names, and the rows that are looked at there
/// (`compute_bitmap_pages`).
fn bitmap_pages(selectivity: f64, heap: &Heap, settings: &Settings) -> (f64, f64) {
    let fetched = clamp_rows(selectivity * heap.tuples);
    let pages = heap.pages.max(1.0);
    let touched = 2.0 * pages * fetched / (2.0 * pages + fetched);
    let in_heap = touched.min(heap.pages);
    // Entries of 64 bytes that fit into work_mem (`tbm_calculate_entries`); what does not fit becomes lossy.
    let entries = (settings.work_mem as f64 * 1024.0 / 64.0).floor().max(16.0);
    let mut looked_at = fetched;
    if entries < in_heap {
        let lossy = (in_heap - entries / 2.0).max(0.0);
        let exact = in_heap - lossy;
        if lossy > 0.0 {
            looked_at = clamp_rows(
                selectivity * (exact / in_heap) * heap.tuples + lossy / in_heap * heap.tuples,
            );
        }
    }
    (if touched >= pages { pages } else { touched.ceil() }, looked_at)
}

/// Heap pages that a Bitmap Heap Scan reads: what its workers are counted by.
pub(super) fn bitmap_heap_pages(selectivity: f64, heap: &Heap, settings: &Settings) -> f64 {
    bitmap_pages(selectivity, heap, settings).0
}

/// A Bitmap Heap Scan (`cost_bitmap_heap_scan`) over a bitmap of this cost and selectivity: cost and rows per participant.
pub(super) fn bitmap_heap_scan(
    (bitmap, selectivity): (f64, f64),
    heap: &Heap,
    (rows, qual): (f64, f64),
    workers: usize,
    settings: &Settings,
) -> (Cost, f64) {
    let (pages, tuples) = bitmap_pages(selectivity, heap, settings);
    let penalty = if settings.enable_bitmapscan { 0.0 } else { DISABLE_COST };
    let startup = penalty + bitmap;
    // The more pages are read, the more they lie in sequence.
    let per_page = if pages >= 2.0 {
        let spread = settings.random_page_cost - settings.seq_page_cost;
        settings.random_page_cost - spread * (pages / heap.pages.max(1.0)).sqrt()
    } else {
        settings.random_page_cost
    };
    let mut cpu = (settings.cpu_tuple_cost + qual) * tuples;
    let mut rows = rows;
    if workers > 0 {
        let divisor = workers::divisor(workers, settings);
        cpu /= divisor;
        rows = clamp_rows(rows / divisor);
    }
    (Cost { startup, total: startup + pages * per_page + cpu }, rows)
}

/// A Gather Merge over `workers` workers that gives so many rows (`cost_gather_merge`). [cost.gather-merge]
pub(super) fn gather_merge(input: Cost, rows: f64, workers: usize, settings: &Settings) -> Cost {
    let participants = workers as f64 + 1.0;
    let compare = 2.0 * settings.cpu_operator_cost;
    let penalty = if settings.enable_gathermerge { 0.0 } else { DISABLE_COST };
    let startup =
        penalty + compare * participants * participants.log2() + settings.parallel_setup_cost;
    let run = rows * compare * participants.log2()
        + settings.cpu_operator_cost * rows
        + settings.parallel_tuple_cost * rows * 1.05;
    Cost { startup: startup + input.startup, total: startup + run + input.total }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As EXPLAIN shows it.
    fn shown(cost: f64) -> String {
        format!("{cost:.2}")
    }

    fn tenk1() -> Heap {
        Heap { pages: 345.0, tuples: 10_000.0, all_visible: 1.0, all_tables: 345.0 }
    }

    fn on_unique1(rows: f64) -> IndexUse {
        IndexUse {
            index_pages: 30.0,
            height: 1.0,
            tuples: 10_000.0,
            bound_tuples: rows,
            scans: 1.0,
            bound_scans: 1.0,
            conditions: 1.0,
            selectivity: rows / 10_000.0,
            ..IndexUse::default()
        }
    }

    #[test]
    fn index_scans_cost_what_postgresql_says() {
        let settings = Settings::default();
        let fetch = Fetch { rows: 1.0, qual: 0.0, only: false };
        // select * from tenk1 where unique1 = 42
        let (cost, rows, _) =
            index_scan(&on_unique1(1.0), &tenk1(), fetch, None, &settings).expect("a cost");
        assert_eq!(shown(cost.startup), "0.29");
        assert_eq!(shown(cost.total), "8.30");
        assert_eq!(rows, 1.0);
    }

    #[test]
    fn bitmap_scans_cost_what_postgresql_says() {
        let settings = Settings::default();
        // select * from tenk1 where unique1 < 100
        let index = btree(&on_unique1(100.0), &tenk1(), &settings);
        assert_eq!(shown(index.cost.total), "5.04");
        let bitmap = index.cost.total + 0.1 * settings.cpu_operator_cost * 100.0;
        let work = (100.0, settings.cpu_operator_cost);
        let (cost, _) = bitmap_heap_scan((bitmap, 0.01), &tenk1(), work, 0, &settings);
        assert_eq!(shown(cost.startup), "5.06");
        assert_eq!(shown(cost.total), "224.98");
    }
}
