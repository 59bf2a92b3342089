//! Meaning: is what an engine answered among the outcomes that the reference permits? [verdict.meaning]

use spec::outcome::Run;

use super::promise;
use crate::engine::{self, Question};
use crate::verdict::Verdict;

/// Judges one run.
pub fn judge(question: &Question<'_>, run: &Run) -> Verdict {
    match engine::permitted(question) {
        Ok(permitted) => {
            let finding = permitted.refute(&run.outcome, Some(&run.trace));
            let finding = match finding {
                Some(finding) => Some(promise::explained(question, finding, &run.trace)),
                None => promise::inverse(question),
            };
            super::verdict(&permitted, finding)
        }
        Err(unable) => super::no_outcome(unable),
    }
}
