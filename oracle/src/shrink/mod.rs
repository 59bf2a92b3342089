//! Shrinking: smaller rows, a simpler query, fewer schedules, fewer workers, while the failure stays in its class.
//!
//! ```text
//! repeat until nothing helps, or the attempts are used up:
//!     drop schedules, make the schedule simpler
//!     drop tables, halves of the rows of a table, single rows; set fields to NULL
//!     drop settings
//!     simplify the query: drop clauses and items, replace expressions by their operands
//! where nothing helped:
//!     start afresh with two to four neighbouring rows of a table, under many schedules
//! where nothing helped and few rows are left:
//!     drop two rows at once; drop one row under another schedule, or for a planner that believes in more rows
//! ```
//!
//! The last step is for what holds rows back together: a key that must stay in pairs, or a seed under which fewer rows
//! would be claimed otherwise.
//!
//! The class of a failure is the clause that it breaks: a candidate counts only if it breaks the same one.

mod query;

use spec::value::Value;

use crate::case::Case;
use crate::verdict::Verdict;

/// How often a shrink may judge a candidate, where judging is cheap.
const ATTEMPTS: usize = 3000;

/// So few rows are left that dropping them two at a time is cheap.
const FEW_ROWS: usize = 20;

/// A case made smaller, and how.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The smallest case found.
    pub case: Case,
    /// Its verdict: a violation of the same clause.
    pub verdict: Verdict,
    /// How many candidates were judged.
    pub attempts: usize,
}

/// A search for a smaller case.
struct Search<'a> {
    judge: &'a mut dyn FnMut(&Case) -> Verdict,
    enough: &'a dyn Fn(usize) -> bool,
    clause: &'static str,
    best: Case,
    verdict: Verdict,
    attempts: usize,
}

/// Makes a failing case smaller. `judge` says what is wrong with a candidate; `case` must be a violation under it.
/// Without one, the case comes back as it is.
pub fn shrink(case: &Case, judge: &mut dyn FnMut(&Case) -> Verdict) -> Shrunk {
    shrink_until(case, &|attempts| attempts >= ATTEMPTS, judge)
}

/// The same, until `enough` says so of the number of candidates that were judged.
pub fn shrink_until(
    case: &Case,
    enough: &dyn Fn(usize) -> bool,
    judge: &mut dyn FnMut(&Case) -> Verdict,
) -> Shrunk {
    let verdict = judge(case);
    let Verdict::Violation(finding) = &verdict else {
        return Shrunk { case: case.clone(), verdict, attempts: 1 };
    };
    let clause = finding.clause;
    let mut search = Search { judge, enough, clause, best: case.clone(), verdict, attempts: 1 };
    // Candidates come printed: let the case be printed too, so that lengths can be compared.
    if let Some(sql) = query::printed(&case.sql) {
        search.accept(Case { sql, ..case.clone() });
    }
    while search.pass() && !(search.enough)(search.attempts) {}
    let Search { mut best, verdict, attempts, .. } = search;
    best.clause = Some(clause.to_owned());
    Shrunk { case: best, verdict, attempts }
}

impl Search<'_> {
    /// Whether a candidate fails in the same class; if so it is the best so far.
    fn accept(&mut self, candidate: Case) -> bool {
        if (self.enough)(self.attempts) || candidate == self.best {
            return false;
        }
        self.attempts += 1;
        let verdict = (self.judge)(&candidate);
        let same = matches!(&verdict, Verdict::Violation(finding) if finding.clause == self.clause);
        if same {
            (self.best, self.verdict) = (candidate, verdict);
        }
        same
    }

    /// One pass over all ways to make the case smaller; whether any helped.
    fn pass(&mut self) -> bool {
        let steps = [
            Self::schedules,
            Self::tables,
            Self::rows,
            Self::query,
            Self::settings,
            Self::columns,
            Self::fields,
        ];
        let mut helped = false;
        for step in steps {
            helped |= step(self);
        }
        helped || self.few_rows() || self.rows_together()
    }

    /// Starts afresh with a few neighbouring rows of one table, under many schedules and for a planner that believes in as
    /// many rows as before; whether that failed once.
    fn few_rows(&mut self) -> bool {
        for table in 0..self.best.tables.len() {
            let all = self.best.tables[table].rows.clone();
            // Sorted by their texts, rows with equal keys are neighbours.
            let mut alike = all.clone();
            alike.sort_by_cached_key(|row| format!("{row:?}"));
            let more = |kept| 4 * all.len().div_ceil(kept) as u32;
            for kept in (2..=4).filter(|kept| 2 * kept <= all.len()) {
                for window in all.windows(kept).chain(alike.windows(kept)) {
                    let mut few = self.best.clone();
                    few.tables[table].rows = window.to_vec();
                    few.planner_scale = few.planner_scale.saturating_mul(more(kept));
                    if other_schedules(&few).any(|candidate| self.accept(candidate)) {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Drops two rows at once, or one row under another schedule; whether either helped once.
    fn rows_together(&mut self) -> bool {
        let mut places = Vec::new();
        for (table, rows) in self.best.tables.iter().enumerate() {
            places.extend((0..rows.rows.len()).map(|row| (table, row)));
        }
        if places.len() > FEW_ROWS {
            return false;
        }
        // From the end, so that the places before stay where they are.
        places.reverse();
        let without = |case: &Case, dropped: &[(usize, usize)]| {
            let mut smaller = case.clone();
            for (table, row) in dropped {
                smaller.tables[*table].rows.remove(*row);
            }
            smaller
        };
        let best = self.best.clone();
        for (number, place) in places.iter().enumerate() {
            let single = without(&best, &[*place]);
            // Fewer rows may have made the serial plan the cheaper one: let the planner believe in more.
            let scales = [10, 100].map(|more| single.planner_scale.saturating_mul(more));
            let scaled = scales.map(|planner_scale| Case { planner_scale, ..single.clone() });
            if scaled
                .into_iter()
                .chain(other_schedules(&single))
                .any(|candidate| self.accept(candidate))
            {
                return true;
            }
            for other in &places[number + 1..] {
                if self.accept(without(&best, &[*place, *other])) {
                    return true;
                }
            }
        }
        false
    }

    fn schedules(&mut self) -> bool {
        let mut helped = false;
        if self.best.schedules.len() > 1 {
            for schedule in self.best.schedules.clone() {
                let candidate = Case { schedules: vec![schedule], ..self.best.clone() };
                if self.accept(candidate) {
                    helped = true;
                    break;
                }
            }
        }
        if let [schedule] = self.best.schedules.as_slice() {
            for simpler in simpler_schedules(schedule) {
                helped |= self.accept(Case { schedules: vec![simpler], ..self.best.clone() });
            }
        }
        helped
    }

    fn tables(&mut self) -> bool {
        let mut helped = false;
        for number in (0..self.best.tables.len()).rev() {
            let mut candidate = self.best.clone();
            candidate.tables.remove(number);
            helped |= self.accept(candidate);
        }
        helped
    }

    /// Drops ever smaller runs of rows (delta debugging).
    fn rows(&mut self) -> bool {
        let mut helped = false;
        for table in 0..self.best.tables.len() {
            let mut run = self.best.tables[table].rows.len();
            while run > 0 {
                let mut start = 0;
                while start < self.best.tables[table].rows.len() {
                    let mut candidate = self.best.clone();
                    let rows = &mut candidate.tables[table].rows;
                    rows.drain(start..(start + run).min(rows.len()));
                    if self.accept(candidate) {
                        helped = true;
                    } else {
                        start += run;
                    }
                }
                run /= 2;
            }
        }
        helped
    }

    fn query(&mut self) -> bool {
        let mut helped = false;
        loop {
            let simpler = query::simpler(&self.best.sql);
            let found = simpler.into_iter().any(|sql| {
                sql.len() < self.best.sql.len() && self.accept(Case { sql, ..self.best.clone() })
            });
            if !found {
                return helped;
            }
            helped = true;
        }
    }

    fn settings(&mut self) -> bool {
        let mut helped = self.accept(Case { planner_scale: 1, ..self.best.clone() });
        for name in self.best.settings.keys().cloned().collect::<Vec<_>>() {
            let mut candidate = self.best.clone();
            candidate.settings.remove(&name);
            helped |= self.accept(candidate);
        }
        helped
    }

    /// Drops columns that the query does not need.
    fn columns(&mut self) -> bool {
        let mut helped = false;
        for table in 0..self.best.tables.len() {
            for column in (0..self.best.tables[table].table.columns.len()).rev() {
                let mut candidate = self.best.clone();
                let reduced = &mut candidate.tables[table];
                if reduced.table.columns.len() == 1 {
                    break;
                }
                reduced.table.columns.remove(column);
                reduced.rows.iter_mut().for_each(|row| {
                    row.remove(column);
                });
                helped |= self.accept(candidate);
            }
            if self.best.tables[table].table.parallel_workers.is_some() {
                let mut candidate = self.best.clone();
                candidate.tables[table].table.parallel_workers = None;
                helped |= self.accept(candidate);
            }
        }
        helped
    }

    /// Makes fields plainer: NULL, or zero.
    fn fields(&mut self) -> bool {
        let mut helped = false;
        for table in 0..self.best.tables.len() {
            let small = self.best.tables[table].rows.len() <= 8;
            for row in 0..if small { self.best.tables[table].rows.len() } else { 0 } {
                for column in 0..self.best.tables[table].table.columns.len() {
                    if self.best.tables[table].rows[row][column].is_null() {
                        continue;
                    }
                    let mut candidate = self.best.clone();
                    candidate.tables[table].rows[row][column] = Value::Null;
                    helped |= self.accept(candidate);
                }
            }
        }
        helped
    }
}

/// The same case under other seeds, one schedule each, and with a participant's turn after every row.
fn other_schedules(case: &Case) -> impl Iterator<Item = Case> + '_ {
    use parallel::{Claims, Runtime, Schedule};
    let of = |schedule: &Schedule| {
        let seeded = |seed| Schedule { runtime: Runtime::Simulated { seed }, ..schedule.clone() };
        let by_row = |seed| Schedule {
            claims: Claims::OneBlock,
            rows_per_block: Some(1),
            launched: None,
            ..seeded(seed)
        };
        let mut others: Vec<Schedule> = (0..4).map(seeded).collect();
        others.extend((0..4).map(by_row));
        others
    };
    let schedules = case.schedules.iter().flat_map(of);
    schedules.map(|schedule| Case { schedules: vec![schedule], ..case.clone() })
}

/// Schedules that differ from this one in one thing that is simpler.
fn simpler_schedules(schedule: &parallel::Schedule) -> Vec<parallel::Schedule> {
    use parallel::{Claims, Runtime, Schedule};
    let base = || schedule.clone();
    let mut simpler = vec![
        Schedule { states_as_bytes: false, ..base() },
        Schedule { launched: None, ..base() },
        Schedule { launched: Some(1), ..base() },
        Schedule { leader: None, ..base() },
        Schedule { claims: Claims::Ranges, ..base() },
        Schedule { rows_per_block: Some(1), ..base() },
    ];
    for seed in 0..4 {
        simpler.push(Schedule { runtime: Runtime::Simulated { seed }, ..base() });
    }
    let size = |schedule: &Schedule| schedule.to_string().len();
    simpler.retain(|candidate| candidate != schedule && size(candidate) <= size(schedule));
    simpler
}
