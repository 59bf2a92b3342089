//! Tests that are evidence: they are compiled, and they run.
//!
//! ```text
//! sources     the file is the root of a target, or a root leads to it by `mod`; the function has `#[test]`, and neither
//!             an attribute to ignore it nor a `cfg` of its own; a test that a macro makes is a word in the list of that macro
//! binaries    `TARGET-HASH --list` beside this executable, if newer than the file, lists it
//! ```

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use oracle::specification::Specification;
use oracle::specification::checkout::Files;

/// The packages: their folders, and the names of their libraries.
const PACKAGES: [(&str, &str); 7] = [
    ("", ""),
    ("spec/", "bothways_spec"),
    ("spec/laws/", "bothways_laws"),
    ("spec/models/", "bothways_models"),
    ("reference/", "bothways_reference"),
    ("parallel/", "bothways_parallel"),
    ("oracle/", "bothways_oracle"),
];

/// What is wrong with evidence of the form `file::function`.
pub fn test(what: &str, files: &Files) -> Option<String> {
    let Some((path, name)) = what.split_once("::") else {
        return Some(format!("test: {what}: not FILE::FUNCTION"));
    };
    let Some(text) = files.get(path) else {
        return Some(format!("evidence that does not exist: test: {what}"));
    };
    match attributes(text, name) {
        Some(attributes) => excuse(&attributes).map(|why| format!("test: {what} {why}")),
        None if in_a_list(text, name) => None,
        None => Some(format!("evidence that does not exist: test: {what}")),
    }
}

/// The attributes above a function, if there is one of this name.
fn attributes(text: &str, name: &str) -> Option<Vec<String>> {
    let head = format!("fn {name}(");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| {
        !line.starts_with("//") && (line.starts_with(&head) || line.contains(&format!(" {head}")))
    })?;
    let above = lines[..at].iter().rev();
    let own = above.take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    Some(own.filter(|line| line.starts_with("#[")).map(|line| line.to_string()).collect())
}

/// Why a function with these attributes is no test that runs.
fn excuse(attributes: &[String]) -> Option<&'static str> {
    let has = |start: &str| attributes.iter().any(|attribute| attribute.starts_with(start));
    match () {
        () if !has("#[test]") => Some("is no #[test]"),
        () if has(["#[ig", "nore"].concat().as_str()) => Some("is ignored: it does not run"),
        () if has("#[cfg") => Some("is left out by a cfg: it may not run"),
        () => None,
    }
}

/// Whether a macro's list has this word: the macro makes the test.
fn in_a_list(text: &str, name: &str) -> bool {
    let word = |line: &str| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
    };
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.filter(|line| !line.contains('(')).any(word)
}

/// The roots of all test targets: name of the binary, file.
fn roots(files: &Files) -> Vec<(String, String)> {
    let mut roots = vec![];
    for (folder, library) in PACKAGES {
        if !library.is_empty() {
            roots.push((library.to_owned(), format!("{folder}src/lib.rs")));
        }
        let tests = format!("{folder}tests/");
        for path in files.keys().filter_map(|path| path.strip_prefix(&tests)) {
            let name = match path.split_once('/') {
                None => path.strip_suffix(".rs"),
                Some((name, "main.rs")) => Some(name),
                Some(_) => None,
            };
            roots.extend(name.map(|name| (name.to_owned(), format!("{tests}{path}"))));
        }
    }
    roots.retain(|(_, root)| files.contains_key(root));
    roots
}

/// The targets that a file is part of, over all targets: file → names of binaries.
fn targets(files: &Files) -> BTreeMap<String, BTreeSet<String>> {
    let mut targets: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, root) in roots(files) {
        let mut open = VecDeque::from([(root, true)]);
        while let Some((file, is_root)) = open.pop_front() {
            if targets.entry(file.clone()).or_default().insert(name.clone()) {
                open.extend(modules(&file, is_root, files).into_iter().map(|file| (file, false)));
            }
        }
    }
    targets
}

/// The files that a file's `mod` lines lead to.
fn modules(file: &str, is_root: bool, files: &Files) -> Vec<String> {
    let (folder, stem) = file.rsplit_once('/').unwrap_or(("", file));
    let stem = stem.trim_end_matches(".rs");
    let inner = match is_root || stem == "mod" {
        true => folder.to_owned(),
        false => format!("{folder}/{stem}"),
    };
    let mut found = vec![];
    let mut path: Option<&str> = None;
    for line in files.get(file).map_or("", String::as_str).lines().map(str::trim) {
        if let Some(named) = line.strip_prefix("#[path = \"") {
            path = named.split('"').next();
            continue;
        }
        let name = line.strip_suffix(';').and_then(|line| line.rsplit_once("mod "));
        let name = name.filter(|(before, _)| before.is_empty() || before.starts_with("pub"));
        if let Some((_, name)) = name {
            let beside = path.map(|path| plain(&format!("{folder}/{path}")));
            let usual = [format!("{inner}/{name}.rs"), format!("{inner}/{name}/mod.rs")];
            found.extend(beside.into_iter().chain(usual).find(|file| files.contains_key(file)));
        }
        if !line.starts_with("#[") && !line.starts_with("//") {
            path = None;
        }
    }
    found
}

/// A path without `..`.
fn plain(path: &str) -> String {
    let mut parts: Vec<&str> = vec![];
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// Every piece of evidence that is a test: clause, file, function.
fn tests(spec: &Specification) -> Vec<(&str, &str, &str)> {
    let mut tests = vec![];
    for clause in &spec.clauses {
        let named = clause.of_kind("test").filter_map(|what| what.split_once("::"));
        tests.extend(named.map(|(path, name)| (clause.id.as_str(), path, name)));
    }
    tests
}

/// Tests that stand in files of no target.
pub fn complaints(spec: &Specification, files: &Files) -> Vec<String> {
    let targets = targets(files);
    let stray = tests(spec).into_iter().filter(|(_, path, _)| !targets.contains_key(*path));
    stray
        .map(|(id, path, name)| format!("{id}: {path}::{name}: no test target leads to this file"))
        .collect()
}

/// What the test binaries say.
#[derive(Debug, Default)]
pub struct Listed {
    /// Tests that their binary does not list, or lists as ignored.
    pub wrong: Vec<String>,
    /// Tests that a binary lists.
    pub found: usize,
    /// Tests of binaries that were not built, or are older than the file.
    pub unbuilt: usize,
}

/// Asks the test binaries beside this one.
pub fn listed(spec: &Specification, files: &Files, root: &Path) -> Listed {
    let (targets, binaries) = (targets(files), binaries());
    let mut lists: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let mut listed = Listed::default();
    for (id, path, name) in tests(spec) {
        let changed = root.join(path).metadata().and_then(|file| file.modified());
        let fresh = |(stem, _, built): &&(String, PathBuf, SystemTime)| {
            targets.get(path).is_some_and(|names| names.contains(stem))
                && changed.as_ref().is_ok_and(|changed| built > changed)
        };
        let fresh: Vec<&PathBuf> = binaries.iter().filter(fresh).map(|(_, file, _)| file).collect();
        let mut runs = false;
        for binary in &fresh {
            runs |=
                lists.entry(binary.to_path_buf()).or_insert_with(|| list(binary)).contains(name);
        }
        match (fresh.is_empty(), runs) {
            (true, _) => listed.unbuilt += 1,
            (false, true) => listed.found += 1,
            (false, false) => {
                listed.wrong.push(format!("{id}: {path}::{name} is in no list of tests that run"))
            }
        }
    }
    listed
}

/// The test binaries beside this one: name without hash, file, when it was built.
fn binaries() -> Vec<(String, PathBuf, SystemTime)> {
    let own = std::env::current_exe().expect("a test knows its binary");
    let entries = own.parent().and_then(|folder| folder.read_dir().ok());
    let mut found = vec![];
    for entry in entries.into_iter().flatten().flatten() {
        let file_name = entry.file_name().to_string_lossy().into_owned();
        let stem = file_name.trim_end_matches(std::env::consts::EXE_SUFFIX);
        let Some((name, hash)) = stem.rsplit_once('-') else { continue };
        let built = entry.metadata().and_then(|file| file.modified());
        if let (Ok(built), true) = (built, hash.bytes().all(|b| b.is_ascii_hexdigit())) {
            found.push((name.to_owned(), entry.path(), built));
        }
    }
    found
}

/// The names, without their modules, of the tests that a binary runs.
fn list(binary: &Path) -> BTreeSet<String> {
    let names = |more: &[&str]| -> BTreeSet<String> {
        let output = Command::new(binary).arg("--list").args(more).output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let text = text.unwrap_or_default();
        let named = text.lines().filter_map(|line| line.strip_suffix(": test"));
        named.map(|name| name.rsplit("::").next().unwrap_or(name).to_owned()).collect()
    };
    // libtest lists ignored tests too; asked for these alone, it lists them alone.
    let ignored = names(&["--ignored"]);
    names(&[]).into_iter().filter(|name| !ignored.contains(name)).collect()
}
