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
//! are the executor's), F25 (labels: `bothways lint`), F26 (plans).

mod builtins;
mod endings;

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use oracle::engine::postgres::aggregates::{self, Aggregate};
use oracle::engine::postgres::cluster::Cluster;
use oracle::live::answer::Answer;
use oracle::live::{self, Address, Interrupt, Options, Report, Scratch, Trouble, Verdict, values};

/// The throw-away server that tests share as long as any of them runs: to make one takes longer than most of them.
static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());

/// A schema on the shared server.
struct Shared {
    scratch: Scratch,
    /// Stands behind the schema, which is dropped before.
    _cluster: Arc<Cluster>,
}

impl Deref for Shared {
    type Target = Scratch;

    fn deref(&self) -> &Scratch {
        &self.scratch
    }
}

impl DerefMut for Shared {
    fn deref_mut(&mut self) -> &mut Scratch {
        &mut self.scratch
    }
}

/// A schema on the shared throw-away server, or one visible line.
fn shared(test: &str) -> Option<Shared> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let cluster = match shared.upgrade().map_or_else(|| Cluster::start().map(Arc::new), Ok) {
        Ok(cluster) => cluster,
        Err(why) => {
            println!("{test}: without a live PostgreSQL: {why}");
            return None;
        }
    };
    *shared = Arc::downgrade(&cluster);
    let (folder, user) = (cluster.socket_folder().display(), cluster.superuser());
    let address = Address::Running(format!("host={folder} user={user} dbname=postgres"));
    let scratch = Scratch::open(address, Interrupt::default());
    let scratch = scratch.unwrap_or_else(|why| panic!("{test}: {why:?}"));
    Some(Shared { scratch, _cluster: cluster })
}

/// A throw-away server of a test's own, or one visible line.
fn scratch(test: &str) -> Option<Scratch> {
    match Scratch::open(Address::Temporary, Interrupt::default()) {
        Ok(scratch) => Some(scratch),
        Err(why) => {
            println!("{test}: without a live PostgreSQL: {why:?}");
            None
        }
    }
}

/// What a script for psql shows: the last field of each row, as an answer is printed, and errors; psql goes on after one.
fn shown(scratch: &mut Scratch, script: &str) -> Vec<String> {
    let mut shown = Vec::new();
    for line in script.lines().filter(|line| !line.starts_with('\\')) {
        match scratch.ask(line) {
            Ok(rows) => {
                let last = |row: Vec<Option<String>>| Answer::Value(row.last().cloned().flatten());
                shown.extend(rows.into_iter().map(|row| last(row).to_string()));
            }
            Err(Trouble::Raised(raised)) => shown.push(Answer::Raised(raised).to_string()),
            Err(other) => panic!("{line}: {other}"),
        }
    }
    shown
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
    let Some(mut scratch) = shared("wrong aggregates") else { return };
    spec::clauses!(
        "law.split",
        "law.unit",
        "law.empty",
        "law.bytes",
        "law.associative",
        "law.absorption",
        "law.float.spread"
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
            let is_small = witness.rows() <= 3 && witness.parts.len() <= 2;
            let holds_if = why.split_once("; holds if ").map(|(_, condition)| condition);
            let is_found = holds_if.is_none_or(|wanted| {
                witness.holds_if.iter().any(|condition| condition.starts_with(wanted))
            });
            let shown = shown(&mut scratch, &witness.script);
            // What a random number gives is not given again. The check asks for text, in which truth is written out.
            let is_shown = |answer: &Answer| {
                let text = answer.to_string();
                let letter = shown.iter().any(|shown| text == "true" && shown == "t");
                letter || text == "false" && shown.contains(&"f".into()) || shown.contains(&text)
            };
            let is_shown = law == "law.determinism"
                || is_shown(&witness.answers.0) && is_shown(&witness.answers.1);
            let is_short = witness.script.lines().count() <= 20;
            if convicted.clause() != law || !is_small || !is_found || !is_short || !is_shown {
                wrong.push(format!(
                    "{signature}: {comment}\n{}{}{shown:?}",
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
    let Some(mut scratch) = shared("right aggregates") else { return };
    spec::clauses!("law.split", "law.class", "law.commutative", "law.float.spread");
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
