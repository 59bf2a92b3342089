//! Tidy: what the ground plan promises about the tree, read from the manifests and the sources.
//!
//! ```text
//! arrows     who may know whom (ours), and which outside crates each package may take
//! folders    a file in a folder of likes is in that folder's list
//! words      no unsafe outside its module, nothing unfinished, no sleeping tests, no path of one machine
//! top        what may lie at the top level; how long a file may be
//! epsilons   no tolerance of somebody's choice             (tidy/epsilons.rs)
//! trusted    what spec/TRUSTED.md must name                 (tidy/trusted.rs)
//! ```
//!
//! Each check is a function from texts to complaints, so that it can be seen to bite.

#[path = "tidy/epsilons.rs"]
mod epsilons;
#[path = "tidy/trusted.rs"]
mod trusted;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Which packages and outside crates each manifest may name: for use, and for its own tests and benchmarks.
const ARROWS: [(&str, &[&str], &[&str]); 7] = [
    (
        "spec/Cargo.toml",
        &["num-bigint", "num-integer", "num-traits", "regex", "sqlparser"],
        &["proptest", "quickcheck"],
    ),
    ("spec/laws/Cargo.toml", &["spec", "arbitrary", "proptest", "quickcheck"], &[]),
    ("spec/models/Cargo.toml", &["stateright"], &[]),
    ("reference/Cargo.toml", &["spec"], &[]),
    (
        "parallel/Cargo.toml",
        &[
            "spec",
            "arrow-array",
            "arrow-buffer",
            "arrow-schema",
            "foldhash",
            "hashbrown",
            "libc",
            "num-bigint",
            "rayon",
        ],
        &["loom", "shuttle", "tpchgen"],
    ),
    (
        "oracle/Cargo.toml",
        &[
            "spec",
            "laws",
            "reference",
            "parallel",
            "arbitrary",
            "clap",
            "csv",
            "ctrlc",
            "indicatif",
            "libc",
            "postgres",
            "rand",
            "rand_chacha",
            "rayon",
            "serde",
            "serde_json",
            "tempfile",
            "toml",
            "tpchgen",
            "unicode-width",
        ],
        &[],
    ),
    (
        "Cargo.toml",
        &[],
        &[
            "spec",
            "laws",
            "models",
            "reference",
            "parallel",
            "oracle",
            "insta",
            "libtest-mimic",
            "num-bigint",
            "proptest",
            "quickcheck",
            "serde_json",
            "tempfile",
            "toml",
            "tpchgen",
        ],
    ),
];

/// Folders of likes: the folder, and the file that lists what is in it.
const FOLDERS: [(&str, &str); 10] = [
    ("spec/src/agg", "spec/src/agg/mod.rs"),
    ("spec/src/plan", "spec/src/plan/mod.rs"),
    ("spec/src/expr/function", "spec/src/expr/function/mod.rs"),
    ("parallel/src/node", "parallel/src/node/mod.rs"),
    ("parallel/src/accumulate", "parallel/src/accumulate.rs"),
    ("parallel/src/planner/rewrite", "parallel/src/planner/rewrite/mod.rs"),
    ("reference/src/node", "reference/src/node/mod.rs"),
    ("oracle/src/judge", "oracle/src/judge/mod.rs"),
    ("oracle/src/engine", "oracle/src/engine/mod.rs"),
    ("oracle/src/command", "oracle/src/command/mod.rs"),
];

/// What may lie at the top; names that begin with a dot may too, and what git ignores.
const TOP: [&str; 13] = [
    "Cargo.toml",
    "Cargo.lock",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "fuzz",
    "oracle",
    "parallel",
    "reference",
    "spec",
    "target",
    "tests",
    "mutants.out",
];

/// The one file that may say `unsafe`.
const UNSAFE: &str = "parallel/src/memory.rs";

/// Files of more than 600 lines, and why they are whole.
const LONG: [(&str, &str); 2] = [
    ("parallel/src/planner/selectivity.rs", "one case after the other, in the order of selfuncs.c"),
    ("spec/src/sql/lex.rs", "one scanner, kind of token by kind of token, with its tests"),
];

type Files = BTreeMap<String, String>;

/// The keys of a table of dependencies.
fn names(manifest: &toml::Table, table: &str) -> Vec<String> {
    let table = manifest.get(table).and_then(toml::Value::as_table);
    table.into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// Dependencies that a manifest must not have.
fn wrong_arrows(path: &str, manifest: &str, used: &[&str], tested: &[&str]) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().unwrap_or_else(|e| panic!("{path}: {e}"));
    let mut wrong = vec![];
    for name in names(&manifest, "dependencies") {
        if !used.contains(&&*name) {
            wrong.push(format!("{path}: must not know {name}"));
        }
    }
    for name in names(&manifest, "dev-dependencies") {
        if !used.contains(&&*name) && !tested.contains(&&*name) {
            wrong.push(format!("{path}: must not know {name}, not even in tests"));
        }
    }
    if !names(&manifest, "build-dependencies").is_empty() {
        wrong.push(format!("{path}: has no build script"));
    }
    wrong
}

/// Files of a folder that its list lacks.
fn unlisted(folder: &str, list: &str, files: &Files) -> Vec<String> {
    let mods = &files[list];
    let listed =
        |name: &str| mods.lines().any(|line| line.trim_end().ends_with(&format!("mod {name};")));
    let children = files.keys().filter_map(|path| path.strip_prefix(&format!("{folder}/")));
    let mut stems: Vec<&str> = children
        .filter_map(|path| match path.split_once('/') {
            Some((inner, "mod.rs")) => Some(inner),
            Some(_) => None,
            None => path.strip_suffix(".rs"),
        })
        .collect();
    stems.retain(|stem| *stem != "mod" && !listed(stem));
    stems.into_iter().map(|stem| format!("{folder}/{stem}: not in {list}")).collect()
}

/// Words that a source must not contain; those of this file are put together, so that it passes itself.
fn words(path: &str, text: &str) -> Vec<String> {
    let paths = [["/wo", "rk/"], ["/tmp", "/pg"], ["/ro", "ot/"], ["/Us", "ers/"]];
    let unfinished = [["to", "do!("], ["unimpl", "emented!("], ["#[ig", "nore"]];
    let slow = [["sleep", "("], ["park_time", "out("]];
    let mut wrong = vec![];
    let found = |forbidden: &[[&str; 2]], line: &str| -> Vec<String> {
        forbidden.iter().map(|parts| parts.concat()).filter(|word| line.contains(word)).collect()
    };
    let mut in_tests = path.contains("/tests") || path.starts_with("tests/");
    for (number, line) in text.lines().enumerate() {
        let mut here = found(&paths, line);
        let is_rust = path.ends_with(".rs");
        in_tests |= is_rust && line.trim() == "#[cfg(test)]";
        if is_rust {
            here.extend(found(&unfinished, line));
        }
        if is_rust && in_tests {
            here.extend(found(&slow, line));
        }
        let code = line.split("//").next().unwrap_or_default();
        let says_unsafe =
            code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == "unsafe");
        if is_rust && says_unsafe && !code.contains('"') && path != UNSAFE {
            here.push("unsafe".into());
        }
        wrong.extend(here.iter().map(|word| format!("{path}:{}: {word}", number + 1)));
    }
    wrong
}

/// Lint levels at the heads of the libraries.
fn lint_levels(files: &Files) -> Vec<String> {
    let forbid = "#![forbid(unsafe_code)]";
    let heads = [
        ("spec/src/lib.rs", forbid),
        ("spec/laws/src/lib.rs", forbid),
        ("spec/models/src/lib.rs", forbid),
        ("reference/src/lib.rs", forbid),
        ("oracle/src/lib.rs", forbid),
        ("parallel/src/lib.rs", "#![deny(unsafe_code)]"),
    ];
    let lacks = |(path, level): &(&str, &str)| !files[*path].lines().any(|line| line == *level);
    heads
        .iter()
        .filter(|head| lacks(head))
        .map(|(path, level)| format!("{path}: no {level}"))
        .collect()
}

/// Entries that do not belong at the top.
fn strangers<'a>(entries: impl Iterator<Item = &'a str>) -> Vec<String> {
    let stray = entries.filter(|name| !name.starts_with('.') && !TOP.contains(name));
    stray.map(|name| format!("{name} does not belong at the top")).collect()
}

/// Files that are long without a reason, and reasons that are not needed any more.
fn lengths(files: &Files) -> Vec<String> {
    let long = |text: &str| text.lines().count() > 600;
    let has_reason =
        |path: &str| LONG.iter().any(|(listed, why)| *listed == path && !why.is_empty());
    let sources = files.iter().filter(|(path, _)| path.ends_with(".rs"));
    let mut wrong: Vec<String> = sources
        .filter(|(path, text)| long(text) && !has_reason(path))
        .map(|(path, text)| format!("{path}: {} lines and no reason", text.lines().count()))
        .collect();
    let idle = LONG.iter().filter(|(path, _)| files.get(*path).is_none_or(|text| !long(text)));
    wrong.extend(idle.map(|(path, _)| format!("{path}: listed as long, and is not")));
    wrong
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file of the tree, without what builds and campaigns leave behind.
fn tree() -> Files {
    let mut files = Files::new();
    collect(root(), "", &mut files);
    files
}

fn collect(folder: &Path, prefix: &str, files: &mut Files) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let left_behind =
            ["target", ".git", "corpus", "artifacts", "coverage", "mutants.out", "build"];
        // Coq's notes on compiled files name the folder that they were compiled in.
        if left_behind.contains(&&*name) || name.ends_with(".aux") {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.insert(path, text);
        }
    }
}

fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn arrows_run_downwards_only() {
    let files = tree();
    let wrong = |(path, used, tested): &(&str, &[&str], &[&str])| {
        wrong_arrows(path, &files[*path], used, tested)
    };
    none(ARROWS.iter().flat_map(wrong).collect());
    let manifest: toml::Table = files["Cargo.toml"].parse().unwrap();
    let members = manifest["workspace"]["members"].as_array().unwrap();
    assert_eq!(members.len(), ARROWS.len(), "every member has its arrows here");
}

#[test]
fn every_file_of_a_folder_of_likes_is_in_its_list() {
    let files = tree();
    none(FOLDERS.iter().flat_map(|(folder, list)| unlisted(folder, list, &files)).collect());
}

#[test]
fn nothing_is_unfinished_unsafe_asleep_or_bound_to_one_machine() {
    let files = tree();
    none(files.iter().flat_map(|(path, text)| words(path, text)).collect());
    none(lint_levels(&files));
}

#[test]
fn the_top_level_holds_what_the_ground_plan_names() {
    let entries = fs::read_dir(root()).unwrap().flatten();
    let names: Vec<String> =
        entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    none(strangers(names.iter().map(String::as_str)));
}

#[test]
fn a_long_file_has_a_reason() {
    none(lengths(&tree()));
}

#[test]
fn a_wrong_arrow_is_found() {
    let wrong = |manifest: &str| wrong_arrows("reference/Cargo.toml", manifest, &["spec"], &[]);
    assert_eq!(wrong("[dependencies]\nspec.workspace = true"), [""; 0]);
    assert_eq!(wrong("[dependencies]\nparallel.workspace = true").len(), 1);
    assert_eq!(wrong("[dev-dependencies]\nparallel.workspace = true").len(), 1);
    assert_eq!(wrong("[build-dependencies]\ncc = \"1\"").len(), 1);
}

#[test]
fn a_file_that_no_list_names_is_found() {
    let with = |paths: &[&str]| {
        let list = "mod count;\npub(super) mod sum;\n".to_owned();
        let mut files = Files::from([("agg/mod.rs".to_owned(), list)]);
        files.extend(paths.iter().map(|path| (path.to_string(), String::new())));
        unlisted("agg", "agg/mod.rs", &files)
    };
    assert_eq!(with(&["agg/count.rs", "agg/sum.rs", "agg/sum/tests.rs"]), [""; 0]);
    assert_eq!(with(&["agg/mode.rs"]), ["agg/mode: not in agg/mod.rs"]);
    assert_eq!(with(&["agg/mode/mod.rs"]), ["agg/mode: not in agg/mod.rs"]);
}

#[test]
fn each_forbidden_word_is_found() {
    for (path, parts) in [
        ("README.md", ["run /wo", "rk/bin"]),
        ("spec/src/a.rs", ["let x = to", "do!();"]),
        ("spec/src/a.rs", ["unimpl", "emented!()"]),
        ("tests/a.rs", ["#[ig", "nore]"]),
        ("tests/a.rs", ["thread::sl", "eep(second)"]),
        ("spec/src/a.rs", ["uns", "afe { read() }"]),
    ] {
        assert_eq!(words(path, &parts.concat()).len(), 1, "{parts:?}");
    }
    let late = ["fn f() {}\n#[cfg(test)]\nmod tests { fn g() { sl", "eep(1) } }"].concat();
    assert_eq!(words("spec/src/a.rs", &late).len(), 1);
    assert_eq!(words(UNSAFE, &["uns", "afe { advise() }"].concat()), [""; 0]);
}

#[test]
fn a_stranger_at_the_top_and_an_overlong_file_are_found() {
    assert_eq!(
        strangers(["spec", ".ci", "notes"].into_iter()),
        ["notes does not belong at the top"]
    );
    let mut files = tree();
    files.insert("spec/src/long.rs".into(), "\n".repeat(601));
    assert_eq!(lengths(&files).iter().filter(|w| w.contains("long.rs")).count(), 1);
}
