//! Exit codes and reports of the commands that judge.

use std::fs;

use super::{Folder, found, run, run_with, sql};

#[test]
fn a_campaign_without_a_terminal_is_quiet_and_agrees() {
    let campaign = run(&["check", "--cases", "30", "--seed", "3", "--jobs", "1"]);
    assert_eq!(campaign.code, 0, "{}", campaign.err);
    assert_eq!(campaign.err.lines().count(), 1, "{}", campaign.err);
    assert!(campaign.err.contains("seed 3, 30 cases"), "{}", campaign.err);
    for said in ["verdicts over 30 cases", "violations ", "really checked", "seed 3 "] {
        assert!(campaign.out.contains(said), "{said} is not in {}", campaign.out);
    }
    let json = run(&["check", "--cases", "5", "--format", "json"]);
    assert!(json.out.starts_with('{') && json.out.trim_end().ends_with('}'), "{}", json.out);
}

#[test]
fn no_case_at_all_decides_nothing() {
    assert_eq!(run(&["check", "--cases", "0"]).code, 3);
}

#[test]
fn one_query_is_judged_on_the_users_rows() {
    let folder = Folder::new();
    let load = format!("t={}", folder.file("rows.csv", "k,v\na,1\nb,2\na,3\n"));
    let judge = |sql| run(&["check", "--load", &load, "-c", sql]);
    let judged = judge("SELECT k, sum(v) FROM t GROUP BY k");
    assert_eq!((judged.code, judged.err.as_str()), (0, ""));
    for said in ["reference", "2 rows", "parallel engine, serial", "agree", "really checked"] {
        assert!(judged.out.contains(said), "{said} is not in {}", judged.out);
    }
    assert_eq!(judge("SELECT 1 / (v - 2) FROM t").code, 0, "both give the same error");
    assert_eq!(run(&["check", "--load", &load, "-c", "SELECT random() FROM t"]).code, 5);
}

#[test]
fn a_found_case_is_replayed_and_printed_for_psql() {
    let case = found("null-only-group.case");
    let replayed = run(&["replay", &case]);
    assert_eq!((replayed.code, replayed.err.as_str()), (0, ""));
    assert!(replayed.out.ends_with("agree\n"), "{}", replayed.out);
    let script = run(&["replay", "--psql", &case]).out;
    assert!(script.contains("COPY t FROM STDIN;\na\t\\N\n"), "{script}");
    let bytes = Folder::new();
    let file = bytes.file("input", [7; 40]);
    let meant = run(&["replay", "--from-fuzz", "query_both_ways", &file]);
    assert!(meant.out.contains("--- sql\nSELECT"), "{}", meant.out);
    assert_eq!(meant.code, 0, "{}", meant.err);
}

#[test]
fn a_case_outside_the_subset_decides_nothing() {
    let folder = Folder::new();
    let case = fs::read_to_string(found("null-only-group.case")).unwrap();
    let case = case.replace("count(v)", "count(v) OVER ()");
    let replayed = run(&["replay", &folder.file("outside.case", case)]);
    assert_eq!(replayed.code, 3, "{}", replayed.out);
    assert!(replayed.out.contains("unable: not supported yet"), "{}", replayed.out);
}

#[test]
fn plans_are_shown_in_postgresqls_words() {
    let plans = run(&["explain", "--no-costs", "-c", "SELECT count(*) FROM generate_series(1, 9)"]);
    assert_eq!((plans.code, plans.err.as_str()), (0, ""));
    assert!(plans.out.contains("Aggregate\n"), "{}", plans.out);
    assert!(plans.out.contains("->  Function Scan on generate_series\n"), "{}", plans.out);
    let explained = sql("unaligned", "EXPLAIN (COSTS OFF) SELECT 1");
    explained.prints("QUERY PLAN\nResult\n(1 row)\n");
}

/// A plan in JSON, as psql prints it aligned.
fn plan_of_a_count(parallel: bool) -> String {
    format!(
        r#"                 QUERY PLAN
-----------------------------------------
 [                                      +
   {{"Plan": {{"Node Type": "Gather",     +
     "Workers Planned": 2,              +
     "Output": ["a"], "Plans": [        +
       {{"Node Type": "Seq Scan",        +
        "Parallel Aware": {parallel},         +
        "Output": ["a"]}}]}}}}             +
 ]
(1 row)
"#
    )
}

#[test]
fn a_plan_of_a_server_is_accepted_refused_or_unknown() {
    let typed = |plan: &str| run_with(&["explain", "--typed", "-"], plan);
    let accepted = typed(&plan_of_a_count(true));
    accepted
        .prints("Gather > Parallel Seq Scan\naccepted: whoever runs it, every row comes once\n");
    let refused = typed(&plan_of_a_count(false));
    assert_eq!((refused.code, refused.err.as_str()), (1, ""));
    assert!(refused.out.contains("refused [plan.gather.replicated]"), "{}", refused.out);
    let unknown = typed(&plan_of_a_count(true).replace("Seq Scan", "Foreign Scan"));
    assert_eq!(unknown.code, 3);
    assert!(unknown.out.ends_with("unknown: the node Foreign Scan (at 0)\n"), "{}", unknown.out);
    typed("Seq Scan on t").fails(2, "this is no plan in JSON");
    typed(&plan_of_a_count(true).replace("Output", "Put")).fails(2, "without VERBOSE");
    run(&["explain", "--typed", "no/such.json"]).fails(2, "No such file or directory");
}

#[test]
fn the_doctor_says_what_is_there() {
    let doctor = run(&["doctor"]);
    assert_eq!((doctor.code, doctor.err.as_str()), (0, ""));
    for said in ["bothways ", "cores ", "PostgreSQL ", "--pg temp ", "PGHOST ", "Coq oracle "] {
        assert!(doctor.out.lines().any(|line| line.starts_with(said)), "{said}: {}", doctor.out);
    }
}

#[test]
fn no_server_at_an_address_is_told_apart() {
    let asked = run(&["check", "--dsn", "host=/nonexistent", "-c", "SELECT 1"]);
    assert_eq!(asked.code, 4, "{}", asked.err);
    assert!(asked.err.starts_with("error: "), "{}", asked.err);
}

#[test]
fn a_folder_for_findings_that_cannot_be_made_is_said_before_the_campaign() {
    let folder = Folder::new();
    let file = folder.file("file", "not a folder");
    let found = format!("{file}/found");
    run(&["check", "--cases", "1000000", "--found", &found]).fails(2, "could not write");
}
