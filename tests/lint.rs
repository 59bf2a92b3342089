//! `bothways lint` on a throw-away server: how an aggregate is found, and what each rule says of one that breaks it.
//!
//! Where no server can be started, each test prints one line and is done.

use oracle::engine::postgres::aggregates::{self, NotFound, Selection};
use oracle::engine::postgres::connect::{self, Plain};
use oracle::lint::{self, Finding, Report, Severity, probe, report, rules};

fn server(test: &str) -> Option<Plain> {
    let server = connect::plain_temporary();
    server.inspect_err(|unable| println!("{test}: without a live PostgreSQL: {unable}")).ok()
}

#[test]
fn an_aggregate_is_found_by_name_and_types() {
    let Some(mut server) = server("finding aggregates") else { return };
    let mut found = |text: &str| {
        let found = aggregates::resolve(&mut server.client, text);
        found.map(|aggregate| aggregate.signature()).map_err(|error| error.to_string())
    };
    let signature = |text: &str| Ok(text.to_owned());
    assert_eq!(found("sum(int)"), signature("pg_catalog.sum(integer)"));
    assert_eq!(found("pg_catalog.sum( numeric(10,2) )"), signature("pg_catalog.sum(numeric)"));
    assert_eq!(found("count(*)"), signature("pg_catalog.count(*)"));
    assert_eq!(found("every"), signature("pg_catalog.every(boolean)"));
    assert_eq!(found("array_agg(int)"), signature("pg_catalog.array_agg(anynonarray)"));
    assert_eq!(found("array_agg(int[])"), signature("pg_catalog.array_agg(anyarray)"));
    let percentile = found("percentile_disc(float8 ORDER BY anyelement)");
    assert!(percentile.is_ok(), "{percentile:?}");
    assert_eq!(found("sum(nonesuch)"), Err("type \"nonesuch\" does not exist".into()));
    let several = found("bool_or(int)").unwrap_err();
    assert_eq!(
        several,
        "aggregate bool_or(int) does not exist; of a similar name are:\n  pg_catalog.bool_or(boolean)"
    );
    let ambiguous = aggregates::resolve(&mut server.client, "sum").unwrap_err();
    let NotFound::Ambiguous { candidates, .. } = ambiguous else { panic!("{ambiguous}") };
    assert_eq!(candidates.len(), 8, "{candidates:?}");
}

#[test]
fn all_aggregates_of_the_server_are_read() {
    let Some(mut server) = server("reading aggregates") else { return };
    let own = Selection::Schema("pg_catalog".into());
    let read = aggregates::read(&mut server.client, &own).expect("the catalogue");
    let counted = server.client.query_one("SELECT count(*) FROM pg_aggregate", &[]);
    assert_eq!(read.len() as i64, counted.expect("a count").get::<_, i64>(0));
    let avg = read.iter().find(|aggregate| aggregate.signature() == "pg_catalog.avg(bigint)");
    let avg = avg.expect("it is there");
    assert!(avg.can_be_split() && avg.plain.state.is_internal() && avg.moving.is_some());
    let users = aggregates::read(&mut server.client, &Selection::Users).expect("the catalogue");
    assert!(users.is_empty());
}

/// A throw-away server with the aggregates of `lint/rules.sql`, and what lint says of them.
fn linted(test: &str) -> Option<(Plain, Vec<Report>)> {
    let mut server = server(test)?;
    server.client.batch_execute(include_str!("lint/rules.sql")).expect("the script runs");
    let reports = reports(&mut server, "lint");
    Some((server, reports))
}

/// Lints a schema in a READ ONLY transaction, as the command does.
fn reports(server: &mut Plain, schema: &str) -> Vec<Report> {
    server.client.batch_execute("SET search_path = pg_catalog; BEGIN READ ONLY").expect("begun");
    let which = Selection::Schema(schema.into());
    let read = aggregates::read(&mut server.client, &which).expect("the catalogue");
    let reports = lint::lint(&mut server.client, &read).expect("the server is there");
    server.client.batch_execute("ROLLBACK").expect("nothing was lost");
    reports
}

/// What is found of an aggregate of schema `lint`.
fn of<'a>(reports: &'a [Report], name: &str) -> &'a Report {
    let begin = format!("lint.{name}(");
    let report = reports.iter().find(|report| report.aggregate.starts_with(&begin));
    report.unwrap_or_else(|| panic!("no {name}"))
}

/// The ids of all rules.
fn ids() -> Vec<&'static str> {
    rules::RULES.iter().map(|rule| rule.id).chain([probe::RULE]).collect()
}

#[test]
fn each_rule_finds_the_aggregate_that_breaks_it_and_passes_one_that_does_not() {
    let Some((_server, reports)) = linted("lint rules") else { return };
    for id in ids() {
        let name = id.replace('-', "_");
        let bad = of(&reports, &format!("{name}_bad"));
        assert!(bad.findings.iter().any(|found| found.rule == id), "{id} finds nothing: {bad:?}");
        let good = of(&reports, &format!("{name}_good"));
        assert!(good.findings.iter().all(|found| found.rule != id), "{id}: {good:?}");
    }
}

#[test]
fn an_initial_state_is_probed_only_where_calling_is_harmless() {
    let Some((_server, reports)) = linted("lint probes") else { return };
    spec::clauses!("law.unit");
    let what = |name: &str| -> String {
        let found = of(&reports, name).findings.iter().find(|found| found.rule == probe::RULE);
        found.map_or(String::new(), |found| found.what.clone())
    };
    assert_eq!(what("initcond_not_neutral_bad"), "plus('1', '1') gives '2'");
    assert_eq!(what("raises"), "raising('0', '0') raises P0001: no combining");
    assert_eq!(what("uncalled"), "");
    let (rule, why) = &of(&reports, "uncalled").unasked[0];
    assert_eq!(*rule, probe::RULE);
    assert!(why.contains("is not IMMUTABLE"), "{why}");
}

/// The SQL that mends a finding ends the finding, wherever nothing is left for the author to fill in.
#[test]
fn what_mends_a_finding_runs_and_ends_it() {
    let Some((mut server, before)) = linted("lint mends") else { return };
    let mut mended = 0;
    for report in &before {
        for finding in report.findings.iter().filter(|finding| !finding.mend.contains("/*")) {
            mended += 1;
            let undone = format!("BEGIN; {}", finding.mend);
            server.client.batch_execute(&undone).unwrap_or_else(|error| {
                panic!("{}\n{error}: {:?}", finding.mend, error.as_db_error())
            });
            server.client.batch_execute("SET LOCAL search_path = pg_catalog").expect("set");
            let which = Selection::Schema("lint".into());
            let read = aggregates::read(&mut server.client, &which).expect("the catalogue");
            let read: Vec<_> =
                read.into_iter().filter(|one| one.signature() == report.aggregate).collect();
            let after = lint::lint(&mut server.client, &read).expect("the server is there");
            let same = |found: &&Finding| found.rule == finding.rule && found.what == finding.what;
            assert_eq!(after[0].findings.iter().find(same), None, "{}", finding.mend);
            server.client.batch_execute("ROLLBACK").expect("undone");
        }
    }
    assert!(mended >= 12, "only {mended} findings could be mended as they stand");
}

#[test]
fn the_servers_own_aggregates_are_clean_or_explained() {
    let Some(mut server) = server("lint of pg_catalog") else { return };
    let reports = reports(&mut server, "pg_catalog");
    assert!(reports.len() > 140);
    let counting: Vec<_> = reports
        .iter()
        .flat_map(|report| report.findings.iter().map(move |found| (&report.aggregate, found)))
        .filter(|(_, found)| found.counts())
        .collect();
    assert!(counting.is_empty(), "{counting:#?}");
    let explained = reports.iter().flat_map(|report| &report.findings);
    assert!(explained.filter(|found| found.explained.is_some()).count() >= 16);
}

#[test]
fn reports_are_for_people_and_for_programs() {
    let Some((_server, reports)) = linted("lint reports") else { return };
    let bad = vec![of(&reports, "initcond_not_neutral_bad").clone()];
    let human = report::human(&bad);
    for said in [
        "lint.initcond_not_neutral_bad(integer)\n",
        "  error: plus('1', '1') gives '2' [initcond-not-neutral, law.unit]\n",
        "      CREATE OR REPLACE AGGREGATE lint.initcond_not_neutral_bad(integer) (\n",
        "1 aggregate: 1 error, 0 warnings, 0 notes, 0 explained, 0 not asked\n",
    ] {
        assert!(human.contains(said), "{human}");
    }
    let json = report::json(&bad);
    assert_eq!(json["aggregates"][0]["findings"][0]["rule"], "initcond-not-neutral");
    let quoted = reports.iter().find(|report| report.aggregate.contains("Select")).expect("it");
    let junit = report::junit(std::slice::from_ref(quoted));
    assert!(junit.contains("name=\"lint.&quot;Select, it's&quot;(integer)\""), "{junit}");
    assert_eq!(junit.matches("<testcase").count(), ids().len());
    let worst = quoted.findings.iter().map(|found| found.severity).max();
    assert_eq!(worst, Some(Severity::Error));
}
