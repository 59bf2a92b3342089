//! Why something was found: one explanation for everything that has one cause.

use crate::Found;

/// A cause.
pub struct Explanation {
    /// In a few words.
    pub title: &'static str,
    /// In a few sentences.
    pub why: &'static str,
    /// How the names of the aggregates begin.
    pub aggregates: &'static [&'static str],
    /// The laws and contracts that are broken by it.
    pub rules: &'static [&'static str],
    /// How a query of DataFusion's own runs into it.
    pub reached: Reached,
}

/// Whether a user of SQL can see it.
pub enum Reached {
    /// By these statements, each with a comment that says its answer; `queries.py` runs them.
    Query(&'static str),
    /// By none that we know of, for this reason.
    No(&'static str),
}

impl Explanation {
    /// Whether this is the cause.
    pub fn covers(&self, found: &Found) -> bool {
        self.rules.contains(&&*found.rule)
            && self.aggregates.iter().any(|name| found.case.starts_with(name))
    }
}

/// What one broken combine or update breaks: nearly every law sees it.
const LAWS: &[&str] = &[
    "combine_is_associative",
    "combine_is_commutative",
    "init_is_a_unit",
    "empty_part_is_neutral",
    "combine_absorbs_a_row",
    "split_is_invisible",
    "serialize_round_trips",
    "states_continue",
    "batches_are_invisible",
    "both_answer_alike",
    "any_slice_is_a_batch",
    "states_merge_together",
    "windows_slide",
    "errors_are_lawful",
    "groups_are_apart",
    "filter_drops_rows",
    "first_groups_leave",
    "rows_convert_to_states",
];

/// Every cause.
pub const ALL: &[Explanation] = &[
    Explanation {
        title: "min and max of groups, with NaN and infinities",
        why: "A wrong answer. `GroupsAccumulator` begins with the greatest (least) finite double and compares with `<` (`>`), which \
              NaN always loses: the answer depends on the order of the rows, and of NaN and an infinity it may be a number \
              that is in no row. `Accumulator` orders NaN above everything, so the same query with and without GROUP BY differs.",
        aggregates: &["min(Float64)", "max(Float64)"],
        rules: LAWS,
        reached: Reached::Query(
            r"SET datafusion.execution.target_partitions = 1;
SELECT min(x), max(x) FROM (VALUES (1, 'NaN'::double), (1, 'Infinity'::double)) t(g, x);
-- inf | nan
SELECT min(x), max(x) FROM (VALUES (1, 'NaN'::double), (1, 'Infinity'::double)) t(g, x) GROUP BY g;
-- inf | inf
SELECT min(x), max(x) FROM (VALUES (1, 1.0), (1, 'NaN'::double)) t(g, x) GROUP BY g;
-- nan | nan
SELECT min(x), max(x) FROM (VALUES (1, 'NaN'::double), (1, 1.0)) t(g, x) GROUP BY g;
-- 1.0 | 1.0
SET datafusion.execution.target_partitions = 4;
SELECT min(x), max(x) FROM (VALUES (1, 'NaN'::double), (1, 'Infinity'::double)) t(g, x) GROUP BY g;
-- 1.7976931348623157e+308 | inf",
        ),
    },
    Explanation {
        title: "bit_xor(DISTINCT) of groups",
        why: "A wrong answer. `groups_accumulator_supported` does not look at DISTINCT, so with GROUP BY each duplicate \
              counts, and the state is not the list that `state_fields` declares.",
        aggregates: &["bit_xor(DISTINCT"],
        rules: &["types_are_declared", "both_answer_alike"],
        reached: Reached::Query(
            r"SET datafusion.execution.target_partitions = 1;
SELECT bit_xor(DISTINCT x), count(*) FROM (VALUES (1, 5), (1, 5)) t(g, x);
-- 5 | 2
SELECT bit_xor(DISTINCT x), count(*) FROM (VALUES (1, 5), (1, 5)) t(g, x) GROUP BY g;
-- 0 | 2
SET datafusion.execution.target_partitions = 4;
SELECT bit_xor(DISTINCT x), count(*) FROM (VALUES (1, 5), (1, 5)) t(g, x) GROUP BY g;
-- error: column types must match schema types, expected List(Int64) but found Int64",
        ),
    },
    Explanation {
        title: "percentile_cont cannot skip the partial stage",
        why: "A panic. `convert_to_state` asserts that there is one argument; its documentation says \"the input arguments to the \
              accumulator\", and those are two, as `update_batch` takes them: the value and the percentile. It is meant for \
              plans whose partial stage does not reduce the rows enough.",
        aggregates: &["percentile_cont(Float64"],
        rules: &["combine_absorbs_a_row", "rows_convert_to_states"],
        reached: Reached::Query(
            r"SET datafusion.execution.target_partitions = 4;
SELECT count(m) FROM (SELECT median(x::double) m FROM generate_series(1, 1000000) t(x) GROUP BY x * 7 % 1000003);
-- 1000000
SELECT count(m) FROM (SELECT percentile_cont(x::double, 0.25) m FROM generate_series(1, 1000000) t(x) GROUP BY x * 7 % 1000003);
-- panic",
        ),
    },
    Explanation {
        title: "percentile_cont merges the first of several states",
        why: "A wrong answer. `merge_batch` of the `Accumulator` takes the list at position 0 and no other, so the states of all other \
              partitions in the same batch are lost; with no states it panics. The documentation says \"zero or more\". \
              The same fault was found in array_agg(DISTINCT) once (apache/datafusion#10486).",
        aggregates: &["percentile_cont(Float64"],
        rules: &["states_merge_together", "batches_are_invisible"],
        reached: Reached::No(
            "without GROUP BY each partition's state reaches the final stage in a batch of its own (`CoalescePartitionsExec`), \
             and with GROUP BY the `GroupsAccumulator` merges. An engine that puts several states into one batch loses all but the first.",
        ),
    },
    Explanation {
        title: "bit_xor of a window that has only NULLs left",
        why: "A wrong answer. `retract_batch` takes values out of the sum but does not count them, so what is left of a window \
              whose last value went is 0, where it should be NULL.",
        aggregates: &["bit_xor("],
        rules: &["windows_slide"],
        reached: Reached::Query(
            r"SET datafusion.execution.target_partitions = 1;
SELECT x, bit_xor(x) OVER (ORDER BY i ROWS BETWEEN CURRENT ROW AND CURRENT ROW) FROM (VALUES (1, 5), (2, NULL)) t(i, x) ORDER BY i;
-- 5 | 5
-- NULL | 0",
        ),
    },
    Explanation {
        title: "The last digits of regr_avgx and regr_avgy",
        why: "Floating point. The mean is carried from row to row (`mean += (x - mean) / n`), which rounds where a sum of small \
              integers is exact; so answers leave the bound that PostgreSQL's way has, by the last digit or two.",
        aggregates: &["regr_avgx(", "regr_avgy("],
        rules: LAWS,
        reached: Reached::Query(
            r"SET datafusion.execution.target_partitions = 1;
SELECT regr_avgx(1, x), avg(x) FROM (VALUES (0.0), (0.0), (1.0)) t(x);
-- 0.3333333333333333 | 0.3333333333333333
SELECT regr_avgx(1, x), avg(x) FROM (VALUES (1.0), (0.0), (0.0)) t(x);
-- 0.33333333333333337 | 0.3333333333333333",
        ),
    },
    Explanation {
        title: "nth_value from the end, without ORDER BY",
        why: "An order that nothing promises. Several states in one call are merged by their (empty) order, not one after the \
              other as in several calls; without ORDER BY any row is a permitted answer.",
        aggregates: &["nth_value("],
        rules: &["states_merge_together"],
        reached: Reached::No("as above, each partition's state comes in a batch of its own."),
    },
    Explanation {
        title: "approx_percentile_cont_with_weight",
        why: "Approximate by design: what the digest keeps depends on how rows and states were batched, here with five rows already.",
        aggregates: &["approx_percentile_cont_with_weight("],
        rules: LAWS,
        reached: Reached::No("an approximation has no wrong last digit."),
    },
];
