//! A plan that the checker has refused, run by the parallel engine all the same, where its answer can be seen.
//!
//! ```text
//! Single       the plan itself
//! Partial      Gather(plan): the shares together are the answer
//! Replicated   Gather(Nested Loop(Parallel Seq Scan on probe, plan)): every participant that has a row of the probe
//!              shows what it has of the plan
//! ```

use std::collections::BTreeSet;

use parallel::{Claims, Schedule};
use spec::outcome::Outcome;
use spec::plan::Mode;
use spec::plan::Plan;
use spec::plan::check::{Checked, Distribution};
use spec::settings::Settings;
use spec::value::Value;

use super::meaning::{BOUND, Bag, Reading, Row, float_of, in_order, sorted};
use super::rules::{Claim, Rule, Tables};
use super::shapes::*;

/// What a run came to.
pub enum Ran {
    Right,
    Wrong(Bag),
    /// The engine has no executor for it.
    Refused(String),
}

/// Participants take a row at a time, and turns as the seed says.
pub fn schedule(rule: &Rule, seed: u64) -> Schedule {
    Schedule {
        launched: Some(rule.below.max(rule.world) - 1),
        leader: Some(true),
        claims: Claims::OneBlock,
        rows_per_block: Some(1),
        ..Schedule::simulated(seed)
    }
}

/// The plan under a node that shows whether the claim holds.
pub fn observed(rule: &Rule, (distribution, reading): Claim, tables: &Tables) -> Plan {
    let workers = rule.world - 1;
    let plan = rule.plan(tables, true);
    let count = || vec![call_of(aggregate("count", &[]))];
    let finished = |plan: Plan| match reading {
        Reading::Complete | Reading::Ordered => plan,
        Reading::Distinct => distinct(plan),
        Reading::Top { total } => {
            // Where the order is not known to the checker, a sort finds the first rows.
            let in_order = distribution == Distribution::Partial || rule.judged(tables).is_ok();
            let rows = if in_order { plan } else { sort(plan, order(total), None) };
            limit(rows, Some(BOUND as i64), None)
        }
        Reading::States { grouped } => aggregated(Mode::Finalize, plan, grouped, count()),
    };
    match distribution {
        Distribution::Single => finished(plan),
        Distribution::Partial => match reading {
            Reading::Top { total } => finished(gather_merge(plan, order(total), workers)),
            _ => finished(gather(plan, workers, false)),
        },
        Distribution::Replicated => {
            gather(pairs(scan(&tables.probe, true), finished(plan)), workers, false)
        }
    }
}

/// The bags that the observed plan may give if the claim holds.
fn right(rule: &Rule, (distribution, _): Claim, bags: &[Bag]) -> BTreeSet<Bag> {
    let serial = rule.right(bags);
    if distribution != Distribution::Replicated {
        return serial;
    }
    let beside_probe = |bag: &Bag| {
        let with =
            |probe: i64| bag.iter().map(move |row| [vec![Some(probe)], row.clone()].concat());
        sorted(probe(rule).flat_map(with).collect())
    };
    serial.iter().map(beside_probe).collect()
}

/// Whether the rows come in order; beside a probe, those of each participant.
fn is_ordered(rule: &Rule, distribution: Distribution, bag: &Bag) -> bool {
    if distribution != Distribution::Replicated {
        return in_order(bag);
    }
    let of = |probe| bag.iter().filter(|row| row[0] == Some(probe)).cloned().collect();
    probe(rule).all(|probe| in_order(&of(probe)))
}

/// A row for each participant.
fn probe(rule: &Rule) -> impl Iterator<Item = i64> {
    1..=rule.world as i64
}

/// Runs the plan of a rule unchecked over these bags.
pub fn run(rule: &Rule, claim: Claim, bags: &[Bag], tables: &Tables, schedule: &Schedule) -> Ran {
    let plan = Checked::assume(observed(rule, claim, tables));
    run_plan(&plan, rule, claim, bags, tables, schedule)
}

/// Runs a plan that observes a rule over these bags.
pub fn run_plan(
    plan: &Checked<Plan>,
    rule: &Rule,
    claim: Claim,
    bags: &[Bag],
    tables: &Tables,
    schedule: &Schedule,
) -> Ran {
    let mut stored = parallel::Tables::default();
    for (table, bag) in tables.inputs.iter().zip(bags) {
        put(&mut stored, table, bag.iter().map(|row| row[0]), float_of);
    }
    put(&mut stored, &tables.probe, probe(rule).map(Some), float_of);
    match parallel::run(plan, &stored, &Settings::default(), schedule).outcome {
        Outcome::Error(error) => Ran::Refused(format!("{}: {}", error.sqlstate, error.message)),
        Outcome::Rows(rows) => {
            let bag: Bag = rows.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
            let out_of_order = claim.1 == Reading::Ordered && !is_ordered(rule, claim.0, &bag);
            if out_of_order || !right(rule, claim, bags).contains(&sorted(bag.clone())) {
                Ran::Wrong(if out_of_order { bag } else { sorted(bag) })
            } else {
                Ran::Right
            }
        }
    }
}

fn cell(value: &Value) -> Option<i64> {
    match value {
        Value::Null => None,
        Value::Int4(number) => Some((*number).into()),
        Value::Int8(number) => Some(*number),
        Value::Float8(number) => Some(number.to_bits() as i64),
        other => panic!("no column of these plans holds {other:?}"),
    }
}

/// A bag as text: `1 2 NULL`, or rows in parentheses.
pub fn text(bag: &Bag) -> String {
    let cell = |cell: &Option<i64>| cell.map_or("NULL".into(), |x| x.to_string());
    let row = |row: &Row| match &row[..] {
        [one] => cell(one),
        cells => format!("({})", cells.iter().map(cell).collect::<Vec<_>>().join(", ")),
    };
    bag.iter().map(row).collect::<Vec<_>>().join(" ")
}

/// A bag of one column from its text.
pub fn bag(text: &str) -> Bag {
    let value = |word: &str| match word {
        "NULL" => None,
        number => Some(number.parse().unwrap_or_else(|_| panic!("{word} is no value"))),
    };
    text.split_whitespace().map(|word| vec![value(word)]).collect()
}
