//! Scripts: statements with PostgreSQL's answers, and every engine must give the same.
//!
//! The expected results are PostgreSQL's own text; nobody writes them by hand and none of our engines ever does:
//! `BOTHWAYS_SCRIPTS=write cargo test --test scripts` lets a live server write them again.

mod engines;
mod script;

use std::cell::RefCell;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::rc::Rc;

use oracle::engine::postgres::Mode;
use oracle::verdict::ReallyChecked;

use engines::{Asked, Live, Ours, Scheduled};
use script::{Answer, Record};

/// Every script by name, in the order of their names.
fn scripts() -> Vec<(String, PathBuf)> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/slt"));
    let paths = fs::read_dir(folder).expect("the folder of scripts").flatten().map(|e| e.path());
    let mut scripts: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "slt"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path))
        .collect();
    scripts.sort();
    scripts
}

/// Runs every script on engines made anew for each; counts answers, reports all differences at once.
fn run_all<E: Asked>(mut fresh: impl FnMut() -> E) {
    let (mut answered, mut left_out, mut wrong) = (0, 0, Vec::new());
    for (name, path) in scripts() {
        let mut engine = fresh();
        for record in script::parse(&fs::read_to_string(path).expect("a readable script")) {
            if !record.is_for(engine.label()) {
                left_out += 1;
                let known = record.is_query
                    && engine.tells_what_is_known()
                    && answer(&mut engine, &record).is_some_and(|found| fits(&record, &found));
                if known {
                    let Record { line, sql, .. } = &record;
                    let told = "answered as PostgreSQL does: remove its condition";
                    wrong.push(format!("{name}:{line}: {sql}\n  {told}"));
                }
                continue;
            }
            answered += 1;
            let found = answer(&mut engine, &record);
            if found.as_ref().is_none_or(|found| !fits(&record, found)) {
                let Record { line, sql, expected, .. } = &record;
                let found = found.map_or("a panic".to_owned(), |found| format!("{found:?}"));
                wrong.push(format!(
                    "{name}:{line}: {sql}\n  expected {expected:?}\n  found    {found}"
                ));
            }
        }
        wrong.extend(engine.findings().into_iter().map(|finding| format!("{name}: {finding}")));
    }
    println!("scripts: {answered} records answered, {left_out} left out by condition");
    assert!(answered > 0, "there are scripts");
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// The answer, `None` after a panic.
fn answer(engine: &mut impl Asked, record: &Record) -> Option<Answer> {
    catch_unwind(AssertUnwindSafe(|| engine.answer(record))).ok()
}

/// Whether an answer is the expected one.
fn fits(record: &Record, found: &Answer) -> bool {
    match (&record.expected, found) {
        (Answer::Rows(..), Answer::Rows(..)) if !record.is_query => true,
        (expected, found) if record.sorted => expected.clone().sorted() == found.clone().sorted(),
        (expected, found) => expected == found,
    }
}

#[test]
fn the_reference_engine_answers_as_postgresql() {
    spec::clauses!("rel.node", "expr.eval");
    spec::clauses!("rel.transaction", "rel.setting", "rel.view", "rel.cursor");
    spec::clauses!("rel.update", "rel.update.unique", "rel.delete", "rel.returning");
    spec::clauses!("rel.prepare", "rel.parameter");
    run_all(Ours::reference);
}

#[test]
fn the_parallel_engine_answers_as_postgresql_without_workers() {
    spec::clauses!("plan.type");
    run_all(Ours::serial);
}

#[test]
fn the_parallel_engine_answers_as_postgresql_under_every_schedule() {
    spec::clauses!("verdict.schedule", "verdict.meaning");
    let checked = Rc::new(RefCell::new(ReallyChecked::default()));
    run_all(|| Scheduled::new(&checked));
    let checked = checked.borrow();
    println!("scripts under schedules: {checked:?}");
    assert!(checked.two_participants > 0 && checked.combine_of_two > 0, "workers took part");
}

#[test]
fn a_live_postgresql_answers_as_the_scripts_say() {
    let Some(server) = engines::server("scripts") else { return };
    spec::clauses!("verdict.live");
    if std::env::var_os("BOTHWAYS_SCRIPTS").is_some_and(|what| what == "write") {
        return write(&mut Live::new(&server, Mode::Serial));
    }
    for mode in [Mode::Serial, Mode::Forced] {
        run_all(|| Live::new(&server, mode));
    }
}

/// Lets a server write the expected results.
fn write(live: &mut Live<'_>) {
    for (_, path) in scripts() {
        live.clear();
        let text = fs::read_to_string(&path).expect("a readable script");
        let mut records = script::parse(&text);
        for record in &mut records {
            let found = live.answer(record);
            record.expected = if record.sorted { found.sorted() } else { found };
            record.sorted &= matches!(&record.expected, Answer::Rows(_, rows) if rows.len() > 1);
        }
        fs::write(path, script::print(&records)).expect("a script that can be written");
    }
}
