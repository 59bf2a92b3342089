//! Syntax tree → SQL text that PostgreSQL reads too, and that parses to the same tree up to positions.
//!
//! ```text
//! statement(&Statement)   query(&Query)   expr(&Expr)
//! ```
//!
//! Every operand that is not a literal, a name or a call gets parentheses, so that no precedence is relied on. Set
//! operations are the exception: parentheses around their parts are part of the tree. What the tree does not tell apart
//! (`x::int` and `CAST(x AS int)`, `LIKE` and `~~`) is printed in one way. Parentheses count as levels, so the text of a
//! tree near the limit of depth may be refused with `54001`. [rel.print-parse]

mod modify;
mod routine;
mod session;

use super::ast::*;
use super::keyword::{Category, category};
use crate::value::{Modifier, Type};

/// The text of a statement, without a semicolon.
pub fn statement(statement: &Statement) -> String {
    match statement {
        Statement::Select(body) => query(body),
        Statement::Explain { options, statement: inner } => {
            format!("EXPLAIN {}{}", explain_options(options), self::statement(inner))
        }
        Statement::CreateTable { .. } => create_table(statement),
        Statement::CreateTableAs { name, if_not_exists, temporary, columns, query: rows } => {
            let create = create("TABLE", name, *temporary, *if_not_exists);
            format!("{create}{} AS {}", column_list(columns), query(rows))
        }
        Statement::Insert { table, columns, query: rows, returning } => {
            let rows = match &rows.body {
                Body::Values(rows, _) if rows.len() == 1 && rows[0].is_empty() => {
                    "DEFAULT VALUES".to_owned()
                }
                _ => query(rows),
            };
            let returning = modify::returning(returning);
            format!("INSERT INTO {}{} {rows}{returning}", ident(table), column_list(columns))
        }
        Statement::CopyFrom { table, columns, file, options } => {
            let source = file.as_deref().map_or_else(|| "STDIN".to_owned(), string);
            let columns = column_list(columns);
            format!("COPY {}{columns} FROM {source}{}", ident(table), copy_options(options))
        }
        Statement::CreateIndex { .. } => create_index(statement),
        Statement::Drop { kind, if_exists, names, cascade } => {
            modify::drop(*kind, *if_exists, names, *cascade)
        }
        Statement::CreateView(view) => modify::create_view(view),
        Statement::AlterTable(alter) => modify::alter_table(alter),
        Statement::Truncate { tables } => format!("TRUNCATE {}", list(tables, ident)),
        Statement::Update(update) => modify::update(update),
        Statement::Delete(delete) => modify::delete(delete),
        Statement::Prepared(prepared) => session::prepared(prepared),
        Statement::Cursor(cursor) => session::cursor(cursor),
        Statement::CreateFunction(function) => routine::create_function(function),
        Statement::CreateAggregate(aggregate) => routine::create_aggregate(aggregate),
        Statement::DropRoutine { kind, if_exists, routines, cascade } => {
            let cascade = if *cascade { " CASCADE" } else { "" };
            routine::drop(*kind, *if_exists, routines) + cascade
        }
        Statement::Analyze { tables, vacuum, analyze } => {
            let verb = match (vacuum, analyze) {
                (true, true) => "VACUUM (ANALYZE)",
                (true, false) => "VACUUM",
                (false, _) => "ANALYZE",
            };
            format!("{verb} {}", list(tables, ident)).trim().into()
        }
        Statement::Set { local, name, value } => {
            let local = if *local { "LOCAL " } else { "" };
            let value = value.as_deref().map_or_else(|| "DEFAULT".to_owned(), string);
            format!("SET {local}{} = {value}", setting(name))
        }
        Statement::Reset { name } => format!("RESET {}", setting_or_all(name)),
        Statement::Show { name } => format!("SHOW {}", setting_or_all(name)),
        Statement::Transaction(kind) => session::transaction(kind),
    }
}

fn list<T>(items: &[T], print: impl Fn(&T) -> String) -> String {
    items.iter().map(print).collect::<Vec<_>>().join(", ")
}

/// `'text'`.
pub fn string(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn ident(ident: &Ident) -> String {
    name(&ident.name)
}

/// A name, in double quotes where it would be read as something else otherwise (PostgreSQL's `quote_ident`).
pub fn name(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && matches!(category(name), None | Some(Category::Unreserved));
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn column_list(columns: &[Ident]) -> String {
    if columns.is_empty() { String::new() } else { format!(" ({})", list(columns, ident)) }
}

fn setting(ident: &Ident) -> String {
    ident.name.split('.').map(name).collect::<Vec<_>>().join(".")
}

fn setting_or_all(name: &Option<Ident>) -> String {
    name.as_ref().map_or_else(|| "ALL".to_owned(), setting)
}

// Statements

fn explain_options(options: &ExplainOptions) -> String {
    let mut shown = Vec::new();
    let default = ExplainOptions::default();
    if options.analyze {
        shown.push("ANALYZE".to_owned());
    }
    if options.verbose {
        shown.push("VERBOSE".to_owned());
    }
    if options.costs != default.costs {
        shown.push("COSTS false".to_owned());
    }
    if options.timing != default.timing {
        shown.push("TIMING false".to_owned());
    }
    if let Some(summary) = options.summary {
        shown.push(format!("SUMMARY {summary}"));
    }
    if options.format == ExplainFormat::Json {
        shown.push("FORMAT json".to_owned());
    }
    if shown.is_empty() { String::new() } else { format!("({}) ", shown.join(", ")) }
}

fn create(kind: &str, name: &Ident, temporary: bool, if_not_exists: bool) -> String {
    let temporary = if temporary { "TEMPORARY " } else { "" };
    let exists = if if_not_exists { "IF NOT EXISTS " } else { "" };
    format!("CREATE {temporary}{kind} {exists}{}", ident(name))
}

fn create_table(statement: &Statement) -> String {
    let Statement::CreateTable { name, if_not_exists, temporary, columns, keys, options } =
        statement
    else {
        unreachable!("called for CREATE TABLE only")
    };
    let mut elements: Vec<String> = columns.iter().map(column_def).collect();
    elements.extend(keys.iter().map(|key| format!("UNIQUE{}", column_list(key))));
    let mut text = create("TABLE", name, *temporary, *if_not_exists);
    text += &format!(" ({})", elements.join(", "));
    if !options.is_empty() {
        let option =
            |(name, value): &(Ident, String)| format!("{} = {}", ident(name), string(value));
        text += &format!(" WITH ({})", list(options, option));
    }
    text
}

fn column_def(column: &ColumnDef) -> String {
    let not_null = if column.not_null { " NOT NULL" } else { "" };
    let unique = if column.unique { " UNIQUE" } else { "" };
    format!("{} {}{not_null}{unique}", ident(&column.name), type_name(&column.ty))
}

fn create_index(statement: &Statement) -> String {
    let Statement::CreateIndex { name, table, unique, if_not_exists, columns } = statement else {
        unreachable!("called for CREATE INDEX only")
    };
    let unique = if *unique { "UNIQUE " } else { "" };
    let exists = if *if_not_exists { "IF NOT EXISTS " } else { "" };
    let name = name.as_ref().map(|name| format!("{} ", ident(name))).unwrap_or_default();
    let columns = list(columns, |(column, direction, nulls)| {
        format!("{}{}", ident(column), order_suffix(*direction, *nulls))
    });
    format!("CREATE {unique}INDEX {exists}{name}ON {} ({columns})", ident(table))
}

fn copy_options(options: &CopyOptions) -> String {
    let mut shown = Vec::new();
    if options.csv {
        shown.push("FORMAT csv".to_owned());
    }
    if options.header {
        shown.push("HEADER true".to_owned());
    }
    if let Some(delimiter) = options.delimiter {
        shown.push(format!("DELIMITER {}", string(&delimiter.to_string())));
    }
    if let Some(null) = &options.null {
        shown.push(format!("NULL {}", string(null)));
    }
    if shown.is_empty() { String::new() } else { format!(" WITH ({})", shown.join(", ")) }
}

// Queries

/// The text of a query.
pub fn query(query: &Query) -> String {
    let mut text = String::new();
    if !query.with.is_empty() {
        text += &format!("WITH {} ", list(&query.with, cte));
    }
    text += &body(&query.body);
    if !query.order_by.is_empty() {
        text += &format!(" ORDER BY {}", list(&query.order_by, order_by));
    }
    if let Some(limit) = &query.limit {
        text += &format!(" LIMIT {}", expr(limit));
    }
    if let Some(offset) = &query.offset {
        text += &format!(" OFFSET {}", expr(offset));
    }
    text
}

fn cte(cte: &Cte) -> String {
    let materialized = match cte.materialized {
        None => "",
        Some(true) => "MATERIALIZED ",
        Some(false) => "NOT MATERIALIZED ",
    };
    let columns = column_list(&cte.columns);
    format!("{}{columns} AS {materialized}({})", ident(&cte.name), query(&cte.query))
}

fn body(tree: &Body) -> String {
    match tree {
        Body::Select(tree) => select(tree),
        Body::Values(rows, _) => {
            format!("VALUES {}", list(rows, |row| format!("({})", list(row, expr))))
        }
        Body::SetOperation { op, all, left, right, .. } => {
            let word = match op {
                SetOp::Union => "UNION",
                SetOp::Intersect => "INTERSECT",
                SetOp::Except => "EXCEPT",
            };
            let all = if *all { " ALL" } else { "" };
            // From the left, operations of one level need no parentheses.
            let left = body_operand(left, set_level(*op));
            format!("{left} {word}{all} {}", body_operand(right, set_level(*op) + 1))
        }
        Body::Nested(inner) => format!("({})", query(inner)),
    }
}

fn set_level(op: SetOp) -> u8 {
    if op == SetOp::Intersect { 2 } else { 1 }
}

fn body_operand(tree: &Body, minimum: u8) -> String {
    match tree {
        Body::SetOperation { op, .. } if set_level(*op) < minimum => format!("({})", body(tree)),
        _ => body(tree),
    }
}

fn select(select: &Select) -> String {
    let mut text = String::from(if select.distinct { "SELECT DISTINCT" } else { "SELECT" });
    if !select.items.is_empty() {
        text += &format!(" {}", list(&select.items, item));
    }
    if !select.from.is_empty() {
        text += &format!(" FROM {}", list(&select.from, table_ref));
    }
    if let Some(filter) = &select.filter {
        text += &format!(" WHERE {}", expr(filter));
    }
    if !select.group_by.is_empty() {
        text += &format!(" GROUP BY {}", list(&select.group_by, expr));
    }
    if let Some(having) = &select.having {
        text += &format!(" HAVING {}", expr(having));
    }
    text
}

fn item(item: &SelectItem) -> String {
    match item {
        SelectItem::Star(None, _) => "*".to_owned(),
        SelectItem::Star(Some(table), _) => format!("{}.*", ident(table)),
        SelectItem::Expr(value, None) => expr(value),
        SelectItem::Expr(value, Some(label)) => format!("{} AS {}", expr(value), ident(label)),
    }
}

fn table_ref(table: &TableRef) -> String {
    match table {
        TableRef::Table { name, alias } => format!("{}{}", ident(name), self::alias(alias)),
        TableRef::Subquery { query: rows, alias } => {
            format!("({}){}", query(rows), self::alias(alias))
        }
        TableRef::Function { name, args, alias } => {
            format!("{}({}){}", ident(name), list(args, expr), self::alias(alias))
        }
        TableRef::Join { kind, left, right, condition, .. } => {
            let word = match kind {
                JoinKind::Cross => "CROSS JOIN",
                JoinKind::Inner => "JOIN",
                JoinKind::Left => "LEFT JOIN",
                JoinKind::Right => "RIGHT JOIN",
                JoinKind::Full => "FULL JOIN",
            };
            let natural = if *condition == JoinCondition::Natural { "NATURAL " } else { "" };
            let right = match **right {
                TableRef::Join { .. } => format!("({})", table_ref(right)),
                _ => table_ref(right),
            };
            let condition = match condition {
                JoinCondition::None | JoinCondition::Natural => String::new(),
                JoinCondition::On(condition) => format!(" ON {}", expr(condition)),
                JoinCondition::Using(columns) => format!(" USING{}", column_list(columns)),
            };
            format!("{} {natural}{word} {right}{condition}", table_ref(left))
        }
    }
}

fn alias(alias: &Option<Alias>) -> String {
    alias.as_ref().map_or_else(String::new, |alias| {
        format!(" AS {}{}", ident(&alias.name), column_list(&alias.columns))
    })
}

fn order_by(key: &OrderBy) -> String {
    format!("{}{}", expr(&key.expr), order_suffix(key.direction, key.nulls))
}

fn order_suffix(direction: Direction, nulls: Option<NullsOrder>) -> String {
    let direction = if direction == Direction::Desc { " DESC" } else { "" };
    let nulls = match nulls {
        None => "",
        Some(NullsOrder::First) => " NULLS FIRST",
        Some(NullsOrder::Last) => " NULLS LAST",
    };
    format!("{direction}{nulls}")
}

// Expressions

/// The text of a type. `bpchar` without a length is not `character`, which has one character.
pub fn type_name(ty: &TypeName) -> String {
    match (ty.ty, ty.modifier) {
        (Type::Bpchar, Modifier::None) => "bpchar".to_owned(),
        (ty, modifier) => modifier.describe(ty),
    }
}

/// The text of an expression.
pub fn expr(tree: &Expr) -> String {
    use ExprKind::*;
    match &tree.kind {
        Null | Bool(_) | Number(_) | String(_) | Typed(..) | Column { .. } => leaf(&tree.kind),
        Parameter(number, meaning) => session::parameter(*number, meaning),
        Exists(_) | Scalar(_) | InQuery { .. } | Quantified { .. } => over_query(&tree.kind),
        Prefix(..) | Infix(..) | Not(_) | Cast(..) => operation(&tree.kind),
        And(operands) => logical(operands, " AND "),
        Or(operands) => logical(operands, " OR "),
        Row(fields) => format!("ROW({})", list(fields, expr)),
        Array(members) => format!("ARRAY[{}]", list(members, expr)),
        Subscript(array, subscripts) => {
            let bracketed = |index| format!("[{}]", expr(index));
            subscripted(array) + &subscripts.iter().map(bracketed).collect::<Vec<_>>().concat()
        }
        Slice(array, bounds) => {
            let bound = |bound: &Option<Expr>| bound.as_ref().map(expr).unwrap_or_default();
            let slice = |(lower, upper): &(_, _)| format!("[{}:{}]", bound(lower), bound(upper));
            subscripted(array) + &bounds.iter().map(slice).collect::<std::string::String>()
        }
        Case { operand, branches, otherwise } => case(operand.as_deref(), branches, otherwise),
        Call(tree) => call(tree),
        _ => predicate(&tree.kind),
    }
}

/// Literals and columns.
fn leaf(kind: &ExprKind) -> String {
    match kind {
        ExprKind::Bool(truth) => truth.to_string(),
        ExprKind::Number(number) => number.clone(),
        ExprKind::String(text) => string(text),
        ExprKind::Typed(ty, text) => format!("{} {}", type_name(ty), string(text)),
        ExprKind::Column { table: None, column } => ident(column),
        ExprKind::Column { table: Some(table), column } => {
            format!("{}.{}", ident(table), ident(column))
        }
        _ => "NULL".to_owned(),
    }
}

fn operation(kind: &ExprKind) -> String {
    match kind {
        ExprKind::Prefix(operator, x) => [operator, " ", &operand(x)].concat(),
        ExprKind::Infix(x, operator, y) => {
            [&operand(x), " ", operator_word(operator), " ", &operand(y)].concat()
        }
        ExprKind::Not(x) => ["NOT ", &operand(x)].concat(),
        ExprKind::Cast(x, ty) => ["CAST(", &expr(x), " AS ", &type_name(ty), ")"].concat(),
        _ => unreachable!("called for operators only"),
    }
}

fn over_query(kind: &ExprKind) -> String {
    match kind {
        ExprKind::Exists(rows) => format!("EXISTS ({})", query(rows)),
        ExprKind::Scalar(rows) => format!("({})", query(rows)),
        ExprKind::InQuery { operand: x, query: rows, negated } => {
            format!("{} {}IN ({})", operand(x), not(*negated), query(rows))
        }
        ExprKind::Quantified { operand: x, op, all, query: rows } => {
            let word = if *all { "ALL" } else { "ANY" };
            format!("{} {} {word} ({})", operand(x), operator_word(op), query(rows))
        }
        _ => unreachable!("called for sub-queries only"),
    }
}

fn predicate(kind: &ExprKind) -> String {
    match kind {
        ExprKind::QuantifiedArray { operand: x, op, all, array } => {
            let word = if *all { "ALL" } else { "ANY" };
            format!("{} {} {word} ({})", operand(x), operator_word(op), expr(array))
        }
        ExprKind::LikeEscape(x, operator, y, escape) => {
            let word = operator_word(operator);
            format!("{} {word} {} ESCAPE {}", operand(x), operand(y), operand(escape))
        }
        ExprKind::IsNull { operand: x, negated } => {
            format!("{} IS {}NULL", operand(x), not(*negated))
        }
        ExprKind::IsTruth { operand: x, truth, negated } => {
            let truth = truth.map_or_else(|| "UNKNOWN".to_owned(), |truth| truth.to_string());
            format!("{} IS {}{truth}", operand(x), not(*negated))
        }
        ExprKind::IsDistinct { left, right, negated } => {
            format!("{} IS {}DISTINCT FROM {}", operand(left), not(*negated), operand(right))
        }
        ExprKind::Between { operand: x, low, high, negated, symmetric } => {
            let symmetric = if *symmetric { "SYMMETRIC " } else { "" };
            let (x, low, high) = (operand(x), operand(low), operand(high));
            format!("{x} {}BETWEEN {symmetric}{low} AND {high}", not(*negated))
        }
        ExprKind::InList { operand: x, list: members, negated } => {
            format!("{} {}IN ({})", operand(x), not(*negated), list(members, expr))
        }
        _ => unreachable!("called for predicates only"),
    }
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

/// An expression as an operand: with parentheses, unless it is primary.
fn operand(tree: &Expr) -> String {
    use ExprKind::*;
    match &tree.kind {
        Null
        | Bool(_)
        | Number(_)
        | String(_)
        | Typed(..)
        | Column { .. }
        | Exists(_)
        | Scalar(_)
        | Row(_)
        | Case { .. }
        | Cast(..)
        | Array(_)
        | Subscript(..)
        | Slice(..)
        | Call(_) => expr(tree),
        _ => format!("({})", expr(tree)),
    }
}

/// An array that is subscripted: a column as it is, anything else in parentheses.
fn subscripted(array: &Expr) -> String {
    match array.kind {
        ExprKind::Column { .. } => expr(array),
        _ => format!("({})", expr(array)),
    }
}

fn logical(operands: &[Expr], word: &str) -> String {
    operands.iter().map(operand).collect::<Vec<_>>().join(word)
}

fn operator_word(operator: &str) -> &str {
    match operator {
        "~~" => "LIKE",
        "!~~" => "NOT LIKE",
        "~~*" => "ILIKE",
        "!~~*" => "NOT ILIKE",
        other => other,
    }
}

fn case(
    operand: Option<&Expr>,
    branches: &[(Expr, Expr)],
    otherwise: &Option<Box<Expr>>,
) -> String {
    let mut text = String::from("CASE");
    if let Some(operand) = operand {
        text += &format!(" {}", expr(operand));
    }
    for (condition, value) in branches {
        text += &format!(" WHEN {} THEN {}", expr(condition), expr(value));
    }
    if let Some(otherwise) = otherwise {
        text += &format!(" ELSE {}", expr(otherwise));
    }
    text + " END"
}

fn call(call: &Call) -> String {
    let arguments = || list(&call.args, expr);
    match (call.name.name.as_str(), call.args.as_slice()) {
        (word @ ("coalesce" | "nullif" | "greatest" | "least" | "substring"), _) => {
            return format!("{}({})", word.to_uppercase(), arguments());
        }
        ("extract", [field, x]) if matches!(field.kind, ExprKind::String(_)) => {
            return format!("EXTRACT({} FROM {})", expr(field), expr(x));
        }
        ("position", [text, part]) => {
            return format!("POSITION({} IN {})", operand(part), operand(text));
        }
        (word, []) if without_parentheses(word) => return word.to_uppercase(),
        _ => {}
    }
    let distinct = if call.distinct { "DISTINCT " } else { "" };
    let arguments = if call.star { "*".to_owned() } else { arguments() };
    let mut text = format!("{}({distinct}{arguments}", ident(&call.name));
    let order = list(&call.order_by, order_by);
    text += &match (call.within_group, call.order_by.is_empty()) {
        (true, _) => format!(") WITHIN GROUP (ORDER BY {order})"),
        (false, true) => ")".to_owned(),
        (false, false) => format!(" ORDER BY {order})"),
    };
    if let Some(filter) = &call.filter {
        text += &format!(" FILTER (WHERE {})", expr(filter));
    }
    text
}

/// Whether this is a function that SQL calls by a reserved word alone.
fn without_parentheses(word: &str) -> bool {
    matches!(word, "localtime" | "localtimestamp" | "session_user" | "user")
        || word.starts_with("current_") && category(word) == Some(Category::Reserved)
}
