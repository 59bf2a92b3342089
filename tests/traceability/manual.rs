//! The map from PostgreSQL's manual: each statement leads to clauses, and through them to tests.

use oracle::specification::{Clause, Specification};

/// The ids of the manual's statements.
pub fn ids() -> Vec<String> {
    let parallel = (1..=40).map(|n| format!("M{n:02}"));
    parallel.chain((1..=17).map(|n| format!("P{n:02}"))).collect()
}

/// How many statements may have no test: the number that the file has on record.
pub fn untested_at_most(manual: &str) -> usize {
    let line = manual.lines().find_map(|line| line.strip_prefix("untested_at_most = "));
    line.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}

/// Whether anything of a clause is run.
fn is_tested(clause: &Clause) -> bool {
    ["test", "script", "judge"].iter().any(|kind| clause.of_kind(kind).next().is_some())
}

/// Everything that is wrong with the map.
pub fn complaints(spec: &Specification, untested_at_most: usize) -> Vec<String> {
    let mut wrong = vec![];
    for id in ids() {
        if spec.statements.iter().filter(|statement| statement.id == id).count() != 1 {
            wrong.push(format!("{id}: not listed once"));
        }
    }
    for statement in &spec.statements {
        let mut complain = |what: String| wrong.push(format!("{}: {what}", statement.id));
        if statement.clauses.is_empty() {
            complain("leads to no clause".into());
        }
        let known: Vec<_> = statement.clauses.iter().map(|id| (id, spec.clause(id))).collect();
        for (id, _) in known.iter().filter(|(_, clause)| clause.is_err()) {
            complain(format!("unknown clause {id}"));
        }
        let tested =
            known.iter().any(|(_, clause)| clause.as_ref().is_ok_and(|clause| is_tested(clause)));
        match (tested, statement.untested.is_some()) {
            (false, false) => {
                complain("no clause of it has a test, and it does not say why".into())
            }
            (true, true) => complain("said to be untested, and is not".into()),
            _ => {}
        }
    }
    let untested = spec.statements.iter().filter(|statement| statement.untested.is_some()).count();
    if untested != untested_at_most {
        wrong.push(format!(
            "{untested} statements are untested, recorded are {untested_at_most}: fewer only"
        ));
    }
    wrong
}
