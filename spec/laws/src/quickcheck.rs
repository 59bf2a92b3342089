//! Laws under quickcheck: rows from `Arbitrary`, failures shrunk, seeds fixed.

use quickcheck::{Arbitrary, Gen};

use crate::search::explain;
use crate::{Aggregate, Finding, Law, Needless, Sample, class_is_needed, search};

/// Samples per law that [`aggregate_laws!`](crate::aggregate_laws) runs, beside the preset shapes.
pub const TESTS: u64 = 256;

/// Most rows of a sample.
const SIZE: usize = 16;

/// Rows of which preset samples are made.
const POOL: usize = 16;

/// Where every run begins: a law that fails, fails again.
const SEED: u64 = 0x000b_07b3_a445;

/// The smallest rows found that break the law, out of the preset shapes and this many samples.
pub fn check<A>(law: Law, aggregate: &A, tests: u64) -> Option<Finding>
where
    A: Aggregate,
    A::Input: Arbitrary,
{
    let simpler = |row: &A::Input| row.shrink().take(64).collect();
    check_with(law, aggregate, tests, A::Input::clone, simpler)
}

/// Whether a stronger class than the aggregate's is seen to be broken, by the preset shapes and this many samples.
///
/// # Errors
/// The stronger class that would do.
pub fn class<A>(aggregate: &A, tests: u64) -> Result<(), Needless>
where
    A: Aggregate,
    A::Input: Arbitrary,
{
    let mut source = Gen::from_size_and_seed(SIZE, SEED);
    let pool: Vec<A::Input> = (0..POOL).map(|_| A::Input::arbitrary(&mut source)).collect();
    let mut draw = || Sample {
        rows: Arbitrary::arbitrary(&mut source),
        choices: Arbitrary::arbitrary(&mut source),
    };
    let samples: Vec<Sample<A::Input>> = (0..tests).map(|_| draw()).collect();
    class_is_needed(aggregate, &pool, &samples)
}

/// The same as [`check`] for rows that are made from something which quickcheck can draw and shrink.
pub fn check_made_from<A, R>(
    law: Law,
    aggregate: &A,
    tests: u64,
    row: impl Fn(&R) -> A::Input,
) -> Option<Finding>
where
    A: Aggregate,
    R: Arbitrary,
{
    check_with(law, aggregate, tests, row, |_| Vec::new())
}

fn check_with<A, R>(
    law: Law,
    aggregate: &A,
    tests: u64,
    row: impl Fn(&R) -> A::Input,
    simpler: impl Fn(&A::Input) -> Vec<A::Input>,
) -> Option<Finding>
where
    A: Aggregate,
    R: Arbitrary,
{
    let mut source = Gen::from_size_and_seed(SIZE, SEED);
    let pool: Vec<A::Input> = (0..POOL).map(|_| row(&R::arbitrary(&mut source))).collect();
    if let Some(finding) = search(law, aggregate, &pool, [], &simpler) {
        return Some(finding);
    }
    let sample = |(raw, choices): &(Vec<R>, Vec<u8>)| Sample {
        rows: raw.iter().map(&row).collect(),
        choices: choices.clone(),
    };
    let mut source = Gen::from_size_and_seed(SIZE, SEED);
    let mut draw = || Arbitrary::arbitrary(&mut source);
    let mut tried = Vec::new();
    let mut smallest: (Vec<R>, Vec<u8>) = (0..tests).find_map(|_| {
        let drawn = draw();
        tried.push(sample(&drawn));
        law.check(aggregate, &tried[tried.len() - 1]).map(|_| drawn)
    })?;
    // Any smaller sample that breaks the law as well takes the place of the larger one, until none does.
    let broken = |drawn: &(Vec<R>, Vec<u8>)| law.check(aggregate, &sample(drawn)).is_some();
    while let Some(next) = smallest.shrink().find(broken) {
        smallest = next;
    }
    tried.extend((tried.len() as u64..tests).map(|_| sample(&draw())));
    explain(law, aggregate, sample(&smallest), tried, simpler)
}
