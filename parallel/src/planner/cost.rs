//! PostgreSQL's cost formulas (`costsize.c`, 15). [cost.formula]
//!
//! A cost is in units of one sequential page read. `startup` is spent before the first row, `total` for all rows.

use spec::expr::{CallSyntax, CastMethod, Expr};
use spec::settings::Settings;

use super::workers;

/// What a path that is switched off by an `enable_` setting costs more.
pub(super) const DISABLE_COST: f64 = 1.0e10;

/// Startup and total cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cost {
    pub(super) startup: f64,
    pub(super) total: f64,
}

impl Cost {
    pub(super) fn run(self) -> f64 {
        self.total - self.startup
    }

    /// The same, with a penalty if the kind of path is switched off.
    pub(super) fn unless(self, enabled: bool) -> Cost {
        let penalty = if enabled { 0.0 } else { DISABLE_COST };
        Cost { startup: self.startup + penalty, total: self.total + penalty }
    }

    /// The cost of the first rows only: all of them if `fraction` is 0, a share below 1, else a number of rows.
    pub(super) fn fraction(self, fraction: f64, rows: f64) -> f64 {
        let share = if fraction >= 1.0 { fraction / rows.max(1.0) } else { fraction };
        if share <= 0.0 || share >= 1.0 { self.total } else { self.startup + share * self.run() }
    }
}

/// An input of a formula: its cost, rows and width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input {
    pub(super) cost: Cost,
    pub(super) rows: f64,
    pub(super) width: f64,
}

/// A row estimate: a whole number, at least one (`clamp_row_est`).
pub(super) fn clamp_rows(rows: f64) -> f64 {
    if rows.is_nan() || rows > 1e100 { 1e100 } else { rows.round_ties_even().max(1.0) }
}

/// Pages of `rows` tuples of `width` bytes in a temporary file (`page_size`).
fn file_pages(rows: f64, width: f64) -> f64 {
    (bytes(rows, width) / 8192.0).ceil()
}

/// Bytes of `rows` tuples with their headers (`relation_byte_size`).
fn bytes(rows: f64, width: f64) -> f64 {
    rows * ((width / 8.0).ceil() * 8.0 + 24.0)
}

/// The cost of evaluating an expression once (`cost_qual_eval`).
pub(super) fn expr(expr: &Expr, settings: &Settings) -> f64 {
    let below: f64 = expr.operands().into_iter().map(|operand| self::expr(operand, settings)).sum();
    let unit = settings.cpu_operator_cost;
    let own = match expr {
        // To PostgreSQL these are no functions.
        Expr::Call { syntax: CallSyntax::Subscript | CallSyntax::Slice(_), .. } => 0.0,
        Expr::Call { function, .. } => function.cost * unit,
        Expr::IsDistinct { equal, .. } | Expr::NullIf { equal, .. } => equal.cost * unit,
        Expr::AnyOf { function, list, .. } => function.cost * unit * list.len() as f64 * 0.5,
        // As `estimate_array_length` has it: ten elements where the array is no constant.
        Expr::AnyElement { function, .. } => function.cost * unit * 10.0 * 0.5,
        Expr::MinMax { .. } => unit,
        Expr::Cast { method: CastMethod::Text, .. } => 2.0 * unit,
        Expr::Cast { method: CastMethod::Modifier, .. } => unit,
        _ => 0.0,
    };
    own + below
}

/// The cost of evaluating expressions once each.
pub(super) fn exprs<'a>(exprs: impl IntoIterator<Item = &'a Expr>, settings: &Settings) -> f64 {
    exprs.into_iter().map(|e| expr(e, settings)).sum()
}

/// A sequential scan; a partial one divides the processor's work, not the pages.
pub(super) fn seq_scan(
    pages: f64,
    tuples: f64,
    qual: f64,
    partial: usize,
    settings: &Settings,
) -> Cost {
    let mut cpu = (settings.cpu_tuple_cost + qual) * tuples;
    if partial > 0 {
        cpu /= workers::divisor(partial, settings);
    }
    let total = cpu + settings.seq_page_cost * pages;
    Cost { startup: 0.0, total }.unless(settings.enable_seqscan)
}

/// A Gather.
pub(super) fn gather(input: Cost, rows: f64, settings: &Settings) -> Cost {
    let startup = input.startup + settings.parallel_setup_cost;
    Cost { startup, total: startup + input.run() + settings.parallel_tuple_cost * rows }
}

/// A sort of all rows, or of the first `limit` ones (0: all).
pub(super) fn sort(input: Input, limit: f64, settings: &Settings) -> Cost {
    let compare = 2.0 * settings.cpu_operator_cost;
    let rows = input.rows.max(2.0);
    let (kept, kept_bytes) = if limit > 0.0 && limit < rows {
        (limit, bytes(limit, input.width))
    } else {
        (rows, bytes(rows, input.width))
    };
    let memory = settings.work_mem as f64 * 1024.0;
    let all_bytes = bytes(rows, input.width);
    let sorting = if kept_bytes > memory {
        compare * rows * rows.log2() + external_sort(all_bytes, memory, settings)
    } else if rows > 2.0 * kept || all_bytes > memory {
        compare * rows * (2.0 * kept).log2()
    } else {
        compare * rows * rows.log2()
    };
    let startup = input.cost.total + sorting;
    let startup = startup + if settings.enable_sort { 0.0 } else { DISABLE_COST };
    Cost { startup, total: startup + settings.cpu_operator_cost * rows }
}

/// Writing and reading the runs of a sort that does not fit.
fn external_sort(all_bytes: f64, memory: f64, settings: &Settings) -> f64 {
    let pages = (all_bytes / 8192.0).ceil();
    let runs = all_bytes / memory;
    // tuplesort_merge_order: tape buffers of a page each and a merge buffer of 32 pages.
    let order = ((memory / (2.0 * 8192.0 + 32.0 * 8192.0)).floor()).clamp(6.0, 500.0);
    let passes = if runs > order { (runs.ln() / order.ln()).ceil() } else { 1.0 };
    2.0 * pages * passes * (settings.seq_page_cost * 0.75 + settings.random_page_cost * 0.25)
}

/// Keeping rows to be read again.
pub(super) fn material(input: Input, settings: &Settings) -> Cost {
    let size = bytes(input.rows, input.width);
    let mut run = input.cost.run() + 2.0 * settings.cpu_operator_cost * input.rows;
    if size > settings.work_mem as f64 * 1024.0 {
        run += settings.seq_page_cost * (size / 8192.0).ceil();
    }
    Cost { startup: input.cost.startup, total: input.cost.startup + run }
}

/// Reading kept rows once more.
pub(super) fn material_rescan(input: Input, settings: &Settings) -> Cost {
    let size = bytes(input.rows, input.width);
    let mut total = settings.cpu_operator_cost * input.rows;
    if size > settings.work_mem as f64 * 1024.0 {
        total += settings.seq_page_cost * (size / 8192.0).ceil();
    }
    Cost { startup: 0.0, total }
}

/// What grouping costs beside its input.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Grouping {
    /// Number of group keys.
    pub(super) keys: usize,
    /// Groups.
    pub(super) groups: f64,
    /// Per input row, over all calls.
    pub(super) transition: f64,
    /// Per group, over all calls.
    pub(super) finish: f64,
    /// Calls, for the size of a hash entry.
    pub(super) calls: usize,
    /// HAVING, per group.
    pub(super) having: f64,
}

/// An Aggregate without keys.
pub(super) fn plain_aggregate(input: Input, work: Grouping, settings: &Settings) -> Cost {
    let startup = input.cost.total + work.transition * input.rows + work.finish;
    Cost { startup, total: startup + settings.cpu_tuple_cost + work.having }
}

/// A GroupAggregate over sorted rows.
pub(super) fn sorted_aggregate(input: Input, work: Grouping, settings: &Settings) -> Cost {
    let compare = settings.cpu_operator_cost * work.keys as f64;
    let total = input.cost.total
        + (work.transition + compare) * input.rows
        + (work.finish + settings.cpu_tuple_cost + work.having) * work.groups;
    Cost { startup: input.cost.startup, total }
}

/// A Group: sorted rows, of which each first one of its keys is returned (`cost_group`).
pub(super) fn group(input: Input, work: Grouping, settings: &Settings) -> Cost {
    let compare = settings.cpu_operator_cost * work.keys as f64;
    let total = input.cost.total + compare * input.rows + work.having * work.groups;
    Cost { startup: input.cost.startup, total }
}

/// A HashAggregate, which spills if its table outgrows the memory.
pub(super) fn hashed_aggregate(input: Input, work: Grouping, settings: &Settings) -> Cost {
    let hashing = settings.cpu_operator_cost * work.keys as f64;
    let startup = input.cost.total + (work.transition + hashing) * input.rows;
    let total = startup + (work.finish + settings.cpu_tuple_cost + work.having) * work.groups;
    let (spill_startup, spill_total) = aggregate_spill(input, work, settings);
    Cost { startup: startup + spill_startup, total: total + spill_total }
        .unless(settings.enable_hashagg)
}

/// What spilling adds to startup and total (`cost_agg`, `hash_agg_set_limits`).
fn aggregate_spill(input: Input, work: Grouping, settings: &Settings) -> (f64, f64) {
    let memory = settings.hash_memory_bytes();
    // hash_agg_entry_size: minimal tuple, per-group states, and the hash table's own entry.
    let entry = 24.0 + (input.width / 8.0).ceil() * 8.0 + 16.0 + 16.0 * work.calls as f64 + 16.0;
    let batches =
        (work.groups * entry / memory).max(work.groups / (memory / entry)).ceil().max(1.0);
    if batches <= 1.0 {
        return (0.0, 0.0);
    }
    let partitions = (1.5 * work.groups * entry / memory).clamp(4.0, 1024.0).log2().ceil().exp2();
    let depth = (batches.ln() / partitions.ln()).ceil();
    let pages = file_pages(input.rows, input.width) * 2.0;
    let written = pages * depth * settings.random_page_cost;
    let read = pages * depth * settings.seq_page_cost;
    let cpu = depth * input.rows * 2.0 * settings.cpu_tuple_cost;
    (written + cpu, written + read + 2.0 * cpu)
}

/// Dropping adjacent duplicates.
pub(super) fn unique(input: Input, keys: usize, settings: &Settings) -> Cost {
    let total = input.cost.total + settings.cpu_operator_cost * input.rows * keys as f64;
    Cost { startup: input.cost.startup, total }
}

/// At most `count` rows after `offset` (`adjust_limit_rows_costs`); a negative number is one that is not known.
pub(super) fn limit(input: Input, offset: Option<f64>, count: Option<f64>) -> (Cost, f64) {
    let (mut cost, mut rows) = (input.cost, input.rows);
    if let Some(offset) = offset {
        let offset = if offset < 0.0 { clamp_rows(input.rows * 0.1) } else { offset }.min(rows);
        if rows > 0.0 {
            cost.startup += input.cost.run() * offset / input.rows;
        }
        rows = (rows - offset).max(1.0);
    }
    if let Some(count) = count {
        let count = if count < 0.0 { clamp_rows(input.rows * 0.1) } else { count }.min(rows);
        if rows > 0.0 {
            cost.total = cost.startup + input.cost.run() * count / input.rows;
        }
        rows = count.max(1.0);
    }
    (cost, rows)
}

/// What a join does for each pair beside finding it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct JoinWork {
    /// Rows that come out, per participant.
    pub(super) rows: f64,
    /// The cost of all conditions for one pair (in a hash join: those that are not keys).
    pub(super) conditions: f64,
    /// The join stops at the first partner: Semi, Anti, or an inner side with one partner at most.
    pub(super) first_match: bool,
    /// The join is Anti.
    pub(super) anti: bool,
    /// The share of outer rows with a partner, and how many partners they have.
    pub(super) matched: f64,
    pub(super) partners: f64,
}

/// A nested loop. `rescan` is the cost of reading the inner side once more.
pub(super) fn nested_loop(
    outer: Input,
    inner: Input,
    rescan: Cost,
    work: JoinWork,
    settings: &Settings,
) -> Cost {
    let startup = outer.cost.startup + inner.cost.startup;
    let mut run = outer.cost.run();
    if outer.rows > 1.0 {
        run += (outer.rows - 1.0) * rescan.startup;
    }
    let pairs = if work.first_match {
        let matched = (outer.rows * work.matched).round_ties_even();
        let unmatched = outer.rows - matched;
        let scanned = 2.0 / (work.partners + 1.0);
        run += inner.cost.run() * scanned.min(1.0);
        if matched > 1.0 {
            run += (matched - 1.0) * rescan.run() * scanned.min(1.0);
        }
        run += unmatched * rescan.run();
        if unmatched > 0.0 && matched < 1.0 {
            // The first scan was already paid for above, as if it had found a partner.
            run += inner.cost.run() * (1.0 - scanned.min(1.0)) - rescan.run();
        }
        matched * inner.rows * scanned.min(1.0) + unmatched * inner.rows
    } else {
        run += inner.cost.run();
        if outer.rows > 1.0 {
            run += (outer.rows - 1.0) * rescan.run();
        }
        outer.rows * inner.rows
    };
    run += (settings.cpu_tuple_cost + work.conditions) * pairs;
    Cost { startup, total: startup + run }.unless(settings.enable_nestloop)
}

/// What only a hash join needs to know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hashing {
    /// Equalities.
    pub(super) keys: usize,
    /// The cost of all equalities for one pair.
    pub(super) key_cost: f64,
    /// The share of inner rows in a bucket, over all buckets that outer rows meet.
    pub(super) bucket_share: f64,
    /// The share of inner rows with the commonest key.
    pub(super) commonest: f64,
    /// How many participants' shares, the leader's part counted, fill one table; 1 if each builds its own.
    pub(super) shares: f64,
    /// Participants whose memory the table may take together; 1 if each builds its own.
    pub(super) participants: f64,
}

/// A hash join: every participant builds its own table, or all fill one. (`initial_cost_hashjoin`, `final_cost_hashjoin`)
pub(super) fn hash_join(
    outer: Input,
    inner: Input,
    hashing: Hashing,
    work: JoinWork,
    settings: &Settings,
) -> Cost {
    let unit = settings.cpu_operator_cost;
    let mut startup = outer.cost.startup + inner.cost.total;
    let mut run = outer.cost.run();
    startup += (unit * hashing.keys as f64 + settings.cpu_tuple_cost) * inner.rows;
    run += unit * hashing.keys as f64 * outer.rows;
    let memory = settings.hash_memory_bytes();
    let whole = Input { rows: inner.rows * hashing.shares, ..inner };
    if hash_batches(whole, memory * hashing.participants) > 1.0 {
        startup += settings.seq_page_cost * file_pages(inner.rows, inner.width);
        run += settings.seq_page_cost
            * (file_pages(inner.rows, inner.width) + 2.0 * file_pages(outer.rows, outer.width));
    }
    if bytes(clamp_rows(inner.rows * hashing.commonest), inner.width) > memory {
        startup += DISABLE_COST;
    }
    let pairs = if work.first_match {
        let matched = (outer.rows * work.matched).round_ties_even();
        let scanned = 2.0 / (work.partners + 1.0);
        let in_bucket = clamp_rows(inner.rows * hashing.bucket_share * scanned);
        run += hashing.key_cost * matched * in_bucket * 0.5;
        let in_any_bucket = clamp_rows(inner.rows / hash_buckets(whole));
        run += hashing.key_cost * (outer.rows - matched) * in_any_bucket * 0.05;
        if work.anti { outer.rows - matched } else { matched }
    } else {
        run += hashing.key_cost * outer.rows * clamp_rows(inner.rows * hashing.bucket_share) * 0.5;
        work.rows
    };
    run += (settings.cpu_tuple_cost + work.conditions) * pairs;
    Cost { startup, total: startup + run }.unless(settings.enable_hashjoin)
}

/// Batches of a hash table (`ExecChooseHashTableSize`), about.
fn hash_batches(inner: Input, memory: f64) -> f64 {
    let tuple = 16.0 + 24.0 + (inner.width / 8.0).ceil() * 8.0;
    let size = inner.rows.max(1.0) * tuple;
    if size + hash_buckets(inner) * 8.0 <= memory {
        1.0
    } else {
        (size / memory).log2().ceil().exp2().max(2.0)
    }
}

/// Buckets of a hash table: a power of two, one row per bucket, at least 1024.
pub(super) fn hash_buckets(inner: Input) -> f64 {
    inner.rows.max(1.0).log2().ceil().exp2().max(1024.0)
}

/// A child of an Append: its cost and rows, and the workers of a partial one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Child {
    pub(super) cost: Cost,
    pub(super) rows: f64,
    pub(super) workers: Option<usize>,
}

/// A plain Append: one child after the other.
pub(super) fn append(children: &[Child], settings: &Settings) -> (Cost, f64) {
    let rows: f64 = children.iter().map(|child| child.rows).sum();
    let startup = children.first().map_or(0.0, |child| child.cost.startup);
    let total: f64 = children.iter().map(|child| child.cost.total).sum();
    (Cost { startup, total: total + 0.5 * settings.cpu_tuple_cost * rows }, rows)
}

/// A Parallel Append (`cost_append`): children that are not partial are dealt out, each to one participant.
pub(super) fn parallel_append(
    children: &[Child],
    workers: usize,
    settings: &Settings,
) -> (Cost, f64) {
    let divisor = workers::divisor(workers, settings);
    // PostgreSQL rounds after each child.
    let rows = children.iter().fold(0.0, |rows, child| {
        let part = match child.workers {
            None => child.rows / divisor,
            Some(own) => child.rows * (workers::divisor(own, settings) / divisor),
        };
        clamp_rows(rows + part)
    });
    let startup = children.iter().take(workers.max(1)).map(|child| child.cost.startup);
    let startup = startup.fold(f64::INFINITY, f64::min);
    let partial: f64 =
        children.iter().filter(|c| c.workers.is_some()).map(|child| child.cost.total).sum();
    let mut slots = vec![0.0; workers.max(1)];
    for child in children.iter().filter(|child| child.workers.is_none()) {
        let least = slots.iter_mut().min_by(|a, b| f64::total_cmp(a, b)).expect("there is a slot");
        *least += child.cost.total;
    }
    let longest = slots.into_iter().fold(0.0, f64::max);
    let total = partial + longest + 0.5 * settings.cpu_tuple_cost * rows;
    (Cost { startup, total }, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Equal in the two decimals that EXPLAIN shows, whichever way the half is rounded.
    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 0.0051, "{a} is not {b}");
    }

    #[test]
    fn scans_cost_what_postgresql_says() {
        let settings = Settings::default();
        near(seq_scan(3279.0, 400_000.0, 0.0, 2, &settings).total, 4945.67);
        near(seq_scan(3279.0, 400_000.0, 0.0025, 2, &settings).total, 5362.33);
        near(seq_scan(3279.0, 400_000.0, 0.0025, 3, &settings).total, 4891.90);
        near(seq_scan(345.0, 10_000.0, 0.0, 0, &settings).total, 445.00);
        let alone = Settings { parallel_leader_participation: false, ..settings };
        near(seq_scan(3279.0, 400_000.0, 0.0, 2, &alone).total, 5279.00);
    }

    #[test]
    fn a_grouped_aggregate_in_parts_costs_what_postgresql_says() {
        let settings = Settings {
            parallel_setup_cost: 10.0,
            parallel_tuple_cost: 0.001,
            ..Settings::default()
        };
        let scan = seq_scan(3279.0, 400_000.0, 0.0, 2, &settings);
        let work = Grouping {
            keys: 1,
            groups: 1000.0,
            transition: 0.005,
            calls: 2,
            ..Grouping::default()
        };
        let input = Input { cost: scan, rows: 166_667.0, width: 15.0 };
        let partial = hashed_aggregate(input, work, &settings);
        near(partial.startup, 6195.67);
        near(partial.total, 6205.67);
        near(gather(partial, 2000.0, &settings).total, 6217.67);
    }

    #[test]
    fn a_parallel_append_costs_what_postgresql_says() {
        let settings = Settings::default();
        let large = Child {
            cost: seq_scan(811.0, 150_000.0, 0.0, 1, &settings),
            rows: 88_235.0,
            workers: Some(1),
        };
        near(large.cost.total, 1693.35);
        let small =
            Child { cost: seq_scan(1.0, 50.0, 0.0, 1, &settings), rows: 29.0, workers: Some(1) };
        let (cost, rows) = parallel_append(&[large, large, small], 2, &settings);
        assert_eq!(rows, 125_021.0);
        near(cost.total, 4013.11);
    }
}
