//! Simpler queries: what is left when a clause or an item is dropped, or an expression is replaced by an operand.
//!
//! Candidates are made on the syntax tree and printed again; those that no longer bind are refused by whoever judges
//! them.

use spec::sql::ast::{Body, Expr, ExprKind, Query, Select, SelectItem, Statement, TableRef};
use spec::sql::{parse, print};

/// Every query that is one step simpler than `sql`, as text. Empty if it does not parse.
pub(super) fn simpler(sql: &str) -> Vec<String> {
    let Ok(parsed) = parse::statement(sql) else { return vec![] };
    let Statement::Select(query) = parsed.statement else { return vec![] };
    queries(&query).iter().map(print::query).collect()
}

/// The query as it is printed; `None` if it does not parse.
pub(super) fn printed(sql: &str) -> Option<String> {
    parse::statement(sql).ok().map(|parsed| print::statement(&parsed.statement))
}

fn queries(query: &Query) -> Vec<Query> {
    let mut found = Vec::new();
    let mut keep = |changed: Query| found.push(changed);
    if !query.order_by.is_empty() {
        keep(Query { order_by: vec![], ..query.clone() });
    }
    if query.limit.is_some() || query.offset.is_some() {
        keep(Query { limit: None, offset: None, ..query.clone() });
        keep(Query { offset: None, ..query.clone() });
    }
    if !query.with.is_empty() {
        keep(query.with[0].query.clone());
    }
    for body in bodies(&query.body) {
        keep(Query { body, ..query.clone() });
    }
    found
}

fn bodies(body: &Body) -> Vec<Body> {
    match body {
        Body::Select(select) => {
            selects(select).into_iter().map(|select| Body::Select(Box::new(select))).collect()
        }
        Body::SetOperation { op, all, left, right, position } => {
            let rebuilt = |left: &Body, right: &Body| Body::SetOperation {
                op: *op,
                all: *all,
                left: Box::new(left.clone()),
                right: Box::new(right.clone()),
                position: *position,
            };
            let mut found = vec![(**left).clone(), (**right).clone()];
            found.extend(bodies(left).iter().map(|l| rebuilt(l, right)));
            found.extend(bodies(right).iter().map(|r| rebuilt(left, r)));
            found
        }
        Body::Nested(query) => {
            queries(query).into_iter().map(|q| Body::Nested(Box::new(q))).collect()
        }
        Body::Values(..) => vec![],
    }
}

fn selects(select: &Select) -> Vec<Select> {
    let mut found = Vec::new();
    let base = || select.clone();
    if select.distinct {
        found.push(Select { distinct: false, ..base() });
    }
    found.extend(options(&select.filter).into_iter().map(|filter| Select { filter, ..base() }));
    found.extend(options(&select.having).into_iter().map(|having| Select { having, ..base() }));
    for number in (0..select.items.len()).rev() {
        if select.items.len() > 1 {
            let mut changed = base();
            changed.items.remove(number);
            drop_ordinal(&mut changed, number);
            found.push(changed);
        }
        if let SelectItem::Expr(expr, alias) = &select.items[number] {
            for simpler in expressions(expr) {
                let mut changed = base();
                changed.items[number] = SelectItem::Expr(simpler, alias.clone());
                found.push(changed);
            }
        }
    }
    for number in (0..select.group_by.len()).rev() {
        let mut changed = base();
        changed.group_by.remove(number);
        found.push(changed);
    }
    for (number, item) in select.from.iter().enumerate() {
        for simpler in tables(item) {
            let mut changed = base();
            changed.from[number] = simpler;
            found.push(changed);
        }
    }
    found
}

/// After item `number` has gone, `GROUP BY 3` means another item, and the key of the lost item goes too.
fn drop_ordinal(select: &mut Select, number: usize) {
    let ordinal = |expr: &Expr| match &expr.kind {
        ExprKind::Number(text) => text.parse::<usize>().ok(),
        _ => None,
    };
    select.group_by.retain(|key| ordinal(key) != Some(number + 1));
    for key in &mut select.group_by {
        if let Some(place) = ordinal(key).filter(|place| *place > number + 1) {
            key.kind = ExprKind::Number((place - 1).to_string());
        }
    }
}

fn tables(table: &TableRef) -> Vec<TableRef> {
    match table {
        TableRef::Join { kind, left, right, condition, position } => {
            let mut found = vec![(**left).clone(), (**right).clone()];
            if let spec::sql::ast::JoinCondition::On(on) = condition {
                found.extend(expressions(on).into_iter().map(|on| TableRef::Join {
                    kind: *kind,
                    left: left.clone(),
                    right: right.clone(),
                    condition: spec::sql::ast::JoinCondition::On(on),
                    position: *position,
                }));
            }
            found.extend(tables(left).into_iter().map(|left| TableRef::Join {
                kind: *kind,
                left: Box::new(left),
                right: right.clone(),
                condition: condition.clone(),
                position: *position,
            }));
            found
        }
        TableRef::Subquery { query, alias } => {
            let rebuilt =
                |query| TableRef::Subquery { query: Box::new(query), alias: alias.clone() };
            queries(query).into_iter().map(rebuilt).collect()
        }
        TableRef::Table { .. } | TableRef::Function { .. } => vec![],
    }
}

/// Nothing, or something simpler.
fn options(expr: &Option<Expr>) -> Vec<Option<Expr>> {
    let Some(expr) = expr else { return vec![] };
    std::iter::once(None).chain(expressions(expr).into_iter().map(Some)).collect()
}

/// The operands of an expression, and the expression with one operand simpler.
fn expressions(expr: &Expr) -> Vec<Expr> {
    let operands = operands(expr);
    let mut found: Vec<Expr> = operands.iter().map(|operand| (*operand).clone()).collect();
    if let ExprKind::Call(call) = &expr.kind {
        let changed = |call| Expr { kind: ExprKind::Call(call), position: expr.position };
        if call.distinct {
            found.push(changed(spec::sql::ast::Call { distinct: false, ..call.clone() }));
        }
        if call.filter.is_some() {
            found.push(changed(spec::sql::ast::Call { filter: None, ..call.clone() }));
        }
        for (number, arg) in call.args.iter().enumerate() {
            for simpler in expressions(arg) {
                let mut call = call.clone();
                call.args[number] = simpler;
                found.push(changed(call));
            }
        }
    }
    found
}

fn operands(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Prefix(_, operand)
        | ExprKind::Not(operand)
        | ExprKind::Cast(operand, _)
        | ExprKind::IsNull { operand, .. }
        | ExprKind::IsTruth { operand, .. } => vec![operand],
        ExprKind::Infix(left, _, right) | ExprKind::IsDistinct { left, right, .. } => {
            vec![left, right]
        }
        ExprKind::And(operands) | ExprKind::Or(operands) => operands.iter().collect(),
        ExprKind::Between { operand, low, high, .. } => vec![operand, low, high],
        ExprKind::InList { operand, list, .. } => std::iter::once(&**operand).chain(list).collect(),
        ExprKind::Case { branches, otherwise, .. } => branches
            .iter()
            .map(|(_, result)| result)
            .chain(otherwise.as_deref())
            .chain(branches.iter().map(|(condition, _)| condition))
            .collect(),
        ExprKind::Call(call) => call.args.iter().collect(),
        ExprKind::Array(members) => members.iter().collect(),
        ExprKind::Subscript(array, subscripts) => {
            std::iter::once(&**array).chain(subscripts).collect()
        }
        ExprKind::Slice(array, bounds) => {
            let bounds = bounds.iter().flat_map(|(lower, upper)| lower.iter().chain(upper));
            std::iter::once(&**array).chain(bounds).collect()
        }
        ExprKind::QuantifiedArray { operand, array, .. } => vec![operand, array],
        _ => vec![],
    }
}
