//! `spec/TRUSTED.md` names every proof file, every file of solver queries, every model and every set of vectors.
//!
//! What is believed without proof is only said honestly if it is said of everything: a new file is a new thing to believe.

use super::{Files, none, tree};

const TRUSTED: &str = "spec/TRUSTED.md";

/// What must be named: the folder, what its files end with, and what of a file's name.
const NAMED: [(&str, &str); 4] = [
    ("spec/coq/", ".v"),
    ("spec/smt/", ".smt2"),
    ("spec/models/src/", ".rs"),
    ("spec/vectors/", ".jsonl"),
];

/// The names by which the files are to be found: `FloatBound.v`, `workers.smt2`, of a model `gather_merge`.
fn names(files: &Files) -> Vec<&str> {
    let mut names = vec![];
    for path in files.keys() {
        for (folder, end) in NAMED {
            let Some(name) = path.strip_prefix(folder) else { continue };
            if name.contains('/') || !name.ends_with(end) {
                continue;
            }
            match name.strip_suffix(".rs") {
                Some("lib" | "main" | "check") => {}
                Some(model) => names.push(model),
                None => names.push(name),
            }
        }
    }
    names
}

/// Files that the text does not name, and names of files in it that are not there.
fn complaints(files: &Files) -> Vec<String> {
    let Some(text) = files.get(TRUSTED) else { return vec![format!("{TRUSTED} is missing")] };
    let quoted: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    let names = names(files);
    let unnamed = names.iter().filter(|name| !quoted.contains(name));
    let mut wrong: Vec<String> =
        unnamed.map(|name| format!("{TRUSTED}: does not name `{name}`")).collect();
    let of_a_file = |word: &&&str| {
        let ends = [".v", ".smt2", ".jsonl"].iter().any(|end| word.ends_with(end));
        ends && !word.contains([' ', '*', '/'])
    };
    let gone = quoted.iter().filter(of_a_file).filter(|word| !names.contains(word));
    wrong.extend(gone.map(|word| format!("{TRUSTED}: names `{word}`, which is not there")));
    wrong
}

/// Numbers of states that a model's tests record and its line of the text lacks.
fn unrecorded(files: &Files) -> Vec<String> {
    let text = files.get(TRUSTED).map_or("", String::as_str).replace(',', "");
    let mut wrong = vec![];
    for (path, source) in files {
        let Some(name) = path.strip_prefix("spec/models/src/") else { continue };
        let model = name.trim_end_matches(".rs").trim_end_matches("/tests");
        let line = text.lines().find(|line| line.starts_with(&format!("| `{model}` |")));
        for states in recorded(source) {
            let number = |word: &str| word == states;
            let line = line.unwrap_or_default();
            if !line.split(|c: char| !c.is_ascii_digit()).any(number) {
                wrong.push(format!("{TRUSTED}: the line of `{model}` lacks its {states} states"));
            }
        }
    }
    wrong
}

/// The last argument of every `holds(model, states);` of a test.
fn recorded(source: &str) -> Vec<&str> {
    let calls = source.split(" holds(").skip(1).filter_map(|rest| rest.split(");").next());
    let last = calls.filter_map(|call| Some(call.rsplit_once(',')?.1.trim()));
    last.filter(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())).collect()
}

#[test]
fn trusted_states_the_bounds_that_the_models_record() {
    let files = tree();
    none(unrecorded(&files));
    let models = files.iter().filter(|(path, _)| path.starts_with("spec/models/src/"));
    assert!(
        models.map(|(_, text)| recorded(text).len()).sum::<usize>() >= 12,
        "no bounds are read"
    );
}

#[test]
fn a_bound_that_trusted_does_not_state_is_found() {
    let test = "    holds(Gather { may, ..gather(&[1, 1], 3) }, 124966);\n".to_owned();
    let mut files = Files::from([("spec/models/src/gather/tests.rs".to_owned(), test)]);
    files.insert(TRUSTED.into(), "| `gather` | 2 workers (124,966) |".into());
    assert_eq!(unrecorded(&files), [""; 0]);
    files.insert(TRUSTED.into(), "| `gather` | 2 workers (124,967) |".into());
    let lacks = "spec/TRUSTED.md: the line of `gather` lacks its 124966 states";
    assert_eq!(unrecorded(&files), [lacks]);
}

#[test]
fn trusted_names_every_proof_query_model_and_set_of_vectors() {
    none(complaints(&tree()));
}

#[test]
fn a_file_that_trusted_does_not_name_is_found() {
    let with = |text: &str| {
        let paths = ["spec/coq/Merge.v", "spec/smt/workers.smt2", "spec/models/src/gather.rs"];
        let others =
            ["spec/models/src/lib.rs", "spec/models/src/gather/tests.rs", "spec/smt/check"];
        let mut files: Files =
            paths.iter().chain(&others).map(|path| (path.to_string(), String::new())).collect();
        files.insert(TRUSTED.into(), text.into());
        complaints(&files)
    };
    assert_eq!(with("`Merge.v`, `workers.smt2`, and `gather` in bounds"), [""; 0]);
    assert_eq!(
        with("`Merge.v` and gather"),
        [
            "spec/TRUSTED.md: does not name `gather`",
            "spec/TRUSTED.md: does not name `workers.smt2`"
        ]
    );
    let stale = with("`Merge.v`, `Gone.v`, `workers.smt2`, `gather`");
    assert_eq!(stale, ["spec/TRUSTED.md: names `Gone.v`, which is not there"]);
}
