//! Engines that scripts are run on.

use std::cell::RefCell;
use std::rc::Rc;

use oracle::engine::parallel::{Planned, plan, run};
use oracle::engine::postgres::{Mode, Server, connect};
use oracle::engine::{Question, permitted};
use oracle::judge::schedules::bound;
use oracle::session::{EngineChoice, Session};
use oracle::verdict::ReallyChecked;
use parallel::Schedule;
use spec::error::Failure;
use spec::outcome::{Outcome, Rows};
use spec::sql::ast::Statement;
use spec::sql::parse;
use spec::value::{Type, text};

use crate::script::{Answer, Record};

/// The schedules of every query: few and many participants, small claims, states as bytes, and real threads.
const SCHEDULES: [&str; 6] = [
    "simulated seed=1 block=2",
    "simulated seed=2 launched=1 leader=off claims=one-block block=1",
    "simulated seed=3 launched=0 block=3",
    "simulated seed=4 launched=3 claims=skewed bytes=on block=2",
    "simulated seed=5 claims=one-block bytes=on block=1",
    "threads block=4",
];

/// What makes every small table worth workers.
const FORCED: [(&str, &str); 5] = [
    ("max_parallel_workers_per_gather", "3"),
    ("parallel_setup_cost", "0"),
    ("parallel_tuple_cost", "0"),
    ("min_parallel_table_scan_size", "0"),
    ("min_parallel_index_scan_size", "0"),
];

/// Somebody who answers the records of a script, one after the other.
pub trait Asked {
    /// The answer to one record.
    fn answer(&mut self, record: &Record) -> Answer;

    /// What the conditions of records call it.
    fn label(&self) -> &'static str;

    /// Whether a right answer to a record that leaves it out means that the condition may go.
    fn tells_what_is_known(&self) -> bool {
        false
    }

    /// What judges found on the way.
    fn findings(&mut self) -> Vec<String> {
        vec![]
    }
}

/// The letter of a type.
fn letter(ty: Option<Type>) -> char {
    match ty {
        Some(Type::Int2 | Type::Int4 | Type::Int8) => 'I',
        Some(Type::Float4 | Type::Float8 | Type::Numeric) => 'R',
        Some(Type::Bool) => 'B',
        Some(Type::Date | Type::Timestamp) => 'D',
        _ => 'T',
    }
}

fn of_rows(rows: Rows) -> Answer {
    let types = rows.columns.iter().map(|column| letter(Some(column.ty))).collect();
    let field = |value: &spec::Value| (!value.is_null()).then(|| text::output(value));
    Answer::of(types, rows.rows.iter().map(|row| row.iter().map(field).collect()))
}

fn of_failure(failure: &Failure) -> Answer {
    Answer::Error(failure.to_sql_error().sqlstate.to_string())
}

/// A session with one of our engines.
pub struct Ours(Session);

impl Ours {
    /// The reference engine.
    pub fn reference() -> Ours {
        Ours(Session::new(EngineChoice::Reference))
    }

    /// The parallel engine with a serial plan.
    pub fn serial() -> Ours {
        let mut session = Session::new(EngineChoice::Parallel);
        session.settings.max_parallel_workers_per_gather = 0;
        Ours(session)
    }
}

/// Executes any statement of a script in a session.
fn execute(session: &mut Session, sql: &str) -> Answer {
    let (first, lines) = sql.split_once('\n').unwrap_or((sql, ""));
    let copied = first.to_uppercase().ends_with("FROM STDIN") || first.contains("STDIN WITH");
    let reply = match session.parse(if copied { first } else { sql }) {
        Ok(parsed) => match &parsed.statement {
            Statement::CopyFrom { table, columns, file: None, options } => {
                session.copy(table, columns, options, lines.as_bytes())
            }
            _ => session.execute(&parsed),
        },
        Err(failure) => Err(failure),
    };
    match reply {
        Ok(reply) => reply.rows.map_or(Answer::Rows(String::new(), vec![]), of_rows),
        Err(failure) => of_failure(&failure),
    }
}

impl Asked for Ours {
    fn answer(&mut self, record: &Record) -> Answer {
        execute(&mut self.0, &record.sql)
    }

    fn label(&self) -> &'static str {
        match self.0.engine {
            EngineChoice::Reference => "reference",
            _ => "parallel",
        }
    }

    fn tells_what_is_known(&self) -> bool {
        self.0.engine == EngineChoice::Reference
    }
}

/// The parallel engine with parallel plans wherever they are possible, each query under every schedule; each outcome is
/// also judged by the reference engine.
pub struct Scheduled {
    session: Session,
    schedules: Vec<Schedule>,
    checked: Rc<RefCell<ReallyChecked>>,
    findings: Vec<String>,
}

impl Scheduled {
    /// Over an empty database; what is really checked is added to `checked`.
    pub fn new(checked: &Rc<RefCell<ReallyChecked>>) -> Scheduled {
        let mut session = Session::new(EngineChoice::Both);
        for (name, value) in FORCED {
            session.settings.set(name, value).expect("a known setting");
        }
        let schedules = SCHEDULES.map(|text| text.parse().expect("a schedule")).into();
        Scheduled { session, schedules, checked: checked.clone(), findings: vec![] }
    }

    /// The outcome under every schedule: the one that all agree on, or the first that differs from those before it.
    fn by_schedules(&mut self, record: &Record) -> Result<Answer, Failure> {
        let Session { database, settings, .. } = &self.session;
        let query = bound(&record.sql, database)?;
        let question = Question { sql: &record.sql, query: &query, database, settings };
        let planned = match plan(&question) {
            Ok(planned) => planned,
            Err(unable) => return Ok(Answer::Error(unable.to_string())),
        };
        let permitted = permitted(&question);
        let mut last: Option<Answer> = None;
        for schedule in &self.schedules {
            let ran = run(&planned, &question, schedule);
            *self.checked.borrow_mut() += ReallyChecked::of(&ran.trace);
            let found =
                permitted.as_ref().ok().and_then(|p| p.refute(&ran.outcome, Some(&ran.trace)));
            if let Some(finding) = found {
                let line = record.line;
                self.findings.push(format!(
                    "line {line}: {}: {schedule}: {}",
                    finding.clause, finding.message
                ));
            }
            let answer = match ran.outcome {
                Outcome::Rows(rows) => of_rows(rows),
                Outcome::Error(error) => Answer::Error(error.sqlstate.to_string()),
            };
            let answer = if record.sorted { answer.sorted() } else { answer };
            if last.as_ref().is_some_and(|last| *last != answer) {
                self.findings.push(format!("line {}: differs under {schedule}", record.line));
                return Ok(answer);
            }
            last = Some(answer);
            if matches!(planned, Planned::Error(_)) || ran.trace.gathers.is_empty() {
                break; // a serial plan has one schedule
            }
        }
        Ok(last.expect("there are schedules"))
    }
}

impl Asked for Scheduled {
    fn answer(&mut self, record: &Record) -> Answer {
        match parse::statement(&record.sql).map(|parsed| parsed.statement) {
            // In a transaction the session answers, which an error aborts.
            Ok(Statement::Select(_)) if !self.session.in_transaction() => {
                self.by_schedules(record).unwrap_or_else(|failure| of_failure(&failure))
            }
            _ => execute(&mut self.session, &record.sql),
        }
    }

    fn label(&self) -> &'static str {
        "parallel"
    }

    fn tells_what_is_known(&self) -> bool {
        true
    }

    fn findings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.findings)
    }
}

/// A throw-away server; one visible line if none can be started.
pub fn server(test: &str) -> Option<RefCell<Server>> {
    match connect::temporary() {
        Ok(server) => Some(RefCell::new(server)),
        Err(unable) => {
            println!("{test}: 1 test without a live PostgreSQL: {unable}");
            None
        }
    }
}

/// A live server in one mode.
pub struct Live<'a> {
    server: &'a RefCell<Server>,
    mode: Mode,
}

impl<'a> Live<'a> {
    /// Over an empty schema.
    pub fn new(server: &'a RefCell<Server>, mode: Mode) -> Live<'a> {
        let live = Live { server, mode };
        live.clear();
        live
    }

    /// Drops all tables.
    pub fn clear(&self) {
        self.server.borrow_mut().clear().expect("a schema of our own");
    }
}

impl Asked for Live<'_> {
    fn answer(&mut self, record: &Record) -> Answer {
        let mut server = self.server.borrow_mut();
        let copied = record.sql.split_once('\n').filter(|(first, _)| first.contains("STDIN"));
        let told = match copied {
            Some((first, lines)) => {
                server.copy_lines(first, lines).map(|copied| copied.map(|()| Default::default()))
            }
            None => server.tell(&record.sql, self.mode),
        };
        match told.expect("a server that answers") {
            Ok(told) => Answer::of(told.types.iter().map(|ty| letter(*ty)).collect(), told.rows),
            Err(error) => Answer::Error(error.sqlstate.to_string()),
        }
    }

    fn label(&self) -> &'static str {
        "postgres"
    }
}
