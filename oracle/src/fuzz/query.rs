//! `query_both_ways`: a generated case, judged under all its schedules.

use arbitrary::{Arbitrary, Result, Unstructured};
use parallel::Runtime;

use crate::case::Case;
use crate::generate::{self, Bytes, Palette};
use crate::judge::schedules;
use crate::verdict::Verdict;

/// The bytes are choices of the generator of campaigns. Real threads become simulated ones, so that a crash replays.
impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(source: &mut Unstructured<'a>) -> Result<Case> {
        let rest = source.bytes(source.len())?;
        let palette = palette(rest);
        let mut choices = Bytes(Unstructured::new(rest));
        let setting = generate::setting(&mut choices, palette, None);
        let mut case = generate::case(&mut choices, &setting, 0);
        for (seed, schedule) in (0..).zip(&mut case.schedules) {
            if schedule.runtime == Runtime::Threads {
                schedule.runtime = Runtime::Simulated { seed };
            }
        }
        Ok(case)
    }
}

/// Choices are read from the front; the last byte says which types there are.
fn palette(bytes: &[u8]) -> Palette {
    bytes.last().map_or(Palette::Common, |last| Palette::of((*last).into()))
}

/// The case that the bytes mean.
pub(super) fn case(bytes: &[u8]) -> Case {
    Case::arbitrary(&mut Unstructured::new(bytes)).expect("every string of bytes is a case")
}

/// Judges the case that the bytes mean: the same judge as that of campaigns.
///
/// # Panics
/// If an outcome is not permitted; the message holds the case as a file for `bothways replay`.
pub fn query_both_ways(bytes: &[u8]) {
    let case = case(bytes);
    let judged = schedules::judge(&case);
    if let Verdict::Violation(_) = &judged.verdict {
        panic!("{}\n{case}", judged.verdict);
    }
}
