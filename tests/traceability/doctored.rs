//! Each complaint, seen on a text with one fault: the tests of the tests.

use std::path::Path;

use oracle::specification::checkout::Files;
use oracle::specification::{Specification, claims};

use crate::{clauses, compiled, definitions, manual, marks};

const GOOD: &str = r#"
    [[clause]]
    id = "plan.gather"
    sentence = "All rows, once."
    group = "plan typing"
    level = "property-tested"
    evidence = ["test: tests/x.rs::rows_come_once"]
"#;

/// The evidence of the good text.
const EVIDENCE: &str = r#"["test: tests/x.rs::rows_come_once"]"#;

const LOCK: &str = r#"
    [[theorem]]
    file = "Plan.v"
    name = "soundness"
    clauses = ["plan.gather"]
    statement = "True"
    assumptions = "closed"
"#;

fn sources() -> Files {
    let files = [
        ("tests/x.rs", "// [plan.gather]\n#[test]\nfn rows_come_once() {}\n"),
        ("spec/theorems.lock", LOCK),
        ("spec/coq/Plan.v", "(*@ plan.gather *)\nTheorem soundness : True."),
        ("spec/smt/sum.smt2", "; expect: unsat\n(check-sat)"),
        ("spec/models/src/queue.rs", "Property::always(\"in_order\", |_| true)"),
    ];
    files.map(|(path, text)| (path.to_owned(), text.to_owned())).into()
}

/// The complaints about clauses over these sources.
fn complaints(toml: &str, files: &Files) -> String {
    let lock = files.get("spec/theorems.lock").map_or("", String::as_str);
    let spec = Specification::parse(toml, "", lock).unwrap_or_else(|error| panic!("{error}"));
    let mut wrong = clauses::complaints(&spec, files);
    wrong.extend(compiled::complaints(&spec, files));
    wrong.join("; ")
}

/// The complaints about the good text with one piece replaced.
fn doctored(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    complaints(&GOOD.replace(from, to), &sources())
}

/// The complaints about the good text over sources of which one is replaced, or taken away.
fn over(path: &str, text: Option<&str>) -> String {
    let mut files = sources();
    files.remove(path).expect("a source");
    files.extend(text.map(|text| (path.to_owned(), text.to_owned())));
    complaints(GOOD, &files)
}

#[test]
fn a_good_text_has_no_complaints() {
    assert_eq!(complaints(GOOD, &sources()), "");
    for (level, evidence) in [
        ("proved", "proof: soundness"),
        ("model-checked", "model: queue::in_order (2 items)"),
        ("solver-checked", "smt: spec/smt/sum.smt2"),
    ] {
        let good =
            GOOD.replace("property-tested", level).replace(EVIDENCE, &format!("[{evidence:?}]"));
        assert_eq!(complaints(&good, &sources()), "");
    }
}

#[test]
fn each_fault_of_a_clause_is_found() {
    for (from, to, complaint) in [
        ("plan.gather", "plan.Gather", "not an id"),
        ("All rows, once.", "", "no sentence"),
        ("plan typing", "", "no group"),
        (EVIDENCE, "[]", "no evidence"),
        (EVIDENCE, "[]", "level property-tested needs evidence of kind test"),
        ("property-tested", "differential", "needs evidence of kind judge or script"),
        ("property-tested", "vector-tested", "needs evidence of kind probe or file"),
        ("property-tested", "reviewed", "needs evidence of kind source or manual or paper"),
        ("property-tested", "proved", "needs evidence of kind proof"),
        ("property-tested", "model-checked", "needs evidence of kind model"),
        ("property-tested", "solver-checked", "needs evidence of kind smt"),
        ("property-tested", "believed", "unknown level"),
    ] {
        let found = doctored(from, to);
        assert!(found.contains(complaint), "{from} -> {to}: {found}");
    }
    assert!(complaints(&GOOD.repeat(2), &sources()).contains("listed twice"));
}

#[test]
fn evidence_that_is_not_there_is_found() {
    for (evidence, complaint) in [
        ("test: tests/x.rs::no_such", "evidence that does not exist"),
        ("test: tests/y.rs::rows_come_once", "evidence that does not exist"),
        ("test: tests/x.rs", "not FILE::FUNCTION"),
        ("proof: soundnes", "proof: soundnes is not in spec/theorems.lock"),
        ("model: queue", "not MODULE::PROPERTY"),
        ("model: stack::in_order", "there is no spec/models/src/stack.rs"),
        ("model: queue::in_any_order", "has no property of this name"),
        ("smt: spec/smt/product.smt2", "there is no spec/smt/product.smt2"),
        ("judge: tests/x.rs", "evidence that does not exist"),
        ("script: spec/coq/Plan.v", "evidence that does not exist"),
        ("file: spec/gone.txt", "evidence that does not exist"),
        ("manual: M99", "evidence that does not exist"),
        ("source: spec/src/gone.rs", "evidence that does not exist"),
        ("probe:  ", "evidence that does not exist"),
        ("rumour: somebody said so", "evidence of an unknown kind"),
    ] {
        let found = doctored(EVIDENCE, &format!("[{evidence:?}]"));
        assert!(found.contains(complaint), "{evidence}: {found}");
    }
}

#[test]
fn a_lock_that_is_missing_or_lies_is_found() {
    let proved =
        GOOD.replace("property-tested", "proved").replace(EVIDENCE, "[\"proof: soundness\"]");
    let over = |path: &str, text: Option<String>| {
        let mut files = sources();
        files.remove(path);
        files.extend(text.map(|text| (path.to_owned(), text)));
        complaints(&proved, &files)
    };
    assert_eq!(over("spec/theorems.lock", Some(LOCK.into())), "");
    assert!(over("spec/theorems.lock", None).contains("there is no spec/theorems.lock"));
    let renamed = LOCK.replace("soundness", "soundness_of_plans");
    assert!(over("spec/theorems.lock", Some(renamed)).contains("was it renamed"));
    assert!(over("spec/coq/Plan.v", None).contains("there is no spec/coq/Plan.v"));
    let misspelt = LOCK.replace("plan.gather", "plan.gone");
    let found = over("spec/theorems.lock", Some(misspelt));
    assert!(found.contains("soundness names unknown clause plan.gone"), "{found}");
}

#[test]
fn a_mark_and_its_clause_that_do_not_answer_each_other_are_found() {
    let proved =
        GOOD.replace("property-tested", "proved").replace(EVIDENCE, "[\"proof: soundness\"]");
    let over = |toml: &str, text: &str| {
        let mut files = sources();
        files.insert("spec/coq/Plan.v".into(), text.into());
        let spec = Specification::parse(toml, "", LOCK).expect("TOML");
        marks::complaints(&spec, &files).join("; ")
    };
    for good in [
        "(*@ plan.gather *)\nTheorem soundness : True.",
        "(*@ plan.gather *)\n\n#[local] Corollary soundness: True.",
    ] {
        assert_eq!(over(&proved, good), "");
    }
    let unanswered = over(GOOD, "(*@ plan.gather *)\nTheorem soundness : True.");
    let said = "spec/coq/Plan.v:1: the mark of soundness names plan.gather, whose evidence";
    assert!(unanswered.contains(said), "{unanswered}");
    for (text, complaint) in [
        ("Theorem soundness : True.", "plan.gather: proof: soundness: the mark over soundness in"),
        ("(*@ plan.gather *)\nTheorem sound : True.", "in spec/coq/Plan.v does not name"),
        ("(*@ plan.gather *)\nTheorem sound : True.", "lacks `proof: sound`"),
        (
            "(*@ plan.gather *)\nLemma soundness : True.",
            "Plan.v:1: this mark stands over no theorem",
        ),
        ("(*@ plan.gather *)", "Plan.v:1: this mark stands over no theorem"),
    ] {
        let found = over(&proved, text);
        assert!(found.contains(complaint), "{text}: {found}");
    }
}

/// A file of proofs, and the lock that `spec/coq/definitions` makes of it.
const PROOFS: &str = "Require Import List. (* of (* nested *) rows. *)\nSection S.\nContext {A : Type} (leb : A -> A -> bool).\n\
    #[local] Obligation Tactic := idtac.\nDefinition le a b := leb a b = true.\nDefinition spare := 1.\n\
    Definition eq_dec : forall x y : nat, {x = y} + {x <> y}.\nProof. decide equality. Defined.\n\
    Lemma le_eq a b : le a b. Proof. { auto. }\nQed.\nNotation \"x .<= y\" := (le x\n  y) (at level 70).\nEnd S.\n";
const DEFINITIONS: &str = r#"
    [[setting]]
    file = "Plan.v"
    text = "Require Import List. Section S. Context {A : Type} (leb : A -> A -> bool). <le> <eq_dec> Notation \"x .<= y\" := (le x y) (at level 70). End S."

    [[definition]]
    file = "Plan.v"
    name = "le"
    clauses = ["plan.gather"]
    text = "Definition le a b := leb a b = true."

    [[definition]]
    file = "Plan.v"
    name = "eq_dec"
    clauses = ["plan.gather"]
    text = "Definition eq_dec : forall x y : nat, {x = y} + {x <> y}. Proof. decide equality. Defined."
"#;

#[test]
fn a_definition_that_says_something_else_is_found() {
    let over = |text: &str, lock: &str| {
        let files = [("spec/coq/Plan.v", text), ("spec/definitions.lock", lock)];
        let files = files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
        definitions::complaints(&files).join("; ")
    };
    assert_eq!(over(PROOFS, DEFINITIONS), "");
    let weakened = "Plan.v: le is not defined as in spec/definitions.lock; theorems of plan.gather";
    let body = "Plan.v: eq_dec is not defined as in";
    let setting = "Plan.v: imports, sections, notations or scopes are not as in";
    for (from, to, complaint) in [
        ("leb a b = true", "True", weakened),
        ("Definition le a b", "Definition less a b", weakened),
        ("decide equality", "right; discriminate", body),
        ("A -> A -> bool", "A -> A -> Prop", setting),
        ("(le x\n", "(le y\n", setting),
        ("Require Import List.", "Require Import List ZArith. Local Open Scope Z_scope.", setting),
        ("Section S.\n", "Section S.\nDefinition le a b := True.\nEnd S.\nSection S.\n", setting),
    ] {
        assert!(PROOFS.contains(from), "{from}");
        let found = over(&PROOFS.replace(from, to), DEFINITIONS);
        assert!(found.contains(complaint) && found.contains("--update"), "{from} -> {to}: {found}");
    }
    for (from, to) in [
        ("spare := 1", "spare := 2"),
        ("{ auto. }", "easy. now."),
        ("nested", "\"Section.\""),
        ("\nSec", "  Sec"),
    ] {
        assert!(PROOFS.contains(from), "{from}");
        assert_eq!(over(&PROOFS.replace(from, to), DEFINITIONS), "", "{from} -> {to}");
    }
    assert!(over("", DEFINITIONS).contains("le is not defined"));
    assert!(over(PROOFS, "").contains(setting), "a file that nobody recorded");
    assert!(
        definitions::complaints(&Files::new())[0].contains("there is no spec/definitions.lock")
    );
}

#[test]
fn a_solver_file_that_expects_nothing_is_found() {
    let solved = GOOD
        .replace("property-tested", "solver-checked")
        .replace(EVIDENCE, "[\"smt: spec/smt/sum.smt2\"]");
    let mut files = sources();
    files.insert("spec/smt/sum.smt2".into(), "(check-sat)".into());
    assert!(complaints(&solved, &files).contains("has no line `; expect: …`"));
}

#[test]
fn a_clause_that_nobody_cites_is_found_and_so_is_a_citation_of_none() {
    let mut silent = sources();
    silent.insert("tests/x.rs".into(), "#[test]\nfn rows_come_once() {}\n".into());
    silent.insert("spec/coq/Plan.v".into(), String::new());
    assert!(complaints(GOOD, &silent).contains("cited by no code and no test"));
    for (path, line) in [
        ("spec/src/plan/gather.rs", "/// Rows. [plan.gone]"),
        ("spec/src/plan/gather.rs", "    refuse(\"plan.gone\", because)"),
        ("spec/src/plan/gather.rs", "let c = clause!(\"plan.gone\");"),
        ("spec/src/plan/gather.rs", "// Rows. [plan.gat_her]"),
        ("spec/coq/Merge.v", "(*@ plan.gone *)"),
        ("spec/coq/Merge.v", "(*@ plan.gather, plan.gone *)"),
        ("spec/coq/Merge.v", "(*@ plam.gather *)"),
        ("spec/smt/product.smt2", "; Clause: [plan.gone]"),
    ] {
        let mut files = sources();
        files.insert(path.into(), line.into());
        let found = complaints(GOOD, &files);
        assert!(found.contains(&format!("{path}:1: unknown clause ")), "{line}: {found}");
    }
}

#[test]
fn a_test_that_does_not_run_is_found() {
    let ignore = ["#[ig", "nore]"].concat();
    for (text, complaint) in [
        ("fn rows_come_once() {}".to_owned(), "is no #[test]"),
        (format!("#[test]\n{ignore}\nfn rows_come_once() {{}}"), "is ignored"),
        (
            "#[cfg(feature = \"slow\")]\n#[test]\nfn rows_come_once() {}".into(),
            "is left out by a cfg",
        ),
        ("// fn rows_come_once() {}".into(), "evidence that does not exist"),
    ] {
        let found = over("tests/x.rs", Some(&format!("// [plan.gather]\n{text}\n")));
        assert!(found.contains(complaint), "{text}: {found}");
    }
    assert!(over("tests/x.rs", None).contains("evidence that does not exist"));
}

#[test]
fn a_test_in_a_file_of_no_target_is_found() {
    let text = "// [plan.gather]\n#[test]\nfn rows_come_once() {}\n";
    let stray = GOOD.replace("tests/x.rs", "spec/src/plan/stray.rs");
    let with = |lib: &str, parent: &str| {
        let mut files = sources();
        files.insert("spec/src/plan/stray.rs".into(), text.into());
        files.insert("spec/src/lib.rs".into(), lib.into());
        files.insert("spec/src/plan/mod.rs".into(), parent.into());
        complaints(&stray, &files)
    };
    assert_eq!(with("pub mod plan;", "#[cfg(test)]\nmod stray;"), "");
    assert_eq!(with("#[path = \"plan/stray.rs\"]\nmod other;", ""), "");
    for (lib, parent) in
        [("pub mod plan;", ""), ("", "mod stray;"), ("pub mod plan;", "// mod stray;")]
    {
        let found = with(lib, parent);
        assert!(found.contains("no test target leads to this file"), "{lib} {parent}: {found}");
    }
}

/// This very binary is newer than its sources, and lists some tests and not others.
#[test]
fn a_test_that_its_binary_does_not_list_is_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = |name: &str| {
        let evidence = format!("[\"test: tests/traceability/doctored.rs::{name}\"]");
        let spec = Specification::parse(&GOOD.replace(EVIDENCE, &evidence), "", "").unwrap();
        let main = "mod doctored;\n".to_owned();
        let mut files = Files::from([("tests/traceability/main.rs".to_owned(), main)]);
        files.insert("tests/traceability/doctored.rs".into(), String::new());
        compiled::listed(&spec, &files, root)
    };
    let known = listed("a_test_that_its_binary_does_not_list_is_found");
    assert_eq!((known.found, known.unbuilt, known.wrong.len()), (1, 0, 0), "{:?}", known.wrong);
    let unknown = listed("nobody_wrote_this");
    assert!(unknown.wrong[0].contains("is in no list of tests that run"), "{:?}", unknown.wrong);
}

/// A map of all statements, the first one as given.
fn map(first: &str) -> String {
    let mut manual = String::new();
    for id in manual::ids() {
        let rest = if id == "M01" { first } else { "clauses = [\"plan.gather\"]" };
        manual.push_str(&format!("[[statement]]\nid = \"{id}\"\n{rest}\n"));
    }
    manual
}

#[test]
fn each_fault_of_the_map_from_the_manual_is_found() {
    let read_only = "[[clause]]\nid = \"plan.read\"\nsentence = \"Read.\"\n";
    let toml = format!("{GOOD}\n{read_only}");
    let wrong = |manual: &str, at_most: usize| {
        let spec = Specification::parse(&toml, manual, "").expect("TOML");
        manual::complaints(&spec, at_most).join("; ")
    };
    let mapped = "clauses = [\"plan.gather\"]";
    let excused = "clauses = [\"plan.read\"]\nuntested = \"not yet\"";
    assert_eq!(wrong(&map(mapped), 0), "");
    assert_eq!(wrong(&map(excused), 1), "");
    for (first, at_most, complaint) in [
        ("clauses = [\"plan.gone\"]", 0, "M01: unknown clause plan.gone"),
        ("", 0, "M01: leads to no clause"),
        ("clauses = [\"plan.read\"]", 0, "M01: no clause of it has a test"),
        (&format!("{mapped}\nuntested = \"not yet\""), 1, "M01: said to be untested, and is not"),
        (excused, 0, "1 statements are untested, recorded are 0"),
        (excused, 2, "1 statements are untested, recorded are 2"),
    ] {
        let found = wrong(&map(first), at_most);
        assert!(found.contains(complaint), "{first}: {found}");
    }
    assert!(wrong(&map(mapped).replace("\"M07\"", "\"M06\""), 0).contains("M07: not listed once"));
    assert_eq!(manual::untested_at_most("# At most:\nuntested_at_most = 3\n"), 3);
}

#[test]
fn a_stale_list_of_claims_is_found() {
    let spec = Specification::parse(GOOD, "", "").expect("TOML");
    let fresh = claims::list(&spec);
    assert_eq!(claims::renewed(&fresh, &spec).as_ref(), Ok(&fresh));
    let raised =
        Specification::parse(&GOOD.replace("property-tested", "proved"), "", "").expect("TOML");
    assert_ne!(claims::renewed(&fresh, &raised).as_ref(), Ok(&fresh));
}
