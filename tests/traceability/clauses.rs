//! Clauses: ids, sentences, levels, and who cites them.

use std::collections::BTreeSet;

use oracle::specification::checkout::{self, Files};
use oracle::specification::{Clause, Specification};

use crate::evidence::flaw;

/// Which kinds of evidence a level needs: one of each list.
const NEEDS: [(&str, &[&[&str]]); 8] = [
    ("proved", &[&["proof"]]),
    ("model-checked", &[&["model"]]),
    ("solver-checked", &[&["smt"]]),
    ("exhaustive", &[&["test"]]),
    ("vector-tested", &[&["test"], &["probe", "file"]]),
    ("property-tested", &[&["test"]]),
    ("differential", &[&["judge", "script"]]),
    ("reviewed", &[&["source", "manual", "paper"]]),
];

/// Everything that is wrong with the clauses.
pub fn complaints(spec: &Specification, files: &Files) -> Vec<String> {
    let citations = checkout::citations(files);
    let cited: BTreeSet<&str> = citations.iter().map(|found| found.id.as_str()).collect();
    let mut ids = BTreeSet::new();
    let mut wrong = vec![];
    for clause in &spec.clauses {
        let mut complain = |what: String| wrong.push(format!("{}: {what}", clause.id));
        if !checkout::is_id(&clause.id) {
            complain("not an id".into());
        }
        if !ids.insert(clause.id.as_str()) {
            complain("listed twice".into());
        }
        if clause.sentence.is_empty() || clause.group.is_empty() {
            complain("no sentence, or no group".into());
        }
        if clause.evidence.is_empty() {
            complain("no evidence".into());
        }
        if !cited.contains(clause.id.as_str()) {
            complain("cited by no code and no test".into());
        }
        unsupported(clause).into_iter().for_each(&mut complain);
        clause.evidence.iter().filter_map(|e| flaw(e, spec, files)).for_each(&mut complain);
    }
    let unknown = citations.iter().filter(|found| !ids.contains(found.id.as_str()));
    wrong.extend(unknown.map(|c| format!("{}:{}: unknown clause {}", c.path, c.line, c.id)));
    wrong.extend(unknown_in_lock(spec, &ids));
    wrong
}

/// What the level asks for and the evidence lacks.
fn unsupported(clause: &Clause) -> Option<String> {
    let Some((_, needs)) = NEEDS.iter().find(|(level, _)| *level == clause.level) else {
        return Some(format!("unknown level `{}`", clause.level));
    };
    let has = |kind: &&str| clause.of_kind(kind).next().is_some();
    let lacks = needs.iter().find(|kinds| !kinds.iter().any(has))?;
    Some(format!("level {} needs evidence of kind {}", clause.level, lacks.join(" or ")))
}

/// Clauses that the lock of theorems names and nobody else knows.
fn unknown_in_lock(spec: &Specification, ids: &BTreeSet<&str>) -> Vec<String> {
    let named = spec
        .theorems
        .iter()
        .flat_map(|theorem| theorem.clauses.iter().map(move |id| (theorem, id)));
    let unknown = named.filter(|(_, id)| !ids.contains(id.as_str()));
    unknown
        .map(|(t, id)| format!("spec/theorems.lock: {} names unknown clause {id}", t.name))
        .collect()
}
