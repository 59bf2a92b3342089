//! Aggregate calls in EXPLAIN (VERBOSE), character by character: ours and a live server's beside what PostgreSQL 15.18 printed.

use oracle::engine::postgres::connect;
use oracle::session::{EngineChoice, Session, both_plans};
use spec::sql::ast::ExplainOptions;

const TABLE: &str = "CREATE TABLE t (i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, s text, \
    vc varchar(5), ch char(3), nm name, d date, ts timestamp, tz timestamptz, ti time, b bytea, iv interval, bo bool, ia int4[])";

/// What is written, and what `Output` shows.
const CALLS: &[(&str, &str)] = &[
    // Arguments with the casts that the binder added.
    ("avg(i4)", "avg(i4)"),
    ("sum(i2 + 1)", "sum((i2 + 1))"),
    ("sum(i2 + i2)", "sum((i2 + i2))"),
    ("stddev(i4)", "stddev(i4)"),
    ("string_agg(vc, ',')", "string_agg((vc)::text, ','::text)"),
    ("string_agg(ch, ',')", "string_agg((ch)::text, ','::text)"),
    ("string_agg(nm, ',')", "string_agg((nm)::text, ','::text)"),
    ("string_agg(vc, vc)", "string_agg((vc)::text, (vc)::text)"),
    ("string_agg(i4::text, ',')", "string_agg((i4)::text, ','::text)"),
    ("string_agg(vc::text, ',')", "string_agg((vc)::text, ','::text)"),
    ("string_agg(s::varchar, ',')", "string_agg(s, ','::text)"),
    ("corr(i4, i4)", "corr((i4)::double precision, (i4)::double precision)"),
    ("corr(f4, n)", "corr((f4)::double precision, (n)::double precision)"),
    ("regr_count(i2, i8)", "regr_count((i2)::double precision, (i8)::double precision)"),
    ("covar_pop(f8, 1)", "covar_pop(f8, '1'::double precision)"),
    ("corr(1, 2.5)", "corr('1'::double precision, '2.5'::double precision)"),
    ("min(vc)", "min((vc)::text)"),
    ("max(ch)", "max(ch)"),
    ("min(nm::text)", "min((nm)::text)"),
    ("array_agg(vc)", "array_agg(vc)"),
    ("sum(ti)", "sum((ti)::interval)"),
    ("sum(d - date '2000-01-01')", "sum((d - '2000-01-01'::date))"),
    ("max(greatest(i2, i4))", "max(GREATEST((i2)::integer, i4))"),
    ("sum(coalesce(i4, 0))", "sum(COALESCE(i4, 0))"),
    ("avg(i4 + 1.5)", "avg(((i4)::numeric + 1.5))"),
    ("avg(f4 + 1)", "avg((f4 + '1'::double precision))"),
    ("max(tz - ts)", "max((tz - (ts)::timestamp with time zone))"),
    ("sum(extract(epoch from ts))", "sum(EXTRACT(epoch FROM ts))"),
    // Subscripts and slices.
    ("max(ia[i2])", "max(ia[i2])"),
    ("array_agg((ia || 1)[i2:i4 + 1])", "array_agg(((ia || 1))[i2:(i4 + 1)])"),
    ("array_agg(ia[:i2] ORDER BY ia[1:i4][2])", "array_agg(ia[:i2] ORDER BY ia[1:i4][1:2])"),
    // Keys inside a call.
    ("string_agg(vc, ',' ORDER BY vc)", "string_agg((vc)::text, ','::text ORDER BY (vc)::text)"),
    ("string_agg(DISTINCT vc, ',')", "string_agg(DISTINCT (vc)::text, ','::text)"),
    ("array_agg(i4 ORDER BY i4 DESC)", "array_agg(i4 ORDER BY i4 DESC)"),
    ("array_agg(s ORDER BY i4 + 1)", "array_agg(s ORDER BY (i4 + 1))"),
    ("array_agg(s ORDER BY upper(s) DESC)", "array_agg(s ORDER BY (upper(s)) DESC)"),
    ("array_agg(s ORDER BY coalesce(s, 'x'))", "array_agg(s ORDER BY COALESCE(s, 'x'::text))"),
    ("array_agg(s ORDER BY i4::float8)", "array_agg(s ORDER BY ((i4)::double precision))"),
    (
        "array_agg(s ORDER BY i4 IS NULL, NOT bo, i4::int2 NULLS FIRST)",
        "array_agg(s ORDER BY (i4 IS NULL), (NOT bo), ((i4)::smallint) NULLS FIRST)",
    ),
    ("array_agg(s ORDER BY 5)", "array_agg(s ORDER BY 5::integer)"),
    (
        "array_agg(s ORDER BY - i4, extract(year from d), nullif(i4, 1))",
        "array_agg(s ORDER BY (- i4), (EXTRACT(year FROM d)), NULLIF(i4, 1))",
    ),
    (
        "percentile_cont(0.5) WITHIN GROUP (ORDER BY i4)",
        "percentile_cont('0.5'::double precision) WITHIN GROUP (ORDER BY ((i4)::double precision))",
    ),
    (
        "percentile_cont(1) WITHIN GROUP (ORDER BY n)",
        "percentile_cont('1'::double precision) WITHIN GROUP (ORDER BY ((n)::double precision))",
    ),
    (
        "percentile_disc(0.5) WITHIN GROUP (ORDER BY i4)",
        "percentile_disc('0.5'::double precision) WITHIN GROUP (ORDER BY i4)",
    ),
    (
        "rank('a') WITHIN GROUP (ORDER BY vc)",
        "rank('a'::character varying) WITHIN GROUP (ORDER BY vc)",
    ),
    ("rank(1.5) WITHIN GROUP (ORDER BY i4)", "rank(1.5) WITHIN GROUP (ORDER BY ((i4)::numeric))"),
    (
        "rank(1, 'x') WITHIN GROUP (ORDER BY f4, s)",
        "rank('1'::real, 'x'::text) WITHIN GROUP (ORDER BY f4, s)",
    ),
    (
        "mode() WITHIN GROUP (ORDER BY coalesce(i4, 1))",
        "mode() WITHIN GROUP (ORDER BY COALESCE(i4, 1))",
    ),
    // Conditions.
    ("count(*) FILTER (WHERE i2 > 1)", "count(*) FILTER (WHERE (i2 > 1))"),
    ("sum(i4) FILTER (WHERE vc = 'a')", "sum(i4) FILTER (WHERE ((vc)::text = 'a'::text))"),
    ("max(s) FILTER (WHERE bo)", "max(s) FILTER (WHERE bo)"),
    ("sum(i4) FILTER (WHERE NOT bo)", "sum(i4) FILTER (WHERE (NOT bo))"),
    (
        "sum(i4) FILTER (WHERE i4 IN (1, 2))",
        "sum(i4) FILTER (WHERE (i4 = ANY ('{1,2}'::integer[])))",
    ),
    ("sum(i4) FILTER (WHERE coalesce(bo, true))", "sum(i4) FILTER (WHERE COALESCE(bo, true))"),
    (
        "sum(i4) FILTER (WHERE starts_with(s, 'a'))",
        "sum(i4) FILTER (WHERE starts_with(s, 'a'::text))",
    ),
];

/// The first `Output` of a plan.
fn output<'p>(plan: &'p str, call: &str) -> &'p str {
    let line = plan.lines().find_map(|line| line.trim().strip_prefix("Output: "));
    line.unwrap_or_else(|| panic!("{call}: {plan}"))
}

#[test]
fn aggregate_calls_are_printed_with_the_casts_that_the_binder_added() {
    spec::clauses!("explain.aggregate.argument");
    let mut session = Session::new(EngineChoice::Parallel);
    session.execute_text(TABLE).expect("a table");
    let options = ExplainOptions { costs: false, verbose: true, ..ExplainOptions::default() };
    let wrong: Vec<String> = CALLS
        .iter()
        .filter_map(|(call, printed)| {
            let query = format!("SELECT {call} FROM t");
            let (serial, _) =
                both_plans(&session, &query, options).unwrap_or_else(|e| panic!("{query}: {e:?}"));
            let shown = output(&serial, call);
            (shown != *printed)
                .then(|| format!("{call}\n  ours:       {shown}\n  PostgreSQL: {printed}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_live_server_prints_aggregate_calls_so() {
    let mut server = match connect::plain_temporary() {
        Ok(server) => server,
        Err(unable) => return println!("outputs: without a live PostgreSQL: {unable}"),
    };
    server.client.batch_execute(TABLE).expect("a table");
    for (call, printed) in CALLS {
        let explain = format!("EXPLAIN (VERBOSE, COSTS OFF) SELECT {call} FROM t");
        let rows = server.client.query(&explain, &[]).unwrap_or_else(|e| panic!("{call}: {e}"));
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        // Version 16 and later may sort for a call that has an order, in a node below.
        assert_eq!(output(&plan.join("\n"), call), *printed);
    }
}
