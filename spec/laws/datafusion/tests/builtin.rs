//! DataFusion's own aggregates under every law and every contract.
//!
//! What is found has to stand in FINDINGS.md, with an explanation; `BOTHWAYS_WRITE=1` writes the file anew.

#[path = "builtin/agreement.rs"]
mod agreement;
#[path = "builtin/catalogue.rs"]
mod catalogue;
#[path = "builtin/explained.rs"]
mod explained;

use bothways_laws_datafusion::Contract;
use bothways_laws_datafusion::laws::{self, Law};
use catalogue::{Case, Through};
use explained::Reached;

/// Samples for each law and contract of a case, beside the preset shapes.
const CASES: u32 = 16;

/// One row of the table: what was found of an aggregate.
#[derive(Clone, Debug)]
struct Found {
    case: String,
    through: Through,
    rule: String,
    message: String,
    witness: String,
}

fn search(case: &Case, through: Through) -> Vec<Found> {
    let Some(adapted) = case.adapted(through) else { return vec![] };
    let found = |rule: String, message: String, witness: String| Found {
        case: case.name.clone(),
        through,
        rule,
        message,
        witness,
    };
    let of_law = |law: &Law| {
        let finding = laws::proptest::check(*law, &adapted, case.rows(), CASES)?;
        // The bytes of a state say nothing to a reader.
        let witness = finding.witness.split(", encode(a)").next().unwrap_or_default().to_owned();
        Some(found(law.to_string(), finding.message, witness))
    };
    let of_contract = |contract: &Contract| {
        let breach = contract.search(&adapted, case.rows(), CASES)?;
        Some(found(contract.to_string(), breach.message, breach.witness))
    };
    let laws = Law::ALL.iter().filter_map(of_law);
    laws.chain(Contract::ALL.iter().filter_map(of_contract)).collect()
}

/// The text without the 300 zeros of the greatest double, and without the request to report a bug.
fn short(text: &str) -> String {
    let text = text.split(".\u{20}This issue was likely").next().unwrap_or_default();
    let zeros = "0".repeat(30);
    let mut short = text.to_owned();
    while let Some(start) = short.find(&zeros) {
        let end = short[start..].find(|c| c != '0').map_or(short.len(), |length| start + length);
        short.replace_range(start..end, "0…0");
    }
    short
}

/// The page: what was found, each with its explanation, and what was looked at.
fn page(found: &[Found], cases: &[(String, usize)]) -> String {
    let mut page = String::from(HEAD);
    for explanation in explained::ALL {
        let here: Vec<&Found> = found.iter().filter(|f| explanation.covers(f)).collect();
        page.push_str(&format!("\n## {}\n\n{}\n\n", explanation.title, explanation.why));
        page.push_str(&match explanation.reached {
            Reached::Query(text) => format!("As a query:\n\n```sql\n{text}\n```\n\n"),
            Reached::No(why) => format!("By no query of DataFusion's own that we know: {why}\n\n"),
        });
        page.push_str("| aggregate | through | broken | what happens | smallest witness found |\n|---|---|---|---|---|\n");
        for Found { case, through, rule, message, witness } in here {
            let cell = |text: &str| short(&text.replace('|', "\\|").replace(['\n', '`'], " "));
            let (message, witness) = (cell(message), cell(witness));
            page.push_str(&format!(
                "| `{case}` | {through:?} | {rule} | `{message}` | `{witness}` |\n"
            ));
        }
    }
    page.push_str("\n## Without a finding\n\n");
    let clean = cases.iter().filter(|(_, findings)| *findings == 0);
    let clean: Vec<String> = clean.map(|(name, _)| format!("`{name}`")).collect();
    page.push_str(&format!("{}.\n", clean.join(", ")));
    page
}

const HEAD: &str = "# What the laws find in DataFusion 55.2\n\n\
    Written by `BOTHWAYS_WRITE=1 cargo test --test builtin`; the test fails when it finds anything else than what stands here.\n\
    The queries are run by `queries.py`, over the Python wheel of the same version, with no other settings.\n";

#[test]
fn what_is_found_is_what_the_page_explains() {
    // Every second case on a thread of its own: the laws take a second or two of some of them.
    let every_second = |first: usize| {
        let cases = catalogue::all().into_iter().skip(first).step_by(2);
        let searched = cases.map(|case| {
            let ways = [Through::Accumulator, Through::GroupsAccumulator];
            let here: Vec<Found> = ways.iter().flat_map(|way| search(&case, *way)).collect();
            (case.name, here)
        });
        searched.collect::<Vec<_>>()
    };
    let [even, odd] = std::thread::scope(|scope| {
        [0, 1].map(|first| scope.spawn(move || every_second(first))).map(|thread| thread.join())
    });
    let (even, odd) = (even.expect("no panic"), odd.expect("no panic"));
    let (mut found, mut cases) = (vec![], vec![]);
    let mut odd = odd.into_iter();
    for case in even {
        for (name, here) in [Some(case), odd.next()].into_iter().flatten() {
            cases.push((name, here.len()));
            found.extend(here);
        }
    }
    let unexplained: Vec<&Found> =
        found.iter().filter(|f| !explained::ALL.iter().any(|e| e.covers(f))).collect();
    let list = unexplained.iter().map(|f| {
        format!("{} {:?} {}: {}\n    {}\n", f.case, f.through, f.rule, f.message, f.witness)
    });
    assert!(unexplained.is_empty(), "not explained:\n{}", list.collect::<String>());
    for explanation in explained::ALL {
        let needed = found.iter().any(|f| explanation.covers(f));
        assert!(needed, "explains nothing that was found: {}", explanation.title);
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/FINDINGS.md");
    let page = page(&found, &cases);
    if std::env::var_os("BOTHWAYS_WRITE").is_some() {
        std::fs::write(path, &page).expect("the page is written");
    }
    let written = std::fs::read_to_string(path).expect("FINDINGS.md");
    assert!(
        written == page,
        "FINDINGS.md says something else; with BOTHWAYS_WRITE=1 it is written anew"
    );
}
