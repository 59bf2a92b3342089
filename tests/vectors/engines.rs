//! Both engines over tables of vectors: the reference's answer, and the parallel engine's under schedules of several
//! participants.

use oracle::database::Database;
use oracle::engine::parallel::{plan, run};
use oracle::engine::reference::one_outcome;
use oracle::engine::{Engine, Question, permitted};
use oracle::judge::schedules::bound;
use oracle::session::{EngineChoice, Session};
use oracle::verdict::ReallyChecked;
use spec::outcome::Outcome;
use spec::permitted::Permitted;
use spec::settings::Settings;
use spec::{Row, SqlError};

/// Several participants, each getting a row or two at a time; states as columns and as bytes.
const SCHEDULES: [&str; 3] = [
    "simulated seed=1 launched=3 claims=one-block block=1",
    "simulated seed=2 launched=2 claims=one-block bytes=on block=2",
    "simulated seed=3 launched=3 leader=off claims=fixed:5 bytes=on block=3",
];

/// What makes the planner use workers.
const FORCED: [(&str, &str); 4] = [
    ("max_parallel_workers_per_gather", "3"),
    ("parallel_setup_cost", "0"),
    ("parallel_tuple_cost", "0"),
    ("min_parallel_table_scan_size", "0"),
];

/// The tables, and what has been run over them.
pub struct Engines {
    session: Session,
    /// How many runs of the parallel engine were really parallel.
    pub checked: ReallyChecked,
}

/// An engine, and its rows or its error.
pub type Answer = (String, Result<Vec<Row>, SqlError>);

impl Engines {
    /// Over the tables that these statements make. The planner takes each row for a thousand, so that groups are worth
    /// partial aggregation.
    pub fn new(statements: &[String]) -> Engines {
        let mut session = Session::new(EngineChoice::Both);
        for statement in statements.iter().map(String::as_str).chain(["analyze"]) {
            session.execute_text(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
        session.database.scale_statistics(1000);
        Engines { session, checked: ReallyChecked::default() }
    }

    /// The tables.
    pub fn database(&self) -> &Database {
        &self.session.database
    }

    /// What the reference engine permits.
    pub fn permitted(&self, sql: &str) -> Permitted {
        let database = &self.session.database;
        let query = bound(sql, database).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let question = Question { sql, query: &query, database, settings: &Settings::default() };
        permitted(&question).unwrap_or_else(|unable| panic!("{sql}: {unable}"))
    }

    /// What the parallel engine answers under each schedule.
    pub fn parallel(&mut self, sql: &str) -> Vec<Answer> {
        let mut settings = Settings::default();
        for (name, value) in FORCED {
            settings.set(name, value).expect("a known setting");
        }
        let database = &self.session.database;
        let query = bound(sql, database).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let question = Question { sql, query: &query, database, settings: &settings };
        let planned = plan(&question).unwrap_or_else(|unable| panic!("{sql}: {unable}"));
        let one = |schedule: &str| {
            let ran = run(&planned, &question, &schedule.parse().expect("a schedule"));
            self.checked += ReallyChecked::of(&ran.trace);
            (format!("parallel, {schedule}: {sql}"), rows(ran.outcome))
        };
        SCHEDULES.into_iter().map(one).collect()
    }

    /// What another engine answers.
    pub fn by(&self, engine: &mut dyn Engine, sql: &str) -> Outcome {
        let database = &self.session.database;
        let query = bound(sql, database).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let settings = Settings::default();
        let question = Question { sql, query: &query, database, settings: &settings };
        engine.run(&question).unwrap_or_else(|unable| panic!("{sql}: {unable}")).outcome
    }

    /// What everybody answers.
    pub fn ask(&mut self, sql: &str) -> Vec<Answer> {
        let reference = rows(one_outcome(self.permitted(sql)));
        let mut answers = vec![(format!("reference: {sql}"), reference)];
        answers.extend(self.parallel(sql));
        answers
    }
}

fn rows(outcome: Outcome) -> Result<Vec<Row>, SqlError> {
    match outcome {
        Outcome::Rows(rows) => Ok(rows.rows),
        Outcome::Error(error) => Err(error),
    }
}
