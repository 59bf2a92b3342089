//! A witness as a script for psql: at most twenty lines, temporary tables only, rolled back at the end.

use super::answer::Answer;
use super::ask::Subject;
use super::report::Law;
use super::split::Case;

/// Statements that show how a law of splits is broken.
///
/// A split needs two partitions: where all rows are one part, they are a group of their own, and a second group without
/// live rows is in another part.
pub fn of_split(
    subject: &Subject,
    law: Law,
    case: &Case,
    answers: (&Answer, &Answer),
    setup: Option<&str>,
) -> String {
    let (call, one_part) = (subject.call(), case.parts.len() < 2);
    let mut lines = vec![heading(subject, law, answers)];
    lines.extend(setup.map(|path| format!("\\i '{path}'")));
    if let Answer::Raised(_) = answers.0 {
        // The other side is shown too.
        lines.push("\\set ON_ERROR_ROLLBACK on".into());
    }
    lines.push("BEGIN;".into());
    let columns = subject.column_definitions();
    let group = if one_part { ", c int" } else { "" };
    lines.push(format!(
        "CREATE TEMP TABLE parts (part int{group}{columns}) PARTITION BY LIST (part);"
    ));
    for part in 0..case.parts.len().max(2) {
        lines.push(format!(
            "CREATE TEMP TABLE part{part} PARTITION OF parts FOR VALUES IN ({part});"
        ));
    }
    let own_group = if one_part { ", 1" } else { "" };
    let rows = case.parts.iter().enumerate().flat_map(|(part, rows)| {
        rows.iter().map(move |row| format!("({part}{own_group}{})", subject.fields(row)))
    });
    let rows: Vec<String> = rows.collect();
    if !rows.is_empty() {
        lines.push(format!("INSERT INTO parts VALUES {};", rows.join(", ")));
    }
    let query = match one_part {
        true => format!("SELECT c, {call} FROM parts GROUP BY c;"),
        false => format!("SELECT {call} FROM parts;"),
    };
    lines.push(
        "SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL cpu_operator_cost = 0;".into(),
    );
    lines.push(format!("{query} -- one pass"));
    lines.push("SET LOCAL enable_partitionwise_aggregate = on;".into());
    lines.push(format!("EXPLAIN (COSTS OFF) {query}"));
    lines.push(format!("{query} -- one state a part"));
    lines.push("ROLLBACK;".into());
    lines.join("\n") + "\n"
}

/// Statements that compare two expressions over the rows of a witness.
pub fn of_statements(
    subject: &Subject,
    law: Law,
    case: &Case,
    answers: (&Answer, &Answer),
    setup: Option<&str>,
    statements: &[String],
) -> String {
    let mut lines = vec![heading(subject, law, answers)];
    lines.extend(setup.map(|path| format!("\\i '{path}'")));
    if let Answer::Raised(_) = answers.0 {
        // The other side is shown too.
        lines.push("\\set ON_ERROR_ROLLBACK on".into());
    }
    lines.push("BEGIN;".into());
    lines.push(format!(
        "CREATE TEMP TABLE parts (c int, part int, pos int, live bool{});",
        subject.column_definitions()
    ));
    let rows = subject.case_rows(case, 0);
    lines.push(format!("INSERT INTO parts VALUES {};", rows.join(", ")));
    lines.extend(statements.iter().map(|statement| format!("{};", on_one_line(statement))));
    lines.push("ROLLBACK;".into());
    lines.join("\n") + "\n"
}

fn heading(subject: &Subject, law: Law, answers: (&Answer, &Answer)) -> String {
    let said = format!(
        "-- {} breaks [{}] {}: {} is not {}",
        subject.title(),
        law.clause(),
        law.says(),
        answers.1,
        answers.0
    );
    on_one_line(&said)
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
