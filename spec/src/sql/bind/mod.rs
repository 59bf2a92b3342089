//! Binding: what a written query means, with every name and type resolved by PostgreSQL's rules.
//!
//! ```text
//! scope          which names are visible where (levels of queries, relations, columns)
//! from           FROM: tables, joins, sub-queries, functions; WITH
//! select         one SELECT: targets, WHERE, grouping, DISTINCT, order
//! group          GROUP BY and aggregates: from rows to groups
//! order          ORDER BY, LIMIT, OFFSET
//! set_operation  UNION, INTERSECT, EXCEPT and VALUES
//! expr           expressions; row, call and subquery hold their larger kinds
//! ordered_set    calls with WITHIN GROUP
//! overload       which function or operator a call means (manual, chapter 10)
//! coerce         casts, and the common type of several expressions
//! name           the names of output columns
//! routine        what CREATE FUNCTION needs; aggregate what CREATE AGGREGATE does; polymorphic what their calls do
//! table          what CREATE TABLE and INSERT need
//! modify         what UPDATE, DELETE and RETURNING need
//! view           CREATE VIEW, and views in FROM
//! parameter      the parameters of prepared statements
//! ```
//!
//! Binding follows PostgreSQL's parse analysis clause by clause, so that of several mistakes in one statement the same
//! one is reported. What PostgreSQL accepts and we do not know is [`Unsupported`], with its place.

mod aggregate;
mod array;
mod call;
mod coerce;
mod expr;
mod from;
mod group;
mod modify;
mod name;
mod order;
mod ordered_set;
mod overload;
mod parameter;
mod polymorphic;
mod routine;
mod row;
mod scope;
mod select;
mod set_operation;
mod subquery;
mod table;
#[cfg(test)]
mod tests;
mod view;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

pub use aggregate::{MadeAggregate, create_aggregate, unrecognized};
pub use modify::{Modification, delete, returning, shadow, update};
pub use parameter::{argument, parameter_type};
pub use routine::{MadeFunction, create_function, routine_type};
pub use table::{alter_table, constant, create_table, create_table_as, insert_rows};
pub use view::create_view;

use crate::catalogue::Catalogue;
use crate::error::{Failure, SqlError, SqlState, Unsupported};
use crate::expr::Expr;
use crate::query::{self, Node, Rel};
use crate::sql::ast;
use crate::value::{Modifier, Type};
use scope::Level;

/// The meaning of a query over the tables of a catalogue. [rel.bind]
///
/// # Errors
/// What PostgreSQL answers to a query that is wrong (class 42, and 22P02 for literals), or `Unsupported`; both with
/// the position that PostgreSQL would point at.
pub fn query(query: &ast::Query, catalogue: &Catalogue) -> Result<query::Query, Failure> {
    let mut binder = Binder::new(catalogue);
    let rows = binder.query(query, true)?;
    Ok(query::Query { rel: binder.finish(rows.rel) })
}

type Bind<T> = Result<T, Failure>;

/// The state of binding one statement.
struct Binder<'a> {
    catalogue: &'a Catalogue,
    /// The query levels around the expression at hand, outermost first. A sub-query in an expression opens a new
    /// one; a sub-query in FROM takes the place of the one it stands in.
    levels: Vec<Level>,
    /// The WITH queries in sight, innermost last.
    with: Vec<WithQuery>,
    /// The names of WITH queries that come later, and cannot be referred to yet.
    coming: Vec<String>,
    /// How often each WITH query is referred to, by id.
    references: Vec<usize>,
    /// The views around the query at hand.
    views: Vec<String>,
    /// The tables and views that the statement itself names.
    names: BTreeSet<String>,
}

/// A WITH query in sight.
struct WithQuery {
    cte: Arc<query::Cte>,
}

/// Bound rows with the positions of their columns' expressions, for messages.
struct Rows {
    rel: Rel,
    positions: Vec<usize>,
}

/// A bound expression with what is known beside its type.
#[derive(Clone, Debug)]
struct Bound {
    expr: Expr,
    /// Its modifier, where PostgreSQL knows one (`exprTypmod`).
    modifier: Modifier,
    /// Where it starts (`exprLocation`).
    position: usize,
}

impl Bound {
    fn new(expr: Expr, position: usize) -> Bound {
        Bound { expr, modifier: Modifier::None, position }
    }

    fn ty(&self) -> Type {
        self.expr.ty()
    }

    /// Whether it is the constant NULL without a type.
    fn is_null_literal(&self) -> bool {
        matches!(&self.expr, Expr::Constant(value, Type::Unknown) if value.is_null())
    }
}

/// An SQL error at a position; 0 is none.
fn error(state: SqlState, message: impl Into<Cow<'static, str>>, position: usize) -> SqlError {
    let error = SqlError::new(state, message);
    if position == 0 { error } else { error.at(position) }
}

fn fail<T>(state: SqlState, message: impl Into<Cow<'static, str>>, position: usize) -> Bind<T> {
    Err(error(state, message, position).into())
}

fn unsupported<T>(feature: impl Into<Cow<'static, str>>, position: usize) -> Bind<T> {
    let what = Unsupported::new(feature);
    Err(if position == 0 { what } else { what.at(position) }.into())
}

impl<'a> Binder<'a> {
    fn new(catalogue: &'a Catalogue) -> Binder<'a> {
        Binder {
            catalogue,
            levels: vec![Level::default()],
            with: vec![],
            coming: vec![],
            references: vec![],
            views: vec![],
            names: BTreeSet::new(),
        }
    }

    /// The query level at hand.
    fn level(&mut self) -> &mut Level {
        self.levels.last_mut().expect("there is always a level")
    }

    /// The finished tree: every reference to a WITH query shares the one that knows how often it is referred to.
    fn finish(&self, mut rel: Rel) -> Rel {
        self.count_references(&mut rel, &mut HashMap::new());
        rel
    }

    fn count_references(&self, rel: &mut Rel, done: &mut HashMap<usize, Arc<query::Cte>>) {
        if self.references.is_empty() {
            return;
        }
        if let Node::Cte { cte, .. } = &mut rel.node {
            if let Some(counted) = done.get(&cte.id) {
                *cte = counted.clone();
                return;
            }
            let mut counted = query::Cte::clone(cte);
            counted.references = self.references[cte.id];
            self.count_references(&mut counted.rel, done);
            *cte = Arc::new(counted);
            done.insert(cte.id, cte.clone());
        }
        for expr in rel.exprs_mut() {
            self.count_references_of(expr, done);
        }
        for input in rel.inputs_mut() {
            self.count_references(input, done);
        }
    }

    fn count_references_of(&self, expr: &mut Expr, done: &mut HashMap<usize, Arc<query::Cte>>) {
        for operand in expr.operands_mut() {
            self.count_references_of(operand, done);
        }
        if let Expr::Subquery(subquery) = expr {
            self.count_references(&mut subquery.rel, done);
        }
    }
}
