//! WITH queries: every reference sees the same rows.

use std::rc::Rc;

use spec::error::Failure;
use spec::query::Cte;

use crate::Reference;
use crate::answer::Answer;

impl Reference<'_> {
    /// The rows of a WITH query, computed once. [rel.with]
    ///
    /// # Errors
    /// 0A000 if several references would have to agree on rows that a LIMIT chooses freely.
    pub(super) fn cte(&self, cte: &Cte) -> Result<Answer, Failure> {
        if let Some(answer) = self.ctes.borrow().get(&cte.id) {
            return Ok((**answer).clone());
        }
        let mut answer = self.answer(&cte.rel, None)?;
        if cte.references > 1 {
            let failure = answer.failure.clone();
            answer = Answer::bag(answer.into_tuples()?).failing(failure);
        }
        self.ctes.borrow_mut().insert(cte.id, Rc::new(answer.clone()));
        Ok(answer)
    }
}
