//! What lint finds of PostgreSQL's own aggregates, and why it does no harm there.

use crate::engine::postgres::aggregates::Aggregate;

/// Names of aggregates, a rule, and why what the rule finds of them does no harm.
type Explained = (&'static [&'static str], &'static str, &'static str);

/// Findings of `pg_catalog` that are known, from PostgreSQL 12 on.
pub const EXPLAINED: [Explained; 5] = [
    (
        &[
            "array_agg",
            "string_agg",
            "xmlagg",
            "json_agg",
            "jsonb_agg",
            "json_agg_strict",
            "jsonb_agg_strict",
        ],
        "safe-without-combine",
        "the answer depends on the order of the rows, which a split does not keep; array_agg and string_agg can be split \
         from PostgreSQL 16 on, for queries that do not mind",
    ),
    (
        &[
            "json_object_agg",
            "jsonb_object_agg",
            "json_object_agg_strict",
            "jsonb_object_agg_strict",
            "json_object_agg_unique",
            "jsonb_object_agg_unique",
            "json_object_agg_unique_strict",
            "jsonb_object_agg_unique_strict",
        ],
        "safe-without-combine",
        "which of two equal keys stays, or comes first, depends on the order of the rows, which a split does not keep",
    ),
    (
        &["range_agg", "range_intersect_agg"],
        "safe-without-combine",
        "its answer does not depend on the order, but PostgreSQL has no combine function for it; SAFE lets the scan below \
         it be parallel",
    ),
    (
        &["sum"],
        "moving-strictness",
        "int2_sum and int4_sum are called for NULL because their state begins as NULL of another type; they skip NULL rows, \
         as the strict moving transition does",
    ),
    (
        &["bool_and", "bool_or", "every"],
        "moving-strictness",
        "bool_accum is called for NULL because its state is internal and begins as NULL; it skips NULL rows itself",
    ),
];

/// Why a finding of this rule does no harm for this aggregate.
pub(super) fn why(aggregate: &Aggregate, rule: &str) -> Option<&'static str> {
    if aggregate.schema != "pg_catalog" {
        return None;
    }
    let named = |names: &[&str]| names.contains(&aggregate.name.as_str());
    let known = EXPLAINED.iter().find(|(names, of, _)| *of == rule && named(names));
    known.map(|(_, _, why)| *why)
}
