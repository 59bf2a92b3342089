//! Files of the user: CSV, COPY text, setup scripts; and what may be wrong with them.

use super::{Folder, Run, run};

/// Loads `text` as the file `name` into `t` after this setup, and asks for the rows.
fn load(setup: &str, name: &str, text: impl AsRef<[u8]>) -> Run {
    let folder = Folder::new();
    let setup = folder.file("setup.sql", setup);
    let load = format!("t={}", folder.file(name, text));
    let query = "SELECT * FROM t";
    run(&["sql", "--format", "csv", "--setup", &setup, "--load", &load, "-c", query])
}

#[test]
fn the_types_of_csv_are_inferred() {
    let folder = Folder::new();
    let text = "i,big,n,f,d,ts,code,empty,word\n\
                1,5000000000,1.50,true,2000-02-29,2000-02-29 12:00:00,007,,a\n\
                -2,1,3,false,1999-01-01,1999-01-01 00:00:00,1,,\"b,c\"\n";
    let load = format!("t={}", folder.file("rows.csv", text));
    let loaded = run(&["sql", "--format", "jsonl", "--load", &load, "-c", "SELECT * FROM t"]);
    let types = ["integer", "bigint", "numeric", "boolean", "date", "timestamp without time zone"];
    for (name, ty) in ["i", "big", "n", "f", "d", "ts"].into_iter().zip(types) {
        let column = format!(r#"{{"name":"{name}","type":"{ty}"}}"#);
        assert!(loaded.out.contains(&column), "{column} is not in {}", loaded.out);
    }
    for name in ["code", "empty", "word"] {
        assert!(loaded.out.contains(&format!(r#"{{"name":"{name}","type":"text"}}"#)));
    }
    assert!(loaded.out.contains(r#""007",null,"a""#), "{}", loaded.out);
}

#[test]
fn a_table_of_the_setup_gives_the_types_and_the_header_the_order() {
    let table = "CREATE TABLE t (a smallint, b numeric(6,1));";
    load(table, "t.csv", "b,a\n1.25,7\n,\n").prints("a,b\n7,1.3\n,\n");
    load(table, "t.tsv", "7\t1.25\n\\N\t\\N\n").prints("a,b\n7,1.3\n,\n");
    load(table, "t.data", "7\t1.25\n\\.\n").prints("a,b\n7,1.3\n");
    load("", "t.csv", "\u{feff}a\r\n\"x\r\ny\"\r\n\"\"\r\n").prints("a\n\"x\r\ny\"\n\n");
}

#[test]
fn malformed_rows_are_refused_with_line_and_column() {
    let table = "CREATE TABLE t (a int, b text);";
    for (name, text, state, message, place) in [
        ("t.csv", "a,b\n1,x\nq,y\n", "22P02", "integer: \"q\"", "line 3, column a: \"q\""),
        ("t.csv", "a,b\n1,x\n2,y,z\n", "22P04", "extra data after last", "line 3: \"2,y,z\""),
        ("t.csv", "a,b\n1,x\n2\n", "22P04", "missing data for column \"b\"", "line 3: \"2\""),
        ("t.csv", "a,b\n1,\"x\n2,y\n", "22P04", "unterminated CSV quoted field", "line 3: \"1,"),
        ("t.csv", "a,b\n99999999999,x\n", "22003", "out of range for type integer", "column a"),
        ("t.csv", "a,c\n1,x\n", "42703", "column \"c\" of relation \"t\"", "line 1"),
        ("t.csv", "", "22P04", "the file is empty", "COPY t, line 1"),
        ("t.tsv", "1\tx\nq\ty\n", "22P02", "integer: \"q\"", "line 2, column a: \"q\""),
        ("t.tsv", "1\n", "22P04", "missing data for column \"b\"", "line 1: \"1\""),
        ("t.tsv", "1\tx\ty\n", "22P04", "extra data after last", "line 1"),
        ("t.tsv", "1\tx\\\n", "22P04", "lone backslash", "line 1"),
    ] {
        let loaded = load(table, name, text);
        assert_eq!(loaded.out, "", "{text:?}");
        loaded.fails(2, &format!("ERROR:  {state}: "));
        loaded.fails(2, message);
        loaded.fails(2, place);
    }
    load("", "t.csv", b"a\n\xff\xfe\n").fails(2, "22021: invalid byte sequence");
    load(table, "t.tsv", b"1\t\xff\n").fails(2, "22021: invalid byte sequence");
    load("", "t.csv", "a,a\n1,2\n").fails(2, "42701: column \"a\" specified more than once");
}

#[test]
fn files_that_are_not_there_are_named() {
    let query = ["-c", "SELECT 1"];
    for (arguments, said) in [
        (["sql", "--load", "t=no/such.csv"], "58P01: could not open file \"no/such.csv\""),
        (["sql", "--setup", "no/such.sql"], "58P01: could not read file \"no/such.sql\""),
        (["explain", "--load", "t=no/such.csv"], "58P01: could not open file \"no/such.csv\""),
        (["check", "--load", "t=no/such.csv"], "58P01: could not open file \"no/such.csv\""),
        (["sql", "--load", "t=/"], "42809: \"/\" is a directory"),
        (["sql", "--load", "t.csv"], "expected TABLE=FILE"),
        (["sql", "--load", "t=no.tsv"], "42P01: relation \"t\" does not exist"),
    ] {
        run(&[arguments.as_slice(), &query].concat()).fails(2, said);
    }
    run(&["sql", "-f", "no/such.sql"]).fails(2, "58P01: could not read file \"no/such.sql\"");
    run(&["replay", "no/such.case"]).fails(2, "58P01: could not read file \"no/such.case\"");
    load("CREATE TABEL t (a int);", "t.csv", "a\n").fails(2, "setup.sql: ERROR:  42601: ");
}

#[test]
fn a_setup_may_have_the_rows_of_copy_between_its_statements() {
    let folder = Folder::new();
    let script =
        "CREATE TABLE t (a int);\nCOPY t FROM STDIN;\n1\n2\n\\.\nINSERT INTO t VALUES (3);\n";
    let setup = folder.file("setup.sql", script);
    run(&["sql", "--format", "csv", "--setup", &setup, "-c", "SELECT sum(a) FROM t"])
        .prints("sum\n6\n");
}
