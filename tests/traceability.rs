//! Traceability: every clause is cited and has evidence that exists; every statement of the manual leads to clauses.
//!
//! ```text
//! spec/clauses.toml   id, sentence, level, evidence         cited by [id] in comments, "id" and clause!("id") in code
//! spec/manual.toml    statement → clauses, or open          evidence: tests, files, judges, scripts, sources
//! ```
//!
//! The checks are functions from texts to complaints, so that each can be seen to bite on a doctored text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Files of the repository by their paths, directories (with an empty text) included.
type Files = BTreeMap<String, String>;

const GROUPS: [&str; 17] = [
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

/// Which kinds of evidence a level needs: one of each list.
const LEVELS: [(&str, &[&[&str]]); 8] = [
    ("proved", &[&["proof"]]),
    ("model-checked", &[&["model"]]),
    ("solver-checked", &[&["smt"]]),
    ("exhaustive", &[&["test"]]),
    ("vector-tested", &[&["test"], &["probe", "file"]]),
    ("property-tested", &[&["test"]]),
    ("differential", &[&["judge", "script"]]),
    ("reviewed", &[&["source", "manual", "paper"]]),
];

struct Clause {
    id: String,
    sentence: String,
    level: String,
    evidence: Vec<String>,
}

fn text(table: &toml::Table, key: &str) -> String {
    table.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
}

fn texts(table: &toml::Table, key: &str) -> Vec<String> {
    let list = table.get(key).and_then(toml::Value::as_array);
    list.into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

fn tables(toml: &str, key: &str) -> Vec<toml::Table> {
    let file: toml::Table = toml.parse().unwrap_or_else(|e| panic!("{e}"));
    let list = file.get(key).and_then(toml::Value::as_array).cloned().unwrap_or_default();
    list.into_iter().filter_map(|v| v.as_table().cloned()).collect()
}

fn clauses(toml: &str) -> Vec<Clause> {
    let clause = |table: toml::Table| Clause {
        id: text(&table, "id"),
        sentence: text(&table, "sentence"),
        level: text(&table, "level"),
        evidence: texts(&table, "evidence"),
    };
    tables(toml, "clause").into_iter().map(clause).collect()
}

/// `[a-z]+(\.[a-z]+(-[a-z]+)*)+`, the first word being a group.
fn is_id(id: &str) -> bool {
    let letters = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let mut words = id.split('.');
    let group = words.next().unwrap_or_default();
    let rest: Vec<&str> = words.collect();
    GROUPS.contains(&group)
        && !rest.is_empty()
        && rest.iter().all(|word| word.split('-').all(letters))
}

/// Whether this is meant as an id: a group, a dot and more, all of characters that an id might be thought to have.
fn looks_like_an_id(id: &str) -> bool {
    let (group, rest) = id.split_once('.').unwrap_or_default();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    let is_file = [".rs", ".txt", ".toml", ".sql", ".tsv"].iter().any(|end| id.ends_with(end));
    GROUPS.contains(&group)
        && rest.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(fits)
        && !is_file
}

/// What stands between the marks, each time.
fn between(line: &str, open: char, close: char) -> impl Iterator<Item = &str> {
    line.split(open)
        .skip(1)
        .filter_map(move |rest| rest.split_once(close).map(|(inside, _)| inside))
}

/// Every citation: file, line, id. In comments it stands in brackets, in code it is a literal of its own.
fn citations(files: &Files) -> Vec<(String, String)> {
    let mut found = vec![];
    for (path, text) in files.iter().filter(|(path, _)| !path.ends_with(".toml")) {
        for (number, line) in text.lines().enumerate() {
            let is_rust = path.ends_with(".rs");
            let comment = line.trim_start().starts_with("//") || !is_rust;
            let cited: Vec<&str> = match comment {
                true => between(line, '[', ']').collect(),
                false => line.split('"').skip(1).step_by(2).collect(),
            };
            for id in cited.into_iter().filter(|id| looks_like_an_id(id)) {
                found.push((format!("{path}:{}", number + 1), id.to_owned()));
            }
        }
    }
    found
}

/// Whether a file has a test of this name, written out or in the list of a macro.
fn has_test(files: &Files, path: &str, name: &str) -> bool {
    let Some(text) = files.get(path) else { return false };
    let word = |line: &str| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
    };
    let code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines()
        .filter(code)
        .any(|line| word(line) && (line.contains(&format!("fn {name}(")) || !line.contains('(')))
}

/// The names of the theorems on record.
fn theorems(files: &Files) -> BTreeSet<String> {
    let lock = files.get("spec/theorems.lock").map_or("", String::as_str);
    tables(lock, "theorem").iter().map(|theorem| text(theorem, "name")).collect()
}

/// What is wrong with one piece of evidence.
fn flaw(evidence: &str, files: &Files, statements: &BTreeSet<String>) -> Option<String> {
    let (kind, what) = evidence.split_once(": ").unwrap_or((evidence, ""));
    let first = what.split([',', ' ']).next().unwrap_or_default();
    let ours = ["spec/", "reference/", "parallel/", "oracle/", "tests/", ".ci/"];
    let stands = match kind {
        "test" => what.split_once("::").is_some_and(|(path, name)| has_test(files, path, name)),
        "proof" => theorems(files).contains(what),
        "file" | "smt" => files.contains_key(first),
        "model" => first.split_once("::").is_some_and(|(module, property)| {
            let model = files.get(&format!("spec/models/src/{module}.rs"));
            model.is_some_and(|text| text.contains(&format!("\"{property}\"")))
        }),
        "judge" => first.starts_with("oracle/src/judge/") && files.contains_key(first),
        "script" => first.starts_with("tests/") && files.contains_key(first),
        "manual" => statements.contains(what),
        "source" if ours.iter().any(|folder| first.starts_with(folder)) => {
            files.contains_key(first)
        }
        "source" | "paper" | "probe" => !what.trim().is_empty(),
        _ => return Some(format!("evidence of an unknown kind: {evidence}")),
    };
    (!stands).then(|| format!("evidence that does not exist: {evidence}"))
}

/// What the level asks for and the evidence lacks.
fn unsupported(clause: &Clause) -> Option<String> {
    let Some((_, needs)) = LEVELS.iter().find(|(level, _)| *level == clause.level) else {
        return Some(format!("unknown level `{}`", clause.level));
    };
    let has = |kind: &&str| clause.evidence.iter().any(|e| e.starts_with(&format!("{kind}: ")));
    let lacks = needs.iter().find(|kinds| !kinds.iter().any(has))?;
    Some(format!("level {} needs evidence of kind {}", clause.level, lacks.join(" or ")))
}

/// Everything that is wrong with the clauses.
fn complaints(toml: &str, manual: &str, files: &Files) -> Vec<String> {
    let clauses = clauses(toml);
    let statements = tables(manual, "statement").iter().map(|s| text(s, "id")).collect();
    let cited = citations(files);
    let mut ids = BTreeSet::new();
    let mut wrong = vec![];
    for clause in &clauses {
        let mut complain = |what: String| wrong.push(format!("{}: {what}", clause.id));
        if !is_id(&clause.id) {
            complain("not an id".into());
        }
        if !ids.insert(&clause.id) {
            complain("listed twice".into());
        }
        if !clause.sentence.ends_with('.') {
            complain("no sentence".into());
        }
        if clause.evidence.is_empty() {
            complain("no evidence".into());
        }
        if !cited.iter().any(|(_, id)| *id == clause.id) {
            complain("cited by no code and no test".into());
        }
        unsupported(clause).into_iter().for_each(&mut complain);
        let flaws = clause.evidence.iter().filter_map(|e| flaw(e, files, &statements));
        flaws.for_each(&mut complain);
    }
    let unknown = cited.iter().filter(|(_, id)| !ids.contains(id));
    wrong.extend(unknown.map(|(place, id)| format!("{place}: unknown clause {id}")));
    wrong
}

/// The ids of the manual's statements.
fn statement_ids() -> Vec<String> {
    let parallel = (1..=40).map(|n| format!("M{n:02}"));
    parallel.chain((1..=17).map(|n| format!("P{n:02}"))).collect()
}

/// Everything that is wrong with the map from the manual to the clauses.
fn manual_complaints(manual: &str, toml: &str) -> Vec<String> {
    let known: BTreeSet<String> = clauses(toml).into_iter().map(|clause| clause.id).collect();
    let statements = tables(manual, "statement");
    let mut wrong = vec![];
    for id in statement_ids() {
        if statements.iter().filter(|s| text(s, "id") == id).count() != 1 {
            wrong.push(format!("{id}: not listed once"));
        }
    }
    let tested: BTreeSet<String> = clauses(toml)
        .into_iter()
        .filter(|c| {
            c.evidence
                .iter()
                .any(|e| ["test: ", "script: ", "judge: "].iter().any(|k| e.starts_with(k)))
        })
        .map(|c| c.id)
        .collect();
    let mut untested = 0;
    for statement in &statements {
        let id = text(statement, "id");
        let cited = texts(statement, "clauses");
        if cited.is_empty() {
            wrong.push(format!("{id}: leads to no clause"));
        }
        let reason = text(statement, "untested");
        untested += i64::from(!reason.is_empty());
        match (cited.iter().any(|clause| tested.contains(clause)), reason.is_empty()) {
            (false, true) => {
                wrong.push(format!("{id}: no clause of it has a test, and it does not say why"))
            }
            (true, false) => wrong.push(format!("{id}: said to be untested, and is not")),
            _ => {}
        }
        let unknown = cited.iter().filter(|clause| !known.contains(*clause));
        wrong.extend(unknown.map(|clause| format!("{id}: unknown clause {clause}")));
    }
    let file: toml::Table = manual.parse().unwrap_or_else(|e| panic!("{e}"));
    let at_most = file.get("untested_at_most").and_then(toml::Value::as_integer).unwrap_or(0);
    if untested != at_most {
        wrong.push(format!("{untested} statements are untested, recorded are {at_most}"));
    }
    wrong
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The sources and what evidence may point to; not this file, whose doctored texts cite what is not.
fn repository() -> Files {
    let mut files = Files::new();
    for folder in ["spec", "reference", "parallel", "oracle", "tests", "fuzz", ".ci"] {
        collect(&root().join(folder), folder, &mut files);
    }
    files.remove("tests/traceability.rs");
    files
}

fn collect(folder: &Path, name: &str, files: &mut Files) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    files.insert(name.to_owned(), String::new());
    for entry in entries.flatten() {
        let file_name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{name}/{file_name}");
        if file_name == "target" || file_name == "corpus" || file_name == "artifacts" {
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

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

#[test]
fn every_clause_is_cited_and_has_the_evidence_that_its_level_asks_for() {
    let wrong = complaints(&read("spec/clauses.toml"), &read("spec/manual.toml"), &repository());
    assert!(wrong.is_empty(), "{} complaints:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_statement_of_the_manual_leads_to_clauses_and_tests() {
    let wrong = manual_complaints(&read("spec/manual.toml"), &read("spec/clauses.toml"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_ids_that_the_compiler_knows_are_those_of_the_file() {
    let ids: Vec<String> =
        clauses(spec::clause::TEXT).into_iter().map(|clause| clause.id).collect();
    assert_eq!(spec::clause::IDS.to_vec(), ids);
}

const GOOD: &str = r#"
    [[clause]]
    id = "plan.gather"
    sentence = "All rows, once."
    level = "property-tested"
    evidence = ["test: tests/x.rs::rows_come_once"]
"#;

fn sources() -> Files {
    let test = "// [plan.gather]\n#[test]\nfn rows_come_once() {}\n";
    Files::from([("tests/x.rs".to_owned(), test.to_owned())])
}

/// The complaints about the good text with one piece replaced.
fn doctored(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    complaints(&GOOD.replace(from, to), "", &sources()).join("; ")
}

#[test]
fn a_good_text_has_no_complaints() {
    assert_eq!(complaints(GOOD, "", &sources()), [""; 0]);
}

#[test]
fn each_fault_of_a_clause_is_found() {
    let evidence = r#"["test: tests/x.rs::rows_come_once"]"#;
    for (from, to, complaint) in [
        ("plan.gather", "plan.Gather", "not an id"),
        ("All rows, once.", "", "no sentence"),
        (evidence, "[]", "no evidence"),
        (evidence, "[]", "level property-tested needs evidence of kind test"),
        (evidence, r#"["test: tests/x.rs::no_such"]"#, "evidence that does not exist"),
        (evidence, r#"["test: tests/y.rs::rows_come_once"]"#, "evidence that does not exist"),
        (evidence, r#"["rumour: somebody said so"]"#, "evidence of an unknown kind"),
        ("property-tested", "differential", "needs evidence of kind judge or script"),
        ("property-tested", "vector-tested", "needs evidence of kind probe or file"),
        ("property-tested", "reviewed", "needs evidence of kind source or manual or paper"),
        ("property-tested", "proved", "needs evidence of kind proof"),
        ("property-tested", "believed", "unknown level"),
        (evidence, r#"["judge: tests/x.rs"]"#, "evidence that does not exist"),
        (evidence, r#"["manual: M99"]"#, "evidence that does not exist"),
        (evidence, r#"["source: spec/src/gone.rs"]"#, "evidence that does not exist"),
        (evidence, r#"["model: cursor::no_such (2 blocks)"]"#, "evidence that does not exist"),
    ] {
        let found = doctored(from, to);
        assert!(found.contains(complaint), "{from} -> {to}: {found}");
    }
    assert!(complaints(&GOOD.repeat(2), "", &sources()).join("; ").contains("listed twice"));
}

#[test]
fn a_clause_that_nobody_cites_is_found_and_so_is_a_citation_of_none() {
    let silent =
        Files::from([("tests/x.rs".to_owned(), "#[test]\nfn rows_come_once() {}\n".to_owned())]);
    assert!(complaints(GOOD, "", &silent).join("; ").contains("cited by no code and no test"));
    for line in [
        "/// Rows. [plan.gone]",
        "    refuse(\"plan.gone\", because)",
        "let c = clause!(\"plan.gone\");",
        "// Rows. [plan.gat_her]",
    ] {
        let mut files = sources();
        files.insert("spec/src/plan/gather.rs".into(), line.into());
        let found = complaints(GOOD, "", &files).join("; ");
        assert!(found.contains("spec/src/plan/gather.rs:1: unknown clause"), "{line}: {found}");
    }
}

/// A map of all statements, the first one as given.
fn map(first: &str, untested_at_most: usize) -> String {
    let mut manual = format!("untested_at_most = {untested_at_most}\n");
    for id in statement_ids() {
        let rest = if id == "M01" { first } else { "clauses = [\"plan.gather\"]" };
        manual.push_str(&format!("[[statement]]\nid = \"{id}\"\n{rest}\n"));
    }
    manual
}

#[test]
fn each_fault_of_the_map_from_the_manual_is_found() {
    let wrong = |manual: &str, toml: &str| manual_complaints(manual, toml).join("; ");
    let mapped = "clauses = [\"plan.gather\"]";
    let reviewed = format!("{GOOD}\n[[clause]]\nid = \"plan.read\"\nsentence = \"Read.\"\n");
    let excused = "clauses = [\"plan.read\"]\nuntested = \"not yet\"";
    assert_eq!(wrong(&map(mapped, 0), GOOD), "");
    assert_eq!(wrong(&map(excused, 1), &reviewed), "");
    assert!(wrong(&map("clauses = [\"plan.gone\"]", 0), GOOD).contains("unknown clause plan.gone"));
    assert!(wrong(&map("", 0), GOOD).contains("M01: leads to no clause"));
    assert!(wrong(&map("clauses = [\"plan.read\"]", 0), &reviewed).contains("does not say why"));
    let surplus = format!("{mapped}\nuntested = \"not yet\"");
    assert!(wrong(&map(&surplus, 1), GOOD).contains("said to be untested, and is not"));
    assert!(wrong(&map(excused, 0), &reviewed).contains("1 statements are untested"));
    assert!(
        wrong(&map(mapped, 0).replace("\"M07\"", "\"M06\""), GOOD).contains("M07: not listed once")
    );
}
