//! Shrinking: smaller rows, a simpler query, fewer schedules, fewer workers, while the failure stays in its class.
//!
//! ```text
//! repeat until nothing helps, or the attempts are used up:
//!     drop schedules, make the schedule simpler
//!     drop tables, halves of the rows of a table, single rows; set fields to NULL
//!     drop settings
//!     simplify the query: drop clauses and items, replace expressions by their operands
//! ```
//!
//! The class of a failure is the clause that it breaks: a candidate counts only if it breaks the same one.

mod query;

use spec::value::Value;

use crate::case::Case;
use crate::verdict::Verdict;

/// How often a shrink may judge a candidate, where judging is cheap.
const ATTEMPTS: usize = 3000;

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
        helped
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
