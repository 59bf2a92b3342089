//! The rows of a set-returning function in FROM.

use spec::error::Failure;
use spec::expr::eval::Scope;
use spec::expr::function::set;
use spec::expr::{Expr, Function};

use crate::Reference;
use crate::answer::{Answer, Tuple};

impl Reference<'_> {
    /// One row per member of the set. [rel.function]
    pub(super) fn function(
        &self,
        function: &'static Function,
        args: &[Expr],
        outer: Option<&Scope<'_>>,
    ) -> Result<Answer, Failure> {
        let unit = Tuple::default();
        let args: Vec<_> =
            args.iter().map(|arg| self.value(arg, &unit, outer)).collect::<Result<_, _>>()?;
        let members = set::rows(function, &args)?;
        Ok(Answer::bag(members.into_iter().map(|value| Tuple::exact(vec![value])).collect()))
    }
}
