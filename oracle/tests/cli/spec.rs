//! `bothways spec`: clauses, the table, the book, README's list, and what is wrong with any of them.

use std::fs;
use std::process::Command;

use super::{Folder, bothways, run};

#[test]
fn a_clause_is_shown_with_its_evidence_and_who_cites_it() {
    let shown = run(&["spec", "plan.gather"]);
    assert_eq!((shown.code, shown.err.as_str()), (0, ""));
    assert!(shown.out.starts_with("plan.gather\n  Gather takes "), "{}", shown.out);
    for line in ["\nlevel     ", "\ngroup     plan typing\n", "\nevidence  ", "\nmanual    M02: "] {
        assert!(shown.out.contains(line), "{line} is not in\n{}", shown.out);
    }
    assert!(shown.out.contains("spec/src/plan/gather.rs:"), "{}", shown.out);
}

#[test]
fn outside_a_checkout_nobody_knows_who_cites() {
    let folder = Folder::new();
    let output = bothways().args(["spec", "plan.gather"]).current_dir(&folder.0).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.ends_with("cited     known inside a checkout only\n"), "{out}");
}

#[test]
fn an_unknown_clause_names_the_nearest() {
    let typed = ["plan.ga", "hter"].concat();
    run(&["spec", &typed]).fails(2, &format!("there is no clause `{typed}`; nearest: plan.gather"));
    run(&["spec", "plan.hash-"]).fails(2, "nearest: plan.hash-join");
    run(&["spec", ""]).fails(2, "there is no clause ``");
}

#[test]
fn the_table_has_a_line_for_each_clause() {
    let table = run(&["spec", "--table"]);
    assert_eq!((table.code, table.err.as_str()), (0, ""));
    let lines: Vec<&str> = table.out.lines().collect();
    assert_eq!(lines.len(), ::spec::clause::IDS.len() + 1);
    assert!(lines[0].starts_with("clause ") && lines[0].ends_with("  cited"), "{}", lines[0]);
    assert!(lines.iter().any(|line| line.starts_with("plan.gather ")));
}

#[test]
fn json_is_one_document() {
    let table = run(&["spec", "--table", "--format", "json"]).out;
    let table: serde_json::Value = serde_json::from_str(&table).expect("JSON");
    assert_eq!(table.as_array().expect("a list").len(), ::spec::clause::IDS.len());
    assert!(table[0]["cited"].as_u64().expect("a number, in a checkout") > 0);
    let clause = run(&["spec", "plan.gather", "--format", "json"]).out;
    let clause: serde_json::Value = serde_json::from_str(&clause).expect("JSON");
    assert_eq!(clause["id"], "plan.gather");
    assert!(clause["evidence"].as_array().is_some_and(|evidence| !evidence.is_empty()));
    let levels: serde_json::Value =
        serde_json::from_str(&run(&["spec", "--format", "json"]).out).expect("JSON");
    let total: u64 = levels.as_object().expect("levels").values().filter_map(|n| n.as_u64()).sum();
    assert_eq!(total, ::spec::clause::IDS.len() as u64);
}

#[test]
fn without_arguments_the_levels_are_counted() {
    let shown = run(&["spec"]);
    assert_eq!(shown.code, 0);
    assert!(shown.out.contains("  proved\n") && shown.out.contains("bothways spec ID"));
}

#[test]
fn the_book_is_written_where_it_may_be() {
    let folder = Folder::new();
    let book = folder.0.join("deep/book");
    let written = run(&["spec", "--book", book.to_str().unwrap()]);
    assert_eq!((written.code, written.err.as_str()), (0, ""));
    let read = |name: &str| fs::read_to_string(book.join(name)).expect("a file of the book");
    assert!(read("book.toml").contains("title = "));
    assert!(read("src/SUMMARY.md").contains("- [Plan typing](plan-typing.md)"));
    assert!(read("src/plan-typing.md").contains("<a id=\"plan.gather\"></a>"));
    assert!(read("src/rules.md").contains('⊢') && read("src/theorems.md").contains("```coq"));
    let file = folder.file("occupied", "");
    run(&["spec", "--book", &file]).fails(2, &format!("could not write {file}"));
}

#[test]
fn readme_gets_its_list_between_its_marks() {
    let folder = Folder::new();
    let bare = folder.file("bare.md", "# Tour\n");
    run(&["spec", "--readme", &bare]).fails(2, "there is no line `<!-- claims");
    let marked =
        folder.file("marked.md", "# Tour\n<!-- claims: -->\nold\n<!-- end of claims -->\nrest\n");
    run(&["spec", "--readme", &marked]).prints(&format!("{marked} is up to date now\n"));
    run(&["spec", "--readme", &marked]).prints(&format!("{marked} was up to date\n"));
    let text = fs::read_to_string(&marked).unwrap();
    assert!(text.contains("| proved | ") && text.ends_with("-->\nrest\n"), "{text}");
    run(&["spec", "--readme", "no/such/file"]).fails(2, "no/such/file");
}

#[test]
fn citations_of_tests_that_did_not_run_are_listed() {
    let folder = Folder::new();
    let nothing = folder.file("cited", "");
    let compared = run(&["spec", "--cited", &nothing]);
    assert_eq!(compared.code, 1, "{}", compared.err);
    assert!(
        compared.out.contains(": cites law.unit, and did not run so far\n"),
        "{}",
        compared.out
    );
    let everything: String = compared
        .out
        .lines()
        .filter_map(|line| line.split_once(": cites ")?.1.split_once(',').map(|(id, _)| (line, id)))
        .map(|(line, id)| format!("{} {id}\n", line.split_once(": cites ").unwrap().0))
        .collect();
    let compared = run(&["spec", "--cited", &folder.file("all", everything)]);
    assert!(
        compared.out.ends_with(" citations of tests, 0 of them did not run\n"),
        "{}",
        compared.out
    );
    assert_eq!(compared.code, 0);
    let elsewhere = Command::new(env!("CARGO_BIN_EXE_bothways"))
        .args(["spec", "--cited", &nothing])
        .current_dir(&folder.0)
        .output()
        .unwrap();
    assert_eq!(elsewhere.status.code(), Some(2));
}

#[test]
fn one_thing_is_asked_at_a_time() {
    run(&["spec", "plan.gather", "--table"]).fails(2, "cannot be used with");
    run(&["spec", "--format", "yaml", "--table"]).fails(2, "invalid value 'yaml'");
}
