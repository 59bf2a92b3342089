//! PostgreSQL's own aggregates under the laws: the table in `oracle/src/live/BUILTINS.md` is what the check finds. [law.split]
//!
//! ```text
//! each run                          every name of the server stands in the table; a sample of rows is found again
//! BUILTINS=write cargo test …       all rows are found again and written, for the server that runs
//! BUILTINS=sum cargo test …         those of one name
//! ```
//!
//! The table of 15 is whole; that of a newer version says what differs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Instant;

use oracle::engine::postgres::aggregates::{self, Aggregate, Kind, Selection};
use oracle::live::report::{Finding, Tier};
use oracle::live::{Law, Report, Scratch, Standing, Verdict, values};

use super::{reports, shared};

/// Where the table stands.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/oracle/src/live/BUILTINS.md");
/// The version whose table is whole.
const FIRST: u32 = 15;
/// A test run asks about each aggregate at such a distance.
const EACH: usize = 29;

const INTRODUCTION: &str = "\
# PostgreSQL's own aggregates under the laws

Written by `BUILTINS=write cargo test -p bothways-evidence --test aggregates builtins`, and held to a live server by the same
test: all names, and a sample of the rows, on each run. One line an aggregate and a choice of types for polymorphic arguments.

- **server**: the laws that PostgreSQL needs when it splits (determinism, unit, bytes, empty parts, splits, workers, moving frames,
  finishing twice). `never split` has no combine function or no bytes for its state; `complete only` sorts all rows.
- **tree**: the laws that a combine tree needs (associative, commutative, absorption); an `internal state` is no value of SQL, so
  they cannot be asked of it.
- **class**: how the answer depends on order and split, as far as was tried.

No aggregate of PostgreSQL is convicted. What departs is explained: floats differ in their last digits by the order of additions
(and no more than one pass in other orders does), and sums that overflow on the way raise by order. No initial value of PostgreSQL
counts twice.
";

const HEAD: &str =
    "| aggregate | server | tree | class | remark |\n| --- | --- | --- | --- | --- |\n";

/// The rows of a version by aggregate: the cells behind it.
type Rows = BTreeMap<String, String>;

#[test]
fn the_table_of_postgresqls_own_aggregates_is_what_the_check_finds() {
    let Some(mut scratch) = shared("PostgreSQL's own aggregates") else { return };
    spec::clauses!("law.split", "law.class");
    let started = Instant::now();
    let version = scratch.version_number() / 10_000;
    let which = Selection::Schema("pg_catalog".into());
    let all = aggregates::read(scratch.client(), &which).expect("the catalogue");
    if let Ok(word) = std::env::var("BUILTINS") {
        let asked = all.iter().filter(|aggregate| word == "write" || word == aggregate.name);
        let asked: Vec<&Aggregate> = asked.collect();
        let sections = sections(&fs::read_to_string(TABLE).unwrap_or_default());
        let mut found = of_version(&sections, version).unwrap_or_default();
        let is_asked = |name: &str| asked.iter().any(|one| one.signature() == signature(name));
        found.retain(|name, _| word != "write" && !is_asked(name));
        found.extend(asked.iter().flat_map(|aggregate| rows(&mut scratch, aggregate)));
        write(version, found);
    }
    let sections = sections(&fs::read_to_string(TABLE).unwrap_or_default());
    let Some(stored) = of_version(&sections, version) else {
        println!("BUILTINS.md has no table for PostgreSQL {version}");
        return;
    };
    let named: BTreeSet<&str> = stored.keys().map(|name| signature(name)).collect();
    let there: Vec<String> = all.iter().map(Aggregate::signature).collect();
    assert_eq!(named, there.iter().map(String::as_str).collect(), "BUILTINS=write");
    let mut asked = 0;
    for aggregate in all.iter().step_by(EACH) {
        for (name, cells) in rows(&mut scratch, aggregate) {
            assert_eq!(stored.get(&name), Some(&cells), "{name}: BUILTINS=write");
            asked += 1;
        }
    }
    println!("{asked} of {} rows, in {:.0} s", stored.len(), started.elapsed().as_secs_f64());
}

#[test]
fn the_tables_convict_nobody_and_newer_ones_say_what_differs() {
    spec::clauses!("law.class");
    let sections = sections(&fs::read_to_string(TABLE).expect("the table"));
    assert!(sections[&FIRST].len() > 148, "{}", sections[&FIRST].len());
    for (version, section) in &sections {
        for (name, cells) in section {
            assert!(!cells.contains("BROKEN"), "{version}: {name} {cells}");
            let is_new = *version == FIRST || sections[&FIRST].get(name) != Some(cells);
            assert!(is_new, "{version}: {name} is as in {FIRST}");
        }
    }
}

/// The name of an aggregate without the types that were asked.
fn signature(name: &str) -> &str {
    name.split(" over ").next().unwrap_or(name)
}

/// The rows of one aggregate: what the check finds over each choice of types.
fn rows(scratch: &mut Scratch, aggregate: &Aggregate) -> Vec<(String, String)> {
    let reports = match values::pools(scratch.client(), aggregate, None) {
        Ok(_) => reports(scratch, aggregate),
        Err(why) => vec![Report::undecided(aggregate.signature(), why.to_string())],
    };
    let row = |report: Report| {
        (report.aggregate.clone(), cells(aggregate, &report).trim_end().to_owned())
    };
    reports.into_iter().map(row).collect()
}

/// The cells of a report: both tiers, the class, and what is worth knowing.
fn cells(aggregate: &Aggregate, report: &Report) -> String {
    let class = report.class.map_or("", |class| class.says());
    if aggregate.kind != Kind::Normal {
        return format!("complete only | complete only | {class} | sorts all its rows");
    }
    if let (Verdict::Undecided(why), []) = (&report.verdict, &report.findings[..]) {
        return format!("not asked | not asked | {class} | {why}");
    }
    let server = match aggregate.can_be_split() {
        true => tier(report, Tier::Server, Law::Split),
        false => "never split".into(),
    };
    let tree = match aggregate.can_be_split() {
        true if aggregate.plain.state.is_internal() => "internal state".into(),
        true => tier(report, Tier::Tree, Law::Associative),
        false => "never split".into(),
    };
    format!("{server} | {tree} | {class} | {}", remarks(aggregate, report).join("; "))
}

/// What became of the laws of a tier, of which one must have been asked.
fn tier(report: &Report, tier: Tier, needed: Law) -> String {
    let of_tier = |finding: &&Finding| finding.law.tier() == tier;
    let broken: Vec<&str> = report
        .findings
        .iter()
        .filter(of_tier)
        .filter(|finding| finding.witness().is_some())
        .map(|finding| finding.law.clause())
        .collect();
    let is_asked = |finding: &Finding| {
        finding.law == needed && !matches!(finding.standing, Standing::NotAsked(_))
    };
    match (broken.is_empty(), report.findings.iter().any(is_asked)) {
        (false, _) => format!("BROKEN: {}", broken.join(", ")),
        (true, true) => "holds".into(),
        (true, false) => "not asked".into(),
    }
}

/// What is worth knowing, without numbers that depend on the machine.
fn remarks(aggregate: &Aggregate, report: &Report) -> Vec<String> {
    let mut remarks = Vec::new();
    let mut remark = |text: &str| {
        if !remarks.iter().any(|said| said == text) {
            remarks.push(text.to_owned());
        }
    };
    if aggregate.combine.is_none() {
        remark("no combine function");
    } else if !aggregate.can_be_split() {
        remark("an internal state without serialization");
    }
    if report.notes.iter().any(|note| note.starts_with("it raises")) {
        remark("raises on some lists of ordinary rows, in one pass too");
    }
    for finding in &report.findings {
        match &finding.standing {
            Standing::Holds(_, notes) => {
                for note in notes.iter().filter(|note| !note.contains("workers launched")) {
                    match note.find("one side alone") {
                        Some(at) => remark(&note[at..]),
                        None => remark(note),
                    }
                }
            }
            Standing::NotAsked(why)
                if matches!(finding.law, Law::Workers | Law::Finish)
                    || finding.law == Law::Associative && !aggregate.plain.state.is_internal() =>
            {
                remark(&format!("{}: {why}", finding.law.says()));
            }
            _ => {}
        }
    }
    remarks
}

/// The rows of each version's section.
fn sections(text: &str) -> BTreeMap<u32, Rows> {
    let mut sections: BTreeMap<u32, Rows> = BTreeMap::new();
    let mut version = 0;
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## PostgreSQL ") {
            let number: String = heading.chars().take_while(char::is_ascii_digit).collect();
            version = number.parse().expect("a version");
            sections.insert(version, Rows::new());
        } else if let Some((name, cells)) =
            line.strip_prefix("| `").and_then(|row| row.split_once("` | "))
        {
            let rows = sections.get_mut(&version).expect("a row stands below a heading");
            rows.insert(name.to_owned(), cells.trim_end_matches('|').trim_end().to_owned());
        }
    }
    sections
}

/// A row of an aggregate that a newer version lacks.
const GONE: &str = "gone | gone |  |";

/// All rows of a version: those of the first, changed by its own.
fn of_version(sections: &BTreeMap<u32, Rows>, version: u32) -> Option<Rows> {
    let mut rows = sections.get(&FIRST)?.clone();
    rows.extend(sections.get(&version)?.clone());
    rows.retain(|_, cells| cells != GONE);
    Some(rows)
}

/// Writes the section of a version, and leaves the others.
fn write(version: u32, mut found: Rows) {
    let mut sections = sections(&fs::read_to_string(TABLE).unwrap_or_default());
    if version != FIRST {
        let first = &sections[&FIRST];
        let gone: Vec<String> =
            first.keys().filter(|name| !found.contains_key(*name)).cloned().collect();
        found.retain(|name, cells| first.get(name) != Some(cells));
        found.extend(gone.into_iter().map(|name| (name, GONE.to_owned())));
    }
    sections.insert(version, found);
    let mut text = INTRODUCTION.to_owned();
    for (version, rows) in &sections {
        let differs = if *version == FIRST { "" } else { ": what is not as in 15" };
        text += &format!("\n## PostgreSQL {version}{differs}\n\n{HEAD}");
        for (name, cells) in rows {
            text += &format!("| `{name}` | {cells} |\n");
        }
    }
    fs::write(TABLE, text).expect("the table is written");
}
