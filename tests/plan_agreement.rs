//! Our plans beside those of a live PostgreSQL 15 over the same rows with the same statistics: how many are the same.
//!
//! ```text
//! setup.sql      indexes and partitioned tables; what we refuse is left out on our side, and told
//! settings.sql   groups of settings, each with a title
//! corpus.sql     queries in sections; each is planned under each group
//! AGREEMENT.md   how many plans are the same, and the rest with the cost of both choices
//! ```
//!
//! `AGREEMENT=write cargo test -p bothways-evidence --test plan_agreement` writes the table again; without it a plan that
//! leaves the server's, or one that joins it unsaid, is a failure. All tables are so small that ANALYZE reads all of their
//! rows, so that both sides estimate from the same numbers. [cost.pages]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use oracle::dataset::{tpch, wisconsin};
use oracle::engine::postgres::connect::{self, Plain};
use oracle::session::{EngineChoice, Session};
use spec::value::{Value, text};

/// A part of TPC-H whose largest table ANALYZE still reads as a whole (30,000 rows).
const SCALE: f64 = 0.004;

const SETUP: &str = include_str!("plan_agreement/setup.sql");
const SETTINGS: &str = include_str!("plan_agreement/settings.sql");
const CORPUS: &str = include_str!("plan_agreement/corpus.sql");
const TABLE: &str = "plan_agreement/AGREEMENT.md";

/// Statements, each under the last title: a comment line.
fn sections(script: &'static str) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut sections: Vec<(&str, Vec<&str>)> = vec![];
    for line in script.lines() {
        match line.strip_prefix("-- ") {
            Some(title) => sections.push((title, vec![])),
            None => sections.last_mut().expect("a title comes first").1.push(line),
        }
    }
    sections
}

/// What EXPLAIN says, or why it says nothing.
type Said = Result<Vec<String>, String>;

/// The lines without their costs.
fn shape(lines: &[String]) -> Vec<&str> {
    lines.iter().map(|line| line.split("  (cost=").next().unwrap_or(line)).collect()
}

/// The lines that name nodes, without costs.
fn nodes(lines: &[String]) -> Vec<&str> {
    let is_node = |line: &String| line.contains("  (cost=");
    lines
        .iter()
        .filter(|line| is_node(line))
        .map(|line| line.split("  (cost=").next().unwrap_or(line))
        .collect()
}

/// The total cost of the whole.
fn cost(said: &Said) -> String {
    let first = said.as_ref().ok().and_then(|lines| lines.first());
    let total = first.and_then(|line| line.split("..").nth(1)?.split(' ').next());
    total.unwrap_or("none").to_owned()
}

/// The first node or line of ours that is another than the server's.
fn first_difference(ours: &Said, theirs: &Said) -> String {
    let (ours, theirs) = match (ours, theirs) {
        (Err(why), _) => return format!("refused: {why}"),
        (_, Err(why)) => return format!("the server refuses: {why}"),
        (Ok(ours), Ok(theirs)) => (ours, theirs),
    };
    let told = |line: Option<&&str>| {
        let line = line.map_or("nothing", |line| line.trim().trim_start_matches("->").trim());
        line.chars().take(70).collect::<String>().replace('|', "\\|")
    };
    let (ours, theirs) = match nodes(ours) == nodes(theirs) {
        true => (shape(ours), shape(theirs)),
        false => (nodes(ours), nodes(theirs)),
    };
    let same = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
    format!("`{}`, the server `{}`", told(ours.get(same)), told(theirs.get(same)))
}

fn ours(session: &mut Session, sql: &str) -> Said {
    let reply = session
        .execute_text(&format!("EXPLAIN {sql}"))
        .map_err(|failure| failure.to_sql_error().message.to_string())?;
    let rows = reply.rows.expect("EXPLAIN gives rows").rows;
    Ok(rows.iter().map(|row| text::output(&row[0])).collect())
}

fn theirs(server: &mut Plain, sql: &str) -> Said {
    let rows = server.client.query(&format!("EXPLAIN {sql}"), &[]);
    let rows =
        rows.map_err(|error| error.as_db_error().expect("an answer").message().to_owned())?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// The rows of a table as an INSERT.
fn fill(session: &Session, name: &str) -> String {
    let field = |value: &Value| match value {
        Value::Null => "NULL".to_owned(),
        other => format!("'{}'", text::output(other).replace('\'', "''")),
    };
    let rows: Vec<String> = session
        .database
        .rows(name)
        .iter()
        .map(|row| format!("({})", row.iter().map(field).collect::<Vec<_>>().join(",")))
        .collect();
    format!("INSERT INTO {name} VALUES {}", rows.join(","))
}

/// Both sides with the same tables; and what of the setup we refuse.
fn both_sides(server: &mut Plain) -> (Session, Vec<String>) {
    let mut session = Session::new(EngineChoice::Both);
    for (name, rows, seed) in [("onek", 1000, 1), ("tenk1", 10_000, 2)] {
        session.database.put(wisconsin::table(name), wisconsin::rows(rows, seed), true);
    }
    tpch::TABLES.iter().for_each(|name| tpch::load(&mut session.database, name, SCALE));
    // Rows whose commit is not on disk yet are not all visible.
    server.client.batch_execute("SET synchronous_commit = on; SET jit = off").expect("settings");
    let tables: Vec<_> = session.database.catalogue.tables().cloned().collect();
    for table in tables {
        let filled =
            format!("{}; {}", oracle::case::create_table(&table), fill(&session, &table.name));
        server
            .client
            .batch_execute(&filled)
            .unwrap_or_else(|error| panic!("{}: {error}", table.name));
    }
    let mut refused = vec![];
    for statement in SETUP.lines().filter(|line| !line.starts_with("--")) {
        server
            .client
            .batch_execute(statement)
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
        if let Err(failure) = session.execute_text(statement) {
            refused.push(format!("{statement} -- {}", failure.to_sql_error().message));
        }
    }
    session.execute_text("ANALYZE").expect("tables that can be analysed");
    (session, refused)
}

/// What came of a section: pairs, plans that are the same, plans of the same nodes.
#[derive(Default)]
struct Share {
    pairs: usize,
    same: usize,
    same_nodes: usize,
}

impl Share {
    fn row(&self, title: &str) -> String {
        let percent = |count: usize| 100.0 * count as f64 / self.pairs as f64;
        format!(
            "| {title} | {} | {} ({:.0} %) | {} ({:.0} %) |",
            self.pairs,
            self.same,
            percent(self.same),
            self.same_nodes,
            percent(self.same_nodes)
        )
    }
}

/// Plans everything on both sides.
fn compared(
    session: &mut Session,
    server: &mut Plain,
) -> (BTreeMap<&'static str, Share>, Vec<String>) {
    let mut shares: BTreeMap<&str, Share> = BTreeMap::new();
    let mut different = vec![];
    for (title, settings) in sections(SETTINGS) {
        for setting in &settings {
            session.execute_text(setting).expect(setting);
            server.client.batch_execute(setting).expect(setting);
        }
        for (section, queries) in sections(CORPUS) {
            for sql in queries {
                let sql = sql.trim_end_matches(';');
                let (ours, theirs) = (ours(session, sql), theirs(server, sql));
                let share = shares.entry(section).or_default();
                share.pairs += 1;
                if let (Ok(ours), Ok(theirs)) = (&ours, &theirs) {
                    share.same_nodes += usize::from(nodes(ours) == nodes(theirs));
                    if shape(ours) == shape(theirs) {
                        share.same += 1;
                        continue;
                    }
                }
                let query: String = sql.chars().take(90).collect();
                different.push(format!(
                    "| {title} | `{}` | {} | {} | {} |",
                    query.replace('|', "\\|"),
                    cost(&ours),
                    cost(&theirs),
                    first_difference(&ours, &theirs)
                ));
            }
        }
        for name in settings.iter().filter_map(|setting| setting.split(' ').nth(1)) {
            session.execute_text(&format!("RESET {name}")).expect(name);
            server.client.batch_execute(&format!("RESET {name}")).expect(name);
        }
    }
    (shares, different)
}

fn table(shares: &BTreeMap<&str, Share>, different: &[String], refused: &[String]) -> String {
    let all = shares.values().fold(Share::default(), |all, share| Share {
        pairs: all.pairs + share.pairs,
        same: all.same + share.same,
        same_nodes: all.same_nodes + share.same_nodes,
    });
    let mut table = String::from(
        "# Plans beside PostgreSQL 15's\n\n\
         Written by `AGREEMENT=write cargo test -p bothways-evidence --test plan_agreement` with a live server of version 15, and\n\
         compared by the same test. Both sides have the same rows and statistics. A plan is the same if `EXPLAIN (COSTS OFF)`\n\
         prints the same text; it has the same nodes if the lines that name nodes are the same.\n\n\
         | section | queries x settings | the same plan | the same nodes |\n| --- | --- | --- | --- |\n",
    );
    for (title, share) in shares {
        writeln!(table, "{}", share.row(title)).expect("a string");
    }
    writeln!(table, "{}", all.row("all")).expect("a string");
    if !refused.is_empty() {
        table += "\n## What we refuse of the setup\n\n";
        refused.iter().for_each(|line| writeln!(table, "- `{line}`").expect("a string"));
    }
    table += "\n## Where they differ\n\n| settings | query | our cost | the server's | the first difference |\n\
              | --- | --- | --- | --- | --- |\n";
    different.iter().for_each(|line| writeln!(table, "{line}").expect("a string"));
    table
}

#[test]
fn plans_are_those_of_the_live_server_but_for_the_listed_ones() {
    spec::clauses!("cost.pages");
    let mut server = match connect::plain_temporary() {
        Ok(server) => server,
        Err(unable) => return println!("plan agreement: without a live PostgreSQL: {unable}"),
    };

    let version: String =
        server.client.query_one("SHOW server_version_num", &[]).expect("a version").get(0);
    if !version.starts_with("15") {
        return println!("plan agreement: the table is of PostgreSQL 15, this is {version}");
    }
    let (mut session, refused) = both_sides(&mut server);
    let (shares, different) = compared(&mut session, &mut server);
    let found = table(&shares, &different, &refused);
    found.lines().take_while(|line| !line.starts_with("## ")).for_each(|line| println!("{line}"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(TABLE);
    if std::env::var("AGREEMENT").as_deref() == Ok("write") {
        std::fs::write(&path, found).expect("the table can be written");
        return;
    }
    let stored = std::fs::read_to_string(&path).expect("the table");
    let news: Vec<&str> =
        found.lines().filter(|line| !stored.lines().any(|old| old == *line)).collect();
    assert!(stored == found, "AGREEMENT=write after a look at:\n{}", news.join("\n"));
}
