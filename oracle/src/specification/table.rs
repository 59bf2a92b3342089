//! The whole correspondence: for each clause its level, and how much speaks for it and cites it.

use serde::Serialize;

use super::checkout::Citation;
use super::{Clause, Specification};

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line<'a> {
    /// The clause.
    pub id: &'a str,
    /// Its level.
    pub level: &'a str,
    /// Theorems.
    pub proofs: usize,
    /// Properties of protocol models.
    pub models: usize,
    /// Files for a solver.
    pub solver: usize,
    /// Tests.
    pub tests: usize,
    /// Scripts and judges, which compare engines.
    pub compared: usize,
    /// Everything else: sources, papers, probes, files, the manual.
    pub other: usize,
    /// Statements of the manual that lead here.
    pub manual: usize,
    /// Places that cite it; unknown outside a checkout.
    pub cited: Option<usize>,
}

/// The lines of all clauses.
pub fn lines<'a>(spec: &'a Specification, citations: Option<&[Citation]>) -> Vec<Line<'a>> {
    spec.clauses.iter().map(|clause| line(spec, clause, citations)).collect()
}

fn line<'a>(spec: &Specification, clause: &'a Clause, citations: Option<&[Citation]>) -> Line<'a> {
    let of = |kinds: &[&str]| kinds.iter().map(|kind| clause.of_kind(kind).count()).sum::<usize>();
    Line {
        id: &clause.id,
        level: &clause.level,
        proofs: of(&["proof"]),
        models: of(&["model"]),
        solver: of(&["smt"]),
        tests: of(&["test"]),
        compared: of(&["script", "judge"]),
        other: of(&["source", "paper", "probe", "file", "manual"]),
        manual: spec.statements_of(&clause.id).count(),
        cited: citations.map(|all| all.iter().filter(|found| found.id == clause.id).count()),
    }
}

const HEADS: [&str; 10] = [
    "clause", "level", "proofs", "models", "solver", "tests", "compared", "other", "manual",
    "cited",
];

/// The table as aligned text, a dash for none.
pub fn text(lines: &[Line<'_>]) -> String {
    let number = |n: usize| if n == 0 { "-".to_owned() } else { n.to_string() };
    let mut cells: Vec<Vec<String>> = vec![HEADS.map(str::to_owned).to_vec()];
    for line in lines {
        let counts = [
            line.proofs,
            line.models,
            line.solver,
            line.tests,
            line.compared,
            line.other,
            line.manual,
        ];
        let mut row = vec![line.id.to_owned(), line.level.to_owned()];
        row.extend(counts.map(number));
        row.push(line.cited.map_or("?".to_owned(), number));
        cells.push(row);
    }
    let width = |column: usize| cells.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    let print = |row: &Vec<String>| {
        let cell = |(column, cell): (usize, &String)| match column {
            0 | 1 => format!("{cell:<width$}", width = widths[column]),
            _ => format!("{cell:>width$}", width = widths[column]),
        };
        row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ")
    };
    cells.iter().map(|row| print(row) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_what_speaks_for_a_clause() {
        let toml = "[[clause]]\nid = \"plan.a\"\nlevel = \"proved\"\n\
                    evidence = [\"proof: x\", \"proof: y\", \"test: a.rs::b\"]\n";
        let manual = "[[statement]]\nid = \"M01\"\nclauses = [\"plan.a\"]\n";
        let spec = Specification::parse(toml, manual, "").unwrap();
        let here = Citation { path: "a.rs".into(), line: 1, id: "plan.a".into() };
        assert_eq!(
            text(&lines(&spec, Some(&[here]))),
            "clause  level   proofs  models  solver  tests  compared  other  manual  cited\n\
             plan.a  proved       2       -       -      1         -      -       1      1\n"
        );
        assert!(text(&lines(&spec, None)).ends_with("      ?\n"));
    }
}
