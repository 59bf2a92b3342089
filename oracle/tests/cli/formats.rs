//! Formats, byte for byte: the first three are what psql prints.

use super::{run, sql};

const SAMPLE: &str = "SELECT * FROM (VALUES (1, 'é, \"x\"', 1.50, true), (-20, NULL, NULL, false), \
                      (NULL, E'two\\nlines', 0.1, NULL)) AS v(id, label, price, ok)";

#[test]
fn aligned_is_what_psql_prints() {
    sql("aligned", SAMPLE).prints(
        " id  | label  | price | ok \n\
         -----+--------+-------+----\n\
         \x20  1 | é, \"x\" |  1.50 | t\n\
         \x20-20 |        |       | f\n\
         \x20    | two   +|   0.1 | \n\
         \x20    | lines  |       | \n\
         (3 rows)\n\n",
    );
}

#[test]
fn unaligned_is_what_psql_prints_with_a() {
    sql("unaligned", SAMPLE)
        .prints("id|label|price|ok\n1|é, \"x\"|1.50|t\n-20|||f\n|two\nlines|0.1|\n(3 rows)\n");
}

#[test]
fn csv_is_what_psql_prints_with_csv() {
    sql("csv", SAMPLE)
        .prints("id,label,price,ok\n1,\"é, \"\"x\"\"\",1.50,t\n-20,,,f\n,\"two\nlines\",0.1,\n");
}

/// The line without the time it took, which is another one every time.
fn timeless(line: &str) -> String {
    let Some((before, after)) = line.split_once(",\"elapsed_ms\":") else { return line.into() };
    let digits = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    assert_ne!(after, digits, "{line}");
    format!("{before}{digits}")
}

#[test]
fn jsonl_is_one_object_a_statement() {
    let script = [
        "SELECT 1::bigint AS x, NULL::text AS y",
        "CREATE TABLE t (a int)",
        "INSERT INTO t VALUES (1), (2)",
        "SELECT y FROM t",
        "SELECT 'a\"b' AS q",
    ];
    let commands = script.iter().flat_map(|statement| ["-c", statement]);
    let arguments: Vec<&str> = ["sql", "--format", "jsonl"].into_iter().chain(commands).collect();
    let answered = run(&arguments);
    let lines: Vec<String> = answered.out.lines().map(timeless).collect();
    let expected = [
        r#"{"statement":1,"sql":"SELECT 1::bigint AS x, NULL::text AS y","ok":true,"tag":"SELECT 1","columns":[{"name":"x","type":"bigint"},{"name":"y","type":"text"}],"rows":[["1",null]]}"#,
        r#"{"statement":2,"sql":"CREATE TABLE t (a int)","ok":true,"tag":"CREATE TABLE"}"#,
        r#"{"statement":3,"sql":"INSERT INTO t VALUES (1), (2)","ok":true,"tag":"INSERT 0 2"}"#,
        r#"{"statement":4,"sql":"SELECT y FROM t","ok":false,"sqlstate":"42703","message":"column \"y\" does not exist","position":8}"#,
        r#"{"statement":5,"sql":"SELECT 'a\"b' AS q","ok":true,"tag":"SELECT 1","columns":[{"name":"q","type":"text"}],"rows":[["a\"b"]]}"#,
    ];
    assert_eq!(lines, expected);
    assert_eq!((answered.code, answered.err.as_str()), (1, ""));
}

#[test]
fn with_both_engines_every_answer_has_a_verdict() {
    let both =
        |format, statement| run(&["sql", "--engine", "both", "--format", format, "-c", statement]);
    let query = "SELECT x % 3 AS k, sum(x) FROM generate_series(1, 9) AS t(x) GROUP BY x % 3";
    let judged = both("jsonl", query);
    assert!(judged.out.contains(r#""verdict":"agree""#), "{}", judged.out);
    assert_eq!(judged.code, 0);
    assert!(both("aligned", query).out.ends_with("(3 rows)\n\n-- both ways: agree\n"));
    let alone = sql("jsonl", query);
    assert!(!alone.out.contains("verdict"), "{}", alone.out);
    let table = both("jsonl", "CREATE TABLE t (a int)");
    assert!(!table.out.contains("verdict"), "{}", table.out);
}
