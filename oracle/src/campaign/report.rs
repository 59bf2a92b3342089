//! The report at the end of a campaign.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value as Json, json as object};

use super::{Plan, Tally};

/// The verdict table, what was really checked, and the seed, for people.
pub fn human(plan: &Plan, tally: &Tally) -> String {
    let mut text = String::new();
    let mut line = |name: &str, count: u64| {
        let share = 100.0 * count as f64 / tally.cases.max(1) as f64;
        let _ = writeln!(text, "  {name:<44}{count:>10}  {share:>5.1} %");
    };
    line("agree", tally.agree);
    line("allowed (several outcomes are permitted)", tally.allowed);
    line("violations", tally.violations);
    line("unable (nothing decided)", tally.undecided());
    let mut report = format!("verdicts over {} cases\n{text}", tally.cases);
    report += &most_frequent(&tally.unable);
    report += &checked(tally);
    report += &live(tally);
    for (clause, count) in &tally.broken {
        let _ = writeln!(report, "broken: {clause}, {count} times");
    }
    let seconds = tally.elapsed.as_secs_f64();
    let rate = tally.cases as f64 / seconds.max(1e-9);
    let _ = writeln!(
        report,
        "seed {}   {} cases in {seconds:.1} s   {rate:.0} cases/s   {} jobs",
        plan.seed, tally.cases, plan.jobs
    );
    report
}

/// The reasons with the largest counts, and how much the others come to.
fn most_frequent(reasons: &BTreeMap<String, u64>) -> String {
    const SHOWN: usize = 6;
    let mut text = String::new();
    let mut reasons: Vec<_> = reasons.iter().collect();
    reasons.sort_by_key(|(_, count)| Reverse(**count));
    for (reason, count) in reasons.iter().take(SHOWN) {
        let _ = writeln!(text, "      {count:>6}  {reason}");
    }
    if let Some(others) = reasons.get(SHOWN..).filter(|others| !others.is_empty()) {
        let rest: u64 = others.iter().map(|(_, count)| **count).sum();
        let _ = writeln!(text, "      {rest:>6}  for {} other reasons", others.len());
    }
    text
}

fn checked(tally: &Tally) -> String {
    let checked = &tally.checked;
    let mut text = format!("really checked, of {} runs\n", checked.runs);
    let lines = [
        ("the plan was parallel", checked.parallel),
        ("two participants or more had rows", checked.two_participants),
        ("combine met two states that had seen rows", checked.combine_of_two),
        ("a state crossed as bytes", checked.state_as_bytes),
        ("an expression ran through spec (shared)", checked.shared),
        ("floats lay between the ends of their tree", checked.enclosed),
    ];
    for (name, count) in lines {
        let share = 100.0 * count as f64 / checked.runs.max(1) as f64;
        let _ = writeln!(text, "  {name:<44}{count:>10}  {share:>5.1} %");
    }
    text
}

fn live(tally: &Tally) -> String {
    let mut text = String::new();
    for (engine, live) in &tally.live {
        let not_compared: u64 = live.not_compared.values().sum();
        let _ = writeln!(
            text,
            "{engine}: {} permitted ({} workers launched), {} violations, {not_compared} not compared",
            live.permitted, live.workers_launched, live.violations
        );
        text += &most_frequent(&live.not_compared);
        let unknown: u64 = live.plans_unknown.values().sum();
        let _ = writeln!(
            text,
            "  its plans: {} have a type, {unknown} have nodes without a rule",
            live.plans_accepted
        );
        text += &most_frequent(&live.plans_unknown);
    }
    if let Some(reason) = &tally.server_lost {
        let _ = writeln!(text, "the server was lost: {reason}");
    }
    text
}

/// The same as one JSON document.
pub fn json(plan: &Plan, tally: &Tally) -> Json {
    let found: Vec<Json> = tally
        .found
        .iter()
        .map(|found| {
            object!({
                "index": found.original.seed,
                "verdict": found.verdict.to_string(),
                "case": found.case.to_string(),
            })
        })
        .collect();
    let live: Vec<Json> = tally
        .live
        .iter()
        .map(|(engine, live)| {
            object!({
                "engine": engine,
                "permitted": live.permitted,
                "violations": live.violations,
                "not_compared": live.not_compared,
                "workers_launched": live.workers_launched,
                "plans_accepted": live.plans_accepted,
                "plans_unknown": live.plans_unknown,
            })
        })
        .collect();
    object!({
        "schema": "bothways.check/1",
        "seed": plan.seed,
        "cases": tally.cases,
        "agree": tally.agree,
        "allowed": tally.allowed,
        "violations": tally.violations,
        "unable": tally.unable,
        "really_checked": {
            "runs": tally.checked.runs,
            "parallel": tally.checked.parallel,
            "two_participants": tally.checked.two_participants,
            "combine_of_two": tally.checked.combine_of_two,
            "state_as_bytes": tally.checked.state_as_bytes,
            "shared": tally.checked.shared,
            "enclosed": tally.checked.enclosed,
        },
        "broken": tally.broken,
        "live": live,
        "server_lost": tally.server_lost,
        "found": found,
        "elapsed_s": tally.elapsed.as_secs_f64(),
    })
}
