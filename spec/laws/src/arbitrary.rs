//! Laws under a fuzzer: rows and splits from its bytes.

use arbitrary::{Arbitrary, Result, Unstructured};

use crate::{Aggregate, Finding, Law, Sample, Split};

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

/// A sample out of a fuzzer's bytes.
pub fn sample<'a, I: Arbitrary<'a>>(source: &mut Unstructured<'a>) -> Result<Sample<I>> {
    Ok(Sample { rows: Vec::arbitrary(source)?, choices: Vec::arbitrary(source)? })
}

/// The body of a fuzz target: checks every law on what the bytes describe. Bytes that describe nothing break nothing.
///
/// ```
/// use bothways_laws::{Aggregate, arbitrary::check};
///
/// struct Sum;
/// impl Aggregate for Sum {
///     type Input = u8;
///     type State = u64;
///     type Output = u64;
///     fn init(&self) -> u64 {
///         0
///     }
///     fn update(&self, state: &mut u64, input: &u8) {
///         *state += u64::from(*input);
///     }
///     fn combine(&self, state: &mut u64, other: &u64) {
///         *state += other;
///     }
///     fn finish(&self, state: &u64) -> u64 {
///         *state
///     }
/// }
/// assert_eq!(check(&Sum, b"bytes of a fuzzer, whatever they are"), None);
/// ```
pub fn check<'a, A>(aggregate: &A, bytes: &'a [u8]) -> Option<Finding>
where
    A: Aggregate,
    A::Input: Arbitrary<'a>,
{
    let sample = sample(&mut Unstructured::new(bytes)).ok()?;
    Law::ALL.iter().find_map(|law| law.check(aggregate, &sample))
}
