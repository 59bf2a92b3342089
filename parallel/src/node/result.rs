//! `Result`: one row without columns.

use super::{Executor, Pull, Pulled, rows};
use crate::runtime::Participant;

/// Gives its one row once.
pub(crate) struct OneRow {
    given: bool,
}

impl OneRow {
    pub fn new() -> OneRow {
        OneRow { given: false }
    }
}

impl<'p> Executor<'p> for OneRow {
    fn pull(&mut self, _: &mut Participant<'p>) -> Pull {
        if std::mem::replace(&mut self.given, true) {
            return Ok(Pulled::Done);
        }
        Ok(Pulled::Batch(rows::unit()))
    }
}
