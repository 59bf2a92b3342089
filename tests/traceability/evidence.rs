//! Evidence: what it points to is there.

use oracle::specification::Specification;
use oracle::specification::checkout::Files;

use crate::compiled;

/// What is wrong with one piece of evidence.
pub fn flaw(evidence: &str, spec: &Specification, files: &Files) -> Option<String> {
    let (kind, what) = evidence.split_once(": ").unwrap_or((evidence, ""));
    let first = what.split([',', ' ']).next().unwrap_or_default();
    match kind {
        "proof" => proof(what, spec, files),
        "model" => model(first, files),
        "smt" => solver(what, files),
        "test" => compiled::test(what, files),
        "file" => there(files.contains_key(first), evidence),
        "judge" => {
            there(first.starts_with("oracle/src/judge/") && files.contains_key(first), evidence)
        }
        "script" => there(first.starts_with("tests/") && files.contains_key(first), evidence),
        "manual" => there(spec.statements.iter().any(|statement| statement.id == what), evidence),
        "source" if is_ours(first) => there(files.contains_key(first), evidence),
        "source" | "paper" | "probe" => there(!what.trim().is_empty(), evidence),
        _ => Some(format!("evidence of an unknown kind: {evidence}")),
    }
}

fn there(stands: bool, evidence: &str) -> Option<String> {
    (!stands).then(|| format!("evidence that does not exist: {evidence}"))
}

/// Whether a source is named by its path here, and not PostgreSQL's.
fn is_ours(path: &str) -> bool {
    let folders = ["spec/", "reference/", "parallel/", "oracle/", "tests/", ".ci/"];
    folders.iter().any(|folder| path.starts_with(folder))
}

/// A theorem is on record: compiled, with the statement and the assumptions that the lock has.
fn proof(name: &str, spec: &Specification, files: &Files) -> Option<String> {
    if !files.contains_key("spec/theorems.lock") {
        return Some(format!(
            "proof: {name}: there is no spec/theorems.lock; run `spec/coq/check --update`"
        ));
    }
    let Some(theorem) = spec.theorem(name) else {
        let told =
            "is not in spec/theorems.lock: was it renamed, or `spec/coq/check --update` not run?";
        return Some(format!("proof: {name} {told}"));
    };
    let stands = files.contains_key(&format!("spec/coq/{}", theorem.file));
    (!stands).then(|| format!("proof: {name}: there is no spec/coq/{}", theorem.file))
}

/// A property is one of its model's: `Property::always("name", …)` or `sometimes`.
fn model(what: &str, files: &Files) -> Option<String> {
    let Some((module, property)) = what.split_once("::") else {
        return Some(format!("model: {what}: not MODULE::PROPERTY"));
    };
    let file = format!("spec/models/src/{module}.rs");
    let Some(text) = files.get(&file) else {
        return Some(format!("model: {what}: there is no {file}"));
    };
    // The name may stand on the line after the call, or in a table of properties.
    let quoted = format!("\"{property}\"");
    let stands =
        text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(&quoted));
    (!stands).then(|| format!("model: {what}: {file} has no property of this name"))
}

/// A file for the solvers says what it expects.
fn solver(file: &str, files: &Files) -> Option<String> {
    let Some(text) = files.get(file) else {
        return Some(format!("smt: there is no {file}"));
    };
    let expects = text.lines().any(|line| line.starts_with("; expect:"));
    (!expects).then(|| format!("smt: {file} has no line `; expect: …`"))
}
