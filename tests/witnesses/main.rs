//! Exactness by witness: over all small bags and all ways to share them, the checker accepts what no input refutes.
//!
//! ```text
//! rules       every node × the distributions of its inputs × kind of join × worlds of 1, 2, 3 participants
//! accepted    no bags and shares, and no outcome of the node's own meaning, break what the checker claims
//! refused     each distribution that might be claimed is broken by some; the smallest is stored in refusals.toml,
//!             and the parallel engine, running the refused plan unchecked, gives a wrong bag on it
//! strict      refused although nothing breaks it: listed with the reason, no more and no fewer
//! ```
//!
//! `refusals.toml` is written again by `WITNESSES=write cargo test --test witnesses`.

mod meaning;
mod rules;
#[path = "../shapes/mod.rs"]
mod shapes;
mod unchecked;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use rules::{Claim, Rule, Tables, rules, small_bags};
use spec::plan::check::{Distribution, check};
use unchecked::{Ran, bag, observed, run, run_plan, schedule, text};

const FILE: &str = "tests/witnesses/refusals.toml";

/// How many seeds a witness may need until a schedule shows it.
const SEEDS: u64 = 400;

/// What is refused although no input refutes it, with the clause and the reason: exactly these.
const STRICT: [(&str, &str, &str); 37] = [
    ("Scan parallel: true (Single)", "plan.parallel-aware", NOBODY_SHARES),
    ("Append parallel: true, inputs: 1 (Single)", "plan.parallel-aware", NOBODY_SHARES),
    ("Append parallel: true, inputs: 2 (Single, Single)", "plan.parallel-aware", NOBODY_SHARES),
    ("ParallelHashJoin Inner (Single, Single)", "plan.parallel-aware", NOBODY_SHARES),
    ("ParallelHashJoin Left (Single, Single)", "plan.parallel-aware", NOBODY_SHARES),
    ("ParallelHashJoin Right (Single, Single)", "plan.parallel-aware", NOBODY_SHARES),
    ("ParallelHashJoin Full (Single, Single)", "plan.parallel-aware", NOBODY_SHARES),
    ("ParallelHashJoin Semi (Single, Single)", "plan.parallel-aware", NOBODY_SHARES),
    ("ParallelHashJoin Anti (Single, Single)", "plan.parallel-aware", NOBODY_SHARES),
    ("Gather single_copy: false (Partial)", "plan.gather.nested", NO_WORKERS_OF_WORKERS),
    ("Gather single_copy: true (Single)", "plan.gather.nested", NO_WORKERS_OF_WORKERS),
    ("GatherMerge sorted: true (Partial)", "plan.gather.nested", NO_WORKERS_OF_WORKERS),
    ("NestedLoop Full (Replicated, Replicated)", "plan.join.unmatched", NO_MARKS),
    ("NestedLoop Full (Single, Single)", "plan.join.unmatched", NO_MARKS),
    ("NestedLoop Right (Replicated, Partial)", "plan.join.unmatched", NO_MARKS),
    ("NestedLoop Right (Replicated, Replicated)", "plan.join.unmatched", NO_MARKS),
    ("NestedLoop Right (Single, Single)", "plan.join.unmatched", NO_MARKS),
    ("NestedLoop Inner (Replicated, Partial)", "plan.join.partial-inner", READ_AGAIN),
    ("ParallelHashJoin Inner (Replicated, Partial)", "plan.hash-join.shared", WHOLE_OUTER),
    ("ParallelHashJoin Left (Replicated, Partial)", "plan.hash-join.shared", WHOLE_OUTER),
    ("ParallelHashJoin Semi (Replicated, Partial)", "plan.hash-join.shared", WHOLE_OUTER),
    ("ParallelHashJoin Anti (Replicated, Partial)", "plan.hash-join.shared", WHOLE_OUTER),
    ("ParallelHashJoin Semi (Partial, Replicated)", "plan.hash.shared", COUNTED_BY_NOBODY),
    ("ParallelHashJoin Semi (Replicated, Replicated)", "plan.hash.shared", COUNTED_BY_NOBODY),
    ("ParallelHashJoin Anti (Partial, Replicated)", "plan.hash.shared", COUNTED_BY_NOBODY),
    ("ParallelHashJoin Anti (Replicated, Replicated)", "plan.hash.shared", COUNTED_BY_NOBODY),
    ("Filter (Partial, distinct within each participant)", "plan.distinct.partial", COMMUTES),
    ("Filter (Single, distinct within each participant)", "plan.distinct.partial", COMMUTES),
    ("Project (Partial, distinct within each participant)", "plan.distinct.partial", COMMUTES),
    ("Project (Single, distinct within each participant)", "plan.distinct.partial", COMMUTES),
    (
        "SubqueryScan (Partial, distinct within each participant)",
        "plan.distinct.partial",
        NAMED_UNFINISHED,
    ),
    ("SubqueryScan (Partial, first within each participant)", "plan.sort.bound", NAMED_UNFINISHED),
    ("Sort (Partial, first within each participant)", "plan.sort.bound", SORTED_TWICE),
    (
        "SubqueryScan (Single, distinct within each participant)",
        "plan.distinct.partial",
        NAMED_UNFINISHED,
    ),
    ("SubqueryScan (Single, first within each participant)", "plan.sort.bound", NAMED_UNFINISHED),
    ("Sort (Single, first within each participant)", "plan.sort.bound", SORTED_TWICE),
    (
        "Gather single_copy: false (Partial, first within each participant)",
        "plan.sort.bound",
        ORDER_LOST,
    ),
];

const NOBODY_SHARES: &str =
    "a plan that shares where nobody else is has lost its Gather; PostgreSQL plans none";
const NO_WORKERS_OF_WORKERS: &str =
    "each participant would gather a whole of its own, but a worker launches no workers";
const NO_MARKS: &str =
    "a nested loop keeps no marks of inner rows; PostgreSQL has no Right or Full one";
const READ_AGAIN: &str =
    "a nested loop reads its inner side for each outer row, and a shared cursor is read once";
const WHOLE_OUTER: &str = "every participant would have the whole answer: PostgreSQL shares a table for shares of the outer side only";
const COUNTED_BY_NOBODY: &str = "partners are asked for and not counted, so that rows put in twice do no harm; but they take memory, and gain nothing";

const COMMUTES: &str = "it would do the same before the last DISTINCT as after it, if no two rows become one; PostgreSQL has nothing there";
const NAMED_UNFINISHED: &str =
    "a name changes nothing, but a sub-query is finished before it gets one";
const SORTED_TWICE: &str =
    "the same order again; by any other order the first rows would be others";
const ORDER_LOST: &str =
    "another sort would find the first rows, but a Gather Merge has them in order already";

/// Everything that one rule's judgement came to.
enum Found {
    Accepted,
    Refused,
    Strict,
}

/// Judges a rule and holds the judgement against all small inputs; `tried` counts outcomes.
fn examine(rule: &Rule, tables: &Tables, tried: &mut usize, wrong: &mut Vec<String>) -> Found {
    let mut refuted = |claim| {
        let (found, count) = rule.refute(claim);
        *tried += count;
        found
    };
    match rule.judged(tables) {
        Ok(claim) => {
            if let Some(found) = refuted(claim) {
                let (shares, outcome) = (found.shares, found.outcome);
                let at = format!("{} in a world of {}", rule.name(), rule.world);
                wrong.push(format!("{at} is accepted as {claim:?}: {shares:?} gives {outcome:?}"));
            }
            Found::Accepted
        }
        Err(_) => {
            let all = rule.claims().into_iter().all(|claim| refuted(claim).is_some());
            if all { Found::Refused } else { Found::Strict }
        }
    }
}

#[test]
fn the_checker_accepts_exactly_what_no_small_input_refutes() {
    spec::clauses!(
        "plan.distribution",
        "plan.replicated.determined",
        "plan.join.partial-inner",
        "plan.join.partial-pairs",
        "plan.join.unmatched",
        "plan.append.mixed",
        "plan.gather.replicated",
        "plan.gather-merge.order",
        "plan.aggregate.simple",
        "plan.aggregate.finalize-partial",
        "plan.limit",
        "plan.hash.shared",
        "plan.hash-join.shared",
    );
    let tables = Tables::new();
    let (mut tried, mut wrong) = (0, vec![]);
    let (mut accepted, mut refused) = (0, 0);
    let mut strict = BTreeSet::new();
    for world in 1..=3 {
        for rule in rules(world) {
            match examine(&rule, &tables, &mut tried, &mut wrong) {
                Found::Accepted => accepted += 1,
                Found::Refused => refused += 1,
                Found::Strict => {
                    let clause = rule.judged(&tables).unwrap_err().clause;
                    strict.insert((rule.name(), clause.to_owned()));
                }
            }
        }
    }
    println!("{tried} outcomes; {accepted} rules accepted, {refused} refused");
    println!("{} rules are stricter than they need be:", strict.len());
    for (rule, clause, because) in STRICT {
        println!("  {rule} [{clause}]: {because}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let listed: BTreeSet<(String, String)> =
        STRICT.iter().map(|(rule, clause, _)| ((*rule).into(), (*clause).into())).collect();
    assert_eq!(strict, listed);
}

/// One stored witness.
struct Witness {
    rule: Rule,
    claim: Claim,
    clause: &'static str,
    bags: Vec<meaning::Bag>,
    shares: Vec<meaning::Shares>,
    outcome: meaning::Shares,
    ran: Result<(String, meaning::Bag), String>,
}

/// The smallest witness of each refusal and claim, in a world as small as may be.
fn witnesses(tables: &Tables) -> Vec<Witness> {
    let mut all: BTreeMap<(String, ClaimText), Witness> = BTreeMap::new();
    let mut in_order = vec![];
    for rule in (1..=3).flat_map(rules) {
        let Err(refusal) = rule.judged(tables) else { continue };
        if STRICT.iter().any(|(name, ..)| *name == rule.name()) {
            continue;
        }
        for claim in rule.claims() {
            let key = (rule.name(), name_of(claim));
            if all.contains_key(&key) {
                continue;
            }
            let found = rule.refute(claim).0.expect("a refusal has a counterexample");
            let ran = first_wrong(&rule, claim, &found.bags, tables);
            in_order.push(key.clone());
            let rules::Counterexample { bags, shares, outcome } = found;
            let rule = rule.clone();
            let clause = refusal.clause;
            all.insert(key, Witness { rule, claim, clause, bags, shares, outcome, ran });
        }
    }
    in_order.into_iter().filter_map(|key| all.remove(&key)).collect()
}

/// A claim as text.
type ClaimText = String;

fn name_of((distribution, reading): Claim) -> ClaimText {
    match reading {
        meaning::Reading::Complete => format!("{distribution:?}"),
        other => format!("{distribution:?}, {other:?}"),
    }
}

/// The first schedule under which the engine gives a wrong bag, and the bag; or why there is none.
fn first_wrong(
    rule: &Rule,
    claim: Claim,
    bags: &[meaning::Bag],
    tables: &Tables,
) -> Result<(String, meaning::Bag), String> {
    for seed in 0..SEEDS {
        let schedule = schedule(rule, seed);
        match run(rule, claim, bags, tables, &schedule) {
            Ran::Wrong(bag) => return Ok((schedule.to_string(), bag)),
            Ran::Refused(error) => return Err(error),
            Ran::Right => {}
        }
    }
    Err(format!("no schedule of {SEEDS} shows it"))
}

/// The text of the stored file.
fn file(witnesses: &[Witness]) -> String {
    let mut file = String::from(
        "# The smallest witness of each refusal. Written again by: WITNESSES=write cargo test --test witnesses\n",
    );
    let spread = |shares: &meaning::Shares| {
        shares.iter().map(text).collect::<Vec<_>>().join(" | ").trim().to_owned()
    };
    let list = |texts: Vec<String>| {
        texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", ")
    };
    for witness in witnesses {
        let Witness { rule, claim, clause, bags, shares, outcome, ran } = witness;
        let mut line = |key: &str, value: String| {
            writeln!(file, "{key} = {value}").expect("a string takes text");
        };
        line("\n[[refusal]]\nrule", format!("{:?}", rule.name()));
        line("clause", format!("{clause:?}"));
        line("claim", format!("{:?}", name_of(*claim)));
        line("participants", rule.below.max(rule.world).to_string());
        line("rows", format!("[{}]", list(bags.iter().map(text).collect())));
        line("shares", format!("[{}]", list(shares.iter().map(spread).collect())));
        line("gives", format!("{:?}", spread(outcome)));
        match ran {
            Ok((schedule, bag)) => {
                line("schedule", format!("{schedule:?}"));
                line("unchecked", format!("{:?}", text(bag)));
            }
            Err(because) => line("not-run", format!("{because:?}")),
        }
    }
    file
}

#[test]
fn every_refusal_has_its_smallest_witness_stored() {
    let witnesses = witnesses(&Tables::new());
    let now = file(&witnesses);
    if std::env::var("WITNESSES").is_ok_and(|what| what == "write") {
        std::fs::write(FILE, &now).expect("the file can be written");
    }
    let stored = std::fs::read_to_string(FILE).unwrap_or_default();
    let differs = stored.lines().zip(now.lines()).position(|(a, b)| a != b);
    let line = differs.unwrap_or(stored.lines().count().min(now.lines().count()));
    assert!(
        stored == now,
        "{FILE}, line {}: stored is {:?}, found is {:?}; \
         if the rules have changed, write it again: WITNESSES=write cargo test --test witnesses",
        line + 1,
        stored.lines().nth(line),
        now.lines().nth(line),
    );
    println!("{} witnesses", witnesses.len());
    for Witness { rule, claim, ran, .. } in &witnesses {
        assert!(ran.is_ok(), "{} as {claim:?}: {ran:?}", rule.name());
    }
}

#[test]
fn a_stored_witness_gives_a_wrong_bag_when_its_plan_runs_unchecked() {
    spec::clauses!("plan.gather.nested");
    let tables = Tables::new();
    let stored = std::fs::read_to_string(FILE).expect("the witnesses are there");
    let stored: toml::Table = stored.parse().unwrap_or_else(|error| panic!("{FILE}: {error}"));
    let mut wrong = 0;
    for refusal in stored["refusal"].as_array().expect("a list of refusals") {
        let field = |key: &str| refusal[key].as_str().unwrap_or_else(|| panic!("{key} is a text"));
        let (name, claim) = (field("rule"), field("claim"));
        let participants = refusal["participants"].as_integer().expect("a number") as usize;
        let rows = refusal["rows"].as_array().expect("a bag of each input").iter();
        let bags: Vec<_> = rows.map(|rows| bag(rows.as_str().expect("a text"))).collect();
        let claim_of = |rule: &Rule| rule.claims().into_iter().find(|c| name_of(*c) == claim);
        let same = |rule: &Rule| rule.name() == name && rule.below.max(rule.world) == participants;
        let found = (1..=3).flat_map(rules).filter(same).find_map(|r| Some((claim_of(&r)?, r)));
        let (claim, rule) =
            found.unwrap_or_else(|| panic!("{FILE}: there is no rule {name} claimed as {claim}"));
        let refused = check(observed(&rule, claim, &tables)).expect_err("it is refused");
        assert!(spec::clause::IDS.contains(&refused.clause), "{name}: {}", refused.clause);
        let schedule = field("schedule");
        let schedule = schedule.parse().unwrap_or_else(|error| panic!("{FILE}: {error}"));
        match run(&rule, claim, &bags, &tables, &schedule) {
            Ran::Wrong(bag) => {
                assert_eq!(text(&bag), field("unchecked"), "{name} as {claim:?}");
                wrong += 1;
            }
            Ran::Refused(error) => panic!("{name} as {claim:?}: {error}"),
            Ran::Right => panic!("{name} as {claim:?}: the engine's answer is right"),
        }
    }
    println!("{wrong} refused plans gave a wrong bag");
}

#[test]
fn an_accepted_rule_gives_a_right_bag_under_every_schedule() {
    let tables = Tables::new();
    let (mut runs, mut no_executor) = (0, BTreeSet::new());
    for rule in (1..=2).flat_map(rules) {
        let Ok(claim) = rule.judged(&tables) else { continue };
        // An answer that depends on the order of rows is right in a world of one, and there are no such replicas.
        let Ok(plan) = check(observed(&rule, claim, &tables)) else {
            panic!("{} as {claim:?} cannot be observed", rule.name());
        };
        for (number, bags) in small_bags(rule.inputs.len()).iter().enumerate() {
            for seed in [0, 1, 2].map(|seed| seed + 3 * number as u64) {
                let schedule = schedule(&rule, seed);
                match run_plan(&plan, &rule, claim, bags, &tables, &schedule) {
                    Ran::Right => runs += 1,
                    Ran::Refused(error) => {
                        no_executor.insert((rule.name(), error));
                    }
                    Ran::Wrong(bag) => {
                        let bag = text(&bag);
                        panic!("{} over {bags:?} under {schedule}: {bag}", rule.name());
                    }
                }
            }
        }
    }
    println!("{runs} runs");
    assert!(no_executor.is_empty(), "{no_executor:?}");
}

#[test]
fn a_claim_that_is_broken_is_seen_to_be_broken() {
    let scan = |world| {
        let is_parallel = |rule: &Rule| rule.shape == meaning::Shape::Scan { parallel: true };
        rules(world).into_iter().find(is_parallel).expect("there is a parallel scan")
    };
    let complete = meaning::Reading::Complete;
    assert!(scan(2).refute((Distribution::Partial, complete)).0.is_none());
    let found =
        scan(2).refute((Distribution::Replicated, complete)).0.expect("a share is no whole");
    assert_eq!(found.bags, [bag("1")]);
}
