//! Laws under quickcheck: rows from `Arbitrary`, failures shrunk, seeds fixed.

use quickcheck::{Arbitrary, Gen};

use crate::{Aggregate, Finding, Law, Sample};

/// Samples per law that [`aggregate_laws!`](crate::aggregate_laws) runs.
pub const TESTS: u64 = 256;

/// Most rows of a sample.
const SIZE: usize = 16;

/// Where every run begins: a law that fails, fails again.
const SEED: u64 = 0x000b_07b3_a445;

/// The smallest rows found that break the law, out of this many samples.
pub fn check<A>(law: Law, aggregate: &A, tests: u64) -> Option<Finding>
where
    A: Aggregate,
    A::Input: Arbitrary,
{
    check_made_from(law, aggregate, tests, A::Input::clone)
}

/// The same for rows that are made from something which quickcheck can draw and shrink.
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
    let broken = |(raw, choices): &(Vec<R>, Vec<u8>)| {
        let rows = raw.iter().map(&row).collect();
        law.check(aggregate, &Sample { rows, choices: choices.clone() })
    };
    let mut source = Gen::from_size_and_seed(SIZE, SEED);
    let (mut smallest, mut finding) = (0..tests).find_map(|_| {
        let drawn = Arbitrary::arbitrary(&mut source);
        broken(&drawn).map(|finding| (drawn, finding))
    })?;
    // Any smaller sample that breaks the law as well takes the place of the larger one, until none does.
    let smaller = |sample: &(Vec<R>, Vec<u8>)| {
        sample.shrink().find_map(|drawn| broken(&drawn).map(|finding| (drawn, finding)))
    };
    while let Some(next) = smaller(&smallest) {
        (smallest, finding) = next;
    }
    Some(finding)
}
