//! Well-formed plans, node by node: over tables of one shape, with columns that fit whatever stands above.
//!
//! Every relation has the column `x` (int4) first. A node that would give further columns is followed by a projection to
//! `x`, and an aggregate's answer is a value of `x`'s type, so that any node may stand above any other.
#![allow(dead_code, reason = "each test uses its part")]

use std::sync::Arc;

use parallel::table::TableBuilder;
use spec::agg::Aggregate;
use spec::catalogue::{Column, Statistics, Table};
use spec::expr::{CallSyntax, Expr, Function, Safety, Volatility, function};
use spec::plan::{Content, Estimate, HashKey, Mode, Node, Plan, PlanColumn, Strategy};
use spec::query::{Call, JoinKind, SortKey};
use spec::sql::ast::{Direction, NullsOrder};
use spec::value::{Modifier, Type, Value};

/// `random()` as if workers might call it: what differs each time it is computed.
pub static DICE: Function = Function {
    name: "random",
    args: &[],
    result: Type::Float8,
    strict: true,
    volatility: Volatility::Volatile,
    parallel: Safety::Safe,
    cost: 1.0,
    returns_set: false,
    own: None,
    body: |_| Ok(Value::Null),
};

/// A table of this name: `x` int4 and `f` float8.
pub fn table(name: &str) -> Arc<Table> {
    let column = |name: &str, ty| Column {
        name: name.into(),
        ty,
        modifier: Modifier::None,
        not_null: false,
    };
    Arc::new(Table {
        name: name.into(),
        columns: vec![column("x", Type::Int4), column("f", Type::Float8)],
        indexes: vec![],
        temporary: false,
        parallel_workers: None,
        statistics: Statistics::default(),
    })
}

pub fn plan(node: Node, columns: Vec<PlanColumn>) -> Plan {
    Plan { node, columns, estimate: Estimate::default(), init_plans: vec![] }
}

/// A node with the columns of its input.
pub fn over(input: Plan, wrap: impl FnOnce(Box<Plan>) -> Node) -> Plan {
    let columns = input.columns.clone();
    plan(wrap(Box::new(input)), columns)
}

/// A scan of one column of a table.
pub fn scan_of(table: &Arc<Table>, column: usize, parallel: bool) -> Plan {
    let ty = table.columns[column].ty;
    let node = Node::SeqScan {
        table: table.clone(),
        alias: table.name.clone(),
        columns: vec![column],
        parallel,
    };
    plan(node, vec![PlanColumn::value("x", ty)])
}

pub fn scan(table: &Arc<Table>, parallel: bool) -> Plan {
    scan_of(table, 0, parallel)
}

fn one() -> Expr {
    Expr::Constant(Value::Int4(1), Type::Int4)
}

/// `VALUES (1)`.
pub fn values() -> Plan {
    let node = Node::ValuesScan { rows: vec![vec![one()]], alias: "v".into() };
    plan(node, vec![PlanColumn::value("x", Type::Int4)])
}

/// `generate_series(1, 1)`.
pub fn series() -> Plan {
    let function = builtin("generate_series", &[Type::Int4, Type::Int4]);
    let node = Node::FunctionScan { function, args: vec![one(), one()], alias: "g".into() };
    plan(node, vec![PlanColumn::value("x", Type::Int4)])
}

/// `SELECT 1` without a FROM.
pub fn of_result() -> Plan {
    project(plan(Node::Result, vec![]), one())
}

pub fn x() -> Expr {
    Expr::Column { index: 0, ty: Type::Int4 }
}

fn builtin(name: &str, args: &[Type]) -> &'static Function {
    function::exact(name, args).unwrap_or_else(|| panic!("there is a function {name}"))
}

pub fn call(function: &'static Function, args: Vec<Expr>) -> Expr {
    Expr::Call { function, args, syntax: CallSyntax::Function, position: 0 }
}

/// `x = 2`.
pub fn x_is_two() -> Expr {
    let two = Expr::Constant(Value::Int4(2), Type::Int4);
    call(builtin("int4eq", &[Type::Int4, Type::Int4]), vec![x(), two])
}

/// `1 / x = 1`: an error where `x` is 0.
pub fn one_by_x_is_one() -> Expr {
    let of_two = |name| builtin(name, &[Type::Int4, Type::Int4]);
    call(of_two("int4eq"), vec![call(of_two("int4div"), vec![one(), x()]), one()])
}

/// True half of the times.
pub fn at_random() -> Expr {
    let half = Expr::Constant(Value::Float8(0.5), Type::Float8);
    call(builtin("float8lt", &[Type::Float8, Type::Float8]), vec![call(&DICE, vec![]), half])
}

pub fn filter(input: Plan, condition: Expr) -> Plan {
    over(input, |input| Node::Filter { input, conditions: vec![condition] })
}

/// `SELECT -x`: no order of `x` passes it.
pub fn negate(input: Plan) -> Plan {
    project(input, call(builtin("int4um", &[Type::Int4]), vec![x()]))
}

fn project(input: Plan, expr: Expr) -> Plan {
    let columns = vec![PlanColumn::value("x", expr.ty())];
    plan(Node::Project { input: Box::new(input), exprs: vec![expr] }, columns)
}

pub fn material(input: Plan) -> Plan {
    over(input, |input| Node::Material { input })
}

pub fn subquery_scan(input: Plan) -> Plan {
    over(input, |input| Node::SubqueryScan { input, alias: "s".into() })
}

pub fn key(expr: Expr) -> SortKey {
    SortKey { expr, direction: Direction::Asc, nulls: NullsOrder::Last }
}

/// The order by `x`, which tells any two rows apart; or by `x IS NULL`, which does not.
pub fn order(total: bool) -> SortKey {
    let null = Expr::IsNull { operand: Box::new(x()), negated: false };
    key(if total { x() } else { null })
}

pub fn sort(input: Plan, key: SortKey, bound: Option<u64>) -> Plan {
    over(input, |input| Node::Sort { input, keys: vec![key], bound })
}

/// The rows in an order of their own each time, as scans that begin where another stands give them.
pub fn shuffled(input: Plan) -> Plan {
    sort(input, key(call(&DICE, vec![])), None)
}

pub fn limit(input: Plan, limit: Option<i64>, offset: Option<i64>) -> Plan {
    let rows = |count: i64| Expr::Constant(Value::Int8(count), Type::Int8);
    let (limit, offset) = (limit.map(rows), offset.map(rows));
    over(input, |input| Node::Limit { input, limit, offset })
}

pub fn unique(input: Plan) -> Plan {
    over(input, |input| Node::Unique { input })
}

pub fn append(inputs: Vec<Plan>, parallel: bool) -> Plan {
    let columns = inputs[0].columns.clone();
    plan(Node::Append { inputs, parallel }, columns)
}

pub fn gather(input: Plan, workers_planned: usize, single_copy: bool) -> Plan {
    over(input, |input| Node::Gather { input, workers_planned, single_copy })
}

pub fn gather_merge(input: Plan, key: SortKey, workers_planned: usize) -> Plan {
    over(input, |input| Node::GatherMerge { input, keys: vec![key], workers_planned })
}

fn joined_columns(kind: JoinKind, outer: &Plan, inner: &Plan) -> Vec<PlanColumn> {
    match kind {
        JoinKind::Semi | JoinKind::Anti => outer.columns.clone(),
        _ => [outer.columns.clone(), inner.columns.clone()].concat(),
    }
}

/// `outer.x = inner.x`, of the kind; the table shared by all participants or not.
pub fn hash_join(kind: JoinKind, outer: Plan, inner: Plan, shared: bool) -> Plan {
    let columns = joined_columns(kind, &outer, &inner);
    let equal = builtin("int4eq", &[Type::Int4, Type::Int4]);
    let keys = vec![HashKey { outer: x(), inner: x(), equal }];
    let inner = Box::new(over(inner, |input| Node::Hash { input, parallel: shared }));
    let (outer, conditions) = (Box::new(outer), vec![]);
    plan(Node::HashJoin { kind, outer, inner, keys, conditions, parallel: shared }, columns)
}

/// The same join by a nested loop.
pub fn nested_loop(kind: JoinKind, outer: Plan, inner: Plan) -> Plan {
    let columns = joined_columns(kind, &outer, &inner);
    let right = Expr::Column { index: outer.columns.len(), ty: Type::Int4 };
    let equal = call(builtin("int4eq", &[Type::Int4, Type::Int4]), vec![x(), right]);
    nested_loop_on(kind, outer, inner, vec![equal], columns)
}

/// Every pair of an outer and an inner row.
pub fn pairs(outer: Plan, inner: Plan) -> Plan {
    let columns = joined_columns(JoinKind::Inner, &outer, &inner);
    nested_loop_on(JoinKind::Inner, outer, inner, vec![], columns)
}

fn nested_loop_on(
    kind: JoinKind,
    outer: Plan,
    inner: Plan,
    conditions: Vec<Expr>,
    columns: Vec<PlanColumn>,
) -> Plan {
    let (outer, inner) = (Box::new(outer), Box::new(inner));
    plan(Node::NestedLoop { kind, outer, inner, conditions }, columns)
}

/// The first column of a relation alone.
pub fn first_column(input: Plan) -> Plan {
    let ty = input.columns[0].ty;
    project(input, Expr::Column { index: 0, ty })
}

pub fn aggregate(name: &str, args: &[Type]) -> &'static Aggregate {
    let same = |wanted: &[Option<Type>]| wanted.iter().copied().eq(args.iter().map(|ty| Some(*ty)));
    let mut all = spec::agg::all();
    all.find(|a| a.name == name && same(a.args)).unwrap_or_else(|| panic!("there is {name}"))
}

/// A call over the first column.
pub fn call_of(aggregate: &'static Aggregate) -> Call {
    let arg = |ty: &Option<Type>| Expr::Column { index: 0, ty: ty.expect("a type of its own") };
    let args = aggregate.args.iter().map(arg).collect();
    let (direct, order_by, filter) = (vec![], vec![], None);
    Call { aggregate, args, direct, distinct: false, order_by, filter, position: 0 }
}

/// An aggregate by `x`, or of all rows.
pub fn aggregated(mode: Mode, input: Plan, grouped: bool, calls: Vec<Call>) -> Plan {
    let (keys, strategy) =
        if grouped { (vec![x()], Strategy::Hashed) } else { (vec![], Strategy::Plain) };
    let mut columns: Vec<PlanColumn> =
        keys.iter().map(|key| PlanColumn::value("x", key.ty())).collect();
    columns.extend(calls.iter().map(|call| PlanColumn {
        content: match mode {
            Mode::Partial => Content::State(call.aggregate),
            Mode::Simple | Mode::Finalize => Content::Value,
        },
        ..PlanColumn::value(call.aggregate.name, call.aggregate.result)
    }));
    let input = Box::new(input);
    plan(Node::Aggregate { strategy, mode, input, keys, calls }, columns)
}

/// The distinct rows, by an aggregate without calls.
pub fn distinct(input: Plan) -> Plan {
    aggregated(Mode::Simple, input, true, vec![])
}

/// Stores a table with these values of `x`; `f` is computed from them.
pub fn put(
    stored: &mut parallel::Tables,
    table: &Table,
    values: impl Iterator<Item = Option<i64>>,
    float: impl Fn(i64) -> f64,
) {
    let mut builder = TableBuilder::new(table);
    for x in values {
        let float = x.map_or(Value::Null, |x| Value::Float8(float(x)));
        builder.push_row(&[x.map_or(Value::Null, |x| Value::Int4(x as i32)), float]);
    }
    stored.put(&table.name, builder.finish());
}
