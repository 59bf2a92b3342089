//! The judgement of one query on the user's own data.

use std::io::{self, Write};

use parallel::{Claims, Runtime, Schedule};
use spec::error::Failure;

use super::check::{Arguments, ReportFormat};
use super::input::stop;
use super::{Exit, Stop};
use crate::engine::parallel::Planned;
use crate::engine::postgres::{Mode, Server};
use crate::engine::{self, Question, Unable};
use crate::judge::{live, schedules};
use crate::session::EngineChoice;
use crate::verdict::{ReallyChecked, Verdict};

/// One line of the judgement.
struct Line {
    engine: String,
    verdict: Verdict,
    note: String,
}

/// Judges one query.
pub(super) fn run(
    arguments: &Arguments,
    sql: &str,
    server: Option<&mut Server>,
) -> Result<Exit, Stop> {
    let sql = sql.trim().trim_end_matches(';');
    let session = arguments.input.session(EngineChoice::Both)?;
    let shown = |failure: Failure| stop(sql, &failure);
    let query = schedules::bound(sql, &session.database).map_err(shown)?;
    let database = &session.database;
    let question = Question { sql, query: &query, database, settings: &session.settings };
    let permitted = match engine::permitted(&question) {
        Ok(permitted) => permitted,
        Err(Unable::Unsupported(what)) => return Err(shown(what.into())),
        Err(other) => return Err(Stop::new(Exit::Internal, format!("error: {other}"))),
    };
    let rows = match &permitted.rows {
        Some(groups) => match groups.iter().map(|group| group.take).sum::<usize>() {
            1 => "1 row".into(),
            count => format!("{count} rows"),
        },
        None => "an error".into(),
    };
    let mut lines = vec![Line { engine: "reference".into(), verdict: Verdict::Agree, note: rows }];
    lines.push(serial(&question, &permitted));
    let (parallel, checked) =
        under_schedules(&question, &permitted, arguments.seed, &session.schedule);
    lines.push(parallel);
    if let Some(server) = server {
        server
            .put(database)
            .map_err(|unable| Stop::new(Exit::NoServer, format!("error: {unable}")))?;
        lines.extend(
            live::judge(&question, server, &[Mode::Serial, Mode::Forced]).into_iter().map(|live| {
                Line {
                    engine: live.engine,
                    verdict: live.verdict,
                    note: live.plan.map_or(String::new(), |plan| {
                        format!(
                            "{plan}; {} workers planned, {} launched",
                            live.workers.0, live.workers.1
                        )
                    }),
                }
            }),
        );
    }
    print(arguments, &lines, &checked)?;
    Ok(exit(&lines))
}

fn serial(question: &Question<'_>, permitted: &spec::permitted::Permitted) -> Line {
    let settings = spec::settings::Settings {
        max_parallel_workers_per_gather: 0,
        debug_parallel_query: false,
        ..question.settings.clone()
    };
    let question = Question { settings: &settings, ..*question };
    let (verdict, note) = match engine::parallel::plan(&question) {
        Err(unable) => (crate::judge::no_outcome(unable), String::new()),
        Ok(planned) => {
            let run = engine::parallel::run(&planned, &question, &Schedule::default());
            let finding = permitted.refute(&run.outcome, Some(&run.trace));
            (crate::judge::verdict(permitted, finding), "serial plan".to_owned())
        }
    };
    Line { engine: "parallel engine, serial".into(), verdict, note }
}

/// The parallel plan under many schedules: real threads, then simulated ones.
fn under_schedules(
    question: &Question<'_>,
    permitted: &spec::permitted::Permitted,
    seed: u64,
    base: &Schedule,
) -> (Line, ReallyChecked) {
    let mut checked = ReallyChecked::default();
    let line = |verdict, note: String| Line { engine: "parallel engine".into(), verdict, note };
    let planned = match engine::parallel::plan(question) {
        Err(unable) => return (line(crate::judge::no_outcome(unable), String::new()), checked),
        Ok(planned) => planned,
    };
    let mut verdict = Verdict::Agree;
    let schedules = schedules_for_one(seed, base);
    for (number, schedule) in schedules.iter().enumerate() {
        let run = engine::parallel::run(&planned, question, schedule);
        checked += ReallyChecked::of(&run.trace);
        let finding = permitted.refute(&run.outcome, Some(&run.trace));
        let finding =
            finding.map(|finding| crate::judge::promise::explained(question, finding, &run.trace));
        verdict = crate::judge::verdict(permitted, finding);
        if verdict.is_violation() {
            return (line(verdict, format!("under the schedule {schedule}")), checked);
        }
        if matches!(planned, Planned::Error(_)) || run.trace.gathers.is_empty() {
            let note = "the planner prefers the serial plan: see bothways explain".into();
            return (line(verdict, note), checked);
        }
        if number + 1 == schedules.len() {
            break;
        }
    }
    let count = schedules.len();
    (line(verdict, format!("{count} schedules, 0 to 4 workers")), checked)
}

fn schedules_for_one(seed: u64, base: &Schedule) -> Vec<Schedule> {
    let mut schedules = vec![base.clone()];
    let launches = [None, Some(0), Some(1), Some(2), Some(4)];
    for (number, launched) in launches.into_iter().cycle().take(20).enumerate() {
        schedules.push(Schedule {
            runtime: Runtime::Simulated { seed: seed + number as u64 },
            launched,
            leader: [None, Some(true), Some(false)][number % 3],
            claims: [Claims::Ranges, Claims::OneBlock, Claims::Skewed, Claims::Fixed(4)]
                [number % 4],
            states_as_bytes: number % 2 == 1,
            ..base.clone()
        });
    }
    schedules
}

fn exit(lines: &[Line]) -> Exit {
    let judged = &lines[1..];
    if judged.iter().any(|line| line.verdict.is_violation()) {
        Exit::Failed
    } else if judged.iter().all(|line| matches!(line.verdict, Verdict::Unable { .. })) {
        Exit::Undecided
    } else {
        Exit::Agreed
    }
}

fn print(arguments: &Arguments, lines: &[Line], checked: &ReallyChecked) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    if arguments.format == ReportFormat::Json {
        let runs: Vec<_> = lines
            .iter()
            .map(|line| {
                let verdict = line.verdict.to_string();
                serde_json::json!({"engine": line.engine, "verdict": verdict, "note": line.note})
            })
            .collect();
        let document = serde_json::json!({"schema": "bothways.check-one/1", "runs": runs});
        writeln!(out, "{document}")?;
        return Ok(());
    }
    for line in lines {
        let is_reference = line.engine == "reference";
        let verdict = if is_reference { "permits".into() } else { line.verdict.to_string() };
        let shown = format!("{:<34} {verdict:<9} {}", line.engine, line.note);
        writeln!(out, "{}", shown.trim_end())?;
    }
    writeln!(
        out,
        "really checked: {} runs, {} parallel, {} with rows in two participants, {} with a combine of two states",
        checked.runs, checked.parallel, checked.two_participants, checked.combine_of_two
    )?;
    Ok(())
}
