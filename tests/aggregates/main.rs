//! `bothways aggregate` on a throw-away server: every wrong aggregate is convicted of the right law, every right one is
//! acquitted, and nothing is left behind. [law.split] [law.unit] [law.empty]
//!
//! ```text
//! wrong.sql   one fault each, with the law that it breaks and the class of field bugs that it is of
//! right.sql   no fault, with the class of the answer
//! ```
//!
//! Classes that SQL functions cannot express: F6 and F9 (bytes of an empty or damaged state: serialization functions of an
//! internal state are C), F15 and F16 (shared or consumed states: SQL values are copies), F17, F29, F30 (batches and spills
//! are the executor's), F21 (a bound of floats: nothing is known of a user's aggregate), F25 (labels: `bothways lint`),
//! F26 (plans).

mod endings;

use std::time::Instant;

use oracle::engine::postgres::aggregates::{self, Aggregate, Selection};
use oracle::live::{self, Address, Interrupt, Options, Report, Scratch, Standing, Verdict, values};

/// All of PostgreSQL's own take minutes, so a test run asks every ninth: `bothways aggregate --schema pg_catalog --pg temp`
/// asks them all.
const EACH: usize = 9;

/// A throw-away server, or one visible line.
fn scratch(test: &str) -> Option<Scratch> {
    match Scratch::open(Address::Temporary, Interrupt::default()) {
        Ok(scratch) => Some(scratch),
        Err(why) => {
            println!("{test}: without a live PostgreSQL: {why:?}");
            None
        }
    }
}

/// What the comment before each CREATE AGGREGATE says, by the aggregate's name and first argument type.
fn expectations(script: &str) -> Vec<(String, String)> {
    let mut last = String::new();
    let mut expected = Vec::new();
    for line in script.lines() {
        if let Some(comment) = line.strip_prefix("-- ") {
            last = comment.to_owned();
        } else if let Some(created) = line.strip_prefix("CREATE AGGREGATE ") {
            let end = created.find(") (").expect("a signature") + 1;
            expected.push((created[..end].to_owned(), last.clone()));
        }
    }
    expected
}

fn aggregate(scratch: &mut Scratch, signature: &str) -> Aggregate {
    aggregates::resolve(scratch.client(), signature)
        .unwrap_or_else(|why| panic!("{signature}: {why}"))
}

/// The reports of an aggregate, one for each choice of types.
fn reports(scratch: &mut Scratch, aggregate: &Aggregate) -> Vec<Report> {
    let pools = values::pools(scratch.client(), aggregate, None).expect("generated types");
    let options = Options { seed: 1, setup: None };
    let check = |pools| live::check(scratch, aggregate, pools, &options, &mut |_| {});
    pools.into_iter().map(check).map(|report| report.expect("the server answers")).collect()
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

#[test]
fn every_wrong_aggregate_is_convicted_of_the_right_law_by_few_rows() {
    let Some(mut scratch) = scratch("wrong aggregates") else { return };
    spec::clauses!(
        "law.split",
        "law.unit",
        "law.empty",
        "law.bytes",
        "law.associative",
        "law.absorption"
    );
    let script = include_str!("wrong.sql");
    scratch.client().batch_execute(script).expect("the script runs");
    let expected = expectations(script);
    let (mut seconds, mut wrong) = (vec![], vec![]);
    for (signature, comment) in &expected {
        let (law, why) =
            comment.strip_prefix("breaks ").and_then(|c| c.split_once(':')).expect(comment);
        let aggregate = aggregate(&mut scratch, signature);
        for report in reports(&mut scratch, &aggregate) {
            seconds.push(report.seconds);
            let Verdict::Convicted(convicted) = report.verdict else {
                wrong
                    .push(format!("{signature} is not convicted of {law}\n{}", report.human(None)));
                continue;
            };
            let witness = report.conviction().and_then(|finding| finding.witness());
            let witness = witness.expect("a conviction has a witness");
            println!(
                "{signature:<36}{:<19}{} rows, {} parts",
                convicted.clause(),
                witness.rows(),
                witness.parts.len()
            );
            let parts = if law == "law.associative" || law == "law.absorption" { 3 } else { 2 };
            let is_small = witness.rows() <= 3 && witness.parts.len() <= parts;
            let holds_if = why.split_once("; holds if ").map(|(_, condition)| condition);
            let is_found = holds_if.is_none_or(|wanted| {
                witness.holds_if.iter().any(|condition| condition.starts_with(wanted))
            });
            if convicted.clause() != law
                || !is_small
                || !is_found
                || witness.script.lines().count() > 20
            {
                wrong.push(format!(
                    "{signature}: {comment}\n{}{}",
                    report.human(None),
                    witness.script
                ));
            }
        }
    }
    println!("{} aggregates, median {:.2} s", expected.len(), median(seconds));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_right_aggregate_is_acquitted_with_its_class() {
    let Some(mut scratch) = scratch("right aggregates") else { return };
    spec::clauses!("law.split", "law.class", "law.commutative");
    let script = include_str!("right.sql");
    scratch.client().batch_execute(script).expect("the script runs");
    let expected = expectations(script);
    let (mut seconds, mut wrong) = (vec![], vec![]);
    for (signature, class) in &expected {
        let aggregate = aggregate(&mut scratch, signature);
        for report in reports(&mut scratch, &aggregate) {
            seconds.push(report.seconds);
            match report.verdict {
                Verdict::Lawful(found) if found.says() == class => {}
                _ => wrong.push(format!(
                    "{signature} should be lawful ({class})\n{}",
                    report.human(None)
                )),
            }
        }
    }
    println!("{} aggregates, median {:.2} s", expected.len(), median(seconds));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_script_shows_in_psql_what_its_witness_says() {
    let Some(mut scratch) = scratch("scripts") else { return };
    spec::clauses!("law.split");
    scratch.client().batch_execute(include_str!("wrong.sql")).expect("the script runs");
    for signature in ["one_more(int)", "right_null_wins(int)", "difference(int)", "closed(int)"] {
        let aggregate = aggregate(&mut scratch, signature);
        let report = reports(&mut scratch, &aggregate).remove(0);
        let finding = report.conviction().expect(signature);
        let witness = finding.witness().expect(signature);
        let rows = scratch.ask(&witness.script).expect(&witness.script);
        let last =
            |row: &Vec<Option<String>>| live::answer::Answer::Value(row.last().cloned().flatten());
        // EXPLAIN prints rows too.
        let shown: Vec<_> = rows.iter().map(last).collect();
        assert!(shown.contains(&witness.answers.0), "{}\n{shown:?}", witness.script);
        assert!(shown.contains(&witness.answers.1), "{}\n{shown:?}", witness.script);
    }
}

#[test]
fn postgresqls_own_aggregates_are_lawful_or_their_departure_is_explained() {
    let Some(mut scratch) = scratch("PostgreSQL's own aggregates") else { return };
    spec::clauses!("law.split", "law.class");
    let started = Instant::now();
    let which = Selection::Schema("pg_catalog".into());
    let all = aggregates::read(scratch.client(), &which).expect("the catalogue");
    let (mut lawful, mut never_split, mut unasked) = (0, 0, vec![]);
    for aggregate in all.iter().step_by(EACH) {
        let Ok(pools) = values::pools(scratch.client(), aggregate, None) else {
            unasked.push(aggregate.signature());
            continue;
        };
        for pools in pools {
            let options = Options { seed: 3, setup: None };
            let report = live::check(&mut scratch, aggregate, pools, &options, &mut |_| {});
            let report = report.expect("the server answers");
            match report.verdict {
                Verdict::Lawful(_) => lawful += 1,
                Verdict::Undecided(_) => never_split += 1,
                Verdict::Convicted(_) => panic!("{}", report.human(None)),
            }
            let split = report.findings.iter().find(|finding| finding.law == live::Law::Split);
            let is_asked =
                split.is_some_and(|split| !matches!(split.standing, Standing::NotAsked(_)));
            assert_eq!(is_asked, aggregate.can_be_split() && is_asked, "{}", report.aggregate);
        }
    }
    println!(
        "{lawful} lawful, {never_split} never split, no values for {unasked:?}, in {:.0} s",
        started.elapsed().as_secs_f64()
    );
    assert!(lawful > 3, "{lawful} {unasked:?}");
}
