//! The second way: the server's own workers over a table of one row a page. [law.split]

use rand_chacha::ChaCha8Rng;

use super::answer::{Answer, Relation};
use super::ask::Asker;
use super::report::{Law, Standing, Witness};
use super::scratch::Trouble;
use super::split::{MOST_ROWS, Row, full_row, random_row};
use super::values::Lane;

/// Worker counts, and whether the leader takes part. One worker alone is never cheaper than no worker.
const WAYS: [(usize, bool); 5] = [(1, true), (2, true), (2, false), (4, true), (4, false)];

/// Lists of rows that are asked about. Workers take milliseconds to begin, so there are few.
const LISTS: usize = 3;

/// Compares plans with workers to one pass, over a few lists of rows.
///
/// # Errors
/// Ctrl-C, or a server that does not come back.
pub fn standing(asker: &mut Asker<'_>, random: &mut ChaCha8Rng) -> Result<Standing, Trouble> {
    let schema = asker.scratch.schema().to_owned();
    let (mut compared, mut launched, mut not_parallel) = (0, 0, None);
    for list in 0..LISTS {
        let pools = &asker.subject.pools;
        let rows: Vec<Row> = (0..2 + list * 2)
            .map(|row| match row % 2 {
                0 => full_row(pools, Lane::Exact, random),
                _ => random_row(pools, Lane::Exact, random),
            })
            .take(MOST_ROWS)
            .collect();
        fill(asker, &schema, &rows)?;
        let statement = format!("SELECT ({})::text FROM {schema}.crowd", asker.subject.call());
        let whole = said(asker, SERIAL, &statement)?;
        for (workers, leader) in WAYS {
            let settings = settings(workers, leader);
            // What was launched is asked once: to see it is to run the statement.
            let how = if list == 0 { "ANALYZE, TIMING OFF, " } else { "" };
            let plan = explained(asker, &settings, how, &statement)?;
            if !plan.is_empty() && !is_parallel(&plan) {
                not_parallel = plan.lines().next().map(str::to_owned);
                continue;
            }
            launched += workers_launched(&plan);
            let answer = said(asker, &settings, &statement)?;
            let pair = [(whole.clone(), answer)];
            let relation = asker.relations(&pair, Lane::Exact)?[0];
            if relation == Relation::Different {
                let [(whole, answer)] = pair;
                asker.scratch.ask(SERIAL)?;
                return Ok(broken(asker, &rows, whole, answer, &settings));
            }
            compared += 1;
        }
    }
    asker.scratch.ask(SERIAL)?;
    Ok(match (compared, launched, not_parallel) {
        (0, _, Some(plan)) => {
            Standing::NotAsked(format!("no parallel plan even where it is free: {plan}"))
        }
        (_, 0, _) => Standing::NotAsked(
            "no worker was launched: max_parallel_workers is used up or 0".into(),
        ),
        _ => Standing::Holds(compared, vec![format!("{launched} workers launched")]),
    })
}

/// The settings that forbid a parallel plan.
const SERIAL: &str = "SET max_parallel_workers_per_gather = 0";

/// The plan of a statement under settings; nothing if it raised.
fn explained(
    asker: &mut Asker<'_>,
    settings: &str,
    how: &str,
    statement: &str,
) -> Result<String, Trouble> {
    asker.scratch.ask(settings)?;
    let explain = format!("EXPLAIN ({how}COSTS OFF) {statement}");
    match asker.scratch.ask(&explain) {
        Ok(rows) => Ok(rows.concat().into_iter().flatten().collect::<Vec<_>>().join("\n")),
        Err(Trouble::Raised(_)) => Ok(String::new()),
        Err(other) => Err(other),
    }
}

/// The settings that make a parallel plan the cheapest: a state costs less to send than rows do.
fn settings(workers: usize, leader: bool) -> String {
    let leader = if leader { "on" } else { "off" };
    format!(
        "SET max_parallel_workers_per_gather = {workers}; SET parallel_leader_participation = {leader}; \
         SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0.01; SET min_parallel_table_scan_size = 0"
    )
}

/// A table with one row a page, so that every worker can claim some.
fn fill(asker: &mut Asker<'_>, schema: &str, rows: &[Row]) -> Result<(), Trouble> {
    let columns = asker.subject.column_definitions();
    let values: Vec<String> = rows
        .iter()
        .map(|row| format!("(repeat('.', 5000){})", asker.subject.fields(row)))
        .collect();
    let mut script = format!(
        "DROP TABLE IF EXISTS {schema}.crowd; CREATE UNLOGGED TABLE {schema}.crowd (pad text{columns}) \
         WITH (autovacuum_enabled = off, parallel_workers = 4);"
    );
    script += &format!("ALTER TABLE {schema}.crowd ALTER COLUMN pad SET STORAGE PLAIN;");
    if !values.is_empty() {
        script += &format!("INSERT INTO {schema}.crowd VALUES {}", values.join(", "));
    }
    asker.scratch.ask(&script).map(|_| ())
}

/// The answer to a statement under settings.
fn said(asker: &mut Asker<'_>, settings: &str, statement: &str) -> Result<Answer, Trouble> {
    asker.scratch.ask(settings)?;
    match asker.scratch.ask(statement) {
        Ok(rows) => Ok(Answer::Value(rows.into_iter().flatten().next().flatten())),
        Err(Trouble::Raised(raised)) => Ok(Answer::Raised(raised)),
        Err(other) => Err(other),
    }
}

/// Whether the plan is Finalize over Gather of Partial ones.
fn is_parallel(plan: &str) -> bool {
    ["Finalize Aggregate", "Gather", "Partial Aggregate"].iter().all(|node| plan.contains(node))
}

fn workers_launched(plan: &str) -> usize {
    let launched = plan.lines().filter_map(|line| line.trim().strip_prefix("Workers Launched: "));
    launched.filter_map(|number| number.parse::<usize>().ok()).sum()
}

fn broken(
    asker: &Asker<'_>,
    rows: &[Row],
    whole: Answer,
    answer: Answer,
    settings: &str,
) -> Standing {
    let subject = &asker.subject;
    let literal = |row: &Row| format!("(repeat('.', 5000){})", subject.fields(row));
    let values: Vec<String> = rows.iter().map(literal).collect();
    let call = subject.call();
    let script = format!(
        "-- {} breaks [{}] with workers: {answer} is not {whole}\nCREATE TABLE bothways_crowd (pad text{}) WITH (parallel_workers = 4);\n\
         ALTER TABLE bothways_crowd ALTER COLUMN pad SET STORAGE PLAIN;\nINSERT INTO bothways_crowd VALUES {};\n\
         SELECT {call} FROM bothways_crowd; -- one pass\n{settings};\nEXPLAIN (ANALYZE, COSTS OFF) SELECT {call} FROM bothways_crowd;\n\
         SELECT {call} FROM bothways_crowd; -- with workers\nDROP TABLE bothways_crowd;\n",
        subject.title(),
        Law::Workers.clause(),
        subject.column_definitions(),
        values.join(", ")
    );
    let text = |row: &Row| {
        let fields = subject.fields(row);
        format!("({})", fields.trim_start_matches(", "))
    };
    Standing::Broken(Box::new(Witness {
        parts: vec![rows.iter().map(text).collect()],
        sides: ("one pass".into(), "with workers".into()),
        answers: (whole, answer),
        holds_if: vec![],
        script,
        remarks: vec!["which worker read which row is not known".into()],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn launched_workers_are_read_from_the_plan() {
        let plan = "Finalize Aggregate (actual rows=1 loops=1)\n  ->  Gather (actual rows=3 loops=1)\n        \
                    Workers Planned: 2\n        Workers Launched: 2\n        ->  Partial Aggregate";
        assert_eq!((workers_launched(plan), is_parallel(plan)), (2, true));
        assert!(!is_parallel("Aggregate\n  ->  Seq Scan on crowd"));
    }
}
