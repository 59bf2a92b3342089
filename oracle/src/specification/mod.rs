//! The specification as a thing to read: clauses, statements of the manual and theorems, and what is printed of them.
//!
//! ```text
//! mod         clauses.toml, manual.toml and theorems.lock as this binary was built with them; an id's neighbours
//! checkout    the sources of a checkout: who cites a clause, and where
//! table       the whole correspondence: a line per clause
//! page        one clause with its evidence
//! claims      what README says is claimed
//! book        sources for mdBook: a chapter per group, the theorems, the manual
//! ```

pub mod book;
pub mod checkout;
pub mod claims;
pub mod page;
pub mod table;

use std::fmt;

/// A sentence that the code rests on.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Clause {
    /// Dotted words: `plan.gather`.
    pub id: String,
    /// What holds.
    #[serde(default)]
    pub sentence: String,
    /// The chapter.
    #[serde(default)]
    pub group: String,
    /// The strongest level of evidence that it has.
    #[serde(default)]
    pub level: String,
    /// What speaks for it, each as `kind: what`.
    #[serde(default)]
    pub evidence: Vec<String>,
}

impl Clause {
    /// Its evidence of a kind.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        let pieces = self.evidence.iter().filter_map(|piece| piece.split_once(": "));
        pieces.filter(move |(of, _)| *of == kind).map(|(_, what)| what)
    }
}

/// A statement of PostgreSQL's manual, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Statement {
    /// `M01` to `M40`, `P01` to `P17`.
    pub id: String,
    /// What the manual says, in our words.
    #[serde(default)]
    pub says: String,
    /// The clauses in which we hold it.
    #[serde(default)]
    pub clauses: Vec<String>,
    /// Why no clause of it has a test.
    pub untested: Option<String>,
}

/// A theorem on record.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Theorem {
    /// The file in `spec/coq`.
    pub file: String,
    /// Its name.
    pub name: String,
    /// What it says, as Coq prints it.
    pub statement: String,
    /// The axioms that it rests on; `closed` for none.
    pub assumptions: String,
    /// The clauses that the mark before it names.
    #[serde(default)]
    pub clauses: Vec<String>,
}

/// Everything that is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Specification {
    /// The clauses in the order of their file, group by group.
    pub clauses: Vec<Clause>,
    /// The statements of the manual.
    pub statements: Vec<Statement>,
    /// The theorems.
    pub theorems: Vec<Theorem>,
}

/// The levels, strongest first, with what each says.
pub const LEVELS: [(&str, &str); 8] = [
    ("proved", "a theorem of `spec/coq` says so of the model; Coq checks it in CI"),
    ("model-checked", "holds in every state of a protocol model within its bounds"),
    ("solver-checked", "an SMT solver finds no counterexample"),
    ("exhaustive", "a test visits every case of a finite domain"),
    ("vector-tested", "a test replays answers that PostgreSQL or the extracted model gave"),
    ("property-tested", "a test states the rule itself, over generated or chosen inputs: a sample"),
    (
        "differential",
        "engines, the reference and a live PostgreSQL agree on scripts and campaigns: a sample",
    ),
    ("reviewed", "was read in PostgreSQL's manual or sources, or in ours"),
];

/// The list under a key of a TOML text.
fn list<T: serde::de::DeserializeOwned>(toml: &str, key: &str) -> Result<Vec<T>, toml::de::Error> {
    let file: toml::Table = toml.parse()?;
    file.get(key).map_or(Ok(vec![]), |list| list.clone().try_into())
}

impl Specification {
    /// Reads the three texts.
    ///
    /// # Errors
    /// Which text is not what it should be, and where.
    pub fn parse(clauses: &str, manual: &str, theorems: &str) -> Result<Specification, String> {
        let said = |file: &'static str| move |error: toml::de::Error| format!("{file}: {error}");
        Ok(Specification {
            clauses: list(clauses, "clause").map_err(said("spec/clauses.toml"))?,
            statements: list(manual, "statement").map_err(said("spec/manual.toml"))?,
            theorems: list(theorems, "theorem").map_err(said("spec/theorems.lock"))?,
        })
    }

    /// The specification that this binary was built with.
    ///
    /// # Panics
    /// Never: a test reads the same texts.
    pub fn own() -> Specification {
        let (clauses, manual) = (spec::clause::TEXT, spec::clause::MANUAL);
        Specification::parse(clauses, manual, spec::clause::THEOREMS).expect("tests have read it")
    }

    /// The clause of an id.
    ///
    /// # Errors
    /// That there is none, with the nearest ids.
    pub fn clause(&self, id: &str) -> Result<&Clause, UnknownClause> {
        let unknown = || UnknownClause { id: id.to_owned(), nearest: self.nearest(id) };
        self.clauses.iter().find(|clause| clause.id == id).ok_or_else(unknown)
    }

    /// The theorem of a name.
    pub fn theorem(&self, name: &str) -> Option<&Theorem> {
        self.theorems.iter().find(|theorem| theorem.name == name)
    }

    /// The groups in the order of the file.
    pub fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = vec![];
        for clause in &self.clauses {
            if !groups.contains(&clause.group.as_str()) {
                groups.push(&clause.group);
            }
        }
        groups
    }

    /// The statements of the manual that lead to a clause.
    pub fn statements_of<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Statement> {
        self.statements.iter().filter(move |statement| statement.clauses.iter().any(|c| c == id))
    }

    /// The ids nearest to one that there is not: those below it, or else the fewest edits away.
    fn nearest(&self, id: &str) -> Vec<String> {
        let ids = || self.clauses.iter().map(|clause| clause.id.clone());
        let below: Vec<String> = ids().filter(|known| known.starts_with(id)).take(5).collect();
        if !below.is_empty() && !id.is_empty() {
            return below;
        }
        let mut near: Vec<(usize, String)> =
            ids().map(|known| (edits(id, &known), known)).collect();
        near.sort();
        near.into_iter().take(3).map(|(_, known)| known).collect()
    }
}

/// How many letters to insert, delete or replace (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = above[0];
        above[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = above[j + 1];
            above[j + 1] = replaced.min(diagonal + 1).min(above[j] + 1);
        }
    }
    above[b.len()]
}

/// An id that no clause has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownClause {
    /// The id.
    pub id: String,
    /// What may have been meant.
    pub nearest: Vec<String>,
}

impl fmt::Display for UnknownClause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no clause `{}`; nearest: {}", self.id, self.nearest.join(", "))
    }
}

impl std::error::Error for UnknownClause {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_texts_are_read() {
        let own = Specification::own();
        assert_eq!(own.clauses.len(), spec::clause::IDS.len());
        assert_eq!(own.statements.len(), 57);
        assert!(own.clauses.iter().all(|clause| LEVELS.iter().any(|(l, _)| *l == clause.level)));
        assert!(!own.theorems.is_empty());
    }

    #[test]
    fn a_text_that_is_no_toml_is_named() {
        let told = Specification::parse("", "[[statement]]\nid = 3", "").unwrap_err();
        assert!(told.starts_with("spec/manual.toml: "), "{told}");
    }

    #[test]
    fn an_unknown_id_names_its_neighbours() {
        let own = Specification::own();
        let nearest = |id: &str| own.clause(id).unwrap_err().nearest;
        assert_eq!(nearest(&["plan.ga", "hter"].concat())[0], "plan.gather");
        assert!(nearest("plan.hash-jo").iter().all(|id| id.starts_with("plan.hash-join")));
        assert_eq!(nearest("").len(), 3);
    }

    #[test]
    fn edits_are_counted() {
        for (a, b, distance) in [("", "", 0), ("abc", "abc", 0), ("abc", "axc", 1), ("ab", "", 2)] {
            assert_eq!(edits(a, b), distance, "{a} {b}");
        }
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}
