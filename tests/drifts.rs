//! The seeded drifts of `spec/drifts` can be applied: each falsifies a text that stands in its file exactly once, by a
//! check that `spec/drifts/run` knows, and is in the table of the README. Applying them, and seeing each noticed, is the
//! work of `spec/drifts/run`, which compiles the tree again for many of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// As many as must be there at least.
const AT_LEAST: usize = 20;

struct Drift {
    path: PathBuf,
    what: String,
    file: String,
    check: String,
    old: String,
    new: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A drift in its file: a header, the text that stands there, the text instead, between lines of three dashes.
fn drift(path: PathBuf) -> Drift {
    let text = read(&path);
    let mut parts = text.splitn(3, "---\n");
    let header = parts.next().unwrap_or_default();
    let field = |name: &str| {
        let line = header.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("{}: no {name}", path.display())).to_owned()
    };
    let (what, file, check) = (field("what"), field("file"), field("check"));
    let mut part = || parts.next().and_then(|part| part.strip_suffix('\n')).map(str::to_owned);
    let (Some(old), Some(new)) = (part(), part()) else { panic!("{}: two texts", path.display()) };
    Drift { path, what, file, check, old, new }
}

fn drifts() -> Vec<Drift> {
    let entries = fs::read_dir(root().join("spec/drifts")).expect("the folder is there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "drift"));
    paths.sort();
    paths.into_iter().map(drift).collect()
}

#[test]
fn every_drift_finds_the_text_that_it_falsifies() {
    let drifts = drifts();
    assert!(drifts.len() >= AT_LEAST, "{} drifts", drifts.len());
    for drift in &drifts {
        let found = read(&drift.file).matches(&drift.old).count();
        assert_eq!(found, 1, "{}: its text in {}", drift.path.display(), drift.file);
        assert_ne!(drift.old, drift.new, "{}: changes nothing", drift.path.display());
    }
    let said: BTreeSet<&str> = drifts.iter().map(|drift| drift.what.as_str()).collect();
    assert_eq!(said.len(), drifts.len(), "each says something else");
}

#[test]
fn every_drift_has_a_check_that_the_script_knows() {
    let script = read("spec/drifts/run");
    for drift in drifts() {
        let known = script
            .lines()
            .any(|line| line.strip_prefix(&drift.check).is_some_and(|rest| rest.starts_with("()")));
        assert!(known, "{}: check {}", drift.path.display(), drift.check);
    }
}

#[test]
fn the_readme_has_the_table_of_all_drifts() {
    let row = |drift: &Drift| format!("| {} | `{}` | `{}` |", drift.what, drift.file, drift.check);
    let expected: Vec<String> = drifts().iter().map(row).collect();
    let readme = read("spec/drifts/README.md");
    let table =
        readme.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| drift"));
    let stands: Vec<&str> = table.collect();
    assert_eq!(stands, expected, "make it again with spec/drifts/run --table");
}
