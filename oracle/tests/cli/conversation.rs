//! Standard input: a conversation.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use super::{Folder, bothways, run, run_with};

#[test]
fn a_statement_is_answered_before_the_next_is_sent() {
    let mut child = bothways()
        .args(["sql", "--format", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = child.stdin.take().unwrap();
    let mut from = BufReader::new(child.stdout.take().unwrap()).lines();
    for (statement, answer) in [
        ("CREATE TABLE t (a int);\n", "\"tag\":\"CREATE TABLE\""),
        ("COPY t FROM STDIN;\n1\n2\n\\.\n", "\"tag\":\"COPY 2\""),
        ("SELECT sum(a)\nFROM t;\n", "\"rows\":[[\"3\"]]"),
        ("SELECT nothing;\n", "\"sqlstate\":\"42703\""),
        ("SELECT 1; ", ""),
        ("SELECT 2;\n", "\"rows\":[[\"1\"]]"),
    ] {
        to.write_all(statement.as_bytes()).unwrap();
        to.flush().unwrap();
        if !answer.is_empty() {
            // This would wait for ever if the answer were held back.
            let line = from.next().unwrap().unwrap();
            assert!(line.contains(answer), "{statement} is answered by {line}");
        }
    }
    drop(to);
    assert!(from.next().unwrap().unwrap().contains("\"rows\":[[\"2\"]]"));
    assert!(from.next().is_none());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_script_goes_on_after_an_error_unless_told_to_stop() {
    let script = "SELECT 1 AS a;\nSELECT 1/0;\nSELECT 2 AS b;\n";
    let went_on = run_with(&["sql", "--format", "csv"], script);
    assert_eq!((went_on.out.as_str(), went_on.code), ("a\n1\nb\n2\n", 1));
    went_on.fails(1, "ERROR:  division by zero\n");
    let stopped = run_with(&["sql", "--format", "csv", "--stop-on-error"], script);
    assert_eq!((stopped.out.as_str(), stopped.code), ("a\n1\n", 1));
    let commands = ["-c", "SELECT nope", "-c", "SELECT 2 AS b"];
    let stop = [["sql", "--stop-on-error"].as_slice(), &commands].concat();
    assert_eq!(run(&stop).out, "");
}

#[test]
fn copy_from_stdin_takes_the_lines_of_the_script() {
    let folder = Folder::new();
    let script = "CREATE TABLE t (a int, b text);\n\
                  COPY t FROM STDIN;\n1\tone\n\\N\tnull\\tand tab\n\\.\n\
                  COPY t (b, a) FROM STDIN WITH (FORMAT csv, HEADER true);\nb,a\n\"x;\"\"y\",2\n\"\",\n\\.\n\
                  SELECT a, b, b IS NULL AS n FROM t;";
    let expected =
        "CREATE TABLE\nCOPY 2\nCOPY 2\na,b,n\n1,one,f\n,null\tand tab,f\n2,\"x;\"\"y\",f\n,,f\n";
    run_with(&["sql", "--format", "csv"], script).prints(expected);
    let file = folder.file("script.sql", script);
    run(&["sql", "--format", "csv", "-f", &file]).prints(expected);
}

#[test]
fn a_bad_line_of_copy_adds_nothing_and_the_script_goes_on() {
    let script =
        "CREATE TABLE t (a int);\nCOPY t FROM STDIN;\n1\ntwo\n\\.\nSELECT count(*) FROM t;\n";
    let copied = run_with(&["sql", "--format", "csv"], script);
    assert_eq!(copied.out, "CREATE TABLE\ncount\n0\n");
    copied.fails(
        1,
        "invalid input syntax for type integer: \"two\"\nDETAIL:  COPY t, line 2, column a",
    );
}

#[test]
fn an_empty_script_says_nothing() {
    run_with(&["sql"], "").prints("");
    run_with(&["sql"], " \n-- only a comment\n;;\n").prints("");
}
