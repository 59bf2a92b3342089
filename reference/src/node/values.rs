//! Written rows.

use spec::error::Failure;
use spec::expr::Expr;
use spec::expr::eval::Scope;

use crate::Reference;
use crate::answer::{Answer, Tuple};

impl Reference<'_> {
    /// One row per written row. [rel.values]
    pub(super) fn values(
        &self,
        rows: &[Vec<Expr>],
        outer: Option<&Scope<'_>>,
    ) -> Result<Answer, Failure> {
        let unit = Tuple::default();
        let row = |exprs: &Vec<Expr>| {
            let fields = exprs.iter().map(|expr| self.lazy_field(expr, &unit, outer));
            fields.collect::<Result<Vec<_>, _>>().map(Tuple::of)
        };
        Ok(Answer::bag(rows.iter().map(row).collect::<Result<_, _>>()?))
    }
}
