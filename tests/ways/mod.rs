//! One query many ways: the reference engine says what is permitted; the parallel engine without workers, on threads,
//! under simulated schedules, and a live PostgreSQL serially and forced, must all answer something permitted.

use oracle::engine::parallel::{Planned, plan, run};
use oracle::engine::postgres::{Mode, Server, connect};
use oracle::engine::{Question, Unable, permitted};
use oracle::judge::schedules::bound;
use oracle::session::{EngineChoice, Session};
use oracle::verdict::ReallyChecked;
use parallel::Schedule;
use spec::outcome::{Outcome, Trace};
use spec::settings::Settings;

/// The schedules of every parallel plan.
const SCHEDULES: [&str; 4] = [
    "threads",
    "simulated seed=1",
    "simulated seed=2 launched=1 claims=skewed bytes=on",
    "simulated seed=3 leader=off claims=one-block",
];

/// What makes every table worth workers.
pub const FORCED: [(&str, &str); 5] = [
    ("max_parallel_workers_per_gather", "3"),
    ("parallel_setup_cost", "0"),
    ("parallel_tuple_cost", "0"),
    ("min_parallel_table_scan_size", "0"),
    ("min_parallel_index_scan_size", "0"),
];

/// A throw-away server; one visible line if none can be started.
pub fn server(test: &str) -> Option<Server> {
    let server = connect::temporary();
    server.inspect_err(|unable| println!("{test}: without a live PostgreSQL: {unable}")).ok()
}

/// What was asked, and what came of it.
#[derive(Debug, Default)]
pub struct Tally {
    /// Queries.
    pub queries: usize,
    /// Runs of the parallel engine.
    pub checked: ReallyChecked,
    /// Answers of the server that were compared, and those by a plan with workers.
    pub live: (usize, usize),
    /// Queries that an engine does not know yet, with the reason.
    pub unable: Vec<String>,
    /// Outcomes that are not permitted.
    pub wrong: Vec<String>,
}

/// Tables, and everybody who answers over them.
pub struct Ways {
    /// The tables.
    pub session: Session,
    /// A server with the same tables.
    server: Option<Server>,
    /// What came of it so far.
    pub tally: Tally,
}

impl Ways {
    /// Over these tables; they are analysed, and copied to the server.
    pub fn new(mut session: Session, mut server: Option<Server>) -> Ways {
        assert_eq!(session.engine, EngineChoice::Both);
        session.execute_text("ANALYZE").expect("tables that can be analysed");
        if let Some(server) = &mut server {
            server.put(&session.database).expect("tables that the server takes");
        }
        Ways { session, server, tally: Tally::default() }
    }

    /// Asks everybody.
    pub fn ask(&mut self, sql: &str) {
        self.tally.queries += 1;
        if let Err(unable) = self.try_ask(sql) {
            self.tally.unable.push(format!("{sql}: {unable}"));
        }
    }

    fn try_ask(&mut self, sql: &str) -> Result<(), Unable> {
        let database = &self.session.database;
        let query = bound(sql, database)
            .unwrap_or_else(|failure| panic!("{sql}: {}", failure.to_sql_error()));
        let serial = Settings { max_parallel_workers_per_gather: 0, ..Settings::default() };
        let question = Question { sql, query: &query, database, settings: &serial };
        let permitted = permitted(&question)?;
        let tally = &mut self.tally;
        let mut judge = |way: &str, outcome: &Outcome, trace: Option<&Trace>| {
            if let Some(finding) = permitted.refute(outcome, trace) {
                tally
                    .wrong
                    .push(format!("{sql}\n  {way}: {}: {}", finding.clause, finding.message));
            }
        };
        let mut checked = ReallyChecked::default();
        let ran = run(&plan(&question)?, &question, &Schedule::default());
        judge("without workers", &ran.outcome, Some(&ran.trace));
        let mut forced = Settings::default();
        for (name, value) in FORCED {
            forced.set(name, value).expect("a known setting");
        }
        let question = Question { settings: &forced, ..question };
        let planned = plan(&question)?;
        for text in SCHEDULES {
            let ran = run(&planned, &question, &text.parse().expect("a schedule"));
            checked += ReallyChecked::of(&ran.trace);
            judge(text, &ran.outcome, Some(&ran.trace));
            if matches!(planned, Planned::Error(_)) {
                break;
            }
        }
        let mut live = (0, 0);
        if let Some(server) = &mut self.server {
            for mode in [Mode::Serial, Mode::Forced] {
                let observed = server.ask(sql, mode)?;
                judge(&format!("PostgreSQL {mode:?}"), &observed.outcome, None);
                live.0 += 1;
                live.1 += usize::from(observed.plan.is_some_and(|p| p.workers_launched() > 0));
            }
        }
        tally.checked += checked;
        tally.live.0 += live.0;
        tally.live.1 += live.1;
        Ok(())
    }

    /// Says what came of it; fails if anything was wrong or undecided.
    pub fn report(&self, test: &str) {
        let Tally { queries, checked, live, unable, wrong } = &self.tally;
        println!("{test}: {queries} queries, {checked:?}");
        println!("{test}: PostgreSQL gave {} answers, {} of them with workers", live.0, live.1);
        assert!(wrong.is_empty(), "{} wrong outcomes:\n{}", wrong.len(), wrong.join("\n"));
        assert!(unable.is_empty(), "{} not decided:\n{}", unable.len(), unable.join("\n"));
        assert!(checked.two_participants > 0 && checked.combine_of_two > 0, "workers took part");
    }
}
