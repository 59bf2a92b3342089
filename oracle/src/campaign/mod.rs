//! Campaigns: many generated cases, judged, counted, shrunk where they fail.
//!
//! A campaign is a function of its seed and its size: case `i` is generated from (seed, i) alone, so that any number of
//! jobs judges the same cases, and one case can be judged again by its number. Found cases are shrunk by the thread that
//! found them.

mod report;
mod tally;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::case::Case;
use crate::database::Database;
use crate::engine::postgres::{Mode, Server};
use crate::generate::{self, Seeded};
use crate::judge::{live, schedules};
use crate::shrink::{shrink, shrink_until};
use crate::verdict::Verdict;

pub use report::{human, json};
pub use tally::{Found, Tally};

/// How many queries share a generated database.
pub const QUERIES_PER_DATABASE: u64 = 8;

/// How long a live server may take for a generated query. Tables are told to be larger than they are, and a few plans for
/// the large ones (thousands of batches of a hash join) take minutes over the few rows that there are.
const LIVE_SECONDS: u32 = 3;

/// How many candidates may be put before a live server when a case is shrunk.
const LIVE_ATTEMPTS: usize = 150;

/// What a campaign does.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// How many cases; they are judged in whole databases of [`QUERIES_PER_DATABASE`].
    pub cases: u64,
    /// When to stop even if cases are left.
    pub time: Option<Duration>,
    /// Threads.
    pub jobs: usize,
    /// The version whose behaviour is asked for, as `server_version_num`, where a live server has one.
    pub version: Option<u64>,
    /// A fault that is planted in every schedule: a test of the oracle.
    #[cfg(feature = "faults")]
    pub fault: Option<parallel::fault::Fault>,
    /// Stop at the first violation.
    pub stop_at_first: bool,
}

/// What a running campaign tells others.
#[derive(Debug, Default)]
pub struct Progress {
    /// Cases judged so far.
    pub judged: AtomicU64,
    /// Violations so far.
    pub violations: AtomicU64,
    /// Whether a case that failed is being made smaller.
    pub shrinking: AtomicBool,
    /// Set by whoever wants the campaign to end after the cases at hand.
    pub stop: AtomicBool,
}

/// Runs a campaign without a server.
pub fn run(plan: &Plan, progress: &Progress) -> Tally {
    let start = Instant::now();
    let next = AtomicU64::new(0);
    let total = Mutex::new(Tally::default());
    let databases = plan.cases.div_ceil(QUERIES_PER_DATABASE);
    std::thread::scope(|scope| {
        for _ in 0..plan.jobs.max(1) {
            scope.spawn(|| {
                let mut tally = Tally::default();
                while !progress.stop.load(Ordering::Relaxed)
                    && plan.time.is_none_or(|time| start.elapsed() < time)
                {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= databases {
                        break;
                    }
                    judge_database(plan, number, &mut tally, progress);
                }
                total.lock().expect("a panic of ours is caught by the judge").merge(tally);
            });
        }
    });
    let mut tally = total.into_inner().expect("a panic of ours is caught by the judge");
    tally.finish(start.elapsed());
    tally
}

/// The cases over database `number` of a campaign.
pub fn cases(plan: &Plan, number: u64) -> (Database, Vec<Case>) {
    let mut choices = Seeded::new(plan.seed, number);
    let palette = generate::Palette::of(number);
    let setting = generate::setting(&mut choices, palette, plan.version);
    let first = number * QUERIES_PER_DATABASE;
    let count = QUERIES_PER_DATABASE.min(plan.cases.saturating_sub(first));
    let cases: Vec<Case> = (0..count)
        .map(|query| {
            let case = generate::case(&mut choices, &setting, first + query);
            plant(plan, case)
        })
        .collect();
    let database = Case { sql: String::new(), ..cases[0].clone() }.database();
    (database, cases)
}

#[cfg(feature = "faults")]
fn plant(plan: &Plan, mut case: Case) -> Case {
    case.schedules.iter_mut().for_each(|schedule| schedule.fault = plan.fault);
    case
}

#[cfg(not(feature = "faults"))]
fn plant(_: &Plan, case: Case) -> Case {
    case
}

fn judge_database(plan: &Plan, number: u64, tally: &mut Tally, progress: &Progress) {
    let (database, cases) = cases(plan, number);
    for case in cases {
        if progress.stop.load(Ordering::Relaxed) {
            return;
        }
        let judged = schedules::judge_over(&case, &database);
        progress.judged.fetch_add(1, Ordering::Relaxed);
        tally.count(&judged);
        if judged.verdict.is_violation() {
            progress.violations.fetch_add(1, Ordering::Relaxed);
            if tally.wants(&judged.verdict) {
                tally.found(make_small(&case, judged.schedule));
            }
            if plan.stop_at_first {
                progress.stop.store(true, Ordering::Relaxed);
            }
        }
    }
}

/// Shrinks a failing case, beginning with the schedule that it failed under.
fn make_small(case: &Case, schedule: Option<parallel::Schedule>) -> Found {
    let mut narrowed = case.clone();
    if let Some(schedule) = schedule {
        narrowed.schedules = vec![schedule];
    }
    let shrunk = shrink(&narrowed, &mut |case| schedules::judge(case).verdict);
    Found { original: case.clone(), case: shrunk.case, verdict: shrunk.verdict }
}

/// Runs a campaign against a live server too: one connection, cases one after the other.
pub fn run_live(plan: &Plan, progress: &Progress, server: &mut Server) -> Tally {
    let start = Instant::now();
    let plan = &Plan { version: Some(server.version_number().into()), ..plan.clone() };
    let mut tally = Tally::default();
    if let Err(unable) = server.limit_statements(LIVE_SECONDS) {
        tally.server_lost = Some(unable.to_string());
        return tally;
    }
    'all: for number in 0..plan.cases.div_ceil(QUERIES_PER_DATABASE) {
        let (database, cases) = cases(plan, number);
        if let Err(unable) = server.put(&database) {
            tally.server_lost = Some(unable.to_string());
            break;
        }
        for case in cases {
            let late = plan.time.is_some_and(|time| start.elapsed() >= time);
            if late || progress.stop.load(Ordering::Relaxed) {
                break 'all;
            }
            let judged = schedules::judge_over(&case, &database);
            progress.judged.fetch_add(1, Ordering::Relaxed);
            tally.count(&judged);
            if judged.verdict.is_violation() && tally.wants(&judged.verdict) {
                progress.violations.fetch_add(1, Ordering::Relaxed);
                tally.found(make_small(&case, judged.schedule));
            }
            judge_live(&case, &database, server, &mut tally, progress);
            if plan.stop_at_first && tally.is_violated() {
                break 'all;
            }
            if server.is_closed() {
                tally.server_lost = Some("the server closed the connection".into());
                break 'all;
            }
        }
    }
    tally.finish(start.elapsed());
    tally
}

/// Asks the server the case's query, and shrinks what it disagrees with.
fn judge_live(
    case: &Case,
    database: &Database,
    server: &mut Server,
    tally: &mut Tally,
    progress: &Progress,
) {
    for verdict in ask_live(case, database, server, &[Mode::Serial, Mode::Forced]) {
        tally.count_live(&verdict);
        if !verdict.verdict.is_violation() {
            continue;
        }
        progress.violations.fetch_add(1, Ordering::Relaxed);
        if tally.wants(&verdict.verdict) {
            progress.shrinking.store(true, Ordering::Relaxed);
            let found = make_small_live(case, verdict.mode, server, progress);
            tally.found(found);
            progress.shrinking.store(false, Ordering::Relaxed);
            let _ = server.put(database);
        }
    }
}

/// Shrinks a case that a server disagrees with. Each candidate costs the server new tables, so there are few of them.
fn make_small_live(case: &Case, mode: Mode, server: &mut Server, progress: &Progress) -> Found {
    let enough = |attempts| attempts >= LIVE_ATTEMPTS || progress.stop.load(Ordering::Relaxed);
    let shrunk = shrink_until(case, &enough, &mut |case| {
        let database = case.database();
        if server.put(&database).is_err() {
            return Verdict::Unable { reason: "the server refuses the tables".into() };
        }
        let verdict = ask_live(case, &database, server, &[mode]).pop();
        verdict.map_or(Verdict::Agree, |verdict| verdict.verdict)
    });
    Found { original: case.clone(), case: shrunk.case, verdict: shrunk.verdict }
}

fn ask_live(
    case: &Case,
    database: &Database,
    server: &mut Server,
    modes: &[Mode],
) -> Vec<live::LiveVerdict> {
    let (Ok(query), Ok(settings)) = (schedules::bound(&case.sql, database), case.settings()) else {
        return vec![];
    };
    let question =
        crate::engine::Question { sql: &case.sql, query: &query, database, settings: &settings };
    live::judge(&question, server, modes)
}
