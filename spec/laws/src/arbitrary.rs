//! Laws under a fuzzer: rows and splits from its bytes.

use arbitrary::{Arbitrary, Result, Unstructured};

use crate::{Aggregate, Finding, Law, Needless, Sample, Split, class_is_needed, search, smallest};

/// Inputs per law that [`aggregate_laws!`](crate::aggregate_laws) makes of a fixed seed, beside the preset shapes; a fuzzer
/// makes its own.
pub const INPUTS: usize = 256;

/// A split that a fuzzer chose, with the number of its rows (the orphan rule asks for a type of our own).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnySplit {
    /// Rows that it divides, at most 255.
    pub rows: usize,
    /// The split, which need not keep the order.
    pub split: Split,
}

impl<'a> Arbitrary<'a> for AnySplit {
    fn arbitrary(source: &mut Unstructured<'a>) -> Result<AnySplit> {
        let rows = usize::from(u8::arbitrary(source)?);
        let choices = Vec::arbitrary(source)?;
        Ok(AnySplit { rows, split: Split::from_choices(rows, false, &choices) })
    }
}

/// A sample out of a fuzzer's bytes: the choices first, so that a byte more is a row more.
pub fn sample<'a, I: Arbitrary<'a>>(source: &mut Unstructured<'a>) -> Result<Sample<I>> {
    Ok(Sample { choices: Vec::arbitrary(source)?, rows: Vec::arbitrary(source)? })
}

/// The body of a fuzz target: checks every law on what the bytes describe. Bytes that describe nothing break nothing.
///
/// ```
/// use bothways_laws::{arbitrary::check, from_closures};
///
/// let sum = from_closures(
///     || 0u64,
///     |state, row: &u8| *state += u64::from(*row),
///     |state, other| *state += other,
///     |state| *state,
/// );
/// assert_eq!(check(&sum, b"bytes of a fuzzer, whatever they are"), None);
/// ```
pub fn check<'a, A>(aggregate: &A, bytes: &'a [u8]) -> Option<Finding>
where
    A: Aggregate,
    A::Input: Arbitrary<'a>,
{
    let sample = sample(&mut Unstructured::new(bytes)).ok()?;
    Law::ALL.iter().find_map(|law| {
        law.check(aggregate, &sample)?;
        smallest(*law, aggregate, sample.clone(), |_| Vec::new()).map(|(_, finding)| finding)
    })
}

/// The body of a fuzz target, for laws that are not said to fail.
///
/// # Panics
/// If a law is broken, with the finding.
pub fn fuzz<'a, A>(aggregate: &A, bytes: &'a [u8], exempt: &[(Law, &str)])
where
    A: Aggregate,
    A::Input: Arbitrary<'a>,
{
    let Ok(sample) = sample(&mut Unstructured::new(bytes)) else { return };
    let asked = |law: &&Law| exempt.iter().all(|(exempt, _)| exempt != *law);
    for law in Law::ALL.iter().filter(asked) {
        if let Some(finding) = law.check(aggregate, &sample) {
            panic!("{finding}");
        }
    }
}

/// The smallest rows found that break the law, out of the preset shapes and this many inputs of a fixed seed.
pub fn check_law<A>(law: Law, aggregate: &A, inputs: usize) -> Option<Finding>
where
    A: Aggregate,
    A::Input: for<'a> Arbitrary<'a>,
{
    let (pool, samples) = drawn::<A::Input>(inputs);
    // What zero bytes mean is as simple as a row gets.
    let simple = A::Input::arbitrary(&mut Unstructured::new(&[0; 64])).ok();
    let simple: Vec<A::Input> = simple.into_iter().chain(pool.iter().cloned()).collect();
    search(law, aggregate, &pool, samples, |_| simple.clone())
}

/// Whether a stronger class than the aggregate's is seen to be broken, by the preset shapes and this many inputs.
///
/// # Errors
/// The stronger class that would do.
pub fn class<A>(aggregate: &A, inputs: usize) -> std::result::Result<(), Needless>
where
    A: Aggregate,
    A::Input: for<'a> Arbitrary<'a>,
{
    let (pool, samples) = drawn::<A::Input>(inputs);
    class_is_needed(aggregate, &pool, &samples)
}

/// Samples out of bytes of a fixed seed, and some of their rows.
fn drawn<I: Clone + for<'a> Arbitrary<'a>>(inputs: usize) -> (Vec<I>, Vec<Sample<I>>) {
    let mut seed = 0x000b_07b3_a445;
    let bytes: Vec<Vec<u8>> = (0..inputs).map(|i| noise(&mut seed, 16 + i % 240)).collect();
    let samples: Vec<Sample<I>> =
        bytes.iter().filter_map(|bytes| sample(&mut Unstructured::new(bytes)).ok()).collect();
    let pool = samples.iter().flat_map(|sample| &sample.rows).take(16).cloned().collect();
    (pool, samples)
}

/// Bytes of splitmix64.
fn noise(seed: &mut u64, length: usize) -> Vec<u8> {
    let word = |_| {
        *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*seed ^ *seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) as u8
    };
    (0..length).map(word).collect()
}
