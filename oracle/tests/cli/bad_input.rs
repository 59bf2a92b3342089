//! Wrong statements, settings, cases, pipes and folders: a message for people, a documented exit code.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use super::{Folder, bothways, found, run, sql};

#[test]
fn wrong_names_and_types_are_said_as_postgresql_says_them() {
    for (statement, state, message) in [
        ("SELECT 1 FROM nowhere", "42P01", "relation \"nowhere\" does not exist"),
        ("SELECT y FROM (VALUES (1)) AS v(x)", "42703", "column \"y\" does not exist"),
        ("SELECT nofun(1, 'a')", "42883", "function nofun(integer, unknown) does not exist"),
        ("SELECT a FROM (VALUES (1)) v(a), (VALUES (2)) w(a)", "42702", "\"a\" is ambiguous"),
        ("SELECT true + 1", "42883", "operator does not exist: boolean + integer"),
        ("SELECT 1 WHERE 2", "42804", "argument of WHERE must be type boolean, not type integer"),
        ("SELECT 1 UNION SELECT date '2000-01-01'", "42804", "cannot be matched"),
        ("SELECT 1 + 'x'", "22P02", "invalid input syntax for type integer: \"x\""),
        (
            "SELECT a FROM (VALUES (1, 2)) v(a, b) GROUP BY b",
            "42803",
            "must appear in the GROUP BY",
        ),
        ("SELECT", "", ""),
        ("SELEC 1", "42601", "syntax error at or near \"SELEC\""),
        ("SELECT 'x", "42601", "unterminated quoted string"),
        ("SELECT rank() OVER ()", "0A000", "not supported yet"),
    ] {
        if state.is_empty() {
            assert_eq!(sql("csv", statement).code, 0);
            continue;
        }
        let json = sql("jsonl", statement);
        assert!(json.out.contains(&format!("\"sqlstate\":\"{state}\"")), "{}", json.out);
        let said = sql("aligned", statement);
        assert_eq!(said.out, "");
        said.fails(1, "ERROR:  ");
        said.fails(1, message);
        said.fails(1, "LINE 1: ");
    }
}

#[test]
fn the_place_of_an_error_is_shown_with_a_caret() {
    let said = sql("aligned", "SELECT 1,\n  nofun(2)");
    assert!(said.err.starts_with(
        "ERROR:  function nofun(integer) does not exist\nLINE 2:   nofun(2)\n          ^\n"
    ));
}

#[test]
fn a_function_without_a_match_comes_with_its_candidates() {
    let said = sql("aligned", "SELECT bool_and(1)");
    said.fails(1, "DETAIL:  The functions of this name are bool_and(boolean).\nHINT:  No function");
    let said = sql("aligned", "SELECT lower(1, 2)");
    said.fails(1, "DETAIL:  The functions of this name are lower(text).\n");
}

#[test]
fn commands_that_judge_stop_before_judging() {
    for command in ["check", "explain"] {
        let fails = |sql, code, said| run(&[command, "-c", sql]).fails(code, said);
        fails("SELECT 1 FROM nowhere", 2, "42P01: relation \"nowhere\" does not exist");
        fails("SELECT rank() OVER ()", 5, "0A000: not supported yet");
        fails("SELEC", 2, "42601: syntax error");
    }
    run(&["check", "-c", "CREATE TABLE t (a int)"]).fails(2, "only a query can be judged");
}

#[test]
fn wrong_arguments_are_usage() {
    for (arguments, said) in [
        (&["sql", "--set", "no_such=1", "-c", "SELECT 1"][..], "42704: unrecognized configuration"),
        (&["sql", "--set", "parallel_setup_cost=x", "-c", "SELECT 1"], "22023: invalid value"),
        (&["sql", "--set", "enable_sort", "-c", "SELECT 1"], "expected NAME=VALUE"),
        (&["sql", "--threads", "0"], "--threads"),
        (&["sql", "--engine", "other"], "possible values: reference, parallel, both"),
        (&["check", "--time", "5x"], "unknown unit \"x\": s, m or h"),
        (&["check", "-c", "SELECT 1", "-f", "x.sql"], "cannot be used with"),
        (&["explain"], "required"),
        (&["replay"], "required"),
        (&["chek"], "a similar subcommand exists: 'check'"),
    ] {
        run(arguments).fails(2, said);
    }
}

#[test]
fn a_case_that_is_truncated_or_foreign_is_refused() {
    let folder = Folder::new();
    let whole = fs::read_to_string(found("null-only-group.case")).unwrap();
    let replay = |name: &str, text: &str, said: &str| {
        run(&["replay", &folder.file(name, text)]).fails(2, said);
    };
    let before_end = whole.find("--- end").unwrap();
    replay("cut.case", &whole[..before_end], "the case file is truncated");
    replay("cut-row.case", &whole[..before_end - 4], "line ");
    replay("foreign.case", "a,b\n1,2\n", "line 1: this is not the header of a case file");
    replay("newer.case", &whole.replace("version = 1", "version = 99"), "version 99");
    replay("kind.case", &whole.replace("\"query\"", "\"dance\""), "kind \"dance\"");
    replay("row.case", &whole.replace("b\t-1", "b\tminus one"), "invalid input syntax");
    replay("fields.case", &whole.replace("b\t-1", "b"), "1 fields instead of 2");
    replay("set.case", &whole.replace("parallel_setup_cost", "paralel_setup_cost"), "paralel");
    replay("empty.case", "", "this is not the header of a case file");
    let bytes = folder.0.join("bytes.case");
    fs::write(&bytes, [0xff, 0xfe, 0]).unwrap();
    run(&["replay", bytes.to_str().unwrap()]).fails(2, "it is not UTF-8 text");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = bothways()
        .args(["sql", "-c", "SELECT x FROM generate_series(1, 100000) AS t(x)"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 16];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut first).unwrap();
    drop(out);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    assert_eq!(ended.status.code(), Some(0));
}

#[test]
fn a_full_disk_is_said() {
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let output = bothways().args(["sql", "-c", "SELECT 1"]).stdout(full).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("could not write"), "{said}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn lint_names_what_it_cannot_find_and_writes_to_no_server_of_others() {
    run(&["lint", "--setup", "x.sql", "--pg", "env"]).fails(2, "--setup needs --pg temp");
    run(&["lint", "--dsn", "host=/nonexistent"]).fails(4, "cannot connect to PostgreSQL");
    let asked = run(&["lint", "summ(int)", "--pg", "temp"]);
    if asked.code == 4 {
        println!("lint: without a live PostgreSQL: {}", asked.err);
        return;
    }
    asked.fails(2, "aggregate summ(int) does not exist; of a similar name are:\n  pg_catalog.sum(");
    run(&["lint", "sum", "--pg", "temp"]).fails(2, "aggregate sum is ambiguous; it could be:");
    run(&["lint", "--schema", "nope", "--pg", "temp"]).fails(2, "schema \"nope\" does not exist");
}
