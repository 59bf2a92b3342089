//! Exhaustive conformance: the checker's verdict on every plan skeleton is the verdict of the checker proved sound in Coq.
//!
//! The program extracted from `spec/coq/PlanTypes.v` has judged every skeleton up to a number of nodes, in worlds of one,
//! two and three participants, and written counts and digests of its verdicts to `spec/vectors/plans.jsonl`. Here the
//! same skeletons, in the same order, are real plans, judged by the real checker.

#[path = "../shapes/mod.rs"]
mod shapes;
mod skeletons;

use std::process::Command;

use shapes::*;
use skeletons::{Constructor, KINDS, REFUSED, Skeletons, World, constructors, verdict};
use spec::plan::Plan;
use spec::plan::check::{Participants, judgement};
use spec::query::JoinKind;

const FILE: &str = "spec/vectors/plans.jsonl";
const ORACLE: &str = "spec/coq/oracle/oracle";

/// The largest skeletons.
const NODES: usize = 5;

const WORLDS: [(usize, World); 3] = [(1, World::Leader), (2, World::Many), (3, World::Many)];

/// What only one of the two languages has, and why.
const LEFT_OUT: [(&str, &str); 9] = [
    (
        "Coq: a parallel-aware node in a world of one",
        "Rust refuses it: nobody is there to share with",
    ),
    ("Coq: a Gather below a single-copy Gather", "Rust refuses it: workers launch no workers"),
    ("Coq: NOT IN as a kind of join", "Rust plans it as a filter, as PostgreSQL does"),
    ("Coq: Shared as a node of its own", "Rust has it inside Parallel Hash Join only"),
    ("Coq: Elect as a node of its own", "Rust has it inside Parallel Append only"),
    ("Coq: Exchange", "the engine has none"),
    (
        "Rust: Nested Loop",
        "Coq has one join; it has the verdict of Hash Join, but for what it cannot do",
    ),
    (
        "Rust: Unique, Subquery Scan, leaves that are no tables",
        "they have the verdict of Distinct, Filter and Scan",
    ),
    ("Rust: InitPlans, volatile and inexact nodes", "Coq's functions are total and exact"),
];

/// One line of the file, and the verdicts that it sums up.
struct Line {
    world: (usize, World),
    nodes: usize,
    root: (String, Constructor),
    verdicts: Vec<u8>,
}

/// FNV-1a of 64 bits.
fn digest(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

impl Line {
    /// As the oracle writes it.
    fn text(&self) -> String {
        let of = |letters: &[u8]| self.verdicts.iter().filter(|v| letters.contains(v)).count();
        format!(
            "{{\"world\":{},\"nodes\":{},\"root\":\"{}\",\"skeletons\":{},\"refused\":{},\"single\":{},\
             \"partial\":{},\"replicated\":{},\"digest\":\"{:016x}\"}}",
            self.world.0,
            self.nodes,
            self.root.0,
            self.verdicts.len(),
            of(&[REFUSED]),
            of(b"Ss1"),
            of(b"Pp2"),
            of(b"Rr3"),
            digest(&self.verdicts),
        )
    }
}

/// The verdicts on every skeleton, world by world, size by size, root by root.
fn lines(skeletons: &Skeletons, nodes: usize) -> Vec<Line> {
    let mut lines = vec![];
    for world in WORLDS {
        for nodes in 1..=nodes {
            for root in constructors(world.1) {
                let verdicts = skeletons.verdicts(world.1, nodes, &root.1);
                if !verdicts.is_empty() {
                    lines.push(Line { world, nodes, root, verdicts });
                }
            }
        }
    }
    lines
}

/// The first skeleton on which the model's program and the checker differ, if the program is there.
fn first_difference(skeletons: &Skeletons, line: &Line) -> String {
    let how = format!("to see which skeleton, build the oracle: make -C {}", "spec/coq/oracle");
    let (participants, nodes) = (line.world.0.to_string(), line.nodes.to_string());
    let Ok(said) = Command::new(ORACLE).args(["plans", &participants, &nodes]).output() else {
        return how;
    };
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let prefix = format!("{}: ", line.root.0);
    let Some(verdicts) = said.lines().find_map(|said| said.strip_prefix(&prefix)) else {
        return format!("the oracle knows no root {}; {how}", line.root.0);
    };
    let both = verdicts.bytes().zip(&line.verdicts);
    let Some(number) = both.clone().position(|(model, rust)| model != *rust) else {
        return "the oracle that is built says the same: is it older than the file, or are there more?".into();
    };
    let (model, rust) = (verdicts.as_bytes()[number] as char, line.verdicts[number] as char);
    let skeleton = skeletons.text(line.world.1, line.nodes, &line.root, number);
    format!("skeleton {number}, {skeleton}: the model says {model}, Rust says {rust}")
}

#[test]
fn every_skeleton_has_the_verdict_of_the_model() {
    spec::clauses!(
        "plan.type",
        "plan.distribution",
        "plan.world",
        "plan.stage",
        "plan.seq-scan",
        "plan.filter",
        "plan.project",
        "plan.material",
        "plan.sort",
        "plan.sort.bound",
        "plan.limit",
        "plan.hash-join",
        "plan.append",
        "plan.gather",
        "plan.gather-merge",
        "plan.aggregate.simple",
        "plan.aggregate.partial",
        "plan.aggregate.finalize",
        "plan.distinct.partial",
    );
    let skeletons = Skeletons::below(NODES, false);
    let lines = lines(&skeletons, NODES);
    let stored = std::fs::read_to_string(FILE).unwrap_or_else(|error| panic!("{FILE}: {error}"));
    let stored: Vec<&str> = stored.lines().skip(1).collect();
    let wrong = lines.iter().zip(&stored).find(|(line, stored)| line.text() != **stored);
    if let Some((line, stored)) = wrong {
        let found = first_difference(&skeletons, line);
        panic!("{FILE} has {stored}\nbut the checker gives {}\n{found}", line.text());
    }
    assert_eq!(lines.len(), stored.len(), "{FILE} and the test speak of skeletons of other sizes");
    let count: usize = lines.iter().map(|line| line.verdicts.len()).sum();
    let refused: usize = lines
        .iter()
        .map(|line| line.verdicts.iter().filter(|verdict| **verdict == REFUSED).count())
        .sum();
    println!("{count} skeletons of at most {NODES} nodes in worlds of 1, 2, 3; {refused} refused");
    for (what, because) in LEFT_OUT {
        println!("  left out: {what}: {because}");
    }
}

#[test]
fn a_plan_over_a_refused_plan_is_refused() {
    let (some, all) = (Skeletons::below(4, false), Skeletons::below(4, true));
    for (a, b) in lines(&some, 4).iter().zip(&lines(&all, 4)) {
        assert_eq!(a.verdicts, b.verdicts, "{} of {} nodes", a.root.0, a.nodes);
    }
}

#[test]
fn nodes_that_the_model_does_not_tell_apart_have_the_same_verdict() {
    let skeletons = Skeletons::below(4, false);
    let worlds = [World::Leader, World::Many];
    for world in worlds {
        let scanned = verdict(&scan(&table("t"), false), world);
        for leaf in [values(), series(), of_result()] {
            assert_eq!(verdict(&leaf, world), scanned, "{leaf:?}");
        }
        for (plan, _) in (1..=3).flat_map(|nodes| skeletons.accepted(world, nodes)) {
            let same = |a: Plan, b: Plan| {
                assert_eq!(verdict(&a, world), verdict(&b, world), "{a:?} and {b:?}");
            };
            same(subquery_scan(plan.clone()), filter(plan.clone(), x_is_two()));
            let sorted = sort(plan.clone(), order(true), None);
            same(unique(sorted.clone()), distinct(sorted));
        }
    }
}

#[test]
fn a_nested_loop_has_the_verdict_of_a_hash_join_but_for_what_it_cannot_do() {
    let skeletons = Skeletons::below(3, false);
    let mut pairs = 0;
    for world in [World::Leader, World::Many] {
        let plans = || (1..=2).flat_map(|nodes| skeletons.accepted(world, nodes));
        for (outer, of_outer) in plans() {
            for (inner, of_inner) in plans() {
                for (name, kind) in KINDS {
                    let looped = verdict(&nested_loop(kind, outer.clone(), inner.clone()), world);
                    let marks = matches!(kind, JoinKind::Right | JoinKind::Full);
                    let read_again = (of_outer, of_inner) == (b'R', b'P');
                    let hashed = hash_join(kind, outer.clone(), inner.clone(), false);
                    let expected =
                        if marks || read_again { REFUSED } else { verdict(&hashed, world) };
                    assert_eq!(looped, expected, "{name}: {outer:?} and {inner:?}");
                    pairs += 1;
                }
            }
        }
    }
    println!("{pairs} pairs of a nested loop and a hash join");
}

#[test]
fn what_only_the_model_accepts_is_refused() {
    let t = table("t");
    let one = |plan| judgement(&plan, Participants::One).unwrap_err().clause;
    for input in [scan(&t, true), append(vec![scan(&t, false)], true)] {
        assert_eq!(one(input.clone()), spec::clause!("plan.parallel-aware"));
        assert_eq!(one(gather(input, 1, true)), spec::clause!("plan.parallel-aware"));
    }
    let whole = || scan(&t, false);
    let shared = hash_join(JoinKind::Inner, whole(), whole(), true);
    assert_eq!(one(shared), spec::clause!("plan.parallel-aware"));
    let nested = spec::clause!("plan.gather.nested");
    for inner in [gather(scan(&t, true), 1, false), gather(whole(), 1, true)] {
        assert_eq!(one(gather(inner, 1, true)), nested);
    }
}

#[test]
fn a_changed_verdict_changes_its_line_and_is_found() {
    let skeletons = Skeletons::below(3, false);
    let mut lines = lines(&skeletons, 3);
    let line = lines.iter_mut().find(|line| line.world.0 == 2 && line.root.0 == "HashJoin Left");
    let line = line.expect("it is a root");
    let before = line.text();
    let refused = line.verdicts.iter().position(|verdict| *verdict == REFUSED).expect("one is");
    line.verdicts[refused] = b'P';
    assert_ne!(line.text(), before);
    let text = skeletons.text(line.world.1, line.nodes, &line.root, refused);
    assert_eq!(text, "HashJoin Left(Scan, ParallelScan)");
}
