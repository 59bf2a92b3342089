//! What every door does: shapes first, random samples next; of what breaks a law, the smallest, and when it would hold.

use crate::{Aggregate, Finding, Law, Sample, preconditions, presets, smallest};

/// Looks for rows that break the law: in every preset shape over rows of this pool, then among these samples.
///
/// `simpler` names rows that may stand for a row when a sample is shrunk. The finding, if there is one, is shrunk and says
/// under which preconditions no fault was found. [law.shapes] [law.witness]
///
/// ```
/// use bothways_laws::{Law, Sample, from_closures, search};
///
/// let latest = from_closures(|| None, |last, row: &u8| *last = Some(*row), |last, other| *last = *other, |last| *last);
/// let random = [Sample { rows: vec![7, 9], choices: vec![1, 1] }];
/// let finding = search(Law::InitIsAUnit, &latest, &[7, 9], random, |_| vec![0]).expect("broken");
/// assert_eq!(finding.witness, "a = [0]");
/// ```
pub fn search<A: Aggregate>(
    law: Law,
    aggregate: &A,
    pool: &[A::Input],
    random: impl IntoIterator<Item = Sample<A::Input>>,
    simpler: impl Fn(&A::Input) -> Vec<A::Input>,
) -> Option<Finding> {
    let (nulls, others): (Vec<_>, Vec<_>) =
        pool.iter().cloned().partition(|row| aggregate.is_null(row));
    let presets = presets(law, &nulls, &others);
    let mut tried = Vec::new();
    let mut samples = presets.into_iter().chain(random);
    let broken = samples.by_ref().find_map(|sample| {
        let broken = law.check(aggregate, &sample).is_some();
        tried.push(sample);
        broken.then(|| tried[tried.len() - 1].clone())
    })?;
    tried.extend(samples);
    explain(law, aggregate, broken, tried, simpler)
}

/// Shrinks a sample that breaks the law, and looks for preconditions of it on all the samples.
pub(crate) fn explain<A: Aggregate>(
    law: Law,
    aggregate: &A,
    broken: Sample<A::Input>,
    mut tried: Vec<Sample<A::Input>>,
    simpler: impl Fn(&A::Input) -> Vec<A::Input>,
) -> Option<Finding> {
    let (witness, finding) = smallest(law, aggregate, broken, simpler)?;
    // The witness comes first: what it meets itself is no precondition.
    tried.insert(0, witness);
    Some(Finding { holds_if: preconditions(law, aggregate, &tried), ..finding })
}
