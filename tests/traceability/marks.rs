//! Marks and evidence answer each other: `(*@ plan.gather *)` stands over a theorem if and only if `proof: THEOREM` is among
//! the evidence of `plan.gather`.

use std::collections::BTreeSet;

use oracle::specification::Specification;
use oracle::specification::checkout::Files;

/// A mark, with the theorem that it stands over.
struct Mark<'a> {
    path: &'a str,
    line: usize,
    ids: Vec<&'a str>,
    theorem: Option<&'a str>,
}

/// The ids of a line that is a mark.
fn ids(line: &str) -> Option<Vec<&str>> {
    let inside = line.trim().strip_prefix("(*@")?.strip_suffix("*)")?;
    Some(inside.split(',').map(str::trim).collect())
}

/// The name of the theorem that a line begins.
fn theorem(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| word.starts_with("#["));
    let begins = words.next().is_some_and(|word| ["Theorem", "Corollary"].contains(&word));
    let named = |c: char| c.is_alphanumeric() || c == '_' || c == '\'';
    let name = words.next().filter(|_| begins)?;
    name.split(|c| !named(c)).next().filter(|name| !name.is_empty())
}

/// Every mark of the files of proofs.
fn marks(files: &Files) -> Vec<Mark<'_>> {
    let proofs = files.iter().filter(|(path, _)| path.starts_with("spec/coq/"));
    let mut marks = vec![];
    for (path, text) in proofs.filter(|(path, _)| path.ends_with(".v")) {
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(ids) = ids(line) else { continue };
            let next = lines[at + 1..].iter().find(|line| !line.trim().is_empty());
            let theorem = next.and_then(|line| theorem(line));
            marks.push(Mark { path, line: at + 1, ids, theorem });
        }
    }
    marks
}

/// Marks that their clauses do not answer, and proofs that no mark answers.
pub fn complaints(spec: &Specification, files: &Files) -> Vec<String> {
    let mut wrong = vec![];
    let mut marked = BTreeSet::new();
    for Mark { path, line, ids, theorem } in marks(files) {
        let Some(theorem) = theorem else {
            wrong.push(format!("{path}:{line}: this mark stands over no theorem"));
            continue;
        };
        for id in ids {
            marked.insert((theorem, id));
            // That an id is unknown is said of every citation.
            let Ok(clause) = spec.clause(id) else { continue };
            if !clause.of_kind("proof").any(|name| name == theorem) {
                wrong.push(format!(
                    "{path}:{line}: the mark of {theorem} names {id}, whose evidence in spec/clauses.toml lacks \
                     `proof: {theorem}`: add it there, or take {id} out of the mark"
                ));
            }
        }
    }
    for clause in &spec.clauses {
        for name in clause.of_kind("proof").filter(|name| !marked.contains(&(*name, &*clause.id))) {
            let file = spec.theorem(name).map_or("*.v", |theorem| &theorem.file);
            wrong.push(format!(
                "{}: proof: {name}: the mark over {name} in spec/coq/{file} does not name this clause: write it there, and \
                 run `spec/coq/check --update`",
                clause.id
            ));
        }
    }
    wrong
}
