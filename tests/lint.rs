//! `bothways lint` on a throw-away server: how an aggregate is found, and what each rule says of one that breaks it.
//!
//! Where no server can be started, each test prints one line and is done.

use oracle::engine::postgres::aggregates::{self, NotFound, Selection};
use oracle::engine::postgres::connect::{self, Plain};

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
