//! Tables: what CREATE TABLE and INSERT need of the binder.

use super::scope::Clause;
use super::set_operation::decide_unknown;
use super::{Bind, Binder, Bound, coerce, error, fail, unsupported};
use crate::catalogue::{Catalogue, Column, Index, IndexSize, Statistics, Table};
use crate::error::{Failure, SqlError, sqlstate};
use crate::expr::eval::{Scope, World, eval};
use crate::expr::operator::CastContext;
use crate::expr::{Expr, Subquery};
use crate::query::{self, Field, Node, Rel};
use crate::sql::ast::{self, Body, ColumnDef, Direction, Ident, NullsOrder};
use crate::value::{Row, Type, Value};

/// The rows of an INSERT as rows of the table: each expression assigned to its column's type and modifier, NULL for a
/// column that is not named. [rel.insert]
///
/// `columns` are the target columns; none means all of them, of which the query may leave out the last ones.
///
/// # Errors
/// 42703 and 42701 for wrong targets, 42601 for too many or too few expressions, 42804 for an expression that cannot be
/// assigned, and those of [`query`](super::query()).
pub fn insert_rows(
    query: &ast::Query,
    table: &Table,
    columns: &[Ident],
    catalogue: &Catalogue,
) -> Result<query::Query, Failure> {
    let targets = targets(table, columns)?;
    let mut binder = Binder::new(catalogue);
    let insert = Insert { table, targets, named: columns };
    let rel = match &query.body {
        Body::Values(rows, _) if is_plain(query) => insert.values(&mut binder, rows)?,
        _ => {
            let rows = binder.query(query, false)?;
            insert.assign_columns(rows.rel, &rows.positions)?
        }
    };
    Ok(query::Query { rel: binder.finish(rel) })
}

fn is_plain(query: &ast::Query) -> bool {
    query.with.is_empty()
        && query.order_by.is_empty()
        && query.limit.is_none()
        && query.offset.is_none()
}

/// The numbers of the target columns.
fn targets(table: &Table, columns: &[Ident]) -> Bind<Vec<usize>> {
    if columns.is_empty() {
        return Ok((0..table.columns.len()).collect());
    }
    let mut targets = vec![];
    for name in columns {
        let same = |column: &Column| column.name == name.name;
        let Some(index) = table.columns.iter().position(same) else {
            let message =
                format!("column \"{}\" of relation \"{}\" does not exist", name.name, table.name);
            return fail(sqlstate::UNDEFINED_COLUMN, message, name.position);
        };
        if targets.contains(&index) {
            let message = format!("column \"{}\" specified more than once", name.name);
            return fail(sqlstate::DUPLICATE_COLUMN, message, name.position);
        }
        targets.push(index);
    }
    Ok(targets)
}

/// An INSERT that is being bound.
struct Insert<'a> {
    table: &'a Table,
    targets: Vec<usize>,
    /// The target columns as written.
    named: &'a [Ident],
}

impl Insert<'_> {
    fn values(&self, binder: &mut Binder<'_>, rows: &[Vec<ast::Expr>]) -> Bind<Rel> {
        let mut bound: Vec<Vec<Bound>> = vec![];
        for row in rows {
            let bind = |binder: &mut Binder<'_>| row.iter().map(|e| binder.expr(e)).collect();
            let row: Vec<Bound> = binder.within(Clause::Values, bind)?;
            if bound.first().is_some_and(|first| first.len() != row.len()) {
                let position = row.first().map_or(0, |expr| expr.position);
                let message = "VALUES lists must all be the same length";
                return fail(sqlstate::SYNTAX_ERROR, message, position);
            }
            bound.push(row);
        }
        let rows = bound.into_iter().map(|row| self.row(row)).collect::<Bind<Vec<_>>>()?;
        Ok(Rel {
            node: Node::Values { rows, alias: "*VALUES*".to_owned() },
            columns: self.fields(),
        })
    }

    /// The columns of a query, assigned to the target columns.
    fn assign_columns(&self, mut rel: Rel, positions: &[usize]) -> Bind<Rel> {
        for (index, (target, position)) in self.targets.iter().zip(positions).enumerate() {
            if rel.columns[index].ty == Type::Unknown {
                let ty = self.table.columns[*target].ty;
                decide_unknown(&mut rel, index, ty, *position)?;
            }
        }
        let column = |(index, field): (usize, &Field)| Bound {
            expr: Expr::Column { index, ty: field.ty },
            modifier: field.modifier,
            position: positions[index],
        };
        let row = rel.columns.iter().enumerate().map(column).collect();
        let exprs = self.row(row)?;
        Ok(rel.project(exprs, self.fields()))
    }

    /// One row of expressions as one row of the table.
    fn row(&self, row: Vec<Bound>) -> Bind<Vec<Expr>> {
        if row.len() > self.targets.len() {
            let message = "INSERT has more expressions than target columns";
            return fail(sqlstate::SYNTAX_ERROR, message, row[self.targets.len()].position);
        }
        // DEFAULT VALUES is a row without expressions, and names no columns.
        if let Some(missing) = self.named.get(row.len()) {
            let message = "INSERT has more target columns than expressions";
            return fail(sqlstate::SYNTAX_ERROR, message, missing.position);
        }
        let null = |column: &Column| Expr::Constant(Value::Null, column.ty);
        let mut exprs: Vec<Expr> = self.table.columns.iter().map(null).collect();
        for (bound, target) in row.into_iter().zip(&self.targets) {
            exprs[*target] = assign(bound, &self.table.columns[*target])?;
        }
        Ok(exprs)
    }

    fn fields(&self) -> Vec<Field> {
        let field = |c: &Column| Field::computed(c.name.clone(), c.ty, c.modifier);
        self.table.columns.iter().map(field).collect()
    }
}

/// An expression as a value of a column.
pub(super) fn assign(bound: Bound, column: &Column) -> Bind<Expr> {
    let (from, position) = (bound.ty(), bound.position);
    match coerce::coerce(bound, column.ty, CastContext::Assignment, position)? {
        Some(bound) => Ok(coerce::modify(bound, column.modifier, false, position).expr),
        None => {
            let message = format!(
                "column \"{}\" is of type {} but expression is of type {from}",
                column.name, column.ty
            );
            let error = error(sqlstate::DATATYPE_MISMATCH, message, position);
            Err(error.hint("You will need to rewrite or cast the expression.").into())
        }
    }
}

/// The table that CREATE TABLE describes, with the indexes of its keys. [rel.create]
///
/// `keys` are the keys over several columns; a key over one column is part of its [`ColumnDef`].
///
/// # Errors
/// 42701 for a column name given twice, 42703 for a key over a missing column, 22023 for a wrong storage option.
pub fn create_table(
    name: &Ident,
    columns: &[ColumnDef],
    keys: &[Vec<Ident>],
    options: &[(Ident, String)],
    temporary: bool,
) -> Result<Table, Failure> {
    let shape = columns
        .iter()
        .map(|column| Column {
            name: column.name.name.clone(),
            ty: column.ty.ty,
            modifier: column.ty.modifier,
            not_null: column.not_null,
        })
        .collect();
    let mut table = new_table(name, shape, temporary)?;
    for (option, value) in options {
        set_option(&mut table, option, value)?;
    }
    let single = columns.iter().filter(|column| column.unique);
    let lists = single.map(|column| vec![column.name.clone()]).chain(keys.iter().cloned());
    for key in lists {
        add_key(&mut table, &key)?;
    }
    Ok(table)
}

/// The table that CREATE TABLE AS describes: the columns of its query, under these names as far as given.
///
/// # Errors
/// 42601 for too many names, 42701 for a column name given twice.
pub fn create_table_as(
    name: &Ident,
    columns: &[Ident],
    temporary: bool,
    query: &query::Query,
) -> Result<Table, Failure> {
    if columns.len() > query.rel.columns.len() {
        return fail(sqlstate::SYNTAX_ERROR, "too many column names were specified", 0);
    }
    let names = columns.iter().map(|name| Some(name.name.clone())).chain(std::iter::repeat(None));
    let column = |(field, name): (&Field, Option<String>)| Column {
        name: name.unwrap_or_else(|| field.name.clone()),
        ty: field.ty,
        modifier: field.modifier,
        not_null: false,
    };
    new_table(name, query.rel.columns.iter().zip(names).map(column).collect(), temporary)
}

fn new_table(name: &Ident, columns: Vec<Column>, temporary: bool) -> Bind<Table> {
    for (index, column) in columns.iter().enumerate() {
        if columns[..index].iter().any(|other| other.name == column.name) {
            let message = format!("column \"{}\" specified more than once", column.name);
            return fail(sqlstate::DUPLICATE_COLUMN, message, 0);
        }
    }
    Ok(Table {
        name: name.name.clone(),
        columns,
        indexes: vec![],
        temporary,
        parallel_workers: None,
        statistics: Statistics::default(),
    })
}

/// The table with its storage options changed as ALTER TABLE says.
///
/// # Errors
/// 22023 for an unknown option or a wrong value; RESET knows every option.
pub fn alter_table(table: &Table, actions: &[ast::AlterAction]) -> Result<Table, Failure> {
    let mut table = table.clone();
    for action in actions {
        match action {
            ast::AlterAction::Set(options) => {
                for (option, value) in options {
                    set_option(&mut table, option, value)?;
                }
            }
            ast::AlterAction::Reset(names) => {
                if names.iter().any(|name| name.name == "parallel_workers") {
                    table.parallel_workers = None;
                }
            }
        }
    }
    Ok(table)
}

fn set_option(table: &mut Table, option: &Ident, value: &str) -> Bind<()> {
    let name = option.name.as_str();
    let range = match name {
        "parallel_workers" => 0..=1024,
        "fillfactor" => 10..=100,
        "autovacuum_enabled" => return Ok(()),
        _ => {
            let message = format!("unrecognized parameter \"{name}\"");
            return fail(sqlstate::INVALID_PARAMETER_VALUE, message, 0);
        }
    };
    let Ok(number) = value.parse::<u32>() else {
        let message = format!("invalid value for integer option \"{name}\": {value}");
        return fail(sqlstate::INVALID_PARAMETER_VALUE, message, 0);
    };
    if !range.contains(&number) {
        let message = format!("value {value} out of bounds for option \"{name}\"");
        let detail =
            format!("Valid values are between \"{}\" and \"{}\".", range.start(), range.end());
        let error = SqlError::new(sqlstate::INVALID_PARAMETER_VALUE, message);
        return Err(error.detail(detail).into());
    }
    if name == "parallel_workers" {
        table.parallel_workers = Some(number);
    }
    Ok(())
}

/// A unique index over these columns, named as PostgreSQL names it.
fn add_key(table: &mut Table, key: &[Ident]) -> Bind<()> {
    let mut keys = vec![];
    for name in key {
        let same = |column: &Column| column.name == name.name;
        let Some(index) = table.columns.iter().position(same) else {
            let message = format!("column \"{}\" named in key does not exist", name.name);
            return fail(sqlstate::UNDEFINED_COLUMN, message, name.position);
        };
        keys.push((index, Direction::Asc, NullsOrder::Last));
    }
    let primary = format!("{}_pkey", table.name);
    let all_not_null = keys.iter().all(|(index, ..)| table.columns[*index].not_null);
    let name = if all_not_null && table.indexes.iter().all(|index| index.name != primary) {
        primary
    } else {
        let names: Vec<&str> = key.iter().map(|name| name.name.as_str()).collect();
        format!("{}_{}_key", table.name, names.join("_"))
    };
    let (size, range) = (IndexSize::default(), None);
    table.indexes.push(Index { name, keys, unique: true, constraint: true, size, range });
    Ok(())
}

/// The value of an expression without columns, and its type.
///
/// # Errors
/// Those of binding and evaluation; sub-queries and volatile functions are `Unsupported`.
pub fn constant(expr: &ast::Expr) -> Result<(Value, Type), Failure> {
    let catalogue = Catalogue::default();
    let mut binder = Binder::new(&catalogue);
    let bound = binder.within(Clause::Values, |binder| binder.typed(expr))?;
    Ok((value_of(&bound.expr, bound.position)?, bound.ty()))
}

/// The value of an expression that reads no row.
pub(super) fn value_of(expr: &Expr, position: usize) -> Bind<Value> {
    if !is_constant(expr) {
        return unsupported("sub-queries and volatile functions in constants", position);
    }
    let scope = Scope { row: &[], outer: None };
    Ok(eval(expr, &scope, &Nowhere)?)
}

fn is_constant(expr: &Expr) -> bool {
    let here = match expr {
        Expr::Subquery(_) => false,
        Expr::Call { function, .. } => function.volatility < crate::expr::Volatility::Volatile,
        _ => true,
    };
    here && expr.operands().into_iter().all(is_constant)
}

/// The world of a constant: there are no rows and no chance in it ([`is_constant`] has made sure).
struct Nowhere;

impl World for Nowhere {
    fn rows(&self, _: &Subquery, _: &Scope<'_>) -> Result<Vec<Row>, SqlError> {
        Ok(vec![])
    }

    fn random(&self) -> f64 {
        0.0
    }
}
