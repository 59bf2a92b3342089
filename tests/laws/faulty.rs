//! Planted faults: small accumulators, each with exactly one fault of the classes F1 to F32 that were found in the field, each
//! convicted of the law that it breaks, under proptest and under quickcheck, with at most three rows and two parts.
//!
//! | class | fault | here |
//! |---|---|---|
//! | F1 | combine of two NULL states is wrong or crashes | `both_null` |
//! | F2 | combine of NULL with a state is not that state | `null_wins` |
//! | F3 | the empty state is absorbed as zero by an intersection | `empty_set_wins` |
//! | F4 | an empty state is skipped though it means something | `empty_result_skipped` |
//! | F5 | the initial value counts once per worker | `init_per_worker` |
//! | F6 | an empty state cannot be serialised | `null_not_sent` |
//! | F7 | the round trip loses a field | `field_lost` |
//! | F8 | a deserialised state cannot continue | `flag_lost` |
//! | F9 | malformed bytes crash, or allocate without bound | `trusting_index`, `trusting_length` |
//! | F10 | combine drops the source when the target is set | `source_dropped` |
//! | F11 | combine keeps the first where the last is meant | `first_for_last` |
//! | F12 | a counter or weight is not combined | `counter_left_behind` |
//! | F13 | a list state is nested instead of flattened | `nested_list` |
//! | F14 | a cached field is stale after combine | `stale_cache` |
//! | F15 | a state is shared, or freed too early | `shared_state`, `freed_state` |
//! | F16 | finalize consumes the state | `consuming_finish` |
//! | F17 | a batch boundary or a slice offset changes the answer | `offset_twice`, `one_state_a_batch` |
//! | F18 | an overflow of parts is lost | `overflow_lost` |
//! | F19 | an overflow on the way is kept though the total fits | `overflow_latched` |
//! | F20 | NaN from 0/0 or infinity times 0 | `nan_of_empty` |
//! | F21 | float order drifts beyond the stated bound | `drifting_mean` |
//! | F22 | duplicates lost, or counted twice | `distinct_added` |
//! | F23 | states with different parameters are combined silently | `limit_of_the_left` |
//! | F24 | split although not combinable | `median_of_medians` |
//! | F25 | label and signature do not match | no: a declaration, read by `bothways lint` |
//! | F26 | final without partial, wrong aggsplit, missing exchange | no: a plan, refused by `spec::plan::check` |
//! | F27 | one partition's result is kept | `one_part_kept` |
//! | F28 | the default row of empty input comes once per worker | `default_per_worker` |
//! | F29 | the fallback path uses another buffer layout | `other_layout` |
//! | F30 | the conversion of a row to a state is wrong | `row_as_state` |
//! | F31 | disjoint or sorted ranges are assumed | `assumes_ranges` |
//! | F32 | a typed NULL is ordered as a value | `null_is_least` |

use std::cell::Cell;

use laws::{Aggregate, Finding, Law, from_closures};
use proptest::prelude::any;
use quickcheck::Arbitrary;

use super::planted::*;
use Law::*;

/// The law by which a fault is to be recognised, and what the two frameworks find.
type Verdict = (&'static str, Law, [Option<Finding>; 2]);

/// Convicts by both frameworks, rows being drawn by each in its own way.
fn convict<A>(fault: &'static str, law: Law, aggregate: A) -> Verdict
where
    A: Aggregate,
    A::Input: Arbitrary + proptest::arbitrary::Arbitrary,
{
    let found = [
        laws::proptest::check(law, &aggregate, any::<A::Input>(), 256),
        laws::quickcheck::check(law, &aggregate, 256),
    ];
    (fault, law, found)
}

/// How many elements a printed list has, at the top level; `None` if this is not a list.
fn length(list: &str) -> Option<usize> {
    let inner = list.strip_prefix("vec![")?.strip_suffix(']')?;
    let mut depth = 0;
    let mut commas = 0;
    for letter in inner.chars() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => commas += 1,
            _ => (),
        }
    }
    Some(if inner.is_empty() { 0 } else { commas + 1 })
}

/// The rows of a finding, and the parts of its split (one, where the law has none).
fn size(finding: &Finding) -> (usize, usize) {
    let rows = finding.sample.strip_prefix("Sample { rows: ").expect("a sample");
    let (rows, _) = rows.rsplit_once(", choices: ").expect("choices");
    let split = finding.witness.rsplit_once("split = ").map_or("()", |(_, split)| split);
    (length(rows).expect("a list"), split.matches('(').count())
}

#[test]
fn every_fault_is_convicted_of_its_law() {
    spec::clauses!(
        "law.bytes.malformed",
        "law.continuation",
        "law.errors",
        "law.purity.combine",
        "law.purity.finish",
        "law.single",
        "law.survival",
        "law.witness"
    );
    for (fault, law, found) in verdicts() {
        for (framework, finding) in ["proptest", "quickcheck"].iter().zip(found) {
            let finding = finding.unwrap_or_else(|| panic!("{law} acquits {fault} ({framework})"));
            assert_eq!(finding.law, law);
            let (rows, parts) = size(&finding);
            assert!(rows <= 3 && parts <= 2, "{fault} ({framework}) is not small: {finding}");
        }
    }
}

fn verdicts() -> Vec<Verdict> {
    vec![
        convict("F1", InitIsAUnit, both_null()),
        convict("F1", EmptyPartIsNeutral, both_null()),
        convict("F2", InitIsAUnit, null_wins()),
        convict("F3", EmptyPartIsNeutral, empty_set_wins()),
        convict("F4", SplitIsInvisible, empty_result_skipped()),
        convict("F5", InitIsAUnit, init_per_worker()),
        convict("F6", SerializeRoundTrips, null_not_sent()),
        convict("F6", EmptyPartIsNeutral, null_not_sent()),
        convict("F7", SerializeRoundTrips, field_lost()),
        convict("F8", StatesContinue, flag_lost()),
        convict("F9", MalformedBytesAreHarmless, trusting_index()),
        convict("F9", MalformedBytesAreHarmless, TrustingLength),
        convict("F10", CombineIsCommutative, source_dropped()),
        convict("F10", CombineAbsorbsARow, source_dropped()),
        convict("F11", SplitIsInvisible, first_for_last()),
        convict("F12", CombineAbsorbsARow, counter_left_behind()),
        convict("F13", SplitIsInvisible, nested_list()),
        convict("F14", CombineAbsorbsARow, stale_cache()),
        convict("F15", CombineIsPure, shared_state()),
        convict("F15", CombinedStateSurvives, FreedState::default()),
        convict("F16", FinishIsPure, consuming_finish()),
        convict("F17", BatchesAreInvisible, OffsetTwice),
        convict("F17", BatchesAreInvisible, OneStateABatch),
        convict("F18", ErrorsAreLawful, overflow_lost()),
        convict("F19", ErrorsAreLawful, overflow_latched()),
        convict("F20", InitIsAUnit, nan_of_empty()),
        convict("F21", SplitIsInvisible, drifting_mean()),
        convict("F22", SplitIsInvisible, distinct_added()),
        convict("F23", CombineIsCommutative, limit_of_the_left()),
        convict("F24", SplitIsInvisible, median_of_medians()),
        convict("F27", SplitIsInvisible, one_part_kept()),
        convict("F28", EmptyPartIsNeutral, default_per_worker()),
        convict("F29", StatesContinue, other_layout()),
        convict("F30", CombineAbsorbsARow, RowAsState),
        convict("F31", SplitIsInvisible, assumes_ranges()),
        convict("F32", CombineIsCommutative, null_is_least()),
    ]
}

#[test]
fn a_hidden_counter_is_not_deterministic() {
    spec::clauses!("law.determinism");
    let calls = Cell::new(0u64);
    let counter = from_closures(
        move || calls.replace(calls.get() + 1),
        |_, _: &u8| (),
        |_, _| (),
        |number| *number,
    );
    let (_, law, found) = convict("a counter", RunsAreDeterministic, counter);
    assert!(found.iter().all(|finding| finding.as_ref().is_some_and(|found| found.law == law)));
}
