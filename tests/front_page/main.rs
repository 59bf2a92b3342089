//! README's aggregate in Rust is convicted in the words that README quotes. Its transcripts of commands are typed again by
//! `oracle/tests/cli/front_page.rs`.

use laws::{Aggregate, Law, proptest};

include!("count_different.rs");

/// What README shows around the aggregate. Its tests fail, and so they are not tests here.
const BEFORE: &str = "use bothways_laws::{Aggregate, aggregate_laws};\n\n";
const AFTER: &str = "
aggregate_laws! {
    name: count_different,
    aggregate: CountDifferent,
    input: 0..100,
}
";

#[test]
fn the_aggregate_of_the_front_page_breaks_the_law_that_it_names() {
    spec::clauses!("law.split");
    let readme = include_str!("../../README.md");
    let code = format!("```rust\n{BEFORE}{}{AFTER}```\n", include_str!("count_different.rs"));
    assert!(readme.contains(&code), "README.md does not show\n{code}");
    let check = |law| proptest::check(law, &CountDifferent, 0..100, proptest::CASES);
    let finding = check(Law::SplitIsInvisible).expect("the law is broken");
    let quoted = format!("```text\n{finding}\n```\n");
    assert!(readme.contains(&quoted), "README.md does not quote\n{quoted}");
}

#[test]
fn a_combine_that_asks_again_keeps_every_law() {
    let lawful = laws::from_closures(
        Vec::new,
        |seen: &mut Vec<i32>, x: &i32| CountDifferent.update(seen, x),
        |seen, other| other.iter().for_each(|x| CountDifferent.update(seen, x)),
        Vec::len,
    );
    for law in Law::ALL {
        let finding = proptest::check(law, &lawful, 0..100, proptest::CASES);
        assert!(finding.is_none(), "{}", finding.expect("some"));
    }
}
