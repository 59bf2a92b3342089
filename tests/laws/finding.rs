//! What a finding says: its node, its preconditions, and a test to paste.

use laws::{Law, Precondition, Sample, from_closures, preconditions, search, smallest};

/// The number of gaps between neighbours that are wider than one, of rows that are believed to come in order.
fn gaps() -> impl laws::Aggregate<Input = u8> {
    from_closures(
        || None,
        |state: &mut Option<(u8, u8, u32)>, row: &u8| {
            *state = Some(match *state {
                None => (*row, *row, 0),
                Some((first, last, wide)) => (
                    first.min(*row),
                    last.max(*row),
                    wide + u32::from(*row > last.saturating_add(1)),
                ),
            });
        },
        |state, other| {
            *state = match (*state, *other) {
                (Some(a), Some(b)) => {
                    let (a, b) = if a.0 <= b.0 { (a, b) } else { (b, a) };
                    let between = u32::from(b.0 > a.1.saturating_add(1));
                    Some((a.0, b.1.max(a.1), a.2 + b.2 + between))
                }
                (a, b) => a.or(b),
            };
        },
        |state| state.map(|state| state.2),
    )
    .ordered(u8::cmp)
}

/// Samples over small numbers, out of splitmix64.
fn samples(count: u64) -> Vec<Sample<u8>> {
    let byte = |seed: u64| {
        let mixed = (seed ^ seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb).to_le_bytes()[7]
    };
    let sample = |i: u64| {
        let at = |place: u64| byte((i * 64 + place + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let rows = (0..u64::from(at(0) % 7)).map(|row| at(row + 1) % 16).collect();
        Sample { rows, choices: (0..20).map(|choice| at(choice + 20)).collect() }
    };
    (0..count).map(sample).collect()
}

#[test]
fn a_sum_of_gaps_needs_disjoint_ranges() {
    spec::clauses!("law.precondition");
    let finding =
        search(Law::CombineIsAssociative, &gaps(), &[1, 5, 9], samples(400), |_| vec![0, 2, 4])
            .expect("broken");
    let named: Vec<Precondition> = finding.holds_if.iter().map(|(which, _)| *which).collect();
    assert_eq!(named, [Precondition::SortedInput, Precondition::DisjointRanges], "{finding}");
    assert!(finding.to_string().contains("holds if the parts hold disjoint ranges ("));
}

#[test]
fn a_precondition_that_the_witness_meets_is_not_named() {
    spec::clauses!("law.precondition");
    let latest = from_closures(
        || 0,
        |last, row: &u8| *last = *row,
        |last, other: &u8| *last = *other,
        |last| *last,
    )
    .ordered(u8::cmp);
    // An empty part wins: neither order nor duplicates have to do with it.
    let all = samples(400);
    let broken = all.iter().find(|s| Law::SplitIsInvisible.check(&latest, s).is_some());
    let broken = broken.expect("broken").clone();
    let (witness, _) =
        smallest(Law::SplitIsInvisible, &latest, broken, |_| vec![1]).expect("broken");
    let all: Vec<_> = [witness].into_iter().chain(all).collect();
    let named = preconditions(Law::EmptyPartIsNeutral, &latest, &all);
    assert_eq!(named, []);
    let named = preconditions(Law::SplitIsInvisible, &latest, &all);
    assert!(!named.iter().any(|(which, _)| *which == Precondition::KeptOrder), "{named:?}");
}

#[test]
fn the_first_wrong_node_is_the_lowest_one_on_the_left() {
    spec::clauses!("law.witness");
    let capped = from_closures(
        || 0u32,
        |sum, row: &u8| *sum += u32::from(*row),
        // Wrong above 9 only: the leaves are right, and so is the first combine.
        |sum, other| *sum = (*sum + other).min(9),
        |sum| *sum,
    );
    let rows = [4u8, 5, 6, 7];
    let leaf = |row: usize| laws::Part { split: laws::Split::Rows(vec![row]), shipped: false };
    let node = |parts| laws::Part { split: laws::Split::Combine(parts), shipped: false };
    let split =
        laws::Split::Combine(vec![node(vec![leaf(0), leaf(1)]), node(vec![leaf(2), leaf(3)])]);
    let finding = spec::laws::split_is_invisible(&capped, &rows, &split).expect("broken");
    let node = finding.node.expect("a node");
    assert_eq!(node, "((init · [6]) · [7]): 9, but 13 in one pass");
}

#[test]
fn a_finding_ends_with_a_test_that_can_be_pasted() {
    spec::clauses!("law.witness");
    let count = from_closures(|| 0u64, |count, _: &u8| *count += 1, |_, _| (), |count| *count);
    let sample = Sample { rows: vec![3], choices: vec![0, 1] };
    let finding = Law::CombineIsCommutative.check(&count, &sample).expect("broken");
    let printed = laws::Finding { aggregate: "count()".into(), ..finding }.to_string();
    let pasted = "\
    #[test]
    fn combine_is_commutative_on_the_witness() {
        use bothways_laws::{Law, Sample};
        let sample = Sample { rows: vec![3], choices: vec![0, 1] };
        assert_eq!(Law::CombineIsCommutative.check(&count(), &sample), None);
    }";
    assert!(printed.ends_with(pasted), "{printed}");
}
