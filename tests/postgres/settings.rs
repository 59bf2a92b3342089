//! The settings beside those of a server: names, defaults, units and ranges.

use std::collections::{BTreeMap, BTreeSet};

use oracle::engine::postgres::Mode;
use oracle::session::{EngineChoice, Session};
use spec::settings::Settings;

/// What has no line in `pg_settings` of 15, or another one: the name came with 16, and a running server has its own number.
const OWN: [&str; 2] = ["debug_parallel_query", "server_version_num"];

#[test]
fn every_setting_has_the_unit_the_range_and_the_default_of_the_server() {
    let Some(mut server) = super::server("settings") else { return };
    spec::clauses!("rel.setting.range", "rel.setting.other");
    if server.version_number() / 10_000 != 15 {
        println!("settings: 1 test for PostgreSQL 15");
        return;
    }
    let sql = "SELECT name, coalesce(unit, ''), min_val, max_val FROM pg_settings";
    let told = server.tell(sql, Mode::Serial).expect("a server that answers").expect("rows");
    let row = |mut row: Vec<Option<String>>| {
        let limits = row.pop().flatten();
        let limits = row.pop().flatten().zip(limits);
        (row[0].clone().unwrap_or_default(), (row[1].clone().unwrap_or_default(), limits))
    };
    let theirs: BTreeMap<_, _> = told.rows.into_iter().map(row).collect();
    let described = Settings::described();
    for setting in described.iter().filter(|setting| !OWN.contains(&setting.name)) {
        let (unit, limits) = &theirs[setting.name];
        assert_eq!((unit.as_str(), limits), (setting.unit, &setting.limits), "{}", setting.name);
        let shown = format!("SELECT boot_val FROM pg_settings WHERE name = '{}'", setting.name);
        let boot =
            server.tell(&shown, Mode::Serial).expect("a server that answers").expect("a row");
        let mut settings = Settings::default();
        let boot = boot.rows[0][0].clone().expect("a default");
        settings.set(setting.name, &boot).expect("the server's default");
        assert_eq!(
            settings.show(setting.name).expect("a value"),
            setting.default,
            "{}",
            setting.name
        );
    }
    let names: BTreeSet<&str> = Settings::default().all().iter().map(|(name, ..)| *name).collect();
    let known = |name: &str| {
        names.contains(name)
            || Settings::unknown().any(|unknown| unknown == name)
            || name.starts_with("transaction_")
            || name == "force_parallel_mode"
    };
    // A distributor may add its own, and so may what is loaded into the server.
    let is_added = |name: &str| name == "extension_destdir" || name.contains('.');
    let missing: Vec<&String> =
        theirs.keys().filter(|name| !known(name) && !is_added(name)).collect();
    assert!(missing.is_empty(), "PostgreSQL has {missing:?}");
    let surplus: Vec<&str> =
        Settings::unknown().filter(|name| !theirs.contains_key(*name)).collect();
    assert!(surplus.is_empty(), "PostgreSQL has no {surplus:?}");
}

/// Values at, inside and outside the limits, and spellings.
const VALUES: [&str; 30] = [
    "work_mem = '63kB'",
    "work_mem = '0.5MB'",
    "work_mem = 100.6",
    "work_mem = '0x100'",
    "work_mem = '1e3'",
    "work_mem = ' 64 kB '",
    "work_mem = '64kb'",
    "work_mem = '3000000000'",
    "work_mem = ''",
    "work_mem = '5000GB'",
    "work_mem = '-1'",
    "max_parallel_maintenance_workers = 1025",
    "max_parallel_maintenance_workers = '2kB'",
    "max_parallel_maintenance_workers = 010",
    "max_parallel_maintenance_workers = '010'",
    "cpu_tuple_cost = -1",
    "cpu_tuple_cost = '1e400'",
    "cpu_tuple_cost = 'nan'",
    "cpu_tuple_cost = 'infinity'",
    "cpu_tuple_cost = 1e20",
    "cpu_tuple_cost = 0.1234567890",
    "hash_mem_multiplier = 0.5",
    "effective_cache_size = '3B'",
    "min_parallel_table_scan_size = '9kB'",
    "min_parallel_table_scan_size = 715827883",
    "enable_sort = of",
    "enable_sort = o",
    "statement_timeout = '90s'",
    "statement_timeout = '5x'",
    "client_min_messages = blah",
];

#[test]
fn values_of_settings_are_read_and_refused_as_the_server_does() {
    let Some(mut server) = super::server("values of settings") else { return };
    spec::clauses!("rel.setting.range");
    for assignment in VALUES {
        let name = assignment.split(' ').next().expect("a name");
        let set = format!("SET {assignment}");
        let show = format!("SHOW {name}");
        let mut session = Session::new(EngineChoice::Reference);
        let ours = session.execute_text(&set).and_then(|_| session.execute_text(&show));
        let ours = match ours {
            Ok(reply) => Ok(spec::value::text::output(&reply.rows.expect("a row").rows[0][0])),
            Err(failure) => {
                let error = failure.to_sql_error();
                Err((error.sqlstate.to_string(), error.message.clone()))
            }
        };
        let begun = server.tell("BEGIN", Mode::Serial).expect("a server that answers");
        begun.expect("a transaction");
        let told = match server.tell(&set, Mode::Serial).expect("a server that answers") {
            Ok(_) => server.tell(&show, Mode::Serial).expect("a server that answers"),
            Err(error) => Err(error),
        };
        let theirs = match told {
            Ok(told) => Ok(told.rows[0][0].clone().unwrap_or_default()),
            Err(error) => Err((error.sqlstate.to_string(), error.message.clone())),
        };
        let _ = server.tell("ROLLBACK", Mode::Serial).expect("a server that answers");
        assert_eq!(ours, theirs, "{assignment}");
    }
}
