//! The names that PostgreSQL gives to output columns without an alias (`FigureColname`).

use crate::sql::ast::{Body, Expr, ExprKind, Query, SelectItem};

/// The name of an unnamed expression.
const UNNAMED: &str = "?column?";

/// How much a name says: the name of a type gives way to the name of a column or function inside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Weak,
    Strong,
}

/// The output name of an expression.
pub(super) fn of(expr: &Expr) -> String {
    figure(expr).map_or_else(|| UNNAMED.to_owned(), |(name, _)| name)
}

fn figure(expr: &Expr) -> Option<(String, Strength)> {
    let strong = |name: &str| Some((name.to_owned(), Strength::Strong));
    let weak = |name: &str| Some((name.to_owned(), Strength::Weak));
    match &expr.kind {
        ExprKind::Column { column, .. } => strong(&column.name),
        ExprKind::Call(call) => strong(&call.name.name),
        ExprKind::Cast(operand, to) => match figure(operand) {
            Some((name, Strength::Strong)) => strong(&name),
            _ => weak(to.ty.typname()),
        },
        ExprKind::Typed(ty, _) => weak(ty.ty.typname()),
        ExprKind::Case { otherwise, .. } => match otherwise.as_deref().and_then(figure) {
            Some((name, Strength::Strong)) => strong(&name),
            _ => weak("case"),
        },
        ExprKind::Array(_) => strong("array"),
        ExprKind::Subscript(array, _) | ExprKind::Slice(array, _) => figure(array),
        ExprKind::Exists(_) => strong("exists"),
        ExprKind::Row(_) => strong("row"),
        ExprKind::Scalar(query) => strong(&first_column(query)),
        _ => None,
    }
}

/// The name of the first output column of a query.
fn first_column(query: &Query) -> String {
    first_column_of(&query.body)
}

fn first_column_of(body: &Body) -> String {
    match body {
        Body::Select(select) => match select.items.first() {
            Some(SelectItem::Expr(_, Some(alias))) => alias.name.clone(),
            Some(SelectItem::Expr(expr, None)) => of(expr),
            Some(SelectItem::Star(..)) | None => UNNAMED.to_owned(),
        },
        Body::Values(..) => "column1".to_owned(),
        Body::SetOperation { left, .. } => first_column_of(left),
        Body::Nested(query) => first_column(query),
    }
}
