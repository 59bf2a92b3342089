//! The sources of a checkout: who cites a clause, and where.
//!
//! A clause is cited as `[plan.gather]` in comments and texts, as a literal of its own in Rust (mostly
//! `clause!("plan.gather")`), and as a mark `(*@ plan.gather *)` before a theorem. Outside a checkout nothing of this is
//! known: the binary carries the clauses, not the sources.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Files by their paths from the root of the checkout; folders are there too, with an empty text.
pub type Files = BTreeMap<String, String>;

/// Where clauses may be cited, and what evidence may point to.
const FOLDERS: [&str; 7] = ["spec", "reference", "parallel", "oracle", "tests", "fuzz", ".ci"];

/// Large files that name clauses in a header of their own, which their test reads.
const VECTORS: &str = "spec/vectors";

/// What is about citations itself: its tests, their doctored texts and the drifts cite what is not.
const DOCTORED: [&str; 4] =
    ["tests/traceability", "spec/drifts", "oracle/src/specification", "oracle/tests/cli/spec.rs"];

fn is_doctored(path: &str) -> bool {
    DOCTORED.iter().any(|doctored| path.starts_with(doctored))
}

/// The first words of ids.
pub const CHAPTERS: [&str; 17] = [
    "value",
    "bag",
    "rel",
    "expr",
    "agg",
    "law",
    "safety",
    "plan",
    "scan",
    "queue",
    "gather",
    "join",
    "cost",
    "explain",
    "verdict",
    "error",
    "departure",
];

/// A place that names a clause.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Citation {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The id that is named, known or not.
    pub id: String,
}

impl Citation {
    /// The line that a test writes when it runs the `clauses!` that begins here.
    pub fn record(&self) -> String {
        spec::clause::record_line(&self.id, &self.path, self.line as u32)
    }
}

/// The root of the checkout of this specification around a folder.
pub fn root_above(folder: &Path) -> Option<PathBuf> {
    let is_root = |folder: &&Path| {
        let text = fs::read_to_string(folder.join("spec/clauses.toml"));
        text.is_ok() && folder.join("Cargo.toml").exists()
    };
    folder.ancestors().find(is_root).map(Path::to_owned)
}

/// Reads the sources of a checkout.
pub fn read(root: &Path) -> Files {
    let mut files = Files::new();
    for folder in FOLDERS {
        collect(&root.join(folder), folder, &mut files);
    }
    files
}

fn collect(folder: &Path, name: &str, files: &mut Files) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    files.insert(name.to_owned(), String::new());
    for entry in entries.flatten() {
        let file_name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{name}/{file_name}");
        if ["target", "corpus", "artifacts"].contains(&&*file_name) {
            continue;
        }
        if path == VECTORS {
            list_only(&entry.path(), &path, files);
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), &path, files),
            _ => {
                files.insert(path, fs::read_to_string(entry.path()).unwrap_or_default());
            }
        }
    }
}

/// Evidence may point to vectors; to read them all would cost more than everything else.
fn list_only(folder: &Path, name: &str, files: &mut Files) {
    files.insert(name.to_owned(), String::new());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = format!("{name}/{}", entry.file_name().to_string_lossy());
        files.insert(path, String::new());
    }
}

/// `[a-z]+(\.[a-z]+(-[a-z]+)*)+`, the first word being a chapter.
pub fn is_id(id: &str) -> bool {
    let letters = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let mut words = id.split('.');
    let chapter = words.next().unwrap_or_default();
    let rest: Vec<&str> = words.collect();
    CHAPTERS.contains(&chapter)
        && !rest.is_empty()
        && rest.iter().all(|word| word.split('-').all(letters))
}

/// Whether this is meant as an id: a chapter, a dot and more, of characters that an id might be thought to have.
pub fn looks_like_an_id(id: &str) -> bool {
    let (chapter, rest) = id.split_once('.').unwrap_or_default();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    let ends = [".rs", ".txt", ".toml", ".sql", ".tsv", ".md", ".jsonl", ".html", ".v"];
    CHAPTERS.contains(&chapter)
        && rest.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(fits)
        && !ends.iter().any(|end| id.ends_with(end))
}

/// What stands between the marks, each time.
fn between(line: &str, open: char, close: char) -> impl Iterator<Item = &str> {
    let opened = line.split(open).skip(1);
    opened.filter_map(move |rest| rest.split_once(close).map(|(inside, _)| inside))
}

/// The ids of a mark of Coq: `(*@ law.split, law.associative *)`.
fn marked(line: &str) -> impl Iterator<Item = &str> {
    let mark = line.split_once("(*@").and_then(|(_, rest)| rest.split_once("*)"));
    mark.into_iter().flat_map(|(inside, _)| inside.split(',')).map(str::trim)
}

/// Every citation of the sources.
pub fn citations(files: &Files) -> Vec<Citation> {
    let mut found = vec![];
    let sources = files.iter().filter(|(path, _)| {
        let data = [".toml", ".lock", ".snap", ".jsonl"].iter().any(|end| path.ends_with(end));
        !data && !is_doctored(path)
    });
    for (path, text) in sources {
        for (number, line) in text.lines().enumerate() {
            for id in cited_in(path, line) {
                found.push(Citation { path: path.clone(), line: number + 1, id: id.to_owned() });
            }
        }
    }
    found
}

/// The ids that a line names. Every id of a mark of Coq counts as meant, whatever it looks like.
fn cited_in<'a>(path: &str, line: &'a str) -> Vec<&'a str> {
    if path.ends_with(".v") {
        return marked(line).collect();
    }
    let comment = line.trim_start().starts_with("//") || !path.ends_with(".rs");
    let cited: Vec<&str> = match comment {
        true => between(line, '[', ']').collect(),
        false => line.split('"').skip(1).step_by(2).collect(),
    };
    cited.into_iter().filter(|id| looks_like_an_id(id)).collect()
}

/// What `clauses!("…")` cites in the bodies of tests, at the line where it begins: each is recorded when it is run.
pub fn recorded_citations(files: &Files) -> Vec<Citation> {
    let mut found = vec![];
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".rs")) {
        if is_doctored(path) {
            continue;
        }
        let mut begun = None;
        for (number, line) in text.lines().enumerate() {
            if begins_record(line) {
                begun = Some(number + 1);
            }
            let Some(begin) = begun else { continue };
            for id in line.split('"').skip(1).step_by(2) {
                found.push(Citation { path: path.clone(), line: begin, id: id.to_owned() });
            }
            begun = begun.filter(|_| !line.contains(");"));
        }
    }
    found
}

/// Whether `clauses!` is called here: neither in a comment nor in a literal.
fn begins_record(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    code.split_once("spec::clauses!(").is_some_and(|(before, _)| !before.contains('"'))
}

/// The citations of a clause, as `file:line`.
pub fn places_of(citations: &[Citation], id: &str) -> Vec<String> {
    let of = citations.iter().filter(|citation| citation.id == id);
    of.map(|citation| format!("{}:{}", citation.path, citation.line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cited(path: &str, text: &str) -> Vec<(usize, String)> {
        let files = Files::from([(path.to_owned(), text.to_owned())]);
        citations(&files).into_iter().map(|found| (found.line, found.id)).collect()
    }

    #[test]
    fn an_id_is_of_words_and_begins_with_a_chapter() {
        assert!(is_id("plan.gather") && is_id("scan.seq.claim") && is_id("agg.string-agg.order"));
        for wrong in ["plan", "plan.", "Plan.x", "plan.x-", "plan.9", "room.x", "", "plan..x"] {
            assert!(!is_id(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_a_test_records_is_found_over_several_lines() {
        let text = "// clauses!(\"plan.no\")\n    spec::clauses!(\n  \"plan.a\",\n  \"plan.b\"\n);\n\"plan.c\"";
        let files = Files::from([("tests/a.rs".to_owned(), text.to_owned())]);
        let found = recorded_citations(&files);
        let ids: Vec<_> = found.iter().map(|found| (found.line, found.id.as_str())).collect();
        assert_eq!(ids, [(2, "plan.a"), (2, "plan.b")]);
        assert_eq!(found[0].record(), "tests/a.rs:2 plan.a");
    }

    #[test]
    fn citations_are_found_in_comments_literals_and_marks() {
        let gather = |line| vec![(line, "plan.gather".to_owned())];
        assert_eq!(cited("a.rs", "//\n/// Rows. [plan.gather]"), gather(2));
        assert_eq!(cited("a.rs", "let x = clause!(\"plan.gather\");"), gather(1));
        assert_eq!(cited("a.slt", "# [plan.gather] Rows."), gather(1));
        assert_eq!(cited("a.v", "(*@ plan.gather *)"), gather(1));
        assert_eq!(cited("a.v", "(*@ plan.gather, plan.x9 *)").len(), 2);
        assert_eq!(cited("a.rs", "let [plan.gather] = 3;"), []);
        assert_eq!(cited("a.toml", "id = \"plan.gather\""), []);
        assert_eq!(cited("a.rs", "read(\"value.rs\")"), []);
    }
}
