//! Enclosures: a float answer lies between the ends that its own tree has in intervals. [agg.float.enclosure]
//!
//! The bound that `Permitted` holds answers to knows the height of the tree only. A simulated schedule says the whole tree:
//! which participant takes in which rows, and which states meet in which order. So the same plan is run twice more under
//! the same schedule, with every average, variance, covariance and regression of floats replaced by its companion for the
//! lower end and for the upper end ([`spec::agg::enclosure`]), and the answer must lie between the two, row by row.
//!
//! Under threads the tree is not known, and nothing is said here; a `sum` of floats may add in lanes, and has a bound
//! that some tree needs nearly the whole of.

use parallel::Schedule;
use parallel::schedule::Runtime;
use spec::agg::{Aggregate, enclosure};
use spec::outcome::{Outcome, Run, Trace};
use spec::permitted::{Cell, Finding, Permitted};
use spec::plan::check::{Checked, check_for};
use spec::plan::{Content, Node, Plan};
use spec::value::{Row, Value, text};

use crate::engine::{self, Question, parallel::Planned};

/// What was found when the tree of a run was run again in intervals.
#[derive(Clone, Debug, PartialEq)]
pub enum Enclosed {
    /// There is nothing to enclose, or the tree cannot be run again.
    Nothing,
    /// Every float answer lies between its ends.
    Yes,
    /// One does not.
    No(Finding),
}

/// Judges the float answers of a run by their own tree.
pub fn judge(
    planned: &Planned,
    question: &Question<'_>,
    schedule: &Schedule,
    permitted: &Permitted,
    run: &Run,
) -> Enclosed {
    let repeats = run.trace.gathers.is_empty() || schedule.runtime != Runtime::Threads;
    let (Planned::Plan(plan), Outcome::Rows(rows), true) = (planned, &run.outcome, repeats) else {
        return Enclosed::Nothing;
    };
    let floats = float_columns(permitted);
    let again = |end: usize| {
        let version = question.settings.server_version_num;
        let plan = Planned::Plan(Box::new(replaced(plan, end, version)?));
        let again = engine::parallel::run(&plan, question, schedule);
        match again.outcome {
            Outcome::Rows(rows) if same_tree(&run.trace, &again.trace) => Some(rows.rows),
            _ => None,
        }
    };
    let (false, Some(low), Some(high)) = (floats.is_empty(), again(0), again(1)) else {
        return Enclosed::Nothing;
    };
    match compare(&floats, &rows.rows, &low, &high) {
        Ok(0) => Enclosed::Nothing,
        Ok(_) => Enclosed::Yes,
        Err(message) => Enclosed::No(Finding::new("agg.float.enclosure", message)),
    }
}

/// The columns in which some answer is a float within a bound.
fn float_columns(permitted: &Permitted) -> Vec<usize> {
    let rows = permitted.rows.iter().flatten().flat_map(|group| &group.candidates);
    let is_float =
        |column: &usize| rows.clone().any(|row| matches!(row.get(*column), Some(Cell::Float(_))));
    (0..permitted.columns.len()).filter(is_float).collect()
}

/// Whether two runs can have had the same tree, by all that their traces tell of it.
fn same_tree(one: &Trace, two: &Trace) -> bool {
    let told = |trace: &Trace| {
        let combines = [trace.combines, trace.combines_of_two, trace.states_as_bytes];
        (trace.gathers.clone(), trace.participant_rows.clone(), combines)
    };
    told(one) == told(two)
}

/// The plan with every aggregate that has companions replaced by that of one end; `None` if there is none.
fn replaced(plan: &Checked<Plan>, end: usize, version: u64) -> Option<Checked<Plan>> {
    let mut plan = plan.plan().clone();
    let found = replace(&mut plan, end);
    (found > 0).then(|| check_for(plan, version).ok()).flatten()
}

fn replace(plan: &mut Plan, end: usize) -> usize {
    let mut found = 0;
    let mut exchange = |aggregate: &mut &'static Aggregate| {
        if let Some(ends) = enclosure::ends(aggregate) {
            *aggregate = &ends[end];
            found += 1;
        }
    };
    for column in &mut plan.columns {
        if let Content::State(aggregate) = &mut column.content {
            exchange(aggregate);
        }
    }
    if let Node::Aggregate { calls, .. } = &mut plan.node {
        calls.iter_mut().for_each(|call| exchange(&mut call.aggregate));
    }
    let init = plan.init_plans.iter_mut().map(|init| replace(&mut init.plan, end)).sum::<usize>();
    let below = plan.inputs_mut().into_iter().map(|input| replace(input, end)).sum::<usize>();
    found + init + below
}

/// How many floats lie between ends that differ; or, in words, one that does not lie between its ends.
fn compare(columns: &[usize], rows: &[Row], low: &[Row], high: &[Row]) -> Result<usize, String> {
    if low.len() != rows.len() || high.len() != rows.len() {
        return Err(format!("{} rows, but {} and {} ends", rows.len(), low.len(), high.len()));
    }
    let mut enclosed = 0;
    for row in 0..rows.len() {
        for column in columns {
            let [x, low, high] = [rows, low, high].map(|rows| &rows[row][*column]);
            match (x, low, high) {
                _ if x == low && x == high => {}
                (Value::Float8(x), Value::Float8(low), Value::Float8(high))
                    if enclosure::holds(*low, *high, *x) =>
                {
                    enclosed += 1;
                }
                // A divisor that may be zero leaves both ends open, and NULL is what PostgreSQL divides by zero to.
                (Value::Null, Value::Float8(f64::NEG_INFINITY), Value::Float8(f64::INFINITY)) => {}
                _ => {
                    let place = format!("row {}, column {}", row + 1, column + 1);
                    let [x, low, high] = [x, low, high].map(show);
                    return Err(format!(
                        "{place}: {x} is not between {low} and {high}, the ends of its tree"
                    ));
                }
            }
        }
    }
    Ok(enclosed)
}

fn show(value: &Value) -> String {
    if value.is_null() { "NULL".into() } else { text::output(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::schedules;
    use crate::verdict::ReallyChecked;

    fn floats(xs: &[f64]) -> Vec<Row> {
        xs.iter().map(|x| vec![Value::Int4(1), Value::Float8(*x)]).collect()
    }

    #[test]
    fn an_answer_outside_of_its_ends_is_found() {
        let (low, high) = (floats(&[1.0, f64::NEG_INFINITY]), floats(&[2.0, f64::INFINITY]));
        let found = |xs: &[f64]| compare(&[1], &floats(xs), &low, &high);
        assert_eq!(found(&[1.0, f64::NAN]), Ok(2));
        let message = "row 1, column 2: 2.5 is not between 1 and 2, the ends of its tree";
        assert_eq!(found(&[2.5, 0.0]), Err(message.into()));
        assert!(found(&[f64::NAN, 0.0]).is_err() && found(&[1.0]).is_err());
        let null = vec![vec![Value::Int4(1), Value::Null]];
        assert_eq!(compare(&[1], &null, &low[1..], &high[1..]), Ok(0));
        assert!(compare(&[1], &null, &low[..1], &high[..1]).is_err());
    }

    /// Rows of thirds and of one distant number, in blocks of two, under simulated schedules and under threads.
    fn judged(sql: &str, schedules: &str) -> ReallyChecked {
        let rows: Vec<_> = (0..40).map(|i| format!("{}\t{}", i % 3, f64::from(i) / 3.0)).collect();
        let case = format!(
            "version = 1\nkind = \"query\"\nseed = 0\nschedules = [{schedules}]\n[settings]\n\
             parallel_setup_cost = \"0\"\nparallel_tuple_cost = \"0\"\n\
             min_parallel_table_scan_size = \"0\"\n--- sql\n{sql}\n--- table\n\
             CREATE TABLE t (a integer, x float8) WITH (parallel_workers = 3)\n--- rows\n{}\n1\t1e9\n--- end\n",
            rows.join("\n")
        );
        let judged = schedules::judge(&case.parse().expect("a case"));
        assert!(!judged.verdict.is_violation(), "{}", judged.verdict);
        judged.checked
    }

    #[test]
    fn floats_lie_between_the_ends_of_the_trees_that_simulated_schedules_made() {
        let simulated = "\"simulated seed=7 block=2\", \"simulated seed=8 block=3 bytes=on\"";
        for sql in [
            "SELECT avg(x), var_samp(x), stddev_pop(x), sum(x) FROM t",
            "SELECT a, variance(x), count(*) FROM t GROUP BY a ORDER BY a",
            "SELECT corr(x, a), regr_slope(a, x), regr_intercept(x, a), regr_r2(x, x / 7) FROM t",
            "SELECT a, covar_samp(x, x * x), regr_sxy(x, a), corr(x, a) FROM t GROUP BY a ORDER BY a",
        ] {
            let checked = judged(sql, simulated);
            assert_eq!((checked.runs, checked.enclosed), (3, 3), "{sql}");
            assert!(checked.combine_of_two > 0, "{sql}");
            // The serial run has one tree only; that of threads is not known.
            assert_eq!(judged(sql, "\"threads\"").enclosed, 1, "{sql}");
        }
        assert_eq!(judged("SELECT sum(x), avg(a) FROM t", simulated).enclosed, 0);
    }

    #[test]
    fn what_has_no_companion_is_its_own_end() {
        let same = vec![vec![Value::Null], vec![Value::Float8(f64::NAN)], vec![Value::Float8(0.1)]];
        assert_eq!(compare(&[0], &same, &same, &same), Ok(0));
        let null = [vec![Value::Null]];
        assert!(compare(&[0], &null, &same[2..], &same[2..]).is_err());
    }
}
