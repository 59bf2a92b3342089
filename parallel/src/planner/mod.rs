//! The planner, PostgreSQL's way: paths, partial paths, costs by its formulas, worker counts by its rule.

use spec::error::Failure;
use spec::plan::Plan;
use spec::query::Query;
use spec::settings::Settings;

/// The cheapest plan for a query under these settings. Statistics come with the tables that the query names.
///
/// # Errors
/// 0A000 for what cannot be planned yet; errors that PostgreSQL raises while planning (constant folding).
pub fn plan(_query: &Query, _settings: &Settings) -> Result<Plan, Failure> {
    Err(spec::Unsupported::new("queries").into())
}
