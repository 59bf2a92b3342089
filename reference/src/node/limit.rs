//! At most so many rows after the first so many.

use spec::error::{Failure, SqlError, Unsupported, sqlstate};
use spec::expr::Expr;
use spec::expr::eval::Scope;
use spec::query::Rel;
use spec::value::Value;

use crate::Reference;
use crate::answer::{Answer, Tuple};

impl Reference<'_> {
    /// LIMIT and OFFSET: of a group of ties at an edge, any rows may be the ones that stay. [rel.limit]
    pub(super) fn limit(
        &self,
        input: &Rel,
        limit: Option<&Expr>,
        offset: Option<&Expr>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Answer, Failure> {
        let mut skip = self.count(offset, "OFFSET", outer)?.unwrap_or(0);
        let mut left = self.count(limit, "LIMIT", outer)?.unwrap_or(usize::MAX);
        let mut answer = self.answer(input, outer)?;
        if answer.failure.is_some() {
            return Err(Unsupported::new("answers in which a LIMIT may avoid an error").into());
        }
        for group in &mut answer.groups {
            let skipped = skip.min(group.take);
            let taken = left.min(group.take - skipped);
            (skip, left) = (skip - skipped, left - taken);
            group.take = taken;
            if taken == 0 {
                group.tuples.clear();
            }
        }
        answer.groups.retain(|group| group.take > 0);
        Ok(answer)
    }

    /// The number that LIMIT or OFFSET asks for; `None` for NULL.
    fn count(
        &self,
        expr: Option<&Expr>,
        clause: &str,
        outer: Option<&Scope<'_>>,
    ) -> Result<Option<usize>, Failure> {
        let Some(expr) = expr else { return Ok(None) };
        match self.value(expr, &Tuple::default(), outer)? {
            Value::Null => Ok(None),
            Value::Int8(count) => usize::try_from(count).map(Some).map_err(|_| {
                let state = match clause {
                    "LIMIT" => sqlstate::INVALID_ROW_COUNT_IN_LIMIT_CLAUSE,
                    _ => sqlstate::INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE,
                };
                SqlError::new(state, format!("{clause} must not be negative")).into()
            }),
            other => unreachable!("the binder makes {clause} a bigint, not {other:?}"),
        }
    }
}
