//! One output row per input row.

use spec::error::Failure;
use spec::expr::Expr;
use spec::expr::eval::Scope;
use spec::query::Rel;

use crate::Reference;
use crate::answer::{Answer, Tuple};

impl Reference<'_> {
    /// The expressions of each row; order and ties stay. An error poisons its field only: nobody may ask for it.
    /// [rel.project]
    pub(super) fn project(
        &self,
        input: &Rel,
        exprs: &[Expr],
        outer: Option<&Scope<'_>>,
    ) -> Result<Answer, Failure> {
        let mut answer = self.answer(input, outer)?;
        for tuple in answer.groups.iter_mut().flat_map(|group| &mut group.tuples) {
            let fields = exprs.iter().map(|expr| self.lazy_field(expr, tuple, outer));
            *tuple = Tuple::of(fields.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(answer)
    }
}
