//! Queries as SQL text.

use spec::value::Type;

use super::Choices;
use super::call::{call, has_extremes};
use super::expression::{Scope, literal};
use crate::case::CaseTable;

/// What stands in FROM, what its columns are, and how many pairs of rows it has at most.
struct From {
    text: String,
    scope: Scope,
    pairs: usize,
}

/// No join of more pairs of rows than this: the reference looks at each, and a few large cases would take the time of
/// thousands of small ones.
const MOST_PAIRS: usize = 1500;

/// A query over these tables, with what a server of this version (`server_version_num`) has.
pub fn query(choices: &mut dyn Choices, tables: &[CaseTable], version: u64) -> String {
    match choices.below(20) {
        0..=5 => aggregate(choices, tables, version, false),
        6..=11 => aggregate(choices, tables, version, true),
        12..=14 => plain(choices, tables),
        15 => distinct(choices, tables),
        16 => union(choices, tables),
        17 => nested(choices, tables),
        18 => with_subquery(choices, tables),
        _ => limited(choices, tables),
    }
}

/// One table, or two or three joined by their integer columns.
fn from(choices: &mut dyn Choices, tables: &[CaseTable]) -> From {
    let first = choices.below(tables.len());
    let mut from = table(&tables[first], "x");
    if choices.below(5) < 3 {
        return from;
    }
    let aliases = if choices.once_in(5) { &["y", "z"][..] } else { &["y"][..] };
    for alias in aliases {
        let right = table(&tables[choices.below(tables.len())], alias);
        if from.pairs * right.pairs > MOST_PAIRS {
            break;
        }
        from = join(choices, from, &right);
    }
    from
}

fn table(table: &CaseTable, alias: &str) -> From {
    let columns = table.table.columns.iter();
    From {
        text: format!("{} {alias}", table.table.name),
        scope: Scope { columns: columns.map(|c| (format!("{alias}.{}", c.name), c.ty)).collect() },
        pairs: table.rows.len().max(1),
    }
}

fn join(choices: &mut dyn Choices, left: From, right: &From) -> From {
    let integer = |ty| matches!(ty, Type::Int2 | Type::Int4 | Type::Int8);
    let (l, r) = (left.scope.column(choices, integer), right.scope.column(choices, integer));
    let same_type = right.scope.any(choices);
    let partner = left.scope.column(choices, |ty| ty == same_type.1);
    let mut condition = match (partner, l, r) {
        (Some(partner), ..) if choices.once_in(4) => format!("{partner} = {}", same_type.0),
        (_, Some(l), Some(r)) => format!("{l} = {r}"),
        _ => "true".into(),
    };
    let mut equality = condition != "true";
    let mut columns = left.scope.columns;
    columns.extend(right.scope.columns.iter().cloned());
    let scope = Scope { columns };
    if choices.once_in(4) {
        condition = format!("{condition} AND {}", scope.condition(choices, 0));
    } else if choices.once_in(10) {
        condition = scope.condition(choices, 0);
        equality = false;
    }
    // PostgreSQL has no FULL JOIN without an equality.
    let kinds = ["JOIN", "LEFT JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"];
    let full = equality || choices.once_in(20);
    let kind = choices.pick(if full { &kinds } else { &kinds[..5] });
    let text = format!("{} {kind} {} ON {condition}", left.text, right.text);
    From { text, scope, pairs: left.pairs * right.pairs }
}

/// ` WHERE …`, mostly.
fn filter(choices: &mut dyn Choices, scope: &Scope) -> String {
    if choices.below(5) < 2 {
        return String::new();
    }
    let depth = choices.below(3);
    format!(" WHERE {}", scope.condition(choices, depth))
}

/// Aggregates, with or without GROUP BY and HAVING.
fn aggregate(
    choices: &mut dyn Choices,
    tables: &[CaseTable],
    version: u64,
    grouped: bool,
) -> String {
    let from = from(choices, tables);
    let scope = &from.scope;
    let mut items = Vec::new();
    if grouped {
        for _ in 0..choices.pick(&[1, 1, 1, 2]) {
            items.push(key(choices, scope));
        }
    }
    let keys: Vec<String> = (1..=items.len()).map(|number| number.to_string()).collect();
    for _ in 0..choices.between(usize::from(!grouped), 3) {
        items.push(call(choices, scope, version));
    }
    let group_by =
        if keys.is_empty() { String::new() } else { format!(" GROUP BY {}", keys.join(", ")) };
    let having = if choices.once_in(5) {
        let op = choices.pick(&[">", ">=", "<", "<>"]);
        format!(" HAVING count(*) {op} {}", choices.below(4))
    } else {
        String::new()
    };
    let filter = filter(choices, scope);
    format!("SELECT {} FROM {}{filter}{group_by}{having}", items.join(", "), from.text)
}

/// A group key: a column, now and then an expression.
fn key(choices: &mut dyn Choices, scope: &Scope) -> String {
    let (column, ty) = scope.any(choices);
    if choices.once_in(5) { scope.expression(choices, ty, 1) } else { column }
}

/// Columns and expressions.
fn items(choices: &mut dyn Choices, scope: &Scope) -> String {
    let item = |choices: &mut dyn Choices| {
        let (column, ty) = scope.any(choices);
        let once_in = if matches!(ty, Type::Date | Type::Timestamp) { 2 } else { 3 };
        if choices.once_in(once_in) { scope.expression(choices, ty, 2) } else { column }
    };
    let count = choices.between(1, 3);
    (0..count).map(|_| item(choices)).collect::<Vec<_>>().join(", ")
}

fn plain(choices: &mut dyn Choices, tables: &[CaseTable]) -> String {
    let from = from(choices, tables);
    let items = items(choices, &from.scope);
    let filter = filter(choices, &from.scope);
    let order = if choices.once_in(3) { " ORDER BY 1" } else { "" };
    format!("SELECT {items} FROM {}{filter}{order}", from.text)
}

fn distinct(choices: &mut dyn Choices, tables: &[CaseTable]) -> String {
    let from = from(choices, tables);
    let items = items(choices, &from.scope);
    let filter = filter(choices, &from.scope);
    format!("SELECT DISTINCT {items} FROM {}{filter}", from.text)
}

fn limited(choices: &mut dyn Choices, tables: &[CaseTable]) -> String {
    let from = from(choices, tables);
    let items = items(choices, &from.scope);
    let filter = filter(choices, &from.scope);
    let direction = choices.pick(&["", " DESC", " NULLS FIRST", " DESC NULLS LAST"]);
    let order = match choices.below(4) {
        0 => String::new(),
        _ => format!(" ORDER BY 1{direction}"),
    };
    let offset = match choices.below(3) {
        0 => format!(" OFFSET {}", choices.below(5)),
        _ => String::new(),
    };
    let limit = choices.below(8);
    format!("SELECT {items} FROM {}{filter}{order} LIMIT {limit}{offset}", from.text)
}

/// A set operation over columns of one type.
fn union(choices: &mut dyn Choices, tables: &[CaseTable]) -> String {
    let (left, right) = (from(choices, tables), from(choices, tables));
    let (column, ty) = left.scope.any(choices);
    let other = right.scope.column(choices, |t| t == ty);
    let other = other.unwrap_or_else(|| literal(choices, ty));
    let op = match choices.once_in(12) {
        true => choices.pick(&["INTERSECT", "EXCEPT", "EXCEPT ALL"]),
        false => choices.pick(&["UNION ALL", "UNION"]),
    };
    let (one, two) = (filter(choices, &left.scope), filter(choices, &right.scope));
    let sides = format!(
        "SELECT {column} AS u FROM {}{one} {op} SELECT {other} FROM {}{two}",
        left.text, right.text
    );
    match choices.below(3) {
        0 => format!("SELECT count(*), min(u), max(u) FROM ({sides}) s").replace(
            "min(u), max(u)",
            if has_extremes(ty) { "min(u), max(u)" } else { "count(u)" },
        ),
        _ => sides,
    }
}

/// An aggregate over an aggregate, or over a filtered sub-query.
fn nested(choices: &mut dyn Choices, tables: &[CaseTable]) -> String {
    let from = from(choices, tables);
    let key = from.scope.any(choices).0;
    let filter = filter(choices, &from.scope);
    let inner = format!("SELECT {key} AS g, count(*) AS n FROM {}{filter} GROUP BY 1", from.text);
    match choices.below(3) {
        0 => format!("SELECT sum(n), count(*), max(n) FROM ({inner}) s"),
        1 => format!("SELECT n, count(*) FROM ({inner}) s GROUP BY n"),
        _ => format!("WITH s AS ({inner}) SELECT g, n FROM s WHERE n > 1"),
    }
}

/// A query with a sub-query in WHERE or in the SELECT list.
fn with_subquery(choices: &mut dyn Choices, tables: &[CaseTable]) -> String {
    let outer = table(&tables[choices.below(tables.len())], "x");
    let inner = table(&tables[choices.below(tables.len())], "y");
    let filter = filter(choices, &inner.scope);
    let items = items(choices, &outer.scope);
    let and = if filter.is_empty() { " WHERE" } else { " AND" };
    let (o, i) = (&outer.text, &inner.text);
    match choices.below(6) {
        0 => format!("SELECT {items} FROM {o} WHERE x.k IN (SELECT y.k FROM {i}{filter})"),
        1 => format!("SELECT count(*) FROM {o} WHERE x.k NOT IN (SELECT y.k FROM {i}{filter})"),
        2 => format!(
            "SELECT {items} FROM {o} WHERE EXISTS (SELECT 1 FROM {i}{filter}{and} y.k = x.k)"
        ),
        3 => format!(
            "SELECT count(*) FROM {o} WHERE NOT EXISTS (SELECT 1 FROM {i}{filter}{and} y.k = x.k)"
        ),
        4 => format!("SELECT {items} FROM {o} WHERE x.k > (SELECT min(y.k) FROM {i}{filter})"),
        _ => format!("SELECT count(*), (SELECT max(y.k) FROM {i}{filter}) FROM {o}"),
    }
}
