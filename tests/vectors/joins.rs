//! Vectors of joins as SQL: all pairs of tables at once, told apart by a case number, and each pair by a statement of its own.

use std::collections::BTreeMap;

use oracle::verdict::ReallyChecked;
use serde_json::Value as Json;
use spec::Value;

use super::engines::{Answer, Engines};
use super::file::Line;

/// A join of two tables with the model's rows.
pub struct Join<'a> {
    line: &'a Line,
    /// `left`, `not in`.
    pub kind: &'a str,
    /// `=` or `<`.
    pub comparison: &'a str,
    outer: &'a [Json],
    inner: &'a [Json],
    /// The rows as texts, sorted.
    rows: Vec<String>,
}

impl<'a> Join<'a> {
    /// Reads a line.
    pub fn of(line: &'a Line) -> Join<'a> {
        let mut rows: Vec<String> = line.list("rows").iter().map(Json::to_string).collect();
        rows.sort();
        Join {
            line,
            kind: line.text("kind"),
            comparison: line.text("comparison"),
            outer: line.list("outer"),
            inner: line.list("inner"),
            rows,
        }
    }

    /// The queries that mean this kind of join, over the tables `l` and `r` and, if `many`, of each case by itself. The case
    /// number, or 0, is the first column.
    fn queries(&self, many: bool, [l, r]: [&str; 2]) -> Vec<String> {
        let Join { kind, comparison, .. } = self;
        let (same_case, of_pair, of_outer) =
            if many { ("l.c = r.c and ", "coalesce(l.c, r.c)", "l.c") } else { ("", "0", "0") };
        let exists = format!("exists (select 1 from {r} r where {same_case}l.x {comparison} r.x)");
        let where_same = if many { " where l.c = r.c" } else { "" };
        let any = format!("(select r.x from {r} r{where_same})");
        let conditions = match (*kind, *comparison) {
            ("semi", "=") => vec![exists, format!("l.x in {any}"), format!("l.x = any {any}")],
            ("semi", _) => vec![exists, format!("l.x {comparison} any {any}")],
            ("anti", _) => vec![format!("not {exists}")],
            ("not in", "=") => vec![format!("l.x not in {any}"), format!("l.x <> all {any}")],
            ("not in", _) => {
                vec![format!("not l.x {comparison} any {any}"), format!("l.x >= all {any}")]
            }
            _ => {
                let on = format!("on {same_case}l.x {comparison} r.x");
                return vec![format!(
                    "select {of_pair}, l.x, r.x from {l} l {kind} join {r} r {on}"
                )];
            }
        };
        conditions
            .iter()
            .map(|holds| format!("select {of_outer}, l.x from {l} l where {holds}"))
            .collect()
    }

    fn check(&self, who: &str, found: Option<&Vec<String>>) -> Option<String> {
        let none = vec![];
        let mut found = found.unwrap_or(&none).clone();
        found.sort();
        let what = || {
            let Join { kind, comparison, outer, inner, rows, .. } = self;
            format!(
                "{outer:?} {kind} ({comparison}) {inner:?} is {found:?}, the model has {rows:?}"
            )
        };
        (found != self.rows).then(|| self.line.complaint(who, what()))
    }
}

/// The rows of an answer as JSON, by their case number.
fn by_case((who, answer): &Answer) -> Result<BTreeMap<i32, Vec<String>>, String> {
    let rows = answer.as_ref().map_err(|error| format!("{who}: {error}"))?;
    let mut cases: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    for row in rows {
        let field = |value: &Value| match value {
            Value::Int4(x) => x.to_string(),
            Value::Null => "null".into(),
            other => format!("{other:?}"),
        };
        let text: Vec<String> = row[1..].iter().map(field).collect();
        let Value::Int4(case) = row[0] else { return Err(format!("{who}: a row without a case")) };
        cases.entry(case).or_default().push(format!("[{}]", text.join(",")));
    }
    Ok(cases)
}

/// Joins of one kind by statements over all their tables at once; what is wrong. Counts what was really checked.
pub fn check_together(joins: &[Join<'_>], checked: &mut ReallyChecked) -> Vec<String> {
    let rows = |side: fn(&Join<'_>) -> Vec<String>| {
        let of_one = |(case, join): (usize, &Join<'_>)| {
            side(join).into_iter().map(|x| format!("({case}, {x})")).collect::<Vec<_>>()
        };
        joins.iter().enumerate().flat_map(of_one).collect::<Vec<_>>().join(", ")
    };
    let mut engines = Engines::new(&[
        "create table l (c int, x int)".into(),
        "create table r (c int, x int)".into(),
        format!(
            "insert into l values {}",
            rows(|join| join.outer.iter().map(Json::to_string).collect())
        ),
        format!(
            "insert into r values {}",
            rows(|join| join.inner.iter().map(Json::to_string).collect())
        ),
    ]);
    let mut complaints = vec![];
    for sql in joins[0].queries(true, ["l", "r"]) {
        for answer in engines.ask(&sql) {
            match by_case(&answer) {
                Err(complaint) => complaints.push(complaint),
                Ok(cases) => {
                    complaints.extend(joins.iter().enumerate().filter_map(|(case, join)| {
                        join.check(&answer.0, cases.get(&(case as i32)))
                    }))
                }
            }
        }
    }
    *checked += engines.checked;
    complaints
}

/// The tables that occur, one each: `t0`, `t1`, …
pub struct Tables<'a> {
    numbers: BTreeMap<String, String>,
    /// The engines over them.
    pub engines: Engines,
    joins: &'a [Join<'a>],
}

impl<'a> Tables<'a> {
    /// Those of these joins.
    pub fn of(joins: &'a [Join<'a>]) -> Tables<'a> {
        let mut numbers = BTreeMap::new();
        let mut statements = vec![];
        for values in joins.iter().flat_map(|join| [join.outer, join.inner]) {
            let key = format!("{values:?}");
            if numbers.contains_key(&key) {
                continue;
            }
            let name = format!("t{}", numbers.len());
            statements.push(format!("create table {name} (x int)"));
            if !values.is_empty() {
                let rows: Vec<String> = values.iter().map(|x| format!("({x})")).collect();
                statements.push(format!("insert into {name} values {}", rows.join(", ")));
            }
            numbers.insert(key, name);
        }
        Tables { numbers, engines: Engines::new(&statements), joins }
    }

    /// Each join by statements of its own; what is wrong.
    pub fn check_each(&mut self) -> Vec<String> {
        let mut complaints = vec![];
        for join in self.joins {
            let name = |values: &[Json]| self.numbers[&format!("{values:?}")].as_str();
            for sql in join.queries(false, [name(join.outer), name(join.inner)]) {
                for answer in self.engines.ask(&sql) {
                    match by_case(&answer) {
                        Err(complaint) => complaints.push(complaint),
                        Ok(cases) => complaints.extend(join.check(&answer.0, cases.get(&0))),
                    }
                }
            }
        }
        complaints
    }
}
