//! EXPLAIN: the plan that the settings choose; with ANALYZE, what happened when it ran.

use spec::error::{Failure, Unsupported};
use spec::sql::ast::{ExplainOptions, Statement};

use super::{Reply, Session};

impl Session {
    pub(super) fn explain(&self, _: ExplainOptions, _: &Statement) -> Result<Reply, Failure> {
        Err(Unsupported::new("plans as text").into())
    }
}

/// The serial and the parallel plan of a query, as text.
///
/// # Errors
/// What is wrong with the query; 0A000 if it cannot be planned yet.
pub fn both_plans(_: &Session, _: &str, _: ExplainOptions) -> Result<(String, String), Failure> {
    Err(Unsupported::new("plans as text").into())
}
