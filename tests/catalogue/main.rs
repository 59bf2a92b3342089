//! Our catalogue of aggregates beside a live server's: declared alike, complete, and with the same answers.
//!
//! Where no server can be started, each test prints one line and is done.

use std::collections::{BTreeMap, BTreeSet};

use oracle::engine::Question;
use oracle::engine::postgres::aggregates::{self, Selection, TypeName};
use oracle::engine::postgres::connect::{self, Plain};
use oracle::engine::postgres::{Mode, Server};
use oracle::generate::rows::{ordinary, strange};
use oracle::judge::live;
use oracle::judge::schedules::bound;
use oracle::session::{EngineChoice, Session};
use oracle::verdict::Verdict;
use spec::agg;
use spec::expr::Safety;
use spec::settings::Settings;
use spec::value::Type;

/// Aggregates over types that we have, which begin like this, and why we do not have them.
const NOT_OURS: &[(&str, &str)] = &[("json", "their results are of types that we do not have")];

/// What newer servers declare otherwise than 15, whose catalogue ours is: since which version, which aggregates, what.
const CHANGED: &[(u32, &str, &[&str])] = &[
    (170_000, "sum(interval)", &["combine is strict", "moving", "state", "transition is strict"]),
    (
        170_000,
        "avg(interval)",
        &["combine is strict", "final is strict", "moving", "state", "transition is strict"],
    ),
];

fn plain(test: &str) -> Option<Plain> {
    let server = connect::plain_temporary();
    server.inspect_err(|unable| println!("{test}: without a live PostgreSQL: {unable}")).ok()
}

/// What is declared of an aggregate, in one line.
type Declared = BTreeMap<String, String>;

/// The declarations of the server, by name and argument types.
fn theirs(server: &mut Plain) -> BTreeMap<String, Declared> {
    let own = Selection::Schema("pg_catalog".into());
    let read = aggregates::read(&mut server.client, &own).expect("the catalogue");
    let strict = |support: &Option<aggregates::Support>| match support {
        None => "none".to_owned(),
        Some(support) => support.is_strict.to_string(),
    };
    let moving = |way: &Option<aggregates::Way>| match way {
        None => "none".to_owned(),
        Some(way) => format!("{}, strict: {}", way.state.name, way.transition.is_strict),
    };
    let line = |aggregate: &aggregates::Aggregate| {
        let way = &aggregate.plain;
        BTreeMap::from([
            ("result".to_owned(), aggregate.result.name.clone()),
            ("state".into(), way.state.name.clone()),
            ("transition is strict".into(), way.transition.is_strict.to_string()),
            ("combine is strict".into(), strict(&aggregate.combine)),
            ("final is strict".into(), strict(&way.finish)),
            ("parallel".into(), format!("{:?}", aggregate.safety)),
            ("initial state is NULL".into(), way.initial.is_none().to_string()),
            ("moving".into(), moving(&aggregate.moving)),
        ])
    };
    let names = |types: &[TypeName]| {
        types.iter().map(|ty| ty.name.trim_matches('"').to_owned()).collect::<Vec<_>>().join(", ")
    };
    let key = |aggregate: &aggregates::Aggregate| {
        format!("{}({})", aggregate.name, names(&aggregate.arguments))
    };
    read.iter().map(|aggregate| (key(aggregate), line(aggregate))).collect()
}

/// Ours, in the same words. A type is called as `format_type` calls it.
fn ours(
    aggregate: &agg::Aggregate,
    version: u32,
    [state, moving]: [String; 2],
    finish: &str,
) -> Declared {
    let splits = aggregate.splits_in(version.into());
    let combine = if splits { aggregate.combine_strict.to_string() } else { "none".into() };
    let finish =
        if finish == "none" { "none".to_owned() } else { aggregate.final_strict.to_string() };
    let init = aggregate.machine.init();
    BTreeMap::from([
        ("result".to_owned(), aggregate.result.name().to_owned()),
        ("state".into(), state),
        ("transition is strict".into(), aggregate.transition_strict.to_string()),
        ("combine is strict".into(), combine),
        ("final is strict".into(), finish),
        ("parallel".into(), format!("{:?}", aggregate.parallel)),
        ("initial state is NULL".into(), agg::Aggregate::is_null_state(&init).to_string()),
        ("moving".into(), moving),
    ])
}

fn key(aggregate: &agg::Aggregate) -> String {
    let args = aggregate.args.iter().map(|ty| ty.map_or("any", Type::name));
    format!("{}({})", aggregate.name, args.collect::<Vec<_>>().join(", "))
}

/// The same with the types that PostgreSQL declares where it takes any.
fn polymorphic(aggregate: &agg::Aggregate, element: bool) -> String {
    let any = |ty: &Option<Type>| match ty {
        Some(ty) if ty.element().is_some() && !element => "anyarray",
        _ if element => "anyelement",
        _ => "anynonarray",
    };
    let args: Vec<&str> = aggregate.args.iter().map(any).collect();
    format!("{}({})", aggregate.name, args.join(", "))
}

/// An ordered-set aggregate with its direct arguments before the others, as `pg_proc` has them.
fn of_set(aggregate: &agg::Aggregate, element: bool) -> String {
    let set = aggregate.ordered_set.as_ref().expect("an ordered set");
    if set.hypothetical {
        return format!("{}(any)", aggregate.name);
    }
    let own = |ty: &Option<Type>| match ty {
        Some(ty) if !element => ty.name(),
        _ => "anyelement",
    };
    let args = set.direct.iter().map(|ty| ty.name()).chain(aggregate.args.iter().map(own));
    format!("{}({})", aggregate.name, args.collect::<Vec<_>>().join(", "))
}

#[test]
fn every_aggregate_is_declared_as_the_servers() {
    spec::clauses!("agg.catalogue", "agg.moving", "agg.moving.float");
    let Some(mut server) = plain("declarations") else { return };
    let version = server.client.query_one("SELECT current_setting('server_version_num')::int", &[]);
    let version = version.expect("a version").get::<_, i32>(0) as u32;
    let changed = |key: &str, what: &str| {
        CHANGED
            .iter()
            .any(|(since, name, whats)| version >= *since && *name == key && whats.contains(&what))
    };
    let theirs = theirs(&mut server);
    let mut wrong = vec![];
    let all = agg::all().chain(agg::ordered_sets());
    for aggregate in all.filter(|aggregate| aggregate.since <= u64::from(version)) {
        let key = key(aggregate);
        let declared = match &aggregate.ordered_set {
            Some(_) => vec![of_set(aggregate, false), of_set(aggregate, true)],
            None => vec![key.clone(), polymorphic(aggregate, false), polymorphic(aggregate, true)],
        };
        let Some(their) = declared.iter().find_map(|key| theirs.get(key)) else {
            wrong.push(format!("{key}: the server has no such aggregate"));
            continue;
        };
        let sql = "SELECT format_type($1::text::regtype, NULL)";
        let mut format =
            |ty: &str| -> String { server.client.query_one(sql, &[&ty]).expect("a type").get(0) };
        let moving = match &aggregate.moving {
            None => "none".to_owned(),
            Some(moving) => format!("{}, strict: {}", format(moving.state_type), moving.strict),
        };
        let states = [format(aggregate.state_type), moving];
        let our = ours(aggregate, version, states, &their["final is strict"]);
        for (what, said) in &our {
            // An internal state is C's own business, and so is what it begins with.
            let internal = their["state"] == "internal" && what.starts_with("initial");
            let any = their[what].starts_with("any");
            if *said != their[what] && !internal && !any && !changed(&key, what) {
                wrong.push(format!("{key}: {what} is {}, ours says {said}", their[what]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_aggregate_over_our_types_is_here_or_is_left_out_for_a_reason() {
    spec::clauses!("agg.catalogue");
    let Some(mut server) = plain("completeness") else { return };
    let own = Selection::Schema("pg_catalog".into());
    let read = aggregates::read(&mut server.client, &own).expect("the catalogue");
    let plain =
        agg::all().flat_map(|one| [key(one), polymorphic(one, false), polymorphic(one, true)]);
    let sets = agg::ordered_sets().flat_map(|one| [of_set(one, false), of_set(one, true)]);
    let here: BTreeSet<String> = plain.chain(sets).collect();
    let known = |ty: &TypeName| {
        let any = ["any", "anyelement", "anyarray", "anynonarray"];
        any.contains(&ty.name.trim_matches('"'))
            || Type::ALL.into_iter().any(|own| own.name() == ty.name)
    };
    let (mut missing, mut found) = (vec![], 0);
    for aggregate in &read {
        let names = aggregate.arguments.iter().map(|ty| ty.name.trim_matches('"'));
        let name = format!("{}({})", aggregate.name, names.collect::<Vec<_>>().join(", "));
        let excused = NOT_OURS.iter().any(|(left_out, _)| aggregate.name.starts_with(left_out));
        if here.contains(&name) {
            found += 1;
            assert!(!excused, "{name} is here: it needs no excuse");
        } else if aggregate.arguments.iter().all(known) && !excused {
            missing.push(name);
        }
    }
    println!("{found} of the server's {} aggregates are ours", read.len());
    assert!(missing.is_empty(), "missing: {}", missing.join(", "));
}

#[test]
fn everything_that_is_safe_says_so() {
    // What the planner asks first: one unsafe aggregate keeps a query serial.
    assert!(agg::all().all(|aggregate| aggregate.parallel == Safety::Safe));
}

/// The types of the columns: those of a hypothetical row are a choice of ours.
fn types(aggregate: &agg::Aggregate) -> Vec<Type> {
    match &aggregate.ordered_set {
        Some(set) if set.hypothetical => vec![Type::Int4, Type::Text],
        _ => aggregate.args.iter().map(|ty| ty.unwrap_or(Type::Int4)).collect(),
    }
}

/// The calls that are asked for over columns of these names: one, or of an ordered set one for each direct argument.
fn calls(aggregate: &agg::Aggregate, columns: &str) -> Vec<String> {
    let name = aggregate.name;
    let Some(set) = &aggregate.ordered_set else {
        let args = if aggregate.args.is_empty() { "*" } else { columns };
        return match aggregate.law {
            // In the order of the rows, which nobody else promises; and in none.
            agg::LawClass::InputOrder => {
                vec![format!("{name}({args} ORDER BY {columns})"), format!("{name}({args})")]
            }
            _ => vec![format!("{name}({args})")],
        };
    };
    let direct: &[&str] = match set.direct {
        _ if set.hypothetical => &["2, 'b'", "NULL, NULL"],
        [] => &[""],
        [Type::Array(_)] => &[
            "'{0.5,0,NULL,1}'::float8[]",
            "'{{0.3,0.9}}'::float8[]",
            "'{}'::float8[]",
            "'{0,2}'::float8[]",
        ],
        _ => &["0.5", "0", "1", "0.3", "NULL::float8", "-1"],
    };
    let keys = columns.replace(", ", " DESC, ");
    let call = |direct: &&str| format!("{name}({direct}) WITHIN GROUP (ORDER BY {keys})");
    direct.iter().map(call).collect()
}

/// The inputs over which answers are compared: rows of literals of the argument types.
fn inputs(aggregate: &agg::Aggregate) -> Vec<(&'static str, Vec<String>)> {
    let types = types(aggregate);
    let row = |texts: &[Option<&str>]| {
        let field = |(text, ty): (&Option<&str>, &Type)| match text {
            None => format!("NULL::{}", ty.typname()),
            Some(text) => format!("'{}'::{}", text.replace('\'', "''"), ty.typname()),
        };
        let fields: Vec<String> = texts.iter().zip(&types).map(field).collect();
        format!("({})", if fields.is_empty() { "1".into() } else { fields.join(", ") })
    };
    // The second argument walks through its values at another pace.
    let from = |values: fn(Type) -> &'static [&'static str], at: usize| {
        let pick = |(place, ty): (usize, &Type)| {
            let all = values(*ty);
            Some(all[(at * (1 + 2 * place) + place) % all.len()])
        };
        row(&types.iter().enumerate().map(pick).collect::<Vec<_>>())
    };
    let nulls = row(&vec![None; types.len()]);
    let mut inputs = vec![("no row", vec![]), ("NULL only", vec![nulls.clone(), nulls.clone()])];
    let (many, odd) = (8, types.first().map_or(1, |ty| strange(*ty).len()));
    for at in 0..odd {
        inputs.push(("one row", vec![from(strange, at)]));
        let two = vec![from(strange, at), nulls.clone(), from(strange, at + 1)];
        inputs.push(("extremes", two));
    }
    inputs.push(("one row", vec![from(ordinary, 0)]));
    let mut ordinary_rows: Vec<String> = (0..many).map(|at| from(ordinary, at)).collect();
    ordinary_rows.insert(3, nulls);
    inputs.push(("ordinary", ordinary_rows));
    inputs
}

/// Queries that aggregate these rows.
fn queries(aggregate: &agg::Aggregate, rows: &[String]) -> Vec<String> {
    let types = types(aggregate);
    let columns: Vec<String> = (0..types.len().max(1)).map(|i| format!("c{i}")).collect();
    let columns = columns.join(", ");
    let nothing: Vec<String> = types.iter().map(|ty| format!("NULL::{}", ty.typname())).collect();
    let nothing = if nothing.is_empty() { "1".into() } else { nothing.join(", ") };
    let (values, none) = match rows {
        [] => (format!("({nothing})"), " WHERE false"),
        rows => (rows.join(", "), ""),
    };
    let query = |call| format!("SELECT {call} FROM (VALUES {values}) AS v({columns}){none}");
    calls(aggregate, &columns).into_iter().map(query).collect()
}

#[test]
fn every_aggregate_answers_as_the_server_does() {
    spec::clauses!("agg.catalogue", "agg.empty");
    let mut server: Server = match connect::temporary() {
        Ok(server) => server,
        Err(unable) => return println!("answers: without a live PostgreSQL: {unable}"),
    };
    let mut session = Session::new(EngineChoice::Both);
    server.put(&session.database).expect("no tables");
    let version = u64::from(server.version_number());
    let settings = Settings { server_version_num: version, ..Settings::default() };
    session.database.catalogue.version = version;
    let (mut agreed, mut undecided, mut wrong) = (0, BTreeMap::<String, u32>::new(), vec![]);
    let all = agg::all().chain(agg::ordered_sets());
    for aggregate in all.filter(|aggregate| aggregate.since <= version) {
        let asked = inputs(aggregate).into_iter().flat_map(|(kind, rows)| {
            queries(aggregate, &rows).into_iter().map(move |sql| (kind, sql))
        });
        for (kind, sql) in asked {
            let query =
                bound(&sql, &session.database).unwrap_or_else(|error| panic!("{sql}: {error}"));
            let question = Question {
                sql: &sql,
                query: &query,
                database: &session.database,
                settings: &settings,
            };
            let said = live::judge(&question, &mut server, &[Mode::Serial]).remove(0);
            match said.verdict {
                Verdict::Agree | Verdict::Allowed { .. } => agreed += 1,
                Verdict::Unable { reason } => *undecided.entry(reason).or_default() += 1,
                Verdict::Violation(finding) => wrong.push(format!("{kind}: {sql}\n  {finding:?}")),
            }
        }
    }
    println!("{agreed} answers agree, undecided: {undecided:?}");
    assert!(wrong.is_empty(), "{} answers differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(undecided.values().sum::<u32>() * 20 < agreed, "too little is decided: {undecided:?}");
}
