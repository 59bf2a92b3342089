//! Traceability: every clause is cited and has evidence that exists and that runs; every statement of the manual leads to
//! clauses and tests; README says what the clauses say.
//!
//! ```text
//! spec/clauses.toml    id, sentence, level, evidence        cited by [id] in comments, "id" and clause!("id") in code,
//!                                                           and (*@ id *) before theorems
//! spec/manual.toml     statement → clauses
//! spec/theorems.lock   theorem → statement, clauses          proof: NAME is one of these
//! spec/definitions.lock  definition → its text               what those statements speak of
//! spec/models, smt     model: MODULE::PROPERTY, smt: FILE    registered there, says what it expects
//!
//! clauses     ids, sentences, levels, citations
//! evidence    what a piece of evidence points to is there
//! compiled    a test that is evidence is compiled and runs
//! marks       a theorem is marked with a clause if and only if it is evidence of that clause
//! definitions what theorems speak of reads as it is on record
//! manual      the map from the manual
//! doctored    each complaint of the others, seen on a text with one fault
//! ```
//!
//! The checks are functions from texts to complaints, so that each can be seen to bite. *A test that is evidence runs*
//! is asked twice: of the sources (the file is a module of a target, the function has `#[test]` and is neither ignored
//! nor left out by a `cfg`), and of the test binaries beside this one, with `--list`, wherever they are newer than the
//! file. That needs no order among tests. That a test did not end early, for want of a server say, only a run can tell:
//! `clauses!("…")` in the body of a test records itself into the file that `BOTHWAYS_CITED` names, and
//! `bothways spec --cited FILE`, which CI runs after all tests, lists the tests that did not get so far.

mod clauses;
mod compiled;
mod definitions;
mod doctored;
mod evidence;
mod manual;
mod marks;

use std::fs;
use std::path::Path;

use oracle::specification::checkout::{self, Files};
use oracle::specification::{Specification, claims};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The specification as it stands in the tree now. A lock that is missing is a lock without theorems.
fn specification(files: &Files) -> Specification {
    let lock = files.get("spec/theorems.lock").map_or("", String::as_str);
    let read = Specification::parse(&read("spec/clauses.toml"), &read("spec/manual.toml"), lock);
    read.unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} complaints:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_clause_is_cited_and_has_the_evidence_that_its_level_asks_for() {
    let files = checkout::read(root());
    none(&clauses::complaints(&specification(&files), &files));
}

#[test]
fn marks_over_theorems_and_proofs_of_clauses_answer_each_other() {
    let files = checkout::read(root());
    none(&marks::complaints(&specification(&files), &files));
}

#[test]
fn what_theorems_speak_of_is_defined_as_on_record() {
    none(&definitions::complaints(&checkout::read(root())));
}

#[test]
fn every_test_that_is_evidence_is_compiled_and_runs() {
    let files = checkout::read(root());
    let spec = specification(&files);
    none(&compiled::complaints(&spec, &files));
    let listed = compiled::listed(&spec, &files, root());
    none(&listed.wrong);
    println!(
        "{} tests are listed by their binaries, {} are not built here",
        listed.found, listed.unbuilt
    );
}

#[test]
fn every_statement_of_the_manual_leads_to_clauses_and_tests() {
    let files = checkout::read(root());
    let spec = specification(&files);
    none(&manual::complaints(&spec, manual::untested_at_most(&read("spec/manual.toml"))));
    for statement in spec.statements.iter().filter(|statement| statement.untested.is_some()) {
        println!(
            "{} has no test: {}",
            statement.id,
            statement.untested.as_deref().unwrap_or_default()
        );
    }
}

#[test]
fn the_ids_that_the_compiler_knows_are_those_of_the_file() {
    let own = Specification::own();
    let ids: Vec<&str> = own.clauses.iter().map(|clause| clause.id.as_str()).collect();
    assert_eq!(spec::clause::IDS.to_vec(), ids);
}

#[test]
fn readme_claims_what_the_clauses_say() {
    let (files, text) = (checkout::read(root()), read("README.md"));
    let renewed = claims::renewed(&text, &specification(&files)).expect("README.md has its marks");
    let told = "README.md is out of date: run `cargo run -- spec --readme README.md`";
    assert!(renewed == text, "{told}");
}
