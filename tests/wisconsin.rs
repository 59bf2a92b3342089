//! The Wisconsin tables of PostgreSQL's regression tests, asked seventy questions many ways.
//!
//! The rows are a seeded permutation of our own; with `BOTHWAYS_WISCONSIN` naming a folder with PostgreSQL's own
//! `onek.data` and `tenk.data`, the same questions are asked over these too.

mod ways;

use std::path::Path;

use oracle::dataset::wisconsin;
use oracle::session::{EngineChoice, Session};
use ways::{Ways, server};

/// The questions: one per line, comments begin with `--`.
const QUERIES: &str = include_str!("wisconsin.sql");

fn ask_all(session: Session, test: &str) {
    let mut ways = Ways::new(session, server(test));
    let queries = QUERIES.lines().filter(|line| !line.is_empty() && !line.starts_with("--"));
    queries.for_each(|query| ways.ask(query.trim_end_matches(';')));
    assert!(ways.tally.queries >= 60, "the list has seventy questions");
    ways.report(test);
}

#[test]
fn all_agree_over_rows_of_our_own() {
    spec::clauses!("verdict.meaning", "verdict.schedule");
    let mut session = Session::new(EngineChoice::Both);
    for (name, rows, seed) in [("onek", 1000, 1), ("tenk1", 10_000, 2)] {
        session.database.put(wisconsin::table(name), wisconsin::rows(rows, seed), true);
    }
    ask_all(session, "wisconsin");
}

#[test]
fn all_agree_over_the_rows_of_postgresqls_regression_tests() {
    let test = "wisconsin, PostgreSQL's own rows";
    let Some(folder) = std::env::var_os("BOTHWAYS_WISCONSIN") else {
        return println!("{test}: BOTHWAYS_WISCONSIN names no folder with onek.data and tenk.data");
    };
    let mut session = Session::new(EngineChoice::Both);
    for (name, file) in [("onek", "onek.data"), ("tenk1", "tenk.data")] {
        session.execute_text(&wisconsin::create_table(name)).expect("a new table");
        session.load(name, &Path::new(&folder).join(file)).expect("rows of COPY text");
    }
    ask_all(session, test);
}
