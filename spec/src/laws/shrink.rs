//! Shrinking: the smallest sample that still breaks the law.

use super::{Aggregate, Finding, Law, Sample};

/// Most samples that are tried on the way down.
const TRIES: usize = 4_000;

/// A smaller sample that breaks the law as well, and what it finds; the sample itself, if there is none. [law.witness]
///
/// Rows are left out, replaced by one another and by what `simpler` makes of them; trees become two parts; cuts move to the
/// left. Smaller is: fewer rows, then fewer parts, then less to print, then smaller choices. Nothing, if the sample does not break
/// the law.
pub fn smallest<A: Aggregate>(
    law: Law,
    aggregate: &A,
    sample: Sample<A::Input>,
    simpler: impl Fn(&A::Input) -> Vec<A::Input>,
) -> Option<(Sample<A::Input>, Finding)> {
    let finding = law.check(aggregate, &sample)?;
    let mut best = (sample, finding);
    let mut tries = 0;
    'down: loop {
        let size = measure(law, aggregate, &best.0);
        for candidate in candidates(law, aggregate, &best.0, &simpler) {
            if measure(law, aggregate, &candidate) >= size {
                continue;
            }
            tries += 1;
            if tries > TRIES {
                return Some(best);
            }
            if let Some(finding) = law.check(aggregate, &candidate) {
                best = (candidate, finding);
                continue 'down;
            }
        }
        return Some(best);
    }
}

/// Rows, parts, rows in print, the split in print, choices.
type Size = (usize, usize, usize, String, usize, usize, Vec<u8>);

fn measure<A: Aggregate>(law: Law, aggregate: &A, sample: &Sample<A::Input>) -> Size {
    let Sample { rows, choices } = sample;
    let (mut parts, mut shown) = (0, 0);
    if law.asks_for_a_split() {
        let split = aggregate.class().split(rows.len(), choices);
        (parts, shown) = (split.leaves().len(), split.to_string().len());
    }
    if law == Law::EmptyPartIsNeutral {
        parts = sample.empty_parts().iter().sum();
    }
    let text: String = rows.iter().map(|row| format!("{row:?} ")).collect();
    (rows.len(), parts, text.len(), text, shown, choices.len(), choices.clone())
}

fn candidates<A: Aggregate>(
    law: Law,
    aggregate: &A,
    sample: &Sample<A::Input>,
    simpler: impl Fn(&A::Input) -> Vec<A::Input>,
) -> Vec<Sample<A::Input>> {
    let Sample { rows, choices } = sample;
    let mut all = Vec::new();
    let half = rows.len() / 2;
    let shorter = [&rows[..half], &rows[half..]].map(<[A::Input]>::to_vec);
    let without = (0..rows.len()).map(|i| [&rows[..i], &rows[i + 1..]].concat());
    for rows in shorter.into_iter().chain(without) {
        all.push(Sample { rows: rows.clone(), choices: choices.clone() });
        if rows.len() <= 3 {
            // With few rows left any cut may be the one that matters.
            all.extend(
                all_choices(law, aggregate, rows.len())
                    .into_iter()
                    .map(|choices| Sample { rows: rows.clone(), choices }),
            );
        }
    }
    if rows.len() <= 3 {
        let of = |choices| Sample { rows: rows.clone(), choices };
        all.extend(all_choices(law, aggregate, rows.len()).into_iter().map(of));
    }
    for (i, choice) in choices.iter().enumerate() {
        all.push(Sample {
            rows: rows.clone(),
            choices: [&choices[..i], &choices[i + 1..]].concat(),
        });
        let cut = choice % (rows.len() as u8).saturating_add(1);
        for smaller in [0, cut, choice / 2, choice.saturating_sub(1)] {
            let mut choices = choices.clone();
            choices[i] = smaller;
            all.push(Sample { rows: rows.clone(), choices });
        }
    }
    for (i, row) in rows.iter().enumerate() {
        for other in simpler(row).into_iter().chain(rows.iter().cloned()) {
            let mut rows = rows.clone();
            rows[i] = other;
            all.push(Sample { rows, choices: choices.clone() });
        }
    }
    all
}

/// All cuts of few rows, or all splits of them into two parts, shipped and not.
fn all_choices<A: Aggregate>(law: Law, aggregate: &A, rows: usize) -> Vec<Vec<u8>> {
    let last = rows as u8;
    if !law.asks_for_a_split() {
        let cuts = (0..=last).flat_map(|a| (0..=last).map(move |b| vec![a, b]));
        return cuts.chain((0..=last).map(|a| vec![a])).chain([vec![]]).collect();
    }
    // What `Split::from_choices` reads: two parts; a cut, or the part of each row; then twice: shipped, no parts below.
    let places: Vec<Vec<u8>> = match aggregate.class().keeps_order() {
        true => (0..=last).map(|cut| vec![cut]).collect(),
        false => {
            (0..1u8 << last).map(|bits| (0..last).map(|row| bits >> row & 1).collect()).collect()
        }
    };
    let ships = [[0, 0], [0, 1], [1, 0], [1, 1]];
    let choices =
        |place: Vec<u8>| ships.map(|[left, right]| [&[1][..], &place, &[left, 0, right]].concat());
    places.into_iter().flat_map(choices).collect()
}
